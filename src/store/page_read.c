/* LMDB's pages, read with care. */

#include "pages.h"
#include "store_internal.h"

int
gray_page_damaged(const gray_pages_t *pages, const char *what, uint64_t page)
{
    return gray_store_fail(GRAY_STORE_EDAMAGED, "%s: page %llu: %s",
        pages->path, (unsigned long long) page, what);
}

page_t
gray_page_head(const unsigned char *page)
{
    page_t head;

    memcpy(&head, page, sizeof(head));

    return head;
}

unsigned
gray_page_nodes(const unsigned char *page)
{
    return (unsigned) (gray_page_head(page).lower - sizeof(page_t)) / 2;
}

int
gray_page_enter(const gray_pages_t *pages, uint64_t number, uint16_t flags,
    const unsigned char **page)
{
    page_t found;

    if (number < 2 || number > pages->last) {
        return gray_page_damaged(
            pages, "named, but it cannot be a page", number);
    }

    *page = pages->map + number * pages->size;
    found = gray_page_head(*page);

    return found.number == number && found.flags == flags
               ? GRAY_STORE_OK
               : gray_page_damaged(
                   pages, "not the page that it should be", number);
}

int
gray_page_enter_tree(const gray_pages_t *pages, uint64_t number, bool leaf,
    const unsigned char **page)
{
    page_t found;
    int rc
        = gray_page_enter(pages, number, leaf ? PAGE_LEAF : PAGE_BRANCH, page);

    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    found = gray_page_head(*page);

    return found.lower >= sizeof(found) && found.lower <= found.upper
                   && found.upper <= pages->size
               ? GRAY_STORE_OK
               : gray_page_damaged(pages, "a broken page", number);
}

uint64_t
gray_node_size(const node_t *node)
{
    return node->size_low + ((uint64_t) node->size_high << 16);
}

uint64_t
gray_node_child(const node_t *node)
{
    return gray_node_size(node) + ((uint64_t) node->flags << 32);
}

int
gray_page_node(const gray_pages_t *pages, const unsigned char *page, unsigned i,
    bool leaf, node_t *node, const unsigned char **data)
{
    page_t in = gray_page_head(page);
    uint64_t end;
    uint16_t at;

    memcpy(&at, page + sizeof(page_t) + 2 * i, sizeof(at));
    if (at < in.upper || at + sizeof(*node) > pages->size) {
        return gray_page_damaged(
            pages, "a node outside of its page", in.number);
    }

    memcpy(node, page + at, sizeof(*node));
    end = at + sizeof(*node) + node->key_size;
    if (leaf) {
        end += node->flags & NODE_OVERFLOW ? sizeof(uint64_t)
                                           : gray_node_size(node);
    }

    if (end > pages->size || node->key_size > 511
        || (leaf && (node->key_size == 0 || node->flags > NODE_DATABASE)))
    {
        return gray_page_damaged(
            pages, "a node longer than its page", in.number);
    }

    *data = page + at + sizeof(*node) + node->key_size;

    return GRAY_STORE_OK;
}

int
gray_node_value(const gray_pages_t *pages, const node_t *node,
    const unsigned char *data, gray_bytes_t *value)
{
    uint64_t number, len = gray_node_size(node);
    const unsigned char *page;
    uint32_t count;
    int rc;

    if ((node->flags & NODE_OVERFLOW) == 0) {
        *value = gray_bytes(data, len);
        return GRAY_STORE_OK;
    }

    memcpy(&number, data, sizeof(number));
    rc = gray_page_enter(pages, number, PAGE_OVERFLOW, &page);
    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    memcpy(&count, page + 12, sizeof(count)); /* in place of lower, upper */
    *value = gray_bytes(page + sizeof(page_t), len);

    return count > 0 && count - 1 <= pages->last - number
                   && sizeof(page_t) + len <= (uint64_t) count * pages->size
               ? GRAY_STORE_OK
               : gray_page_damaged(
                   pages, "a value longer than its pages", number);
}
