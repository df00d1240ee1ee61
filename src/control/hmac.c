#include "hmac.h"
#include <openssl/evp.h>
#include <openssl/hmac.h>


bool
gray_hmac(const unsigned char key[GRAY_TOKEN_KEY_SIZE], const void *bytes,
    size_t len, unsigned char mac[GRAY_TOKEN_MAC_SIZE])
{
    unsigned size = 0;

    return HMAC(EVP_sha256(), key, GRAY_TOKEN_KEY_SIZE, bytes, len, mac, &size)
               != NULL
           && size == GRAY_TOKEN_MAC_SIZE;
}
