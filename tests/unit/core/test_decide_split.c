/* Splits. */

#include "core_facts.h"


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


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_first_attribute_present_is_hashed),
        cmocka_unit_test(test_a_variant_with_all_buckets_takes_everyone),
        cmocka_unit_test(test_a_rule_with_a_split_decides_by_it),
        cmocka_unit_test(
            test_the_salt_of_the_document_is_hashed_when_it_has_one),
        cmocka_unit_test(test_each_bucket_is_served_by_its_owner),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
