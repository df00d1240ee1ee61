/* Putting members at the end, and letting others have the writer lock. */

#include "folder.h"
#include "store/index.h"
#include "store/upkeep.h"

#include <time.h>

#define MANY 20000

static gray_store_t *
opened(const folder_t *folder)
{
    gray_store_t *store;

    assert_ok(gray_store_open(folder->dir, true, &store));

    return store;
}

static void
append(gray_txn_t *txn, gray_list_t *list, const char *key, uint64_t expiry)
{
    gray_siphash_key_t secret;
    gray_member_t member = { .expiry = expiry };

    assert_ok(gray_store_index_key(txn, &secret));
    assert_ok(gray_store_member_append(txn, list, gray_bytes(key, strlen(key)),
        &member, gray_siphash(&secret, key, strlen(key))));
}

static void
put(gray_txn_t *txn, gray_list_t *list, const char *key)
{
    bool added;
    gray_member_t member = { .expiry = 0 };

    assert_ok(gray_store_member_put(
        txn, list, gray_bytes(key, strlen(key)), &member, &added));
}

/* What the members themselves add up to. */
static void
assert_right(gray_txn_t *txn, const gray_list_t *list)
{
    gray_list_t sum = { .id = list->id, .kind = list->kind };
    unsigned char after[GRAY_STORE_KEY_MAX];
    size_t len = 0;

    assert_int_equal(gray_store_list_sum(txn, &sum, after, &len, 10 * MANY), 0);
    assert_int_equal(sum.count, list->count);
    assert_memory_equal(sum.digest, list->digest, sizeof(sum.digest));
}

static void
appended_members_are_those_that_were_put(void **state)
{
    gray_store_t *store = opened(*state);
    gray_list_t list, other;
    gray_member_t member;
    gray_txn_t *txn;
    char key[16];

    assert_ok(gray_store_write(store, &txn));
    assert_ok(gray_store_list_create(txn, "a", GRAY_STORE_STRING, &list));
    assert_ok(gray_store_list_create(txn, "b", GRAY_STORE_STRING, &other));
    for (int i = 0; i < MANY; i++) {
        snprintf(key, sizeof(key), "user-%07d", i);
        append(txn, &list, key, i % 3 == 0 ? 4000000000U : 0);
        if (i == MANY / 2) {
            put(txn, &other, "after");
        }
    }
    append(txn, &list, "a", 5000000000U);
    append(txn, &list, "user-0000001", 5000000000U);
    assert_int_equal(list.count, MANY + 1);
    assert_right(txn, &list);
    assert_ok(gray_store_list_put(txn, "a", &list));
    assert_ok(gray_store_list_put(txn, "b", &other));
    assert_ok(gray_store_commit(txn));

    assert_ok(gray_store_read(store, &txn));
    assert_ok(gray_store_member_get(
        txn, list.id, gray_bytes("user-0000001", 12), &member));
    assert_int_equal(member.expiry, 5000000000U);
    assert_ok(gray_store_member_get(
        txn, list.id, gray_bytes("user-0019999", 12), &member));
    gray_store_read_end(txn);
    assert_ok(gray_store_verify(store));
    gray_store_close(store);
}

static void
pages_of_appended_members_are_full(void **state)
{
    gray_store_t *store = opened(*state);
    gray_store_info_t info;
    gray_list_t list;
    gray_txn_t *txn;
    char key[64];

    for (int i = 0; i < 10; i++) {
        assert_ok(gray_store_write(store, &txn));
        if (i == 0) {
            assert_ok(
                gray_store_replace_begin(txn, GRAY_STORE_STRING, 0, &list));
        }
        for (int k = 0; k < MANY / 10; k++) {
            snprintf(
                key, sizeof(key), "%04x%04x-0123-4567-89ab-0123456789ab", i, k);
            append(txn, &list, key, 0);
        }
        assert_ok(gray_store_replace_save(txn, &list));
        assert_ok(gray_store_commit(txn));
    }

    assert_ok(gray_store_info(store, &info));
    assert_true(info.used < MANY * 60 + 200000);
    gray_store_close(store);
}

static void
a_member_that_no_list_may_have_is_not_appended(void **state)
{
    gray_store_t *store = opened(*state);
    gray_list_t list;
    gray_member_t member = { .expiry = 0 };
    gray_txn_t *txn;

    assert_ok(gray_store_write(store, &txn));
    assert_ok(gray_store_list_create(txn, "a", GRAY_STORE_IP, &list));
    assert_int_equal(
        gray_store_member_append(txn, &list, gray_bytes("user", 4), &member, 0),
        GRAY_STORE_EINVALID);
    gray_store_abort(txn);
    gray_store_close(store);
}

/* --- giving way ------------------------------------------------------------ */

#define COMMITS 20

/* Commits some changes, and ends with the longest wait in milliseconds. */
static void
commit_and_exit(const folder_t *folder)
{
    gray_store_t *store;
    gray_txn_t *txn;
    uint64_t start, took, longest = 0;

    child_check(gray_store_open(folder->dir, true, &store) == 0);
    for (int i = 0; i < COMMITS; i++) {
        start = gray_store_clock();
        child_check(gray_store_write(store, &txn) == 0);
        child_check(
            gray_store_meta_put(txn, "test", gray_bytes(&i, sizeof(i))) == 0);
        child_check(gray_store_commit(txn) == 0);
        took = gray_store_clock() - start;
        longest = took > longest ? took : longest;
        nanosleep(&(struct timespec){ .tv_nsec = 3000000 }, NULL);
    }
    gray_store_close(store);
    _exit(longest < 250 ? (int) longest : 250);
}

/* The lock is held nearly all the time, and asked for again at once. */
static void
who_waits_for_the_lock_has_it_after_the_next_commit(void **state)
{
    const folder_t *folder = *state;
    gray_store_t *store;
    gray_txn_t *txn;
    uint64_t until = gray_store_clock() + 60000;
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        commit_and_exit(folder);
    }

    store = opened(folder);
    while (waitpid(pid, &status, WNOHANG) == 0 && gray_store_clock() < until) {
        assert_ok(gray_store_write(store, &txn));
        nanosleep(&(struct timespec){ .tv_nsec = 40000000 }, NULL);
        gray_store_abort(txn);
        gray_store_give_way(store);
    }
    assert_true(WIFEXITED(status));
    assert_in_range(WEXITSTATUS(status), 0, 200);
    gray_store_close(store);
}

static void
nobody_who_waits_costs_nothing(void **state)
{
    gray_store_t *store = opened(*state);
    uint64_t start = gray_store_clock();

    for (int i = 0; i < 1000; i++) {
        gray_store_give_way(store);
    }
    assert_in_range(gray_store_clock() - start, 0, 100);
    gray_store_close(store);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            appended_members_are_those_that_were_put, setup_store, teardown),
        cmocka_unit_test_setup_teardown(
            pages_of_appended_members_are_full, setup_store, teardown),
        cmocka_unit_test_setup_teardown(
            a_member_that_no_list_may_have_is_not_appended, setup_store,
            teardown),
        cmocka_unit_test_setup_teardown(
            who_waits_for_the_lock_has_it_after_the_next_commit, setup_store,
            teardown),
        cmocka_unit_test_setup_teardown(
            nobody_who_waits_costs_nothing, setup_store, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
