/* Any bytes as a compiled release, their size and checksum put right so that
 * they get past them: refused, or they decide, twice the same, with and without
 * their steps told. */

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include "core/decide.h"
#include "core/form.h"
#include "core/murmur3.h"
#include "core/trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static bool
attribute(void *data, unsigned i, gray_str_t *value)
{
    static const gray_str_t values[] = { gray_str("10.0.0.1"), gray_str("5"),
        gray_str("BJ"), gray_str(""), gray_str("v1.2.0-rc.1"),
        gray_str("2026-12-01T00:00:00Z"), gray_str("\xe5\x8c\x97\xff") };

    (void) data;
    *value = values[i % 7];
    return i % 8 != 7;
}


static void
release_step(void *data, const gray_step_t *step)
{
    const gray_release_t *release = *(const gray_release_t **) data;
    char text[64];

    if (step->kind == GRAY_STEP_TEST) {
        (void) gray_step_print(release, step, text, sizeof(text));
    }
}


/* A host with the facts that a seed chooses. */
typedef struct {
    const gray_release_t
        *release; /* for release_step(): the first              */
    unsigned seed;
} chosen_t;


static gray_answer_t
member(void *data, unsigned list, unsigned i, gray_str_t value)
{
    chosen_t *chosen = data;

    (void) value;
    chosen->seed = chosen->seed * 31 + list * 7 + i;
    return (gray_answer_t) (chosen->seed % (GRAY_UNKNOWN_LIST + 1));
}


static size_t
release_decide(const gray_release_t *release, unsigned seed, bool told,
    char reason[GRAY_REASON_TEXT_MAX])
{
    chosen_t chosen = { release, seed };
    gray_decision_t decision;
    gray_host_t host = {
        .data = &chosen,
        .now = 1800000000,
        .attribute = attribute,
        .member = member,
        .step = told ? release_step : NULL,
    };
    size_t len;

    gray_decide(release, &host, &decision);
    len = gray_reason_print(release, &decision, reason);

    if (decision.variant >= gray_release_variants(release)
        || len >= GRAY_REASON_TEXT_MAX || decision.ntests > GRAY_LIVE_TESTS_MAX)
    {
        abort();
    }

    return len + 1000 * decision.variant + 100000 * decision.ntests;
}


static void
release_decides(const gray_release_t *release)
{
    char first[GRAY_REASON_TEXT_MAX], second[GRAY_REASON_TEXT_MAX];
    unsigned seed;

    for (seed = 1; seed < 4; seed++) {
        if (release_decide(release, seed, false, first)
                != release_decide(release, seed, true, second)
            || strcmp(first, second) != 0)
        {
            abort();
        }
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t start = offsetof(gray_form_header_t, checksum) + sizeof(uint32_t);
    gray_form_header_t header;
    gray_release_t *release;
    gray_error_t error;
    char *bytes = malloc(size + 1);

    memcpy(bytes, data, size);

    if (size >= sizeof(header)) {
        memcpy(&header, bytes, sizeof(header));
        header.size = (uint32_t) size;
        header.checksum
            = gray_murmur3_32(bytes + start, size - start, GRAY_FORM_SEED);
        memcpy(bytes, &header, sizeof(header));
    }

    if (gray_release_load(bytes, size, &release, &error) == 0) {
        release_decides(release);
        gray_release_free(release);
    }

    free(bytes);
    return 0;
}
