/*
 * Sends requests to a gateway on 127.0.0.1 over keep-alive connections and
 * prints the figures as one line of JSON. Every answer is checked: members
 * get gray, others stable.
 *
 *     load [OPTION VALUE]... PORT
 *
 *     --connections N    (default 32)
 *     --seconds S        how long is measured; 0: until SIGTERM (default 1)
 *     --warm-up S        and how long not, before (default 0.2)
 *     --rate R           requests per second; 0: each connection sends the
 *                        next when it has its answer (default 0)
 *     --members M        of the list (default 1000)
 *     --draw HOW         identities: uniform, zipf, members or others
 *     --expect WORD      checked (members gray), stable, or any
 *     --seed N           of the draw
 *     --pid PID          whose CPU time is counted
 *
 * With a rate, a request's latency begins when it was due, not when a
 * connection was free to send it: a gateway that stops is seen by all the
 * requests that it kept waiting.
 */

#define _GNU_SOURCE

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "draw.h"
#include "histogram.h"

#define CONNECTIONS_MAX 1024
#define ANSWER_MAX 4096
#define DONE_AFTER 5000000000ull /* without an answer, after the end */

#define HEAD "GET / HTTP/1.1\r\nHost: bench\r\nX-Device-Id: "
#define ADDRESS "\r\nX-Real-IP: "
#define END "\r\n\r\n"

typedef enum {
    CHECKED,
    STABLE,
    ANY
} expect_t;

typedef struct {
    int fd;
    bool busy;
    uint64_t due; /* of the request that is under way */
    uint64_t number;
    size_t len;
    char answer[ANSWER_MAX + 1];
} connection_t;

typedef struct {
    unsigned port;
    unsigned connections;
    double seconds;
    double warm_up;
    double rate;
    uint64_t members;
    uint64_t seed;
    const char *how;
    expect_t expect;
    long pid;
} options_t;

typedef struct {
    options_t options;
    draw_t draw;
    int epoll;
    uint64_t due;      /* with a rate: when the next request is    */
    uint64_t from;     /* what is finished since then is measured  */
    uint64_t end;      /* nothing is sent after it                 */
    uint64_t cpu_from; /* CPU time of the process then             */
    uint64_t cpu;
    uint64_t to;
    bool measuring;
    unsigned busy;
    uint64_t failed; /* no answer, or not 200   */
    uint64_t wrong;  /* not the variant it should be */
    uint64_t gray;
    histogram_t latency;
    connection_t connection[CONNECTIONS_MAX];
} load_t;

static volatile sig_atomic_t stopped;


static void
stop(int sig)
{
    (void) sig;
    stopped = 1;
}


static uint64_t
now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t) t.tv_sec * 1000000000 + (uint64_t) t.tv_nsec;
}


/* Nanoseconds on a CPU of a process of one thread; 0 when unknown. */
static uint64_t
cpu_time(long pid)
{
    char name[64];
    unsigned long long ns = 0;

    snprintf(name, sizeof(name), "/proc/%ld/schedstat", pid);

    FILE *f = pid == 0 ? NULL : fopen(name, "r");

    if (f != NULL) {
        if (fscanf(f, "%llu", &ns) != 1) {
            ns = 0;
        }
        fclose(f);
    }

    return ns;
}


/* --- connections */

static int
connection_open(load_t *load, connection_t *c)
{
    struct sockaddr_in sin = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t) load->options.port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = c };
    int one = 1;

    c->busy = false;
    c->len = 0;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (c->fd < 0 || connect(c->fd, (struct sockaddr *) &sin, sizeof(sin)) != 0
        || setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) != 0
        || fcntl(c->fd, F_SETFL, O_NONBLOCK) != 0
        || epoll_ctl(load->epoll, EPOLL_CTL_ADD, c->fd, &event) != 0)
    {
        perror("load: connect");
        return -1;
    }

    return 0;
}


/* A connection that broke: its request has failed, and a new one follows. */
static int
connection_again(load_t *load, connection_t *c)
{
    if (c->busy) {
        load->busy--;
        load->failed++;
    }

    close(c->fd);
    return connection_open(load, c);
}


static int
send_request(load_t *load, connection_t *c, uint64_t due)
{
    char request[256];
    char *p = request;

    c->number = load->draw.next(&load->draw);
    c->due = due;
    c->len = 0;
    c->busy = true;
    load->busy++;

    p = mempcpy(p, HEAD, sizeof(HEAD) - 1);
    device(c->number, p);
    p = mempcpy(p + DEVICE_LEN, ADDRESS, sizeof(ADDRESS) - 1);
    p = address(c->number, p);
    p = mempcpy(p, END, sizeof(END) - 1);

    if (send(c->fd, request, (size_t) (p - request), MSG_NOSIGNAL)
        != p - request) {
        return connection_again(load, c);
    }

    return 0;
}


