/*
 * Making a store equal to a folder of documents and lists.
 *
 *     DIR/releases/NAME.json   a document
 *     DIR/lists/NAME.list      a string list, a member a line (import.h)
 *     DIR/lists/NAME.ip        an ip list
 *     DIR/lists/NAME.live      a live list; the file is empty
 *
 * Other files are errors, but for those whose name begins with a dot. A
 * missing releases/ or lists/ is an empty one; when both are missing it is
 * an error. Releases and lists that the folder has not are removed.
 */

#ifndef GRAY_CONTROL_APPLY_H
#define GRAY_CONTROL_APPLY_H

#include "control/import.h"

typedef enum {
    GRAY_APPLY_CREATE = 0,
    GRAY_APPLY_CHANGE,
    GRAY_APPLY_REMOVE
} gray_apply_action_t;

/* A change; `text` is the line that a person reads, the same in a dry run:
 * "create list testers (string, 3 members)". Valid during the call. */
typedef struct {
    gray_apply_action_t action;
    const char *what; /* "release", "list"                              */
    const char *name;
    const char *text;
} gray_apply_change_t;

typedef struct {
    bool dry_run;
    bool force; /* remove what a running nginx names                     */
    void (*change)(void *data, const gray_apply_change_t *change);
    void (*problem)(void *data, const gray_error_t *problem);

    /* As gray_control_warnings, of each document of the folder. */
    void (*warning)(void *data, const gray_error_t *warning);
    void *data;

    /* How lists are read: memory, slice, temp, progress, written and data of
     * it; NULL: as import does. */
    const gray_import_t *import;
} gray_apply_t;

typedef struct {
    unsigned changes;
    unsigned problems; /* of the folder: then nothing is written         */
} gray_applied_t;

/*
 * Reads and checks the whole folder first: problems are told, all of them,
 * and nothing is written. Then: lists made or changed, releases, releases
 * removed, lists removed; each in its own transaction. A second run changes
 * nothing and leaves the revision.
 */
int gray_control_apply(gray_control_t *control, const char *dir,
    const gray_apply_t *options, gray_applied_t *applied, gray_error_t *error);

#endif
