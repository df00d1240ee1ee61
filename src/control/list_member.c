/*
 * Members of a list, one by one.
 */

#include <stdlib.h>
#include <string.h>
#include "control/list.h"
#include "internal.h"

/* Members that an audit record names. */
#define GRAY_RECORD_MEMBERS 20

/* A change of members in the making. */
typedef struct {
    gray_control_t *control;
    gray_txn_t *txn;
    const char *name;
    gray_list_t list;
    json_t *named; /* the members changed, the first few             */
    gray_list_added_t added;
    unsigned removed;
} gray_list_change_t;


static int
gray_list_begin(gray_list_change_t *change, gray_control_t *control,
    const char *name, unsigned n, gray_error_t *error)
{
    memset(change, 0, sizeof(*change));
    change->control = control;
    change->name = name;
    control->changed = false;

    if (n > GRAY_LIST_ADD_MAX) {
        (void) gray_error_set(error, GRAY_EINVALID,
            "%u members at once, at most %d are allowed", n, GRAY_LIST_ADD_MAX);
        return gray_error_hint(error, "use: grayctl list import %s FILE", name);
    }

    if (gray_verb_write_expected(control, &change->txn, error) != 0) {
        return -1;
    }

    if (gray_list_header(control, change->txn, name, &change->list, error) != 0)
    {
        gray_verb_abort(control, change->txn);
        return -1;
    }

    change->named = json_array();

    return 0;
}


static void
gray_list_named(gray_list_change_t *change, const gray_key_t *key)
{
    char text[256];
    size_t len;
    json_t *name;

    if (json_array_size(change->named) < GRAY_RECORD_MEMBERS) {
        len = gray_identity_text(change->list.kind, gray_key_bytes(key), text);
        name = json_stringn(text, len);
        /* What is no UTF-8 cannot stand in JSON. */
        (void) json_array_append_new(
            change->named, name != NULL ? name : json_string("(bytes)"));
    }
}


/* Writes the header, audits and commits; or undoes everything. */
static int
gray_list_end(gray_list_change_t *change, int rc, const char *verb,
    json_t *after, gray_error_t *error)
{
    gray_record_t record;
    unsigned changed;

    changed = change->added.added + change->added.updated + change->removed;

    if (rc == 0 && changed > 0) {
        rc = gray_store_list_put(change->txn, change->name, &change->list);
        if (rc != GRAY_STORE_OK) {
            rc = gray_verb_store_error(change->control->dir, rc, error);
        }
    }

    if (rc != 0 || changed == 0) {
        gray_verb_abort(change->control, change->txn);
        json_decref(change->named);
        json_decref(after);
        return rc;
    }

    memset(&record, 0, sizeof(record));
    record.verb = verb;
    record.list = change->name;
    record.after = after;
    (void) json_object_set_new(after, "members", change->named);
    (void) json_object_set_new(
        after, "count", json_integer((json_int_t) change->list.count));

    return gray_verb_commit(change->control, change->txn, &record, error);
}


/* --- add ------------------------------------------------------------------ */

static bool
gray_member_equal(const gray_member_t *a, const gray_member_t *b)
{
    return a->expiry == b->expiry && a->note.len == b->note.len
           && (a->note.len == 0
               || memcmp(a->note.data, b->note.data, a->note.len) == 0);
}


static int
gray_list_add_member(gray_list_change_t *change, const char *text,
    const gray_member_t *member, gray_error_t *error)
{
    int rc;
    bool added;
    gray_key_t key;
    gray_member_t old;

    if (gray_identity_key(change->list.kind, change->name,
            (gray_str_t){ strlen(text), text }, &key, error)
        != 0)
    {
        return -1;
    }

    rc = gray_store_member_get(
        change->txn, change->list.id, gray_key_bytes(&key), &old);
    if (rc == GRAY_STORE_OK && gray_member_equal(&old, member)) {
        change->added.same++;
        return 0;
    }

    if (rc == GRAY_STORE_OK || rc == GRAY_STORE_ENOTFOUND) {
        rc = gray_store_member_put(
            change->txn, &change->list, gray_key_bytes(&key), member, &added);
    }
    if (rc != GRAY_STORE_OK) {
        return gray_verb_store_error(change->control->dir, rc, error);
    }

    change->added.added += added;
    change->added.updated += !added;
    gray_list_named(change, &key);

    return 0;
}


