/*
 * Shared inside src/control: the handle, transactions of verbs, the audit
 * record, identities.
 */

#ifndef GRAY_CONTROL_INTERNAL_H
#define GRAY_CONTROL_INTERNAL_H

#include <jansson.h>
#include "control/control.h"
#include "control/dry_run.h"
#include "control/errors.h"
#include "control/running.h"
#include "control/time_text.h"
#include "core/address.h"
#include "core/document.h"
#include "segment/counters.h"
#include "segment/switches.h"
#include "store/audit.h"
#include "store/lists.h"
#include "store/members.h"
#include "store/releases.h"
#include "store/store.h"
#include "store/upkeep.h"

/* Members that one write transaction handles before it looks at the clock,
 * and how long it may go on. */
#define GRAY_SLICE_MEMBERS 500
#define GRAY_SLICE_MS 60

/* Audit records that are kept. */
#define GRAY_AUDIT_KEEP 100000

struct gray_control_s {
    char *dir;
    bool writable;
    bool shared;              /* store, switches and counters are another's */
    gray_store_t *store;      /* NULL: see store_error                */
    gray_error_t store_error; /* code GRAY_OK when the store is open  */
    gray_switches_t *switches;
    gray_counters_t *counters; /* may be NULL                         */
    dev_t counters_device;     /* the file that was found, opened or not */
    ino_t counters_inode;      /* 0: there was none                   */
    uid_t uid;
    char *user;
    char *via;
    bool expecting;
    uint64_t expected;
    uint64_t revision;
    bool changed;
    gray_dry_run_t *dry_run; /* the caller's; NULL: changes are made  */
    gray_errors_t warnings;  /* of the last verb                      */
};

/* --- store_error.c -------------------------------------------------------- */

/* Translates a store error into words with a remedy. Returns -1. */
int gray_verb_store_error(const char *dir, int code, gray_error_t *error);

/* The same for errno of a file of the folder. Returns -1. */
int gray_file_error(
    const char *dir, const char *file, int code, gray_error_t *error);

int gray_no_memory(gray_error_t *error);

/* --- init.c --------------------------------------------------------------- */

/* Whose a new store is: see gray_control_init. */
int gray_init_choose(const char *group, const char *nginx_conf,
    gray_init_t *chosen, gray_error_t *error);

/* Makes switches and counters where they are not there. */
int gray_init_files(const char *dir, gid_t gid, bool with_switches,
    bool with_counters, gray_error_t *error);

/* --- verb.c --------------------------------------------------------------- */

/* Begins a verb's transaction; on failure *error tells why, and there is
 * none. */
int gray_verb_read(
    gray_control_t *control, gray_txn_t **txn, gray_error_t *error);
int gray_verb_write(
    gray_control_t *control, gray_txn_t **txn, gray_error_t *error);

/* As gray_verb_write, with the check of the expected revision against the
 * whole store. */
int gray_verb_write_expected(
    gray_control_t *control, gray_txn_t **txn, gray_error_t *error);

/* GRAY_ECONFLICT when `what` was changed after the expected revision. */
int gray_verb_expected(gray_control_t *control, uint64_t revision,
    const char *what, gray_error_t *error);

void gray_verb_read_end(gray_control_t *control, gray_txn_t *txn);
void gray_verb_abort(gray_control_t *control, gray_txn_t *txn);

/* What an audit record says; texts may be NULL, before and after are given
 * away. */
typedef struct {
    const char *verb;
    const char *release;
    const char *rule;
    const char *list;
    json_t *before;
    json_t *after;
    bool unpurged; /* nothing is purged on the way: it may be damaged */
} gray_record_t;

void gray_record_drop(gray_record_t *record);

/* Raises the revision, appends the record (consumed in any case), trims the
 * audit, purges a little, and commits. The transaction ends in any case. */
int gray_verb_commit(gray_control_t *control, gray_txn_t *txn,
    gray_record_t *record, gray_error_t *error);

/* The record's text, malloc'ed; also for a record that is written alone. */
char *gray_record_text(const gray_control_t *control,
    const gray_record_t *record, uint64_t revision);

/* --- list.c ---------------------------------------------------------------- */

/* One transaction of at most GRAY_SLICE_MS that deletes expired members, and
 * those of lists that are gone. Returns how many, or -1. */
int gray_list_purge_slice(gray_control_t *control, gray_error_t *error);

/* --- time.c --------------------------------------------------------------- */

/* Milliseconds: of the clock on the wall, and of the one that never jumps. */
uint64_t gray_wall_ms(void);
uint64_t gray_monotonic_ms(void);

/* What gray_store_purge takes: a member counts until its expiry, and is
 * purged from that second on. */
uint64_t gray_expired_before(void);

/* --- identity.c ----------------------------------------------------------- */

/* A member's key. */
typedef struct {
    size_t len;
    unsigned char bytes[GRAY_STORE_KEY_MAX];
} gray_key_t;

#define gray_key_bytes(key) ((gray_bytes_t){ (key)->len, (key)->bytes })

/* Reads an identity as a person wrote it into the key that a list of `kind`
 * has for it. `list` is the name, for the hint. */
int gray_identity_key(gray_store_kind_t kind, const char *list, gray_str_t text,
    gray_key_t *key, gray_error_t *error);

/* The identity of a key, NUL-terminated, with its length. */
size_t gray_identity_text(
    gray_store_kind_t kind, gray_bytes_t key, char text[256]);

