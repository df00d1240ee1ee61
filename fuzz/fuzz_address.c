/* Any text: an address or block, or refused; what is read prints and reads to
 * the same again. */

#include <stdlib.h>
#include <string.h>
#include "core/address.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gray_str_t text = { size, (const char *) data };
    char printed[GRAY_ADDRESS_TEXT_MAX];
    gray_address_t address, block, again;
    gray_error_t error;
    bool single = gray_address_parse(text, &address);

    if (gray_block_parse(text, &block, &error) != 0) {
        if (single || error.code != GRAY_EINVALID) {
            abort();
        }
        return 0;
    }

    if (single && !gray_block_contains(&block, &address)) {
        abort();
    }

    if (!single && !gray_block_looks_like(text)) {
        abort();
    }

    text = (gray_str_t){ gray_address_print(&block, printed), printed };

    if (gray_block_parse(text, &again, &error) != 0
        || memcmp(&block, &again, sizeof(block)) != 0)
    {
        abort();
    }

    return 0;
}
