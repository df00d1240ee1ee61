/* Links: keys, revocations, what the store keeps. */

#include "story.h"
#include "control/backup.h"
#include "control/hmac.h"
#include "control/link.h"
#include "store/store.h"

#define HOUR 3600


static gray_link_t
make_link(story_t *story, const char *host)
{
    gray_link_t link;

    story_ok(story, gray_control_link(story->control, "shop", "gray", host,
                        HOUR, &link, &story->error));

    return link;
}


/* What `link ls` says of it; -1: nothing. */
static int
state_of(story_t *story, const gray_link_t *link)
{
    unsigned i;
    int state = -1;
    gray_link_lines_t lines;

    story_ok(
        story, gray_control_link_ls(story->control, &lines, &story->error));
    for (i = 0; i < lines.n; i++) {
        if (strcmp(lines.lines[i].id, link->line.id) == 0) {
            state = (int) lines.lines[i].state;
        }
    }
    gray_link_lines_free(&lines);

    return state;
}


/* RFC 4231, test case 2 has a short key; 1 and 3 have 20 bytes. HMAC pads a
 * key with zeros, so all of them are keys of 32 bytes, too. */
static void
test_hmac_gives_what_rfc_4231_says(void **state)
{
    unsigned char key[GRAY_TOKEN_KEY_SIZE] = "Jefe", mac[GRAY_TOKEN_MAC_SIZE];
    const unsigned char expected[]
        = "\x5b\xdc\xc1\x46\xbf\x60\x75\x4e\x6a\x04\x24\x26\x08\x95\x75\xc7"
          "\x5a\x00\x3f\x08\x9d\x27\x39\x83\x9d\xec\x58\xb9\x64\xec\x38\x43";
    const unsigned char first[]
        = "\xb0\x34\x4c\x61\xd8\xdb\x38\x53\x5c\xa8\xaf\xce\xaf\x0b\xf1\x2b"
          "\x88\x1d\xc2\x00\xc9\x83\x3d\xa7\x26\xe9\x37\x6c\x2e\x32\xcf\xf7";

    (void) state;
    assert_true(gray_hmac(key, "what do ya want for nothing?", 28, mac));
    assert_memory_equal(mac, expected, sizeof(mac));

    memset(key, 0, sizeof(key));
    memset(key, 0x0b, 20);
    assert_true(gray_hmac(key, "Hi There", 8, mac));
    assert_memory_equal(mac, first, sizeof(mac));
}


static void
test_a_link_is_for_a_variant_that_the_release_has(void **state)
{
    gray_link_t link;
    story_t *story = *state;

    story_shop(story);
    story_refused(story, GRAY_ENOTFOUND,
        gray_control_link(
            story->control, "nosuch", "gray", "", HOUR, &link, &story->error));
    story_refused(story, GRAY_ENOTFOUND,
        gray_control_link(
            story->control, "shop", "blue", "", HOUR, &link, &story->error));
    assert_string_equal(story->error.hint, "it has stable, gray");
    story_refused(story, GRAY_EINVALID,
        gray_control_link(
            story->control, "shop", "gray", "a b", HOUR, &link, &story->error));
    story_refused(story, GRAY_EINVALID,
        gray_control_link(story->control, "shop", "gray", "a:8x", HOUR, &link,
            &story->error));
    story_refused(story, GRAY_EINVALID,
        gray_control_link(
            story->control, "shop", "gray", "", 0, &link, &story->error));
    story_refused(story, GRAY_EINVALID,
        gray_control_link(story->control, "shop", "gray", "",
            GRAY_LINK_TTL_MAX + 1, &link, &story->error));
}


static void
test_a_token_binds_what_the_link_says(void **state)
{
    gray_token_t token;
    gray_token_bytes_t bytes;
    story_t *story = *state;
    gray_link_t link;

    story_shop(story);
    link = make_link(story, "Shop.Example.com:8443");

    assert_true(gray_token_read(
        (gray_str_t){ strlen(link.token), link.token }, &bytes, &token));
    assert_int_equal(token.key, 1);
    assert_true(token.expiry == link.line.expiry);
    assert_int_equal(token.host.len, 16);
    assert_memory_equal(token.host.data, "shop.example.com", 16);
    assert_string_equal(link.line.host, "shop.example.com");
    assert_int_equal(state_of(story, &link), GRAY_LINK_VALID);
}


