/*
 * Verbs while the system refuses them something: memory, a call of LMDB, the
 * disk. Whichever call it is, the verb does its work or says why not, the
 * handle can be used again, and in the end the store is sound.
 */

#ifndef GRAY_TESTS_CONTROL_SWEEP_STORY_H
#define GRAY_TESTS_CONTROL_SWEEP_STORY_H

#include "running_story.h"
#define FAILING_LMDB
#define FAILING_OPENSSL
#include "failing.h"
#include <jansson.h>
#include "control/internal.h"
#include "control/link.h"
#include "control/switch.h"

/* What is swept: 0, or -1 and story->error. */
typedef int (*act_pt)(story_t *story);

static const char swept_document[]
    = "{\"variants\":[\"stable\",\"gray\",\"blue\"],\"default\":\"stable\","
      "\"salt\":\"pepper\",\"note\":\"a note\",\"rules\":["
      "{\"name\":\"qa\",\"if\":\"device_id in @testers\","
      "\"variant\":\"gray\"},"
      "{\"name\":\"office\",\"if\":\"ip in @offices or id in @legacy\","
      "\"variant\":\"blue\"},"
      "{\"name\":\"some\",\"if\":\"plan in ['a', 'b'] and now >= "
      "2020-01-01T00:00:00Z\",\"split\":{\"gray\":10},\"by\":[\"user\"]}],"
      "\"split\":{\"gray\":5},\"by\":[\"user\",\"device_id\"]}";


static inline int
first_error(story_t *story, int rc)
{
    if (rc != 0) {
        story->error = story->errors.list[0];
    }

    return rc;
}


static inline void
clear(story_t *story)
{
    memset(&story->error, 0, sizeof(story->error));
    memset(&story->errors, 0, sizeof(story->errors));
}


/* Makes the store whole again, whatever the last act did. */
static inline void
restock(story_t *story)
{
    gray_switched_t switched;

    clear(story);
    (void) gray_control_list_create(
        story->control, "testers", GRAY_LIST_STRING, &story->error);
    (void) gray_control_list_create(
        story->control, "offices", GRAY_LIST_IP, &story->error);
    (void) gray_control_list_create(
        story->control, "legacy", GRAY_LIST_LIVE, &story->error);
    story_ok(story, story_set(story, "shop", swept_document));
    story_ok(story, story_add(story, "testers", "phone-42"));
    story_ok(story, story_add(story, "offices", "10.0.0.0/8"));
    story_ok(story, gray_control_switch(story->control, "shop", false, 0, NULL,
                        NULL, &switched, &story->error));
}


static inline void
sweep_one(
    story_t *story, act_pt prepare, act_pt act, bool forever, unsigned part)
{
    unsigned n;

    for (n = 1; n < FAILING_MAX; n += 1 + n / part) {
        gray_list_lines_t lines;
        bool failed;
        int rc;

        if (prepare != NULL) {
            (void) prepare(story);
        }

        clear(story);
        failing_begin(n, forever);
        rc = act(story);
        failed = failing_end();

        if (!failed) {
            story_ok(story, rc);
            break;
        }

        if (rc != 0
            && (story->error.code == GRAY_OK || story->error.message[0] == 0)) {
            fail_msg("call %u, %s, failed%s: nothing is said", n, failing_name,
                forever ? " for ever" : "");
        }

        if (story->control != NULL) {
            story_ok(story,
                gray_control_list_ls(story->control, &lines, &story->error));
            gray_list_lines_free(&lines);
        }
    }

    assert_in_range(n, 2, FAILING_MAX - 1);
}


static inline void
sweep_end(story_t *story)
{
    if (story->control == NULL) {
        story_open(story);
    }

    restock(story);
    assert_int_equal(story_check(story), 0);
}


static inline void
sweep(story_t *story, act_pt prepare, act_pt act)
{
    sweep_one(story, prepare, act, false, FAILING_MAX);
    sweep_one(story, prepare, act, true, FAILING_MAX);
    sweep_end(story);
}


/* Of what takes long: the fewer, the later the call. A failed import leaves
 * garbage while its process lives, so that later rounds have more calls. */
static inline void
sweep_some(story_t *story, act_pt prepare, act_pt act)
{
    sweep_one(story, prepare, act, false, 25);
    sweep_end(story);
}


static inline int
sweep_begin(void **state)
{
    int rc = story_begin(state);

    if (rc == 0) {
        story_running(*state, "release shop gray stable\n"
                              "attribute device_id $http_x_device_id\n"
                              "live legacy 127.0.0.1:11211\n"
                              "override shop gray\n");
        restock(*state);
    }

    return rc;
}


#define swept(name) \
    cmocka_unit_test_setup_teardown(name, sweep_begin, story_end)

/* Jansson's memory is swept, too. */
#define swept_json() json_set_alloc_funcs(malloc, free)

#endif
