/*
 * Pointers handed from one thread to another, in order. What is put in one
 * thread has been written when it is taken in the other.
 */

#ifndef GRAY_CONTROL_IMPORT_QUEUE_H
#define GRAY_CONTROL_IMPORT_QUEUE_H

#include <pthread.h>
#include <stdbool.h>

#define GRAY_QUEUE_MAX 64

typedef struct {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool closed;
    unsigned first;
    unsigned n;
    void *items[GRAY_QUEUE_MAX];
} gray_queue_t;

void gray_queue_init(gray_queue_t *queue);
void gray_queue_destroy(gray_queue_t *queue);

/* There are never more than GRAY_QUEUE_MAX items: the caller sees to that.
 * Ignored when the queue is closed. */
void gray_queue_put(gray_queue_t *queue, void *item);

/* Waits for an item; NULL: closed, and none is left. */
void *gray_queue_take(gray_queue_t *queue);

/* NULL: there is none now. */
void *gray_queue_try(gray_queue_t *queue);

/* Waits until there are `n` items, or the queue is closed. */
void gray_queue_wait(gray_queue_t *queue, unsigned n);

/* Closed, and none is left. */
bool gray_queue_ended(gray_queue_t *queue);

/* Nothing more will be put. */
void gray_queue_close(gray_queue_t *queue);

#endif
