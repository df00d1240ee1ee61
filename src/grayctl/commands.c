/* The table of commands: help, completion and the manual follow it. */

#include "command.h"
#include "dry_run.h"

const grayctl_option_t grayctl_globals[] = {
    { "store", GRAYCTL_TEXT, "DIR",
        "the store's folder (default: $GRAY_STORE or /var/lib/gray)", 'd' },
    { "server", GRAYCTL_TEXT, "URL",
        "ask this grayd instead (default: $GRAY_SERVER)", '-' },
    { "token-file", GRAYCTL_TEXT, "FILE",
        "the server's token (default: $GRAY_TOKEN)", 'f' },
    { "ca", GRAYCTL_TEXT, "FILE",
        "whom to trust for https (default: $GRAY_CA, the system's)", 'f' },
    { "wait", GRAYCTL_DURATION, "TIME",
        "how long for a server's answer (default: 30s)", '-' },
    { "json", GRAYCTL_FLAG, NULL, "print JSON, errors too", 0 },
    { "if-revision", GRAYCTL_COUNT, "N",
        "change only when the store is still at revision N", '-' },
    { "quiet", GRAYCTL_FLAG, NULL, "print only errors and what was asked for",
        0 },
    { "no-color", GRAYCTL_FLAG, NULL, "no colour (also: NO_COLOR)", 0 },
    { "help", GRAYCTL_FLAG, NULL, "explain the command", 0 },
    { "version", GRAYCTL_FLAG, NULL, "print the version", 0 }, { 0 }
};

static const grayctl_option_t init_options[]
    = { { "group", GRAYCTL_TEXT, "GROUP",
            "the workers' group (default: that of nginx's user)", 'g' },
          { 0 } };

static const grayctl_option_t force_release[]
    = { { "force", GRAYCTL_FLAG, NULL, "even when a running nginx uses it", 0 },
          { 0 } };

static const grayctl_option_t place_options[] = {
    { "first", GRAYCTL_FLAG, NULL, "before all other rules", 0 },
    { "before", GRAYCTL_TEXT, "NAME", "before this rule (default: last)", 'u' },
    { 0 }
};

static const grayctl_option_t rule_add_options[] = {
    { "first", GRAYCTL_FLAG, NULL, "before all other rules", 0 },
    { "before", GRAYCTL_TEXT, "NAME", "before this rule (default: last)", 'u' },
    { "by", GRAYCTL_TEXT, "ATTRIBUTE,...",
        "of a split: divide by the first of these (default: as the release)",
        'b' },
    GRAYCTL_DRY_RUN_OPTIONS, { 0 }
};

static const grayctl_option_t weight_options[]
    = { { "by", GRAYCTL_TEXT, "ATTRIBUTE,...",
            "divide people by the first of these that is present", 'b' },
          { "rule", GRAYCTL_TEXT, "NAME", "the split of this rule", 'u' },
          GRAYCTL_DRY_RUN_OPTIONS, { 0 } };

static const grayctl_option_t list_create_options[]
    = { { "kind", GRAYCTL_TEXT, "KIND",
            "string (default), or ip: addresses and blocks", 'i' },
          { "live", GRAYCTL_FLAG, NULL,
              "it stands in memcached and is asked at request time", 0 },
          { 0 } };

static const grayctl_option_t list_add_options[]
    = { { "ttl", GRAYCTL_DURATION, "TIME",
            "forget the members after 24h, 7d, ...", '-' },
          { "note", GRAYCTL_TEXT, "TEXT", "a note kept with the members", '-' },
          { 0 } };

static const grayctl_option_t list_import_options[] = {
    { "replace", GRAYCTL_FLAG, NULL,
        "the input becomes the whole list, in one step", 0 },
    { "min", GRAYCTL_COUNT, "N", "refuse when fewer members result", '-' },
    { "max", GRAYCTL_COUNT, "N", "refuse when more members result", '-' },
    { "max-change", GRAYCTL_PERCENT, "PERCENT",
        "refuse when the count changes by more, such as 20%", '-' },
    { "ttl", GRAYCTL_DURATION, "TIME", "forget the members after 24h, 7d, ...",
        '-' },
    { "strict", GRAYCTL_FLAG, NULL, "refuse the input when a line is bad", 0 },
    { "csv", GRAYCTL_TEXT, "COLUMN",
        "the input is CSV; the identities are in this column", '-' },
    { "csv-expiry", GRAYCTL_TEXT, "COLUMN",
        "of CSV: the column of the expiries", '-' },
    { "csv-note", GRAYCTL_TEXT, "COLUMN", "of CSV: the column of the notes",
        '-' },
    { 0 }
};

