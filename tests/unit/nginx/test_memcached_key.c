/* Which identities can be memcached keys. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "nginx/memcached_key.h"


static gray_str_t
str(const char *text)
{
    return (gray_str_t){ strlen(text), text };
}


static void
test_addresses_cookies_and_utf8_are_keys(void **state)
{
    (void) state;

    assert_true(gray_memcached_key_valid(0, str("192.168.2.20")));
    assert_true(gray_memcached_key_valid(0, str("2001:db8::1")));
    assert_true(gray_memcached_key_valid(0, str("a=b;c|d\"e'f\\g~!")));
    assert_true(gray_memcached_key_valid(0, str("\xe7\x81\xb0\xe5\xba\xa6")));
}


static void
test_only_printable_bytes_without_space_are_sent(void **state)
{
    (void) state;

    for (unsigned c = 0; c < 256; c++) {
        char byte[3] = { 'a', (char) c, 'b' };
        bool safe = (c >= 0x21 && c <= 0x7e) || c >= 0x80;

        assert_int_equal(
            gray_memcached_key_valid(0, (gray_str_t){ 3, byte }), safe);
    }
}


static void
test_prefix_and_identity_have_250_bytes_together(void **state)
{
    char key[301];

    (void) state;
    memset(key, 'k', sizeof(key));

    assert_true(gray_memcached_key_valid(0, (gray_str_t){ 250, key }));
    assert_false(gray_memcached_key_valid(0, (gray_str_t){ 251, key }));
    assert_false(gray_memcached_key_valid(0, (gray_str_t){ 300, key }));
    assert_true(gray_memcached_key_valid(100, (gray_str_t){ 150, key }));
    assert_false(gray_memcached_key_valid(100, (gray_str_t){ 151, key }));
    assert_false(gray_memcached_key_valid(251, (gray_str_t){ 1, key }));
}


static void
test_an_empty_identity_is_no_key(void **state)
{
    (void) state;

    assert_false(gray_memcached_key_valid(0, (gray_str_t){ 0, NULL }));
    assert_false(gray_memcached_key_valid(10, str("")));
    assert_true(gray_memcached_bytes_safe((gray_str_t){ 0, NULL }));
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses_cookies_and_utf8_are_keys),
        cmocka_unit_test(test_only_printable_bytes_without_space_are_sent),
        cmocka_unit_test(test_prefix_and_identity_have_250_bytes_together),
        cmocka_unit_test(test_an_empty_identity_is_no_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
