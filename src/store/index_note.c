/* What a transaction changes in the indexes of lists. */

#include "index_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A list in the making of nobody knows how many members. */
#define EXPECTED 4096

/* --- who has a list ----------------------------------------------------------- */

/* The name that a list id has, and its header. */
int
gray_index_header_now(gray_txn_t *txn, uint64_t id, gray_list_t *list)
{
    unsigned char key[8];
    char name[64] = "";
    gray_bytes_t value;
    int rc;

    gray_put_be64(key, id);
    rc = gray_db_get(txn, GRAY_DB_NAMES, gray_bytes(key, 8), &value);
    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    if (value.len == 0 || value.len >= sizeof(name)) {
        return GRAY_STORE_EDAMAGED;
    }

    memcpy(name, value.data, value.len);
    rc = gray_store_list_get(txn, name, list);

    return rc == GRAY_STORE_OK && list->id != id ? GRAY_STORE_EDAMAGED : rc;
}

/* A list whose header is damaged is nobody's: its index names another digest
 * than whatever header it will get. */
static void
find_owner(gray_txn_t *txn, gray_index_change_t *change)
{
    gray_garbage_t garbage;
    gray_list_t list;

    change->owner = GRAY_INDEX_OF_NOBODY;

    if (gray_index_header_now(txn, change->list, &list) == GRAY_STORE_OK) {
        change->owner = GRAY_INDEX_OF_NAME;
        change->before[0] = list.digest[0];
        change->before[1] = list.digest[1];
        txn->changes->longer += list.count >= GRAY_INDEX_MIN;

    } else if (gray_garbage_get(txn, change->list, &garbage) == GRAY_STORE_OK
               && garbage.making)
    {
        change->owner = GRAY_INDEX_OF_MAKING;
    }
}

/* --- the changes of a transaction ------------------------------------------------ */

static gray_index_change_t *
find_change(gray_index_changes_t *changes, uint64_t list)
{
    if (changes->last < changes->n
        && changes->changes[changes->last].list == list) {
        return &changes->changes[changes->last];
    }

    for (size_t i = 0; i < changes->n; i++) {
        if (changes->changes[i].list == list) {
            changes->last = i;
            return &changes->changes[i];
        }
    }

    return NULL;
}

static gray_index_change_t *
add_change(gray_txn_t *txn, uint64_t list)
{
    gray_index_changes_t *changes = txn->changes;
    gray_index_change_t *change;

    if (changes->n == changes->room) {
        size_t room = changes->room != 0 ? 2 * changes->room : 4;
        void *grown
            = realloc(changes->changes, room * sizeof(*changes->changes));

        if (grown == NULL) {
            return NULL;
        }
        changes->changes = grown;
        changes->room = room;
    }

    change = &changes->changes[changes->n];
    *change = (gray_index_change_t){ .list = list };
    find_owner(txn, change);

    changes->last = changes->n++;

    return change;
}

/* NULL: the transaction has failed. */
static gray_index_change_t *
change_of(gray_txn_t *txn, uint64_t list)
{
    gray_index_change_t *change;

    if (txn->changes == NULL) {
        txn->changes = calloc(1, sizeof(*txn->changes));
    }

    change = txn->changes != NULL ? find_change(txn->changes, list) : NULL;
    if (change == NULL && txn->changes != NULL) {
        change = add_change(txn, list);
    }

    if (change == NULL) {
        (void) gray_txn_failed(txn, ENOMEM);
    }

    return change;
}

bool
gray_index_enough(const gray_txn_t *txn)
{
    return txn->changes != NULL && txn->changes->longer > GRAY_INDEX_TOUCH;
}

static int
add_note(gray_txn_t *txn, gray_index_change_t *change, uint64_t note)
{
    if (change->n == change->room) {
        size_t room = change->room != 0 ? 2 * change->room : 64;
        void *grown = realloc(change->notes, room * sizeof(*change->notes));

        if (grown == NULL) {
            return gray_txn_failed(txn, ENOMEM);
        }
        change->notes = grown;
        change->room = room;
    }

    change->notes[change->n++] = note;

    return GRAY_STORE_OK;
}

static uint64_t
state_after(uint64_t expiry, int sign)
{
    if (sign < 0) {
        return GRAY_INDEX_SLOT_GONE;
    }

    return expiry == 0 ? GRAY_INDEX_SLOT_YES : GRAY_INDEX_SLOT_ASK;
}

/* What is noted of the list. NULL: nothing is to be, with 0 in *rc, or there is
 * no memory, with the error. */
static gray_index_change_t *
noted(gray_txn_t *txn, uint64_t list, int *rc)
{
    gray_index_change_t *change
        = txn->store->indexed ? change_of(txn, list) : NULL;

    *rc = !txn->store->indexed || change != NULL ? GRAY_STORE_OK : txn->error;

    return change;
}

/* The same, of a member: not for lists that have no index. */
static gray_index_change_t *
noted_member(gray_txn_t *txn, uint64_t list, int *rc)
{
    gray_index_change_t *change = noted(txn, list, rc);

    return change != NULL && change->owner != GRAY_INDEX_OF_NOBODY ? change
                                                                   : NULL;
}