static const grayctl_option_t list_ls_options[] = {
    { "limit", GRAYCTL_COUNT, "N", "the first N members (default: 50)", '-' },
    { "after", GRAYCTL_TEXT, "MEMBER", "go on after this member", '-' }, { 0 }
};

static const grayctl_option_t restore_options[]
    = { { "group", GRAYCTL_TEXT, "GROUP",
            "the workers' group (default: that of the store)", 'g' },
          { 0 } };

static const grayctl_option_t force_list[] = {
    { "force", GRAYCTL_FLAG, NULL, "even when a rule or an nginx uses it", 0 },
    { 0 }
};

static const grayctl_option_t switch_options[]
    = { { "all", GRAYCTL_FLAG, NULL, "the switch over all releases", 0 },
          { "timeout", GRAYCTL_DURATION, "TIME",
              "wait so long for the workers (default: 5s)", '-' },
          { 0 } };

static const grayctl_option_t explain_options[]
    = { { "live", GRAYCTL_TEXT, "LIST=ANSWER",
            "a live list's answer: yes, no or unknown", 'L' },
          { "at", GRAYCTL_TEXT, "TIME", "as at this time, 2026-01-31T12:00:00Z",
              '-' },
          { "log", GRAYCTL_TEXT, "LINE",
              "a request of the access log: is it the same now?", '-' },
          { 0 } };

static const grayctl_option_t replay_options[]
    = { { "file", GRAYCTL_TEXT, "FILE",
            "the proposed document (default: what the log says)", 'f' },
          { "live", GRAYCTL_TEXT, "LIST=ANSWER",
              "a live list's answer: yes, no or unknown", 'L' },
          { 0 } };

static const grayctl_option_t link_options[] = {
    { "ttl", GRAYCTL_DURATION, "TIME", "how long it lives (default: 2h)", '-' },
    { "host", GRAYCTL_TEXT, "HOST", "good only there, and part of the address",
        '-' },
    { "path", GRAYCTL_TEXT, "PATH", "the address's path (default: /)", '-' },
    { "scheme", GRAYCTL_TEXT, "SCHEME", "https (default), or http", '-' },
    { "param", GRAYCTL_TEXT, "NAME",
        "the parameter (default: what the running nginx takes)", '-' },
    { "qr", GRAYCTL_FLAG, NULL, "print the address as a QR code, too", 0 },
    { 0 }
};

static const grayctl_option_t link_revoke_options[]
    = { { "all", GRAYCTL_FLAG, NULL, "every link: both keys are replaced", 0 },
          { 0 } };

static const grayctl_option_t release_set_options[]
    = { GRAYCTL_DRY_RUN_OPTIONS, { 0 } };

static const grayctl_option_t log_options[] = {
    { "limit", GRAYCTL_COUNT, "N", "the newest N changes (default: 20)", '-' },
    { "release", GRAYCTL_TEXT, "NAME", "only changes of this release", 'r' },
    { "list", GRAYCTL_TEXT, "NAME", "only changes of this list", 'l' }, { 0 }
};

static const grayctl_option_t watch_options[] = {
    { "interval", GRAYCTL_DURATION, "TIME",
        "look again after this (default: 1s)", '-' },
    { "once", GRAYCTL_FLAG, NULL, "print what one interval shows, and end", 0 },
    { "count", GRAYCTL_COUNT, "N", "the same for N intervals", '-' }, { 0 }
};

static const grayctl_option_t check_options[]
    = { { "repair", GRAYCTL_FLAG, NULL,
            "rebuild what follows from something else, then check", 0 },
          { 0 } };

static const grayctl_option_t doctor_options[]
    = { { "nginx", GRAYCTL_TEXT, "PROGRAM",
            "the nginx to look at (default: nginx)", 'f' },
          { "conf", GRAYCTL_TEXT, "FILE",
              "its configuration (default: the one it was built for)", 'f' },
          { 0 } };

static const grayctl_option_t apply_options[] = {
    { "dry-run", GRAYCTL_FLAG, NULL, "only say what would change", 0 },
    { "force", GRAYCTL_FLAG, NULL, "remove even what a running nginx uses", 0 },
    { 0 }
};

