/*
 * One call of grayctl: what was typed, and the table of commands.
 *
 * main() fills a grayctl_t from the words typed (options.h) and calls the
 * command's function, which only reads arguments, calls src/control and
 * prints. It returns the exit code.
 */

#ifndef GRAYCTL_COMMAND_H
#define GRAYCTL_COMMAND_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "control/control.h"
#include "control/dry_run.h"
#include "control/errors.h"
#include "core/error.h"

/* The exit codes; docs/grayctl.md has the same table. */
typedef enum {
    GRAYCTL_OK = 0,
    GRAYCTL_NO = 1, /* has: not a member; check, doctor: a problem */
    GRAYCTL_USAGE = 2,
    GRAYCTL_NOT_FOUND = 3,
    GRAYCTL_CONFLICT = 4, /* exists, changed meanwhile, in use, a guard */
    GRAYCTL_INVALID = 5,
    GRAYCTL_PERMISSION = 6, /* or no store */
    GRAYCTL_FULL = 7,
    GRAYCTL_DAMAGED = 8, /* or replaced, or another schema */
    GRAYCTL_TIMEOUT = 9,
    GRAYCTL_FAILED = 70
} grayctl_exit_t;

/* How main opens the store before the command's function is called. */
typedef enum {
    GRAYCTL_CLOSED = 0, /* not at all                               */
    GRAYCTL_READ,
    GRAYCTL_WRITE,
    GRAYCTL_READ_PARTLY, /* what can be opened: gray_control_open_partly */
    GRAYCTL_WRITE_PARTLY
} grayctl_access_t;

/* What an option's value is. */
typedef enum {
    GRAYCTL_FLAG = 0, /* none                                      */
    GRAYCTL_TEXT,
    GRAYCTL_COUNT,    /* 200000                     value: itself  */
    GRAYCTL_DURATION, /* 500ms, 5s, 30m, 24h, 7d    value: ms      */
    GRAYCTL_PERCENT   /* 20, 20%, 0.5%              value: 0.001 % */
} grayctl_kind_t;

typedef struct {
    const char *name; /* without the dashes                        */
    grayctl_kind_t kind;
    const char *value; /* its name in the help; NULL: a flag        */
    const char *help;
    char complete; /* as in grayctl_command_t.complete          */
} grayctl_option_t;

/* A command about the files of the machine that it runs on. */
#define GRAYCTL_HERE ""

typedef struct grayctl_s grayctl_t;

typedef struct {
    const char *name; /* "list import"                             */

    /* "NAME MEMBER... [FILE|-]": how many are needed and allowed follows
     * from it; WORD|--option may be left out. */
    const char *arguments;

    const char *help; /* one line                                  */

    /* What completes each argument, a letter each, the last one for all that
     * follow (complete.c has the table): r release, l list, L live list, u
     * rule, v variant, a attribute=, K link, k command, f file, d folder, g group,
     * i kind of list, s shell,
     * w variant=, b attribute to divide by; '-': nothing. */
    const char *complete;

    const grayctl_option_t *options; /* ends with a NULL name; may be NULL */
    grayctl_access_t access;
    int (*run)(grayctl_t *cli);

    const char *missing; /* the hint when an argument is missing; or NULL */

    /* The request that does it on a server (remote.h). GRAYCTL_HERE: only this
     * machine can; NULL: it needs neither store nor server. */
    const char *route;
} grayctl_command_t;

/* The most options one call may have, repeated ones included. */
#define GRAYCTL_OPTIONS_MAX 64

typedef struct {
    const grayctl_option_t *option;
    const char *text; /* as typed; "" for a flag                   */
    uint64_t number;
} grayctl_value_t;

struct grayctl_s {
    const grayctl_command_t *command; /* NULL until known              */
    const char *group; /* the first word of two, e.g. "list"; or "" */
    int nargs;
    char **args; /* NULL-terminated                           */
    unsigned nvalues;
    grayctl_value_t values[GRAYCTL_OPTIONS_MAX];

