/*
 * Replaying: the two documents, and line after line.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "control/document_json.h"
#include "line_reader.h"
#include "replay_internal.h"

/* Lines between two calls of `progress`. */
#define PROGRESS_LINES 4096


/* --- the documents -------------------------------------------------------- */

static int
load_side(gray_replay_side_t *side, gray_replayer_t *replayer,
    const void *bytes, size_t len, gray_error_t *error)
{
    gray_release_t *release;

    if (gray_release_load(bytes, len, &release, error) != 0) {
        return -1;
    }

    return gray_replay_side_init(side, replayer, release, &replayer->stored)
                   == 0
               ? 0
               : gray_no_memory(error);
}


/* As `release set` would store it: with the buckets of the stored one. */
static int
load_proposed(gray_replayer_t *replayer, gray_errors_t *errors)
{
    int rc;
    gray_document_t document, old;
    gray_compiled_t compiled = { 0 };
    const gray_replay_t *question = replayer->question;

    if (question->document == NULL) {
        return 0;
    }

    if (gray_release_fetch(replayer->control, replayer->txn, question->release,
            &old, NULL, gray_errors_next(errors))
        != 0)
    {
        gray_document_free(&old);
        return -1;
    }
    memset(errors, 0, sizeof(*errors));

    rc = gray_document_read(
        question->document, question->len, &document, errors);

    /* All problems at once, as far as it can be read. */
    if (rc == 0 || document.nvariants > 0) {
        rc |= gray_release_compile(&document, question->release, &old,
            gray_store_kind_of, replayer->txn, &compiled, errors);
    }

    if (rc == 0) {
        rc = load_side(&replayer->proposed, replayer, compiled.bytes,
            compiled.len, gray_errors_next(errors));
        if (rc == 0) {
            memset(errors, 0, sizeof(*errors));
        }
    }

    gray_compiled_free(&compiled);
    gray_document_free(&document);
    gray_document_free(&old);

    return rc;
}


static int
load_stored(gray_replayer_t *replayer, gray_error_t *error)
{
    int rc;
    gray_store_release_t stored;
    gray_control_t *control = replayer->control;
    const char *name = replayer->question->release;

    if (gray_release_name_check(name, error) != 0) {
        return -1;
    }

    rc = gray_store_release_get(replayer->txn, name, &stored);
    if (rc == GRAY_STORE_ENOTFOUND) {
        return gray_release_missing(replayer->txn, name, error);
    }
    if (rc != GRAY_STORE_OK) {
        return gray_verb_store_error(control->dir, rc, error);
    }

    return load_side(&replayer->stored, replayer, stored.compiled.data,
        stored.compiled.len, error);
}


static int
load(gray_replayer_t *replayer, gray_errors_t *errors)
{
    int rc;
    gray_switch_cursor_t cursor = { 0 };
    gray_control_t *control = replayer->control;

    if (gray_verb_read(control, &replayer->txn, gray_errors_next(errors)) != 0)
    {
        return -1;
    }

    rc = load_stored(replayer, &errors->list[0]);
    if (rc == 0) {
        memset(errors, 0, sizeof(*errors));
        rc = load_proposed(replayer, errors);
    }

    replayer->replayed->revision = control->revision;
    replayer->replayed->off = gray_switches_off(
        control->switches, &cursor, replayer->question->release);
    gray_verb_read_end(control, replayer->txn);

    return rc;
}


/* --- the lines ------------------------------------------------------------ */

/* Each line has a snapshot of its own: it costs nanoseconds, and none is held
 * while the input makes us wait. */
static int
begin(gray_replayer_t *replayer, gray_error_t *error)
{
    if (gray_verb_read(replayer->control, &replayer->txn, error) != 0) {
        return -1;
    }

    if (gray_txn_id(replayer->txn) != replayer->txn_id) {
        replayer->txn_id = gray_txn_id(replayer->txn);
        gray_replay_side_renew(&replayer->stored);
        gray_replay_side_renew(&replayer->proposed);
    }

    return 0;
}


static void
replay_recorded(gray_replayer_t *replayer)
{
    gray_replay_outcome_t from, to;

    from.variant = replayer->line.variant;
    to.variant = gray_replay_decide(&replayer->stored);

    if (gray_replay_count(replayer, from.variant, to.variant)) {
        gray_replay_recorded(&replayer->line, &from);
        gray_replay_words(&replayer->stored, &to);
        gray_replay_count_change(replayer, &from, &to);
    }
}


static void
replay_proposed(gray_replayer_t *replayer)
{
    gray_replay_outcome_t from, to;

    from.variant = gray_replay_decide(&replayer->stored);
    to.variant = gray_replay_decide(&replayer->proposed);

    if (gray_replay_count(replayer, from.variant, to.variant)) {
        gray_replay_words(&replayer->stored, &from);
        gray_replay_words(&replayer->proposed, &to);
        gray_replay_count_change(replayer, &from, &to);
    }
}


