#include "core_document.h"
#include "core/trace.h"

#define MAX_FACTS 24

/* A host whose facts are a table: attributes "name=value", answers
 * "list=…" for any attribute. */
typedef struct {
    const gray_release_t *release;
    const char *attributes[MAX_FACTS];
    struct {
        const char *list;
        gray_answer_t answer;
    } answers[MAX_FACTS];
    unsigned asked;
    unsigned nsteps;
    gray_step_t steps[64];
} facts_t;


static bool
fact_attribute(void *data, unsigned i, gray_str_t *value)
{
    facts_t *facts = data;
    gray_str_t name = gray_release_attribute(facts->release, i);
    unsigned j;

    for (j = 0; j < MAX_FACTS && facts->attributes[j]; j++) {
        const char *fact = facts->attributes[j];

        if (strncmp(fact, name.data, name.len) == 0 && fact[name.len] == '=') {
            *value = str_of(fact + name.len + 1);
            return true;
        }
    }

    return false;
}


static gray_answer_t
fact_member(void *data, unsigned list, unsigned attribute, gray_str_t value)
{
    facts_t *facts = data;
    const char *name = gray_release_list(facts->release, list).data;
    unsigned j;

    (void) attribute;
    assert_true(value.len > 0);
    facts->asked++;

    for (j = 0; j < MAX_FACTS && facts->answers[j].list; j++) {
        if (strcmp(facts->answers[j].list, name) == 0) {
            return facts->answers[j].answer;
        }
    }

    return GRAY_NO;
}


static void
fact_step(void *data, const gray_step_t *step)
{
    facts_t *facts = data;

    assert_true(facts->nsteps < COUNT(facts->steps));
    facts->steps[facts->nsteps++] = *step;
}


static gray_host_t
host_of(facts_t *facts)
{
    return (gray_host_t){
        .data = facts,
        .attribute = fact_attribute,
        .member = fact_member,
    };
}


static gray_decision_t
decide(const gray_release_t *release, facts_t *facts)
{
    gray_decision_t decision;
    gray_host_t host = host_of(facts);

    facts->release = release;
    memset(&decision, 0xa5, sizeof(decision));
    gray_decide(release, &host, &decision);

    return decision;
}


static void
assert_decision(const gray_release_t *release, const gray_decision_t *decision,
    const char *variant, const char *reason)
{
    char text[GRAY_REASON_TEXT_MAX];
    size_t n = gray_reason_print(release, decision, text);

    assert_int_equal(n, strlen(text));
    assert_string_equal(text, reason);
    assert_string_equal(
        gray_release_variant(release, decision->variant).data, variant);
}


/* --- single tests ------------------------------------------------------- */

