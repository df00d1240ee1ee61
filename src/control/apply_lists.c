#define _GNU_SOURCE
/*
 * Comparing a list with its file: both in key order, side by side.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "apply_internal.h"
#include "control/list.h"
#include "import_line.h"

#define GRAY_APPLY_SLICE 20000

/* A member of the file: its key and note stand in the arena. */
typedef struct {
    size_t at;
    uint64_t expiry;
    uint64_t line; /* of two lines for one member the later counts    */
    unsigned char key_len;
    unsigned char note_len;
} gray_apply_member_t;

typedef struct {
    gray_apply_member_t *members;
    size_t n;
    size_t room;
    char *arena;
    size_t used;
    size_t arena_room;
} gray_apply_file_t;

typedef struct {
    uint64_t added;
    uint64_t removed;
    uint64_t changed;
} gray_apply_diff_t;


static void
gray_apply_file_free(gray_apply_file_t *file)
{
    free(file->members);
    free(file->arena);
}


static int
gray_apply_keep(
    gray_apply_file_t *file, const gray_import_line_t *line, uint64_t number)
{
    void *grown;
    gray_apply_member_t *member;

    if (file->n == file->room) {
        file->room = file->room > 0 ? 2 * file->room : 1024;
        grown = realloc(file->members, file->room * sizeof(*file->members));
        if (grown == NULL) {
            return -1;
        }
        file->members = grown;
    }

    if (file->used + 512 > file->arena_room) {
        file->arena_room = file->arena_room > 0 ? 2 * file->arena_room : 65536;
        grown = realloc(file->arena, file->arena_room);
        if (grown == NULL) {
            return -1;
        }
        file->arena = grown;
    }

    member = &file->members[file->n++];
    member->at = file->used;
    member->expiry = line->expiry;
    member->line = number;
    member->key_len = (unsigned char) line->key.len;
    member->note_len = (unsigned char) line->note.len;

    memcpy(file->arena + file->used, line->key.bytes, line->key.len);
    memcpy(file->arena + file->used + line->key.len, line->note.data,
        line->note.len);
    file->used += line->key.len + line->note.len;

    return 0;
}


/* As LMDB orders keys. */
static int
gray_apply_compare(const void *a, size_t a_len, const void *b, size_t b_len)
{
    int rc;

    rc = memcmp(a, b, a_len < b_len ? a_len : b_len);
    if (rc != 0) {
        return rc;
    }

    return (a_len > b_len) - (a_len < b_len);
}


static int
gray_apply_member_order(const void *a, const void *b, void *arena)
{
    int rc;
    const char *base = arena;
    const gray_apply_member_t *x = a, *y = b;

    rc = gray_apply_compare(base + x->at, x->key_len, base + y->at, y->key_len);
    if (rc != 0) {
        return rc;
    }

    return (x->line > y->line) - (x->line < y->line);
}


/* In key order, one for each key, the last one of the file. */
static void
gray_apply_file_sort(gray_apply_file_t *file)
{
    size_t i, n;
    const gray_apply_member_t *a, *b;

    if (file->n == 0) {
        return;
    }

    qsort_r(file->members, file->n, sizeof(*file->members),
        gray_apply_member_order, file->arena);

    for (i = 1, n = 0; i < file->n; i++) {
        a = &file->members[n];
        b = &file->members[i];
        if (gray_apply_compare(file->arena + a->at, a->key_len,
                file->arena + b->at, b->key_len)
            != 0)
        {
            n++;
        }
        file->members[n] = *b;
    }
    file->n = n + 1;
}


static void
gray_apply_bad_line(gray_applier_t *applier, const gray_apply_item_t *item,
    uint64_t line, const gray_error_t *error)
{
    gray_error_t problem;

    problem = *error;
    problem.line = (unsigned) line;
    gray_apply_error(applier, item->path, &problem);
}


