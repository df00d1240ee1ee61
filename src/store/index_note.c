/* What a transaction changes in the indexes of lists. */

#include "store_internal.h"

int
gray_index_note(gray_txn_t *txn, const gray_list_t *list, uint64_t hash,
    uint64_t expiry, int sign)
{
    (void) txn;
    (void) list;
    (void) hash;
    (void) expiry;
    (void) sign;

    return GRAY_STORE_OK;
}
