/*
 * What differs between two snapshots that are both held.
 *
 * Level by level, from the roots down, the pages that both trees have are left
 * out; of the leaves that remain, those of either tree are merged by their keys.
 */

#include "follow.h"
#include "pages.h"

#include <errno.h>
#include <stdlib.h>

/* The database that holds the trees of all others. */
#define MAIN_DBI 1

/* Pages of one height, in the order of their keys. */
typedef struct {
    unsigned height; /* 1: leaves; 0: nothing is there */
    uint64_t *pages;
    size_t n;
    size_t room;
} level_t;

/* --- where the pages are --------------------------------------------------------- */

/* A value of the main tree stands in the map, in a page that says its own
 * number: so the map's begin is known. */
static const unsigned char *
map_of(const void *inside, uint32_t size)
{
    const unsigned char *page
        = (const unsigned char *) inside - (uintptr_t) inside % size;

    return page - gray_page_head(page).number * size;
}

static int
find_tree(gray_txn_t *txn, gray_db_t db, gray_pages_t *pages, tree_t *tree)
{
    gray_store_t *store = txn->store;
    const char *name = gray_store_db_name(db);
    MDB_val key = { strlen(name), (void *) name };
    MDB_envinfo info;
    MDB_stat stat;
    MDB_val value;
    int rc;

    if ((rc = mdb_get(txn->txn, MAIN_DBI, &key, &value)) != 0
        || (rc = mdb_env_info(store->env, &info)) != 0
        || (rc = mdb_env_stat(store->env, &stat)) != 0)
    {
        return gray_store_error(rc);
    }

    *pages = (gray_pages_t){
        .map = map_of(value.mv_data, stat.ms_psize),
        .size = stat.ms_psize,
        .last = info.me_last_pgno,
        .path = store->data_path,
    };

    if (value.mv_size != sizeof(*tree)) {
        return gray_store_fail(
            GRAY_STORE_EDAMAGED, "%s: '%s' is no tree", store->data_path, name);
    }
    memcpy(tree, value.mv_data, sizeof(*tree));

    return tree->root == NO_PAGE || (tree->depth >= 1 && tree->depth <= 32)
               ? GRAY_STORE_OK
               : gray_page_damaged(
                   pages, "the root of a tree of impossible depth", tree->root);
}

/* --- levels ----------------------------------------------------------------------- */

static int
add_page(level_t *level, uint64_t page)
{
    if (level->n == level->room) {
        size_t room = level->room != 0 ? 2 * level->room : 64;
        void *grown = realloc(level->pages, room * sizeof(*level->pages));

        if (grown == NULL) {
            return gray_store_error(ENOMEM);
        }
        level->pages = grown;
        level->room = room;
    }

    level->pages[level->n++] = page;

    return GRAY_STORE_OK;
}

static int
root_level(const tree_t *tree, level_t *level)
{
    *level = (level_t){ .height = 0 };
    if (tree->root == NO_PAGE) {
        return GRAY_STORE_OK;
    }
    level->height = tree->depth;

    return add_page(level, tree->root);
}

static int
add_children(const gray_pages_t *pages, uint64_t number, level_t *level)
{
    const unsigned char *page, *data;
    node_t node;
    int rc = gray_page_enter_tree(pages, number, false, &page);

    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    for (unsigned i = 0; rc == GRAY_STORE_OK && i < gray_page_nodes(page); i++)
    {
        rc = gray_page_node(pages, page, i, false, &node, &data);
        if (rc == GRAY_STORE_OK) {
            rc = add_page(level, gray_node_child(&node));
        }
    }

    return rc;
}

/* The level becomes the one below it. */
static int
descend(const gray_pages_t *pages, level_t *level)
{
    level_t below = { .height = level->height - 1 };
    int rc = GRAY_STORE_OK;

    for (size_t i = 0; rc == GRAY_STORE_OK && i < level->n; i++) {
        rc = add_children(pages, level->pages[i], &below);
    }

    free(level->pages);
    *level = below;

    return rc;
}

static int
compare_pages(const void *a, const void *b)
{
    uint64_t x, y;

    memcpy(&x, a, sizeof(x));
    memcpy(&y, b, sizeof(y));

    return x < y ? -1 : x > y;
}

/* Leaves out of `level` what `sorted` has. */
static void
leave_out(level_t *level, const level_t *sorted)
{
    size_t n = 0;

    for (size_t i = 0; i < level->n; i++) {
        if (bsearch(&level->pages[i], sorted->pages, sorted->n,
                sizeof(uint64_t), compare_pages)
            == NULL)
        {
            level->pages[n++] = level->pages[i];
        }
    }

    level->n = n;
}

static int
sorted_copy(const level_t *level, level_t *copy)
{
    *copy = (level_t){ .n = level->n };
    copy->pages = malloc((level->n + 1) * sizeof(uint64_t));
    if (copy->pages == NULL) {
        return gray_store_error(ENOMEM);
    }

    memcpy(copy->pages, level->pages, level->n * sizeof(uint64_t));
    qsort(copy->pages, copy->n, sizeof(uint64_t), compare_pages);

    return GRAY_STORE_OK;
}

static int
leave_out_common(level_t *a, level_t *b)
{
    level_t of_a, of_b;
    int rc;

    if (a->n == 0 || b->n == 0) {
        return GRAY_STORE_OK;
    }

    rc = sorted_copy(a, &of_a);
    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    rc = sorted_copy(b, &of_b);
    if (rc == GRAY_STORE_OK) {
        leave_out(a, &of_b);
        leave_out(b, &of_a);
        free(of_b.pages);
    }
    free(of_a.pages);

    return rc;
}