static void
test_tests_of_values_come_out(void **state)
{
    static const struct {
        const char *condition, *attribute;
        bool holds;
    } cases[] = {
        { "true", NULL, true },
        { "not true", NULL, false },
        { "has a", "a=1", true },
        { "has a", "a=", false },
        { "has a", NULL, false },
        { "not has a", NULL, true },
        { "a = 'x'", "a=x", true },
        { "a = 'x'", "a=y", false },
        { "a = 'x'", "a=xx", false },
        { "a = 'xx'", "a=x", false },
        { "a = 'x'", "a=X", false },
        { "a = 'x'", NULL, false },
        { "a = 'x'", "a=", false },
        { "a != 'x'", "a=y", true },
        { "a != 'x'", "a=x", false },
        { "a != 'x'", NULL, false },
        { "not a = 'x'", NULL, true },
        { "a = '5'", "a=5", true },
        { "a = '5'", "a=5.0", false },
        { "a = 5", "a=5", true },
        { "a = 5", "a=5.0", true },
        { "a = 5", "a=005", true },
        { "a = 5", "a=6", false },
        { "a = 5", "a=5x", false },
        { "a = 5", "a= 5", false },
        { "a = 5", "a=abc", false },
        { "a = 5", NULL, false },
        { "a != 5", "a=6", true },
        { "a != 5", "a=5.00", false },
        { "a != 5", "a=abc", false },
        { "a != 5", NULL, false },
        { "a = -0", "a=0", true },
        { "a = 12345678901234567890", "a=12345678901234567891", false },
        { "a = 1.2.3.4", "a=1.2.3.4", true },
        { "a = 1.2.3.4", "a=::ffff:1.2.3.4", true },
        { "a = ::ffff:1.2.3.4", "a=1.2.3.4", true },
        { "a = 1.2.3.4", "a=1.2.3.5", false },
        { "a = 1.2.3.4", "a=01.2.3.4", false },
        { "a = 10.0.0.0/8", "a=10.1.2.3", true },
        { "a = 10.0.0.0/8", "a=11.1.2.3", false },
        { "a = 10.0.0.0/8", "a=10.0.0.0/8", false },
        { "a != 10.0.0.0/8", "a=11.1.2.3", true },
        { "a != 10.0.0.0/8", "a=10.1.2.3", false },
        { "a != 10.0.0.0/8", "a=unknown", false },
        { "a != 10.0.0.0/8", NULL, false },
        { "a = 2001:db8::/32", "a=2001:DB8::7", true },
        { "a in @yes", "a=1", true },
        { "a in @empty", "a=1", false },
        { "a in @yes", NULL, false },
        { "a in @yes", "a=", false },
        { "a not in @yes", "a=1", false },
        { "a not in @empty", "a=1", true },
        { "a not in @empty", NULL, false },
        { "not a in @empty", NULL, true },
    };
    size_t i;

    (void) state;

    for (i = 0; i < COUNT(cases); i++) {
        gray_release_t *release = release_of(cases[i].condition);
        facts_t facts = { .attributes = { cases[i].attribute },
            .answers = { { "yes", GRAY_YES } } };
        gray_decision_t decision = decide(release, &facts);

        if (decision.variant != cases[i].holds) {
            fail_msg("%s with %s", cases[i].condition, cases[i].attribute);
        }

        assert_int_equal(decision.rule, cases[i].holds ? 0 : -1);
        assert_false(decision.pending);
        gray_release_free(release);
    }
}


/* --- three values ------------------------------------------------------- */

/* T is true, F false, U unknown (the store), P pending. A rule that gives
 * gray: true is gray; false is the default; unknown is the default with an
 * error. `pending` is what is asked. */
