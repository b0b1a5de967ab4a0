/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hayward-deliver [--without-rules] STORE: Postfix's local(8) starts it as the
 * customer, with a mail on standard input and EXTENSION=LOCAL=DOMAIN[+TAG], and
 * procmail puts it where the customer's ~/.procmailrc says, or into
 * STORE/DOMAIN/LOCAL/, a Maildir.
 *
 *   local(8), root -> hayward-deliver, alice            measures, ends
 *                       (set-uid: becomes the user hayward-deliver, CAP_KILL)
 *                         `- procmail, alice            limited
 *                              `- whatever alice wants
 *
 * Rules are a program of a stranger. It may start others, let them leave their
 * session and kill what is hers; so the one who watches is nobody of hers, holds
 * the one capability to end her processes, and is their subreaper, from which none
 * gets away. When procmail has ended nothing is left; when it takes too much, all
 * of it is ended and the mail lies in the mailbox, unfiltered, rather than being
 * tried again for days. Anybody can start this program: it ends its own
 * descendants only, and all else is done as who started it.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <syslog.h>
#include <sysexits.h>
#include <unistd.h>

#include <cap-ng.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/str.h"
#include "site/names.h"
#include "tree.h"

enum {
	LONGEST = 60,		      /* seconds, of the clock */
	MOST_SECONDS = 20,	      /* of processor time */
	MOST_MEMORY = 256 << 20,      /* bytes, all processes together */
	MOST_PROCESSES = 32,	      /* of one mail */
	MOST_PROCESSES_OF_USER = 512, /* in all roles, while a bomb goes off */
	MOST_FILES = 256,
	LOOK_EVERY = 50, /* ms */
	ALL_WELL = 0,
};

struct delivery {
	const char *name; /* login */
	const char *home;
	uid_t uid;
	gid_t gid;
	const char *store;
	struct str local;
	struct str domain;
	struct str tag;
	int mail; /* descriptor of all of it */
	bool has_rules;
};

/* ---- what is asked ---- */

