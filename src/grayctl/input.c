#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "input.h"
#include "report.h"

static int
system_error(grayctl_t *cli, const char *what, const char *name, int number)
{
    gray_error_code_t code = number == ENOENT   ? GRAY_ENOTFOUND
                             : number == EACCES ? GRAY_EPERMISSION
                                                : GRAY_ESYSTEM;

    return gray_error_set(
        &cli->error, code, "%s '%s': %s", what, name, strerror(number));
}

static FILE *
standard_input(const grayctl_t *cli)
{
    if (isatty(STDIN_FILENO)) {
        grayctl_note(cli, "reading from the terminal; Ctrl-D ends it");
    }

    return stdin;
}

FILE *
grayctl_input_open(grayctl_t *cli, int i)
{
    return grayctl_input_open_file(cli, i < cli->nargs ? cli->args[i] : "-");
}

bool
grayctl_input_both(grayctl_t *cli, const char *one, const char *other)
{
    if ((one != NULL && strcmp(one, "-") != 0)
        || (other != NULL && strcmp(other, "-") != 0))
    {
        return false;
    }

    gray_error_set(&cli->error, GRAY_EINVALID,
        "the document and the log are both standard input");
    gray_error_hint(&cli->error, "put one of them into a file, and name it");

    return true;
}

FILE *
grayctl_input_open_file(grayctl_t *cli, const char *name)
{
    int fd;
    FILE *in;
    struct stat status;

    if (strcmp(name, "-") == 0) {
        return standard_input(cli);
    }

    fd = open(name, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        system_error(cli, "cannot open", name, errno);
        return NULL;
    }

    if (fstat(fd, &status) == 0 && S_ISDIR(status.st_mode)) {
        close(fd);
        gray_error_set(
            &cli->error, GRAY_EINVALID, "'%s' is a folder, not a file", name);
        return NULL;
    }

    in = fdopen(fd, "r");

    if (in == NULL) {
        system_error(cli, "cannot read", name, errno);
        close(fd);
    }

    return in;
}

void
grayctl_input_close(FILE *in)
{
    if (in != NULL && in != stdin) {
        fclose(in);
    }
}

char *
grayctl_input_read(grayctl_t *cli, FILE *in, size_t max, size_t *len)
{
    char *text = malloc(max + 2);

    if (text == NULL) {
        gray_error_set(&cli->error, GRAY_ESYSTEM, "no memory");
        return NULL;
    }

    *len = fread(text, 1, max + 1, in);
    text[*len] = '\0';

    if (ferror(in)) {
        system_error(cli, "cannot read", "the input", errno);
        free(text);
        return NULL;
    }

    return text;
}
