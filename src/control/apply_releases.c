#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "apply_internal.h"
#include "control/document_json.h"


/* The lists as they will be: the folder's. */
static gray_list_kind_t
gray_apply_kind_of(void *data, gray_str_t name)
{
    char text[GRAY_NAME_MAX + 1];
    gray_applier_t *applier = data;
    const gray_apply_item_t *item;

    if (name.len > GRAY_NAME_MAX) {
        return GRAY_LIST_UNKNOWN;
    }
    memcpy(text, name.data, name.len);
    text[name.len] = '\0';

    item = gray_apply_find(&applier->lists, text);

    return item != NULL ? item->kind : GRAY_LIST_UNKNOWN;
}


/* Tells what was found in a document, with the file before each place. */
static void
gray_apply_document_tell(gray_applier_t *applier, const gray_apply_item_t *item,
    const gray_errors_t *errors,
    void (*tell)(
        gray_applier_t *applier, const char *place, const gray_error_t *error))
{
    unsigned i;
    char place[256];

    for (i = 0; i < errors->n; i++) {
        (void) snprintf(place, sizeof(place), "releases/%s.json%s%.128s",
            item->name, errors->list[i].place[0] ? ": " : "",
            errors->list[i].place);
        tell(applier, place, &errors->list[i]);
    }
}


/* `warnings` is cleared, and to write in. */
static void
gray_apply_document_warn(gray_applier_t *applier, const gray_apply_item_t *item,
    const gray_document_t *document, gray_errors_t *warnings)
{
    gray_document_warn(
        document, &applier->running, gray_apply_kind_of, applier, warnings);
    gray_apply_document_tell(applier, item, warnings, gray_apply_warning);
    warnings->n = 0;
    warnings->total = 0;
}


/* The members of the document that differ, for the line of the change. */
static void
gray_apply_document_change(gray_applier_t *applier,
    const gray_apply_item_t *item, const gray_document_t *document,
    const gray_document_t *old)
{
    json_t *after, *before, *value;
    const char *name;
    char members[160];
    size_t len;

    after = gray_document_json(document, item->name, GRAY_JSON_BUCKETS);
    before = gray_document_json(old, item->name, GRAY_JSON_BUCKETS);
    len = 0;
    members[0] = '\0';

    json_object_foreach(after, name, value)
    {
        if (!json_equal(value, json_object_get(before, name))) {
            len += (size_t) snprintf(members + len, sizeof(members) - len,
                "%s%s", len > 0 ? ", " : "", name);
        }
    }
    json_object_foreach(before, name, value)
    {
        if (json_object_get(after, name) == NULL) {
            len += (size_t) snprintf(members + len, sizeof(members) - len,
                "%sno %s", len > 0 ? ", " : "", name);
        }
    }
    json_decref(after);
    json_decref(before);

    gray_apply_change(applier, GRAY_APPLY_CHANGE, "release", item->name,
        "change release %s: %s", item->name,
        len > 0 ? members : "compiled form");
}


static void
gray_apply_document(gray_applier_t *applier, gray_txn_t *txn,
    gray_apply_item_t *item, gray_document_t *document, gray_errors_t *errors)
{
    bool there;
    gray_document_t old;
    gray_error_t ignored;
    gray_compiled_t compiled;

    there = gray_release_fetch(
                applier->control, txn, item->name, &old, NULL, &ignored)
            == 0;

    if (gray_release_compile(document, item->name, there ? &old : NULL,
            gray_apply_kind_of, applier, &compiled, errors)
        == 0)
    {
        item->create = !there;
        item->change = !gray_release_same(txn, item->name, &compiled);

        if (item->create) {
            gray_apply_change(applier, GRAY_APPLY_CREATE, "release", item->name,
                "create release %s (%u rules)", item->name, document->nrules);
        } else if (item->change) {
            gray_apply_document_change(applier, item, document, &old);
        }
        gray_compiled_free(&compiled);
        gray_apply_document_warn(applier, item, document, errors);
    }
    gray_document_free(&old);
}


static int
gray_apply_plan_release(
    gray_applier_t *applier, gray_apply_item_t *item, gray_error_t *error)
{
    gray_txn_t *txn;
    gray_errors_t *errors;
    gray_document_t document;

    if (item->text == NULL) {
        return 0;
    }

    errors = calloc(1, sizeof(*errors));
    if (errors == NULL) {
        return gray_no_memory(error);
    }
    if (gray_verb_read(applier->control, &txn, error) != 0) {
        free(errors);
        return -1;
    }

    if (gray_document_read(item->text, item->len, &document, errors) == 0) {
        gray_apply_document(applier, txn, item, &document, errors);
    }
    gray_document_free(&document);
    gray_verb_read_end(applier->control, txn);

    gray_apply_document_tell(applier, item, errors, gray_apply_error);
    free(errors);

    return 0;
}


int
gray_apply_plan_releases(gray_applier_t *applier, gray_error_t *error)
{
    unsigned i;

    for (i = 0; i < applier->releases.n; i++) {
        if (gray_apply_plan_release(applier, &applier->releases.items[i], error)
            != 0) {
            return -1;
        }
    }

    return 0;
}
