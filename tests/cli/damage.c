/*
 * Edits the LMDB of a store, as no program should: damage for the stories of
 * `grayctl check --repair`.
 *
 *     damage STORE KIND [NAME] [NUMBER]
 */

#include "store/releases.h"
#include "store/store_internal.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct {
    gray_txn_t *txn;
    const char *name;
    uint64_t number;
} damage_t;

typedef int (*damage_pt)(const damage_t *damage);

static gray_bytes_t
name_key(const damage_t *damage)
{
    return gray_bytes(damage->name, strlen(damage->name));
}

/* A list or release with one byte changed, its checksum left as it was. */
static int
flip(const damage_t *damage, gray_db_t db, size_t at)
{
    gray_bytes_t value;
    unsigned char *copy;
    int rc = gray_db_get(damage->txn, db, name_key(damage), &value);

    if (rc != GRAY_STORE_OK || at >= value.len) {
        return rc != GRAY_STORE_OK ? rc : GRAY_STORE_EINVALID;
    }

    copy = malloc(value.len);
    memcpy(copy, value.data, value.len);
    copy[at] ^= 0x40;
    rc = gray_db_put(
        damage->txn, db, name_key(damage), gray_bytes(copy, value.len));
    free(copy);

    return rc;
}

static int
list_of(const damage_t *damage, gray_list_t *list, unsigned char id[8])
{
    int rc = gray_store_list_get(damage->txn, damage->name, list);

    gray_put_be64(id, list->id);

    return rc;
}

static int
header_byte(const damage_t *damage)
{
    return flip(damage, GRAY_DB_LISTS, damage->number);
}

static int
header_count(const damage_t *damage)
{
    gray_list_t list;
    unsigned char id[8];
    int rc = list_of(damage, &list, id);

    list.count += damage->number;
    list.digest[0] ^= damage->number;

    return rc != GRAY_STORE_OK
               ? rc
               : gray_store_list_put(damage->txn, damage->name, &list);
}

static int
header_blocks(const damage_t *damage)
{
    gray_list_t list;
    unsigned char id[8];
    int rc = list_of(damage, &list, id);

    list.blocks[damage->number]++;

    return rc != GRAY_STORE_OK
               ? rc
               : gray_store_list_put(damage->txn, damage->name, &list);
}

static int
no_name(const damage_t *damage)
{
    gray_list_t list;
    unsigned char id[8];
    int rc = list_of(damage, &list, id);

    return rc != GRAY_STORE_OK
               ? rc
               : gray_db_del(damage->txn, GRAY_DB_NAMES, gray_bytes(id, 8));
}

static int
stale_name(const damage_t *damage)
{
    unsigned char id[8];

    gray_put_be64(id, damage->number);

    return gray_db_put(
        damage->txn, GRAY_DB_NAMES, gray_bytes(id, 8), name_key(damage));
}

/* Its first member that expires. */
static int
no_expiry(const damage_t *damage)
{
    gray_bytes_t key, value;
    int rc = gray_db_next(
        damage->txn, GRAY_DB_EXPIRY, gray_bytes(NULL, 0), &key, &value);

    return rc != GRAY_STORE_OK ? rc
                               : gray_db_del(damage->txn, GRAY_DB_EXPIRY, key);
}

static int
stale_expiry(const damage_t *damage)
{
    unsigned char member[GRAY_MEMBER_KEY_MAX], key[GRAY_EXPIRY_KEY_MAX];
    gray_list_t list;
    unsigned char id[8];
    int rc = list_of(damage, &list, id);

    return rc != GRAY_STORE_OK
               ? rc
               : gray_db_put(damage->txn, GRAY_DB_EXPIRY,
                   gray_expiry_key(damage->number,
                       gray_member_key(list.id, gray_bytes("gone", 4), member),
                       key),
                   gray_bytes("", 0));
}

static int
nobodys_members(const damage_t *damage)
{
    gray_list_t list = { .id = damage->number, .kind = GRAY_STORE_STRING };
    int rc = GRAY_STORE_OK;

    for (unsigned i = 0; rc == GRAY_STORE_OK && i < 1000; i++) {
        gray_member_t member = { .expiry = i % 2 };
        char key[32];
        bool added;

        snprintf(key, sizeof(key), "nobody-%u", i);
        rc = gray_store_member_put(
            damage->txn, &list, gray_bytes(key, strlen(key)), &member, &added);
    }

    return rc;
}

