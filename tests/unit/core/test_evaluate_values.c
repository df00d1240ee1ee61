/* Every test of a value, as the value of a rule. */

#include "core_facts.h"

typedef struct {
    const char *condition;
    const char *attribute; /* of the request; NULL: none                */
    bool holds;
} case_t;


static void
assert_cases(const case_t *cases, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        gray_release_t *release = release_of(cases[i].condition);
        facts_t facts = { .attributes = { cases[i].attribute } };
        gray_decision_t decision = decide(release, &facts);

        if (decision.variant != cases[i].holds) {
            fail_msg("%s with %s", cases[i].condition, cases[i].attribute);
        }

        assert_int_equal(decision.rule, cases[i].holds ? 0 : -1);
        assert_int_not_equal(decision.reason, GRAY_REASON_ERROR);
        gray_release_free(release);
    }
}


static void
test_numbers_have_an_order(void **state)
{
    static const case_t cases[] = {
        { "a < 5", "a=4", true },
        { "a < 5", "a=4.999", true },
        { "a < 5", "a=5", false },
        { "a < 5", "a=5.0", false },
        { "a < 5", "a=10", false },
        { "a < 5", "a=-10", true },
        { "a < 5", "a=x", false },
        { "a < 5", "a=", false },
        { "a < 5", NULL, false },
        { "a <= 5", "a=5.00", true },
        { "a <= 5", "a=5.001", false },
        { "a <= 5", "a=x", false },
        { "a > 5", "a=10", true },
        { "a > 5", "a=5", false },
        { "a > 5", "a=05.10", true },
        { "a > 5", "a=5x", false },
        { "a > 5", NULL, false },
        { "a >= 5", "a=5", true },
        { "a >= 5", "a=4", false },
        { "a >= 5", NULL, false },
        { "a > -5", "a=-4.5", true },
        { "a > -5", "a=-5.5", false },
        { "a >= 0", "a=-0", true },
        { "a > 99999999999999999999", "a=100000000000000000000", true },
        { "a < 5", "a=1e3", false },
        { "a < 5", "a=+1", false },
        { "not a < 5", "a=x", true },
        { "not a < 5", NULL, true },
        { "a > 1 and a < 3", "a=2", true },
        { "a > 1 and a < 3", "a=3", false },
    };

    (void) state;
    assert_cases(cases, COUNT(cases));
}


static void
test_texts_have_the_order_of_their_bytes(void **state)
{
    static const case_t cases[] = {
        { "a < 'b'", "a=a", true },
        { "a < 'b'", "a=b", false },
        { "a < 'b'", "a=azzz", true },
        { "a < 'b'", "a=B", true },
        { "a < 'b'", "a=", false },
        { "a < 'b'", NULL, false },
        { "a <= 'b'", "a=b", true },
        { "a <= 'b'", "a=ba", false },
        { "a > 'b'", "a=ba", true },
        { "a > 'b'", "a=b", false },
        { "a >= 'bb'", "a=b", false },
        { "a >= 'bb'", "a=bb", true },
        { "a >= 'b'", "a=\xe5\x8c\x97", true },
        { "a < '\xe5\x8c\x97'", "a=z", true },
        { "a < '10'", "a=9", false },
        { "a >= '2026-10'", "a=2026-11-02", true },
    };

    (void) state;
    assert_cases(cases, COUNT(cases));
}


