/* grayctl status: the store, and what the running nginx does with it. */

#include <stdlib.h>
#include <string.h>

#include "control/status.h"
#include "core/decide.h"
#include "done.h"
#include "output.h"
#include "report.h"
#include "variants.h"

/* Errors of a live list that are one column. */
static const gray_count_live_t live_errors[]
    = { GRAY_LIVE_CONNECT_ERRORS, GRAY_LIVE_PROTOCOL_ERRORS, GRAY_LIVE_RESETS };

static void
say_store(const grayctl_t *cli, const gray_status_t *status)
{
    char used[32];

    if (!status->has_store) {
        grayctl_fail(cli, &status->store_error);
        return;
    }

    printf("store %s: revision %llu, schema %u, %s KiB, digest %.12s\n",
        status->dir, (unsigned long long) status->info.revision,
        status->info.schema,
        grayctl_number(used, status->info.file_size / 1024), status->digest);
}

static bool
is_off(const gray_status_t *status, const char *release)
{
    unsigned i;

    for (i = 0; i < status->nswitches; i++) {
        if (status->switches[i].off
            && strcmp(status->switches[i].release, release) == 0)
        {
            return true;
        }
    }

    return false;
}

static void
say_switches(const grayctl_t *cli, const gray_status_t *status)
{
    unsigned i;
    char since[32];
    const gray_switch_t *one;

    for (i = 0; i < status->nswitches; i++) {
        one = &status->switches[i];

        if (one->off) {
            printf("%skill switch: %s is off%s since %s by uid %u\n",
                grayctl_paint(cli->color, 'r'),
                *one->release ? one->release : "every release",
                grayctl_paint(cli->color, 0),
                grayctl_time(since, one->time / 1000), one->uid);
        }
    }
}

/* --- decisions -------------------------------------------------------------- */

static uint64_t
sum_reason(const gray_release_counts_t *counts, unsigned reason)
{
    unsigned v;
    uint64_t sum = 0;

    for (v = 0; v < counts->nvariants; v++) {
        sum += counts->decisions[v][reason];
    }

    return sum;
}

/* "stable 900, gray 100" */
static void
add_decisions(grayctl_table_t *table, const gray_release_counts_t *counts)
{
    unsigned v, r;
    size_t len = 0;
    uint64_t sum;
    char text[1024] = "-", number[32];

    for (v = 0; v < counts->nvariants && len < sizeof(text); v++) {
        sum = 0;

        for (r = 0; r < GRAY_COUNTERS_REASONS; r++) {
            sum += counts->decisions[v][r];
        }

        len += snprintf(text + len, sizeof(text) - len, "%s%s %s",
            v > 0 ? ", " : "", counts->variants[v],
            grayctl_number(number, sum));
    }

    grayctl_table_add(table, text);
}

static const gray_release_counts_t *
find_counts(const gray_status_t *status, const char *release)
{
    unsigned i;

    for (i = 0; i < status->nrelease_counts; i++) {
        if (strcmp(status->release_counts[i].name, release) == 0) {
            return &status->release_counts[i];
        }
    }

    return NULL;
}

/* `line` is NULL when only the counters know the release. */
static void
add_release(grayctl_table_t *table, const gray_status_t *status,
    const char *name, const gray_release_line_t *line)
{
    unsigned i;
    static const gray_release_counts_t none;
    const gray_release_counts_t *counts = find_counts(status, name);
    bool off = is_off(status, "") || is_off(status, name);
    static const gray_reason_t reasons[]
        = { GRAY_REASON_TARGETING_MATCH, GRAY_REASON_SPLIT, GRAY_REASON_DEFAULT,
              GRAY_REASON_DISABLED, GRAY_REASON_ERROR };

    counts = counts ? counts : &none;
    grayctl_table_add(table, name);
    grayctl_table_add(table, off ? "off" : "on");
    grayctl_table_paint(table, off ? 'r' : 0);

    if (line != NULL) {
        grayctl_table_variants(table, line);
    } else {
        grayctl_table_add(table, "-");
    }

    add_decisions(table, counts);

    for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        grayctl_table_number(table, sum_reason(counts, reasons[i]));
    }

    if (sum_reason(counts, GRAY_REASON_ERROR) > 0) {
        grayctl_table_paint(table, 'y');
    }
}