static int
garbage_unreadable(const damage_t *damage)
{
    unsigned char id[8];

    gray_put_be64(id, damage->number);

    return gray_db_put(damage->txn, GRAY_DB_GARBAGE, gray_bytes(id, 8),
        gray_bytes("nonsense", 8));
}

/* The next purge would delete the members of a list. */
static int
garbage_list(const damage_t *damage)
{
    gray_garbage_t garbage = { .pid = 0 };
    gray_list_t list;
    unsigned char id[8];
    int rc = list_of(damage, &list, id);

    return rc != GRAY_STORE_OK
               ? rc
               : gray_garbage_put(damage->txn, list.id, &garbage);
}

/* A sound record whose compiled form is another's. */
static int
release_other(const damage_t *damage)
{
    gray_store_release_t release;
    char *document;
    int rc = gray_store_release_get(damage->txn, damage->name, &release);

    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    document = malloc(release.document.len);
    memcpy(document, release.document.data, release.document.len);
    rc = gray_store_release_put(damage->txn, damage->name,
        gray_bytes(document, release.document.len), gray_bytes("nonsense", 8));
    free(document);

    return rc;
}

static int
release_byte(const damage_t *damage)
{
    return flip(damage, GRAY_DB_RELEASES, damage->number);
}

static int
release_compiled(const damage_t *damage)
{
    damage_t where = *damage;
    gray_store_release_t release;
    int rc = gray_store_release_get(damage->txn, damage->name, &release);

    where.number += 16 + release.document.len;

    return rc != GRAY_STORE_OK ? rc : release_byte(&where);
}

static int
audit(const damage_t *damage)
{
    gray_bytes_t key, value;
    int rc = gray_db_prev(
        damage->txn, GRAY_DB_AUDIT, gray_bytes(NULL, 0), &key, &value);

    return rc != GRAY_STORE_OK ? rc
                               : gray_db_put(damage->txn, GRAY_DB_AUDIT, key,
                                   gray_bytes("nonsense", 8));
}

static const struct {
    const char *kind;
    damage_pt damage;
} kinds[] = {
    { "header-byte", header_byte },
    { "header-count", header_count },
    { "header-blocks", header_blocks },
    { "no-name", no_name },
    { "stale-name", stale_name },
    { "no-expiry", no_expiry },
    { "stale-expiry", stale_expiry },
    { "nobodys-members", nobodys_members },
    { "garbage-unreadable", garbage_unreadable },
    { "garbage-list", garbage_list },
    { "release-other", release_other },
    { "release-byte", release_byte },
    { "release-compiled", release_compiled },
    { "audit", audit },
};

static damage_pt
find(const char *kind)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(kinds[i].kind, kind) == 0) {
            return kinds[i].damage;
        }
    }

    return NULL;
}

int
main(int argc, char **argv)
{
    damage_pt made = argc > 2 ? find(argv[2]) : NULL;
    damage_t damage = {
        .name = argc > 3 ? argv[3] : "",
        .number = argc > 4 ? strtoull(argv[4], NULL, 0) : 0,
    };
    gray_store_t *store;
    int rc;

    if (made == NULL) {
        fprintf(stderr, "usage: damage STORE KIND [NAME] [NUMBER]\n");
        return 2;
    }

    rc = gray_store_open(argv[1], true, &store);
    if (rc == GRAY_STORE_OK) {
        rc = gray_store_write(store, &damage.txn);
        if (rc == GRAY_STORE_OK) {
            rc = made(&damage);
            if (rc == GRAY_STORE_OK) {
                rc = gray_store_commit(damage.txn);
            } else {
                gray_store_abort(damage.txn);
            }
        }
        gray_store_close(store);
    }

    if (rc != GRAY_STORE_OK) {
        fprintf(stderr, "damage: %s (%s)\n", gray_store_strerror(rc),
            gray_store_detail());
    }

    return rc != GRAY_STORE_OK;
}
