/* grayctl status: the store, and what the running nginx does with it. */

#include <stdlib.h>
#include <string.h>

#include "control/status.h"
#include "core/decide.h"
#include "done.h"
#include "fields.h"
#include "output.h"
#include "remote.h"
#include "report.h"
#include "variants.h"

/* Errors of a live list that are one column. */
static const gray_count_live_t live_errors[]
    = { GRAY_LIVE_CONNECT_ERRORS, GRAY_LIVE_PROTOCOL_ERRORS, GRAY_LIVE_RESETS };

static bool
has_store(const json_t *status)
{
    return json_is_object(json_object_get(status, "store"));
}

static void
say_store(const grayctl_t *cli, const json_t *status)
{
    char used[32], dir[1024];
    const json_t *store = json_object_get(status, "store");
    const char *name = field_text(status, "dir");
    gray_error_t error;

    if (!has_store(status)) {
        gray_json_read_error(json_object_get(status, "store_error"), &error);
        grayctl_fail(cli, &error);
        return;
    }

    printf("store %s: revision %llu, schema %u, %s KiB, digest %.12s\n",
        gray_escape(dir, sizeof(dir), name, strlen(name)),
        (unsigned long long) field_number(store, "revision"),
        (unsigned) field_number(store, "schema"),
        grayctl_number(used, field_number(store, "file_bytes") / 1024),
        field_text(store, "digest"));
}

/* `release` "": the switch over all. */
static bool
is_off(const json_t *status, const char *release)
{
    size_t i;
    const json_t *one;

    json_array_foreach(json_object_get(status, "switches"), i, one)
    {
        if (field_flag(one, "off")
            && strcmp(field_text(one, "release"), release) == 0) {
            return true;
        }
    }

    return false;
}

static void
say_switches(const grayctl_t *cli, const json_t *status)
{
    size_t i;
    char since[32];
    const json_t *one;
    const char *release;

    json_array_foreach(json_object_get(status, "switches"), i, one)
    {
        release = field_text(one, "release");

        if (field_flag(one, "off")) {
            printf("%skill switch: %s is off%s since %s by uid %u\n",
                grayctl_paint(cli->color, 'r'),
                *release ? release : "every release",
                grayctl_paint(cli->color, 0),
                field_local(since, one, "changed"),
                (unsigned) field_number(one, "uid"));
        }
    }
}

/* --- decisions -------------------------------------------------------------- */

/* Of all variants. */
static uint64_t
sum_reason(const json_t *decisions, gray_reason_t reason)
{
    const char *name;
    uint64_t sum = 0;
    json_t *variant;

    json_object_foreach((json_t *) decisions, name, variant)
    {
        sum += field_number(variant, gray_reason_name(reason));
    }

    return sum;
}

static uint64_t
sum_variant(json_t *variant)
{
    const char *name;
    uint64_t sum = 0;
    json_t *count;

    json_object_foreach(variant, name, count)
    {
        sum += (uint64_t) json_integer_value(count);
    }

    return sum;
}

/* "stable 900, gray 100" */
static void
add_decisions(grayctl_table_t *table, const json_t *decisions)
{
    size_t len = 0;
    const char *name;
    json_t *variant;
    char text[1024] = "-", number[32];

    json_object_foreach((json_t *) decisions, name, variant)
    {
        if (len < sizeof(text)) {
            len += (size_t) snprintf(text + len, sizeof(text) - len, "%s%s %s",
                len > 0 ? ", " : "", name,
                grayctl_number(number, sum_variant(variant)));
        }
    }

    grayctl_table_add(table, text);
}

/* `line` is NULL when only the counters know the release. */
static void
add_release(grayctl_table_t *table, const json_t *status, const char *name,
    const json_t *line)
{
    unsigned i;
    const json_t *decisions = json_object_get(
        json_object_get(json_object_get(status, "counts"), name), "decisions");
    bool off = is_off(status, "") || is_off(status, name);
    static const gray_reason_t reasons[]
        = { GRAY_REASON_TARGETING_MATCH, GRAY_REASON_SPLIT, GRAY_REASON_DEFAULT,
              GRAY_REASON_DISABLED, GRAY_REASON_ERROR };

    grayctl_table_add(table, name);
    grayctl_table_add(table, off ? "off" : "on");
    grayctl_table_paint(table, off ? 'r' : 0);

    if (line != NULL) {
        grayctl_table_variants(table, line);
    } else {
        grayctl_table_add(table, "-");
    }

    add_decisions(table, decisions);

    for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        grayctl_table_number(table, sum_reason(decisions, reasons[i]));
    }

    if (sum_reason(decisions, GRAY_REASON_ERROR) > 0) {
        grayctl_table_paint(table, 'y');
    }
}

