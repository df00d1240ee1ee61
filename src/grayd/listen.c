/* The sockets to listen on. */

#define _GNU_SOURCE
#include "listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#define GRAYD_BACKLOG 512


static int
grayd_listen_error(int fd, const char *what, gray_error_t *error)
{
    int rc = gray_error_set(error,
        errno == EACCES ? GRAY_EPERMISSION : GRAY_ESYSTEM, "listen on %s: %s",
        what, strerror(errno));

    if (fd >= 0) {
        (void) close(fd);
    }

    return rc;
}


/* --- systemd's ------------------------------------------------------------- */

static int
grayd_listen_passed(
    grayd_listener_t listeners[GRAYD_LISTENERS_MAX], gray_error_t *error)
{
    int n = sd_listen_fds(1);

    if (n > GRAYD_LISTENERS_MAX) {
        return gray_error_set(error, GRAY_EINVALID,
            "systemd passes %d sockets, more than %d", n, GRAYD_LISTENERS_MAX);
    }

    for (int i = 0; i < n; i++) {
        int fd = SD_LISTEN_FDS_START + i;

        listeners[i].fd = fd;
        listeners[i].tcp = sd_is_socket(fd, AF_UNIX, SOCK_STREAM, 1) <= 0;
        listeners[i].path = NULL;

        /* several threads accept: the one that comes late must not wait */
        if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) != 0) {
            return grayd_listen_error(-1, "a socket of systemd's", error);
        }
    }

    return n;
}


/* --- a unix socket --------------------------------------------------------- */

/* A socket in the way that nobody listens on: left by a grayd that was
 * killed. Another file is somebody's. */
static bool
grayd_socket_dead(const struct sockaddr_un *address)
{
    int fd;
    bool dead;
    struct stat st;

    if (lstat(address->sun_path, &st) != 0 || !S_ISSOCK(st.st_mode)) {
        return false;
    }

    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return false;
    }

    dead = connect(fd, (const struct sockaddr *) address, sizeof(*address)) != 0
           && errno == ECONNREFUSED;
    (void) close(fd);

    return dead;
}


static int
grayd_bind_unix(int fd, const struct sockaddr_un *address)
{
    const struct sockaddr *to = (const struct sockaddr *) address;

    if (bind(fd, to, sizeof(*address)) == 0) {
        return 0;
    }

    if (errno != EADDRINUSE) {
        return -1;
    }

    if (!grayd_socket_dead(address)) {
        errno = EADDRINUSE;
        return -1;
    }

    (void) unlink(address->sun_path);

    return bind(fd, to, sizeof(*address));
}


/* /run/gray is gone after each start of the machine; a folder that is farther
 * up and is not there is a mistyped one. */
static void
grayd_make_folder(const char *path)
{
    mode_t mask;
    char *slash, folder[sizeof(((struct sockaddr_un *) NULL)->sun_path)];

    (void) snprintf(folder, sizeof(folder), "%s", path);
    slash = strrchr(folder, '/');

    if (slash != NULL && slash != folder) {
        *slash = '\0';
        mask = umask(022);
        (void) mkdir(folder, 0755);
        (void) umask(mask);
    }
}


static int
grayd_unix_error(int fd, const char *path, gray_error_t *error)
{
    int kept = errno;

    (void) grayd_listen_error(fd, path, error);

    switch (kept) {
    case ENOENT:
    case ENOTDIR:
        return gray_error_hint(error, "make its folder, or name another path "
                                      "with --socket");
    case EACCES:
    case EPERM:
    case EROFS:
        return gray_error_hint(
            error, "run it as root, or name a path of your own with --socket");
    case EADDRINUSE:
        return gray_error_hint(error, "a grayd runs there already, or another "
                                      "file is in the way");
    default:
        return -1;
    }
}


/* Nobody may connect before mode and group are right. */
static int
grayd_listen_unix(
    const char *path, gid_t gid, grayd_listener_t *to, gray_error_t *error)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    mode_t mask;
    int fd, rc;

    if (strlen(path) >= sizeof(address.sun_path)) {
        return gray_error_set(
            error, GRAY_EINVALID, "the socket's path %s is too long", path);
    }
    memcpy(address.sun_path, path, strlen(path));

    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return grayd_listen_error(fd, path, error);
    }

    grayd_make_folder(path);

    mask = umask(0177);
    rc = grayd_bind_unix(fd, &address);
    (void) umask(mask);

    if (rc != 0 || chown(path, (uid_t) -1, gid) != 0 || chmod(path, 0660) != 0
        || listen(fd, GRAYD_BACKLOG) != 0)
    {
        return grayd_unix_error(fd, path, error);
    }

    to->fd = fd;
    to->tcp = false;
    to->path = path;

    return 0;
}


/* --- TCP ------------------------------------------------------------------- */

static int
grayd_bind_tcp(const struct addrinfo *address)
{
    int on = 1;
    int fd = socket(address->ai_family,
        address->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0
        || bind(fd, address->ai_addr, address->ai_addrlen) != 0
        || listen(fd, GRAYD_BACKLOG) != 0)
    {
        if (fd >= 0) {
            int kept = errno;

            (void) close(fd);
            errno = kept;
        }
        return -1;
    }

    return fd;
}


static int
grayd_listen_tcp(const char *text, grayd_listener_t *to, gray_error_t *error)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
        .ai_flags = AI_PASSIVE | AI_NUMERICSERV };
    struct addrinfo *found;
    char host[256];
    const char *port = strrchr(text, ':');
    size_t len = port != NULL ? (size_t) (port - text) : 0;
    bool brackets = len > 2 && text[0] == '[' && text[len - 1] == ']';

    if (port == NULL || len >= sizeof(host)) {
        (void) gray_error_set(
            error, GRAY_EINVALID, "listen '%.128s' has no port", text);
        return gray_error_hint(error, "write ADDRESS:PORT");
    }

    (void) snprintf(host, sizeof(host), "%.*s",
        (int) (brackets ? len - 2 : len), text + brackets);

    if (getaddrinfo(len != 0 ? host : NULL, port + 1, &hints, &found) != 0) {
        return gray_error_set(
            error, GRAY_EINVALID, "listen '%.128s' is no address", text);
    }

    to->fd = grayd_bind_tcp(found);
    to->tcp = true;
    to->path = NULL;
    freeaddrinfo(found);

    return to->fd >= 0 ? 0 : grayd_listen_error(-1, text, error);
}


int
grayd_listen(const grayd_config_t *config, gid_t gid,
    grayd_listener_t listeners[GRAYD_LISTENERS_MAX], gray_error_t *error)
{
    int n = grayd_listen_passed(listeners, error);

    if (n != 0) {
        return n;
    }

    if (config->socket[0] != '\0'
        && grayd_listen_unix(config->socket, gid, &listeners[n++], error) != 0)
    {
        return -1;
    }

    if (config->listen != NULL && config->listen[0] != '\0'
        && grayd_listen_tcp(config->listen, &listeners[n++], error) != 0)
    {
        return -1;
    }

    if (n == 0) {
        (void) gray_error_set(error, GRAY_EINVALID, "nothing to listen on");
        return gray_error_hint(error, "give --socket or --listen");
    }

    return n;
}
