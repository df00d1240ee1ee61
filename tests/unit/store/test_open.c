/* Making, opening and the read and write transactions of a store. */

#include "folder.h"
#include "store/upkeep.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/* Any group and user but our own. */
#define NOBODY 65534

static void
check_file(const char *dir, const char *name, mode_t mode, gid_t group)
{
    char path[128];
    struct stat file;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    assert_int_equal(stat(path, &file), 0);
    assert_int_equal(file.st_mode & 07777, mode);
    assert_int_equal(file.st_gid, group);
}

static void
files_have_their_group_and_mode_whatever_the_umask(void **state)
{
    folder_t *folder = *state;
    gid_t group = getuid() == 0 ? NOBODY : getgid();
    mode_t old = umask(0077);
    int rc = gray_store_create(folder->dir, group);

    umask(old);
    assert_ok(rc);
    check_file(folder->dir, ".", 0750, group);
    check_file(folder->dir, "VERSION", 0640, group);
    check_file(folder->dir, "data.mdb", 0640, group);
    check_file(folder->dir, "lock.mdb", 0660, group);
    check_file(folder->dir, "namespace", 0660, group);
}

static void
a_store_is_not_made_over_another(void **state)
{
    folder_t *folder = *state;
    char path[128];

    assert_int_equal(
        gray_store_create(folder->dir, (gid_t) -1), GRAY_STORE_EEXISTS);

    snprintf(path, sizeof(path), "%s/VERSION", folder->dir);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(
        gray_store_create(folder->dir, (gid_t) -1), GRAY_STORE_EEXISTS);
    assert_non_null(strstr(gray_store_detail(), "data.mdb is there already"));
}

static void
a_store_is_made_in_an_empty_folder(void **state)
{
    folder_t *folder = *state;

    assert_int_equal(mkdir(folder->dir, 0700), 0);
    assert_ok(gray_store_create(folder->dir, (gid_t) -1));
    gray_store_close(open_store(folder->dir, true));
}

static void
a_folder_without_store_is_told(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store;

    assert_int_equal(
        gray_store_open(folder->dir, true, &store), GRAY_STORE_ENOSTORE);
    assert_int_equal(
        gray_store_open(folder->top, true, &store), GRAY_STORE_ENOSTORE);
    assert_int_equal(gray_store_version(folder->dir), GRAY_STORE_ENOSTORE);
}

static void
write_version(const folder_t *folder, const char *words)
{
    char path[128];
    FILE *file;

    snprintf(path, sizeof(path), "%s/VERSION", folder->dir);
    file = fopen(path, "w");
    assert_non_null(file);
    fputs(words, file);
    fclose(file);
}

static void
another_schema_is_refused(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store;

    assert_int_equal(gray_store_version(folder->dir), GRAY_STORE_SCHEMA);
    write_version(folder, "nginx-gray store, schema 7\n");
    assert_int_equal(gray_store_version(folder->dir), 7);
    assert_int_equal(
        gray_store_open(folder->dir, false, &store), GRAY_STORE_ESCHEMA);
    assert_non_null(strstr(gray_store_detail(), "schema 7"));
}

static void
a_version_that_is_none_is_damage(void **state)
{
    static const char *const bad[] = { "", "nginx-gray store, schema",
        "nginx-gray store, schema 0\n", "nginx-gray store, schema 1",
        "nginx-gray store, schema 1x\n", "hello\n" };
    folder_t *folder = *state;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        write_version(folder, bad[i]);
        assert_int_equal(gray_store_version(folder->dir), GRAY_STORE_EDAMAGED);
    }
}

static void
a_commit_is_seen_by_the_next_read_and_not_by_the_one_at_hand(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    gray_txn_t *read = begin_read(store);
    gray_bytes_t value;
    gray_txn_t *write = begin_write(store);

    assert_ok(gray_store_meta_put(write, "colour", text("blue")));
    assert_ok(gray_store_commit(write));

    assert_int_equal(
        gray_store_meta_get(read, "colour", &value), GRAY_STORE_ENOTFOUND);
    assert_true(gray_store_last_txn(store) > gray_txn_id(read));
    gray_store_read_end(read);

    read = begin_read(store);
    assert_ok(gray_store_meta_get(read, "colour", &value));
    assert_memory_equal(value.data, "blue", 4);
    assert_int_equal(gray_store_last_txn(store), gray_txn_id(read));
    gray_store_read_end(read);
    gray_store_close(store);
}

