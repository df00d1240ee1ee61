/*
 * What can be made right in a store whose pages are sound (gray_store_verify) and
 * whose records contradict each other: what follows from something else.
 *
 * Nothing here decides what is a problem for a person: src/control does.
 */

#ifndef GRAY_STORE_REPAIR_H
#define GRAY_STORE_REPAIR_H

#include "lists.h"
#include "members.h"
#include "store.h"

/* --- entries that follow from others ------------------------------------------ */

typedef enum {
    GRAY_REPAIR_GARBAGE, /* garbage records that cannot be read, or whose list
                            has a name: purging would delete its members       */
    GRAY_REPAIR_NAMES,  /* `names` says what `lists` says                     */
    GRAY_REPAIR_OWNERS, /* members are of a list or of garbage; mended: they
                            are garbage. Only when each header can be read     */
    GRAY_REPAIR_MEMBERS, /* a member that expires is in `expiry`              */
    GRAY_REPAIR_EXPIRIES, /* an entry of `expiry` has its member              */
    GRAY_REPAIR_PARTS
} gray_repair_part_t;

/* Zeroed but for `part` and `mend` in the beginning. A copy of it can be begun
 * from again. */
typedef struct {
    gray_repair_part_t part;
    bool mend;       /* the transaction is a write one, and found is mended  */
    uint64_t looked; /* entries                                              */
    uint64_t found;  /* that are wrong                                       */
    unsigned walk;   /* which of the part's databases                        */
    unsigned char after[511];
    size_t after_len;
} gray_repair_t;

/* Looks at entries for some 30 ms. 1: there are more; 0: the end. */
int gray_store_repair_step(gray_txn_t *txn, gray_repair_t *repair);

/* --- headers of lists ------------------------------------------------------------ */

typedef struct {
    uint64_t id;
    bool readable;     /* the header was                                     */
    bool wrong;        /* it is not what its members add up to               */
    bool kind_known;   /* of one that cannot be read: it can be made anew    */
    uint64_t members;  /* that are there                                     */
    gray_list_t error; /* header minus members; the header when !readable    */
} gray_recount_t;

/* Counts the members of a list anew, while others change it, in one consistent
 * view. ENOTFOUND: there is no such list, or a header that cannot be read
 * belongs to no list id. `progress` may be NULL. */
int gray_store_list_recount(gray_store_t *store, const char *name,
    int (*progress)(void *data, uint64_t members), void *data,
    gray_recount_t *recount);

/* Writes the header as it should be; what changed since is in it. EINVALID: the
 * list was replaced meanwhile, or made readable by somebody else. */
int gray_store_list_mend(
    gray_txn_t *txn, const char *name, const gray_recount_t *recount);

/* --- files ------------------------------------------------------------------------- */

/* Makes `namespace` where it is missing, and VERSION where it is missing or no
 * such file, when data.mdb is sound and of this schema. made[0]: VERSION,
 * made[1]: namespace. No handle of this process may be open on it. */
int gray_store_complete(const char *dir, gid_t group, bool made[2]);

#endif