static void
test_a_link_outlives_one_rotation_and_not_two(void **state)
{
    uint32_t key;
    story_t *story = *state;
    gray_link_t link;

    story_shop(story);
    link = make_link(story, "");

    story_ok(
        story, gray_control_link_rotate(story->control, &key, &story->error));
    assert_int_equal(key, 2);
    assert_int_equal(state_of(story, &link), GRAY_LINK_VALID);
    assert_int_equal(make_link(story, "").line.key, 2);

    story_ok(
        story, gray_control_link_rotate(story->control, &key, &story->error));
    assert_int_equal(state_of(story, &link), GRAY_LINK_NO_KEY);
}


static void
test_a_link_is_revoked_by_its_id_or_its_token(void **state)
{
    char id[GRAY_TOKEN_ID_TEXT];
    story_t *story = *state;
    gray_link_t one, two, other;

    story_shop(story);
    one = make_link(story, "");
    two = make_link(story, "h");
    other = make_link(story, "");

    story_ok(story, gray_control_link_revoke(
                        story->control, one.line.id, id, &story->error));
    assert_string_equal(id, one.line.id);
    assert_true(gray_control_changed(story->control));
    story_ok(story,
        gray_control_link_revoke(story->control, one.token, id, &story->error));
    assert_false(gray_control_changed(story->control));
    story_ok(story,
        gray_control_link_revoke(story->control, two.token, id, &story->error));

    assert_int_equal(state_of(story, &one), GRAY_LINK_REVOKED);
    assert_int_equal(state_of(story, &two), GRAY_LINK_REVOKED);
    assert_int_equal(state_of(story, &other), GRAY_LINK_VALID);

    story_refused(story, GRAY_ENOTFOUND,
        gray_control_link_revoke(
            story->control, "0123456789abcdef", id, &story->error));
    story_refused(story, GRAY_ENOTFOUND,
        gray_control_link_revoke(
            story->control, "gibberish", id, &story->error));
}


static void
test_revoking_all_replaces_both_keys(void **state)
{
    uint32_t key;
    story_t *story = *state;
    gray_link_t one, two;

    story_shop(story);
    story_ok(
        story, gray_control_link_revoke_all(story->control, &story->error));
    assert_false(gray_control_changed(story->control));

    one = make_link(story, "");
    story_ok(
        story, gray_control_link_rotate(story->control, &key, &story->error));
    two = make_link(story, "");
    story_ok(
        story, gray_control_link_revoke_all(story->control, &story->error));

    assert_int_equal(state_of(story, &one), GRAY_LINK_NO_KEY);
    assert_int_equal(state_of(story, &two), GRAY_LINK_NO_KEY);
    assert_int_equal(make_link(story, "").line.key, 3);
}


static void
put_meta(story_t *story, const char *name, const char *text)
{
    gray_txn_t *txn;
    gray_store_t *store;

    story_close(story);
    assert_int_equal(gray_store_open(story->dir, true, &store), GRAY_STORE_OK);
    assert_int_equal(gray_store_write(store, &txn), GRAY_STORE_OK);
    assert_int_equal(
        gray_store_meta_put(txn, name, (gray_bytes_t){ strlen(text), text }),
        GRAY_STORE_OK);
    assert_int_equal(gray_store_commit(txn), GRAY_STORE_OK);
    gray_store_close(store);
    story_open(story);
}


static void
tell_nothing(void *data, const gray_error_t *problem)
{
    (void) data;
    assert_string_equal(problem->place, "meta override");
}


static void
test_a_damaged_keyring_signs_nothing_until_it_is_replaced(void **state)
{
    gray_link_t link;
    gray_checked_t checked;
    story_t *story = *state;

    story_shop(story);
    put_meta(story, "override", "GKR1 not a keyring");
    story_close(story);
    story_ok(story, gray_control_check(story->dir, tell_nothing, NULL, NULL,
                        &checked, &story->error));
    assert_int_equal(checked.problems, 1);
    story_open(story);

    story_refused(story, GRAY_EDAMAGED,
        gray_control_link(
            story->control, "shop", "gray", "", HOUR, &link, &story->error));
    story_ok(
        story, gray_control_link_revoke_all(story->control, &story->error));
    link = make_link(story, "");
    assert_int_equal(state_of(story, &link), GRAY_LINK_VALID);
}


