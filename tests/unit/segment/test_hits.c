#include "segment/scratch.h"
#include "segment/hits.h"

#define PROCESSES 4
#define HITS 50000

typedef struct {
    gray_counters_t *counters;
    int release;
} shop_t;


static shop_t
make(scratch_t *scratch)
{
    shop_t shop = { .counters = NULL };

    assert_int_equal(gray_counters_create(scratch->path, (gid_t) -1), 0);
    assert_int_equal(
        gray_counters_open(scratch->path, true, &shop.counters), 0);
    shop.release = gray_counters_release(shop.counters, "shop");

    return shop;
}


static int
bind(const shop_t *shop, uint64_t revision, gray_hits_t *rules, unsigned n)
{
    return gray_counters_hits_bind(
        shop->counters, 0, shop->release, revision, rules, n);
}


static void
hit(const shop_t *shop, gray_hits_t *rule, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        gray_counters_hit(shop->counters, i, rule);
    }
}


/* -1: the rule has no slot. */
static int64_t
hits_of(const shop_t *shop, const char *release, const char *rule)
{
    gray_hits_counts_t out;
    int64_t found = -1;

    for (unsigned i = 0; i < gray_counters_hits_end(shop->counters); i++) {
        if (gray_counters_hits_get(shop->counters, i, -1, &out)
            && strcmp(out.release, release) == 0 && strcmp(out.rule, rule) == 0)
        {
            assert_int_equal(found, -1);
            found = (int64_t) out.hits;
        }
    }

    return found;
}


static int64_t
hits(const shop_t *shop, const char *rule)
{
    return hits_of(shop, "shop", rule);
}


static void
a_hit_counts_for_its_rule_only(void **state)
{
    shop_t shop = make(*state);
    gray_hits_t rules[] = { { .name = "qa" }, { .name = "beta" } };

    assert_int_equal(hits(&shop, "qa"), -1);
    assert_int_equal(bind(&shop, 1, rules, 2), 0);
    assert_int_equal(hits(&shop, "qa"), 0);

    hit(&shop, &rules[0], 20);
    hit(&shop, &rules[1], 3);
    assert_int_equal(hits(&shop, "qa"), 20);
    assert_int_equal(hits(&shop, "beta"), 3);
    assert_int_equal(hits(&shop, "other"), -1);
    gray_counters_close(shop.counters);
}


static void
two_releases_may_have_rules_of_one_name(void **state)
{
    shop_t shop = make(*state);
    int other = gray_counters_release(shop.counters, "other");
    gray_hits_t mine = { .name = "qa" }, theirs = { .name = "qa" };
    gray_hits_counts_t out;

    assert_int_equal(bind(&shop, 1, &mine, 1), 0);
    assert_int_equal(
        gray_counters_hits_bind(shop.counters, 0, other, 2, &theirs, 1), 0);
    hit(&shop, &mine, 1);
    hit(&shop, &theirs, 2);

    assert_int_equal(hits(&shop, "qa"), 1);
    assert_int_equal(hits_of(&shop, "other", "qa"), 2);

    assert_int_equal(gray_counters_hits_end(shop.counters), 2);
    assert_true(gray_counters_hits_get(shop.counters, 1, -1, &out));
    assert_string_equal(out.release, "other");
    assert_string_equal(out.rule, "qa");
    assert_int_equal(out.hits, 2);
    assert_false(gray_counters_hits_get(shop.counters, 1, shop.release, &out));
    gray_counters_close(shop.counters);
}


static void
a_moved_rule_keeps_its_count_and_a_renamed_one_begins(void **state)
{
    shop_t shop = make(*state);
    gray_hits_t before[] = { { .name = "a" }, { .name = "b" } };
    gray_hits_t after[]
        = { { .name = "b" }, { .name = "new" }, { .name = "a" } };
    gray_hits_t renamed[] = { { .name = "bee" }, { .name = "a" } };

    assert_int_equal(bind(&shop, 5, before, 2), 0);
    hit(&shop, &before[0], 4);
    hit(&shop, &before[1], 7);

    assert_int_equal(bind(&shop, 6, after, 3), 0);
    hit(&shop, &after[0], 1);
    hit(&shop, &after[2], 1);
    assert_int_equal(hits(&shop, "a"), 5);
    assert_int_equal(hits(&shop, "b"), 8);
    assert_int_equal(hits(&shop, "new"), 0);

    assert_int_equal(bind(&shop, 7, renamed, 2), 0);
    assert_int_equal(hits(&shop, "bee"), 0);
    assert_int_equal(hits(&shop, "b"), -1);
    assert_int_equal(hits(&shop, "a"), 5);
    gray_counters_close(shop.counters);
}


