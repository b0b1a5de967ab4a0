/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which names customers may have. Names stand in the configuration of a dozen
 * daemons, in paths and in commands, so only what is harmless in all of them is
 * let in, and the answer says why not. Each gives NULL if the name is good, else
 * the reason, a constant text.
 */
#ifndef SITE_NAMES_H
#define SITE_NAMES_H

#include "base/attributes.h"

enum { LONGEST_ACCOUNT = 31, LONGEST_DOMAIN = 253, LONGEST_LABEL = 63, LONGEST_LOCAL = 64 };

/* a-z, 0-9, - and _ within; no name that Debian's packages or hayward use themselves. */
const char *account_name_wrong(const char *name) must_use;

/* In lower case ASCII, two labels at least (RFC 1035, 1123; IDNs as xn--). */
const char *domain_name_wrong(const char *name) must_use;

/* One label or more: a host's name. */
const char *host_name_wrong(const char *name) must_use;

/* The part before the @: a-z, 0-9, . - _ within; no + (it begins an extension). */
const char *local_part_wrong(const char *name) must_use;

/* What may stand behind ACCOUNT_ in names of databases and further logins. */
const char *suffix_wrong(const char *name) must_use;

/* ACCOUNT_SUFFIX or ACCOUNT, of whatever account: a database's or a further login's whole name.
 */
const char *whole_name_wrong(const char *name) must_use;

/* Relative, no "." or ".." or empty step, no control character, quote or backslash. */
const char *folder_wrong(const char *path) must_use;

/* A mail address outside, for notices. */
const char *contact_wrong(const char *address) must_use;

#endif
