/* What a crash, a power loss or a full disk leave of an index: no wrong answer. */

#include "index_model.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>

#define SPAN 9000 /* keys that are looked for */

/* --- a little of everything ----------------------------------------------------- */

/* One transaction: puts [first, end) but every third, which it deletes. */
static int
change(gray_store_t *store, unsigned first, unsigned end, uint64_t expiry)
{
    gray_member_t member = { .expiry = expiry };
    gray_list_t list;
    gray_txn_t *txn;
    bool added;
    int rc = gray_store_write(store, &txn);

    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    rc = gray_store_list_get(txn, LIST, &list);
    if (rc == GRAY_STORE_ENOTFOUND) {
        rc = gray_store_list_create(txn, LIST, GRAY_STORE_STRING, &list);
    }

    for (unsigned i = first; rc == GRAY_STORE_OK && i < end; i++) {
        char key[32];
        gray_bytes_t bytes = gray_bytes(key, key_of(i, key));

        rc = i % 3 != 0
                 ? gray_store_member_put(txn, &list, bytes, &member, &added)
                 : gray_store_member_del(txn, &list, bytes);
        rc = rc == GRAY_STORE_ENOTFOUND ? GRAY_STORE_OK : rc;
    }

    if (rc == GRAY_STORE_OK) {
        rc = gray_store_list_put(txn, LIST, &list);
    }
    if (rc == GRAY_STORE_OK) {
        return gray_store_commit(txn);
    }
    gray_store_abort(txn);

    return rc;
}

static int
replace(gray_store_t *store)
{
    gray_member_t member = { .expiry = 0 };
    gray_list_t list;
    gray_txn_t *txn;
    bool added;

    if (gray_store_write(store, &txn) != 0
        || gray_store_replace_begin(txn, GRAY_STORE_STRING, 2000, &list) != 0
        || gray_store_commit(txn) != 0 || gray_store_write(store, &txn) != 0)
    {
        return -1;
    }

    for (unsigned i = 1000; i < 3000; i++) {
        char key[32];
        gray_bytes_t bytes = gray_bytes(key, key_of(i, key));

        if (gray_store_member_put(txn, &list, bytes, &member, &added) != 0) {
            return -1;
        }
    }

    if (gray_store_replace_save(txn, &list) != 0 || gray_store_commit(txn) != 0)
    {
        return -1;
    }

    gray_store_replace_flush(store, &list);

    return gray_store_write(store, &txn) != 0
                   || gray_store_replace_switch(txn, LIST, &list) != 0
                   || gray_store_commit(txn) != 0
               ? -1
               : 0;
}

/* Built at a commit, changed, grown, built by hand, replaced, changed. */
static int
work(gray_store_t *store)
{
    int rc = change(store, 0, 1600, 0);

    rc = rc == 0 ? change(store, 1, 60, 5) : rc;
    rc = rc == 0 ? change(store, 2, 60, 0) : rc;
    for (unsigned i = 1600; rc == 0 && i < 6000; i += 700) {
        rc = change(store, i, i + 700, 0);
    }
    rc = rc == 0 ? change(store, 1598, 3000, 0) : rc;
    rc = rc == 0 ? gray_store_index_build(store, LIST, NULL, NULL) : rc;
    rc = rc == 0 ? replace(store) : rc;

    return rc == 0 ? change(store, 2500, 3100, 0) : rc;
}

/* The store in `dir` answers right, before and after it is written again. */
static void
assert_sound(const char *dir, unsigned *trusted)
{
    gray_store_t *store = open_store(dir, true);
    answers_t answers = { 0 };
    bool open;

    assert_true(compare(store, SPAN, &open, &answers));
    *trusted += open;
    assert_ok(change(store, 8000, 8010, 0));
    assert_true(compare(store, SPAN, &open, &answers));
    if (open) {
        assert_ok(gray_store_index_check(store, LIST, NULL, NULL));
    }
    assert_ok(change(store, 8005, 8020, 0));
    assert_true(compare(store, SPAN, &open, &answers));
    gray_store_close(store);
}

/* --- killed at every step --------------------------------------------------------- */

typedef struct {
    const char *dir;
    unsigned at; /* the step it dies after; counted down                    */
} killed_t;