/* --- answers */

static bool
as_expected(const load_t *load, uint64_t number, bool gray)
{
    switch (load->options.expect) {
    case CHECKED:
        return gray == (number < load->options.members);
    case STABLE:
        return !gray;
    default:
        return true;
    }
}


/* The body of the answer when it is complete, else NULL. */
static const char *
complete(const connection_t *c)
{
    const char *end = strstr(c->answer, "\r\n\r\n");
    const char *length = strcasestr(c->answer, "\r\ncontent-length:");

    if (end == NULL || length == NULL || length > end) {
        return NULL;
    }

    size_t body = strtoul(length + sizeof("\r\ncontent-length:") - 1, NULL, 10);

    end += 4;
    return (size_t) (c->answer + c->len - end) < body ? NULL : end;
}


static void
count_answer(load_t *load, const connection_t *c, const char *body)
{
    bool gray = *body == 'g';

    if (strncmp(c->answer, "HTTP/1.1 200 ", 13) != 0) {
        load->failed++;
        return;
    }

    load->wrong += !as_expected(load, c->number, gray);

    if (load->measuring) {
        load->gray += gray;
        histogram_add(&load->latency, now() - c->due);
    }
}


/* Reads; when the answer is complete, the connection is idle. */
static int
receive(load_t *load, connection_t *c)
{
    ssize_t n = recv(c->fd, c->answer + c->len, ANSWER_MAX - c->len, 0);

    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        return 0;
    }
    if (n <= 0) {
        return connection_again(load, c);
    }

    c->len += (size_t) n;
    c->answer[c->len] = '\0';

    const char *body = c->busy ? complete(c) : NULL;

    if (body != NULL) {
        count_answer(load, c, body);
        c->busy = false;
        load->busy--;
    } else if (c->len == ANSWER_MAX) {
        return connection_again(load, c);
    }

    return 0;
}


/* --- the run */

/* Gives idle connections what is due. */
static int
send_due(load_t *load, uint64_t time)
{
    for (unsigned i = 0; i < load->options.connections; i++) {
        connection_t *c = &load->connection[i];

        if (c->busy) {
            continue;
        }

        if (load->options.rate == 0) {
            if (send_request(load, c, time) != 0) {
                return -1;
            }
            continue;
        }

        if (load->due > time) {
            return 0;
        }

        if (send_request(load, c, load->due) != 0) {
            return -1;
        }
        load->due += (uint64_t) (1e9 / load->options.rate);
    }

    return 0;
}


/* How long to wait for an answer: until the next request is due. */
static struct timespec
pause_until(const load_t *load, uint64_t time)
{
    uint64_t ns = 100000000;
    bool idle = load->busy < load->options.connections;

    if (load->options.rate > 0 && idle && time < load->end) {
        ns = load->due > time ? load->due - time : 0;
    }

    return (struct timespec){ .tv_sec = (time_t) (ns / 1000000000),
        .tv_nsec = (long) (ns % 1000000000) };
}


static int
answers(load_t *load, uint64_t time)
{
    struct epoll_event event[64];
    struct timespec pause = pause_until(load, time);
    int n = epoll_pwait2(load->epoll, event, 64, &pause, NULL);

    if (n < 0 && errno != EINTR) {
        perror("load: epoll_pwait2");
        return -1;
    }

    for (int i = 0; i < n; i++) {
        connection_t *c = event[i].data.ptr;

        if (receive(load, c) != 0) {
            return -1;
        }

        if (load->options.rate == 0 && !c->busy && now() < load->end
            && send_request(load, c, now()) != 0)
        {
            return -1;
        }
    }

    return 0;
}


/* Begins and ends what is measured. */
static void
watch(load_t *load, uint64_t time)
{
    if (stopped && load->end > time) {
        load->end = time;
    }

    if (!load->measuring && load->to == 0 && time >= load->from) {
        load->measuring = true;
        load->from = time;
        load->cpu_from = cpu_time(load->options.pid);
    }

    if (load->measuring && time >= load->end) {
        load->to = time;
        load->cpu = cpu_time(load->options.pid) - load->cpu_from;
        /* What was due before the end counts, with a rate. */
        load->measuring = load->options.rate > 0;
        load->end = time;
    }
}


