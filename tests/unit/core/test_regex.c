/* What a regex may cost, whatever the pattern and the value. */

#define _GNU_SOURCE

#include <time.h>
#include "core_facts.h"
#include "core/regex.h"

/* Sanitizers and valgrind make everything slower. */
#if defined(__SANITIZE_ADDRESS__)
#define SLOWER 20
#else
#define SLOWER 1
#endif

#define MICROSECONDS 1000

static const char *const hostile[] = {
    "(a+)+$",
    "(a|aa)+$",
    "(a|a)*$",
    "(a*)*c",
    "(?:a|a?)+$",
    "^(([a-z])+.)+[A-Z]([a-z])+$",
    "(.*)(.*)(.*)(.*)(.*)[^a!]",
    "(?:a*+b|a*+c|a*+d|a*+e|a*+f|a*+g|a*+h|a*+i)",
    "(?:.*a){25}",
    "(a*)\\1+$",
    "(a*)(a*)\\1\\2[^a!]",
    "(?=(a+))\\1b",
    "(?:a?){200}a{200}$",
    "(?R)?a|(a(?R)?)b",
    "(a(?1)?)$",
    "\\X++b",
    "(\\X+.){3}b",
    "\\p{L}*\\p{N}",
    "(?<=a{50})b|(?<=a{51})c",
    "(((a*)*)*)*[^a!]",
    "(?i)(\xc3\xa9|a+)+$",
    "(?(?=a)a+|b)+$",
    "(?>a*)*b",
    "\\b(\\w+\\s?)*$",
    "(*COMMIT)(a|aa)+$",
    "(*NO_JIT)(a|aa)+$",
    "(*NO_AUTO_POSSESS)(*NO_START_OPT)a*a*a*a*[^a!]",
    "(?:(?:a|b)*?)*?$",
};


static double
cpu_time(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double) t.tv_sec * 1e9 + (double) t.tv_nsec;
}


/* The value number `kind`, of `len` bytes. */
static gray_str_t
subject(char *buffer, size_t len, unsigned kind)
{
    static const char *const units[]
        = { "a", "ab", "aab", "\xe5\x8c\x97", "a\xff", "aa ", "ba" };
    const char *unit = units[kind % COUNT(units)];
    size_t i;

    for (i = 0; i < len; i++) {
        buffer[i] = unit[i % strlen(unit)];
    }

    buffer[len - 1] = '!';
    return (gray_str_t){ len, buffer };
}


/* The least of three: other programs only add. */
static double
time_match(gray_regexes_t *regexes, unsigned i, gray_str_t value)
{
    double least = 0;
    int n;

    for (n = 0; n < 3; n++) {
        long steps = GRAY_REGEX_DECISION_STEPS;
        double start = cpu_time(), each;

        gray_regex_match(regexes, i, value, &steps);
        each = cpu_time() - start;
        least = n == 0 || each < least ? each : least;
        assert_in_range(GRAY_REGEX_DECISION_STEPS - steps, 0, GRAY_REGEX_STEPS);
    }

    return least;
}


static void
test_a_hostile_pattern_costs_a_millisecond_at_most(void **state)
{
    static const size_t lengths[] = { 30, 256, 1024, GRAY_REGEX_SUBJECT_MAX };
    char buffer[GRAY_REGEX_SUBJECT_MAX];
    gray_regexes_t *regexes = gray_regexes_create(COUNT(hostile));
    unsigned i, j, kind, unknown = 0;
    double worst = 0;

    (void) state;

    for (i = 0; i < COUNT(hostile); i++) {
        gray_error_t error;
        size_t offset;

        if (gray_regex_check(str_of(hostile[i]), &offset, &error) != 0) {
            fail_msg("%s: %s", hostile[i], error.message);
        }

        gray_regexes_set(regexes, i, str_of(hostile[i]));

        for (j = 0; j < COUNT(lengths); j++) {
            for (kind = 0; kind < 7; kind++) {
                gray_str_t value = subject(buffer, lengths[j], kind);
                long steps = GRAY_REGEX_DECISION_STEPS;
                double each;

                unknown += gray_regex_match(regexes, i, value, &steps)
                           == GRAY_REGEX_UNKNOWN;
                each = time_match(regexes, i, value);
                worst = each > worst ? each : worst;

                if (each > SLOWER * 1000.0 * MICROSECONDS) {
                    fail_msg("%s, value %u of %zu bytes: %.0f us", hostile[i],
                        kind, lengths[j], each / MICROSECONDS);
                }
            }
        }
    }

    print_message("the slowest took %.0f us\n", worst / MICROSECONDS);
    assert_true(unknown > COUNT(hostile));
    gray_regexes_free(regexes);
}


