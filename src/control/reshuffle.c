#include <sys/random.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "weight_outcome.h"


/* Of those whom a split divides, how many get another variant when they are
 * divided anew: 1 less the chance to come upon one's own again. */
static uint32_t
gray_reshuffle_moved(const gray_document_t *document, const gray_split_t *split)
{
    unsigned v;
    double stay, share;
    uint32_t shares[GRAY_VARIANTS_MAX];

    (void) gray_weight_shares(document, split, shares);

    stay = 0;
    for (v = 0; v < document->nvariants; v++) {
        share = (double) shares[v] / GRAY_BUCKETS;
        stay += share * share;
    }

    return (uint32_t) ((1 - stay) * GRAY_BUCKETS + 0.5);
}


static void
gray_reshuffle_most(
    const gray_document_t *document, gray_reshuffled_t *reshuffled)
{
    unsigned i;
    uint32_t moved;

    reshuffled->moved = gray_reshuffle_moved(document, &document->split);

    for (i = 0; i < document->nrules; i++) {
        if (document->rules[i].variant < 0) {
            moved = gray_reshuffle_moved(document, &document->rules[i].split);
            if (moved > reshuffled->moved) {
                reshuffled->moved = moved;
            }
        }
    }
}


static int
gray_reshuffle_draw(char salt[17], gray_error_t *error)
{
    unsigned i;
    unsigned char bytes[8];

    if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t) sizeof(bytes)) {
        return gray_error_set(
            error, GRAY_ESYSTEM, "the system gives no random numbers");
    }

    for (i = 0; i < sizeof(bytes); i++) {
        (void) sprintf(salt + 2 * i, "%02x", bytes[i]);
    }

    return 0;
}


int
gray_control_reshuffle(gray_control_t *control, const char *release,
    gray_reshuffled_t *reshuffled, gray_error_t *error)
{
    int rc;
    gray_change_t change;
    gray_document_t *document = &change.document;

    rc = gray_change_begin(
        &change, control, "release reshuffle", release, NULL, error);
    if (rc == 0) {
        rc = gray_reshuffle_draw(reshuffled->salt, error);
    }
    if (rc == 0) {
        gray_reshuffle_most(document, reshuffled);
        change.record.before = json_pack("{s: s}", "salt",
            document->salt != NULL ? document->salt : release);
        change.record.after = json_pack("{s: s}", "salt", reshuffled->salt);
        free(document->salt);
        document->salt = strdup(reshuffled->salt);
        if (document->salt == NULL) {
            rc = gray_no_memory(error);
        }
    }

    return gray_change_end(&change, rc, error);
}
