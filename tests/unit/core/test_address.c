#include "core_test.h"
#include "core/address.h"


static const struct {
    const char *text;
    const char *canonical; /* NULL: no address */
} addresses[] = {
    { "1.2.3.4", "1.2.3.4" },
    { "0.0.0.0", "0.0.0.0" },
    { "255.255.255.255", "255.255.255.255" },
    { "127.0.0.1", "127.0.0.1" },
    { "1.2.3", NULL },
    { "1.2.3.4.5", NULL },
    { "1.2.3.256", NULL },
    { "1.2.3.1000", NULL },
    { "01.2.3.4", NULL },
    { "1.2.3.04", NULL },
    { "1.2.3.00", NULL },
    { "1.2.3.", NULL },
    { ".1.2.3", NULL },
    { "1..2.3", NULL },
    { "1.2.3.4 ", NULL },
    { " 1.2.3.4", NULL },
    { "1.2.3.-4", NULL },
    { "1.2.3.+4", NULL },
    { "1.2.3.a", NULL },
    { "0x1.2.3.4", NULL },
    { "16909060", NULL },
    { "", NULL },
    { ":", NULL },
    { "unix:", NULL },
    { "unknown", NULL },
    { "1.2.3.4:80", NULL },
    { "[::1]", NULL },
    { "fe80::1%eth0", NULL },
    { "::", "::" },
    { "::1", "::1" },
    { "1::", "1::" },
    { "2001:db8::1", "2001:db8::1" },
    { "2001:DB8::A", "2001:db8::a" },
    { "2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1" },
    { "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
    { "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1" },
    { "2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1" },
    { "2001:0:0:1:0:0:0:1", "2001:0:0:1::1" },
    { "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8" },
    { "1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0" },
    { "::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8" },
    { "1::3:4:5:6:7:8", "1:0:3:4:5:6:7:8" },
    { "0:0:0:0:0:0:0:0", "::" },
    { "ff02::fb", "ff02::fb" },
    { "::ffff:1.2.3.4", "1.2.3.4" },
    { "::FFFF:1.2.3.4", "1.2.3.4" },
    { "0:0:0:0:0:ffff:1.2.3.4", "1.2.3.4" },
    { "::ffff:102:304", "1.2.3.4" },
    { "::ffff:0:0", "0.0.0.0" },
    { "::1.2.3.4", "::102:304" },
    { "64:ff9b::192.0.2.33", "64:ff9b::c000:221" },
    { "1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304" },
    { "1:2:3:4:5:6:7:1.2.3.4", NULL },
    { "1:2:3:4:5:6:7", NULL },
    { "1:2:3:4:5:6:7:8:9", NULL },
    { "1:2:3:4:5:6:7:8::", NULL },
    { "::1:2:3:4:5:6:7:8", NULL },
    { "1::2::3", NULL },
    { ":::", NULL },
    { ":::1", NULL },
    { "1:::2", NULL },
    { ":1", NULL },
    { "1:", NULL },
    { "1:2", NULL },
    { ":1::2", NULL },
    { "1::2:", NULL },
    { "12345::", NULL },
    { "::12345", NULL },
    { "g::", NULL },
    { "::g", NULL },
    { "1.2.3.4::", NULL },
    { "::1.2.3.4:5", NULL },
    { "1.2.3.4::1", NULL },
    { "::ffff:01.2.3.4", NULL },
    { "::ffff:1.2.3", NULL },
    { "::ffff:1.2.3.4.5", NULL },
    { "::ffff:1.2.3.256", NULL },
    { "0001:0002:0003:0004:0005:0006:255.255.255.255",
        "1:2:3:4:5:6:ffff:ffff" },
    { "0001:0002:0003:0004:0005:0006:255.255.255.2555", NULL },
    { "1.2.3.4/32", NULL },
    { "::/0", NULL },
};

static const struct {
    const char *text;
    const char *canonical; /* NULL: an error with this hint */
    const char *hint;
} blocks[] = {
    { "10.0.0.0/8", "10.0.0.0/8", NULL },
    { "0.0.0.0/0", "0.0.0.0/0", NULL },
    { "1.2.3.4/32", "1.2.3.4", NULL },
    { "1.2.3.4", "1.2.3.4", NULL },
    { "192.168.128.0/17", "192.168.128.0/17", NULL },
    { "2001:db8::/32", "2001:db8::/32", NULL },
    { "::/0", "::/0", NULL },
    { "::1/128", "::1", NULL },
    { "::ffff:10.0.0.0/104", "10.0.0.0/8", NULL },
    { "::ffff:0:0/96", "0.0.0.0/0", NULL },
    { "10.0.0.1/8", NULL, "write 10.0.0.0/8" },
    { "10.1.2.3/16", NULL, "write 10.1.0.0/16" },
    { "192.168.129.0/17", NULL, "write 192.168.128.0/17" },
    { "2001:db8::1/32", NULL, "write 2001:db8::/32" },
    { "10.0.0.0/33", NULL, "write 10.0.0.0/32" },
    { "::/129", NULL, "write ::/128" },
    { "10.0.0.0/", NULL, "write 10.0.0.0/32" },
    { "10.0.0.0/08", NULL, "write 10.0.0.0/32" },
    { "10.0.0.0/-1", NULL, "write 10.0.0.0/32" },
    { "10.0.0.0/8/8", NULL, "write 10.0.0.0/32" },
    { "10.0.0.0/8x", NULL, "write 10.0.0.0/32" },
    { "10.0.0/8", NULL,
        "write one such as 192.168.2.20, 10.0.0.0/8 or 2001:db8::/32" },
    { "/8", NULL,
        "write one such as 192.168.2.20, 10.0.0.0/8 or 2001:db8::/32" },
    { "", NULL, "write one such as 192.168.2.20, 10.0.0.0/8 or 2001:db8::/32" },
};

static const struct {
    const char *block, *address;
    bool inside;
} inside[] = {
    { "10.0.0.0/8", "10.255.255.255", true },
    { "10.0.0.0/8", "11.0.0.0", false },
    { "10.0.0.0/8", "::ffff:10.1.2.3", true },
    { "10.0.0.0/8", "::10.1.2.3", false },
    { "0.0.0.0/0", "1.2.3.4", true },
    { "0.0.0.0/0", "2001:db8::1", false },
    { "::/0", "2001:db8::1", true },
    { "1.2.3.4", "1.2.3.4", true },
    { "1.2.3.4", "1.2.3.5", false },
    { "192.168.128.0/17", "192.168.128.1", true },
    { "192.168.128.0/17", "192.168.127.255", false },
    { "10.0.0.0/31", "10.0.0.1", true },
    { "10.0.0.0/31", "10.0.0.2", false },
    { "2001:db8::/33", "2001:db8:7fff::", true },
    { "2001:db8::/33", "2001:db8:8000::", false },
    { "2001:db8::1", "2001:db8:0:0::1", true },
};


static void
test_addresses_are_read_strictly_and_printed_canonically(void **state)
{
    char text[GRAY_ADDRESS_TEXT_MAX];
    gray_address_t address;
    size_t i;

    (void) state;

    for (i = 0; i < COUNT(addresses); i++) {
        bool good = gray_address_parse(str_of(addresses[i].text), &address);

        if (good != (addresses[i].canonical != NULL)) {
            fail_msg("'%s'", addresses[i].text);
        }

        if (good) {
            size_t n = gray_address_print(&address, text);

            assert_int_equal(n, strlen(text));
            assert_string_equal(text, addresses[i].canonical);
            assert_int_equal(address.bits, 128);
        }
    }
}


static void
test_blocks_are_read_and_errors_say_the_block_meant(void **state)
{
    char text[GRAY_ADDRESS_TEXT_MAX];
    gray_address_t block;
    gray_error_t error;
    size_t i;

    (void) state;

    for (i = 0; i < COUNT(blocks); i++) {
        memset(&error, 0, sizeof(error));

        if (gray_block_parse(str_of(blocks[i].text), &block, &error) == 0) {
            gray_address_print(&block, text);
            assert_non_null(blocks[i].canonical);
            assert_string_equal(text, blocks[i].canonical);
            continue;
        }

        assert_null(blocks[i].canonical);
        assert_int_equal(error.code, GRAY_EINVALID);
        assert_string_equal(error.hint, blocks[i].hint);
    }
}


static void
test_a_block_holds_the_addresses_that_share_its_prefix(void **state)
{
    gray_address_t block, address;
    gray_error_t error;
    size_t i;

    (void) state;

    for (i = 0; i < COUNT(inside); i++) {
        assert_int_equal(
            gray_block_parse(str_of(inside[i].block), &block, &error), 0);
        assert_true(gray_address_parse(str_of(inside[i].address), &address));

        if (gray_block_contains(&block, &address) != inside[i].inside) {
            fail_msg("%s in %s", inside[i].address, inside[i].block);
        }
    }
}


static void
test_a_text_that_looks_like_a_block_is_known(void **state)
{
    (void) state;

    assert_true(gray_block_looks_like(gray_str("10.0.0.0/8")));
    assert_true(gray_block_looks_like(gray_str("10.0.0.1/99")));
    assert_true(gray_block_looks_like(gray_str("2001:db8::/32")));
    assert_false(gray_block_looks_like(gray_str("10.0.0.0")));
    assert_false(gray_block_looks_like(gray_str("a/8")));
    assert_false(gray_block_looks_like(gray_str("10.0.0.0/")));
    assert_false(gray_block_looks_like(gray_str("10.0.0.0/x")));
    assert_false(gray_block_looks_like(gray_str("")));
}


static void
test_masking_zeroes_what_is_beyond_the_prefix(void **state)
{
    gray_address_t address;
    unsigned bits, bit;

    (void) state;

    for (bits = 0; bits <= 128; bits++) {
        memset(address.bytes, 0xff, 16);
        gray_address_mask(&address, bits);
        assert_int_equal(address.bits, bits);

        for (bit = 0; bit < 128; bit++) {
            assert_int_equal(
                address.bytes[bit / 8] >> (7 - bit % 8) & 1, bit < bits);
        }
    }
}


static void
test_a_mapped_address_is_written_as_its_ipv4_address(void **state)
{
    static const char *const texts[][2] = {
        { "::ffff:1.2.3.4", "1.2.3.4" },
        { "::FFFF:1.2.3.4", "1.2.3.4" },
        { "1.2.3.4", "1.2.3.4" },
        { "::ffff:1.2.3.256", "::ffff:1.2.3.256" },
        { "::ffff:1:2", "::ffff:1:2" },
        { "::ffff:::1", "::ffff:::1" },
        { "::ffff:", "::ffff:" },
        { "2001:db8::1", "2001:db8::1" },
        { "phone-42", "phone-42" },
        { "", "" },
    };

    (void) state;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        gray_str_t text = { strlen(texts[i][0]), texts[i][0] };
        gray_str_t unmapped = gray_address_unmapped(text);

        assert_int_equal(unmapped.len, strlen(texts[i][1]));
        assert_memory_equal(unmapped.data, texts[i][1], unmapped.len);
    }
}


