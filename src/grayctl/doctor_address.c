/* Can a client choose its own address, and so its own variant? */

#include <stdlib.h>
#include <string.h>

#include "doctor.h"

/* Headers that proxies set, and that anybody can send. */
static const char *const claimed[] = { "$http_x_forwarded_for",
    "$http_x_real_ip", "$proxy_add_x_forwarded_for", "$http_cf_connecting_ip",
    "$http_true_client_ip", "$http_forwarded" };

static const char *
claimed_variable(const nginx_directive_t *directive)
{
    unsigned i;
    size_t k;

    for (i = 2; i < directive->n; i++) {
        for (k = 0; k < sizeof(claimed) / sizeof(claimed[0]); k++) {
            if (strcasecmp(directive->words[i], claimed[k]) == 0) {
                return claimed[k];
            }
        }
    }

    return NULL;
}

/* A gray_attribute that believes a header. Returns whether there was one. */
static bool
look_at_attributes(doctor_t *doctor)
{
    bool found = false;
    const char *variable;
    nginx_directive_t directive = { 0 };

    while (nginx_conf_find(&doctor->conf, "gray_attribute", &directive)) {
        variable = claimed_variable(&directive);

        if (variable != NULL) {
            found = true;
            doctor_tell(doctor, DOCTOR_FIX, "address",
                "set_real_ip_from PROXY; real_ip_header X-Forwarded-For; "
                "real_ip_recursive on; and use $remote_addr",
                "attribute %s believes %s, which any client can send",
                directive.words[1], variable);
        }
    }

    return found;
}

static bool
has_directive(
    const doctor_t *doctor, const char *name, nginx_directive_t *directive)
{
    memset(directive, 0, sizeof(*directive));

    return nginx_conf_find(&doctor->conf, name, directive) && directive->n > 1;
}

static bool
trusts_everybody(const doctor_t *doctor)
{
    nginx_directive_t directive = { 0 };

    while (nginx_conf_find(&doctor->conf, "set_real_ip_from", &directive)) {
        if (directive.n > 1
            && (strcmp(directive.words[1], "0.0.0.0/0") == 0
                || strcmp(directive.words[1], "::/0") == 0))
        {
            return true;
        }
    }

    return false;
}

void
doctor_address(doctor_t *doctor)
{
    bool from, header, recursive, chain = false;
    nginx_directive_t directive;

    if (doctor->conf.text == NULL) {
        return;
    }

    from = has_directive(doctor, "set_real_ip_from", &directive);
    recursive = has_directive(doctor, "real_ip_recursive", &directive)
                && strcmp(directive.words[1], "on") == 0;
    header = has_directive(doctor, "real_ip_header", &directive);

    if (header) {
        chain = strcasecmp(directive.words[1], "X-Forwarded-For") == 0;
    }

    if (look_at_attributes(doctor)) {
        return;
    }

    if (trusts_everybody(doctor)) {
        doctor_tell(doctor, DOCTOR_FIX, "address",
            "name only your proxies: set_real_ip_from 10.0.0.5;",
            "set_real_ip_from trusts every address: any client can choose "
            "its own");

    } else if (header && !from) {
        doctor_tell(doctor, DOCTOR_FIX, "address",
            "name your proxies: set_real_ip_from 10.0.0.5;",
            "real_ip_header stands without set_real_ip_from: nginx believes "
            "no header");

    } else if (chain && !recursive) {
        doctor_tell(doctor, DOCTOR_FIX, "address", "real_ip_recursive on;",
            "behind two proxies the client's address is not found");

    } else {
        doctor_tell(doctor, DOCTOR_OK, "address", NULL,
            from ? "the client's address comes from the proxies named"
                 : "the client's address is that of its connection");
    }
}
