/*
 * A list's header as bytes. Only the lengths of blocks that the list has are
 * stored, so that a header read for each request stays short.
 */

#include "store_internal.h"

typedef struct {
    uint32_t checksum; /* of all that follows */
    uint8_t kind;
    uint8_t lengths; /* that follow: bits (1 byte), count (4 bytes) */
    uint16_t unused;
    uint64_t id;
    uint64_t count;
    uint64_t digest[2];
    uint64_t created;
    uint64_t changed;
} header_t;

#define LENGTH_SIZE 5

_Static_assert(sizeof(header_t) + 129 * LENGTH_SIZE == GRAY_LIST_HEADER_MAX,
    "the header has no padding");

static unsigned
encode_blocks(const uint32_t blocks[129], unsigned char *to)
{
    unsigned n = 0;

    for (unsigned bits = 0; bits <= 128; bits++) {
        if (blocks[bits] != 0) {
            to[n * LENGTH_SIZE] = (unsigned char) bits;
            memcpy(to + n * LENGTH_SIZE + 1, &blocks[bits], 4);
            n++;
        }
    }

    return n;
}

size_t
gray_list_encode(const gray_list_t *list, const char *name,
    unsigned char to[GRAY_LIST_HEADER_MAX])
{
    header_t header = {
        .kind = (uint8_t) list->kind,
        .id = list->id,
        .count = list->count,
        .digest = { list->digest[0], list->digest[1] },
        .created = list->created,
        .changed = list->changed,
    };
    size_t len;

    header.lengths = (uint8_t) encode_blocks(list->blocks, to + sizeof(header));
    len = sizeof(header) + header.lengths * (size_t) LENGTH_SIZE;

    memcpy(to, &header, sizeof(header));
    header.checksum = gray_store_checksum(gray_bytes(to + 4, len - 4), name);
    memcpy(to, &header.checksum, sizeof(header.checksum));

    return len;
}

static bool
valid(const header_t *header, gray_bytes_t from, const char *name)
{
    const unsigned char *bytes = from.data;

    return from.len == sizeof(*header) + header->lengths * (size_t) LENGTH_SIZE
           && header->kind >= GRAY_STORE_STRING
           && header->kind <= GRAY_STORE_LIVE
           && header->checksum
                  == gray_store_checksum(
                      gray_bytes(bytes + 4, from.len - 4), name);
}

static void
decode_blocks(const unsigned char *from, unsigned lengths, uint32_t blocks[129])
{
    memset(blocks, 0, 129 * sizeof(blocks[0]));

    for (unsigned i = 0; i < lengths; i++, from += LENGTH_SIZE) {
        if (from[0] <= 128) {
            memcpy(&blocks[from[0]], from + 1, 4);
        }
    }
}

int
gray_list_decode(gray_bytes_t from, const char *name, gray_list_t *list)
{
    const unsigned char *bytes = from.data;
    header_t header;

    if (from.len >= sizeof(header)) {
        memcpy(&header, bytes, sizeof(header));
    }

    if (from.len < sizeof(header) || !valid(&header, from, name)) {
        return gray_store_fail(
            GRAY_STORE_EDAMAGED, "list '%s': wrong checksum", name);
    }

    list->id = header.id;
    list->kind = (gray_store_kind_t) header.kind;
    list->count = header.count;
    list->digest[0] = header.digest[0];
    list->digest[1] = header.digest[1];
    list->created = header.created;
    list->changed = header.changed;
    decode_blocks(bytes + sizeof(header), header.lengths, list->blocks);

    return GRAY_STORE_OK;
}
