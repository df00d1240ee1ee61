/*
 * nginx.conf as `nginx -T` prints it: enough of its syntax to find
 * directives and their words. Blocks are not tracked beyond their depth.
 */

#ifndef GRAYCTL_NGINX_CONF_H
#define GRAYCTL_NGINX_CONF_H

#include <stdbool.h>
#include <stddef.h>

#define NGINX_CONF_WORDS_MAX 32

typedef struct {
    char *text; /* malloc'ed, NULL-terminated; NULL: none          */
} nginx_conf_t;

/* A directive: words[0] is its name. Valid until the next one is read. */
typedef struct {
    const char *at; /* where to go on                               */
    unsigned n;
    char words[NGINX_CONF_WORDS_MAX][256];
} nginx_directive_t;

/* Zeroes *directive before the first. False at the end. */
bool nginx_conf_next(const nginx_conf_t *conf, nginx_directive_t *directive);

/* The next directive of this name. */
bool nginx_conf_find(
    const nginx_conf_t *conf, const char *name, nginx_directive_t *directive);

#endif