/* Down to the leaves that only one of the two has. */
static int
differing_leaves(const gray_pages_t pages[2], level_t *a, level_t *b)
{
    int rc = GRAY_STORE_OK;

    while (rc == GRAY_STORE_OK) {
        unsigned of_a = a->height, of_b = b->height;

        if (of_a == of_b) {
            rc = leave_out_common(a, b);
        }
        if (of_a <= 1 && of_b <= 1) {
            break;
        }
        if (rc == GRAY_STORE_OK && of_a >= of_b) {
            rc = descend(&pages[0], a);
        }
        if (rc == GRAY_STORE_OK && of_b >= of_a) {
            rc = descend(&pages[1], b);
        }
    }

    return rc;
}

/* --- entries ---------------------------------------------------------------------- */

/* A walk over the entries of leaves. */
typedef struct {
    const gray_pages_t *pages;
    const level_t *leaves;
    size_t leaf;
    unsigned node;
    bool there; /* key and value are an entry's; else the end was reached */
    gray_bytes_t key;
    gray_bytes_t value;
} entries_t;

static int
next_entry(entries_t *entries)
{
    const unsigned char *page, *data;
    node_t node;
    int rc;

    entries->there = false;

    for (; entries->leaf < entries->leaves->n; entries->leaf++) {
        rc = gray_page_enter_tree(
            entries->pages, entries->leaves->pages[entries->leaf], true, &page);
        if (rc != GRAY_STORE_OK) {
            return rc;
        }

        if (entries->node < gray_page_nodes(page)) {
            rc = gray_page_node(
                entries->pages, page, entries->node++, true, &node, &data);
            entries->there = rc == GRAY_STORE_OK;
            entries->key = gray_bytes(data - node.key_size, node.key_size);

            return rc != GRAY_STORE_OK ? rc
                                       : gray_node_value(entries->pages, &node,
                                           data, &entries->value);
        }
        entries->node = 0;
    }

    return GRAY_STORE_OK;
}

/* Which of the two comes first: < 0 the old one, > 0 the new one, 0 both. */
static int
first_of(const entries_t *old, const entries_t *new)
{
    if (!old->there || !new->there) {
        return old->there ? -1 : 1;
    }

    return gray_bytes_compare(old->key, new->key);
}

static bool
same(gray_bytes_t a, gray_bytes_t b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static int
tell(gray_follow_t *follow, unsigned db, const entries_t *old,
    const entries_t *new, int first)
{
    const gray_follow_tell_t *to = follow->tell;
    gray_db_t of = follow->dbs[db];
    int rc;

    if (!gray_follow_walked(follow, db, first < 0 ? old->key : new->key)
        || (first == 0 && same(old->value, new->value)))
    {
        return GRAY_STORE_OK;
    }

    if (first < 0) {
        return to->del(follow->data, of, old->key, old->value);
    }

    rc = to->put(follow->data, of, new->key, new->value,
        first == 0 ? &old->value : NULL, false);

    return rc == GRAY_FOLLOW_PASS ? GRAY_STORE_OK : rc;
}

static int
tell_entries(gray_follow_t *follow, unsigned db, entries_t *old, entries_t *new)
{
    int rc;

    if ((rc = next_entry(old)) != GRAY_STORE_OK
        || (rc = next_entry(new)) != GRAY_STORE_OK)
    {
        return rc;
    }

    while (rc == GRAY_STORE_OK && (old->there || new->there)) {
        int first = first_of(old, new);

        rc = tell(follow, db, old, new, first);
        if (rc == GRAY_STORE_OK && first <= 0) {
            rc = next_entry(old);
        }
        if (rc == GRAY_STORE_OK && first >= 0) {
            rc = next_entry(new);
        }
    }

    return rc;
}

/* --- databases -------------------------------------------------------------------- */

static int
changes_of(gray_follow_t *follow, unsigned db, gray_txn_t *before)
{
    gray_pages_t pages[2];
    tree_t trees[2];
    level_t leaves[2] = { { .n = 0 }, { .n = 0 } };
    int rc;

    if ((rc = find_tree(before, follow->dbs[db], &pages[0], &trees[0]))
            == GRAY_STORE_OK
        && (rc = find_tree(follow->txn, follow->dbs[db], &pages[1], &trees[1]))
               == GRAY_STORE_OK
        && (rc = root_level(&trees[0], &leaves[0])) == GRAY_STORE_OK
        && (rc = root_level(&trees[1], &leaves[1])) == GRAY_STORE_OK
        && (rc = differing_leaves(pages, &leaves[0], &leaves[1]))
               == GRAY_STORE_OK)
    {
        entries_t old = { .pages = &pages[0], .leaves = &leaves[0] };
        entries_t new = { .pages = &pages[1], .leaves = &leaves[1] };

        rc = tell_entries(follow, db, &old, &new);
    }

    free(leaves[0].pages);
    free(leaves[1].pages);

    return rc;
}

int
gray_follow_changes(gray_follow_t *follow, gray_txn_t *before)
{
    int rc = GRAY_STORE_OK;

    if (gray_txn_id(follow->txn) == gray_txn_id(before)) {
        return GRAY_STORE_OK;
    }

    for (unsigned db = 0;
         rc == GRAY_STORE_OK && db < follow->ndbs && db <= follow->db; db++)
    {
        rc = changes_of(follow, db, before);
    }

    return rc;
}
