/* Whole imports: what is in the list afterwards, whatever happens meanwhile. */

#include "import_story.h"
#include "store/index.h"
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

#define TINY 65536

static uint64_t
now_ms(void)
{
    struct timespec now;

    (void) clock_gettime(CLOCK_MONOTONIC, &now);

    return (uint64_t) now.tv_sec * 1000 + (uint64_t) now.tv_nsec / 1000000;
}


/* --- what comes out ------------------------------------------------------------ */

static void
a_replacement_larger_than_its_memory_is_whole(void **state)
{
    gray_imported_t imported;
    gray_import_t options = { .replace = true, .memory = TINY };
    story_t *story = *state;
    char *text = lines('u', MANY);

    options.temp = story->root;
    story_shop(story);
    story_ok(story, import(story, "testers", text, &options, &imported));
    assert_int_equal(imported.added, MANY);
    assert_int_equal(imported.updated, 0);
    assert_int_equal(imported.after, MANY);
    assert_int_equal(count(story, "testers"), MANY);
    assert_int_equal(story_check(story), 0);

    story_ok(story, import(story, "testers", "only\n", &options, &imported));
    assert_int_equal(imported.before, MANY);
    assert_int_equal(imported.after, 1);
    assert_int_equal(story_check(story), 0);
    free(text);
}


static void
the_last_line_of_an_identity_counts(void **state)
{
    gray_imported_t imported;
    gray_list_has_t has;
    gray_import_t options = { .replace = true };
    story_t *story = *state;
    const char *text = "a\t\tone\nb\na\t\ttwo\nb\na\t\tthree\nc\t+60\n"
                       "a\t2001-01-01T00:00:00Z\tgone\n";

    story_ok(story, gray_control_list_create(story->control, "testers",
                        GRAY_LIST_STRING, &story->error));
    for (int i = 0; i < 2; i++) {
        story_ok(story, import(story, "testers", text, &options, &imported));
        assert_int_equal(imported.members, 7);
        assert_int_equal(imported.added, 3);
        assert_int_equal(imported.updated, 2);
        assert_int_equal(imported.expired, 1);
        story_ok(story, gray_control_list_has(story->control, "testers", "a",
                            &has, &story->error));
        assert_string_equal(has.by.note, "three");

        /* And the same into a list that is empty. */
        story_ok(story, gray_control_list_drop(
                            story->control, "testers", true, &story->error));
        story_ok(story, gray_control_list_create(story->control, "testers",
                            GRAY_LIST_STRING, &story->error));
        options.replace = false;
    }
}


static void
a_plain_import_adds_and_updates(void **state)
{
    gray_imported_t imported;
    gray_import_t options = { .memory = TINY };
    story_t *story = *state;
    char *text = lines('u', MANY);

    options.temp = story->root;
    story_shop(story);
    story_ok(story, story_add(story, "testers", "old"));
    story_ok(story, import(story, "testers", text, &options, &imported));
    assert_int_equal(imported.added, MANY);
    assert_int_equal(imported.before, 1);
    assert_int_equal(imported.after, MANY + 1);
    story_ok(story, import(story, "testers", text, &options, &imported));
    assert_int_equal(imported.added + imported.updated, 0);
    assert_false(gray_control_changed(story->control));
    story_ok(story, import(story, "testers", "old\t\tnew\nx\nu0000001\n",
                        &options, &imported));
    assert_int_equal(imported.added, 1);
    assert_int_equal(imported.updated, 1);
    assert_int_equal(story_check(story), 0);
    free(text);
}


static void
members_that_have_all_expired_leave_nothing(void **state)
{
    gray_imported_t imported;
    gray_import_t options = { 0 };
    story_t *story = *state;
    const char *text = "a\t2001-01-01T00:00:00Z\nb\t2001-01-01T00:00:00Z\n";

    story_shop(story);
    story_ok(story, import(story, "testers", text, &options, &imported));
    assert_int_equal(imported.expired, 2);
    assert_int_equal(imported.after, 0);
    assert_false(gray_control_changed(story->control));

    story_ok(story, story_add(story, "testers", "old"));
    options.replace = true;
    story_ok(story, import(story, "testers", text, &options, &imported));
    assert_int_equal(imported.before, 1);
    assert_int_equal(imported.after, 0);
    assert_int_equal(story_check(story), 0);
}


