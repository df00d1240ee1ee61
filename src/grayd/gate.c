/* The store, shared by threads. */

#include "gate.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Handles that are kept for the next who enters. */
#define GRAYD_IDLE_MAX 16

struct grayd_gate_s {
    char *dir;
    pthread_rwlock_t inside; /* read: a thread is inside; write: opening  */
    pthread_mutex_t lock;    /* of what follows                           */
    gray_control_t *base;    /* NULL: could not be opened, see error      */
    gray_error_t error;
    atomic_uint stores; /* how many were opened                       */
    unsigned nidle;
    gray_control_t *idle[GRAYD_IDLE_MAX];
};


/* The write lock is held, or nobody knows the gate yet. */
static void
grayd_gate_open(grayd_gate_t *gate)
{
    if (gray_control_open_partly(gate->dir, true, &gate->base, &gate->error)
        != 0) {
        gate->base = NULL;

    } else if (gray_control_current(gate->base)) {
        atomic_fetch_add(&gate->stores, 1);
    }
}


unsigned
grayd_gate_stores(const grayd_gate_t *gate)
{
    return atomic_load(&gate->stores);
}


static void
grayd_gate_shut(grayd_gate_t *gate)
{
    while (gate->nidle > 0) {
        gray_control_close(gate->idle[--gate->nidle]);
    }

    gray_control_close(gate->base);
    gate->base = NULL;
}


grayd_gate_t *
grayd_gate_create(const char *dir)
{
    grayd_gate_t *gate = calloc(1, sizeof(*gate));

    if (gate == NULL) {
        return NULL;
    }

    gate->dir = strdup(dir);
    if (gate->dir == NULL) {
        free(gate);
        return NULL;
    }

    pthread_rwlock_init(&gate->inside, NULL);
    pthread_mutex_init(&gate->lock, NULL);
    grayd_gate_open(gate);

    return gate;
}


void
grayd_gate_free(grayd_gate_t *gate)
{
    if (gate == NULL) {
        return;
    }

    grayd_gate_shut(gate);
    pthread_mutex_destroy(&gate->lock);
    pthread_rwlock_destroy(&gate->inside);
    free(gate->dir);
    free(gate);
}


static gray_control_t *
grayd_gate_idle(grayd_gate_t *gate)
{
    gray_control_t *control = NULL;

    pthread_mutex_lock(&gate->lock);
    if (gate->nidle > 0) {
        control = gate->idle[--gate->nidle];
    }
    pthread_mutex_unlock(&gate->lock);

    return control;
}


gray_control_t *
grayd_gate_enter(grayd_gate_t *gate, gray_error_t *error)
{
    gray_control_t *control;

    pthread_rwlock_rdlock(&gate->inside);

    if (gate->base == NULL) {
        *error = gate->error;
        pthread_rwlock_unlock(&gate->inside);
        return NULL;
    }

    control = grayd_gate_idle(gate);
    if (control == NULL && gray_control_share(gate->base, &control, error) != 0)
    {
        pthread_rwlock_unlock(&gate->inside);
        return NULL;
    }

    gray_control_expect_any(control);

    return control;
}


void
grayd_gate_leave(grayd_gate_t *gate, gray_control_t *control)
{
    pthread_mutex_lock(&gate->lock);
    if (gate->nidle < GRAYD_IDLE_MAX) {
        gate->idle[gate->nidle++] = control;
        control = NULL;
    }
    pthread_mutex_unlock(&gate->lock);

    gray_control_close(control);
    pthread_rwlock_unlock(&gate->inside);
}


void
grayd_gate_look(grayd_gate_t *gate)
{
    if (pthread_rwlock_trywrlock(&gate->inside) != 0) {
        return;
    }

    if (gate->base == NULL || !gray_control_current(gate->base)) {
        grayd_gate_shut(gate);
        grayd_gate_open(gate);
    }

    pthread_rwlock_unlock(&gate->inside);
}
