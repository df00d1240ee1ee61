/*
 * Judging a request's tokens.
 */

#include "ngx_http_gray_override.h"
#include <openssl/evp.h>
#include <openssl/hmac.h>


/* A token that is not good: its counter, and a word for the log. */
typedef struct {
    gray_count_release_t count;
    const char *why;
} ngx_http_gray_refusal_t;


static unsigned ngx_http_gray_judge(ngx_http_request_t *r,
    ngx_http_gray_worker_t *worker, ngx_http_gray_result_t *result,
    const ngx_str_t *text, uint64_t *expiry);
static bool ngx_http_gray_hmac(const unsigned char key[GRAY_TOKEN_KEY_SIZE],
    const void *bytes, size_t len, unsigned char mac[GRAY_TOKEN_MAC_SIZE]);


static const ngx_http_gray_refusal_t ngx_http_gray_refusals[] = {
    [GRAY_TOKEN_MALFORMED] = { GRAY_COUNT_OVERRIDE_MALFORMED, "malformed" },
    [GRAY_TOKEN_NO_KEY]
    = { GRAY_COUNT_OVERRIDE_FORGED, "signed with no key of the store" },
    [GRAY_TOKEN_FORGED] = { GRAY_COUNT_OVERRIDE_FORGED, "forged" },
    [GRAY_TOKEN_EXPIRED] = { GRAY_COUNT_OVERRIDE_EXPIRED, "expired" },
    [GRAY_TOKEN_FOREIGN]
    = { GRAY_COUNT_OVERRIDE_FOREIGN, "for another release, variant or host" },
    [GRAY_TOKEN_REVOKED] = { GRAY_COUNT_OVERRIDE_REVOKED, "revoked" },
};


/* The token in the address that the client sent. */

static unsigned
ngx_http_gray_override_parameter(ngx_http_request_t *r,
    ngx_http_gray_worker_t *worker, ngx_http_gray_result_t *result,
    ngx_http_gray_loc_conf_t *glcf)
{
    uint64_t expiry;
    unsigned variant;
    ngx_str_t path, query, token;
    ngx_http_gray_link_t *link;

    if (!ngx_http_gray_query_split(&r->unparsed_uri, &path, &query)
        || !ngx_http_gray_query_find(
            &query, &glcf->override->parameter, &token))
    {
        return 0;
    }

    variant = ngx_http_gray_judge(r, worker, result, &token, &expiry);

    if (variant == 0) {
        return 0;
    }

    link = ngx_pcalloc(r->pool, sizeof(ngx_http_gray_link_t));

    if (link != NULL) {
        link->parameter = glcf->override->parameter;
        link->cookie = glcf->cookie;
        link->token = token;
        link->expiry = (time_t) expiry;
        result->link = link;
    }

    return variant;
}


static unsigned
ngx_http_gray_override_cookie(ngx_http_request_t *r,
    ngx_http_gray_worker_t *worker, ngx_http_gray_result_t *result,
    ngx_http_gray_loc_conf_t *glcf)
{
    uint64_t expiry;
    ngx_str_t token;
    ngx_http_variable_value_t *v;

    v = ngx_http_get_indexed_variable(r, glcf->cookie_index);

    if (v == NULL || v->not_found || v->len == 0) {
        return 0;
    }

    token.data = v->data;
    token.len = v->len;

    return ngx_http_gray_judge(r, worker, result, &token, &expiry);
}


unsigned
ngx_http_gray_override(ngx_http_request_t *r, ngx_http_gray_worker_t *worker,
    ngx_http_gray_result_t *result)
{
    ngx_http_gray_loc_conf_t *glcf;

    if (result->judged) {
        return result->override_plus_one;
    }

    result->judged = 1;
    glcf = ngx_http_get_module_loc_conf(r, ngx_http_gray_module);

    if (glcf->route != result->route) {
        return 0;
    }

    result->override_plus_one
        = ngx_http_gray_override_parameter(r, worker, result, glcf);

    if (result->override_plus_one == 0) {
        result->override_plus_one
            = ngx_http_gray_override_cookie(r, worker, result, glcf);
    }

    return result->override_plus_one;
}


/* 1 + the index of a variant; 0: the release has none of this name. */

static unsigned
ngx_http_gray_override_variant(gray_release_t *release, gray_str_t name)
{
    unsigned i;
    gray_str_t variant;

    for (i = 0; i < gray_release_variants(release); i++) {
        variant = gray_release_variant(release, i);

        if (variant.len == name.len
            && ngx_strncmp(variant.data, name.data, name.len) == 0)
        {
            return i + 1;
        }
    }

    return 0;
}


/* 1 + the variant of a good token. */

static unsigned
ngx_http_gray_judge(ngx_http_request_t *r, ngx_http_gray_worker_t *worker,
    ngx_http_gray_result_t *result, const ngx_str_t *text, uint64_t *expiry)
{
    unsigned variant;
    gray_token_t token;
    gray_token_use_t use;
    gray_token_bytes_t bytes;
    gray_token_verdict_t verdict;
    const gray_keyring_t *keyring;
    ngx_http_gray_release_t *release;

    release = result->route->release;
    keyring = ngx_http_gray_keyring(worker);

    if (keyring == NULL) {
        return 0;
    }

    use.release = ngx_http_gray_str(&release->name);
    use.host = ngx_http_gray_str(&r->headers_in.server);
    use.now = (uint64_t) ngx_time();

    verdict = gray_token_verify(ngx_http_gray_str(text), &use, keyring,
        ngx_http_gray_hmac, &bytes, &token);

    if (verdict == GRAY_TOKEN_GOOD) {
        variant = ngx_http_gray_override_variant(
            result->loaded->compiled, token.variant);

        if (variant != 0) {
            *expiry = token.expiry;
            return variant;
        }

        verdict = GRAY_TOKEN_FOREIGN;
    }

    gray_counters_add(worker->counters, worker->stripe,
        worker->views[release->index].slot,
        ngx_http_gray_refusals[verdict].count, 1);

    ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
        "gray: an override of release \"%V\" is ignored: it is %s",
        &release->name, ngx_http_gray_refusals[verdict].why);

    return 0;
}


static bool
ngx_http_gray_hmac(const unsigned char key[GRAY_TOKEN_KEY_SIZE],
    const void *bytes, size_t len, unsigned char mac[GRAY_TOKEN_MAC_SIZE])
{
    unsigned size = 0;

    return HMAC(EVP_sha256(), key, GRAY_TOKEN_KEY_SIZE, bytes, len, mac, &size)
               != NULL
           && size == GRAY_TOKEN_MAC_SIZE;
}
