/*
 * Every page of a snapshot, checked without LMDB, which would follow any
 * offset and page number that it finds, out of its map if need be.
 */

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
    const unsigned char *map;
    uint32_t size; /* of a page */
    uint64_t last; /* page      */
    uint64_t left; /* pages that may still be visited: no circles */
    const char *path;
} walk_t;

typedef enum {
    TREE_FREE, /* of free pages      */
    TREE_MAIN, /* of databases       */
    TREE_DATA  /* of one of these    */
} kind_t;

static int
damaged(const walk_t *walk, const char *what, uint64_t page)
{
    return gray_store_fail(GRAY_STORE_EDAMAGED, "%s: page %llu: %s", walk->path,
        (unsigned long long) page, what);
}

static page_t
head(const unsigned char *page)
{
    page_t head;

    memcpy(&head, page, sizeof(head));

    return head;
}

static unsigned
nodes(const unsigned char *page)
{
    return (unsigned) (head(page).lower - sizeof(page_t)) / 2;
}

/* Page `number`, when it is one, of the kind that is expected. */
static int
enter(walk_t *walk, uint64_t number, uint16_t flags, const unsigned char **page)
{
    page_t found;

    if (number < 2 || number > walk->last || walk->left-- == 0) {
        return damaged(walk, "named, but it cannot be a page", number);
    }

    *page = walk->map + number * walk->size;
    found = head(*page);

    return found.number == number && found.flags == flags
               ? GRAY_STORE_OK
               : damaged(walk, "not the page that it should be", number);
}

static int
check_overflow(walk_t *walk, const unsigned char *data, uint64_t len)
{
    const unsigned char *page;
    uint64_t number;
    uint32_t pages;
    int rc;

    memcpy(&number, data, sizeof(number));
    rc = enter(walk, number, PAGE_OVERFLOW, &page);
    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    memcpy(&pages, page + 12, sizeof(pages)); /* in place of lower, upper */

    return pages > 0 && pages - 1 <= walk->last - number
                   && sizeof(page_t) + len <= (uint64_t) pages * walk->size
               ? GRAY_STORE_OK
               : damaged(walk, "a value longer than its pages", number);
}

static uint64_t
data_size(const node_t *node)
{
    return node->size_low + ((uint64_t) node->size_high << 16);
}

/* The node's place in its page; its key follows. */
static int
get_node(walk_t *walk, const unsigned char *page, unsigned i, bool leaf,
    node_t *node, const unsigned char **data)
{
    page_t in = head(page);
    uint64_t end;
    uint16_t at;

    memcpy(&at, page + sizeof(page_t) + 2 * i, sizeof(at));
    if (at < in.upper || at + sizeof(*node) > walk->size) {
        return damaged(walk, "a node outside of its page", in.number);
    }

    memcpy(node, page + at, sizeof(*node));
    end = at + sizeof(*node) + node->key_size;
    if (leaf) {
        end += node->flags & NODE_OVERFLOW ? sizeof(uint64_t) : data_size(node);
    }

    if (end > walk->size || node->key_size > 511
        || (leaf && (node->key_size == 0 || node->flags > NODE_DATABASE)))
    {
        return damaged(walk, "a node longer than its page", in.number);
    }

    *data = page + at + sizeof(*node) + node->key_size;

    return GRAY_STORE_OK;
}

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
               : damaged(
                   walk, "the root of a tree of impossible depth", tree->root);
}

static int
check_leaf_node(
    walk_t *walk, const unsigned char *page, unsigned i, kind_t kind)
{
    const unsigned char *data;
    node_t node;
    tree_t tree;
    int rc = get_node(walk, page, i, true, &node, &data);

    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    if (node.flags == NODE_OVERFLOW) {
        return check_overflow(walk, data, data_size(&node));
    }

    /* The main tree holds databases, and no other tree does. */
    if ((kind == TREE_MAIN) != (node.flags == NODE_DATABASE)
        || (kind == TREE_MAIN && data_size(&node) != sizeof(tree)))
    {
        return damaged(walk, "a database out of place", head(page).number);
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
    int rc = get_node(walk, page, i, false, &node, &data);

    return rc != GRAY_STORE_OK
               ? rc
               : check_page(walk,
                   data_size(&node) + ((uint64_t) node.flags << 32), level - 1,
                   kind);
}

static int
check_page(walk_t *walk, uint64_t number, unsigned level, kind_t kind)
{
    bool leaf = level == 1;
    unsigned least = leaf || kind == TREE_FREE ? 1 : 2;
    const unsigned char *page;
    page_t found;
    int rc = enter(walk, number, leaf ? PAGE_LEAF : PAGE_BRANCH, &page);

    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    found = head(page);
    if (found.lower < sizeof(found) || found.lower > found.upper
        || found.upper > walk->size || nodes(page) < least)
    {
        return damaged(walk, "a broken page", number);
    }

    for (unsigned i = 0; rc == GRAY_STORE_OK && i < nodes(page); i++) {
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
        .size = meta->free.pad,
        .last = meta->last_page,
        .left = meta->last_page + 1,
        .path = store->data_path,
    };
    struct stat file;
    void *map;
    int rc;

    if (fstat(fd, &file) == -1 || (uint64_t) file.st_size < len) {
        return damaged(&walk, "truncated: the page is not there", walk.last);
    }

    map = mmap(NULL, len, PROT_READ, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED) {
        return gray_store_error_at(errno, store->data_path);
    }

    walk.map = map;
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
