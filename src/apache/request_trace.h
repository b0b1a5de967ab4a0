/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tells hayward's gate what a request brings to a script, for the case that the script makes a
 * mail of it: mail addresses and text by their hashes alone, see forms/trace.h. Only what has a
 * mail address in it is told, at the latest before the script can have read it all.
 *
 * The request is read along, never delayed, changed or refused: the gate is told without
 * waiting, and where it does not listen the trace is lost, and that is all.
 *
 *     HaywardRequests /run/hayward/gate/host/requests     the gate's socket; of the whole
 * server
 */
#ifndef APACHE_REQUEST_TRACE_H
#define APACHE_REQUEST_TRACE_H

#include <httpd.h>

#include <http_config.h>

const char *request_trace_set(cmd_parms *command, void *ignored, const char *path);

/* Makes the key, which lasts as long as the server's first process; for post_config. */
int request_trace_start(
    apr_pool_t *pool, apr_pool_t *log, apr_pool_t *temporary, server_rec *server);

/* For child_init: before, there is nobody who speaks. */
void request_trace_child(apr_pool_t *pool, server_rec *server);

void request_trace_register(void);

/* For the handler hook, before a script runs as that user (0: whose it is, is to be found). */
void request_trace_begin(request_rec *request, apr_uid_t owner);

#endif
