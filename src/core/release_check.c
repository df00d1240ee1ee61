#include <string.h>
#include "condition.h"
#include "number.h"
#include "release_private.h"
#include "semver.h"

/* One section's check of one element: NULL, or what is wrong. */
typedef const char *(*check_pt)(const gray_release_t *r, uint32_t i);

/* A set of kinds of values. */
#define KIND(kind) (1u << (kind))
#define ANY                                                \
    (KIND(GRAY_VALUE_TEXT) | KIND(GRAY_VALUE_NUMBER)       \
        | KIND(GRAY_VALUE_VERSION) | KIND(GRAY_VALUE_TIME) \
        | KIND(GRAY_VALUE_ADDRESS))

/* What an operator has; the others of a node's members mean nothing. */
typedef struct {
    bool known;
    bool operands;
    bool attribute;
    bool list;
    unsigned kinds; /* that its value may have; 0: it has no value        */
} parts_t;

static const parts_t parts[] = {
    [GRAY_OP_TRUE] = { true, false, false, false, 0 },
    [GRAY_OP_AND] = { true, true, false, false, 0 },
    [GRAY_OP_OR] = { true, true, false, false, 0 },
    [GRAY_OP_NOT] = { true, true, false, false, 0 },
    [GRAY_OP_HAS] = { true, false, true, false, 0 },
    [GRAY_OP_IN] = { true, false, true, true, 0 },
    [GRAY_OP_NOT_IN] = { true, false, true, true, 0 },
    [GRAY_OP_EQ] = { true, false, true, false, ANY },
    [GRAY_OP_NE] = { true, false, true, false, ANY },
    [GRAY_OP_LT] = { true, false, true, false, ANY },
    [GRAY_OP_LE] = { true, false, true, false, ANY },
    [GRAY_OP_GT] = { true, false, true, false, ANY },
    [GRAY_OP_GE] = { true, false, true, false, ANY },
    [GRAY_OP_IN_SET] = { true, true, true, false, 0 },
    [GRAY_OP_NOT_IN_SET] = { true, true, true, false, 0 },
    [GRAY_OP_VALUE] = { true, false, false, false, ANY },
    [GRAY_OP_STARTS] = { true, false, true, false, KIND(GRAY_VALUE_TEXT) },
    [GRAY_OP_ENDS] = { true, false, true, false, KIND(GRAY_VALUE_TEXT) },
    [GRAY_OP_CONTAINS] = { true, false, true, false, KIND(GRAY_VALUE_TEXT) },
    [GRAY_OP_MATCHES] = { true, false, true, false, KIND(GRAY_VALUE_TEXT) },
    [GRAY_OP_NOW_BEFORE] = { true, false, false, false, KIND(GRAY_VALUE_TIME) },
    [GRAY_OP_NOW_FROM] = { true, false, false, false, KIND(GRAY_VALUE_TIME) },
};


static bool
str_fits(const gray_release_t *r, gray_form_str_t str)
{
    uint32_t size = gray_release_count(r, GRAY_FORM_STRINGS);

    return str.offset < size && str.len < size - str.offset
           && r->strings[str.offset + str.len] == '\0';
}


/* Whether [first, first + n) lies in a section. */
static bool
run_fits(const gray_release_t *r, gray_form_section_t section, uint32_t first,
    uint32_t n)
{
    uint32_t size = gray_release_count(r, section);

    return first <= size && n <= size - first;
}


static const char *
check_variant(const gray_release_t *r, uint32_t i)
{
    return str_fits(r, r->variants[i]) && r->variants[i].len <= GRAY_NAME_MAX
               ? NULL
               : "a variant's name";
}


static const char *
check_attribute(const gray_release_t *r, uint32_t i)
{
    return str_fits(r, r->attributes[i])
                   && r->attributes[i].len <= GRAY_NAME_MAX
               ? NULL
               : "an attribute's name";
}


static const char *
check_list(const gray_release_t *r, uint32_t i)
{
    const gray_form_list_t *list = &r->lists[i];

    return str_fits(r, list->name) && list->name.len <= GRAY_NAME_MAX
                   && list->kind >= GRAY_LIST_STRING
                   && list->kind <= GRAY_LIST_LIVE
               ? NULL
               : "a list";
}


static const char *
check_by(const gray_release_t *r, uint32_t i)
{
    return r->by[i] < gray_release_attributes(r) ? NULL
                                                 : "an attribute to hash";
}


