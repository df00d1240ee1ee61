/*
 * Weights and ranges out of JSON.
 */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "document_read_internal.h"


/* Percent, up to three decimals, in buckets. */
static uint32_t
gray_read_weight(gray_reader_t *reader, json_t *value, const char *place)
{
    double percent, buckets;

    if (!json_is_number(value)) {
        gray_read_problem(reader, place, "must be a number of percent");
        return 0;
    }

    percent = json_number_value(value);
    if (!(percent >= 0 && percent <= 100)) {
        gray_read_problem(reader, place, "%g is not 0 to 100 percent", percent);
        return 0;
    }

    buckets = round(percent * 1000);
    if (fabs(percent * 1000 - buckets) > 1e-6) {
        gray_read_problem(
            reader, place, "%.10g has more than three decimals", percent);
        return 0;
    }

    return (uint32_t) buckets;
}


void
gray_read_weights(gray_reader_t *reader, json_t *value, const char *place,
    gray_split_t *split)
{
    int variant;
    bool rest;
    double sum;
    json_t *item;
    unsigned v;
    const char *name;
    char at[GRAY_PLACE_MAX];

    if (!json_is_object(value)) {
        gray_read_problem(reader, place,
            "must be an object: a variant's name and its percent");
        return;
    }

    rest = false;
    json_object_foreach(value, name, item)
    {
        (void) snprintf(at, sizeof(at), "%s.%s", place, name);
        variant = gray_read_variant(reader, name, at);
        if (variant >= 0) {
            split->weights[variant] = gray_read_weight(reader, item, at);
            rest |= variant == (int) reader->document->default_variant;
        }
    }

    sum = 0;
    for (v = 0; v < reader->document->nvariants; v++) {
        sum += split->weights[v];
    }

    if (rest && sum != GRAY_BUCKETS) {
        gray_read_problem(reader, place,
            "the weights' sum is %g, not 100; leave the default variant out: "
            "it has what is left",
            sum / 1000);
    }
    split->weights[reader->document->default_variant] = 0;
}


static bool
gray_read_range(json_t *item, gray_range_t *range)
{
    json_int_t first, end;

    if (!json_is_array(item) || json_array_size(item) != 2
        || !json_is_integer(json_array_get(item, 0))
        || !json_is_integer(json_array_get(item, 1)))
    {
        return false;
    }

    first = json_integer_value(json_array_get(item, 0));
    end = json_integer_value(json_array_get(item, 1));
    if (first < 0 || end <= first || end > GRAY_BUCKETS) {
        return false;
    }

    range->first = (uint32_t) first;
    range->end = (uint32_t) end;

    return true;
}


/* The ranges of one variant, after those that are there. */
static void
gray_read_variant_ranges(gray_reader_t *reader, json_t *value,
    const char *place, unsigned variant, gray_range_t **ranges,
    unsigned *nranges)
{
    size_t i;
    json_t *item;
    gray_range_t *grown;

    if (!json_is_array(value) || json_array_size(value) > GRAY_BUCKETS) {
        gray_read_problem(
            reader, place, "must be an array of ranges [first, end]");
        return;
    }

    grown = realloc(*ranges,
        (*nranges + json_array_size(value) + 1) * sizeof(gray_range_t));
    if (grown == NULL) {
        gray_read_problem(reader, place, "no memory");
        return;
    }
    *ranges = grown;

    json_array_foreach(value, i, item)
    {
        if (!gray_read_range(item, &grown[*nranges])) {
            gray_read_problem(reader, place,
                "range %zu must be [first, end], 0 <= first < end <= %d", i,
                GRAY_BUCKETS);
            continue;
        }
        grown[(*nranges)++].variant = variant;
    }
}


/* An array that is there, though empty, says that the document gave ranges:
 * see gray_document_settle. */
void
gray_read_ranges(gray_reader_t *reader, json_t *value, const char *place,
    gray_range_t **ranges, unsigned *nranges)
{
    int variant;
    json_t *item;
    const char *name;
    char at[GRAY_PLACE_MAX];

    if (!json_is_object(value)) {
        gray_read_problem(reader, place,
            "must be an object: a variant's name and its ranges");
        return;
    }

    *ranges = malloc(sizeof(gray_range_t));

    json_object_foreach(value, name, item)
    {
        (void) snprintf(at, sizeof(at), "%s.%s", place, name);
        variant = gray_read_variant(reader, name, at);
        if (variant == (int) reader->document->default_variant) {
            gray_read_problem(
                reader, at, "the default variant has what nobody owns");
        } else if (variant >= 0) {
            gray_read_variant_ranges(
                reader, item, at, (unsigned) variant, ranges, nranges);
        }
    }
}