static void
test_versions_are_compared_part_by_part(void **state)
{
    static const case_t cases[] = {
        { "a >= v8.0.47", "a=8.0.47", true },
        { "a >= v8.0.47", "a=v8.0.47", true },
        { "a >= v8.0.47", "a=8.0.47.2560", true },
        { "a >= v8.0.47", "a=8.0.5", false },
        { "a >= v8.0.47", "a=8.0", false },
        { "a >= v8.0.47", "a=8.1", true },
        { "a >= v8.0.47", "a=8", false },
        { "a >= v8.0.47", "a=10", true },
        { "a >= v8.0.47", "a=8.0.47-rc.1", false },
        { "a >= v8.0.47", "a=8.0.47+build", true },
        { "a >= v8.0.47", "a=8.0.x", false },
        { "a >= v8.0.47", "a=V8.0.47", false },
        { "a >= v8.0.47", "a=unknown", false },
        { "a >= v8.0.47", "a=", false },
        { "a >= v8.0.47", NULL, false },
        { "a < v8.0.47.2560", "a=8.0.47.2559", true },
        { "a < v8.0.47.2560", "a=8.0.47.2560", false },
        { "a < v8.0.47.2560", "a=8.0.47.10000", false },
        { "a < v8.0.47.2560", "a=junk", false },
        { "not a < v8.0.47.2560", "a=junk", true },
        { "a < v1.2.0", "a=1.2.0-rc.1", true },
        { "a > v1.2.0-rc.1", "a=1.2", true },
        { "a > v1.2.0-rc.1", "a=1.2.0-rc.2", true },
        { "a > v1.2.0-rc.2", "a=1.2.0-rc.10", true },
        { "a > v1.2.0-rc.1", "a=1.2.0-beta.9", false },
        { "a <= v1.2.0-rc.1", "a=1.2.0-rc.1+x", true },
        { "a = v8.0", "a=8.0.0", true },
        { "a = v8.0", "a=v8", true },
        { "a = v8.0", "a=8.0.1", false },
        { "a = v8.0", "a=8.00", true },
        { "a = v8.0+x", "a=8.0+y", true },
        { "a != v8.0", "a=8.1", true },
        { "a != v8.0", "a=8.0.0.0", false },
        { "a != v8.0", "a=x", false },
        { "a != v8.0", NULL, false },
        { "a >= v8 and a < v9", "a=8.9.9", true },
        { "a >= v8 and a < v9", "a=9.0.0-rc.1", true },
        { "a >= 8", "a=8.1", true },
        { "a >= 8", "a=8.1.2", false },
    };

    (void) state;
    assert_cases(cases, COUNT(cases));
}


static void
test_times_of_attributes_are_instants(void **state)
{
    static const case_t cases[] = {
        { "a >= 2026-12-01T00:00:00+08:00", "a=2026-11-30T16:00:00Z", true },
        { "a > 2026-12-01T00:00:00+08:00", "a=2026-11-30T16:00:00Z", false },
        { "a = 2026-12-01T00:00:00+08:00", "a=2026-11-30T16:00:00Z", true },
        { "a != 2026-12-01T00:00:00Z", "a=2026-12-01T00:00:01Z", true },
        { "a < 2026-12-01T00:00:00Z", "a=2025-12-01T00:00:00Z", true },
        { "a < 2026-12-01T00:00:00Z", "a=2025-12-01", false },
        { "a <= 2026-12-01T00:00:00Z", "a=yesterday", false },
        { "a < 2026-12-01T00:00:00Z", NULL, false },
    };

    (void) state;
    assert_cases(cases, COUNT(cases));
}


static void
test_addresses_have_an_order_within_their_family(void **state)
{
    static const case_t cases[] = {
        { "a >= 10.0.0.1", "a=10.0.0.1", true },
        { "a >= 10.0.0.1", "a=10.0.0.0", false },
        { "a >= 10.0.0.1", "a=::ffff:10.0.0.2", true },
        { "a >= 10.0.0.1", "a=9.255.255.255", false },
        { "a > 10.0.0.1", "a=10.0.0.1", false },
        { "a > 10.0.0.9", "a=10.0.0.10", true },
        { "a < 10.0.0.1", "a=9.0.0.1", true },
        { "a < 10.0.0.1", "a=10.0.0.1", false },
        { "a <= 10.0.0.1", "a=10.0.0.1", true },
        { "a >= 10.0.0.1 and a <= 10.0.0.9", "a=10.0.0.5", true },
        { "a >= 10.0.0.1 and a <= 10.0.0.9", "a=10.0.0.10", false },
        { "a > 10.0.0.1", "a=2001:db8::1", false },
        { "a < 10.0.0.1", "a=::1", false },
        { "a > 2001:db8::1", "a=2001:db8::2", true },
        { "a < 2001:db8::1", "a=10.0.0.1", false },
        { "a != 10.0.0.1", "a=2001:db8::1", true },
        { "a < 10.0.0.1", "a=x", false },
        { "a >= 10.0.0.1", NULL, false },
    };

    (void) state;
    assert_cases(cases, COUNT(cases));
}


