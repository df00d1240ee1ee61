#include "memcached_key.h"

bool
gray_memcached_bytes_safe(gray_str_t bytes)
{
    const unsigned char *p = (const unsigned char *) bytes.data;

    for (size_t i = 0; i < bytes.len; i++) {
        if (p[i] <= 0x20 || p[i] == 0x7f) {
            return false;
        }
    }

    return true;
}


bool
gray_memcached_key_valid(size_t prefix, gray_str_t identity)
{
    return identity.len > 0 && prefix <= GRAY_MEMCACHED_KEY_MAX
           && identity.len <= GRAY_MEMCACHED_KEY_MAX - prefix
           && gray_memcached_bytes_safe(identity);
}
