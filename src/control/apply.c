/*
 * Making a store equal to a folder: a plan first, which is told, then the
 * verbs that carry it out.
 */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "apply_internal.h"
#include "control/import.h"
#include "control/list.h"
#include "control/release.h"


static gray_error_t
gray_apply_placed(const char *place, const gray_error_t *error)
{
    gray_error_t placed = *error;

    (void) snprintf(placed.place, sizeof(placed.place), "%s", place);

    return placed;
}


void
gray_apply_warning(
    gray_applier_t *applier, const char *place, const gray_error_t *error)
{
    gray_error_t warning = gray_apply_placed(place, error);

    if (applier->options->warning != NULL) {
        applier->options->warning(applier->options->data, &warning);
    }
}


void
gray_apply_error(
    gray_applier_t *applier, const char *place, const gray_error_t *error)
{
    gray_error_t problem = gray_apply_placed(place, error);

    applier->applied->problems++;
    if (applier->options->problem != NULL) {
        applier->options->problem(applier->options->data, &problem);
    }
}


void
gray_apply_problem(gray_applier_t *applier, gray_error_code_t code,
    const char *place, const char *format, ...)
{
    va_list args;
    gray_error_t problem;

    va_start(args, format);
    (void) gray_error_setv(&problem, code, format, args);
    va_end(args);

    gray_apply_error(applier, place, &problem);
}


void
gray_apply_change(gray_applier_t *applier, gray_apply_action_t action,
    const char *what, const char *name, const char *format, ...)
{
    va_list args;
    char text[512];
    gray_apply_change_t change;

    va_start(args, format);
    (void) vsnprintf(text, sizeof(text), format, args);
    va_end(args);

    change.action = action;
    change.what = what;
    change.name = name;
    change.text = text;

    applier->applied->changes++;
    if (applier->options->change != NULL) {
        applier->options->change(applier->options->data, &change);
    }
}


/* --- what goes -------------------------------------------------------------- */

static void
gray_apply_in_use(
    gray_applier_t *applier, const char *what, const char *name, pid_t master)
{
    if (master != 0 && !applier->options->force) {
        gray_apply_problem(applier, GRAY_EINUSE, name,
            "%s %s is not in the folder, but a running nginx (master %d) names "
            "it; use --force to remove it",
            what, name, (int) master);
    }
}


/* What the store has and the folder has not. */
static int
gray_apply_plan_removals(gray_applier_t *applier, gray_error_t *error)
{
    int rc;
    gray_txn_t *txn;
    char name[64], after[64];

    if (gray_verb_read(applier->control, &txn, error) != 0) {
        return -1;
    }

    rc = 0;
    for (after[0] = '\0';
         rc == 0 && gray_store_release_next(txn, after, name) == 0;
         memcpy(after, name, sizeof(after)))
    {
        if (gray_apply_find(&applier->releases, name) == NULL) {
            gray_apply_in_use(applier, "release", name,
                gray_running_release(&applier->running, name));
            gray_apply_change(applier, GRAY_APPLY_REMOVE, "release", name,
                "remove release %s", name);
            rc = gray_texts_add(&applier->old_releases, name, strlen(name));
        }
    }

    for (after[0] = '\0';
         rc == 0 && gray_store_list_next(txn, after, name) == 0;
         memcpy(after, name, sizeof(after)))
    {
        if (gray_apply_find(&applier->lists, name) == NULL) {
            gray_apply_in_use(applier, "live list", name,
                gray_running_live(&applier->running, name));
            gray_apply_change(applier, GRAY_APPLY_REMOVE, "list", name,
                "remove list %s", name);
            rc = gray_texts_add(&applier->old_lists, name, strlen(name));
        }
    }
    gray_verb_read_end(applier->control, txn);

    return rc == 0 ? 0 : gray_no_memory(error);
}


/* --- carrying out ------------------------------------------------------------ */