static void
test_usual_patterns_stay_far_below_the_limit(void **state)
{
    static const struct {
        const char *pattern;
        gray_regex_answer_t answer;
    } cases[] = {
        { "MicroMessenger/8\\.0", GRAY_REGEX_YES },
        { "^Mozilla.*Mobile", GRAY_REGEX_YES },
        { "Android 1[3-9].*Chrome/1(1[2-9]|[2-9]\\d)", GRAY_REGEX_YES },
        { "(?i)iphone|ipad|ipod", GRAY_REGEX_NO },
        { "(?:^|\\s)(\\w+)/(\\d+)(?:\\.(\\d+))*\\s*$", GRAY_REGEX_NO },
        { "[0-9]+$", GRAY_REGEX_NO },
        { ".*Chrome.*Safari.*Nothing", GRAY_REGEX_NO },
    };
    static const char agent[]
        = "Mozilla/5.0 (Linux; Android 13; SM-S918B) AppleWebKit/537.36 "
          "(KHTML, like Gecko) Chrome/112.0.0.0 Mobile Safari/537.36 "
          "MicroMessenger/8.0.47.2560(0x28002F3D)";
    gray_regexes_t *regexes = gray_regexes_create(COUNT(cases));
    unsigned i;

    (void) state;

    for (i = 0; i < COUNT(cases); i++) {
        long steps = GRAY_REGEX_DECISION_STEPS;

        gray_regexes_set(regexes, i, str_of(cases[i].pattern));
        assert_int_equal(gray_regex_match(regexes, i, str_of(agent), &steps),
            cases[i].answer);
        assert_true(GRAY_REGEX_DECISION_STEPS - steps < GRAY_REGEX_STEPS / 5);
    }

    gray_regexes_free(regexes);
}


static void
test_a_value_that_is_too_long_is_not_looked_at(void **state)
{
    static char buffer[GRAY_REGEX_SUBJECT_MAX + 1];
    gray_regexes_t *regexes = gray_regexes_create(1);
    long steps = GRAY_REGEX_DECISION_STEPS;

    (void) state;

    memset(buffer, 'a', sizeof(buffer));
    gray_regexes_set(regexes, 0, gray_str("^a"));
    assert_int_equal(gray_regex_match(regexes, 0,
                         (gray_str_t){ sizeof(buffer) - 1, buffer }, &steps),
        GRAY_REGEX_YES);
    assert_int_equal(gray_regex_match(regexes, 0,
                         (gray_str_t){ sizeof(buffer), buffer }, &steps),
        GRAY_REGEX_UNKNOWN);
    gray_regexes_free(regexes);
}


static void
test_a_pattern_that_is_too_large_is_refused(void **state)
{
    char pattern[GRAY_REGEX_PATTERN_MAX + 2];
    gray_error_t error;
    size_t offset;

    (void) state;

    assert_int_equal(gray_regex_check(gray_str("(?:a{1,9}[bc]{1,9}){1,300}"),
                         &offset, &error),
        -1);
    assert_non_null(strstr(error.message, "the pattern is too large"));
    assert_string_equal(error.hint, "use smaller repeats");

    assert_int_equal(
        gray_regex_check(
            gray_str("(?:(?:a{1,100}){1,100}){1,100}"), &offset, &error),
        -1);

    memset(pattern, '.', sizeof(pattern));
    pattern[sizeof(pattern) - 1] = '\0';
    assert_int_equal(gray_regex_check(str_of(pattern), &offset, &error), -1);
    assert_string_equal(
        error.message, "the pattern has 1025 bytes; the limit is 1024");
}


