/*
 * Verbs on links.
 */

#include <stdlib.h>
#include <string.h>
#include "hmac.h"
#include "link_internal.h"


const char *
gray_link_state_name(gray_link_state_t state)
{
    static const char *const names[] = { "valid", "revoked", "no_key" };

    return names[state];
}


static gray_str_t
gray_link_str(const char *text)
{
    return (gray_str_t){ strlen(text), text };
}


/* --- making --------------------------------------------------------------- */

static int
gray_link_no_variant(const gray_document_t *document, const char *release,
    const char *variant, gray_error_t *error)
{
    unsigned i;
    size_t len;
    char names[192];

    for (i = 0, len = 0; i < document->nvariants && len < sizeof(names); i++) {
        len += (size_t) snprintf(names + len, sizeof(names) - len, "%s%s",
            i > 0 ? ", " : "", document->variants[i]);
    }

    (void) gray_error_set(error, GRAY_ENOTFOUND,
        "release '%s' has no variant '%.63s'", release, variant);

    return gray_error_hint(error, "it has %s", names);
}


static int
gray_link_check(gray_control_t *control, gray_txn_t *txn, const char *release,
    const char *variant, gray_error_t *error)
{
    int rc;
    unsigned i;
    gray_document_t document;

    if (gray_release_fetch(control, txn, release, &document, NULL, error) != 0)
    {
        return -1;
    }

    for (i = 0; i < document.nvariants; i++) {
        if (strcmp(document.variants[i], variant) == 0) {
            break;
        }
    }

    rc = i < document.nvariants
             ? 0
             : gray_link_no_variant(&document, release, variant, error);
    gray_document_free(&document);

    return rc;
}


static int
gray_link_fill(gray_control_t *control, const char *release,
    const char *variant, const char *host, uint64_t ttl, gray_link_line_t *line,
    gray_error_t *error)
{
    memset(line, 0, sizeof(*line));

    if (ttl == 0 || ttl > GRAY_LINK_TTL_MAX) {
        (void) gray_error_set(error, GRAY_EINVALID,
            "a link cannot live for %llu seconds", (unsigned long long) ttl);
        return gray_error_hint(error, "from 1s to 365d");
    }

    if (gray_release_name_check(release, error) != 0
        || (*host != '\0' && gray_link_host(host, line->host, error) != 0))
    {
        return -1;
    }

    (void) snprintf(line->release, sizeof(line->release), "%s", release);
    (void) snprintf(line->variant, sizeof(line->variant), "%.63s", variant);
    (void) snprintf(line->user, sizeof(line->user), "%.63s", control->user);
    line->made = gray_wall_ms() / 1000;
    line->expiry = line->made + ttl;

    return 0;
}


static int
gray_link_sign(
    gray_link_t *link, const gray_token_key_t *key, gray_error_t *error)
{
    gray_token_t token;

    if (gray_link_random(&token.id, sizeof(token.id), error) != 0) {
        return -1;
    }

    gray_token_id_print(token.id, link->line.id);
    link->line.key = key->id;

    token.expiry = link->line.expiry;
    token.release = gray_link_str(link->line.release);
    token.variant = gray_link_str(link->line.variant);
    token.host = gray_link_str(link->line.host);

    if (gray_token_sign(&token, key, gray_hmac, link->token) < 0) {
        return gray_error_set(
            error, GRAY_ESYSTEM, "OpenSSL computed no HMAC-SHA256");
    }

    return 0;
}


/* Bounds the records, and adds the link's. */
static int
gray_link_record(gray_control_t *control, gray_txn_t *txn,
    const gray_link_line_t *line, gray_error_t *error)
{
    int rc;
    unsigned left;

    rc = gray_link_record_purge(txn, line->made, &left);
    if (rc == GRAY_STORE_OK && left >= GRAY_LINKS_MAX) {
        (void) gray_error_set(
            error, GRAY_EFULL, "%d links are valid already", GRAY_LINKS_MAX);
        return gray_error_hint(
            error, "make links that expire sooner, or one for many people");
    }
    if (rc == GRAY_STORE_OK) {
        rc = gray_link_record_put(txn, line);
    }

    return rc == GRAY_STORE_OK ? 0
                               : gray_verb_store_error(control->dir, rc, error);
}


static int
gray_link_write(gray_control_t *control, gray_txn_t *txn, gray_link_t *link,
    gray_error_t *error)
{
    int rc;
    gray_keyring_t *keyring;

    keyring = gray_link_keyring(control, txn, error);
    if (keyring == NULL) {
        return -1;
    }

    rc = 0;
    if (keyring->nkeys == 0) {
        rc = gray_link_new_key(keyring, error);
        if (rc == 0) {
            rc = gray_link_keyring_put(control, txn, keyring, error);
        }
    }
    if (rc == 0) {
        rc = gray_link_sign(link, &keyring->keys[0], error);
    }
    gray_link_keyring_free(keyring);

    return rc == 0 ? gray_link_record(control, txn, &link->line, error) : rc;
}


