/*
 * Override tokens: a signed promise of one variant of one release until a
 * moment.
 *
 * FORMAT. The bytes, integers big-endian:
 *
 *   at        what
 *   0         1: the version of this format
 *   1         u32 id of the key that signs
 *   5         u64 id of the token, random
 *   13        u64 expiry, seconds since the epoch: good until then, not then
 *   21        u8 length, then the release's name
 *   …         u8 length, then the variant's name
 *   …         u8 length, then the host, in lower case without a port; empty:
 *             any host
 *   the end   32 bytes of HMAC-SHA256 (RFC 2104, FIPS 180-4; RFC 6234) over
 *             all that stands before, with the key's 32 bytes
 *
 * The text is their base64url (RFC 4648, section 5) without padding, so that
 * it needs no escaping in a URL or a cookie (RFC 6265).
 *
 * Reading is strict: one sequence of bytes has one text (the bits that the
 * last character has to spare are 0), names are valid names, nothing follows.
 *
 * The core knows no cryptography: its host gives a function that computes the
 * MAC. Pure functions without allocation; any process or thread may call them.
 */

#ifndef GRAY_CORE_TOKEN_H
#define GRAY_CORE_TOKEN_H

#include <stdbool.h>
#include "keyring.h"
#include "name.h"
#include "str.h"

#define GRAY_TOKEN_MAC_SIZE 32

/* The longest host: RFC 1035's limit for a name. */
#define GRAY_TOKEN_HOST_MAX 253

#define GRAY_TOKEN_BYTES_MAX                                \
    (21 + 2 * (1 + GRAY_NAME_MAX) + 1 + GRAY_TOKEN_HOST_MAX \
        + GRAY_TOKEN_MAC_SIZE)

/* The longest text, with its NUL. */
#define GRAY_TOKEN_TEXT_MAX ((GRAY_TOKEN_BYTES_MAX * 4 + 2) / 3 + 1)

/* A token's id as people see it: 16 hexadecimal digits, with its NUL. */
#define GRAY_TOKEN_ID_TEXT 17

typedef struct {
    uint32_t key;
    uint64_t id;
    uint64_t expiry;
    gray_str_t release;
    gray_str_t variant;
    gray_str_t host;
} gray_token_t;

/* HMAC-SHA256 of the bytes. false: the library failed. */
typedef bool (*gray_token_mac_pt)(const unsigned char key[GRAY_TOKEN_KEY_SIZE],
    const void *bytes, size_t len, unsigned char mac[GRAY_TOKEN_MAC_SIZE]);

/* What becomes of a token. */
typedef enum {
    GRAY_TOKEN_GOOD = 0,
    GRAY_TOKEN_MALFORMED, /* no token: cut, or never one                */
    GRAY_TOKEN_NO_KEY,    /* its key is none of the two: rotated away   */
    GRAY_TOKEN_FORGED,    /* the MAC is not that of its bytes           */
    GRAY_TOKEN_EXPIRED,
    GRAY_TOKEN_FOREIGN, /* for another release or host                */
    GRAY_TOKEN_REVOKED
} gray_token_verdict_t;

/* What a token must be good for. */
typedef struct {
    gray_str_t release;
    gray_str_t host; /* the request's: lower case, no port; may be empty */
    uint64_t now;    /* seconds since the epoch                          */
} gray_token_use_t;

/* Room for a token's bytes, which a token that was read points into. */
typedef struct {
    size_t len;
    unsigned char data[GRAY_TOKEN_BYTES_MAX];
} gray_token_bytes_t;

/*
 * Signs the token with `key`, whose id goes in, and writes its text with a
 * NUL. Returns its length, or -1: a name or host that is none, or no MAC.
 */
int gray_token_sign(const gray_token_t *token, const gray_token_key_t *key,
    gray_token_mac_pt mac, char text[GRAY_TOKEN_TEXT_MAX]);

/* Reads the text, checks nothing that is signed. false: no token. The token's
 * strings point into *bytes. */
bool gray_token_read(
    gray_str_t text, gray_token_bytes_t *bytes, gray_token_t *token);

/*
 * Reads and judges a token: form, key, MAC (compared in constant time), and
 * then the rest, so that what is not signed by us is told nothing more. Any
 * refusal costs at most what a good token does. *token is set unless the
 * verdict is MALFORMED.
 */
gray_token_verdict_t gray_token_verify(gray_str_t text,
    const gray_token_use_t *use, const gray_keyring_t *keyring,
    gray_token_mac_pt mac, gray_token_bytes_t *bytes, gray_token_t *token);

/* Whether a token can be bound to this host: a name or an IPv4 address in
 * lower case, or an IPv6 address in brackets; no port. */
bool gray_token_host_valid(gray_str_t host);

/* The id as text, and back; false: not 16 hexadecimal digits in lower case. */
void gray_token_id_print(uint64_t id, char text[GRAY_TOKEN_ID_TEXT]);
bool gray_token_id_parse(gray_str_t text, uint64_t *id);

#endif
