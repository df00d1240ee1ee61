/* Override tokens and the keyring. */

#include "core_test.h"
#include "core/base64url.h"
#include "core/murmur3.h"
#include "core/token.h"

#define NOW 1800000000u

static gray_keyring_t keyring;
static gray_token_bytes_t bytes;
static gray_token_t found;


/* Stands for HMAC-SHA256, which the core does not have. */
static bool
mac(const unsigned char key[GRAY_TOKEN_KEY_SIZE], const void *data, size_t len,
    unsigned char out[GRAY_TOKEN_MAC_SIZE])
{
    uint32_t i, hash;

    for (i = 0; i < GRAY_TOKEN_MAC_SIZE / 4; i++) {
        hash = gray_murmur3_32(data, len, key[i] + i);
        memcpy(out + 4 * i, &hash, 4);
    }

    return true;
}


static bool
no_mac(const unsigned char key[GRAY_TOKEN_KEY_SIZE], const void *data,
    size_t len, unsigned char out[GRAY_TOKEN_MAC_SIZE])
{
    (void) key;
    (void) data;
    (void) len;
    (void) out;

    return false;
}


static int
begin(void **state)
{
    unsigned char key[GRAY_TOKEN_KEY_SIZE];

    (void) state;
    memset(&keyring, 0, sizeof(keyring));
    memset(key, 7, sizeof(key));
    gray_keyring_rotate(&keyring, NOW, key);

    return 0;
}


static gray_token_t
token_of(const char *host)
{
    return (gray_token_t){ .id = 0x0123456789abcdefu,
        .expiry = NOW + 60,
        .release = gray_str("shop"),
        .variant = gray_str("gray"),
        .host = str_of(host) };
}


static gray_str_t
sign(const gray_token_t *token)
{
    int len;
    static char text[GRAY_TOKEN_TEXT_MAX];

    len = gray_token_sign(token, &keyring.keys[0], mac, text);
    assert_true(len > 0);

    return (gray_str_t){ (size_t) len, text };
}


static gray_token_verdict_t
judge_at(gray_str_t text, const char *release, const char *host, uint64_t now)
{
    gray_token_use_t use = { str_of(release), str_of(host), now };

    return gray_token_verify(text, &use, &keyring, mac, &bytes, &found);
}


static gray_token_verdict_t
judge(gray_str_t text)
{
    return judge_at(text, "shop", "shop.example.com", NOW);
}


static void
test_a_token_says_what_was_signed(void **state)
{
    gray_token_t token = token_of("shop.example.com");

    (void) state;
    assert_int_equal(judge(sign(&token)), GRAY_TOKEN_GOOD);
    assert_int_equal(found.key, keyring.keys[0].id);
    assert_true(found.id == token.id && found.expiry == token.expiry);
    assert_int_equal(found.variant.len, 4);
    assert_memory_equal(found.variant.data, "gray", 4);
    assert_memory_equal(found.host.data, "shop.example.com", 16);
}


/* The format is an interface: a change of it is a new version. */
static void
test_the_bytes_are_those_that_the_header_describes(void **state)
{
    gray_token_t token = token_of("h");
    gray_str_t text = sign(&token);
    const unsigned char expected[] = "\x01\x00\x00\x00\x01"
                                     "\x01\x23\x45\x67\x89\xab\xcd\xef"
                                     "\x00\x00\x00\x00\x6b\x49\xd2\x3c"
                                     "\x04shop\x04gray\x01h";

    (void) state;
    assert_true(gray_base64url_decode(
        text, bytes.data, sizeof(bytes.data), &bytes.len));
    assert_int_equal(bytes.len, sizeof(expected) - 1 + GRAY_TOKEN_MAC_SIZE);
    assert_memory_equal(bytes.data, expected, sizeof(expected) - 1);
}


static void
test_every_truncation_of_a_token_is_refused(void **state)
{
    size_t len;
    gray_token_t token = token_of("shop.example.com");
    gray_str_t text = sign(&token);

    (void) state;
    for (len = 0; len < text.len; len++) {
        assert_int_not_equal(
            judge((gray_str_t){ len, text.data }), GRAY_TOKEN_GOOD);
        assert_int_not_equal(
            judge((gray_str_t){ len, text.data + text.len - len }),
            GRAY_TOKEN_GOOD);
    }
}


