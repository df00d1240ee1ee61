/*
 * Files that are missing, and whose they are.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "repair_internal.h"
#include "store/repair.h"


void
gray_repair_files_before(gray_repairer_t *repairer)
{
    bool made[2];
    struct stat folder;

    if (stat(repairer->dir, &folder) != 0) {
        return;
    }

    (void) gray_store_complete(repairer->dir, folder.st_gid, made);

    if (made[1]) {
        gray_repair_did(repairer, "namespace", "made anew");
    }
    if (made[0]) {
        gray_repair_did(
            repairer, "VERSION", "made anew, as data.mdb has the schema");
    }
}


static bool
gray_repair_is_missing(const gray_repairer_t *repairer, const char *name)
{
    bool missing;
    char *path;

    path = gray_text("%s/%s", repairer->dir, name);
    missing = path != NULL && access(path, F_OK) != 0 && errno == ENOENT;
    free(path);

    return missing;
}


static void
gray_repair_shared(gray_repairer_t *repairer, const struct stat *folder)
{
    gray_error_t ignored;
    bool switches, counters;

    switches = gray_repair_is_missing(repairer, "switches");
    counters = gray_repair_is_missing(repairer, GRAY_COUNTERS_FILE);

    if ((!switches && !counters)
        || gray_init_files(
               repairer->dir, folder->st_gid, switches, counters, &ignored)
               != 0)
    {
        return;
    }

    if (switches) {
        gray_repair_did(repairer, "switches",
            "made anew, all on; reload a running nginx: nginx -s reload");
    }
    if (counters) {
        gray_repair_did(repairer, GRAY_COUNTERS_FILE,
            "made anew; reload a running nginx: nginx -s reload");
    }
}


/* Owner, group and mode as the folder has them. */
static void
gray_repair_rights(gray_repairer_t *repairer, int folder_fd, const char *name,
    mode_t mode, const struct stat *folder, const char *place)
{
    struct stat st;

    if (fstatat(folder_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0
        || (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)))
    {
        return;
    }

    if ((st.st_uid != folder->st_uid || st.st_gid != folder->st_gid)
        && fchownat(folder_fd, name, folder->st_uid, folder->st_gid,
               AT_SYMLINK_NOFOLLOW)
               == 0)
    {
        gray_repair_did(
            repairer, place, "given to the owner and the group of the folder");
    }

    if ((st.st_mode & 07777) != mode && fchmodat(folder_fd, name, mode, 0) == 0)
    {
        gray_repair_did(
            repairer, place, "given the mode %04o", (unsigned) mode);
    }
}


static void
gray_repair_index_rights(
    gray_repairer_t *repairer, int folder_fd, const struct stat *folder)
{
    int fd;
    DIR *indexes;
    struct dirent *entry;

    fd = openat(folder_fd, "index", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    indexes = fd != -1 ? fdopendir(fd) : NULL;
    if (indexes == NULL) {
        if (fd != -1) {
            (void) close(fd);
        }
        return;
    }

    while ((entry = readdir(indexes)) != NULL) {
        if (entry->d_name[0] != '.') {
            gray_repair_rights(
                repairer, dirfd(indexes), entry->d_name, 0640, folder, "index");
        }
    }
    (void) closedir(indexes);
}


void
gray_repair_files_after(gray_repairer_t *repairer)
{
    int fd;
    struct stat folder;
    const gray_check_file_t *file;

    fd = open(repairer->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd == -1) {
        return;
    }

    if (fstat(fd, &folder) == 0) {
        gray_repair_shared(repairer, &folder);
        for (file = gray_check_file_list; file->name != NULL; file++) {
            gray_repair_rights(
                repairer, fd, file->name, file->mode, &folder, file->name);
        }
        gray_repair_index_rights(repairer, fd, &folder);
    }
    (void) close(fd);
}
