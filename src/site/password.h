/* SPDX-License-Identifier: Apache-2.0 */
/* Passwords as the book keeps them: never as they were said. */
#ifndef SITE_PASSWORD_H
#define SITE_PASSWORD_H

#include <stdbool.h>

#include "base/str.h"

enum { SHORTEST_PASSWORD = 10, LONGEST_PASSWORD = 128, CHOSEN_PASSWORD = 16 };

/* One that nobody guesses: 16 letters and digits without look-alikes, 93 bits. 0 or -errno. */
int password_choose(struct str *out) must_use;

/* NULL: it will do; else why not. */
const char *password_wrong(const char *password, const char *account) must_use;

/* crypt(5) with the system's best method (yescrypt on Debian 12). 0 or -errno. */
int password_crypt(const char *password, struct str *out) must_use;

/* Whether the text has the form of crypt(5) and may stand in every daemon's lists. */
bool password_is_crypted(const char *text) must_use;

/*
 * That somebody knows a password is shown without its being told: who keeps it gives
 * its setting (method and salt), who says to know it makes the proof, and the two are
 * compared where it is kept. 0 or -errno.
 */
int password_setting(const char *crypted, struct str *out) must_use;
int password_prove(const char *password, const char *setting, struct str *out) must_use;
bool password_is_proof(const char *crypted, const char *proof) must_use;

/* mysql_native_password: * and SHA1(SHA1(password)) in hexadecimal. */
void password_mysql(const char *password, struct str *out);

#endif
