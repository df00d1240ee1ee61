#include "core_document.h"
#include "core/condition.h"
#include "core/decide.h"
#include "core/form.h"
#include "core/murmur3.h"

typedef struct {
    char *bytes;
    size_t len;
} form_t;


/* A release with something of everything. */
static form_t
sample(void)
{
    gray_document_t document;
    gray_rule_t *rule;
    form_t form;
    void *bytes;

    document_init(&document);
    document_rule(&document, "never", "not (user in @vip or has x)", 0);
    document_rule(&document, "qa",
        "device_id in @live1 and (ip = 10.0.0.0/8 or ip not in @ips) and n = "
        "5",
        1);
    document_rule(&document, "more",
        "not (v >= v8.0.47-rc.1 and a in ['x', 5, 10.0.0.0/8, v1, "
        "2026-12-01T00:00:00Z]) or b not in [1] and b < 'y' or c starts 'x' "
        "and c ends 'y' and c contains 'z'",
        1);
    document_rule(&document, "regex",
        "now >= 2026-12-01T00:00:00Z and (a matches '^1[0-9]' or a matches "
        "'5$' or b matches '^1[0-9]' or now < 1970-01-01T00:00:00Z)",
        1);
    rule = document_rule(&document, "part", "city != 'BJ' and true", -1);
    set_split(&rule->split, 3000, 1000);
    document_split(&document, "device_id", 5000, 1000);
    document_split(&document, "user", 2000, 3000);
    document_compile(&document, &bytes, &form.len);
    gray_document_free(&document);
    form.bytes = bytes;

    return form;
}


static bool
attribute_1(void *data, unsigned i, gray_str_t *value)
{
    (void) data;
    *value = i % 2 ? gray_str("10.0.0.1") : gray_str("5");
    return true;
}


static gray_answer_t
member_varies(void *data, unsigned list, unsigned attribute, gray_str_t value)
{
    unsigned *seed = data;

    (void) value;
    *seed = *seed * 31 + list * 7 + attribute;
    return (gray_answer_t) (*seed % 7);
}


/* Loads bytes that may be bad; what is accepted must decide. */
static bool
load_and_decide(const char *bytes, size_t len)
{
    gray_release_t *release;
    gray_decision_t decision;
    gray_error_t error;
    char reason[GRAY_REASON_TEXT_MAX];
    unsigned seed = 1, i;
    gray_host_t host = {
        .data = &seed,
        .attribute = attribute_1,
        .member = member_varies,
    };

    if (gray_release_load(bytes, len, &release, &error) != 0) {
        assert_true(error.code == GRAY_EDAMAGED || error.code == GRAY_ESCHEMA);
        return false;
    }

    for (i = 0; i < 10; i++) {
        gray_decide(release, &host, &decision);
        assert_in_range(decision.variant, 0, GRAY_VARIANTS_MAX);
        assert_in_range(gray_reason_print(release, &decision, reason), 5,
            sizeof(reason) - 1);
    }

    gray_release_free(release);
    return true;
}


static void
fix_checksum(char *bytes, size_t len)
{
    gray_form_header_t header;
    size_t start = offsetof(gray_form_header_t, checksum) + sizeof(uint32_t);

    memcpy(&header, bytes, sizeof(header));
    header.checksum
        = gray_murmur3_32(bytes + start, len - start, GRAY_FORM_SEED);
    memcpy(bytes, &header, sizeof(header));
}


static void
test_the_sample_loads_from_any_alignment(void **state)
{
    form_t form = sample();
    char *bytes = malloc(form.len + 8);
    unsigned i;

    (void) state;

    for (i = 0; i < 8; i++) {
        memcpy(bytes + i, form.bytes, form.len);
        assert_true(load_and_decide(bytes + i, form.len));
    }

    free(bytes);
    free(form.bytes);
}


