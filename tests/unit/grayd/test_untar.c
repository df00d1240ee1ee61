/* Unpacking a folder. */

#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "grayd/untar.h"

static char dir[64];
static char path[256];
static char archive[65536];
static size_t len;
static gray_error_t error;


static int
begin(void **state)
{
    (void) state;
    len = 0;
    (void) strcpy(dir, "/tmp/gray-untar-XXXXXX");

    return mkdtemp(dir) == NULL;
}


static int
end(void **state)
{
    (void) state;
    grayd_untar_remove(dir);

    return access(dir, F_OK) == 0; /* nothing is left */
}


/* Adds a head and its content, as tar does. */
static void
add(const char *name, char type, const char *content)
{
    unsigned sum = 0;
    size_t size = strlen(content);
    char *head = archive + len;

    memset(head, 0, 512);
    (void) strcpy(head, name);
    (void) sprintf(head + 124, "%011zo", size);
    memset(head + 148, ' ', 8);
    head[156] = type;
    (void) strcpy(head + 257, "ustar");
    for (int i = 0; i < 512; i++) {
        sum += (unsigned char) head[i];
    }
    (void) sprintf(head + 148, "%06o", sum);

    memset(head + 512, 0, (size + 511) / 512 * 512);
    memcpy(head + 512, content, size);
    len += 512 + (size + 511) / 512 * 512;
}


/* As it stands, without its end. */
static int
unpack(size_t bytes)
{
    FILE *in = fmemopen(archive, bytes, "r");
    int rc = grayd_untar(in, dir, &error);

    (void) fclose(in);

    return rc;
}


static int
unpack_all(void)
{
    memset(archive + len, 0, 1024);

    return unpack(len + 1024);
}


/* What stands in a file, "-" when it is not there. */
static const char *
content(const char *name)
{
    static char text[64];
    FILE *in;

    (void) snprintf(path, sizeof(path), "%s/%s", dir, name);
    in = fopen(path, "r");
    if (in == NULL) {
        return "-";
    }
    text[fread(text, 1, sizeof(text) - 1, in)] = '\0';
    (void) fclose(in);

    return text;
}


static void
test_documents_and_lists_are_unpacked_and_nothing_else(void **state)
{
    (void) state;

    add("./", '5', "");
    add("./releases/", '5', "");
    add("./releases/shop.json", '0', "{}");
    add("lists/vip.list", '\0', "a\n");
    add("lists/empty.live", '0', "");
    add("pax_header", 'x', "30 mtime=1\n");
    add("lists/.hidden", '0', "x");
    add("README", '0', "x");
    add("lists/sub/x.list", '0', "x");
    assert_int_equal(unpack_all(), 0);
    assert_string_equal(content("releases/shop.json"), "{}");
    assert_string_equal(content("lists/vip.list"), "a\n");
    assert_string_equal(content("lists/empty.live"), "");
    assert_string_equal(content("lists/.hidden"), "-");
    assert_string_equal(content("README"), "-");
}


static void
test_no_name_leads_out_of_the_folder(void **state)
{
    (void) state;

    add("lists/../../out", '0', "x");
    add("../out", '0', "x");
    add("/tmp/out", '0', "x");
    add("lists/..", '0', "x");
    add("listsx", '0', "x");
    assert_int_equal(unpack_all(), 0);
    assert_string_equal(content("../out"), "-");
    assert_string_equal(content("listsx"), "-");
}


static void
test_links_and_files_that_come_twice_are_refused(void **state)
{
    (void) state;

    add("lists/x.list", '2', "");
    assert_int_equal(unpack(len), -1);
    assert_non_null(strstr(error.message, "neither file nor folder"));

    len = 0;
    add("lists/x.list", '0', "a");
    add("lists/x.list", '0', "b");
    assert_int_equal(unpack(len), -1);
    assert_non_null(strstr(error.message, "twice"));
}


static void
test_what_is_no_archive_is_refused(void **state)
{
    (void) state;

    add("lists/x.list", '0', "content");
    archive[0] = 'L'; /* its sum is wrong now */
    assert_int_equal(unpack(len), -1);
    assert_non_null(strstr(error.message, "damaged"));

    memset(archive, 'x', 600);
    assert_int_equal(unpack(600), -1);
    assert_int_equal(unpack(100), -1);
}


static void
test_an_archive_that_is_cut_off_is_refused(void **state)
{
    (void) state;

    add("lists/x.list", '0', "content");
    assert_int_equal(unpack(600), -1);
    assert_non_null(strstr(error.message, "cut off"));
}


/* Its files would be taken for all that there are, and the rest be removed. */
static void
test_an_archive_without_its_end_is_cut_off(void **state)
{
    (void) state;

    add("releases/shop.json", '0', "{}");
    assert_int_equal(unpack(len), -1);
    assert_non_null(strstr(error.message, "cut off"));
}


/* One empty block is what some write; tar takes it too. */
static void
test_one_empty_block_ends_an_archive(void **state)
{
    (void) state;

    add("releases/shop.json", '0', "{}");
    memset(archive + len, 0, 512);
    assert_int_equal(unpack(len + 512), 0);
}


int
main(void)
{
#define story(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        story(test_documents_and_lists_are_unpacked_and_nothing_else),
        story(test_no_name_leads_out_of_the_folder),
        story(test_links_and_files_that_come_twice_are_refused),
        story(test_what_is_no_archive_is_refused),
        story(test_an_archive_that_is_cut_off_is_refused),
        story(test_an_archive_without_its_end_is_cut_off),
        story(test_one_empty_block_ends_an_archive),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
