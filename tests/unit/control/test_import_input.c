/* What an import reads: gzip, CSV, and what is wrong with them. */

#include "import_story.h"
#include <zlib.h>

typedef struct {
    unsigned n;
    uint64_t line;
    char message[400];
} bad_t;

static void
bad_line(void *data, uint64_t line, const gray_error_t *error)
{
    bad_t *bad = data;

    bad->n++;
    bad->line = line;
    memcpy(bad->message, error->message, sizeof(error->message));
}


/* --- gzip ------------------------------------------------------------------------------ */

/* Compressed, as two members when `halves`. */
static size_t
compressed(const story_t *story, const char *text, bool halves, char **bytes)
{
    char path[200];
    FILE *file;
    gzFile gz;
    size_t len = strlen(text), half = halves ? len / 2 : len;

    (void) snprintf(path, sizeof(path), "%s/feed.gz", story->root);
    (void) unlink(path);
    gz = gzopen(path, "ab");
    (void) gzwrite(gz, text, (unsigned) half);
    (void) gzclose(gz);
    if (halves) {
        gz = gzopen(path, "ab");
        (void) gzwrite(gz, text + half, (unsigned) (len - half));
        (void) gzclose(gz);
    }

    *bytes = calloc(1, 2 * len + 1000);
    file = fopen(path, "rb");
    len = fread(*bytes, 1, 2 * len, file);
    (void) fclose(file);

    return len;
}


static void
gzip_is_recognized(void **state)
{
    size_t len;
    char *bytes;
    gray_imported_t imported;
    gray_import_t options = { .replace = true };
    story_t *story = *state;
    char *text = lines('u', MANY);

    story_shop(story);
    for (int i = 0; i < 3; i++) {
        len = compressed(story, text, i > 0, &bytes);
        len += i == 2 ? 512 : 0; /* zeros that pad */
        story_ok(story,
            import_bytes(story, "testers", bytes, len, &options, &imported));
        assert_int_equal(imported.lines, MANY);
        assert_int_equal(imported.after, MANY);
        free(bytes);
    }
    free(text);
}


static void
gzip_that_is_cut_or_damaged_changes_nothing(void **state)
{
    size_t len;
    char *bytes;
    gray_imported_t imported;
    gray_import_t options = { 0 };
    story_t *story = *state;
    char *text = lines('u', MANY);

    story_shop(story);
    story_ok(story, story_add(story, "testers", "old"));
    len = compressed(story, text, true, &bytes);
    for (int i = 0; i < 8; i++) {
        options.replace = i % 2 == 0;
        story_refused(story, GRAY_EINVALID,
            import_bytes(story, "testers", bytes, len - 1 - (size_t) i * 2000,
                &options, &imported));
        assert_non_null(strstr(story->error.message, "cut short"));
        assert_int_equal(count(story, "testers"), 1);
    }

    bytes[len / 3] ^= 0x55;
    story_refused(story, GRAY_EINVALID,
        import_bytes(story, "testers", bytes, len, &options, &imported));
    bytes[len / 3] ^= 0x55;
    memcpy(bytes + len, "more", 4);
    story_refused(story, GRAY_EINVALID,
        import_bytes(story, "testers", bytes, len + 4, &options, &imported));
    assert_int_equal(count(story, "testers"), 1);
    assert_int_equal(story_check(story), 0);
    free(bytes);
    free(text);
}


/* --- CSV --------------------------------------------------------------------------------- */

static void
a_column_of_a_csv_file_is_imported(void **state)
{
    bad_t bad = { 0 };
    gray_list_has_t has;
    gray_imported_t imported;
    gray_import_t options = { .replace = true, .bad = bad_line, .data = &bad };
    story_t *story = *state;

    options.csv.identity = "user id";
    options.csv.expiry = "until";
    options.csv.note = "note";
    story_shop(story);
    story_ok(story,
        import(story, "testers",
            "\xef\xbb\xbfname,\"user id\",until,note\r\n"
            "Ann,a1,,first\r\n"
            "\"Bob, \"\"the\nbuilder\"\"\",b2,+3600,\"said \"\"hi\"\"\"\r\n"
            "\r\n"
            "Eve,\"#e3\",2001-01-01T00:00:00Z,\n"
            "Dan,#d4,,",
            &options, &imported));
    assert_int_equal(bad.n, 0);
    assert_int_equal(imported.after, 3);
    assert_int_equal(imported.expired, 1);
    assert_true(story_has(story, "testers", "#d4"));
    story_ok(story, gray_control_list_has(
                        story->control, "testers", "b2", &has, &story->error));
    assert_string_equal(has.by.note, "said \"hi\"");
    assert_true(has.by.expiry > 0);
}


static void
bad_records_are_told_with_the_line_where_they_begin(void **state)
{
    static const struct {
        const char *record;
        const char *reason;
    } rows[] = {
        { "a", "1 field, the header 2" },
        { "a,b,c", "3 fields, the header 2" },
        { "\"a\"b,c", "after a closing quote" },
        { "a\"b,c", "quote in 'a\"b'" },
        { ",c", "empty" },
        { "\"a\nb\",c", "control character" },
        { "\"a,c\nd,e", "not closed by the end" },
    };
    char text[200];
    bad_t bad;
    gray_imported_t imported;
    gray_import_t options = { .replace = true, .bad = bad_line, .data = &bad };
    story_t *story = *state;

    options.csv.identity = "id";
    story_shop(story);
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        memset(&bad, 0, sizeof(bad));
        (void) snprintf(text, sizeof(text), "id,name\n\"x\n\",m\nok,n\n%s\n",
            rows[i].record);
        story_ok(story, import(story, "testers", text, &options, &imported));
        assert_int_equal(bad.n, 2);
        assert_int_equal(bad.line, 5);
        assert_non_null(strstr(bad.message, rows[i].reason));
        assert_int_equal(imported.after, 1);
    }
}


static void
a_csv_file_without_the_column_changes_nothing(void **state)
{
    gray_imported_t imported;
    gray_import_t options = { .replace = true };
    story_t *story = *state;

    options.csv.identity = "id";
    story_shop(story);
    story_ok(story, story_add(story, "testers", "old"));

    story_refused(story, GRAY_EINVALID,
        import(story, "testers", "ID,name\na,b\n", &options, &imported));
    assert_non_null(strstr(story->error.message, "'id'"));
    assert_non_null(strstr(story->error.hint, "'ID', 'name'"));
    story_refused(story, GRAY_EINVALID,
        import(story, "testers", "id,id\na,b\n", &options, &imported));
    assert_non_null(strstr(story->error.message, "several"));
    story_refused(story, GRAY_EINVALID,
        import(story, "testers", "", &options, &imported));
    assert_non_null(strstr(story->error.message, "empty"));
    options.csv.identity = NULL;
    options.csv.note = "name";
    story_refused(story, GRAY_EINVALID,
        import(story, "testers", "id,id\n", &options, &imported));
    assert_true(story_has(story, "testers", "old"));
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        story_test(gzip_is_recognized),
        story_test(gzip_that_is_cut_or_damaged_changes_nothing),
        story_test(a_column_of_a_csv_file_is_imported),
        story_test(bad_records_are_told_with_the_line_where_they_begin),
        story_test(a_csv_file_without_the_column_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
