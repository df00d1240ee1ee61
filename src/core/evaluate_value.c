#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memmem */
#endif

#include <string.h>
#include "evaluate.h"
#include "number.h"
#include "rfc3339.h"
#include "semver.h"

/* How a value stands to the literal. */
typedef enum {
    LESS = 1,
    EQUAL = 2,
    GREATER = 4
} order_t;

/* 0: the value cannot be read as the literal's kind. */
typedef unsigned (*order_pt)(const gray_release_t *release,
    const gray_form_node_t *node, gray_str_t value);


/* The orders for which an operator holds. */
static const unsigned char holds[GRAY_OP_NOW_FROM + 1] = {
    [GRAY_OP_EQ] = EQUAL,
    [GRAY_OP_NE] = LESS | GREATER,
    [GRAY_OP_LT] = LESS,
    [GRAY_OP_LE] = LESS | EQUAL,
    [GRAY_OP_GT] = GREATER,
    [GRAY_OP_GE] = GREATER | EQUAL,
    [GRAY_OP_VALUE] = EQUAL,
};


static order_t
order_of(int64_t difference)
{
    return difference < 0 ? LESS : difference > 0 ? GREATER : EQUAL;
}


static unsigned
order_text(const gray_release_t *release, const gray_form_node_t *node,
    gray_str_t value)
{
    size_t n = value.len < node->text.len ? value.len : node->text.len;
    int order = memcmp(value.data, release->strings + node->text.offset, n);

    return order_of(
        order != 0 ? order : (int64_t) value.len - (int64_t) node->text.len);
}


static unsigned
order_number(const gray_release_t *release, const gray_form_node_t *node,
    gray_str_t value)
{
    return gray_number_valid(value) ? order_of(gray_number_compare(
               value, gray_release_str(release, node->text)))
                                    : 0;
}


static unsigned
order_version(const gray_release_t *release, const gray_form_node_t *node,
    gray_str_t value)
{
    return gray_semver_valid(value) ? order_of(gray_semver_compare(
               value, gray_release_str(release, node->text)))
                                    : 0;
}


static unsigned
order_time(const gray_release_t *release, const gray_form_node_t *node,
    gray_str_t value)
{
    int64_t time, literal;

    memcpy(&literal, release->strings + node->data, sizeof(literal));

    return gray_rfc3339_parse(value, &time) ? order_of(time - literal) : 0;
}


/* Equal is what lies in the block. The others have an order within their own
 * family. */
static unsigned
order_address(const gray_release_t *release, const gray_form_node_t *node,
    gray_str_t value)
{
    const gray_address_t *literal
        = (const void *) (release->strings + node->data);
    unsigned equality = holds[node->op] == EQUAL || node->op == GRAY_OP_NE;
    gray_address_t address;

    if (!gray_address_parse(value, &address)) {
        return 0;
    }

    if (equality) {
        return gray_block_contains(literal, &address) ? EQUAL : LESS;
    }

    if (gray_address_is_ipv4(literal) != gray_address_is_ipv4(&address)) {
        return 0;
    }

    return order_of(
        memcmp(address.bytes, literal->bytes, sizeof(address.bytes)));
}


static const order_pt orders[] = {
    [GRAY_VALUE_TEXT] = order_text,
    [GRAY_VALUE_NUMBER] = order_number,
    [GRAY_VALUE_ADDRESS] = order_address,
    [GRAY_VALUE_VERSION] = order_version,
    [GRAY_VALUE_TIME] = order_time,
};

static bool
equals(gray_str_t value, gray_str_t text)
{
    return value.len == text.len
           && memcmp(value.data, text.data, text.len) == 0;
}


static bool
starts(gray_str_t value, gray_str_t text)
{
    return value.len >= text.len
           && memcmp(value.data, text.data, text.len) == 0;
}


static bool
ends(gray_str_t value, gray_str_t text)
{
    return value.len >= text.len
           && memcmp(value.data + value.len - text.len, text.data, text.len)
                  == 0;
}


static bool
contains(gray_str_t value, gray_str_t text)
{
    return memmem(value.data, value.len, text.data, text.len) != NULL;
}


bool
gray_evaluate_value(const gray_release_t *release, const gray_form_node_t *node,
    gray_str_t value)
{
    gray_str_t text = gray_release_str(release, node->text);

    /* What most rules ask, without an order. */
    if (node->kind == GRAY_VALUE_TEXT && holds[node->op] == EQUAL) {
        return equals(value, text);
    }

    switch (node->op) {
    case GRAY_OP_STARTS:
        return starts(value, text);
    case GRAY_OP_ENDS:
        return ends(value, text);
    case GRAY_OP_CONTAINS:
        return contains(value, text);
    default:
        return (orders[node->kind](release, node, value) & holds[node->op])
               != 0;
    }
}
