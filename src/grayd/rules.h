/*
 * How often rules decided in the last second, from what workers count
 * (segment/hits.h). Part of grayd_stats_t, whose lock guards it.
 */

#ifndef GRAYD_RULES_H
#define GRAYD_RULES_H

#include <jansson.h>
#include "segment/hits.h"

typedef struct {
    gray_hits_counts_t last; /* its counts a second ago              */
    uint64_t second;         /* when that was; 0: never              */
    uint64_t hits;           /* in the last second                   */
    bool tell;               /* it decided then, or is new           */
} grayd_rule_t;

/* By slot of the counters. */
typedef struct {
    unsigned n;
    grayd_rule_t *rules;
} grayd_rules_t;

void grayd_rules_free(grayd_rules_t *rules);

/* Takes the sample of a second; `another`: the counters are not those of the
 * second before. Without memory, or with `counters` NULL, there are none. */
void grayd_rules_sample(grayd_rules_t *rules, const gray_counters_t *counters,
    uint64_t second, bool another);

/* Of a release: [{"name": "qa", "hits": 3, "total": 4711}], those that decided in
 * the last second, and those that were not there before it. */
json_t *grayd_rules_now(const grayd_rules_t *rules, const char *release);

#endif
