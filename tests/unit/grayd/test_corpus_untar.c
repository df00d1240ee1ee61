/* Every file of the fuzz target's corpus, run through it. */

#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>

#include "../../../fuzz/fuzz_untar.c"

#define FOLDER GRAY_ROOT "/fuzz/corpus/untar"


static void
replay(const char *name)
{
    uint8_t input[65536], *exact;
    char path[512];
    FILE *file;
    size_t n;

    snprintf(path, sizeof(path), FOLDER "/%s", name);
    file = fopen(path, "rb");
    assert_non_null(file);
    n = fread(input, 1, sizeof(input), file);
    fclose(file);

    /* Of the exact size, so that a sanitizer sees a read beyond it. */
    exact = malloc(n + 1);
    memcpy(exact, input, n);
    exact = realloc(exact, n > 0 ? n : 1);
    assert_int_equal(LLVMFuzzerTestOneInput(exact, n), 0);
    free(exact);
}


static void
test_the_corpus_of_targets_is_survived(void **state)
{
    struct dirent *entry;
    DIR *dir = opendir(FOLDER);
    unsigned n = 0;

    (void) state;
    assert_non_null(dir);
    while ((entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] != '.') {
            replay(entry->d_name);
            n++;
        }
    }
    closedir(dir);
    assert_true(n > 0);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_corpus_of_targets_is_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
