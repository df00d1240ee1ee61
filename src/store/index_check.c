/* Whether an index says what LMDB says. */

#include "index_internal.h"

/* Members that are compared between two looks at the clock. */
#define BURST 256

/* Milliseconds that a snapshot is held. */
#define SLICE 50

#define TRIES 5

/* A comparison that the list outran. */
#define CHANGED 1

typedef struct {
    const char *name;
    gray_list_t list; /* when the comparison began                         */
    gray_index_t *index;
    unsigned char after[GRAY_STORE_KEY_MAX];
    size_t after_len;
    uint64_t members;
    uint64_t yes;
} check_t;

static int
check_member(gray_txn_t *txn, check_t *check, gray_bytes_t key,
    const gray_member_t *member)
{
    gray_index_answer_t answer = gray_index_find(
        check->index, gray_siphash(&txn->store->index_key, key.data, key.len));

    check->members++;
    check->yes += answer == GRAY_INDEX_YES;

    if (answer == GRAY_INDEX_NO) {
        return gray_store_fail(GRAY_STORE_EDAMAGED,
            "list '%s': its index has not all members", check->name);
    }

    return answer == GRAY_INDEX_YES && member->expiry != 0
               ? gray_store_fail(GRAY_STORE_EDAMAGED,
                   "list '%s': its index has a member that expires as one "
                   "that does not",
                   check->name)
               : GRAY_STORE_OK;
}

static int
check_burst(gray_txn_t *txn, check_t *check)
{
    gray_members_t *members;
    gray_member_t member;
    gray_bytes_t key;
    int rc = gray_store_members_open(txn, check->list.id,
        gray_bytes(check->after, check->after_len), &members);

    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    for (unsigned i = 0; rc == GRAY_STORE_OK && i < BURST; i++) {
        rc = gray_store_members_next(members, &key, &member);
        if (rc == GRAY_STORE_OK) {
            check->after_len = key.len < sizeof(check->after)
                                   ? key.len
                                   : sizeof(check->after);
            memcpy(check->after, key.data, check->after_len);
            rc = check_member(txn, check, key, &member);
        }
    }

    gray_store_members_close(members);

    return rc;
}

/* Every member has a slot of its own that says YES, or one that says ASK. */
static int
check_count(const check_t *check)
{
    uint64_t yes = gray_index_count_yes(check->index);

    /* Pages that are not mapped are not counted: their members were found. */
    return yes <= check->yes
               ? GRAY_STORE_OK
               : gray_store_fail(GRAY_STORE_EDAMAGED,
                   "list '%s': its index has %llu members that "
                   "the list has not",
                   check->name, (unsigned long long) (yes - check->yes));
}

/* ENOTFOUND: at the end, and all is right. */
static int
check_in(gray_txn_t *txn, check_t *check)
{
    uint64_t deadline = gray_store_clock() + SLICE;
    gray_list_t list;
    int rc = gray_store_list_get(txn, check->name, &list);

    if (rc != GRAY_STORE_OK) {
        return rc == GRAY_STORE_ENOTFOUND ? CHANGED : rc;
    }

    if (!gray_index_holds(check->index, &list)
        || list.digest[0] != check->list.digest[0]
        || list.digest[1] != check->list.digest[1])
    {
        return CHANGED;
    }

    do {
        rc = check_burst(txn, check);
    } while (rc == GRAY_STORE_OK && gray_store_clock() < deadline);

    if (rc == GRAY_STORE_ENOTFOUND) {
        rc = check_count(check);
        rc = rc == GRAY_STORE_OK ? GRAY_STORE_ENOTFOUND : rc;
    }

    return rc == GRAY_STORE_EDAMAGED
                   && gray_store_last_txn(txn->store) != gray_txn_id(txn)
               ? CHANGED
               : rc;
}

static int
check_slice(gray_store_t *store, check_t *check)
{
    gray_txn_t *txn;
    int rc = gray_store_read(store, &txn);

    if (rc == GRAY_STORE_OK) {
        rc = check_in(txn, check);
        gray_store_read_end(txn);
    }

    return rc;
}

/* ENOTFOUND when there is no index, CHANGED when there is no list. */
static int
begin(gray_store_t *store, check_t *check)
{
    gray_txn_t *txn;
    int rc = gray_store_read(store, &txn);

    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    rc = gray_store_list_get(txn, check->name, &check->list);
    if (rc == GRAY_STORE_OK) {
        rc = gray_index_open(store, &check->list, &check->index);
    } else if (rc == GRAY_STORE_ENOTFOUND) {
        rc = CHANGED;
    }
    gray_store_read_end(txn);

    return rc;
}

static int
check_once(gray_store_t *store, check_t *check,
    int (*progress)(void *data, uint64_t members), void *data)
{
    int rc;

    do {
        rc = check_slice(store, check);

        if (progress != NULL && progress(data, check->members) != 0) {
            return gray_store_fail(GRAY_STORE_ESYSTEM, "stopped");
        }
    } while (rc == GRAY_STORE_OK);

    return rc == GRAY_STORE_ENOTFOUND ? GRAY_STORE_OK : rc;
}

int
gray_store_index_check(gray_store_t *store, const char *name,
    int (*progress)(void *data, uint64_t members), void *data)
{
    int rc = CHANGED;

    for (int i = 0; rc == CHANGED && i < TRIES; i++) {
        check_t check = { .name = name };

        rc = begin(store, &check);
        if (rc != GRAY_STORE_OK) {
            return rc == CHANGED ? GRAY_STORE_OK : rc;
        }

        rc = check_once(store, &check, progress, data);
        gray_index_close(check.index);
    }

    return rc != CHANGED ? rc
                         : gray_store_fail(GRAY_STORE_ESYSTEM,
                             "list '%s' changes faster than its index can be "
                             "checked",
                             name);
}
