/* What is wrong with a document is said with its place, all at once. */

#include "story.h"
#include "control/document_json.h"

typedef struct {
    const char *text;
    const char *place;
    const char *message; /* a part of it                                */
} wrong_t;

#define RULE(members) \
    "{\"rules\": [{\"name\": \"r\", \"if\": \"true\", " members "}]}"
#define SPLIT(members) "{\"split\": {\"gray\": 5}, " members "}"

static const wrong_t wrongs[] = {
    { "{", "", "not JSON" },
    { "[]", "", "object" },
    { "{\"colour\": 1}", "", "unknown member 'colour'" },
    { "{\"variants\": \"gray\"}", "variants", "an array of 1 to 16 names" },
    { "{\"variants\": []}", "variants", "an array of 1 to 16 names" },
    { "{\"variants\": [\"a\", 1]}", "variants[1]", "must be a string" },
    { "{\"variants\": [\"a\", "
      "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"]}",
        "variants[1]", "too long for a name" },
    { "{\"default\": 1}", "default", "must be a string" },
    { "{\"default\": \"blue\"}", "default", "'blue' is none of the variants" },
    { "{\"salt\": 1}", "salt", "must be a string" },
    { "{\"note\": []}", "note", "must be a string" },
    { "{\"by\": \"user\"}", "by", "an array of at most 8" },
    { "{\"by\": [1]}", "by[0]", "must be a string" },
    { "{\"rules\": {}}", "rules", "an array of at most 10000 rules" },
    { "{\"rules\": [1]}", "rules[0]", "must be an object" },
    { "{\"rules\": [{\"if\": \"true\", \"variant\": \"gray\"}]}", "rules[0]",
        "no 'name'" },
    { "{\"rules\": [{\"name\": \"r\", \"variant\": \"gray\"}]}", "rules[0]",
        "no 'if'" },
    { "{\"rules\": [{\"name\": 1, \"if\": \"true\", \"variant\": \"gray\"}]}",
        "rules[0].name", "must be a string" },
    { "{\"rules\": [{\"name\": \"r\", \"if\": 1, \"variant\": \"gray\"}]}",
        "rules[0].if", "must be a string" },
    { RULE("\"variant\": 1"), "rules[0].variant", "must be a string" },
    { RULE("\"variant\": \"x\""), "rules[0].variant", "'x' is none of" },
    { RULE("\"variant\": \"gray\", \"split\": {\"gray\": 1}"), "rules[0]",
        "both 'variant' and 'split'" },
    { RULE("\"by\": [\"user\"]"), "rules[0]", "neither 'variant' nor" },
    { RULE("\"variant\": \"gray\", \"buckets\": {}"), "rules[0]",
        "'buckets' belongs to a 'split'" },
    { RULE("\"split\": 5"), "rules[0].split", "must be an object" },
    { "{\"split\": []}", "split", "must be an object" },
    { "{\"split\": {\"gray\": \"5\"}}", "split.gray", "a number of percent" },
    { "{\"split\": {\"gray\": 101}}", "split.gray", "101 is not 0 to 100" },
    { "{\"split\": {\"gray\": -1}}", "split.gray", "-1 is not 0 to 100" },
    { "{\"split\": {\"gray\": 0.0001}}", "split.gray", "three decimals" },
    { "{\"split\": {\"blue\": 1}}", "split.blue", "'blue' is none of" },
    { "{\"split\": {\"gray\": 5, \"stable\": 5}}", "split", "sum is 10" },
    { "{\"buckets\": {}}", "buckets", "belongs to a 'split'" },
    { "{\"released\": {}}", "released", "belongs to a 'split'" },
    { SPLIT("\"buckets\": 1"), "buckets", "must be an object" },
    { SPLIT("\"buckets\": {\"gray\": 1}"), "buckets.gray", "array of ranges" },
    { SPLIT("\"buckets\": {\"gray\": [1]}"), "buckets.gray", "range 0 must" },
    { SPLIT("\"buckets\": {\"gray\": [[0, 5000], [\"a\", 2]]}"), "buckets.gray",
        "range 1 must be" },
    { SPLIT("\"buckets\": {\"gray\": [[0, 1.5]]}"), "buckets.gray",
        "range 0 must be" },
    { SPLIT("\"buckets\": {\"gray\": [[5, 5]]}"), "buckets.gray",
        "0 <= first < end <= 100000" },
    { SPLIT("\"buckets\": {\"gray\": [[-1, 5]]}"), "buckets.gray", "range 0" },
    { SPLIT("\"buckets\": {\"gray\": [[0, 100001]]}"), "buckets.gray",
        "range 0" },
    { SPLIT("\"buckets\": {\"stable\": [[0, 5]]}"), "buckets.stable",
        "what nobody owns" },
    { SPLIT("\"released\": {\"gray\": [[0]]}"), "released.gray", "range 0" },
};


static void
each_fault_is_told_with_its_place(void **state)
{
    static gray_errors_t errors;
    size_t i;

    (void) state;

    for (i = 0; i < sizeof(wrongs) / sizeof(*wrongs); i++) {
        const wrong_t *wrong = &wrongs[i];
        gray_document_t document;

        memset(&errors, 0, sizeof(errors));

        if (gray_document_read(
                wrong->text, strlen(wrong->text), &document, &errors)
                == 0
            || strcmp(errors.list[0].place, wrong->place) != 0
            || strstr(errors.list[0].message, wrong->message) == NULL)
        {
            fail_msg("%s: at '%s': %s", wrong->text, errors.list[0].place,
                errors.list[0].message);
        }

        assert_int_equal(errors.list[0].code, GRAY_EINVALID);
        gray_document_free(&document);
    }
}


static void
a_document_that_is_too_large_is_refused(void **state)
{
    static gray_errors_t errors;
    gray_document_t document;
    size_t len = GRAY_DOCUMENT_MAX + 1;
    char *text = malloc(len);

    (void) state;
    memset(text, ' ', len);
    assert_int_equal(gray_document_read(text, len, &document, &errors), -1);
    assert_non_null(strstr(errors.list[0].message, "at most 1048576"));
    gray_document_free(&document);
    free(text);
}


/* What is past the last place for a problem is counted all the same. */
static void
problems_past_the_last_are_counted(void **state)
{
    story_t *story = *state;
    char text[4096] = "{\"rules\": [1";
    int i;

    for (i = 1; i < GRAY_ERRORS_MAX + 8; i++) {
        (void) strcat(text, ", 1");
    }
    (void) strcat(text, "]}");

    assert_int_equal(story_set(story, "shop", text), -1);
    assert_int_equal(story->errors.n, GRAY_ERRORS_MAX);
    assert_true(story->errors.total >= GRAY_ERRORS_MAX + 8);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_fault_is_told_with_its_place),
        cmocka_unit_test(a_document_that_is_too_large_is_refused),
        story_test(problems_past_the_last_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
