/* Where the server is, and what is shown to it. */

#define _GNU_SOURCE /* open_memstream */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "input.h"
#include "options.h"
#include "remote.h"

/* The longest token that a file may have. */
#define TOKEN_MAX 4096

static int
bad_address(grayctl_t *cli, const char *why)
{
    gray_error_set(
        &cli->error, GRAY_EINVALID, "--server: '%s' %s", cli->server, why);

    return gray_error_hint(&cli->error,
        "write it like https://gray.example.com, http://127.0.0.1:8600 or "
        "unix:/run/gray/grayd.sock");
}

/* --- sockets ----------------------------------------------------------------- */

/* "%2Frun%2Fgray" in place. */
static void
decode(char *text)
{
    char *to = text;
    unsigned byte;

    for (; *text != '\0'; text++) {
        if (text[0] == '%' && isxdigit((unsigned char) text[1])
            && isxdigit((unsigned char) text[2]))
        {
            (void) sscanf(text + 1, "%2x", &byte);
            *to++ = (char) byte;
            text += 2;
        } else {
            *to++ = *text;
        }
    }

    *to = '\0';
}

/* Returns 1 when it is none. */
static int
read_socket(grayctl_t *cli, grayctl_address_t *address)
{
    const char *path = NULL;
    bool encoded = strncmp(cli->server, "http+unix://", 12) == 0;

    if (encoded) {
        path = cli->server + 12;
    } else if (strncmp(cli->server, "unix:", 5) == 0) {
        path = cli->server + 5;
        path += strncmp(path, "///", 3) == 0 ? 2 : 0;
    }

    if (path == NULL) {
        return 1;
    }

    address->socket = strdup(path);
    address->base = strdup("http://localhost");
    address->near = true;

    if (address->socket == NULL || address->base == NULL) {
        return gray_error_set(&cli->error, GRAY_ESYSTEM, "no memory");
    }

    if (encoded) {
        decode(address->socket);
    }

    return address->socket[0] == '/'
               ? 0
               : bad_address(cli, "does not name a socket by its whole path");
}

/* --- http and https ---------------------------------------------------------- */

/* "127.0.0.1:8600", "localhost", "[::1]:8600" */
static bool
is_loopback(const char *host)
{
    size_t i, len;
    static const char *const names[] = { "localhost", "[::1]" };

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        len = strlen(names[i]);

        if (strncasecmp(host, names[i], len) == 0
            && strchr(":/", host[len]) != NULL) {
            return true;
        }
    }

    return strncmp(host, "127.", 4) == 0
           && strspn(host, "0123456789.") == strcspn(host, ":/");
}

static int
read_url(grayctl_t *cli, grayctl_address_t *address)
{
    size_t len = strlen(cli->server);
    const char *c, *host = strstr(cli->server, "://");

    if (host == NULL
        || (strncasecmp(cli->server, "http://", 7) != 0
            && strncasecmp(cli->server, "https://", 8) != 0))
    {
        return bad_address(cli, "is no address of a grayd");
    }

    for (c = cli->server; *c != '\0'; c++) {
        if ((unsigned char) *c <= ' ' || *c == 0x7f || *c == '?' || *c == '#') {
            return bad_address(cli, "is no address of a grayd");
        }
    }

    host += 3;

    if (*host == '\0' || *host == '/' || *host == ':') {
        return bad_address(cli, "has no host");
    }

    if (memchr(host, '@', strcspn(host, "/")) != NULL) {
        (void) gray_error_set(&cli->error, GRAY_EINVALID,
            "--server: a name or password has no place in the address, where "
            "everybody on this machine sees it");
        return gray_error_hint(
            &cli->error, "give them as $GRAY_USER and $GRAY_PASSWORD");
    }

    while (len > 0 && cli->server[len - 1] == '/') {
        len--;
    }

    address->base = strndup(cli->server, len);
    address->near = is_loopback(host);

    return address->base != NULL
               ? 0
               : gray_error_set(&cli->error, GRAY_ESYSTEM, "no memory");
}

/* --- the token --------------------------------------------------------------- */

/* The file's first line. */
static char *
read_token_file(grayctl_t *cli, const char *name)
{
    size_t len;
    char *text;
    FILE *in = grayctl_input_open_file(cli, name);

    if (in == NULL) {
        return NULL;
    }

    text = grayctl_input_read(cli, in, TOKEN_MAX, &len);
    grayctl_input_close(in);

    if (text != NULL) {
        text[strcspn(text, "\r\n")] = '\0';
    }

    return text;
}

static int
read_token(grayctl_t *cli, grayctl_address_t *address)
{
    size_t i;
    const char *token = getenv("GRAY_TOKEN");
    const char *file = grayctl_option_text(cli, "token-file", 0);

    if (file == NULL && (token == NULL || *token == '\0')) {
        return 0;
    }

    address->token = file != NULL ? read_token_file(cli, file) : strdup(token);

    if (address->token == NULL) {
        return file != NULL
                   ? -1
                   : gray_error_set(&cli->error, GRAY_ESYSTEM, "no memory");
    }

    for (i = 0; isgraph((unsigned char) address->token[i]); i++) {
    }

    if (i > 0 && address->token[i] == '\0') {
        return 0;
    }

    (void) gray_error_set(&cli->error, GRAY_EINVALID, "%s%s holds no token",
        file != NULL ? "--token-file: " : "$GRAY_TOKEN",
        file != NULL ? file : "");

    return gray_error_hint(
        &cli->error, "it is the text alone that grayd --new-token printed");
}

int
grayctl_address_read(grayctl_t *cli, grayctl_address_t *address)
{
    int rc;

    memset(address, 0, sizeof(*address));
    rc = read_socket(cli, address);

    if (rc == 1) {
        rc = read_url(cli, address);
    }

    return rc == 0 ? read_token(cli, address) : rc;
}

void
grayctl_address_free(grayctl_address_t *address)
{
    free(address->base);
    free(address->socket);

    if (address->token != NULL) {
        explicit_bzero(address->token, strlen(address->token));
        free(address->token);
    }

    memset(address, 0, sizeof(*address));
}
