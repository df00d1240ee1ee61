/* The bytes of a request and its answer, and the clock. */

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "remote_exchange.h"

/* The largest answer that is kept. */
#define ANSWER_MAX ((size_t) 256 << 20)

uint64_t
exchange_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);

    return (uint64_t) now.tv_sec * 1000 + (uint64_t) now.tv_nsec / 1000000;
}

/* --- out --------------------------------------------------------------------- */

size_t
exchange_give(char *to, size_t size, size_t n, void *data)
{
    exchange_t *exchange = data;
    const grayctl_upload_t *upload = exchange->request->upload;
    size_t head = upload->head_len, room = size * n, len;

    if ((size_t) exchange->sent < head) {
        len = head - (size_t) exchange->sent;
        len = len < room ? len : room;
        memcpy(to, upload->head + exchange->sent, len);
    } else {
        len = fread(to, 1, room, upload->file);
        if (len == 0 && ferror(upload->file)) {
            return CURL_READFUNC_ABORT;
        }
    }

    exchange->sent += (off_t) len;

    if (exchange->sent == exchange->size && exchange->request->sent != NULL) {
        exchange->request->sent();
    }

    return len;
}

int
exchange_give_again(void *data, curl_off_t offset, int origin)
{
    exchange_t *exchange = data;
    off_t head = (off_t) exchange->request->upload->head_len;
    off_t at = exchange->start + (offset > head ? offset - head : 0);

    if (origin != SEEK_SET
        || fseeko(exchange->request->upload->file, at, SEEK_SET) != 0)
    {
        return CURL_SEEKFUNC_FAIL;
    }

    exchange->sent = offset;

    return CURL_SEEKFUNC_OK;
}

/* --- in ---------------------------------------------------------------------- */

const char *
exchange_header(CURL *curl, const char *name)
{
    struct curl_header *header;

    return curl_easy_header(curl, name, 0, CURLH_HEADER, -1, &header)
                   == CURLHE_OK
               ? header->value
               : "";
}

long
exchange_status(CURL *curl)
{
    long status = 0;

    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);

    return status;
}

static bool
keep(exchange_t *exchange, const char *bytes, size_t len)
{
    char *larger;
    size_t room = exchange->received + len + 1;

    if (room > ANSWER_MAX) {
        return false;
    }

    if (room > exchange->room) {
        room = room < 4096 ? 4096 : 2 * room;
        larger = realloc(exchange->answer, room);

        if (larger == NULL) {
            return false;
        }

        exchange->answer = larger;
        exchange->room = room;
    }

    memcpy(exchange->answer + exchange->received, bytes, len);
    exchange->received += len;
    exchange->answer[exchange->received] = '\0';

    return true;
}

size_t
exchange_take(char *bytes, size_t size, size_t n, void *data)
{
    size_t len = size * n;
    exchange_t *exchange = data;
    const grayctl_request_t *request = exchange->request;

    if (request->take == NULL || exchange_status(exchange->curl) != 200
        || strncmp(exchange_header(exchange->curl, "Content-Type"),
               "text/plain", 10)
               != 0)
    {
        return keep(exchange, bytes, len) ? len : 0;
    }

    exchange->taken = true;
    exchange->refused = request->take(request->data, bytes, len) != 0;

    return exchange->refused ? 0 : len;
}

/* --- the clock --------------------------------------------------------------- */

/* Called at least once a second: ends what stands still. The server may work
 * for long on what it has got, but not while bytes are on their way. */
int
exchange_clock(void *data, curl_off_t down_total, curl_off_t down,
    curl_off_t up_total, curl_off_t up)
{
    exchange_t *exchange = data;
    uint64_t now = exchange_now_ms(), wait = exchange->wait;
    grayctl_progress_t *progress = exchange->request->progress;

    (void) down_total;
    (void) up_total;

    if (down + up != exchange->moved) {
        exchange->moved = down + up;
        exchange->since = now;
    }

    if (progress != NULL && up > 0 && exchange->size > 0) {
        (void) grayctl_progress_tell(progress, (uint64_t) up / 1024);
    }

    if ((down > 0 || up < exchange->size) && wait > WAIT_MS) {
        wait = WAIT_MS;
    }

    return now - exchange->since > wait;
}
