/* HMAC-SHA256 by OpenSSL, as core/token.h wants it. Internal to src/control. */

#ifndef GRAY_CONTROL_HMAC_H
#define GRAY_CONTROL_HMAC_H

#include "core/token.h"

/* A gray_token_mac_pt. */
bool gray_hmac(const unsigned char key[GRAY_TOKEN_KEY_SIZE], const void *bytes,
    size_t len, unsigned char mac[GRAY_TOKEN_MAC_SIZE]);

#endif
