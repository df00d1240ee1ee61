#include <stdlib.h>
#include <string.h>
#include "blob.h"
#include "murmur3.h"


static bool
make_room(gray_blob_t *blob, size_t len)
{
    size_t size = blob->size ? blob->size : 256;
    char *data;

    while (size < blob->len + len) {
        size *= 2;
    }

    if (size == blob->size) {
        return true;
    }

    data = realloc(blob->data, size);
    if (data == NULL) {
        return false;
    }

    blob->data = data;
    blob->size = size;
    return true;
}


size_t
gray_blob_add(gray_blob_t *blob, const void *data, size_t len)
{
    size_t start = blob->len;

    if (blob->failed || !make_room(blob, len)) {
        blob->failed = true;
        return start;
    }

    if (data == NULL) {
        memset(blob->data + start, 0, len);
    } else if (len > 0) {
        memcpy(blob->data + start, data, len);
    }

    blob->len += len;
    return start;
}


void
gray_blob_free(gray_blob_t *blob)
{
    free(blob->data);
    memset(blob, 0, sizeof(*blob));
}


/* The slot of the name, or the free one where it belongs. */
static unsigned *
find_slot(const gray_names_t *set, gray_str_t name)
{
    unsigned i = gray_murmur3_32(name.data, name.len, 0);

    for (;; i++) {
        unsigned *slot = &set->slots[i & (set->nslots - 1)];
        const gray_str_t *other = set->names + *slot - 1;

        if (*slot == 0
            || (other->len == name.len
                && memcmp(other->data, name.data, name.len) == 0))
        {
            return slot;
        }
    }
}


static int
grow(gray_names_t *set)
{
    unsigned nslots = set->nslots ? 2 * set->nslots : 16;
    gray_str_t *names = realloc(set->names, nslots / 2 * sizeof(*names));
    unsigned *slots = calloc(nslots, sizeof(*slots));
    unsigned i;

    if (names != NULL) {
        set->names = names;
    }

    if (names == NULL || slots == NULL) {
        free(slots);
        return -1;
    }

    free(set->slots);
    set->slots = slots;
    set->nslots = nslots;

    for (i = 0; i < set->n; i++) {
        *find_slot(set, names[i]) = i + 1;
    }

    return 0;
}


int
gray_names_add(gray_names_t *set, gray_str_t name)
{
    unsigned *slot;
    char *copy;

    if (set->n == set->nslots / 2 && grow(set) != 0) {
        return -1;
    }

    slot = find_slot(set, name);

    if (*slot == 0) {
        copy = malloc(name.len + 1);
        if (copy == NULL) {
            return -1;
        }

        memcpy(copy, name.data, name.len);
        set->names[set->n] = (gray_str_t){ name.len, copy };
        *slot = ++set->n;
    }

    return (int) *slot - 1;
}


void
gray_names_free(gray_names_t *set)
{
    unsigned i;

    for (i = 0; i < set->n; i++) {
        free((char *) set->names[i].data);
    }

    free(set->names);
    free(set->slots);
    memset(set, 0, sizeof(*set));
}
