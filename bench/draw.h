/*
 * Which identities requests carry: numbers drawn from a space whose first
 * MEMBERS are members. The same seed gives the same numbers.
 */

#ifndef GRAY_BENCH_DRAW_H
#define GRAY_BENCH_DRAW_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "identity.h"

/* One in SHARE of the space is a member. */
#define SHARE 20

/* Spreads Zipf's ranks over the space, so that being frequent says nothing
   of being a member. A prime: no two ranks meet. */
#define SPREAD 2654435761u

typedef struct draw_s draw_t;

struct draw_s {
    uint64_t state;
    uint64_t first;
    uint64_t count;
    double h_first; /* of Zipf: H at the ends of the ranks */
    double h_last;
    uint64_t (*next)(draw_t *draw);
};


static inline uint64_t
random64(draw_t *draw)
{
    return mixed(draw->state++);
}


static inline uint64_t
draw_evenly(draw_t *draw)
{
    return draw->first
           + (uint64_t) (((unsigned __int128) random64(draw) * draw->count)
                         >> 64);
}


/*
 * Zipf with exponent 1: rank k comes with a probability proportional to 1/k.
 * Rejection-inversion (Hörmann, Derflinger: Rejection-inversion to generate
 * variates from monotone discrete distributions, 1996), with H = log.
 */
static inline uint64_t
draw_zipf(draw_t *draw)
{
    for (;;) {
        double unit = (double) (random64(draw) >> 11) * 0x1p-53;
        double u = draw->h_last + unit * (draw->h_first - draw->h_last);
        double k = floor(exp(u) + 0.5);

        if (k < 1) {
            k = 1;
        } else if (k > (double) draw->count) {
            k = (double) draw->count;
        }

        if (u >= log(k + 0.5) - 1 / k) {
            return draw->first + (uint64_t) k * SPREAD % draw->count;
        }
    }
}


/* NULL, or what is wrong with HOW. */
static inline const char *
draw_init(draw_t *draw, const char *how, uint64_t members, uint64_t seed)
{
    memset(draw, 0, sizeof(*draw));
    draw->state = mixed(seed);
    draw->count = members * SHARE;
    draw->next = draw_evenly;

    if (strcmp(how, "members") == 0) {
        draw->count = members;
    } else if (strcmp(how, "others") == 0) {
        draw->first = members;
        draw->count -= members;
    } else if (strcmp(how, "zipf") == 0) {
        draw->next = draw_zipf;
        draw->h_first = log(1.5) - 1;
        draw->h_last = log((double) draw->count + 0.5);
    } else if (strcmp(how, "uniform") != 0) {
        return "write members, others, uniform or zipf";
    }

    return NULL;
}

#endif
