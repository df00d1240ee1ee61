/* The records of issued links, for people: what is valid, the keyring says. */

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "json_print.h"
#include "link_internal.h"

/* What gray_override takes for a name. */
#define GRAY_LINK_PARAMETER_CHARS                    \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrst" \
    "uvwxyz0123456789_-"


static void
gray_link_name(const char *id, char name[64])
{
    (void) snprintf(name, 64, GRAY_LINK_PREFIX "%.40s", id);
}


static void
gray_link_take(const json_t *object, const char *key, char *to, size_t size)
{
    const char *text;

    text = json_string_value(json_object_get(object, key));
    (void) snprintf(to, size, "%s", text != NULL ? text : "");
}


static uint64_t
gray_link_take_number(const json_t *object, const char *key)
{
    return (uint64_t) json_integer_value(json_object_get(object, key));
}


static int
gray_link_decode(const char *name, gray_bytes_t value, gray_link_line_t *line)
{
    json_t *object;

    object = json_loadb(value.data, value.len, 0, NULL);
    if (!json_is_object(object)) {
        json_decref(object);
        return GRAY_STORE_EDAMAGED;
    }

    memset(line, 0, sizeof(*line));
    (void) snprintf(
        line->id, sizeof(line->id), "%s", name + sizeof(GRAY_LINK_PREFIX) - 1);
    gray_link_take(object, "release", line->release, sizeof(line->release));
    gray_link_take(object, "variant", line->variant, sizeof(line->variant));
    gray_link_take(object, "host", line->host, sizeof(line->host));
    gray_link_take(object, "user", line->user, sizeof(line->user));
    line->made = gray_link_take_number(object, "made");
    line->expiry = gray_link_take_number(object, "expires");
    line->key = (uint32_t) gray_link_take_number(object, "key");
    json_decref(object);

    return GRAY_STORE_OK;
}


int
gray_link_record_get(gray_txn_t *txn, const char *id, gray_link_line_t *line)
{
    int rc;
    char name[64];
    gray_bytes_t value;

    gray_link_name(id, name);
    rc = gray_store_meta_get(txn, name, &value);

    return rc != GRAY_STORE_OK ? rc : gray_link_decode(name, value, line);
}


int
gray_link_record_put(gray_txn_t *txn, const gray_link_line_t *line)
{
    int rc;
    char *text, name[64];
    json_t *object;

    object = json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I}", "release",
        line->release, "variant", line->variant, "host", line->host, "user",
        line->user, "made", (json_int_t) line->made, "expires",
        (json_int_t) line->expiry, "key", (json_int_t) line->key);
    text = object != NULL ? gray_json_print(object, JSON_COMPACT) : NULL;
    json_decref(object);
    if (text == NULL) {
        return GRAY_STORE_EMEMORY;
    }

    gray_link_name(line->id, name);
    rc = gray_store_meta_put(txn, name, (gray_bytes_t){ strlen(text), text });
    free(text);

    return rc;
}


int
gray_link_record_next(
    gray_txn_t *txn, const char *after, gray_link_line_t *line)
{
    int rc;
    char from[64], name[64];
    gray_bytes_t value;

    gray_link_name(after, from);
    rc = gray_store_meta_next(txn, from, name, &value);

    if (rc == GRAY_STORE_OK
        && strncmp(name, GRAY_LINK_PREFIX, sizeof(GRAY_LINK_PREFIX) - 1) != 0)
    {
        rc = GRAY_STORE_ENOTFOUND;
    }

    return rc != GRAY_STORE_OK ? rc : gray_link_decode(name, value, line);
}


int
gray_link_record_purge(gray_txn_t *txn, uint64_t now, unsigned *left)
{
    int rc;
    char name[64], after[GRAY_TOKEN_ID_TEXT] = "";
    gray_link_line_t line;

    for (*left = 0;; memcpy(after, line.id, sizeof(after))) {
        rc = gray_link_record_next(txn, after, &line);
        if (rc != GRAY_STORE_OK) {
            return rc == GRAY_STORE_ENOTFOUND ? GRAY_STORE_OK : rc;
        }

        if (line.expiry > now) {
            (*left)++;
            continue;
        }

        gray_link_name(line.id, name);
        rc = gray_store_meta_del(txn, name);
        if (rc != GRAY_STORE_OK) {
            return rc;
        }
    }
}


