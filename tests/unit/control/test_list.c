#include "story.h"
#include <signal.h>
#include <sys/wait.h>
#include "control/import.h"


static void
members_come_and_go(void **state)
{
    unsigned removed;
    gray_list_has_t has;
    gray_list_added_t added;
    story_t *story = *state;
    const char *three[] = { "a", "b", "c" };

    story_shop(story);
    story_ok(story, gray_control_list_add(story->control, "testers", three, 3,
                        0, NULL, &added, &story->error));
    assert_int_equal(added.added, 3);
    story_ok(story, gray_control_list_add(story->control, "testers", three, 2,
                        3600, "till noon", &added, &story->error));
    assert_int_equal(added.updated, 2);
    story_ok(story, gray_control_list_has(
                        story->control, "testers", "a", &has, &story->error));
    assert_true(has.listed);
    assert_string_equal(has.by.note, "till noon");
    assert_true(has.by.expiry > 0);

    story_ok(story, gray_control_list_rm(story->control, "testers", three, 1,
                        &removed, &story->error));
    assert_false(story_has(story, "testers", "a"));
    story_refused(story, GRAY_ENOTFOUND,
        gray_control_list_rm(
            story->control, "testers", three, 1, &removed, &story->error));
    assert_int_equal(story_check(story), 0);
}


static void
all_members_are_added_or_none(void **state)
{
    gray_list_added_t added;
    story_t *story = *state;
    const char *two[] = { "good", "bad\nline" };

    story_shop(story);
    story_refused(story, GRAY_EINVALID,
        gray_control_list_add(
            story->control, "testers", two, 2, 0, NULL, &added, &story->error));
    assert_false(story_has(story, "testers", "good"));
}


static void
an_ip_list_answers_with_the_narrowest_block(void **state)
{
    gray_list_has_t has;
    story_t *story = *state;

    story_ok(story, gray_control_list_create(
                        story->control, "office", GRAY_LIST_IP, &story->error));
    story_ok(story, story_add(story, "office", "10.0.0.0/8"));
    story_ok(story, story_add(story, "office", "10.1.0.0/16"));
    story_ok(story, story_add(story, "office", "2001:db8::/32"));
    story_ok(story, gray_control_list_has(story->control, "office", "10.1.2.3",
                        &has, &story->error));
    assert_string_equal(has.by.identity, "10.1.0.0/16");
    assert_true(story_has(story, "office", "::ffff:10.2.0.1"));
    assert_true(story_has(story, "office", "2001:db8:1::1"));
    assert_false(story_has(story, "office", "11.0.0.1"));
    assert_false(story_has(story, "office", "no address"));
    story_refused(
        story, GRAY_EINVALID, story_add(story, "office", "10.1.2.3/16"));
    assert_non_null(strstr(story->error.hint, "10.1.0.0/16"));
}


static void
mistakes_get_the_hint_that_a_person_needs(void **state)
{
    char longest[300];
    story_t *story = *state;

    story_shop(story);
    story_refused(
        story, GRAY_EINVALID, story_add(story, "testers", "10.0.0.0/8"));
    assert_non_null(strstr(story->error.hint, "--kind ip"));

    story_ok(story, gray_control_list_create(story->control, "legacy",
                        GRAY_LIST_LIVE, &story->error));
    story_refused(story, GRAY_EINVALID, story_add(story, "legacy", "phone-42"));
    assert_non_null(strstr(story->error.hint, "set phone-42 0 0 1"));

    memset(longest, 'x', 256);
    longest[256] = '\0';
    story_refused(story, GRAY_EINVALID, story_add(story, "testers", longest));
    longest[255] = '\0';
    story_ok(story, story_add(story, "testers", longest));
    story_refused(story, GRAY_EINVALID, story_add(story, "testers", "x "));
    story_refused(story, GRAY_ENOTFOUND, story_add(story, "tester", "x"));
    assert_non_null(strstr(story->error.hint, "testers"));
    story_refused(story, GRAY_EEXISTS,
        gray_control_list_create(
            story->control, "testers", GRAY_LIST_IP, &story->error));
}


static void
a_list_that_a_rule_names_is_not_dropped(void **state)
{
    story_t *story = *state;

    story_shop(story);
    story_refused(story, GRAY_EINUSE,
        gray_control_list_drop(story->control, "testers", true, &story->error));
    assert_non_null(strstr(story->error.hint, "rule rm shop qa"));
    story_ok(story,
        gray_control_rule_rm(story->control, "shop", "qa", &story->error));
    story_ok(story, gray_control_list_drop(
                        story->control, "testers", false, &story->error));
}


