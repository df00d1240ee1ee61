#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "condition_lexer.h"

typedef bool (*belongs_pt)(char c);


static bool
is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}


/* Bytes of UTF-8 count as letters, so that an unquoted word of any script is
 * shown whole in the error that asks for quotes. */
static bool
is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c >= '0' && c <= '9') || (c & 0x80)
           || (c != '\0' && strchr("_.:/+-", c) != NULL);
}


static bool
is_operator(char c)
{
    return c != '\0' && strchr("=!<>&|~", c) != NULL;
}


static bool
is_mark(char c)
{
    return c != '\0' && strchr("()[],", c) != NULL;
}


static bool
is_control(char c)
{
    return (unsigned char) c < 0x20 || c == 0x7f;
}


void
gray_lexer_init(gray_lexer_t *lexer, gray_str_t text)
{
    *lexer = (gray_lexer_t){ .text = text, .line = 1 };
}


static void
skip_space(gray_lexer_t *lexer)
{
    const char *data = lexer->text.data;

    while (lexer->position < lexer->text.len && is_space(data[lexer->position]))
    {
        if (data[lexer->position++] == '\n') {
            lexer->line++;
            lexer->line_start = lexer->position;
        }
    }
}


static size_t
run(const char *p, const char *end, belongs_pt belongs)
{
    const char *start = p;

    while (p < end && belongs(*p)) {
        p++;
    }

    return (size_t) (p - start);
}


/* Sets the length of a quoted text; a doubled quote stands for one. */
static int
read_text(gray_token_t *token, const char *end, gray_error_t *error)
{
    const char *start = token->text.data;
    const char *p = start + 1;

    for (; p < end; p++) {
        if (is_control(*p)) {
            token->column += (unsigned) (p - start);
            return gray_token_error(token, error,
                "control character 0x%02x in a text", (unsigned char) *p);
        }

        if (*p == *start) {
            if (p + 1 == end || p[1] != *start) {
                token->text.len = (size_t) (p + 1 - start);
                return 0;
            }
            p++;
        }
    }

    return gray_token_error(token, error, "the text has no closing %c", *start);
}


static int
unexpected(const gray_token_t *token, gray_error_t *error)
{
    char c = token->text.data[0];

    if (is_control(c)) {
        return gray_token_error(
            token, error, "unexpected byte 0x%02x", (unsigned char) c);
    }

    gray_token_error(token, error, "unexpected character '%c'", c);

    if (c == '$') {
        gray_error_hint(error, "attributes are written without it");
    }

    return -1;
}


static int
read_token(gray_token_t *token, const char *end, gray_error_t *error)
{
    const char *p = token->text.data;

    if (*p == '\'' || *p == '"') {
        token->kind = GRAY_TOKEN_TEXT;
        return read_text(token, end, error);
    }

    if (*p == '@') {
        token->kind = GRAY_TOKEN_LIST;
        token->text.len = 1 + run(p + 1, end, is_word);
        return 0;
    }

    if (is_mark(*p)) {
        token->kind = GRAY_TOKEN_MARK;
        token->text.len = 1;
        return 0;
    }

    if (is_operator(*p)) {
        token->kind = GRAY_TOKEN_OPERATOR;
        token->text.len = run(p, end, is_operator);
        return 0;
    }

    if (is_word(*p)) {
        token->kind = GRAY_TOKEN_WORD;
        token->text.len = run(p, end, is_word);
        return 0;
    }

    return unexpected(token, error);
}


int
gray_lexer_next(gray_lexer_t *lexer, gray_token_t *token, gray_error_t *error)
{
    const char *end = lexer->text.data + lexer->text.len;

    skip_space(lexer);

    token->kind = GRAY_TOKEN_END;
    token->line = lexer->line;
    token->column = (unsigned) (lexer->position - lexer->line_start) + 1;
    token->text.len = 0;
    token->text.data = lexer->text.data + lexer->position;

    if (lexer->position == lexer->text.len) {
        return 0;
    }

    if (read_token(token, end, error) != 0) {
        return -1;
    }

    lexer->position += token->text.len;
    return 0;
}


bool
gray_token_is(const gray_token_t *token, const char *word)
{
    return token->kind != GRAY_TOKEN_TEXT && token->text.len == strlen(word)
           && memcmp(token->text.data, word, token->text.len) == 0;
}


int
gray_token_error(
    const gray_token_t *token, gray_error_t *error, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    gray_error_setv(error, GRAY_ESYNTAX, format, args);
    va_end(args);

    error->line = token->line;
    error->column = token->column;
    return -1;
}


int
gray_shown_length(gray_str_t text)
{
    size_t len = 80;

    if (text.len <= len) {
        return (int) text.len;
    }

    /* Back to the first byte of a character of UTF-8. */
    while (len > 76 && (text.data[len] & 0xc0) == 0x80) {
        len--;
    }

    return (int) len;
}
