/* Tokens and their scopes. */

#define _GNU_SOURCE
#include "access.h"

#include <ctype.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include "core/base64url.h"

#define GRAYD_TOKENS_MAX 256
#define GRAYD_SCOPES_MAX 384

typedef struct {
    char name[GRAYD_TOKEN_NAME_MAX];
    char scopes[GRAYD_SCOPES_MAX]; /* "read,list:vip", no white space */
    unsigned char hash[SHA256_DIGEST_LENGTH];
} grayd_token_t;

typedef struct {
    unsigned n;
    grayd_token_t list[GRAYD_TOKENS_MAX];
} grayd_tokens_t;

struct grayd_access_s {
    char *file;
    pthread_rwlock_t lock;
    struct timespec read; /* the file's modification time; 0: none */
    grayd_tokens_t *tokens;
};


/* --- scopes ---------------------------------------------------------------- */

typedef struct {
    const char *word;
    bool named;         /* "list:NAME"                          */
    grayd_scope_t most; /* what it allows                       */
} grayd_scope_word_t;

static const grayd_scope_word_t grayd_scope_words[] = {
    { "read", false, GRAYD_READ },
    { "list:", true, GRAYD_LIST },
    { "release:", true, GRAYD_RELEASE },
    { "admin", false, GRAYD_ADMIN },
};


static const grayd_scope_word_t *
grayd_scope_find(const char *word, size_t len)
{
    size_t i, n = sizeof(grayd_scope_words) / sizeof(*grayd_scope_words);

    for (i = 0; i < n; i++) {
        const grayd_scope_word_t *known = &grayd_scope_words[i];
        size_t known_len = strlen(known->word);

        if (known->named
                ? len > known_len && len - known_len < 64
                      && memcmp(word, known->word, known_len) == 0
                : len == known_len && memcmp(word, known->word, len) == 0)
        {
            return known;
        }
    }

    return NULL;
}


/* Whether one word of a token's scopes allows it. */
static bool
grayd_scope_allows(
    const char *word, size_t len, grayd_scope_t scope, gray_str_t object)
{
    const grayd_scope_word_t *known = grayd_scope_find(word, len);

    if (known == NULL) {
        return false;
    }

    if (known->most == GRAYD_ADMIN || scope == GRAYD_READ) {
        return true;
    }

    if (known->most != scope || !known->named) {
        return false;
    }

    word += strlen(known->word);
    len -= strlen(known->word);

    return (len == 1 && word[0] == '*')
           || (len == object.len && memcmp(word, object.data, len) == 0);
}


static bool
grayd_scopes_allow(const char *scopes, grayd_scope_t scope, gray_str_t object)
{
    size_t len;

    for (; *scopes != '\0'; scopes += len + (scopes[len] == ',')) {
        len = strcspn(scopes, ",");
        if (grayd_scope_allows(scopes, len, scope, object)) {
            return true;
        }
    }

    return false;
}


static int
grayd_scopes_check(const char *scopes, gray_error_t *error)
{
    size_t len;

    if (strlen(scopes) >= GRAYD_SCOPES_MAX) {
        return gray_error_set(error, GRAY_EINVALID, "the scopes are too long");
    }

    do {
        len = strcspn(scopes, ",");
        if (grayd_scope_find(scopes, len) == NULL) {
            (void) gray_error_set(error, GRAY_EINVALID, "unknown scope '%.*s'",
                (int) (len < 64 ? len : 64), scopes);
            return gray_error_hint(error,
                "there are read, list:NAME, release:NAME and admin, with "
                "commas between them");
        }
        scopes += len + (scopes[len] == ',');
    } while (*scopes != '\0');

    return 0;
}


/* --- the file -------------------------------------------------------------- */

static int
grayd_hash_parse(const char *hex, unsigned char hash[SHA256_DIGEST_LENGTH])
{
    unsigned byte;

    if (strlen(hex) != 2 * SHA256_DIGEST_LENGTH
        || strspn(hex, "0123456789abcdef") != 2 * SHA256_DIGEST_LENGTH)
    {
        return -1;
    }

    for (int i = 0; i < SHA256_DIGEST_LENGTH; i++) {
        (void) sscanf(hex + (size_t) 2 * i, "%2x", &byte);
        hash[i] = (unsigned char) byte;
    }

    return 0;
}


static bool
grayd_token_name_ok(const char *name)
{
    size_t len = strlen(name);

    return len > 0 && len < GRAYD_TOKEN_NAME_MAX
           && strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXY"
                           "Z0123456789._-@")
                  == len;
}


