#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "control.h"
#include "internal.h"


static int
gray_control_open_switches(gray_control_t *control, gray_error_t *error)
{
    int rc, err;
    char *path;

    path = gray_text("%s/switches", control->dir);
    if (path == NULL) {
        return gray_no_memory(error);
    }

    rc = gray_switches_open(path, control->writable, &control->switches);
    err = errno;
    free(path);

    if (rc != 0) {
        control->switches = NULL;
        return gray_file_error(control->dir, "switches", err, error);
    }

    return 0;
}


/* The file that is there now. */
static void
gray_control_find_counters(
    const gray_control_t *control, dev_t *device, ino_t *inode)
{
    char *path = gray_text("%s/" GRAY_COUNTERS_FILE, control->dir);
    struct stat st;

    if (path == NULL || stat(path, &st) != 0) {
        st.st_dev = 0;
        st.st_ino = 0;
    }
    free(path);

    *device = st.st_dev;
    *inode = st.st_ino;
}


/* Best effort: figures are missing without it, nothing else. */
static void
gray_control_open_counters(gray_control_t *control)
{
    char *path;

    gray_control_find_counters(
        control, &control->counters_device, &control->counters_inode);
    path = gray_text("%s/" GRAY_COUNTERS_FILE, control->dir);
    if (path == NULL
        || gray_counters_open(path, false, &control->counters) != 0) {
        control->counters = NULL;
    }
    free(path);
}


static int
gray_control_open_store(gray_control_t *control, gray_error_t *error)
{
    int rc;

    rc = gray_store_open(control->dir, control->writable, &control->store);
    if (rc == GRAY_STORE_OK) {
        control->store_error.code = GRAY_OK;
        return 0;
    }

    control->store = NULL;
    (void) gray_verb_store_error(control->dir, rc, &control->store_error);
    *error = control->store_error;

    return -1;
}


static gray_control_t *
gray_control_new(const char *dir, bool writable, gray_error_t *error)
{
    gray_control_t *control;

    control = calloc(1, sizeof(*control));
    if (control != NULL) {
        control->writable = writable;
        control->dir = strdup(dir);
        gray_control_actor(control, getuid(), NULL, "grayctl");
    }

    if (control == NULL || control->dir == NULL || control->user == NULL
        || control->via == NULL)
    {
        gray_control_close(control);
        (void) gray_no_memory(error);
        return NULL;
    }

    return control;
}


int
gray_control_open(const char *dir, bool writable, gray_control_t **control,
    gray_error_t *error)
{
    gray_control_t *opened;

    opened = gray_control_new(dir, writable, error);
    if (opened == NULL) {
        return -1;
    }

    if (gray_control_open_store(opened, error) != 0
        || gray_control_open_switches(opened, error) != 0)
    {
        gray_control_close(opened);
        return -1;
    }

    gray_control_open_counters(opened);
    *control = opened;

    return 0;
}


int
gray_control_open_partly(const char *dir, bool writable,
    gray_control_t **control, gray_error_t *error)
{
    int store, switches;
    gray_error_t ignored;
    gray_control_t *opened;

    opened = gray_control_new(dir, writable, error);
    if (opened == NULL) {
        return -1;
    }

    store = gray_control_open_store(opened, error);
    switches
        = gray_control_open_switches(opened, store == 0 ? error : &ignored);

    if (store != 0 && switches != 0) {
        gray_control_close(opened);
        return -1;
    }

    gray_control_open_counters(opened);
    *control = opened;

    return 0;
}


int
gray_control_share(
    gray_control_t *of, gray_control_t **control, gray_error_t *error)
{
    gray_control_t *shared;

    shared = gray_control_new(of->dir, of->writable, error);
    if (shared == NULL) {
        return -1;
    }

    shared->shared = true;
    shared->store = of->store;
    shared->store_error = of->store_error;
    shared->switches = of->switches;
    shared->counters = of->counters;
    shared->counters_device = of->counters_device;
    shared->counters_inode = of->counters_inode;
    *control = shared;

    return 0;
}


bool
gray_control_current(const gray_control_t *control)
{
    dev_t device;
    ino_t inode;

    if (control->store == NULL || !gray_store_current(control->store)) {
        return false;
    }

    gray_control_find_counters(control, &device, &inode);

    return device == control->counters_device
           && inode == control->counters_inode;
}


/* Not gray_store_last_txn(): while a commit reaches the disk LMDB tells its
 * number, and reads still give what was before. Whoever kept the new number with
 * the old data would not look again. */
uint64_t
gray_control_last_txn(const gray_control_t *control)
{
    gray_txn_t *txn;
    uint64_t last;

    if (control->store == NULL
        || gray_store_read(control->store, &txn) != GRAY_STORE_OK)
    {
        return 0;
    }

    last = gray_txn_id(txn);
    gray_store_read_end(txn);

    return last;
}


gray_counters_t *
gray_control_counters(const gray_control_t *control)
{
    return control->counters;
}


void
gray_control_close(gray_control_t *control)
{
    if (control == NULL) {
        return;
    }

    if (!control->shared) {
        gray_store_close(control->store);
        if (control->switches != NULL) {
            gray_switches_close(control->switches);
        }
        if (control->counters != NULL) {
            gray_counters_close(control->counters);
        }
    }
    free(control->dir);
    free(control->user);
    free(control->via);
    free(control);
}


const char *
gray_control_dir(const gray_control_t *control)
{
    return control->dir;
}


const gray_error_t *
gray_control_store_error(const gray_control_t *control)
{
    return control->store == NULL ? &control->store_error : NULL;
}


void
gray_control_actor(
    gray_control_t *control, uid_t uid, const char *user, const char *via)
{
    char number[16], texts[1024];
    struct passwd pw, *found;

    if (user == NULL) {
        (void) snprintf(number, sizeof(number), "%u", (unsigned) uid);
        user = getpwuid_r(uid, &pw, texts, sizeof(texts), &found) == 0
                       && found != NULL
                   ? pw.pw_name
                   : number;
    }

    free(control->user);
    free(control->via);
    control->uid = uid;
    control->user = strdup(user);
    control->via = strdup(via);
}


void
gray_control_expect(gray_control_t *control, uint64_t revision)
{
    control->expecting = true;
    control->expected = revision;
}


void
gray_control_expect_any(gray_control_t *control)
{
    control->expecting = false;
}


uint64_t
gray_control_revision(const gray_control_t *control)
{
    return control->revision;
}


bool
gray_control_changed(const gray_control_t *control)
{
    return control->changed;
}


const gray_errors_t *
gray_control_warnings(const gray_control_t *control)
{
    return &control->warnings;
}
