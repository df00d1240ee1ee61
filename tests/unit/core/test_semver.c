/* Versions: semver.org's own order, and what this language adds. */

#include "core_test.h"
#include "core/semver.h"


static void
test_versions_are_told_from_other_texts(void **state)
{
    static const char *const good[] = { "0", "v0", "1", "1.2", "v1.2.3",
        "8.0.47.2560", "v8.0.47.2560", "1.2.3-rc.1", "1-rc", "v1.2-0.3.7",
        "1.0.0-x-y-z.--", "1.0.0-alpha+001", "1.0.0+20130313144700", "1+a-b.c",
        "1.0.0--", "007.08", "1.2.3.4.5.6.7.8.9.10.11.12",
        "99999999999999999999999999999999.1" };
    static const char *const bad[] = { "", "v", ".", "v.", "1.", ".1", "1..2",
        "v1.", "V1", "vv1", "1.2.x", "x", "abc", "1-", "1-.", "1-a.", "1-a..b",
        "1+", "1-a+", "1+a+b", "1.2_3", " 1", "1 ", "1.2-rc_1", "-1", "+1",
        "1.-1", "1.2,3", "1-\xe5\x8c\x97", "8.0.47(2560)" };
    size_t i;

    (void) state;

    for (i = 0; i < COUNT(good); i++) {
        if (!gray_semver_valid(str_of(good[i]))) {
            fail_msg("%s", good[i]);
        }
    }

    for (i = 0; i < COUNT(bad); i++) {
        if (gray_semver_valid(str_of(bad[i]))) {
            fail_msg("'%s'", bad[i]);
        }
    }
}


static int
sign(int order)
{
    return (order > 0) - (order < 0);
}


static void
test_every_pair_is_in_the_order_of_semver_dot_org(void **state)
{
    /* semver.org 2.0.0, items 9 to 11, with more parts and more of each. */
    static const char *const ascending[]
        = { "0", "0.0.0.1", "0.0.9", "0.0.10-alpha", "0.0.10", "0.1", "1.0.0-0",
              "1.0.0-0.3.7", "1.0.0-1", "1.0.0-2", "1.0.0-11",
              "1.0.0-999999999999999999999", "1.0.0-1000000000000000000000",
              "1.0.0--", "1.0.0-0a", "1.0.0-A", "1.0.0-alpha", "1.0.0-alpha.1",
              "1.0.0-alpha.1.1", "1.0.0-alpha.2", "1.0.0-alpha.11",
              "1.0.0-alpha.beta", "1.0.0-alpha-b", "1.0.0-beta", "1.0.0-beta.2",
              "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.0.1-rc", "1.0.0.1",
              "1.0.1", "1.2", "1.10", "1.10.0.0.0.1", "2.0.0", "2.1.0", "2.1.1",
              "8.0.47", "8.0.47.2559", "8.0.47.2560-1", "8.0.47.2560", "8.0.48",
              "8.1", "10", "99999999999999999999", "100000000000000000000" };
    int i, j, n = (int) COUNT(ascending);

    (void) state;

    for (i = 0; i < n; i++) {
        for (j = 0; j < n; j++) {
            int order = gray_semver_compare(
                str_of(ascending[i]), str_of(ascending[j]));

            if (sign(order) != sign(i - j)) {
                fail_msg("%s to %s: %d", ascending[i], ascending[j], order);
            }
        }
    }
}


static void
test_equal_versions_are_equal_however_they_are_written(void **state)
{
    static const char *const equal[][2] = { { "1", "v1" }, { "1", "1.0" },
        { "v1", "1.0.0.0.0" }, { "8.0", "8.0.0" }, { "1.0-rc", "1.0.0-rc" },
        { "1.02", "1.2" }, { "1.2.3+a", "1.2.3" }, { "1.2.3+a", "v1.2.3+b.c" },
        { "1-rc.1+x", "1-rc.01" }, { "0", "0.0" }, { "1-a+b-c", "1-a" } };
    size_t i;

    (void) state;

    for (i = 0; i < COUNT(equal); i++) {
        assert_true(gray_semver_valid(str_of(equal[i][0])));
        assert_true(gray_semver_valid(str_of(equal[i][1])));

        if (gray_semver_compare(str_of(equal[i][0]), str_of(equal[i][1])) != 0
            || gray_semver_compare(str_of(equal[i][1]), str_of(equal[i][0]))
                   != 0)
        {
            fail_msg("%s and %s", equal[i][0], equal[i][1]);
        }
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_versions_are_told_from_other_texts),
        cmocka_unit_test(test_every_pair_is_in_the_order_of_semver_dot_org),
        cmocka_unit_test(
            test_equal_versions_are_equal_however_they_are_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
