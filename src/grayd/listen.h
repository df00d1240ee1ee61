/*
 * The sockets to listen on: those systemd passes (socket activation,
 * sd_listen_fds(3)), else those of the configuration.
 */

#ifndef GRAYD_LISTEN_H
#define GRAYD_LISTEN_H

#include "config.h"
#include "http.h"

/* Fills `listeners`, returns how many; -1 and *error. A unix socket gets mode
 * 0660 and `gid` ((gid_t) -1: as it comes); one that nobody listens on any more
 * is replaced. */
int grayd_listen(const grayd_config_t *config, gid_t gid,
    grayd_listener_t listeners[GRAYD_LISTENERS_MAX], gray_error_t *error);

#endif
