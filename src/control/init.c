/*
 * Making a store, and whose it is.
 */

#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "control.h"
#include "internal.h"

#define GRAY_NGINX_CONF "/etc/nginx/nginx.conf"


/* Takes "user NAME [GROUP];" out of a line. */
static bool
gray_user_line(const char *line, char *user, char *group)
{
    int n;
    char name[128], second[128];

    n = sscanf(line, " user %127[^ \t;] %127[^ \t;]", name, second);
    if (n < 1) {
        return false;
    }

    (void) snprintf(user, GRAY_CONTROL_GROUP_MAX, "%.63s", name);
    if (n == 2) {
        (void) snprintf(group, GRAY_CONTROL_GROUP_MAX, "%.63s", second);
    }

    return true;
}


int
gray_control_nginx_user(const char *nginx_conf,
    char user[GRAY_CONTROL_GROUP_MAX], char group[GRAY_CONTROL_GROUP_MAX])
{
    FILE *file;
    char line[1024];

    user[0] = '\0';
    group[0] = '\0';

    file = fopen(nginx_conf != NULL ? nginx_conf : GRAY_NGINX_CONF, "re");
    if (file == NULL) {
        return -1;
    }

    while (fgets(line, sizeof(line), file) != NULL) {
        if (gray_user_line(line, user, group)) {
            break;
        }
    }
    (void) fclose(file);

    return 0;
}


static bool
gray_init_use(gray_init_t *chosen, const struct group *group)
{
    if (group == NULL) {
        return false;
    }

    (void) snprintf(
        chosen->group, sizeof(chosen->group), "%.63s", group->gr_name);
    chosen->gid = group->gr_gid;

    return true;
}


/* As nginx does: without a group, the one with the user's name. */
static bool
gray_init_nginx_group(gray_init_t *chosen, const char *nginx_conf)
{
    struct passwd *pw;
    char user[GRAY_CONTROL_GROUP_MAX], group[GRAY_CONTROL_GROUP_MAX];

    if (gray_control_nginx_user(nginx_conf, user, group) != 0) {
        return false;
    }
    if (user[0] == '\0') {
        chosen->no_user = true;
        return false;
    }

    (void) snprintf(chosen->reason, sizeof(chosen->reason),
        "of nginx's user '%.40s' in %.80s", user,
        nginx_conf != NULL ? nginx_conf : GRAY_NGINX_CONF);

    if (gray_init_use(chosen, getgrnam(group[0] != '\0' ? group : user))) {
        return true;
    }

    pw = getpwnam(user);

    return pw != NULL && gray_init_use(chosen, getgrgid(pw->pw_gid));
}


static int
gray_init_given_group(
    gray_init_t *chosen, const char *name, gray_error_t *error)
{
    if (!gray_init_use(chosen, getgrnam(name))) {
        (void) gray_error_set(
            error, GRAY_EINVALID, "there is no group '%s'", name);
        return gray_error_hint(
            error, "give the group that nginx's workers run as");
    }

    (void) snprintf(chosen->reason, sizeof(chosen->reason), "given");

    return 0;
}


static void
gray_init_own_group(gray_init_t *chosen)
{
    chosen->gid = getegid();
    if (!gray_init_use(chosen, getgrgid(chosen->gid))) {
        (void) snprintf(
            chosen->group, sizeof(chosen->group), "%u", (unsigned) chosen->gid);
    }
}


int
gray_init_choose(const char *group, const char *nginx_conf, gray_init_t *chosen,
    gray_error_t *error)
{
    unsigned i;
    static const char *const usual[] = { "www-data", "nginx" };

    memset(chosen, 0, sizeof(*chosen));

    if (group != NULL) {
        return gray_init_given_group(chosen, group, error);
    }

    if (geteuid() != 0) {
        gray_init_own_group(chosen);
        (void) snprintf(chosen->reason, sizeof(chosen->reason),
            "your own, since only root may give the files to another");
        return 0;
    }

    if (gray_init_nginx_group(chosen, nginx_conf)) {
        return 0;
    }

    for (i = 0; i < 2; i++) {
        if (gray_init_use(chosen, getgrnam(usual[i]))) {
            (void) snprintf(chosen->reason, sizeof(chosen->reason),
                "the usual one: no user directive in %.80s",
                nginx_conf != NULL ? nginx_conf : GRAY_NGINX_CONF);
            return 0;
        }
    }

    gray_init_own_group(chosen);
    (void) snprintf(chosen->reason, sizeof(chosen->reason),
        "your own: neither nginx's user, www-data nor nginx was found");

    return 0;
}