static void
test_logic_follows_kleene_and_asks_only_what_could_matter(void **state)
{
    static const struct {
        const char *condition;
        char value;
        unsigned pending;
    } cases[] = {
        { "x in @T", 'T', 0 },
        { "x in @F", 'F', 0 },
        { "x in @U", 'U', 0 },
        { "x in @P", 'U', 1 },
        { "x not in @T", 'F', 0 },
        { "x not in @F", 'T', 0 },
        { "x not in @U", 'U', 0 },
        { "x not in @P", 'U', 1 },
        { "not x in @T", 'F', 0 },
        { "not x in @F", 'T', 0 },
        { "not x in @U", 'U', 0 },
        { "not x in @P", 'U', 1 },

        { "x in @T and x in @T", 'T', 0 },
        { "x in @T and x in @F", 'F', 0 },
        { "x in @T and x in @U", 'U', 0 },
        { "x in @F and x in @T", 'F', 0 },
        { "x in @F and x in @F", 'F', 0 },
        { "x in @F and x in @U", 'F', 0 },
        { "x in @U and x in @T", 'U', 0 },
        { "x in @U and x in @F", 'F', 0 },
        { "x in @U and x in @U", 'U', 0 },

        { "x in @T or x in @T", 'T', 0 },
        { "x in @T or x in @F", 'T', 0 },
        { "x in @T or x in @U", 'T', 0 },
        { "x in @F or x in @T", 'T', 0 },
        { "x in @F or x in @F", 'F', 0 },
        { "x in @F or x in @U", 'U', 0 },
        { "x in @U or x in @T", 'T', 0 },
        { "x in @U or x in @F", 'U', 0 },
        { "x in @U or x in @U", 'U', 0 },

        { "x in @T and x in @P", 'U', 1 },
        { "x in @P and x in @T", 'U', 1 },
        { "x in @F and x in @P", 'F', 0 },
        { "x in @P and x in @F", 'F', 0 },
        { "x in @U and x in @P", 'U', 1 },
        { "x in @P and x in @U", 'U', 1 },
        { "x in @T or x in @P", 'T', 0 },
        { "x in @P or x in @T", 'T', 0 },
        { "x in @F or x in @P", 'U', 1 },
        { "x in @P or x in @F", 'U', 1 },
        { "x in @U or x in @P", 'U', 1 },
        { "x in @P or x in @P2", 'U', 2 },
        { "x in @P and x in @P2", 'U', 2 },
        { "x in @P and x in @P2 and x in @P3", 'U', 3 },
        { "x in @P and x in @P2 and x in @F", 'F', 0 },
        { "x in @P or x in @P2 or x in @T", 'T', 0 },

        { "x in @P and x in @P", 'U', 1 },
        { "x in @P and y in @P", 'U', 2 },
        { "x in @P and gone in @P2", 'F', 0 },
        { "x in @P or gone in @P2", 'U', 1 },

        { "x in @P or (x in @P2 and x in @F)", 'U', 1 },
        { "(x in @P2 and x in @F) or x in @P", 'U', 1 },
        { "x in @P and (x in @P2 or x in @T)", 'U', 1 },
        { "(x in @P2 or x in @T) and x in @P", 'U', 1 },
        { "x in @P or (x in @P and x in @F)", 'U', 1 },
        { "(x in @P and x in @F) or x in @P", 'U', 1 },
        { "not (x in @P and x in @F)", 'T', 0 },
        { "not (x in @P or x in @T)", 'F', 0 },
        { "not (x in @P or x in @P2)", 'U', 2 },
        { "not (x in @U or x in @F)", 'U', 0 },
        { "not (x in @U and x in @F)", 'T', 0 },
        { "(x in @U or x in @P) and (x in @F or x in @T)", 'U', 1 },
        { "(x in @U or x in @P) and (x in @F and x in @P2)", 'F', 0 },
    };
    size_t i;

    (void) state;

    for (i = 0; i < COUNT(cases); i++) {
        gray_release_t *release = release_of(cases[i].condition);
        facts_t facts = { .attributes = { "x=1", "y=2" },
            .answers = { { "T", GRAY_YES }, { "U", GRAY_UNKNOWN_STORE },
                { "P", GRAY_PENDING }, { "P2", GRAY_PENDING },
                { "P3", GRAY_PENDING } } };
        gray_decision_t d = decide(release, &facts);
        char value = d.reason == GRAY_REASON_TARGETING_MATCH ? 'T'
                     : d.reason == GRAY_REASON_ERROR         ? 'U'
                                                             : 'F';

        if (value != cases[i].value || d.ntests != cases[i].pending
            || d.pending != (d.ntests > 0) || d.skipped != (value == 'U'))
        {
            fail_msg("%s: %c, %u pending", cases[i].condition, value, d.ntests);
        }

        gray_release_free(release);
    }
}


static void
test_the_cause_is_the_first_doubt_that_mattered(void **state)
{
    static const struct {
        const char *condition, *reason;
    } cases[] = {
        { "x in @store", "error:store" },
        { "x in @live", "error:live:live" },
        { "x in @early", "error:early:early" },
        { "x in @gone", "error:list:gone" },
        { "x in @waits", "error:live:waits" },
        { "x in @live or x in @store", "error:live:live" },
        { "(x in @live and x in @F) or x in @early", "error:early:early" },
        { "x in @store or (x in @live and x in @F)", "error:store" },
        { "not (x in @live and x in @F) and x in @gone", "error:list:gone" },
    };
    size_t i;

    (void) state;

    for (i = 0; i < COUNT(cases); i++) {
        gray_release_t *release = release_of(cases[i].condition);
        facts_t facts = { .attributes = { "x=1" },
            .answers = { { "store", GRAY_UNKNOWN_STORE },
                { "live", GRAY_UNKNOWN_LIVE }, { "early", GRAY_UNKNOWN_EARLY },
                { "gone", GRAY_UNKNOWN_LIST }, { "waits", GRAY_PENDING } } };
        gray_decision_t decision = decide(release, &facts);

        assert_decision(release, &decision, "stable", cases[i].reason);
        gray_release_free(release);
    }
}