static void
test_sets_hold_values_of_all_kinds(void **state)
{
    static const case_t cases[] = {
        { "a in ['BJ', 'SH']", "a=BJ", true },
        { "a in ['BJ', 'SH']", "a=SH", true },
        { "a in ['BJ', 'SH']", "a=GZ", false },
        { "a in ['BJ', 'SH']", "a=bj", false },
        { "a in ['BJ', 'SH']", "a=BJSH", false },
        { "a in ['BJ', 'SH']", "a=", false },
        { "a in ['BJ', 'SH']", NULL, false },
        { "a not in ['BJ', 'SH']", "a=GZ", true },
        { "a not in ['BJ', 'SH']", "a=BJ", false },
        { "a not in ['BJ', 'SH']", "a=", false },
        { "a not in ['BJ', 'SH']", NULL, false },
        { "not a in ['BJ', 'SH']", NULL, true },
        { "not a not in ['BJ']", NULL, true },
        { "a in [42]", "a=42.0", true },
        { "a in ['42']", "a=42.0", false },
        { "a in [42]", "a=abc", false },
        { "a not in [42]", "a=abc", true },
        { "a not in [42]", "a=042", false },
        { "a in [1, 2, 3]", "a=3", true },
        { "a in [10.0.0.0/8, 192.168.0.0/16]", "a=10.1.2.3", true },
        { "a in [10.0.0.0/8, 192.168.0.0/16]", "a=::ffff:192.168.9.9", true },
        { "a in [10.0.0.0/8, 192.168.0.0/16]", "a=172.16.0.1", false },
        { "a not in [10.0.0.0/8]", "a=no address", true },
        { "a in [2001:db8::/32, 1.2.3.4]", "a=2001:db8::1", true },
        { "a in [v1.2, v2]", "a=1.2.0", true },
        { "a in [v1.2, v2]", "a=2.0.1", false },
        { "a in [2026-12-01T00:00:00Z]", "a=2026-12-01T08:00:00+08:00", true },
        { "a in ['x', 42, 10.0.0.0/8, v1.2]", "a=x", true },
        { "a in ['x', 42, 10.0.0.0/8, v1.2]", "a=42", true },
        { "a in ['x', 42, 10.0.0.0/8, v1.2]", "a=10.9.9.9", true },
        { "a in ['x', 42, 10.0.0.0/8, v1.2]", "a=v1.2.0", true },
        { "a in ['x', 42, 10.0.0.0/8, v1.2]", "a=y", false },
        { "a not in ['x', 42, 10.0.0.0/8, v1.2]", "a=y", true },
        { "a in ['x', 'x']", "a=x", true },
        { "a in ['x'] or a in ['y']", "a=y", true },
        { "a in ['x'] and a in ['x', 'y']", "a=x", true },
    };

    (void) state;
    assert_cases(cases, COUNT(cases));
}


static void
test_texts_start_end_and_contain(void **state)
{
    static const case_t cases[] = {
        { "a starts 'ab'", "a=abc", true },
        { "a starts 'ab'", "a=ab", true },
        { "a starts 'ab'", "a=a", false },
        { "a starts 'ab'", "a=xab", false },
        { "a starts 'ab'", "a=AB", false },
        { "a starts 'ab'", "a=", false },
        { "a starts 'ab'", NULL, false },
        { "not a starts 'ab'", NULL, true },
        { "a starts '\xe5\x8c\x97'", "a=\xe5\x8c\x97\xe4\xba\xac", true },
        { "a starts '5'", "a=50", true },
        { "a ends 'bc'", "a=abc", true },
        { "a ends 'bc'", "a=bc", true },
        { "a ends 'bc'", "a=c", false },
        { "a ends 'bc'", "a=bcd", false },
        { "a ends 'bc'", NULL, false },
        { "a ends '@example.com'", "a=u@example.com", true },
        { "a contains 'b'", "a=abc", true },
        { "a contains 'abc'", "a=abc", true },
        { "a contains 'abcd'", "a=abc", false },
        { "a contains 'ac'", "a=abc", false },
        { "a contains 'aab'", "a=aaab", true },
        { "a contains 'b'", NULL, false },
        { "not a contains 'b'", "a=x", true },
        { "a contains 'it''s'", "a=say it's so", true },
    };

    (void) state;
    assert_cases(cases, COUNT(cases));
}