static void
members_that_expire_are_found_by_their_time_too(void **state)
{
    uint64_t purged;
    gray_imported_t imported;
    gray_import_t options = { .replace = true, .ttl = 3600 };
    story_t *story = *state;
    char *text = lines('u', MANY);

    story_shop(story);
    for (int i = 0; i < 2; i++) {
        story_ok(story, import(story, "testers", text, &options, &imported));
        assert_int_equal(imported.after, MANY);
    }
    assert_int_equal(story_check(story), 0);
    story_ok(story, gray_control_list_purge(
                        story->control, &purged, NULL, NULL, &story->error));
    assert_int_equal(story_check(story), 0);
    free(text);
}


static void
blocks_of_addresses_are_imported(void **state)
{
    gray_imported_t imported;
    gray_import_t options = { .replace = true, .memory = TINY };
    story_t *story = *state;
    char *text = malloc(MANY * 24), *to = text;

    options.temp = story->root;
    for (unsigned i = 0; i < MANY; i++) {
        to += sprintf(to, i % 3 ? "10.%u.%u.0/24\n" : "2001:db8:%x:%x::/64\n",
            i / 256, i % 256);
    }
    story_ok(story, gray_control_list_create(story->control, "offices",
                        GRAY_LIST_IP, &story->error));
    story_ok(story, import(story, "offices", text, &options, &imported));
    assert_true(imported.after > 1000);
    assert_int_equal(imported.updated, 0);
    assert_true(story_has(story, "offices", "10.31.1.77"));
    assert_false(story_has(story, "offices", "11.31.1.77"));
    assert_int_equal(story_check(story), 0);
    free(text);
}


static void
identities_of_255_bytes_are_imported(void **state)
{
    gray_imported_t imported;
    gray_import_t options = { .replace = true, .memory = TINY };
    story_t *story = *state;
    char *text = malloc(3000 * 520), *to = text, name[256];

    options.temp = story->root;
    memset(name, 'n', 255);
    name[255] = '\0';
    for (unsigned i = 0; i < 3000; i++) {
        (void) sprintf(name + 251, "%04x", i);
        to += sprintf(to, "%s\t+60\t%.255s\n", name, name);
    }
    story_shop(story);
    story_ok(story, import(story, "testers", text, &options, &imported));
    assert_int_equal(imported.after, 3000);
    assert_true(story_has(story, "testers", name));
    assert_int_equal(story_check(story), 0);
    free(text);
}


static bool
has_index(story_t *story, const char *list)
{
    int rc;
    gray_store_t *store;

    story_close(story);
    assert_int_equal(gray_store_open(story->dir, false, &store), 0);
    rc = gray_store_index_check(store, list, NULL, NULL);
    gray_store_close(store);
    story_open(story);

    return rc == GRAY_STORE_OK;
}


static void
an_import_leaves_a_list_with_an_index(void **state)
{
    gray_imported_t imported;
    gray_import_t options = { 0 };
    story_t *story = *state;
    char *few = lines('a', 100), *many = lines('u', 120000);

    story_shop(story);
    story_ok(story, import(story, "testers", few, &options, &imported));
    assert_false(has_index(story, "testers"));
    story_ok(story, import(story, "testers", many, &options, &imported));
    assert_true(has_index(story, "testers"));
    options.replace = true;
    story_ok(story, import(story, "testers", many, &options, &imported));
    assert_true(has_index(story, "testers"));
    assert_int_equal(story_check(story), 0);
    free(few);
    free(many);
}


/* --- strict ------------------------------------------------------------------------ */

