#include "story.h"
#include "control/audit.h"
#include "control/digest.h"
#include "control/internal.h"
#include "control/weight.h"
#include "core/decide.h"

static const char *const by_user[] = { "user" };


/* weight shop VARIANT=PERCENT --by user */
static int
weigh(story_t *story, const char *rule, const char *variant, double percent,
    gray_weighed_t *weighed)
{
    gray_weight_t weight = { variant, false, (int64_t) (percent * 1000 + 0.5) };
    gray_weights_t weights = { 1, &weight, 1, by_user };

    return gray_control_weight(
        story->control, "shop", rule, &weights, weighed, &story->error);
}


static void
shop(story_t *story, const char *const *variants, unsigned n)
{
    story_ok(story, gray_control_release_create(
                        story->control, "shop", variants, n, &story->errors));
}


static void
a_weight_tells_what_was_what_is_and_who_moved(void **state)
{
    story_t *story = *state;
    gray_weighed_t weighed;

    shop(story, NULL, 0);
    story_ok(story, weigh(story, NULL, "gray", 5, &weighed));
    assert_true(gray_control_changed(story->control));
    assert_int_equal(weighed.before[0], 100000);
    assert_int_equal(weighed.after[0], 95000);
    assert_int_equal(weighed.after[1], 5000);
    assert_int_equal(weighed.moved[0][1], 5000);
    assert_int_equal(weighed.moved[1][0], 0);
    assert_true(weighed.by_changed);
    assert_false(weighed.divided_anew);
    assert_string_equal(weighed.by[0], "user");

    story_ok(story, weigh(story, NULL, "gray", 1.234, &weighed));
    assert_int_equal(weighed.after[1], 1234);
    assert_int_equal(weighed.moved[1][0], 3766);
    assert_false(weighed.by_changed);
    assert_int_equal(story_check(story), 0);
}


static void
relative_weights_start_from_what_the_variant_has(void **state)
{
    story_t *story = *state;
    gray_weighed_t weighed;
    gray_weight_t two[] = { { "a", true, 2500 }, { "b", true, -500 } };
    gray_weights_t weights = { 2, two, 0, NULL };
    static const char *const variants[] = { "stable", "a", "b" };

    shop(story, variants, 3);
    story_ok(story, weigh(story, NULL, "a", 10, &weighed));
    story_ok(story, weigh(story, NULL, "b", 10, &weighed));
    story_ok(story, gray_control_weight(story->control, "shop", NULL, &weights,
                        &weighed, &story->error));
    assert_int_equal(weighed.after[1], 12500);
    assert_int_equal(weighed.after[2], 9500);

    two[1].buckets = -10000;
    story_refused(story, GRAY_EINVALID,
        gray_control_weight(
            story->control, "shop", NULL, &weights, &weighed, &story->error));
    assert_non_null(strstr(story->error.message, "-0.5%"));
}


static void
what_a_weight_cannot_be_is_told(void **state)
{
    story_t *story = *state;
    gray_weighed_t weighed;
    gray_weight_t weight = { "a", false, 50000 };
    gray_weight_t twice[] = { { "a", false, 1 }, { "a", false, 2 } };
    gray_weights_t no_by = { 1, &weight, 0, NULL };
    gray_weights_t two = { 2, twice, 1, by_user };
    static const char *const variants[] = { "stable", "a", "bravo" };
    static const char *const bad[] = { "device-id" };

    shop(story, variants, 3);
    story_refused(story, GRAY_EINVALID,
        gray_control_weight(
            story->control, "shop", NULL, &no_by, &weighed, &story->error));
    assert_non_null(strstr(story->error.hint, "--by"));

    story_ok(story, weigh(story, NULL, "a", 60, &weighed));
    story_refused(
        story, GRAY_EINVALID, weigh(story, NULL, "bravo", 50, &weighed));
    assert_non_null(strstr(story->error.message, "110%"));
    assert_non_null(strstr(story->error.message, "60%"));

    story_refused(
        story, GRAY_EINVALID, weigh(story, NULL, "brvo", 1, &weighed));
    assert_string_equal(story->error.hint, "did you mean 'bravo'?");
    story_refused(
        story, GRAY_EINVALID, weigh(story, NULL, "stable", 1, &weighed));
    assert_non_null(strstr(story->error.message, "default"));
    story_refused(
        story, GRAY_EINVALID, weigh(story, NULL, "a", 100.001, &weighed));
    story_refused(
        story, GRAY_ENOTFOUND, weigh(story, "nobody", "a", 1, &weighed));
    story_refused(story, GRAY_EINVALID,
        gray_control_weight(
            story->control, "shop", NULL, &two, &weighed, &story->error));
    no_by.nby = 1;
    no_by.by = bad;
    story_refused(story, GRAY_EINVALID,
        gray_control_weight(
            story->control, "shop", NULL, &no_by, &weighed, &story->error));
    assert_non_null(strstr(story->error.message, "'device-id'"));
    assert_false(gray_control_changed(story->control));
}


