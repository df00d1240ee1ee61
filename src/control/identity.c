/*
 * Identities: what people write, and the keys of the store.
 */

#include <stdio.h>
#include <string.h>
#include "core/name.h"
#include "escape.h"
#include "internal.h"


static bool
gray_text_has_control(gray_str_t text)
{
    size_t i;
    unsigned char c;

    for (i = 0; i < text.len; i++) {
        c = (unsigned char) text.data[i];
        if (c < 0x20 || c == 0x7f) {
            return true;
        }
    }

    return false;
}


static int
gray_identity_control(gray_str_t text, gray_error_t *error)
{
    char shown[128];

    (void) gray_escape(shown, sizeof(shown), text.data, text.len);

    return gray_error_set(error, GRAY_EINVALID,
        "identity '%s' has a control character (byte 0x00 to 0x1f or 0x7f)",
        shown);
}


/* What every identity must be, whatever the list's kind. */
static int
gray_identity_check(gray_str_t text, gray_error_t *error)
{
    if (text.len == 0) {
        (void) gray_error_set(error, GRAY_EINVALID, "an identity is empty");
        return gray_error_hint(error, "an identity has 1 to 255 bytes");
    }

    if (text.len > GRAY_IDENTITY_MAX) {
        (void) gray_error_set(error, GRAY_EINVALID,
            "identity '%.40s…' has %zu bytes, at most %d are allowed",
            text.data, text.len, GRAY_IDENTITY_MAX);
        return gray_error_hint(
            error, "it is not cut: use a shorter one, such as its hash");
    }

    if (gray_text_has_control(text)) {
        return gray_identity_control(text, error);
    }

    if (text.data[0] == ' ' || text.data[text.len - 1] == ' ') {
        return gray_error_set(error, GRAY_EINVALID,
            "identity '%.*s' has a space at an end", (int) text.len, text.data);
    }

    return 0;
}


static int
gray_string_key(
    const char *list, gray_str_t text, gray_key_t *key, gray_error_t *error)
{
    if (gray_block_looks_like(text)) {
        (void) gray_error_set(error, GRAY_EINVALID,
            "%.*s is an address block, and list %s is of kind string",
            (int) text.len, text.data, list);
        return gray_error_hint(error,
            "blocks need a list of kind ip: grayctl list create NAME --kind "
            "ip");
    }

    key->len = text.len;
    memcpy(key->bytes, text.data, text.len);

    return 0;
}


static int
gray_ip_key(gray_str_t text, gray_key_t *key, gray_error_t *error)
{
    gray_address_t block;

    if (gray_block_parse(text, &block, error) != 0) {
        return -1;
    }

    memcpy(key->bytes, block.bytes, sizeof(block.bytes));
    key->bytes[sizeof(block.bytes)] = block.bits;
    key->len = sizeof(block.bytes) + 1;

    return 0;
}


static int
gray_live_key(const char *list, gray_str_t text, gray_error_t *error)
{
    (void) gray_error_set(error, GRAY_EINVALID,
        "list %s is live: its members stand in memcached, not here", list);

    return gray_error_hint(error,
        "type into memcached: set %.*s 0 0 1 (with the prefix= and value= of "
        "gray_memcached); explain takes --live %s=yes",
        text.len > 80 ? 80 : (int) text.len, text.data, list);
}


int
gray_identity_key(gray_store_kind_t kind, const char *list, gray_str_t text,
    gray_key_t *key, gray_error_t *error)
{
    if (gray_identity_check(text, error) != 0) {
        return -1;
    }

    switch (kind) {
    case GRAY_STORE_STRING:
        return gray_string_key(list, text, key, error);
    case GRAY_STORE_IP:
        return gray_ip_key(text, key, error);
    default:
        return gray_live_key(list, text, error);
    }
}


size_t
gray_identity_text(gray_store_kind_t kind, gray_bytes_t key, char text[256])
{
    size_t len;
    gray_address_t block;
    char printed[GRAY_ADDRESS_TEXT_MAX];

    if (kind == GRAY_STORE_IP && key.len == sizeof(block.bytes) + 1) {
        memcpy(block.bytes, key.data, sizeof(block.bytes));
        block.bits = ((const unsigned char *) key.data)[sizeof(block.bytes)];
        len = gray_address_print(&block, printed);
        memcpy(text, printed, len);
    } else {
        len = key.len < 256 ? key.len : 255;
        memcpy(text, key.data, len);
    }
    text[len] = '\0';

    return len;
}


int
gray_note_check(gray_str_t note, gray_error_t *error)
{
    if (note.len > 255) {
        return gray_error_set(error, GRAY_EINVALID,
            "the note has %zu bytes, at most 255 are allowed", note.len);
    }

    if (gray_text_has_control(note)) {
        return gray_error_set(
            error, GRAY_EINVALID, "the note has a control character");
    }

    return 0;
}
