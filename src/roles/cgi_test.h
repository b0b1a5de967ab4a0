/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tries a script of a customer as the web server would run it (V9), and tells what
 * a browser does not show: what it wrote to its errors, how it ended, and what it
 * took. Programs go through Apache's own suexec, as its user and with the limits of
 * the account's site; PHP goes to the account's own pool.
 *
 * SECURITY: called as root. The script is found beneath the home through no link;
 * what it says is kept, bounded, and escaped, and nothing is decided by it.
 */
#ifndef ROLES_CGI_TEST_H
#define ROLES_CGI_TEST_H

#include <stdint.h>
#include <sys/types.h>

#include "base/str.h"

/* What a run gave, by whichever way. */
struct cgi_outcome {
	struct str output; /* headers and body, as the script wrote them */
	struct str errors;
	int status; /* as waitpid(2) has it; 0 for PHP */
	int64_t wall_us;
	int64_t cpu_us;	    /* -1: not known */
	int64_t memory_kib; /* the most it had at one time; -1: not known */
	bool is_late;	    /* it was ended */
};

/* Where a script lies, and what the account's site says about it. */
struct cgi_place {
	const char *account;
	uid_t uid;
	int folder;	    /* of the script, open */
	const char *name;   /* in it */
	const char *path;   /* absolute */
	const char *script; /* as the visitor names it: /cgi-bin/x.cgi */
	struct str root;    /* of its site */
	struct str server;  /* name of its site */
	struct str socket;  /* of the account's pool */
	int64_t cpu_s, memory, processes;
};

/*
 * Tries the script, PATH relative to the home (public_html/cgi-bin/x.cgi) or
 * absolute, and adds what is to be told to out. 0; -EINVAL: it cannot be tried, out
 * says why; else -errno.
 */
int cgi_test(
    const char *account, const char *path, const char *query, struct str *out) must_use;

/* The parts. What the rendered file of the account's sites says; -ENOENT: nothing of that path.
 */
int cgi_place_read(struct cgi_place *place) must_use;
int cgi_run_program(
    const struct cgi_place *place, const char *query, struct cgi_outcome *ret_outcome) must_use;
int cgi_run_php(
    const struct cgi_place *place, const char *query, struct cgi_outcome *ret_outcome) must_use;

/* For what the script wrote: headers, then the body. */
void cgi_tell(const struct cgi_outcome *outcome, struct str *out);

/* Why suexec did not run it, by its exit status; NULL: it did. */
const char *cgi_suexec_words(int exit_status);

/* Calls add for each variable that a CGI script gets, of CGI/1.1 (RFC 3875, 4.1). */
void cgi_for_each_variable(const struct cgi_place *place, const char *query,
    void (*add)(void *context, const char *name, const char *value), void *context);

enum { CGI_LONGEST_MS = 60000, CGI_LARGEST = 1 << 20 };

#endif