static int
replay_line(gray_replayer_t *replayer, gray_error_t *error)
{
    const gray_log_line_t *line = &replayer->line;
    gray_replayed_t *replayed = replayer->replayed;
    const char *release = replayer->question->release;

    if (line->release.len == 0 || line->variant.len == 0) {
        replayed->undecided++;
        return 0;
    }

    if (line->release.len != strlen(release)
        || memcmp(line->release.data, release, line->release.len) != 0)
    {
        replayed->others++;
        return 0;
    }

    if (line->reason.len == 8 && memcmp(line->reason.data, "override", 8) == 0)
    {
        replayed->overridden++;
        (void) gray_replay_count(replayer, line->variant, line->variant);
        return 0;
    }

    if (begin(replayer, error) != 0) {
        return -1;
    }

    if (replayer->proposed.release != NULL) {
        replay_proposed(replayer);
    } else {
        replay_recorded(replayer);
    }

    gray_verb_read_end(replayer->control, replayer->txn);

    return replayer->failed ? gray_no_memory(error) : 0;
}


static void
tell_bad(gray_replayer_t *replayer, const gray_error_t *error)
{
    const gray_replay_t *question = replayer->question;

    replayer->replayed->bad++;

    if (question->bad != NULL) {
        question->bad(question->data, replayer->number, error);
    }
}


static int
read_line(
    gray_replayer_t *replayer, char *text, size_t len, gray_error_t *error)
{
    gray_error_t problem;

    if (text == NULL) {
        (void) gray_error_set(&problem, GRAY_EINVALID,
            "the line is longer than %d bytes", GRAY_LINE_MAX);
        tell_bad(replayer, &problem);
        return 0;
    }

    if (len == 0) {
        return 0;
    }

    if (gray_log_line_parse(text, len, &replayer->line, &problem) != 0) {
        tell_bad(replayer, &problem);
        return 0;
    }

    return replay_line(replayer, error);
}


static int
read_lines(
    gray_replayer_t *replayer, gray_line_reader_t *reader, gray_error_t *error)
{
    char *text;
    size_t len;
    const gray_replay_t *question = replayer->question;

    while (gray_line_next(reader, &text, &len)) {
        replayer->number = reader->line;

        if (read_line(replayer, text, len, error) != 0) {
            return -1;
        }

        if (reader->line % PROGRESS_LINES == 0 && question->progress != NULL
            && question->progress(question->data, reader->line) != 0)
        {
            return gray_error_set(error, GRAY_ESYSTEM, "stopped");
        }
    }

    replayer->replayed->lines = reader->line;

    if (ferror(reader->in)) {
        return gray_error_set(error, GRAY_ESYSTEM,
            "cannot read the log after line %llu: %s",
            (unsigned long long) reader->line, strerror(errno));
    }

    return 0;
}


/* --- the verb ------------------------------------------------------------- */

static int
replay(gray_replayer_t *replayer, FILE *in, gray_errors_t *errors)
{
    int rc;
    gray_error_t error;
    gray_line_reader_t *reader;

    if (load(replayer, errors) != 0) {
        return -1;
    }

    reader = calloc(1, sizeof(*reader));
    if (reader == NULL) {
        return gray_no_memory(gray_errors_next(errors));
    }
    reader->in = in;

    rc = read_lines(replayer, reader, &error);
    free(reader);

    if (rc == 0) {
        gray_replay_count_end(replayer);
        rc = replayer->failed ? gray_no_memory(&error) : 0;
    }
    if (rc != 0) {
        *gray_errors_next(errors) = error;
    }

    return rc;
}


int
gray_control_replay(gray_control_t *control, const gray_replay_t *question,
    FILE *in, gray_replayed_t *replayed, gray_errors_t *errors)
{
    int rc;
    gray_error_t error;
    gray_replayer_t *replayer;

    memset(replayed, 0, sizeof(*replayed));
    memset(errors, 0, sizeof(*errors));

    replayer = calloc(1, sizeof(*replayer));
    if (replayer == NULL) {
        return gray_no_memory(gray_errors_next(errors));
    }

    replayer->question = question;
    replayer->control = control;
    replayer->replayed = replayed;

    rc = gray_control_running(control, &replayer->running, &error);
    if (rc != 0) {
        *gray_errors_next(errors) = error;
    } else {
        rc = replay(replayer, in, errors);
    }

    gray_replay_side_free(&replayer->proposed);
    gray_replay_side_free(&replayer->stored);
    gray_running_free(&replayer->running);
    free(replayer);

    if (rc != 0) {
        gray_replayed_free(replayed);
    } else {
        memset(errors, 0, sizeof(*errors));
    }

    return rc;
}


void
gray_replayed_free(gray_replayed_t *replayed)
{
    unsigned i, e;
    gray_texts_t missing = { replayed->nmissing, replayed->missing };
    gray_texts_t unasked = { replayed->nunasked, replayed->unasked };

    for (i = 0; i < replayed->nchanges; i++) {
        for (e = 0; e < replayed->changes[i].nexamples; e++) {
            free(replayed->changes[i].examples[e].attributes);
        }
        free(replayed->changes[i].deciders);
    }
    free(replayed->changes);
    free(replayed->shares);
    gray_texts_free(&missing);
    gray_texts_free(&unasked);
    memset(replayed, 0, sizeof(*replayed));
}
