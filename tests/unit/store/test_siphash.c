#include "folder.h"
#include "store/siphash.h"


/* CPython 3.11 hashes bytes so, with a key of zeros under PYTHONHASHSEED=0:
 * hash(bytes(range(n))) for n from 1. */
static void
short_inputs_come_out_as_in_cpython(void **state)
{
    static const gray_siphash_key_t zeros = { 0, 0 };
    static const uint64_t hashes[] = {
        0x68a914128e01e473,
        0x010bac45c41e3669,
        0x4d4c9a4a8ef6e0ad,
        0x7cc43f98813e4dbd,
        0x5abe2169dff36275,
        0xe3c25f87624f1cdb,
        0x2f098ab0c751325a,
        0xead411e67ebe2eea,
        0x75927f9d95124362,
        0xaf9f77a65ab51a1d,
        0xfe64ce8b6617fcff,
        0xa6baf4fb0f9fe1c2,
        0xa0cf3211850f8e0d,
        0x7f86049379fbfe67,
        0xf30eb725bb91c9ea,
        0x8972188433a5c5b7,
        0x4883c49a2c009c1d,
        0xadc2c0b63044067d,
        0x091f4a3329f87d19,
        0x639e355ae68c0100,
    };
    unsigned char input[20];

    (void) state;

    for (unsigned char i = 0; i < sizeof(input); i++) {
        input[i] = i;
        assert_true(gray_siphash(&zeros, input, i + 1) == hashes[i]);
    }
}


/* The first vector of Rust's core::hash::SipHasher13. */
static void
the_key_counts(void **state)
{
    static const gray_siphash_key_t key
        = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 };

    (void) state;
    assert_true(gray_siphash(&key, "", 0) == 0xabac0158050fc4dc);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_inputs_come_out_as_in_cpython),
        cmocka_unit_test(the_key_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
