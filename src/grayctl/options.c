#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "number.h"
#include "options.h"
#include "suggest.h"

static const grayctl_option_t *
find_in(const grayctl_option_t *option, const char *name, size_t len)
{
    for (; option != NULL && option->name != NULL; option++) {
        if (strlen(option->name) == len && memcmp(option->name, name, len) == 0)
        {
            return option;
        }
    }

    return NULL;
}

static const grayctl_option_t *
find_option(const grayctl_t *cli, const char *name, size_t len)
{
    const grayctl_option_t *option = find_in(grayctl_globals, name, len);

    if (option == NULL && cli->command != NULL) {
        option = find_in(cli->command->options, name, len);
    }

    return option;
}

/* The command that has an option of this name, for the error. */
static const grayctl_command_t *
whose_option(const char *name, size_t len)
{
    const grayctl_command_t *command;

    for (command = grayctl_commands; command->name != NULL; command++) {
        if (find_in(command->options, name, len) != NULL) {
            return command;
        }
    }

    return NULL;
}

static int
unknown_option(const grayctl_t *cli, const char *word, gray_error_t *error)
{
    size_t len = strcspn(word, "=");
    char name[64];
    const char *near;
    const grayctl_command_t *owner;

    snprintf(name, sizeof(name), "%.*s", (int) len, word);
    gray_error_set(error, GRAY_EINVALID, "unknown option '%s'", name);

    if (strncmp(name, "--", 2) != 0) {
        return gray_error_hint(error,
            "options are whole words, such as --help; put -- before an "
            "argument that starts with '-'");
    }

    near = grayctl_suggest_option(cli->command, name + 2);

    if (near != NULL) {
        return gray_error_hint(error, "did you mean --%s?", near);
    }

    owner = whose_option(name + 2, strlen(name + 2));

    if (owner != NULL && cli->command == NULL) {
        return gray_error_hint(
            error, "options of '%s' stand after it", owner->name);
    }

    if (owner != NULL) {
        return gray_error_hint(error, "'%s' has one", owner->name);
    }

    return gray_error_hint(error, "grayctl %s--help lists them",
        cli->command ? cli->command->name : "");
}

/* The switches that have a member of their own. */
static void
set_global(grayctl_t *cli, const grayctl_value_t *value)
{
    const char *name = value->option->name;
    const struct {
        const char *name;
        bool *flag;
    } flags[] = {
        { "json", &cli->json },
        { "quiet", &cli->quiet },
        { "help", &cli->help },
        { "version", &cli->version },
        { "if-revision", &cli->has_revision },
    };
    size_t i;

    for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        if (strcmp(flags[i].name, name) == 0) {
            *flags[i].flag = true;
        }
    }

    if (strcmp(name, "store") == 0) {
        cli->store = value->text;
        cli->server = grayctl_option_text(cli, "server", 0);

    } else if (strcmp(name, "server") == 0) {
        cli->server = value->text;

    } else if (strcmp(name, "if-revision") == 0) {
        cli->if_revision = value->number;

    } else if (strcmp(name, "no-color") == 0) {
        cli->color = false;
        cli->color_err = false;
    }
}

/* The value of the option whose word, with `len` bytes of name, is argv[*i];
 * after "=", or the next word. */
static int
take_value(grayctl_value_t *value, size_t len, int argc, char **argv, int *i,
    gray_error_t *error)
{
    const char *rest = argv[*i] + len;
    const grayctl_option_t *option = value->option;

    if (option->kind == GRAYCTL_FLAG) {
        return *rest == '\0' ? 0
                             : gray_error_set(error, GRAY_EINVALID,
                                 "--%s takes no value", option->name);
    }

    if (*rest == '=') {
        value->text = rest + 1;

    } else if (*i + 1 < argc) {
        value->text = argv[++*i];

    } else {
        return gray_error_set(error, GRAY_EINVALID,
            "--%s needs a value: --%s %s", option->name, option->name,
            option->value);
    }

    return grayctl_number_parse(option, value->text, &value->number, error);
}