static void
test_regexes_match_anywhere_unless_anchored(void **state)
{
    static const case_t cases[] = {
        { "a matches 'b'", "a=abc", true },
        { "a matches '^b'", "a=abc", false },
        { "a matches '^abc$'", "a=abc", true },
        { "a matches '^abc$'", "a=abcd", false },
        { "a matches '^b'", NULL, false },
        { "a matches '^b'", "a=", false },
        { "not a matches 'b'", NULL, true },
        { "a matches '(?i)IPHONE|ipad'", "a=iPhone", true },
        { "a matches '^\\d{3}$'", "a=123", true },
        { "a matches '^\\d{3}$'", "a=1234", false },
        { "a matches '^.{2}$'", "a=\xe5\x8c\x97\xe4\xba\xac", true },
        { "a matches '[\xe5\x8c\x97\xe5\x8d\x97]'", "a=\xe5\x8d\x97", true },
        { "a matches '[\xe5\x8c\x97]'", "a=\xe5\x8d\x97", false },
        { "a matches 'b'",
            "a=\xff"
            "b\xff",
            true },
        { "a matches 'x'", "a=\xff\xfe", false },
        { "a matches '(a)(b)\\2\\1'", "a=xabba", true },
        { "a matches '(?<=a)b(?!c)'", "a=abc abd", true },
        { "a matches '[02468]$'", "a=user-1234", true },
        { "a matches '[02468]$'", "a=user-1235", false },
        { "a matches 'it''s'", "a=it's", true },
        { "a matches 'a' and a matches 'b'", "a=ab", true },
        { "a matches 'a' and a matches 'a'", "a=b", false },
    };

    (void) state;
    assert_cases(cases, COUNT(cases));
}


static void
test_now_is_the_hosts_time(void **state)
{
    static const struct {
        const char *condition;
        int64_t now;
        bool holds;
    } cases[] = {
        { "now < 2026-12-01T00:00:00+08:00", 1796054399, true },
        { "now < 2026-12-01T00:00:00+08:00", 1796054400, false },
        { "now >= 2026-12-01T00:00:00+08:00", 1796054399, false },
        { "now >= 2026-12-01T00:00:00+08:00", 1796054400, true },
        { "now >= 2026-11-30T16:00:00Z", 1796054400, true },
        { "not now < 1970-01-01T00:00:00Z", 0, true },
        { "now < 1970-01-01T00:00:00Z", -1, true },
        { "now >= 2026-12-01T00:00:00Z and now < 2026-12-02T00:00:00Z",
            1796083200, true },
        { "now >= 2026-12-01T00:00:00Z and now < 2026-12-02T00:00:00Z",
            1796169600, false },
    };
    size_t i;

    (void) state;

    for (i = 0; i < COUNT(cases); i++) {
        gray_release_t *release = release_of(cases[i].condition);
        facts_t facts = { .now = cases[i].now };

        if (decide(release, &facts).variant != cases[i].holds) {
            fail_msg(
                "%s at %lld", cases[i].condition, (long long) cases[i].now);
        }
        gray_release_free(release);
    }
}


/* As in test_evaluate.c: T true, F false, U unknown (the store), P pending; R
 * is a regex past its limit. */
