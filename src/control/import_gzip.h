/*
 * Reading an input that may be compressed by gzip.
 */

#ifndef GRAY_CONTROL_IMPORT_GZIP_H
#define GRAY_CONTROL_IMPORT_GZIP_H

#include <stdbool.h>
#include <stdio.h>

typedef struct gray_gunzip_s gray_gunzip_t;

/* Whether the next bytes are gzip's magic; they stay unread. */
bool gray_gzip_next(FILE *in);

/* What is in `in`, which may be of several members, decompressed. NULL without
 * memory. Close the stream, then free *gunzip; `in` stays open. */
FILE *gray_gunzip_open(FILE *in, gray_gunzip_t **gunzip);
void gray_gunzip_free(gray_gunzip_t *gunzip);

/* Why the stream has an error, or NULL. */
const char *gray_gunzip_problem(const gray_gunzip_t *gunzip);

#endif
