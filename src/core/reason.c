#include <stdio.h>
#include "decide.h"

typedef int (*print_pt)(const gray_release_t *release,
    const gray_decision_t *decision, char *buffer);

static int print_plain(const gray_release_t *release,
    const gray_decision_t *decision, char *buffer);
static int print_match(const gray_release_t *release,
    const gray_decision_t *decision, char *buffer);
static int print_split(const gray_release_t *release,
    const gray_decision_t *decision, char *buffer);
static int print_error(const gray_release_t *release,
    const gray_decision_t *decision, char *buffer);

static const struct {
    const char *name;
    print_pt print;
} reasons[GRAY_REASONS] = {
    [GRAY_REASON_DEFAULT] = { "default", print_plain },
    [GRAY_REASON_TARGETING_MATCH] = { "targeting_match", print_match },
    [GRAY_REASON_SPLIT] = { "split", print_split },
    [GRAY_REASON_DISABLED] = { "disabled", print_plain },
    [GRAY_REASON_OVERRIDE] = { "override", print_plain },
    [GRAY_REASON_ERROR] = { "error", print_error },
};

static const char *const causes[] = {
    [GRAY_CAUSE_NONE] = "unknown",
    [GRAY_CAUSE_STORE] = "store",
    [GRAY_CAUSE_LIVE] = "live",
    [GRAY_CAUSE_EARLY] = "early",
    [GRAY_CAUSE_LIST] = "list",
    [GRAY_CAUSE_NO_TARGET] = "no_target",
    [GRAY_CAUSE_NO_RELEASE] = "no_release",
    [GRAY_CAUSE_REGEX] = "regex",
};


const char *
gray_reason_name(gray_reason_t reason)
{
    return (unsigned) reason < GRAY_REASONS ? reasons[reason].name : "error";
}


/* "first" or "first:name". */
static int
print_pair(char *buffer, const char *first, gray_str_t name)
{
    return snprintf(buffer, GRAY_REASON_TEXT_MAX, "%s%s%.*s", first,
        name.len > 0 ? ":" : "", (int) name.len, name.data);
}


static int
print_plain(const gray_release_t *release, const gray_decision_t *decision,
    char *buffer)
{
    (void) release;
    return print_pair(buffer, gray_reason_name(decision->reason), gray_str(""));
}


static int
print_match(const gray_release_t *release, const gray_decision_t *decision,
    char *buffer)
{
    return print_pair(buffer, "targeting_match",
        release != NULL && decision->rule >= 0
            ? gray_release_rule(release, (unsigned) decision->rule)
            : gray_str(""));
}


static int
print_split(const gray_release_t *release, const gray_decision_t *decision,
    char *buffer)
{
    gray_str_t name;

    if (release == NULL || decision->attribute < 0) {
        return print_pair(buffer, "split", gray_str(""));
    }

    name = gray_release_attribute(release, (unsigned) decision->attribute);

    return snprintf(buffer, GRAY_REASON_TEXT_MAX, "split:%.*s:%d",
        (int) name.len, name.data, decision->bucket);
}


static int
print_error(const gray_release_t *release, const gray_decision_t *decision,
    char *buffer)
{
    gray_str_t name = gray_str("");
    char first[32];

    snprintf(first, sizeof(first), "error:%s", causes[decision->cause]);

    if (release != NULL && decision->cause_list >= 0) {
        name = gray_release_list(release, (unsigned) decision->cause_list);
    }

    if (release != NULL && decision->cause == GRAY_CAUSE_REGEX
        && decision->cause_rule >= 0)
    {
        name = gray_release_rule(release, (unsigned) decision->cause_rule);
    }

    return print_pair(buffer, first, name);
}


size_t
gray_reason_print(const gray_release_t *release,
    const gray_decision_t *decision, char buffer[GRAY_REASON_TEXT_MAX])
{
    return (size_t) reasons[decision->reason].print(release, decision, buffer);
}
