/*
 * What the files of the index share: its file, its slots, and what a
 * transaction does to it. docs/store-format.md describes the file.
 *
 * WHAT HOLDS, AT EVERY INSTRUCTION AND ON DISK
 *
 * A file that says READY and names a digest, as `from` or as `to`, answers
 * right for the list of that digest. A digest is the list's content, so it does
 * not matter by which way the list came to it. Hence the order of a commit:
 *
 *   mark      ASK for each member that changes, in the pages as they are
 *   split     the pages that the list has outgrown, into pages that nobody
 *             reads yet
 *   name      `from` and `to`, the digests before and after
 *   sync      the file, then LMDB's commit
 *   publish   the new number of pages
 *   settle    YES for members that stay, GONE for those that do not
 *
 * A crash between any two leaves slots that say ASK, and that is right always.
 *
 * LOCKS: the index of a list of some name is marked with LMDB's writer lock
 * held and its own taken after it; its own lasts until it is settled. The
 * kernel releases it when the process dies. Files appear and vanish under
 * LMDB's lock too, but for those of lists that have no name any more.
 */

#ifndef GRAY_STORE_INDEX_INTERNAL_H
#define GRAY_STORE_INDEX_INTERNAL_H

#include "store_internal.h"

#define GRAY_INDEX_PAGE 4096
#define GRAY_INDEX_SLOTS 512 /* of a page; the first says whether it is full */
#define GRAY_INDEX_LINES 64  /* of a page, each a cache line of 8 slots      */
#define GRAY_INDEX_LINE 8

/* Splitting begins and ends when the list fills so many percent of the pages
 * that it has without. */
#define GRAY_INDEX_BEGIN 70
#define GRAY_INDEX_END 84

/* The pages double at most so many times. */
#define GRAY_INDEX_LEVELS 16

/* A list without an index is given one inside the commit that finds it so, up
 * to this many members: some 10 ms. */
#define GRAY_INDEX_SMALL 100000

/* --- the file -------------------------------------------------------------- */

typedef _Atomic uint64_t gray_index_slot_t;

typedef enum {
    GRAY_INDEX_BUILDING = 1, /* of a list in the making, or being built       */
    GRAY_INDEX_READY = 2
} gray_index_state_t;

typedef struct {
    char magic[8];
    uint64_t store[2]; /* its id                                          */
    uint64_t list;     /* its id                                          */
    uint64_t base;     /* pages in the beginning                          */
    uint64_t checksum; /* of all before                                   */
    _Atomic uint64_t state;
    _Atomic uint64_t growth;  /* see below                                  */
    _Atomic uint64_t synced;  /* a growth that was on disk when it was set   */
    _Atomic uint64_t members; /* while BUILDING, of a list in the making    */
    _Atomic uint64_t lost;    /* members that found no slot                 */
    _Atomic uint64_t from[2]; /* digests of the list                       */
    _Atomic uint64_t to[2];
} gray_index_header_t;

/*
 * The growth: how often the pages doubled (the upper 32 bits), and how many of
 * them were split once more (the lower). Linear hashing, W. Litwin, VLDB 1980.
 */
#define gray_index_growth(level, split) ((uint64_t) (level) << 32 | (split))
#define gray_index_level(growth) ((unsigned) ((growth) >> 32))
#define gray_index_split(growth) ((growth) &0xffffffff)

static inline uint64_t
gray_index_pages(uint64_t base, uint64_t growth)
{
    return (base << gray_index_level(growth)) + gray_index_split(growth);
}

struct gray_index_s {
    int fd;
    bool writable;
    uint64_t list; /* its id                                              */
    uint64_t base;
    size_t pages; /* that are mapped, the header's left out               */
    union {
        unsigned char *map;
        gray_index_header_t *header;
    };
};

/* index_file.c. The path of a list's index, relative to the store's folder. */
#define GRAY_INDEX_DIR "index"
#define GRAY_INDEX_PATH_MAX sizeof(GRAY_INDEX_DIR "/0123456789abcdef")
void gray_index_path(uint64_t list, char path[GRAY_INDEX_PATH_MAX]);

/* Maps the file and checks what never changes in it. ENOTFOUND: it is missing
 * or not to be trusted. */
int gray_index_map(
    gray_store_t *store, uint64_t list, bool writable, gray_index_t **index);

