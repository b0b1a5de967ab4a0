/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What passes of mails are sealed with, between the gates of a site (gates/mail_pass.h). The
 * host's gate has it in its state directory; roles on machines of their own are told it in
 * their view.
 *
 * SECURITY: it goes nowhere else, no log, no plan and no command line: who has it sends mail in
 * anybody's name.
 */
#ifndef SITE_PASS_KEY_H
#define SITE_PASS_KEY_H

#include "base/attributes.h"
#include "model/gate_sockets.h"
#include "site/paths.h"

/* Adds it as hexadecimal digits. As root; it is made by chance if there is none, for a site may
 * be brought up before haywardd runs. 0 or -errno, and then ret_why says where. */
int pass_key_tell(
    const struct site_paths *paths, struct str *out, struct str *ret_why) must_use;

/* 0 or -EINVAL: those digits are no key. */
int pass_key_read(const char *digits, unsigned char ret_key[GATE_KEY_SIZE]) must_use;

#endif
