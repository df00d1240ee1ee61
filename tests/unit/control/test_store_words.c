/* What the store and the files report, in words that say what to do. */

#include "story.h"
#include <errno.h>
#include "control/internal.h"

static const struct {
    int store;
    gray_error_code_t code;
    const char *hint; /* a part of it; "": none                      */
} errors[] = {
    { GRAY_STORE_ENOTFOUND, GRAY_ENOTFOUND, "" },
    { GRAY_STORE_ENOSTORE, GRAY_ENOSTORE, "grayctl --store /x init" },
    { GRAY_STORE_EPERMISSION, GRAY_EPERMISSION, "run as root" },
    { GRAY_STORE_EFULL, GRAY_EFULL, "make room on the disk of /x" },
    { GRAY_STORE_EMAPFULL, GRAY_EFULL, "list purge" },
    { GRAY_STORE_EREPLACED, GRAY_EREPLACED, "run the command again" },
    { GRAY_STORE_ESCHEMA, GRAY_ESCHEMA, "newer grayctl" },
    { GRAY_STORE_EDAMAGED, GRAY_EDAMAGED, "--store /x check" },
    { GRAY_STORE_EREADONLY, GRAY_EPERMISSION, "/x read-write" },
    { GRAY_STORE_ENAMESPACE, GRAY_ESYSTEM, "where nginx runs" },
    { GRAY_STORE_EMEMORY, GRAY_ESYSTEM, "address space" },
    { GRAY_STORE_EREADERS, GRAY_ESYSTEM, "dead readers" },
    { GRAY_STORE_EINVALID, GRAY_EINVALID, "" },
    { GRAY_STORE_EEXISTS, GRAY_EEXISTS, "--store /x status" },
    { GRAY_STORE_ESYSTEM, GRAY_ESYSTEM, "" },
    { -12345, GRAY_ESYSTEM, "" },
};


static void
each_error_of_the_store_has_its_remedy(void **state)
{
    gray_error_t error;
    size_t i;

    (void) state;

    for (i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
        assert_int_equal(
            gray_verb_store_error("/x", errors[i].store, &error), -1);
        assert_int_equal(error.code, errors[i].code);
        assert_memory_equal(error.message, "/x: ", 4);

        if (errors[i].hint[0] == '\0') {
            assert_string_equal(error.hint, "");
        } else if (strstr(error.hint, errors[i].hint) == NULL) {
            fail_msg("%d: %s", errors[i].store, error.hint);
        }
    }
}


static const struct {
    int number;
    gray_error_code_t code;
} files[] = {
    { EACCES, GRAY_EPERMISSION },
    { EPERM, GRAY_EPERMISSION },
    { EROFS, GRAY_EPERMISSION },
    { ENOENT, GRAY_ENOSTORE },
    { ENOTDIR, GRAY_ENOSTORE },
    { ESTALE, GRAY_EREPLACED },
    { EBADMSG, GRAY_EDAMAGED },
    { EIO, GRAY_ESYSTEM },
};


static void
each_error_of_a_file_names_it(void **state)
{
    gray_error_t error;
    size_t i;

    (void) state;

    for (i = 0; i < sizeof(files) / sizeof(*files); i++) {
        assert_int_equal(
            gray_file_error("/x", "switches", files[i].number, &error), -1);
        assert_int_equal(error.code, files[i].code);
        assert_non_null(strstr(error.message, "/x"));
    }
}


static void
a_folder_that_may_not_be_opened_names_its_group(void **state)
{
    story_t *story = *state;

    if (geteuid() != 0) {
        skip();
    }

    assert_int_equal(chown(story->dir, (uid_t) -1, 33), 0);
    (void) gray_verb_store_error(
        story->dir, GRAY_STORE_EPERMISSION, &story->error);
    assert_non_null(strstr(story->error.hint, "join group www-data"));
}


/* A store that was opened for reading refuses each verb that writes, and says
 * which right is missing. */
static void
a_store_opened_for_reading_is_not_written(void **state)
{
    story_t *story = *state;

    story_close(story);
    story_ok(story,
        gray_control_open(story->dir, false, &story->control, &story->error));
    assert_string_equal(gray_control_dir(story->control), story->dir);
    story_refused(story, GRAY_EPERMISSION,
        gray_control_list_create(
            story->control, "testers", GRAY_LIST_STRING, &story->error));
    assert_string_equal(story->error.hint, "run as root");
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_error_of_the_store_has_its_remedy),
        cmocka_unit_test(each_error_of_a_file_names_it),
        story_test(a_folder_that_may_not_be_opened_names_its_group),
        story_test(a_store_opened_for_reading_is_not_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