/* A new file, BUILDING, with room for the members; another one of the same
 * list is gone. Fails when there is no space. */
int gray_index_create(
    gray_store_t *store, uint64_t list, uint64_t members, gray_index_t **index);

/* Whether the handle's file is still the one that has the name. */
bool gray_index_current(const gray_store_t *store, const gray_index_t *index);

/* Makes the map as long as `pages` needs, the file too when it is writable. */
int gray_index_reach(gray_index_t *index, uint64_t pages);

/* The lock of who marks and settles; and the one that says that a builder is
 * alive. Both last until the index is closed or unlocked. */
typedef enum {
    GRAY_INDEX_LOCK_WRITER,
    GRAY_INDEX_LOCK_BUILDER
} gray_index_lock_t;

int gray_index_lock(gray_index_t *index, gray_index_lock_t lock, bool wait);
void gray_index_unlock(gray_index_t *index, gray_index_lock_t lock);

int gray_index_sync(gray_store_t *store, gray_index_t *index);

/* Nobody shall trust it any more: the file goes. */
void gray_index_give_up(gray_store_t *store, uint64_t list);

/* Who has it mapped shall not trust it any more either, from the next
 * transaction on: it may be wrong. */
void gray_index_retire(gray_store_t *store, uint64_t list);

/* Of a list that is gone: the file goes, unless a reader has it mapped still.
 * Who lets go of a deleted file last pays for it, tens of milliseconds for a
 * large one, and that must be no worker; a later purge looks again. */
void gray_index_bury(gray_store_t *store, uint64_t list);

/* As gray_index_give_up, and it will not be back after a power loss. */
int gray_index_give_up_for_good(gray_store_t *store, uint64_t list);

/* --- slots ------------------------------------------------------------------ */

/* The lower two bits of a slot; the others are the hash. */
enum {
    GRAY_INDEX_SLOT_YES = 1,
    GRAY_INDEX_SLOT_ASK = 2,
    GRAY_INDEX_SLOT_GONE = 3, /* may be used again                         */
    GRAY_INDEX_SLOT_STATE = 3
};

/* Of a slot or a note: it without its state. */
static inline uint64_t
gray_index_hash_of(uint64_t slot)
{
    return slot & ~(uint64_t) GRAY_INDEX_SLOT_STATE;
}

/* A slot is 0 only when it was never used. */
static inline uint64_t
gray_index_hash(uint64_t hash)
{
    hash = gray_index_hash_of(hash);

    return hash != 0 ? hash : GRAY_INDEX_SLOT_STATE + 1;
}

static inline uint64_t
gray_index_page_of(uint64_t base, uint64_t growth, uint64_t hash)
{
    uint64_t mask = ((uint64_t) 1 << gray_index_level(growth)) - 1;
    uint64_t first = ((hash >> 32) * base) >> 32;
    uint64_t page = first + base * ((hash >> 16) & mask);

    return page < gray_index_split(growth)
               ? first + base * ((hash >> 16) & (mask << 1 | 1))
               : page;
}

static inline unsigned
gray_index_line_of(uint64_t hash)
{
    return (hash >> 10) % GRAY_INDEX_LINES;
}

static inline gray_index_slot_t *
gray_index_page(const gray_index_t *index, uint64_t page)
{
    return (gray_index_slot_t *) (void *) (index->map
                                           + (page + 1) * GRAY_INDEX_PAGE);
}

/* index_slots.c. What is done with the notes of a transaction. */
typedef enum {
    GRAY_INDEX_MARK,   /* before the commit                               */
    GRAY_INDEX_SETTLE, /* after it                                        */
    GRAY_INDEX_DIRECT  /* nobody reads the index yet                      */
} gray_index_step_t;

/* A note is a hash with the state that the slot will be in. */
void gray_index_apply(gray_index_t *index, const uint64_t *notes, size_t n,
    gray_index_step_t step);

/* Pages for so many members, splitting and publishing at once. For an index
 * that nobody reads. */
void gray_index_grow(gray_index_t *index, uint64_t members);

/* The growth that so many members need, from the one that is there. */
uint64_t gray_index_growth_for(
    uint64_t base, uint64_t growth, uint64_t members);

/* Splits up to the growth `to`, without publishing it. Returns how far it came:
 * the disk may be full. */