/* Takes the option at argv[*i], and its value. */
static int
take_option(grayctl_t *cli, int argc, char **argv, int *i, gray_error_t *error)
{
    const char *word = argv[*i];
    size_t len = strcspn(word, "=");
    grayctl_value_t *value = &cli->values[cli->nvalues];
    const grayctl_option_t *option = NULL;

    if (strcmp(word, "-h") == 0) {
        cli->help = true;
        return 0;
    }

    if (strncmp(word, "--", 2) == 0) {
        option = find_option(cli, word + 2, len - 2);
    }

    if (option == NULL) {
        return unknown_option(cli, word, error);
    }

    if (cli->nvalues == GRAYCTL_OPTIONS_MAX) {
        return gray_error_set(error, GRAY_EINVALID, "too many options");
    }

    *value = (grayctl_value_t){ .option = option, .text = "" };

    if (take_value(value, len, argc, argv, i, error) != 0) {
        return -1;
    }

    cli->nvalues++;
    set_global(cli, value);

    return 0;
}

static int
unknown_command(const grayctl_t *cli, const char *word, gray_error_t *error)
{
    char near[64];
    const char *group = cli->group, *space = *group ? " " : "";

    gray_error_set(
        error, GRAY_EINVALID, "unknown command '%s%s%s'", group, space, word);

    if (grayctl_suggest_command(group, word, near, sizeof(near))) {
        return gray_error_hint(
            error, "did you mean 'grayctl %s%s%s'?", group, space, near);
    }

    return gray_error_hint(
        error, "grayctl %s%s--help lists them", group, space);
}

/* Takes a word of the command's name, or an argument: after "--" always. */
static int
take_word(grayctl_t *cli, char *word, bool only_words, gray_error_t *error)
{
    const grayctl_command_t *longer;
    char name[128];

    if (cli->command != NULL) {
        longer = cli->nargs == 0 && !only_words
                     ? grayctl_command_longer(cli->command, word)
                     : NULL;

        if (longer != NULL) {
            cli->command = longer;
        } else {
            cli->args[cli->nargs++] = word;
        }

        return 0;
    }

    snprintf(
        name, sizeof(name), "%s%s%s", cli->group, *cli->group ? " " : "", word);

    cli->command = grayctl_command_find(name);

    if (cli->command != NULL) {
        return 0;
    }

    if (!grayctl_command_group(name)) {
        return unknown_command(cli, word, error);
    }

    cli->group = word;

    return 0;
}

/* `grayctl list help` asks for help, too. */
static bool
asks_for_help(const grayctl_t *cli, const char *word)
{
    bool group
        = cli->command == NULL
              ? *cli->group != '\0'
              : cli->nargs == 0 && grayctl_command_group(cli->command->name);

    return group && strcmp(word, "help") == 0;
}

/* __complete takes the words of a line being typed as they are. */
static bool
takes_all(const grayctl_t *cli)
{
    return cli->command != NULL && cli->command->run == grayctl_complete;
}

static int
check_arguments(const grayctl_t *cli, gray_error_t *error)
{
    int most, least = grayctl_command_least(cli->command, &most);
    char word[64];

    if (cli->nargs >= least && cli->nargs <= most) {
        return 0;
    }

    if (cli->nargs > most) {
        gray_error_set(error, GRAY_EINVALID,
            "%s: '%s' is one argument too "
            "many",
            cli->command->name, cli->args[most]);

        return most > 0 ? gray_error_hint(error,
                   "usage: grayctl %s %s; an argument with "
                   "spaces needs quotes",
                   cli->command->name, cli->command->arguments)
                        : gray_error_hint(error,
                            "it takes options only: grayctl help %s",
                            cli->command->name);
    }

    grayctl_command_argument(cli->command, cli->nargs, word, sizeof(word));
    gray_error_set(
        error, GRAY_EINVALID, "%s: %s is missing", cli->command->name, word);

    if (cli->command->missing != NULL && cli->nargs == least - 1) {
        snprintf(error->hint, sizeof(error->hint), cli->command->missing,
            cli->nargs > 0 ? cli->args[0] : "");
        return -1;
    }

    return gray_error_hint(error, "usage: grayctl %s %s", cli->command->name,
        cli->command->arguments);
}