/* A rule for each pattern, all past their limit. */
static void
test_a_decision_has_a_limit_for_all_its_regexes(void **state)
{
    static char fact[1100];
    gray_document_t document;
    gray_release_t *release;
    gray_decision_t decision;
    facts_t facts = { .attributes = { fact } };
    double start, spent;
    char name[16], condition[64];
    int i;

    (void) state;

    strcpy(fact, "a=");
    subject(fact + 2, 1024, 0);
    document_init(&document);

    for (i = 0; i < GRAY_REGEX_PATTERNS_MAX; i++) {
        snprintf(name, sizeof(name), "r%d", i);
        snprintf(condition, sizeof(condition), "a matches '(a|aa)+$|%d'", i);
        document_rule(&document, name, condition, 1);
    }

    document_rule(&document, "last", "a starts 'a'", 1);
    release = document_release(&document);
    decision = decide(release, &facts);
    assert_decision(release, &decision, "gray", "targeting_match:last");
    assert_int_equal(decision.skipped, GRAY_REGEX_PATTERNS_MAX);
    assert_int_equal(decision.nregex, GRAY_REGEX_PATTERNS_MAX);

    start = cpu_time();
    decide(release, &facts);
    spent = cpu_time() - start;
    print_message("%.0f us\n", spent / MICROSECONDS);
    assert_true(spent < SLOWER * 20000.0 * MICROSECONDS);
    gray_release_free(release);
}


static void
test_a_regex_past_its_limit_names_its_rule(void **state)
{
    static char fact[1100];
    gray_document_t document;
    gray_release_t *release;
    gray_decision_t decision;
    facts_t facts = { .attributes = { fact } };

    (void) state;

    strcpy(fact, "a=");
    subject(fact + 2, 1024, 0);
    document_init(&document);
    document_rule(&document, "first", "a = 'x'", 1);
    document_rule(&document, "slow", "a matches '(a|aa)+$'", 1);
    document_rule(&document, "later", "b in @testers", 1);
    release = document_release(&document);
    decision = decide(release, &facts);
    assert_decision(release, &decision, "stable", "error:regex:slow");
    assert_int_equal(decision.cause, GRAY_CAUSE_REGEX);
    assert_int_equal(decision.cause_rule, 1);
    assert_int_equal(decision.nregex, 1);
    assert_int_equal(decision.skipped, 1);
    gray_release_free(release);

    document_init(&document);
    document_rule(&document, "keep", "a matches '(a|aa)+$'", 0);
    document_rule(&document, "all", "true", 1);
    release = document_release(&document);
    decision = decide(release, &facts);
    assert_decision(release, &decision, "stable", "error:regex:keep");
    assert_int_equal(decision.cause_rule, 0);
    gray_release_free(release);
}


static void
test_a_hundred_patterns_are_the_limit_each_counted_once(void **state)
{
    gray_document_t document;
    gray_error_t error;
    char name[16], condition[64];
    void *bytes;
    size_t len;
    int i;

    (void) state;

    document_init(&document);

    for (i = 0; i < 2 * GRAY_REGEX_PATTERNS_MAX; i++) {
        snprintf(name, sizeof(name), "r%d", i);
        snprintf(condition, sizeof(condition), "a%d matches 'x%d'", i,
            i % GRAY_REGEX_PATTERNS_MAX);
        document_rule(&document, name, condition, 1);
    }

    document_compile(&document, &bytes, &len);
    free(bytes);
    document_rule(&document, "more", "true or\na matches 'y'", 1);
    assert_int_equal(gray_document_compile(&document, gray_str("shop"),
                         list_kind, NULL, &bytes, &len, &error, 1),
        1);
    assert_string_equal(error.place, "rules[200].if");
    assert_int_equal(error.line, 2);
    assert_string_equal(error.message,
        "this is one regex more than the 100 that a release may have");
    gray_document_free(&document);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_hostile_pattern_costs_a_millisecond_at_most),
        cmocka_unit_test(test_usual_patterns_stay_far_below_the_limit),
        cmocka_unit_test(test_a_value_that_is_too_long_is_not_looked_at),
        cmocka_unit_test(test_a_pattern_that_is_too_large_is_refused),
        cmocka_unit_test(test_a_decision_has_a_limit_for_all_its_regexes),
        cmocka_unit_test(test_a_regex_past_its_limit_names_its_rule),
        cmocka_unit_test(
            test_a_hundred_patterns_are_the_limit_each_counted_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
