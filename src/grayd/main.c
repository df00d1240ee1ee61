/* grayd: reads its options, starts its parts, ends them. */

#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include "core/version.h"
#include "grayd.h"
#include "http.h"
#include "listen.h"
#include "routes.h"

/* How often everything that must be looked at is. */
#define GRAYD_TICK_MS 50
#define GRAYD_TICKS_PER_SECOND (1000 / GRAYD_TICK_MS)

/* At the end, running requests have this long to be answered, and what the
 * writer then answered to be sent. */
#define GRAYD_END_MS 500
#define GRAYD_SEND_MS 300


static int
grayd_fail(const gray_error_t *error)
{
    char text[1024];

    (void) gray_error_print(error, text, sizeof(text));
    (void) fprintf(stderr, "grayd: %s\n", text);

    return 2;
}


/* --- words ----------------------------------------------------------------- */

static int
grayd_print_help(void)
{
    puts("usage: grayd [OPTION ...]\n\n"
         "The HTTP API and the dashboard of nginx-gray. Routing does not need "
         "it.\n");

    for (const grayd_option_t *option = grayd_options; option->name != NULL;
         option++)
    {
        char words[64];

        (void) snprintf(
            words, sizeof(words), "--%s %s", option->name, option->value);
        printf("  %-24s %s", words, option->help);
        if (option->standard != NULL) {
            printf(" (%s)", option->standard);
        }
        putchar('\n');
    }

    puts("  --config FILE            options from a file "
         "(" GRAYD_CONFIG_FILE ")\n"
         "  --new-token NAME SCOPES  make a token, and its line for the token "
         "file\n"
         "  --routes                 print the routes of the API\n"
         "  --version, --help");

    return 0;
}


static int
grayd_print_routes(void)
{
    for (const grayd_route_t *route = grayd_routes; route->path != NULL;
         route++) {
        printf("%s %s\n", grayd_method_names[route->method], route->path);
    }

    return 0;
}


static int
grayd_print_token(char **words)
{
    gray_error_t error = { .code = GRAY_OK };
    char token[64], line[512];

    if (words[0] == NULL || words[1] == NULL) {
        (void) gray_error_set(&error, GRAY_EINVALID,
            "--new-token needs a name and scopes, such as: ops admin");
        return grayd_fail(&error);
    }

    if (grayd_token_make(words[0], words[1], token, line, &error) != 0) {
        return grayd_fail(&error);
    }

    (void) fprintf(stderr, "The token, which is shown this once:\n");
    puts(token);
    (void) fprintf(stderr, "The line for the token file:\n%s\n", line);

    return 0;
}


/* --- options --------------------------------------------------------------- */

/* "--name value" or "--name=value" at words[*i]. */
static int
grayd_flag(grayd_config_t *config, char **words, int *i, gray_error_t *error)
{
    char name[64];
    const char *value;
    size_t len;

    if (strncmp(words[*i], "--", 2) != 0) {
        (void) gray_error_set(
            error, GRAY_EINVALID, "unexpected word '%.64s'", words[*i]);
        return gray_error_hint(error, "grayd --help lists the options");
    }

    len = strcspn(words[*i] + 2, "=");
    (void) snprintf(name, sizeof(name), "%.*s", (int) len, words[*i] + 2);
    value = words[*i][2 + len] == '=' ? words[*i] + 3 + len : words[++*i];

    if (value == NULL) {
        return gray_error_set(error, GRAY_EINVALID, "--%s needs a value", name);
    }

    return strcmp(name, "config") == 0
               ? 0
               : grayd_config_set(config, name, value, error);
}


static const char *
grayd_config_file(char **words)
{
    for (int i = 1; words[i] != NULL; i++) {
        if (strcmp(words[i], "--config") == 0) {
            return words[i + 1];
        }
        if (strncmp(words[i], "--config=", 9) == 0) {
            return words[i] + 9;
        }
    }

    return NULL;
}


static int
grayd_read_options(grayd_config_t *config, char **words, gray_error_t *error)
{
    const char *file = grayd_config_file(words);

    if (grayd_config_init(config, error) != 0
        || grayd_config_read(config, file != NULL ? file : GRAYD_CONFIG_FILE,
               file == NULL, error)
               != 0)
    {
        return -1;
    }

    for (int i = 1; words[i] != NULL; i++) {
        if (grayd_flag(config, words, &i, error) != 0) {
            return -1;
        }
        if (words[i] == NULL) {
            break;
        }
    }

    return grayd_config_check(config, error);
}


/* --- running --------------------------------------------------------------- */

static gid_t
grayd_store_group(const char *store)
{
    struct stat st;

    return stat(store, &st) == 0 ? st.st_gid : (gid_t) -1;
}


static bool
grayd_look_for_changes(grayd_t *grayd)
{
    gray_error_t error;
    gray_control_t *control = grayd_gate_enter(grayd->gate, &error);
    bool any;

    if (control == NULL) {
        return false;
    }

    any = grayd_events_look(
        grayd->events, control, grayd_gate_stores(grayd->gate));
    grayd_gate_leave(grayd->gate, control);

    return any;
}


static void
grayd_tell_listeners(
    const grayd_config_t *config, const grayd_listener_t *listeners, int n)
{
    for (int i = 0; i < n; i++) {
        if (listeners[i].path != NULL) {
            grayd_log(6, "listens on %s", listeners[i].path);
        } else if (listeners[i].tcp && config->listen != NULL) {
            grayd_log(6, "listens on http://%s/", config->listen);
        } else {
            grayd_log(6, "listens on a socket of systemd's");
        }
    }
}