static void
say_releases(const grayctl_t *cli, const json_t *status)
{
    size_t i;
    const char *name;
    json_t *line, *counts = json_object_get(status, "counts");
    const json_t *releases = json_object_get(status, "releases");
    grayctl_table_t table;
    static const char *heads[] = { "RELEASE", "SWITCH", "VARIANTS", "DECISIONS",
        ">RULES", ">SPLIT", ">DEFAULT", ">DISABLED", ">ERROR", NULL };

    if (json_array_size(releases) == 0 && json_object_size(counts) == 0) {
        return;
    }

    grayctl_table_begin(&table, cli, heads);

    json_array_foreach(releases, i, line)
    {
        add_release(&table, status, field_text(line, "name"), line);
    }

    /* Without a store the counters still know. */
    json_object_foreach(counts, name, line)
    {
        if (!has_store(status)) {
            add_release(&table, status, name, NULL);
        }
    }

    putchar('\n');
    grayctl_table_end(&table, 0);
}

/* --- responses -------------------------------------------------------------- */

/* "0.43 ms" */
static void
add_time(grayctl_table_t *table, uint64_t us)
{
    if (us < 1000000) {
        grayctl_table_addf(
            table, "%.*f ms", us < 10000 ? 2 : 1, (double) us / 1e3);
    } else {
        grayctl_table_addf(table, "%.2f s", (double) us / 1e6);
    }
}

static void
add_answers(grayctl_table_t *table, const char *release, const char *variant,
    const json_t *one)
{
    double rate = 100.0 * field_share(one, "error_rate");

    grayctl_table_add(table, release);
    grayctl_table_add(table, variant);
    grayctl_table_number(table, field_number(one, "requests"));
    grayctl_table_addf(table, "%.*f %%", rate < 10 ? 2 : 1, rate);
    grayctl_table_paint(table, rate > 0 ? 'y' : 0);
    add_time(table, field_number(one, "p50_us"));
    add_time(table, field_number(one, "p95_us"));
    add_time(table, field_number(one, "p99_us"));
}

/* Of the variants that answered. */
static void
say_answers(const grayctl_t *cli, const json_t *status)
{
    unsigned n = 0;
    const char *release, *variant;
    json_t *variants, *one;
    grayctl_table_t table;
    static const char *heads[] = { "RELEASE", "VARIANT", ">RESPONSES",
        ">ERRORS", ">P50", ">P95", ">P99", NULL };

    grayctl_table_begin(&table, cli, heads);

    json_object_foreach(json_object_get(status, "responses"), release, variants)
    {
        json_object_foreach(variants, variant, one)
        {
            if (field_number(one, "requests") > 0) {
                add_answers(&table, release, variant, one);
                n++;
            }
        }
    }

    if (n == 0) {
        grayctl_table_drop(&table);
        return;
    }

    putchar('\n');
    grayctl_table_end(&table, 0);
}

/* --- lists ------------------------------------------------------------------ */

static uint64_t
live_count(const json_t *live, gray_count_live_t what)
{
    return field_number(live, gray_count_live_name(what));
}

static void
add_live(grayctl_table_t *table, const char *name, const json_t *live)
{
    size_t k;
    uint64_t errors = 0;
    unsigned open = (unsigned) field_number(live, "open_breakers");

    for (k = 0; k < sizeof(live_errors) / sizeof(live_errors[0]); k++) {
        errors += live_count(live, live_errors[k]);
    }

    grayctl_table_add(table, name);
    grayctl_table_number(table, live_count(live, GRAY_LIVE_LOOKUPS));
    grayctl_table_number(table, live_count(live, GRAY_LIVE_HITS));
    grayctl_table_number(table, live_count(live, GRAY_LIVE_MISSES)
                                    + live_count(live, GRAY_LIVE_OTHER_VALUES));
    grayctl_table_number(table, live_count(live, GRAY_LIVE_TIMEOUTS));
    grayctl_table_number(table, errors);
    grayctl_table_number(table, live_count(live, GRAY_LIVE_REFUSED));

    if (open > 0) {
        grayctl_table_addf(table, "open in %u worker%s", open, grayctl_s(open));
        grayctl_table_paint(table, 'r');
    } else {
        grayctl_table_add(table, "closed");
    }
}

