/*
 * What the parts of a decision cost alone, in nanoseconds per call: decide()
 * with trivial callbacks, a membership test in the store, a kill switch.
 *
 *     bench/decide [MEMBERS ...]        (default: 1000 1000000)
 *
 * Each figure is the least of several passes: other programs only add.
 */

#define _GNU_SOURCE

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/decide.h"
#include "segment/switches.h"
#include "store/members.h"

#define PASSES 7
#define IDENTITIES 65536 /* a power of two                                 */
#define ID_LEN 36
#define MEMBERS_PER_TXN 20000

typedef struct {
    char id[IDENTITIES][ID_LEN + 1];
} identities_t;

/* What the figures are taken from: each function does n calls. */
typedef struct {
    const gray_release_t *release;
    gray_store_t *store;
    uint64_t list;
    const gray_switches_t *switches;
    const identities_t *identities;
    const char *identity; /* of the decision at hand                     */
    uint64_t sum;         /* of all answers: nothing is optimised away   */
} bench_t;

typedef int (*calls_pt)(bench_t *bench, unsigned n);


static double
now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double) t.tv_sec * 1e9 + (double) t.tv_nsec;
}


static int
report(const char *what, calls_pt calls, bench_t *bench, unsigned n)
{
    double least = 0;

    for (int pass = 0; pass < PASSES; pass++) {
        double start = now();

        if (calls(bench, n) != 0) {
            fprintf(stderr, "bench/decide: %s failed\n", what);
            return -1;
        }

        double each = (now() - start) / n;

        least = pass == 0 || each < least ? each : least;
    }

    printf("%-44s %8.1f ns\n", what, least);
    return 0;
}


/* Identity number i: members have numbers below their count. */
static void
identity(uint64_t i, char id[ID_LEN + 1])
{
    snprintf(id, ID_LEN + 1, "%08" PRIx32 "-device-%020" PRIu64,
        (uint32_t) (i * 2654435761u), i);
}


static void
draw(identities_t *identities, uint64_t first, uint64_t count)
{
    for (unsigned i = 0; i < IDENTITIES; i++) {
        identity(first + (uint64_t) random() % count, identities->id[i]);
    }
}


/* --- decide -------------------------------------------------------------- */

static bool
decide_attribute(void *data, unsigned i, gray_str_t *value)
{
    bench_t *bench = data;

    (void) i;
    value->data = bench->identity;
    value->len = ID_LEN;
    return true;
}


static gray_answer_t
decide_member(void *data, unsigned list, unsigned attribute, gray_str_t value)
{
    (void) data;
    (void) list;
    (void) attribute;
    return value.data[0] == '0' ? GRAY_YES : GRAY_NO;
}


static int
decide_calls(bench_t *bench, unsigned n)
{
    const gray_host_t host = {
        .data = bench,
        .attribute = decide_attribute,
        .member = decide_member,
    };
    gray_decision_t decision;

    for (unsigned i = 0; i < n; i++) {
        bench->identity = bench->identities->id[i % IDENTITIES];
        gray_decide(bench->release, &host, &decision);
        bench->sum += decision.variant;
    }

    return 0;
}


static gray_list_kind_t
string_list(void *data, gray_str_t name)
{
    (void) data;
    (void) name;
    return GRAY_LIST_STRING;
}


/* A release of `nrules` rules "device_id in @testers" and a split of 5 % when
 * there are none. */
static gray_release_t *
make_release(unsigned nrules)
{
    gray_document_t document;
    gray_release_t *release = NULL;
    gray_error_t error;
    void *bytes = NULL;
    size_t len;

    gray_document_init(&document);
    document.nvariants = 2;
    strcpy(document.variants[0], "stable");
    strcpy(document.variants[1], "gray");
    document.nby = 1;
    document.by[0] = strdup("device_id");
    document.nrules = nrules;
    document.rules = calloc(nrules == 0 ? 1 : nrules, sizeof(gray_rule_t));

    for (unsigned i = 0; i < nrules; i++) {
        snprintf(document.rules[i].name, sizeof(document.rules[i].name),
            "rule-%u", i);
        document.rules[i].condition = strdup("device_id in @testers");
        document.rules[i].variant = 1;
    }

    if (nrules == 0) {
        uint32_t weights[GRAY_SPLIT_VARIANTS_MAX] = { 0, GRAY_BUCKETS / 20 };

        document.has_split = true;
        gray_split_init(&document.split);

        if (gray_split_set(&document.split, weights, 2, 0, &error) != 0) {
            goto done;
        }
    }

    if (gray_document_compile(&document, gray_str("shop"), string_list, NULL,
            &bytes, &len, &error, 1)
        == 0)
    {
        gray_release_load(bytes, len, &release, &error);
    }

done:

    free(bytes);
    gray_document_free(&document);
    return release;
}


static int
bench_decide(bench_t *bench, const char *what, unsigned nrules)
{
    gray_release_t *release = make_release(nrules);

    if (release == NULL) {
        fprintf(stderr, "bench/decide: no release for %s\n", what);
        return -1;
    }

    bench->release = release;

    int rc = report(what, decide_calls, bench, 1000000);

    gray_release_free(release);
    return rc;
}


/* --- the store ------------------------------------------------------------ */

