/* Readers of an index while others write. */

#include "index_model.h"

#include <sched.h>
#include <signal.h>

#define KEYS 12000
#define ROUNDS 120

typedef struct {
    const char *dir;
    unsigned seed;
    unsigned rounds;
} writer_t;

/* Random changes of a list that grows as long as it does. */
static void
write_at_random(void *data)
{
    const writer_t *writer = data;
    gray_store_t *store;

    child_check(gray_store_open(writer->dir, true, &store) == 0);
    srandom(writer->seed);

    for (unsigned round = 0; round < writer->rounds; round++) {
        gray_list_t list;
        gray_txn_t *txn;
        bool added;

        child_check(gray_store_write(store, &txn) == 0);
        child_check(gray_store_list_get(txn, LIST, &list) == 0);
        for (unsigned i = 0; i < 120; i++) {
            gray_member_t member = { .expiry = random() % 8 == 0 ? 7 : 0 };
            char key[32];
            gray_bytes_t bytes
                = gray_bytes(key, key_of((unsigned) random() % KEYS, key));
            int rc = random() % 4 != 0
                         ? gray_store_member_put(
                             txn, &list, bytes, &member, &added)
                         : gray_store_member_del(txn, &list, bytes);

            child_check(rc == 0 || rc == GRAY_STORE_ENOTFOUND);
        }
        child_check(gray_store_list_put(txn, LIST, &list) == 0);
        child_check(gray_store_commit(txn) == 0);
    }

    gray_store_close(store);
}

static pid_t
start(void (*child)(void *data), void *data)
{
    pid_t pid = fork();

    if (pid == 0) {
        child(data);
        _exit(0);
    }
    assert_int_not_equal(pid, -1);

    return pid;
}

static bool
ended(pid_t *pid)
{
    int status;

    if (*pid != 0 && waitpid(*pid, &status, WNOHANG) == *pid) {
        assert_int_equal(status, 0);
        *pid = 0;
    }

    return *pid == 0;
}

/* What a worker does, and what LMDB says. */
typedef struct {
    gray_store_t *store;
    gray_index_t *index;
    uint64_t asked;
    uint64_t answered; /* by the index alone                              */
    uint64_t asks;
    uint64_t snapshots;
} worker_t;

static void
ask(worker_t *worker, gray_txn_t *txn, const gray_list_t *list)
{
    uint64_t last = gray_txn_id(txn);
    char key[32];
    gray_bytes_t bytes
        = gray_bytes(key, key_of((unsigned) random() % (KEYS * 5 / 4), key));
    gray_index_answer_t answer;
    gray_member_t member;
    int rc;

    answer = gray_index_find(worker->index,
        gray_siphash(&worker->store->index_key, bytes.data, bytes.len));
    worker->asked++;
    if (gray_store_last_txn(worker->store) != last) {
        return;
    }

    worker->answered++;
    worker->asks += answer == GRAY_INDEX_ASK;
    rc = gray_store_member_get(txn, list->id, bytes, &member);
    if (answer == GRAY_INDEX_NO) {
        assert_int_equal(rc, GRAY_STORE_ENOTFOUND);
    } else if (answer == GRAY_INDEX_YES) {
        assert_int_equal(rc, GRAY_STORE_OK);
        assert_int_equal(member.expiry, 0);
    }
}

static void
read_one_snapshot(worker_t *worker)
{
    gray_txn_t *txn = begin_read(worker->store);
    gray_list_t list;

    worker->snapshots++;
    assert_ok(gray_store_list_get(txn, LIST, &list));
    if (worker->index != NULL && !gray_index_holds(worker->index, &list)) {
        gray_index_close(worker->index);
        worker->index = NULL;
    }
    if (worker->index == NULL
        && gray_index_open(worker->store, &list, &worker->index) != 0)
    {
        worker->index = NULL;
    }

    for (unsigned i = 0; worker->index != NULL && i < 200; i++) {
        if (gray_store_last_txn(worker->store) != gray_txn_id(txn)) {
            break;
        }
        ask(worker, txn, &list);
    }
    gray_store_read_end(txn);
}

static void
answers_are_those_of_the_snapshot_while_two_write(void **state)
{
    folder_t *folder = *state;
    writer_t a = { .dir = folder->dir, .seed = 1, .rounds = ROUNDS };
    writer_t b = { .dir = folder->dir, .seed = 2, .rounds = ROUNDS };
    worker_t worker = { .store = open_store(folder->dir, true) };
    gray_store_t *store;
    pid_t one, two;

    put_keys(worker.store, 0, 1200, 0);
    gray_store_close(worker.store);

    one = start(write_at_random, &a);
    two = start(write_at_random, &b);
    worker.store = open_store(folder->dir, false);
    srandom(3);

    for (unsigned i = 0; i < 10000000 && (one != 0 || two != 0); i++) {
        read_one_snapshot(&worker);
        (void) ended(&one);
        (void) ended(&two);
    }
    assert_int_equal(one, 0);
    assert_int_equal(two, 0);
    assert_true(worker.answered > 1000);
    assert_true(worker.snapshots > 50);
    gray_index_close(worker.index);
    gray_store_close(worker.store);

    store = open_store(folder->dir, true);
    assert_right(store, KEYS * 5 / 4);
    gray_store_close(store);
}

