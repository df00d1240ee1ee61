/* What a verb says of a document that it put. */

#include "story.h"
#include "control/apply.h"
#include "control/dry_run.h"
#include "control/weight.h"
#include "segment/counters.h"

/* This process is an nginx that knows what `text` says. */
static void
run_nginx(story_t *story, const char *text)
{
    char path[120];
    gray_counters_t *counters;
    gray_instance_t *published = calloc(1, sizeof(*published));
    int instance;

    (void) snprintf(path, sizeof(path), "%s/" GRAY_COUNTERS_FILE, story->dir);
    assert_int_equal(gray_counters_open(path, true, &counters), 0);
    assert_non_null(published);
    published->master = (uint32_t) getpid();
    published->nworkers = 1;
    published->generation = 1;
    (void) strcpy(published->text, text);
    instance = gray_counters_publish(counters, published);
    assert_true(instance >= 0);
    assert_true(gray_counters_worker(counters, instance, 0) >= 0);
    free(published);
    gray_counters_close(counters);
}


/* The warnings of the last verb, a line each. */
static void
assert_warnings(story_t *story, const char *const *expected)
{
    char line[1024];
    const gray_errors_t *warnings = gray_control_warnings(story->control);

    assert_int_equal(warnings->n, warnings->total);

    for (unsigned i = 0; i < warnings->n; i++) {
        (void) gray_error_print(&warnings->list[i], line, sizeof(line));

        if (expected[i] == NULL) {
            fail_msg("one more: %s", line);
        }
        assert_string_equal(line, expected[i]);
    }

    assert_null(expected[warnings->n]);
}

#define NO_WARNING ((const char *const[]){ NULL })

static const char *const unreachable[]
    = { "rules[2]: rule 'late' is never reached: rule 'all' before it holds "
        "for everyone; move it before 'all', or remove it",
          NULL };


static void
add_rule(story_t *story, const char *name, const char *condition)
{
    story_ok(story, gray_control_rule_add(story->control, "shop", name, "gray",
                        condition, NULL, &story->error));
}


static void
each_verb_tells_of_the_whole_document(void **state)
{
    gray_weighed_t weighed;
    story_t *story = *state;
    static const char *const by[] = { "user" };
    const gray_weight_t weight = { .variant = "gray", .buckets = 1000 };
    const gray_weights_t weights
        = { .n = 1, .weights = &weight, .nby = 1, .by = by };
    const gray_rule_place_t first = { .where = GRAY_RULE_FIRST };

    story_shop(story);
    assert_warnings(story, NO_WARNING);
    add_rule(story, "all", "true");
    assert_warnings(story, NO_WARNING);
    add_rule(story, "late", "has user");
    assert_warnings(story, unreachable);

    story_ok(story, gray_control_weight(story->control, "shop", NULL, &weights,
                        &weighed, &story->error));
    assert_warnings(story,
        (const char *const[]){ unreachable[0],
            "split: the split is never reached: rule 'all' holds for everyone; "
            "remove the rule, or give it the split",
            NULL });

    story_ok(story, gray_control_rule_mv(
                        story->control, "shop", "late", &first, &story->error));
    story_ok(story,
        gray_control_rule_rm(story->control, "shop", "all", &story->error));
    assert_warnings(story, NO_WARNING);
}


static void
another_verb_forgets_them(void **state)
{
    story_t *story = *state;

    story_shop(story);
    add_rule(story, "all", "true");
    add_rule(story, "late", "has user");
    assert_warnings(story, unreachable);
    assert_int_equal(story_add(story, "testers", "bob"), 0);
    assert_warnings(story, NO_WARNING);
}


static void
a_document_that_is_there_already_and_a_dry_run_tell_them(void **state)
{
    story_t *story = *state;
    gray_dry_run_t dry_run = { 0 };
    static const char document[]
        = "{\"rules\":[{\"name\":\"no\",\"if\":\"not true\","
          "\"variant\":\"gray\"}]}";
    static const char *const nobody[]
        = { "rules[0].if: the condition of rule 'no' holds for nobody; remove "
            "the rule, or switch the release off",
              NULL };

    gray_control_dry_run(story->control, &dry_run);
    story_ok(story, story_set(story, "shop", document));
    assert_warnings(story, nobody);
    gray_control_dry_run(story->control, NULL);
    gray_dry_run_free(&dry_run);

    story_ok(story, story_set(story, "shop", document));
    assert_true(gray_control_changed(story->control));
    assert_warnings(story, nobody);
    story_ok(story, story_set(story, "shop", document));
    assert_false(gray_control_changed(story->control));
    assert_warnings(story, nobody);
}


static const char needy[]
    = "{\"rules\":["
      "{\"name\":\"bj\",\"if\":\"city = 'BJ' and ip in @old\","
      "\"variant\":\"gray\"},"
      "{\"name\":\"sh\",\"if\":\"city = 'SH' and user in @testers or user in "
      "@old\",\"split\":{\"gray\":10},\"by\":[\"user\",\"device_id\"]}],"
      "\"by\":[\"city\",\"visitor\"],\"split\":{\"gray\":5}}";


