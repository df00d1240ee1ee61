/*
 * A growing run of bytes, and a set of names with numbers: what compiling
 * needs. For compiler.c and compiler_condition.c.
 */

#ifndef GRAY_CORE_BLOB_H
#define GRAY_CORE_BLOB_H

#include <stdbool.h>
#include "str.h"

/* Zeroed, it is empty. When memory ends `failed` stays true and nothing more
 * is added: ask once, at the end. */
typedef struct {
    char *data;
    size_t len;
    size_t size;
    bool failed;
} gray_blob_t;

/* Appends `len` bytes (zeros when data is NULL); returns where they begin. */
size_t gray_blob_add(gray_blob_t *blob, const void *data, size_t len);

void gray_blob_free(gray_blob_t *blob);

/* Names numbered from 0 in the order in which they were first seen; the set
 * keeps copies. Zeroed, it is empty. */
typedef struct {
    gray_str_t *names;
    unsigned n;
    unsigned *slots; /* 1 + number; 0: free                              */
    unsigned nslots; /* a power of two, at least twice n                 */
} gray_names_t;

/* The name's number, a new one if need be. -1: out of memory. */
int gray_names_add(gray_names_t *set, gray_str_t name);

void gray_names_free(gray_names_t *set);

#endif
