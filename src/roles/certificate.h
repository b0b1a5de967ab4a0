/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates for names, of hosts and of domains: /etc/hayward/tls/NAME.pem and
 * NAME.key, which daemons name in their configuration and which are always there.
 * A pair that somebody lays into /etc/hayward/tls/given is taken over at the next
 * call; an ACME client does just that. Without one the name signs itself.
 */
#ifndef ROLES_CERTIFICATE_H
#define ROLES_CERTIFICATE_H

#include <stdint.h>

#include "base/str.h"

#define CERTIFICATE_FOLDER "/etc/hayward/tls"

/* REPLACED: whoever has read the former one must be told to read again. */
enum certificate_outcome { CERTIFICATE_KEPT, CERTIFICATE_MADE, CERTIFICATE_REPLACED };

/*
 * Sees to it that a pair that belongs together is there for the name. Gives an
 * outcome; ret_wrong gets words, a line, if a given pair cannot be used, and the
 * one in use stays. -errno: there is no pair, and ret_wrong says why.
 */
int certificate_ensure(const char *name, struct str *ret_wrong) must_use;

/* The same in a folder other than /etc/hayward/tls, at a time (wall ms). */
int certificate_ensure_in(
    int folder, const char *name, int64_t now, struct str *ret_wrong) must_use;

#endif
