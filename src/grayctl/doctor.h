/*
 * What grayctl doctor looks at, and how it tells.
 *
 * Each finding is one line: ok; fix, with what to type; or skip, with why it
 * could not be seen.
 */

#ifndef GRAYCTL_DOCTOR_H
#define GRAYCTL_DOCTOR_H

#include <jansson.h>
#include "control/status.h"
#include "command.h"
#include "nginx_conf.h"

typedef enum {
    DOCTOR_OK = 0,
    DOCTOR_FIX,
    DOCTOR_SKIP
} doctor_state_t;

typedef struct {
    grayctl_t *cli;
    unsigned fixes;
    json_t *findings;

    bool has_status;
    gray_status_t status;
    nginx_conf_t conf; /* conf.text NULL: could not be read          */
    char user[256];    /* the worker's; "" unknown                   */
} doctor_t;

/* Tells one finding. `hint` says what to type; NULL or "" for none. */
void doctor_tell(doctor_t *doctor, doctor_state_t state, const char *check,
    const char *hint, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* Whether the nginx program is there, its configuration can be read (into
 * doctor->conf), and it loads the module and names this store. */
void doctor_nginx(doctor_t *doctor);

/* Whether the worker's user can read the store's files. */
void doctor_access(doctor_t *doctor);

/* Whether the memcached of each live list answers. */
void doctor_live(doctor_t *doctor);

/* Whether a client can choose its own address. */
void doctor_address(doctor_t *doctor);

#endif
