/* Every verb on releases, rules, lists, links and switches while the system
 * refuses it something. */

#include "sweep_story.h"
#include "control/audit.h"
#include "control/digest.h"
#include "control/dry_run.h"
#include "control/explain.h"
#include "control/link_internal.h"
#include "control/replay.h"
#include "control/status.h"
#include "control/weight.h"


/* --- releases -------------------------------------------------------------- */

static int
remove_cart(story_t *story)
{
    return gray_control_release_rm(story->control, "cart", true, &story->error);
}


static int
create_cart(story_t *story)
{
    return first_error(story, gray_control_release_create(story->control,
                                  "cart", NULL, 0, &story->errors));
}


static int
set_cart(story_t *story)
{
    return first_error(story, story_set(story, "cart", swept_document));
}


static int
get_shop(story_t *story)
{
    char *text = NULL;
    uint64_t revision;
    int rc = gray_control_release_get(
        story->control, "shop", &text, &revision, &story->error);

    free(text);
    return rc;
}


static int
list_releases(story_t *story)
{
    gray_release_lines_t lines;
    int rc = gray_control_release_ls(story->control, &lines, &story->error);

    if (rc == 0) {
        gray_release_lines_free(&lines);
    }

    return rc;
}


static void
a_release(void **state)
{
    story_t *story = *state;

    sweep(story, remove_cart, create_cart);
    sweep(story, remove_cart, set_cart);
    sweep(story, create_cart, remove_cart);
    sweep(story, NULL, get_shop);
    sweep(story, NULL, list_releases);
}


static int
dry_run(story_t *story)
{
    gray_dry_run_t tried = { 0 };
    gray_weighed_t weighed;
    gray_weight_t weight = { "gray", false, 20000 };
    gray_weights_t weights = { 1, &weight, 0, NULL };
    int rc;

    gray_control_dry_run(story->control, &tried);
    rc = gray_control_weight(
        story->control, "shop", NULL, &weights, &weighed, &story->error);

    if (rc == 0) {
        rc = gray_control_rule_rm(
            story->control, "shop", "some", &story->error);
    }

    gray_control_dry_run(story->control, NULL);
    gray_dry_run_free(&tried);
    return rc;
}


static void
a_dry_run(void **state)
{
    sweep(*state, NULL, dry_run);
}


/* --- rules and weights ----------------------------------------------------- */

static int
reset_shop(story_t *story)
{
    return story_set(story, "shop", swept_document);
}


static int
add_rule(story_t *story)
{
    gray_rule_place_t place = { GRAY_RULE_BEFORE, "some" };

    return gray_control_rule_add(story->control, "shop", "new", "gray",
        "device_id in @testers and plan = 'x'", &place, &story->error);
}


static int
add_split_rule(story_t *story)
{
    static const char *const by[] = { "user", "plan" };
    gray_weight_t weight = { "blue", false, 20000 };
    gray_weights_t weights = { 1, &weight, 2, by };

    return gray_control_rule_add_split(story->control, "shop", "new", &weights,
        "has user", NULL, &story->error);
}


static int
rename_rule(story_t *story)
{
    return gray_control_rule_rename(
        story->control, "shop", "some", "few", &story->error);
}


static int
move_rule(story_t *story)
{
    gray_rule_place_t place = { GRAY_RULE_FIRST, NULL };

    return gray_control_rule_mv(
        story->control, "shop", "some", &place, &story->error);
}


static int
list_rules(story_t *story)
{
    gray_rule_lines_t lines;
    int rc
        = gray_control_rule_ls(story->control, "shop", &lines, &story->error);

    if (rc == 0) {
        gray_rule_lines_free(&lines);
    }

    return rc;
}


static void
a_rule(void **state)
{
    sweep(*state, reset_shop, add_rule);
    sweep(*state, reset_shop, add_split_rule);
    sweep(*state, reset_shop, rename_rule);
    sweep(*state, reset_shop, move_rule);
    sweep(*state, NULL, list_rules);
}


