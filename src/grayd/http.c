/* Listening sockets and connections. */

#define _GNU_SOURCE
#include "exchange.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Of a connection, for its request's head and what is sent. */
#define GRAYD_CONNECTION_MEMORY (24 * 1024)

/* An upload must keep this pace, bytes per millisecond. */
#define GRAYD_PACE 64

/* At the end, who has connected has so long to ask. */
#define GRAYD_BEGIN_MS 200

typedef struct {
    grayd_http_t *http;
    grayd_listener_t socket;
    struct MHD_Daemon *daemon;
} grayd_server_t;

struct grayd_http_s {
    grayd_t *grayd;
    unsigned n;
    bool quiesced;
    grayd_server_t servers[GRAYD_LISTENERS_MAX];
    pthread_mutex_t lock; /* of what follows                          */
    grayd_connection_t *connections;
    unsigned nconnections;
    grayd_exchange_t *sleeping;
    _Atomic uint64_t wakes; /* how often the sleeping were woken      */
};


grayd_t *
grayd_http_grayd(grayd_http_t *http)
{
    return http->grayd;
}


/* --- connections ----------------------------------------------------------- */

static void
grayd_connection_open(grayd_server_t *server, struct MHD_Connection *mhd,
    grayd_connection_t **connection)
{
    grayd_http_t *http = server->http;
    const union MHD_ConnectionInfo *info;
    grayd_connection_t *new = calloc(1, sizeof(*new));

    *connection = new;
    if (new == NULL) {
        return;
    }

    info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
    new->fd = info != NULL ? info->connect_fd : -1;
    new->tcp = server->socket.tcp;
    new->since = grayd_clock();

    pthread_mutex_lock(&http->lock);
    new->next = http->connections;
    new->prev = &http->connections;
    if (new->next != NULL) {
        new->next->prev = &new->next;
    }
    http->connections = new;
    http->nconnections++;
    pthread_mutex_unlock(&http->lock);
}


static void
grayd_connection_close(grayd_http_t *http, grayd_connection_t *connection)
{
    if (connection == NULL) {
        return;
    }

    pthread_mutex_lock(&http->lock);
    *connection->prev = connection->next;
    if (connection->next != NULL) {
        connection->next->prev = connection->prev;
    }
    http->nconnections--;
    pthread_mutex_unlock(&http->lock);

    free(connection);
}


static void
grayd_connection_notify(void *data, struct MHD_Connection *mhd,
    void **connection, enum MHD_ConnectionNotificationCode code)
{
    grayd_server_t *server = data;

    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        grayd_connection_open(server, mhd, (grayd_connection_t **) connection);
    } else {
        grayd_connection_close(server->http, *connection);
        *connection = NULL;
    }
}


void
grayd_http_receiving(
    grayd_http_t *http, grayd_connection_t *connection, uint64_t received)
{
    pthread_mutex_lock(&http->lock);
    if (!connection->used || received == 0) {
        connection->since = grayd_clock();
    }
    connection->used = true;
    connection->answering = false;
    connection->received = received;
    pthread_mutex_unlock(&http->lock);
}


void
grayd_http_answering(grayd_http_t *http, grayd_connection_t *connection)
{
    pthread_mutex_lock(&http->lock);
    connection->answering = true;
    pthread_mutex_unlock(&http->lock);
}


void
grayd_http_idle(grayd_http_t *http, grayd_connection_t *connection)
{
    pthread_mutex_lock(&http->lock);
    connection->answering = false;
    connection->used = false;
    connection->received = 0;
    connection->since = grayd_clock() + http->grayd->config.idle;
    pthread_mutex_unlock(&http->lock);
}


void
grayd_http_look(grayd_http_t *http)
{
    grayd_connection_t *connection;
    uint64_t now = grayd_clock();

    pthread_mutex_lock(&http->lock);

    for (connection = http->connections; connection != NULL;
         connection = connection->next)
    {
        uint64_t end = connection->since + http->grayd->config.timeout
                       + connection->received / GRAYD_PACE;

        if (!connection->answering && now > end && connection->fd >= 0) {
            /* libmicrohttpd finds it closed, and cleans up */
            (void) shutdown(connection->fd, SHUT_RDWR);
        }
    }

    pthread_mutex_unlock(&http->lock);
}


unsigned
grayd_http_connections(grayd_http_t *http)
{
    unsigned n;

    pthread_mutex_lock(&http->lock);
    n = http->nconnections;
    pthread_mutex_unlock(&http->lock);

    return n;
}


/* --- streams that have nothing to say -------------------------------------- */

uint64_t
grayd_http_wakes(grayd_http_t *http)
{
    return atomic_load(&http->wakes);
}


void
grayd_http_sleep(grayd_http_t *http, grayd_exchange_t *exchange, uint64_t wakes)
{
    pthread_mutex_lock(&http->lock);

    /* what came since the stream was asked would wake nobody */
    if (atomic_load(&http->wakes) == wakes && !http->grayd->ending) {
        MHD_suspend_connection(exchange->mhd);
        exchange->sleeping_next = http->sleeping;
        http->sleeping = exchange;
    }

    pthread_mutex_unlock(&http->lock);
}


