/* Splits of a million identities, through the decision itself. */

#include <math.h>
#include "core_facts.h"

#define IDENTITIES 1000000
#define CELLS 100 /* of the buckets, for chi-square                     */

typedef struct {
    char id[24];
    size_t len;
} identity_t;


static bool
identity_value(void *data, unsigned i, gray_str_t *value)
{
    identity_t *identity = data;

    (void) i;
    *value = (gray_str_t){ identity->len, identity->id };
    return true;
}


static void
set_identity(identity_t *identity, const char *format, unsigned i)
{
    identity->len
        = (size_t) snprintf(identity->id, sizeof(identity->id), format, i);
}


static gray_release_t *
split_release(uint32_t gray, uint32_t blue)
{
    gray_document_t document;

    document_init(&document);
    document_split(&document, "user", gray, blue);

    return document_release(&document);
}


/* Whether n of IDENTITIES is within 4 sigma of the share. */
static bool
within_four_sigma(unsigned n, double share)
{
    double expected = IDENTITIES * share;
    double sigma = sqrt(IDENTITIES * share * (1 - share));

    return fabs(n - expected) <= 4 * sigma;
}


static void
test_a_million_identities_fall_as_the_weights_say(void **state)
{
    static const char *const formats[]
        = { "%u", "user-%u", "device-%08x", "%010u" };
    static const struct {
        uint32_t gray, blue;
    } weights[]
        = { { 5000, 0 }, { 1, 50000 }, { 33333, 33333 }, { 100, 99000 } };
    gray_decision_t decision;
    identity_t identity;
    gray_host_t host = { .data = &identity, .attribute = identity_value };
    size_t f;
    unsigned i;

    (void) state;

    for (f = 0; f < COUNT(formats); f++) {
        gray_release_t *release
            = split_release(weights[f].gray, weights[f].blue);
        unsigned n[3] = { 0 };

        for (i = 0; i < IDENTITIES; i++) {
            set_identity(&identity, formats[f], i);
            gray_decide(release, &host, &decision);
            n[decision.variant]++;
        }

        if (!within_four_sigma(n[1], weights[f].gray / 100000.0)
            || !within_four_sigma(n[2], weights[f].blue / 100000.0))
        {
            fail_msg("%s: %u gray, %u blue", formats[f], n[1], n[2]);
        }

        gray_release_free(release);
    }
}


/* The statistic of a table whose cells should all be alike. */
static double
chi_square(const unsigned *cells, unsigned ncells)
{
    double expected = (double) IDENTITIES / ncells, sum = 0;
    unsigned i;

    for (i = 0; i < ncells; i++) {
        sum += (cells[i] - expected) * (cells[i] - expected) / expected;
    }

    return sum;
}


/* Four standard deviations above the mean of its distribution, which with so
 * many cells is as good as normal. */
static double
chi_square_limit(unsigned ncells)
{
    return ncells - 1 + 4 * sqrt(2.0 * (ncells - 1));
}


static void
test_the_buckets_are_evenly_filled(void **state)
{
    static unsigned cells[GRAY_BUCKETS];
    identity_t identity;
    unsigned i;

    (void) state;

    for (i = 0; i < IDENTITIES; i++) {
        set_identity(&identity, "user-%u", i);
        cells[gray_bucket(
            gray_str("shop"), (gray_str_t){ identity.len, identity.id })]++;
    }

    assert_true(
        chi_square(cells, GRAY_BUCKETS) < chi_square_limit(GRAY_BUCKETS));
}


/* The place in one release's split says nothing about the place in another's:
 * all pairs of cells are alike. */
static void
test_splits_of_different_releases_are_independent(void **state)
{
    static const gray_str_t salts[][2] = {
        { gray_str("shop"), gray_str("search") },
        { gray_str("shop"), gray_str("shop2") },
        { gray_str("a"), gray_str("b") },
    };
    static unsigned cells[CELLS * CELLS];
    identity_t identity;
    unsigned i;
    size_t s;

    (void) state;

    for (s = 0; s < COUNT(salts); s++) {
        memset(cells, 0, sizeof(cells));

        for (i = 0; i < IDENTITIES; i++) {
            gray_str_t value;
            uint32_t a, b;

            set_identity(&identity, "user-%u", i);
            value = (gray_str_t){ identity.len, identity.id };
            a = gray_bucket(salts[s][0], value) / (GRAY_BUCKETS / CELLS);
            b = gray_bucket(salts[s][1], value) / (GRAY_BUCKETS / CELLS);
            cells[a * CELLS + b]++;
        }

        assert_true(
            chi_square(cells, CELLS * CELLS) < chi_square_limit(CELLS * CELLS));
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_million_identities_fall_as_the_weights_say),
        cmocka_unit_test(test_the_buckets_are_evenly_filled),
        cmocka_unit_test(test_splits_of_different_releases_are_independent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
