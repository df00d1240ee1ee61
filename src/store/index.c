/* Asking the index of a list. */

#include "index_internal.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* The list may be growing while it is searched. */
#define TRIES 4

int
gray_store_index_key(gray_txn_t *txn, gray_siphash_key_t *key)
{
    gray_bytes_t value;
    int rc = gray_store_meta_get(txn, GRAY_META_INDEX_KEY, &value);

    if (rc == GRAY_STORE_OK && value.len != 16) {
        rc = gray_store_fail(GRAY_STORE_EDAMAGED,
            "meta: '%s' is not a key of 16 bytes", GRAY_META_INDEX_KEY);
    }

    if (rc == GRAY_STORE_OK) {
        memcpy(&key->k0, value.data, 8);
        memcpy(&key->k1, (const char *) value.data + 8, 8);
    }

    return rc;
}

/* A transaction of its own, that leaves no reader's slot behind. */
int
gray_index_identify(gray_store_t *store)
{
    gray_txn_t txn = { .store = store };
    gray_bytes_t id;
    int rc = mdb_txn_begin(store->env, NULL, MDB_RDONLY, &txn.txn);

    if (rc != 0) {
        return gray_store_error(rc);
    }

    store->indexed = false;
    if (gray_store_meta_get(&txn, GRAY_META_ID, &id) == GRAY_STORE_OK
        && id.len == sizeof(store->id)
        && gray_store_index_key(&txn, &store->index_key) == GRAY_STORE_OK)
    {
        memcpy(store->id, id.data, sizeof(store->id));
        store->indexed = true;
    }

    mdb_txn_abort(txn.txn);

    return GRAY_STORE_OK;
}

/* --- one list --------------------------------------------------------------------- */

bool
gray_index_holds(const gray_index_t *index, const gray_list_t *list)
{
    return index->list == list->id
           && atomic_load_explicit(&index->header->state, memory_order_acquire)
                  == GRAY_INDEX_READY
           && gray_index_names(index->header, list->digest);
}

int
gray_index_open(
    gray_store_t *store, const gray_list_t *list, gray_index_t **indexp)
{
    gray_index_t *index;
    int rc = store->indexed ? gray_index_map(store, list->id, false, &index)
                            : GRAY_STORE_ENOTFOUND;

    if (rc == GRAY_STORE_OK && !gray_index_holds(index, list)) {
        gray_index_close(index);
        rc = GRAY_STORE_ENOTFOUND;
    }

    if (rc == GRAY_STORE_OK) {
        *indexp = index;
    }

    return rc;
}

/* --- one member --------------------------------------------------------------------- */

typedef enum {
    LINE_FULL,
    LINE_END, /* it has an empty slot: the search ends */
    LINE_YES,
    LINE_ASK,
} line_t;

static inline line_t
look_at(const gray_index_slot_t *line, unsigned first, uint64_t hash)
{
    const gray_index_slot_t *end = line + GRAY_INDEX_LINE;

    for (line += first; line < end; line++) {
        uint64_t slot = atomic_load_explicit(line, memory_order_acquire);

        /* The hash has zeros where the slot has its state. */
        if ((slot ^ hash) <= GRAY_INDEX_SLOT_STATE) {
            switch (slot & GRAY_INDEX_SLOT_STATE) {
            case GRAY_INDEX_SLOT_YES:
                return LINE_YES;
            case GRAY_INDEX_SLOT_ASK:
                return LINE_ASK;
            default:
                return LINE_END; /* no hash stands in a page twice */
            }
        }

        if (slot == 0) {
            return LINE_END; /* the first free slot of a line is taken first */
        }
    }

    return LINE_FULL;
}

static gray_index_answer_t
look(const gray_index_slot_t *slots, uint64_t hash)
{
    unsigned line = gray_index_line_of(hash);

    for (unsigned i = 0; i < GRAY_INDEX_LINES; i++) {
        switch (look_at(slots + line * GRAY_INDEX_LINE, line == 0, hash)) {
        case LINE_YES:
            return GRAY_INDEX_YES;
        case LINE_ASK:
            return GRAY_INDEX_ASK;
        case LINE_END:
            return GRAY_INDEX_NO;
        default:
            line = (line + 1) % GRAY_INDEX_LINES;
        }
    }

    /* A full page: one that had no room for some member says so. */
    return atomic_load_explicit(slots, memory_order_acquire) == 0
               ? GRAY_INDEX_NO
               : GRAY_INDEX_ASK;
}

gray_index_answer_t
gray_index_find(gray_index_t *index, uint64_t hash)
{
    uint64_t growth
        = atomic_load_explicit(&index->header->growth, memory_order_acquire);

    hash = gray_index_hash(hash);

    for (int i = 0; i < TRIES; i++) {
        gray_index_answer_t answer;
        uint64_t page, now;

        /* The file was sound when it was opened; it may be damaged since. */
        if (gray_index_level(growth) > GRAY_INDEX_LEVELS) {
            return GRAY_INDEX_ASK;
        }

        page = gray_index_page_of(index->base, growth, hash);
        if (page >= index->pages
            && gray_index_reach(index, page + 1) != GRAY_STORE_OK) {
            return GRAY_INDEX_ASK;
        }

        answer = look(gray_index_page(index, page), hash);
        if (answer != GRAY_INDEX_NO) {
            return answer;
        }

        now = atomic_load_explicit(
            &index->header->growth, memory_order_acquire);
        if (now == growth) {
            return GRAY_INDEX_NO;
        }
        growth = now;
    }

    return GRAY_INDEX_ASK;
}

/* --- all --------------------------------------------------------------------------- */

uint64_t
gray_index_disk(const gray_store_t *store)
{
    int fd = openat(
        store->dir_fd, GRAY_INDEX_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = fd != -1 ? fdopendir(fd) : NULL;
    struct dirent *entry;
    struct stat file;
    uint64_t bytes = 0;

    if (folder == NULL) {
        if (fd != -1) {
            close(fd);
        }
        return 0;
    }

    while ((entry = readdir(folder)) != NULL) {
        if (fstatat(fd, entry->d_name, &file, AT_SYMLINK_NOFOLLOW) == 0
            && S_ISREG(file.st_mode))
        {
            bytes += (uint64_t) file.st_blocks * 512;
        }
    }
    closedir(folder);

    return bytes;
}
