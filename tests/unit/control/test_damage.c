/* What check finds in a store that says something wrong, though every page
 * of it can be read; and what the log shows. */

#include "story.h"
#include <fcntl.h>
#include "control/audit.h"
#include "control/internal.h"

typedef struct {
    unsigned n;
    gray_error_t list[16];
} found_t;


static void
keep(void *data, const gray_error_t *problem)
{
    found_t *found = data;

    if (found->n < 16) {
        found->list[found->n++] = *problem;
    }
}


static found_t
check(story_t *story)
{
    found_t found = { 0 };
    gray_checked_t checked;

    story_close(story);
    story_ok(story, gray_control_check(story->dir, keep, &found, NULL, &checked,
                        &story->error));
    story_open(story);
    assert_int_equal(checked.problems, found.n);

    return found;
}


static void
assert_found(const found_t *found, const char *place, const char *message)
{
    unsigned i;

    for (i = 0; i < found->n; i++) {
        if (strcmp(found->list[i].place, place) == 0
            && strstr(found->list[i].message, message) != NULL)
        {
            return;
        }
        print_message("%s: %s\n", found->list[i].place, found->list[i].message);
    }

    fail_msg("nothing found at %s: %s", place, message);
}


static gray_txn_t *
begin(story_t *story)
{
    gray_txn_t *txn = NULL;

    assert_int_equal(gray_store_write(story->control->store, &txn), 0);

    return txn;
}


static gray_bytes_t
text_of(const char *text)
{
    return (gray_bytes_t){ strlen(text), text };
}


/* The release's document becomes `document`, its compiled form stays or,
 * when one is given, becomes that. */
static void
put_release(story_t *story, const char *document, const char *compiled)
{
    gray_txn_t *txn = begin(story);
    gray_store_release_t stored;
    char bytes[8192];
    size_t len;

    assert_int_equal(gray_store_release_get(txn, "shop", &stored), 0);
    len = compiled != NULL ? strlen(compiled) : stored.compiled.len;
    assert_true(len <= sizeof(bytes));
    memcpy(bytes, compiled != NULL ? compiled : stored.compiled.data, len);
    assert_int_equal(gray_store_release_put(txn, "shop", text_of(document),
                         (gray_bytes_t){ len, bytes }),
        0);
    assert_int_equal(gray_store_commit(txn), 0);
}


static void
a_document_that_cannot_be_read_is_found(void **state)
{
    story_t *story = *state;
    found_t found;
    gray_rule_lines_t lines;

    story_shop(story);
    put_release(
        story, "{\"variants\": [\"stable\", \"gray\"], \"x\": 1}", NULL);
    found = check(story);
    assert_found(&found, "release shop", "its document is not valid");

    /* Nobody changes it by accident; a whole document mends it. */
    story_refused(story, GRAY_EDAMAGED,
        gray_control_rule_ls(story->control, "shop", &lines, &story->error));
    assert_string_equal(story->error.hint, "run: grayctl check");
    assert_int_equal(story_set(story, "shop", "{}"), 0);
    found = check(story);
    assert_int_equal(found.n, 0);
}


static void
a_compiled_form_of_another_document_is_found(void **state)
{
    story_t *story = *state;
    found_t found;

    story_shop(story);
    put_release(story, "{\"variants\": [\"stable\", \"gray\"]}", NULL);
    found = check(story);
    assert_found(&found, "release shop", "not what its document compiles to");
}


static void
a_compiled_form_that_is_none_is_found(void **state)
{
    story_t *story = *state;
    found_t found;

    story_shop(story);
    put_release(story, "{\"variants\": [\"stable\", \"gray\"]}", "nonsense");
    found = check(story);
    assert_int_equal(found.n, 1);
    assert_string_equal(found.list[0].place, "release shop");
}


/* Writes a header of the list that is not that of its members. */
static void
put_header(story_t *story, void (*change)(gray_list_t *list))
{
    gray_txn_t *txn = begin(story);
    gray_list_t list;

    assert_int_equal(gray_store_list_get(txn, "testers", &list), 0);
    change(&list);
    assert_int_equal(gray_store_list_put(txn, "testers", &list), 0);
    assert_int_equal(gray_store_commit(txn), 0);
}


static void
change_count(gray_list_t *list)
{
    list->count += 5;
}


static void
change_digest(gray_list_t *list)
{
    list->count -= 5;
    list->digest[0] ^= 1;
}


static void
change_blocks(gray_list_t *list)
{
    list->digest[0] ^= 1;
    list->blocks[0]++;
}


static void
a_header_that_is_not_that_of_its_members_is_found(void **state)
{
    story_t *story = *state;
    found_t found;

    story_shop(story);
    story_ok(story, story_add(story, "testers", "phone-42"));
    put_header(story, change_count);
    found = check(story);
    assert_found(&found, "list testers", "says 6 members, there are 1");
    put_header(story, change_digest);
    found = check(story);
    assert_found(&found, "list testers", "its digest");
    put_header(story, change_blocks);
    found = check(story);
    assert_found(&found, "list testers", "its block lengths");
}


static void
put_audit(story_t *story, const char *record)
{
    gray_txn_t *txn = begin(story);
    uint64_t sequence;

    assert_int_equal(
        gray_store_audit_append(txn, text_of(record), &sequence), 0);
    assert_int_equal(gray_store_commit(txn), 0);
}


