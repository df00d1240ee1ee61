#include "condition_literal.h"
#include "condition_value.h"
#include "regex.h"


/* Without the quotes, doubled ones made single. */
static gray_str_t
keep_quoted(gray_parser_t *p)
{
    const char *from = p->token.text.data + 1;
    const char *end = from + p->token.text.len - 2;
    char quote = from[-1];
    gray_str_t text = { 0, p->texts };

    while (from < end) {
        from += *from == quote;
        *p->texts++ = *from++;
        text.len++;
    }

    return text;
}


static gray_str_t
keep_address(gray_parser_t *p, const gray_address_t *address)
{
    char text[GRAY_ADDRESS_TEXT_MAX];

    return gray_parser_keep(p, text, gray_address_print(address, text));
}


static int
parse_unquoted(gray_parser_t *p, gray_node_t *node)
{
    if (gray_literal_read(&p->token, node, p->error) != 0) {
        return -1;
    }

    node->text
        = node->kind == GRAY_VALUE_ADDRESS
              ? keep_address(p, &node->address)
              : gray_parser_keep(p, p->token.text.data, p->token.text.len);

    return gray_parser_next(p);
}


/* How to say what an empty text was meant to say. */
static int
refuse_empty(gray_parser_t *p, const gray_node_t *node)
{
    gray_token_error(
        &p->token, p->error, "an empty value is the same as an absent one");

    if (node->attribute.len == 0) {
        return gray_error_hint(p->error, "leave it out");
    }

    return gray_error_hint(p->error, "write %shas %.*s",
        node->op == GRAY_OP_EQ ? "not " : "", gray_shown(node->attribute));
}


static int
parse_quoted(gray_parser_t *p, gray_node_t *node)
{
    node->kind = GRAY_VALUE_TEXT;
    node->text = keep_quoted(p);

    return node->text.len > 0 ? gray_parser_next(p) : refuse_empty(p, node);
}


int
gray_value_any(gray_parser_t *p, gray_node_t *node)
{
    if (p->token.kind == GRAY_TOKEN_WORD) {
        return parse_unquoted(p, node);
    }

    if (p->token.kind == GRAY_TOKEN_TEXT) {
        return parse_quoted(p, node);
    }

    gray_parser_expected(p, "a value");

    return p->token.kind == GRAY_TOKEN_LIST
               ? gray_error_hint(p->error, "a list is asked with 'in'")
               : -1;
}


int
gray_value_ordered(gray_parser_t *p, gray_node_t *node)
{
    gray_token_t token = p->token;

    if (gray_value_any(p, node) != 0) {
        return -1;
    }

    if (node->kind != GRAY_VALUE_ADDRESS || node->address.bits == 128) {
        return 0;
    }

    gray_token_error(&token, p->error, "a block has no order");

    return gray_error_hint(p->error, "write %.*s = %.*s",
        gray_shown(node->attribute), gray_shown(token.text));
}


int
gray_value_text(gray_parser_t *p, gray_node_t *node)
{
    if (p->token.kind == GRAY_TOKEN_TEXT) {
        return parse_quoted(p, node);
    }

    gray_parser_expected(p, "a text in quotes");

    return p->token.kind == GRAY_TOKEN_WORD ? gray_error_hint(
               p->error, "write '%.*s'", gray_shown(p->token.text))
                                            : -1;
}


/* Where byte `offset` of the unquoted text stands in the quoted one. */
static unsigned
quoted_offset(gray_str_t quoted, size_t offset)
{
    const char *p = quoted.data + 1;

    while (offset-- > 0) {
        p += *p == *quoted.data ? 2 : 1;
    }

    return (unsigned) (p - quoted.data);
}


int
gray_value_regex(gray_parser_t *p, gray_node_t *node)
{
    gray_token_t token = p->token;
    gray_error_t problem;
    size_t offset;

    if (gray_value_text(p, node) != 0) {
        return -1;
    }

    if (gray_regex_check(node->text, &offset, &problem) != 0) {
        token.column += quoted_offset(token.text, offset);
        gray_token_error(&token, p->error, "%s", problem.message);
        return gray_error_hint(p->error, "%s", problem.hint);
    }

    return 0;
}


int
gray_value_time(gray_parser_t *p, gray_node_t *node)
{
    gray_token_t token = p->token;
    gray_node_t read = *node;

    if (token.kind == GRAY_TOKEN_WORD
        && gray_literal_read(&token, &read, p->error) == 0
        && read.kind == GRAY_VALUE_TIME)
    {
        return parse_unquoted(p, node);
    }

    /* "no such time" is said already, and better. */
    if (token.kind == GRAY_TOKEN_WORD && gray_literal_is_time(token.text)) {
        return -1;
    }

    gray_parser_expected(p, "a time");
    return gray_error_hint(
        p->error, "write one such as 2026-12-01T00:00:00+08:00");
}


static gray_node_t *
parse_member(gray_parser_t *p)
{
    gray_node_t *node = gray_parser_node(p, GRAY_OP_VALUE);

    return node != NULL && gray_value_any(p, node) == 0 ? node : NULL;
}


int
gray_value_set(gray_parser_t *p, gray_node_t *node)
{
    const gray_node_t **place = &node->child;
    gray_node_t *member;

    do {
        if (gray_parser_next(p) != 0 || (member = parse_member(p)) == NULL) {
            return -1;
        }

        *place = member;
        place = &member->next;
    } while (gray_token_is(&p->token, ","));

    return gray_token_is(&p->token, "]")
               ? gray_parser_next(p)
               : gray_parser_expected(p, "',' or ']'");
}
