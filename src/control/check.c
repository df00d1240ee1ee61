/*
 * Checking a store: files, releases, lists, audit.
 */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "check_internal.h"
#include "link_internal.h"
#include "store/upkeep.h"

#define GRAY_CHECK_AUDITS 500


void
gray_check_error(
    gray_checker_t *checker, const char *place, const gray_error_t *error)
{
    gray_error_t problem;

    problem = *error;
    (void) snprintf(problem.place, sizeof(problem.place), "%s", place);

    checker->checked->problems++;
    if (checker->tell != NULL) {
        checker->tell(checker->data, &problem);
    }
}


void
gray_check_problem(gray_checker_t *checker, gray_error_code_t code,
    const char *place, const char *hint, const char *format, ...)
{
    va_list args;
    gray_error_t problem;

    va_start(args, format);
    (void) gray_error_setv(&problem, code, format, args);
    va_end(args);

    (void) gray_error_hint(&problem, "%s", hint);
    gray_check_error(checker, place, &problem);
}


void
gray_check_mendable(
    gray_checker_t *checker, const char *place, const char *format, ...)
{
    va_list args;
    gray_error_t problem;

    va_start(args, format);
    (void) gray_error_setv(&problem, GRAY_EDAMAGED, format, args);
    va_end(args);

    (void) gray_error_hint(
        &problem, "run: grayctl --store %s check --repair", checker->dir);
    gray_check_error(checker, place, &problem);
}


/* Every record is JSON, with verb and revision, and revisions only fall when
 * read backwards. */
static void
gray_check_audit_record(gray_checker_t *checker, uint64_t sequence,
    gray_bytes_t bytes, uint64_t *newer)
{
    json_t *record, *revision;
    char place[48];

    checker->checked->audits++;
    (void) snprintf(place, sizeof(place), "audit record %llu",
        (unsigned long long) sequence);

    record = json_loadb(bytes.data, bytes.len, 0, NULL);
    revision = json_object_get(record, "revision");

    if (!json_is_string(json_object_get(record, "verb"))
        || !json_is_integer(revision))
    {
        gray_check_problem(checker, GRAY_EDAMAGED, place,
            "the audit is for people: nothing decides by it; restore a backup "
            "to mend it",
            "it cannot be read");

    } else if ((uint64_t) json_integer_value(revision) > *newer) {
        gray_check_problem(checker, GRAY_EDAMAGED, place, "restore a backup",
            "its revision %llu is newer than the one after it",
            (unsigned long long) json_integer_value(revision));

    } else {
        *newer = (uint64_t) json_integer_value(revision);
    }
    json_decref(record);
}


static int
gray_check_audits(gray_checker_t *checker, gray_error_t *error)
{
    int rc;
    unsigned n;
    gray_txn_t *txn;
    gray_bytes_t record;
    uint64_t sequence, newer;

    sequence = UINT64_MAX;
    newer = UINT64_MAX;

    do {
        if (gray_verb_read(&checker->control, &txn, error) != 0) {
            return -1;
        }
        if (newer == UINT64_MAX) {
            newer = checker->control.revision;
        }

        rc = GRAY_STORE_OK;
        for (n = 0; rc == GRAY_STORE_OK && n < GRAY_CHECK_AUDITS; n++) {
            rc = gray_store_audit_prev(txn, &sequence, &record);
            if (rc == GRAY_STORE_OK) {
                gray_check_audit_record(checker, sequence, record, &newer);
            }
        }
        gray_verb_read_end(&checker->control, txn);
    } while (rc == GRAY_STORE_OK);

    if (rc != GRAY_STORE_ENOTFOUND) {
        (void) gray_verb_store_error(checker->dir, rc, error);
        gray_check_error(checker, "audit", error);
    }

    return 0;
}


/* LMDB trusts its pages: walking damaged ones may crash, so they are verified
 * first. */
static bool
gray_check_pages(gray_checker_t *checker)
{
    int rc;
    gray_error_t problem;

    rc = gray_store_verify(checker->control.store);

    if (rc == GRAY_STORE_OK) {
        return true;
    }

    (void) gray_verb_store_error(checker->dir, rc, &problem);
    (void) gray_error_hint(&problem,
        "restore a backup; nothing is repaired in damaged pages. Before that, "
        "what is in other pages can be saved: grayctl list export, grayctl "
        "release get");
    gray_check_error(checker, "data.mdb", &problem);

    return false;
}


static int
gray_check_keyring(gray_checker_t *checker, gray_error_t *error)
{
    gray_txn_t *txn;
    gray_error_t problem;
    gray_keyring_t *keyring;

    if (gray_verb_read(&checker->control, &txn, error) != 0) {
        return -1;
    }

    memset(&problem, 0, sizeof(problem));
    keyring = gray_link_keyring(&checker->control, txn, &problem);
    if (keyring == NULL) {
        gray_check_error(checker, "meta override", &problem);
    }
    gray_link_keyring_free(keyring);
    gray_verb_read_end(&checker->control, txn);

    return 0;
}


static int
gray_check_records(gray_checker_t *checker, gray_error_t *error)
{
    int rc;

    rc = gray_check_releases(checker, error);
    if (rc == 0) {
        rc = gray_check_lists(checker, error);
    }
    if (rc == 0) {
        rc = gray_check_entries(checker, error);
    }
    if (rc == 0) {
        rc = gray_check_audits(checker, error);
    }
    if (rc == 0) {
        rc = gray_check_keyring(checker, error);
    }

    return rc;
}


static int
gray_check_store(gray_checker_t *checker, gray_error_t *error)
{
    int rc;
    gray_error_t problem;

    rc = gray_store_open(checker->dir, false, &checker->control.store);
    if (rc != GRAY_STORE_OK) {
        checker->control.store = NULL;
        (void) gray_verb_store_error(checker->dir, rc, &problem);

        /* Who may not look has found nothing. */
        if (rc == GRAY_STORE_EPERMISSION) {
            *error = problem;
            return -1;
        }
        gray_check_error(checker, "data.mdb", &problem);
        return 0;
    }

    rc = gray_check_pages(checker) ? gray_check_records(checker, error) : 0;
    gray_store_close(checker->control.store);

    return rc;
}


int
gray_check_run(const char *dir, bool backup, gray_problem_pt tell, void *data,
    gray_progress_pt progress, gray_checked_t *checked, gray_error_t *error)
{
    int rc;
    gray_checker_t checker;

    memset(checked, 0, sizeof(*checked));
    memset(&checker, 0, sizeof(checker));
    checker.dir = dir;
    checker.backup = backup;
    checker.tell = tell;
    checker.data = data;
    checker.progress = progress;
    checker.checked = checked;

    rc = gray_store_version(dir);
    if (rc == GRAY_STORE_ENOSTORE || rc == GRAY_STORE_EPERMISSION) {
        return gray_verb_store_error(dir, rc, error);
    }

    checker.control.dir = strdup(dir);
    if (checker.control.dir == NULL) {
        return gray_no_memory(error);
    }

    rc = 0;
    if (gray_check_files(&checker)) {
        rc = gray_check_store(&checker, error);
    }
    free(checker.control.dir);

    return rc;
}


int
gray_control_check(const char *dir, gray_problem_pt tell, void *data,
    gray_progress_pt progress, gray_checked_t *checked, gray_error_t *error)
{
    return gray_check_run(dir, false, tell, data, progress, checked, error);
}
