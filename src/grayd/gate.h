/*
 * The store, opened once and shared by grayd's threads.
 *
 * A thread enters, works with the handle it was given, and leaves. When a
 * restore exchanged the folder, or there was no store to open, the gate opens
 * it again as soon as nobody is inside (grayd_gate_look, called ten times a
 * second), so that nobody else has to know. Any thread may call any of these.
 */

#ifndef GRAYD_GATE_H
#define GRAYD_GATE_H

#include "control/control.h"

typedef struct grayd_gate_s grayd_gate_t;

/* A store that cannot be opened now is no error: entering gives it. NULL: no
 * memory. */
grayd_gate_t *grayd_gate_create(const char *dir);

/* Nobody may be inside. */
void grayd_gate_free(grayd_gate_t *gate);

/* A handle of this thread's own until it leaves, NULL and *error when there is
 * no store; the switches and counters may be there without it
 * (gray_control_store_error). */
gray_control_t *grayd_gate_enter(grayd_gate_t *gate, gray_error_t *error);
void grayd_gate_leave(grayd_gate_t *gate, gray_control_t *control);

/* How often a store was opened: another number means another store, of which
 * nothing that was read before holds. */
unsigned grayd_gate_stores(const grayd_gate_t *gate);

/* Opens the store again when it must; returns at once while somebody is
 * inside. */
void grayd_gate_look(grayd_gate_t *gate);

#endif
