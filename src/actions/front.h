/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The front: what the web server answers to visitors of what is closed, an
 * account's sites or one script: 503, and a page that blames nobody. Desired
 * state: a durable list of who closed what, rendered whole into one file of the
 * web server's configuration (Debian's Apache), tested, and read by it at a
 * graceful reload. TLS, other sites, and files beside a closed script go on.
 *
 * Opcode caches of PHP-FPM go on running a script that nobody can read any
 * more, so the pools that may have it are reloaded too.
 */
#ifndef ACTIONS_FRONT_H
#define ACTIONS_FRONT_H

#include "actions/closed.h"
#include "actions/tools.h"

struct front;

/* Takes up what a former run closed. tools is borrowed. Never NULL. */
struct front *front_new(const struct tools *tools) must_use;
void front_free(struct front *front);

/*
 * Closes all sites of the account, or one script: path as the kernel tells it,
 * absolute, its owner's bytes. Idempotent; one action may close several. text
 * says what was done, or why not. 0; -ENOTSUP: there is no web server of a
 * known layout; -EINVAL: its configuration has a mistake, so that it was not
 * reloaded (the file is there and will be heeded by then); else -errno.
 */
int front_close_account(struct front *front, uint64_t action, const struct account *account,
    struct str *text) must_use;
int front_close_script(struct front *front, uint64_t action, const struct account *account,
    const char *path, struct str *text) must_use;

/*
 * As front_close_script(), within a minute and together with others: for copies,
 * which their owner can make by the hundred, where each reload is felt by all.
 */
int front_close_later(struct front *front, uint64_t action, const struct account *account,
    const char *path) must_use;

/* Takes back all that the action closed; what others closed stays. 0 or -errno. */
int front_open(struct front *front, uint64_t action, struct str *text) must_use;

/*
 * Where the web server is one of a site's roles, somebody else tells it: the whole list
 * goes to tell whenever it may be another, of which scripts alone count. A list that
 * was lost is not told.
 */
typedef void front_tell(void *context, const struct closed_list *list);
void front_set_site(struct front *front, front_tell *tell, void *context);

/* Tells it now, if this host has a site. */
void front_tell_site(const struct front *front);

/* Whether scripts can be closed: by a web server here, or by a site's. */
bool front_closes_scripts(const struct front *front);

/* Whether there is a web server of a known layout on this host. */
bool front_is_here(const struct front *front);

/* Writes the file again if somebody changed it; gives when to call again, boot ms. */
int64_t front_tick(struct front *front, int64_t now);

#endif
