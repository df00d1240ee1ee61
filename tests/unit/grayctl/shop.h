/*
 * Readings for the tests of `watch`: a release `shop` with stable and gray, and
 * as many others as are wanted.
 */

#ifndef GRAY_UNIT_GRAYCTL_SHOP_H
#define GRAY_UNIT_GRAYCTL_SHOP_H

#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "grayctl/watch_draw.h"
#include "grayctl/watch_keys.h"


static inline watch_variant_t *
shop_variant(watch_release_t *release, const char *name, uint64_t requests,
    uint64_t errors)
{
    watch_variant_t *variant = watch_release_add(release, name);

    assert_non_null(variant);
    variant->weighed = true;
    variant->weight = strcmp(name, "gray") == 0 ? 5000 : 95000;
    variant->counted = true;
    variant->interval.requests = requests;
    variant->interval.errors = errors;
    variant->interval.upstream_n = requests;
    variant->interval.p50_us = 1200;
    variant->interval.p95_us = 25000;
    variant->interval.p99_us = 1500000;
    variant->reasons[GRAY_REASON_SPLIT] = requests;

    return variant;
}


static inline watch_release_t *
shop_release(watch_reading_t *reading, const char *name)
{
    watch_release_t *release = watch_reading_add(reading, name);

    assert_non_null(release);
    release->stored = true;
    release->running = true;
    release->revision = 41;
    release->nrules = 3;
    shop_variant(release, "stable", 1204, 0);
    shop_variant(release, "gray", 64, 2);

    return release;
}


static inline watch_reading_t
shop_reading(unsigned nreleases)
{
    char name[32];
    watch_reading_t reading = { .time = 1800000000000,
        .seconds = 1,
        .revision = 42,
        .workers = { .known = true, .serving = 2, .revision = 42 } };

    strcpy(reading.from, "/var/lib/gray");

    for (unsigned i = 0; i < nreleases; i++) {
        snprintf(name, sizeof(name), i == 0 ? "shop" : "shop-%02u", i);
        shop_release(&reading, name);
    }

    return reading;
}


static inline void
shop_change(watch_reading_t *reading, const char *release, const char *what)
{
    watch_change_t change = { .time = 1800000000 };

    strcpy(change.user, "alice");
    strcpy(change.verb, "weight");
    strcpy(change.release, release);
    strcpy(change.subject, release);
    strcpy(change.summary, what);
    assert_int_equal(watch_reading_change(reading, &change), 0);
}

#endif
