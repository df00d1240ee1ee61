/*
 * The daemon: what its threads share. All of it is made before the first
 * thread starts and freed after the last has ended; each part has its own
 * locks.
 */

#ifndef GRAYD_GRAYD_H
#define GRAYD_GRAYD_H

#include <stdatomic.h>
#include "access.h"
#include "config.h"
#include "events.h"
#include "gate.h"
#include "stats.h"
#include "web.h"
#include "writer.h"

/* What sorting a file may take of grayd's memory; the rest of it goes to the
 * spool. */
#define GRAYD_IMPORT_MEMORY ((size_t) 4 << 20)

/* Members of one transaction: its pages are grayd's memory too. */
#define GRAYD_IMPORT_SLICE 32768

struct grayd_http_s;

struct grayd_s {
    grayd_config_t config;
    grayd_gate_t *gate;
    grayd_writer_t *writer;
    grayd_access_t *access;
    grayd_events_t *events;
    grayd_stats_t *stats;
    grayd_web_t *web;
    struct grayd_http_s *http;
    uint64_t started; /* seconds since the epoch                      */
    atomic_bool ending;
};

/* Milliseconds of the clock that never jumps. */
uint64_t grayd_clock(void);

/* One line to stderr, as the journal wants it: "<4>words". `level` is
 * syslog's. */
void grayd_log(int level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
