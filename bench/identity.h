/*
 * Identities by number: number I has always the same text, and no two
 * numbers have the same. servers.py makes the same texts.
 */

#ifndef GRAY_BENCH_IDENTITY_H
#define GRAY_BENCH_IDENTITY_H

#include <stdint.h>

#define DEVICE_LEN 36
#define ADDRESS_MAX 15


/* splitmix64's output function (Steele, Lea, Flood: Fast Splittable
   Pseudorandom Number Generators, 2014): one to one. */
static inline uint64_t
mixed(uint64_t x)
{
    x += 0x9e3779b97f4a7c15ull;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
    return x ^ (x >> 31);
}


/* Writes the DEVICE_LEN bytes of a device id, which look like a UUID, and no
   end. */
static inline void
device(uint64_t number, char *out)
{
    static const char digits[16] = "0123456789abcdef";
    static const char shape[DEVICE_LEN + 1]
        = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    uint64_t half[2] = { mixed(2 * number), mixed(2 * number + 1) };
    unsigned n = 0;

    for (unsigned i = 0; i < DEVICE_LEN; i++) {
        if (shape[i] == '-') {
            out[i] = '-';
            continue;
        }

        out[i] = digits[half[n / 16] >> (60 - n % 16 * 4) & 15];
        n++;
    }
}


static inline char *
decimal(unsigned byte, char *out)
{
    if (byte >= 100) {
        *out++ = '0' + byte / 100;
    }
    if (byte >= 10) {
        *out++ = '0' + byte / 10 % 10;
    }
    *out++ = '0' + byte % 10;

    return out;
}


/* Writes an address out of 10.0.0.0/8, without an end, and returns what
   follows it. */
static inline char *
address(uint64_t number, char *out)
{
    *out++ = '1';
    *out++ = '0';

    for (int shift = 16; shift >= 0; shift -= 8) {
        *out++ = '.';
        out = decimal(number >> shift & 255, out);
    }

    return out;
}

#endif