static int
count(void *data, const gray_audit_record_t *record)
{
    assert_non_null(record->json);
    ++*(unsigned *) data;

    return 0;
}


static void
an_audit_record_that_cannot_be_right_is_found(void **state)
{
    const gray_audit_filter_t all = { 0 };
    story_t *story = *state;
    unsigned before = 0, after = 0;
    found_t found;

    story_shop(story);
    story_ok(story, gray_control_audit(
                        story->control, &all, count, &before, &story->error));
    put_audit(story, "{\"verb\": \"list add\", \"revision\": 99999}");
    put_audit(story, "nonsense");
    found = check(story);
    assert_int_equal(found.n, 2);
    assert_non_null(strstr(found.list[0].message, "cannot be read"));
    assert_non_null(strstr(found.list[1].message, "is newer than"));

    /* The log leaves out what it cannot read. */
    story_ok(story,
        gray_control_audit(story->control, &all, count, &after, &story->error));
    assert_int_equal(after, before + 1);
}


static int
newest(void *data, const gray_audit_record_t *record)
{
    (void) snprintf(data, 512, "%s", record->summary);

    return 1;
}


static void
a_summary_tells_what_changed_and_is_short(void **state)
{
    const gray_audit_filter_t all = { 0 };
    static const char *members[20];
    story_t *story = *state;
    gray_list_added_t added;
    char summary[512], names[20][64];
    unsigned i;

    story_shop(story);
    assert_int_equal(story_set(story, "shop",
                         "{\"note\": \"n\", \"split\": {\"gray\": 5},"
                         " \"by\": [\"user\"]}"),
        0);
    story_ok(story, gray_control_audit(
                        story->control, &all, newest, summary, &story->error));
    assert_non_null(strstr(summary, "changed:"));
    assert_non_null(strstr(summary, "note"));

    assert_int_equal(story_set(story, "shop", "{}"), 0);
    story_ok(story, gray_control_audit(
                        story->control, &all, newest, summary, &story->error));
    assert_non_null(strstr(summary, "-note"));

    /* Cut, and not in the midst of a character. */
    for (i = 0; i < 20; i++) {
        (void) snprintf(
            names[i], sizeof(names[i]), "ééééééééééééééééééééé%u", i);
        members[i] = names[i];
    }
    story_ok(story, gray_control_list_add(story->control, "testers", members,
                        20, 0, NULL, &added, &story->error));
    story_ok(story, gray_control_audit(
                        story->control, &all, newest, summary, &story->error));
    assert_true(strlen(summary) < 256);
    assert_string_equal(summary + strlen(summary) - 3, "…");
}


static void
overwrite(const story_t *story, const char *name)
{
    char path[200];
    int fd;

    (void) snprintf(path, sizeof(path), "%s/%s", story->dir, name);
    fd = open(path, O_WRONLY);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, "XXXXXXXXXXXXXXXX", 16, 0), 16);
    (void) close(fd);
}


/* The handle is closed, and nobody opens a damaged store here. */
static found_t
check_closed(story_t *story)
{
    found_t found = { 0 };
    gray_checked_t checked;

    (void) gray_control_check(
        story->dir, keep, &found, NULL, &checked, &story->error);

    return found;
}


static void
a_shared_file_that_is_damaged_is_found(void **state)
{
    story_t *story = *state;
    found_t found;

    story_close(story);
    overwrite(story, "switches");
    overwrite(story, GRAY_COUNTERS_FILE);
    found = check_closed(story);
    assert_found(&found, "switches", "it is damaged");
    assert_found(&found, GRAY_COUNTERS_FILE, "it is damaged");
    overwrite(story, "VERSION");
    found = check_closed(story);
    assert_true(found.n >= 3);
}


static void
files_that_belong_to_others_are_found(void **state)
{
    story_t *story = *state;
    char path[200];
    found_t found;

    if (geteuid() != 0) {
        skip();
    }

    story_close(story);
    (void) snprintf(path, sizeof(path), "%s/switches", story->dir);
    assert_int_equal(chown(path, 33, 12345), 0);
    found = check_closed(story);
    assert_found(&found, "switches", "its group is not the folder's");
    assert_found(&found, "switches", "its owner is not the folder's");
}


static void
without_a_folder_there_is_no_store(void **state)
{
    story_t *story = *state;
    gray_checked_t checked;

    (void) strcat(story->dir, "/nowhere");
    story_refused(story, GRAY_ENOSTORE,
        gray_control_check(
            story->dir, NULL, NULL, NULL, &checked, &story->error));
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        story_test(a_document_that_cannot_be_read_is_found),
        story_test(a_compiled_form_of_another_document_is_found),
        story_test(a_compiled_form_that_is_none_is_found),
        story_test(a_header_that_is_not_that_of_its_members_is_found),
        story_test(an_audit_record_that_cannot_be_right_is_found),
        story_test(a_summary_tells_what_changed_and_is_short),
        story_test(a_shared_file_that_is_damaged_is_found),
        story_test(files_that_belong_to_others_are_found),
        story_test(without_a_folder_there_is_no_store),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