static void
die(void *data, int at, uint64_t list)
{
    killed_t *killed = data;

    (void) at;
    (void) list;
    if (killed->at-- == 0) {
        _exit(3);
    }
}

static void
work_and_die(void *data)
{
    killed_t *killed = data;
    gray_store_t *store;

    child_check(gray_store_open(killed->dir, true, &store) == 0);
    store->index_at = die;
    store->index_at_data = killed;
    child_check(work(store) == 0);
    gray_store_close(store);
}

static void
a_writer_may_die_at_every_step(void **state)
{
    folder_t *folder = *state;
    unsigned trusted = 0, steps = 0;
    int status;

    for (;; steps++) {
        killed_t killed = { .dir = folder->dir, .at = steps };

        status = in_child(work_and_die, &killed);
        assert_true(WIFEXITED(status));
        if (WEXITSTATUS(status) == 0) {
            break;
        }

        assert_int_equal(WEXITSTATUS(status), 3);
        assert_sound(folder->dir, &trusted);
        gray_store_remove(folder->dir);
        assert_ok(gray_store_create(folder->dir, (gid_t) -1));
        assert_true(steps < 1000);
    }

    assert_true(steps > 60);
    assert_true(trusted > steps / 2);
}

/* --- the power fails ---------------------------------------------------------------- */

#define SECTOR 512

typedef struct {
    size_t len;
    unsigned char *bytes;
} image_t;

/* What the disk has for sure of each index; what else it has is for chance. */
typedef struct {
    const folder_t *folder;
    gray_store_t *store;
    image_t durable[64]; /* by list id                                      */
    image_t older[64];   /* of a file that lost its name since              */
    unsigned losses;
    unsigned trusted;
    bool busy;
} power_t;

static image_t
read_image(const char *path)
{
    image_t image = { 0 };
    int fd = open(path, O_RDONLY);
    struct stat file;

    if (fd == -1) {
        return image;
    }

    assert_int_equal(fstat(fd, &file), 0);
    image.len = (size_t) file.st_size;
    image.bytes = calloc(1, image.len + 1);
    assert_int_equal(read(fd, image.bytes, image.len), image.len);
    close(fd);

    return image;
}

/* Each sector as it was synced, or as it was written since. */
static void
mix(const image_t *durable, const image_t *now, const char *path)
{
    const image_t *len = now->bytes != NULL && random() % 2 ? now : durable;
    int fd;

    if (len->bytes == NULL) {
        return; /* the file itself was not on disk */
    }

    fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0640);
    assert_int_not_equal(fd, -1);
    for (size_t at = 0; at < len->len; at += SECTOR) {
        static const unsigned char zeroes[SECTOR];
        bool is = at < now->len;
        bool was = at < durable->len;
        const unsigned char *from = is && (random() % 2 || !was)
                                        ? now->bytes + at
                                    : was ? durable->bytes + at
                                          : zeroes;

        if (!was && random() % 2) {
            from = zeroes;
        }
        assert_int_equal(write(fd, from, SECTOR), SECTOR);
    }
    close(fd);
}

static void
lose_power(power_t *power)
{
    const folder_t *folder = power->folder;
    char command[600], path[256], crash[128];

    snprintf(crash, sizeof(crash), "%s/crash", folder->top);
    snprintf(command, sizeof(command),
        "rm -rf %s/crash; mkdir -p %s/crash/index && "
        "cd %s && cp VERSION data.mdb lock.mdb namespace %s/crash",
        folder->top, folder->top, folder->dir, folder->top);
    assert_int_equal(system(command), 0);

    for (uint64_t list = 1; list < 64; list++) {
        image_t now;

        index_file(folder->dir, list, path);
        now = read_image(path);
        index_file(crash, list, path);
        if (power->durable[list].bytes == NULL && random() % 2) {
            mix(&power->older[list], &power->older[list], path);
        } else {
            mix(&power->durable[list], &now, path);
        }
        free(now.bytes);
    }

    assert_sound(crash, &power->trusted);
    power->losses++;
}

