/* Every file of the fuzz targets' corpora, run through its target. */

#include "core_test.h"
#include "corpus.h"

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
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_decide
#include "../../../fuzz/fuzz_decide.c"


static void
test_the_corpus_of_conditions_is_survived(void **state)
{
    (void) state;
    corpus_replay(fuzz_condition, "condition");
}


static void
test_the_corpus_of_addresses_is_survived(void **state)
{
    (void) state;
    corpus_replay(fuzz_address, "address");
}


static void
test_the_corpus_of_versions_is_survived(void **state)
{
    (void) state;
    corpus_replay(fuzz_version, "version");
}


static void
test_the_corpus_of_compiled_releases_is_survived(void **state)
{
    (void) state;
    corpus_replay(fuzz_release, "release");
}


static void
test_the_corpus_of_tokens_is_survived(void **state)
{
    (void) state;
    corpus_replay(fuzz_token, "token");
}


static void
test_the_corpus_of_decisions_is_survived(void **state)
{
    (void) state;
    corpus_replay(fuzz_decide, "decide");
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
        cmocka_unit_test(test_the_corpus_of_decisions_is_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
