/* How often rules decided. */

#include "rules.h"

#include <stdlib.h>
#include <string.h>


void
grayd_rules_free(grayd_rules_t *rules)
{
    free(rules->rules);
    memset(rules, 0, sizeof(*rules));
}


/* As many as the counters have slots. */
static void
grayd_rules_grow(grayd_rules_t *rules, unsigned n)
{
    grayd_rule_t *grown;

    if (n <= rules->n) {
        return;
    }

    grown = realloc(rules->rules, n * sizeof(*grown));
    if (grown == NULL) {
        return;
    }

    memset(grown + rules->n, 0, (n - rules->n) * sizeof(*grown));
    rules->rules = grown;
    rules->n = n;
}


static void
grayd_rule_sample(
    grayd_rule_t *rule, const gray_hits_counts_t *now, uint64_t second)
{
    bool same = rule->second != 0 && rule->second + 1 == second
                && now->hits >= rule->last.hits
                && strcmp(now->release, rule->last.release) == 0
                && strcmp(now->rule, rule->last.rule) == 0;

    rule->hits = same ? now->hits - rule->last.hits : 0;
    rule->tell = !same || rule->hits > 0;
    rule->last = *now;
    rule->second = second;
}


void
grayd_rules_sample(grayd_rules_t *rules, const gray_counters_t *counters,
    uint64_t second, bool another)
{
    gray_hits_counts_t now;

    grayd_rules_grow(rules, gray_counters_hits_end(counters));

    for (unsigned i = 0; i < rules->n; i++) {
        if (another) {
            rules->rules[i].second = 0;
        }

        rules->rules[i].tell = false;
        if (gray_counters_hits_get(counters, i, -1, &now)) {
            grayd_rule_sample(&rules->rules[i], &now, second);
        }
    }
}


json_t *
grayd_rules_now(const grayd_rules_t *rules, const char *release)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < rules->n; i++) {
        const grayd_rule_t *rule = &rules->rules[i];

        if (rule->tell && strcmp(rule->last.release, release) == 0) {
            json_array_append_new(
                list, json_pack("{s:s, s:I, s:I}", "name", rule->last.rule,
                          "hits", (json_int_t) rule->hits, "total",
                          (json_int_t) rule->last.hits));
        }
    }

    return list;
}
