/* A reading: everything at one time. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/escape.h"
#include "watch_source.h"

void
watch_reading_free(watch_reading_t *reading)
{
    free(reading->releases);
    free(reading->changes);
    memset(reading, 0, sizeof(*reading));
}

watch_release_t *
watch_reading_add(watch_reading_t *reading, const char *name)
{
    watch_release_t *grown = reallocarray(
        reading->releases, reading->nreleases + 1, sizeof(*grown));

    if (grown == NULL) {
        return NULL;
    }

    reading->releases = grown;
    grown += reading->nreleases++;
    memset(grown, 0, sizeof(*grown));
    watch_text(grown->name, sizeof(grown->name), name);

    return grown;
}

watch_variant_t *
watch_release_add(watch_release_t *release, const char *name)
{
    watch_variant_t *variant;

    if (release->nvariants == WATCH_VARIANTS) {
        return NULL;
    }

    variant = &release->variants[release->nvariants++];
    memset(variant, 0, sizeof(*variant));
    watch_text(variant->name, sizeof(variant->name), name);

    return variant;
}

watch_release_t *
watch_reading_find(const watch_reading_t *reading, const char *name)
{
    unsigned i;

    for (i = 0; i < reading->nreleases; i++) {
        if (strcmp(reading->releases[i].name, name) == 0) {
            return &reading->releases[i];
        }
    }

    return NULL;
}

watch_variant_t *
watch_release_find(watch_release_t *release, const char *name)
{
    unsigned v;

    for (v = 0; v < release->nvariants; v++) {
        if (strcmp(release->variants[v].name, name) == 0) {
            return &release->variants[v];
        }
    }

    return NULL;
}

static int
by_name(const void *a, const void *b)
{
    return strcmp(((const watch_release_t *) a)->name,
        ((const watch_release_t *) b)->name);
}

void
watch_reading_sort(watch_reading_t *reading)
{
    if (reading->nreleases > 1) {
        qsort(reading->releases, reading->nreleases, sizeof(*reading->releases),
            by_name);
    }
}

void
watch_change_fill(watch_change_t *change, uint64_t time, const char *user,
    const char *verb, const char *release, const char *rule, const char *list,
    const char *summary)
{
    char subject[sizeof(change->subject)];
    bool in_release = release != NULL && *release != '\0';
    bool in_rule = rule != NULL && *rule != '\0';

    snprintf(subject, sizeof(subject), "%s%s%s",
        in_release     ? release
        : list != NULL ? list
                       : "",
        in_rule ? "/" : "", in_rule ? rule : "");

    change->time = time;
    watch_text(change->user, sizeof(change->user), user);
    watch_text(change->verb, sizeof(change->verb), verb);
    watch_text(change->release, sizeof(change->release), release);
    watch_text(change->subject, sizeof(change->subject), subject);
    watch_text(change->summary, sizeof(change->summary), summary);
}

int
watch_reading_change(watch_reading_t *reading, const watch_change_t *change)
{
    watch_change_t *grown
        = reallocarray(reading->changes, reading->nchanges + 1, sizeof(*grown));

    if (grown == NULL) {
        return -1;
    }

    reading->changes = grown;
    grown[reading->nchanges++] = *change;

    return 0;
}

void
watch_text(char *to, size_t size, const char *text)
{
    gray_escape(
        to, size, text != NULL ? text : "", text != NULL ? strlen(text) : 0);
}
