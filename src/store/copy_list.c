/*
 * Copying one list. The destination's header is counted from the members that
 * were put there, so that it equals the source's only when all were copied
 * and the source's header is true.
 */

#include "store_internal.h"

#include <stdlib.h>

/* The clock is read once in so many members. */
#define BURST 64

typedef enum {
    STEP_PUT,    /* what the source has         */
    STEP_DELETE, /* what the source has no more */
    STEP_DONE
} step_t;

typedef struct {
    const char *name;
    gray_list_t source; /* its header in this slice                     */
    gray_list_t list;   /* the destination's                            */
    step_t step;
    unsigned char after[GRAY_STORE_KEY_MAX]; /* walked up to here       */
    size_t after_len;
} work_t;

static bool
equal(const gray_list_t *a, const gray_list_t *b)
{
    return a->id == b->id && a->count == b->count
           && a->digest[0] == b->digest[0] && a->digest[1] == b->digest[1];
}

/* The source's header, and the destination's as it is there, or a new one. */
static int
load(gray_copy_t *copy, work_t *work)
{
    int rc = gray_store_list_get(copy->read, work->name, &work->source);

    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    rc = gray_store_list_get(copy->write, work->name, &work->list);
    if (rc == GRAY_STORE_OK && work->list.id == work->source.id) {
        return GRAY_STORE_OK;
    }

    if (rc == GRAY_STORE_OK) {
        rc = gray_store_list_drop(copy->write, work->name);
    }

    work->list = (gray_list_t){
        .id = work->source.id,
        .kind = work->source.kind,
    };
    work->step = STEP_PUT;
    work->after_len = 0;

    return rc == GRAY_STORE_ENOTFOUND ? GRAY_STORE_OK : rc;
}

/* Not an error: keys read before it are no longer valid. */
#define DELETED 1

static int
step_member(gray_copy_t *copy, work_t *work, gray_bytes_t key,
    const gray_member_t *member)
{
    gray_member_t there;
    bool added;
    int rc;

    memcpy(work->after, key.data, key.len);
    work->after_len = key.len;

    if (work->step == STEP_PUT) {
        copy->members++;
        return gray_store_member_put(
            copy->write, &work->list, key, member, &added);
    }

    rc = gray_store_member_get(copy->read, work->source.id, key, &there);
    if (rc != GRAY_STORE_ENOTFOUND) {
        return rc;
    }

    rc = gray_store_member_del(
        copy->write, &work->list, gray_bytes(work->after, work->after_len));

    return rc != GRAY_STORE_OK ? rc : DELETED;
}

/* Up to BURST members. ENOTFOUND when the walk is at its end. */
static int
burst(gray_copy_t *copy, work_t *work)
{
    gray_txn_t *walked = work->step == STEP_PUT ? copy->read : copy->write;
    gray_bytes_t keys[BURST];
    gray_member_t found[BURST];
    gray_members_t *members;
    unsigned n = 0;
    int end, rc;

    rc = gray_store_members_open(walked, work->source.id,
        gray_bytes(work->after, work->after_len), &members);
    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    do {
        end = gray_store_members_next(members, &keys[n], &found[n]);
    } while (end == GRAY_STORE_OK && ++n < BURST);

    gray_store_members_close(members);

    for (unsigned i = 0; rc == GRAY_STORE_OK && i < n; i++) {
        rc = step_member(copy, work, keys[i], &found[i]);
    }

    if (rc == DELETED) {
        return GRAY_STORE_OK;
    }

    return rc != GRAY_STORE_OK ? rc : end;
}

/* As far as the slice's time goes. */
static int
advance(gray_copy_t *copy, work_t *work)
{
    int rc = GRAY_STORE_OK;

    while (rc == GRAY_STORE_OK && work->step != STEP_DONE
           && gray_store_clock() < copy->deadline)
    {
        rc = burst(copy, work);

        if (rc == GRAY_STORE_ENOTFOUND) {
            work->after_len = 0;
            work->step
                = work->step == STEP_PUT && !equal(&work->list, &work->source)
                      ? STEP_DELETE
                      : STEP_DONE;
            rc = GRAY_STORE_OK;
        }
    }

    return rc;
}

/* ENOTFOUND: the source has no such list any more. */
static int
slice(gray_copy_t *copy, work_t *work)
{
    int rc = load(copy, work);

    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    if (work->step == STEP_PUT && work->after_len == 0
        && equal(&work->list, &work->source))
    {
        work->step = STEP_DONE;
    }

    rc = advance(copy, work);
    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    work->list.created = work->source.created;
    work->list.changed = work->source.changed;

    return gray_list_write(copy->write, work->name, &work->list);
}

int
gray_copy_list_now(gray_copy_t *copy, const char *name)
{
    work_t work = { .name = name };
    int rc = slice(copy, &work);

    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    return work.step == STEP_DONE && equal(&work.list, &work.source) ? 0 : 1;
}

/* One walk over the list, in slices. *first: its header at the beginning. */
static int
walk(gray_copy_t *copy, work_t *work, gray_list_t *first)
{
    int rc = GRAY_STORE_OK;

    first->id = 0;
    while (rc == GRAY_STORE_OK && work->step != STEP_DONE) {
        rc = gray_copy_begin(copy);
        if (rc != GRAY_STORE_OK) {
            return rc;
        }

        rc = gray_copy_end(copy, slice(copy, work));
        if (first->id == 0) {
            *first = work->source;
        }
    }

    return rc;
}

/*
 * A list that differs when both walks are done is being changed, which the
 * last slice sees to, or its header lies: nobody touched it, and yet the sum
 * of its members is another.
 */
int
gray_copy_list(gray_copy_t *copy, const char *name)
{
    gray_list_t first;
    work_t work = { .name = name };
    bool lies = false;

    for (int i = 0; i < 2; i++) {
        int rc = walk(copy, &work, &first);

        if (rc != GRAY_STORE_OK) {
            return rc == GRAY_STORE_ENOTFOUND ? GRAY_STORE_OK : rc;
        }

        if (equal(&work.list, &work.source)) {
            return GRAY_STORE_OK;
        }

        lies = equal(&first, &work.source);
        work.step = STEP_PUT;
        work.after_len = 0;
    }

    return !lies ? GRAY_STORE_OK
                 : gray_store_fail(GRAY_STORE_EDAMAGED,
                     "list '%s': its members are not those its header counts",
                     name);
}
