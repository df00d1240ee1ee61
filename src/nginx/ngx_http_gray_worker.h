/*
 * What one worker process holds: the store, the shared files, and what it
 * learnt of the releases that nginx.conf names.
 *
 * Made in init_process, so never before a fork. A worker that has no store,
 * no switches or no counters serves on; it looks again once a second.
 */

#ifndef NGX_HTTP_GRAY_WORKER_H
#define NGX_HTTP_GRAY_WORKER_H

#include "ngx_http_gray_answers.h"
#include "ngx_http_gray_conf.h"
#include "core/decide.h"
#include "segment/counters.h"
#include "segment/switches.h"
#include "store/siphash.h"
#include "store/store.h"

typedef struct ngx_http_gray_loaded_s ngx_http_gray_loaded_t;
typedef struct ngx_http_gray_keys_s ngx_http_gray_keys_t;

/* A worker's view of one release that nginx.conf names. */
typedef struct {
    ngx_http_gray_loaded_t *loaded; /* NULL: none, `cause` says why          */
    gray_cause_t cause;
    ngx_uint_t epoch; /* with `txn`: the snapshot that was looked at         */
    uint64_t txn; /* … LMDB's id of it                                   */
    uint64_t revision; /* … and the store's revision in it                    */
    uint64_t refused; /* the release's revision that was damaged; 0: none    */
    gray_switch_cursor_t cursor;
    int slot; /* in the counters; -1: none                                   */
    int *slots; /* of the release's variants                                  */
    unsigned missing_logged : 1;
    unsigned rules_logged : 1; /* some of them have no room to be counted     */
    unsigned unreadable : 1; /* its record is damaged, and that was logged    */
} ngx_http_gray_view_t;

/* How one `gray` directive maps a loaded release's variants: kept until
 * another is loaded. */
typedef struct {
    ngx_uint_t number;         /* of the loaded release; 0: none            */
    unsigned default_plus_one; /* for gray_host_t                         */
    int8_t targets[GRAY_VARIANTS_MAX]; /* -1: no target                   */
    unsigned early_logged : 1;
    unsigned no_target_logged : 1;
    unsigned default_logged : 1;
} ngx_http_gray_map_t;

struct ngx_http_gray_worker_s {
    /* nginx's debug log takes an event's data for a connection and prints its
     * fd, which follows three pointers */
    void *unused[3];
    ngx_socket_t fd;

    ngx_http_gray_main_conf_t *conf;
    ngx_cycle_t *cycle;
    ngx_log_t *log;

    gray_store_t *store; /* NULL: `error` says why                          */
    int error;           /* gray_store_error_t                              */
    ngx_uint_t epoch;    /* counts the openings                             */
    time_t checked;      /* when the store was last compared with its folder */
    uint64_t txn;        /* the newest snapshot seen …                      */
    uint64_t revision;   /* … and its revision                              */
    gray_txn_t *reading; /* only within one decision                        */
    ngx_http_gray_answers_t *answers; /* of the lists; NULL: none are kept  */
    uint32_t generations;             /* the last one given to a list       */
    gray_siphash_key_t key; /* of identities: the store's, or random        */
    ngx_uint_t key_epoch;   /* when it was read from the store                */
    ngx_uint_t moved;       /* the snapshot changed within the decision       */
    ngx_uint_t indexed;     /* an index was asked by the decision             */
    ngx_uint_t exact;       /* none is to be: it is made again                */
    unsigned keyed : 1;     /* it is the store's, and that of its indexes     */
    unsigned read_failed : 1;   /* and that was logged                      */
    unsigned lookup_failed : 1; /* and that was logged                      */

    ngx_str_t switches_path;
    ngx_str_t counters_path;
    gray_switches_t *switches;
    gray_counters_t *counters;
    ngx_uint_t stripe;
    int slot; /* in the counters; -1: none                       */
    ngx_connection_t *watch; /* inotify on the switches; NULL: none         */
    ngx_connection_t *pulse; /* a timerfd; NULL: heartbeat is a timer       */
    ngx_event_t heartbeat;
    unsigned shared_logged : 1;

    ngx_http_gray_keys_t *keys; /* of overrides; NULL: not wanted yet       */
    ngx_uint_t numbers; /* the last number given to a loaded release        */
    ngx_http_gray_view_t *views; /* by the release's index                  */
    ngx_http_gray_map_t *maps;   /* by the route's index                    */
};

ngx_int_t ngx_http_gray_worker_init(
    ngx_cycle_t *cycle, ngx_http_gray_main_conf_t *gmcf);
void ngx_http_gray_worker_exit(ngx_http_gray_worker_t *worker);

/* Opens a store that was not there, or that took the folder's place. Never
 * within a transaction. */
ngx_http_gray_rare void ngx_http_gray_worker_look(
    ngx_http_gray_worker_t *worker);

/* The same, once a second: when first called in it. */
static inline void
ngx_http_gray_worker_check(ngx_http_gray_worker_t *worker)
{
    if (worker->checked != ngx_time()) {
        ngx_http_gray_worker_look(worker);
    }
}

#endif
