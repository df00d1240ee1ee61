/*
 * What LMDB trusts when it opens data.mdb, read and checked before it is
 * mapped: LMDB itself would take any page number for good, and reading
 * behind the end of a mapped file ends the process (SIGBUS).
 *
 * Pages 0 and 1 are meta pages; the younger one counts.
 */

#include "pages.h"
#include "store_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A writer at work may make what is read inconsistent: read again. */
#define CHECK_TRIES 4

typedef struct {
    int fd;
    const char *path;
    meta_t meta;
    unsigned char page[PAGE_MAX];
} file_t;

static int
damaged(const file_t *file, const char *what, uint64_t page)
{
    return gray_store_fail(GRAY_STORE_EDAMAGED, "%s: page %llu: %s", file->path,
        (unsigned long long) page, what);
}

static int
read_meta(file_t *file, off_t at, meta_t *meta)
{
    uint32_t size;

    if (pread(file->fd, meta, sizeof(*meta), at) != sizeof(*meta)) {
        return damaged(file, "shorter than its meta pages", 0);
    }

    size = meta->free.pad;
    if ((meta->page.flags & PAGE_META) == 0 || meta->magic != LMDB_MAGIC
        || meta->version != LMDB_VERSION || size < 512 || size > PAGE_MAX
        || (size & (size - 1)) != 0)
    {
        return damaged(file, "not an LMDB meta page", at == 0 ? 0 : 1);
    }

    return GRAY_STORE_OK;
}

static int
read_metas(file_t *file)
{
    meta_t second;
    int rc = read_meta(file, 0, &file->meta);

    if (rc == GRAY_STORE_OK) {
        rc = read_meta(file, file->meta.free.pad, &second);
    }

    if (rc == GRAY_STORE_OK && second.free.pad != file->meta.free.pad) {
        rc = damaged(file, "the meta pages differ in page size", 1);
    }

    if (rc == GRAY_STORE_OK && second.txn > file->meta.txn) {
        file->meta = second;
    }

    return rc;
}

static int
check_size(file_t *file)
{
    uint64_t size = file->meta.free.pad;
    struct stat now;

    if (fstat(file->fd, &now) == -1) {
        return gray_store_error_at(errno, file->path);
    }

    if (file->meta.last_page >= (uint64_t) now.st_size / size) {
        return damaged(file, "truncated: the last page is not there",
            file->meta.last_page);
    }

    return GRAY_STORE_OK;
}

/* Reads a tree's root page into file->page. */
static int
read_root(file_t *file, const tree_t *tree)
{
    uint32_t size = file->meta.free.pad;
    uint64_t root = tree->root;
    page_t page;

    if (root < 2 || root > file->meta.last_page || tree->depth == 0
        || tree->depth > 32)
    {
        return damaged(file, "a tree with an impossible root", root);
    }

    if (pread(file->fd, file->page, size, (off_t) (root * size))
        != (ssize_t) size) {
        return damaged(file, "cannot be read", root);
    }

    memcpy(&page, file->page, sizeof(page));
    if (page.number != root
        || page.flags != (tree->depth == 1 ? PAGE_LEAF : PAGE_BRANCH)
        || page.lower < sizeof(page) || page.lower > page.upper
        || page.upper > size)
    {
        return damaged(file, "a broken page", root);
    }

    return GRAY_STORE_OK;
}

static int
check_tree(file_t *file, const tree_t *tree)
{
    return tree->root == NO_PAGE ? GRAY_STORE_OK : read_root(file, tree);
}

/* Node i of the main tree's only page: a database's name and tree. */
static int
main_node(file_t *file, unsigned i, tree_t *tree)
{
    uint32_t size = file->meta.free.pad;
    uint16_t at;
    node_t node;

    memcpy(&at, file->page + sizeof(page_t) + i * sizeof(at), sizeof(at));
    if (at > size - sizeof(node)) {
        return damaged(
            file, "a node outside of its page", file->meta.main.root);
    }

    memcpy(&node, file->page + at, sizeof(node));
    if (node.flags != NODE_DATABASE || node.size_low != sizeof(*tree)
        || node.size_high != 0
        || at + sizeof(node) + node.key_size + sizeof(*tree) > size)
    {
        return damaged(
            file, "a node that names no database", file->meta.main.root);
    }

    memcpy(tree, file->page + at + sizeof(node) + node.key_size, sizeof(*tree));

    return GRAY_STORE_OK;
}

/* The main tree names the databases; so few fit into one page. */
static int
check_main(file_t *file)
{
    tree_t trees[GRAY_DB_COUNT];
    uint16_t lower;
    int rc = read_root(file, &file->meta.main);

    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    memcpy(&lower, file->page + offsetof(page_t, lower), sizeof(lower));
    if (file->meta.main.depth != 1
        || (lower - sizeof(page_t)) / sizeof(uint16_t) != GRAY_DB_COUNT)
    {
        return damaged(file, "databases are missing", file->meta.main.root);
    }

    for (unsigned i = 0; rc == GRAY_STORE_OK && i < GRAY_DB_COUNT; i++) {
        rc = main_node(file, i, &trees[i]);
    }

    for (unsigned i = 0; rc == GRAY_STORE_OK && i < GRAY_DB_COUNT; i++) {
        rc = check_tree(file, &trees[i]);
    }

    return rc;
}

static int
check_once(file_t *file)
{
    int rc;

    if ((rc = read_metas(file)) != GRAY_STORE_OK
        || (rc = check_size(file)) != GRAY_STORE_OK
        || (rc = check_tree(file, &file->meta.free)) != GRAY_STORE_OK)
    {
        return rc;
    }

    return check_main(file);
}

int
gray_store_check_pages(const char *path)
{
    file_t file = { .path = path };
    int rc = GRAY_STORE_EDAMAGED;

    file.fd = open(path, O_RDONLY | O_CLOEXEC);
    if (file.fd == -1) {
        return gray_store_error_at(errno, path);
    }

    for (int i = 0; rc == GRAY_STORE_EDAMAGED && i < CHECK_TRIES; i++) {
        if (i > 0) {
            nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
        }
        rc = check_once(&file);
    }

    close(file.fd);

    return rc;
}
