/* Sorting and merging against qsort, with memory for a few hundred members. */

#include "story.h"
#include "control/import_runs.h"
#include "control/import_sorter.h"

typedef struct {
    unsigned char bytes[GRAY_PACKED_MAX];
    unsigned turn; /* when it came */
} member_t;

typedef struct {
    member_t *list;
    unsigned n;
} members_t;

static uint64_t
next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;

    return *state;
}


/* Keys of each shape that the sort treats in its own way. */
typedef size_t (*key_pt)(unsigned char *key, uint64_t random);

static size_t
key_uuid(unsigned char *key, uint64_t random)
{
    return (size_t) sprintf((char *) key, "%016llx-0123-4567-89ab",
        (unsigned long long) (random * 0x9e3779b97f4a7c15ULL));
}

static size_t
key_number(unsigned char *key, uint64_t random)
{
    return (size_t) sprintf(
        (char *) key, "user-%u", (unsigned) (random % 9999));
}

static size_t
key_short(unsigned char *key, uint64_t random)
{
    size_t i, len = 1 + random % 3;

    for (i = 0; i < len; i++) {
        key[i] = (unsigned char) ("ab\0\xff"[random >> (8 + 2 * i) & 3]);
    }

    return len;
}

static size_t
key_long(unsigned char *key, uint64_t random)
{
    memset(key, 'x', 255);
    key[random % 255] = 'y';

    return 255 - (random >> 16) % 3;
}

static size_t
key_block(unsigned char *key, uint64_t random)
{
    memset(key, 0, 17);
    memcpy(key + 12, &random, 2);
    key[16] = (unsigned char) (96 + (random >> 20) % 33);

    return 17;
}

static size_t
key_one(unsigned char *key, uint64_t random)
{
    (void) random;
    memcpy(key, "the same", 8);

    return 8;
}

static size_t
key_odd(unsigned char *key, uint64_t random)
{
    return random % 1000 == 0 ? key_short(key, random)
                              : key_number(key, random);
}

static const key_pt shapes[] = { key_uuid, key_number, key_short, key_long,
    key_block, key_one, key_odd };

#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))


static members_t
random_members(unsigned n, key_pt shape, uint64_t seed)
{
    members_t members = { calloc(n, sizeof(member_t)), n };
    unsigned char key[256];

    for (unsigned i = 0; i < n; i++) {
        uint64_t random = next_random(&seed);
        gray_bytes_t note = { (random >> 40) % 3, "note" };

        gray_packed_put(members.list[i].bytes,
            (gray_bytes_t){ shape(key, random), key },
            random >> 50 & 1 ? 4000000000U : 0, note);
        members.list[i].turn = i;
    }

    return members;
}


static int
by_key_and_turn(const void *a, const void *b)
{
    const member_t *x = a, *y = b;
    int rc = gray_packed_compare(x->bytes, y->bytes);

    return rc != 0 ? rc : (x->turn > y->turn) - (x->turn < y->turn);
}


/* One for each key, the last; how often it changed. */
static uint64_t
unite(members_t *members)
{
    unsigned i, n;
    uint64_t changed = 0;
    member_t *list = members->list;

    qsort(list, members->n, sizeof(*list), by_key_and_turn);
    for (i = 1, n = 0; i < members->n; i++) {
        if (gray_packed_compare(list[n].bytes, list[i].bytes) == 0) {
            changed += !gray_packed_same(list[n].bytes, list[i].bytes);
        } else {
            n++;
        }
        list[n] = list[i];
    }
    members->n = members->n > 0 ? n + 1 : 0;

    return changed;
}


static void
members_are_sorted_as_qsort_sorts_them(void **state)
{
    (void) state;

    for (unsigned s = 0; s < SHAPES; s++) {
        for (unsigned n = 1; n < 5000; n = n * 3 + 1) {
            members_t members = random_members(n, shapes[s], s * 7919 + n);
            unsigned char *bytes = malloc((size_t) n * GRAY_PACKED_MAX);
            gray_sort_t *order = calloc(2 * (size_t) n, sizeof(*order));

            for (unsigned i = 0; i < n; i++) {
                order[i].at = i * GRAY_PACKED_MAX;
                memcpy(bytes + order[i].at, members.list[i].bytes,
                    GRAY_PACKED_MAX);
            }
            (void) gray_sort_packed(bytes, order, order + n, n);

            qsort(members.list, n, sizeof(member_t), by_key_and_turn);
            for (unsigned i = 0; i < n; i++) {
                assert_int_equal(
                    order[i].at, members.list[i].turn * GRAY_PACKED_MAX);
            }
            free(order);
            free(bytes);
            free(members.list);
        }
    }
}


