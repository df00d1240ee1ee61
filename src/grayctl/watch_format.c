/* Figures as short texts. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/split.h"
#include "output.h"
#include "watch_format.h"

const char *
watch_rate(char text[WATCH_FORMAT_MAX], double rate)
{
    if (rate < 0.05) {
        return strcpy(text, "0");
    }

    if (rate < 99.95) {
        snprintf(text, WATCH_FORMAT_MAX, "%.1f", rate);
    } else if (rate < 9999.5) {
        grayctl_number(text, (uint64_t) (rate + 0.5));
    } else if (rate < 999950) {
        snprintf(text, WATCH_FORMAT_MAX, "%.1fk", rate / 1e3);
    } else {
        snprintf(text, WATCH_FORMAT_MAX, "%.1fM", rate / 1e6);
    }

    return text;
}

const char *
watch_share(char text[WATCH_FORMAT_MAX], uint64_t n, uint64_t all)
{
    double percent = 100.0 * (double) n / (double) (all ? all : 1);

    if (all == 0) {
        return strcpy(text, "-");
    }

    if (n == 0 || percent >= 99.95) {
        snprintf(text, WATCH_FORMAT_MAX, "%.0f%%", percent);
    } else if (percent < 0.01) {
        strcpy(text, "<0.01%");
    } else {
        snprintf(text, WATCH_FORMAT_MAX, percent < 10 ? "%.2f%%" : "%.1f%%",
            percent);
    }

    return text;
}

const char *
watch_weight(char text[WATCH_FORMAT_MAX], uint32_t buckets)
{
    snprintf(text, WATCH_FORMAT_MAX, "%.5g%%",
        100.0 * (double) buckets / GRAY_BUCKETS);

    return text;
}

const char *
watch_time(char text[WATCH_FORMAT_MAX], uint64_t us)
{
    double ms = (double) us / 1e3;

    if (us < 9995) {
        snprintf(text, WATCH_FORMAT_MAX, "%.2fms", ms);
    } else if (us < 99950) {
        snprintf(text, WATCH_FORMAT_MAX, "%.1fms", ms);
    } else if (us < 999500) {
        snprintf(text, WATCH_FORMAT_MAX, "%.0fms", ms);
    } else {
        snprintf(
            text, WATCH_FORMAT_MAX, us < 9995000 ? "%.2fs" : "%.1fs", ms / 1e3);
    }

    return text;
}

float
watch_largest(const float *values, unsigned n)
{
    unsigned i;
    float largest = 0;

    for (i = 0; i < n; i++) {
        largest = values[i] > largest ? values[i] : largest;
    }

    return largest;
}

void
watch_spark(char *text, const float *values, unsigned n, bool utf8)
{
    unsigned i, level;
    const char *bar;
    float largest = watch_largest(values, n);
    static const char *const bars[2][8] = {
        { "_", ".", ":", "-", "=", "+", "*", "#" },
        { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" },
    };

    for (i = 0; i < n; i++) {
        bar = " ";

        if (values[i] >= 0) {
            level
                = largest > 0 ? (unsigned) (values[i] / largest * 7 + 0.5F) : 0;
            bar = bars[utf8][level];
        }

        text = stpcpy(text, bar);
    }

    *text = '\0';
}
