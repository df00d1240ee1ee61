/*
 * What counting costs a request, in nanoseconds: what the module's log handler
 * does with a response, with its two readings of the clock, and the count of
 * the decision.
 *
 *     bench/count
 *
 * Each figure is the least of several passes: other programs only add. `warm`
 * counts into one variant again and again; `cold` into the 128 that there may
 * be, so that none is in the processor's nearest cache.
 */

#define _GNU_SOURCE

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "segment/responses.h"

#define PASSES 7
#define CALLS 1000000
#define RELEASES 64

typedef struct {
    gray_counters_t *counters;
    int release[RELEASES];
    int variant[RELEASES][2];
    unsigned nreleases; /* that are counted into                          */
    uint64_t sum;       /* of all clocks: nothing is optimised away       */
} bench_t;

typedef void (*calls_pt)(bench_t *bench);


static uint64_t
now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t) t.tv_sec * 1000000000 + (uint64_t) t.tv_nsec;
}


static void
report(const char *what, calls_pt calls, bench_t *bench)
{
    double each, least = 0;

    for (int pass = 0; pass < PASSES; pass++) {
        uint64_t start = now();

        calls(bench);
        each = (double) (now() - start) / CALLS;
        least = pass == 0 || each < least ? each : least;
    }

    printf("%-48s %8.1f ns\n", what, least);
}


static void
clock_calls(bench_t *bench)
{
    for (unsigned i = 0; i < CALLS; i++) {
        bench->sum += now();
        bench->sum += now();
    }
}


static void
decision_calls(bench_t *bench)
{
    for (unsigned i = 0; i < CALLS; i++) {
        unsigned r = i % bench->nreleases;

        gray_counters_decision(bench->counters, 1, bench->release[r],
            bench->variant[r][i & 1], i % 3);
    }
}


/* Times as of a back end: from half a millisecond to some 30. */
static void
response_calls(bench_t *bench)
{
    gray_response_t response = {
        .status = 200,
        .counts
        = { [GRAY_RESPONSE_SENT] = 5000, [GRAY_RESPONSE_RECEIVED] = 400 },
        .has_upstream = true,
    };

    for (unsigned i = 0; i < CALLS; i++) {
        unsigned r = i % bench->nreleases;

        response.upstream_us = 500 + (i * 2654435761u >> 17);
        response.request_us = response.upstream_us + 100;
        gray_counters_response(bench->counters, 1, bench->release[r],
            bench->variant[r][i & 1], 7, &response);
    }
}


static void
all_calls(bench_t *bench)
{
    decision_calls(bench);
    clock_calls(bench);
    response_calls(bench);
}


static int
make(bench_t *bench, const char *path)
{
    char name[32];

    if (gray_counters_create(path, (gid_t) -1) != 0
        || gray_counters_open(path, true, &bench->counters) != 0)
    {
        return -1;
    }

    for (unsigned r = 0; r < RELEASES; r++) {
        snprintf(name, sizeof(name), "release-%u", r);
        bench->release[r] = gray_counters_release(bench->counters, name);
        bench->variant[r][0] = gray_counters_variant(
            bench->counters, bench->release[r], "stable");
        bench->variant[r][1]
            = gray_counters_variant(bench->counters, bench->release[r], "gray");
    }

    return 0;
}


int
main(void)
{
    bench_t bench = { .nreleases = 1 };
    char folder[] = "/tmp/gray-bench.XXXXXX", path[64];

    if (mkdtemp(folder) == NULL) {
        return 1;
    }
    snprintf(path, sizeof(path), "%s/counters", folder);

    if (make(&bench, path) != 0) {
        fprintf(stderr, "bench/count: no counters could be made\n");
        rmdir(folder);
        return 1;
    }

    report("two readings of the clock", clock_calls, &bench);
    report("a decision, warm", decision_calls, &bench);
    report("a response, warm", response_calls, &bench);
    report("all of a request, warm", all_calls, &bench);
    bench.nreleases = RELEASES;
    report("a decision, cold", decision_calls, &bench);
    report("a response, cold", response_calls, &bench);
    report("all of a request, cold", all_calls, &bench);

    gray_counters_close(bench.counters);
    unlink(path);
    rmdir(folder);
    fprintf(stderr, "(%llu)\n", (unsigned long long) (bench.sum & 1));

    return 0;
}