static void
a_rule_removed_and_added_again_begins_at_nought(void **state)
{
    shop_t shop = make(*state);
    gray_hits_t rule = { .name = "qa" }, again = { .name = "qa" };

    assert_int_equal(bind(&shop, 1, &rule, 1), 0);
    hit(&shop, &rule, 9);
    assert_int_equal(bind(&shop, 2, NULL, 0), 0);
    assert_int_equal(hits(&shop, "qa"), -1);

    assert_int_equal(bind(&shop, 3, &again, 1), 0);
    assert_int_equal(hits(&shop, "qa"), 0);

    /* who still decides by the first one counts nowhere */
    hit(&shop, &rule, 1);
    assert_int_equal(hits(&shop, "qa"), 0);
    hit(&shop, &again, 1);
    assert_int_equal(hits(&shop, "qa"), 1);
    gray_counters_close(shop.counters);
}


static void
a_worker_behind_finds_slots_and_makes_none(void **state)
{
    shop_t shop = make(*state);
    gray_hits_t now[] = { { .name = "a" }, { .name = "b" } };
    gray_hits_t then[] = { { .name = "old" }, { .name = "a" } };

    assert_int_equal(bind(&shop, 8, now, 2), 0);
    assert_int_equal(bind(&shop, 7, then, 2), 1);
    hit(&shop, &then[0], 1);
    hit(&shop, &then[1], 1);

    assert_int_equal(hits(&shop, "old"), -1);
    assert_int_equal(hits(&shop, "a"), 1);
    assert_int_equal(hits(&shop, "b"), 0);
    assert_int_equal(gray_counters_hits_lost(shop.counters), 0);
    gray_counters_close(shop.counters);
}


static void
counts_go_on_in_the_next_process(void **state)
{
    scratch_t *scratch = *state;
    shop_t shop = make(scratch);
    gray_hits_t rule = { .name = "qa" }, next = { .name = "qa" };

    assert_int_equal(bind(&shop, 1, &rule, 1), 0);
    hit(&shop, &rule, 2);
    gray_counters_close(shop.counters);

    assert_int_equal(
        gray_counters_open(scratch->path, true, &shop.counters), 0);
    shop.release = gray_counters_release(shop.counters, "shop");
    assert_int_equal(bind(&shop, 1, &next, 1), 0);
    hit(&shop, &next, 1);
    assert_int_equal(hits(&shop, "qa"), 3);
    gray_counters_close(shop.counters);
}