static void
test_links_that_expired_are_forgotten(void **state)
{
    gray_link_lines_t lines;
    story_t *story = *state;

    story_shop(story);
    put_meta(story, "link:0000000000000001",
        "{\"release\":\"shop\",\"variant\":\"gray\",\"host\":\"\","
        "\"user\":\"root\",\"made\":1,\"expires\":2,\"key\":1}");

    story_ok(
        story, gray_control_link_ls(story->control, &lines, &story->error));
    assert_int_equal(lines.n, 0);
    gray_link_lines_free(&lines);

    (void) make_link(story, "");
    {
        gray_txn_t *txn;
        gray_store_t *store;
        gray_bytes_t value;

        story_close(story);
        assert_int_equal(
            gray_store_open(story->dir, false, &store), GRAY_STORE_OK);
        assert_int_equal(gray_store_read(store, &txn), GRAY_STORE_OK);
        assert_int_equal(
            gray_store_meta_get(txn, "link:0000000000000001", &value),
            GRAY_STORE_ENOTFOUND);
        gray_store_read_end(txn);
        gray_store_close(store);
        story_open(story);
    }
}


static void
test_a_restore_keeps_the_keys_and_revocations_in_force(void **state)
{
    char backup[96], id[GRAY_TOKEN_ID_TEXT];
    story_t *story = *state;
    gray_link_t before, after;
    gray_restored_t restored;

    story_shop(story);
    before = make_link(story, "");
    (void) snprintf(backup, sizeof(backup), "%s/backup", story->root);
    story_ok(story,
        gray_control_backup(story->control, backup, NULL, NULL, &story->error));

    after = make_link(story, "");
    story_ok(story, gray_control_link_revoke(
                        story->control, before.line.id, id, &story->error));
    story_close(story);

    story_ok(story, gray_control_restore(story->dir, backup, NULL, NULL, NULL,
                        NULL, &restored, &story->error));
    story_open(story);

    assert_int_equal(state_of(story, &before), GRAY_LINK_REVOKED);
    assert_int_equal(state_of(story, &after), GRAY_LINK_VALID);
}


static void
expect_url(const char *host, const char *path, const char *expected)
{
    char *url;
    gray_error_t error = { 0 };

    url = gray_link_url("https", host, path, "gray", "TOKEN", &error);
    if (expected == NULL) {
        assert_null(url);
        assert_int_equal(error.code, GRAY_EINVALID);
    } else {
        assert_non_null(url);
        assert_string_equal(url, expected);
    }
    free(url);
}


static void
test_a_url_has_the_token_as_its_parameter(void **state)
{
    (void) state;
    expect_url("h", "/", "https://h/?gray=TOKEN");
    expect_url("h:8443", "/a/b", "https://h:8443/a/b?gray=TOKEN");
    expect_url("[::1]:80", "/?x=1", "https://[::1]:80/?x=1&gray=TOKEN");
    expect_url("h", "a", NULL);
    expect_url("h", "/a b", NULL);
    expect_url("h", "/#x", NULL);
    expect_url("h/x", "/", NULL);
    expect_url("", "/", NULL);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hmac_gives_what_rfc_4231_says),
        story_test(test_a_link_is_for_a_variant_that_the_release_has),
        story_test(test_a_token_binds_what_the_link_says),
        story_test(test_a_link_outlives_one_rotation_and_not_two),
        story_test(test_a_link_is_revoked_by_its_id_or_its_token),
        story_test(test_revoking_all_replaces_both_keys),
        story_test(test_a_damaged_keyring_signs_nothing_until_it_is_replaced),
        story_test(test_links_that_expired_are_forgotten),
        story_test(test_a_restore_keeps_the_keys_and_revocations_in_force),
        cmocka_unit_test(test_a_url_has_the_token_as_its_parameter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