static void
an_index_is_built_while_others_write(void **state)
{
    folder_t *folder = *state;
    writer_t writer = { .dir = folder->dir, .seed = 4, .rounds = 3000 };
    gray_store_t *store = open_store(folder->dir, true);
    unsigned built = 0;
    pid_t pid;

    put_keys(store, 0, KEYS, 0);
    gray_store_close(store);
    pid = start(write_at_random, &writer);
    store = open_store(folder->dir, true);

    while (!ended(&pid) && built < 100000) {
        assert_ok(gray_store_index_build(store, LIST, NULL, NULL));
        built++;
    }
    assert_int_equal(pid, 0);
    assert_true(built > 1);
    assert_int_equal(assert_right(store, KEYS * 5 / 4).asks, 0);
    gray_store_close(store);
}

/* What is there to settle, once it is prepared. */
typedef struct {
    gray_txn_t *txn;
    size_t notes;
    uint64_t last[2];
} prepared_t;

static void
look_at_notes(void *data, int at, uint64_t list)
{
    prepared_t *prepared = data;
    const gray_index_change_t *change;

    (void) list;
    if (at == GRAY_INDEX_AT_PREPARED) {
        change = &prepared->txn->changes->changes[0];
        prepared->notes = change->n;
        assert_in_range(change->n, 1, 2);
        memcpy(prepared->last, change->notes, change->n * sizeof(uint64_t));
    }
}

/* Whoever asks while notes are settled would be told what holds no more. */
static void
of_a_member_that_is_changed_twice_the_last_change_is_settled(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    prepared_t prepared = { 0 };
    gray_list_t list;

    put_keys(store, 0, 2000, 0);
    prepared.txn = begin_write(store);
    assert_ok(gray_store_list_get(prepared.txn, LIST, &list));
    assert_ok(del_key(prepared.txn, &list, 5));
    put_key(prepared.txn, &list, 6, 7);
    put_key(prepared.txn, &list, 5, 0);
    assert_ok(del_key(prepared.txn, &list, 6));
    put_key(prepared.txn, &list, 6, 0);
    assert_ok(gray_store_list_put(prepared.txn, LIST, &list));

    store->index_at = look_at_notes;
    store->index_at_data = &prepared;
    assert_ok(gray_store_commit(prepared.txn));
    store->index_at = NULL;

    assert_int_equal(prepared.notes, 2);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(
            prepared.last[i] & GRAY_INDEX_SLOT_STATE, GRAY_INDEX_SLOT_YES);
    }
    assert_int_equal(assert_right(store, 2500).asks, 0);
    gray_store_close(store);
}

/* A snapshot that somebody holds for long. */
static void
an_old_snapshot_gets_no_answers_of_a_newer_index(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    gray_txn_t *old;
    gray_index_t *index;
    gray_list_t list, now;

    put_keys(store, 0, 2000, 0);
    old = begin_read(store);
    assert_ok(gray_store_list_get(old, LIST, &list));
    assert_ok(gray_index_open(store, &list, &index));
    assert_int_equal(gray_store_last_txn(store), gray_txn_id(old));

    put_keys(store, 2000, 2001, 0);
    assert_int_not_equal(gray_store_last_txn(store), gray_txn_id(old));
    put_keys(store, 2001, 2002, 0);
    assert_false(gray_index_holds(index, &list));
    now = header_of(store);
    assert_true(gray_index_holds(index, &now));
    gray_index_close(index);
    assert_int_equal(
        gray_index_open(store, &list, &index), GRAY_STORE_ENOTFOUND);
    gray_store_read_end(old);
    gray_store_close(store);
}

/* --- builders ------------------------------------------------------------------------ */

static int
stop_in_the_middle(void *data, uint64_t members)
{
    (void) data;

    return members > 0;
}

static int
change_in_the_middle(void *data, uint64_t members)
{
    (void) members;
    put_keys(data, 5000, 5001, 0);

    return 0;
}

static void
die_in_the_middle(void *data)
{
    gray_store_t *store;

    child_check(gray_store_open(data, true, &store) == 0);
    gray_store_index_build(store, LIST, stop_in_the_middle, NULL);
    _exit(0);
}

static void
a_builder_that_ends_early_leaves_nothing_that_is_trusted(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);

    put_keys(store, 0, 3000, 0);
    gray_store_close(store);
    assert_int_equal(in_child(die_in_the_middle, folder->dir), 0);

    store = open_store(folder->dir, true);
    assert_false(has_index(store));
    put_keys(store, 3000, 3001, 0); /* short enough to be built at a commit */
    assert_int_equal(assert_right(store, 4000).asks, 0);
    gray_store_close(store);
}

static void
what_is_written_while_an_index_is_built_is_in_it(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);

    put_keys(store, 0, 3000, 0);
    assert_ok(gray_store_index_build(store, LIST, change_in_the_middle, store));
    assert_int_equal(assert_right(store, 6000).members, 3001);
    gray_store_close(store);
}

static void
a_build_makes_readers_look_again(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    uint64_t before;

    put_keys(store, 0, 3000, 0);
    before = gray_store_last_txn(store);
    assert_ok(gray_store_index_build(store, LIST, NULL, NULL));
    assert_int_not_equal(gray_store_last_txn(store), before);
    assert_int_equal(gray_store_index_build(store, "nobody", NULL, NULL),
        GRAY_STORE_ENOTFOUND);
    gray_store_close(store);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_store, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(answers_are_those_of_the_snapshot_while_two_write),
        TEST(an_index_is_built_while_others_write),
        TEST(of_a_member_that_is_changed_twice_the_last_change_is_settled),
        TEST(an_old_snapshot_gets_no_answers_of_a_newer_index),
        TEST(a_builder_that_ends_early_leaves_nothing_that_is_trusted),
        TEST(what_is_written_while_an_index_is_built_is_in_it),
        TEST(a_build_makes_readers_look_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