/* The two shared files beside the LMDB ones. */
int
gray_init_files(const char *dir, gid_t gid, bool with_switches,
    bool with_counters, gray_error_t *error)
{
    int rc;
    char *switches, *counters;

    rc = 0;
    switches = gray_text("%s/switches", dir);
    counters = gray_text("%s/" GRAY_COUNTERS_FILE, dir);

    if (switches == NULL || counters == NULL) {
        rc = gray_no_memory(error);

    } else if (with_switches && gray_switches_create(switches, gid) != 0
               && errno != EEXIST)
    {
        rc = gray_file_error(dir, "switches", errno, error);

    } else if (with_counters && gray_counters_create(counters, gid) != 0
               && errno != EEXIST)
    {
        rc = gray_file_error(dir, GRAY_COUNTERS_FILE, errno, error);
    }

    free(switches);
    free(counters);

    return rc;
}


static bool
gray_init_lacks(const char *dir, const char *file)
{
    bool lacks;
    char *path;

    path = gray_text("%s/%s", dir, file);
    lacks = path != NULL && access(path, F_OK) != 0 && errno == ENOENT;
    free(path);

    return lacks;
}


/* Gives a store the shared files that it has lost. */
static int
gray_init_complete(const char *dir, gray_init_t *chosen, gray_error_t *error)
{
    bool switches, counters;
    struct stat st;

    switches = gray_init_lacks(dir, "switches");
    counters = gray_init_lacks(dir, GRAY_COUNTERS_FILE);

    if (!switches && !counters) {
        return gray_verb_store_error(dir, GRAY_STORE_EEXISTS, error);
    }
    if (stat(dir, &st) != 0) {
        return gray_file_error(dir, "", errno, error);
    }

    chosen->completed = true;
    (void) gray_init_use(chosen, getgrgid(st.st_gid));
    chosen->gid = st.st_gid;
    (void) snprintf(chosen->reason, sizeof(chosen->reason),
        "the store's: it lacked %s%s%s", switches ? "its kill switches" : "",
        switches && counters ? " and " : "", counters ? "its counters" : "");

    return gray_init_files(dir, chosen->gid, switches, counters, error);
}


/* What a store consists of, what an init that was cut off left, and what a
 * file system of its own begins with. */
static bool
gray_init_own(const char *name)
{
    unsigned i;
    static const char *const own[]
        = { ".", "..", "VERSION", "data.mdb", "lock.mdb", "namespace",
              "switches", GRAY_COUNTERS_FILE, "index", "lost+found" };

    for (i = 0; i < sizeof(own) / sizeof(*own); i++) {
        if (strcmp(name, own[i]) == 0) {
            return true;
        }
    }

    return strncmp(name, ".new-", 5) == 0;
}


/* The folder gets the store's group and mode: /etc must not. */
static int
gray_init_refuse_others(const char *dir, gray_error_t *error)
{
    DIR *folder;
    struct dirent *entry;

    folder = opendir(dir);
    if (folder == NULL) {
        return 0;
    }

    do {
        entry = readdir(folder);
    } while (entry != NULL && gray_init_own(entry->d_name));

    if (entry != NULL) {
        (void) gray_error_set(error, GRAY_EEXISTS,
            "%s is there already and holds other files, such as '%.64s'", dir,
            entry->d_name);
        (void) gray_error_hint(
            error, "name a folder that is not there yet, or an empty one");
    }
    (void) closedir(folder);

    return entry != NULL ? -1 : 0;
}


int
gray_control_init(const char *dir, const char *group, const char *nginx_conf,
    gray_init_t *chosen, gray_error_t *error)
{
    int rc;

    if (gray_init_choose(group, nginx_conf, chosen, error) != 0) {
        return -1;
    }

    /* Last comes what makes it a store: an init that was cut off can be run
     * again. */
    rc = gray_store_version(dir);
    if (rc > 0) {
        return gray_init_complete(dir, chosen, error);
    }

    if (gray_init_refuse_others(dir, error) != 0) {
        return -1;
    }

    rc = gray_store_create(dir, chosen->gid);
    if (rc != GRAY_STORE_OK) {
        return gray_verb_store_error(dir, rc, error);
    }

    return gray_init_files(dir, chosen->gid, true, true, error);
}
