/*
 * grayctl __complete WORD...: what the last word could become, one a line.
 * The shells call it while a person types, so it is quick, silent and never
 * fails. ":files", ":dirs" and ":groups" ask the shell for its own.
 */

#include <stdlib.h>
#include <string.h>

#include "control/explain.h"
#include "control/link.h"
#include "control/list.h"
#include "control/release.h"
#include "control/rule.h"
#include "control/running.h"
#include "output.h"

typedef struct {
    grayctl_t *cli;
    const char *word;                 /* being typed                   */
    const grayctl_command_t *command; /* NULL: its name is being typed */
    const char *group;                /* the first word of two, or ""  */
    const char *first;                /* argument 0, or NULL           */
    int nargs;                        /* before the word               */
    const grayctl_option_t *option;   /* whose value the word is       */
    bool only_words;                  /* after "--"                    */
} typed_t;

static void
offer(const typed_t *typed, const char *text, const char *suffix)
{
    char whole[256];

    snprintf(whole, sizeof(whole), "%s%s", text, suffix);

    if (strncmp(whole, typed->word, strlen(typed->word)) == 0) {
        puts(whole);
    }
}

/* --- from the store --------------------------------------------------------- */

static void
offer_releases(const typed_t *typed)
{
    unsigned i;
    gray_error_t error;
    gray_release_lines_t lines;

    if (gray_control_release_ls(typed->cli->control, &lines, &error) != 0) {
        return;
    }

    for (i = 0; i < lines.n; i++) {
        offer(typed, lines.lines[i].name, "");
    }

    gray_release_lines_free(&lines);
}

static void
offer_variants(const typed_t *typed)
{
    unsigned i, v;
    gray_error_t error;
    gray_release_lines_t lines;

    if (typed->first == NULL
        || gray_control_release_ls(typed->cli->control, &lines, &error) != 0)
    {
        return;
    }

    for (i = 0; i < lines.n; i++) {
        if (strcmp(lines.lines[i].name, typed->first) != 0) {
            continue;
        }

        for (v = 0; v < lines.lines[i].nvariants; v++) {
            offer(typed, lines.lines[i].variants[v], "");
        }
    }

    gray_release_lines_free(&lines);
}

/* The variants that have a weight of their own. */
static void
offer_weights(const typed_t *typed)
{
    unsigned i, v;
    gray_error_t error;
    gray_release_lines_t lines;
    const gray_release_line_t *line;

    if (typed->first == NULL
        || gray_control_release_ls(typed->cli->control, &lines, &error) != 0)
    {
        return;
    }

    for (i = 0; i < lines.n; i++) {
        line = &lines.lines[i];

        for (v = 0; v < line->nvariants; v++) {
            if (strcmp(line->name, typed->first) == 0
                && v != line->default_variant) {
                offer(typed, line->variants[v], "=");
            }
        }
    }

    gray_release_lines_free(&lines);
}

/* The attributes of the nginx that run. */
static void
offer_running_attributes(const typed_t *typed)
{
    unsigned i, a;
    gray_error_t error;
    gray_running_t running;

    if (gray_control_running(typed->cli->control, &running, &error) != 0) {
        return;
    }

    for (i = 0; i < running.n; i++) {
        for (a = 0; a < running.instances[i].nattributes; a++) {
            offer(typed, running.instances[i].attributes[a].name, "");
        }
    }

    gray_running_free(&running);
}

static void
offer_rules(const typed_t *typed)
{
    unsigned i;
    gray_error_t error;
    gray_rule_lines_t lines;

    if (typed->first == NULL
        || gray_control_rule_ls(
               typed->cli->control, typed->first, &lines, &error)
               != 0)
    {
        return;
    }

    for (i = 0; i < lines.n; i++) {
        offer(typed, lines.lines[i].name, "");
    }

    gray_rule_lines_free(&lines);
}

