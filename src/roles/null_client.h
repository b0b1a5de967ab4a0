/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Postfix of a server on which customers' programs run and which gets no mail:
 * sendmail(1) takes it, notes who sent it ("from userid N", the kernel's word),
 * and everything goes to the mail server. Nobody listens on port 25.
 */
#ifndef ROLES_NULL_CLIENT_H
#define ROLES_NULL_CLIENT_H

#include "roles/output.h"
#include "site/view.h"

/*
 * For the role of the view. Who is not open sends nothing. Needs the package
 * postfix; and of the port rules that only postfix's own uid reaches port 25 of
 * the mail server, which believes this machine.
 */
void null_client_render(const struct view *view, struct output *output);

/* What has Postfix of the role ask hayward about the mails that programs hand in, for main.cf. */
void postfix_gate(const struct site *site, enum role role, struct str *out);

#endif
