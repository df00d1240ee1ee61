#include "core_test.h"
#include "core/error.h"
#include "core/name.h"
#include "core/number.h"

#define SIXTY_THREE \
    "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabc"


static void
test_names_are_letters_digits_and_three_marks(void **state)
{
    static const struct {
        const char *name;
        bool name_valid, attribute_valid;
    } cases[] = {
        { "shop", true, true },
        { "Shop_2", true, true },
        { "_x", true, true },
        { "2fast", true, false },
        { "a.b-c", true, false },
        { "-a", false, false },
        { ".a", false, false },
        { "", false, false },
        { "a b", false, false },
        { "a/b", false, false },
        { "a\n", false, false },
        { "caf\xc3\xa9", false, false },
        { "off", false, true },
        { "offer", true, true },
        { "and", true, false },
        { "now", true, false },
        { "AND", true, true },
        { "matches", true, false },
        { SIXTY_THREE, true, true },
        { SIXTY_THREE "x", false, false },
    };
    size_t i;

    (void) state;

    for (i = 0; i < COUNT(cases); i++) {
        gray_str_t name = str_of(cases[i].name);

        assert_int_equal(gray_name_valid(name), cases[i].name_valid);
        assert_int_equal(gray_attribute_valid(name), cases[i].attribute_valid);
    }
}


static void
test_numbers_compare_exactly(void **state)
{
    static const struct {
        const char *a, *b;
        int order;
    } cases[] = {
        { "5", "5", 0 },
        { "5", "5.0", 0 },
        { "05", "5.00", 0 },
        { "0", "-0", 0 },
        { "0.0", "-000.00", 0 },
        { "5", "6", -1 },
        { "10", "9", 1 },
        { "-10", "-9", -1 },
        { "-1", "1", -1 },
        { "1.5", "1.50", 0 },
        { "1.5", "1.49", 1 },
        { "1.5", "1.501", -1 },
        { "0.1", "0.01", 1 },
        { "100", "99.999", 1 },
        { "9007199254740993", "9007199254740992", 1 },
        { "12345678901234567890123", "12345678901234567890124", -1 },
        { "5.0000000000000000000000001", "5", 1 },
        { "10", "1", 1 },
        { "100", "100.0", 0 },
    };
    size_t i;

    (void) state;

    for (i = 0; i < COUNT(cases); i++) {
        int there = gray_number_compare(str_of(cases[i].a), str_of(cases[i].b));
        int back = gray_number_compare(str_of(cases[i].b), str_of(cases[i].a));

        assert_int_equal((there > 0) - (there < 0), cases[i].order);
        assert_int_equal((back > 0) - (back < 0), -cases[i].order);
    }
}


static void
test_only_plain_decimals_are_numbers(void **state)
{
    static const char *const good[] = { "0", "7", "-7", "007", "1.5", "-0.25",
        "123456789012345678901234567890" };
    static const char *const bad[] = { "", "-", ".", "1.", ".5", "+1", "1e5",
        "0x10", "1 ", " 1", "--1", "1.2.3", "abc", "1,5", "nan", "inf" };
    size_t i;

    (void) state;

    for (i = 0; i < COUNT(good); i++) {
        assert_true(gray_number_valid(str_of(good[i])));
    }

    for (i = 0; i < COUNT(bad); i++) {
        assert_false(gray_number_valid(str_of(bad[i])));
    }
}


static void
test_an_error_prints_place_position_message_and_hint(void **state)
{
    gray_error_t error;
    char text[256];

    (void) state;

    assert_int_equal(
        gray_error_set(&error, GRAY_ESYNTAX, "unknown operator '%s'", "=="),
        -1);
    error.line = 1;
    error.column = 14;
    gray_error_place(&error, "rules[%d].if", 2);
    gray_error_hint(&error, "write '='");
    gray_error_print(&error, text, sizeof(text));
    assert_string_equal(
        text, "rules[2].if: column 14: unknown operator '=='; write '='");

    error.line = 3;
    gray_error_print(&error, text, sizeof(text));
    assert_string_equal(text,
        "rules[2].if: line 3, column 14: unknown operator '=='; write '='");

    gray_error_set(&error, GRAY_ENOTFOUND, "again: %s", error.message);
    gray_error_print(&error, text, sizeof(text));
    assert_string_equal(text, "again: unknown operator '=='");
    assert_string_equal(gray_error_code_name(error.code), "not_found");
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_are_letters_digits_and_three_marks),
        cmocka_unit_test(test_numbers_compare_exactly),
        cmocka_unit_test(test_only_plain_decimals_are_numbers),
        cmocka_unit_test(test_an_error_prints_place_position_message_and_hint),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