static int
weigh(story_t *story)
{
    static const char *const by[] = { "user", "plan" };
    gray_weight_t weight = { "gray", false, 20000 };
    gray_weights_t weights = { 1, &weight, 2, by };
    gray_weighed_t weighed;

    return gray_control_weight(
        story->control, "shop", "some", &weights, &weighed, &story->error);
}


static int
promote(story_t *story)
{
    gray_weighed_t weighed;

    return gray_control_promote(
        story->control, "shop", "gray", &weighed, &story->error);
}


static int
reshuffle(story_t *story)
{
    gray_reshuffled_t reshuffled;

    return gray_control_reshuffle(
        story->control, "shop", &reshuffled, &story->error);
}


static void
a_weight(void **state)
{
    sweep(*state, reset_shop, weigh);
    sweep(*state, reset_shop, promote);
    sweep(*state, NULL, reshuffle);
}


/* --- lists ------------------------------------------------------------------ */

static int
drop_others(story_t *story)
{
    return gray_control_list_drop(
        story->control, "others", true, &story->error);
}


static int
create_others(story_t *story)
{
    return gray_control_list_create(
        story->control, "others", GRAY_LIST_STRING, &story->error);
}


static int
add_members(story_t *story)
{
    static const char *const members[] = { "a", "b", "phone-42" };
    gray_list_added_t added;

    return gray_control_list_add(story->control, "testers", members, 3, 3600,
        "a note", &added, &story->error);
}


static int
remove_members(story_t *story)
{
    static const char *const members[] = { "a", "b", "c" };
    unsigned removed;

    return gray_control_list_rm(
        story->control, "testers", members, 3, &removed, &story->error);
}


static int
has_address(story_t *story)
{
    gray_list_has_t has;

    return gray_control_list_has(
        story->control, "offices", "10.1.2.3", &has, &story->error);
}


static int
list_lists(story_t *story)
{
    gray_list_lines_t lines;
    int rc = gray_control_list_ls(story->control, &lines, &story->error);

    if (rc == 0) {
        gray_list_lines_free(&lines);
    }

    return rc;
}


static int
list_members(story_t *story)
{
    gray_member_line_t members[4];
    int n = gray_control_list_members(
        story->control, "testers", NULL, members, 4, &story->error);

    return n < 0 ? n : 0;
}


static int
purge(story_t *story)
{
    uint64_t purged;

    return gray_control_list_purge(
        story->control, &purged, NULL, NULL, &story->error);
}


static void
a_list(void **state)
{
    sweep(*state, drop_others, create_others);
    sweep(*state, create_others, drop_others);
    sweep(*state, remove_members, add_members);
    sweep(*state, add_members, remove_members);
    sweep(*state, NULL, has_address);
    sweep(*state, NULL, list_lists);
    sweep(*state, NULL, list_members);
    sweep(*state, drop_others, purge);
}


/* --- links ------------------------------------------------------------------ */

static gray_link_t last_link;

static int
make_link(story_t *story)
{
    return gray_control_link(story->control, "shop", "gray", "example.com",
        3600, &last_link, &story->error);
}


static int
list_links(story_t *story)
{
    gray_link_lines_t lines;
    int rc = gray_control_link_ls(story->control, &lines, &story->error);

    if (rc == 0) {
        gray_link_lines_free(&lines);
    }

    return rc;
}


static int
revoke_link(story_t *story)
{
    char id[GRAY_TOKEN_ID_TEXT];

    return gray_control_link_revoke(
        story->control, last_link.token, id, &story->error);
}


static int
revoke_links(story_t *story)
{
    return gray_control_link_revoke_all(story->control, &story->error);
}


static int
rotate(story_t *story)
{
    uint32_t key;

    return gray_control_link_rotate(story->control, &key, &story->error);
}


static int
link_url(story_t *story)
{
    char *url = gray_link_url(
        "https", "example.com", "/", "gray", last_link.token, &story->error);

    free(url);
    return url == NULL ? -1 : 0;
}


/* Or every round would have one more. */
static int
forget_links(story_t *story)
{
    gray_txn_t *txn;
    unsigned left;

    assert_int_equal(gray_store_write(story->control->store, &txn), 0);
    assert_int_equal(gray_link_record_purge(txn, UINT64_MAX, &left), 0);
    return gray_store_commit(txn);
}


