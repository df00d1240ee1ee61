/* Unpacking a folder of documents and lists. */

#ifndef GRAYD_UNTAR_H
#define GRAYD_UNTAR_H

#include <stdio.h>
#include "core/error.h"

/* Files of one archive. */
#define GRAYD_TAR_FILES_MAX 20000

/*
 * Reads an archive in tar's format (POSIX ustar, as GNU tar writes it too) and
 * puts the files of its releases/ and lists/ into these folders of `dir`, which
 * are made; what begins with a dot, and what stands elsewhere, is passed over.
 * No name of it leads out of `dir`. -1 and *error: it is none, is cut off, holds
 * links, or the disk is full.
 */
int grayd_untar(FILE *in, const char *dir, gray_error_t *error);

/* Removes what grayd_untar made, and `dir` itself. */
void grayd_untar_remove(const char *dir);

#endif
