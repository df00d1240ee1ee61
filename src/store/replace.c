/* Replacing a whole list under the eyes of its readers. */

#include "lists.h"
#include "store_internal.h"

#include <time.h>
#include <unistd.h>

int
gray_store_replace_begin(gray_txn_t *txn, gray_store_kind_t kind,
    uint64_t expected, gray_list_t *list)
{
    int rc;

    *list = (gray_list_t){ .kind = kind, .created = (uint64_t) time(NULL) };
    list->changed = list->created;
    rc = gray_list_new_id(txn, &list->id);
    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    gray_garbage_t garbage = {
        .pid = (uint32_t) getpid(),
        .start = gray_process_start((uint32_t) getpid()),
        .place = txn->store->place,
        .making = true,
        .list = *list,
    };

    rc = gray_garbage_put(txn, list->id, &garbage);

    return rc != GRAY_STORE_OK ? rc
                               : gray_index_note_begin(txn, list->id, expected);
}

int
gray_store_replace_save(gray_txn_t *txn, const gray_list_t *list)
{
    gray_garbage_t garbage;
    int rc = gray_garbage_get(txn, list->id, &garbage);

    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    garbage.making = true;
    garbage.list = *list;

    return gray_garbage_put(txn, list->id, &garbage);
}

int
gray_store_replace_switch(
    gray_txn_t *txn, const char *name, const gray_list_t *list)
{
    gray_garbage_t garbage;
    gray_list_t old, new = *list;
    int rc;

    if ((rc = gray_store_list_get(txn, name, &old)) != GRAY_STORE_OK
        || (rc = gray_garbage_get(txn, list->id, &garbage)) != GRAY_STORE_OK)
    {
        return rc;
    }

    if (old.kind != list->kind) {
        return gray_store_fail(
            GRAY_STORE_EINVALID, "list '%s' is of another kind", name);
    }

    new.created = old.created;
    new.changed = (uint64_t) time(NULL);

    if ((rc = gray_index_note_switch(txn, list->id)) != GRAY_STORE_OK
        || (rc = gray_store_list_drop(txn, name)) != GRAY_STORE_OK
        || (rc = gray_garbage_del(txn, list->id)) != GRAY_STORE_OK)
    {
        return rc;
    }

    return gray_list_write(txn, name, &new);
}

int
gray_store_replace_abandon(gray_txn_t *txn, uint64_t id)
{
    gray_garbage_t garbage;
    int rc = gray_garbage_get(txn, id, &garbage);

    garbage.pid = 0;

    if (rc == GRAY_STORE_OK) {
        rc = gray_garbage_put(txn, id, &garbage);
    }

    return rc != GRAY_STORE_OK ? rc : gray_index_note_forget(txn, id);
}