static int
grayd_tokens_line(grayd_tokens_t *tokens, char *line, gray_error_t *error)
{
    char *words[4] = { NULL }, *rest = NULL;
    unsigned n = 0;
    grayd_token_t *token = &tokens->list[tokens->n];

    for (char *word = strtok_r(line, " \t\r\n", &rest); word != NULL && n < 4;
         word = strtok_r(NULL, " \t\r\n", &rest))
    {
        words[n++] = word;
    }

    if (n == 0 || words[0][0] == '#') {
        return 0;
    }

    if (n != 3) {
        return gray_error_set(error, GRAY_EINVALID,
            "a line has a name, scopes and a hash, not %u words", n);
    }

    if (!grayd_token_name_ok(words[0])) {
        return gray_error_set(
            error, GRAY_EINVALID, "'%.64s' is no name of a token", words[0]);
    }

    if (grayd_scopes_check(words[1], error) != 0) {
        return -1;
    }

    if (grayd_hash_parse(words[2], token->hash) != 0) {
        return gray_error_set(error, GRAY_EINVALID,
            "the hash of token '%s' is not 64 hexadecimal digits", words[0]);
    }

    if (tokens->n == GRAYD_TOKENS_MAX - 1) {
        return gray_error_set(
            error, GRAY_EINVALID, "more than %d tokens", GRAYD_TOKENS_MAX - 1);
    }

    (void) snprintf(token->name, sizeof(token->name), "%s", words[0]);
    (void) snprintf(token->scopes, sizeof(token->scopes), "%s", words[1]);
    tokens->n++;

    return 0;
}


static int
grayd_tokens_read(
    FILE *in, const char *file, grayd_tokens_t *tokens, gray_error_t *error)
{
    char line[1024];

    for (unsigned n = 1; fgets(line, sizeof(line), in) != NULL; n++) {
        if (strchr(line, '\n') == NULL && !feof(in)) {
            (void) gray_error_set(error, GRAY_EINVALID, "the line is too long");
        } else if (grayd_tokens_line(tokens, line, error) == 0) {
            continue;
        }

        return gray_error_place(error, "%s, line %u", file, n);
    }

    return 0;
}


/* A file that others may change gives everybody every right. */
static int
grayd_tokens_trust(const char *file, const struct stat *st, gray_error_t *error)
{
    if ((st->st_mode & S_IWOTH) == 0) {
        return 0;
    }

    (void) gray_error_set(
        error, GRAY_EPERMISSION, "everybody may write %s", file);

    return gray_error_hint(error, "chmod 0640 %s", file);
}


static int
grayd_tokens_load(
    grayd_access_t *access, grayd_tokens_t *tokens, gray_error_t *error)
{
    int rc;
    struct stat st;
    FILE *in = fopen(access->file, "re");

    if (in == NULL || fstat(fileno(in), &st) != 0) {
        rc = gray_error_set(error,
            errno == EACCES   ? GRAY_EPERMISSION
            : errno == ENOENT ? GRAY_ENOTFOUND
                              : GRAY_ESYSTEM,
            "the token file %s cannot be read: %s", access->file,
            strerror(errno));
        if (in != NULL) {
            fclose(in);
        }
        return rc;
    }

    rc = grayd_tokens_trust(access->file, &st, error);
    if (rc == 0) {
        rc = grayd_tokens_read(in, access->file, tokens, error);
    }
    fclose(in);

    access->read = st.st_mtim;

    return rc;
}


static int
grayd_access_read(grayd_access_t *access, gray_error_t *error)
{
    grayd_tokens_t *old, *new = calloc(1, sizeof(*new));

    if (new == NULL) {
        return gray_error_set(error, GRAY_ESYSTEM, "no memory");
    }

    if (grayd_tokens_load(access, new, error) != 0) {
        free(new);
        return -1;
    }

    pthread_rwlock_wrlock(&access->lock);
    old = access->tokens;
    access->tokens = new;
    pthread_rwlock_unlock(&access->lock);
    free(old);

    return 0;
}


int
grayd_access_create(
    const char *file, grayd_access_t **created, gray_error_t *error)
{
    grayd_access_t *access = calloc(1, sizeof(*access));

    if (access == NULL) {
        return gray_error_set(error, GRAY_ESYSTEM, "no memory");
    }

    pthread_rwlock_init(&access->lock, NULL);

    if (file != NULL) {
        access->file = strdup(file);

        if (access->file == NULL || grayd_access_read(access, error) != 0) {
            grayd_access_free(access);
            return -1;
        }
    }

    *created = access;

    return 0;
}


void
grayd_access_free(grayd_access_t *access)
{
    if (access != NULL) {
        pthread_rwlock_destroy(&access->lock);
        free(access->tokens);
        free(access->file);
        free(access);
    }
}


