/*
 * Taking links back, and new keys.
 */

#include <stdlib.h>
#include <string.h>
#include "hmac.h"
#include "link_internal.h"


/* What is to be revoked. */
typedef struct {
    uint64_t id;
    uint64_t expiry;
    char text[GRAY_TOKEN_ID_TEXT];
    char release[GRAY_NAME_MAX + 1]; /* for the audit                      */
} gray_link_target_t;


static int
gray_link_unknown(const char *word, gray_error_t *error)
{
    (void) gray_error_set(
        error, GRAY_ENOTFOUND, "no link '%.40s' is valid", word);

    return gray_error_hint(
        error, "grayctl link ls shows the ids; the token itself will do, too");
}


/* A token of ours, valid or not. */
static bool
gray_link_by_token(
    const gray_keyring_t *keyring, const char *text, gray_link_target_t *target)
{
    gray_token_t token;
    gray_token_use_t use;
    gray_token_bytes_t bytes;
    gray_token_verdict_t verdict;

    memset(&use, 0, sizeof(use));
    verdict = gray_token_verify((gray_str_t){ strlen(text), text }, &use,
        keyring, gray_hmac, &bytes, &token);

    if (verdict == GRAY_TOKEN_MALFORMED || verdict == GRAY_TOKEN_NO_KEY
        || verdict == GRAY_TOKEN_FORGED
        || token.expiry <= gray_wall_ms() / 1000)
    {
        return false;
    }

    target->id = token.id;
    target->expiry = token.expiry;
    gray_token_id_print(token.id, target->text);
    memcpy(target->release, token.release.data, token.release.len);
    target->release[token.release.len] = '\0';

    return true;
}


static int
gray_link_find(gray_control_t *control, gray_txn_t *txn,
    const gray_keyring_t *keyring, const char *word, gray_link_target_t *target,
    gray_error_t *error)
{
    int rc;
    gray_link_line_t line;

    if (gray_link_by_token(keyring, word, target)) {
        return 0;
    }

    if (!gray_token_id_parse((gray_str_t){ strlen(word), word }, &target->id)) {
        return gray_link_unknown(word, error);
    }

    rc = gray_link_record_get(txn, word, &line);
    if (rc == GRAY_STORE_ENOTFOUND
        || (rc == GRAY_STORE_OK && line.expiry <= gray_wall_ms() / 1000))
    {
        return gray_link_unknown(word, error);
    }
    if (rc != GRAY_STORE_OK) {
        return gray_verb_store_error(control->dir, rc, error);
    }

    target->expiry = line.expiry;
    memcpy(target->text, line.id, sizeof(target->text));
    memcpy(target->release, line.release, sizeof(target->release));

    return 0;
}


static int
gray_link_revoke_in(gray_control_t *control, gray_txn_t *txn,
    gray_keyring_t *keyring, const gray_link_target_t *target,
    gray_error_t *error)
{
    gray_keyring_purge(keyring, gray_wall_ms() / 1000);

    if (!gray_keyring_revoke(keyring, target->id, target->expiry)) {
        (void) gray_error_set(error, GRAY_EFULL,
            "%d links are revoked and not yet expired", GRAY_KEYRING_REVOKED);
        return gray_error_hint(
            error, "grayctl link revoke --all ends every link at once");
    }

    return gray_link_keyring_put(control, txn, keyring, error);
}


int
gray_control_link_revoke(gray_control_t *control, const char *id_or_token,
    char id[GRAY_TOKEN_ID_TEXT], gray_error_t *error)
{
    int rc;
    bool already;
    gray_txn_t *txn;
    gray_record_t record;
    gray_keyring_t *keyring;
    gray_link_target_t target;

    if (gray_verb_write_expected(control, &txn, error) != 0) {
        return -1;
    }

    already = false;
    keyring = gray_link_keyring(control, txn, error);
    rc = keyring == NULL ? -1
                         : gray_link_find(control, txn, keyring, id_or_token,
                             &target, error);
    if (rc == 0) {
        already = gray_keyring_revoked(keyring, target.id);
        memcpy(id, target.text, sizeof(target.text));
    }
    if (rc == 0 && !already) {
        rc = gray_link_revoke_in(control, txn, keyring, &target, error);
    }
    gray_link_keyring_free(keyring);

    if (rc != 0 || already) {
        gray_verb_abort(control, txn);
        return rc;
    }

    memset(&record, 0, sizeof(record));
    record.verb = "link revoke";
    record.release = target.release;
    record.after = json_pack("{s:s}", "id", target.text);

    return gray_verb_commit(control, txn, &record, error);
}


/* --- keys ----------------------------------------------------------------- */

/* Puts a new key, and forgets the others when `all`. The transaction ends in
 * any case. */
static int
gray_link_rekey(gray_control_t *control, gray_txn_t *txn,
    gray_keyring_t *keyring, bool all, gray_error_t *error)
{
    uint32_t key;
    gray_record_t record;

    if (all) {
        keyring->nkeys = 0;
        keyring->nrevoked = 0;
    }

    if (gray_link_new_key(keyring, error) != 0
        || gray_link_keyring_put(control, txn, keyring, error) != 0)
    {
        gray_verb_abort(control, txn);
        return -1;
    }

    key = keyring->keys[0].id;

    memset(&record, 0, sizeof(record));
    record.verb = all ? "link revoke" : "link rotate";
    record.after
        = all ? json_pack("{s:b, s:I}", "all", true, "key", (json_int_t) key)
              : json_pack("{s:I}", "key", (json_int_t) key);

    return gray_verb_commit(control, txn, &record, error);
}


int
gray_control_link_rotate(
    gray_control_t *control, uint32_t *key, gray_error_t *error)
{
    int rc;
    gray_txn_t *txn;
    gray_keyring_t *keyring;

    if (gray_verb_write_expected(control, &txn, error) != 0) {
        return -1;
    }

    keyring = gray_link_keyring(control, txn, error);
    if (keyring == NULL) {
        gray_verb_abort(control, txn);
        return -1;
    }

    rc = gray_link_rekey(control, txn, keyring, false, error);
    *key = keyring->keys[0].id;
    gray_link_keyring_free(keyring);

    return rc;
}


/* A record that is damaged is replaced, too. */
static gray_keyring_t *
gray_link_keyring_any(
    gray_control_t *control, gray_txn_t *txn, gray_error_t *error)
{
    gray_keyring_t *keyring;

    keyring = gray_link_keyring(control, txn, error);
    if (keyring == NULL && error->code == GRAY_EDAMAGED) {
        keyring = calloc(1, sizeof(*keyring));
        if (keyring != NULL) {
            keyring->nkeys = 1;
        }
    }

    return keyring;
}


int
gray_control_link_revoke_all(gray_control_t *control, gray_error_t *error)
{
    int rc;
    gray_txn_t *txn;
    gray_keyring_t *keyring;

    if (gray_verb_write_expected(control, &txn, error) != 0) {
        return -1;
    }

    keyring = gray_link_keyring_any(control, txn, error);

    if (keyring == NULL || keyring->nkeys == 0) {
        gray_verb_abort(control, txn);
        rc = keyring == NULL ? -1 : 0;
    } else {
        rc = gray_link_rekey(control, txn, keyring, true, error);
    }
    gray_link_keyring_free(keyring);

    return rc;
}