uint64_t gray_index_split_to(gray_index_t *index, uint64_t to);

/* Slots that say YES, where they are to be looked for. */
uint64_t gray_index_count_yes(const gray_index_t *index);

/* index_pending.c. Keeps the notes of a list in the making, or writes them into
 * its index when they are many. */
void gray_index_pend(
    gray_store_t *store, uint64_t list, const uint64_t *notes, size_t n);

/* Writes what is kept of the list, or forgets it. */
void gray_index_pend_write(gray_store_t *store, uint64_t list);
void gray_index_pend_forget(gray_store_t *store, uint64_t list);

/* index_commit.c. The index for writing, mapped or as it was left by the last
 * transaction; and leaving it for the next. */
int gray_index_take(gray_store_t *store, uint64_t list, gray_index_t **index);
void gray_index_leave(gray_store_t *store, gray_index_t *index);

/* --- what a transaction does -------------------------------------------------- */

typedef enum {
    GRAY_INDEX_OF_NOBODY, /* garbage: nothing is noted                      */
    GRAY_INDEX_OF_NAME,
    GRAY_INDEX_OF_MAKING
} gray_index_owner_t;

/* What a transaction changes in one list. */
typedef struct {
    uint64_t list;
    gray_index_owner_t owner; /* when the list was first touched            */
    uint64_t before[2];       /* its digest then                           */
    bool began;               /* it is made by this transaction, …         */
    uint64_t expected;        /* … of so many members                      */
    bool switched;            /* it was in the making and gets a name      */
    bool forget;              /* it loses its name, or its members         */
    bool done;                /* prepared directly: nothing to settle      */
    uint64_t growth;          /* to be published                           */
    gray_index_t *index;      /* between prepare and finish                */
    uint64_t *notes;
    size_t n;
    size_t room;
} gray_index_change_t;

/* index_note.c. Leaves of each member the last note, in the order of pages: who
 * reads while notes are settled must not find one that a later note corrects.
 * False: no memory. */
bool gray_index_note_last(gray_index_change_t *change);

/* As many lists with an index as one transaction should touch: each is one
 * more wait for the disk. */
#define GRAY_INDEX_TOUCH 16

struct gray_index_changes_s {
    gray_index_change_t *changes;
    size_t n;
    size_t room;
    size_t last;   /* that was noted                                        */
    size_t longer; /* lists of GRAY_INDEX_MIN members and more              */
};

/* index_note.c. The header of the list that has this id, and a name. */
int gray_index_header_now(gray_txn_t *txn, uint64_t id, gray_list_t *list);

/* index_build.c. Fills a new index with the members that the transaction
 * sees, and makes it READY for the digest. */
int gray_index_build_now(gray_txn_t *txn, const gray_list_t *list);

/* All is in it: on disk, then READY for the digest. */
int gray_index_ready(
    gray_store_t *store, gray_index_t *index, const gray_list_t *list);

static inline bool
gray_index_names(const gray_index_header_t *header, const uint64_t digest[2])
{
    return (atomic_load_explicit(&header->from[0], memory_order_acquire)
                   == digest[0]
               && atomic_load_explicit(&header->from[1], memory_order_acquire)
                      == digest[1])
           || (atomic_load_explicit(&header->to[0], memory_order_acquire)
                   == digest[0]
               && atomic_load_explicit(&header->to[1], memory_order_acquire)
                      == digest[1]);
}

/* For tests: told of each step of a commit that a crash may come after. */
typedef enum {
    GRAY_INDEX_AT_MARKED,
    GRAY_INDEX_AT_SPLIT,
    GRAY_INDEX_AT_NAMED,
    GRAY_INDEX_AT_SYNCED, /* a file was                                   */
    GRAY_INDEX_AT_PREPARED,
    GRAY_INDEX_AT_COMMITTED,
    GRAY_INDEX_AT_PUBLISHED,
    GRAY_INDEX_AT_SETTLED,
    GRAY_INDEX_AT_CREATED,
    GRAY_INDEX_AT_COUNT
} gray_index_at_t;

static inline void
gray_index_at(const gray_store_t *store, gray_index_at_t at, uint64_t list)
{
    if (store->index_at != NULL) {
        store->index_at(store->index_at_data, (int) at, list);
    }
}

#endif
