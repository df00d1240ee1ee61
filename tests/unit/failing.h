/*
 * Calls that fail: every test program whose name ends in _failing is linked
 * so that what src/ asks of the C library, of LMDB and of OpenSSL goes through
 * here (ld's --wrap). The libraries' own calls do not.
 *
 *     failing_begin(n, false);       the n-th call of src/ fails, or
 *     failing_begin(n, true);        the n-th and all that come after it
 *     ... one thing under test ...
 *     if (!failing_end()) { it made less than n calls }
 *
 * A sweep does that for n = 1, 2, … until nothing failed. failing_name is
 * what failed last, for messages. Calls that only clean up (free, close,
 * unlink, rmdir) never fail. A program that links LMDB or OpenSSL defines
 * FAILING_LMDB or FAILING_OPENSSL before it includes this.
 */

#ifndef GRAY_TESTS_FAILING_H
#define GRAY_TESTS_FAILING_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/types.h>

/* More calls than anything under test makes. */
#define FAILING_MAX 20000

static unsigned failing_left; /* 0: nothing fails                     */
static bool failing_forever;
static bool failing_done;
static const char *failing_name = "nothing";


static inline void
failing_begin(unsigned n, bool forever)
{
    failing_left = n;
    failing_forever = forever;
    failing_done = false;
}


/* Whether something failed. */
static inline bool
failing_end(void)
{
    failing_left = 0;
    return failing_done;
}


static inline bool
failing_now(const char *name)
{
    if (failing_left == 0 || --failing_left > 0) {
        return false;
    }

    failing_left = failing_forever ? 1 : 0;
    failing_done = true;
    failing_name = name;
    return true;
}


#define FAILING_ARGS(...) __VA_ARGS__

/* A call of this type, name, parameters and arguments; what it returns and
 * which errno it leaves when it is to fail. Prototypes are made here, since a
 * program includes the headers of its own part alone. */
