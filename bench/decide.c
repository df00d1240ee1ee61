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
    const gray_str_t *values; /* of the attributes; NULL: the identity    */
    const void *compiled;     /* to load                                 */
    size_t compiled_len;
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

    if (bench->values != NULL) {
        *value = bench->values[i];
        return true;
    }

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
        .now = 1800000000,
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


/* Two tests each, the first true and the second false, so that both are read:
 * the attributes are city, version, age, ip and agent, in this order. */
static const char *const two_tests[] = {
    "city = 'BJ' and version >= v9.0",
    "version < v9 and city != 'BJ'",
    "age >= 18 and city = 'SH'",
    "ip = 10.0.0.0/8 and age < 18",
    "agent contains 'Mobile' and ip = 192.168.0.0/16",
    "city in ['SH', 'GZ', 'BJ'] and version = v8.1",
    "agent starts 'Mozilla' and agent ends 'Firefox'",
    "has city and not has city",
    "now >= 2026-12-01T00:00:00+08:00 and age = 5",
    "version > v8.0.47-rc.1 and city starts 'S'",
};
static const gray_str_t two_tests_values[] = { gray_str("BJ"),
    gray_str("8.0.47.2560"), gray_str("42"), gray_str("10.1.2.3"),
    gray_str("Mozilla/5.0 (Linux; Android 13) Chrome/112.0 Mobile") };

static const char *const list_test[] = { "device_id in @testers" };
static const char *const regex_test[] = { "agent matches 'Chrome/1[2-9]\\d'" };
static const gray_str_t agent[]
    = { gray_str("Mozilla/5.0 (Linux; Android 13) Chrome/112.0 Mobile") };
static const char *const small_test[] = { "city = 'SH' and age >= 18" };
static const gray_str_t small_values[] = { gray_str("BJ"), gray_str("42") };

/* `nrules` rules that have the conditions by turns; without any, a split of
 * 5 %. */
typedef struct {
    const char *what;
    const char *const *conditions;
    unsigned nconditions;
    unsigned nrules;
    const gray_str_t *values;
    unsigned calls;
} row_t;

static const row_t rows[] = {
    { "decide: a split", NULL, 0, 0, NULL, 1000000 },
    { "decide: a list rule", list_test, 1, 1, NULL, 1000000 },
    { "decide: ten list rules", list_test, 1, 10, NULL, 1000000 },
    { "decide: ten rules of two tests", two_tests, 10, 10, two_tests_values,
        500000 },
    { "decide: a regex", regex_test, 1, 1, agent, 500000 },
    { "decide: 10,000 rules of two tests", small_test, 1, GRAY_RULES_MAX,
        small_values, 200 },
};


static void
make_document(const row_t *row, gray_document_t *document)
{
    gray_document_init(document);
    document->nvariants = 2;
    strcpy(document->variants[0], "stable");
    strcpy(document->variants[1], "gray");
    document->nby = 1;
    document->by[0] = strdup("device_id");
    document->nrules = row->nrules;
    document->rules = calloc(row->nrules + 1, sizeof(gray_rule_t));

    for (unsigned i = 0; i < row->nrules; i++) {
        gray_rule_t *rule = &document->rules[i];

        snprintf(rule->name, sizeof(rule->name), "rule-%u", i);
        rule->condition = strdup(row->conditions[i % row->nconditions]);
        rule->variant = 1;
    }
}


static int
compile(const row_t *row, void **bytes, size_t *len)
{
    uint32_t weights[GRAY_SPLIT_VARIANTS_MAX] = { 0, GRAY_BUCKETS / 20 };
    gray_document_t document;
    gray_error_t error;
    int rc = 0;

    make_document(row, &document);

    if (row->nrules == 0) {
        document.has_split = true;
        rc = gray_split_set(&document.split, weights, 2, 0, &error);
    }

    if (rc == 0) {
        rc = gray_document_compile(&document, gray_str("shop"), string_list,
                 NULL, bytes, len, &error,
                 1) == 0
                 ? 0
                 : -1;
    }

    gray_document_free(&document);

    if (rc != 0) {
        fprintf(stderr, "bench/decide: %s: %s\n", row->what, error.message);
    }

    return rc;
}


static int
load_calls(bench_t *bench, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        gray_release_t *release;
        gray_error_t error;

        if (gray_release_load(
                bench->compiled, bench->compiled_len, &release, &error)
            != 0)
        {
            return -1;
        }

        bench->sum += gray_release_rules(release);
        gray_release_free(release);
    }

    return 0;
}


static int
bench_row(bench_t *bench, const row_t *row)
{
    gray_release_t *release;
    gray_error_t error;
    void *bytes;
    int rc = 0;

    if (compile(row, &bytes, &bench->compiled_len) != 0) {
        return -1;
    }

    bench->compiled = bytes;

    if (row->nrules == GRAY_RULES_MAX) {
        rc = report("load: 10,000 rules of two tests", load_calls, bench, 20);
    }

    if (rc == 0
        && gray_release_load(bytes, bench->compiled_len, &release, &error) == 0)
    {
        bench->release = release;
        bench->values = row->values;
        rc = report(row->what, decide_calls, bench, row->calls);
        gray_release_free(release);
    }

    free(bytes);
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

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        rc |= bench_row(&bench, &rows[i]);
    }

    while (*++members != NULL) {
        rc |= bench_store(&bench, &identities, strtoull(*members, NULL, 10));
    }

    fprintf(stderr, "(%" PRIu64 " answers were yes)\n", bench.sum);
    return rc == 0 ? 0 : 1;
}
