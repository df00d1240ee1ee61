/* Override tokens: reading, writing, judging. */

#include "token.h"
#include <string.h>
#include "base64url.h"
#include "bytes.h"

#define TOKEN_VERSION 1

/* Version, key, id and expiry. */
#define TOKEN_HEAD 21


/* --- bytes ---------------------------------------------------------------- */

static unsigned char *
token_write_text(unsigned char *to, gray_str_t text)
{
    *to++ = (unsigned char) text.len;

    if (text.len != 0) {
        memcpy(to, text.data, text.len);
    }

    return to + text.len;
}


/* Takes a text off what is left. */

static bool
token_read_text(
    const unsigned char **at, const unsigned char *end, gray_str_t *text)
{
    if (*at == end || (size_t) (end - *at) < 1 + (size_t) * *at) {
        return false;
    }

    text->len = **at;
    text->data = (const char *) *at + 1;
    *at += 1 + text->len;

    return true;
}


static bool
token_names_valid(const gray_token_t *token)
{
    return gray_name_valid(token->release) && gray_name_valid(token->variant)
           && (token->host.len == 0 || gray_token_host_valid(token->host));
}


bool
gray_token_read(gray_str_t text, gray_token_bytes_t *bytes, gray_token_t *token)
{
    const unsigned char *at, *end;

    if (!gray_base64url_decode(
            text, bytes->data, sizeof(bytes->data), &bytes->len)
        || bytes->len < TOKEN_HEAD + GRAY_TOKEN_MAC_SIZE
        || bytes->data[0] != TOKEN_VERSION)
    {
        return false;
    }

    at = bytes->data;
    end = at + bytes->len - GRAY_TOKEN_MAC_SIZE;

    token->key = (uint32_t) gray_bytes_read(at + 1, 4);
    token->id = gray_bytes_read(at + 5, 8);
    token->expiry = gray_bytes_read(at + 13, 8);
    at += TOKEN_HEAD;

    return token_read_text(&at, end, &token->release)
           && token_read_text(&at, end, &token->variant)
           && token_read_text(&at, end, &token->host) && at == end
           && token_names_valid(token);
}


int
gray_token_sign(const gray_token_t *token, const gray_token_key_t *key,
    gray_token_mac_pt mac, char text[GRAY_TOKEN_TEXT_MAX])
{
    size_t len;
    unsigned char *at, bytes[GRAY_TOKEN_BYTES_MAX];

    if (!token_names_valid(token)) {
        return -1;
    }

    bytes[0] = TOKEN_VERSION;
    at = gray_bytes_write(bytes + 1, key->id, 4);
    at = gray_bytes_write(at, token->id, 8);
    at = gray_bytes_write(at, token->expiry, 8);
    at = token_write_text(at, token->release);
    at = token_write_text(at, token->variant);
    at = token_write_text(at, token->host);

    if (!mac(key->bytes, bytes, (size_t) (at - bytes), at)) {
        return -1;
    }

    at += GRAY_TOKEN_MAC_SIZE;
    len = gray_base64url_encode(bytes, (size_t) (at - bytes), text);
    text[len] = '\0';

    return (int) len;
}


/* --- judging -------------------------------------------------------------- */

static bool
token_same(gray_str_t a, gray_str_t b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}


/* Takes the same time wherever they differ, so that a MAC cannot be guessed
 * byte by byte. */

static bool
token_mac_same(const unsigned char *a, const unsigned char *b)
{
    unsigned i;
    volatile unsigned char differ = 0;

    for (i = 0; i < GRAY_TOKEN_MAC_SIZE; i++) {
        differ = differ | (unsigned char) (a[i] ^ b[i]);
    }

    return differ == 0;
}


static bool
token_signed(const gray_token_bytes_t *bytes, const gray_token_key_t *key,
    gray_token_mac_pt mac)
{
    size_t len;
    unsigned char expected[GRAY_TOKEN_MAC_SIZE];

    len = bytes->len - GRAY_TOKEN_MAC_SIZE;

    return mac(key->bytes, bytes->data, len, expected)
           && token_mac_same(expected, bytes->data + len);
}


gray_token_verdict_t
gray_token_verify(gray_str_t text, const gray_token_use_t *use,
    const gray_keyring_t *keyring, gray_token_mac_pt mac,
    gray_token_bytes_t *bytes, gray_token_t *token)
{
    const gray_token_key_t *key;

    if (!gray_token_read(text, bytes, token)) {
        return GRAY_TOKEN_MALFORMED;
    }

    key = gray_keyring_key(keyring, token->key);
    if (key == NULL) {
        return GRAY_TOKEN_NO_KEY;
    }

    if (!token_signed(bytes, key, mac)) {
        return GRAY_TOKEN_FORGED;
    }

    if (token->expiry <= use->now) {
        return GRAY_TOKEN_EXPIRED;
    }

    if (!token_same(token->release, use->release)
        || (token->host.len != 0 && !token_same(token->host, use->host)))
    {
        return GRAY_TOKEN_FOREIGN;
    }

    return gray_keyring_revoked(keyring, token->id) ? GRAY_TOKEN_REVOKED
                                                    : GRAY_TOKEN_GOOD;
}


/* --- hosts and ids -------------------------------------------------------- */

static bool
token_host_char(char c, bool brackets)
{
    if (brackets) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == ':'
               || c == '.';
    }

    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'
           || c == '.' || c == '_';
}


bool
gray_token_host_valid(gray_str_t host)
{
    size_t i;
    bool brackets;

    if (host.len == 0 || host.len > GRAY_TOKEN_HOST_MAX) {
        return false;
    }

    brackets = host.data[0] == '[';

    if (brackets) {
        if (host.len < 4 || host.data[host.len - 1] != ']') {
            return false;
        }
        host.data++;
        host.len -= 2;
    } else if (host.data[0] == '.' || host.data[host.len - 1] == '.') {
        return false;
    }

    for (i = 0; i < host.len; i++) {
        if (!token_host_char(host.data[i], brackets)) {
            return false;
        }
    }

    return true;
}


void
gray_token_id_print(uint64_t id, char text[GRAY_TOKEN_ID_TEXT])
{
    unsigned i;

    for (i = 16; i > 0; i--, id >>= 4) {
        text[i - 1] = "0123456789abcdef"[id & 15];
    }
    text[16] = '\0';
}


bool
gray_token_id_parse(gray_str_t text, uint64_t *id)
{
    size_t i;
    char c;

    if (text.len != GRAY_TOKEN_ID_TEXT - 1) {
        return false;
    }

    for (i = 0, *id = 0; i < text.len; i++) {
        c = text.data[i];
        if (c >= '0' && c <= '9') {
            *id = *id << 4 | (uint64_t) (c - '0');
        } else if (c >= 'a' && c <= 'f') {
            *id = *id << 4 | (uint64_t) (c - 'a' + 10);
        } else {
            return false;
        }
    }

    return true;
}