static void
offer_some_lists(const typed_t *typed, bool live)
{
    unsigned i;
    gray_error_t error;
    gray_list_lines_t lines;

    if (gray_control_list_ls(typed->cli->control, &lines, &error) != 0) {
        return;
    }

    for (i = 0; i < lines.n; i++) {
        if (!live) {
            offer(typed, lines.lines[i].name, "");

        } else if (lines.lines[i].kind == GRAY_LIST_LIVE) {
            offer(typed, lines.lines[i].name, "=yes");
            offer(typed, lines.lines[i].name, "=no");
            offer(typed, lines.lines[i].name, "=unknown");
        }
    }

    gray_list_lines_free(&lines);
}

static void
offer_lists(const typed_t *typed)
{
    offer_some_lists(typed, false);
}

static void
offer_live_answers(const typed_t *typed)
{
    offer_some_lists(typed, true);
}

/* The attributes that the release's rules use: those which an explanation
 * without any finds missing. */
static void
offer_attributes(const typed_t *typed)
{
    unsigned i;
    gray_error_t error;
    gray_explanation_t explanation;
    gray_explain_t question = { .release = typed->first };

    if (typed->first == NULL
        || gray_control_explain(
               typed->cli->control, &question, &explanation, &error)
               != 0)
    {
        return;
    }

    for (i = 0; i < explanation.nmissing; i++) {
        offer(typed, explanation.missing[i], "=");
    }

    gray_explanation_free(&explanation);
}

static void
offer_links(const typed_t *typed)
{
    unsigned i;
    gray_error_t error;
    gray_link_lines_t lines;

    if (gray_control_link_ls(typed->cli->control, &lines, &error) != 0) {
        return;
    }

    for (i = 0; i < lines.n; i++) {
        if (lines.lines[i].state == GRAY_LINK_VALID) {
            offer(typed, lines.lines[i].id, "");
        }
    }

    gray_link_lines_free(&lines);
}

/* --- from the program ------------------------------------------------------- */

/* The words that may follow `group` ("": the first words). */
static void
offer_words(const typed_t *typed, const char *group)
{
    size_t len = strlen(group);
    const char *name;
    char word[64], last[64] = "";
    const grayctl_command_t *command;

    for (command = grayctl_commands; command->name != NULL; command++) {
        name = command->name;

        if (name[0] == '_' || strncmp(name, group, len) != 0
            || (len > 0 && name[len] != ' '))
        {
            continue;
        }

        name += len > 0 ? len + 1 : 0;
        snprintf(word, sizeof(word), "%.*s", (int) strcspn(name, " "), name);

        if (strcmp(word, last) != 0) {
            offer(typed, word, "");
        }

        memcpy(last, word, sizeof(last));
    }
}

static void
offer_commands(const typed_t *typed)
{
    const char *first = typed->first;

    if (first == NULL || grayctl_command_group(first)) {
        offer_words(typed, first ? first : "");
    }
}

static void
offer_options(const typed_t *typed)
{
    size_t i;
    char name[64];
    const grayctl_option_t *option;
    const grayctl_option_t *tables[]
        = { typed->command ? typed->command->options : NULL, grayctl_globals };

    for (i = 0; i < 2; i++) {
        option = tables[i];

        for (; option != NULL && option->name != NULL; option++) {
            snprintf(name, sizeof(name), "--%s", option->name);
            offer(typed, name, "");
        }
    }
}

static void
offer_files(const typed_t *typed)
{
    (void) typed;
    puts(":files");
}

static void
offer_dirs(const typed_t *typed)
{
    (void) typed;
    puts(":dirs");
}

static void
offer_groups(const typed_t *typed)
{
    (void) typed;
    puts(":groups");
}

static void
offer_kinds(const typed_t *typed)
{
    offer(typed, gray_list_kind_name(GRAY_LIST_STRING), "");
    offer(typed, gray_list_kind_name(GRAY_LIST_IP), "");
}

static void
offer_shells(const typed_t *typed)
{
    offer(typed, "bash", "");
    offer(typed, "zsh", "");
}