static void
an_abort_leaves_nothing(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    uint64_t before = gray_store_last_txn(store);
    gray_txn_t *txn = begin_write(store);
    gray_bytes_t value;

    assert_ok(gray_store_meta_put(txn, "colour", text("blue")));
    gray_store_abort(txn);

    txn = begin_read(store);
    assert_int_equal(
        gray_store_meta_get(txn, "colour", &value), GRAY_STORE_ENOTFOUND);
    assert_int_equal(gray_store_last_txn(store), before);
    gray_store_read_end(txn);
    gray_store_close(store);
}

static void
a_change_raises_the_revision_once(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    gray_txn_t *txn = begin_write(store);
    uint64_t revision;

    assert_int_equal(gray_txn_revision(txn), 0);
    assert_ok(gray_txn_changed(txn, &revision));
    assert_int_equal(revision, 1);
    assert_ok(gray_txn_changed(txn, &revision));
    assert_int_equal(revision, 1);
    assert_int_equal(gray_txn_revision(txn), 1);
    assert_ok(gray_store_commit(txn));

    txn = begin_write(store);
    assert_ok(gray_store_meta_put(txn, "colour", text("blue")));
    assert_int_equal(gray_txn_revision(txn), 1);
    assert_ok(gray_store_commit(txn));

    txn = begin_read(store);
    assert_int_equal(gray_txn_revision(txn), 1);
    gray_store_read_end(txn);
    gray_store_close(store);
}

static void
the_stores_own_settings_cannot_be_put(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    gray_txn_t *txn = begin_write(store);
    gray_bytes_t value;

    assert_int_equal(gray_store_meta_put(txn, "revision", text("12345678")),
        GRAY_STORE_EINVALID);
    assert_int_equal(
        gray_store_meta_put(txn, "", text("1")), GRAY_STORE_EINVALID);
    assert_ok(gray_store_meta_get(txn, "id", &value));
    assert_int_equal(value.len, 16);
    gray_store_abort(txn);
    gray_store_close(store);
}

static void
a_reader_cannot_write(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, false);
    gray_txn_t *txn;

    assert_int_equal(gray_store_write(store, &txn), GRAY_STORE_EPERMISSION);
    gray_store_close(store);
}

static void
several_reads_at_once_have_their_own_snapshots(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    gray_txn_t *first = begin_read(store);
    gray_txn_t *second, *write = begin_write(store);

    assert_ok(gray_store_meta_put(write, "colour", text("blue")));
    assert_ok(gray_store_commit(write));

    second = begin_read(store);
    assert_true(gray_txn_id(second) > gray_txn_id(first));
    gray_store_read_end(first);
    gray_store_read_end(second);
    gray_store_close(store);
}

static void
info_counts_what_is_there(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    gray_store_info_t info;
    gray_list_t list;

    make_list(store, "testers", 10, 0, &list);
    assert_ok(gray_store_info(store, &info));
    assert_int_equal(info.revision, 1);
    assert_int_equal(info.lists, 1);
    assert_int_equal(info.releases, 0);
    assert_int_equal(info.audits, 0);
    assert_int_equal(info.garbage, 0);
    assert_int_equal(info.schema, GRAY_STORE_SCHEMA);
    assert_int_equal(info.map_size, GRAY_STORE_MAP_SIZE);
    assert_int_equal(info.last_txn, gray_store_last_txn(store));
    assert_true(info.used > 0 && info.used <= info.file_size);
    assert_ok(gray_store_info(store, &info));
    assert_int_equal(info.readers, 1);
    gray_store_close(store);
}

static void
no_file_of_a_store_stays_open_over_exec(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    unsigned found = 0;
    char path[64], target[128];

    for (int fd = 3; fd < 64; fd++) {
        ssize_t n;

        snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        n = readlink(path, target, sizeof(target) - 1);
        target[n > 0 ? n : 0] = '\0';
        if (strncmp(target, folder->dir, strlen(folder->dir)) == 0) {
            assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
            found++;
        }
    }

    assert_int_equal(found, 5); /* folder, data twice, lock, namespace */
    gray_store_close(store);
}

