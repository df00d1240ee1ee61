/*
 * A story in which an nginx runs: this process is its master and its worker.
 */

#ifndef GRAY_TESTS_CONTROL_RUNNING_STORY_H
#define GRAY_TESTS_CONTROL_RUNNING_STORY_H

#include "story.h"
#include "segment/counters.h"

/* Publishes what the nginx knows (counters.h), and a worker that serves in
 * the state. The handle is opened again, so that it sees the counters. */
static inline void
story_worker(story_t *story, const char *text, gray_worker_state_t state,
    uint64_t revision, int store_error)
{
    static gray_instance_t instance;
    gray_counters_t *counters;
    char path[200];
    int slot, worker;

    (void) snprintf(path, sizeof(path), "%s/" GRAY_COUNTERS_FILE, story->dir);
    assert_int_equal(gray_counters_open(path, true, &counters), 0);

    memset(&instance, 0, sizeof(instance));
    instance.master = (uint32_t) getpid();
    instance.started = 1700000000000;
    instance.nworkers = 1;
    (void) snprintf(instance.text, sizeof(instance.text),
        "nginx 1.22.1\nmodule 0.0\nschema 1\n%s", text);
    slot = gray_counters_publish(counters, &instance);
    assert_true(slot >= 0);
    worker = gray_counters_worker(counters, slot, 0);
    assert_true(worker >= 0);
    gray_counters_heartbeat(counters, worker, revision, 0, state, store_error);
    gray_counters_close(counters);
}


static inline void
story_running(story_t *story, const char *text)
{
    story_worker(story, text, GRAY_WORKER_OK, 1, 0);
}


static inline void
story_ignore(void *data, const gray_error_t *problem)
{
    (void) data;
    (void) problem;
}

#endif
