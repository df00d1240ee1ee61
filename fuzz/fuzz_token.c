/* Any text: a token or refused; what is read has one text, and its 32 last
 * bytes decide whether it was signed. Any bytes: a keyring or refused; what is
 * read is written as it was. */

#include <stdlib.h>
#include <string.h>
#include "core/base64url.h"
#include "core/murmur3.h"
#include "core/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


/* Stands for HMAC-SHA256, which the core does not have. */
static bool
fuzz_mac(const unsigned char key[GRAY_TOKEN_KEY_SIZE], const void *bytes,
    size_t len, unsigned char mac[GRAY_TOKEN_MAC_SIZE])
{
    uint32_t i, hash;

    for (i = 0; i < GRAY_TOKEN_MAC_SIZE / 4; i++) {
        hash = gray_murmur3_32(bytes, len, key[i]);
        memcpy(mac + 4 * i, &hash, 4);
    }

    return true;
}


static void
fuzz_text(gray_str_t text)
{
    gray_token_t token;
    gray_token_bytes_t bytes;
    gray_token_key_t key = { .id = 1 };
    gray_token_verdict_t verdict;
    char again[GRAY_TOKEN_TEXT_MAX];
    static gray_keyring_t keyring;
    gray_token_use_t use = { .now = 1 };
    int len;

    if (!gray_token_read(text, &bytes, &token)) {
        return;
    }

    if (gray_base64url_encode(bytes.data, bytes.len, again) != text.len
        || memcmp(again, text.data, text.len) != 0)
    {
        abort();
    }

    key.id = token.key;
    keyring.nkeys = 1;
    keyring.keys[0] = key;
    use.release = token.release;
    use.host = token.host;

    verdict = gray_token_verify(text, &use, &keyring, fuzz_mac, &bytes, &token);
    len = gray_token_sign(&token, &key, fuzz_mac, again);

    if (len != (int) text.len
        || (memcmp(again, text.data, text.len) == 0)
               != (verdict == GRAY_TOKEN_GOOD || verdict == GRAY_TOKEN_EXPIRED))
    {
        abort();
    }
}


static void
fuzz_keyring(const uint8_t *data, size_t size)
{
    static gray_keyring_t keyring;
    static unsigned char again[GRAY_KEYRING_BYTES_MAX];

    if (gray_keyring_read(data, size, &keyring)
        && (gray_keyring_write(&keyring, again) != size
            || memcmp(again, data, size) != 0))
    {
        abort();
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_text((gray_str_t){ size, (const char *) data });
    fuzz_keyring(data, size);

    return 0;
}