static void
say_releases(const grayctl_t *cli, const gray_status_t *status)
{
    unsigned i;
    grayctl_table_t table;
    static const char *heads[] = { "RELEASE", "SWITCH", "VARIANTS", "DECISIONS",
        ">RULES", ">SPLIT", ">DEFAULT", ">DISABLED", ">ERROR", NULL };

    if (status->releases.n == 0 && status->nrelease_counts == 0) {
        return;
    }

    grayctl_table_begin(&table, cli, heads);

    for (i = 0; i < status->releases.n; i++) {
        add_release(&table, status, status->releases.lines[i].name,
            &status->releases.lines[i]);
    }

    /* Without a store the counters still know. */
    for (i = 0; !status->has_store && i < status->nrelease_counts; i++) {
        add_release(&table, status, status->release_counts[i].name, NULL);
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
add_answers(grayctl_table_t *table, const gray_answers_t *one)
{
    double rate = 100.0 * (double) one->errors / (double) one->requests;

    grayctl_table_add(table, one->release);
    grayctl_table_add(table, one->variant);
    grayctl_table_number(table, one->requests);
    grayctl_table_addf(table, "%.*f %%", rate < 10 ? 2 : 1, rate);
    grayctl_table_paint(table, one->errors > 0 ? 'y' : 0);
    add_time(table, one->p50_us);
    add_time(table, one->p95_us);
    add_time(table, one->p99_us);
}

/* Of the variants that answered. */
static void
say_answers(const grayctl_t *cli, const gray_status_t *status)
{
    unsigned i, n = 0;
    grayctl_table_t table;
    static const char *heads[] = { "RELEASE", "VARIANT", ">RESPONSES",
        ">ERRORS", ">P50", ">P95", ">P99", NULL };

    grayctl_table_begin(&table, cli, heads);

    for (i = 0; i < status->nanswers; i++) {
        if (status->answers[i].requests > 0) {
            add_answers(&table, &status->answers[i]);
            n++;
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

static void
say_lives(const grayctl_t *cli, const gray_status_t *status)
{
    unsigned i, k;
    uint64_t errors;
    grayctl_table_t table;
    const gray_live_counts_t *live;
    static const char *heads[] = { "LIVE LIST", ">LOOKUPS", ">HITS", ">MISSES",
        ">TIMEOUTS", ">ERRORS", ">REFUSED", "BREAKER", NULL };

    if (status->nlive_counts == 0) {
        return;
    }

    grayctl_table_begin(&table, cli, heads);

    for (i = 0; i < status->nlive_counts; i++) {
        live = &status->live_counts[i];
        errors = 0;

        for (k = 0; k < sizeof(live_errors) / sizeof(live_errors[0]); k++) {
            errors += live->counts[live_errors[k]];
        }

        grayctl_table_add(&table, live->name);
        grayctl_table_number(&table, live->counts[GRAY_LIVE_LOOKUPS]);
        grayctl_table_number(&table, live->counts[GRAY_LIVE_HITS]);
        grayctl_table_number(
            &table, live->counts[GRAY_LIVE_MISSES]
                        + live->counts[GRAY_LIVE_OTHER_VALUES]);
        grayctl_table_number(&table, live->counts[GRAY_LIVE_TIMEOUTS]);
        grayctl_table_number(&table, errors);
        grayctl_table_number(&table, live->counts[GRAY_LIVE_REFUSED]);

        if (live->open_breakers > 0) {
            grayctl_table_addf(&table, "open in %u worker%s",
                live->open_breakers, grayctl_s(live->open_breakers));
            grayctl_table_paint(&table, 'r');
        } else {
            grayctl_table_add(&table, "closed");
        }
    }

    putchar('\n');
    grayctl_table_end(&table, 0);
}

/* --- what runs -------------------------------------------------------------- */

/* The oldest revision that a serving worker has seen. */
static uint64_t
oldest_revision(const gray_running_instance_t *instance)
{
    unsigned i;
    uint64_t oldest = UINT64_MAX;

    for (i = 0; i < instance->nworkers; i++) {
        if (!instance->workers[i].exiting
            && instance->workers[i].revision < oldest) {
            oldest = instance->workers[i].revision;
        }
    }

    return oldest == UINT64_MAX ? 0 : oldest;
}

static void
say_running(const grayctl_t *cli, const gray_status_t *status)
{
    unsigned i;
    char since[32];
    grayctl_table_t table;
    const gray_running_instance_t *instance;
    static const char *heads[] = { "NGINX", "VERSION", "MODULE", ">WORKERS",
        ">SEEN REVISION", "SINCE", NULL };

    if (status->running.n == 0) {
        puts(status->running.counters
                 ? "\nno nginx worker uses this store now"
                 : "\nno counters file: what nginx does is unknown");
        return;
    }

    grayctl_table_begin(&table, cli, heads);

    for (i = 0; i < status->running.n; i++) {
        instance = &status->running.instances[i];
        grayctl_table_addf(&table, "master %d", (int) instance->master);
        grayctl_table_add(&table, instance->nginx);
        grayctl_table_add(&table, instance->module);
        grayctl_table_addf(
            &table, "%u/%u", instance->nworkers, instance->nworkers_configured);
        grayctl_table_number(&table, oldest_revision(instance));
        grayctl_table_add(
            &table, grayctl_time(since, instance->started / 1000));
    }

    putchar('\n');
    grayctl_table_end(&table, 0);
}

static void
say_remarks(const grayctl_t *cli, const gray_status_t *status)
{
    unsigned i;
    char message[2048];
    const gray_error_t *remark;

    for (i = 0; i < status->remarks.n; i++) {
        remark = &status->remarks.list[i];
        printf("%s%s!%s %s%s%s\n", i == 0 ? "\n" : "",
            grayctl_paint(cli->color, 'y'), grayctl_paint(cli->color, 0),
            remark->place, *remark->place ? ": " : "",
            gray_escape(message, sizeof(message), remark->message,
                strlen(remark->message)));

        if (*remark->hint != '\0') {
            printf("  %s\n", remark->hint);
        }
    }
}

int
grayctl_status(grayctl_t *cli)
{
    int code;
    gray_status_t status;

    if (gray_control_status(cli->control, &status, &cli->error) != 0) {
        return grayctl_failed(cli);
    }

    if (cli->json) {
        grayctl_json_print(gray_json_status(&status));
    } else {
        say_store(cli, &status);
        say_switches(cli, &status);
        say_releases(cli, &status);
        say_answers(cli, &status);
        say_lives(cli, &status);
        say_running(cli, &status);
        say_remarks(cli, &status);
    }

    code = status.has_store ? GRAYCTL_OK
                            : (int) grayctl_exit_code(status.store_error.code);
    gray_status_free(&status);

    return code;
}
