/* The header of a list, counted anew while the list goes on changing. */

#include "repair.h"
#include "follow.h"

#include <time.h>

#define SLICE 30

/* What a header says beside what can be counted. */
typedef struct {
    uint8_t kind;
    uint64_t id;
    uint64_t created;
} remains_t;

typedef struct {
    gray_list_t sum;
    bool addresses; /* all keys may be those of an ip list          */
    bool binary;    /* some key cannot be typed as a string's      */
} count_t;

static void
judge_key(count_t *count, gray_bytes_t key)
{
    const unsigned char *bytes = key.data;

    count->addresses
        = count->addresses && key.len == GRAY_STORE_IP_KEY && bytes[16] <= 128;
    for (size_t i = 0; i < key.len; i++) {
        count->binary = count->binary || bytes[i] < 0x20;
    }
}

static int
count_put(void *data, gray_db_t db, gray_bytes_t key, gray_bytes_t value,
    const gray_bytes_t *old, bool walking)
{
    gray_bytes_t name = gray_bytes((const char *) key.data + 8, key.len - 8);
    count_t *count = data;
    gray_member_t member;

    (void) db;
    (void) walking;
    if (key.len <= 8) {
        return GRAY_STORE_OK;
    }

    if (old != NULL) {
        gray_member_decode(*old, &member);
        gray_list_count(&count->sum, name, member.expiry, -1);
    }

    judge_key(count, name);
    gray_member_decode(value, &member);
    gray_list_count(&count->sum, name, member.expiry, 1);

    return GRAY_STORE_OK;
}

static int
count_del(void *data, gray_db_t db, gray_bytes_t key, gray_bytes_t old)
{
    count_t *count = data;
    gray_member_t member;

    (void) db;
    if (key.len > 8) {
        gray_member_decode(old, &member);
        gray_list_count(&count->sum,
            gray_bytes((const char *) key.data + 8, key.len - 8), member.expiry,
            -1);
    }

    return GRAY_STORE_OK;
}

static const gray_follow_tell_t tell = { count_put, count_del };

/* --- a header that cannot be read ----------------------------------------------- */

static int
read_remains(gray_txn_t *txn, const char *name, remains_t *remains)
{
    gray_bytes_t key, value = { 0 };
    int rc = gray_store_name_key(name, &key);

    *remains = (remains_t){ .kind = 0 };
    if (rc == GRAY_STORE_OK) {
        rc = gray_db_get(txn, GRAY_DB_LISTS, key, &value);
    }

    if (rc == GRAY_STORE_OK && value.len >= 56) {
        const unsigned char *bytes = value.data;

        remains->kind = bytes[4];
        memcpy(&remains->id, bytes + 8, 8);
        memcpy(&remains->created, bytes + 40, 8);
    }

    return rc;
}

/* The id that `names` has for it; else the one that the header says, when it is
 * nobody else's. */
static int
find_id(
    gray_txn_t *txn, const char *name, const remains_t *remains, uint64_t *id)
{
    gray_bytes_t key = gray_bytes(NULL, 0), value;
    unsigned char bytes[8];
    int rc;

    while ((rc = gray_db_next(txn, GRAY_DB_NAMES, key, &key, &value))
           == GRAY_STORE_OK)
    {
        if (key.len == 8 && value.len == strlen(name)
            && memcmp(value.data, name, value.len) == 0)
        {
            *id = gray_get_be64(key.data);
            return GRAY_STORE_OK;
        }
    }

    if (rc != GRAY_STORE_ENOTFOUND) {
        return rc;
    }

    gray_put_be64(bytes, remains->id);
    key = gray_bytes(bytes, 8);
    if (remains->id == 0
        || gray_db_get(txn, GRAY_DB_NAMES, key, &value) == GRAY_STORE_OK
        || gray_db_get(txn, GRAY_DB_GARBAGE, key, &value) == GRAY_STORE_OK)
    {
        return GRAY_STORE_ENOTFOUND;
    }
    *id = remains->id;

    return GRAY_STORE_OK;
}

static void
make_header(
    const remains_t *remains, const count_t *count, gray_recount_t *recount)
{
    uint64_t now = (uint64_t) time(NULL);
    gray_list_t *header = &recount->error;

    *header = count->sum;
    header->created = remains->created <= now ? remains->created : now;
    header->changed = now;

    switch (remains->kind) {
    case GRAY_STORE_STRING:
        recount->kind_known = !count->binary || !count->addresses;
        break;
    case GRAY_STORE_IP:
        recount->kind_known = count->addresses;
        break;
    case GRAY_STORE_LIVE:
        recount->kind_known = count->sum.count == 0;
        break;
    default:
        recount->kind_known = false;
    }
}