/* --- other users ----------------------------------------------------------- */

static void
become(gid_t group)
{
    child_check(setgroups(0, NULL) == 0);
    child_check(setresgid(group, group, group) == 0);
    child_check(setresuid(NOBODY, NOBODY, NOBODY) == 0);
}

static void
read_as_worker(void *data)
{
    gray_store_t *store;
    gray_txn_t *txn;
    gray_bytes_t id;

    become(NOBODY);
    child_check(prctl(PR_SET_DUMPABLE, 0) == 0);
    child_check(gray_store_open(data, false, &store) == 0);
    child_check(gray_store_read(store, &txn) == 0);
    child_check(gray_store_meta_get(txn, "id", &id) == 0);
    gray_store_read_end(txn);
    gray_store_close(store);
    child_check(gray_store_open(data, true, &store) == GRAY_STORE_EPERMISSION);
}

static void
refused_as_stranger(void *data)
{
    gray_store_t *store;

    become(NOBODY - 1);
    child_check(gray_store_open(data, false, &store) == GRAY_STORE_EPERMISSION);
    child_check(gray_store_version(data) == GRAY_STORE_EPERMISSION);
}

static void
the_workers_group_reads_and_others_do_not(void **state)
{
    folder_t *folder = *state;

    if (getuid() != 0) {
        skip();
    }

    assert_int_equal(chmod(folder->top, 0755), 0);
    assert_ok(gray_store_create(folder->dir, NOBODY));
    assert_int_equal(in_child(read_as_worker, folder->dir), 0);
    assert_int_equal(in_child(refused_as_stranger, folder->dir), 0);
}

static void
a_read_only_mount_is_refused(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store;
    int rc;

    if (mount(folder->dir, folder->dir, NULL, MS_BIND, NULL) != 0) {
        skip();
    }

    rc = mount(NULL, folder->dir, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL);
    if (rc == 0) {
        rc = gray_store_open(folder->dir, false, &store);
    }
    umount(folder->dir);
    assert_int_equal(rc, GRAY_STORE_EREADONLY);
}

static void
open_in_little_space(void *data)
{
    struct rlimit limit = { (rlim_t) 8 << 30, (rlim_t) 8 << 30 };
    gray_store_t *store;

    child_check(setrlimit(RLIMIT_AS, &limit) == 0);
    child_check(gray_store_open(data, false, &store) == GRAY_STORE_EMEMORY);
}

static void
too_little_address_space_is_told(void **state)
{
    folder_t *folder = *state;

#if defined(__SANITIZE_ADDRESS__)
    skip(); /* it needs terabytes itself */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
    skip();
#endif
#endif
    assert_int_equal(in_child(open_in_little_space, folder->dir), 0);
}

static void
errors_have_words(void **state)
{
    (void) state;

    for (int i = GRAY_STORE_ESYSTEM; i <= 0; i++) {
        assert_string_not_equal(gray_store_strerror(i), "unknown error");
    }

    assert_string_equal(gray_store_strerror(-99), "unknown error");
    assert_string_equal(gray_store_strerror(1), "unknown error");
    gray_store_close(NULL);
}

#define fresh(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
#define stored(test) \
    cmocka_unit_test_setup_teardown(test, setup_store, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        fresh(files_have_their_group_and_mode_whatever_the_umask),
        stored(a_store_is_not_made_over_another),
        fresh(a_store_is_made_in_an_empty_folder),
        fresh(a_folder_without_store_is_told),
        stored(another_schema_is_refused),
        stored(a_version_that_is_none_is_damage),
        stored(a_commit_is_seen_by_the_next_read_and_not_by_the_one_at_hand),
        stored(an_abort_leaves_nothing),
        stored(a_change_raises_the_revision_once),
        stored(the_stores_own_settings_cannot_be_put),
        stored(a_reader_cannot_write),
        stored(several_reads_at_once_have_their_own_snapshots),
        stored(info_counts_what_is_there),
        stored(no_file_of_a_store_stays_open_over_exec),
        fresh(the_workers_group_reads_and_others_do_not),
        stored(a_read_only_mount_is_refused),
        stored(too_little_address_space_is_told),
        cmocka_unit_test(errors_have_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