/* LOCAL=DOMAIN[+TAG]: the tag is what a stranger wrote behind the +. */
static int
read_extension(const char *text, struct delivery *delivery)
{
	const char *equals = text ? strchr(text, '=') : NULL;
	if (!equals)
		return -EINVAL;
	size_t length = strcspn(equals + 1, "+");
	const char *tag = equals + 1 + length;
	str_add_bytes(&delivery->local, text, (size_t)(equals - text));
	str_add_bytes(&delivery->domain, equals + 1, length);
	for (tag += *tag == '+'; *tag && delivery->tag.length < 64; tag++)
		str_add_char(&delivery->tag, strspn(tag, "abcdefghijklmnopqrstuvwxyz"
							 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
						 ? *tag
						 : '_');
	return local_part_wrong(str_text(&delivery->local)) ||
		       domain_name_wrong(str_text(&delivery->domain))
	    ? -EINVAL
	    : 0;
}

/* The pipe on standard input can be read once; the mail may be wanted twice. */
static int
keep_mail(void)
{
	char buffer[64 * 1024];
	auto_fd int fd = open("/var/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	ssize_t count;
	if (fd < 0)
		return -errno;
	while ((count = read(STDIN_FILENO, buffer, sizeof(buffer))) > 0) {
		int status = file_write_all(fd, buffer, (size_t)count);
		if (status)
			return status;
	}
	return count < 0 ? -errno : take_fd(fd);
}

/* ---- the child ---- */

static void
limit(int resource, rlim_t most)
{
	struct rlimit limit;
	if (getrlimit(resource, &limit) || limit.rlim_max < most)
		return;
	limit.rlim_cur = limit.rlim_max = most;
	if (setrlimit(resource, &limit))
		_exit(EX_TEMPFAIL);
}

/* Back to the customer for good, with nothing of the watcher's. */
static void
become_customer(const struct delivery *delivery)
{
	capng_clear(CAPNG_SELECT_BOTH);
	if (setresgid(delivery->gid, delivery->gid, delivery->gid) ||
	    setresuid(delivery->uid, delivery->uid, delivery->uid) ||
	    capng_apply(CAPNG_SELECT_CAPS))
		_exit(EX_TEMPFAIL);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_AS, MOST_MEMORY);
	limit(RLIMIT_CPU, MOST_SECONDS);
	limit(RLIMIT_NPROC, MOST_PROCESSES_OF_USER);
	limit(RLIMIT_NOFILE, MOST_FILES);
	umask(077);
	setsid();
}

static void
make_folder(const struct str *path)
{
	if (mkdir(str_text(path), 0700) && errno != EEXIST)
		_exit(EX_TEMPFAIL);
}

/* The store itself is made by root; if it is not there, a mount is missing: later, then. */
static void
make_mailbox(const struct delivery *delivery, struct str *out)
{
	str_addf(out, "%s/%s", delivery->store, str_text(&delivery->domain));
	make_folder(out);
	str_addf(out, "/%s", str_text(&delivery->local));
	make_folder(out);
}

static void
run_procmail(const struct delivery *delivery)
{
	auto_str mailbox = {0}, place = {0}, original = {0}, rules = {0};
	become_customer(delivery);
	if (chdir(delivery->home) || lseek(delivery->mail, 0, SEEK_SET) ||
	    dup2(delivery->mail, STDIN_FILENO) < 0)
		_exit(EX_TEMPFAIL);
	make_mailbox(delivery, &mailbox);
	str_addf(&place, "DEFAULT=%s/", str_text(&mailbox));
	str_addf(&original, "ORGMAIL=%s/", str_text(&mailbox));
	str_addf(&rules, "%s/.procmailrc", delivery->home);
	const char *const arguments[] = {"procmail", "-t", "-a", str_text(&delivery->tag),
	    "SHELL=/bin/sh", str_text(&place), str_text(&original),
	    delivery->has_rules ? str_text(&rules) : "/dev/null", NULL};
	const char *const environment[] = {"PATH=/usr/bin:/bin", NULL};
	/* What exec(3) does not write to it does not declare so. */
	union {
		const char *const *given;
		char **wanted;
	} list = {.given = arguments}, variables = {.given = environment};
	execve("/usr/bin/procmail", list.wanted, variables.wanted);
	_exit(EX_TEMPFAIL);
}

/* ---- the watcher ---- */

/* NULL: it may go on. */
static const char *
too_much(const struct tree_use *use, int64_t since)
{
	if (clock_boot() - since > LONGEST * 1000)
		return "they ran for longer than 60 s";
	if (use->seconds > MOST_SECONDS)
		return "they used more than 20 s of processor time";
	if (use->memory > MOST_MEMORY)
		return "they used more than 256 MiB of memory";
	if (use->processes > MOST_PROCESSES)
		return "they were more than 32 processes";
	return NULL;
}

/* Waits for the child; ret_why says for what it was ended, or is NULL. */
static int
watch(pid_t child, const char **ret_why)
{
	int64_t since = clock_boot();
	int status = 0;
	auto_fd int fd = (int)syscall(SYS_pidfd_open, child, 0);
	struct pollfd look = {.fd = fd, .events = POLLIN};
	*ret_why = fd < 0 ? "they could not be watched" : NULL;
	while (!*ret_why && poll(&look, 1, LOOK_EVERY) <= 0) {
		struct tree_use use = tree_measure();
		*ret_why = too_much(&use, since);
	}
	if (*ret_why)
		kill(child, SIGKILL);
	if (waitpid(child, &status, 0) != child)
		status = -1;
	return status;
}

/* One try. ret_why: see watch(). */
static int
try(const struct delivery *delivery, const char **ret_why)
{
	pid_t child = fork();
	if (child < 0)
		return EX_TEMPFAIL;
	if (!child)
		run_procmail(delivery);
	int status = watch(child, ret_why);
	tree_fell();
	if (!*ret_why && WIFSIGNALED(status))
		*ret_why = "they were ended by a signal";
	if (!WIFEXITED(status))
		return EX_TEMPFAIL;
	/* EXITCODE is the customer's to set, to one that means something to local(8). */
	int code = WEXITSTATUS(status);
	return code == ALL_WELL || (code >= EX__BASE && code <= EX__MAX) ? code : EX_TEMPFAIL;
}

static int
deliver(struct delivery *delivery)
{
	const char *why = NULL;
	int status = try(delivery, &why);
	if (!why || !delivery->has_rules)
		return why ? EX_TEMPFAIL : status;
	syslog(LOG_WARNING, "rules of '%s' were ended: %s; the mail goes to the mailbox",
	    delivery->name, why);
	delivery->has_rules = false;
	return deliver(delivery);
}

/* Nobody of the customer's: what she starts must not be able to end or to stop the watcher. */
static int
become_watcher(uid_t customer)
{
	uid_t own = geteuid();
	if (own == customer || !own || !customer)
		return -EPERM;
	if (setresuid(own, own, own))
		return -errno;
	capng_clear(CAPNG_SELECT_BOTH);
	if (capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_KILL) ||
	    capng_apply(CAPNG_SELECT_CAPS))
		return -EPERM;
	return tree_plant();
}

int
main(int count, char **arguments)
{
	struct delivery delivery = {.uid = getuid(), .gid = getgid(), .has_rules = true};
	const struct passwd *user = getpwuid(delivery.uid);
	openlog("hayward-deliver", LOG_PID, LOG_MAIL);
	if (count == 3 && text_equal(arguments[1], "--without-rules"))
		delivery.has_rules = false;
	else if (count != 2)
		return EX_USAGE;
	delivery.store = arguments[count - 1];
	if (!user || delivery.store[0] != '/')
		return EX_TEMPFAIL;
	delivery.name = user->pw_name;
	delivery.home = user->pw_dir;
	if (read_extension(getenv("EXTENSION"), &delivery))
		return EX_NOUSER;
	int status = become_watcher(delivery.uid);
	if (status) {
		syslog(LOG_ERR, "not installed as it should be, set-uid with CAP_KILL: %s",
		    strerror(-status));
		return EX_TEMPFAIL;
	}
	delivery.mail = keep_mail();
	return delivery.mail < 0 ? EX_TEMPFAIL : deliver(&delivery);
}