#define FAILING_CALL(name, type, parameters, arguments, failed, error) \
    type __real_##name(parameters);                                    \
    type __wrap_##name(parameters);                                    \
    type __wrap_##name(parameters)                                     \
    {                                                                  \
        if (failing_now(#name)) {                                      \
            errno = (error);                                           \
            return failed;                                             \
        }                                                              \
        return __real_##name(arguments);                               \
    }

/* clang-format off */
#define A FAILING_ARGS

FAILING_CALL(malloc, void *, size_t size, size, NULL, ENOMEM)
FAILING_CALL(calloc, void *, A(size_t n, size_t size), A(n, size), NULL, ENOMEM)
FAILING_CALL(realloc, void *, A(void *old, size_t size), A(old, size),
    NULL, ENOMEM)
FAILING_CALL(strdup, char *, const char *text, text, NULL, ENOMEM)
FAILING_CALL(strndup, char *, A(const char *text, size_t n), A(text, n),
    NULL, ENOMEM)
FAILING_CALL(vasprintf, int,
    A(char **text, const char *format, va_list arguments),
    A(text, format, arguments), -1, ENOMEM)

struct stat;
struct statvfs;
struct dirent;
struct passwd;
struct group;

FAILING_CALL(fopen, FILE *, A(const char *path, const char *mode),
    A(path, mode), NULL, EIO)
FAILING_CALL(open_memstream, FILE *, A(char **text, size_t *size),
    A(text, size), NULL, ENOMEM)
FAILING_CALL(fwrite, size_t,
    A(const void *data, size_t size, size_t n, FILE *file),
    A(data, size, n, file), 0, ENOSPC)
FAILING_CALL(scandir, int, A(const char *dir, struct dirent ***names,
    int (*filter)(const struct dirent *),
    int (*order)(const struct dirent **, const struct dirent **)),
    A(dir, names, filter, order), -1, EIO)
FAILING_CALL(stat, int, A(const char *path, struct stat *st), A(path, st),
    -1, EIO)
FAILING_CALL(lstat, int, A(const char *path, struct stat *st), A(path, st),
    -1, EIO)
FAILING_CALL(fstat, int, A(int fd, struct stat *st), A(fd, st), -1, EIO)
FAILING_CALL(statvfs, int, A(const char *path, struct statvfs *st),
    A(path, st), -1, EIO)
FAILING_CALL(faccessat, int, A(int fd, const char *path, int mode, int flags),
    A(fd, path, mode, flags), -1, EACCES)
FAILING_CALL(read, ssize_t, A(int fd, void *data, size_t n), A(fd, data, n),
    -1, EIO)
FAILING_CALL(pread, ssize_t, A(int fd, void *data, size_t n, off_t at),
    A(fd, data, n, at), -1, EIO)
FAILING_CALL(write, ssize_t, A(int fd, const void *data, size_t n),
    A(fd, data, n), -1, EIO)
FAILING_CALL(pwrite, ssize_t, A(int fd, const void *data, size_t n, off_t at),
    A(fd, data, n, at), -1, EIO)
FAILING_CALL(ftruncate, int, A(int fd, off_t size), A(fd, size), -1, EIO)
FAILING_CALL(fallocate, int, A(int fd, int mode, off_t at, off_t size),
    A(fd, mode, at, size), -1, ENOSPC)
FAILING_CALL(posix_fallocate, int, A(int fd, off_t at, off_t size),
    A(fd, at, size), ENOSPC, 0)
FAILING_CALL(mmap, void *,
    A(void *at, size_t n, int prot, int flags, int fd, off_t offset),
    A(at, n, prot, flags, fd, offset), MAP_FAILED, ENOMEM)
FAILING_CALL(fsync, int, int fd, fd, -1, EIO)
FAILING_CALL(fdatasync, int, int fd, fd, -1, EIO)
FAILING_CALL(fchown, int, A(int fd, uid_t uid, gid_t gid), A(fd, uid, gid),
    -1, EPERM)
FAILING_CALL(fchmod, int, A(int fd, mode_t mode), A(fd, mode), -1, EPERM)
FAILING_CALL(flock, int, A(int fd, int how), A(fd, how), -1, EIO)
FAILING_CALL(link, int, A(const char *from, const char *to), A(from, to),
    -1, EIO)
FAILING_CALL(rename, int, A(const char *from, const char *to), A(from, to),
    -1, EIO)
FAILING_CALL(renameat2, int, A(int a, const char *from, int b,
    const char *to, unsigned flags), A(a, from, b, to, flags), -1, EIO)
FAILING_CALL(mkdir, int, A(const char *path, mode_t mode), A(path, mode),
    -1, EACCES)
FAILING_CALL(mkdtemp, char *, char *path, path, NULL, EACCES)
FAILING_CALL(mkostemp, int, A(char *path, int flags), A(path, flags),
    -1, EACCES)
FAILING_CALL(getrandom, ssize_t, A(void *data, size_t n, unsigned flags),
    A(data, n, flags), -1, EIO)
FAILING_CALL(getgrgid, struct group *, gid_t gid, gid, NULL, EIO)
FAILING_CALL(getgrnam, struct group *, const char *name, name, NULL, EIO)
FAILING_CALL(getpwuid, struct passwd *, uid_t uid, uid, NULL, EIO)
FAILING_CALL(getpwnam, struct passwd *, const char *name, name, NULL, EIO)

#ifdef FAILING_LMDB

/* By the types of its interface. */
typedef struct MDB_env MDB_env;
typedef struct MDB_txn MDB_txn;
typedef struct MDB_cursor MDB_cursor;
typedef struct MDB_val MDB_val;

FAILING_CALL(mdb_env_create, int, MDB_env **env, env, ENOMEM, 0)
FAILING_CALL(mdb_env_open, int,
    A(MDB_env *env, const char *path, unsigned flags, mode_t mode),
    A(env, path, flags, mode), EIO, 0)
FAILING_CALL(mdb_env_set_mapsize, int, A(MDB_env *env, size_t size),
    A(env, size), EINVAL, 0)
FAILING_CALL(mdb_env_set_maxdbs, int, A(MDB_env *env, unsigned n),
    A(env, n), EINVAL, 0)
FAILING_CALL(mdb_env_set_maxreaders, int, A(MDB_env *env, unsigned n),
    A(env, n), EINVAL, 0)
FAILING_CALL(mdb_env_info, int, A(MDB_env *env, void *info), A(env, info),
    EINVAL, 0)
FAILING_CALL(mdb_env_stat, int, A(MDB_env *env, void *stat), A(env, stat),
    EINVAL, 0)
FAILING_CALL(mdb_env_sync, int, A(MDB_env *env, int force), A(env, force),
    EIO, 0)
FAILING_CALL(mdb_reader_check, int, A(MDB_env *env, int *dead), A(env, dead),
    EINVAL, 0)
FAILING_CALL(mdb_txn_begin, int,
    A(MDB_env *env, MDB_txn *parent, unsigned flags, MDB_txn **txn),
    A(env, parent, flags, txn), EIO, 0)
FAILING_CALL(mdb_txn_renew, int, MDB_txn *txn, txn, EIO, 0)
FAILING_CALL(mdb_dbi_open, int,
    A(MDB_txn *txn, const char *name, unsigned flags, unsigned *dbi),
    A(txn, name, flags, dbi), EIO, 0)
FAILING_CALL(mdb_stat, int, A(MDB_txn *txn, unsigned dbi, void *stat),
    A(txn, dbi, stat), EIO, 0)
FAILING_CALL(mdb_get, int,
    A(MDB_txn *txn, unsigned dbi, MDB_val *key, MDB_val *value),
    A(txn, dbi, key, value), EIO, 0)
FAILING_CALL(mdb_put, int, A(MDB_txn *txn, unsigned dbi, MDB_val *key,
    MDB_val *value, unsigned flags), A(txn, dbi, key, value, flags), EIO, 0)
FAILING_CALL(mdb_del, int,
    A(MDB_txn *txn, unsigned dbi, MDB_val *key, MDB_val *value),
    A(txn, dbi, key, value), EIO, 0)
FAILING_CALL(mdb_drop, int, A(MDB_txn *txn, unsigned dbi, int del),
    A(txn, dbi, del), EIO, 0)
FAILING_CALL(mdb_cursor_open, int,
    A(MDB_txn *txn, unsigned dbi, MDB_cursor **cursor),
    A(txn, dbi, cursor), EIO, 0)
FAILING_CALL(mdb_cursor_get, int,
    A(MDB_cursor *cursor, MDB_val *key, MDB_val *value, int op),
    A(cursor, key, value, op), EIO, 0)
FAILING_CALL(mdb_cursor_put, int,
    A(MDB_cursor *cursor, MDB_val *key, MDB_val *value, unsigned flags),
    A(cursor, key, value, flags), EIO, 0)

#endif

#ifdef FAILING_OPENSSL

FAILING_CALL(EVP_MD_CTX_new, void *, void, , NULL, ENOMEM)
FAILING_CALL(EVP_DigestInit_ex, int,
    A(void *context, const void *type, void *engine),
    A(context, type, engine), 0, EIO)
FAILING_CALL(EVP_DigestUpdate, int,
    A(void *context, const void *data, size_t n), A(context, data, n), 0, EIO)
FAILING_CALL(EVP_DigestFinal_ex, int,
    A(void *context, unsigned char *data, unsigned *n),
    A(context, data, n), 0, EIO)
FAILING_CALL(HMAC, unsigned char *, A(const void *type, const void *key,
    int key_len, const unsigned char *data, size_t n, unsigned char *out,
    unsigned *len), A(type, key, key_len, data, n, out, len), NULL, EIO)

#endif

#undef A
/* clang-format on */

/* What FAILING_CALL cannot say: those with variable arguments, and those that
 * do something even when they fail. Their lines name them for the linker. */

/* FAILING_CALL(asprintf, */
int __wrap_asprintf(char **text, const char *format, ...);

int
__wrap_asprintf(char **text, const char *format, ...)
{
    va_list arguments;
    int n;

    va_start(arguments, format);
    n = __wrap_vasprintf(text, format, arguments);
    va_end(arguments);
    return n;
}

/* FAILING_CALL(open, */
int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);

