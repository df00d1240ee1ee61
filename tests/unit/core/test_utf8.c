#include "core_test.h"
#include "core/utf8.h"


static void
test_the_longest_valid_prefix_is_told(void **state)
{
    static const struct {
        const char *text;
        size_t valid;
    } cases[] = {
        { "", 0 },
        { "abc", 3 },
        { "\xe5\x8c\x97\xe4\xba\xac", 6 },
        { "\xf0\x9f\x98\x80", 4 },
        { "\xc2\x80\xdf\xbf", 4 },
        { "\xef\xbf\xbf", 3 },
        { "\xf4\x8f\xbf\xbf", 4 },
        { "a\x80", 1 },
        { "a\xff", 1 },
        { "a\xc0\xaf", 1 },
        { "a\xc1\xbf", 1 },
        { "a\xe0\x9f\xbf", 1 },
        { "a\xed\xa0\x80", 1 },
        { "a\xf0\x8f\xbf\xbf", 1 },
        { "a\xf4\x90\x80\x80", 1 },
        { "a\xf5\x80\x80\x80", 1 },
        { "ab\xe5\x8c", 2 },
        { "ab\xe5", 2 },
        { "ab\xe5\x8c"
          "A",
            2 },
        { "ab\xf0\x9f\x98", 2 },
    };
    size_t i;

    (void) state;

    for (i = 0; i < COUNT(cases); i++) {
        size_t valid = gray_utf8_valid(str_of(cases[i].text));

        if (valid != cases[i].valid) {
            fail_msg("case %zu: %zu", i, valid);
        }
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_longest_valid_prefix_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
