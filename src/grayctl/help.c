#include <jansson.h>
#include <string.h>

#include "help.h"
#include "output.h"
#include "report.h"
#include "suggest.h"

/* The first minutes, at the top of everything. */
static const char start[]
    = "The first minutes:\n"
      "    grayctl init\n"
      "    grayctl release create shop\n"
      "    grayctl list create testers\n"
      "    grayctl rule add shop qa gray 'device_id in @testers'\n"
      "    grayctl list add testers phone-42\n"
      "    grayctl explain shop device_id=phone-42\n";

static const struct {
    grayctl_exit_t code;
    const char *meaning;
} exits[] = {
    { GRAYCTL_OK, "done" },
    { GRAYCTL_NO, "no: not a member; check or doctor found something" },
    { GRAYCTL_USAGE, "mistyped" },
    { GRAYCTL_NOT_FOUND, "no such release, rule, list or member" },
    { GRAYCTL_CONFLICT, "exists, was changed, is in use, or a guard refused" },
    { GRAYCTL_INVALID, "invalid input" },
    { GRAYCTL_PERMISSION, "no permission, or no store" },
    { GRAYCTL_FULL, "the disk or the store is full" },
    { GRAYCTL_DAMAGED, "damaged, replaced, or of another schema" },
    { GRAYCTL_TIMEOUT,
        "workers did not confirm, or a server did not answer, in time" },
    { GRAYCTL_FAILED, "any other failure" },
};

static const char *
bold(FILE *out, const grayctl_t *cli, bool on)
{
    return grayctl_paint(
        out == stdout ? cli->color : cli->color_err, on ? 'b' : 0);
}

/* Two columns: `left` and what it means. */
static void
print_line(FILE *out, const char *left, const char *right)
{
    int pad = 30 - (int) strlen(left);

    if (pad < 2) {
        fprintf(out, "    %s\n%*s%s\n", left, 34, "", right);
    } else {
        fprintf(out, "    %s%*s%s\n", left, pad, "", right);
    }
}

static void
print_options(FILE *out, const grayctl_option_t *option)
{
    char left[80];

    for (; option != NULL && option->name != NULL; option++) {
        snprintf(left, sizeof(left), "--%s%s%s", option->name,
            option->value ? " " : "", option->value ? option->value : "");
        print_line(out, left, option->help);
    }
}

static bool
same_word(const char *a, const char *b)
{
    size_t len = strcspn(a, " ");

    return len == strcspn(b, " ") && strncmp(a, b, len) == 0;
}

/* Whether other commands begin with its first word: `link` has `link ls`. */
static bool
is_grouped(const char *name)
{
    int n = 0;
    const grayctl_command_t *command;

    for (command = grayctl_commands; command->name != NULL; command++) {
        n += same_word(command->name, name);
    }

    return n > 1;
}

/* The commands that start with `group`, "" for all. */
static void
print_commands(FILE *out, const char *group)
{
    size_t len = strlen(group);
    const char *name, *last = "";
    const grayctl_command_t *command;

    for (command = grayctl_commands; command->name != NULL; command++) {
        char left[128];

        name = command->name;

        if (name[0] == '_' || strncmp(name, group, len) != 0
            || (len > 0 && name[len] != ' '))
        {
            continue;
        }

        /* A line between groups. */
        if (len == 0 && *last != '\0' && !same_word(name, last)
            && (is_grouped(name) || is_grouped(last)))
        {
            fputc('\n', out);
        }

        snprintf(left, sizeof(left), "%s%s%s", name,
            *command->arguments ? " " : "", command->arguments);
        print_line(out, left, command->help);
        last = name;
    }
}

static void
print_program(const grayctl_t *cli, FILE *out)
{
    size_t i;

    fprintf(out,
        "grayctl: who gets the new version, changed at run time.\n\n%s\n"
        "%sUsage:%s grayctl [OPTION...] COMMAND [ARGUMENT...]\n\n"
        "%sCommands:%s\n",
        start, bold(out, cli, true), bold(out, cli, false),
        bold(out, cli, true), bold(out, cli, false));
    print_commands(out, "");
    fprintf(out, "\n%sOptions of every command:%s\n", bold(out, cli, true),
        bold(out, cli, false));
    print_options(out, grayctl_globals);
    fprintf(out, "\n%sExit codes:%s\n", bold(out, cli, true),
        bold(out, cli, false));

    for (i = 0; i < sizeof(exits) / sizeof(exits[0]); i++) {
        fprintf(out, "    %2d  %s\n", exits[i].code, exits[i].meaning);
    }

    fputs("\ngrayctl help COMMAND explains one command; man grayctl has "
          "all.\n",
        out);
}

