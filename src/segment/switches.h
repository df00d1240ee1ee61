/*
 * The kill switches: DIR/switches, a small preallocated file.
 *
 * One global switch and one per release. The layout is frozen: it is read by
 * workers older and newer than the writer. Writing one needs no space, no
 * LMDB and no daemon, so `grayctl off` works with all of them dead. Workers
 * map it read-only (mode 0640) and cannot write it.
 *
 * Writers (grayctl, grayd) take flock(2) on the file, write with pwrite(2)
 * and fdatasync(2), and check after locking that the path still names the
 * file (a restore exchanges folders). Readers take no lock: a slot's state is
 * one aligned 32-bit word.
 *
 * Functions that fail return -1 and set errno (ESTALE: the folder was
 * replaced; EBADMSG: not a switches file or damaged; ENOSPC: all slots are
 * taken; EINVAL: no release can have this name; EACCES: opened read-only;
 * ETIMEDOUT: another writer held the lock for five seconds).
 *
 * A handle belongs to one thread. The file never changes its size; truncating
 * one that is mapped kills its readers (SIGBUS).
 */

#ifndef GRAY_SEGMENT_SWITCHES_H
#define GRAY_SEGMENT_SWITCHES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Releases that can have a switch. */
#define GRAY_SWITCHES_MAX 1024

typedef struct gray_switches_s gray_switches_t;

/* One switch as people see it. */
typedef struct {
    char release[64]; /* "": the global one                         */
    bool off;
    uint64_t time;       /* of the last change, milliseconds since the
                               epoch                                      */
    uint32_t uid;        /* who changed it                             */
    uint64_t generation; /* the file's generation at that change       */
} gray_switch_t;

/* Where a worker keeps a release's slot; zero it before the first use. It is
 * looked up again when the table of slots changes. */
typedef struct {
    uint32_t index;
    uint32_t table;
} gray_switch_cursor_t;

/* Makes the file (it must not exist: EEXIST), all on. It appears whole, with
 * mode 0640; (gid_t) -1 leaves the process's group. */
int gray_switches_create(const char *path, gid_t group);

/* Maps the file once its size, head and slots are checked; writable for
 * administrators only. The caller owns it. On failure *switches is left
 * alone. */
int gray_switches_open(
    const char *path, bool writable, gray_switches_t **switches);

/* NULL is allowed. */
void gray_switches_close(gray_switches_t *switches);

/*
 * Whether the release is off, by its own switch or the global one: a few
 * nanoseconds, no system call. A release without a slot is on. `switches`
 * may be NULL (no file): on.
 */
bool gray_switches_off(const gray_switches_t *switches,
    gray_switch_cursor_t *cursor, const char *release);

/* The counter of changes of the whole file; 0 for a new one, and for NULL. A
 * worker reads it first and decides afterwards: what it decides then has every
 * change up to it. */
uint64_t gray_switches_generation(const gray_switches_t *switches);

/*
 * Turns a release (NULL: all) off or on, durably. *generation is the file's
 * after the change (it may be NULL); workers that have seen it have the
 * change. Makes a slot when the release has none. A writer that dies in here
 * leaves the switch as it was or as it was to be. When the disk reports an
 * error (EIO) and *generation was set, the change is in force, but it is not
 * durable; otherwise *generation is left alone.
 */
int gray_switches_set(gray_switches_t *switches, const char *release, bool off,
    uint32_t uid, uint64_t *generation);

/* Frees a release's slot (the release was removed); 0 when it has none. */
int gray_switches_remove(gray_switches_t *switches, const char *release);

/* Reads switch i: 0 is the global one, then slots. Returns false past the
 * last; a free slot gives true and an empty name with i > 0. */
bool gray_switches_get(
    const gray_switches_t *switches, unsigned i, gray_switch_t *out);

/* Makes every switch of `to` as it is in `from`, with time and uid, durably:
 * a restore carries over what is in force. `to` gets a generation that is
 * newer than both. */
int gray_switches_carry(gray_switches_t *to, const gray_switches_t *from);

/* Holds the writers' lock over several calls, so that nobody changes `from`
 * while a restore carries it over. Nests. */
int gray_switches_lock(gray_switches_t *switches);
void gray_switches_unlock(gray_switches_t *switches);

#endif
