/* Any bytes as a compiled release, their size and checksum put right so that
 * they get past them: refused, or they decide. */

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include "core/decide.h"
#include "core/form.h"
#include "core/murmur3.h"

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


static gray_answer_t
member(void *data, unsigned list, unsigned i, gray_str_t value)
{
    unsigned *seed = data;

    (void) value;
    *seed = *seed * 31 + list * 7 + i;
    return (gray_answer_t) (*seed % (GRAY_UNKNOWN_LIST + 1));
}


static void
decide(const gray_release_t *release)
{
    char reason[GRAY_REASON_TEXT_MAX];
    gray_decision_t decision;
    unsigned seed = 1;
    gray_host_t host = {
        .data = &seed,
        .now = 1800000000,
        .attribute = attribute,
        .member = member,
    };

    gray_decide(release, &host, &decision);

    if (decision.variant >= gray_release_variants(release)
        || gray_reason_print(release, &decision, reason) >= sizeof(reason)
        || decision.ntests > GRAY_LIVE_TESTS_MAX)
    {
        abort();
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
        decide(release);
        gray_release_free(release);
    }

    free(bytes);
    return 0;
}
