#include "segment/scratch.h"
#include "segment/counters_layout.h"
#include "segment/hits.h"
#include "segment/metrics.h"

static const char *const reasons[GRAY_COUNTERS_REASONS]
    = { "targeting_match", "split" };

static const gray_metrics_host_t host
    = { .version = "0.0.1", .nginx = "1.22.1", .reasons = reasons };

typedef int (*write_pt)(FILE *out, const gray_counters_t *counters,
    const gray_metrics_host_t *host);


static gray_counters_t *
make(scratch_t *scratch)
{
    gray_counters_t *counters = NULL;

    assert_int_equal(gray_counters_create(scratch->path, (gid_t) -1), 0);
    assert_int_equal(gray_counters_open(scratch->path, true, &counters), 0);

    return counters;
}


/* The caller frees it. */
static char *
page(write_pt write, const gray_counters_t *counters,
    const gray_metrics_host_t *known)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    assert_non_null(out);
    assert_int_equal(write(out, counters, known), 0);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(strlen(text), len);

    return text;
}


static void
assert_holds(const char *text, const char *line)
{
    if (strstr(text, line) == NULL) {
        fail_msg("no '%s' in\n%s", line, text);
    }
}


static void
count_one(gray_counters_t *counters)
{
    gray_response_t response = {
        .status = 502,
        .counts = { [GRAY_RESPONSE_SENT] = 10, [GRAY_RESPONSE_ERRORS] = 1 },
        .request_us = 600,
        .has_upstream = true,
        .upstream_us = 40000000,
    };
    int shop = gray_counters_release(counters, "shop");
    int gray = gray_counters_variant(counters, shop, "gray");

    gray_hits_t rule = { .name = "qa" };

    gray_counters_decision(counters, 0, shop, gray, 1);
    gray_counters_response(counters, 0, shop, gray, 5, &response);
    assert_int_equal(
        gray_counters_hits_bind(counters, 0, shop, 5, &rule, 1), 0);
    gray_counters_hit(counters, 9, &rule);
}


static void
each_figure_is_a_line_with_its_labels(void **state)
{
    gray_counters_t *counters = make(*state);
    char *text;

    count_one(counters);
    gray_counters_live_add(
        counters, 0, gray_counters_live(counters, "vip"), GRAY_LIVE_HITS, 3);
    text = page(gray_metrics_text, counters, &host);

    assert_holds(
        text, "\ngray_build_info{version=\"0.0.1\",nginx=\"1.22.1\"} 1\n");
    assert_holds(text, "\ngray_decisions_total{release=\"shop\",variant="
                       "\"gray\",reason=\"split\"} 1\n");
    assert_holds(text, "\ngray_responses_total{release=\"shop\",variant="
                       "\"gray\",class=\"5xx\"} 1\n");
    assert_holds(
        text, "\ngray_errors_total{release=\"shop\",variant=\"gray\"} 1\n");
    assert_holds(text,
        "\ngray_sent_bytes_total{release=\"shop\",variant=\"gray\"} 10\n");
    assert_holds(text, "\ngray_live_events_total{list=\"vip\",event=\"hits\"} "
                       "3\n");
    assert_holds(text, "\ngray_responses_lost_total 0\n");
    assert_holds(
        text, "\ngray_rule_hits_total{release=\"shop\",rule=\"qa\"} 1\n");
    assert_holds(text, "\ngray_rules_uncounted 0\n");
    free(text);
    gray_counters_close(counters);
}


static void
histograms_are_cumulative_and_end_with_all(void **state)
{
    gray_counters_t *counters = make(*state);
    char *text;

#define LINE(metric, rest) \
    "\ngray_" metric "{release=\"shop\",variant=\"gray\"" rest "\n"

    count_one(counters);
    text = page(gray_metrics_text, counters, &host);

    assert_holds(
        text, LINE("request_duration_seconds_bucket", ",le=\"0.000512\"} 0"));
    assert_holds(
        text, LINE("request_duration_seconds_bucket", ",le=\"0.001024\"} 1"));
    assert_holds(
        text, LINE("request_duration_seconds_bucket", ",le=\"+Inf\"} 1"));
    assert_holds(text, LINE("request_duration_seconds_sum", "} 0.000600"));
    assert_holds(text, LINE("request_duration_seconds_count", "} 1"));
    assert_holds(
        text, LINE("upstream_duration_seconds_bucket", ",le=\"33.554432\"} 0"));
    assert_holds(
        text, LINE("upstream_duration_seconds_bucket", ",le=\"+Inf\"} 1"));
    free(text);
    gray_counters_close(counters);
}


