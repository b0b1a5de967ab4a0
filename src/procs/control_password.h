/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Passwords that people say to control: judged, hashed, and forgotten. Of the one that
 * is in force whoever keeps it tells method and salt, so that not even the steward
 * hears it.
 */
#ifndef PROCS_CONTROL_PASSWORD_H
#define PROCS_CONTROL_PASSWORD_H

#include "base/str.h"
#include "model/request.h"

struct password_desk;

struct password_desk *password_desk_new(void) must_use;
void password_desk_free(struct password_desk *desk);

/*
 * Takes the passwords of a request in hand. 0: it may go on, hashed; -EINPROGRESS: it is
 * kept until its salt comes; -EINVAL: it will not do, ret_why says why. now: boot ms.
 */
int password_desk_take(struct password_desk *desk, struct request *request, int64_t now,
    struct str *ret_why) must_use;

/* The salt of that ticket's account, "": it has no password. Whether such a request waited;
 * then it may go on. */
bool password_desk_prove(struct password_desk *desk, uint64_t ticket, const char *salt,
    struct request *ret_request) must_use;

#endif
