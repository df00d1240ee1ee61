#include <string.h>
#include "memcached_words.h"

bool
gray_memcached_word(gray_str_t *line, gray_str_t *word)
{
    const char *space;

    if (line->data == NULL) {
        return false;
    }

    space = memchr(line->data, ' ', line->len);
    word->data = line->data;
    word->len = space != NULL ? (size_t) (space - line->data) : line->len;

    if (space == NULL) {
        *line = (gray_str_t){ 0, NULL };

    } else {
        line->len -= word->len + 1;
        line->data += word->len + 1;
    }

    return true;
}


bool
gray_memcached_number(gray_str_t word, uint64_t max, uint64_t *number)
{
    uint64_t n = 0;

    if (word.len == 0 || word.len > 20 || (word.len > 1 && word.data[0] == '0'))
    {
        return false;
    }

    for (size_t i = 0; i < word.len; i++) {
        unsigned digit = (unsigned char) word.data[i] - '0';

        if (digit > 9 || n > (max - digit) / 10) {
            return false;
        }

        n = n * 10 + digit;
    }

    *number = n;

    return true;
}


bool
gray_memcached_is(gray_str_t word, gray_str_t name)
{
    return word.len == name.len && memcmp(word.data, name.data, name.len) == 0;
}
