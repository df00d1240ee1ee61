/*
 * Lists: making, dropping, purging.
 */

#include <string.h>
#include "control/list.h"
#include "control/running.h"
#include "internal.h"

static const char *const gray_list_kinds[] = {
    [GRAY_LIST_UNKNOWN] = "unknown",
    [GRAY_LIST_STRING] = "string",
    [GRAY_LIST_IP] = "ip",
    [GRAY_LIST_LIVE] = "live",
};


const char *
gray_list_kind_name(gray_list_kind_t kind)
{
    return (unsigned) kind <= GRAY_LIST_LIVE ? gray_list_kinds[kind]
                                             : gray_list_kinds[0];
}


gray_list_kind_t
gray_list_kind_parse(const char *text)
{
    unsigned i;

    for (i = GRAY_LIST_STRING; i <= GRAY_LIST_LIVE; i++) {
        if (strcmp(gray_list_kinds[i], text) == 0) {
            return (gray_list_kind_t) i;
        }
    }

    return GRAY_LIST_UNKNOWN;
}


int
gray_control_list_create(gray_control_t *control, const char *name,
    gray_list_kind_t kind, gray_error_t *error)
{
    int rc;
    gray_txn_t *txn;
    gray_list_t list;
    gray_record_t record;

    control->changed = false;

    if (gray_list_name_check(name, error) != 0
        || gray_verb_write_expected(control, &txn, error) != 0)
    {
        return -1;
    }

    rc = gray_store_list_create(txn, name, (gray_store_kind_t) kind, &list);
    if (rc == GRAY_STORE_EEXISTS) {
        gray_verb_abort(control, txn);
        (void) gray_error_set(
            error, GRAY_EEXISTS, "list %s is there already", name);
        return gray_error_hint(error, "grayctl list ls shows its kind");
    }
    if (rc != GRAY_STORE_OK) {
        gray_verb_abort(control, txn);
        return gray_verb_store_error(control->dir, rc, error);
    }

    memset(&record, 0, sizeof(record));
    record.verb = "list create";
    record.list = name;
    record.after = json_pack("{s: s}", "kind", gray_list_kind_name(kind));

    return gray_verb_commit(control, txn, &record, error);
}


/* --- drop ----------------------------------------------------------------- */

typedef struct {
    const char *list;
    char release[64];
    char rule[64];
} gray_list_user_t;

static int
gray_list_user(
    void *data, const char *release, const char *rule, gray_str_t list)
{
    gray_list_user_t *user = data;

    if (strlen(user->list) != list.len
        || memcmp(user->list, list.data, list.len) != 0)
    {
        return 0;
    }

    (void) strcpy(user->release, release);
    (void) strcpy(user->rule, rule);

    return 1;
}


static int
gray_list_used_by_rule(gray_control_t *control, gray_txn_t *txn,
    const char *name, gray_error_t *error)
{
    int rc;
    gray_list_user_t user;

    user.list = name;
    rc = gray_references(control, txn, gray_list_user, &user, error);
    if (rc != 1) {
        return rc;
    }

    (void) gray_error_set(error, GRAY_EINUSE,
        "list %s is used by rule %s of release %s", name, user.rule,
        user.release);

    return gray_error_hint(error,
        "remove the rule first: grayctl rule rm %s %s", user.release,
        user.rule);
}


static int
gray_list_used_by_nginx(
    gray_control_t *control, const char *name, gray_error_t *error)
{
    pid_t master;
    gray_running_t running;

    if (gray_control_running(control, &running, error) != 0) {
        return -1;
    }
    master = gray_running_live(&running, name);
    gray_running_free(&running);

    if (master == 0) {
        return 0;
    }

    (void) gray_error_set(error, GRAY_EINUSE,
        "live list %s is declared by a running nginx (master %d)", name,
        (int) master);

    return gray_error_hint(error,
        "take its gray_memcached out of nginx.conf and reload, or use "
        "--force");
}


int
gray_control_list_drop(
    gray_control_t *control, const char *name, bool force, gray_error_t *error)
{
    int rc;
    gray_txn_t *txn;
    gray_list_t list;
    gray_record_t record;

    control->changed = false;

    if (gray_verb_write_expected(control, &txn, error) != 0) {
        return -1;
    }

    rc = gray_list_header(control, txn, name, &list, error);
    if (rc == 0) {
        rc = gray_list_used_by_rule(control, txn, name, error);
    }
    if (rc == 0 && list.kind == GRAY_STORE_LIVE && !force) {
        rc = gray_list_used_by_nginx(control, name, error);
    }
    if (rc == 0) {
        rc = gray_store_list_drop(txn, name);
        if (rc != GRAY_STORE_OK) {
            rc = gray_verb_store_error(control->dir, rc, error);
        }
    }
    if (rc != 0) {
        gray_verb_abort(control, txn);
        return -1;
    }

    memset(&record, 0, sizeof(record));
    record.verb = "list drop";
    record.list = name;
    record.before = json_pack("{s: s, s: I}", "kind",
        gray_list_kind_name((gray_list_kind_t) list.kind), "count",
        (json_int_t) list.count);

    return gray_verb_commit(control, txn, &record, error);
}


/* --- purge ---------------------------------------------------------------- */

int
gray_list_purge_slice(gray_control_t *control, gray_error_t *error)
{
    int rc, purged;
    uint64_t start;
    gray_txn_t *txn;

    if (gray_verb_write(control, &txn, error) != 0) {
        return -1;
    }

    purged = 0;
    start = gray_monotonic_ms();

    do {
        rc = gray_store_purge(txn, gray_expired_before(), GRAY_SLICE_MEMBERS);
        purged += rc > 0 ? rc : 0;
    } while (rc > 0 && gray_monotonic_ms() - start < GRAY_SLICE_MS);

    if (rc >= 0) {
        rc = gray_store_commit(txn);
    } else {
        gray_verb_abort(control, txn);
    }

    return rc < 0 ? gray_verb_store_error(control->dir, rc, error) : purged;
}


int
gray_control_list_purge(gray_control_t *control, uint64_t *purged,
    gray_progress_pt progress, void *data, gray_error_t *error)
{
    int n;

    *purged = 0;

    do {
        n = gray_list_purge_slice(control, error);
        if (n < 0) {
            return -1;
        }
        *purged += (uint64_t) n;
        if (progress != NULL && progress(data, *purged) != 0) {
            return gray_error_set(error, GRAY_ESYSTEM, "stopped");
        }
        gray_store_give_way(control->store);
    } while (n > 0);

    control->changed = *purged > 0;

    return 0;
}
