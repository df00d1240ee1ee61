/*
 * The bytes of the switches file (docs/segment-format.md). Frozen: readers
 * older and newer than the writer share it. Internal to src/segment.
 *
 * A slot is 128 bytes at a multiple of 128, so that none crosses a disk
 * sector: after a power cut it is the old one or the new one.
 *
 * The order of writes makes a writer that dies between any two of them
 * harmless:
 *   a new slot   its name; its state, on; the head's table; then as any
 *   any slot     state, uid, time and generation in one write; then the
 *                head's generation
 * A worker looks a slot up again when the head's table changes. A writer that
 * died before it raised the table left a slot whose own `table` is ahead; the
 * next writer of that slot raises it first.
 */

#ifndef GRAY_SEGMENT_SWITCHES_LAYOUT_H
#define GRAY_SEGMENT_SWITCHES_LAYOUT_H

#include <stddef.h>
#include "file.h"
#include "switches.h"

#define SWITCHES_VERSION 1

/* Slot 0 is the global switch, which has no name. */
#define SWITCHES_SLOTS (1 + GRAY_SWITCHES_MAX)

/* How long a writer waits for another one. */
#define SWITCHES_LOCK_MS 5000

/* A slot's state: words that differ in many bits, readable in a hex dump
 * ("on  ", "off!"). Anything but OFF is on. */
#define SWITCH_FREE 0u
#define SWITCH_ON 0x20206e6fu
#define SWITCH_OFF 0x2166666fu

/* What one write changes. */
typedef struct {
    uint32_t state;
    uint32_t uid;
    uint64_t time;
    uint64_t generation;
} switch_change_t;

typedef struct {
    switch_change_t change;
    uint32_t table; /* the head's when this slot was named              */
    uint32_t reserved[9];
    char name[64];
} switch_slot_t;

typedef struct {
    gray_segment_head_t head;
    uint64_t generation;
    uint32_t table; /* from 1: a zeroed cursor is never current         */
    uint32_t reserved[21];
    switch_slot_t slots[SWITCHES_SLOTS];
} switches_layout_t;

_Static_assert(sizeof(switch_change_t) == 24, "frozen layout");
_Static_assert(sizeof(switch_slot_t) == 128, "frozen layout");
_Static_assert(offsetof(switch_slot_t, name) == 64, "frozen layout");
_Static_assert(offsetof(switches_layout_t, generation) == 32, "frozen layout");
_Static_assert(offsetof(switches_layout_t, slots) == 128, "frozen layout");
_Static_assert(sizeof(switches_layout_t) == 131328, "frozen layout");

struct gray_switches_s {
    const switches_layout_t *map; /* PROT_READ, for writers too         */
    int fd;
    bool writable;
    unsigned held; /* gray_switches_lock nests                           */
    char *path;
};

extern const gray_segment_head_t gray_switches_head;

/* The index of a release's slot; 0 when it has none. */
uint32_t gray_switches_find(const switches_layout_t *map, const char *release);

#endif