static bool
gray_link_keyring_good(gray_bytes_t bytes)
{
    bool good;
    gray_keyring_t *keyring;

    keyring = calloc(1, sizeof(*keyring));
    good = keyring != NULL && gray_keyring_read(bytes.data, bytes.len, keyring);
    gray_link_keyring_free(keyring);

    return good;
}


/* What cannot be read in the old store is no reason to refuse the restore. */
int
gray_link_carry(gray_txn_t *from, gray_txn_t *to)
{
    int rc;
    char after[GRAY_TOKEN_ID_TEXT] = "";
    gray_bytes_t keyring;
    gray_link_line_t line;

    if (gray_store_meta_get(from, GRAY_LINK_KEYRING, &keyring) != GRAY_STORE_OK
        || !gray_link_keyring_good(keyring))
    {
        return GRAY_STORE_OK;
    }

    rc = gray_store_meta_put(to, GRAY_LINK_KEYRING, keyring);

    while (rc == GRAY_STORE_OK
           && gray_link_record_next(from, after, &line) == GRAY_STORE_OK)
    {
        memcpy(after, line.id, sizeof(after));
        rc = gray_link_record_put(to, &line);
    }

    return rc;
}


/* --- hosts and addresses -------------------------------------------------- */

int
gray_link_host(
    const char *text, char host[GRAY_TOKEN_HOST_MAX + 1], gray_error_t *error)
{
    size_t i, len;
    const char *end;

    end = strrchr(text, ':');
    len = strlen(text);
    if (end != NULL && strchr(end, ']') == NULL) {
        len = (size_t) (end - text);
        if (end[1] == '\0' || strspn(end + 1, "0123456789") != strlen(end + 1))
        {
            len = GRAY_TOKEN_HOST_MAX + 1;
        }
    }

    if (len <= GRAY_TOKEN_HOST_MAX) {
        for (i = 0; i < len; i++) {
            host[i] = (char) tolower((unsigned char) text[i]);
        }
        host[len] = '\0';
        if (gray_token_host_valid((gray_str_t){ len, host })) {
            return 0;
        }
    }

    (void) gray_error_set(error, GRAY_EINVALID, "'%.100s' is no host", text);

    return gray_error_hint(
        error, "such as shop.example.com, shop.example.com:8443 or [::1]");
}


/* Whether every byte may stand in a URL as it is, up to a fragment. */
static bool
gray_link_path_valid(const char *path)
{
    const char *p;

    for (p = path; *p != '\0'; p++) {
        if (*p <= ' ' || *p == 0x7f || strchr("#\"<>\\^`{|}", *p) != NULL) {
            return false;
        }
    }

    return path[0] == '/';
}


char *
gray_link_url(const char *scheme, const char *host, const char *path,
    const char *parameter, const char *token, gray_error_t *error)
{
    char *url, ignored[GRAY_TOKEN_HOST_MAX + 1];

    if (strcmp(scheme, "https") != 0 && strcmp(scheme, "http") != 0) {
        (void) gray_error_set(error, GRAY_EINVALID,
            "'%.40s' is no scheme of a web address", scheme);
        (void) gray_error_hint(error, "https (the default) or http");
        return NULL;
    }

    if (gray_link_host(host, ignored, error) != 0) {
        return NULL;
    }

    if (*parameter == '\0'
        || parameter[strspn(parameter, GRAY_LINK_PARAMETER_CHARS)] != '\0')
    {
        (void) gray_error_set(error, GRAY_EINVALID,
            "'%.63s' is no name of a parameter", parameter);
        (void) gray_error_hint(error, "letters, digits, '_' and '-'");
        return NULL;
    }

    if (!gray_link_path_valid(path)) {
        (void) gray_error_set(
            error, GRAY_EINVALID, "'%.100s' is no path of a URL", path);
        (void) gray_error_hint(error,
            "a path begins with '/'; write other bytes than ASCII, and "
            "spaces, as %%XX");
        return NULL;
    }

    url = gray_text("%s://%s%s%c%s=%s", scheme, host, path,
        strchr(path, '?') != NULL ? '&' : '?', parameter, token);
    if (url == NULL) {
        (void) gray_no_memory(error);
    }

    return url;
}