/* Reads a whole file; its bad lines are problems. */
static int
gray_apply_file_read(gray_applier_t *applier, const gray_apply_item_t *item,
    gray_apply_file_t *file, gray_error_t *error)
{
    int rc;
    FILE *in;
    gray_error_t problem;
    gray_import_got_t got;
    gray_import_line_t line;
    gray_import_reader_t *reader;

    memset(file, 0, sizeof(*file));

    reader = calloc(1, sizeof(*reader));
    if (reader == NULL) {
        return gray_no_memory(error);
    }
    in = fopen(item->path, "re");
    if (in == NULL) {
        (void) gray_error_set(
            &problem, GRAY_EINVALID, "cannot be read: %s", strerror(errno));
        gray_apply_error(applier, item->path, &problem);
        free(reader);
        return 0;
    }
    gray_import_reader_init(reader, in);
    reader->kind = (gray_store_kind_t) item->kind;
    reader->list = item->name;
    reader->now = gray_wall_ms() / 1000;

    rc = 0;
    do {
        memset(&problem, 0, sizeof(problem));
        got = gray_import_next(reader, &line, &problem);

        if (got == GRAY_IMPORT_MEMBER && line.relative) {
            (void) gray_error_set(&problem, GRAY_EINVALID,
                "a relative expiry would be another one at each run");
            (void) gray_error_hint(
                &problem, "write a time: 2026-01-31T12:00:00Z");
            got = GRAY_IMPORT_BAD;
        }
        if (got == GRAY_IMPORT_BAD || got == GRAY_IMPORT_READ_ERROR) {
            gray_apply_bad_line(applier, item, reader->line, &problem);
        } else if (got == GRAY_IMPORT_MEMBER
                   && (line.expiry == 0 || line.expiry > reader->now))
        {
            rc = gray_apply_keep(file, &line, reader->line);
        }
    } while (
        rc == 0 && got != GRAY_IMPORT_END && got != GRAY_IMPORT_READ_ERROR);

    (void) fclose(in);
    gray_import_reader_free(reader);
    free(reader);
    if (rc != 0) {
        return gray_no_memory(error);
    }
    gray_apply_file_sort(file);

    return 0;
}


/* --- the comparison --------------------------------------------------------- */

/* Where the two walks stand. */
typedef struct {
    const gray_apply_file_t *file;
    size_t next; /* in the file                                        */
    gray_apply_diff_t *diff;
    uint64_t now;
    uint64_t id; /* of the list                                        */
    gray_key_t last;
} gray_apply_walk_t;


/* The store has this member: passes over what the file has before it. */
static void
gray_apply_walk_member(
    gray_apply_walk_t *walk, gray_bytes_t key, const gray_member_t *member)
{
    int order;
    const char *at;
    const gray_apply_member_t *mine;

    if (member->expiry != 0 && member->expiry <= walk->now) {
        return;
    }

    for (order = 1; walk->next < walk->file->n; walk->next++) {
        mine = &walk->file->members[walk->next];
        at = walk->file->arena + mine->at;
        order = gray_apply_compare(at, mine->key_len, key.data, key.len);
        if (order >= 0) {
            break;
        }
        walk->diff->added++;
    }

    if (walk->next == walk->file->n || order > 0) {
        walk->diff->removed++;
        return;
    }

    if (mine->expiry != member->expiry || mine->note_len != member->note.len
        || (mine->note_len > 0
            && memcmp(at + mine->key_len, member->note.data, mine->note_len)
                   != 0))
    {
        walk->diff->changed++;
    }
    walk->next++;
}


/* Returns 1 when there is more, 0 at the end, or a store error. */
static int
gray_apply_walk_slice(gray_txn_t *txn, gray_apply_walk_t *walk)
{
    int rc;
    unsigned n;
    gray_bytes_t key;
    gray_member_t member;
    gray_members_t *members;

    members = NULL;
    rc = gray_store_members_open(
        txn, walk->id, gray_key_bytes(&walk->last), &members);

    for (n = 0; rc == GRAY_STORE_OK && n < GRAY_APPLY_SLICE; n++) {
        rc = gray_store_members_next(members, &key, &member);
        if (rc == GRAY_STORE_OK) {
            gray_apply_walk_member(walk, key, &member);
            memcpy(walk->last.bytes, key.data, key.len);
            walk->last.len = key.len;
        }
    }
    gray_store_members_close(members);

    if (rc == GRAY_STORE_OK) {
        return 1;
    }

    return rc == GRAY_STORE_ENOTFOUND ? 0 : rc;
}


