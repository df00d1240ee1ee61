/* Every file of the corpus of targets, run through its target. */

#include "corpus.h"
#include "../../../fuzz/fuzz_uri.c"


static void
test_the_corpus_of_targets_is_survived(void **state)
{
    (void) state;
    corpus_replay(LLVMFuzzerTestOneInput, "uri");
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_corpus_of_targets_is_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
