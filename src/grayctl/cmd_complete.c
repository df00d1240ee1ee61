/*
 * grayctl __complete WORD...: what the last word could become, one a line.
 * The shells call it while a person types, so it is quick, silent and never
 * fails. ":files", ":dirs" and ":groups" ask the shell for its own.
 */

#include <stdlib.h>
#include <string.h>

#include "complete_source.h"
#include "control/link.h"
#include "control/list.h"
#include "fields.h"
#include "output.h"
#include "remote.h"

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

/* --- from the store, or a server -------------------------------------------- */

/* Offers a member of each object of a list; takes `json` over. */
static void
offer_each(
    const typed_t *typed, json_t *json, const char *list, const char *member)
{
    size_t i;
    const json_t *one;

    json_array_foreach(json_object_get(json, list), i, one)
    {
        offer(typed, field_text(one, member), "");
    }

    json_decref(json);
}

static void
offer_releases(const typed_t *typed)
{
    offer_each(typed, complete_releases(typed->cli), "releases", "name");
}

/* The variants of the release; with `weights` those that have a weight of
 * their own. */
static void
offer_its_variants(const typed_t *typed, bool weights)
{
    size_t i, v;
    const char *name;
    const json_t *release, *variant;
    json_t *json = typed->first != NULL ? complete_releases(typed->cli) : NULL;

    json_array_foreach(json_object_get(json, "releases"), i, release)
    {
        if (strcmp(field_text(release, "name"), typed->first) != 0) {
            continue;
        }

        json_array_foreach(json_object_get(release, "variants"), v, variant)
        {
            name = field_text(variant, "name");

            if (!weights) {
                offer(typed, name, "");
            } else if (strcmp(name, field_text(release, "default")) != 0) {
                offer(typed, name, "=");
            }
        }
    }

    json_decref(json);
}

static void
offer_variants(const typed_t *typed)
{
    offer_its_variants(typed, false);
}

static void
offer_weights(const typed_t *typed)
{
    offer_its_variants(typed, true);
}

/* The attributes of the nginx that run. */
static void
offer_running_attributes(const typed_t *typed)
{
    size_t i;
    const char *name;
    const json_t *instance;
    json_t *value, *json = complete_status(typed->cli);

    json_array_foreach(json_object_get(json, "nginx"), i, instance)
    {
        json_object_foreach(
            json_object_get(instance, "attributes"), name, value)
        {
            offer(typed, name, "");
        }
    }

    json_decref(json);
}

static void
offer_rules(const typed_t *typed)
{
    if (typed->first != NULL) {
        offer_each(typed, complete_rules(typed->cli), "rules", "name");
    }
}

static void
offer_lists(const typed_t *typed)
{
    offer_each(typed, complete_lists(typed->cli), "lists", "name");
}

static void
offer_live_answers(const typed_t *typed)
{
    size_t i;
    const char *name;
    const json_t *list;
    json_t *json = complete_lists(typed->cli);

    json_array_foreach(json_object_get(json, "lists"), i, list)
    {
        name = field_text(list, "name");

        if (strcmp(
                field_text(list, "kind"), gray_list_kind_name(GRAY_LIST_LIVE))
            == 0) {
            offer(typed, name, "=yes");
            offer(typed, name, "=no");
            offer(typed, name, "=unknown");
        }
    }

    json_decref(json);
}

/* The attributes that the release's rules use: those which an explanation
 * without any finds missing. */
static void
offer_attributes(const typed_t *typed)
{
    size_t i;
    const json_t *name;
    json_t *json
        = typed->first != NULL ? complete_explanation(typed->cli) : NULL;

    json_array_foreach(json_object_get(json, "missing"), i, name)
    {
        offer(typed, json_string_value(name), "=");
    }

    json_decref(json);
}

static void
offer_links(const typed_t *typed)
{
    size_t i;
    const json_t *link;
    json_t *json = complete_links(typed->cli);

    json_array_foreach(json_object_get(json, "links"), i, link)
    {
        if (strcmp(field_text(link, "state"),
                gray_link_state_name(GRAY_LINK_VALID))
            == 0)
        {
            offer(typed, field_text(link, "id"), "");
        }
    }

    json_decref(json);
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

/* What names the store or the server: "store=DIR", or "store" and its value.
 * One that is typed counts more than those of the environment. */
static void
read_place(typed_t *typed, const char *name, const char *value)
{
    bool store = strncmp(name, "store", 5) == 0;
    size_t len = store ? 5 : 6;

    if (!store && strncmp(name, "server", 6) != 0) {
        return;
    }

    if (name[len] == '=') {
        value = name + len + 1;
    } else if (name[len] != '\0' || value == NULL) {
        return;
    }

    if (store) {
        typed->cli->store = value;
        typed->cli->server = NULL;
    } else {
        typed->cli->server = value;
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

        read_place(typed, words[i] + 2, NULL);

        option = option_of(typed, words[i] + 2);

        if (option == NULL || option->kind == GRAYCTL_FLAG) {
            continue;
        }

        if (i + 1 == n) {
            typed->option = option;
            return;
        }

        i++;

        read_place(typed, option->name, words[i]);
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

/* Opens what names come from. */
static int
open_source(const typed_t *typed)
{
    grayctl_t *cli = typed->cli;

    cli->args[0] = (char *) typed->first;
    cli->nargs = typed->first != NULL;

    return cli->server != NULL ? grayctl_remote_open(cli)
                               : gray_control_open(cli->store, false,
                                   &cli->control, &cli->error);
}

static void
offer_letter(const typed_t *typed, char letter)
{
    size_t i;

    for (i = 0; i < sizeof(completers) / sizeof(completers[0]); i++) {
        if (completers[i].letter == letter
            && (!completers[i].store || open_source(typed) == 0))
        {
            completers[i].offer(typed);
        }
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
