/*
 * What grayd was told: flags over the file over the defaults. One table
 * (config.c) has every option; --help, the manual and the file's reader
 * follow from it.
 *
 * The file has an option a line, "name value", as the flag "--name value";
 * "#" begins a comment.
 */

#ifndef GRAYD_CONFIG_H
#define GRAYD_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/error.h"

#define GRAYD_CONFIG_FILE "/etc/nginx-gray/grayd.conf"
#define GRAYD_NAMES_MAX 16

typedef struct {
    char *store;
    char *socket; /* "": none                                      */
    char *listen; /* "ADDRESS:PORT"; NULL: no TCP                  */
    char *tokens; /* the token file; NULL: none                    */
    char *web;    /* the page's files                              */
    char *spool;  /* where bodies stand while they come in         */
    char *hosts[GRAYD_NAMES_MAX + 1];
    char *origins[GRAYD_NAMES_MAX + 1];
    uint64_t threads;
    uint64_t connections;
    uint64_t queue;
    uint64_t upload_max; /* bytes                                     */
    uint64_t timeout;    /* milliseconds, of a request to come in    */
    uint64_t idle;       /* milliseconds between two requests        */
} grayd_config_t;

typedef enum {
    GRAYD_TEXT,
    GRAYD_TEXTS, /* may be given several times                    */
    GRAYD_COUNT,
    GRAYD_SIZE,    /* 2g, 512m, 64k, 1000                           */
    GRAYD_DURATION /* 500ms, 10s, 5m                                */
} grayd_option_kind_t;

typedef struct {
    const char *name;
    grayd_option_kind_t kind;
    const char *value; /* its name in the help                        */
    const char *standard;
    const char *help;
    size_t offset; /* in grayd_config_t                           */
    uint64_t least;
    uint64_t most;
} grayd_option_t;

/* Ends with a NULL name. */
extern const grayd_option_t grayd_options[];

/* The defaults; -1 without memory. */
int grayd_config_init(grayd_config_t *config, gray_error_t *error);
void grayd_config_free(grayd_config_t *config);

/* Sets one option. GRAY_EINVALID names the option and what is wrong. */
int grayd_config_set(grayd_config_t *config, const char *name,
    const char *value, gray_error_t *error);

/* Reads a file; it need not be there when `may_lack`. */
int grayd_config_read(grayd_config_t *config, const char *file, bool may_lack,
    gray_error_t *error);

/* What does not go together: a TCP address that is not the loopback needs a
 * token file, something must be listened on. */
int grayd_config_check(const grayd_config_t *config, gray_error_t *error);

#endif
