/* Every file of the corpus of requests' addresses, run through its target. */

#include "../../../fuzz/fuzz_query.c"
#include "../../../src/nginx/ngx_http_gray_override_query.c"
#include "corpus.h"


static void
test_the_corpus_of_addresses_is_survived(void **state)
{
    (void) state;
    corpus_replay(LLVMFuzzerTestOneInput, "query");
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_corpus_of_addresses_is_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
