/*
 * The dashboard's files: read once at the start, served from memory with an
 * ETag and a strict Content-Security-Policy. Whatever is not one of them is 404,
 * so no path can lead anywhere.
 */

#ifndef GRAYD_WEB_H
#define GRAYD_WEB_H

#include "core/error.h"

typedef struct grayd_web_s grayd_web_t;

/* Reads the files of `dir` and of one level of folders in it. A folder that is
 * not there gives an empty set and a remark in the log. */
int grayd_web_create(const char *dir, grayd_web_t **web, gray_error_t *error);
void grayd_web_free(grayd_web_t *web);

#endif
