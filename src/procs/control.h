/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may ask what, decided before anything reaches the engine or the keeper.
 * The rest of control (its process) needs no header: see roles.h.
 */
#ifndef PROCS_CONTROL_H
#define PROCS_CONTROL_H

#include <stdbool.h>

#include "base/str.h"
#include "model/account.h"
#include "model/request.h"
#include "procs/clients.h"

/* Who belongs to the staff besides root: members of this group, if there is one. */
struct staff_group {
	bool known;
	gid_t gid;
};

/*
 * The group of that name in /etc/group. Not through NSS: control may not talk
 * to a directory server, and who is a member the kernel tells at connect().
 */
struct staff_group staff_group_find(const char *name);

/* The user that hayward-reply runs as: one of /etc/passwd, and not root. 0: there is none. */
uid_t receiver_find(void);

/* Who the peer is to us: staff or not, and whose uid (own or subordinate) that is. */
struct asker asker_of(const struct client_peer *peer, const struct staff_group *staff,
    const struct accounts *accounts);

/*
 * Whether the request may go on. An owner's question about an account is made
 * one about his own: given without a name it is, another's is refused.
 * -EACCES: ret_why says so, in words.
 */
int request_authorise(struct request *request, struct str *ret_why) must_use;

#endif
