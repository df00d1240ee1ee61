/*
 * Random releases, facts and answers: what decide() asks for is enough, and
 * asking late changes nothing.
 */

#include "core_document.h"
#include "core/decide.h"

#define LISTS 6

typedef struct {
    random_t random;
    gray_answer_t answers[LISTS]; /* of list "live<i>" for any attribute  */
    bool asked[LISTS][2];         /* by list and attribute                */
    bool late;                    /* pending until asked                  */
    const gray_release_t *release;
} world_t;


static bool
get_attribute(void *data, unsigned i, gray_str_t *value)
{
    (void) data;
    (void) i;
    *value = gray_str("1");
    return true;
}


static unsigned
list_of(const world_t *world, unsigned list)
{
    return (unsigned) gray_release_list(world->release, list).data[4] - '0';
}


static gray_answer_t
is_member(void *data, unsigned list, unsigned attribute, gray_str_t value)
{
    world_t *world = data;
    unsigned i = list_of(world, list);

    (void) value;
    assert_in_range(attribute, 0, 1);

    return world->late && !world->asked[i][attribute] ? GRAY_PENDING
                                                      : world->answers[i];
}


static char *
put_condition(world_t *world, char *p, unsigned depth)
{
    unsigned i, n = 1 + random_below(&world->random, 3);
    const char *word = random_below(&world->random, 2) ? " and " : " or ";

    for (i = 0; i < n; i++) {
        p += sprintf(p, "%s%s", i ? word : "",
            random_below(&world->random, 4) ? "" : "not ");

        if (depth > 0 && random_below(&world->random, 3) == 0) {
            p = stpcpy(p, "(");
            p = put_condition(world, p, depth - 1);
            p = stpcpy(p, ")");
        } else {
            p += sprintf(p, "%c %s @live%u",
                'x' + (int) random_below(&world->random, 2),
                random_below(&world->random, 3) ? "in" : "not in",
                random_below(&world->random, LISTS));
        }
    }

    return p;
}


static gray_release_t *
random_release(world_t *world)
{
    unsigned i, n = 1 + random_below(&world->random, 4);
    gray_document_t document;
    char condition[4096], name[8];

    document_init(&document);

    for (i = 0; i < n; i++) {
        put_condition(world, condition, 2);
        snprintf(name, sizeof(name), "r%u", i);
        document_rule(
            &document, name, condition, (int) random_below(&world->random, 3));
    }

    return document_release(&document);
}


static void
assert_same_decision(const gray_release_t *release, const gray_decision_t *a,
    const gray_decision_t *b)
{
    char x[GRAY_REASON_TEXT_MAX], y[GRAY_REASON_TEXT_MAX];

    gray_reason_print(release, a, x);
    gray_reason_print(release, b, y);
    assert_string_equal(x, y);
    assert_int_equal(a->variant, b->variant);
    assert_int_equal(a->rule, b->rule);
    assert_int_equal(a->skipped, b->skipped);
}


static void
choose_answers(world_t *world)
{
    static const gray_answer_t answers[]
        = { GRAY_NO, GRAY_YES, GRAY_UNKNOWN_LIVE };
    unsigned i;

    for (i = 0; i < LISTS; i++) {
        world->answers[i] = answers[random_below(&world->random, 3)];
    }
}


static void
test_answers_to_what_was_asked_decide_as_if_all_had_been_known(void **state)
{
    world_t world = { .random = { 5 } };
    gray_host_t host = {
        .data = &world,
        .attribute = get_attribute,
        .member = is_member,
    };
    gray_decision_t known, late;
    unsigned i, j, asked = 0, needed = 0;

    (void) state;

    for (i = 0; i < 20000; i++) {
        gray_release_t *release = random_release(&world);

        world.release = release;
        choose_answers(&world);
        world.late = false;
        gray_decide(release, &host, &known);
        assert_false(known.pending);

        world.late = true;
        memset(world.asked, 0, sizeof(world.asked));
        gray_decide(release, &host, &late);
        asked += late.ntests;
        needed += late.pending;

        for (j = 0; j < late.ntests; j++) {
            bool *test = &world.asked[list_of(&world, late.tests[j].list)]
                                     [late.tests[j].attribute];

            assert_false(*test);
            *test = true;
        }

        gray_decide(release, &host, &late);
        assert_false(late.pending);
        assert_same_decision(release, &known, &late);
        gray_release_free(release);
    }

    assert_true(needed > 15000);
    assert_true(asked > needed);
}


static void
test_what_stays_pending_is_decided_as_a_failed_lookup(void **state)
{
    world_t world = { .random = { 6 } };
    gray_host_t host = {
        .data = &world,
        .attribute = get_attribute,
        .member = is_member,
    };
    gray_decision_t pending, failed;
    unsigned i, j;

    (void) state;

    for (i = 0; i < 20000; i++) {
        gray_release_t *release = random_release(&world);

        world.release = release;
        world.late = true;
        gray_decide(release, &host, &pending);

        for (j = 0; j < LISTS; j++) {
            world.answers[j] = GRAY_UNKNOWN_LIVE;
        }

        world.late = false;
        gray_decide(release, &host, &failed);
        assert_same_decision(release, &pending, &failed);
        gray_release_free(release);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_answers_to_what_was_asked_decide_as_if_all_had_been_known),
        cmocka_unit_test(test_what_stays_pending_is_decided_as_a_failed_lookup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