static void
test_every_flipped_bit_of_a_token_is_refused(void **state)
{
    size_t i;
    unsigned bit;
    char flipped[GRAY_TOKEN_TEXT_MAX];
    const char *hosts[] = { "", "h", "ho" };
    gray_token_t token;
    gray_str_t text;

    (void) state;
    for (i = 0; i < COUNT(hosts) * 1000; i++) {
        token = token_of(hosts[i / 1000]);
        text = sign(&token);
        if (i % 1000 >= text.len) {
            continue;
        }
        for (bit = 0; bit < 8; bit++) {
            memcpy(flipped, text.data, text.len);
            flipped[i % 1000] ^= (char) (1u << bit);
            assert_int_not_equal(
                judge((gray_str_t){ text.len, flipped }), GRAY_TOKEN_GOOD);
        }
    }
}


static void
test_what_follows_a_token_makes_it_none(void **state)
{
    char longer[GRAY_TOKEN_TEXT_MAX + 1];
    const char *ends[] = { "=", "A", " ", "\n", "%", "." };
    gray_token_t token = token_of("");
    gray_str_t text = sign(&token);
    size_t i;

    (void) state;
    memcpy(longer, text.data, text.len);
    for (i = 0; i < COUNT(ends); i++) {
        longer[text.len] = *ends[i];
        assert_int_equal(
            judge((gray_str_t){ text.len + 1, longer }), GRAY_TOKEN_MALFORMED);
    }
}


static void
test_a_token_is_good_until_its_expiry(void **state)
{
    gray_token_t token = token_of("");
    gray_str_t text = sign(&token);

    (void) state;
    assert_int_equal(
        judge_at(text, "shop", "", token.expiry - 1), GRAY_TOKEN_GOOD);
    assert_int_equal(
        judge_at(text, "shop", "", token.expiry), GRAY_TOKEN_EXPIRED);
    assert_int_equal(
        judge_at(text, "shop", "", UINT64_MAX), GRAY_TOKEN_EXPIRED);
}


static void
test_a_token_is_for_one_release_and_one_host_or_any(void **state)
{
    gray_token_t bound = token_of("shop.example.com"), any = token_of("");
    gray_str_t text = sign(&bound);

    (void) state;
    assert_int_equal(
        judge_at(text, "shop2", "shop.example.com", NOW), GRAY_TOKEN_FOREIGN);
    assert_int_equal(
        judge_at(text, "shop", "evil.example.com", NOW), GRAY_TOKEN_FOREIGN);
    assert_int_equal(judge_at(text, "shop", "", NOW), GRAY_TOKEN_FOREIGN);

    text = sign(&any);
    assert_int_equal(
        judge_at(text, "shop", "evil.example.com", NOW), GRAY_TOKEN_GOOD);
    assert_int_equal(judge_at(text, "shop", "", NOW), GRAY_TOKEN_GOOD);
}


static void
test_a_key_verifies_until_the_second_rotation(void **state)
{
    gray_token_t token = token_of("");
    gray_str_t text = sign(&token);
    unsigned char key[GRAY_TOKEN_KEY_SIZE] = { 1 };

    (void) state;
    gray_keyring_rotate(&keyring, NOW, key);
    assert_int_equal(keyring.keys[0].id, 2);
    assert_int_equal(judge(text), GRAY_TOKEN_GOOD);

    gray_keyring_rotate(&keyring, NOW, key);
    assert_int_equal(judge(text), GRAY_TOKEN_NO_KEY);
    assert_int_equal(keyring.nkeys, GRAY_KEYRING_KEYS);
}


static void
test_a_key_of_the_same_id_is_another_key(void **state)
{
    gray_token_t token = token_of("");
    gray_str_t text = sign(&token);

    (void) state;
    keyring.keys[0].bytes[3] ^= 1;
    assert_int_equal(judge(text), GRAY_TOKEN_FORGED);
}


static void
test_a_library_that_fails_makes_no_token_good(void **state)
{
    gray_token_t token = token_of("");
    gray_str_t text = sign(&token);
    gray_token_use_t use = { gray_str("shop"), gray_str(""), NOW };
    char again[GRAY_TOKEN_TEXT_MAX];

    (void) state;
    assert_int_equal(
        gray_token_verify(text, &use, &keyring, no_mac, &bytes, &found),
        GRAY_TOKEN_FORGED);
    assert_int_equal(
        gray_token_sign(&token, &keyring.keys[0], no_mac, again), -1);
}