static int
gray_apply_walk(gray_applier_t *applier, const gray_apply_file_t *file,
    uint64_t id, gray_apply_diff_t *diff, gray_error_t *error)
{
    int rc;
    gray_txn_t *txn;
    gray_apply_walk_t walk;

    memset(diff, 0, sizeof(*diff));
    memset(&walk, 0, sizeof(walk));
    walk.file = file;
    walk.diff = diff;
    walk.id = id;
    walk.now = gray_wall_ms() / 1000;

    do {
        if (gray_verb_read(applier->control, &txn, error) != 0) {
            return -1;
        }
        rc = gray_apply_walk_slice(txn, &walk);
        gray_verb_read_end(applier->control, txn);
    } while (rc == 1);

    diff->added += file->n - walk.next;

    return rc < 0 ? gray_verb_store_error(applier->control->dir, rc, error) : 0;
}


/* --- the plan --------------------------------------------------------------- */

static int
gray_apply_stored(gray_applier_t *applier, const char *name, gray_list_t *list,
    bool *there, gray_error_t *error)
{
    int rc;
    gray_txn_t *txn;

    if (gray_verb_read(applier->control, &txn, error) != 0) {
        return -1;
    }
    rc = gray_store_list_get(txn, name, list);
    gray_verb_read_end(applier->control, txn);

    *there = rc == GRAY_STORE_OK;
    if (rc != GRAY_STORE_OK && rc != GRAY_STORE_ENOTFOUND) {
        return gray_verb_store_error(applier->control->dir, rc, error);
    }

    return 0;
}


static int
gray_apply_plan_members(gray_applier_t *applier, gray_apply_item_t *item,
    const gray_list_t *stored, gray_error_t *error)
{
    int rc;
    gray_apply_diff_t diff;
    gray_apply_file_t file;

    rc = gray_apply_file_read(applier, item, &file, error);

    if (rc == 0 && item->create) {
        gray_apply_change(applier, GRAY_APPLY_CREATE, "list", item->name,
            "create list %s (%s, %zu members)", item->name,
            gray_list_kind_name(item->kind), file.n);
        item->change = file.n > 0;

    } else if (rc == 0) {
        rc = gray_apply_walk(applier, &file, stored->id, &diff, error);
        if (rc == 0 && diff.added + diff.removed + diff.changed > 0) {
            gray_apply_change(applier, GRAY_APPLY_CHANGE, "list", item->name,
                "change list %s: %llu added, %llu removed, %llu changed",
                item->name, (unsigned long long) diff.added,
                (unsigned long long) diff.removed,
                (unsigned long long) diff.changed);
            item->change = true;
        }
    }
    gray_apply_file_free(&file);

    return rc;
}


static int
gray_apply_plan_list(
    gray_applier_t *applier, gray_apply_item_t *item, gray_error_t *error)
{
    bool there;
    gray_list_t stored;

    if (gray_apply_stored(applier, item->name, &stored, &there, error) != 0) {
        return -1;
    }
    item->create = !there;

    if (there && (gray_list_kind_t) stored.kind != item->kind) {
        gray_apply_problem(applier, GRAY_EINVALID, item->path,
            "the store's list %s is of kind %s, the file of kind %s; a list "
            "keeps its kind: drop it first, or use another name",
            item->name, gray_list_kind_name((gray_list_kind_t) stored.kind),
            gray_list_kind_name(item->kind));
        return 0;
    }

    if (item->kind != GRAY_LIST_LIVE) {
        return gray_apply_plan_members(applier, item, &stored, error);
    }

    if (item->create) {
        gray_apply_change(applier, GRAY_APPLY_CREATE, "list", item->name,
            "create list %s (live)", item->name);
    }

    return 0;
}


int
gray_apply_plan_lists(gray_applier_t *applier, gray_error_t *error)
{
    unsigned i;

    for (i = 0; i < applier->lists.n; i++) {
        if (gray_apply_plan_list(applier, &applier->lists.items[i], error) != 0)
        {
            return -1;
        }
    }

    return 0;
}