static const char *
check_range(const gray_release_t *r, uint32_t i)
{
    const gray_form_range_t *range = &r->ranges[i];

    return range->first < range->end && range->end <= GRAY_BUCKETS
                   && range->variant < gray_release_variants(r)
               ? NULL
               : "a range of buckets";
}


static const char *
check_split(const gray_release_t *r, uint32_t i)
{
    const gray_form_split_t *split = &r->splits[i];
    uint32_t start = i == 0 ? 0 : split[-1].range + split[-1].nranges;
    uint32_t j;

    if (!run_fits(r, GRAY_FORM_BY, split->by, split->nby)
        || !run_fits(r, GRAY_FORM_RANGES, split->range, split->nranges)
        || split->nby > GRAY_BY_MAX || split->range != start
        || (split->everyone != GRAY_FORM_NONE
            && split->everyone >= gray_release_variants(r)))
    {
        return "a split";
    }

    for (j = 1; j < split->nranges; j++) {
        const gray_form_range_t *range = &r->ranges[split->range + j];

        if (range->first < range[-1].end) {
            return "the order of ranges";
        }
    }

    return NULL;
}


/* Whether the node's data is the place of `size` bytes. */
static bool
data_fits(const gray_release_t *r, const gray_form_node_t *node, size_t size)
{
    return run_fits(r, GRAY_FORM_STRINGS, node->data, (uint32_t) size);
}


static const char *
check_value(const gray_release_t *r, const gray_form_node_t *node)
{
    gray_str_t text;

    if (!str_fits(r, node->text) || node->kind > GRAY_VALUE_TIME
        || !(parts[node->op].kinds & KIND(node->kind)))
    {
        return "a value";
    }

    text = gray_release_str(r, node->text);

    switch ((gray_value_kind_t) node->kind) {
    case GRAY_VALUE_NUMBER:
        return gray_number_valid(text) ? NULL : "a number";
    case GRAY_VALUE_VERSION:
        return gray_semver_valid(text) ? NULL : "a version";
    case GRAY_VALUE_TIME:
        return data_fits(r, node, sizeof(int64_t)) ? NULL : "a time";
    case GRAY_VALUE_ADDRESS:
        return data_fits(r, node, sizeof(gray_address_t))
                       && ((const gray_address_t *) (r->strings + node->data))
                                  ->bits
                              <= 128
                   ? NULL
                   : "an address";
    default:
        return NULL;
    }
}


static const char *
check_node(const gray_release_t *r, uint32_t i)
{
    const gray_form_node_t *node = &r->nodes[i];
    const parts_t *has;

    if (node->op >= sizeof(parts) / sizeof(parts[0]) || !parts[node->op].known)
    {
        return "an operator";
    }

    has = &parts[node->op];

    if (has->attribute && node->attribute >= gray_release_attributes(r)) {
        return "an attribute";
    }

    if (has->list && node->list >= gray_release_lists(r)) {
        return "a list";
    }

    return has->kinds != 0 ? check_value(r, node) : NULL;
}


static bool
is_set(uint8_t op)
{
    return op == GRAY_OP_IN_SET || op == GRAY_OP_NOT_IN_SET;
}


/* Operands lie within their operator; a `not` has one; a set has values, and
 * nothing else has. Every end is larger than its index, so that a reader
 * always moves on. `parent` is NULL for a root. */
static bool
node_fits(const gray_release_t *r, uint32_t i, const gray_form_node_t *parent)
{
    const gray_form_node_t *node = &r->nodes[i];
    uint32_t limit
        = parent ? parent->end : gray_release_count(r, GRAY_FORM_NODES);

    if (node->end <= i || node->end > limit
        || (node->op == GRAY_OP_VALUE) != (parent && is_set(parent->op)))
    {
        return false;
    }

    if (!parts[node->op].operands) {
        return node->end == i + 1;
    }

    return node->end > i + 1
           && (node->op != GRAY_OP_NOT || r->nodes[i + 1].end == node->end);
}


/* Checks the tree whose root is node `i`, and that it is no higher than
 * decide() may recurse. */
static const char *
check_tree(const gray_release_t *r, uint32_t i)
{
    const gray_form_node_t *parents[GRAY_CONDITION_HEIGHT_MAX];
    unsigned height = 0;
    uint32_t end = r->nodes[i].end;

    do {
        while (height > 0 && i == parents[height - 1]->end) {
            height--;
        }

        if (!node_fits(r, i, height > 0 ? parents[height - 1] : NULL)) {
            return "a condition's tree";
        }

        if (parts[r->nodes[i].op].operands) {
            if (height == GRAY_CONDITION_HEIGHT_MAX) {
                return "a condition's height";
            }
            parents[height++] = &r->nodes[i];
        }

        i++;
    } while (i < end);

    return NULL;
}


