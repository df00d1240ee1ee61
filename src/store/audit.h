/*
 * The audit: sequence -> record. Sequences grow by one and are never reused.
 */

#ifndef GRAY_STORE_AUDIT_H
#define GRAY_STORE_AUDIT_H

#include "store.h"

int gray_store_audit_append(
    gray_txn_t *txn, gray_bytes_t record, uint64_t *sequence);
/* The newest record before *sequence (UINT64_MAX for the newest of all);
 * *sequence is set to its own. ENOTFOUND at the end. */
int gray_store_audit_prev(
    gray_txn_t *txn, uint64_t *sequence, gray_bytes_t *record);
/* Deletes the oldest while more than `keep` are there, at most `limit`. */
int gray_store_audit_trim(gray_txn_t *txn, uint64_t keep, unsigned limit);

#endif
