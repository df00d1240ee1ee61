/* Every file of the fuzz target's corpus, run through it. */

#include "corpus.h"
#include "../../../fuzz/fuzz_watch.c"


static void
the_corpus_of_watch_is_survived(void **state)
{
    (void) state;
    corpus_replay(LLVMFuzzerTestOneInput, "watch");
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_corpus_of_watch_is_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