static int
one_link(story_t *story)
{
    return forget_links(story) == 0 ? make_link(story) : -1;
}


static void
a_link(void **state)
{
    sweep(*state, forget_links, make_link);
    sweep(*state, NULL, link_url);
    sweep(*state, one_link, revoke_link);
    sweep(*state, NULL, list_links);
    sweep(*state, NULL, rotate);
    sweep(*state, one_link, revoke_links);
}


/* --- explaining ------------------------------------------------------------- */

static int
explain(story_t *story)
{
    gray_explanation_t explanation;
    const gray_explain_attribute_t attributes[] = {
        { "plan", { 1, "a" } },
        { "user", { 2, "u1" } },
        { "ip", { 9, "192.0.2.1" } },
        { "shoe", { 1, "9" } },
    };
    const gray_explain_t question = {
        .release = "shop",
        .attributes = attributes,
        .nattributes = 4,
    };
    int rc = gray_control_explain(
        story->control, &question, &explanation, &story->error);

    if (rc == 0) {
        gray_explanation_free(&explanation);
    }

    return rc;
}


static int
replay(story_t *story)
{
    static char log[]
        = "time=2026-01-31T12:00:00Z release=shop variant=stable "
          "reason=default user=u1 device_id=phone-42\n"
          "time=2026-01-31T12:00:01Z release=shop variant=gray "
          "reason=split:user:1 user=u2 ip=10.0.0.1\n"
          "{\"time\": \"2026-01-31T12:00:02Z\", \"release\": \"shop\", "
          "\"variant\": \"gray\", \"reason\": \"targeting_match:qa\", "
          "\"attributes\": {\"user\": \"u3\"}}\nnonsense\n";
    gray_replay_t question = {
        .release = "shop",
        .document = swept_document,
        .len = sizeof(swept_document) - 1,
    };
    gray_replayed_t replayed;
    FILE *in = fmemopen(log, sizeof(log) - 1, "r");
    int rc = gray_control_replay(
        story->control, &question, in, &replayed, &story->errors);

    if (rc == 0) {
        gray_replayed_free(&replayed);
    }

    (void) __real_fclose(in);
    return first_error(story, rc);
}


static void
an_explanation(void **state)
{
    sweep(*state, NULL, explain);
    sweep(*state, NULL, replay);
}


static int
count_record(void *data, const gray_audit_record_t *record)
{
    (void) record;
    ++*(unsigned *) data;
    return 0;
}


static int
read_audit(story_t *story)
{
    const gray_audit_filter_t filter = { .release = "shop", .limit = 50 };
    unsigned n = 0;

    return gray_control_audit(
        story->control, &filter, count_record, &n, &story->error);
}


static int
read_digest(story_t *story)
{
    char text[GRAY_DIGEST_TEXT_MAX];

    return gray_control_digest(story->control, text, &story->error);
}


static int
read_status(story_t *story)
{
    gray_status_t status;
    int rc = gray_control_status(story->control, &status, &story->error);

    if (rc == 0) {
        gray_status_free(&status);
    }

    return rc;
}


static void
a_look_at_the_store(void **state)
{
    sweep(*state, NULL, read_audit);
    sweep(*state, NULL, read_digest);
    sweep(*state, NULL, read_status);
}


/* --- switches ---------------------------------------------------------------- */

static int
turn_on(story_t *story)
{
    gray_switched_t switched;

    return gray_control_switch(
        story->control, "shop", false, 0, NULL, NULL, &switched, &story->error);
}


static int
turn_off(story_t *story)
{
    gray_switched_t switched;

    return gray_control_switch(
        story->control, "shop", true, 0, NULL, NULL, &switched, &story->error);
}


static void
a_kill_switch(void **state)
{
    sweep(*state, turn_on, turn_off);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        swept(a_release),
        swept(a_dry_run),
        swept(a_rule),
        swept(a_weight),
        swept(a_list),
        swept(a_link),
        swept(an_explanation),
        swept(a_look_at_the_store),
        swept(a_kill_switch),
    };

    swept_json();

    return cmocka_run_group_tests(tests, NULL, NULL);
}