/* The letters of grayctl_command_t.complete. */
static const struct {
    char letter;
    bool store; /* needs it open                                 */
    void (*offer)(const typed_t *typed);
} completers[] = {
    { 'r', true, offer_releases },
    { 'l', true, offer_lists },
    { 'L', true, offer_live_answers },
    { 'u', true, offer_rules },
    { 'v', true, offer_variants },
    { 'a', true, offer_attributes },
    { 'w', true, offer_weights },
    { 'b', true, offer_running_attributes },
    { 'K', true, offer_links },
    { 'k', false, offer_commands },
    { 'f', false, offer_files },
    { 'd', false, offer_dirs },
    { 'g', false, offer_groups },
    { 'i', false, offer_kinds },
    { 's', false, offer_shells },
};

/* --- what was typed --------------------------------------------------------- */

static const grayctl_option_t *
option_of(const typed_t *typed, const char *word)
{
    size_t i;
    const grayctl_option_t *option;
    const grayctl_option_t *tables[]
        = { typed->command ? typed->command->options : NULL, grayctl_globals };

    for (i = 0; i < 2; i++) {
        option = tables[i];

        for (; option != NULL && option->name != NULL; option++) {
            if (strcmp(option->name, word) == 0) {
                return option;
            }
        }
    }

    return NULL;
}

static void
read_word(typed_t *typed, const char *word)
{
    const grayctl_command_t *longer;
    char name[256];

    if (typed->command != NULL) {
        longer = typed->nargs == 0 && !typed->only_words
                     ? grayctl_command_longer(typed->command, word)
                     : NULL;

        if (longer != NULL) {
            typed->command = longer;
        } else {
            typed->first = typed->nargs++ == 0 ? word : typed->first;
        }

        return;
    }

    snprintf(name, sizeof(name), "%s%s%s", typed->group,
        *typed->group ? " " : "", word);
    typed->command = grayctl_command_find(name);

    if (typed->command == NULL) {
        typed->group = word;
    }
}

/* Everything before the word being typed. */
static void
read_words(typed_t *typed, char **words, int n)
{
    int i;
    const grayctl_option_t *option;

    for (i = 0; i < n; i++) {
        if (typed->only_words || strncmp(words[i], "--", 2) != 0) {
            read_word(typed, words[i]);
            continue;
        }

        if (words[i][2] == '\0') {
            typed->only_words = true;
            continue;
        }

        if (strncmp(words[i], "--store=", 8) == 0) {
            typed->cli->store = words[i] + 8;
        }

        option = option_of(typed, words[i] + 2);

        if (option == NULL || option->kind == GRAYCTL_FLAG) {
            continue;
        }

        if (i + 1 == n) {
            typed->option = option;
            return;
        }

        i++;

        if (strcmp(option->name, "store") == 0) {
            typed->cli->store = words[i];
        }
    }
}

static char
letter_of(const typed_t *typed)
{
    size_t len;
    const char *letters;

    if (typed->option != NULL) {
        return typed->option->complete;
    }

    letters = typed->command->complete;
    len = strlen(letters);

    if (len == 0) {
        return '-';
    }

    return letters[(size_t) typed->nargs < len ? (size_t) typed->nargs
                                               : len - 1];
}

static void
offer_letter(const typed_t *typed, char letter)
{
    size_t i;
    gray_error_t error;

    for (i = 0; i < sizeof(completers) / sizeof(completers[0]); i++) {
        if (completers[i].letter != letter) {
            continue;
        }

        if (completers[i].store
            && gray_control_open(
                   typed->cli->store, false, &typed->cli->control, &error)
                   != 0)
        {
            return;
        }

        completers[i].offer(typed);
    }
}

int
grayctl_complete(grayctl_t *cli)
{
    typed_t typed = { .cli = cli, .word = "", .group = "" };

    if (cli->nargs == 0) {
        return GRAYCTL_OK;
    }

    typed.word = cli->args[cli->nargs - 1];
    read_words(&typed, cli->args, cli->nargs - 1);

    if (typed.option == NULL && !typed.only_words && typed.word[0] == '-') {
        offer_options(&typed);

    } else if (typed.option == NULL && typed.command == NULL) {
        offer_words(&typed, typed.group);

    } else {
        if (typed.option == NULL && typed.nargs == 0) {
            offer_words(&typed, typed.command->name);
        }

        offer_letter(&typed, letter_of(&typed));
    }

    return GRAYCTL_OK;
}
