/*
 * The one thread that has write transactions.
 *
 * Work comes through a bounded queue; when it is full the client is told to
 * come again (503). A long piece of work, an import, gives way between its own
 * transactions: grayd_writer_give_way runs the short ones that wait, so that
 * nobody waits for an import. Work that has to wait for others, a switch for
 * the workers, is not held up either: it is called again, every few
 * milliseconds, until it is done.
 */

#ifndef GRAYD_WRITER_H
#define GRAYD_WRITER_H

#include <stdbool.h>
#include "gate.h"

typedef struct grayd_writer_s grayd_writer_t;
typedef struct grayd_job_s grayd_job_t;

/* Embedded in what the work is about; the queue owns nothing. */
struct grayd_job_s {
    grayd_job_t *next;
    bool lasting; /* an import or the like: not run by give_way           */

    /* Called in the writer thread, again and again as long as it returns
     * false; after true the job may be gone. `control` NULL: *error tells why
     * there is no store. */
    bool (*run)(
        grayd_job_t *job, gray_control_t *control, const gray_error_t *error);
};

/* At most `queue` jobs wait. NULL: no memory or thread. */
grayd_writer_t *grayd_writer_create(grayd_gate_t *gate, unsigned queue);

/* Runs what waits to its end, then ends the thread; nothing is taken any
 * more. */
void grayd_writer_end(grayd_writer_t *writer);
void grayd_writer_free(grayd_writer_t *writer);

/* false: the queue is full, or the writer is ending. */
bool grayd_writer_put(grayd_writer_t *writer, grayd_job_t *job);

/* Only within a job, while its own handle has no transaction open. */
void grayd_writer_give_way(grayd_writer_t *writer);

/* How many jobs wait. */
unsigned grayd_writer_waiting(grayd_writer_t *writer);

#endif