static void
an_equal_weight_makes_no_revision(void **state)
{
    story_t *story = *state;
    gray_weighed_t weighed;
    uint64_t revision;

    shop(story, NULL, 0);
    story_ok(story, weigh(story, NULL, "gray", 5, &weighed));
    revision = gray_control_revision(story->control);

    story_ok(story, weigh(story, NULL, "gray", 5, &weighed));
    assert_false(gray_control_changed(story->control));
    assert_int_equal(gray_control_revision(story->control), revision);

    story_ok(story, gray_control_promote(story->control, "shop", "gray",
                        &weighed, &story->error));
    assert_true(gray_control_changed(story->control));
    story_ok(story, gray_control_promote(story->control, "shop", "gray",
                        &weighed, &story->error));
    assert_false(gray_control_changed(story->control));
}


static void
a_weight_that_somebody_else_changed_is_a_conflict(void **state)
{
    uint64_t read;
    story_t *story = *state;
    gray_weighed_t weighed;
    gray_reshuffled_t reshuffled;

    shop(story, NULL, 0);
    read = gray_control_revision(story->control);
    gray_control_expect(story->control, read);
    story_ok(story, weigh(story, NULL, "gray", 5, &weighed));
    story_refused(
        story, GRAY_ECONFLICT, weigh(story, NULL, "gray", 10, &weighed));
    story_refused(story, GRAY_ECONFLICT,
        gray_control_promote(
            story->control, "shop", "gray", &weighed, &story->error));
    story_refused(story, GRAY_ECONFLICT,
        gray_control_reshuffle(
            story->control, "shop", &reshuffled, &story->error));
}


/* --- the audit ------------------------------------------------------------ */

static int
audit_tell(void *data, const gray_audit_record_t *record)
{
    (void) snprintf(data, 4096, "%s", record->json);

    return 1;
}


static const char *
newest(story_t *story, char record[4096])
{
    gray_audit_filter_t filter = { .limit = 1 };

    story_ok(story, gray_control_audit(story->control, &filter, audit_tell,
                        record, &story->error));

    return record;
}


static void
the_audit_has_the_weights_before_and_after(void **state)
{
    char record[4096];
    story_t *story = *state;
    gray_weighed_t weighed;
    gray_reshuffled_t reshuffled;

    shop(story, NULL, 0);
    story_ok(story, weigh(story, NULL, "gray", 5, &weighed));
    story_ok(story, weigh(story, NULL, "gray", 7.5, &weighed));
    newest(story, record);
    assert_non_null(strstr(record, "\"verb\":\"weight\""));
    assert_non_null(strstr(record, "\"before\":{\"split\":{\"gray\":5}"));
    assert_non_null(strstr(record, "\"after\":{\"split\":{\"gray\":7.5}"));

    story_ok(story, gray_control_promote(story->control, "shop", "gray",
                        &weighed, &story->error));
    newest(story, record);
    assert_non_null(strstr(record, "\"verb\":\"promote\""));
    assert_non_null(strstr(record, "\"after\":{\"split\":{\"gray\":100}"));

    story_ok(story, gray_control_reshuffle(
                        story->control, "shop", &reshuffled, &story->error));
    newest(story, record);
    assert_non_null(strstr(record, "\"before\":{\"salt\":\"shop\"}"));
    assert_non_null(strstr(record, reshuffled.salt));
}