static void
members_are_paged(void **state)
{
    int n, all;
    char name[16], last[256];
    gray_member_line_t page[7];
    story_t *story = *state;

    story_shop(story);
    for (n = 0; n < 20; n++) {
        (void) snprintf(name, sizeof(name), "m%02d", n);
        story_ok(story, story_add(story, "testers", name));
    }

    all = 0;
    last[0] = '\0';
    while ((n = gray_control_list_members(story->control, "testers",
                all > 0 ? last : NULL, page, 7, &story->error))
           > 0)
    {
        all += n;
        (void) strcpy(last, page[n - 1].identity);
    }
    assert_int_equal(n, 0);
    assert_int_equal(all, 20);
}


/* --- import and export ------------------------------------------------------- */

typedef struct {
    unsigned n;
    uint64_t lines[16];
} bad_t;

static void
bad_line(void *data, uint64_t line, const gray_error_t *error)
{
    bad_t *bad = data;

    (void) error;
    bad->lines[bad->n++ % 16] = line;
}


static int
import(story_t *story, const char *list, const char *text,
    const gray_import_t *options, gray_imported_t *imported)
{
    int rc;
    FILE *in = fmemopen((void *) (uintptr_t) text, strlen(text), "r");

    rc = gray_control_list_import(
        story->control, list, in, options, imported, &story->error);
    (void) fclose(in);

    return rc;
}


static void
an_import_tells_its_bad_lines_and_takes_the_rest(void **state)
{
    bad_t bad = { 0 };
    gray_imported_t imported;
    gray_import_t options = { .bad = bad_line, .data = &bad };
    story_t *story = *state;

    story_shop(story);
    story_ok(story,
        import(story, "testers",
            "\xef\xbb\xbf# a comment\r\n\r\nphone-1\r\nphone-2\t+3600\tnote\n"
            "phone-3\t2001-01-01T00:00:00Z\n10.0.0.0/8\nphone-4\tsoon\n"
            "\\#five\nphone-6",
            &options, &imported));
    assert_int_equal(imported.added, 4);
    assert_int_equal(imported.expired, 1);
    assert_int_equal(bad.n, 2);
    assert_int_equal(bad.lines[0], 6);
    assert_int_equal(bad.lines[1], 7);
    assert_true(story_has(story, "testers", "#five"));
    assert_true(story_has(story, "testers", "phone-6"));
    assert_false(story_has(story, "testers", "phone-3"));
    assert_int_equal(story_check(story), 0);
}


static void
a_bad_feed_is_stopped_by_the_guards(void **state)
{
    gray_imported_t imported;
    gray_import_t options = { .replace = true };
    story_t *story = *state;

    story_shop(story);
    story_ok(story,
        import(story, "testers", "a\nb\nc\nd\ne\n", &options, &imported));

    options.has_min = true;
    options.min = 3;
    story_refused(story, GRAY_EGUARD,
        import(story, "testers", "a\nb\n", &options, &imported));
    options.has_min = false;
    options.has_max = true;
    options.max = 5;
    story_refused(story, GRAY_EGUARD,
        import(story, "testers", "a\nb\nc\nd\ne\nf\n", &options, &imported));
    options.has_max = false;
    options.has_max_change = true;
    options.max_change = 20;
    story_refused(story, GRAY_EGUARD,
        import(story, "testers", "a\nb\nc\n", &options, &imported));
    assert_true(story_has(story, "testers", "e"));
    story_ok(
        story, import(story, "testers", "a\nb\nc\nx\n", &options, &imported));
    assert_int_equal(imported.before, 5);
    assert_int_equal(imported.after, 4);
    assert_false(story_has(story, "testers", "e"));

    options.strict = true;
    story_refused(story, GRAY_EINVALID,
        import(story, "testers", "a\nb\nc\n\x01\n", &options, &imported));
    assert_true(story_has(story, "testers", "x"));
}


static void
what_export_writes_import_reads_back(void **state)
{
    char *text, *again;
    size_t len;
    FILE *out;
    uint64_t exported;
    gray_imported_t imported;
    gray_import_t options = { .replace = true };
    story_t *story = *state;

    story_shop(story);
    story_ok(story,
        import(story, "testers",
            "\\#a\n\\\\#b\n\\c\n\xe7\x81\xb0\t2099-01-31T12:00:00Z\tnote\n"
            "d\t\tonly a note\n",
            &options, &imported));
    assert_int_equal(imported.added, 5);

    out = open_memstream(&text, &len);
    story_ok(story, gray_control_list_export(story->control, "testers", out,
                        NULL, NULL, &exported, &story->error));
    (void) fclose(out);
    assert_int_equal(exported, 5);

    story_ok(story, import(story, "testers", text, &options, &imported));
    out = open_memstream(&again, &len);
    story_ok(story, gray_control_list_export(story->control, "testers", out,
                        NULL, NULL, &exported, &story->error));
    (void) fclose(out);
    assert_string_equal(text, again);
    assert_true(story_has(story, "testers", "\\#b"));
    free(text);
    free(again);
}


