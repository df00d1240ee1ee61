/* Any target: taken apart within its bytes, or refused; every part is within
 * the copy and ended by a NUL. Any Host, Origin and line of a token file is
 * refused or taken, whatever it holds. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "grayd/access.h"
#include "grayd/uri.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void
fuzz_part(const gray_str_t *part)
{
    if (part->data[part->len] != '\0') {
        abort();
    }
}


static void
fuzz_target(const uint8_t *data, size_t size)
{
    grayd_uri_t uri;
    gray_error_t error;

    if (grayd_uri_parse((const char *) data, size, &uri, &error) != 0) {
        return;
    }

    for (unsigned i = 0; i < uri.nsegments; i++) {
        fuzz_part(&uri.segments[i]);
        if (strcmp(uri.segments[i].data, "..") == 0) {
            abort();
        }
    }
    for (unsigned i = 0; i < uri.nquery; i++) {
        fuzz_part(&uri.query[i].name);
        fuzz_part(&uri.query[i].value);
    }
    grayd_uri_free(&uri);
}


static void
fuzz_headers(const char *text)
{
    static const char *const hosts[] = { "gray.example", NULL };
    static const char *const origins[] = { "https://page.example", NULL };

    /* a name that is allowed is one of the four, whatever follows it */
    if (grayd_host_allowed(text, hosts)
        && strncasecmp(text, "gray.example", 12) != 0
        && strncasecmp(text, "localhost", 9) != 0
        && strncmp(text, "127.0.0.1", 9) != 0 && strncmp(text, "[::1]", 5) != 0)
    {
        abort();
    }

    if (grayd_origin_allowed(text, NULL, "gray.example", origins)
        && strcasecmp(text, "https://page.example") != 0
        && (strlen(text) < 12
            || strcasecmp(text + strlen(text) - 12, "gray.example") != 0))
    {
        abort();
    }

    (void) grayd_origin_allowed(NULL, text, text, origins);
}


/* A file of these bytes: no token of it is another's. */
static void
fuzz_tokens(const uint8_t *data, size_t size)
{
    char path[] = "/dev/shm/fuzz-uri-XXXXXX", name[GRAYD_TOKEN_NAME_MAX];
    int fd = mkstemp(path);
    grayd_access_t *access;
    gray_error_t error;

    if (fd < 0) {
        return;
    }

    if (write(fd, data, size) == (ssize_t) size && fchmod(fd, 0600) == 0
        && grayd_access_create(path, &access, &error) == 0)
    {
        if (grayd_access_token(
                access, "Bearer x", GRAYD_READ, (gray_str_t){ 0, "" }, name)
            != GRAYD_NO_TOKEN)
        {
            abort();
        }
        grayd_access_free(access);
    }

    (void) close(fd);
    (void) unlink(path);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    if (text == NULL) {
        return 0;
    }
    memcpy(text, data, size);
    text[size] = '\0';

    fuzz_target(data, size);
    fuzz_headers(text);
    fuzz_tokens(data, size);
    free(text);

    return 0;
}
