/* The dashboard's files. */

#define _GNU_SOURCE
#include "web.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>
#include "grayd.h"
#include "routes.h"

#define GRAYD_FILES_MAX 128
#define GRAYD_FILE_MAX (4 << 20)

#define GRAYD_PAGE "index.html"
#define GRAYD_CHARTS "uPlot.js"

/* What a browser shows where there is no dashboard. */
static const char grayd_no_dashboard[]
    = "<!doctype html>\n"
      "<html lang=\"en\">\n"
      "<title>grayd: no dashboard</title>\n"
      "<h1>grayd runs, without its dashboard</h1>\n"
      "<p>The API answers, at <code>/v1</code>. The pages are not in the "
      "folder that <code>--web</code> names: <code>make install</code> puts "
      "them into /usr/local/share/nginx-gray/web, and <code>make web</code> "
      "into build/web.\n";

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
    char *packed; /* by gzip; NULL where that is not smaller       */
    size_t packed_len;
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


/* Packs the file, where that is worth it. */
static void
grayd_web_pack(grayd_file_t *file)
{
    z_stream z = { 0 };
    uLong most;

    /* 16: with gzip's head */
    if (deflateInit2(
            &z, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY)
        != Z_OK)
    {
        return;
    }

    most = deflateBound(&z, file->len);
    file->packed = malloc(most);
    z.next_in = (Bytef *) file->text;
    z.avail_in = (uInt) file->len;
    z.next_out = (Bytef *) file->packed;
    z.avail_out = (uInt) most;

    if (file->packed == NULL || deflate(&z, Z_FINISH) != Z_STREAM_END
        || z.total_out >= file->len)
    {
        free(file->packed);
        file->packed = NULL;
    }

    file->packed_len = z.total_out;
    (void) deflateEnd(&z);
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
    grayd_web_pack(file);
    web->n++;

    return 0;
}


/* Not every file system says what an entry is. */
static bool
grayd_is_folder(DIR *folder, const struct dirent *entry)
{
    struct stat st;

    return fstatat(dirfd(folder), entry->d_name, &st, 0) == 0
           && S_ISDIR(st.st_mode);
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

        if (grayd_is_folder(folder, entry) && under[0] == '\0') {
            (void) snprintf(path, sizeof(path), "%.255s/", entry->d_name);
            rc = grayd_web_folder(web, dir, path, error);
        } else if (!grayd_is_folder(folder, entry)) {
            (void) snprintf(
                path, sizeof(path), "%s%.255s", under, entry->d_name);
            rc = grayd_web_add(web, dir, path, error);
        }
    }

    closedir(folder);

    return rc;
}


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


/* What the folder lacks is told at the start. */
static void
grayd_web_remark(const grayd_web_t *web, const char *dir)
{
    if (grayd_web_find(web, GRAYD_PAGE) == NULL) {
        grayd_log(5, "no dashboard: %s has no %s; --web names its folder", dir,
            GRAYD_PAGE);
    } else if (grayd_web_find(web, GRAYD_CHARTS) == NULL) {
        grayd_log(5,
            "the dashboard has no charts: %s has no %s; 'make web' puts it "
            "there",
            dir, GRAYD_CHARTS);
    }
}


int
grayd_web_create(const char *dir, grayd_web_t **created, gray_error_t *error)
{
    grayd_web_t *web = calloc(1, sizeof(*web));

    if (web == NULL) {
        return gray_error_set(error, GRAY_ESYSTEM, "no memory");
    }

    if (dir[0] == '\0') {
        /* none is wanted */
    } else if (grayd_web_folder(web, dir, "", error) == 0) {
        grayd_web_remark(web, dir);
    } else if (error->code == GRAY_ENOTFOUND) {
        grayd_log(
            5, "no dashboard: %s; --web names its folder", error->message);
    } else {
        grayd_web_free(web);
        return -1;
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
        free(web->files[i].packed);
    }
    free(web);
}


/* --- serving --------------------------------------------------------------- */

/* The path of the request; the root is the page. A folder's own name or an empty
 * part finds nothing. */
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
        (void) snprintf(path, 512, GRAYD_PAGE);
    }
}


static void
grayd_web_missing(grayd_request_t *request, const char *path)
{
    const char *accept = grayd_header(request, "Accept");

    if (strcmp(path, GRAYD_PAGE) != 0) {
        grayd_reply_problem(
            request, 404, GRAY_ENOTFOUND, "there is nothing at this address");
    } else if (accept != NULL && strstr(accept, "text/html") != NULL) {
        grayd_reply_kept(request, 404, "text/html; charset=utf-8",
            grayd_no_dashboard, sizeof(grayd_no_dashboard) - 1);
    } else {
        grayd_reply_problem(request, 404, GRAY_ENOTFOUND,
            "there is no dashboard in the folder that --web names");
    }
}


/* Whether the client unpacks gzip; one that hesitates (;q=0.1) gets it plain. */
static bool
grayd_takes_gzip(const grayd_request_t *request)
{
    const char *accept = grayd_header(request, "Accept-Encoding");
    const char *at = accept != NULL ? strstr(accept, "gzip") : NULL;

    return at != NULL && strncmp(at, "gzip;q=0", 8) != 0;
}


void
grayd_get_web(grayd_request_t *request)
{
    char path[512], tag[32];
    const char *known = grayd_header(request, "If-None-Match");
    const grayd_file_t *file;
    bool packed;

    grayd_web_path(&request->uri, path);
    file = grayd_web_find(request->grayd->web, path);

    if (file == NULL) {
        grayd_web_missing(request, path);
        return;
    }

    packed = file->packed != NULL && grayd_takes_gzip(request);
    (void) snprintf(tag, sizeof(tag), "\"%016llx%s\"",
        (unsigned long long) file->tag, packed ? "-gzip" : "");

    if (known != NULL && strstr(known, tag) != NULL) {
        grayd_reply_kept(request, 304, NULL, "", 0);
    } else if (packed) {
        grayd_reply_kept(
            request, 200, file->type, file->packed, file->packed_len);
        grayd_reply_header(request, "Content-Encoding", "gzip");
    } else {
        grayd_reply_kept(request, 200, file->type, file->text, file->len);
    }

    grayd_reply_header(request, "ETag", "%s", tag);
    grayd_reply_header(request, "Vary", "Accept-Encoding");
    grayd_reply_header(request, "Cache-Control", "no-cache");
    grayd_reply_header(request, "Content-Security-Policy",
        "default-src 'self'; img-src 'self' data:; object-src 'none'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'");
    grayd_reply_header(request, "Referrer-Policy", "no-referrer");
}
