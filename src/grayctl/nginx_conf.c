#include <string.h>

#include "nginx_conf.h"

static const char *
skip_space(const char *at)
{
    for (;;) {
        at += strspn(at, " \t\r\n");

        if (*at != '#') {
            return at;
        }

        at += strcspn(at, "\n");
    }
}

/* Copies the word at `at`, without its quotes; what is too long is cut. */
static const char *
read_word(const char *at, char *word, size_t size)
{
    size_t len = 0;
    char quote = *at == '\'' || *at == '"' ? *at++ : '\0';

    while (*at != '\0') {
        if (quote ? *at == quote : strchr(" \t\r\n;{}", *at) != NULL) {
            break;
        }

        /* ${name} holds braces. */
        if (!quote && at[0] == '$' && at[1] == '{') {
            size_t n = strcspn(at, "}");

            for (; n > 0 && len + 1 < size; n--) {
                word[len++] = *at++;
            }
        }

        if (*at == '\\' && at[1] != '\0') {
            at++;
        }

        if (*at == '\0') {
            break;
        }

        if (len + 1 < size) {
            word[len++] = *at;
        }

        at++;
    }

    word[len] = '\0';

    return quote && *at == quote ? at + 1 : at;
}

bool
nginx_conf_next(const nginx_conf_t *conf, nginx_directive_t *directive)
{
    const char *at = directive->at ? directive->at : conf->text;
    static const size_t size = sizeof(directive->words[0]);
    char rest[sizeof(directive->words[0])];

    directive->n = 0;

    if (at == NULL) {
        return false;
    }

    for (;;) {
        at = skip_space(at);

        if (*at == '\0') {
            directive->at = at;
            return directive->n > 0;
        }

        if (strchr(";{}", *at) != NULL) {
            at++;

            if (directive->n > 0) {
                directive->at = at;
                return true;
            }

        } else if (directive->n < NGINX_CONF_WORDS_MAX) {
            at = read_word(at, directive->words[directive->n++], size);

        } else {
            at = read_word(at, rest, size);
        }
    }
}

bool
nginx_conf_find(
    const nginx_conf_t *conf, const char *name, nginx_directive_t *directive)
{
    while (nginx_conf_next(conf, directive)) {
        if (strcmp(directive->words[0], name) == 0) {
            return true;
        }
    }

    return false;
}