const grayctl_command_t grayctl_commands[] = {
    { "init", "", "make the store", "", init_options, GRAYCTL_CLOSED,
        grayctl_init, NULL, GRAYCTL_HERE },

    { "release create", "NAME [VARIANT...]",
        "make a release (variants: stable gray)", "-", NULL, GRAYCTL_WRITE,
        grayctl_release_create, "name it, such as: grayctl release create shop",
        "POST /v1/releases/{0}" },
    { "release set", "NAME [FILE|-]", "replace a release's document", "rf",
        release_set_options, GRAYCTL_WRITE, grayctl_release_set, NULL,
        "PUT /v1/releases/{0}?dry-run" },
    { "release get", "NAME", "print a release's document", "r", NULL,
        GRAYCTL_READ, grayctl_release_get, NULL, "GET /v1/releases/{0}" },
    { "release ls", "", "list the releases", "", NULL, GRAYCTL_READ,
        grayctl_release_ls, NULL, "GET /v1/releases" },
    { "release rm", "NAME", "remove a release", "r", force_release,
        GRAYCTL_WRITE, grayctl_release_rm, NULL,
        "DELETE /v1/releases/{0}?force" },
    { "release reshuffle", "NAME",
        "draw a new salt: the weights stay, other people get them", "r", NULL,
        GRAYCTL_WRITE, grayctl_release_reshuffle, NULL,
        "POST /v1/releases/{0}/reshuffle" },

    { "weight", "RELEASE VARIANT=PERCENT...",
        "set how large a part gets a variant", "rw", weight_options,
        GRAYCTL_WRITE, grayctl_weight,
        "such as: grayctl weight %s gray=5 --by device_id,user",
        "PATCH /v1/releases/{0}/weight?dry-run" },
    { "promote", "RELEASE VARIANT", "give everyone the variant", "rv", NULL,
        GRAYCTL_WRITE, grayctl_promote, NULL, "POST /v1/releases/{0}/promote" },

    { "rule add", "RELEASE NAME VARIANT|SPLIT CONDITION",
        "add a rule: who gets the variant", "r-v-", rule_add_options,
        GRAYCTL_WRITE, grayctl_rule_add,
        "such as: grayctl rule add shop qa gray 'device_id in @testers'",
        "POST /v1/releases/{0}/rules?dry-run" },
    { "rule rm", "RELEASE NAME", "remove a rule", "ru", NULL, GRAYCTL_WRITE,
        grayctl_rule_rm, NULL, "DELETE /v1/releases/{0}/rules/{1}" },
    { "rule mv", "RELEASE NAME", "move a rule", "ru", place_options,
        GRAYCTL_WRITE, grayctl_rule_mv, NULL,
        "PATCH /v1/releases/{0}/rules/{1}" },
    { "rule rename", "RELEASE NAME NEW-NAME", "rename a rule; its people stay",
        "ru-", NULL, GRAYCTL_WRITE, grayctl_rule_rename, NULL,
        "PATCH /v1/releases/{0}/rules/{1}" },
    { "rule ls", "RELEASE", "list a release's rules, in order", "r", NULL,
        GRAYCTL_READ, grayctl_rule_ls, NULL, "GET /v1/releases/{0}/rules" },

    { "list create", "NAME", "make a list of identities", "-",
        list_create_options, GRAYCTL_WRITE, grayctl_list_create,
        "name it, such as: grayctl list create testers", "POST /v1/lists/{0}" },
    { "list add", "NAME MEMBER...", "add members", "l-", list_add_options,
        GRAYCTL_WRITE, grayctl_list_add, NULL, "POST /v1/lists/{0}/members" },
    { "list rm", "NAME MEMBER...", "remove members", "l-", NULL, GRAYCTL_WRITE,
        grayctl_list_rm, "to remove the whole list: grayctl list drop %s",
        "DELETE /v1/lists/{0}/members" },
    { "list import", "NAME [FILE|-]", "add members from a file, one a line",
        "lf", list_import_options, GRAYCTL_WRITE, grayctl_list_import, NULL,
        "POST "
        "/v1/lists/{0}/"
        "import?replace&min&max&max-change&ttl&strict&csv&csv-expiry&csv-"
        "note" },
    { "list export", "NAME", "print the members, one a line", "l", NULL,
        GRAYCTL_READ, grayctl_list_export, NULL, "GET /v1/lists/{0}/export" },
    { "list has", "NAME MEMBER...", "tell whether they are members", "l-", NULL,
        GRAYCTL_READ, grayctl_list_has, NULL, "GET /v1/lists/{0}/members/{1}" },
    { "list ls", "[NAME]", "list the lists, or one list's members", "l",
        list_ls_options, GRAYCTL_READ, grayctl_list_ls, NULL,
        "GET /v1/lists/{0}/members|GET /v1/lists" },
    { "list drop", "NAME", "remove a whole list", "l", force_list,
        GRAYCTL_WRITE, grayctl_list_drop, NULL, "DELETE /v1/lists/{0}?force" },
    { "list purge", "", "delete expired members and leftovers now", "", NULL,
        GRAYCTL_WRITE, grayctl_list_purge, NULL, "POST /v1/purge" },

    { "off", "RELEASE|--all", "everyone gets the default variant, at once", "r",
        switch_options, GRAYCTL_WRITE_PARTLY, grayctl_off,
        "name a release, or --all for every release",
        "POST /v1/releases/{0}/off|POST /v1/off" },
    { "on", "RELEASE|--all", "take the kill switch back", "r", switch_options,
        GRAYCTL_WRITE_PARTLY, grayctl_on,
        "name a release, or --all for the switch over all",
        "POST /v1/releases/{0}/on|POST /v1/on" },

    { "link", "RELEASE VARIANT", "make a signed link that forces a variant",
        "rv", link_options, GRAYCTL_WRITE, grayctl_link,
        "such as: grayctl link shop gray --ttl 2h --host shop.example.com",
        "POST /v1/links" },
    { "link ls", "", "list the links that have not expired", "", NULL,
        GRAYCTL_READ, grayctl_link_ls, NULL, "GET /v1/links" },
    { "link revoke", "LINK|--all", "take a link back, by its id or token", "K",
        link_revoke_options, GRAYCTL_WRITE, grayctl_link_revoke, NULL,
        "DELETE /v1/links/{0}|POST /v1/links/revoke-all" },
    { "link rotate", "", "make a new key that signs", "", NULL, GRAYCTL_WRITE,
        grayctl_link_rotate, NULL, "POST /v1/links/rotate" },

    { "explain", "RELEASE|--log [ATTRIBUTE=VALUE...]",
        "which variant a request gets, and why", "ra", explain_options,
        GRAYCTL_READ, grayctl_explain, NULL, "POST /v1/releases/{0}/explain" },
    { "replay", "RELEASE [LOG|-]",
        "who would get another variant, of recorded requests", "rf",
        replay_options, GRAYCTL_READ, grayctl_replay, NULL,
        "POST /v1/releases/{0}/replay" },

    { "log", "", "who changed what, newest first", "", log_options,
        GRAYCTL_READ, grayctl_log, NULL, "GET /v1/audit?release&list" },
    { "status", "", "the store, and what the running nginx does", "", NULL,
        GRAYCTL_READ_PARTLY, grayctl_status, NULL, "GET /v1/status" },
    { "watch", "[RELEASE]", "requests, errors and times, as they happen", "r",
        watch_options, GRAYCTL_READ_PARTLY, grayctl_watch, NULL,
        "GET /v1/events" },
    { "check", "", "verify every record and checksum", "", check_options,
        GRAYCTL_CLOSED, grayctl_check, NULL, GRAYCTL_HERE },
    { "doctor", "", "find what is set up wrong, and say what to type", "",
        doctor_options, GRAYCTL_CLOSED, grayctl_doctor, NULL, GRAYCTL_HERE },

    { "backup", "DIR", "copy the store to a new folder, while in use", "d",
        NULL, GRAYCTL_READ, grayctl_backup, NULL, GRAYCTL_HERE },
    { "restore", "DIR", "put a backup in the store's place", "d",
        restore_options, GRAYCTL_CLOSED, grayctl_restore, NULL, GRAYCTL_HERE },
    { "apply", "DIR", "make the store equal to a folder of documents", "d",
        apply_options, GRAYCTL_WRITE, grayctl_apply, NULL,
        "POST /v1/apply?dry-run&force" },
    { "migrate", "", "bring an older store to this version", "", NULL,
        GRAYCTL_CLOSED, grayctl_migrate, NULL, GRAYCTL_HERE },

    { "completion", "SHELL", "print the shell's completion: bash or zsh", "s",
        NULL, GRAYCTL_CLOSED, grayctl_completion, NULL, NULL },
    { "help", "[COMMAND...]", "explain a command", "k", NULL, GRAYCTL_CLOSED,
        grayctl_help, NULL, NULL },

    { "__commands", "", "", "", NULL, GRAYCTL_CLOSED, grayctl_commands_run,
        NULL, NULL },
    { "__complete", "[WORD...]", "", "-", NULL, GRAYCTL_CLOSED,
        grayctl_complete, NULL, NULL },
    { 0 }
};
