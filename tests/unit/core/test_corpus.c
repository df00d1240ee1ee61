/* Every file of the fuzz targets' corpora, run through its target. */

#include <dirent.h>
#include "core_test.h"

#define LLVMFuzzerTestOneInput fuzz_condition
#include "../../../fuzz/fuzz_condition.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_address
#include "../../../fuzz/fuzz_address.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_version
#include "../../../fuzz/fuzz_version.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_release
#include "../../../fuzz/fuzz_release.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_token
#include "../../../fuzz/fuzz_token.c"

#define LARGEST_INPUT 65536

typedef int (*target_pt)(const uint8_t *data, size_t size);


static void
corpus_path(char *path, size_t size, const char *target, const char *file)
{
    snprintf(path, size, "%s/fuzz/corpus/%s/%s", GRAY_ROOT, target, file);
}


static void
replay(target_pt target, const char *path)
{
    static uint8_t input[LARGEST_INPUT];
    FILE *file = fopen(path, "rb");
    uint8_t *exact;
    size_t n;

    assert_non_null(file);
    n = fread(input, 1, sizeof(input), file);
    fclose(file);

    /* Of the exact size, so that a sanitizer sees a read beyond it. */
    exact = malloc(n + 1);
    memcpy(exact, input, n);
    target(exact, n);
    free(exact);
}


static void
replay_all(target_pt target, const char *name)
{
    struct dirent *entry;
    char path[512];
    unsigned n = 0;
    DIR *dir;

    corpus_path(path, sizeof(path), name, "");
    dir = opendir(path);

    if (dir == NULL) {
        fail_msg("%s: no such folder", path);
    }

    while ((entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] != '.') {
            corpus_path(path, sizeof(path), name, entry->d_name);
            replay(target, path);
            n++;
        }
    }

    closedir(dir);
    assert_true(n > 0);
}


static void
test_the_corpus_of_conditions_is_survived(void **state)
{
    (void) state;
    replay_all(fuzz_condition, "condition");
}


static void
test_the_corpus_of_addresses_is_survived(void **state)
{
    (void) state;
    replay_all(fuzz_address, "address");
}


static void
test_the_corpus_of_versions_is_survived(void **state)
{
    (void) state;
    replay_all(fuzz_version, "version");
}


static void
test_the_corpus_of_compiled_releases_is_survived(void **state)
{
    (void) state;
    replay_all(fuzz_release, "release");
}


static void
test_the_corpus_of_tokens_is_survived(void **state)
{
    (void) state;
    replay_all(fuzz_token, "token");
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_corpus_of_conditions_is_survived),
        cmocka_unit_test(test_the_corpus_of_addresses_is_survived),
        cmocka_unit_test(test_the_corpus_of_versions_is_survived),
        cmocka_unit_test(test_the_corpus_of_compiled_releases_is_survived),
        cmocka_unit_test(test_the_corpus_of_tokens_is_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
