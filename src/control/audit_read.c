/*
 * Reading the audit, newest first, in snapshots of a few records.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "control/audit.h"
#include "internal.h"

/* Records that one snapshot reads. */
#define GRAY_AUDIT_SLICE 64

/* A record's summary is cut to this. */
#define GRAY_AUDIT_SUMMARY_MAX 240


static const char *
gray_audit_text(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}


static void
gray_audit_word(const json_t *value, FILE *out)
{
    char *text;

    if (json_is_string(value)) {
        (void) fputs(json_string_value(value), out);
        return;
    }

    text = json_dumps(value, JSON_ENCODE_ANY);
    (void) fputs(text != NULL ? text : "", out);
    free(text);
}


/* As it would be typed: {"gray": 5} is gray=5, ["a", "b"] is a,b. */
static void
gray_audit_words(const json_t *value, FILE *out)
{
    size_t i;
    json_t *item;
    const char *name;

    if (json_is_array(value)) {
        json_array_foreach(value, i, item)
        {
            (void) fputs(i > 0 ? "," : "", out);
            gray_audit_word(item, out);
        }

    } else if (json_is_object(value)) {
        i = 0;
        json_object_foreach((json_t *) (uintptr_t) value, name, item)
        {
            (void) fprintf(out, "%s%s=", i++ > 0 ? " " : "", name);
            gray_audit_word(item, out);
        }

    } else {
        gray_audit_word(value, out);
    }
}


/* The members that tell most of a value. `off` is what the verb says, and a
 * rule's name what it is about, unless it is a new one. */
static void
gray_audit_value(const json_t *value, const json_t *rule, FILE *out)
{
    size_t i;
    json_t *item;
    static const char *const telling[]
        = { "kind", "members", "variant", "split", "by", "salt", "if", "place",
              "name", "added", "removed", "count", "note", "id", "all", "key" };

    if (!json_is_object(value)) {
        return;
    }

    for (i = 0; i < sizeof(telling) / sizeof(*telling); i++) {
        item = json_object_get(value, telling[i]);
        if (item == NULL || json_equal(item, rule)) {
            continue;
        }
        (void) fprintf(out, " %s ", telling[i]);
        gray_audit_words(item, out);
    }
}


/* What a release verb changed: the members that differ. */
static void
gray_audit_differ(const json_t *before, const json_t *after, FILE *out)
{
    json_t *value;
    const char *name;

    json_object_foreach((json_t *) (uintptr_t) after, name, value)
    {
        if (!json_equal(value, json_object_get(before, name))) {
            (void) fprintf(out, " %s", name);
        }
    }
    json_object_foreach((json_t *) (uintptr_t) before, name, value)
    {
        if (json_object_get(after, name) == NULL) {
            (void) fprintf(out, " -%s", name);
        }
    }
}


static char *
gray_audit_summary(const json_t *object)
{
    FILE *out;
    char *text;
    size_t len;
    const json_t *before, *after;

    before = json_object_get(object, "before");
    after = json_object_get(object, "after");

    text = NULL;
    out = open_memstream(&text, &len);
    if (out == NULL) {
        return NULL;
    }

    if (json_object_get(before, "variants") != NULL
        && json_object_get(after, "variants") != NULL)
    {
        (void) fputs(" changed:", out);
        gray_audit_differ(before, after, out);
    } else {
        gray_audit_value(json_is_object(after) ? after : before,
            json_object_get(object, "rule"), out);
    }
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }

    if (strlen(text) > GRAY_AUDIT_SUMMARY_MAX) {
        /* Not in the midst of a UTF-8 character. */
        len = GRAY_AUDIT_SUMMARY_MAX - 4;
        while (len > 0 && ((unsigned char) text[len] & 0xc0) == 0x80) {
            len--;
        }
        (void) strcpy(text + len, "…");
    }
    if (text[0] == ' ') {
        memmove(text, text + 1, strlen(text));
    }

    return text;
}