/* --- rules -------------------------------------------------------------- */

/* Three rules, by their lists' answers; the split gives 100 % to blue by
 * `user`. */
static gray_release_t *
three_rules(int first, int second, int third, bool split)
{
    gray_document_t document;

    document_init(&document);
    document_rule(&document, "one", "x in @live1", first);
    document_rule(&document, "two", "x in @live2", second);
    document_rule(&document, "three", "x in @live3", third);

    if (split) {
        document_split(&document, "user", 0, GRAY_BUCKETS);
    }

    return document_release(&document);
}


static void
test_rules_decide_in_order_and_doubts_never_make_anybody_gray(void **state)
{
    enum {
        S = 0, /* the default */
        G = 1,
        B = 2
    };
    static const struct {
        int variants[3];
        char answers[4]; /* T, F, U, P */
        bool split;
        const char *variant, *reason;
        unsigned pending, skipped;
    } cases[] = {
        { { G, B, G }, "TTT", 0, "gray", "targeting_match:one", 0, 0 },
        { { G, B, G }, "FTT", 0, "blue", "targeting_match:two", 0, 0 },
        { { G, B, G }, "FFT", 0, "gray", "targeting_match:three", 0, 0 },
        { { G, B, G }, "FFF", 0, "stable", "default", 0, 0 },
        { { G, B, G }, "FFF", 1, "blue", "split:user:20116", 0, 0 },
        { { S, G, G }, "TTT", 0, "stable", "targeting_match:one", 0, 0 },

        /* An unknown rule of the default ends the decision. */
        { { S, G, G }, "UTT", 0, "stable", "error:live:live1", 0, 0 },
        { { G, S, G }, "FUT", 1, "stable", "error:live:live2", 0, 0 },

        /* One of another variant is skipped. */
        { { G, B, G }, "UTT", 0, "blue", "targeting_match:two", 0, 1 },
        { { G, B, G }, "UFF", 0, "stable", "error:live:live1", 0, 1 },
        { { G, B, G }, "UUF", 0, "stable", "error:live:live1", 0, 2 },
        { { G, B, G }, "UUF", 1, "blue", "split:user:20116", 0, 2 },
        { { G, S, G }, "UTT", 0, "stable", "targeting_match:two", 0, 1 },
        { { G, S, G }, "UUT", 0, "stable", "error:live:live2", 0, 1 },

        /* Pending ones are collected as far as they could matter. */
        { { G, B, G }, "PTT", 0, "blue", "targeting_match:two", 1, 1 },
        { { G, B, G }, "PPT", 0, "gray", "targeting_match:three", 2, 2 },
        { { G, B, G }, "PPP", 0, "stable", "error:live:live1", 3, 3 },
        { { G, B, G }, "TPP", 0, "gray", "targeting_match:one", 0, 0 },
        { { G, B, G }, "FPF", 1, "blue", "split:user:20116", 1, 1 },
        { { S, G, G }, "PPP", 0, "stable", "error:live:live1", 3, 0 },
        { { S, G, G }, "PTP", 0, "stable", "error:live:live1", 1, 0 },
        { { S, S, G }, "PUP", 0, "stable", "error:live:live1", 1, 0 },
        { { S, G, G }, "PUP", 0, "stable", "error:live:live1", 2, 0 },
        { { S, G, G }, "UPP", 0, "stable", "error:live:live1", 0, 0 },
        { { G, S, G }, "PUP", 0, "stable", "error:live:live2", 1, 1 },
        { { G, S, G }, "PPT", 0, "stable", "error:live:live2", 2, 1 },
    };
    static const gray_answer_t answers[] = {
        ['T'] = GRAY_YES,
        ['F'] = GRAY_NO,
        ['U'] = GRAY_UNKNOWN_LIVE,
        ['P'] = GRAY_PENDING,
    };
    size_t i;

    (void) state;

    for (i = 0; i < COUNT(cases); i++) {
        const char *a = cases[i].answers;
        facts_t facts = { .attributes = { "x=1", "user=ann" },
            .answers = { { "live1", answers[(int) a[0]] },
                { "live2", answers[(int) a[1]] },
                { "live3", answers[(int) a[2]] } } };
        gray_release_t *release = three_rules(cases[i].variants[0],
            cases[i].variants[1], cases[i].variants[2], cases[i].split);
        gray_decision_t d = decide(release, &facts);

        assert_decision(release, &d, cases[i].variant, cases[i].reason);

        if (d.ntests != cases[i].pending || d.skipped != cases[i].skipped) {
            fail_msg(
                "case %zu: %u pending, %u skipped", i, d.ntests, d.skipped);
        }

        gray_release_free(release);
    }
}