/* A feed of n identities, PREFIX and a number. */
static FILE *
feed(char prefix, unsigned n)
{
    unsigned i;
    FILE *file = tmpfile();

    for (i = 0; i < n; i++) {
        (void) fprintf(file, "%c%07u\n", prefix, i);
    }
    rewind(file);

    return file;
}


static int
replace_with(
    gray_control_t *control, char prefix, unsigned n, gray_error_t *error)
{
    int rc;
    FILE *in = feed(prefix, n);
    gray_imported_t imported;
    gray_import_t options = { .replace = true };

    rc = gray_control_list_import(
        control, "testers", in, &options, &imported, error);
    (void) fclose(in);

    return rc;
}


/* Replaces a list again and again, in a process of its own. */
static pid_t
replacer(const story_t *story, unsigned times, unsigned n)
{
    pid_t pid = fork();

    if (pid == 0) {
        unsigned i;
        gray_error_t error;
        gray_control_t *control;

        if (gray_control_open(story->dir, true, &control, &error) != 0) {
            _exit(1);
        }
        for (i = 0; i < times; i++) {
            if (replace_with(control, i % 2 ? 'a' : 'b', n, &error) != 0) {
                _exit(2);
            }
        }
        _exit(0);
    }

    return pid;
}


static void
a_reader_sees_the_old_list_or_the_new_one(void **state)
{
    pid_t pid;
    int status;
    unsigned looks, first, last;
    gray_member_line_t page[2];
    story_t *story = *state;

    story_shop(story);
    story_ok(story, replace_with(story->control, 'a', 2000, &story->error));
    story_close(story);
    pid = replacer(story, 20, 2000);
    story_open(story);

    for (looks = 0; waitpid(pid, &status, WNOHANG) == 0 && looks < 1000000;
         looks++) {
        assert_int_equal(gray_control_list_members(story->control, "testers",
                             NULL, page, 2, &story->error),
            2);
        first = (unsigned) page[0].identity[0];
        last = (unsigned) page[1].identity[0];
        assert_int_equal(first, last);
        assert_string_equal(page[0].identity + 1, "0000000");
    }
    assert_true(looks > 0);
    assert_int_equal(status, 0);
    assert_int_equal(story_check(story), 0);
}


static int
replace_meanwhile(void *data, uint64_t done)
{
    story_t *story = data;

    if (done > 0 && story->root[0] == '/') {
        gray_error_t error;

        story->root[0] = '!';
        assert_int_equal(replace_with(story->control, 'x', 10, &error), 0);
    }

    return 0;
}


static void
an_export_ends_when_its_list_is_replaced(void **state)
{
    FILE *out;
    uint64_t exported;
    story_t *story = *state;

    story_shop(story);
    story_ok(story, replace_with(story->control, 'a', 150000, &story->error));

    out = fopen("/dev/null", "w");
    story_ok(story, gray_control_list_export(story->control, "testers", out,
                        NULL, NULL, &exported, &story->error));
    assert_int_equal(exported, 150000);

    story_refused(story, GRAY_ECONFLICT,
        gray_control_list_export(story->control, "testers", out,
            replace_meanwhile, story, &exported, &story->error));
    assert_true(exported < 150000);
    story->root[0] = '/';
    (void) fclose(out);
}


static void
expired_members_are_purged(void **state)
{
    uint64_t purged;
    gray_list_added_t added;
    story_t *story = *state;
    const char *brief = "brief";
    gray_list_has_t has;
    unsigned spin;

    story_shop(story);
    story_ok(story, gray_control_list_add(story->control, "testers", &brief, 1,
                        1, NULL, &added, &story->error));
    for (spin = 0; story_has(story, "testers", "brief") && spin < 300; spin++) {
        (void) usleep(10000);
    }
    story_ok(story, gray_control_list_has(story->control, "testers", "brief",
                        &has, &story->error));
    assert_false(has.listed);
    assert_true(has.found && has.by.expired);
    story_ok(story, gray_control_list_purge(
                        story->control, &purged, NULL, NULL, &story->error));
    assert_int_equal(purged, 1);
    assert_int_equal(story_check(story), 0);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        story_test(members_come_and_go),
        story_test(all_members_are_added_or_none),
        story_test(an_ip_list_answers_with_the_narrowest_block),
        story_test(mistakes_get_the_hint_that_a_person_needs),
        story_test(a_list_that_a_rule_names_is_not_dropped),
        story_test(members_are_paged),
        story_test(an_import_tells_its_bad_lines_and_takes_the_rest),
        story_test(a_bad_feed_is_stopped_by_the_guards),
        story_test(what_export_writes_import_reads_back),
        story_test(a_reader_sees_the_old_list_or_the_new_one),
        story_test(an_export_ends_when_its_list_is_replaced),
        story_test(expired_members_are_purged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