void
grayd_http_wake(grayd_http_t *http)
{
    grayd_exchange_t *exchange, *next;

    pthread_mutex_lock(&http->lock);
    atomic_fetch_add(&http->wakes, 1);
    exchange = http->sleeping;
    http->sleeping = NULL;

    for (; exchange != NULL; exchange = next) {
        next = exchange->sleeping_next;
        MHD_resume_connection(exchange->mhd);
    }

    pthread_mutex_unlock(&http->lock);
}


/* --- listening ------------------------------------------------------------- */

static void
grayd_http_complain(void *data, const char *format, va_list args)
{
    char text[256];

    (void) data;
    (void) vsnprintf(text, sizeof(text), format, args);
    text[strcspn(text, "\n")] = '\0';
    grayd_log(5, "libmicrohttpd: %s", text);
}


static struct MHD_Daemon *
grayd_server_start(grayd_server_t *server)
{
    const grayd_config_t *config = &server->http->grayd->config;

    /* the last time limit is libmicrohttpd's own, for replies that nobody
     * reads */
    return MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD
                                | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC
                                | MHD_USE_ERROR_LOG,
        0, NULL, NULL, grayd_exchange_run, server->http,
        MHD_OPTION_EXTERNAL_LOGGER, grayd_http_complain, NULL,
        MHD_OPTION_LISTEN_SOCKET, server->socket.fd,
        MHD_OPTION_THREAD_POOL_SIZE, (unsigned) config->threads,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned) config->connections,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t) GRAYD_CONNECTION_MEMORY,
        MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned) ((config->idle + config->timeout) / 1000),
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK,
        grayd_exchange_create, server->http, MHD_OPTION_NOTIFY_COMPLETED,
        grayd_exchange_done, server->http, MHD_OPTION_NOTIFY_CONNECTION,
        grayd_connection_notify, server, MHD_OPTION_END);
}


int
grayd_http_start(grayd_t *grayd, const grayd_listener_t *listeners, unsigned n,
    gray_error_t *error)
{
    grayd_http_t *http = calloc(1, sizeof(*http));

    if (http == NULL) {
        return gray_error_set(error, GRAY_ESYSTEM, "no memory");
    }

    http->grayd = grayd;
    pthread_mutex_init(&http->lock, NULL);

    for (unsigned i = 0; i < n; i++) {
        grayd_server_t *server = &http->servers[http->n++];

        server->http = http;
        server->socket = listeners[i];
        server->daemon = grayd_server_start(server);

        if (server->daemon == NULL) {
            http->n--;
            grayd_http_stop(http);
            return gray_error_set(error, GRAY_ESYSTEM,
                "libmicrohttpd does not start: %s", strerror(errno));
        }
    }

    grayd->http = http;

    return 0;
}


/* Whoever has connected is about to ask; who is idle has a time to come. */
static bool
grayd_http_busy(grayd_http_t *http)
{
    uint64_t now = grayd_clock();
    bool busy = false;

    pthread_mutex_lock(&http->lock);
    for (grayd_connection_t *connection = http->connections; connection != NULL;
         connection = connection->next)
    {
        busy |= connection->answering
                || (connection->since <= now
                    && now < connection->since + GRAYD_BEGIN_MS);
    }
    pthread_mutex_unlock(&http->lock);

    return busy;
}


/* Connections that the kernel has taken and no thread yet. */
static bool
grayd_http_waited_for(const grayd_http_t *http)
{
    bool waiting = false;

    for (unsigned i = 0; i < http->n; i++) {
        struct pollfd one
            = { .fd = http->servers[i].socket.fd, .events = POLLIN };

        waiting |= poll(&one, 1, 0) > 0;
    }

    return waiting;
}


void
grayd_http_quiesce(grayd_http_t *http, unsigned ms)
{
    uint64_t end = grayd_clock() + ms;
    struct timespec pause = { .tv_nsec = 5 * 1000 * 1000 };

    for (unsigned i = 0; i < http->n; i++) {
        grayd_server_t *server = &http->servers[i];

        if (server->socket.path != NULL) {
            (void) unlink(server->socket.path);
            server->socket.path = NULL;
        }
    }

    while (
        !http->quiesced && grayd_http_waited_for(http) && grayd_clock() < end) {
        (void) nanosleep(&pause, NULL);
    }

    for (unsigned i = 0; i < http->n; i++) {
        (void) MHD_quiesce_daemon(http->servers[i].daemon);
    }
    http->quiesced = true;

    grayd_http_wake(http);
    while (grayd_http_busy(http) && grayd_clock() < end) {
        (void) nanosleep(&pause, NULL);
        grayd_http_wake(http);
    }
}


void
grayd_http_stop(grayd_http_t *http)
{
    grayd_http_quiesce(http, 0);

    for (unsigned i = 0; i < http->n; i++) {
        MHD_stop_daemon(http->servers[i].daemon);
        (void) close(http->servers[i].socket.fd);
    }

    pthread_mutex_destroy(&http->lock);
    free(http);
}