static void
strict_changes_nothing_wherever_the_bad_line_is(void **state)
{
    gray_imported_t imported;
    gray_import_t options = { .strict = true, .memory = TINY };
    story_t *story = *state;
    char *text = lines('u', MANY);
    size_t len = strlen(text);

    options.temp = story->root;
    story_shop(story);
    text[len - 3] = '\x01';

    for (int i = 0; i < 3; i++) {
        uint64_t before = count(story, "testers");

        options.replace = i == 2;
        story_refused(story, GRAY_EINVALID,
            import(story, "testers", text, &options, &imported));
        assert_string_equal(story->error.place, "line 30000");
        assert_int_equal(imported.bad, 1);
        assert_int_equal(count(story, "testers"), before);
        story_ok(story, story_add(story, "testers", "one"));
    }
    assert_int_equal(story_check(story), 0);
    free(text);
}


/* --- others meanwhile -------------------------------------------------------------------- */

/* A child with the store open, that adds members when it is told. */
typedef struct {
    pid_t pid;
    int ask[2];
    int answer[2];
} helper_t;

static void
helper_serve(const helper_t *helper, const story_t *story)
{
    char c, name[16];
    unsigned n = 0;
    const char *member = name;
    gray_error_t error;
    gray_list_added_t added;
    gray_control_t *control;

    (void) close(helper->ask[1]);
    if (gray_control_open(story->dir, true, &control, &error) != 0) {
        _exit(1);
    }
    while (read(helper->ask[0], &c, 1) == 1) {
        (void) snprintf(name, sizeof(name), "h%u", n++);
        if (gray_control_list_add(
                control, "testers", &member, 1, 0, NULL, &added, &error)
                != 0
            || write(helper->answer[1], &c, 1) != 1)
        {
            _exit(1);
        }
    }
    _exit(0);
}


static void
helper_begin(helper_t *helper, story_t *story)
{
    story_close(story);
    assert_int_equal(pipe(helper->ask), 0);
    assert_int_equal(pipe(helper->answer), 0);
    helper->pid = fork();
    if (helper->pid == 0) {
        helper_serve(helper, story);
    }
    (void) close(helper->ask[0]);
    (void) close(helper->answer[1]);
    story_open(story);
}


static void
helper_end(helper_t *helper)
{
    int status;

    (void) close(helper->ask[1]);
    (void) waitpid(helper->pid, &status, 0);
    assert_int_equal(status, 0);
    (void) close(helper->answer[0]);
}


static void
helper_add(const helper_t *helper)
{
    char c = 'a';

    assert_int_equal(write(helper->ask[1], &c, 1), 1);
    assert_int_equal(read(helper->answer[0], &c, 1), 1);
}


static int
add_meanwhile(void *data, uint64_t written)
{
    if (written > 0) {
        helper_add(data);
    }

    return 0;
}


static void
an_empty_list_that_fills_meanwhile_keeps_both(void **state)
{
    helper_t helper;
    gray_imported_t imported;
    gray_import_t options = { .written = add_meanwhile, .data = &helper };
    story_t *story = *state;
    char *text = lines('u', MANY);

    story_shop(story);
    helper_begin(&helper, story);
    story_ok(story, import(story, "testers", text, &options, &imported));
    helper_end(&helper);

    assert_int_equal(imported.added, MANY);
    assert_true(imported.after > MANY);
    assert_true(count(story, "testers") > MANY);
    assert_true(story_has(story, "testers", "h0"));
    assert_true(story_has(story, "testers", "u0000001"));
    assert_int_equal(story_check(story), 0);
    free(text);
}


/* Adds by the helper, one after the other, and the longest of them. */
typedef struct {
    helper_t helper;
    pthread_t thread;
    volatile bool stop;
    unsigned adds;
    uint64_t longest;
} adder_t;

static void *
adder_work(void *data)
{
    uint64_t start, took;
    adder_t *adder = data;

    while (!adder->stop) {
        start = now_ms();
        helper_add(&adder->helper);
        took = now_ms() - start;
        adder->longest = took > adder->longest ? took : adder->longest;
        adder->adds++;
    }

    return NULL;
}


/* The time is generous: the tests of many run here at once. */
/* As tests/harness/build.py reads it. */
static double
slower(void)
{
    const char *text = getenv("GRAY_SLOW");

    return text != NULL ? strtod(text, NULL) : 1;
}