static void
without_counters_the_host_is_told_of(void **state)
{
    gray_metrics_host_t known = host;
    char *text;

    (void) state;
    known.store_known = true;
    known.revision = 7;
    known.store_bytes = 4096;
    known.store_file_bytes = 8192;

    text = page(gray_metrics_text, NULL, &known);
    assert_holds(text, "\ngray_store_up 0\n");
    assert_holds(text, "\ngray_store_revision 7\n");
    assert_holds(text, "\ngray_store_used_bytes 4096\n");
    assert_holds(text, "\ngray_store_file_bytes 8192\n");
    assert_null(strstr(text, "gray_decisions_total"));
    free(text);

    text = page(gray_metrics_json, NULL, &known);
    assert_string_equal(text,
        "{\"version\":\"0.0.1\",\"nginx\":\"1.22.1\",\"store_up\":false,"
        "\"revision\":7,\"store_used_bytes\":4096,\"store_file_bytes\":8192}"
        "\n");
    free(text);
}


static void
json_has_the_same_figures(void **state)
{
    gray_counters_t *counters = make(*state);
    char *text;

    count_one(counters);
    text = page(gray_metrics_json, counters, &host);

    assert_holds(text, "{\"name\":\"gray\",\"decisions\":{\"targeting_match\":0"
                       ",\"split\":1},\"requests\":1,");
    assert_holds(text, "\"5xx\":1,");
    assert_holds(text, "\"request\":{\"count\":1,\"sum_us\":600,");
    assert_holds(text, "\"rules\":[{\"name\":\"qa\",\"hits\":1}]");
    assert_holds(text, "\"revisions\":[{\"revision\":5,\"requests\":1,"
                       "\"errors\":1,\"gone\":0,\"request_us\":600");
    free(text);
    gray_counters_close(counters);
}


/* What stands in the file may be anything. */
static void
names_in_the_file_cannot_break_a_line_or_a_string(void **state)
{
    gray_counters_t *counters = make(*state);
    counters_layout_t *map = counters->map;
    char *text;

    count_one(counters);
    memset(map->releases[0].name, 'x', sizeof(map->releases[0].name));
    memcpy(map->releases[0].name, "a\"\\\n\x01\x7f\xff\"} 1", 11);
    map->releases[0].nvariants = UINT32_MAX;
    memset(map->releases[0].variants, 'v', sizeof(map->releases[0].variants));
    memset(map->rules[0].name, '"', sizeof(map->rules[0].name));
    map->rules[1].release = UINT32_MAX;
    map->hits_end = UINT64_MAX;

    text = page(gray_metrics_text, counters, &host);
    assert_holds(text, "release=\"a\\\"\\\\\\n???\\\"} 1xxx");
    for (const char *c = text; *c != '\0'; c++) {
        assert_true(*c == '\n' || (*c >= 0x20 && *c < 0x7f));
    }
    free(text);

    text = page(gray_metrics_json, counters, &host);
    assert_holds(text, "\"a\\\"\\\\????\\\"} 1xxx");
    for (const char *c = text; *c != '\0'; c++) {
        assert_true((*c == '\n' && c[1] == '\0') || (*c >= 0x20 && *c < 0x7f));
    }
    free(text);
    gray_counters_close(counters);
}


/* All slots in use, with the longest names: what a scrape can cost at most. */
static void
the_page_is_bounded_by_the_slots(void **state)
{
    gray_counters_t *counters = make(*state);
    char *text, name[64];
    int release;

    memset(name, 'n', sizeof(name));
    name[63] = '\0';

    for (unsigned i = 0; i < GRAY_COUNTERS_RELEASES; i++) {
        (void) snprintf(name, 8, "%07u", i);
        name[7] = 'n';
        release = gray_counters_release(counters, name);
        for (unsigned v = 0; v < GRAY_COUNTERS_VARIANTS; v++) {
            (void) snprintf(name, 8, "%07u", v);
            name[7] = 'n';
            assert_true(gray_counters_variant(counters, release, name) >= 0);
        }
    }

    text = page(gray_metrics_text, counters, &host);
    assert_in_range(strlen(text), 1, 8 << 20);
    free(text);
    text = page(gray_metrics_json, counters, &host);
    assert_in_range(strlen(text), 1, 8 << 20);
    free(text);
    gray_counters_close(counters);
}


static void
a_full_device_is_an_error(void **state)
{
    FILE *out = fopen("/dev/full", "w");

    (void) state;
    assert_non_null(out);
    setvbuf(out, NULL, _IONBF, 0);
    assert_int_equal(gray_metrics_text(out, NULL, &host), -1);
    assert_int_equal(gray_metrics_json(out, NULL, &host), -1);
    (void) fclose(out);
}


#define TEST(name) \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_figure_is_a_line_with_its_labels),
        TEST(histograms_are_cumulative_and_end_with_all),
        cmocka_unit_test(without_counters_the_host_is_told_of),
        TEST(json_has_the_same_figures),
        TEST(names_in_the_file_cannot_break_a_line_or_a_string),
        TEST(the_page_is_bounded_by_the_slots),
        cmocka_unit_test(a_full_device_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
