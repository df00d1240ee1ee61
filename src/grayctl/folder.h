/* A folder of documents and lists, as `apply` sends it. */

#ifndef GRAYCTL_FOLDER_H
#define GRAYCTL_FOLDER_H

#include "command.h"

/* The command's folder as a file without a name, in tar's format (POSIX ustar),
 * read from its beginning: what stands in releases/ and lists/, but for what
 * begins with a dot. NULL: cli->error. */
FILE *grayctl_folder_pack(grayctl_t *cli);

/* "folder=DIR", so that errors name the folder as it was typed; malloc'ed,
 * NULL without memory. */
char *grayctl_folder_query(const char *dir);

#endif
