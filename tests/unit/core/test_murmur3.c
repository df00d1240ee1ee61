#include "core_test.h"
#include "core/murmur3.h"
#include "core/split.h"


/* SMHasher's VerificationTest: keys 0, 0 1, 0 1 2, … with seed 256 - length,
 * and the hash of all their hashes. */
static void
test_smhashers_verification_value_is_0xB0F57EE3(void **state)
{
    unsigned char key[256], hashes[256][4], i = 0;
    uint32_t hash;

    (void) state;

    do {
        key[i] = i;
        hash = gray_murmur3_32(key, i, 256u - i);
        hashes[i][0] = (unsigned char) hash;
        hashes[i][1] = (unsigned char) (hash >> 8);
        hashes[i][2] = (unsigned char) (hash >> 16);
        hashes[i][3] = (unsigned char) (hash >> 24);
    } while (++i != 0);

    assert_int_equal(gray_murmur3_32(hashes, 1024, 0), 0xB0F57EE3);
}


static void
test_known_vectors_come_out(void **state)
{
    static const struct {
        const char *text;
        uint32_t seed, hash;
    } vectors[] = {
        { "", 0, 0 },
        { "", 1, 0x514E28B7 },
        { "", 0xffffffff, 0x81F16F39 },
        { "test", 0, 0xba6bd213 },
        { "test", 0x9747b28c, 0x704b81dc },
        { "Hello, world!", 0, 0xc0363e43 },
        { "Hello, world!", 0x9747b28c, 0x24884CBA },
        { "The quick brown fox jumps over the lazy dog", 0, 0x2e4ff723 },
        { "aaaa", 0x9747b28c, 0x5A97808A },
        { "aaa", 0x9747b28c, 0x283E0130 },
        { "aa", 0x9747b28c, 0x5D211726 },
        { "a", 0x9747b28c, 0x7FA09EA6 },
        { "abcd", 0x9747b28c, 0xF0478627 },
        { "abc", 0x9747b28c, 0xC84A62DD },
        { "ab", 0x9747b28c, 0x74875592 },
    };
    size_t i;

    (void) state;

    for (i = 0; i < COUNT(vectors); i++) {
        assert_int_equal(gray_murmur3_32(vectors[i].text,
                             strlen(vectors[i].text), vectors[i].seed),
            vectors[i].hash);
    }
}


static void
test_a_hash_in_pieces_is_the_hash_of_the_whole(void **state)
{
    const char *text = "shop:8f0c6a52-6bd1-4c73";
    size_t len = strlen(text), i, j;
    gray_murmur3_t hash;

    (void) state;

    for (i = 0; i <= len; i++) {
        for (j = i; j <= len; j++) {
            gray_murmur3_init(&hash, 7);
            gray_murmur3_add(&hash, text, i);
            gray_murmur3_add(&hash, text + i, j - i);
            gray_murmur3_add(&hash, text + j, len - j);
            assert_int_equal(
                gray_murmur3_end(&hash, "", 0), gray_murmur3_32(text, len, 7));
        }
    }
}


static void
test_a_bucket_is_the_hash_of_salt_colon_value_scaled(void **state)
{
    const char *joined = "shop:phone-42";
    uint64_t hash = gray_murmur3_32(joined, strlen(joined), 0);

    (void) state;

    assert_int_equal(gray_bucket(gray_str("shop"), gray_str("phone-42")),
        (uint32_t) (hash * GRAY_BUCKETS >> 32));
}


/* Computed by another implementation. */
static void
test_buckets_are_the_published_ones(void **state)
{
    static const struct {
        const char *salt, *value;
        uint32_t bucket;
    } vectors[] = {
        { "shop", "ann", 20116 },
        { "shop", "bob", 81323 },
        { "shop", "phone-42", 44759 },
        { "shop", "\xe5\x8c\x97\xe4\xba\xac", 48927 },
        { "other", "ann", 74382 },
        { "shop", "", 9544 },
    };
    size_t i;

    (void) state;

    for (i = 0; i < COUNT(vectors); i++) {
        assert_int_equal(
            gray_bucket(str_of(vectors[i].salt), str_of(vectors[i].value)),
            vectors[i].bucket);
    }
}


static void
test_a_hundred_thousand_ids_spread_evenly_over_ten_parts(void **state)
{
    unsigned counts[10] = { 0 };
    char id[16];
    int i;

    (void) state;

    for (i = 0; i < 100000; i++) {
        int n = snprintf(id, sizeof(id), "user-%d", i);
        counts[gray_bucket(gray_str("shop"), (gray_str_t){ (size_t) n, id })
               / (GRAY_BUCKETS / 10)]++;
    }

    /* 4 sigma of a binomial with n = 100 000 and p = 0.1 is 380. */
    for (i = 0; i < 10; i++) {
        assert_in_range(counts[i], 9620, 10380);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_smhashers_verification_value_is_0xB0F57EE3),
        cmocka_unit_test(test_known_vectors_come_out),
        cmocka_unit_test(test_a_hash_in_pieces_is_the_hash_of_the_whole),
        cmocka_unit_test(test_a_bucket_is_the_hash_of_salt_colon_value_scaled),
        cmocka_unit_test(test_buckets_are_the_published_ones),
        cmocka_unit_test(
            test_a_hundred_thousand_ids_spread_evenly_over_ten_parts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