static void
test_a_revoked_token_is_refused_until_it_is_forgotten(void **state)
{
    gray_token_t token = token_of("");
    gray_str_t text = sign(&token);

    (void) state;
    assert_true(gray_keyring_revoke(&keyring, token.id, token.expiry));
    assert_true(gray_keyring_revoke(&keyring, token.id, token.expiry));
    assert_int_equal(keyring.nrevoked, 1);
    assert_int_equal(judge(text), GRAY_TOKEN_REVOKED);

    gray_keyring_purge(&keyring, token.expiry - 1);
    assert_int_equal(judge(text), GRAY_TOKEN_REVOKED);
    gray_keyring_purge(&keyring, token.expiry);
    assert_int_equal(keyring.nrevoked, 0);
    assert_int_equal(
        judge_at(text, "shop", "", token.expiry), GRAY_TOKEN_EXPIRED);
}


static void
test_many_revoked_tokens_are_found_and_their_number_is_bounded(void **state)
{
    unsigned i;
    random_t random = { 7 };
    static uint64_t ids[GRAY_KEYRING_REVOKED];

    (void) state;
    for (i = 0; i < GRAY_KEYRING_REVOKED; i++) {
        ids[i] = (uint64_t) random_below(&random, 1u << 30) << 16 | i;
        assert_true(gray_keyring_revoke(&keyring, ids[i], i));
    }
    assert_false(gray_keyring_revoke(&keyring, 1, 1));

    for (i = 0; i < GRAY_KEYRING_REVOKED; i++) {
        assert_true(gray_keyring_revoked(&keyring, ids[i]));
        assert_false(gray_keyring_revoked(&keyring, ids[i] + (1ull << 60)));
    }

    gray_keyring_purge(&keyring, GRAY_KEYRING_REVOKED / 2);
    assert_false(gray_keyring_revoked(&keyring, ids[0]));
    assert_true(gray_keyring_revoked(&keyring, ids[GRAY_KEYRING_REVOKED - 1]));
}


static void
test_a_keyring_is_read_as_it_was_written_and_not_when_it_is_damaged(
    void **state)
{
    size_t i, len;
    static gray_keyring_t again;
    static unsigned char record[GRAY_KEYRING_BYTES_MAX];

    (void) state;
    gray_keyring_rotate(&keyring, NOW,
        (const unsigned char *) "a second key of 32 bytes, or so.");
    gray_keyring_revoke(&keyring, 9, NOW);
    gray_keyring_revoke(&keyring, 5, NOW + 1);

    len = gray_keyring_write(&keyring, record);
    assert_true(gray_keyring_read(record, len, &again));
    assert_memory_equal(&again, &keyring, sizeof(keyring));

    for (i = 0; i < len * 8; i++) {
        record[i / 8] ^= (unsigned char) (1u << i % 8);
        assert_false(gray_keyring_read(record, len, &again));
        assert_int_equal(again.nkeys, 0);
        record[i / 8] ^= (unsigned char) (1u << i % 8);
    }
    for (i = 0; i < len; i++) {
        assert_false(gray_keyring_read(record, i, &again));
    }
}


static void
test_a_host_is_a_name_or_an_address_without_a_port(void **state)
{
    const char *good[] = { "a", "shop.example.com", "10.0.0.1", "[::1]",
        "[fe80::f]", "xn--fiq228c.cn", "my_host" };
    const char *bad[] = { "", "Shop", "a:80", "[::1]:80", "[::1", "[]", ".a",
        "a.", "a b", "a/b", "ä", "a\r\n" };
    char name[GRAY_TOKEN_HOST_MAX + 1];
    size_t i;

    (void) state;
    for (i = 0; i < COUNT(good); i++) {
        assert_true(gray_token_host_valid(str_of(good[i])));
    }
    for (i = 0; i < COUNT(bad); i++) {
        assert_false(gray_token_host_valid(str_of(bad[i])));
    }

    memset(name, 'a', sizeof(name));
    assert_true(
        gray_token_host_valid((gray_str_t){ GRAY_TOKEN_HOST_MAX, name }));
    assert_false(
        gray_token_host_valid((gray_str_t){ GRAY_TOKEN_HOST_MAX + 1, name }));
}


