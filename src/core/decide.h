/*
 * The decision: which variant a request gets, and why.
 *
 * A pure function of (release, attributes, list answers, time): no I/O, no
 * clock, no randomness, no globals, and no allocation but this: a regex is
 * compiled when it is first needed, once per loaded release. For that reason,
 * and for the memory that its matches use, a loaded release belongs to one
 * thread. The nginx module, grayctl explain and the tests call the same
 * function. It asks its host for attributes and list membership through
 * callbacks.
 *
 *   1. the rules in order; the first that holds decides: its variant,
 *      targeting_match:NAME, or its split
 *   2. the split: the first attribute of "by" that is present is hashed
 *   3. else the default
 *
 * A split that leaves a request without an attribute to hash gives the
 * default, but a variant that has all buckets takes everyone: then the reason
 * is `split` alone. What no variant owns is the default's, and a value that
 * can be no identity (longer than GRAY_IDENTITY_MAX) is never hashed.
 *
 * The kill switch and the override come before all this and are the host's
 * facts: members of gray_host_t.
 *
 * Three values. A test whose fact cannot be known is unknown; and, or, not
 * follow Kleene's logic (false and unknown is false, true or unknown is
 * true). An unknown rule whose outcome is the default or a split ends the
 * decision with the default and error:CAUSE; one that gives another variant
 * is skipped, `skipped` counts it, and when nothing else decides the reason
 * is error:CAUSE in place of `default`. So what is unknown never makes
 * anybody gray.
 *
 * A regex that needs more than GRAY_REGEX_STEPS steps for a value, or whose
 * value is longer than GRAY_REGEX_SUBJECT_MAX, is unknown, and so is every
 * regex once a decision has taken GRAY_REGEX_DECISION_STEPS (regex.h).
 */

#ifndef GRAY_CORE_DECIDE_H
#define GRAY_CORE_DECIDE_H

#include "release.h"

/* What a host answers to "is this value in that list?". */
typedef enum {
    GRAY_NO = 0,
    GRAY_YES,
    GRAY_PENDING,       /* live, not asked yet: counts as unknown now  */
    GRAY_UNKNOWN_STORE, /* the store cannot be read     error:store    */
    GRAY_UNKNOWN_LIVE,  /* memcached down, late, wrong  error:live:L   */
    GRAY_UNKNOWN_EARLY, /* asked before it could be     error:early:L  */
    GRAY_UNKNOWN_LIST   /* no such list (any more)      error:list:L   */
} gray_answer_t;

/* OpenFeature's resolution reasons, with our override. The order is that of
 * the counters (segment/counters.h). */
typedef enum {
    GRAY_REASON_DEFAULT = 0,
    GRAY_REASON_TARGETING_MATCH,
    GRAY_REASON_SPLIT,
    GRAY_REASON_DISABLED,
    GRAY_REASON_OVERRIDE,
    GRAY_REASON_ERROR,
    GRAY_REASONS
} gray_reason_t;

/* Why a decision is an error. */
typedef enum {
    GRAY_CAUSE_NONE = 0,
    GRAY_CAUSE_STORE,      /* error:store                                 */
    GRAY_CAUSE_LIVE,       /* error:live:LIST                             */
    GRAY_CAUSE_EARLY,      /* error:early:LIST                            */
    GRAY_CAUSE_LIST,       /* error:list:LIST                             */
    GRAY_CAUSE_NO_TARGET,  /* error:no_target: nginx.conf maps no target  */
    GRAY_CAUSE_NO_RELEASE, /* error:no_release: the store has none       */
    GRAY_CAUSE_REGEX       /* error:regex:RULE: past its limit           */
} gray_cause_t;

/* A live test that could matter: ask whether attribute's value is in list. */
typedef struct {
    uint16_t list;
    uint16_t attribute;
} gray_pending_t;

/* One step of a decision, for explain; see trace.h. */
typedef struct gray_step_s gray_step_t;

/* Zeroed, but for the callbacks and the time, it is an ordinary request. */
typedef struct {
    void *data;

    /* Seconds since 1970-01-01T00:00:00Z, for `now`: the same for all
     * decisions of one request. */
    int64_t now;

    /* The kill switch: everyone gets the default, `disabled`. */
    bool off;

    /* A valid override: 1 + its variant; 0: none. */
    unsigned override_plus_one;

    /*
     * The default in force: 0 for the release's own, 1 + i for variant i
     * (nginx.conf's first variant). With any larger number the default is
     * one that the release does not name: decisions for the default then
     * have variant default_plus_one - 1, for which gray_release_variant
     * gives an empty string.
     */
    unsigned default_plus_one;

    /* The value of attribute `i` of the release. Returns false when it is
     * absent (or empty: an empty value is absent). Asked as often as tests
     * read it: the host keeps values. */
    bool (*attribute)(void *data, unsigned i, gray_str_t *value);

    /* Whether the value is in list `list`. For an `ip` list the host parses
     * the address; what is no address is in no ip list. */
    gray_answer_t (*member)(
        void *data, unsigned list, unsigned attribute, gray_str_t value);

    /* NULL, or told of every step. */
    void (*step)(void *data, const gray_step_t *step);
} gray_host_t;

typedef struct {
    bool pending; /* ask tests[], then decide again          */
    unsigned ntests;
    gray_pending_t tests[GRAY_LIVE_TESTS_MAX];

    unsigned variant; /* index into the release's variants; see
                         default_plus_one                        */
    gray_reason_t reason;
    int rule;           /* the rule that decided; -1: none         */
    int attribute;      /* split: the one hashed; -1: none         */
    int bucket;         /* split: 0..GRAY_BUCKETS-1; -1: none      */
    gray_cause_t cause; /* reason error                            */
    int cause_list;     /* its list; -1: none                      */
    int cause_rule;     /* its rule; -1: none                      */
    unsigned skipped;   /* unknown rules skipped                   */
    unsigned nregex;    /* regexes past a limit, whether they
                           mattered or not                         */
} gray_decision_t;

/*
 * Decides. When any live list that could matter is pending,
 * decision->pending is true and tests[] holds each distinct (list, attribute)
 * once; the other members hold what the decision would be if they stayed
 * unknown. Never fails.
 */
void gray_decide(const gray_release_t *release, const gray_host_t *host,
    gray_decision_t *decision);

/* The default in force for this host: the variant of every error. */
unsigned gray_decide_default(
    const gray_release_t *release, const gray_host_t *host);

/* The longest reason, "targeting_match:", "error:early:" or "error:regex:" and
 * a name, or "split:NAME:99999", with its NUL. */
#define GRAY_REASON_TEXT_MAX 96

/*
 * Writes the reason as $gray_reason and explain show it. `release` may be
 * NULL for reasons that name nothing of it. Returns the length.
 */
size_t gray_reason_print(const gray_release_t *release,
    const gray_decision_t *decision, char buffer[GRAY_REASON_TEXT_MAX]);

/* "targeting_match", "split", …: the label of counters. */
const char *gray_reason_name(gray_reason_t reason);

#endif
