/* The dashboard's files. */

#define _GNU_SOURCE
#include "web.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "grayd.h"
#include "routes.h"

#define GRAYD_FILES_MAX 128
#define GRAYD_FILE_MAX (4 << 20)

static const struct {
    const char *end;
    const char *type;
} grayd_types[] = {
    { ".html", "text/html; charset=utf-8" },
    { ".css", "text/css; charset=utf-8" },
    { ".js", "text/javascript; charset=utf-8" },
    { ".svg", "image/svg+xml" },
    { ".json", "application/json" },
    { ".woff2", "font/woff2" },
};

typedef struct {
    char *path; /* "js/app.js"                                   */
    const char *type;
    char *text;
    size_t len;
    uint64_t tag; /* of the content                                */
} grayd_file_t;

struct grayd_web_s {
    unsigned n;
    grayd_file_t files[GRAYD_FILES_MAX];
};


static const char *
grayd_type(const char *path)
{
    size_t len = strlen(path);

    for (size_t i = 0; i < sizeof(grayd_types) / sizeof(*grayd_types); i++) {
        size_t end = strlen(grayd_types[i].end);

        if (len > end && strcmp(path + len - end, grayd_types[i].end) == 0) {
            return grayd_types[i].type;
        }
    }

    return NULL;
}


/* FNV-1a, 64 bits: tells one version of a file from another. */
static uint64_t
grayd_tag(const char *text, size_t len)
{
    uint64_t tag = 0xcbf29ce484222325ULL;

    for (size_t i = 0; i < len; i++) {
        tag = (tag ^ (unsigned char) text[i]) * 0x100000001b3ULL;
    }

    return tag;
}


static char *
grayd_read_file(const char *path, size_t *len)
{
    FILE *in = fopen(path, "re");
    struct stat st;
    char *text = NULL;

    if (in != NULL && fstat(fileno(in), &st) == 0 && S_ISREG(st.st_mode)
        && st.st_size < GRAYD_FILE_MAX)
    {
        *len = (size_t) st.st_size;
        text = malloc(*len + 1);

        if (text != NULL && fread(text, 1, *len, in) != *len) {
            free(text);
            text = NULL;
        }
    }

    if (in != NULL) {
        fclose(in);
    }

    return text;
}


static int
grayd_web_add(
    grayd_web_t *web, const char *dir, const char *path, gray_error_t *error)
{
    grayd_file_t *file = &web->files[web->n];
    char *full = NULL;

    file->type = grayd_type(path);
    if (file->type == NULL) {
        return 0;
    }

    if (web->n == GRAYD_FILES_MAX - 1) {
        return gray_error_set(error, GRAY_EINVALID, "more than %d files in %s",
            GRAYD_FILES_MAX - 1, dir);
    }

    file->path = strdup(path);
    if (file->path == NULL || asprintf(&full, "%s/%s", dir, path) < 0) {
        free(file->path);
        return gray_error_set(error, GRAY_ESYSTEM, "no memory");
    }

    file->text = grayd_read_file(full, &file->len);
    free(full);

    if (file->text == NULL) {
        free(file->path);
        return gray_error_set(
            error, GRAY_ESYSTEM, "%s/%s cannot be read", dir, path);
    }

    file->tag = grayd_tag(file->text, file->len);
    web->n++;

    return 0;
}


/* `under` is "" or "js/". */
static int
grayd_web_folder(
    grayd_web_t *web, const char *dir, const char *under, gray_error_t *error)
{
    char path[512];
    struct dirent *entry;
    DIR *folder;
    int rc = 0;

    (void) snprintf(path, sizeof(path), "%s/%s", dir, under);
    folder = opendir(path);
    if (folder == NULL) {
        return under[0] != '\0' ? 0
                                : gray_error_set(error, GRAY_ENOTFOUND,
                                    "%s: %s", dir, strerror(errno));
    }

    while (rc == 0 && (entry = readdir(folder)) != NULL) {
        if (entry->d_name[0] == '.') {
            continue;
        }

        if (entry->d_type == DT_DIR && under[0] == '\0') {
            (void) snprintf(path, sizeof(path), "%.255s/", entry->d_name);
            rc = grayd_web_folder(web, dir, path, error);
        } else if (entry->d_type != DT_DIR) {
            (void) snprintf(
                path, sizeof(path), "%s%.255s", under, entry->d_name);
            rc = grayd_web_add(web, dir, path, error);
        }
    }

    closedir(folder);

    return rc;
}


int
grayd_web_create(const char *dir, grayd_web_t **created, gray_error_t *error)
{
    grayd_web_t *web = calloc(1, sizeof(*web));

    if (web == NULL) {
        return gray_error_set(error, GRAY_ESYSTEM, "no memory");
    }

    if (dir[0] != '\0' && grayd_web_folder(web, dir, "", error) != 0) {
        if (error->code != GRAY_ENOTFOUND) {
            grayd_web_free(web);
            return -1;
        }
        grayd_log(
            5, "no dashboard: %s; --web names its folder", error->message);
    }

    *created = web;

    return 0;
}


void
grayd_web_free(grayd_web_t *web)
{
    if (web == NULL) {
        return;
    }

    for (unsigned i = 0; i < web->n; i++) {
        free(web->files[i].path);
        free(web->files[i].text);
    }
    free(web);
}


/* --- serving --------------------------------------------------------------- */

static const grayd_file_t *
grayd_web_find(const grayd_web_t *web, const char *path)
{
    for (unsigned i = 0; i < web->n; i++) {
        if (strcmp(web->files[i].path, path) == 0) {
            return &web->files[i];
        }
    }

    return NULL;
}


/* The path of the request, "index.html" for the root; a folder's own name or
 * an empty part finds nothing. */
static void
grayd_web_path(const grayd_uri_t *uri, char path[512])
{
    size_t len = 0;

    path[0] = '\0';
    for (unsigned i = 0; i < uri->nsegments && len < 512; i++) {
        len += (size_t) snprintf(path + len, 512 - len, "%s%s",
            i > 0 ? "/" : "", uri->segments[i].data);
    }

    if (len == 0) {
        (void) snprintf(path, 512, "index.html");
    }
}


void
grayd_get_web(grayd_request_t *request)
{
    char path[512], tag[32];
    const char *known = grayd_header(request, "If-None-Match");
    const grayd_file_t *file;

    grayd_web_path(&request->uri, path);
    file = grayd_web_find(request->grayd->web, path);

    if (file == NULL) {
        grayd_reply_problem(
            request, 404, GRAY_ENOTFOUND, "there is nothing at this address");
        return;
    }

    (void) snprintf(
        tag, sizeof(tag), "\"%016llx\"", (unsigned long long) file->tag);

    if (known != NULL && strstr(known, tag) != NULL) {
        grayd_reply_kept(request, 304, NULL, "", 0);
    } else {
        grayd_reply_kept(request, 200, file->type, file->text, file->len);
    }

    grayd_reply_header(request, "ETag", "%s", tag);
    grayd_reply_header(request, "Cache-Control", "no-cache");
    grayd_reply_header(request, "Content-Security-Policy",
        "default-src 'self'; img-src 'self' data:; object-src 'none'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    grayd_reply_header(request, "Referrer-Policy", "no-referrer");
}
