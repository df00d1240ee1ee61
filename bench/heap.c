/*
 * malloc for bench/instructions, preloaded into nginx: always the same way
 * through it. That of libc depends on what was allocated and freed before, by
 * some 500 instructions per request, and hides what is looked for.
 *
 * One thread. Chunks are powers of two in size and are never given back.
 */

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#define CLASSES 48
#define BLOCK ((size_t) 64 << 20)

/* Stands before what the caller gets. */
typedef struct chunk_s {
    struct chunk_s *start; /* of the chunk; its next one while it is free */
    uint32_t class;        /* it has 1 << class bytes                     */
    uint32_t unused;
} chunk_t;

static chunk_t *freed[CLASSES];
static char *room, *room_end;


static void *
more(size_t size)
{
    void *found;

    if ((size_t) (room_end - room) < size) {
        size_t block = size > BLOCK ? size : BLOCK;

        room = mmap(NULL, block, PROT_READ | PROT_WRITE,
            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

        if (room == MAP_FAILED) {
            room = room_end = NULL;
            return NULL;
        }

        room_end = room + block;
    }

    found = room;
    room += size;
    return found;
}


static void *
allocate(size_t alignment, size_t size)
{
    size_t whole = size + alignment + sizeof(chunk_t);
    unsigned class;
    uintptr_t at;
    chunk_t *chunk;

    if (whole < size || whole > (size_t) 1 << (CLASSES - 1)) {
        errno = ENOMEM;
        return NULL;
    }

    class = 64 - (unsigned) __builtin_clzll(whole - 1);
    chunk = freed[class];

    if (chunk != NULL) {
        freed[class] = chunk->start;
    } else {
        chunk = more((size_t) 1 << class);
    }

    if (chunk == NULL) {
        errno = ENOMEM;
        return NULL;
    }

    at = ((uintptr_t) (chunk + 1) + alignment - 1) & ~(alignment - 1);
    ((chunk_t *) at)[-1] = (chunk_t){ .start = chunk, .class = class };
    return (void *) at;
}


void *
malloc(size_t size)
{
    return allocate(16, size);
}


void
free(void *p)
{
    if (p != NULL) {
        uint32_t class = ((chunk_t *) p)[-1].class;
        chunk_t *start = ((chunk_t *) p)[-1].start;

        start->start = freed[class];
        freed[class] = start;
    }
}


void *
calloc(size_t n, size_t size)
{
    size_t all;
    void *p;

    if (__builtin_mul_overflow(n, size, &all)) {
        errno = ENOMEM;
        return NULL;
    }

    p = allocate(16, all);
    return p != NULL ? memset(p, 0, all) : NULL;
}


size_t
malloc_usable_size(void *p)
{
    const chunk_t *chunk = (chunk_t *) p - 1;

    return ((size_t) 1 << chunk->class)
           - (size_t) ((char *) p - (char *) chunk->start);
}


void *
realloc(void *p, size_t size)
{
    void *other;

    if (p != NULL && size > 0 && malloc_usable_size(p) >= size) {
        return p;
    }

    other = allocate(16, size);

    if (other != NULL && p != NULL) {
        memcpy(other, p, malloc_usable_size(p));
        free(p);
    }

    return other;
}


void *
aligned_alloc(size_t alignment, size_t size)
{
    return allocate(alignment < 16 ? 16 : alignment, size);
}


void *
memalign(size_t alignment, size_t size)
{
    return aligned_alloc(alignment, size);
}


int
posix_memalign(void **p, size_t alignment, size_t size)
{
    *p = aligned_alloc(alignment, size);

    return *p != NULL ? 0 : ENOMEM;
}