static void
test_logic_of_the_other_tests_is_three_valued_too(void **state)
{
#define R "long matches '(a|aa)+$'"
    static const struct {
        const char *condition;
        char value;
        unsigned pending;
        const char *reason; /* NULL: none                               */
    } cases[] = {
        { R, 'U', 0, "error:regex:r" },
        { "not " R, 'U', 0, "error:regex:r" },
        { R " and x in ['1']", 'U', 0, "error:regex:r" },
        { R " and x in ['2']", 'F', 0, NULL },
        { R " or x in ['1']", 'T', 0, NULL },
        { R " or x in ['2']", 'U', 0, "error:regex:r" },
        { "x < 1 and " R, 'F', 0, NULL },
        { "x <= 1 or " R, 'T', 0, NULL },
        { "not (" R " and x > 1)", 'T', 0, NULL },
        { "not (" R " or x >= 1)", 'F', 0, NULL },
        { R " or x in @U", 'U', 0, "error:regex:r" },
        { "x in @U or " R, 'U', 0, "error:store" },
        { R " and x in @P", 'U', 1, "error:regex:r" },
        { "x in @P and " R, 'U', 1, "error:live:P" },
        { R " and x in @P and x starts '2'", 'F', 0, NULL },
        { R " or x in @P or x ends '1'", 'T', 0, NULL },
        { "gone matches '(a|aa)+$'", 'F', 0, NULL },
        { "x in @U and x in [2, 3]", 'F', 0, NULL },
        { "x in @U and x not in [2, 3]", 'U', 0, "error:store" },
        { "x in @U or x not in [2, 3]", 'T', 0, NULL },
        { "x in @P and now < 1970-01-01T00:00:00Z", 'F', 0, NULL },
        { "x in @P and now >= 1970-01-01T00:00:00Z", 'U', 1, "error:live:P" },
        { "x in @P or now >= 1970-01-01T00:00:00Z", 'T', 0, NULL },
        { "x in @U and x contains 'z'", 'F', 0, NULL },
        { "x in @U or x matches '^1$'", 'T', 0, NULL },
        { "x in @U and not x matches '^1$'", 'F', 0, NULL },
        { "(" R " or x in @F) and (x = v1 or x in @P)", 'U', 0,
            "error:regex:r" },
        { "(" R " and x > 5) or x in @U", 'U', 0, "error:store" },
        { "not (x in @U or x < 1)", 'U', 0, "error:store" },
        { "not (x in @U or x <= 1)", 'F', 0, NULL },
    };
    static char subject[1024];
    size_t i;

    (void) state;

    snprintf(subject, sizeof(subject), "long=%0*d!", 900, 0);
    memset(subject + 5, 'a', 900);

    for (i = 0; i < COUNT(cases); i++) {
        gray_release_t *release = release_of(cases[i].condition);
        facts_t facts = { .attributes = { "x=1", subject },
            .answers = { { "U", GRAY_UNKNOWN_STORE }, { "P", GRAY_PENDING } } };
        gray_decision_t d = decide(release, &facts);
        char value = d.reason == GRAY_REASON_TARGETING_MATCH ? 'T'
                     : d.reason == GRAY_REASON_ERROR         ? 'U'
                                                             : 'F';

        if (value != cases[i].value || d.ntests != cases[i].pending) {
            fail_msg("%s: %c, %u pending", cases[i].condition, value, d.ntests);
        }

        if (cases[i].reason != NULL) {
            assert_decision(release, &d, "stable", cases[i].reason);
        }

        gray_release_free(release);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_have_an_order),
        cmocka_unit_test(test_texts_have_the_order_of_their_bytes),
        cmocka_unit_test(test_versions_are_compared_part_by_part),
        cmocka_unit_test(test_times_of_attributes_are_instants),
        cmocka_unit_test(test_addresses_have_an_order_within_their_family),
        cmocka_unit_test(test_sets_hold_values_of_all_kinds),
        cmocka_unit_test(test_texts_start_end_and_contain),
        cmocka_unit_test(test_regexes_match_anywhere_unless_anchored),
        cmocka_unit_test(test_now_is_the_hosts_time),
        cmocka_unit_test(test_logic_of_the_other_tests_is_three_valued_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