/* --- promote, reshuffle, rules -------------------------------------------- */

static void
promote_gives_all_and_names_the_rules_that_give_another(void **state)
{
    story_t *story = *state;
    gray_weighed_t weighed;
    gray_weight_t weight = { "gray", false, 10000 };
    gray_weights_t weights = { 1, &weight, 1, by_user };

    story_shop(story);
    story_ok(story, gray_control_rule_add(story->control, "shop", "never",
                        "stable", "user = 'boss'", NULL, &story->error));
    story_ok(story, gray_control_rule_add_split(story->control, "shop", "bj",
                        &weights, "city = 'BJ'", NULL, &story->error));
    story_ok(story, gray_control_promote(story->control, "shop", "gray",
                        &weighed, &story->error));
    assert_int_equal(weighed.after[1], 100000);
    assert_string_equal(weighed.exceptions, "never, bj");

    story_ok(story, gray_control_promote(story->control, "shop", "stable",
                        &weighed, &story->error));
    assert_int_equal(weighed.after[0], 100000);
    assert_string_equal(weighed.exceptions, "qa, bj");
    story_refused(story, GRAY_EINVALID,
        gray_control_promote(
            story->control, "shop", "grey", &weighed, &story->error));
}


static void
a_reshuffle_keeps_the_weights_and_draws_another_salt_each_time(void **state)
{
    story_t *story = *state;
    gray_weighed_t weighed;
    gray_reshuffled_t first, second;
    gray_release_lines_t lines;

    shop(story, NULL, 0);
    story_ok(story,
        gray_control_reshuffle(story->control, "shop", &first, &story->error));
    assert_int_equal(first.moved, 0);
    story_ok(story, weigh(story, NULL, "gray", 50, &weighed));
    story_ok(story,
        gray_control_reshuffle(story->control, "shop", &second, &story->error));
    assert_int_equal(second.moved, 50000);
    assert_string_not_equal(first.salt, second.salt);

    story_ok(
        story, gray_control_release_ls(story->control, &lines, &story->error));
    assert_int_equal(lines.lines[0].weights[1], 50000);
    gray_release_lines_free(&lines);
    assert_int_equal(story_check(story), 0);
}


static void
a_rule_may_give_a_split_of_its_own(void **state)
{
    story_t *story = *state;
    gray_rule_lines_t lines;
    gray_weighed_t weighed;
    gray_weight_t two[] = { { "a", false, 10000 }, { "b", false, 5000 } };
    gray_weights_t weights = { 2, two, 1, by_user };
    static const char *const variants[] = { "stable", "a", "b" };

    shop(story, variants, 3);
    story_ok(story, gray_control_rule_add_split(story->control, "shop", "bj",
                        &weights, "city = 'BJ'", NULL, &story->error));
    story_ok(story, weigh(story, "bj", "a", 20, &weighed));
    assert_int_equal(weighed.moved[0][1], 10000);
    story_ok(story,
        gray_control_rule_ls(story->control, "shop", &lines, &story->error));
    assert_string_equal(lines.lines[0].outcome, "a 20%, b 5% by user");
    assert_int_equal(lines.lines[0].weights[2], 5000);
    gray_rule_lines_free(&lines);

    story_ok(story, gray_control_rule_add(story->control, "shop", "all", "a",
                        "true", NULL, &story->error));
    story_refused(story, GRAY_EINVALID, weigh(story, "all", "a", 20, &weighed));
    assert_non_null(strstr(story->error.message, "no split"));

    weights.nby = 0;
    story_refused(story, GRAY_EINVALID,
        gray_control_rule_add_split(story->control, "shop", "x", &weights,
            "true", NULL, &story->error));
    assert_non_null(strstr(story->error.hint, "--by"));
    assert_int_equal(story_check(story), 0);
}


/* --- equal documents ------------------------------------------------------ */

#define IDENTITIES 1000000

