/*
 * One error value for everything a person may read: grayctl, the API and the
 * dashboard show the same one.
 *
 * A function that can fail for a reason a person must act on takes a
 * gray_error_t, fills it and returns -1; it returns 0 and leaves the value
 * untouched when it succeeds. The caller owns the value; nothing in it is
 * allocated. Any process or thread may use it.
 */

#ifndef GRAY_CORE_ERROR_H
#define GRAY_CORE_ERROR_H

#include <stdarg.h>

typedef enum {
    GRAY_OK = 0,
    GRAY_EINVALID,    /* bad input: a name, an identity, a document        */
    GRAY_ESYNTAX,     /* bad condition; line and column say where          */
    GRAY_ENOTFOUND,   /* no such release, list, rule, member               */
    GRAY_EEXISTS,     /* it is there already                               */
    GRAY_ECONFLICT,   /* somebody else changed it since --if-revision      */
    GRAY_EINUSE,      /* a rule or a running nginx uses it; --force        */
    GRAY_EGUARD,      /* --min, --max or --max-change refused an import    */
    GRAY_EFULL,       /* the disk or the map is full                       */
    GRAY_EPERMISSION, /* the file system refuses                           */
    GRAY_EREPLACED,   /* the store was replaced by a restore: open again   */
    GRAY_ESCHEMA,     /* the store's schema is newer or older than ours    */
    GRAY_EDAMAGED,    /* a checksum or a size is wrong                     */
    GRAY_ENOSTORE,    /* no store in this folder                           */
    GRAY_ETIMEOUT,    /* workers did not confirm in time                   */
    GRAY_ESYSTEM      /* any other failure of the system, with its errno   */
} gray_error_code_t;

typedef struct {
    gray_error_code_t code;
    unsigned line;     /* from 1; 0: no position             */
    unsigned column;   /* from 1, in bytes; 0: no position   */
    char place[128];   /* "rules[2].if", a file name, or ""  */
    char message[384]; /* what is wrong, with the word       */
    char hint[256];    /* what to do about it, or ""         */
} gray_error_t;

/* Clears *error, then sets code and message. Always returns -1, so that a
 * caller can write `return gray_error_set(…)`. */
int gray_error_set(gray_error_t *error, gray_error_code_t code,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The same with the arguments of a caller's own. */
int gray_error_setv(gray_error_t *error, gray_error_code_t code,
    const char *format, va_list args) __attribute__((format(printf, 3, 0)));

/* Adds the hint ("what to type") to an error that is already set. */
int gray_error_hint(gray_error_t *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Sets the place of an error that is already set. Returns -1. */
int gray_error_place(gray_error_t *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The code's stable name in JSON, e.g. "not_found". Never NULL. */
const char *gray_error_code_name(gray_error_code_t code);

/* The code of this name; GRAY_ESYSTEM for one that is not known. */
gray_error_code_t gray_error_code_find(const char *name);

/* Writes the one line a person reads, e.g.
 * "rules[2].if: column 14: unknown operator '=='; write '='".
 * Returns the length, as snprintf. */
int gray_error_print(const gray_error_t *error, char *buffer, unsigned size);

#endif