static void
test_pending_tests_are_distinct_and_in_order(void **state)
{
    gray_document_t document;
    gray_release_t *release;
    facts_t facts = { .attributes = { "a=1", "b=2" },
        .answers = { { "live1", GRAY_PENDING }, { "live2", GRAY_PENDING } } };
    gray_decision_t d;

    (void) state;

    document_init(&document);
    document_rule(&document, "r1", "a in @live1 or b in @live2", 1);
    document_rule(&document, "r2", "b in @live2 and b in @live1", 2);
    document_rule(&document, "r3", "a in @live1", 1);
    release = document_release(&document);
    d = decide(release, &facts);

    assert_true(d.pending);
    assert_int_equal(d.ntests, 3);
    assert_int_equal(d.tests[0].list, 0);
    assert_int_equal(d.tests[0].attribute, 0);
    assert_int_equal(d.tests[1].list, 1);
    assert_int_equal(d.tests[1].attribute, 1);
    assert_int_equal(d.tests[2].list, 0);
    assert_int_equal(d.tests[2].attribute, 1);
    gray_release_free(release);
}


static void
test_more_pending_tests_than_allowed_count_as_unknown(void **state)
{
    char condition[1024] = "true and not true", *p = condition;
    gray_release_t *release;
    facts_t facts = { .attributes = { "a=1" } };
    gray_decision_t d;
    char names[20][8];
    int i;

    (void) state;

    for (i = 0; i < 20; i++) {
        snprintf(names[i], sizeof(names[i]), "s%d", i);
        facts.answers[i].list = names[i];
        facts.answers[i].answer = GRAY_PENDING;
        p += sprintf(p, "%sa in @s%d", i ? " or " : "", i);
    }

    release = release_of(condition);
    d = decide(release, &facts);
    assert_int_equal(d.ntests, GRAY_LIVE_TESTS_MAX);
    assert_decision(release, &d, "stable", "error:live:s0");
    gray_release_free(release);
}


/* --- splits ------------------------------------------------------------- */

static void
test_the_first_attribute_present_is_hashed(void **state)
{
    char long_id[300] = "device=";
    facts_t facts = { .attributes = { "user=ann", "device=phone-42" } };
    gray_document_t document;
    gray_release_t *release;
    gray_decision_t d;

    (void) state;

    document_init(&document);
    document_split(&document, "device", GRAY_BUCKETS / 2, 0);
    document.by[document.nby++] = strdup("user");
    release = document_release(&document);

    d = decide(release, &facts);
    assert_int_equal(
        d.bucket, gray_bucket(gray_str("shop"), gray_str("phone-42")));
    assert_string_equal(
        gray_release_attribute(release, (unsigned) d.attribute).data, "device");
    assert_int_equal(d.reason, GRAY_REASON_SPLIT);
    assert_int_equal(d.rule, -1);
    assert_int_equal(d.variant, d.bucket < GRAY_BUCKETS / 2);

    facts.attributes[1] = "device=";
    d = decide(release, &facts);
    assert_decision(release, &d, "gray", "split:user:20116");

    /* What can be no identity is never hashed. */
    memset(long_id + 7, 'x', 256);
    facts.attributes[1] = long_id;
    d = decide(release, &facts);
    assert_decision(release, &d, "gray", "split:user:20116");

    facts.attributes[0] = NULL;
    d = decide(release, &facts);
    assert_decision(release, &d, "stable", "default");
    gray_release_free(release);
}


