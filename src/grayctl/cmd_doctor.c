/* grayctl doctor: what is set up wrong, and what to type. */

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "doctor.h"
#include "output.h"
#include "report.h"

static const struct {
    const char *name;  /* in JSON                                     */
    const char *label; /* for a person                                */
    char color;
} states[] = {
    [DOCTOR_OK] = { "ok", "ok", 'g' },
    [DOCTOR_FIX] = { "fix", "FIX", 'r' },
    [DOCTOR_SKIP] = { "skip", "skip", 'y' },
};

void
doctor_tell(doctor_t *doctor, doctor_state_t state, const char *check,
    const char *hint, const char *format, ...)
{
    va_list args;
    char text[1024], shown[4096];
    const grayctl_t *cli = doctor->cli;
    bool has_hint = hint != NULL && *hint != '\0';

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    doctor->fixes += state == DOCTOR_FIX;
    json_array_append_new(doctor->findings,
        json_pack("{s:s, s:s, s:o, s:o}", "check", check, "state",
            states[state].name, "message", gray_json_text(text), "hint",
            gray_json_text(has_hint ? hint : NULL)));

    if (cli->json || (cli->quiet && state != DOCTOR_FIX)) {
        return;
    }

    printf("%s%-4s%s  %s\n", grayctl_paint(cli->color, states[state].color),
        states[state].label, grayctl_paint(cli->color, 0),
        gray_escape(shown, sizeof(shown), text, strlen(text)));

    if (has_hint) {
        printf("      %s\n",
            gray_escape(shown, sizeof(shown), hint, strlen(hint)));
    }

    fflush(stdout);
}

static void
tell_error(doctor_t *doctor, const char *check, const gray_error_t *error)
{
    doctor_tell(doctor, DOCTOR_FIX, check, error->hint, "%s%s%s", error->place,
        *error->place ? ": " : "", error->message);
}

/* Opens the store as grayctl does, and asks for its status. */
static void
look_at_store(doctor_t *doctor)
{
    grayctl_t *cli = doctor->cli;
    const gray_error_t *error;

    if (gray_control_open_partly(cli->store, false, &cli->control, &cli->error)
            != 0
        || gray_control_status(cli->control, &doctor->status, &cli->error) != 0)
    {
        tell_error(doctor, "store", &cli->error);
        return;
    }

    doctor->has_status = true;
    error = gray_control_store_error(cli->control);

    if (error != NULL) {
        tell_error(doctor, "store", error);
        return;
    }

    doctor_tell(doctor, DOCTOR_OK, "store", NULL,
        "store %s: revision %llu, %u release%s, %u list%s", cli->store,
        (unsigned long long) doctor->status.info.revision,
        doctor->status.releases.n, grayctl_s(doctor->status.releases.n),
        doctor->status.lists.n, grayctl_s(doctor->status.lists.n));
}

/* The workers that run, and what status has to remark on them. */
static void
look_at_running(doctor_t *doctor)
{
    unsigned i, workers = 0;
    const gray_running_t *running = &doctor->status.running;

    if (!doctor->has_status) {
        return;
    }

    for (i = 0; i < running->n; i++) {
        workers += running->instances[i].nworkers;
    }

    if (!running->counters) {
        doctor_tell(doctor, DOCTOR_FIX, "running", "grayctl check names it",
            "no counters file: what nginx does is unknown");

    } else if (workers == 0) {
        doctor_tell(doctor, DOCTOR_SKIP, "running",
            "start nginx, or reload it once gray_store is there",
            "no nginx worker uses this store now");

    } else {
        doctor_tell(doctor, DOCTOR_OK, "running", NULL,
            "%u nginx worker%s use%s this store", workers, grayctl_s(workers),
            workers == 1 ? "s" : "");
    }

    for (i = 0; i < doctor->status.remarks.n; i++) {
        tell_error(doctor, "names", &doctor->status.remarks.list[i]);
    }

    if (doctor->status.remarks.n == 0 && workers > 0) {
        doctor_tell(doctor, DOCTOR_OK, "names", NULL,
            "nginx.conf and the store know the same releases and lists");
    }
}

int
grayctl_doctor(grayctl_t *cli)
{
    doctor_t doctor = { .cli = cli, .findings = json_array() };

    look_at_store(&doctor);
    doctor_nginx(&doctor);
    doctor_access(&doctor);
    look_at_running(&doctor);
    doctor_live(&doctor);
    doctor_address(&doctor);

    if (cli->json) {
        grayctl_json_print(json_pack(
            "{s:b, s:O}", "ok", doctor.fixes == 0, "checks", doctor.findings));
    } else if (doctor.fixes > 0) {
        grayctl_say(
            cli, "\n%u thing%s to fix", doctor.fixes, grayctl_s(doctor.fixes));
    }

    json_decref(doctor.findings);
    free(doctor.conf.text);

    if (doctor.has_status) {
        gray_status_free(&doctor.status);
    }

    return doctor.fixes > 0 ? GRAYCTL_NO : GRAYCTL_OK;
}
