/*
 * The lists of a copy. Their headers are counted from the members that were put
 * there, so that they equal the source's only when all were copied and the
 * source's headers are true.
 */

#include "follow.h"
#include "index_internal.h"

#include <errno.h>
#include <stdlib.h>

/* --- what is counted ------------------------------------------------------------ */

/* The place of the list in the sums, or where it belongs. */
static size_t
place_of(const gray_copy_lists_t *lists, uint64_t id)
{
    size_t low = 0, high = lists->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (lists->sums[middle].id < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }

    return low;
}

static gray_list_t *
find_sum(gray_copy_lists_t *lists, uint64_t id)
{
    if (lists->last >= lists->n || lists->sums[lists->last].id != id) {
        lists->last = place_of(lists, id);
    }

    return lists->last < lists->n && lists->sums[lists->last].id == id
               ? &lists->sums[lists->last]
               : NULL;
}

static gray_list_t *
add_sum(gray_copy_lists_t *lists, uint64_t id, gray_store_kind_t kind)
{
    size_t at = place_of(lists, id);

    if (lists->n == lists->room) {
        size_t room = lists->room != 0 ? 2 * lists->room : 16;
        void *grown = realloc(lists->sums, room * sizeof(*lists->sums));

        if (grown == NULL) {
            return NULL;
        }
        lists->sums = grown;
        lists->room = room;
    }

    memmove(&lists->sums[at + 1], &lists->sums[at],
        (lists->n - at) * sizeof(*lists->sums));
    lists->n++;
    lists->last = at;
    lists->sums[at] = (gray_list_t){ .id = id, .kind = kind };

    return &lists->sums[at];
}

/* Whether the list has a name or may still get one. One that neither has nor
 * may will never have: ids are not used again. ENOTFOUND: it is not wanted. */
static int
wanted(gray_txn_t *read, uint64_t id, gray_store_kind_t *kind)
{
    gray_garbage_t garbage;
    gray_list_t list;
    int rc = gray_index_header_now(read, id, &list);

    if (rc == GRAY_STORE_OK) {
        *kind = list.kind;
        return GRAY_STORE_OK;
    }

    if (rc != GRAY_STORE_ENOTFOUND) {
        return rc;
    }

    rc = gray_garbage_get(read, id, &garbage);
    if (rc == GRAY_STORE_OK) {
        *kind = garbage.list.kind;
        rc = garbage.making && gray_garbage_alive(read->store, &garbage)
                 ? GRAY_STORE_OK
                 : GRAY_STORE_ENOTFOUND;
    }

    return rc;
}

/* The list's sum. PASS: it is not wanted. */
static int
get_sum(
    gray_copy_lists_t *lists, gray_txn_t *read, uint64_t id, gray_list_t **sum)
{
    gray_store_kind_t kind = GRAY_STORE_STRING;
    int rc;

    *sum = find_sum(lists, id);
    if (*sum != NULL) {
        return GRAY_STORE_OK;
    }

    if (id == lists->unwanted) {
        return GRAY_FOLLOW_PASS;
    }

    rc = wanted(read, id, &kind);
    if (rc == GRAY_STORE_ENOTFOUND) {
        lists->unwanted = id;
        return GRAY_FOLLOW_PASS;
    }

    if (rc == GRAY_STORE_OK) {
        *sum = add_sum(lists, id, kind);
        rc = *sum != NULL ? GRAY_STORE_OK : gray_store_error(ENOMEM);
    }

    return rc;
}

/* --- members --------------------------------------------------------------------- */

static int
split_key(gray_bytes_t key, uint64_t *id, gray_bytes_t *member)
{
    *id = 0;
    if (key.len <= 8) {
        return gray_store_fail(
            GRAY_STORE_EDAMAGED, "members: a key of %zu bytes", key.len);
    }

    *id = gray_get_be64(key.data);
    *member = gray_bytes((const char *) key.data + 8, key.len - 8);

    return GRAY_STORE_OK;
}

int
gray_copy_member(gray_copy_lists_t *lists, gray_txn_t *read, gray_txn_t *write,
    gray_bytes_t key, gray_bytes_t value, bool walking)
{
    gray_member_t member;
    gray_bytes_t name;
    gray_list_t *sum;
    uint64_t id;
    bool added;
    int rc;

    if ((rc = split_key(key, &id, &name)) != GRAY_STORE_OK
        || (rc = get_sum(lists, read, id, &sum)) != GRAY_STORE_OK)
    {
        return rc;
    }

    gray_member_decode(value, &member);
    lists->members++;
    rc = walking ? gray_store_member_append(write, sum, name, &member, 0)
                 : gray_store_member_put(write, sum, name, &member, &added);

    return rc != GRAY_STORE_EINVALID
               ? rc
               : gray_store_fail(GRAY_STORE_EDAMAGED,
                   "members: one of list %llu that it cannot have",
                   (unsigned long long) id);
}

int
gray_copy_member_gone(
    gray_copy_lists_t *lists, gray_txn_t *write, gray_bytes_t key)
{
    gray_bytes_t name;
    gray_list_t *sum;
    uint64_t id;
    int rc = split_key(key, &id, &name);

    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    sum = find_sum(lists, id);

    return sum != NULL ? gray_store_member_del(write, sum, name)
                       : GRAY_STORE_OK;
}

/* --- headers --------------------------------------------------------------------- */

static bool
equal(const gray_list_t *a, const gray_list_t *b)
{
    return a->count == b->count && a->digest[0] == b->digest[0]
           && a->digest[1] == b->digest[1]
           && memcmp(a->blocks, b->blocks, sizeof(a->blocks)) == 0;
}

static int
copy_header(gray_copy_lists_t *lists, gray_txn_t *read, gray_txn_t *write,
    const char *name)
{
    static const gray_list_t none;
    const gray_list_t *sum;
    gray_list_t list;
    int rc = gray_store_list_get(read, name, &list);

    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    sum = find_sum(lists, list.id);

    return equal(sum != NULL ? sum : &none, &list)
               ? gray_list_write(write, name, &list)
               : gray_store_fail(GRAY_STORE_EDAMAGED,
                   "list '%s': its members are not those its header counts",
                   name);
}

/* Lists that were dropped or replaced meanwhile, or are in the making. */
static int
discard_rest(gray_copy_lists_t *lists, gray_txn_t *write)
{
    gray_garbage_t garbage = { .pid = 0 };
    int rc = GRAY_STORE_OK;

    for (size_t i = 0; rc == GRAY_STORE_OK && i < lists->n; i++) {
        gray_list_t list;

        rc = gray_index_header_now(write, lists->sums[i].id, &list);
        if (rc == GRAY_STORE_ENOTFOUND) {
            rc = gray_garbage_put(write, lists->sums[i].id, &garbage);
        }
    }

    return rc;
}

int
gray_copy_headers(gray_copy_lists_t *lists, gray_txn_t *read, gray_txn_t *write)
{
    char name[64] = "";
    int rc;

    while ((rc = gray_store_list_next(read, name, name)) == GRAY_STORE_OK) {
        rc = copy_header(lists, read, write, name);
        if (rc != GRAY_STORE_OK) {
            return rc;
        }
    }

    return rc == GRAY_STORE_ENOTFOUND ? discard_rest(lists, write) : rc;
}