static void
test_a_variant_with_all_buckets_takes_everyone(void **state)
{
    facts_t nobody = { .attributes = { NULL } };
    facts_t ann = { .attributes = { "user=ann" } };
    gray_document_t document;
    gray_release_t *release;
    gray_decision_t d;

    (void) state;

    document_init(&document);
    document_split(&document, "user", 0, GRAY_BUCKETS);
    release = document_release(&document);
    d = decide(release, &nobody);
    assert_decision(release, &d, "blue", "split");
    assert_int_equal(d.attribute, -1);
    assert_int_equal(d.bucket, -1);
    d = decide(release, &ann);
    assert_decision(release, &d, "blue", "split:user:20116");
    gray_release_free(release);

    document_init(&document);
    document_split(&document, "user", 0, 0);
    release = document_release(&document);
    d = decide(release, &nobody);
    assert_decision(release, &d, "stable", "default");
    d = decide(release, &ann);
    assert_decision(release, &d, "stable", "split:user:20116");
    gray_release_free(release);
}


static void
test_a_rule_with_a_split_decides_by_it(void **state)
{
    facts_t ann = { .attributes = { "x=1", "user=ann" },
        .answers = { { "beta", GRAY_YES } } };
    gray_document_t document;
    gray_release_t *release;
    gray_rule_t *rule;
    gray_decision_t d;

    (void) state;

    document_init(&document);
    rule = document_rule(&document, "part", "x in @beta", -1);
    set_split(&rule->split, 20116, 1);
    document_rule(&document, "rest", "true", 1);
    document_split(&document, "user", 0, 0);
    document.salt = NULL;
    release = document_release(&document);

    /* Bucket 20116 is the first behind gray's: blue's. */
    d = decide(release, &ann);
    assert_decision(release, &d, "blue", "split:user:20116");
    assert_int_equal(d.rule, 0);

    /* Nobody to hash: the rule has decided all the same. */
    ann.attributes[1] = NULL;
    d = decide(release, &ann);
    assert_decision(release, &d, "stable", "default");
    assert_int_equal(d.rule, 0);

    /* Unknown: a split may keep somebody with the default. */
    ann.answers[0].answer = GRAY_UNKNOWN_STORE;
    d = decide(release, &ann);
    assert_decision(release, &d, "stable", "error:store");
    gray_release_free(release);
}


static void
test_the_salt_of_the_document_is_hashed_when_it_has_one(void **state)
{
    facts_t ann = { .attributes = { "user=ann" } };
    gray_document_t document;
    gray_release_t *release;
    gray_decision_t d;

    (void) state;

    document_init(&document);
    document_split(&document, "user", 1, 0);
    document.salt = strdup("other");
    release = document_release(&document);
    d = decide(release, &ann);
    assert_int_equal(d.bucket, gray_bucket(gray_str("other"), gray_str("ann")));
    gray_release_free(release);
}


static void
test_each_bucket_is_served_by_its_owner(void **state)
{
    gray_document_t document;
    gray_release_t *release;
    facts_t facts = { .attributes = { NULL } };
    char fact[32];
    int i, j;
    uint8_t owners[GRAY_BUCKETS] = { 0 };

    (void) state;

    document_init(&document);
    document_split(&document, "user", 10000, 0);
    document_split(&document, NULL, 10000, 20000);
    document_split(&document, NULL, 5000, 20000);
    document_split(&document, NULL, 30000, 10000);

    for (i = 0; i < (int) document.split.nowned; i++) {
        const gray_range_t *range = &document.split.owned[i];

        memset(owners + range->first, (int) range->variant,
            range->end - range->first);
    }

    release = document_release(&document);
    facts.attributes[0] = fact;

    for (j = 0; j < 20000; j++) {
        gray_decision_t d;

        snprintf(fact, sizeof(fact), "user=%d", j);
        d = decide(release, &facts);
        assert_int_equal(d.variant, owners[d.bucket]);
    }

    gray_release_free(release);
}


