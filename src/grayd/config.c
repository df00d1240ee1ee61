/* grayd's options. */

#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GRAYD_AT(field) offsetof(grayd_config_t, field)

const grayd_option_t grayd_options[] = {
    { "store", GRAYD_TEXT, "DIR", "/var/lib/gray", "the store", GRAYD_AT(store),
        0, 0 },
    { "socket", GRAYD_TEXT, "PATH", "/run/gray/grayd.sock",
        "the unix socket, of the store's group; \"\" for none",
        GRAYD_AT(socket), 0, 0 },
    { "listen", GRAYD_TEXT, "ADDRESS:PORT", NULL,
        "listen on TCP too; every request then needs a token", GRAYD_AT(listen),
        0, 0 },
    { "tokens", GRAYD_TEXT, "FILE", NULL, "the token file; see --new-token",
        GRAYD_AT(tokens), 0, 0 },
    { "host", GRAYD_TEXTS, "NAME", NULL,
        "a name by which grayd may be asked (Host), beside localhost",
        GRAYD_AT(hosts), 0, 0 },
    { "origin", GRAYD_TEXTS, "URL", NULL,
        "another site whose pages may make changes", GRAYD_AT(origins), 0, 0 },
    { "web", GRAYD_TEXT, "DIR", "/usr/local/share/nginx-gray/web",
        "the dashboard's files; \"\" for no dashboard", GRAYD_AT(web), 0, 0 },
    { "spool", GRAYD_TEXT, "DIR", "/var/tmp",
        "where uploads stand until they are read", GRAYD_AT(spool), 0, 0 },
    { "threads", GRAYD_COUNT, "N", "2", "threads that answer requests",
        GRAYD_AT(threads), 1, 64 },
    { "connections", GRAYD_COUNT, "N", "1000", "open connections at most",
        GRAYD_AT(connections), 4, 100000 },
    { "queue", GRAYD_COUNT, "N", "128",
        "changes that may wait; more are refused with 503", GRAYD_AT(queue), 1,
        100000 },
    { "upload-max", GRAYD_SIZE, "BYTES", "2g", "the largest import",
        GRAYD_AT(upload_max), 1024, (uint64_t) 1 << 40 },
    { "timeout", GRAYD_DURATION, "TIME", "10s",
        "a request must have come in within this (uploads: 64 KiB/s)",
        GRAYD_AT(timeout), 100, 3600000 },
    { "idle", GRAYD_DURATION, "TIME", "60s",
        "a connection without a request is closed after this", GRAYD_AT(idle),
        1000, 3600000 },
    { NULL, GRAYD_TEXT, NULL, NULL, NULL, 0, 0, 0 },
};


/* --- values ---------------------------------------------------------------- */

typedef struct {
    const char *word;
    uint64_t factor;
} grayd_unit_t;

static const grayd_unit_t grayd_sizes[] = {
    { "", 1 },
    { "k", 1 << 10 },
    { "m", 1 << 20 },
    { "g", 1 << 30 },
    { NULL, 0 },
};

static const grayd_unit_t grayd_durations[] = {
    { "ms", 1 },
    { "s", 1000 },
    { "m", 60000 },
    { "h", 3600000 },
    { NULL, 0 },
};

static const grayd_unit_t grayd_counts[] = { { "", 1 }, { NULL, 0 } };

static const grayd_unit_t *const grayd_units[] = {
    [GRAYD_COUNT] = grayd_counts,
    [GRAYD_SIZE] = grayd_sizes,
    [GRAYD_DURATION] = grayd_durations,
};

static const char *const grayd_examples[] = {
    [GRAYD_COUNT] = "a whole number",
    [GRAYD_SIZE] = "a size such as 512m",
    [GRAYD_DURATION] = "a time such as 500ms, 10s or 5m",
};


/* As a person would write it: by the largest unit that leaves nothing over. */
static void
grayd_number_text(
    const grayd_option_t *option, uint64_t number, char *text, size_t size)
{
    const grayd_unit_t *unit = grayd_units[option->kind], *best = unit;

    for (; unit->word != NULL; unit++) {
        if (number % unit->factor == 0) {
            best = unit;
        }
    }

    (void) snprintf(
        text, size, "%" PRIu64 "%s", number / best->factor, best->word);
}


static int
grayd_number_error(
    const grayd_option_t *option, const char *text, gray_error_t *error)
{
    char least[32], most[32];

    grayd_number_text(option, option->least, least, sizeof(least));
    grayd_number_text(option, option->most, most, sizeof(most));

    return gray_error_set(error, GRAY_EINVALID,
        "%s '%.64s': %s is wanted, from %s to %s", option->name, text,
        grayd_examples[option->kind], least, most);
}


static int
grayd_number(const grayd_option_t *option, const char *text, uint64_t *number,
    gray_error_t *error)
{
    char *end;
    const grayd_unit_t *unit = grayd_units[option->kind];

    errno = 0;
    *number = strtoull(text, &end, 10);

    if (text[0] >= '0' && text[0] <= '9' && errno == 0) {
        for (; unit->word != NULL; unit++) {
            if (strcmp(unit->word, end) == 0
                && *number <= option->most / unit->factor
                && *number * unit->factor >= option->least)
            {
                *number *= unit->factor;
                return 0;
            }
        }
    }

    return grayd_number_error(option, text, error);
}