int
grayd_access_look(grayd_access_t *access, gray_error_t *error)
{
    struct stat st;
    int rc;

    if (access->file == NULL) {
        return 0;
    }

    /* one that is gone is told once, as a bad one is */
    if (stat(access->file, &st) != 0) {
        memset(&st, 0, sizeof(st));
    }

    if (st.st_mtim.tv_sec == access->read.tv_sec
        && st.st_mtim.tv_nsec == access->read.tv_nsec)
    {
        return 0;
    }
    access->read = st.st_mtim;

    rc = grayd_access_read(access, error);
    if (rc != 0 && error->code == GRAY_ESYSTEM) {
        access->read.tv_nsec = -1; /* without files or memory: once more */
    }

    return rc;
}


/* --- asking ---------------------------------------------------------------- */

/* All tokens are compared, so that the time tells nothing. Locked. */
static const grayd_token_t *
grayd_token_find(const grayd_access_t *access, const char *text)
{
    unsigned char hash[SHA256_DIGEST_LENGTH];
    const grayd_token_t *found = NULL;

    (void) SHA256((const unsigned char *) text, strlen(text), hash);

    for (unsigned i = 0; access->tokens != NULL && i < access->tokens->n; i++) {
        const grayd_token_t *token = &access->tokens->list[i];

        if (CRYPTO_memcmp(hash, token->hash, sizeof(hash)) == 0) {
            found = token;
        }
    }

    return found;
}


grayd_verdict_t
grayd_access_token(grayd_access_t *access, const char *authorization,
    grayd_scope_t scope, gray_str_t object, char name[GRAYD_TOKEN_NAME_MAX])
{
    const grayd_token_t *token = NULL;
    grayd_verdict_t verdict = GRAYD_NO_TOKEN;

    name[0] = '\0';

    pthread_rwlock_rdlock(&access->lock);

    if (authorization != NULL && strncasecmp(authorization, "Bearer ", 7) == 0)
    {
        token = grayd_token_find(access, authorization + 7);
    }

    if (token != NULL) {
        verdict = grayd_scopes_allow(token->scopes, scope, object)
                      ? GRAYD_ALLOWED
                      : GRAYD_NOT_ENOUGH;
        memcpy(name, token->name, GRAYD_TOKEN_NAME_MAX);
    }

    pthread_rwlock_unlock(&access->lock);

    return verdict;
}


int
grayd_token_make(const char *name, const char *scopes, char token[64],
    char line[512], gray_error_t *error)
{
    unsigned char bytes[32], hash[SHA256_DIGEST_LENGTH];
    int n;

    if (!grayd_token_name_ok(name)) {
        return gray_error_set(
            error, GRAY_EINVALID, "'%.64s' is no name of a token", name);
    }

    if (grayd_scopes_check(scopes, error) != 0) {
        return -1;
    }

    if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes)) {
        return gray_error_set(error, GRAY_ESYSTEM, "no random bytes");
    }

    token[gray_base64url_encode(bytes, sizeof(bytes), token)] = '\0';
    (void) SHA256((const unsigned char *) token, strlen(token), hash);

    n = snprintf(line, 512, "%s %s ", name, scopes);
    for (size_t i = 0; i < sizeof(hash) && n > 0 && n < 500; i++) {
        n += snprintf(line + n, 512 - (size_t) n, "%02x", hash[i]);
    }

    return 0;
}


/* --- where a request comes from -------------------------------------------- */

/* "name:port", "[::1]:port" or without: the length of the name. */
static size_t
grayd_host_len(const char *host)
{
    const char *end;

    if (host[0] == '[') {
        end = strchr(host, ']');
        return end != NULL ? (size_t) (end + 1 - host) : 0;
    }

    return strcspn(host, ":");
}


bool
grayd_host_allowed(const char *host, const char *const *hosts)
{
    static const char *const own[]
        = { "localhost", "127.0.0.1", "[::1]", NULL };
    size_t len = grayd_host_len(host);

    if (len == 0) {
        return false;
    }

    for (int i = 0; i < 2; i++) {
        for (const char *const *known = i == 0 ? own : hosts;
             known != NULL && *known != NULL; known++)
        {
            if (strlen(*known) == len && strncasecmp(*known, host, len) == 0) {
                return true;
            }
        }
    }

    return false;
}


bool
grayd_origin_allowed(const char *origin, const char *fetch_site,
    const char *host, const char *const *origins)
{
    const char *from;

    if (origin == NULL) {
        /* a browser that sends none still says whose page asks */
        return fetch_site == NULL || strcmp(fetch_site, "same-origin") == 0
               || strcmp(fetch_site, "none") == 0;
    }

    for (; origins != NULL && *origins != NULL; origins++) {
        if (strcasecmp(*origins, origin) == 0) {
            return true;
        }
    }

    from = strstr(origin, "://");

    return from != NULL && host != NULL && strcasecmp(from + 3, host) == 0;
}
