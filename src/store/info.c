/* The figures of a store. */

#include "store_internal.h"
#include "upkeep.h"

#include <ctype.h>
#include <errno.h>
#include <sys/stat.h>

/* mdb_reader_list prints a line of headings and one for each slot. */
static int
count_reader(const char *line, void *data)
{
    uint64_t *readers = data;

    *readers += isdigit((unsigned char) line[strspn(line, " ")]) != 0;

    return 0;
}

/* Free pages: each record of LMDB's first database is a count, then as many
 * page numbers. */
static int
count_free(gray_txn_t *txn, uint64_t *pages)
{
    MDB_cursor *cursor;
    MDB_val key, value;
    uint64_t count;
    int rc = mdb_cursor_open(txn->txn, 0, &cursor);

    if (rc != 0) {
        return gray_store_error(rc);
    }

    while ((rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
        if (value.mv_size >= sizeof(count)) {
            memcpy(&count, value.mv_data, sizeof(count));
            *pages += count;
        }
    }

    mdb_cursor_close(cursor);

    return rc == MDB_NOTFOUND ? GRAY_STORE_OK : gray_store_error(rc);
}

static int
count_records(gray_txn_t *txn, gray_store_info_t *info)
{
    uint64_t schema = 0;
    gray_bytes_t id;
    int rc;

    if ((rc = gray_meta_get_number(txn, GRAY_META_REVISION, &info->revision))
            != GRAY_STORE_OK
        || (rc = gray_meta_get_number(txn, GRAY_META_SCHEMA, &schema))
               != GRAY_STORE_OK
        || (rc = gray_db_entries(txn, GRAY_DB_LISTS, &info->lists))
               != GRAY_STORE_OK
        || (rc = gray_db_entries(txn, GRAY_DB_RELEASES, &info->releases))
               != GRAY_STORE_OK
        || (rc = gray_db_entries(txn, GRAY_DB_GARBAGE, &info->garbage))
               != GRAY_STORE_OK
        || (rc = gray_db_entries(txn, GRAY_DB_AUDIT, &info->audits))
               != GRAY_STORE_OK
        || (rc = gray_store_meta_get(txn, GRAY_META_ID, &id)) != GRAY_STORE_OK)
    {
        return rc;
    }

    info->schema = (unsigned) schema;
    info->last_txn = gray_txn_id(txn);
    memcpy(info->id, id.data,
        id.len < sizeof(info->id) ? id.len : sizeof(info->id));

    return GRAY_STORE_OK;
}

static int
measure(gray_store_t *store, gray_txn_t *txn, gray_store_info_t *info)
{
    MDB_envinfo env;
    MDB_stat stat_;
    struct stat file;
    uint64_t free_pages = 0;
    int rc = count_free(txn, &free_pages);

    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    if ((rc = mdb_env_info(store->env, &env)) != 0
        || (rc = mdb_env_stat(store->env, &stat_)) != 0)
    {
        return gray_store_error(rc);
    }

    if (stat(store->data_path, &file) == -1) {
        return gray_store_error_at(errno, store->data_path);
    }

    info->map_size = env.me_mapsize;
    info->used = (env.me_last_pgno + 1 - free_pages) * stat_.ms_psize;
    info->file_size = (uint64_t) file.st_size;
    info->index_size = gray_index_disk(store);

    return GRAY_STORE_OK;
}

int
gray_store_info(gray_store_t *store, gray_store_info_t *info)
{
    gray_txn_t *txn;
    int dead = 0;
    int rc;

    *info = (gray_store_info_t){ .revision = 0 };

    if ((rc = mdb_reader_check(store->env, &dead)) != 0
        || (rc = mdb_reader_list(store->env, count_reader, &info->readers)) < 0)
    {
        return gray_store_error(rc);
    }

    info->stale_readers = (uint64_t) dead;

    rc = gray_store_read(store, &txn);
    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    rc = count_records(txn, info);
    if (rc == GRAY_STORE_OK) {
        rc = measure(store, txn, info);
    }

    gray_store_read_end(txn);

    return rc;
}