/* Hits before there is a slot are kept and counted then. */
static void
a_lock_that_is_held_delays_the_count_and_loses_nothing(void **state)
{
    scratch_t *scratch = *state;
    shop_t shop = make(scratch);
    gray_hits_t rule = { .name = "qa" };
    int fd = open(scratch->path, O_RDWR | O_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    assert_int_equal(bind(&shop, 1, &rule, 1), -1);
    assert_int_equal(errno, ETIMEDOUT);
    hit(&shop, &rule, 6);
    assert_int_equal(hits(&shop, "qa"), -1);

    assert_int_equal(flock(fd, LOCK_UN), 0);
    assert_int_equal(bind(&shop, 1, &rule, 1), 0);
    assert_int_equal(hits(&shop, "qa"), 6);

    /* what is bound is found without the lock */
    assert_int_equal(flock(fd, LOCK_EX), 0);
    assert_int_equal(bind(&shop, 1, &rule, 1), 0);
    assert_int_equal(hits(&shop, "qa"), 6);
    close(fd);
    gray_counters_close(shop.counters);
}


/* This process runs as an nginx that names shop. */
static void
run_instance(gray_counters_t *counters)
{
    gray_instance_t *instance = calloc(1, sizeof(*instance));
    int slot;

    assert_non_null(instance);
    instance->master = (uint32_t) getpid();
    instance->nworkers = 1;
    instance->generation = 1;
    (void) strcpy(instance->text, "release shop stable gray\nrelease full v\n");
    slot = gray_counters_publish(counters, instance);
    assert_true(gray_counters_worker(counters, slot, 0) >= 0);
    free(instance);
}


/* `n` rules with names of their own. */
static gray_hits_t *
many(unsigned n, char (*names)[16])
{
    gray_hits_t *rules = calloc(n, sizeof(*rules));

    assert_non_null(rules);
    for (unsigned i = 0; i < n; i++) {
        (void) snprintf(names[i], sizeof(names[i]), "rule-%u", i);
        rules[i].name = names[i];
    }

    return rules;
}


static void
rules_past_the_limit_count_nothing_and_are_told_of(void **state)
{
    static char names[GRAY_HITS + 2][16];
    shop_t shop = make(*state);
    gray_hits_t *rules = many(GRAY_HITS + 2, names), late = { .name = "late" };
    int full = gray_counters_release(shop.counters, "full");

    run_instance(shop.counters);
    assert_int_equal(gray_counters_hits_bind(
                         shop.counters, 0, full, 1, rules, GRAY_HITS + 2),
        2);
    assert_int_equal(bind(&shop, 2, &late, 1), 1);
    assert_int_equal(gray_counters_hits_lost(shop.counters), 3);
    hit(&shop, &late, 5);
    assert_int_equal(hits(&shop, "late"), -1);

    /* there is room again: the next who loads it gets it */
    assert_int_equal(gray_counters_hits_bind(
                         shop.counters, 0, full, 3, rules, GRAY_HITS - 1),
        0);
    assert_int_equal(gray_counters_hits_lost(shop.counters), 1);
    assert_int_equal(bind(&shop, 2, &late, 1), 0);
    assert_int_equal(gray_counters_hits_lost(shop.counters), 0);
    assert_int_equal(hits(&shop, "late"), 0);
    free(rules);
    gray_counters_close(shop.counters);
}


static void
a_release_that_nobody_names_gives_its_slots_away(void **state)
{
    static char names[GRAY_HITS][16];
    shop_t shop = make(*state);
    gray_hits_t *rules = many(GRAY_HITS, names), rule = { .name = "qa" };
    int over = gray_counters_release(shop.counters, "over");
    gray_hits_counts_t out;

    run_instance(shop.counters);
    assert_int_equal(
        gray_counters_hits_bind(shop.counters, 0, over, 1, rules, GRAY_HITS),
        0);
    assert_int_equal(bind(&shop, 2, &rule, 1), 0);
    hit(&shop, &rule, 1);
    hit(&shop, &rules[0], 1);
    assert_int_equal(hits(&shop, "qa"), 1);
    assert_false(gray_counters_hits_get(shop.counters, 0, over, &out));
    free(rules);
    gray_counters_close(shop.counters);
}


/* A release's slot that gets another name takes none of its rules with it. */
static void
another_release_in_the_slot_begins_without_rules(void **state)
{
    shop_t shop = make(*state);
    gray_hits_t rule = { .name = "qa" };
    char name[32];
    int slot = -1;

    assert_int_equal(bind(&shop, 7, &rule, 1), 0);
    hit(&shop, &rule, 1);

    for (unsigned i = 0; i < GRAY_COUNTERS_RELEASES && slot != shop.release;
         i++) {
        (void) snprintf(name, sizeof(name), "release-%u", i);
        slot = gray_counters_release(shop.counters, name);
    }

    assert_int_equal(slot, shop.release);
    assert_int_equal(hits(&shop, "qa"), -1);
    assert_int_equal(bind(&shop, 3, &rule, 1), 0);
    assert_int_equal(hits(&shop, "qa"), -1);
    hit(&shop, &rule, 2);

    assert_int_equal(hits_of(&shop, name, "qa"), 2);
    gray_counters_close(shop.counters);
}


static void
without_a_file_or_a_slot_nothing_breaks(void **state)
{
    scratch_t *scratch = *state;
    shop_t shop = make(scratch);
    gray_hits_t rule = { .name = "qa" }, bad = { .name = "" };
    gray_counters_t *reader = NULL;
    gray_hits_counts_t out;

    assert_int_equal(gray_counters_hits_bind(NULL, 0, 0, 1, &rule, 1), -1);
    gray_counters_hit(NULL, 0, &rule);
    assert_int_equal(gray_counters_hits_lost(NULL), 0);
    assert_int_equal(gray_counters_hits_end(NULL), 0);
    assert_false(gray_counters_hits_get(NULL, 0, -1, &out));

    assert_int_equal(
        gray_counters_hits_bind(shop.counters, 0, -1, 1, &rule, 1), -1);
    assert_int_equal(errno, EINVAL);
    assert_int_equal(bind(&shop, 1, &bad, 1), 1);

    assert_int_equal(gray_counters_open(scratch->path, false, &reader), 0);
    assert_int_equal(
        gray_counters_hits_bind(reader, 0, shop.release, 2, &rule, 1), -1);
    assert_int_equal(errno, EACCES);
    assert_false(gray_counters_hits_get(reader, GRAY_HITS, -1, &out));
    gray_counters_close(reader);
    gray_counters_close(shop.counters);
}


static void
workers_bind_and_count_at_the_same_time_and_nothing_is_lost(void **state)
{
    scratch_t *scratch = *state;
    shop_t shop = make(scratch);
    pid_t pids[PROCESSES];

    for (unsigned p = 0; p < PROCESSES; p++) {
        pids[p] = fork();
        assert_true(pids[p] >= 0);

        if (pids[p] == 0) {
            gray_hits_t rules[] = { { .name = "a" }, { .name = "b" } };
            gray_counters_t *own = NULL;
            unsigned tries = 0;

            CHILD_CHECK(gray_counters_open(scratch->path, true, &own) == 0);
            for (unsigned i = 0; i < HITS; i++) {
                if (rules[0].place == 0) {
                    (void) gray_counters_hits_bind(
                        own, p, shop.release, 4, rules, 2);
                }
                gray_counters_hit(own, p, &rules[1]);
            }
            while (rules[0].place == 0 && tries++ < 1000000) {
                (void) gray_counters_hits_bind(
                    own, p, shop.release, 4, rules, 2);
            }
            _exit(rules[0].place == 0);
        }
    }

    for (unsigned p = 0; p < PROCESSES; p++) {
        int status;

        assert_int_equal(waitpid(pids[p], &status, 0), pids[p]);
        assert_int_equal(status, 0);
    }

    assert_int_equal(hits(&shop, "b"), PROCESSES * HITS);
    assert_int_equal(hits(&shop, "a"), 0);
    assert_int_equal(gray_counters_hits_end(shop.counters), 2);
    gray_counters_close(shop.counters);
}


/* Children that bind are killed at any moment: the next ones find all right. */
static void
a_worker_killed_while_it_binds_leaves_slots_that_can_be_used(void **state)
{
    static char names[256][16];
    scratch_t *scratch = *state;
    shop_t shop = make(scratch);
    gray_hits_t *rules = many(256, names);
    const struct timespec moment = { .tv_nsec = 700000 };

    for (unsigned round = 0; round < 40; round++) {
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid == 0) {
            gray_counters_t *own = NULL;

            CHILD_CHECK(gray_counters_open(scratch->path, true, &own) == 0);
            for (uint64_t revision = 1 + round * 1000000ull;; revision++) {
                (void) gray_counters_hits_bind(own, 0, shop.release, revision,
                    rules + revision % 128, 128);
            }
        }
        (void) nanosleep(&moment, NULL);
        assert_int_equal(kill(pid, SIGKILL), 0);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
    }

    assert_int_equal(bind(&shop, UINT64_C(1) << 40, rules, 256), 0);
    for (unsigned i = 0; i < 256; i++) {
        hit(&shop, &rules[i], i + 1);
    }
    assert_true(hits(&shop, "rule-255") >= 256);
    assert_true(gray_counters_hits_end(shop.counters) <= 512);
    free(rules);
    gray_counters_close(shop.counters);
}


#define TEST(name) \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_hit_counts_for_its_rule_only),
        TEST(two_releases_may_have_rules_of_one_name),
        TEST(a_moved_rule_keeps_its_count_and_a_renamed_one_begins),
        TEST(a_rule_removed_and_added_again_begins_at_nought),
        TEST(a_worker_behind_finds_slots_and_makes_none),
        TEST(counts_go_on_in_the_next_process),
        TEST(a_lock_that_is_held_delays_the_count_and_loses_nothing),
        TEST(rules_past_the_limit_count_nothing_and_are_told_of),
        TEST(a_release_that_nobody_names_gives_its_slots_away),
        TEST(another_release_in_the_slot_begins_without_rules),
        TEST(without_a_file_or_a_slot_nothing_breaks),
        TEST(workers_bind_and_count_at_the_same_time_and_nothing_is_lost),
        TEST(a_worker_killed_while_it_binds_leaves_slots_that_can_be_used),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
