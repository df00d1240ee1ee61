#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "apply_internal.h"
#include "core/name.h"

/* A sub-folder, the ends of its files' names and what they are. */
typedef struct {
    const char *folder;
    const char *suffix;
    gray_list_kind_t kind; /* GRAY_LIST_UNKNOWN: a document           */
} gray_apply_suffix_t;

static const gray_apply_suffix_t gray_apply_suffixes[] = {
    { "releases", ".json", GRAY_LIST_UNKNOWN },
    { "lists", ".list", GRAY_LIST_STRING },
    { "lists", ".ip", GRAY_LIST_IP },
    { "lists", ".live", GRAY_LIST_LIVE },
};


gray_apply_item_t *
gray_apply_find(const gray_apply_items_t *items, const char *name)
{
    unsigned i;

    for (i = 0; i < items->n; i++) {
        if (strcmp(items->items[i].name, name) == 0) {
            return &items->items[i];
        }
    }

    return NULL;
}


void
gray_apply_items_free(gray_apply_items_t *items)
{
    unsigned i;

    for (i = 0; i < items->n; i++) {
        free(items->items[i].path);
        free(items->items[i].text);
    }
    free(items->items);
    memset(items, 0, sizeof(*items));
}


static const gray_apply_suffix_t *
gray_apply_suffix(const char *folder, const char *file, size_t *len)
{
    size_t i, name, suffix;

    name = strlen(file);
    for (i = 0; i < sizeof(gray_apply_suffixes) / sizeof(*gray_apply_suffixes);
         i++) {
        suffix = strlen(gray_apply_suffixes[i].suffix);
        if (strcmp(gray_apply_suffixes[i].folder, folder) == 0 && name > suffix
            && strcmp(file + name - suffix, gray_apply_suffixes[i].suffix) == 0)
        {
            *len = name - suffix;
            return &gray_apply_suffixes[i];
        }
    }

    return NULL;
}


/* Takes one file of a sub-folder; what it is not is a problem. */
static int
gray_apply_file(gray_applier_t *applier, const char *folder, const char *file,
    gray_apply_items_t *items)
{
    size_t len;
    char place[300];
    gray_apply_item_t *grown, *item;
    const gray_apply_suffix_t *suffix;

    (void) snprintf(place, sizeof(place), "%s/%.200s", folder, file);

    suffix = gray_apply_suffix(folder, file, &len);
    if (suffix == NULL) {
        gray_apply_problem(applier, GRAY_EINVALID, place,
            "the file is neither a document nor a list: releases/NAME.json, "
            "lists/NAME.list, .ip or .live");
        return 0;
    }
    if (!gray_name_valid((gray_str_t){ len, file })) {
        gray_apply_problem(applier, GRAY_EINVALID, place, "'%.*s' is no name",
            len > 80 ? 80 : (int) len, file);
        return 0;
    }

    grown = realloc(items->items, (items->n + 1) * sizeof(*grown));
    if (grown == NULL) {
        return -1;
    }
    items->items = grown;
    item = &grown[items->n];
    memset(item, 0, sizeof(*item));
    memcpy(item->name, file, len);
    if (gray_apply_find(items, item->name) != NULL) {
        gray_apply_problem(applier, GRAY_EINVALID, place,
            "list %s is there twice, with different kinds", item->name);
    }
    item->kind = suffix->kind;
    item->path = gray_text("%s/%s/%s", applier->dir, folder, file);
    if (item->path == NULL) {
        return -1;
    }
    items->n++;

    return 0;
}


static int
gray_apply_order(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}


static int
gray_apply_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}


/* Returns 1 when the sub-folder is not there. */
static int
gray_apply_sub(gray_applier_t *applier, const char *folder,
    gray_apply_items_t *items, gray_error_t *error)
{
    int i, n, rc;
    char *path;
    struct dirent **entries;

    path = gray_text("%s/%s", applier->dir, folder);
    if (path == NULL) {
        return gray_no_memory(error);
    }

    n = scandir(path, &entries, gray_apply_visible, gray_apply_order);
    if (n < 0) {
        rc = errno == ENOENT ? 1
                             : gray_error_set(error, GRAY_EINVALID, "%s: %s",
                                 path, strerror(errno));
        free(path);
        return rc;
    }
    free(path);

    rc = 0;
    for (i = 0; i < n; i++) {
        if (rc == 0
            && gray_apply_file(applier, folder, entries[i]->d_name, items) != 0)
        {
            rc = gray_no_memory(error);
        }
        free(entries[i]);
    }
    free(entries);

    return rc;
}


static int
gray_apply_read_text(gray_applier_t *applier, gray_apply_item_t *item)
{
    FILE *file;
    gray_error_t error;

    file = fopen(item->path, "re");
    item->text = malloc(GRAY_DOCUMENT_MAX + 1);

    if (file == NULL || item->text == NULL) {
        (void) gray_error_set(
            &error, GRAY_EINVALID, "cannot be read: %s", strerror(errno));
        gray_apply_error(applier, item->path, &error);
    } else {
        item->len = fread(item->text, 1, GRAY_DOCUMENT_MAX + 1, file);
    }
    if (file != NULL) {
        (void) fclose(file);
    }

    return 0;
}


int
gray_apply_folder(gray_applier_t *applier, gray_error_t *error)
{
    int releases, lists;
    unsigned i;

    releases = gray_apply_sub(applier, "releases", &applier->releases, error);
    if (releases < 0) {
        return -1;
    }
    lists = gray_apply_sub(applier, "lists", &applier->lists, error);
    if (lists < 0) {
        return -1;
    }

    /* A mistyped folder must not empty a store. */
    if (releases == 1 && lists == 1) {
        (void) gray_error_set(error, GRAY_EINVALID,
            "%s has neither releases/ nor lists/", applier->dir);
        return gray_error_hint(error,
            "put documents into releases/NAME.json, lists into "
            "lists/NAME.list, NAME.ip, NAME.live");
    }

    for (i = 0; i < applier->releases.n; i++) {
        (void) gray_apply_read_text(applier, &applier->releases.items[i]);
    }

    return 0;
}
