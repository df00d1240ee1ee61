/*
 * A store in a folder of its own, for one story.
 */

#ifndef GRAY_TESTS_CONTROL_STORY_H
#define GRAY_TESTS_CONTROL_STORY_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "control/check.h"
#include "control/control.h"
#include "control/list.h"
#include "control/release.h"
#include "control/rule.h"

typedef struct {
    char root[64];
    char dir[80];
    gray_control_t *control;
    gray_error_t error;
    gray_errors_t errors;
} story_t;

#define story_ok(story, call)                                      \
    do {                                                           \
        if ((call) != 0) {                                         \
            fail_msg("%s: %s (%s)", #call, (story)->error.message, \
                (story)->errors.list[0].message);                  \
        }                                                          \
    } while (0)

#define story_refused(story, expected, call)             \
    do {                                                 \
        assert_int_equal((call), -1);                    \
        assert_int_equal((story)->error.code, expected); \
    } while (0)

static inline int
story_remove(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void) st;
    (void) type;
    (void) ftw;

    return remove(path);
}

static inline void
story_open(story_t *story)
{
    story_ok(story,
        gray_control_open(story->dir, true, &story->control, &story->error));
}

static inline void
story_close(story_t *story)
{
    gray_control_close(story->control);
    story->control = NULL;
}

static inline int
story_begin(void **state)
{
    gray_init_t chosen;
    story_t *story = calloc(1, sizeof(*story));

    (void) strcpy(story->root, "/tmp/gray-control-XXXXXX");
    assert_non_null(mkdtemp(story->root));
    (void) snprintf(story->dir, sizeof(story->dir), "%s/gray", story->root);
    story_ok(story, gray_control_init(story->dir, NULL, "/nonexistent", &chosen,
                        &story->error));
    story_open(story);
    *state = story;

    return 0;
}

static inline int
story_end(void **state)
{
    story_t *story = *state;

    story_close(story);
    (void) nftw(story->root, story_remove, 16, FTW_DEPTH | FTW_PHYS);
    free(story);

    return 0;
}

#define story_test(name) \
    cmocka_unit_test_setup_teardown(name, story_begin, story_end)

/* The usual beginning: shop, testers, a rule. */
static inline void
story_shop(story_t *story)
{
    story_ok(story, gray_control_release_create(
                        story->control, "shop", NULL, 0, &story->errors));
    story_ok(story, gray_control_list_create(story->control, "testers",
                        GRAY_LIST_STRING, &story->error));
    story_ok(story, gray_control_rule_add(story->control, "shop", "qa", "gray",
                        "device_id in @testers", NULL, &story->error));
}

static inline int
story_set(story_t *story, const char *name, const char *document)
{
    return gray_control_release_set(
        story->control, name, document, strlen(document), &story->errors);
}

static inline int
story_add(story_t *story, const char *list, const char *member)
{
    gray_list_added_t added;

    return gray_control_list_add(
        story->control, list, &member, 1, 0, NULL, &added, &story->error);
}

static inline bool
story_has(story_t *story, const char *list, const char *identity)
{
    gray_list_has_t has;

    story_ok(story, gray_control_list_has(
                        story->control, list, identity, &has, &story->error));

    return has.listed;
}

static inline void
story_problem(void *data, const gray_error_t *problem)
{
    char text[1024];

    (void) data;
    (void) gray_error_print(problem, text, sizeof(text));
    print_message("problem: %s\n", text);
}

/* How many problems check finds; the handle is closed meanwhile. */
static inline unsigned
story_check(story_t *story)
{
    gray_checked_t checked;

    story_close(story);
    story_ok(story, gray_control_check(story->dir, story_problem, NULL, NULL,
                        &checked, &story->error));
    story_open(story);

    return checked.problems;
}

static inline void
story_write(const story_t *story, const char *name, const char *text)
{
    char path[200];
    FILE *file;

    (void) snprintf(path, sizeof(path), "%s/%s", story->root, name);
    file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    (void) fclose(file);
}

#endif