/* As a worker does it: a transaction for each request. */
static int
store_calls(bench_t *bench, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        gray_member_t member;
        gray_txn_t *txn;
        gray_bytes_t key = { ID_LEN, bench->identities->id[i % IDENTITIES] };

        if (gray_store_read(bench->store, &txn) != 0) {
            return -1;
        }

        int rc = gray_store_member_get(txn, bench->list, key, &member);

        bench->sum += rc == GRAY_STORE_OK;
        gray_store_read_end(txn);
    }

    return 0;
}


static int
put_some(gray_txn_t *txn, gray_list_t *list, uint64_t first, uint64_t end)
{
    const gray_member_t member = { 0 };

    for (uint64_t i = first; i < end; i++) {
        char id[ID_LEN + 1];
        bool added;

        identity(i, id);

        int rc = gray_store_member_put(
            txn, list, (gray_bytes_t){ ID_LEN, id }, &member, &added);

        if (rc != 0) {
            return rc;
        }
    }

    return gray_store_list_put(txn, "testers", list);
}


static int
make_list(gray_store_t *store, uint64_t members, uint64_t *id)
{
    gray_list_t list;
    int rc = 0;

    for (uint64_t first = 0; first < members && rc == 0;
         first += MEMBERS_PER_TXN) {
        uint64_t end = first + MEMBERS_PER_TXN;
        gray_txn_t *txn;

        rc = gray_store_write(store, &txn);

        if (rc != 0) {
            break;
        }

        if (first == 0) {
            rc = gray_store_list_create(
                txn, "testers", GRAY_STORE_STRING, &list);
        }

        if (rc == 0) {
            rc = put_some(txn, &list, first, end < members ? end : members);
        }

        if (rc != 0) {
            gray_store_abort(txn);
            break;
        }

        rc = gray_store_commit(txn);
    }

    *id = list.id;
    return rc;
}


static int
bench_members(bench_t *bench, identities_t *identities, uint64_t members)
{
    char what[64];

    if (make_list(bench->store, members, &bench->list) != 0) {
        fprintf(stderr, "bench/decide: the list could not be made\n");
        return -1;
    }

    draw(identities, 0, members);
    snprintf(
        what, sizeof(what), "store, %" PRIu64 " members: a member", members);

    if (report(what, store_calls, bench, 200000) != 0) {
        return -1;
    }

    draw(identities, members, members);
    snprintf(
        what, sizeof(what), "store, %" PRIu64 " members: another", members);
    return report(what, store_calls, bench, 200000);
}


static void
remove_folder(const char *path)
{
    DIR *folder = opendir(path);
    struct dirent *entry;

    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        char name[512];

        snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
        unlink(name);
    }

    if (folder != NULL) {
        closedir(folder);
    }

    rmdir(path);
}


static int
bench_store(bench_t *bench, identities_t *identities, uint64_t members)
{
    char path[] = "/tmp/gray-bench.XXXXXX";
    int rc = -1;

    if (mkdtemp(path) == NULL) {
        return -1;
    }

    if (gray_store_create(path, (gid_t) -1) == 0
        && gray_store_open(path, true, &bench->store) == 0)
    {
        rc = bench_members(bench, identities, members);
        gray_store_close(bench->store);

    } else {
        fprintf(stderr, "bench/decide: no store: %s\n", gray_store_detail());
    }

    remove_folder(path);
    return rc;
}


/* --- the kill switch ------------------------------------------------------- */

static int
switch_calls(bench_t *bench, unsigned n)
{
    gray_switch_cursor_t cursor = { 0 };

    for (unsigned i = 0; i < n; i++) {
        bench->sum += gray_switches_off(bench->switches, &cursor, "shop");
    }

    return 0;
}


static int
bench_switches(bench_t *bench)
{
    char path[] = "/tmp/gray-bench.XXXXXX", file[64];
    gray_switches_t *switches = NULL;
    int rc = -1;

    if (mkdtemp(path) == NULL) {
        return -1;
    }

    snprintf(file, sizeof(file), "%s/switches", path);

    if (gray_switches_create(file, (gid_t) -1) == 0
        && gray_switches_open(file, true, &switches) == 0
        && gray_switches_set(switches, "shop", false, 0, NULL) == 0)
    {
        bench->switches = switches;
        rc = report("kill switch", switch_calls, bench, 10000000);
    }

    gray_switches_close(switches);
    remove_folder(path);
    return rc;
}


int
main(int argc, char **argv)
{
    static identities_t identities;
    bench_t bench = { .identities = &identities };
    char *defaults[] = { argv[0], "1000", "1000000", NULL };
    char **members = argc > 1 ? argv : defaults;

    draw(&identities, 0, 1000000);

    int rc = bench_switches(&bench);

    rc |= bench_decide(&bench, "decide: a split", 0);
    rc |= bench_decide(&bench, "decide: a list rule", 1);
    rc |= bench_decide(&bench, "decide: ten list rules", 10);

    while (*++members != NULL) {
        rc |= bench_store(&bench, &identities, strtoull(*members, NULL, 10));
    }

    fprintf(stderr, "(%" PRIu64 " answers were yes)\n", bench.sum);
    return rc == 0 ? 0 : 1;
}