/* --- the host's facts --------------------------------------------------- */

static void
test_off_comes_before_override_and_override_before_rules(void **state)
{
    gray_release_t *release = release_of("true");
    facts_t facts = { .release = release };
    gray_host_t host = host_of(&facts);
    gray_decision_t d;

    (void) state;

    host.override_plus_one = 3;
    gray_decide(release, &host, &d);
    assert_decision(release, &d, "blue", "override");

    host.off = true;
    gray_decide(release, &host, &d);
    assert_decision(release, &d, "stable", "disabled");

    host.default_plus_one = 2;
    gray_decide(release, &host, &d);
    assert_decision(release, &d, "gray", "disabled");

    /* An override of a variant that is not there does not count. */
    host.off = false;
    host.override_plus_one = 4;
    gray_decide(release, &host, &d);
    assert_decision(release, &d, "gray", "targeting_match:r");
    gray_release_free(release);
}


static void
test_unknown_is_judged_by_the_default_in_force(void **state)
{
    facts_t facts = { .attributes = { "x=1" },
        .answers = { { "live1", GRAY_UNKNOWN_LIVE }, { "live2", GRAY_YES } } };
    gray_release_t *release = three_rules(1, 2, 0, false);
    gray_host_t host = host_of(&facts);
    gray_decision_t d;

    (void) state;
    facts.release = release;

    /* The release's own: gray is another variant, and is skipped. */
    gray_decide(release, &host, &d);
    assert_decision(release, &d, "blue", "targeting_match:two");

    /* nginx.conf's default is gray: unknown ends with it. */
    host.default_plus_one = 2;
    gray_decide(release, &host, &d);
    assert_decision(release, &d, "gray", "error:live:live1");

    /* A default that the release does not name. */
    host.default_plus_one = 4;
    facts.answers[1].answer = GRAY_NO;
    gray_decide(release, &host, &d);
    assert_int_equal(d.variant, 3);
    assert_decision(release, &d, "", "error:live:live1");
    assert_int_equal(gray_decide_default(release, &host), 3);
    gray_release_free(release);
}


static void
test_what_no_variant_owns_is_the_default_in_forces(void **state)
{
    facts_t facts = { .attributes = { "user=ann" } };
    gray_document_t document;
    gray_release_t *release;
    gray_host_t host = host_of(&facts);
    gray_decision_t d;

    (void) state;

    document_init(&document);
    document_split(&document, "user", 10, 0);
    facts.release = release = document_release(&document);
    host.default_plus_one = 3;
    gray_decide(release, &host, &d);
    assert_decision(release, &d, "blue", "split:user:20116");
    gray_release_free(release);
}


static void
test_reasons_have_names(void **state)
{
    static const char *const names[] = { "default", "targeting_match", "split",
        "disabled", "override", "error" };
    gray_decision_t d = { .reason = GRAY_REASON_ERROR,
        .cause = GRAY_CAUSE_NO_RELEASE,
        .cause_list = -1,
        .rule = -1,
        .attribute = -1 };
    char text[GRAY_REASON_TEXT_MAX];
    unsigned i;

    (void) state;

    for (i = 0; i < GRAY_REASONS; i++) {
        assert_string_equal(gray_reason_name((gray_reason_t) i), names[i]);
    }

    gray_reason_print(NULL, &d, text);
    assert_string_equal(text, "error:no_release");
    d.cause = GRAY_CAUSE_NO_TARGET;
    gray_reason_print(NULL, &d, text);
    assert_string_equal(text, "error:no_target");
    d.reason = GRAY_REASON_DISABLED;
    gray_reason_print(NULL, &d, text);
    assert_string_equal(text, "disabled");
}


/* --- steps, chains ------------------------------------------------------ */