static int
gray_apply_list(
    gray_applier_t *applier, gray_apply_item_t *item, gray_error_t *error)
{
    int rc;
    FILE *file;
    gray_import_t options;
    gray_imported_t imported;

    if (item->create
        && gray_control_list_create(
               applier->control, item->name, item->kind, error)
               != 0)
    {
        return -1;
    }
    if (!item->change) {
        return 0;
    }

    file = fopen(item->path, "re");
    if (file == NULL) {
        return gray_error_set(
            error, GRAY_EINVALID, "%s: %s", item->path, strerror(errno));
    }
    memset(&options, 0, sizeof(options));
    if (applier->options->import != NULL) {
        options = *applier->options->import;
    }
    options.replace = true;
    options.strict = true;
    rc = gray_control_list_import(
        applier->control, item->name, file, &options, &imported, error);
    (void) fclose(file);

    return rc;
}


static int
gray_apply_release(
    gray_applier_t *applier, gray_apply_item_t *item, gray_error_t *error)
{
    int rc;
    gray_errors_t *errors;

    if (!item->change) {
        return 0;
    }

    errors = calloc(1, sizeof(*errors));
    if (errors == NULL) {
        return gray_no_memory(error);
    }
    rc = gray_control_release_set(
        applier->control, item->name, item->text, item->len, errors);
    if (rc != 0) {
        *error = errors->list[0];
    }
    free(errors);

    return rc;
}


/* Lists before the rules that name them, and after. */
static int
gray_apply_run(gray_applier_t *applier, gray_error_t *error)
{
    int rc;
    unsigned i;

    rc = 0;
    for (i = 0; rc == 0 && i < applier->lists.n; i++) {
        rc = gray_apply_list(applier, &applier->lists.items[i], error);
    }
    for (i = 0; rc == 0 && i < applier->releases.n; i++) {
        rc = gray_apply_release(applier, &applier->releases.items[i], error);
    }
    for (i = 0; rc == 0 && i < applier->old_releases.n; i++) {
        rc = gray_control_release_rm(applier->control,
            applier->old_releases.texts[i], applier->options->force, error);
    }
    for (i = 0; rc == 0 && i < applier->old_lists.n; i++) {
        rc = gray_control_list_drop(applier->control,
            applier->old_lists.texts[i], applier->options->force, error);
    }

    return rc;
}


static int
gray_apply_plan(gray_applier_t *applier, gray_error_t *error)
{
    if (gray_apply_folder(applier, error) != 0
        || gray_control_running(applier->control, &applier->running, error) != 0
        || gray_apply_plan_lists(applier, error) != 0
        || gray_apply_plan_releases(applier, error) != 0
        || gray_apply_plan_removals(applier, error) != 0)
    {
        return -1;
    }

    if (applier->applied->problems > 0) {
        return gray_error_set(error, GRAY_EINVALID,
            "%s has %u problems; nothing was changed", applier->dir,
            applier->applied->problems);
    }

    return 0;
}


/* The expected revision is that before the first change; the changes
 * themselves raise it. */
static int
gray_apply_expected(gray_control_t *control, gray_error_t *error)
{
    gray_txn_t *txn;

    if (gray_verb_read(control, &txn, error) != 0) {
        return -1;
    }
    gray_verb_read_end(control, txn);

    return gray_verb_expected(control, control->revision, "the store", error);
}


int
gray_control_apply(gray_control_t *control, const char *dir,
    const gray_apply_t *options, gray_applied_t *applied, gray_error_t *error)
{
    int rc;
    bool expecting;
    gray_applier_t applier;

    memset(applied, 0, sizeof(*applied));
    memset(&applier, 0, sizeof(applier));
    applier.control = control;
    applier.dir = dir;
    applier.options = options;
    applier.applied = applied;
    expecting = control->expecting;

    rc = gray_apply_expected(control, error);
    if (rc == 0) {
        rc = gray_apply_plan(&applier, error);
    }
    if (rc == 0 && !options->dry_run) {
        control->expecting = false;
        rc = gray_apply_run(&applier, error);
        control->expecting = expecting;
        control->changed = rc == 0 && applied->changes > 0;
    }

    gray_apply_items_free(&applier.releases);
    gray_apply_items_free(&applier.lists);
    gray_texts_free(&applier.old_releases);
    gray_texts_free(&applier.old_lists);
    gray_running_free(&applier.running);

    return rc;
}
