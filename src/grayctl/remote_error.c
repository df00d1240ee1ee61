/* What can go wrong between grayctl and grayd, in words with a remedy. */

#include <curl/curl.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "remote.h"

/* --- on the way -------------------------------------------------------------- */

/* What a change that was sent may have come to. */
static void
add_doubt(const grayctl_answer_t *answer, gray_error_t *error)
{
    if (answer->changes) {
        gray_error_hint(error,
            "the change may have been made all the same: look before you try "
            "again (grayctl log)");
    }
}

static void
not_connected(const grayctl_answer_t *answer, gray_error_t *error)
{
    bool local = strncmp(answer->server, "unix:", 5) == 0;

    gray_error_set(error,
        answer->system == EACCES ? GRAY_EPERMISSION : GRAY_ESYSTEM,
        "no grayd can be reached at %s: %s", answer->server,
        answer->system != 0 ? strerror(answer->system) : answer->why);

    if (answer->system == EACCES) {
        gray_error_hint(error,
            "the socket is for its group: join it, or ask by TCP with a "
            "token");
    } else if (local) {
        gray_error_hint(error,
            "is it running? systemctl status grayd; --socket says where it "
            "listens");
    } else {
        gray_error_hint(error,
            "is it running, and does it listen there? grayd --listen "
            "ADDRESS:PORT");
    }
}

static void
not_trusted(const grayctl_answer_t *answer, gray_error_t *error)
{
    gray_error_set(error, GRAY_ESYSTEM,
        "the certificate of %s is not trusted: %s", answer->server,
        answer->why);
    gray_error_hint(error,
        "name the authority that signed it: --ca FILE, or $GRAY_CA; the name "
        "in the address must be the certificate's");
}

static void
too_late(const grayctl_answer_t *answer, gray_error_t *error)
{
    if (!answer->connected) {
        gray_error_set(error, GRAY_ETIMEOUT,
            "no connection with %s comes about within %u seconds",
            answer->server,
            answer->waited < CONNECT_S ? answer->waited : CONNECT_S);
        gray_error_hint(
            error, "is the address right, and does a firewall let it pass?");
        return;
    }

    gray_error_set(error, GRAY_ETIMEOUT,
        "%s has not answered within %u seconds", answer->server,
        answer->waited);

    if (answer->changes) {
        add_doubt(answer, error);
    } else {
        gray_error_hint(error, "give it more time with --wait 2m");
    }
}

void
grayctl_transport_error(
    int code, const grayctl_answer_t *answer, gray_error_t *error)
{
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        gray_error_set(error, GRAY_ESYSTEM, "%s: no such host: %s",
            answer->server, answer->why);
        gray_error_hint(error, "look at the name in --server or $GRAY_SERVER");
        break;

    case CURLE_COULDNT_CONNECT:
        not_connected(answer, error);
        break;

    case CURLE_PEER_FAILED_VERIFICATION:
        not_trusted(answer, error);
        break;

    case CURLE_SSL_CACERT_BADFILE:
        gray_error_set(error, GRAY_ESYSTEM,
            "%s: the certificates that are trusted cannot be read: %s",
            answer->server, answer->why);
        gray_error_hint(error,
            "name a file of certificates in PEM with --ca, or install "
            "ca-certificates");
        break;

    case CURLE_SSL_CONNECT_ERROR:
        gray_error_set(error, GRAY_ESYSTEM, "no TLS with %s: %s",
            answer->server, answer->why);
        gray_error_hint(
            error, "if it speaks no TLS there, the address begins with http:");
        break;

    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_ABORTED_BY_CALLBACK:
        too_late(answer, error);
        break;

    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
        gray_error_set(error, GRAY_EINVALID, "--server: '%s': %s",
            answer->server, answer->why);
        break;

    default:
        gray_error_set(error, GRAY_ESYSTEM,
            "the connection to %s broke off: %s", answer->server, answer->why);
        add_doubt(answer, error);
    }
}

/* --- answers that are none --------------------------------------------------- */

static bool
asks_for_password(const grayctl_answer_t *answer)
{
    return strncasecmp(answer->challenge, "Basic", 5) == 0;
}

/* 401, of grayd or of what stands before it. */
static void
not_known(const grayctl_answer_t *answer, gray_error_t *error)
{
    if (asks_for_password(answer)) {
        gray_error_set(error, GRAY_EPERMISSION,
            "%s wants a name and a password, and takes none that it was given",
            answer->server);
        gray_error_hint(error, "give them as $GRAY_USER and $GRAY_PASSWORD");

    } else if (answer->has_token) {
        gray_error_set(error, GRAY_EPERMISSION,
            "%s does not know the token that it was given", answer->server);
        gray_error_hint(error,
            "its hash must stand in grayd's token file: grayd --new-token NAME "
            "SCOPES");

    } else {
        gray_error_set(
            error, GRAY_EPERMISSION, "%s needs a token", answer->server);
        gray_error_hint(error, "give it as $GRAY_TOKEN, or --token-file FILE");
    }
}

static void
no_grayd(const grayctl_answer_t *answer, gray_error_t *error)
{
    gray_error_set(error, GRAY_ESYSTEM,
        "what answers at %s is no grayd: status %ld, %s", answer->server,
        answer->status, *answer->type ? answer->type : "no type");
    gray_error_hint(
        error, "look at the address; grayd's /healthz answers \"ok\"");
}

void
grayctl_status_error(const grayctl_answer_t *answer, gray_error_t *error)
{
    switch (answer->status) {
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
        gray_error_set(error, GRAY_EINVALID, "%s leads to another address: %s",
            answer->server, answer->location);
        gray_error_hint(error, "give that one as --server");
        break;

    case 401:
        not_known(answer, error);
        break;

    case 403:
        gray_error_set(
            error, GRAY_EPERMISSION, "%s refuses this", answer->server);
        gray_error_hint(error, "what stands before grayd does not let it pass");
        break;

    case 413:
        gray_error_set(error, GRAY_EINVALID, "%s does not take so much at once",
            answer->server);
        gray_error_hint(error, "what stands before grayd refuses it; in nginx: "
                               "client_max_body_size 2g;");
        break;

    case 502:
    case 503:
    case 504:
        gray_error_set(error,
            answer->status == 504 ? GRAY_ETIMEOUT : GRAY_ESYSTEM,
            "what stands before grayd at %s has no answer of it: status %ld",
            answer->server, answer->status);
        if (answer->status == 504 && answer->changes) {
            add_doubt(answer, error);
        } else {
            gray_error_hint(error, "is grayd running? systemctl status grayd");
        }
        break;

    default:
        no_grayd(answer, error);
    }
}