static int
gray_list_add_prepare(
    uint64_t ttl, const char *note, gray_member_t *member, gray_error_t *error)
{
    gray_str_t text;

    text = (gray_str_t){ note != NULL ? strlen(note) : 0, note };
    memset(member, 0, sizeof(*member));

    if (gray_note_check(text, error) != 0) {
        return -1;
    }
    member->note = (gray_bytes_t){ text.len, text.data };

    /* Over a thousand years: a slip, and near to an overflow. */
    if (ttl > 1000ULL * 366 * 86400) {
        return gray_error_set(error, GRAY_EINVALID,
            "a ttl of %llu seconds is over a thousand years",
            (unsigned long long) ttl);
    }
    member->expiry = ttl > 0 ? gray_wall_ms() / 1000 + ttl : 0;

    return 0;
}


int
gray_control_list_add(gray_control_t *control, const char *name,
    const char *const *members, unsigned n, uint64_t ttl, const char *note,
    gray_list_added_t *added, gray_error_t *error)
{
    int rc;
    unsigned i;
    json_t *after;
    char expiry[GRAY_TIME_TEXT_MAX];
    gray_member_t member;
    gray_list_change_t change;

    memset(added, 0, sizeof(*added));

    if (gray_list_add_prepare(ttl, note, &member, error) != 0
        || gray_list_begin(&change, control, name, n, error) != 0)
    {
        return -1;
    }

    rc = 0;
    for (i = 0; rc == 0 && i < n; i++) {
        rc = gray_list_add_member(&change, members[i], &member, error);
    }

    after = json_pack("{s: i, s: i}", "added", (int) change.added.added,
        "updated", (int) change.added.updated);
    if (member.expiry > 0) {
        gray_time_print(member.expiry, expiry);
        (void) json_object_set_new(after, "expiry", json_string(expiry));
    }
    if (note != NULL) {
        (void) json_object_set_new(after, "note", json_string(note));
    }

    rc = gray_list_end(&change, rc, "list add", after, error);
    if (rc == 0) {
        *added = change.added;
    }

    return rc;
}


/* --- rm ------------------------------------------------------------------- */

static int
gray_list_rm_member(
    gray_list_change_t *change, const char *text, gray_error_t *error)
{
    int rc;
    gray_key_t key;

    if (gray_identity_key(change->list.kind, change->name,
            (gray_str_t){ strlen(text), text }, &key, error)
        != 0)
    {
        return -1;
    }

    rc = gray_store_member_del(
        change->txn, &change->list, gray_key_bytes(&key));
    if (rc == GRAY_STORE_ENOTFOUND) {
        return 0;
    }
    if (rc != GRAY_STORE_OK) {
        return gray_verb_store_error(change->control->dir, rc, error);
    }

    change->removed++;
    gray_list_named(change, &key);

    return 0;
}


static int
gray_list_lacks(
    const gray_list_change_t *change, const char *member, gray_error_t *error)
{
    const char *name = change->name;

    (void) gray_error_set(
        error, GRAY_ENOTFOUND, "%.80s is not in list %s", member, name);

    if (change->list.kind == GRAY_STORE_IP) {
        return gray_error_hint(error,
            "grayctl list has %s %.80s tells whether a block holds it, "
            "grayctl list export %s shows all",
            name, member, name);
    }

    return gray_error_hint(error,
        "grayctl list export %s shows all; upper and lower case differ", name);
}


int
gray_control_list_rm(gray_control_t *control, const char *name,
    const char *const *members, unsigned n, unsigned *removed,
    gray_error_t *error)
{
    int rc;
    unsigned i;
    gray_list_change_t change;

    *removed = 0;

    if (gray_list_begin(&change, control, name, n, error) != 0) {
        return -1;
    }

    rc = 0;
    for (i = 0; rc == 0 && i < n; i++) {
        rc = gray_list_rm_member(&change, members[i], error);
    }

    if (rc == 0 && change.removed == 0 && n > 0) {
        rc = gray_list_lacks(&change, members[0], error);
    }

    rc = gray_list_end(&change, rc, "list rm",
        json_pack("{s: i}", "removed", (int) change.removed), error);
    if (rc == 0) {
        *removed = change.removed;
    }

    return rc;
}