static void
test_every_truncation_is_refused(void **state)
{
    form_t form = sample();
    size_t len;

    (void) state;

    for (len = 0; len < form.len; len++) {
        char *cut = malloc(len + 1);

        memcpy(cut, form.bytes, len);
        assert_false(load_and_decide(cut, len));
        free(cut);
    }

    free(form.bytes);
}


static void
test_every_flipped_byte_is_refused(void **state)
{
    static const unsigned char flips[] = { 0x01, 0x80, 0xff };
    form_t form = sample();
    size_t i, j;

    (void) state;

    for (i = 0; i < form.len; i++) {
        for (j = 0; j < COUNT(flips); j++) {
            form.bytes[i] ^= (char) flips[j];
            assert_false(load_and_decide(form.bytes, form.len));
            form.bytes[i] ^= (char) flips[j];
        }
    }

    assert_true(load_and_decide(form.bytes, form.len));
    free(form.bytes);
}


static void
test_a_flipped_byte_under_a_right_checksum_never_hurts(void **state)
{
    form_t form = sample();
    char *bytes = malloc(form.len);
    unsigned accepted = 0, refused = 0;
    size_t i;
    int bit;

    (void) state;

    for (i = 0; i < form.len; i++) {
        for (bit = 0; bit < 8; bit++) {
            memcpy(bytes, form.bytes, form.len);
            bytes[i] ^= (char) (1 << bit);
            fix_checksum(bytes, form.len);

            if (load_and_decide(bytes, form.len)) {
                accepted++;
            } else {
                refused++;
            }
        }
    }

    /* Some bytes are free: names, numbers, ranges. */
    assert_true(accepted > 100);
    assert_true(refused > 1000);
    free(bytes);
    free(form.bytes);
}


static void
test_random_words_under_a_right_checksum_never_hurt(void **state)
{
    static const uint32_t words[]
        = { 0, 1, 2, 7, 100, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff };
    form_t form = sample();
    char *bytes = malloc(form.len);
    random_t random = { 3 };
    int i, j;

    (void) state;

    for (i = 0; i < 200000; i++) {
        memcpy(bytes, form.bytes, form.len);

        for (j = 0; j < 1 + (int) random_below(&random, 3); j++) {
            memcpy(bytes + 4 * random_below(&random, (uint32_t) form.len / 4),
                &words[random_below(&random, COUNT(words))], 4);
        }

        fix_checksum(bytes, form.len);
        load_and_decide(bytes, form.len);
    }

    free(bytes);
    free(form.bytes);
}


/* Compiled before there were versions, sets, regexes and times. */
static void
test_an_older_compiled_form_loads_still(void **state)
{
    static const char *const files[]
        = { "empty", "everything", "rule", "split" };
    static char bytes[65536];
    char path[512];
    size_t i, n;

    (void) state;

    for (i = 0; i < COUNT(files); i++) {
        FILE *file;

        snprintf(path, sizeof(path), "%s/fuzz/corpus/release/%s", GRAY_ROOT,
            files[i]);
        file = fopen(path, "rb");
        assert_non_null(file);
        n = fread(bytes, 1, sizeof(bytes), file);
        fclose(file);
        assert_true(load_and_decide(bytes, n));
    }
}


static void
test_a_newer_form_is_told_from_a_damaged_one(void **state)
{
    form_t form = sample();
    gray_form_header_t header;
    gray_release_t *release;
    gray_error_t error;

    (void) state;

    memcpy(&header, form.bytes, sizeof(header));
    header.form = GRAY_RELEASE_FORM + 1;
    memcpy(form.bytes, &header, sizeof(header));
    assert_int_equal(
        gray_release_load(form.bytes, form.len, &release, &error), -1);
    assert_int_equal(error.code, GRAY_ESCHEMA);
    assert_string_equal(error.message,
        "the compiled release has form 2; this version reads form 1");

    header.order = 0x04030201;
    memcpy(form.bytes, &header, sizeof(header));
    assert_int_equal(
        gray_release_load(form.bytes, form.len, &release, &error), -1);
    assert_int_equal(error.code, GRAY_EDAMAGED);
    free(form.bytes);
}


