/*
 * Raising a store's schema. Only schema 1 exists.
 */

#ifndef GRAY_CONTROL_MIGRATE_H
#define GRAY_CONTROL_MIGRATE_H

#include "control/control.h"

/* Returns 0 with *from and *to (equal: nothing to do); GRAY_ESCHEMA when the
 * store is newer than this program. */
int gray_control_migrate(
    const char *dir, unsigned *from, unsigned *to, gray_error_t *error);

#endif