static void
others_are_not_kept_waiting(void **state)
{
    adder_t adder = { .stop = false };
    gray_imported_t imported;
    gray_import_t options = { .replace = true };
    story_t *story = *state;
    char *text = lines('u', 1000000);

    story_shop(story);
    helper_begin(&adder.helper, story);
    assert_int_equal(
        pthread_create(&adder.thread, NULL, adder_work, &adder), 0);
    story_ok(story, import(story, "testers", text, &options, &imported));
    adder.stop = true;
    (void) pthread_join(adder.thread, NULL);
    helper_end(&adder.helper);

    assert_int_equal(imported.after, 1000000);
    assert_true(adder.adds > 3);
    assert_in_range(adder.longest, 0, (unsigned) (1000 * slower()));
    print_message("%u adds meanwhile, the longest took %u ms\n", adder.adds,
        (unsigned) adder.longest);
    free(text);
}


/* --- stopped in the middle ------------------------------------------------------------- */

/* Says on the pipe that members are written, and stays there. */
static int
tell_and_stay(void *data, uint64_t written)
{
    char c = 'w';
    const int *fd = data;

    if (written > 0 && write(*fd, &c, 1) == 1) {
        (void) sleep(60);
    }

    return 0;
}


static void
an_import_killed_while_it_writes_is_purged_later(void **state)
{
    char c;
    int ends[2];
    pid_t pid;
    uint64_t purged;
    story_t *story = *state;
    char *text = lines('u', MANY);

    story_shop(story);
    story_ok(story, story_add(story, "testers", "old"));
    story_close(story);
    assert_int_equal(pipe(ends), 0);
    pid = fork();
    if (pid == 0) {
        gray_imported_t imported;
        gray_import_t options
            = { .replace = true, .written = tell_and_stay, .data = &ends[1] };

        story_open(story);
        (void) import(story, "testers", text, &options, &imported);
        _exit(0);
    }
    assert_int_equal(read(ends[0], &c, 1), 1);
    (void) kill(pid, SIGKILL);
    (void) waitpid(pid, NULL, 0);

    story_open(story);
    assert_int_equal(count(story, "testers"), 1);
    assert_true(story_has(story, "testers", "old"));
    story_ok(story, gray_control_list_purge(
                        story->control, &purged, NULL, NULL, &story->error));
    assert_true(purged > 1000);
    story_ok(story, gray_control_list_purge(
                        story->control, &purged, NULL, NULL, &story->error));
    assert_int_equal(purged, 0);
    assert_int_equal(story_check(story), 0);
    free(text);
}


static int
stop(void *data, uint64_t done)
{
    (void) data;

    return done > 0;
}


static void
a_replacement_that_is_given_up_leaves_garbage_that_may_be_purged(void **state)
{
    uint64_t purged;
    gray_imported_t imported;
    gray_import_t options = { .replace = true, .written = stop };
    story_t *story = *state;
    char *text = lines('u', MANY);

    story_shop(story);
    story_refused(story, GRAY_ESYSTEM,
        import(story, "testers", text, &options, &imported));
    assert_false(gray_control_changed(story->control));
    assert_int_equal(count(story, "testers"), 0);

    /* By this same process. */
    story_ok(story, gray_control_list_purge(
                        story->control, &purged, NULL, NULL, &story->error));
    assert_true(purged > 1000);
    assert_int_equal(story_check(story), 0);
    free(text);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        story_test(a_replacement_larger_than_its_memory_is_whole),
        story_test(the_last_line_of_an_identity_counts),
        story_test(a_plain_import_adds_and_updates),
        story_test(members_that_have_all_expired_leave_nothing),
        story_test(members_that_expire_are_found_by_their_time_too),
        story_test(blocks_of_addresses_are_imported),
        story_test(identities_of_255_bytes_are_imported),
        story_test(an_import_leaves_a_list_with_an_index),
        story_test(strict_changes_nothing_wherever_the_bad_line_is),
        story_test(an_empty_list_that_fills_meanwhile_keeps_both),
        story_test(others_are_not_kept_waiting),
        story_test(an_import_killed_while_it_writes_is_purged_later),
        story_test(
            a_replacement_that_is_given_up_leaves_garbage_that_may_be_purged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