int
gray_control_link(gray_control_t *control, const char *release,
    const char *variant, const char *host, uint64_t ttl, gray_link_t *link,
    gray_error_t *error)
{
    gray_txn_t *txn;
    gray_record_t record;
    gray_link_line_t *line = &link->line;

    if (gray_link_fill(control, release, variant, host, ttl, line, error) != 0
        || gray_verb_write_expected(control, &txn, error) != 0)
    {
        return -1;
    }

    if (gray_link_check(control, txn, release, variant, error) != 0
        || gray_link_write(control, txn, link, error) != 0)
    {
        gray_verb_abort(control, txn);
        return -1;
    }

    memset(&record, 0, sizeof(record));
    record.verb = "link";
    record.release = release;
    record.after = json_pack("{s:s, s:s, s:s, s:I}", "id", line->id, "variant",
        line->variant, "host", line->host, "expires",
        (json_int_t) line->expiry);

    return gray_verb_commit(control, txn, &record, error);
}


/* --- listing -------------------------------------------------------------- */

static gray_link_state_t
gray_link_state(const gray_keyring_t *keyring, const gray_link_line_t *line)
{
    uint64_t id;

    if (gray_keyring_key(keyring, line->key) == NULL) {
        return GRAY_LINK_NO_KEY;
    }

    return gray_token_id_parse(gray_link_str(line->id), &id)
                   && gray_keyring_revoked(keyring, id)
               ? GRAY_LINK_REVOKED
               : GRAY_LINK_VALID;
}


static int
gray_link_sooner(const void *a, const void *b)
{
    const gray_link_line_t *x = a, *y = b;

    return x->expiry != y->expiry ? (x->expiry > y->expiry ? 1 : -1)
                                  : strcmp(x->id, y->id);
}


static int
gray_link_add(gray_link_lines_t *lines, const gray_link_line_t *line)
{
    size_t room;
    gray_link_line_t *grown;

    if ((lines->n & (lines->n - 1)) == 0) {
        room = lines->n == 0 ? 1 : (size_t) lines->n * 2;
        grown = realloc(lines->lines, room * sizeof(*grown));
        if (grown == NULL) {
            return GRAY_STORE_EMEMORY;
        }
        lines->lines = grown;
    }
    lines->lines[lines->n++] = *line;

    return GRAY_STORE_OK;
}


static int
gray_link_collect(
    gray_txn_t *txn, const gray_keyring_t *keyring, gray_link_lines_t *lines)
{
    int rc;
    uint64_t now;
    char after[GRAY_TOKEN_ID_TEXT] = "";
    gray_link_line_t line;

    now = gray_wall_ms() / 1000;

    while ((rc = gray_link_record_next(txn, after, &line)) == GRAY_STORE_OK) {
        memcpy(after, line.id, sizeof(after));
        if (line.expiry <= now) {
            continue;
        }
        line.state = gray_link_state(keyring, &line);
        rc = gray_link_add(lines, &line);
        if (rc != GRAY_STORE_OK) {
            break;
        }
    }

    return rc == GRAY_STORE_ENOTFOUND ? GRAY_STORE_OK : rc;
}


int
gray_control_link_ls(
    gray_control_t *control, gray_link_lines_t *lines, gray_error_t *error)
{
    int rc;
    gray_txn_t *txn;
    gray_keyring_t *keyring;

    memset(lines, 0, sizeof(*lines));
    if (gray_verb_read(control, &txn, error) != 0) {
        return -1;
    }

    lines->revision = control->revision;
    keyring = gray_link_keyring(control, txn, error);
    rc = -1;
    if (keyring != NULL) {
        rc = gray_link_collect(txn, keyring, lines);
        if (rc != GRAY_STORE_OK) {
            rc = gray_verb_store_error(control->dir, rc, error);
        }
    }
    gray_link_keyring_free(keyring);
    gray_verb_read_end(control, txn);

    if (rc != 0) {
        gray_link_lines_free(lines);
        return -1;
    }

    if (lines->n > 1) {
        qsort(lines->lines, lines->n, sizeof(*lines->lines), gray_link_sooner);
    }

    return 0;
}


void
gray_link_lines_free(gray_link_lines_t *lines)
{
    free(lines->lines);
    memset(lines, 0, sizeof(*lines));
}
