/* FILE or "-", the command's argument: where a document or members come
 * from. */

#ifndef GRAYCTL_INPUT_H
#define GRAYCTL_INPUT_H

#include "command.h"

/* Opens argument i: a file, or standard input for "-" and when it is
 * missing. NULL with cli->error set. */
FILE *grayctl_input_open(grayctl_t *cli, int i);

/* The same by name; "-": standard input. */
FILE *grayctl_input_open_file(grayctl_t *cli, const char *name);

/* Whether two inputs are both standard input (NULL is too), which has only
 * one end: then cli->error says so. */
bool grayctl_input_both(grayctl_t *cli, const char *one, const char *other);

/* Closes what grayctl_input_open gave. */
void grayctl_input_close(FILE *in);

/* Reads all of it, at most `max` bytes and one more (so that the reader sees
 * that it is too long), with a NUL after. NULL with cli->error set. */
char *grayctl_input_read(grayctl_t *cli, FILE *in, size_t max, size_t *len);

#endif
