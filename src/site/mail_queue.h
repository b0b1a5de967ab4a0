/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mails that wait in the queue of this machine's Postfix, and what staff have done with one: it
 * is kept back, let go, or thrown away. Only what is held can be thrown away: nothing else is
 * anybody's but its sender's.
 */
#ifndef SITE_MAIL_QUEUE_H
#define SITE_MAIL_QUEUE_H

#include "base/attributes.h"
#include "base/str.h"

enum mail_order { MAIL_HOLD, MAIL_RELEASE, MAIL_REJECT, MAIL_ORDER_COUNT };

/* "hold", "release", "reject"; -1: none of them. */
const char *mail_order_name(enum mail_order order);
int mail_order_find(const char *name);

/*
 * 0; -ENOENT: there is no such mail, or it is not held; -EINVAL: that is no queue id; -ENODEV:
 * no Postfix is here; else -errno. In words in why.
 */
int mail_queue_order(enum mail_order order, const char *queue_id, struct str *why) must_use;

/*
 * Adds what waits there, in lines as site/queue_lines.h has them, with what could be read in
 * time. 0; -ENODEV: no Postfix is here; else -errno.
 */
int mail_queue_read(struct str *out) must_use;

#endif