static void
test_random_addresses_survive_print_and_parse(void **state)
{
    char text[GRAY_ADDRESS_TEXT_MAX];
    random_t random = { 1 };
    gray_address_t address, again;
    gray_error_t error;
    int i, j;

    (void) state;

    for (i = 0; i < 100000; i++) {
        for (j = 0; j < 16; j++) {
            address.bytes[j] = random_below(&random, 3) == 0
                                   ? (uint8_t) random_below(&random, 256)
                                   : 0;
        }

        if (random_below(&random, 3) == 0) {
            memcpy(address.bytes, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12);
        }

        gray_address_mask(&address, random_below(&random, 129));
        assert_in_range(
            gray_address_print(&address, text), 2, GRAY_ADDRESS_TEXT_MAX - 1);
        assert_int_equal(gray_block_parse(str_of(text), &again, &error), 0);
        assert_memory_equal(&address, &again, sizeof(address));
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_addresses_are_read_strictly_and_printed_canonically),
        cmocka_unit_test(test_blocks_are_read_and_errors_say_the_block_meant),
        cmocka_unit_test(
            test_a_block_holds_the_addresses_that_share_its_prefix),
        cmocka_unit_test(test_a_text_that_looks_like_a_block_is_known),
        cmocka_unit_test(test_masking_zeroes_what_is_beyond_the_prefix),
        cmocka_unit_test(test_a_mapped_address_is_written_as_its_ipv4_address),
        cmocka_unit_test(test_random_addresses_survive_print_and_parse),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
