#include <stddef.h>
#include "import_queue.h"


void
gray_queue_init(gray_queue_t *queue)
{
    (void) pthread_mutex_init(&queue->mutex, NULL);
    (void) pthread_cond_init(&queue->changed, NULL);
    queue->closed = false;
    queue->first = 0;
    queue->n = 0;
}


void
gray_queue_destroy(gray_queue_t *queue)
{
    (void) pthread_cond_destroy(&queue->changed);
    (void) pthread_mutex_destroy(&queue->mutex);
}


void
gray_queue_put(gray_queue_t *queue, void *item)
{
    (void) pthread_mutex_lock(&queue->mutex);
    if (!queue->closed) {
        queue->items[(queue->first + queue->n++) % GRAY_QUEUE_MAX] = item;
        (void) pthread_cond_signal(&queue->changed);
    }
    (void) pthread_mutex_unlock(&queue->mutex);
}


static void *
gray_queue_first(gray_queue_t *queue)
{
    void *item;

    if (queue->n == 0) {
        return NULL;
    }

    item = queue->items[queue->first];
    queue->first = (queue->first + 1) % GRAY_QUEUE_MAX;
    queue->n--;

    return item;
}


void *
gray_queue_take(gray_queue_t *queue)
{
    void *item;

    (void) pthread_mutex_lock(&queue->mutex);
    while (queue->n == 0 && !queue->closed) {
        (void) pthread_cond_wait(&queue->changed, &queue->mutex);
    }
    item = gray_queue_first(queue);
    (void) pthread_mutex_unlock(&queue->mutex);

    return item;
}


void *
gray_queue_try(gray_queue_t *queue)
{
    void *item;

    (void) pthread_mutex_lock(&queue->mutex);
    item = gray_queue_first(queue);
    (void) pthread_mutex_unlock(&queue->mutex);

    return item;
}


void
gray_queue_wait(gray_queue_t *queue, unsigned n)
{
    (void) pthread_mutex_lock(&queue->mutex);
    while (queue->n < n && !queue->closed) {
        (void) pthread_cond_wait(&queue->changed, &queue->mutex);
    }
    (void) pthread_mutex_unlock(&queue->mutex);
}


void
gray_queue_close(gray_queue_t *queue)
{
    (void) pthread_mutex_lock(&queue->mutex);
    queue->closed = true;
    (void) pthread_cond_broadcast(&queue->changed);
    (void) pthread_mutex_unlock(&queue->mutex);
}


bool
gray_queue_ended(gray_queue_t *queue)
{
    bool ended;

    (void) pthread_mutex_lock(&queue->mutex);
    ended = queue->closed && queue->n == 0;
    (void) pthread_mutex_unlock(&queue->mutex);

    return ended;
}