    const char *store;  /* never NULL                                */
    const char *server; /* an address, in place of the store; or NULL */
    bool json;
    bool quiet;
    bool help;
    bool version;
    bool color;     /* of stdout                                 */
    bool color_err; /* of stderr                                 */
    bool has_revision;
    uint64_t if_revision;

    gray_control_t *control; /* opened as command->access says           */
    gray_dry_run_t *dry_run; /* --dry-run of a change; see dry_run.h     */
    struct grayctl_remote_s *remote; /* with --server: remote.h          */
    gray_error_t error;   /* for the command's function to use        */
    gray_errors_t errors; /* several, instead of one: when n > 0      */
};

/* The commands, ending with a NULL name; hidden ones start with "__". */
extern const grayctl_command_t grayctl_commands[];

/* The options every command has, ending with a NULL name. */
extern const grayctl_option_t grayctl_globals[];

/* The command whose whole name this is, or NULL. */
const grayctl_command_t *grayctl_command_find(const char *name);

/* The command whose name is this one's and the word, such as "link revoke" of
 * "link", or NULL. */
const grayctl_command_t *grayctl_command_longer(
    const grayctl_command_t *command, const char *word);

/* Whether some command's name starts with these words and goes on. */
bool grayctl_command_group(const char *words);

/* How many arguments a command takes; *most is INT_MAX for "...". */
int grayctl_command_least(const grayctl_command_t *command, int *most);

/* The name of argument i, as the usage has it, in `word`. */
void grayctl_command_argument(
    const grayctl_command_t *command, int i, char *word, size_t size);

/* The command functions, one file each: cmd_*.c. */
int grayctl_apply(grayctl_t *cli);
int grayctl_backup(grayctl_t *cli);
int grayctl_check(grayctl_t *cli);
int grayctl_commands_run(grayctl_t *cli);
int grayctl_complete(grayctl_t *cli);
int grayctl_completion(grayctl_t *cli);
int grayctl_doctor(grayctl_t *cli);
int grayctl_explain(grayctl_t *cli);
int grayctl_help(grayctl_t *cli);
int grayctl_init(grayctl_t *cli);
int grayctl_link(grayctl_t *cli);
int grayctl_link_ls(grayctl_t *cli);
int grayctl_link_revoke(grayctl_t *cli);
int grayctl_link_rotate(grayctl_t *cli);
int grayctl_list_add(grayctl_t *cli);
int grayctl_list_create(grayctl_t *cli);
int grayctl_list_drop(grayctl_t *cli);
int grayctl_list_export(grayctl_t *cli);
int grayctl_list_has(grayctl_t *cli);
int grayctl_list_import(grayctl_t *cli);
int grayctl_list_ls(grayctl_t *cli);
int grayctl_list_purge(grayctl_t *cli);
int grayctl_list_rm(grayctl_t *cli);
int grayctl_log(grayctl_t *cli);
int grayctl_migrate(grayctl_t *cli);
int grayctl_off(grayctl_t *cli);
int grayctl_on(grayctl_t *cli);
int grayctl_promote(grayctl_t *cli);
int grayctl_release_create(grayctl_t *cli);
int grayctl_release_get(grayctl_t *cli);
int grayctl_release_ls(grayctl_t *cli);
int grayctl_release_reshuffle(grayctl_t *cli);
int grayctl_release_rm(grayctl_t *cli);
int grayctl_release_set(grayctl_t *cli);
int grayctl_replay(grayctl_t *cli);
int grayctl_restore(grayctl_t *cli);
int grayctl_rule_add(grayctl_t *cli);
int grayctl_rule_ls(grayctl_t *cli);
int grayctl_rule_mv(grayctl_t *cli);
int grayctl_rule_rename(grayctl_t *cli);
int grayctl_rule_rm(grayctl_t *cli);
int grayctl_status(grayctl_t *cli);
int grayctl_watch(grayctl_t *cli);
int grayctl_weight(grayctl_t *cli);

#endif
