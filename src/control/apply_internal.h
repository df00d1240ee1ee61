/*
 * The parts of apply: the folder, the lists, the plan.
 */

#ifndef GRAY_CONTROL_APPLY_INTERNAL_H
#define GRAY_CONTROL_APPLY_INTERNAL_H

#include "control/apply.h"
#include "control/running.h"
#include "internal.h"

/* A document or a list of the folder, and what is to be done with it. */
typedef struct {
    char name[GRAY_NAME_MAX + 1];
    char *path;
    gray_list_kind_t kind; /* of a list                               */
    char *text;            /* of a document                           */
    size_t len;
    bool create;
    bool change;
} gray_apply_item_t;

typedef struct {
    unsigned n;
    gray_apply_item_t *items;
} gray_apply_items_t;

typedef struct {
    gray_control_t *control;
    const char *dir;
    const gray_apply_t *options;
    gray_applied_t *applied;
    gray_apply_items_t releases;
    gray_apply_items_t lists;
    gray_texts_t old_releases; /* to be removed                        */
    gray_texts_t old_lists;
    gray_running_t running;
} gray_applier_t;

/* Counts and tells a problem of the folder. */
void gray_apply_error(
    gray_applier_t *applier, const char *place, const gray_error_t *error);
void gray_apply_problem(gray_applier_t *applier, gray_error_code_t code,
    const char *place, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Tells a warning. */
void gray_apply_warning(
    gray_applier_t *applier, const char *place, const gray_error_t *error);

/* Counts and tells a change. */
void gray_apply_change(gray_applier_t *applier, gray_apply_action_t action,
    const char *what, const char *name, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

gray_apply_item_t *gray_apply_find(
    const gray_apply_items_t *items, const char *name);

/* apply_folder.c: reads the folder. -1: *error. */
int gray_apply_folder(gray_applier_t *applier, gray_error_t *error);
void gray_apply_items_free(gray_apply_items_t *items);

/* apply_lists.c: compares each list with its file. */
int gray_apply_plan_lists(gray_applier_t *applier, gray_error_t *error);

/* apply_releases.c: validates each document against the folder's lists. */
int gray_apply_plan_releases(gray_applier_t *applier, gray_error_t *error);

#endif