static void
say_lives(const grayctl_t *cli, const json_t *status)
{
    const char *name;
    json_t *live, *lives = json_object_get(status, "live_counts");
    grayctl_table_t table;
    static const char *heads[] = { "LIVE LIST", ">LOOKUPS", ">HITS", ">MISSES",
        ">TIMEOUTS", ">ERRORS", ">REFUSED", "BREAKER", NULL };

    if (json_object_size(lives) == 0) {
        return;
    }

    grayctl_table_begin(&table, cli, heads);

    json_object_foreach(lives, name, live)
    {
        add_live(&table, name, live);
    }

    putchar('\n');
    grayctl_table_end(&table, 0);
}

/* --- what runs -------------------------------------------------------------- */

/* The oldest revision that a serving worker has seen. */
static uint64_t
oldest_revision(const json_t *workers)
{
    size_t i;
    const json_t *worker;
    uint64_t revision, oldest = UINT64_MAX;

    json_array_foreach(workers, i, worker)
    {
        revision = field_number(worker, "revision");

        if (!field_flag(worker, "exiting") && revision < oldest) {
            oldest = revision;
        }
    }

    return oldest == UINT64_MAX ? 0 : oldest;
}

static void
say_running(const grayctl_t *cli, const json_t *status)
{
    size_t i;
    char since[32];
    grayctl_table_t table;
    const json_t *workers, *instance;
    const json_t *running = json_object_get(status, "nginx");
    static const char *heads[] = { "NGINX", "VERSION", "MODULE", ">WORKERS",
        ">SEEN REVISION", "SINCE", NULL };

    if (json_array_size(running) == 0) {
        puts(field_flag(status, "counters")
                 ? "\nno nginx worker uses this store now"
                 : "\nno counters file: what nginx does is unknown");
        return;
    }

    grayctl_table_begin(&table, cli, heads);

    json_array_foreach(running, i, instance)
    {
        workers = json_object_get(instance, "workers");
        grayctl_table_addf(
            &table, "master %d", (int) field_number(instance, "master"));
        grayctl_table_add(&table, field_text(instance, "nginx"));
        grayctl_table_add(&table, field_text(instance, "module"));
        grayctl_table_addf(&table, "%zu/%u", json_array_size(workers),
            (unsigned) field_number(instance, "workers_configured"));
        grayctl_table_number(&table, oldest_revision(workers));
        grayctl_table_add(&table, field_local(since, instance, "started"));
    }

    putchar('\n');
    grayctl_table_end(&table, 0);
}

static void
say_remarks(const grayctl_t *cli, const json_t *status)
{
    size_t i;
    char message[2048];
    const json_t *one;
    gray_error_t remark;

    json_array_foreach(json_object_get(status, "remarks"), i, one)
    {
        gray_json_read_error(one, &remark);
        printf("%s%s!%s %s%s%s\n", i == 0 ? "\n" : "",
            grayctl_paint(cli->color, 'y'), grayctl_paint(cli->color, 0),
            remark.place, *remark.place ? ": " : "",
            gray_escape(message, sizeof(message), remark.message,
                strlen(remark.message)));

        if (*remark.hint != '\0') {
            printf("  %s\n", remark.hint);
        }
    }
}

static void
print_text(const grayctl_t *cli, const json_t *status)
{
    say_store(cli, status);
    say_switches(cli, status);
    say_releases(cli, status);
    say_answers(cli, status);
    say_lives(cli, status);
    say_running(cli, status);
    say_remarks(cli, status);
}

static json_t *
get_status(grayctl_t *cli)
{
    json_t *json;
    gray_status_t status;

    if (cli->server != NULL) {
        return grayctl_ask(cli);
    }

    if (gray_control_status(cli->control, &status, &cli->error) != 0) {
        return NULL;
    }

    json = gray_json_status(&status);
    gray_status_free(&status);

    return json;
}

int
grayctl_status(grayctl_t *cli)
{
    int code = GRAYCTL_OK;
    gray_error_t error;
    json_t *status = get_status(cli);

    if (status == NULL) {
        return grayctl_failed(cli);
    }

    if (!has_store(status)) {
        gray_json_read_error(json_object_get(status, "store_error"), &error);
        code = (int) grayctl_exit_code(error.code);
    }

    if (cli->json) {
        grayctl_json_print(json_incref(status));
    } else {
        print_text(cli, status);
    }

    json_decref(status);

    return code;
}
