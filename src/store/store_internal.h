/*
 * What the files of src/store share. Only they, and their tests, include it.
 */

#ifndef GRAY_STORE_INTERNAL_H
#define GRAY_STORE_INTERNAL_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <lmdb.h>
#include <stdatomic.h>
#include <string.h>
#include "lists.h"
#include "index.h"
#include "members.h"
#include "siphash.h"
#include "store.h"

/* The databases; their names are in open.c, their keys and values in
 * docs/store-format.md. */
typedef enum {
    GRAY_DB_META,
    GRAY_DB_RELEASES,
    GRAY_DB_LISTS,
    GRAY_DB_NAMES,
    GRAY_DB_MEMBERS,
    GRAY_DB_EXPIRY,
    GRAY_DB_GARBAGE,
    GRAY_DB_AUDIT,
    GRAY_DB_COUNT
} gray_db_t;

typedef struct gray_index_changes_s gray_index_changes_t;
/* What a transaction found when it began; see room.c. */
typedef struct {
    uint64_t members;  /* their number                                     */
    uint64_t releases; /* pages                                            */
} gray_room_t;

struct gray_txn_s {
    gray_store_t *store;
    MDB_txn *txn;
    gray_index_changes_t *changes; /* of indexes; NULL: none               */
    gray_room_t room;
    int error;         /* the first failed write: sticky, commit returns it */
    uint64_t revision; /* that a write gives; 0: nothing changed yet       */
    MDB_cursor *append[GRAY_DB_COUNT]; /* append.c's, at a database's end; LMDB
                                          closes them with the transaction   */
};

/* Notes of a list in the making that its index has not got yet. */
typedef struct {
    uint64_t list;
    uint64_t *notes;
    size_t n;
    size_t room;
} gray_index_pending_t;

struct gray_store_s {
    MDB_env *env;
    MDB_dbi dbi[GRAY_DB_COUNT];
    bool writable;
    bool indexed;   /* what is written is noted for indexes */
    int dir_fd;     /* DIR, wherever a restore puts it      */
    int place_fd;   /* DIR/namespace, whose lock says "open here" */
    uint64_t place; /* hash of boot, PID namespace and libc       */
    dev_t dev;      /* of data.mdb                                */
    ino_t ino;
    atomic_flag reading; /* `reader` is in use                         */
    gray_txn_t reader;
    gray_txn_t writer;
    uint64_t id[2];
    gray_siphash_key_t index_key;
    gray_index_t *index; /* that was written last, or NULL           */
    gray_index_pending_t pending;
    void (*index_at)(void *data, int at, uint64_t list); /* for tests */
    void *index_at_data;
    char data_path[]; /* DIR/data.mdb                               */
};

/* --- opening ------------------------------------------------------------- */

typedef struct {
    bool writable;
    size_t map_size;  /* 0: GRAY_STORE_MAP_SIZE          */
    unsigned flags;   /* LMDB's, in addition: MDB_NOSYNC */
    bool unindexed;   /* indexes are built at the end    */
    bool unversioned; /* VERSION may be missing          */
} gray_store_options_t;

/* As gray_store_open, with what only tests and copies may choose. */
int gray_store_open_with(
    const char *dir, const gray_store_options_t *options, gray_store_t **store);

/* An environment with every database opened (made, when `create`), none of
 * the checks. */
int gray_store_open_env(const char *dir, const gray_store_options_t *options,
    bool create, MDB_env **env, MDB_dbi dbi[GRAY_DB_COUNT]);

const char *gray_store_db_name(gray_db_t db);

/* DIR/NAME, allocated; NULL when there is no memory. */
char *gray_store_path(const char *dir, const char *name);

/* pages.c: what LMDB will trust when it opens data.mdb is read and checked
 * without mapping it. */
int gray_store_check_pages(const char *data_path);

/* lock_file.c: before LMDB opens it. Not while this process has the store
 * open: closing a file drops the locks that LMDB holds on it. */
int gray_store_lock_file_allocate(const char *dir, bool create);

/*
 * room.c: whether less than the part of the map that is kept for deleting is
 * free; what the transaction begins with; whether it may be committed
 * (EMAPFULL: it adds, and room is short). The pages that a commit replaces
 * can be used again by the second one after it: gray_room_make commits twice.
 */
bool gray_room_is_short(const gray_store_t *store, MDB_txn *mdb);
void gray_room_begin(gray_txn_t *txn);
int gray_room_check(gray_txn_t *txn);
void gray_room_make(gray_store_t *store);

/* place.c: takes this process's part in DIR/namespace, or ENAMESPACE. The
 * lock lasts until *fd is closed. */
int gray_store_place_enter(const char *dir, int *fd, uint64_t *place);

/* Says to other processes that this one waits for the writer lock, until it is
 * called with false; and whether any other says so. */
void gray_store_place_wait(int fd, bool waiting);
bool gray_store_place_awaited(int fd);

/* --- errors -------------------------------------------------------------- */

