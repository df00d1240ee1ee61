/* The requests that most commands make, and bodies that are files. */

#define _GNU_SOURCE /* O_TMPFILE */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "remote.h"

static json_t *
ask(grayctl_t *cli, const grayctl_request_t *request)
{
    json_t *json;
    grayctl_reply_t reply;

    if (grayctl_send(cli, request, &reply) != 0) {
        return NULL;
    }

    json = json_incref(reply.json);
    grayctl_reply_free(&reply);

    return json;
}

json_t *
grayctl_ask(grayctl_t *cli)
{
    grayctl_request_t request = { .route = NULL };

    return ask(cli, &request);
}

json_t *
grayctl_ask_with(grayctl_t *cli, json_t *body)
{
    grayctl_request_t request = { .body = body };

    if (body == NULL) {
        gray_error_set(&cli->error, GRAY_EINVALID,
            "what was typed is not all UTF-8, which a server needs");
        return NULL;
    }

    return ask(cli, &request);
}

json_t *
grayctl_get(grayctl_t *cli, const char *route)
{
    grayctl_request_t request = { .route = route };

    return ask(cli, &request);
}

/* --- files ------------------------------------------------------------------- */

FILE *
grayctl_unnamed_file(void)
{
    int fd;
    const char *folder = getenv("TMPDIR");

    fd = open(folder != NULL && *folder != '\0' ? folder : "/var/tmp",
        O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    return fd >= 0 ? fdopen(fd, "w+") : tmpfile();
}

static int
copy(FILE *in, FILE *out, grayctl_progress_t *progress)
{
    size_t n;
    uint64_t all = 0;
    char bytes[65536];

    while ((n = fread(bytes, 1, sizeof(bytes), in)) > 0) {
        if (fwrite(bytes, 1, n, out) != n) {
            return -1;
        }

        all += n;
        (void) grayctl_progress_tell(progress, all / 1024);
    }

    return ferror(in) || fflush(out) != 0 ? -1 : 0;
}

FILE *
grayctl_upload_open(grayctl_t *cli, FILE *in, grayctl_progress_t *progress)
{
    FILE *file;

    if (ftello(in) >= 0) {
        return in;
    }

    progress->what = "KiB read";
    file = grayctl_unnamed_file();

    if (file != NULL && copy(in, file, progress) == 0) {
        rewind(file);
        return file;
    }

    gray_error_set(&cli->error, errno == ENOSPC ? GRAY_EFULL : GRAY_ESYSTEM,
        "the input cannot be kept until it is sent: %s", strerror(errno));
    gray_error_hint(&cli->error, "$TMPDIR says where there is room");

    if (file != NULL) {
        fclose(file);
    }

    return NULL;
}