/* Through a sorter of so little memory, and back in order. */
static void
sorted_and_back(const story_t *story, const members_t *given, size_t memory)
{
    gray_error_t error;
    gray_member_t member;
    gray_batch_t *batch;
    gray_siphash_key_t key = { 1, 2 };
    gray_sorter_t *sorter = gray_sorter_new(memory, story->root, &key, &error);
    members_t members = { malloc(given->n * sizeof(member_t)), given->n };
    uint64_t changed, repeated = 0;
    unsigned i, n = 0;
    int rc;

    assert_non_null(sorter);
    memcpy(members.list, given->list, given->n * sizeof(member_t));
    for (i = 0; i < members.n; i++) {
        gray_packed_member(members.list[i].bytes, &member);
        assert_int_equal(
            gray_sorter_add(sorter, gray_packed_key(members.list[i].bytes),
                member.expiry, member.note, &error),
            0);
    }
    assert_int_equal(gray_sorter_members(sorter), members.n);
    gray_sorter_end(sorter);
    changed = unite(&members);

    while ((rc = gray_sorter_done(sorter, &error)) == 0) {
        gray_sorter_wait(sorter);
        batch = gray_sorter_take(sorter);
        if (batch == NULL) {
            continue;
        }
        repeated += batch->repeated;
        size_t at = 0;
        for (i = 0; i < batch->n; i++) {
            gray_bytes_t name = gray_packed_key(batch->bytes + at);

            assert_true(n < members.n);
            assert_true(
                gray_packed_same(members.list[n++].bytes, batch->bytes + at));
            assert_int_equal(
                batch->hashes[i], gray_siphash(&key, name.data, name.len));
            at += gray_packed_len(batch->bytes + at);
        }
        gray_sorter_give(sorter, batch);
    }
    assert_int_equal(rc, 1);
    assert_int_equal(n, members.n);
    assert_int_equal(repeated, changed);

    gray_sorter_free(sorter);
    free(members.list);
}


static void
whatever_the_memory_members_come_back_in_order_and_once(void **state)
{
    static const size_t memories[] = { 1, 65536, 1 << 20, 64 << 20 };

    for (unsigned s = 0; s < SHAPES; s++) {
        members_t members = random_members(20000, shapes[s], 31 + s);

        for (unsigned m = 0; m < 4; m++) {
            sorted_and_back(*state, &members, memories[m]);
        }
        free(members.list);
    }
}


static void
no_members_are_sorted_too(void **state)
{
    members_t none = { NULL, 0 };

    sorted_and_back(*state, &none, 65536);
}


static void
a_sorter_may_be_given_up_at_any_time(void **state)
{
    story_t *story = *state;
    gray_siphash_key_t key = { 1, 2 };
    gray_bytes_t note = { 0, "" };
    char name[16];

    for (unsigned n = 0; n < 40000; n += 5000) {
        gray_sorter_t *sorter
            = gray_sorter_new(65536, story->root, &key, &story->error);

        for (unsigned i = 0; i < n; i++) {
            gray_bytes_t bytes = { (size_t) sprintf(name, "m%u", i * 7), name };

            story_ok(
                story, gray_sorter_add(sorter, bytes, 0, note, &story->error));
        }
        if (n % 2000 != 0) {
            gray_sorter_end(sorter);
            gray_sorter_wait(sorter);
            (void) gray_sorter_take(sorter);
        }
        gray_sorter_free(sorter);
    }
}


static void
a_folder_that_takes_no_file_is_named(void **state)
{
    int rc = 0;
    char name[16];
    story_t *story = *state;
    gray_siphash_key_t key = { 1, 2 };
    gray_bytes_t note = { 0, "" };
    gray_sorter_t *sorter
        = gray_sorter_new(65536, "/nonexistent", &key, &story->error);

    for (unsigned i = 0; rc == 0 && i < 1000000; i++) {
        gray_bytes_t bytes = { (size_t) sprintf(name, "m%u", i), name };

        rc = gray_sorter_add(sorter, bytes, 0, note, &story->error);
    }
    assert_int_equal(rc, -1);
    assert_non_null(strstr(story->error.message, "/nonexistent"));
    assert_non_null(strstr(story->error.hint, "TMPDIR"));
    gray_sorter_free(sorter);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_sorted_as_qsort_sorts_them),
        story_test(whatever_the_memory_members_come_back_in_order_and_once),
        story_test(no_members_are_sorted_too),
        story_test(a_sorter_may_be_given_up_at_any_time),
        story_test(a_folder_that_takes_no_file_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
