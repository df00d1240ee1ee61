/* Does the memcached of each live list answer? */

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "doctor.h"
#include "output.h"

#define ANSWER_MS 1000
#define DEFAULT_PORT "11211"

static int
connect_within(int family, const struct sockaddr *address, socklen_t len)
{
    int failure = 0, fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t size = sizeof(failure);
    struct pollfd ready = { .fd = fd, .events = POLLOUT };

    if (fd < 0) {
        return -1;
    }

    fcntl(fd, F_SETFL, O_NONBLOCK);

    if (connect(fd, address, len) == 0) {
        return fd;
    }

    failure = errno;

    if (failure == EINPROGRESS) {
        failure = poll(&ready, 1, ANSWER_MS) == 1 ? 0 : ETIMEDOUT;

        if (failure == 0) {
            getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &size);
        }
    }

    if (failure == 0) {
        return fd;
    }

    close(fd);
    errno = failure;

    return -1;
}

static int
connect_unix(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);

    return connect_within(
        AF_UNIX, (struct sockaddr *) &address, sizeof(address));
}

/* "host", "host:port", "[v6]:port". */
static int
connect_tcp(const char *text)
{
    int fd = -1;
    char host[256];
    const char *port = DEFAULT_PORT, *colon = strrchr(text, ':');
    const char *bracket = strchr(text, ']');
    struct addrinfo *found, wanted = { .ai_socktype = SOCK_STREAM };
    size_t len = strlen(text);

    if (colon != NULL && (bracket == NULL || colon > bracket)) {
        port = colon + 1;
        len = (size_t) (colon - text);
    }

    if (*text == '[' && bracket != NULL) {
        text++;
        len = (size_t) (bracket - text);
    }

    snprintf(host, sizeof(host), "%.*s", (int) len, text);

    if (getaddrinfo(host, port, &wanted, &found) != 0) {
        errno = EADDRNOTAVAIL;
        return -1;
    }

    if (found != NULL) {
        fd = connect_within(
            found->ai_family, found->ai_addr, found->ai_addrlen);
    }

    freeaddrinfo(found);

    return fd;
}

/* Asks for the version. */
static bool
answers(int fd, char *version, size_t size)
{
    char reply[64] = "";
    ssize_t n = 0;
    struct pollfd ready = { .fd = fd, .events = POLLIN };

    if (send(fd, "version\r\n", 9, MSG_NOSIGNAL) == 9
        && poll(&ready, 1, ANSWER_MS) == 1)
    {
        n = recv(fd, reply, sizeof(reply) - 1, 0);
    }

    if (n < 8 || strncmp(reply, "VERSION ", 8) != 0) {
        return false;
    }

    snprintf(
        version, size, "%.*s", (int) strcspn(reply + 8, "\r\n"), reply + 8);

    return true;
}

static void
look_at(doctor_t *doctor, const char *name, const char *address)
{
    int fd;
    char version[64];

    fd = strncmp(address, "unix:", 5) == 0 ? connect_unix(address + 5)
                                           : connect_tcp(address);

    if (fd < 0) {
        doctor_tell(doctor, DOCTOR_FIX, "live",
            "start memcached there, or "
            "correct gray_memcached in nginx.conf; until then the list's "
            "tests are unknown and nobody is gray by it",
            "live list %s: no memcached at %s: %s", name, address,
            strerror(errno));
        return;
    }

    if (answers(fd, version, sizeof(version))) {
        doctor_tell(doctor, DOCTOR_OK, "live", NULL,
            "live list %s: memcached %s at %s answers", name, version, address);
    } else {
        doctor_tell(doctor, DOCTOR_FIX, "live", "is it memcached? is it hung?",
            "live list %s: what listens at %s does not answer as memcached",
            name, address);
    }

    close(fd);
}

void
doctor_live(doctor_t *doctor)
{
    unsigned i, k;
    char address[256];
    nginx_directive_t directive = { 0 };
    const gray_running_instance_t *instance;

    if (doctor->conf.text != NULL) {
        while (nginx_conf_find(&doctor->conf, "gray_memcached", &directive)) {
            if (directive.n > 2) {
                look_at(doctor, directive.words[1], directive.words[2]);
            }
        }

        return;
    }

    for (i = 0; doctor->has_status && i < doctor->status.running.n; i++) {
        instance = &doctor->status.running.instances[i];

        for (k = 0; k < instance->nlives; k++) {
            snprintf(address, sizeof(address), "%.*s",
                (int) strcspn(instance->lives[k].text, " "),
                instance->lives[k].text);
            look_at(doctor, instance->lives[k].name, address);
        }
    }
}
