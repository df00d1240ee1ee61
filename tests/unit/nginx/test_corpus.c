/* Every file of the corpus of memcached's replies, run through its target. */

#include "../../../fuzz/fuzz_memcached_reply.c"
#include "corpus.h"


static void
test_the_corpus_of_replies_is_survived(void **state)
{
    (void) state;
    corpus_replay(LLVMFuzzerTestOneInput, "memcached_reply");
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_corpus_of_replies_is_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