static void
watch(void *data, int at, uint64_t list)
{
    power_t *power = data;
    char path[256];

    if (at == GRAY_INDEX_AT_CREATED) {
        free(power->older[list].bytes);
        power->older[list] = power->durable[list];
        power->durable[list] = (image_t){ 0 };
    }

    if (at == GRAY_INDEX_AT_SYNCED) {
        assert_true(list < 64);
        free(power->durable[list].bytes);
        index_file(power->folder->dir, list, path);
        power->durable[list] = read_image(path);
    }

    lose_power(power);
}

static void
after_a_power_loss_no_answer_is_wrong(void **state)
{
    folder_t *folder = *state;
    power_t power = { .folder = folder };

    for (unsigned seed = 1; seed <= 3; seed++) {
        srandom(seed);
        power.store = open_store(folder->dir, true);
        power.store->index_at = watch;
        power.store->index_at_data = &power;
        assert_ok(work(power.store));
        gray_store_close(power.store);

        gray_store_remove(folder->dir);
        assert_ok(gray_store_create(folder->dir, (gid_t) -1));
        for (unsigned i = 0; i < 64; i++) {
            free(power.durable[i].bytes);
            free(power.older[i].bytes);
            power.durable[i] = (image_t){ 0 };
            power.older[i] = (image_t){ 0 };
        }
    }

    assert_true(power.losses > 150);
    assert_true(power.trusted > power.losses / 4);
}

/* --- the disk is full ----------------------------------------------------------------- */

static uint64_t
fill(const char *top)
{
    static const char block[4096];
    char path[256];
    uint64_t n = 0;
    int fd;

    snprintf(path, sizeof(path), "%s/filler", top);
    fd = open(path, O_CREAT | O_WRONLY | O_APPEND, 0600);
    while (n < 100000 && write(fd, block, sizeof(block)) == sizeof(block)) {
        n++;
    }
    close(fd);

    return n;
}

static void
give(const char *top, unsigned pages)
{
    char path[256];
    struct stat file;

    snprintf(path, sizeof(path), "%s/filler", top);
    child_check(stat(path, &file) == 0);
    child_check(truncate(path, file.st_size - (off_t) pages * 4096) == 0);
}

/* In mounts of its own, which end with it. Exit status 2: not permitted. */
static void
write_on_a_full_disk(void *data)
{
    const char *top = data;
    answers_t answers = { 0 };
    gray_store_t *store;
    unsigned trusted = 0, committed = 0;
    char dir[128];
    bool open;

    if (unshare(CLONE_NEWNS) != 0
        || mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0
        || mount("tmpfs", top, "tmpfs", 0, "size=16m") != 0)
    {
        _exit(2);
    }

    snprintf(dir, sizeof(dir), "%s/store", top);
    child_check(gray_store_create(dir, (gid_t) -1) == 0);
    child_check(gray_store_open(dir, true, &store) == 0);
    child_check(change(store, 0, 1200, 0) == 0);
    fill(top);

    /* Some pages at a time: now LMDB has room, now the index, now neither. */
    for (unsigned i = 0; i < 60; i++) {
        int rc = change(store, 1200 + i * 100, 1300 + i * 100, 0);

        child_check(rc == GRAY_STORE_OK || rc == GRAY_STORE_EFULL);
        committed += rc == GRAY_STORE_OK;
        child_check(compare(store, SPAN, &open, &answers));
        trusted += open;
        give(top, 3);
        if (i % 20 == 19) {
            (void) replace(store);
            child_check(compare(store, SPAN, &open, &answers));
        }
    }
    child_check(committed > 5 && trusted > 5);

    give(top, 1000);
    child_check(change(store, 7000, 7100, 0) == 0);
    child_check(compare(store, SPAN, &open, &answers));
    child_check(open);
    gray_store_close(store);
}

static void
on_a_full_disk_no_answer_is_wrong(void **state)
{
    folder_t *folder = *state;
    int status = in_child(write_on_a_full_disk, folder->top);

    if (WIFEXITED(status) && WEXITSTATUS(status) == 2) {
        skip();
    }

    assert_int_equal(status, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_store, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_writer_may_die_at_every_step),
        TEST(after_a_power_loss_no_answer_is_wrong),
        TEST(on_a_full_disk_no_answer_is_wrong),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
