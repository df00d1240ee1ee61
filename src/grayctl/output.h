/*
 * What goes to stdout: lines, tables and JSON.
 *
 * Anything that came from outside (identities, notes, file names) may hold
 * bytes that a terminal would obey, so everything printed goes through
 * gray_escape; tables do it themselves.
 */

#ifndef GRAYCTL_OUTPUT_H
#define GRAYCTL_OUTPUT_H

#include <jansson.h>
#include "command.h"
#include "control/escape.h"
#include "control/json.h"

/* --- text ---------------------------------------------------------------- */

/* The columns that escaped text takes on a terminal. */
size_t grayctl_width(const char *text);

/* The terminal's sequence for 'b' bold, 'd' dim, 'r' red, 'g' green, 'y'
 * yellow, 0 plain; "" without colour. */
const char *grayctl_paint(bool color, int what);

/* A line on stdout that only a person wants: not with --quiet or --json. */
void grayctl_say(const grayctl_t *cli, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Seconds since the epoch as local time, "2026-01-31 12:00:00"; "-" for 0. */
const char *grayctl_time(char buffer[32], uint64_t seconds);

/* A number with a comma every three digits. */
const char *grayctl_number(char buffer[32], uint64_t number);

/* A time from milliseconds, "12 ms", "3.2 s", "5 min", "2 h", "3 d". */
const char *grayctl_ago(char buffer[32], uint64_t ms);

/* "1 member", "3 members". */
const char *grayctl_count(
    char buffer[64], uint64_t n, const char *one, const char *many);

/* "" when n is 1, else "s". */
const char *grayctl_s(uint64_t n);

/* --- tables --------------------------------------------------------------- */

typedef struct {
    const grayctl_t *cli;
    unsigned ncolumns;
    const char **heads; /* ">NAME" aligns to the right             */
    unsigned ncells;
    unsigned room;
    char **cells; /* escaped; the table's                    */
    char *colors; /* of each cell                            */
} grayctl_table_t;

/* `heads` (at most 16) ends with NULL and outlives the table. */
void grayctl_table_begin(
    grayctl_table_t *table, const grayctl_t *cli, const char **heads);

/* Adds a cell; "" and NULL show nothing. */
void grayctl_table_add(grayctl_table_t *table, const char *text);
void grayctl_table_addf(grayctl_table_t *table, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void grayctl_table_number(grayctl_table_t *table, uint64_t number);

/* Colours the cell added last. */
void grayctl_table_paint(grayctl_table_t *table, char color);

/* Frees the table without printing it. */
void grayctl_table_drop(grayctl_table_t *table);

/* Prints the table, indented, and frees it. */
void grayctl_table_end(grayctl_table_t *table, unsigned indent);

/* --- JSON ----------------------------------------------------------------- */

/* Prints the object on stdout and gives it up: indented for a terminal, on
 * one line otherwise. Returns GRAYCTL_OK. */
int grayctl_json_print(json_t *object);


/* --- the end --------------------------------------------------------------- */

/* Whether stdout can take more: false once its reader has gone, or the disk
 * is full. */
bool grayctl_output_alive(void);

/* Flushes stdout. Returns `code`, unless the output could not be written:
 * that is an error, except that a reader who has gone (`| head`) had all it
 * wanted. */
int grayctl_output_finish(const grayctl_t *cli, int code);

#endif
