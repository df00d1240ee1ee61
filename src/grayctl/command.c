#include <limits.h>
#include <string.h>

#include "command.h"

const grayctl_command_t *
grayctl_command_find(const char *name)
{
    const grayctl_command_t *command;

    for (command = grayctl_commands; command->name != NULL; command++) {
        if (strcmp(command->name, name) == 0) {
            return command;
        }
    }

    return NULL;
}

const grayctl_command_t *
grayctl_command_longer(const grayctl_command_t *command, const char *word)
{
    char name[128];

    snprintf(name, sizeof(name), "%s %s", command->name, word);

    return grayctl_command_find(name);
}

bool
grayctl_command_group(const char *words)
{
    size_t len = strlen(words);
    const grayctl_command_t *command;

    for (command = grayctl_commands; command->name != NULL; command++) {
        if (strncmp(command->name, words, len) == 0
            && command->name[len] == ' ') {
            return true;
        }
    }

    return false;
}

int
grayctl_command_least(const grayctl_command_t *command, int *most)
{
    int least = 0;
    const char *word;

    *most = 0;

    for (word = command->arguments; *word != '\0'; word += strspn(word, " ")) {
        size_t len = strcspn(word, " ");
        const char *or_option = strstr(word, "|--");
        bool may_miss
            = *word == '[' || (or_option != NULL && or_option < word + len);

        const char *dots = strstr(word, "...");

        if (dots != NULL && dots < word + len) {
            *most = INT_MAX;
        } else {
            (*most)++;
        }

        if (!may_miss) {
            least++;
        }

        word += len;
    }

    return least;
}

void
grayctl_command_argument(
    const grayctl_command_t *command, int i, char *word, size_t size)
{
    size_t len;
    const char *start = command->arguments;

    while (i-- > 0 && *start != '\0') {
        start += strcspn(start, " ");
        start += strspn(start, " ");
    }

    start += strspn(start, "[");
    len = strcspn(start, " ].|");
    snprintf(word, size, "%.*s", (int) len, start);
}