int
gray_index_note(gray_txn_t *txn, const gray_list_t *list, uint64_t hash,
    uint64_t expiry, int sign)
{
    int rc;
    gray_index_change_t *change = noted_member(txn, list->id, &rc);

    return change == NULL
               ? rc
               : add_note(txn, change,
                   gray_index_hash(hash) | state_after(expiry, sign));
}

int
gray_index_note_key(gray_txn_t *txn, const gray_list_t *list, gray_bytes_t key,
    uint64_t expiry, int sign)
{
    int rc;
    uint64_t hash;
    gray_index_change_t *change = noted_member(txn, list->id, &rc);

    if (change == NULL) {
        return rc;
    }

    hash = gray_siphash(&txn->store->index_key, key.data, key.len);

    return add_note(
        txn, change, gray_index_hash(hash) | state_after(expiry, sign));
}

/* --- the last note of each member -------------------------------------------------- */

/* Merges two runs that are in order; of one member, the first run's come
 * first. */
static void
merge(uint64_t *to, const uint64_t *from, size_t middle, size_t end)
{
    size_t a = 0;
    size_t b = middle;

    while (a < middle || b < end) {
        bool first = b == end
                     || (a < middle
                         && gray_index_hash_of(from[a])
                                <= gray_index_hash_of(from[b]));

        *to++ = first ? from[a++] : from[b++];
    }
}

/* qsort() may turn notes of one member round. */
static void
sort(uint64_t *notes, uint64_t *room, size_t n)
{
    size_t half = n / 2;

    if (n < 2) {
        return;
    }

    sort(notes, room, half);
    sort(notes + half, room, n - half);
    memcpy(room, notes, n * sizeof(*notes));
    merge(notes, room, half, n);
}

bool
gray_index_note_last(gray_index_change_t *change)
{
    uint64_t *room;
    size_t kept = 0;

    if (change->n < 2) {
        return true;
    }

    room = malloc(change->n * sizeof(*room));
    if (room == NULL) {
        return false;
    }
    sort(change->notes, room, change->n);
    free(room);

    for (size_t i = 0; i < change->n; i++) {
        if (i + 1 == change->n
            || gray_index_hash_of(change->notes[i])
                   != gray_index_hash_of(change->notes[i + 1]))
        {
            change->notes[kept++] = change->notes[i];
        }
    }
    change->n = kept;

    return true;
}

/* --- whole lists ------------------------------------------------------------------ */

int
gray_index_note_begin(gray_txn_t *txn, uint64_t list, uint64_t expected)
{
    int rc;
    gray_index_change_t *change = noted(txn, list, &rc);

    if (change != NULL) {
        change->began = true;
        change->expected = expected != 0 ? expected : EXPECTED;
    }

    return rc;
}

int
gray_index_note_switch(gray_txn_t *txn, uint64_t list)
{
    int rc;
    gray_index_change_t *change = noted(txn, list, &rc);

    if (change != NULL) {
        change->switched = true;
    }

    return rc;
}

int
gray_index_note_forget(gray_txn_t *txn, uint64_t list)
{
    int rc;
    gray_index_change_t *change = noted(txn, list, &rc);

    if (change != NULL) {
        change->forget = true;
    }

    return rc;
}

/* The list id that a file's name says; 0 when it is no such name. */
static uint64_t
id_of(const char *name)
{
    char *end;
    uint64_t id = strtoull(name, &end, 16);

    return strspn(name, "0123456789abcdef") == 16 && *end == '\0' ? id : 0;
}

static int
note_orphan(gray_txn_t *txn, uint64_t id)
{
    unsigned char key[8];
    gray_bytes_t value;
    int rc;

    gray_put_be64(key, id);
    rc = gray_db_get(txn, GRAY_DB_NAMES, gray_bytes(key, 8), &value);
    if (rc == GRAY_STORE_ENOTFOUND) {
        rc = gray_db_get(txn, GRAY_DB_GARBAGE, gray_bytes(key, 8), &value);
    }

    return rc == GRAY_STORE_ENOTFOUND ? gray_index_note_forget(txn, id) : rc;
}

int
gray_index_note_orphans(gray_txn_t *txn)
{
    struct dirent *entry;
    int rc = GRAY_STORE_OK;
    DIR *folder;
    int fd;

    if (!txn->store->indexed) {
        return GRAY_STORE_OK;
    }

    fd = openat(
        txn->store->dir_fd, GRAY_INDEX_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    folder = fd != -1 ? fdopendir(fd) : NULL;
    if (folder == NULL) {
        if (fd != -1) {
            close(fd);
        }
        return GRAY_STORE_OK; /* no folder, no orphans */
    }

    while (rc == GRAY_STORE_OK && (entry = readdir(folder)) != NULL) {
        uint64_t id = id_of(entry->d_name);

        if (id != 0) {
            rc = note_orphan(txn, id);
        }
    }
    closedir(folder);

    return rc;
}
