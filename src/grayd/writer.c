/* The writer thread and its queue. */

#include "writer.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include "grayd.h"

/* How often jobs that were not done are called again. */
#define GRAYD_AGAIN_MS 3

struct grayd_writer_s {
    grayd_gate_t *gate;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t more;
    unsigned limit;
    unsigned waiting;
    bool ending;
    grayd_job_t *first;
    grayd_job_t **last;

    /* the writer thread's: those that are to be called again, the oldest
     * first, so that the audit has two switches in their order */
    grayd_job_t *again;
    grayd_job_t **again_last;
    uint64_t looked; /* when they were                                   */
};


/* Takes the first job out; `lasting` ones only if they may be. Locked. */
static grayd_job_t *
grayd_writer_take(grayd_writer_t *writer, bool lasting)
{
    grayd_job_t **job = &writer->first;
    grayd_job_t *taken;

    while (*job != NULL && (*job)->lasting && !lasting) {
        job = &(*job)->next;
    }

    taken = *job;
    if (taken == NULL) {
        return NULL;
    }

    *job = taken->next;
    if (taken->next == NULL) {
        writer->last = job;
    }
    taken->next = NULL;
    writer->waiting--;

    return taken;
}


static void
grayd_writer_run(grayd_writer_t *writer, grayd_job_t *job)
{
    gray_error_t error;
    gray_control_t *control = grayd_gate_enter(writer->gate, &error);

    if (!job->run(job, control, &error)) {
        job->next = NULL;
        *writer->again_last = job;
        writer->again_last = &job->next;
    }

    if (control != NULL) {
        grayd_gate_leave(writer->gate, control);
    }
}


/* Calls those again that were not done. */
static void
grayd_writer_again(grayd_writer_t *writer)
{
    uint64_t now = grayd_clock();
    grayd_job_t *next, *job = writer->again;

    if (job == NULL || now - writer->looked < GRAYD_AGAIN_MS) {
        return;
    }

    writer->looked = now;
    writer->again = NULL;
    writer->again_last = &writer->again;

    for (; job != NULL; job = next) {
        next = job->next;
        grayd_writer_run(writer, job);
    }
}


/* Until there is more, or it is time to call those again. Locked. */
static void
grayd_writer_wait(grayd_writer_t *writer)
{
    struct timespec end;

    if (writer->again == NULL) {
        pthread_cond_wait(&writer->more, &writer->lock);
        return;
    }

    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_nsec += GRAYD_AGAIN_MS * 1000000L;
    end.tv_sec += end.tv_nsec / 1000000000;
    end.tv_nsec %= 1000000000;
    pthread_cond_timedwait(&writer->more, &writer->lock, &end);
}


static void *
grayd_writer_main(void *data)
{
    grayd_writer_t *writer = data;
    grayd_job_t *job;

    pthread_mutex_lock(&writer->lock);

    for (;;) {
        job = grayd_writer_take(writer, true);

        if (job == NULL && writer->again == NULL && writer->ending) {
            break;
        }

        if (job == NULL) {
            grayd_writer_wait(writer);
        }

        pthread_mutex_unlock(&writer->lock);
        if (job != NULL) {
            grayd_writer_run(writer, job);
        }
        grayd_writer_again(writer);
        pthread_mutex_lock(&writer->lock);
    }

    pthread_mutex_unlock(&writer->lock);

    return NULL;
}


grayd_writer_t *
grayd_writer_create(grayd_gate_t *gate, unsigned queue)
{
    grayd_writer_t *writer = calloc(1, sizeof(*writer));
    pthread_condattr_t monotonic;

    if (writer == NULL) {
        return NULL;
    }

    writer->gate = gate;
    writer->limit = queue;
    writer->last = &writer->first;
    writer->again_last = &writer->again;
    pthread_mutex_init(&writer->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&writer->more, &monotonic);
    pthread_condattr_destroy(&monotonic);

    if (pthread_create(&writer->thread, NULL, grayd_writer_main, writer) != 0) {
        free(writer);
        return NULL;
    }

    return writer;
}


void
grayd_writer_end(grayd_writer_t *writer)
{
    bool ended;

    pthread_mutex_lock(&writer->lock);
    ended = writer->ending;
    writer->ending = true;
    pthread_cond_signal(&writer->more);
    pthread_mutex_unlock(&writer->lock);

    if (!ended) {
        pthread_join(writer->thread, NULL);
    }
}


void
grayd_writer_free(grayd_writer_t *writer)
{
    if (writer == NULL) {
        return;
    }

    grayd_writer_end(writer);
    pthread_cond_destroy(&writer->more);
    pthread_mutex_destroy(&writer->lock);
    free(writer);
}


bool
grayd_writer_put(grayd_writer_t *writer, grayd_job_t *job)
{
    bool put = false;

    pthread_mutex_lock(&writer->lock);

    if (writer->waiting < writer->limit && !writer->ending) {
        job->next = NULL;
        *writer->last = job;
        writer->last = &job->next;
        writer->waiting++;
        put = true;
        pthread_cond_signal(&writer->more);
    }

    pthread_mutex_unlock(&writer->lock);

    return put;
}


void
grayd_writer_give_way(grayd_writer_t *writer)
{
    grayd_job_t *job;

    /* bounded: those that come meanwhile have their turn next time */
    for (unsigned n = grayd_writer_waiting(writer); n > 0; n--) {
        pthread_mutex_lock(&writer->lock);
        job = grayd_writer_take(writer, false);
        pthread_mutex_unlock(&writer->lock);

        if (job == NULL) {
            break;
        }
        grayd_writer_run(writer, job);
    }

    grayd_writer_again(writer);
}


unsigned
grayd_writer_waiting(grayd_writer_t *writer)
{
    unsigned waiting;

    pthread_mutex_lock(&writer->lock);
    waiting = writer->waiting;
    pthread_mutex_unlock(&writer->lock);

    return waiting;
}
