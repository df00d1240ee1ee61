/* Every file of the fuzz targets' corpora, run through its target; and what
 * init reads of nginx.conf. */

#include "story.h"
#include "corpus.h"

#define LLVMFuzzerTestOneInput fuzz_document
#include "../../../fuzz/fuzz_document.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_import
#include "../../../fuzz/fuzz_import.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_csv
#include "../../../fuzz/fuzz_csv.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_log_line
#include "../../../fuzz/fuzz_log_line.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_time
#include "../../../fuzz/fuzz_time.c"


static void
the_corpus_of_documents_holds(void **state)
{
    (void) state;
    corpus_replay(fuzz_document, "document");
}


static void
the_corpus_of_imports_holds(void **state)
{
    (void) state;
    corpus_replay(fuzz_import, "import");
}


static void
the_corpus_of_csv_files_holds(void **state)
{
    (void) state;
    corpus_replay(fuzz_csv, "csv");
}


static void
the_corpus_of_log_lines_holds(void **state)
{
    (void) state;
    corpus_replay(fuzz_log_line, "log_line");
}


static void
the_corpus_of_times_holds(void **state)
{
    (void) state;
    corpus_replay(fuzz_time, "time");
}


static void
the_user_of_nginx_conf_is_read(void **state)
{
    char path[200];
    char user[GRAY_CONTROL_GROUP_MAX], group[GRAY_CONTROL_GROUP_MAX];
    story_t *story = *state;

    (void) snprintf(path, sizeof(path), "%s/nginx.conf", story->root);
    story_write(story, "nginx.conf",
        "# user nobody;\nworker_processes 2;\nuser\twww-data  adm ;\n");
    assert_int_equal(gray_control_nginx_user(path, user, group), 0);
    assert_string_equal(user, "www-data");
    assert_string_equal(group, "adm");

    story_write(story, "nginx.conf", "user www-data;\n");
    assert_int_equal(gray_control_nginx_user(path, user, group), 0);
    assert_string_equal(user, "www-data");
    assert_string_equal(group, "");

    story_write(story, "nginx.conf", "events {}\n");
    assert_int_equal(gray_control_nginx_user(path, user, group), 0);
    assert_string_equal(user, "");
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        story_test(the_corpus_of_documents_holds),
        story_test(the_corpus_of_imports_holds),
        story_test(the_corpus_of_csv_files_holds),
        story_test(the_corpus_of_log_lines_holds),
        story_test(the_corpus_of_times_holds),
        story_test(the_user_of_nginx_conf_is_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
