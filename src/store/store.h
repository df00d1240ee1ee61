/*
 * The store: a folder holding an LMDB environment, and transactions over it.
 *
 * This part knows bytes and keys, not rules: what a release or an audit
 * record says is for src/core and src/control. It is the only code that
 * includes lmdb.h.
 *
 * The other subjects have their own header: releases.h, lists.h, members.h,
 * audit.h, upkeep.h (purge, info, copy).
 *
 * HAZARDS (LMDB's own, see the caveats at the top of lmdb.h)
 *
 * - Open a store at most once per process, and never before a fork: POSIX
 *   locks and reader slots belong to the process. nginx workers open it in
 *   init_process, never the master.
 * - A read transaction lasts microseconds in a worker and at most 100 ms
 *   anywhere: a long reader pins every page that is freed meanwhile. It never
 *   spans an event of nginx's loop.
 * - No write transaction of anybody lasts over 100 ms.
 * - Stock LMDB has no page checksums. Release records and list headers carry
 *   one; gray_store_release_get and gray_store_list_get check it.
 * - One kernel, PID namespace and libc per store at a time: LMDB knows its
 *   readers by process id. DIR/namespace says which; whoever opens the store
 *   holds a lock on it (place.c), so that a stale record (after a reboot, or a
 *   container started anew) is told from a store in use elsewhere
 *   (ENAMESPACE).
 * - A pointer that a getter returns lives in the map, and is valid until the
 *   transaction ends or, in a write transaction, until its next write.
 *
 * FILES, all made by gray_store_create with explicit owner, group and mode:
 *
 *   DIR/VERSION    0640   "nginx-gray store, schema 1\n": all that nginx's
 *                         configuration phase reads
 *   DIR/data.mdb   0640   LMDB
 *   DIR/lock.mdb   0660   LMDB's readers need to write it
 *   DIR/namespace  0660   where it is open: one line, written by who opens
 *
 * The folder itself is 0750. docs/store-format.md describes every byte.
 *
 * Functions return 0 or a negative gray_store_error_t; gray_store_strerror
 * gives the words. A transaction that failed is to be aborted.
 */

#ifndef GRAY_STORE_STORE_H
#define GRAY_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The schema this code reads and writes. */
#define GRAY_STORE_SCHEMA 1

/* The reader table; the first opener fixes it, so it is a constant. */
#define GRAY_STORE_READERS 4096

/* Address space, not memory or disk. GRAY_STORE_MAP_SIZE may be set smaller
 * when compiling, for tests of a full map. */
#ifndef GRAY_STORE_MAP_SIZE
#define GRAY_STORE_MAP_SIZE ((size_t) 64 << 30)
#endif

typedef enum {
    GRAY_STORE_OK = 0,
    GRAY_STORE_ENOTFOUND = -1,   /* no such key                              */
    GRAY_STORE_ENOSTORE = -2,    /* no store in this folder                  */
    GRAY_STORE_EPERMISSION = -3, /* the file system refuses                  */
    GRAY_STORE_EFULL = -4,       /* the disk is full (LMDB: ENOSPC or EIO on
                                     a full disk)                             */
    GRAY_STORE_EMAPFULL = -5,    /* the 64 GiB map is full                   */
    GRAY_STORE_EREPLACED = -6,   /* the folder holds another store now       */
    GRAY_STORE_ESCHEMA = -7,     /* a newer or older schema                  */
    GRAY_STORE_EDAMAGED = -8,    /* size, checksum or structure              */
    GRAY_STORE_EREADONLY = -9,   /* a read-only mount: LMDB would read
                                     without reader slots; refused            */
    GRAY_STORE_ENAMESPACE = -10, /* in use from another PID namespace, kernel
                                     or libc                                  */
    GRAY_STORE_EMEMORY = -11,    /* no memory or address space               */
    GRAY_STORE_EREADERS = -12,   /* the reader table is full                 */
    GRAY_STORE_EINVALID = -13,   /* key empty or too long                    */
    GRAY_STORE_EEXISTS = -14,    /* create: a store is there already         */
    GRAY_STORE_ESYSTEM = -15     /* anything else; see gray_store_detail     */
} gray_store_error_t;

/* Bytes in the map or the caller's. */
typedef struct {
    size_t len;
    const void *data;
} gray_bytes_t;

typedef struct gray_store_s gray_store_t;
typedef struct gray_txn_s gray_txn_t;