static const char *
check_rule(const gray_release_t *r, uint32_t i)
{
    const gray_form_rule_t *rule = &r->rules[i];
    uint32_t start = i == 0 ? 0 : r->nodes[rule[-1].node].end;

    if (!str_fits(r, rule->name) || rule->name.len > GRAY_NAME_MAX
        || !str_fits(r, rule->condition))
    {
        return "a rule's name";
    }

    if (rule->variant == GRAY_FORM_NONE
            ? rule->split >= gray_release_count(r, GRAY_FORM_SPLITS)
            : rule->variant >= gray_release_variants(r)
                  || rule->split != GRAY_FORM_NONE)
    {
        return "a rule's outcome";
    }

    /* Trees follow each other, so that all are checked in one pass. */
    if (rule->node != start
        || rule->node >= gray_release_count(r, GRAY_FORM_NODES)) {
        return "a rule's condition";
    }

    return check_tree(r, rule->node);
}


static const char *
check_header(const gray_release_t *r)
{
    const gray_form_header_t *h = r->header;
    unsigned nvariants = gray_release_variants(r);

    if (nvariants == 0 || nvariants > GRAY_VARIANTS_MAX
        || h->default_variant >= nvariants
        || gray_release_rules(r) > GRAY_RULES_MAX
        || gray_release_attributes(r) > UINT16_MAX
        || gray_release_lists(r) > UINT16_MAX)
    {
        return "a count";
    }

    if (h->split != GRAY_FORM_NONE
        && h->split >= gray_release_count(r, GRAY_FORM_SPLITS))
    {
        return "the split";
    }

    return str_fits(r, h->salt) ? NULL : "the salt";
}


/* In an order in which each check may trust those before it. */
static const struct {
    gray_form_section_t section;
    check_pt check;
} checks[] = {
    { GRAY_FORM_VARIANTS, check_variant },
    { GRAY_FORM_ATTRIBUTES, check_attribute },
    { GRAY_FORM_LISTS, check_list },
    { GRAY_FORM_BY, check_by },
    { GRAY_FORM_RANGES, check_range },
    { GRAY_FORM_SPLITS, check_split },
    { GRAY_FORM_NODES, check_node },
    { GRAY_FORM_RULES, check_rule },
};


static int
damaged(gray_error_t *error, const char *wrong)
{
    gray_error_set(error, GRAY_EDAMAGED,
        "the compiled release is damaged: %s is wrong", wrong);
    return gray_error_hint(error, "put the release again");
}


int
gray_release_check(const gray_release_t *release, gray_error_t *error)
{
    const char *wrong = check_header(release);
    size_t c;
    uint32_t i;

    for (c = 0; wrong == NULL && c < sizeof(checks) / sizeof(checks[0]); c++) {
        uint32_t n = gray_release_count(release, checks[c].section);

        for (i = 0; wrong == NULL && i < n; i++) {
            wrong = checks[c].check(release, i);
        }
    }

    return wrong == NULL ? 0 : damaged(error, wrong);
}


/* The patterns by their numbers; false: a number is wrong. */
static bool
collect_regexes(const gray_release_t *r, gray_str_t *patterns, unsigned *n)
{
    uint32_t i;

    for (i = 0; i < gray_release_count(r, GRAY_FORM_NODES); i++) {
        const gray_form_node_t *node = &r->nodes[i];
        gray_str_t text;

        if (node->op != GRAY_OP_MATCHES) {
            continue;
        }

        text = gray_release_str(r, node->text);

        if (node->data == *n && *n < GRAY_REGEX_PATTERNS_MAX) {
            patterns[(*n)++] = text;
        }

        if (node->data >= *n || patterns[node->data].len != text.len
            || memcmp(patterns[node->data].data, text.data, text.len) != 0)
        {
            return false;
        }
    }

    return true;
}


int
gray_release_open_regexes(gray_release_t *release, gray_error_t *error)
{
    gray_str_t patterns[GRAY_REGEX_PATTERNS_MAX];
    unsigned i, n = 0;

    if (!collect_regexes(release, patterns, &n)) {
        return damaged(error, "a regex");
    }

    if (n == 0) {
        return 0;
    }

    release->regexes = gray_regexes_create(n);

    if (release->regexes == NULL) {
        return gray_error_set(error, GRAY_ESYSTEM, "out of memory");
    }

    for (i = 0; i < n; i++) {
        gray_regexes_set(release->regexes, i, patterns[i]);
    }

    return 0;
}
