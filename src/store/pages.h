/*
 * The layout of LMDB 0.9's pages on 64-bit machines: MDB_page, MDB_meta, MDB_db
 * and MDB_node in its mdb.c; and reading them without LMDB, which would follow
 * any offset and page number that it finds, out of its map if need be.
 */

#ifndef GRAY_STORE_PAGES_H
#define GRAY_STORE_PAGES_H

#include <stdbool.h>
#include <stdint.h>
#include "store.h"

#define LMDB_MAGIC 0xbeefc0deU
#define LMDB_VERSION 1
#define PAGE_BRANCH 0x01
#define PAGE_LEAF 0x02
#define PAGE_OVERFLOW 0x04
#define PAGE_META 0x08
#define NODE_OVERFLOW 0x01
#define NODE_DATABASE 0x02
#define NO_PAGE UINT64_MAX
#define PAGE_MAX 65536

typedef struct {
    uint64_t number;
    uint16_t pad;
    uint16_t flags;
    uint16_t lower; /* the end of the node offsets */
    uint16_t upper; /* the first node              */
} page_t;

typedef struct {
    uint32_t pad; /* of the first: the page size */
    uint16_t flags;
    uint16_t depth;
    uint64_t branch_pages;
    uint64_t leaf_pages;
    uint64_t overflow_pages;
    uint64_t entries;
    uint64_t root;
} tree_t;

typedef struct {
    page_t page;
    uint32_t magic;
    uint32_t version;
    uint64_t address;
    uint64_t map_size;
    tree_t free;
    tree_t main;
    uint64_t last_page;
    uint64_t txn;
} meta_t;

typedef struct {
    uint16_t size_low;
    uint16_t size_high;
    uint16_t flags;
    uint16_t key_size;
} node_t;

_Static_assert(sizeof(page_t) == 16 && sizeof(tree_t) == 48
                   && sizeof(meta_t) == 152 && sizeof(node_t) == 8,
    "the layout of LMDB 0.9 on 64-bit machines");

/* --- page_read.c ----------------------------------------------------------- */

/* The pages of a snapshot, wherever they are mapped. */
typedef struct {
    const unsigned char *map;
    uint32_t size; /* of a page */
    uint64_t last; /* page      */
    const char *path;
} gray_pages_t;

/* EDAMAGED, with the page as detail. */
int gray_page_damaged(
    const gray_pages_t *pages, const char *what, uint64_t page);

page_t gray_page_head(const unsigned char *page);
unsigned gray_page_nodes(const unsigned char *page);

/* Page `number`, when it is one, of the kind that is expected. */
int gray_page_enter(const gray_pages_t *pages, uint64_t number, uint16_t flags,
    const unsigned char **page);

/* As above, a leaf or a branch whose offsets are inside of it. */
int gray_page_enter_tree(const gray_pages_t *pages, uint64_t number, bool leaf,
    const unsigned char **page);

/* Node i of the page. Its data follow its key, which follows the node. */
int gray_page_node(const gray_pages_t *pages, const unsigned char *page,
    unsigned i, bool leaf, node_t *node, const unsigned char **data);

uint64_t gray_node_size(const node_t *node);

/* The page that a branch's node leads to. */
uint64_t gray_node_child(const node_t *node);

/* A leaf node's value, in its page or in pages of its own. */
int gray_node_value(const gray_pages_t *pages, const node_t *node,
    const unsigned char *data, gray_bytes_t *value);

#endif