static int
grayd_text_set(char **to, const char *value, gray_error_t *error)
{
    char *copy = strdup(value);

    if (copy == NULL) {
        return gray_error_set(error, GRAY_ESYSTEM, "no memory");
    }

    free(*to);
    *to = copy;

    return 0;
}


static int
grayd_texts_add(const grayd_option_t *option, char **texts, const char *value,
    gray_error_t *error)
{
    for (int i = 0; i < GRAYD_NAMES_MAX; i++) {
        if (texts[i] == NULL) {
            return grayd_text_set(&texts[i], value, error);
        }
    }

    return gray_error_set(error, GRAY_EINVALID,
        "%s is given more than %d times", option->name, GRAYD_NAMES_MAX);
}


static int
grayd_option_set(grayd_config_t *config, const grayd_option_t *option,
    const char *value, gray_error_t *error)
{
    void *field = (char *) config + option->offset;

    switch (option->kind) {
    case GRAYD_TEXT:
        return grayd_text_set(field, value, error);

    case GRAYD_TEXTS:
        return grayd_texts_add(option, field, value, error);

    default:
        return grayd_number(option, value, field, error);
    }
}


int
grayd_config_set(grayd_config_t *config, const char *name, const char *value,
    gray_error_t *error)
{
    for (const grayd_option_t *option = grayd_options; option->name != NULL;
         option++)
    {
        if (strcmp(option->name, name) == 0) {
            return grayd_option_set(config, option, value, error);
        }
    }

    (void) gray_error_set(
        error, GRAY_EINVALID, "there is no option '%.64s'", name);

    return gray_error_hint(error, "grayd --help lists them");
}


int
grayd_config_init(grayd_config_t *config, gray_error_t *error)
{
    memset(config, 0, sizeof(*config));

    for (const grayd_option_t *option = grayd_options; option->name != NULL;
         option++)
    {
        if (option->standard != NULL
            && grayd_option_set(config, option, option->standard, error) != 0)
        {
            return -1;
        }
    }

    return 0;
}


void
grayd_config_free(grayd_config_t *config)
{
    for (const grayd_option_t *option = grayd_options; option->name != NULL;
         option++)
    {
        char **text = (char **) ((char *) config + option->offset);

        for (int i = 0; option->kind == GRAYD_TEXTS && i < GRAYD_NAMES_MAX; i++)
        {
            free(text[i]);
        }
        if (option->kind == GRAYD_TEXT) {
            free(*text);
        }
    }

    memset(config, 0, sizeof(*config));
}


/* --- the file -------------------------------------------------------------- */

static int
grayd_config_line(grayd_config_t *config, char *line, gray_error_t *error)
{
    char *name, *value, *end;

    line[strcspn(line, "\r\n")] = '\0';
    name = line + strspn(line, " \t");

    if (name[0] == '\0' || name[0] == '#') {
        return 0;
    }

    value = name + strcspn(name, " \t");
    if (*value != '\0') {
        *value++ = '\0';
        value += strspn(value, " \t");
    }

    for (end = value + strlen(value);
         end > value && (end[-1] == ' ' || end[-1] == '\t'); end--)
    {
        end[-1] = '\0';
    }

    return grayd_config_set(
        config, name, strcmp(value, "\"\"") == 0 ? "" : value, error);
}


int
grayd_config_read(grayd_config_t *config, const char *file, bool may_lack,
    gray_error_t *error)
{
    int rc = 0;
    char line[1024];
    FILE *in = fopen(file, "re");

    if (in == NULL) {
        return may_lack && errno == ENOENT
                   ? 0
                   : gray_error_set(
                       error, GRAY_EINVALID, "%s: %s", file, strerror(errno));
    }

    for (unsigned n = 1; rc == 0 && fgets(line, sizeof(line), in) != NULL; n++)
    {
        rc = strchr(line, '\n') == NULL && !feof(in)
                 ? gray_error_set(error, GRAY_EINVALID, "the line is too long")
                 : grayd_config_line(config, line, error);
        if (rc != 0) {
            (void) gray_error_place(error, "%s, line %u", file, n);
        }
    }

    fclose(in);

    return rc;
}


/* A name that begins as an address does is somebody else's. */
static bool
grayd_loopback(const char *listen)
{
    struct in_addr address;
    char host[64];
    const char *port = strrchr(listen, ':');

    if (port == NULL || (size_t) (port - listen) >= sizeof(host)) {
        return false;
    }

    memcpy(host, listen, (size_t) (port - listen));
    host[port - listen] = '\0';

    return strcmp(host, "[::1]") == 0 || strcmp(host, "localhost") == 0
           || (inet_pton(AF_INET, host, &address) == 1
               && ntohl(address.s_addr) >> 24 == IN_LOOPBACKNET);
}


int
grayd_config_check(const grayd_config_t *config, gray_error_t *error)
{
    if (config->listen == NULL || config->listen[0] == '\0') {
        return 0;
    }

    if (strrchr(config->listen, ':') == NULL) {
        (void) gray_error_set(error, GRAY_EINVALID,
            "listen '%.128s' has no port", config->listen);
        return gray_error_hint(error, "write ADDRESS:PORT");
    }

    if (config->tokens == NULL && !grayd_loopback(config->listen)) {
        (void) gray_error_set(error, GRAY_EINVALID,
            "listen %s: others could reach it, and there is no token file",
            config->listen);
        return gray_error_hint(error,
            "grayd --new-token NAME admin makes a token and the line for a "
            "file; name the file with --tokens");
    }

    return 0;
}
