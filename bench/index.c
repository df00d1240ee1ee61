/*
 * The index of a list alone, in nanoseconds per call, beside LMDB: members and
 * others, drawn uniformly; then what keeping the index costs whoever writes.
 *
 *     bench/index [MEMBERS ...]     (default: 1000 10000 … 10000000)
 *
 * Each figure is the least of several passes: other programs only add.
 */

#include "store/store_internal.h"
#include "store/upkeep.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PASSES 5
#define CALLS 1000000
#define ID_LEN 36
#define MEMBERS_PER_TXN 50000
#define COMMITS 50
#define LIST "testers"

typedef struct {
    char dir[64];
    gray_store_t *store;
    gray_list_t list;
    gray_index_t *index;
    char (*ids)[ID_LEN];
    uint64_t sum; /* of all answers: nothing is optimised away            */
} bench_t;

typedef int (*calls_pt)(bench_t *bench);


/* CPU time, so that other programs on the machine count less; the wall's for
 * what waits for the disk. */
static double
now(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (double) t.tv_sec * 1e9 + (double) t.tv_nsec;
}


/* Identity number i; they ascend as LMDB's keys do. */
static void
identity(uint64_t i, char id[ID_LEN + 1])
{
    snprintf(
        id, ID_LEN + 1, "%016llx-device-of-somebody-", (unsigned long long) i);
}


static void
draw(bench_t *bench, uint64_t first, uint64_t count)
{
    char id[ID_LEN + 1];

    for (unsigned i = 0; i < CALLS; i++) {
        identity(first + (uint64_t) random() % count, id);
        memcpy(bench->ids[i], id, ID_LEN);
    }
}


/* --- a list ----------------------------------------------------------------- */

static int
put_slice(bench_t *bench, gray_txn_t *txn, uint64_t first, uint64_t end)
{
    gray_member_t member = { .expiry = 0 };
    char id[ID_LEN + 1];
    bool added;
    int rc = 0;

    for (uint64_t i = first; rc == 0 && i < end; i++) {
        identity(i, id);
        rc = gray_store_member_put(
            txn, &bench->list, gray_bytes(id, ID_LEN), &member, &added);
    }

    return rc == 0 ? gray_store_replace_save(txn, &bench->list) : rc;
}


static int
put_all(bench_t *bench, uint64_t members)
{
    gray_txn_t *txn;
    int rc;

    for (uint64_t i = 0; i < members; i += MEMBERS_PER_TXN) {
        uint64_t end = i + MEMBERS_PER_TXN;

        rc = gray_store_write(bench->store, &txn);
        if (rc != 0) {
            return rc;
        }

        rc = put_slice(bench, txn, i, end < members ? end : members);
        if (rc != 0) {
            gray_store_abort(txn);
            return rc;
        }

        rc = gray_store_commit(txn);
        if (rc != 0) {
            return rc;
        }
    }

    return 0;
}


static int
begin_list(bench_t *bench, uint64_t members)
{
    gray_list_t none;
    gray_txn_t *txn;
    int rc = gray_store_write(bench->store, &txn);

    if (rc != 0) {
        return rc;
    }

    if ((rc = gray_store_list_create(txn, LIST, GRAY_STORE_STRING, &none)) != 0
        || (rc = gray_store_replace_begin(
                txn, GRAY_STORE_STRING, members, &bench->list))
               != 0)
    {
        gray_store_abort(txn);
        return rc;
    }

    return gray_store_commit(txn);
}


static int
switch_list(bench_t *bench)
{
    gray_txn_t *txn;
    int rc;

    gray_store_replace_flush(bench->store, &bench->list);
    rc = gray_store_write(bench->store, &txn);
    if (rc != 0) {
        return rc;
    }

    rc = gray_store_replace_switch(txn, LIST, &bench->list);
    if (rc != 0) {
        gray_store_abort(txn);
        return rc;
    }

    return gray_store_commit(txn);
}


/* Makes a store with the list; *each: nanoseconds per member. */
static int
make_list(bench_t *bench, uint64_t members, bool indexed, double *each)
{
    double start;
    int rc;

    if ((rc = gray_store_create(bench->dir, (gid_t) -1)) != 0
        || (rc = gray_store_open(bench->dir, true, &bench->store)) != 0)
    {
        return rc;
    }

    bench->store->indexed = indexed;
    start = now(CLOCK_PROCESS_CPUTIME_ID);
    if ((rc = begin_list(bench, members)) != 0
        || (rc = put_all(bench, members)) != 0
        || (rc = switch_list(bench)) != 0)
    {
        return rc;
    }

    *each = (now(CLOCK_PROCESS_CPUTIME_ID) - start) / (double) members;

    return 0;
}


static void
remove_list(bench_t *bench)
{
    gray_index_close(bench->index);
    gray_store_close(bench->store);
    gray_store_remove(bench->dir);
    bench->index = NULL;
    bench->store = NULL;
}


/* --- asking ------------------------------------------------------------------ */

static int
hash_calls(bench_t *bench)
{
    for (unsigned i = 0; i < CALLS; i++) {
        bench->sum
            += gray_siphash(&bench->store->index_key, bench->ids[i], ID_LEN);
    }

    return 0;
}


/* As a worker does it: the hash, the answer, and that nothing was committed. */
static int
index_calls(bench_t *bench)
{
    uint64_t last = gray_store_last_txn(bench->store);

    for (unsigned i = 0; i < CALLS; i++) {
        bench->sum += gray_index_find(bench->index,
            gray_siphash(&bench->store->index_key, bench->ids[i], ID_LEN));
        bench->sum += gray_store_last_txn(bench->store) == last;
    }

    return 0;
}


