/*
 * Names that are wrong or not there.
 */

#include <stdio.h>
#include <string.h>
#include "core/name.h"
#include "internal.h"


static int
gray_name_check(const char *what, const char *name, gray_error_t *error)
{
    if (gray_name_valid((gray_str_t){ strlen(name), name })) {
        return 0;
    }

    (void) gray_error_set(
        error, GRAY_EINVALID, "'%.80s' is no name for a %s", name, what);

    return gray_error_hint(error,
        "1 to 63 of letters, digits, '_', '.' and '-', the first a "
        "letter, digit or '_'%s",
        strcmp(name, "off") == 0 ? "; 'off' is a word of nginx.conf" : "");
}


int
gray_release_name_check(const char *name, gray_error_t *error)
{
    return gray_name_check("release", name, error);
}


int
gray_list_name_check(const char *name, gray_error_t *error)
{
    return gray_name_check("list", name, error);
}


/* Edit distance, at most 3, of short names: one row of the table. */
static unsigned
gray_name_distance(const char *a, const char *b)
{
    unsigned row[GRAY_NAME_MAX + 2], i, j, diagonal, next;
    size_t na, nb;

    na = strlen(a);
    nb = strlen(b);
    if (na > GRAY_NAME_MAX || nb > GRAY_NAME_MAX) {
        return 99;
    }

    for (j = 0; j <= nb; j++) {
        row[j] = j;
    }

    for (i = 1; i <= na; i++) {
        diagonal = row[0];
        row[0] = i;
        for (j = 1; j <= nb; j++) {
            next = diagonal + (a[i - 1] != b[j - 1]);
            if (row[j] + 1 < next) {
                next = row[j] + 1;
            }
            if (row[j - 1] + 1 < next) {
                next = row[j - 1] + 1;
            }
            diagonal = row[j];
            row[j] = next;
        }
    }

    return row[nb];
}


typedef int (*gray_next_pt)(gray_txn_t *txn, const char *after, char name[64]);

static int
gray_name_missing(gray_txn_t *txn, gray_next_pt next, const char *what,
    const char *name, gray_error_t *error)
{
    unsigned distance, best;
    char at[64], nearest[64];

    at[0] = '\0';
    nearest[0] = '\0';
    best = 3;

    while (next(txn, at, at) == GRAY_STORE_OK) {
        distance = gray_name_distance(name, at);
        if (distance < best) {
            best = distance;
            (void) snprintf(nearest, sizeof(nearest), "%s", at);
        }
    }

    (void) gray_error_set(
        error, GRAY_ENOTFOUND, "there is no %s '%.80s'", what, name);

    if (nearest[0] != '\0') {
        return gray_error_hint(error, "did you mean '%s'?", nearest);
    }

    return gray_error_hint(error,
        "grayctl %s ls shows those there are, "
        "grayctl %s create makes one",
        what, what);
}


static int
gray_release_after(gray_txn_t *txn, const char *after, char name[64])
{
    char from[64];

    (void) snprintf(from, sizeof(from), "%s", after);

    return gray_store_release_next(txn, from, name);
}


static int
gray_list_after(gray_txn_t *txn, const char *after, char name[64])
{
    char from[64];

    (void) snprintf(from, sizeof(from), "%s", after);

    return gray_store_list_next(txn, from, name);
}


int
gray_release_missing(gray_txn_t *txn, const char *name, gray_error_t *error)
{
    return gray_name_missing(txn, gray_release_after, "release", name, error);
}


int
gray_list_missing(gray_txn_t *txn, const char *name, gray_error_t *error)
{
    return gray_name_missing(txn, gray_list_after, "list", name, error);
}


int
gray_variant_missing(const gray_document_t *document, const char *release,
    const char *name, gray_error_t *error)
{
    size_t len;
    unsigned v, distance, best;
    const char *nearest;
    char all[sizeof(error->hint)];

    nearest = NULL;
    best = 3;
    len = 0;
    all[0] = '\0';

    for (v = 0; v < document->nvariants; v++) {
        distance = gray_name_distance(name, document->variants[v]);
        /* With every letter changed it is another word. */
        if (distance < best && distance < strlen(name)) {
            best = distance;
            nearest = document->variants[v];
        }
        if (len < sizeof(all)) {
            len += (size_t) snprintf(all + len, sizeof(all) - len, "%s'%s'",
                v > 0 ? ", " : "", document->variants[v]);
        }
    }

    (void) gray_error_set(error, GRAY_EINVALID,
        "release %s has no variant '%.80s'", release, name);

    if (nearest != NULL) {
        return gray_error_hint(error, "did you mean '%s'?", nearest);
    }

    return gray_error_hint(error, "its variants are %.200s", all);
}


int
gray_list_header(gray_control_t *control, gray_txn_t *txn, const char *name,
    gray_list_t *list, gray_error_t *error)
{
    int rc;

    if (gray_list_name_check(name, error) != 0) {
        return -1;
    }

    rc = gray_store_list_get(txn, name, list);
    if (rc == GRAY_STORE_ENOTFOUND) {
        return gray_list_missing(txn, name, error);
    }

    return rc == GRAY_STORE_OK ? 0
                               : gray_verb_store_error(control->dir, rc, error);
}