static void
print_command(const grayctl_t *cli, const grayctl_command_t *command, FILE *out)
{
    bool options = command->options != NULL;

    fprintf(out, "grayctl %s: %s\n\n%sUsage:%s grayctl %s%s%s%s\n",
        command->name, command->help, bold(out, cli, true),
        bold(out, cli, false), command->name, *command->arguments ? " " : "",
        command->arguments, options ? " [OPTION...]" : "");

    if (grayctl_command_group(command->name)) {
        fprintf(
            out, "\n%sMore:%s\n", bold(out, cli, true), bold(out, cli, false));
        print_commands(out, command->name);
    }

    if (options) {
        fprintf(out, "\n%sOptions:%s\n", bold(out, cli, true),
            bold(out, cli, false));
        print_options(out, command->options);
    }

    fprintf(out, "\n%sOptions of every command:%s\n", bold(out, cli, true),
        bold(out, cli, false));
    print_options(out, grayctl_globals);
}

static json_t *
options_json(const grayctl_option_t *option)
{
    json_t *list = json_array();

    for (; option != NULL && option->name != NULL; option++) {
        json_array_append_new(
            list, json_pack("{s:s, s:s?, s:s}", "name", option->name, "value",
                      option->value, "help", option->help));
    }

    return list;
}

static json_t *
commands_json(void)
{
    size_t i;
    const grayctl_command_t *command;
    json_t *commands = json_array(), *codes = json_object();
    char code[16];

    for (command = grayctl_commands; command->name != NULL; command++) {
        if (command->name[0] != '_') {
            json_array_append_new(commands,
                json_pack("{s:s, s:s, s:s, s:o, s:s?}", "name", command->name,
                    "arguments", command->arguments, "help", command->help,
                    "options", options_json(command->options), "route",
                    command->route));
        }
    }

    for (i = 0; i < sizeof(exits) / sizeof(exits[0]); i++) {
        snprintf(code, sizeof(code), "%d", exits[i].code);
        json_object_set_new(codes, code, json_string(exits[i].meaning));
    }

    return json_pack("{s:o, s:o, s:o}", "commands", commands, "options",
        options_json(grayctl_globals), "exit_codes", codes);
}

static void
print_topic(const grayctl_t *cli, const grayctl_command_t *command,
    const char *group, FILE *out)
{
    if (command != NULL) {
        print_command(cli, command, out);

    } else if (*group != '\0') {
        fprintf(out, "%sUsage:%s grayctl %s COMMAND [ARGUMENT...]\n\n",
            bold(out, cli, true), bold(out, cli, false), group);
        print_commands(out, group);
        fprintf(out, "\ngrayctl help %s COMMAND explains one.\n", group);

    } else {
        print_program(cli, out);
    }
}

int
grayctl_help_print(const grayctl_t *cli, FILE *out)
{
    if (cli->json && out == stdout) {
        return grayctl_json_print(commands_json());
    }

    print_topic(cli, cli->command, cli->group, out);

    return GRAYCTL_OK;
}

/* `grayctl help list add`. */
int
grayctl_help(grayctl_t *cli)
{
    int i;
    size_t len;
    char near[64], name[128] = "", group[128] = "";
    const grayctl_command_t *command = NULL;

    if (cli->json) {
        return grayctl_json_print(commands_json());
    }

    for (i = 0; i < cli->nargs; i++) {
        if (command != NULL && !grayctl_command_group(command->name)) {
            break;
        }

        snprintf(group, sizeof(group), "%s", name);
        len = strlen(name);
        snprintf(name + len, sizeof(name) - len, "%s%s", len ? " " : "",
            cli->args[i]);
        command = grayctl_command_find(name);

        if (command == NULL && !grayctl_command_group(name)) {
            gray_error_set(
                &cli->error, GRAY_EINVALID, "unknown command '%s'", name);

            if (grayctl_suggest_command(
                    group, cli->args[i], near, sizeof(near))) {
                gray_error_hint(&cli->error,
                    "did you mean 'grayctl help "
                    "%s%s%s'?",
                    group, *group ? " " : "", near);
            }

            return grayctl_misused(cli, &cli->error);
        }
    }

    print_topic(cli, command, name, stdout);

    return GRAYCTL_OK;
}

int
grayctl_commands_run(grayctl_t *cli)
{
    (void) cli;

    return grayctl_json_print(commands_json());
}
