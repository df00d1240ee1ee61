#include <string.h>
#include "import_sort.h"

#define GRAY_DIGITS 8
#define GRAY_DIGIT_VALUES 256

/* Fewer are compared one by one. */
#define GRAY_SORT_FEW 24

typedef struct {
    uint32_t of[GRAY_DIGITS][GRAY_DIGIT_VALUES];
} gray_sort_counts_t;


static inline unsigned
gray_sort_digit(uint64_t word, unsigned digit)
{
    return (unsigned) (word >> (8 * digit)) & 0xff;
}


static void
gray_sort_few(const unsigned char *bytes, gray_sort_t *order, size_t n)
{
    size_t i, k;
    gray_sort_t moved;

    for (i = 1; i < n; i++) {
        moved = order[i];
        for (k = i;
             k > 0
             && gray_packed_compare(bytes + order[k - 1].at, bytes + moved.at)
                    > 0;
             k--)
        {
            order[k] = order[k - 1];
        }
        order[k] = moved;
    }
}


/* How many bytes all keys have in common; they do up to `depth`. */
static unsigned
gray_sort_common(const unsigned char *bytes, const gray_sort_t *order, size_t n)
{
    size_t i;
    unsigned common, max;

    max = bytes[order[0].at];
    for (i = 1; i < n; i++) {
        common = gray_packed_common(bytes + order[0].at, bytes + order[i].at);
        if (common < max) {
            max = common;
        }
    }

    return max;
}


static void
gray_sort_count(const gray_sort_t *order, size_t n, gray_sort_counts_t *counts)
{
    size_t i;
    unsigned digit;

    memset(counts, 0, sizeof(*counts));
    for (i = 0; i < n; i++) {
        for (digit = 0; digit < GRAY_DIGITS; digit++) {
            counts->of[digit][gray_sort_digit(order[i].word, digit)]++;
        }
    }
}


/* Moves all by one digit; `counts` becomes the places. */
static void
gray_sort_pass(const gray_sort_t *from, gray_sort_t *to, size_t n,
    unsigned digit, uint32_t counts[GRAY_DIGIT_VALUES])
{
    size_t i;
    uint32_t count, place;

    for (i = 0, place = 0; i < GRAY_DIGIT_VALUES; i++) {
        count = counts[i];
        counts[i] = place;
        place += count;
    }

    for (i = 0; i < n; i++) {
        to[counts[gray_sort_digit(from[i].word, digit)]++] = from[i];
    }
}


static void
gray_sort_words(gray_sort_t *order, gray_sort_t *spare, size_t n)
{
    unsigned digit;
    gray_sort_counts_t counts;
    gray_sort_t *from = order, *to = spare, *swap;

    gray_sort_count(order, n, &counts);

    for (digit = 0; digit < GRAY_DIGITS; digit++) {
        if (counts.of[digit][gray_sort_digit(from[0].word, digit)] == n) {
            continue;
        }
        gray_sort_pass(from, to, n, digit, counts.of[digit]);
        swap = from;
        from = to;
        to = swap;
    }

    if (from != order) {
        memcpy(order, from, n * sizeof(*order));
    }
}


/* Each level takes seven bytes of a key of at most 255. */
unsigned
gray_sort_packed(const unsigned char *bytes, gray_sort_t *order,
    gray_sort_t *spare, size_t n)
{
    size_t i, end;
    unsigned common;

    if (n == 0) {
        return 0;
    }

    common = gray_sort_common(bytes, order, n);
    if (n <= GRAY_SORT_FEW) {
        gray_sort_few(bytes, order, n);
        return common;
    }

    for (i = 0; i < n; i++) {
        order[i].word = gray_packed_word(bytes + order[i].at, common);
    }
    gray_sort_words(order, spare, n);

    for (i = 0; i < n; i = end) {
        uint64_t word = order[i].word;

        for (end = i + 1; end < n && order[end].word == word; end++) {
            /* void */
        }
        if (end - i > 1 && gray_word_goes_on(word)) {
            (void) gray_sort_packed(bytes, order + i, spare, end - i);
        }
    }

    return common;
}
