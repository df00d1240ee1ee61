/*
 * The digest of all that decides: equal digests mean equal decisions.
 *
 * SHA-256 over, in order of name, each release's canonical document (with
 * salt and buckets, without its note), and each list's name, kind, count and
 * digest of members.
 */

#ifndef GRAY_CONTROL_DIGEST_H
#define GRAY_CONTROL_DIGEST_H

#include "control/control.h"

#define GRAY_DIGEST_TEXT_MAX 65 /* 64 hexadecimal digits and a NUL */

int gray_control_digest(gray_control_t *control,
    char digest[GRAY_DIGEST_TEXT_MAX], gray_error_t *error);

#endif