static void
needy_shop(story_t *story)
{
    story_ok(story, gray_control_list_create(story->control, "testers",
                        GRAY_LIST_STRING, &story->error));
    story_ok(story, gray_control_list_create(
                        story->control, "old", GRAY_LIST_LIVE, &story->error));
    story_ok(story, story_set(story, "shop", needy));
}


static void
what_no_running_nginx_knows_is_told_once(void **state)
{
    story_t *story = *state;

    run_nginx(story, "nginx 1.22.1\nattribute user $cookie_user\n");
    needy_shop(story);
    assert_warnings(story,
        (const char *const[]){
            "rules[0].if: no running nginx knows attribute 'city', which rule "
            "'bj' needs; write 'gray_attribute city $VARIABLE;' in nginx.conf "
            "and reload",
            "rules[0].if: no running nginx knows live list 'old', which rule "
            "'bj' needs; write 'gray_memcached old HOST:PORT;' in nginx.conf "
            "and reload",
            "rules[1].by[1]: no running nginx knows attribute 'device_id', "
            "which rule 'sh' needs; write 'gray_attribute device_id "
            "$VARIABLE;' in nginx.conf and reload",
            "by[1]: no running nginx knows attribute 'visitor', which \"by\" "
            "names; write 'gray_attribute visitor $VARIABLE;' in nginx.conf "
            "and reload",
            NULL });
}


static void
an_nginx_that_knows_all_is_no_warning_and_none_is_none(void **state)
{
    story_t *story = *state;

    needy_shop(story);
    assert_warnings(story, NO_WARNING);
    run_nginx(story, "attribute user $a\nattribute city $b\n"
                     "attribute device_id $c\nattribute visitor $d\n"
                     "live old 127.0.0.1:11211 timeout=50\n");
    story_ok(story, story_set(story, "shop", needy));
    assert_warnings(story, NO_WARNING);
}


static void
more_warnings_than_are_kept_are_counted(void **state)
{
    char name[16];
    story_t *story = *state;
    const gray_errors_t *warnings;

    story_ok(story, gray_control_release_create(
                        story->control, "shop", NULL, 0, &story->errors));
    add_rule(story, "all", "true");

    for (unsigned i = 0; i < GRAY_ERRORS_MAX + 3; i++) {
        (void) snprintf(name, sizeof(name), "late%u", i);
        add_rule(story, name, "has user");
    }

    warnings = gray_control_warnings(story->control);
    assert_int_equal(warnings->n, GRAY_ERRORS_MAX);
    assert_int_equal(warnings->total, GRAY_ERRORS_MAX + 3);
}


static void
keep_warning(void *data, const gray_error_t *warning)
{
    char *told = data;
    size_t len = strlen(told);

    (void) gray_error_print(warning, told + len, (unsigned) (1024 - len));
    (void) strcat(told, "\n");
}


static void
apply_tells_those_of_each_document_with_its_file(void **state)
{
    story_t *story = *state;
    char told[1024], path[200];
    gray_applied_t applied;
    gray_apply_t options = { .warning = keep_warning, .data = told };

    for (unsigned i = 0; i < 3; i++) {
        (void) snprintf(path, sizeof(path), "%s/%s", story->root,
            (const char *const[]){
                "folder", "folder/releases", "folder/lists" }[i]);
        assert_int_equal(mkdir(path, 0755), 0);
    }
    story_write(story, "folder/releases/shop.json",
        "{\"rules\":[{\"name\":\"old\",\"if\":\"ip in @old\",\"variant\":"
        "\"gray\"}]}");
    story_write(story, "folder/lists/old.live", "");
    run_nginx(story, "nginx 1.22.1\n");
    (void) snprintf(path, sizeof(path), "%s/folder", story->root);

    for (unsigned i = 0; i < 3; i++) {
        told[0] = '\0';
        options.dry_run = i == 0;
        story_ok(story, gray_control_apply(story->control, path, &options,
                            &applied, &story->error));
        assert_int_equal(applied.problems, 0);
        assert_string_equal(told,
            "releases/shop.json: rules[0].if: no running nginx knows live list "
            "'old', which rule 'old' needs; write 'gray_memcached old "
            "HOST:PORT;' in nginx.conf and reload\n");
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        story_test(each_verb_tells_of_the_whole_document),
        story_test(another_verb_forgets_them),
        story_test(a_document_that_is_there_already_and_a_dry_run_tell_them),
        story_test(what_no_running_nginx_knows_is_told_once),
        story_test(an_nginx_that_knows_all_is_no_warning_and_none_is_none),
        story_test(more_warnings_than_are_kept_are_counted),
        story_test(apply_tells_those_of_each_document_with_its_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