static int
lmdb_calls(bench_t *bench)
{
    for (unsigned i = 0; i < CALLS; i++) {
        gray_member_t member;
        gray_txn_t *txn;

        if (gray_store_read(bench->store, &txn) != 0) {
            return -1;
        }
        bench->sum += gray_store_member_get(txn, bench->list.id,
                          gray_bytes(bench->ids[i], ID_LEN), &member)
                      == 0;
        gray_store_read_end(txn);
    }

    return 0;
}


static int
least(bench_t *bench, calls_pt calls, double *each)
{
    for (int pass = 0; pass < PASSES; pass++) {
        double start = now(CLOCK_PROCESS_CPUTIME_ID), took;

        if (calls(bench) != 0) {
            return -1;
        }

        took = (now(CLOCK_PROCESS_CPUTIME_ID) - start) / CALLS;
        *each = pass == 0 || took < *each ? took : *each;
    }

    return 0;
}


/* Members have numbers below their count. */
static int
ask(bench_t *bench, uint64_t members, double figures[5])
{
    draw(bench, 0, members);
    if (least(bench, hash_calls, &figures[0]) != 0
        || least(bench, index_calls, &figures[1]) != 0
        || least(bench, lmdb_calls, &figures[2]) != 0)
    {
        return -1;
    }

    draw(bench, members, members);

    return least(bench, index_calls, &figures[3]) != 0
                   || least(bench, lmdb_calls, &figures[4]) != 0
               ? -1
               : 0;
}


/* --- one more member at a time -------------------------------------------------- */

static int
by_size(const void *a, const void *b)
{
    double x = *(const double *) a, y = *(const double *) b;

    return (x > y) - (x < y);
}


static int
add_one(bench_t *bench, uint64_t i)
{
    gray_member_t member = { .expiry = 0 };
    char id[ID_LEN + 1];
    gray_list_t list;
    gray_txn_t *txn;
    bool added;
    int rc = gray_store_write(bench->store, &txn);

    if (rc != 0) {
        return rc;
    }

    identity(i, id);
    if ((rc = gray_store_list_get(txn, LIST, &list)) != 0
        || (rc = gray_store_member_put(
                txn, &list, gray_bytes(id, ID_LEN), &member, &added))
               != 0
        || (rc = gray_store_list_put(txn, LIST, &list)) != 0)
    {
        gray_store_abort(txn);
        return rc;
    }

    return gray_store_commit(txn);
}


/* The median of some commits, in milliseconds. */
static int
add_some(bench_t *bench, uint64_t first, double *median)
{
    double took[COMMITS];

    for (unsigned i = 0; i < COMMITS; i++) {
        double start = now(CLOCK_MONOTONIC);

        if (add_one(bench, first + i) != 0) {
            return -1;
        }
        took[i] = (now(CLOCK_MONOTONIC) - start) / 1e6;
    }

    qsort(took, COMMITS, sizeof(took[0]), by_size);
    *median = took[COMMITS / 2];

    return 0;
}


/* --- a row ----------------------------------------------------------------------- */

static int
bench_without(bench_t *bench, uint64_t members, double *made, double *added)
{
    int rc = make_list(bench, members, false, made);

    rc = rc != 0 ? rc : add_some(bench, 3 * members, added);
    remove_list(bench);

    return rc;
}


static int
bench_row(bench_t *bench, uint64_t members)
{
    double figures[5] = { 0 }, made = 0, added = 0;
    double made_without = 0, added_without = 0;
    gray_store_info_t info = { 0 };
    int rc = bench_without(bench, members, &made_without, &added_without);

    if (rc != 0 || (rc = make_list(bench, members, true, &made)) != 0
        || (rc = gray_store_info(bench->store, &info)) != 0
        || (rc = gray_index_open(bench->store, &bench->list, &bench->index))
               != 0
        || (rc = ask(bench, members, figures)) != 0
        || (rc = add_some(bench, 3 * members, &added)) != 0)
    {
        fprintf(stderr, "bench/index: %s (%s)\n", gray_store_strerror(rc),
            gray_store_detail());
    }

    printf("%9llu %7.1f %8.1f %8.1f %8.1f %8.1f %8.1f %8.0f %8.0f %7.2f "
           "%7.2f\n",
        (unsigned long long) members, figures[0], figures[1], figures[3],
        figures[2], figures[4], (double) info.index_size / (double) members,
        made, made_without, added, added_without);
    remove_list(bench);

    return rc;
}


int
main(int argc, char **argv)
{
    static const uint64_t usual[] = { 1000, 10000, 100000, 1000000, 10000000 };
    bench_t bench = { .dir = "/tmp/gray-index-XXXXXX" };
    unsigned n = argc > 1 ? (unsigned) argc - 1 : 5;
    int rc = 0;

    bench.ids = malloc(sizeof(*bench.ids) * CALLS);
    if (bench.ids == NULL || mkdtemp(bench.dir) == NULL) {
        perror("bench/index");
        return 1;
    }

    printf("                 ---- index ----- ------ LMDB ----- bytes/    "
           "-- put, CPU ns ---  -add one, ms--\n"
           "  members    hash   member    other   member    other member   "
           "indexed  without indexed without\n");

    for (unsigned i = 0; rc == 0 && i < n; i++) {
        rc = bench_row(
            &bench, argc > 1 ? strtoull(argv[i + 1], NULL, 10) : usual[i]);
    }

    free(bench.ids);

    return rc != 0;
}
