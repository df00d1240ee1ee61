/*
 * What running nginx published, parsed.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "control/running.h"
#include "internal.h"

/* A line of an instance's text: its first word and what takes the rest. */
typedef struct {
    const char *word;
    int (*take)(gray_running_instance_t *instance, char *rest);
} gray_running_line_t;


static int
gray_running_nginx(gray_running_instance_t *instance, char *rest)
{
    (void) snprintf(instance->nginx, sizeof(instance->nginx), "%.31s", rest);

    return 0;
}


static int
gray_running_module(gray_running_instance_t *instance, char *rest)
{
    (void) snprintf(instance->module, sizeof(instance->module), "%.31s", rest);

    return 0;
}


static int
gray_running_schema(gray_running_instance_t *instance, char *rest)
{
    instance->schema = (unsigned) strtoul(rest, NULL, 10);

    return 0;
}


static int
gray_running_add_release(gray_running_instance_t *instance, char *rest)
{
    char *word, *state;
    gray_running_release_t *grown, *release;

    grown = realloc(
        instance->releases, (instance->nreleases + 1) * sizeof(*grown));
    if (grown == NULL) {
        return -1;
    }
    instance->releases = grown;
    release = &grown[instance->nreleases];
    memset(release, 0, sizeof(*release));
    release->variants = calloc(GRAY_VARIANTS_MAX, sizeof(*release->variants));
    if (release->variants == NULL) {
        return -1;
    }
    instance->nreleases++;

    word = strtok_r(rest, " ", &state);
    if (word != NULL) {
        (void) snprintf(release->name, sizeof(release->name), "%.63s", word);
    }

    while (release->nvariants < GRAY_VARIANTS_MAX
           && (word = strtok_r(NULL, " ", &state)) != NULL)
    {
        (void) snprintf(release->variants[release->nvariants++],
            sizeof(*release->variants), "%.63s", word);
    }

    return 0;
}


static int
gray_running_add_name(gray_running_name_t **names, unsigned *n, char *rest)
{
    size_t len;
    gray_running_name_t *grown;

    grown = realloc(*names, (*n + 1) * sizeof(*grown));
    if (grown == NULL) {
        return -1;
    }
    *names = grown;

    len = strcspn(rest, " ");
    (void) snprintf(grown[*n].name, sizeof(grown[*n].name), "%.*s",
        len > 63 ? 63 : (int) len, rest);
    grown[*n].text = strdup(rest[len] == ' ' ? rest + len + 1 : "");
    if (grown[*n].text == NULL) {
        return -1;
    }
    (*n)++;

    return 0;
}


static int
gray_running_add_attribute(gray_running_instance_t *instance, char *rest)
{
    return gray_running_add_name(
        &instance->attributes, &instance->nattributes, rest);
}


static int
gray_running_add_live(gray_running_instance_t *instance, char *rest)
{
    return gray_running_add_name(&instance->lives, &instance->nlives, rest);
}


static int
gray_running_add_override(gray_running_instance_t *instance, char *rest)
{
    return gray_running_add_name(
        &instance->overrides, &instance->noverrides, rest);
}


static const gray_running_line_t gray_running_lines[] = {
    { "nginx", gray_running_nginx },
    { "module", gray_running_module },
    { "schema", gray_running_schema },
    { "release", gray_running_add_release },
    { "attribute", gray_running_add_attribute },
    { "live", gray_running_add_live },
    { "override", gray_running_add_override },
};


/* Lines of words that this version does not know are a newer module's. */
static int
gray_running_parse(gray_running_instance_t *instance, char *text)
{
    unsigned i;
    size_t len;
    char *line, *state;

    for (line = strtok_r(text, "\n", &state); line != NULL;
         line = strtok_r(NULL, "\n", &state))
    {
        len = strcspn(line, " ");
        for (i = 0;
             i < sizeof(gray_running_lines) / sizeof(*gray_running_lines); i++)
        {
            if (strlen(gray_running_lines[i].word) == len
                && strncmp(gray_running_lines[i].word, line, len) == 0
                && gray_running_lines[i].take(
                       instance, line + len + (line[len] == ' '))
                       != 0)
            {
                return -1;
            }
        }
    }

    return 0;
}


