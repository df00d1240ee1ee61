/*
 * Whether a process that once wrote its pid still runs. Pids are reused, so
 * a process is its pid and its start time: field 22 of /proc/PID/stat, in
 * clock ticks since boot (proc(5)). Both mean something within one PID
 * namespace only.
 */

#ifndef GRAY_SEGMENT_PROCESS_H
#define GRAY_SEGMENT_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

/* The start time; 0 when there is no such process or /proc hides it. */
uint64_t gray_process_started(uint32_t pid);

/*
 * Whether the process lives; a zombie does not. With `started` 0, or where
 * /proc hides other users' processes, any process of that pid counts.
 */
bool gray_process_alive(uint32_t pid, uint64_t started);

/* The PID namespace of this process: the inode of /proc/self/ns/pid. 0 when
 * it cannot be told. */
uint32_t gray_process_namespace(void);

#endif
