/* Options. */

#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "grayd/config.h"


static grayd_config_t config;
static gray_error_t error;


static int
set(const char *name, const char *value)
{
    return grayd_config_set(&config, name, value, &error);
}


static void
test_numbers_have_units_and_bounds(void **state)
{
    (void) state;

    static const char *const bad[][2]
        = { { "threads", "0" }, { "threads", "65" }, { "threads", "-1" },
              { "threads", "" }, { "threads", " 2" }, { "timeout", "10" },
              { "timeout", "2h" }, { "upload-max", "99999999999999999999" },
              { "upload-max", "18446744073709551615g" }, { "nonsense", "1" } };

    assert_int_equal(grayd_config_init(&config, &error), 0);
    assert_int_equal(grayd_config_check(&config, &error), 0);
    assert_int_equal(config.upload_max, (uint64_t) 2 << 30);
    assert_int_equal(set("upload-max", "64k"), 0);
    assert_int_equal(config.upload_max, 65536);
    assert_int_equal(set("timeout", "5m"), 0);
    assert_int_equal(config.timeout, 300000);

    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        assert_int_equal(set(bad[i][0], bad[i][1]), -1);
        assert_non_null(strstr(error.message, bad[i][0]));
    }
    assert_int_equal(config.threads, 2);
    grayd_config_free(&config);
}


static void
test_names_may_be_given_several_times_and_not_endlessly(void **state)
{
    (void) state;

    assert_int_equal(grayd_config_init(&config, &error), 0);
    for (int i = 0; i < GRAYD_NAMES_MAX; i++) {
        assert_int_equal(set("host", "a"), 0);
    }
    assert_int_equal(set("host", "a"), -1);
    assert_null(config.hosts[GRAYD_NAMES_MAX]);
    grayd_config_free(&config);
}


static void
test_only_the_loopback_is_listened_on_without_tokens(void **state)
{
    (void) state;

    static const struct {
        const char *listen;
        int rc;
    } cases[] = { { "127.0.0.1:1", 0 }, { "127.1.2.3:1", 0 }, { "[::1]:1", 0 },
        { "localhost:1", 0 }, { "", 0 }, { "0.0.0.0:1", -1 }, { ":1", -1 },
        { "127.example:1", -1 }, { "[::]:1", -1 }, { "[::1].x:1", -1 },
        { "127.0.0.1", -1 }, { "localhost.example:1", -1 } };

    assert_int_equal(grayd_config_init(&config, &error), 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        assert_int_equal(set("listen", cases[i].listen), 0);
        assert_int_equal(grayd_config_check(&config, &error), cases[i].rc);
    }
    assert_int_equal(set("listen", "0.0.0.0:1"), 0);
    assert_int_equal(set("tokens", "/x"), 0);
    assert_int_equal(grayd_config_check(&config, &error), 0);
    grayd_config_free(&config);
}


static void
test_a_file_is_read_and_its_bad_line_is_told(void **state)
{
    (void) state;

    char path[] = "/tmp/grayd-config-XXXXXX";
    int fd = mkstemp(path);

    assert_true(dprintf(fd, "# x\n\n queue\t7 \r\nsocket \"\"\n") > 0);
    assert_int_equal(grayd_config_init(&config, &error), 0);
    assert_int_equal(grayd_config_read(&config, path, false, &error), 0);
    assert_int_equal(config.queue, 7);
    assert_string_equal(config.socket, "");

    assert_true(dprintf(fd, "store %02000d\n", 7) > 0);
    assert_int_equal(grayd_config_read(&config, path, false, &error), -1);
    assert_non_null(strstr(error.place, "line 5"));
    close(fd);
    unlink(path);
    assert_int_equal(grayd_config_read(&config, path, true, &error), 0);
    assert_int_equal(grayd_config_read(&config, path, false, &error), -1);
    grayd_config_free(&config);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_have_units_and_bounds),
        cmocka_unit_test(
            test_names_may_be_given_several_times_and_not_endlessly),
        cmocka_unit_test(test_only_the_loopback_is_listened_on_without_tokens),
        cmocka_unit_test(test_a_file_is_read_and_its_bad_line_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
