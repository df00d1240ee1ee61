/*
 * What gray_decide asks of its host: attributes as they were given, lists as
 * the store has them.
 */

#include <stdio.h>
#include <string.h>
#include "explain_internal.h"


bool
gray_explain_attribute(void *data, unsigned i, gray_str_t *value)
{
    unsigned a;
    gray_str_t name;
    gray_explainer_t *explainer = data;
    const gray_explain_t *question = explainer->question;

    name = gray_release_attribute(explainer->release, i);

    for (a = 0; a < question->nattributes; a++) {
        if (strcmp(question->attributes[a].name, name.data) == 0
            && question->attributes[a].value.len > 0)
        {
            *value = question->attributes[a].value;
            return true;
        }
    }

    return false;
}


void
gray_explain_add(
    gray_explainer_t *explainer, unsigned *n, char ***texts, const char *text)
{
    gray_texts_t all;

    all = (gray_texts_t){ *n, *texts };
    if (!gray_texts_have(&all, text, strlen(text))
        && gray_texts_add(&all, text, strlen(text)) != 0)
    {
        explainer->failed = true;
    }
    *n = all.n;
    *texts = all.texts;
}


static void
gray_explain_given(gray_explainer_t *explainer, const gray_explain_live_t *live,
    gray_str_t value)
{
    int shown = value.len > 80 ? 80 : (int) value.len;

    if (live->answer == GRAY_UNKNOWN_LIVE) {
        (void) snprintf(explainer->why, sizeof(explainer->why),
            "live list %s does not answer: as given with --live", live->list);
        return;
    }

    (void) snprintf(explainer->why, sizeof(explainer->why),
        "%.*s is %sin live list %s: as given with --live", shown, value.data,
        live->answer == GRAY_YES ? "" : "not ", live->list);
}


static gray_answer_t
gray_explain_live(
    gray_explainer_t *explainer, const char *list, gray_str_t value)
{
    unsigned i;
    const gray_explain_t *question = explainer->question;

    for (i = 0; i < question->nlives; i++) {
        if (strcmp(question->lives[i].list, list) == 0) {
            gray_explain_given(explainer, &question->lives[i], value);
            return question->lives[i].answer;
        }
    }

    gray_explain_add(explainer, &explainer->explanation->nunasked,
        &explainer->explanation->unasked, list);
    (void) snprintf(explainer->why, sizeof(explainer->why),
        "live list %s: not asked; give its answer with --live %s=yes", list,
        list);

    return GRAY_UNKNOWN_LIVE;
}


/* What an answer of the store rests on. */
static void
gray_explain_why(gray_explainer_t *explainer, const gray_list_t *header,
    const char *list, gray_str_t value, const gray_lookup_t *lookup)
{
    int shown;
    char member[256], expiry[GRAY_TIME_TEXT_MAX];

    shown = value.len > 80 ? 80 : (int) value.len;

    if (lookup->no_address) {
        (void) snprintf(explainer->why, sizeof(explainer->why),
            "%.*s is no address, so it is in no ip list", shown, value.data);
        return;
    }
    if (!lookup->found) {
        (void) snprintf(explainer->why, sizeof(explainer->why),
            "%.*s is not in %s", shown, value.data, list);
        return;
    }

    (void) gray_identity_text(
        header->kind, gray_key_bytes(&lookup->key), member);

    if (!lookup->listed) {
        gray_time_print(lookup->expiry, expiry);
        (void) snprintf(explainer->why, sizeof(explainer->why),
            "%.80s of %s expired at %s", member, list, expiry);
    } else if (strlen(member) == value.len
               && memcmp(member, value.data, value.len) == 0)
    {
        (void) snprintf(explainer->why, sizeof(explainer->why),
            "%.80s is in %s", member, list);
    } else {
        (void) snprintf(explainer->why, sizeof(explainer->why),
            "%.*s is in %.80s of %s", shown, value.data, member, list);
    }
}


gray_answer_t
gray_explain_member(
    void *data, unsigned list, unsigned attribute, gray_str_t value)
{
    int rc;
    const char *name;
    gray_list_t header;
    gray_lookup_t lookup;
    gray_explainer_t *explainer = data;

    (void) attribute;

    name = gray_release_list(explainer->release, list).data;

    if (gray_release_list_kind(explainer->release, list) == GRAY_LIST_LIVE) {
        return gray_explain_live(explainer, name, value);
    }

    rc = gray_store_list_get(explainer->txn, name, &header);
    if (rc == GRAY_STORE_OK) {
        rc = gray_lookup(
            explainer->txn, &header, value, explainer->now, &lookup);
    } else if (rc == GRAY_STORE_ENOTFOUND) {
        (void) snprintf(explainer->why, sizeof(explainer->why),
            "there is no list %s", name);
        return GRAY_UNKNOWN_LIST;
    }
    if (rc != GRAY_STORE_OK) {
        (void) snprintf(explainer->why, sizeof(explainer->why), "%s",
            gray_store_strerror(rc));
        return GRAY_UNKNOWN_STORE;
    }

    gray_explain_why(explainer, &header, name, value, &lookup);

    return lookup.listed ? GRAY_YES : GRAY_NO;
}