static void
test_every_step_is_told(void **state)
{
    facts_t facts = { .attributes = { "x=1", "user=ann" },
        .answers = { { "live1", GRAY_UNKNOWN_LIVE } } };
    gray_document_t document;
    gray_release_t *release;
    gray_host_t host = host_of(&facts);
    gray_decision_t d;
    const gray_step_t *s = facts.steps;

    (void) state;

    document_init(&document);
    document_rule(&document, "one", "x in @live1 and y = 'z' and has x", 1);
    document_rule(&document, "two", "not x = 5 and x in @live1", 2);
    document_split(&document, "user", 10, 0);
    facts.release = release = document_release(&document);
    host.step = fact_step;
    gray_decide(release, &host, &d);

    assert_int_equal(facts.nsteps, 7);
    assert_int_equal(s[0].kind, GRAY_STEP_TEST);
    assert_int_equal(s[0].op, GRAY_OP_IN);
    assert_int_equal(s[0].truth, GRAY_UNKNOWN);
    assert_int_equal(s[0].answer, GRAY_UNKNOWN_LIVE);
    assert_int_equal(s[0].list, 0);
    assert_int_equal(s[0].attribute, 0);
    assert_true(s[0].present);
    assert_int_equal(s[0].rule, 0);

    assert_int_equal(s[1].op, GRAY_OP_EQ);
    assert_int_equal(s[1].truth, GRAY_FALSE);
    assert_false(s[1].present);
    assert_int_equal(s[1].literal_kind, GRAY_VALUE_TEXT);
    assert_string_equal(s[1].literal.data, "z");
    assert_int_equal(s[1].list, -1);

    assert_int_equal(s[2].kind, GRAY_STEP_RULE);
    assert_int_equal(s[2].truth, GRAY_FALSE);
    assert_int_equal(s[2].variant, 1);

    assert_int_equal(s[3].literal_kind, GRAY_VALUE_NUMBER);
    assert_int_equal(s[3].rule, 1);

    /* x in @live1 again, then the rule: unknown. */
    assert_int_equal(s[4].truth, GRAY_UNKNOWN);
    assert_int_equal(s[5].kind, GRAY_STEP_RULE);
    assert_int_equal(s[5].truth, GRAY_UNKNOWN);

    assert_int_equal(s[6].kind, GRAY_STEP_SPLIT);
    assert_int_equal(s[6].rule, -1);
    assert_int_equal(s[6].bucket, 20116);
    assert_int_equal(s[6].variant, 0);
    assert_string_equal(s[6].value.data, "ann");
    gray_release_free(release);
}


static void
test_a_chain_of_thousands_decides(void **state)
{
    char *condition = malloc(100000), *p = condition;
    gray_release_t *release;
    facts_t facts = { .attributes = { "a=1" } };
    gray_decision_t d;
    int i;

    (void) state;

    for (i = 0; i < 6000; i++) {
        p += sprintf(p, "a=2 or ");
    }

    strcpy(p, "a=1");
    release = release_of(condition);
    d = decide(release, &facts);
    assert_decision(release, &d, "gray", "targeting_match:r");
    gray_release_free(release);
    free(condition);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tests_of_values_come_out),
        cmocka_unit_test(
            test_logic_follows_kleene_and_asks_only_what_could_matter),
        cmocka_unit_test(test_the_cause_is_the_first_doubt_that_mattered),
        cmocka_unit_test(
            test_rules_decide_in_order_and_doubts_never_make_anybody_gray),
        cmocka_unit_test(test_pending_tests_are_distinct_and_in_order),
        cmocka_unit_test(test_more_pending_tests_than_allowed_count_as_unknown),
        cmocka_unit_test(test_the_first_attribute_present_is_hashed),
        cmocka_unit_test(test_a_variant_with_all_buckets_takes_everyone),
        cmocka_unit_test(test_a_rule_with_a_split_decides_by_it),
        cmocka_unit_test(
            test_the_salt_of_the_document_is_hashed_when_it_has_one),
        cmocka_unit_test(test_each_bucket_is_served_by_its_owner),
        cmocka_unit_test(
            test_off_comes_before_override_and_override_before_rules),
        cmocka_unit_test(test_unknown_is_judged_by_the_default_in_force),
        cmocka_unit_test(test_what_no_variant_owns_is_the_default_in_forces),
        cmocka_unit_test(test_reasons_have_names),
        cmocka_unit_test(test_every_step_is_told),
        cmocka_unit_test(test_a_chain_of_thousands_decides),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