/* --- has, members --------------------------------------------------------- */

void
gray_member_line(gray_store_kind_t kind, gray_bytes_t key, uint64_t expiry,
    gray_bytes_t note, gray_member_line_t *line)
{
    size_t len;

    (void) gray_identity_text(kind, key, line->identity);
    line->expiry = expiry;
    line->expired = expiry != 0 && expiry <= gray_wall_ms() / 1000;

    len = note.len < sizeof(line->note) ? note.len : sizeof(line->note) - 1;
    memcpy(line->note, len > 0 ? note.data : "", len);
    line->note[len] = '\0';
}


static int
gray_list_has_in(gray_control_t *control, gray_txn_t *txn, const char *name,
    const char *identity, gray_list_has_t *has, gray_error_t *error)
{
    int rc;
    gray_str_t value;
    gray_list_t list;
    gray_lookup_t lookup;
    gray_key_t ignored;

    value = (gray_str_t){ strlen(identity), identity };

    if (gray_list_header(control, txn, name, &list, error) != 0) {
        return -1;
    }
    if (list.kind == GRAY_STORE_LIVE) {
        return gray_identity_key(list.kind, name, value, &ignored, error);
    }

    rc = gray_lookup(txn, &list, value, gray_wall_ms() / 1000, &lookup);
    if (rc != GRAY_STORE_OK) {
        return gray_verb_store_error(control->dir, rc, error);
    }

    has->listed = lookup.listed;
    has->found = lookup.found;
    if (lookup.found) {
        gray_member_line(list.kind, gray_key_bytes(&lookup.key), lookup.expiry,
            lookup.note, &has->by);
    }

    return 0;
}


int
gray_control_list_has(gray_control_t *control, const char *name,
    const char *identity, gray_list_has_t *has, gray_error_t *error)
{
    int rc;
    gray_txn_t *txn;

    memset(has, 0, sizeof(*has));

    if (gray_verb_read(control, &txn, error) != 0) {
        return -1;
    }
    rc = gray_list_has_in(control, txn, name, identity, has, error);
    gray_verb_read_end(control, txn);

    return rc;
}


static int
gray_list_members_in(gray_control_t *control, gray_txn_t *txn, const char *name,
    const char *after, gray_member_line_t *members, unsigned max,
    gray_error_t *error)
{
    int rc;
    unsigned n;
    gray_key_t from;
    gray_list_t list;
    gray_bytes_t key;
    gray_member_t member;
    gray_members_t *cursor;

    memset(&from, 0, sizeof(from));

    if (gray_list_header(control, txn, name, &list, error) != 0
        || ((after != NULL || list.kind == GRAY_STORE_LIVE)
            && gray_identity_key(list.kind, name,
                   after != NULL ? (gray_str_t){ strlen(after), after }
                                 : gray_str("IDENTITY"),
                   &from, error)
                   != 0))
    {
        return -1;
    }

    cursor = NULL;
    rc = gray_store_members_open(txn, list.id, gray_key_bytes(&from), &cursor);
    for (n = 0; rc == GRAY_STORE_OK && n < max; n++) {
        rc = gray_store_members_next(cursor, &key, &member);
        if (rc != GRAY_STORE_OK) {
            break;
        }
        gray_member_line(
            list.kind, key, member.expiry, member.note, &members[n]);
    }
    gray_store_members_close(cursor);

    if (rc != GRAY_STORE_OK && rc != GRAY_STORE_ENOTFOUND) {
        return gray_verb_store_error(control->dir, rc, error);
    }

    return (int) n;
}


int
gray_control_list_members(gray_control_t *control, const char *name,
    const char *after, gray_member_line_t *members, unsigned max,
    gray_error_t *error)
{
    int n;
    gray_txn_t *txn;

    if (gray_verb_read(control, &txn, error) != 0) {
        return -1;
    }
    n = gray_list_members_in(control, txn, name, after, members, max, error);
    gray_verb_read_end(control, txn);

    return n;
}