static bool
gray_audit_wanted(const json_t *object, const gray_audit_filter_t *filter)
{
    const char *text;

    if (filter->release != NULL) {
        text = gray_audit_text(object, "release");
        if (text == NULL || strcmp(text, filter->release) != 0) {
            return false;
        }
    }
    if (filter->list != NULL) {
        text = gray_audit_text(object, "list");
        if (text == NULL || strcmp(text, filter->list) != 0) {
            return false;
        }
    }

    return true;
}


/* Returns 1 when the record was told, 0 when it was not wanted; *stop when
 * the reader has enough. */
static int
gray_audit_tell(uint64_t sequence, const char *json,
    const gray_audit_filter_t *filter,
    int (*tell)(void *data, const gray_audit_record_t *record), void *data,
    bool *stop)
{
    char *summary;
    json_t *object;
    gray_audit_record_t record;

    object = json_loads(json, 0, NULL);
    if (object == NULL || !gray_audit_wanted(object, filter)) {
        json_decref(object);
        return 0;
    }

    summary = gray_audit_summary(object);
    record.sequence = sequence;
    record.revision
        = (uint64_t) json_integer_value(json_object_get(object, "revision"));
    record.time = gray_audit_text(object, "time");
    record.user = gray_audit_text(object, "user");
    record.via = gray_audit_text(object, "via");
    record.verb = gray_audit_text(object, "verb");
    record.release = gray_audit_text(object, "release");
    record.rule = gray_audit_text(object, "rule");
    record.list = gray_audit_text(object, "list");
    record.summary = summary != NULL ? summary : "";
    record.json = json;

    if (tell(data, &record) != 0) {
        *stop = true;
    }
    free(summary);
    json_decref(object);

    return 1;
}


typedef struct {
    uint64_t sequence;
    char *json;
} gray_audit_copy_t;

/* Copies records before *sequence: nobody prints with a snapshot held. */
static int
gray_audit_slice(gray_control_t *control, uint64_t *sequence,
    gray_audit_copy_t copies[GRAY_AUDIT_SLICE], unsigned *n,
    gray_error_t *error)
{
    int rc;
    gray_txn_t *txn;
    gray_bytes_t record;

    *n = 0;
    if (gray_verb_read(control, &txn, error) != 0) {
        return -1;
    }

    rc = GRAY_STORE_OK;
    while (*n < GRAY_AUDIT_SLICE) {
        rc = gray_store_audit_prev(txn, sequence, &record);
        if (rc != GRAY_STORE_OK) {
            break;
        }
        copies[*n].sequence = *sequence;
        copies[*n].json = strndup(record.data, record.len);
        if (copies[*n].json == NULL) {
            rc = GRAY_STORE_EMEMORY;
            break;
        }
        (*n)++;
    }
    gray_verb_read_end(control, txn);

    return rc == GRAY_STORE_OK || rc == GRAY_STORE_ENOTFOUND
               ? 0
               : gray_verb_store_error(control->dir, rc, error);
}


int
gray_control_audit(gray_control_t *control, const gray_audit_filter_t *filter,
    int (*tell)(void *data, const gray_audit_record_t *record), void *data,
    gray_error_t *error)
{
    int rc;
    bool stop;
    unsigned i, n, told;
    uint64_t sequence;
    gray_audit_copy_t copies[GRAY_AUDIT_SLICE];

    told = 0;
    stop = false;
    sequence = filter->before != 0 ? filter->before : UINT64_MAX;

    do {
        rc = gray_audit_slice(control, &sequence, copies, &n, error);

        for (i = 0; i < n; i++) {
            stop |= copies[i].sequence <= filter->after;
            if (!stop && rc == 0) {
                told += (unsigned) gray_audit_tell(copies[i].sequence,
                    copies[i].json, filter, tell, data, &stop);
                stop |= filter->limit != 0 && told >= filter->limit;
            }
            free(copies[i].json);
        }
    } while (rc == 0 && n == GRAY_AUDIT_SLICE && !stop);

    return rc;
}