/* Refuses control characters and too long a text. */
int gray_note_check(gray_str_t note, gray_error_t *error);

/* --- lookup.c ------------------------------------------------------------- */

typedef struct {
    bool listed;     /* a member that has not expired                */
    bool found;      /* key and member are set                       */
    bool no_address; /* an ip list, and the value is none            */
    gray_key_t key;  /* of the member that answers, or is expired    */
    uint64_t expiry;
    gray_bytes_t note; /* valid as long as the transaction            */
} gray_lookup_t;

/* Whether `value`, as a request has it, is in the list now. Returns 0 or a
 * store error. */
int gray_lookup(gray_txn_t *txn, const gray_list_t *list, gray_str_t value,
    uint64_t now, gray_lookup_t *lookup);

/* --- name_error.c --------------------------------------------------------- */

int gray_release_name_check(const char *name, gray_error_t *error);
int gray_list_name_check(const char *name, gray_error_t *error);
/* GRAY_ENOTFOUND, with the nearest name there is as a hint. */
int gray_release_missing(
    gray_txn_t *txn, const char *name, gray_error_t *error);
int gray_list_missing(gray_txn_t *txn, const char *name, gray_error_t *error);

/* GRAY_EINVALID, with the nearest of the release's variants as a hint. */
int gray_variant_missing(const gray_document_t *document, const char *release,
    const char *name, gray_error_t *error);

/* The list's header, or an error in words. */
int gray_list_header(gray_control_t *control, gray_txn_t *txn, const char *name,
    gray_list_t *list, gray_error_t *error);

/* --- release_store.c ------------------------------------------------------ */

/* Reads the stored document. Returns 0 or -1. */
int gray_release_fetch(gray_control_t *control, gray_txn_t *txn,
    const char *name, gray_document_t *document, uint64_t *revision,
    gray_error_t *error);

/* A document, ready to be stored. */
typedef struct {
    char *text;  /* canonical, with buckets                           */
    void *bytes; /* compiled                                          */
    size_t len;
} gray_compiled_t;

void gray_compiled_free(gray_compiled_t *compiled);

/* Settles its splits against `old` (may be NULL), makes its conditions
 * canonical and compiles it. Problems go to *errors. */
int gray_release_compile(gray_document_t *document, const char *name,
    const gray_document_t *old, gray_list_kind_pt kind_of, void *data,
    gray_compiled_t *compiled, gray_errors_t *errors);

/* Whether the store has exactly this. */
bool gray_release_same(
    gray_txn_t *txn, const char *name, const gray_compiled_t *compiled);

/* The kinds of the store's lists: a gray_list_kind_pt over a gray_txn_t. */
gray_list_kind_t gray_store_kind_of(void *txn, gray_str_t name);

/* Compiles and puts. *same: nothing was put, since what is stored is equal
 * already, or in a dry run (dry_run.c). */
int gray_release_put(gray_control_t *control, gray_txn_t *txn, const char *name,
    gray_document_t *document, const gray_document_t *old, bool *same,
    gray_errors_t *errors);

/* --- warnings.c ----------------------------------------------------------- */

/* Adds to *warnings what is no error of the document and still not meant,
 * with what the nginx in `running` do not know. */
void gray_document_warn(const gray_document_t *document,
    const gray_running_t *running, gray_list_kind_pt kind_of, void *data,
    gray_errors_t *warnings);

/* The same into control->warnings, with the nginx that run now. */
void gray_verb_warn(gray_control_t *control, const gray_document_t *document,
    gray_list_kind_pt kind_of, void *data);

/* --- dry_run.c ------------------------------------------------------------ */

/* Tells control->dry_run what a put would change; `old` may be NULL. */
int gray_dry_run_tell(gray_control_t *control, const gray_document_t *old,
    const gray_document_t *document, const gray_compiled_t *compiled,
    bool same);

/* --- rule_ls.c ------------------------------------------------------------ */

/* "gray 10% by user": a rule's split, or (rule NULL) the document's;
 * malloc'ed. */
char *gray_split_text(const gray_document_t *document, const gray_rule_t *rule);

/* --- references.c --------------------------------------------------------- */

/* Called for each list that rule `rule` of `release` names. */
typedef int (*gray_reference_pt)(
    void *data, const char *release, const char *rule, gray_str_t list);

/* Walks the conditions of one document. Non-zero from `tell` ends it and is
 * returned; below zero: no memory. */
int gray_document_references(const gray_document_t *document,
    const char *release, gray_reference_pt tell, void *data);

/* Walks all releases. -1: an error. */
int gray_references(gray_control_t *control, gray_txn_t *txn,
    gray_reference_pt tell, void *data, gray_error_t *error);

/* --- text.c --------------------------------------------------------------- */

/* A growing list of malloc'ed texts. */
typedef struct {
    unsigned n;
    char **texts;
} gray_texts_t;

/* Adds a copy; -1 without memory. */
int gray_texts_add(gray_texts_t *texts, const char *data, size_t len);
bool gray_texts_have(const gray_texts_t *texts, const char *data, size_t len);
void gray_texts_free(gray_texts_t *texts);

/* asprintf that gives NULL without memory. */
char *gray_text(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Percent with up to three decimals: "5", "0.125". */
void gray_percent_print(uint32_t buckets, char text[16]);

#endif