/* The compiled form of shop, as a worker loads it. */
static gray_release_t *
loaded(story_t *story)
{
    gray_txn_t *txn;
    gray_release_t *release;
    gray_store_release_t stored;

    story_ok(story, gray_verb_read(story->control, &txn, &story->error));
    assert_int_equal(
        gray_store_release_get(txn, "shop", &stored), GRAY_STORE_OK);
    story_ok(story, gray_release_load(stored.compiled.data, stored.compiled.len,
                        &release, &story->error));
    gray_verb_read_end(story->control, txn);

    return release;
}


/* Whatever the release asks for is the identity. */
static bool
identity(void *data, unsigned i, gray_str_t *value)
{
    (void) i;
    *value = *(gray_str_t *) data;

    return true;
}


static void
same_decisions(const gray_release_t *one, const gray_release_t *other)
{
    char text[16];
    unsigned i, differ, gray;
    gray_str_t value;
    gray_host_t host = { .data = &value, .attribute = identity };
    gray_decision_t a, b;

    differ = 0;
    gray = 0;
    for (i = 0; i < IDENTITIES; i++) {
        value.len = (size_t) snprintf(text, sizeof(text), "id-%u", i);
        value.data = text;
        gray_decide(one, &host, &a);
        gray_decide(other, &host, &b);
        gray += a.variant != gray_release_default(one);
        differ += a.variant != b.variant || a.reason != b.reason
                  || a.rule != b.rule || a.bucket != b.bucket;
    }

    assert_int_equal(differ, 0);
    assert_true(gray > IDENTITIES / 4 && gray < 3 * (IDENTITIES / 4));
}


/* A history of weights that leaves ranges in disorder. */
static void
wander(story_t *story)
{
    unsigned i;
    gray_weighed_t weighed;
    static const char *const variants[] = { "stable", "a", "b", "c" };

    shop(story, variants, 4);
    for (i = 0; i < 60; i++) {
        story_ok(story, weigh(story, NULL, variants[1 + i % 3],
                            (double) (i * 7919 % 33000) / 1000, &weighed));
    }
    story_ok(story, weigh(story, NULL, "a", 12.345, &weighed));
    story_ok(story, weigh(story, NULL, "b", 20, &weighed));
    story_ok(story, weigh(story, NULL, "c", 18.5, &weighed));
}


static void
equal_documents_decide_equally_whatever_came_before(void **state)
{
    char *text;
    void *second;
    story_t *story = *state, *other;
    gray_release_t *one, *two;
    gray_reshuffled_t reshuffled;
    char a[GRAY_DIGEST_TEXT_MAX], b[GRAY_DIGEST_TEXT_MAX];

    wander(story);
    story_ok(story, gray_control_reshuffle(
                        story->control, "shop", &reshuffled, &story->error));
    story_ok(story, gray_control_release_get(
                        story->control, "shop", &text, NULL, &story->error));

    /* The other store had another release of that name. */
    assert_int_equal(story_begin(&second), 0);
    other = second;
    story_ok(other, story_set(other, "shop",
                        "{\"variants\":[\"stable\",\"c\",\"a\",\"b\"],"
                        "\"by\":[\"ip\"],\"split\":{\"a\":60,\"c\":30}}"));
    story_ok(other, story_set(other, "shop", text));

    story_ok(story, gray_control_digest(story->control, a, &story->error));
    story_ok(other, gray_control_digest(other->control, b, &other->error));
    assert_string_equal(a, b);

    one = loaded(story);
    two = loaded(other);
    same_decisions(one, two);

    gray_release_free(one);
    gray_release_free(two);
    free(text);
    (void) story_end(&second);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        story_test(a_weight_tells_what_was_what_is_and_who_moved),
        story_test(relative_weights_start_from_what_the_variant_has),
        story_test(what_a_weight_cannot_be_is_told),
        story_test(an_equal_weight_makes_no_revision),
        story_test(a_weight_that_somebody_else_changed_is_a_conflict),
        story_test(the_audit_has_the_weights_before_and_after),
        story_test(promote_gives_all_and_names_the_rules_that_give_another),
        story_test(
            a_reshuffle_keeps_the_weights_and_draws_another_salt_each_time),
        story_test(a_rule_may_give_a_split_of_its_own),
        story_test(equal_documents_decide_equally_whatever_came_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
