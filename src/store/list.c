/* Lists: name -> header, and id -> name. */

#include "lists.h"
#include "store_internal.h"

#include <time.h>

int
gray_store_list_get(gray_txn_t *txn, const char *name, gray_list_t *list)
{
    gray_bytes_t key, value = { 0 };
    int rc = gray_store_name_key(name, &key);

    if (rc == GRAY_STORE_OK) {
        rc = gray_db_get(txn, GRAY_DB_LISTS, key, &value);
    }

    return rc != GRAY_STORE_OK ? rc : gray_list_decode(value, name, list);
}

int
gray_store_list_next(gray_txn_t *txn, const char *after, char name[64])
{
    return gray_db_next_name(txn, GRAY_DB_LISTS, after, name);
}

int
gray_list_new_id(gray_txn_t *txn, uint64_t *id)
{
    int rc = gray_meta_get_number(txn, GRAY_META_NEXT_LIST, id);

    return rc != GRAY_STORE_OK
               ? rc
               : gray_meta_put_number(txn, GRAY_META_NEXT_LIST, *id + 1);
}

static int
put_header(gray_txn_t *txn, const char *name, const gray_list_t *list)
{
    unsigned char bytes[GRAY_LIST_HEADER_MAX];
    size_t len = gray_list_encode(list, name, bytes);

    return gray_db_put(txn, GRAY_DB_LISTS, gray_bytes(name, strlen(name)),
        gray_bytes(bytes, len));
}

int
gray_list_write(gray_txn_t *txn, const char *name, const gray_list_t *list)
{
    unsigned char id[8];
    int rc = put_header(txn, name, list);

    gray_put_be64(id, list->id);

    return rc != GRAY_STORE_OK
               ? rc
               : gray_db_put(txn, GRAY_DB_NAMES, gray_bytes(id, 8),
                   gray_bytes(name, strlen(name)));
}

int
gray_store_list_create(gray_txn_t *txn, const char *name,
    gray_store_kind_t kind, gray_list_t *list)
{
    int rc = gray_store_list_get(txn, name, list);

    if (rc != GRAY_STORE_ENOTFOUND) {
        return rc == GRAY_STORE_OK ? GRAY_STORE_EEXISTS : rc;
    }

    *list = (gray_list_t){ .kind = kind, .created = (uint64_t) time(NULL) };
    list->changed = list->created;

    rc = gray_list_new_id(txn, &list->id);

    return rc != GRAY_STORE_OK ? rc : gray_list_write(txn, name, list);
}

/* The header in hand must be of the list that has the name now. */
static int
check_current(gray_txn_t *txn, const char *name, const gray_list_t *list)
{
    gray_list_t current;
    int rc = gray_store_list_get(txn, name, &current);

    if (rc == GRAY_STORE_OK && current.id != list->id) {
        return gray_store_fail(
            GRAY_STORE_EINVALID, "list '%s' was replaced meanwhile", name);
    }

    return rc;
}

int
gray_store_list_put(gray_txn_t *txn, const char *name, const gray_list_t *list)
{
    int rc = check_current(txn, name, list);

    return rc != GRAY_STORE_OK ? rc : put_header(txn, name, list);
}

int
gray_store_list_drop(gray_txn_t *txn, const char *name)
{
    gray_garbage_t garbage = { .pid = 0 };
    unsigned char id[8];
    gray_list_t list;
    int rc = gray_store_list_get(txn, name, &list);

    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    gray_put_be64(id, list.id);

    if ((rc = gray_db_del(txn, GRAY_DB_LISTS, gray_bytes(name, strlen(name))))
            != GRAY_STORE_OK
        || (rc = gray_db_del(txn, GRAY_DB_NAMES, gray_bytes(id, 8)))
               != GRAY_STORE_OK)
    {
        return rc;
    }

    /* The index goes with the last of the members: by then readers have let it
     * go. */
    return gray_garbage_put(txn, list.id, &garbage);
}
