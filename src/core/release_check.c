#include "condition.h"
#include "number.h"
#include "release_private.h"

/* One section's check of one element: NULL, or what is wrong. */
typedef const char *(*check_pt)(const gray_release_t *r, uint32_t i);

/* What an operator has; the others of a node's members mean nothing. */
typedef struct {
    bool known;
    bool operands;
    bool attribute;
    bool list;
    bool value;
} parts_t;

static const parts_t parts[] = {
    [GRAY_OP_TRUE] = { .known = true },
    [GRAY_OP_AND] = { .known = true, .operands = true },
    [GRAY_OP_OR] = { .known = true, .operands = true },
    [GRAY_OP_NOT] = { .known = true, .operands = true },
    [GRAY_OP_HAS] = { .known = true, .attribute = true },
    [GRAY_OP_IN] = { .known = true, .attribute = true, .list = true },
    [GRAY_OP_NOT_IN] = { .known = true, .attribute = true, .list = true },
    [GRAY_OP_EQ] = { .known = true, .attribute = true, .value = true },
    [GRAY_OP_NE] = { .known = true, .attribute = true, .value = true },
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


static const char *
check_value(const gray_release_t *r, const gray_form_node_t *node)
{
    uint32_t size = gray_release_count(r, GRAY_FORM_STRINGS);
    const gray_address_t *address;

    if (!str_fits(r, node->text) || node->kind < GRAY_VALUE_TEXT
        || node->kind > GRAY_VALUE_ADDRESS)
    {
        return "a value";
    }

    if (node->kind == GRAY_VALUE_NUMBER) {
        return gray_number_valid(gray_release_str(r, node->text)) ? NULL
                                                                  : "a number";
    }

    if (node->kind == GRAY_VALUE_ADDRESS) {
        if (node->address > size || sizeof(*address) > size - node->address) {
            return "an address";
        }

        address = (const gray_address_t *) (r->strings + node->address);
        return address->bits <= 128 ? NULL : "an address";
    }

    return NULL;
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

    return has->value ? check_value(r, node) : NULL;
}


/* Operands lie within their operator; a `not` has one. Every end is larger
 * than its index, so that a reader always moves on. */
static bool
node_fits(const gray_release_t *r, uint32_t i, uint32_t limit)
{
    const gray_form_node_t *node = &r->nodes[i];

    if (node->end <= i || node->end > limit) {
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
    uint32_t ends[GRAY_CONDITION_HEIGHT_MAX];
    unsigned height = 0;
    uint32_t limit = gray_release_count(r, GRAY_FORM_NODES);
    uint32_t end = r->nodes[i].end;

    do {
        while (height > 0 && i == ends[height - 1]) {
            height--;
        }

        if (!node_fits(r, i, height > 0 ? ends[height - 1] : limit)) {
            return "a condition's tree";
        }

        if (parts[r->nodes[i].op].operands) {
            if (height == GRAY_CONDITION_HEIGHT_MAX) {
                return "a condition's height";
            }
            ends[height++] = r->nodes[i].end;
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

    if (wrong != NULL) {
        gray_error_set(error, GRAY_EDAMAGED,
            "the compiled release is damaged: %s is wrong", wrong);
        return gray_error_hint(error, "put the release again");
    }

    return 0;
}
