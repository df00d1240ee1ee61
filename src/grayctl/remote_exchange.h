/*
 * One try of one request, between grayctl_send and libcurl: remote.c goes
 * through it, remote_setup.c says what is asked, remote_bytes.c moves the
 * bytes and looks at the clock.
 */

#ifndef GRAYCTL_REMOTE_EXCHANGE_H
#define GRAYCTL_REMOTE_EXCHANGE_H

#include <curl/curl.h>
#include "remote.h"

/* How long nothing may move: a server that answers, and one that works on
 * what may take long. */
#define WAIT_MS (30 * 1000)
#define LASTING_MS (3600 * 1000)
#define HURRY_MS 1000

struct grayctl_remote_s {
    grayctl_address_t address;
    CURL *curl;
    char why[CURL_ERROR_SIZE];
    json_t *problem; /* that was answered last; NULL: none              */
};

typedef struct {
    grayctl_t *cli;
    const grayctl_request_t *request;
    CURL *curl;
    struct curl_slist *headers;
    char method[8];
    const char *text; /* the body, when it is text                     */
    size_t len;
    off_t start; /* where an upload's file begins                      */
    off_t size;  /* of the upload                                      */
    off_t sent;
    curl_off_t moved; /* bytes, when the clock was last set             */
    uint64_t since;   /* milliseconds of the monotonic clock           */
    uint64_t wait;    /* how long nothing may move                     */
    bool taken;       /* the answer goes to request->take              */
    bool refused;     /* … which did not want it                       */
    char *answer;     /* NULL: none                                    */
    size_t room;
    size_t received;
} exchange_t;

/* --- remote_setup.c -------------------------------------------------------- */

/* Tells libcurl all of it. -1: cli->error. */
int exchange_set_up(exchange_t *exchange);

/* Whether it is more than looking. */
bool exchange_changes(const exchange_t *exchange);

/* --- remote_bytes.c -------------------------------------------------------- */

uint64_t exchange_now_ms(void);

/* Of the answer; "" when there is none. */
const char *exchange_header(CURL *curl, const char *name);
long exchange_status(CURL *curl);

/* libcurl's callbacks; `data` is the exchange_t. */
size_t exchange_give(char *to, size_t size, size_t n, void *data);
int exchange_give_again(void *data, curl_off_t offset, int origin);
size_t exchange_take(char *bytes, size_t size, size_t n, void *data);
int exchange_clock(void *data, curl_off_t down_total, curl_off_t down,
    curl_off_t up_total, curl_off_t up);

#endif