static void
test_the_longest_token_fits_and_what_is_no_name_is_not_signed(void **state)
{
    char name[GRAY_TOKEN_HOST_MAX], text[GRAY_TOKEN_TEXT_MAX];
    gray_token_t token = token_of("");

    (void) state;
    memset(name, 'a', sizeof(name));
    token.release = (gray_str_t){ GRAY_NAME_MAX, name };
    token.variant = token.release;
    token.host = (gray_str_t){ GRAY_TOKEN_HOST_MAX, name };
    assert_int_equal(gray_token_sign(&token, &keyring.keys[0], mac, text),
        GRAY_TOKEN_TEXT_MAX - 1);

    token.variant = gray_str("a b");
    assert_int_equal(gray_token_sign(&token, &keyring.keys[0], mac, text), -1);
}


static void
test_base64url_is_that_of_rfc_4648(void **state)
{
    size_t i, len;
    unsigned char back[8];
    char text[16];
    const struct {
        const char *bytes, *text;
    } cases[] = { { "", "" }, { "f", "Zg" }, { "fo", "Zm8" }, { "foo", "Zm9v" },
        { "foob", "Zm9vYg" }, { "fooba", "Zm9vYmE" }, { "foobar", "Zm9vYmFy" },
        { "\xfb\xef\xff", "--__" } };
    const char *bad[] = { "Z", "Zh", "Zm9", "Zg==", "+/+/", "Zm 8", "Zm9vY" };

    (void) state;
    for (i = 0; i < COUNT(cases); i++) {
        len = gray_base64url_encode((const unsigned char *) cases[i].bytes,
            strlen(cases[i].bytes), text);
        assert_int_equal(len, strlen(cases[i].text));
        assert_memory_equal(text, cases[i].text, len);
        assert_true(gray_base64url_decode(
            (gray_str_t){ len, text }, back, sizeof(back), &len));
        assert_int_equal(len, strlen(cases[i].bytes));
        assert_memory_equal(back, cases[i].bytes, len);
    }
    for (i = 0; i < COUNT(bad); i++) {
        assert_false(
            gray_base64url_decode(str_of(bad[i]), back, sizeof(back), &len));
    }
    assert_false(gray_base64url_decode(str_of("Zm9vYmFy"), back, 5, &len));
}


static void
test_an_id_is_16_hexadecimal_digits(void **state)
{
    uint64_t id;
    char text[GRAY_TOKEN_ID_TEXT];

    (void) state;
    gray_token_id_print(0xfedcba9876543210u, text);
    assert_string_equal(text, "fedcba9876543210");
    assert_true(gray_token_id_parse(str_of(text), &id));
    assert_true(id == 0xfedcba9876543210u);
    assert_false(gray_token_id_parse(gray_str("fedcba987654321"), &id));
    assert_false(gray_token_id_parse(gray_str("FEDCBA9876543210"), &id));
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_token_says_what_was_signed),
        cmocka_unit_test(test_the_bytes_are_those_that_the_header_describes),
        cmocka_unit_test(test_every_truncation_of_a_token_is_refused),
        cmocka_unit_test(test_every_flipped_bit_of_a_token_is_refused),
        cmocka_unit_test(test_what_follows_a_token_makes_it_none),
        cmocka_unit_test(test_a_token_is_good_until_its_expiry),
        cmocka_unit_test(test_a_token_is_for_one_release_and_one_host_or_any),
        cmocka_unit_test_setup(
            test_a_key_verifies_until_the_second_rotation, begin),
        cmocka_unit_test_setup(test_a_key_of_the_same_id_is_another_key, begin),
        cmocka_unit_test_setup(
            test_a_library_that_fails_makes_no_token_good, begin),
        cmocka_unit_test_setup(
            test_a_revoked_token_is_refused_until_it_is_forgotten, begin),
        cmocka_unit_test_setup(
            test_many_revoked_tokens_are_found_and_their_number_is_bounded,
            begin),
        cmocka_unit_test_setup(
            test_a_keyring_is_read_as_it_was_written_and_not_when_it_is_damaged,
            begin),
        cmocka_unit_test(test_a_host_is_a_name_or_an_address_without_a_port),
        cmocka_unit_test_setup(
            test_the_longest_token_fits_and_what_is_no_name_is_not_signed,
            begin),
        cmocka_unit_test(test_base64url_is_that_of_rfc_4648),
        cmocka_unit_test(test_an_id_is_16_hexadecimal_digits),
    };

    return cmocka_run_group_tests(tests, begin, NULL);
}