static int
run(load_t *load)
{
    uint64_t time = now();

    load->due = time;
    load->from = time + (uint64_t) (load->options.warm_up * 1e9);
    load->end = load->options.seconds == 0
                    ? UINT64_MAX - DONE_AFTER
                    : load->from + (uint64_t) (load->options.seconds * 1e9);

    for (;;) {
        time = now();
        if (load->to == 0) {
            watch(load, time);
        }

        if (time >= load->end
            && (load->busy == 0 || time >= load->end + DONE_AFTER)) {
            load->failed += load->busy;
            return 0;
        }

        if (time < load->end && send_due(load, time) != 0) {
            return -1;
        }

        if (answers(load, time) != 0) {
            return -1;
        }
    }
}


static void
print(const load_t *load)
{
    const histogram_t *h = &load->latency;

    printf("{\"requests\":%llu,\"seconds\":%.6f,\"cpu_seconds\":%.9f,"
           "\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"p999\":%.1f,"
           "\"max\":%.1f,\"gray\":%llu,\"failed\":%llu,\"wrong\":%llu}\n",
        (unsigned long long) h->total, (double) (load->to - load->from) / 1e9,
        (double) load->cpu / 1e9, histogram_at(h, 0.5), histogram_at(h, 0.9),
        histogram_at(h, 0.99), histogram_at(h, 0.999), (double) h->max / 1e3,
        (unsigned long long) load->gray, (unsigned long long) load->failed,
        (unsigned long long) load->wrong);
}


/* --- options */

static const struct option words[] = {
    { "connections", required_argument, NULL, 'c' },
    { "draw", required_argument, NULL, 'd' },
    { "expect", required_argument, NULL, 'e' },
    { "members", required_argument, NULL, 'm' },
    { "pid", required_argument, NULL, 'p' },
    { "rate", required_argument, NULL, 'r' },
    { "seconds", required_argument, NULL, 's' },
    { "seed", required_argument, NULL, 'n' },
    { "warm-up", required_argument, NULL, 'w' },
    { NULL, 0, NULL, 0 },
};


static bool
take_option(options_t *o, int letter)
{
    switch (letter) {
    case 'c':
        o->connections = (unsigned) strtoul(optarg, NULL, 10);
        return o->connections > 0 && o->connections <= CONNECTIONS_MAX;
    case 'd':
        o->how = optarg;
        return true;
    case 'e':
        o->expect = strcmp(optarg, "stable") == 0 ? STABLE
                    : strcmp(optarg, "any") == 0  ? ANY
                                                  : CHECKED;
        return o->expect != CHECKED || strcmp(optarg, "checked") == 0;
    case 'm':
        o->members = strtoull(optarg, NULL, 10);
        return o->members > 0;
    case 'n':
        o->seed = strtoull(optarg, NULL, 10);
        return true;
    case 'p':
        o->pid = strtol(optarg, NULL, 10);
        return true;
    case 'r':
        o->rate = strtod(optarg, NULL);
        return o->rate >= 0;
    case 's':
        o->seconds = strtod(optarg, NULL);
        return o->seconds >= 0;
    case 'w':
        o->warm_up = strtod(optarg, NULL);
        return o->warm_up >= 0;
    default:
        return false;
    }
}


static bool
take_options(options_t *o, int argc, char **argv)
{
    int letter;

    *o = (options_t){ .connections = 32,
        .seconds = 1,
        .warm_up = 0.2,
        .members = 1000,
        .seed = 1,
        .how = "uniform" };

    while ((letter = getopt_long(argc, argv, "", words, NULL)) != -1) {
        if (!take_option(o, letter)) {
            return false;
        }
    }

    o->port
        = optind + 1 == argc ? (unsigned) strtoul(argv[optind], NULL, 10) : 0;
    return o->port > 0 && o->port < 65536;
}


int
main(int argc, char **argv)
{
    static load_t load;

    if (!take_options(&load.options, argc, argv)) {
        fprintf(stderr, "usage: load [OPTION VALUE]... PORT\n");
        return 2;
    }

    const char *fault = draw_init(
        &load.draw, load.options.how, load.options.members, load.options.seed);

    if (fault != NULL) {
        fprintf(stderr, "load: --draw %s: %s\n", load.options.how, fault);
        return 2;
    }

    signal(SIGTERM, stop);
    signal(SIGINT, stop);
    load.epoll = epoll_create1(EPOLL_CLOEXEC);

    for (unsigned i = 0; i < load.options.connections; i++) {
        if (connection_open(&load, &load.connection[i]) != 0) {
            return 1;
        }
    }

    if (run(&load) != 0) {
        return 1;
    }

    print(&load);
    return 0;
}