/* Words for an error, e.g. "the disk is full". Never NULL. */
const char *gray_store_strerror(int error);

/* The system's or LMDB's own words for the last ESYSTEM, EDAMAGED or EFULL of
 * this thread. Never NULL. */
const char *gray_store_detail(void);

/*
 * Makes the folder's files (the folder itself too, one level) with schema,
 * a random id and revision 0. `group` owns them; (gid_t) -1 leaves the
 * process's. Refuses a folder that has a store (EEXISTS). Files stand there
 * complete or, after a crash, without VERSION, which is no store.
 */
int gray_store_create(const char *dir, gid_t group);

/* The schema in DIR/VERSION, without opening LMDB: safe in nginx's master.
 * Returns the schema, > 0, or an error. */
int gray_store_version(const char *dir);

/*
 * Opens for reading (workers, explain) or for reading and writing. Checks
 * VERSION, the sizes (before mapping), the mount, the namespace. The caller
 * owns *store.
 */
int gray_store_open(const char *dir, bool writable, gray_store_t **store);

/* All transactions must have ended. NULL is allowed. */
void gray_store_close(gray_store_t *store);

/* Whether the folder still holds the environment that is open (device and
 * inode of data.mdb): a restore exchanges folders. One stat(2). */
bool gray_store_current(const gray_store_t *store);

/* The last committed LMDB transaction, without starting one: a few
 * nanoseconds, no lock, no system call. When it is the same as a read transaction's
 * (gray_txn_id), nothing has changed. While a commit reaches the disk it is
 * told already, though reads still begin before it: never keep this number for
 * what was read, keep gray_txn_id. */
uint64_t gray_store_last_txn(gray_store_t *store);

/* --- transactions ------------------------------------------------------ */

/*
 * A read transaction. The first open one of a store handle is reused: begin
 * renews, end resets, neither allocates nor makes a system call after the
 * first time. Others that are open at the same time (other threads, or a copy)
 * are allocated. Any thread may begin one; who began it ends it.
 */
int gray_store_read(gray_store_t *store, gray_txn_t **txn);
void gray_store_read_end(gray_txn_t *txn);

/*
 * A write transaction: waits for the writer lock, clears readers of dead
 * processes, checks that the store is still the folder's (EREPLACED).
 * Exactly one of commit and abort must follow. Commit raises the revision
 * when `changed` was called, and fsyncs; when it fails nothing was written.
 * After a write failed, commit aborts and returns that error. When a commit
 * fails with ESYSTEM, close the store and open it again before the next write
 * (LMDB may have lost track of its meta pages).
 */
int gray_store_write(gray_store_t *store, gray_txn_t **txn);
int gray_store_commit(gray_txn_t *txn);
void gray_store_abort(gray_txn_t *txn);

/* For work in many write transactions, between two of them: lets those who
 * wait for the writer lock have it first. Returns at once when nobody waits,
 * and after 50 ms in any case. */
void gray_store_give_way(gray_store_t *store);

/* LMDB's id of the transaction's snapshot. */
uint64_t gray_txn_id(const gray_txn_t *txn);

/* The snapshot's revision: the counter of committed changes. In a write
 * transaction after gray_txn_changed: the one it will have. */
uint64_t gray_txn_revision(gray_txn_t *txn);

/* Marks that this transaction changes something that people see; returns the
 * revision it will have, in *revision. Idempotent. (Purging garbage does not
 * raise the revision.) */
int gray_txn_changed(gray_txn_t *txn, uint64_t *revision);

/* As gray_txn_changed, and the revision becomes higher than `least`: a restored
 * store goes on after the one that it replaces. */
int gray_txn_raise(gray_txn_t *txn, uint64_t least, uint64_t *revision);

/*
 * --- meta: a few settings of the store itself, by name --------------------
 *
 * The store's own (schema, id, revision, next_list, index_key) can be read but
 * neither put nor deleted (EINVALID).
 */
int gray_store_meta_get(gray_txn_t *txn, const char *key, gray_bytes_t *value);
int gray_store_meta_put(gray_txn_t *txn, const char *key, gray_bytes_t value);
int gray_store_meta_del(gray_txn_t *txn, const char *key);

/* The first setting whose name is after `after`, the store's own included; its
 * name is copied. ENOTFOUND at the end. */
int gray_store_meta_next(
    gray_txn_t *txn, const char *after, char name[64], gray_bytes_t *value);

#endif
