/* Is nginx there, does it load the module, does it name this store? */

#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doctor.h"
#include "options.h"
#include "output.h"
#include "program.h"

/* nginx -T may resolve names. */
#define NGINX_SECONDS 20

/* The word after `label` in the text, up to a space or a line's end. */
static void
word_after(const char *text, const char *label, char *word, size_t size)
{
    const char *start = strstr(text, label);

    *word = '\0';

    if (start != NULL) {
        start += strlen(label);
        snprintf(word, size, "%.*s", (int) strcspn(start, " \n"), start);
    }
}

/* The line of nginx's complaint that says what is wrong. */
static void
complaint(const char *err, char *line, size_t size)
{
    const char *start = strstr(err, "[emerg]");

    if (start == NULL) {
        start = strstr(err, "[alert]");
    }

    start = start ? start + 8 : err;
    snprintf(line, size, "%.*s", (int) strcspn(start, "\n"), start);
}

/* The worker's user without a `user` directive: an nginx that root started
 * takes the one it was built with. */
static void
default_user(doctor_t *doctor, const char *err)
{
    struct passwd *me;

    if (geteuid() != 0) {
        me = getpwuid(geteuid());
        snprintf(
            doctor->user, sizeof(doctor->user), "%s", me ? me->pw_name : "");
        return;
    }

    word_after(err, "--user=", doctor->user, sizeof(doctor->user));

    if (*doctor->user == '\0') {
        strcpy(doctor->user, "nobody");
    }
}

/* nginx -V: false when there is no nginx. */
static bool
look_at_program(doctor_t *doctor, const char *nginx)
{
    int code;
    bool compatible;
    char *out, *err, version[32];
    char *const argv[] = { (char *) nginx, "-V", NULL };

    code = program_run(argv, NGINX_SECONDS, &out, &err);

    if (code != 0) {
        free(out);
        free(err);
        doctor_tell(doctor, DOCTOR_SKIP, "nginx",
            "give it with --nginx PROGRAM", "no program '%s' here", nginx);
        return false;
    }

    word_after(err, "nginx version: nginx/", version, sizeof(version));
    compatible = strstr(err, "--with-compat") != NULL
                 || strstr(err, "ngx_http_gray") != NULL
                 || strstr(err, "nginx-gray") != NULL;

    if (compatible) {
        doctor_tell(doctor, DOCTOR_OK, "nginx", NULL, "nginx %s", version);
    } else {
        doctor_tell(doctor, DOCTOR_FIX, "nginx",
            "build it with --with-compat, or add the module to its own build",
            "nginx %s was built without --with-compat: it loads only modules "
            "that were built with it",
            version);
    }

    default_user(doctor, err);
    free(out);
    free(err);

    return true;
}

/* nginx -T: reads the configuration into doctor->conf. */
static bool
read_configuration(doctor_t *doctor, const char *nginx, const char *file)
{
    int code;
    char *out, *err, line[512];
    char *const argv[]
        = { (char *) nginx, "-T", file ? "-c" : NULL, (char *) file, NULL };

    code = program_run(argv, NGINX_SECONDS, &out, &err);

    if (code == 0) {
        free(err);
        doctor->conf.text = out;
        return true;
    }

    complaint(err ? err : "it did not end in time", line, sizeof(line));

    if (strstr(line, "Permission denied") != NULL) {
        doctor_tell(doctor, DOCTOR_SKIP, "configuration",
            "run grayctl doctor as root", "nginx.conf cannot be read: %s",
            line);
    } else {
        doctor_tell(doctor, DOCTOR_FIX, "configuration",
            "repair it; nginx -t tells the same",
            "nginx refuses its configuration: %s", line);
    }

    free(out);
    free(err);

    return false;
}

static void
look_for_module(doctor_t *doctor)
{
    nginx_directive_t directive = { 0 };

    while (nginx_conf_find(&doctor->conf, "load_module", &directive)) {
        if (directive.n > 1
            && strstr(directive.words[1], "ngx_http_gray_module") != NULL)
        {
            doctor_tell(doctor, DOCTOR_OK, "module", NULL,
                "nginx.conf loads %s", directive.words[1]);
            return;
        }
    }

    memset(&directive, 0, sizeof(directive));

    /* nginx took the directive, so the module is built in. */
    if (nginx_conf_find(&doctor->conf, "gray_store", &directive)) {
        doctor_tell(doctor, DOCTOR_OK, "module", NULL,
            "the module is built into nginx");
        return;
    }

    doctor_tell(doctor, DOCTOR_FIX, "module",
        "at the top of nginx.conf: load_module "
        "modules/ngx_http_gray_module.so;",
        "nginx.conf does not load the "
        "module");
}

static void
look_for_store(doctor_t *doctor)
{
    char ours[PATH_MAX], theirs[PATH_MAX], hint[1024];
    nginx_directive_t directive = { 0 };
    const char *store = doctor->cli->store;

    snprintf(hint, sizeof(hint), "inside http { }: gray_store %s;", store);

    if (!nginx_conf_find(&doctor->conf, "gray_store", &directive)
        || directive.n < 2)
    {
        doctor_tell(doctor, DOCTOR_FIX, "gray_store", hint,
            "nginx.conf names no store");
        return;
    }

    if (strcmp(directive.words[1], store) == 0
        || (realpath(store, ours) != NULL
            && realpath(directive.words[1], theirs) != NULL
            && strcmp(ours, theirs) == 0))
    {
        doctor_tell(doctor, DOCTOR_OK, "gray_store", NULL,
            "nginx.conf names this store");
        return;
    }

    snprintf(hint, sizeof(hint), "grayctl --store %s, or GRAY_STORE=%s",
        directive.words[1], directive.words[1]);
    doctor_tell(doctor, DOCTOR_FIX, "gray_store", hint,
        "nginx.conf names another store, %s", directive.words[1]);
}

static void
look_for_gray(doctor_t *doctor)
{
    unsigned n = 0;
    nginx_directive_t directive = { 0 };

    while (nginx_conf_find(&doctor->conf, "gray", &directive)) {
        n += directive.n > 2;
    }

    if (n > 0) {
        doctor_tell(doctor, DOCTOR_OK, "gray", NULL,
            "nginx.conf asks for a release in %u place%s", n, grayctl_s(n));
    } else {
        doctor_tell(doctor, DOCTOR_FIX, "gray",
            "in a location: gray shop stable=app_stable gray=app_gray; "
            "proxy_pass http://$gray_upstream;",
            "no location of nginx.conf asks for a release");
    }
}

void
doctor_nginx(doctor_t *doctor)
{
    const char *nginx = grayctl_option_text(doctor->cli, "nginx", 0);
    const char *file = grayctl_option_text(doctor->cli, "conf", 0);
    nginx_directive_t directive = { 0 };

    nginx = nginx ? nginx : "nginx";

    if (!look_at_program(doctor, nginx)) {
        return;
    }

    if (!read_configuration(doctor, nginx, file)) {
        *doctor->user = '\0';
        return;
    }

    look_for_module(doctor);
    look_for_store(doctor);
    look_for_gray(doctor);

    if (nginx_conf_find(&doctor->conf, "user", &directive) && directive.n > 1
        && geteuid() == 0)
    {
        memcpy(doctor->user, directive.words[1], sizeof(doctor->user));
    }
}