static int
gray_running_add_worker(
    gray_running_instance_t *instance, const gray_worker_t *worker)
{
    uint64_t now;
    gray_running_worker_t *grown, *added;

    grown
        = realloc(instance->workers, (instance->nworkers + 1) * sizeof(*grown));
    if (grown == NULL) {
        return -1;
    }
    instance->workers = grown;

    now = gray_monotonic_ms();
    added = &grown[instance->nworkers++];
    memset(added, 0, sizeof(*added));
    added->pid = (pid_t) worker->pid;
    added->number = worker->number;
    added->heartbeat_age_ms
        = now > worker->heartbeat ? now - worker->heartbeat : 0;
    added->revision = worker->revision;
    added->switches = worker->switches;
    added->exiting = worker->state == GRAY_WORKER_EXITING;
    added->no_store = worker->state == GRAY_WORKER_NO_STORE;
    if (worker->store_error != 0) {
        (void) snprintf(added->store_error, sizeof(added->store_error), "%s",
            gray_store_strerror(worker->store_error));
    }

    return 0;
}


/* Slot i of the instances, with its workers; nothing is added when none of
 * them lives. */
static int
gray_running_add(gray_control_t *control, gray_running_t *running, unsigned i,
    gray_instance_t *published)
{
    int rc;
    unsigned w;
    gray_worker_t worker;
    gray_running_instance_t *grown, *instance;

    grown = realloc(
        running->instances, (running->n + 1) * sizeof(*running->instances));
    if (grown == NULL) {
        return -1;
    }
    running->instances = grown;

    instance = &grown[running->n++];
    memset(instance, 0, sizeof(*instance));
    instance->master = (pid_t) published->master;
    instance->started = published->started;
    instance->generation = published->generation;
    instance->nworkers_configured = published->nworkers;

    rc = 0;
    for (w = 0; rc == 0 && w < GRAY_COUNTERS_WORKERS; w++) {
        if (gray_counters_worker_get(control->counters, w, &worker)
            && worker.instance == (int) i)
        {
            rc = gray_running_add_worker(instance, &worker);
        }
    }

    if (rc == 0 && instance->nworkers == 0) {
        running->n--;
        return 0;
    }

    return rc == 0 ? gray_running_parse(instance, published->text) : rc;
}


int
gray_control_running(
    gray_control_t *control, gray_running_t *running, gray_error_t *error)
{
    int rc;
    unsigned i;
    gray_instance_t *published;

    memset(running, 0, sizeof(*running));
    running->counters = control->counters != NULL;
    if (control->counters == NULL) {
        return 0;
    }

    published = malloc(sizeof(*published));
    rc = published != NULL ? 0 : -1;

    for (i = 0; rc == 0 && i < GRAY_COUNTERS_INSTANCES; i++) {
        if (gray_counters_instance_get(control->counters, i, published)) {
            published->text[sizeof(published->text) - 1] = '\0';
            rc = gray_running_add(control, running, i, published);
        }
    }
    free(published);

    if (rc != 0) {
        gray_running_free(running);
        return gray_no_memory(error);
    }

    return 0;
}


static void
gray_running_names_free(gray_running_name_t *names, unsigned n)
{
    unsigned i;

    for (i = 0; i < n; i++) {
        free(names[i].text);
    }
    free(names);
}