/* --- counting ---------------------------------------------------------------------- */

static void
subtract(gray_list_t *from, const gray_list_t *what)
{
    from->count -= what->count;
    from->digest[0] -= what->digest[0];
    from->digest[1] -= what->digest[1];
    for (unsigned i = 0; i <= 128; i++) {
        from->blocks[i] -= what->blocks[i];
    }
}

static bool
is_nothing(const gray_list_t *list)
{
    static const gray_list_t nothing;

    return list->count == 0 && list->digest[0] == 0 && list->digest[1] == 0
           && memcmp(list->blocks, nothing.blocks, sizeof(list->blocks)) == 0;
}

static int
begin(gray_store_t *store, const char *name, remains_t *remains,
    gray_recount_t *recount, gray_store_kind_t *kind)
{
    gray_list_t list;
    gray_txn_t *txn;
    int rc = gray_store_read(store, &txn);

    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    rc = gray_store_list_get(txn, name, &list);
    recount->readable = rc == GRAY_STORE_OK;
    if (rc == GRAY_STORE_OK) {
        recount->id = list.id;
        *kind = list.kind;
    } else if (rc == GRAY_STORE_EDAMAGED) {
        rc = read_remains(txn, name, remains);
        if (rc == GRAY_STORE_OK) {
            rc = find_id(txn, name, remains, &recount->id);
        }
        *kind = (gray_store_kind_t) remains->kind;
    }
    gray_store_read_end(txn);

    return rc;
}

/* With all members told, in the snapshot that they are of. */
static int
conclude(gray_txn_t *txn, const char *name, const remains_t *remains,
    const count_t *count, gray_recount_t *recount)
{
    gray_list_t list;
    int rc = gray_store_list_get(txn, name, &list);

    recount->members = count->sum.count;

    if (!recount->readable) {
        if (rc != GRAY_STORE_EDAMAGED) {
            return rc == GRAY_STORE_OK ? GRAY_STORE_EINVALID : rc;
        }
        recount->wrong = true;
        make_header(remains, count, recount);
        return GRAY_STORE_OK;
    }

    if (rc != GRAY_STORE_OK || list.id != recount->id) {
        return rc == GRAY_STORE_OK ? GRAY_STORE_EINVALID : rc;
    }

    recount->error = list;
    subtract(&recount->error, &count->sum);
    recount->wrong = !is_nothing(&recount->error);

    return GRAY_STORE_OK;
}

int
gray_store_list_recount(gray_store_t *store, const char *name,
    int (*progress)(void *data, uint64_t members), void *data,
    gray_recount_t *recount)
{
    static const gray_db_t members = GRAY_DB_MEMBERS;
    count_t count = { .addresses = true };
    gray_follow_t follow = {
        .store = store,
        .tell = &tell,
        .data = &count,
        .dbs = &members,
        .ndbs = 1,
    };
    unsigned char prefix[8];
    remains_t remains = { .kind = 0 };
    int rc;

    *recount = (gray_recount_t){ .id = 0 };
    rc = begin(store, name, &remains, recount, &count.sum.kind);
    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    count.sum.id = recount->id;
    gray_put_be64(prefix, recount->id);
    follow.prefix = gray_bytes(prefix, sizeof(prefix));

    do {
        rc = gray_follow_step(&follow, gray_store_clock() + SLICE);
        if (rc >= 0 && progress != NULL && progress(data, count.sum.count) != 0)
        {
            rc = gray_store_fail(GRAY_STORE_ESYSTEM, "stopped");
        }
    } while (rc == 1);

    if (rc == GRAY_STORE_OK) {
        rc = conclude(follow.txn, name, &remains, &count, recount);
    }
    gray_follow_end(&follow);

    return rc;
}

int
gray_store_list_mend(
    gray_txn_t *txn, const char *name, const gray_recount_t *recount)
{
    gray_list_t list;
    int rc = gray_store_list_get(txn, name, &list);

    if (!recount->readable) {
        return rc == GRAY_STORE_EDAMAGED && recount->kind_known
                   ? gray_list_write(txn, name, &recount->error)
               : rc == GRAY_STORE_OK || rc == GRAY_STORE_EDAMAGED
                   ? GRAY_STORE_EINVALID
                   : rc;
    }

    if (rc != GRAY_STORE_OK || list.id != recount->id) {
        return rc == GRAY_STORE_OK ? GRAY_STORE_EINVALID : rc;
    }

    subtract(&list, &recount->error);

    return gray_store_list_put(txn, name, &list);
}