int
__wrap_open(const char *path, int flags, ...)
{
    va_list arguments;
    mode_t mode;

    if (failing_now("open")) {
        errno = EACCES;
        return -1;
    }

    va_start(arguments, flags);
    mode = va_arg(arguments, mode_t);
    va_end(arguments);
    return __real_open(path, flags, mode);
}


/* FAILING_CALL(fcntl, */
int __real_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, ...);

int
__wrap_fcntl(int fd, int command, ...)
{
    va_list arguments;
    void *argument;

    if (failing_now("fcntl")) {
        errno = EIO;
        return -1;
    }

    va_start(arguments, command);
    argument = va_arg(arguments, void *);
    va_end(arguments);
    return __real_fcntl(fd, command, argument);
}


/* FAILING_CALL(fclose, */
int __real_fclose(FILE *file);
int __wrap_fclose(FILE *file);

int
__wrap_fclose(FILE *file)
{
    int rc = __real_fclose(file);

    if (failing_now("fclose")) {
        errno = ENOSPC;
        return EOF;
    }

    return rc;
}


#ifdef FAILING_LMDB

/* FAILING_CALL(mdb_txn_commit, */
int __real_mdb_txn_commit(MDB_txn *txn);
int __wrap_mdb_txn_commit(MDB_txn *txn);
void mdb_txn_abort(MDB_txn *txn);

int
__wrap_mdb_txn_commit(MDB_txn *txn)
{
    if (failing_now("mdb_txn_commit")) {
        mdb_txn_abort(txn);
        return EIO;
    }

    return __real_mdb_txn_commit(txn);
}

#endif

#endif
