#include <string.h>
#include "condition_literal.h"
#include "number.h"
#include "rfc3339.h"
#include "semver.h"

/* One form of literal; the first whose shape fits reads the token. */
typedef struct {
    bool (*fits)(gray_str_t text);
    int (*read)(
        const gray_token_t *token, gray_node_t *node, gray_error_t *error);
} form_t;


static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}


/* v8.0.47 */
static bool
fits_version(gray_str_t text)
{
    return text.len > 1 && text.data[0] == 'v' && is_digit(text.data[1]);
}


static int
read_version(const gray_token_t *token, gray_node_t *node, gray_error_t *error)
{
    if (!gray_semver_valid(token->text)) {
        gray_token_error(
            token, error, "'%.*s' is no version", gray_shown(token->text));
        return gray_error_hint(
            error, "write one such as v8.0.47 or v1.2.0-rc.1");
    }

    node->kind = GRAY_VALUE_VERSION;
    return 0;
}


/* 2026-10-01T00:00:00Z, RFC 3339 */
bool
gray_literal_is_time(gray_str_t text)
{
    static const char shape[] = "0000-00-00";
    size_t i;

    for (i = 0; i < sizeof(shape) - 1; i++) {
        if (i == text.len
            || (shape[i] == '0' ? !is_digit(text.data[i])
                                : text.data[i] != shape[i]))
        {
            return false;
        }
    }

    return true;
}


static int
read_time(const gray_token_t *token, gray_node_t *node, gray_error_t *error)
{
    int64_t seconds;

    if (!gray_rfc3339_parse(token->text, &seconds)) {
        gray_token_error(
            token, error, "'%.*s' is no time", gray_shown(token->text));
        return gray_error_hint(error,
            "write one such as 2026-12-01T00:00:00Z or "
            "2026-12-01T00:00:00+08:00");
    }

    node->kind = GRAY_VALUE_TIME;
    return 0;
}


static int
read_number(const gray_token_t *token, gray_node_t *node, gray_error_t *error)
{
    (void) token;
    (void) error;
    node->kind = GRAY_VALUE_NUMBER;
    return 0;
}


/* 10.0.0.0/8 or 2001:db8::1: what has a colon or a slash and begins as an
 * address may. */
static bool
fits_address(gray_str_t text)
{
    gray_address_t address;
    gray_str_t left = text;
    const char *slash = memchr(text.data, '/', text.len);

    if (slash != NULL) {
        left.len = (size_t) (slash - text.data);
    }

    return gray_address_parse(left, &address);
}


static int
read_address(const gray_token_t *token, gray_node_t *node, gray_error_t *error)
{
    gray_error_t problem;

    if (gray_block_parse(token->text, &node->address, &problem) != 0) {
        gray_token_error(token, error, "%s", problem.message);
        return gray_error_hint(error, "%s", problem.hint);
    }

    node->kind = GRAY_VALUE_ADDRESS;
    return 0;
}


/* 8.0.47: two dots or more, and no address */
static bool
fits_dotted(gray_str_t text)
{
    size_t i, ndots = 0;

    for (i = 0; i < text.len && text.data[i] != '/'; i++) {
        if (text.data[i] == '.') {
            ndots++;
        } else if (!is_digit(text.data[i])) {
            break;
        }
    }

    return is_digit(text.data[0]) && ndots >= 2;
}


static int
read_dotted(const gray_token_t *token, gray_node_t *node, gray_error_t *error)
{
    (void) node;
    gray_token_error(token, error, "'%.*s' is neither a number nor an address",
        gray_shown(token->text));

    if (memchr(token->text.data, '/', token->text.len) != NULL) {
        return gray_error_hint(
            error, "a block needs all four parts, such as 10.0.0.0/8");
    }

    return gray_error_hint(
        error, "a version is written v%.*s", gray_shown(token->text));
}


static bool
fits_anything(gray_str_t text)
{
    (void) text;
    return true;
}


static int
read_unquoted(const gray_token_t *token, gray_node_t *node, gray_error_t *error)
{
    (void) node;
    gray_token_error(
        token, error, "the text %.*s has no quotes", gray_shown(token->text));
    return gray_error_hint(error, "write '%.*s'", gray_shown(token->text));
}


static const form_t forms[] = {
    { fits_version, read_version },
    { gray_literal_is_time, read_time },
    { gray_number_valid, read_number },
    { fits_address, read_address },
    { fits_dotted, read_dotted },
    { fits_anything, read_unquoted },
};


int
gray_literal_read(
    const gray_token_t *token, gray_node_t *node, gray_error_t *error)
{
    const form_t *form = forms;

    while (!form->fits(token->text)) {
        form++;
    }

    return form->read(token, node, error);
}
