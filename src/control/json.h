/*
 * What the verbs found or did, as JSON: what `grayctl --json` prints is what
 * the API answers. docs/grayctl.md and openapi.yaml describe the members.
 *
 * Each function returns a new reference; memory that runs out shows as a NULL
 * somewhere, which json_dumps then refuses.
 */

#ifndef GRAY_CONTROL_JSON_H
#define GRAY_CONTROL_JSON_H

#include <jansson.h>
#include "control/apply.h"
#include "control/audit.h"
#include "control/dry_run.h"
#include "control/explain.h"
#include "control/import.h"
#include "control/link.h"
#include "control/list.h"
#include "control/release.h"
#include "control/replay.h"
#include "control/rule.h"
#include "control/status.h"
#include "control/switch.h"
#include "control/weight.h"

/* --- texts, times, errors ------------------------------------------------- */

/* A string; what is no UTF-8 becomes \xNN text. NULL gives null. */
json_t *gray_json_text(const char *text);

/* Seconds since the epoch as an RFC 3339 string; null for 0. */
json_t *gray_json_time(uint64_t seconds);

/* {"code", "message", "place", "line", "column", "hint"} */
json_t *gray_json_error(const gray_error_t *error);

/* A list of them. */
json_t *gray_json_errors(const gray_errors_t *errors);

/* {"line", "message", "hint"} of a line of an input. */
json_t *gray_json_bad_line(uint64_t line, const gray_error_t *error);

/* {"changed", "revision", "warnings"?} of the verb that was just called; and
 * "more_warnings", a number, when there are more than are told. */
json_t *gray_json_done(const gray_control_t *control);

/* {"changed": false, "dry_run": true, "revision", "changes": [WORDS], "made",
 * "document", "warnings"?}: what the release would be, and whether it is not
 * there yet. */
json_t *gray_json_dry_run(
    const gray_control_t *control, const gray_dry_run_t *dry_run);

/* A part of the buckets in percent. */
double gray_share(uint32_t buckets);

/* --- what is there -------------------------------------------------------- */

json_t *gray_json_status(const gray_status_t *status);

/* A variant's weight in buckets: the default has what the others leave. */
uint32_t gray_line_weight(const gray_release_line_t *line, unsigned variant);

/* [{"name", "percent"}] */
json_t *gray_json_variants(const gray_release_line_t *line);

json_t *gray_json_release(const gray_release_line_t *line);
json_t *gray_json_releases(const gray_release_lines_t *lines);
json_t *gray_json_rules(const char *release, const gray_rule_lines_t *lines);

json_t *gray_json_list(const gray_list_line_t *line);
json_t *gray_json_lists(const gray_list_lines_t *lines);
json_t *gray_json_member(const gray_member_line_t *member);
json_t *gray_json_has(const char *member, const gray_list_has_t *has);

json_t *gray_json_link(const gray_link_line_t *line);

/* One that was just made: with its token, the parameter that takes it, the
 * address (NULL: null), and whether a running nginx takes it: null when none
 * has the release. `running` may be NULL: none. */
json_t *gray_json_link_made(const gray_link_t *link, const char *parameter,
    const char *url, const gray_running_t *running);
json_t *gray_json_links(const gray_link_lines_t *lines);

/* The record with its "sequence" and a "summary" in words. */
json_t *gray_json_audit(const gray_audit_record_t *record);

json_t *gray_json_explanation(const gray_explanation_t *explanation);

/* `bad_lines`: a list; a reference of its own is taken. */
json_t *gray_json_replayed(
    const char *release, const gray_replayed_t *replayed, json_t *bad_lines);

/* --- what was done -------------------------------------------------------- */

/* `rule` NULL: the release's own split. */
json_t *gray_json_weighed(
    const char *release, const char *rule, const gray_weighed_t *weighed);

/* `release` NULL: the switch over all. */
json_t *gray_json_switched(
    const char *release, const gray_switched_t *switched);

/* {"action", "what", "name", "text"} */
json_t *gray_json_apply_change(const gray_apply_change_t *change);

json_t *gray_json_imported(
    const char *list, const gray_imported_t *imported, json_t *bad_lines);

/* --- back ------------------------------------------------------------------ */

/* The error that gray_json_error, or a problem document of the API, has. */
void gray_json_read_error(const json_t *object, gray_error_t *error);

/* All errors of a problem document: those of its "errors", or the one that it
 * is. */
void gray_json_read_errors(const json_t *problem, gray_errors_t *errors);

#endif
