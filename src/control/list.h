/*
 * Verbs on lists and their members.
 *
 * An identity in text is 1 to 255 bytes without control characters (0x00 to
 * 0x1f, 0x7f) and without a space at either end; nothing is cut or changed.
 * In an `ip` list it is an address or a block, kept in canonical form.
 */

#ifndef GRAY_CONTROL_LIST_H
#define GRAY_CONTROL_LIST_H

#include <time.h>
#include "control/control.h"
#include "core/document.h"

/* "string", "ip", "live"; and back, GRAY_LIST_UNKNOWN for anything else. */
const char *gray_list_kind_name(gray_list_kind_t kind);
gray_list_kind_t gray_list_kind_parse(const char *text);

/* GRAY_EEXISTS, whatever the kind of the one that is there. */
int gray_control_list_create(gray_control_t *control, const char *name,
    gray_list_kind_t kind, gray_error_t *error);

/* Members that one gray_control_list_add or _rm takes; more is import's. */
#define GRAY_LIST_ADD_MAX 10000

/* What add did. */
typedef struct {
    unsigned added;   /* were not there                               */
    unsigned updated; /* expiry or note changed                       */
    unsigned same;
} gray_list_added_t;

/* Adds all of the members or none. ttl in seconds, 0: for ever. note NULL:
 * none. The error's place names the member. */
int gray_control_list_add(gray_control_t *control, const char *name,
    const char *const *members, unsigned n, uint64_t ttl, const char *note,
    gray_list_added_t *added, gray_error_t *error);

/* Removes the members that are there; *removed of n. GRAY_ENOTFOUND when
 * none of them was. In an `ip` list exactly these blocks are meant. */
int gray_control_list_rm(gray_control_t *control, const char *name,
    const char *const *members, unsigned n, unsigned *removed,
    gray_error_t *error);

/* A member as people see it. */
typedef struct {
    char identity[256]; /* or the block, canonical                    */
    uint64_t expiry;    /* seconds since the epoch; 0: never          */
    bool expired;       /* is there, but counts no more               */
    char note[256];
} gray_member_line_t;

/* The answer of `has`. */
typedef struct {
    bool listed;
    gray_member_line_t by; /* the member or block that holds it: when
                              listed, or when by.expired              */
    bool found;            /* `by` is set                             */
} gray_list_has_t;

/* Whether the identity is listed now. In an `ip` list the narrowest block
 * that holds the address answers; what is no address is in none. A live list
 * is not here: GRAY_EINVALID with the command to type. */
int gray_control_list_has(gray_control_t *control, const char *name,
    const char *identity, gray_list_has_t *has, gray_error_t *error);

/* A line of `list ls`; pointers belong to the listing. */
typedef struct {
    char name[GRAY_NAME_MAX + 1];
    gray_list_kind_t kind;
    uint64_t count;   /* expired ones included until they are purged  */
    uint64_t created; /* seconds since the epoch                      */
    uint64_t changed;
    unsigned nusers;
    char **users; /* "RELEASE/RULE" for each rule that names it       */
} gray_list_line_t;

typedef struct {
    uint64_t revision;
    unsigned n;
    gray_list_line_t *lines;
} gray_list_lines_t;

int gray_control_list_ls(
    gray_control_t *control, gray_list_lines_t *lines, gray_error_t *error);
void gray_list_lines_free(gray_list_lines_t *lines);

/*
 * At most `max` members after `after` (NULL: from the first), in key order.
 * Returns how many, or -1. To go on, `after` is the last one's identity.
 */
int gray_control_list_members(gray_control_t *control, const char *name,
    const char *after, gray_member_line_t *members, unsigned max,
    gray_error_t *error);

/* GRAY_EINUSE when a rule names it, or, for a live one, a running nginx. With
 * `force` a live list that nginx names goes; one that a rule names never
 * does. */
int gray_control_list_drop(
    gray_control_t *control, const char *name, bool force, gray_error_t *error);

/* Deletes what is expired or garbage, in slices of at most 100 ms. *purged
 * counts members. */
int gray_control_list_purge(gray_control_t *control, uint64_t *purged,
    gray_progress_pt progress, void *data, gray_error_t *error);

#endif