static int
grayd_start(grayd_t *grayd, gray_error_t *error)
{
    grayd_listener_t listeners[GRAYD_LISTENERS_MAX];
    const grayd_config_t *config = &grayd->config;
    int n;

    grayd->started = (uint64_t) time(NULL);

    if (grayd_access_create(config->tokens, &grayd->access, error) != 0) {
        return -1;
    }

    grayd->gate = grayd_gate_create(config->store);
    if (grayd->gate == NULL) {
        return gray_error_set(error, GRAY_ESYSTEM, "no memory");
    }

    grayd->events = grayd_events_create();
    grayd->stats = grayd_stats_create();
    if (grayd->events == NULL || grayd->stats == NULL) {
        return gray_error_set(error, GRAY_ESYSTEM, "no memory");
    }

    grayd->writer = grayd_writer_create(grayd->gate, (unsigned) config->queue);
    if (grayd->writer == NULL) {
        return gray_error_set(error, GRAY_ESYSTEM, "no thread can be started");
    }

    if (grayd_web_create(config->web, &grayd->web, error) != 0) {
        return -1;
    }

    /* whoever listens hears of every change from now on */
    (void) grayd_look_for_changes(grayd);

    n = grayd_listen(
        config, grayd_store_group(config->store), listeners, error);

    if (n < 0 || grayd_http_start(grayd, listeners, (unsigned) n, error) != 0) {
        return -1;
    }

    grayd_tell_listeners(config, listeners, n);

    return 0;
}


static void
grayd_end(grayd_t *grayd)
{
    atomic_store(&grayd->ending, true);

    if (grayd->http != NULL) {
        grayd_http_quiesce(grayd->http, GRAYD_END_MS);
        grayd_writer_end(grayd->writer);
        grayd_http_quiesce(grayd->http, GRAYD_SEND_MS);
        grayd_http_stop(grayd->http);
    }

    grayd_writer_free(grayd->writer);
    grayd_gate_free(grayd->gate);
    grayd_events_free(grayd->events);
    grayd_stats_free(grayd->stats);
    grayd_web_free(grayd->web);
    grayd_access_free(grayd->access);
    grayd_config_free(&grayd->config);
}


static void
grayd_sample(grayd_t *grayd)
{
    gray_error_t error;
    gray_control_t *control = grayd_gate_enter(grayd->gate, &error);

    grayd_stats_sample(grayd->stats, control, grayd_gate_stores(grayd->gate));
    if (control != NULL) {
        grayd_gate_leave(grayd->gate, control);
    }

    grayd_events_tell(grayd->events, "stats", grayd_stats_now(grayd->stats));
    grayd_http_wake(grayd->http);
}


static void
grayd_every_second(grayd_t *grayd)
{
    gray_error_t error;
    char text[1024];

    grayd_http_look(grayd->http);
    grayd_sample(grayd);

    if (grayd_access_look(grayd->access, &error) != 0) {
        (void) gray_error_print(&error, text, sizeof(text));
        grayd_log(4, "%s; the tokens stay as they were", text);
    }
}


static void
grayd_every_tick(grayd_t *grayd)
{
    grayd_gate_look(grayd->gate);

    if (grayd_look_for_changes(grayd)) {
        grayd_http_wake(grayd->http);
    }
}


/* Until SIGTERM or SIGINT, which all threads block. */
static void
grayd_tick(grayd_t *grayd, const sigset_t *signals)
{
    struct timespec tick = { .tv_nsec = GRAYD_TICK_MS * 1000L * 1000 };

    for (unsigned n = 1; sigtimedwait(signals, NULL, &tick) < 0; n++) {
        grayd_every_tick(grayd);

        if (n % GRAYD_TICKS_PER_SECOND == 0) {
            grayd_every_second(grayd);
        }
    }
}


/* Each connection is an open file, each upload another. */
static void
grayd_many_files(void)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void) setrlimit(RLIMIT_NOFILE, &files);
    }
}


static int
grayd_run(char **words)
{
    grayd_t grayd = { .started = 0 };
    gray_error_t error = { .code = GRAY_OK };
    sigset_t signals;
    int rc = 0;

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    (void) pthread_sigmask(SIG_BLOCK, &signals, NULL);
    (void) signal(SIGPIPE, SIG_IGN);
    grayd_many_files();

    if (grayd_read_options(&grayd.config, words, &error) != 0
        || grayd_start(&grayd, &error) != 0)
    {
        rc = grayd_fail(&error);

    } else {
        /* what changes from now on is told */
        (void) grayd_look_for_changes(&grayd);
        (void) sd_notify(0, "READY=1");
        grayd_log(6, "ready, store %s", grayd.config.store);
        grayd_tick(&grayd, &signals);
        (void) sd_notify(0, "STOPPING=1");
    }

    grayd_end(&grayd);

    return rc;
}


int
main(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "";

    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
        return grayd_print_help();
    }

    if (strcmp(word, "--version") == 0) {
        puts("grayd (nginx-gray) " GRAY_VERSION);
        return 0;
    }

    if (strcmp(word, "--routes") == 0) {
        return grayd_print_routes();
    }

    if (strcmp(word, "--new-token") == 0) {
        return grayd_print_token(argv + 2);
    }

    return grayd_run(argv);
}