/* Makes the first rule of `form` a tower of nots and loads it. */
static bool
load_tower(unsigned height)
{
    gray_document_t document;
    gray_form_header_t header;
    gray_form_node_t *nodes;
    char *condition = malloc(16 * height + 16), *p = condition;
    void *bytes;
    size_t len;
    unsigned i;
    bool good;

    for (i = 0; i < height; i++) {
        p = stpcpy(p, i ? " and true" : "true");
    }

    document_init(&document);
    document_rule(&document, "r", condition, 1);
    document_compile(&document, &bytes, &len);
    gray_document_free(&document);

    /* One `and` and its operands, all turned into nots of each other. */
    memcpy(&header, bytes, sizeof(header));
    nodes = (gray_form_node_t *) ((char *) bytes
                                  + header.sections[GRAY_FORM_NODES].offset);

    for (i = 0; i < height; i++) {
        nodes[i].op = GRAY_OP_NOT;
        nodes[i].end = height + 1;
    }

    fix_checksum(bytes, len);
    good = load_and_decide(bytes, len);
    free(bytes);
    free(condition);
    return good;
}


static void
test_a_tree_higher_than_the_parser_makes_is_refused(void **state)
{
    (void) state;

    assert_true(load_tower(2));
    assert_true(load_tower(GRAY_CONDITION_HEIGHT_MAX));
    assert_false(load_tower(GRAY_CONDITION_HEIGHT_MAX + 1));
    assert_false(load_tower(5000));
}


/* The last index that there is not. */
static void
test_a_split_one_past_the_end_is_refused(void **state)
{
    form_t form = sample();
    gray_form_header_t header, changed;

    (void) state;
    memcpy(&header, form.bytes, sizeof(header));

    changed = header;
    changed.split = header.sections[GRAY_FORM_SPLITS].len;
    memcpy(form.bytes, &changed, sizeof(changed));
    fix_checksum(form.bytes, form.len);
    assert_false(load_and_decide(form.bytes, form.len));

    changed.split = header.sections[GRAY_FORM_SPLITS].len - 1;
    memcpy(form.bytes, &changed, sizeof(changed));
    fix_checksum(form.bytes, form.len);
    assert_true(load_and_decide(form.bytes, form.len));
    free(form.bytes);
}


static void
test_the_longest_name_and_the_smallest_weight_are_kept(void **state)
{
    gray_document_t document;
    gray_error_t errors[2];
    gray_release_t *release;
    void *bytes;
    size_t len;

    (void) state;
    document_init(&document);
    memset(document.variants[2], 'v', GRAY_NAME_MAX);
    document.variants[2][GRAY_NAME_MAX] = '\0';
    document_split(&document, "user", 1, 0);
    release = document_release(&document);
    assert_int_equal(gray_release_variant(release, 2).len, GRAY_NAME_MAX);
    gray_release_free(release);

    /* One bucket cannot be told without an attribute to hash. */
    document_init(&document);
    document_split(&document, NULL, 1, 0);
    assert_int_equal(gray_document_compile(&document, gray_str("shop"),
                         list_kind, NULL, &bytes, &len, errors, 2),
        1);
    gray_document_free(&document);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_sample_loads_from_any_alignment),
        cmocka_unit_test(test_every_truncation_is_refused),
        cmocka_unit_test(test_every_flipped_byte_is_refused),
        cmocka_unit_test(
            test_a_flipped_byte_under_a_right_checksum_never_hurts),
        cmocka_unit_test(test_random_words_under_a_right_checksum_never_hurt),
        cmocka_unit_test(test_an_older_compiled_form_loads_still),
        cmocka_unit_test(test_a_newer_form_is_told_from_a_damaged_one),
        cmocka_unit_test(test_a_tree_higher_than_the_parser_makes_is_refused),
        cmocka_unit_test(test_a_split_one_past_the_end_is_refused),
        cmocka_unit_test(
            test_the_longest_name_and_the_smallest_weight_are_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
