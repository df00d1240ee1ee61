#include <string.h>

#include "suggest.h"

#define WORD_MAX 63

/* Words to look at are commands and options: there are a few dozen. */
#define CANDIDATES_MAX 128

/* Other programs' words, and ours. */
static const struct {
    const char *word;
    const char *ours;
} synonyms[] = {
    { "delete", "rm" },
    { "del", "rm" },
    { "remove", "rm" },
    { "new", "create" },
    { "make", "create" },
    { "list", "ls" },
    { "show", "ls" },
    { "cat", "export" },
    { "dump", "export" },
    { "load", "import" },
    { "move", "mv" },
    { "test", "explain" },
    { "why", "explain" },
    { "disable", "off" },
    { "enable", "on" },
    { "history", "log" },
    { "audit", "log" },
    { "verify", "check" },
    { "upgrade", "migrate" },
};

static const char *
synonym(const char *word, const char *const *candidates)
{
    size_t i;

    for (; *candidates != NULL; candidates++) {
        for (i = 0; i < sizeof(synonyms) / sizeof(synonyms[0]); i++) {
            if (strcmp(synonyms[i].word, word) == 0
                && strcmp(synonyms[i].ours, *candidates) == 0)
            {
                return *candidates;
            }
        }
    }

    return NULL;
}

static unsigned
smallest(unsigned a, unsigned b, unsigned c)
{
    unsigned least = a < b ? a : b;

    return least < c ? least : c;
}

/* The optimal string alignment distance: Levenshtein's, with neighbours
 * swapped counting once (F. J. Damerau, 1964). */
static unsigned
distance(const char *a, const char *b)
{
    size_t i, j, n = strlen(a), m = strlen(b);
    unsigned rows[3][WORD_MAX + 2];
    unsigned *before = rows[0], *above = rows[1], *row = rows[2], *spare;

    if (n > WORD_MAX || m > WORD_MAX) {
        return WORD_MAX;
    }

    for (j = 0; j <= m; j++) {
        above[j] = j;
    }

    for (i = 1; i <= n; i++) {
        row[0] = i;

        for (j = 1; j <= m; j++) {
            unsigned change = a[i - 1] != b[j - 1];

            row[j]
                = smallest(above[j] + 1, row[j - 1] + 1, above[j - 1] + change);

            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]
                && before[j - 2] + 1 < row[j])
            {
                row[j] = before[j - 2] + 1;
            }
        }

        spare = before;
        before = above;
        above = row;
        row = spare;
    }

    return above[m];
}

const char *
grayctl_suggest(const char *word, const char *const *candidates)
{
    unsigned far, least = 1 + (strlen(word) + 1) / 3;
    const char *nearest = NULL;

    for (; *candidates != NULL; candidates++) {
        far = distance(word, *candidates);

        if (far < least) {
            least = far;
            nearest = *candidates;
        }
    }

    return nearest;
}

bool
grayctl_suggest_command(
    const char *group, const char *word, char *found, size_t size)
{
    size_t n = 0, len = strlen(group);
    const char *name, *nearest;
    char words[CANDIDATES_MAX][WORD_MAX + 1];
    const char *candidates[CANDIDATES_MAX + 1];
    const grayctl_command_t *command;

    for (command = grayctl_commands; command->name != NULL; command++) {
        name = command->name;

        if (strncmp(name, group, len) != 0 || name[0] == '_'
            || n == CANDIDATES_MAX || (len > 0 && name[len] != ' '))
        {
            continue;
        }

        name += len > 0 ? len + 1 : 0;
        snprintf(
            words[n], sizeof(words[n]), "%.*s", (int) strcspn(name, " "), name);
        candidates[n] = words[n];
        n++;
    }

    candidates[n] = NULL;
    nearest = synonym(word, candidates);

    if (nearest == NULL) {
        nearest = grayctl_suggest(word, candidates);
    }

    snprintf(found, size, "%s", nearest ? nearest : "");

    return nearest != NULL;
}

const char *
grayctl_suggest_option(const grayctl_command_t *command, const char *word)
{
    size_t i, n = 0;
    const char *candidates[CANDIDATES_MAX + 1];
    const grayctl_option_t *tables[]
        = { grayctl_globals, command ? command->options : NULL };
    const grayctl_option_t *option;

    for (i = 0; i < 2; i++) {
        option = tables[i];

        for (; option != NULL && option->name != NULL; option++) {
            if (n < CANDIDATES_MAX) {
                candidates[n++] = option->name;
            }
        }
    }

    candidates[n] = NULL;

    return grayctl_suggest(word, candidates);
}
