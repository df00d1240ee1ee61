/*
 * The one writer path: a handle on a store with its switches and counters,
 * and the conventions that every verb follows.
 *
 * A verb is one function and one transaction (a few verbs work in bounded
 * slices and say so). It validates, writes, appends an audit record and
 * raises the revision, or changes nothing and returns -1 with *error set:
 * code, message, and in `hint` what to type. A verb that finds nothing to
 * change returns 0, writes nothing and leaves gray_control_changed() false.
 *
 * A handle belongs to one thread and is never used across a fork; a process
 * opens a store once at a time (LMDB's rule).
 */

#ifndef GRAY_CONTROL_CONTROL_H
#define GRAY_CONTROL_CONTROL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "control/errors.h"

#define GRAY_CONTROL_DIR "/var/lib/gray"

typedef struct gray_control_s gray_control_t;

/* How a verb that works in slices tells how far it is; a non-zero return
 * stops it with GRAY_ESYSTEM "stopped". May be NULL wherever it is taken. */
typedef int (*gray_progress_pt)(void *data, uint64_t done);

/*
 * Opens the store in `dir`, its switches and, as far as possible, its
 * counters. The actor is the process's real user, via "grayctl". The caller
 * owns *control. GRAY_ENOSTORE, GRAY_EPERMISSION, GRAY_ESCHEMA, GRAY_EDAMAGED
 * … each with the remedy.
 */
int gray_control_open(const char *dir, bool writable, gray_control_t **control,
    gray_error_t *error);

/*
 * Opens what can be opened: the switches are there even when the store is
 * not (a full disk, a damaged file). For on, off and status. Fails only when
 * neither can be opened. gray_control_store_error() tells why there is no
 * store, and a verb that needs it fails with that error.
 */
int gray_control_open_partly(const char *dir, bool writable,
    gray_control_t **control, gray_error_t *error);

/*
 * Another handle on what `of` has open, for another thread of the process: with
 * an actor, an expected revision and a last revision of its own. It is closed
 * before `of` is. Handles may read at the same time; only one of them may
 * write at a time.
 */
int gray_control_share(
    gray_control_t *of, gray_control_t **control, gray_error_t *error);

/* Whether the folder still holds the store that is open, and one is, and the
 * same counters, or none as before. */
bool gray_control_current(const gray_control_t *control);

/* LMDB's last transaction that can be read: another number than before means
 * that something may have changed, and what is read from now on is at least as
 * new. Begins a read, a microsecond or so; 0 without a store. */
uint64_t gray_control_last_txn(const gray_control_t *control);

/* The counters, NULL when there are none. They live as long as the handle. */
struct gray_counters_s *gray_control_counters(const gray_control_t *control);

/* NULL is allowed. */
void gray_control_close(gray_control_t *control);

const char *gray_control_dir(const gray_control_t *control);

/* NULL when the store is open. */
const gray_error_t *gray_control_store_error(const gray_control_t *control);

/* Who the audit names, instead of the process's real user. `user` NULL: the
 * name that the system has for uid. Both texts are copied. */
void gray_control_actor(
    gray_control_t *control, uid_t uid, const char *user, const char *via);

/*
 * The next verbs fail with GRAY_ECONFLICT when what they would change was
 * changed after `revision`: for a release and its rules that release's own
 * revision counts, for everything else the store's. So the revision that was
 * read may be either. gray_control_expect_any() takes it back.
 */
void gray_control_expect(gray_control_t *control, uint64_t revision);
void gray_control_expect_any(gray_control_t *control);

/* The store's revision that the last verb read, or made. */
uint64_t gray_control_revision(const gray_control_t *control);

/* Whether the last verb changed anything. */
bool gray_control_changed(const gray_control_t *control);

/*
 * What the last verb, which put a release and succeeded, has to say of its
 * document, each with its place ("rules[2]"): rules and splits that are never
 * reached, conditions that hold for nobody, attributes and live lists that no
 * running nginx knows. Of the whole document as it is now, and also when
 * nothing was changed. Valid until the next verb.
 */
const gray_errors_t *gray_control_warnings(const gray_control_t *control);

/* --- init ---------------------------------------------------------------- */

#define GRAY_CONTROL_GROUP_MAX 64

/* What init chose and why, for a person. */
typedef struct {
    char group[GRAY_CONTROL_GROUP_MAX]; /* owns the files                  */
    gid_t gid;
    char reason[160]; /* "given", "nginx's user www-data in /etc/…"        */
    bool completed;   /* a store was there; files it lacked were made  */
    bool no_user;     /* nginx.conf is there and names no user         */
} gray_init_t;

/*
 * Makes the store: folder, LMDB files, switches and counters, with owner,
 * group and mode. `group` NULL: the group of nginx's `user` as read from
 * `nginx_conf` (NULL: /etc/nginx/nginx.conf), else www-data, else nginx,
 * else the process's own. A store that is there but has lost its switches or
 * counters gets new ones (all on), with the folder's group; GRAY_EEXISTS when
 * it lacks nothing, and when the folder holds what is not a store's: it would
 * get the store's owner, group and mode.
 */
int gray_control_init(const char *dir, const char *group,
    const char *nginx_conf, gray_init_t *chosen, gray_error_t *error);

/* Reads the `user` directive: *user and *group (may come out empty). Returns
 * 0, or -1 when the file cannot be read. */
int gray_control_nginx_user(const char *nginx_conf,
    char user[GRAY_CONTROL_GROUP_MAX], char group[GRAY_CONTROL_GROUP_MAX]);

#endif
