#include <string.h>

#include "number.h"
#include "options.h"
#include "weights.h"

static int
bad_weight(grayctl_t *cli, const char *word, size_t len)
{
    gray_error_set(&cli->error, GRAY_EINVALID,
        "'%.*s' is no weight: VARIANT=PERCENT, with up to three decimals",
        (int) len, word);

    return gray_error_hint(&cli->error,
        "write it like gray=5, gray=0.125, or gray=+5 and gray=-2.5 to change "
        "what it has");
}

/* One weight: the first `len` bytes of the word. */
static int
read_weight(
    grayctl_t *cli, const char *word, size_t len, grayctl_weights_t *weights)
{
    char number[32];
    uint64_t buckets;
    unsigned n = weights->weights.n;
    const char *equals = memchr(word, '=', len), *text = number;
    gray_weight_t *weight = &weights->list[n];

    if (equals == NULL || equals == word
        || (size_t) (equals - word) > GRAY_NAME_MAX
        || word + len - equals > (ptrdiff_t) sizeof(number))
    {
        return bad_weight(cli, word, len);
    }

    if (n == GRAY_VARIANTS_MAX) {
        return gray_error_set(&cli->error, GRAY_EINVALID,
            "more than %d weights", GRAY_VARIANTS_MAX);
    }

    snprintf(number, sizeof(number), "%.*s", (int) (word + len - equals - 1),
        equals + 1);
    weight->relative = *text == '+' || *text == '-';

    if (!grayctl_percent(text + weight->relative, &buckets)) {
        return bad_weight(cli, word, len);
    }

    weight->buckets = *text == '-' ? -(int64_t) buckets : (int64_t) buckets;
    snprintf(weights->variants[n], sizeof(weights->variants[n]), "%.*s",
        (int) (equals - word), word);
    weight->variant = weights->variants[n];
    weights->weights.n++;

    return 0;
}

/* "device_id,user", in all --by together. */
static int
read_by(grayctl_t *cli, grayctl_weights_t *weights)
{
    char *to = weights->by_text, *end = to + sizeof(weights->by_text);
    const char *text;
    unsigned i;
    size_t len;

    for (i = 0; (text = grayctl_option_text(cli, "by", i)) != NULL; i++) {
        do {
            len = strcspn(text, ",");

            if (len == 0) {
                gray_error_set(&cli->error, GRAY_EINVALID,
                    "--by: an attribute is missing");
                return gray_error_hint(
                    &cli->error, "write it like --by device_id,user");
            }

            if (weights->weights.nby == GRAY_BY_MAX
                || (size_t) (end - to) <= len) {
                return gray_error_set(&cli->error, GRAY_EINVALID,
                    "--by: more than %d attributes, or names too long",
                    GRAY_BY_MAX);
            }

            memcpy(to, text, len);
            to[len] = '\0';
            weights->by[weights->weights.nby++] = to;
            to += len + 1;
            text += len;
        } while (*text++ == ',');
    }

    return 0;
}

int
grayctl_weights_read(
    grayctl_t *cli, char *const *words, int n, grayctl_weights_t *weights)
{
    int i;
    size_t len;
    const char *word;

    memset(weights, 0, sizeof(*weights));
    weights->weights.weights = weights->list;
    weights->weights.by = weights->by;

    for (i = 0; i < n; i++) {
        word = words[i];

        do {
            len = strcspn(word, ",");

            if (read_weight(cli, word, len, weights) != 0) {
                return -1;
            }

            word += len;
        } while (*word++ == ',');
    }

    return read_by(cli, weights);
}

/* A number, or "+5" and "-2.5" for a change. */
static json_t *
weight_json(const gray_weight_t *weight)
{
    char text[32];
    double percent = (double) weight->buckets / (GRAY_BUCKETS / 100);

    if (!weight->relative) {
        return json_real(percent);
    }

    snprintf(text, sizeof(text), "%+.10g", percent);

    return json_string(text);
}

int
grayctl_weights_json(grayctl_t *cli, const grayctl_weights_t *weights,
    const char *name, json_t *body)
{
    unsigned i;
    const char *variant;
    json_t *list = json_array(), *object = json_object();

    for (i = 0; i < weights->weights.nby; i++) {
        json_array_append_new(list, json_string(weights->by[i]));
    }

    json_object_set_new(body, name, object);
    json_object_set_new(body, "by", list);

    for (i = 0; i < weights->weights.n; i++) {
        variant = weights->list[i].variant;

        if (json_object_get(object, variant) != NULL) {
            return gray_error_set(
                &cli->error, GRAY_EINVALID, "'%s' has two weights", variant);
        }

        json_object_set_new(object, variant, weight_json(&weights->list[i]));
    }

    return 0;
}