/* One place, and a command that can be done there. */
static int
check_place(const grayctl_t *cli, gray_error_t *error)
{
    const char *name = cli->command->name, *route = cli->command->route;
    bool store = grayctl_option_given(cli, "store");

    if (store && grayctl_option_given(cli, "server")) {
        gray_error_set(
            error, GRAY_EINVALID, "--store and --server do not go together");
        return gray_error_hint(
            error, "a server has its own store: leave one of them out");
    }

    if (cli->server == NULL || route == NULL || *route != '\0') {
        return 0;
    }

    gray_error_set(error, GRAY_EINVALID,
        "%s: it is about the files of a machine, which no server does", name);

    return gray_error_hint(error,
        "run it on the machine that has the store, without --server%s",
        grayctl_option_given(cli, "server") ? "" : " and $GRAY_SERVER");
}

static bool
color_on(int fd)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

    return isatty(fd) && (no == NULL || *no == '\0') && term != NULL
           && strcmp(term, "dumb") != 0;
}

/* A person who mistyped must get a JSON error when JSON was asked for, even
 * after the mistake. */
static void
look_ahead(grayctl_t *cli, int argc, char **argv)
{
    int i;

    for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            cli->json = true;
        }
    }
}

int
grayctl_options_parse(
    grayctl_t *cli, int argc, char **argv, char **args, gray_error_t *error)
{
    int i;
    bool only_words = false;
    const char *store = getenv("GRAY_STORE");
    const char *server = getenv("GRAY_SERVER");

    memset(cli, 0, sizeof(*cli));
    cli->args = args;
    cli->group = "";
    cli->store = store && *store ? store : "/var/lib/gray";
    cli->server = server && *server ? server : NULL;
    cli->color = color_on(STDOUT_FILENO);
    cli->color_err = color_on(STDERR_FILENO);
    look_ahead(cli, argc, argv);

    for (i = 1; i < argc; i++) {
        if (only_words || takes_all(cli)) {
            if (take_word(cli, argv[i], true, error) != 0) {
                return -1;
            }

        } else if (strcmp(argv[i], "--") == 0) {
            only_words = true;

        } else if (argv[i][0] == '-' && argv[i][1] != '\0') {
            if (take_option(cli, argc, argv, &i, error) != 0) {
                return -1;
            }

        } else if (asks_for_help(cli, argv[i])) {
            cli->help = true;

        } else if (take_word(cli, argv[i], false, error) != 0) {
            return -1;
        }
    }

    args[cli->nargs] = NULL;

    if (cli->command == NULL || cli->help || cli->version) {
        return 0;
    }

    return check_place(cli, error) != 0 ? -1 : check_arguments(cli, error);
}

bool
grayctl_option_given(const grayctl_t *cli, const char *name)
{
    return grayctl_option_text(cli, name, 0) != NULL;
}

const char *
grayctl_option_text(const grayctl_t *cli, const char *name, unsigned i)
{
    unsigned n;

    for (n = 0; n < cli->nvalues; n++) {
        if (strcmp(cli->values[n].option->name, name) == 0 && i-- == 0) {
            return cli->values[n].text;
        }
    }

    return NULL;
}

uint64_t
grayctl_option_number(const grayctl_t *cli, const char *name, uint64_t fallback)
{
    unsigned n;

    for (n = 0; n < cli->nvalues; n++) {
        if (strcmp(cli->values[n].option->name, name) == 0) {
            fallback = cli->values[n].number;
        }
    }

    return fallback;
}

uint64_t
grayctl_option_seconds(const grayctl_t *cli, const char *name)
{
    return (grayctl_option_number(cli, name, 0) + 999) / 1000;
}