/* The error for LMDB's or the system's code; keeps its words as detail. */
int gray_store_error(int code);

/* As above, about a file: "DIR/data.mdb: No space left on device". */
int gray_store_error_at(int code, const char *path);

/* As gray_store_error, for a write: EIO on a full disk is EFULL. */
int gray_store_error_disk(int code, const gray_store_t *store);

/* Keeps the words as detail and returns `error`. */
int gray_store_fail(int error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* --- bytes --------------------------------------------------------------- */

static inline gray_bytes_t
gray_bytes(const void *data, size_t len)
{
    return (gray_bytes_t){ len, data };
}

/* Copies bytes (their data may be NULL when there are none); returns the end. */
static inline unsigned char *
gray_put_bytes(unsigned char *to, gray_bytes_t bytes)
{
    if (bytes.len != 0) {
        memcpy(to, bytes.data, bytes.len);
    }

    return to + bytes.len;
}

/* Big-endian, so that LMDB's order of bytes is the order of numbers. */
static inline void
gray_put_be64(unsigned char *to, uint64_t value)
{
    value = __builtin_bswap64(value);
    memcpy(to, &value, 8);
}

static inline uint64_t
gray_get_be64(const unsigned char *from)
{
    uint64_t value;

    memcpy(&value, from, 8);
    return __builtin_bswap64(value);
}

/* hash.c: 64 bits, for checksums and digests. */
uint64_t gray_store_hash(const void *data, size_t len, uint64_t seed);

/* A record's checksum; `name` is its key, so that records cannot be taken
 * for each other. */
uint32_t gray_store_checksum(gray_bytes_t record, const char *name);

/* --- one database: get, put, delete --------------------------------------- */

/* Names are 1 to 63 bytes: GRAY_STORE_EINVALID otherwise. */
int gray_store_name_key(const char *name, gray_bytes_t *key);

int gray_db_get(
    gray_txn_t *txn, gray_db_t db, gray_bytes_t key, gray_bytes_t *value);
int gray_db_put(
    gray_txn_t *txn, gray_db_t db, gray_bytes_t key, gray_bytes_t value);
/* As put, but EEXISTS and the old value when the key is there. */
int gray_db_add(gray_txn_t *txn, gray_db_t db, gray_bytes_t key,
    gray_bytes_t value, gray_bytes_t *old);
int gray_db_del(gray_txn_t *txn, gray_db_t db, gray_bytes_t key);

/* The first entry whose key is after `after` (len 0: the first). */
int gray_db_next(gray_txn_t *txn, gray_db_t db, gray_bytes_t after,
    gray_bytes_t *key, gray_bytes_t *value);

/* The last entry whose key is before `before` (len 0: the last). */
int gray_db_prev(gray_txn_t *txn, gray_db_t db, gray_bytes_t before,
    gray_bytes_t *key, gray_bytes_t *value);

/* As gray_db_next, for keys that are names. */
int gray_db_next_name(
    gray_txn_t *txn, gray_db_t db, const char *after, char name[64]);

int gray_db_entries(gray_txn_t *txn, gray_db_t db, uint64_t *entries);

/* A failed write spoils its transaction: remembers and returns the error. */
int gray_txn_failed(gray_txn_t *txn, int code);

/* --- meta keys that the store itself keeps ------------------------------- */

#define GRAY_META_SCHEMA "schema"
#define GRAY_META_ID "id"
#define GRAY_META_REVISION "revision"
#define GRAY_META_NEXT_LIST "next_list"
#define GRAY_META_INDEX_KEY "index_key"

int gray_meta_get_number(gray_txn_t *txn, const char *key, uint64_t *number);
int gray_meta_put_number(gray_txn_t *txn, const char *key, uint64_t number);

/* 16 random bytes. */
int gray_meta_put_random(gray_txn_t *txn, const char *key);

/* As gray_store_meta_put, the store's own keys included. */
int gray_meta_put_any(gray_txn_t *txn, gray_bytes_t key, gray_bytes_t value);

/* The key after `after` in meta. */
int gray_meta_next(gray_txn_t *txn, gray_bytes_t after, gray_bytes_t *key,
    gray_bytes_t *value);

/* --- lists --------------------------------------------------------------- */

/* A header in the store is at most this long (list_header.c). */
#define GRAY_LIST_HEADER_MAX (56 + 129 * 5)

size_t gray_list_encode(const gray_list_t *list, const char *name,
    unsigned char to[GRAY_LIST_HEADER_MAX]);
int gray_list_decode(gray_bytes_t from, const char *name, gray_list_t *list);

/* A list id that no list ever had. */
int gray_list_new_id(gray_txn_t *txn, uint64_t *id);

/* Writes header and id -> name, whatever was there. */
int gray_list_write(gray_txn_t *txn, const char *name, const gray_list_t *list);

/* A garbage record: an id whose members are to be purged, or, with `making`,
 * a list that a live process is about to switch to. */
typedef struct {
    uint32_t pid; /* 0: nobody's     */
    uint64_t start;
    uint64_t place;
    bool making;
    gray_list_t list; /* when `making`   */
} gray_garbage_t;

int gray_garbage_get(gray_txn_t *txn, uint64_t id, gray_garbage_t *garbage);
int gray_garbage_put(
    gray_txn_t *txn, uint64_t id, const gray_garbage_t *garbage);
int gray_garbage_del(gray_txn_t *txn, uint64_t id);
int gray_garbage_next(gray_txn_t *txn, uint64_t after, uint64_t *id);

/* Whether its import may still be running. */
bool gray_garbage_alive(
    const gray_store_t *store, const gray_garbage_t *garbage);

/* process.c: when a process started, in clock ticks since boot; 0 when it
 * cannot be known. */
uint64_t gray_process_start(uint32_t pid);
bool gray_process_gone(uint32_t pid);

/* --- members ------------------------------------------------------------- */

#define GRAY_MEMBER_KEY_MAX (8 + GRAY_STORE_KEY_MAX)
#define GRAY_EXPIRY_KEY_MAX (8 + GRAY_MEMBER_KEY_MAX)

/* An ip list's key. */
#define GRAY_STORE_IP_KEY 17

#define GRAY_MEMBER_VALUE_MAX (8 + GRAY_STORE_NOTE_MAX)

/* Whether the list may have a member with this key. */
bool gray_member_valid(const gray_list_t *list, gray_bytes_t key);

/* A member in `members`, and in `expiry`; `member` is its key in `members`. */
gray_bytes_t gray_member_key(
    uint64_t id, gray_bytes_t key, unsigned char to[GRAY_MEMBER_KEY_MAX]);
gray_bytes_t gray_expiry_key(uint64_t expiry, gray_bytes_t member,
    unsigned char to[GRAY_EXPIRY_KEY_MAX]);

gray_bytes_t gray_member_encode(
    const gray_member_t *member, unsigned char to[GRAY_MEMBER_VALUE_MAX]);
void gray_member_decode(gray_bytes_t value, gray_member_t *member);

/* Counts a member in (+1) or out (-1): count, digest, blocks. */
void gray_list_count(
    gray_list_t *list, gray_bytes_t key, uint64_t expiry, int sign);

/* --- the index of a list --------------------------------------------------- */

/* Notes what this transaction did to a member of the list: put (sign 1, with
 * its expiry) or deleted (-1). `hash` is the key's gray_siphash under the store's
 * index key. The commit writes what was noted. */
int gray_index_note(gray_txn_t *txn, const gray_list_t *list, uint64_t hash,
    uint64_t expiry, int sign);

/* The same, with the key. */
int gray_index_note_key(gray_txn_t *txn, const gray_list_t *list,
    gray_bytes_t key, uint64_t expiry, int sign);

/* Notes what becomes of a whole list: its making begins, it is about to get
 * its name, it is dropped. */
int gray_index_note_begin(gray_txn_t *txn, uint64_t list, uint64_t expected);
int gray_index_note_switch(gray_txn_t *txn, uint64_t list);
int gray_index_note_forget(gray_txn_t *txn, uint64_t list);

/* Notes the indexes that no list has. */
int gray_index_note_orphans(gray_txn_t *txn);

/* Whether the transaction has touched as many indexes as it should. */
bool gray_index_enough(const gray_txn_t *txn);

/* Around LMDB's commit. An error of `prepare` means: do not commit. `finish` is
 * called in any case, with what LMDB's commit gave. */
int gray_index_prepare(gray_txn_t *txn);
void gray_index_finish(gray_txn_t *txn, bool committed);

/* Reads id and key when a store is opened. */
int gray_index_identify(gray_store_t *store);

/* The bytes that all indexes take on disk. */
uint64_t gray_index_disk(const gray_store_t *store);

/* Builds the indexes of all lists that should have one. */
int gray_index_build_all(gray_store_t *store);

/* --- copies -------------------------------------------------------------- */

/* The lists of a copy, counted from the members that were put there. */
typedef struct {
    gray_list_t *sums; /* by their id                          */
    size_t n;
    size_t room;
    size_t last;       /* that was found                       */
    uint64_t unwanted; /* the id of a list that is not copied  */
    uint64_t members;  /* that were told                       */
} gray_copy_lists_t;

/* copy_list.c: a member of the source was told; `read` is its snapshot. PASS
 * (follow.h): its list is not copied. */
int gray_copy_member(gray_copy_lists_t *lists, gray_txn_t *read,
    gray_txn_t *write, gray_bytes_t key, gray_bytes_t value, bool walking);
int gray_copy_member_gone(
    gray_copy_lists_t *lists, gray_txn_t *write, gray_bytes_t key);

/* Writes the headers of the source's lists, when they are what was counted
 * (EDAMAGED), and makes garbage of what else was copied. */
int gray_copy_headers(
    gray_copy_lists_t *lists, gray_txn_t *read, gray_txn_t *write);

/* Milliseconds of the monotonic clock. */
uint64_t gray_store_clock(void);

#endif
