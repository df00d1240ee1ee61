/*
 * Reading the audit.
 *
 * A record is a JSON object on one line:
 *
 *     {"time": "2026-01-31T12:00:00.123Z", "uid": 0, "user": "root",
 *      "via": "grayctl", "verb": "rule add", "release": "shop",
 *      "rule": "qa", "revision": 7, "before": null, "after": {…}}
 *
 * `release`, `rule` and `list` stand where the verb has one; `before` and
 * `after` are what it changed.
 */

#ifndef GRAY_CONTROL_AUDIT_H
#define GRAY_CONTROL_AUDIT_H

#include "control/control.h"

typedef struct {
    const char *release; /* NULL: all                                  */
    const char *list;    /* NULL: all                                  */
    unsigned limit;      /* 0: all                                     */
    uint64_t before;     /* records with a smaller sequence; 0: all    */
    uint64_t after;      /* records with a larger one                  */
} gray_audit_filter_t;

/* The main members, parsed; `json` is the whole record. Valid during the
 * call only. */
typedef struct {
    uint64_t sequence;
    uint64_t revision;
    const char *time;
    const char *user;
    const char *via;
    const char *verb;
    const char *release; /* or NULL                                    */
    const char *rule;    /* or NULL                                    */
    const char *list;    /* or NULL                                    */
    const char *summary; /* what changed, in a few words               */
    const char *json;
} gray_audit_record_t;

/* Calls `tell` for each record, newest first; a non-zero return ends it. */
int gray_control_audit(gray_control_t *control,
    const gray_audit_filter_t *filter,
    int (*tell)(void *data, const gray_audit_record_t *record), void *data,
    gray_error_t *error);

#endif
