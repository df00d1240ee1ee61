/* Every page of a snapshot, checked without LMDB. */

#include "pages.h"
#include "store_internal.h"
#include "upkeep.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Commits may come between beginning to read and reading the meta page. */
#define TRIES 10

typedef struct {
    gray_pages_t pages;
    uint64_t left; /* pages that may still be visited: no circles */
} walk_t;

typedef enum {
    TREE_FREE, /* of free pages      */
    TREE_MAIN, /* of databases       */
    TREE_DATA  /* of one of these    */
} kind_t;

static int check_page(
    walk_t *walk, uint64_t number, unsigned level, kind_t kind);

static int
check_tree(walk_t *walk, const tree_t *tree, kind_t kind)
{
    if (tree->root == NO_PAGE) {
        return GRAY_STORE_OK;
    }

    return tree->depth >= 1 && tree->depth <= 32
               ? check_page(walk, tree->root, tree->depth, kind)
               : gray_page_damaged(&walk->pages,
                   "the root of a tree of impossible depth", tree->root);
}

static int
check_leaf_node(
    walk_t *walk, const unsigned char *page, unsigned i, kind_t kind)
{
    const unsigned char *data;
    gray_bytes_t value;
    node_t node;
    tree_t tree;
    int rc = gray_page_node(&walk->pages, page, i, true, &node, &data);

    if (rc == GRAY_STORE_OK) {
        rc = gray_node_value(&walk->pages, &node, data, &value);
    }

    if (rc != GRAY_STORE_OK || node.flags == NODE_OVERFLOW) {
        return rc;
    }

    /* The main tree holds databases, and no other tree does. */
    if ((kind == TREE_MAIN) != (node.flags == NODE_DATABASE)
        || (kind == TREE_MAIN && value.len != sizeof(tree)))
    {
        return gray_page_damaged(&walk->pages, "a database out of place",
            gray_page_head(page).number);
    }

    if (kind != TREE_MAIN) {
        return GRAY_STORE_OK;
    }

    memcpy(&tree, data, sizeof(tree));

    return check_tree(walk, &tree, TREE_DATA);
}

static int
check_branch_node(walk_t *walk, const unsigned char *page, unsigned i,
    unsigned level, kind_t kind)
{
    const unsigned char *data;
    node_t node;
    int rc = gray_page_node(&walk->pages, page, i, false, &node, &data);

    return rc != GRAY_STORE_OK
               ? rc
               : check_page(walk, gray_node_child(&node), level - 1, kind);
}

static int
check_page(walk_t *walk, uint64_t number, unsigned level, kind_t kind)
{
    bool leaf = level == 1;
    unsigned least = leaf || kind == TREE_FREE ? 1 : 2;
    const unsigned char *page;
    int rc;

    if (walk->left-- == 0) {
        return gray_page_damaged(&walk->pages, "visited twice", number);
    }

    rc = gray_page_enter_tree(&walk->pages, number, leaf, &page);
    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    if (gray_page_nodes(page) < least) {
        return gray_page_damaged(&walk->pages, "a broken page", number);
    }

    for (unsigned i = 0; rc == GRAY_STORE_OK && i < gray_page_nodes(page); i++)
    {
        rc = leaf ? check_leaf_node(walk, page, i, kind)
                  : check_branch_node(walk, page, i, level, kind);
    }

    return rc;
}

/* 1: the snapshot's meta page has been written over. */
static int
read_meta(gray_txn_t *txn, int fd, meta_t *meta)
{
    uint64_t id = gray_txn_id(txn);
    MDB_stat stat;
    off_t at;

    if (mdb_env_stat(txn->store->env, &stat) != 0) {
        return GRAY_STORE_EDAMAGED;
    }

    at = (off_t) (id & 1) * stat.ms_psize;
    if (pread(fd, meta, sizeof(*meta), at) != sizeof(*meta)
        || meta->magic != LMDB_MAGIC)
    {
        return gray_store_fail(GRAY_STORE_EDAMAGED, "%s: page %u: no meta page",
            txn->store->data_path, (unsigned) (id & 1));
    }

    /* Only the first has the page's size for sure. */
    meta->free.pad = stat.ms_psize;

    return meta->txn == id ? GRAY_STORE_OK : 1;
}

static int
check_snapshot(gray_store_t *store, int fd, const meta_t *meta)
{
    size_t len = (meta->last_page + 1) * meta->free.pad;
    walk_t walk = {
        .pages = {
            .size = meta->free.pad,
            .last = meta->last_page,
            .path = store->data_path,
        },
        .left = meta->last_page + 1,
    };
    struct stat file;
    void *map;
    int rc;

    if (fstat(fd, &file) == -1 || (uint64_t) file.st_size < len) {
        return gray_page_damaged(
            &walk.pages, "truncated: the page is not there", walk.pages.last);
    }

    map = mmap(NULL, len, PROT_READ, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED) {
        return gray_store_error_at(errno, store->data_path);
    }

    walk.pages.map = map;
    rc = check_tree(&walk, &meta->free, TREE_FREE);
    if (rc == GRAY_STORE_OK) {
        rc = check_tree(&walk, &meta->main, TREE_MAIN);
    }

    munmap(map, len);

    return rc;
}

int
gray_store_verify(gray_store_t *store)
{
    gray_txn_t *txn;
    meta_t meta;
    int fd, rc = 1;

    if (mdb_env_get_fd(store->env, &fd) != 0) {
        return gray_store_error(EINVAL);
    }

    for (int i = 0; rc == 1 && i < TRIES; i++) {
        rc = gray_store_read(store, &txn);
        if (rc != GRAY_STORE_OK) {
            return rc;
        }

        rc = read_meta(txn, fd, &meta);
        if (rc == GRAY_STORE_OK) {
            rc = check_snapshot(store, fd, &meta);
        }

        gray_store_read_end(txn);
    }

    return rc != 1 ? rc
                   : gray_store_fail(GRAY_STORE_ESYSTEM,
                       "the store changes faster than it can be checked");
}