void
gray_running_free(gray_running_t *running)
{
    unsigned i, j;
    gray_running_instance_t *instance;

    for (i = 0; i < running->n; i++) {
        instance = &running->instances[i];
        for (j = 0; j < instance->nreleases; j++) {
            free(instance->releases[j].variants);
        }
        free(instance->releases);
        gray_running_names_free(instance->attributes, instance->nattributes);
        gray_running_names_free(instance->lives, instance->nlives);
        gray_running_names_free(instance->overrides, instance->noverrides);
        free(instance->workers);
    }
    free(running->instances);
    memset(running, 0, sizeof(*running));
}


const gray_running_release_t *
gray_running_find(const gray_running_t *running, const char *name)
{
    unsigned i, j;
    const gray_running_instance_t *instance;

    for (i = 0; i < running->n; i++) {
        instance = &running->instances[i];
        for (j = 0; j < instance->nreleases; j++) {
            if (strcmp(instance->releases[j].name, name) == 0) {
                return &instance->releases[j];
            }
        }
    }

    return NULL;
}


pid_t
gray_running_release(const gray_running_t *running, const char *name)
{
    unsigned i;
    gray_running_t one;

    for (i = 0; i < running->n; i++) {
        one = *running;
        one.n = 1;
        one.instances = &running->instances[i];
        if (gray_running_find(&one, name) != NULL) {
            return running->instances[i].master;
        }
    }

    return 0;
}


static bool
gray_running_named(
    const gray_running_name_t *names, unsigned n, const char *name)
{
    unsigned i;

    for (i = 0; i < n; i++) {
        if (strcmp(names[i].name, name) == 0) {
            return true;
        }
    }

    return false;
}


pid_t
gray_running_live(const gray_running_t *running, const char *name)
{
    unsigned i;

    for (i = 0; i < running->n; i++) {
        if (gray_running_named(running->instances[i].lives,
                running->instances[i].nlives, name))
        {
            return running->instances[i].master;
        }
    }

    return 0;
}


pid_t
gray_running_attribute(const gray_running_t *running, const char *name)
{
    unsigned i;

    for (i = 0; i < running->n; i++) {
        if (gray_running_named(running->instances[i].attributes,
                running->instances[i].nattributes, name))
        {
            return running->instances[i].master;
        }
    }

    return 0;
}


/* The attribute ip is there without a directive. */
static pid_t
gray_running_reads(const gray_running_t *running, const char *name)
{
    return strcmp(name, "ip") == 0 ? running->instances[0].master
                                   : gray_running_attribute(running, name);
}


static const struct {
    const char *what;
    const char *directive;
    const char *parameters;
    pid_t (*find)(const gray_running_t *running, const char *name);
} gray_running_kinds[] = {
    [GRAY_RUNNING_RELEASE]
    = { "release", "gray", "stable=… gray=…", gray_running_release },
    [GRAY_RUNNING_ATTRIBUTE]
    = { "attribute", "gray_attribute", "$VARIABLE", gray_running_reads },
    [GRAY_RUNNING_LIVE]
    = { "live list", "gray_memcached", "HOST:PORT", gray_running_live },
};


bool
gray_running_lacks(const gray_running_t *running, gray_running_kind_t kind,
    const char *name, gray_error_t *error)
{
    if (running->n == 0 || gray_running_kinds[kind].find(running, name) != 0) {
        return false;
    }

    (void) gray_error_set(error, GRAY_ENOTFOUND,
        "no running nginx knows %s '%s'", gray_running_kinds[kind].what, name);
    (void) gray_error_hint(error, "write '%s %s %s;' in nginx.conf and reload",
        gray_running_kinds[kind].directive, name,
        gray_running_kinds[kind].parameters);

    return true;
}


const char *
gray_running_override(const gray_running_t *running, const char *release)
{
    unsigned i, j;
    const gray_running_instance_t *instance;

    for (i = 0; i < running->n; i++) {
        instance = &running->instances[i];
        for (j = 0; j < instance->noverrides; j++) {
            if (strcmp(instance->overrides[j].name, release) == 0) {
                return instance->overrides[j].text;
            }
        }
    }

    return NULL;
}
