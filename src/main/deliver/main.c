/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hayward-deliver [--without-rules] STORE: Postfix's local(8) starts it as the
 * customer, with a mail on standard input and EXTENSION=LOCAL=DOMAIN[+TAG], and
 * procmail puts it where the customer's ~/.procmailrc says, or into
 * STORE/DOMAIN/LOCAL/, a Maildir; a rule for `.lists/` files into its folder lists.
 * There is no such user if that is no mailbox of the customer's.
 *
 *   local(8), root -> hayward-deliver               real and saved uid its own,
 *                       |                           effective uid alice's: watches, ends
 *                       `- procmail                 alice, limited
 *                            `- whatever alice wants
 *
 * Rules are a program of a stranger. It may start others, let them leave their
 * session and kill what is hers; so the one who watches is not hers to kill, may
 * kill what is hers, and is the subreaper of all that comes from it, from which
 * none gets away: nothing is left when it ends. (She may make it slow, see nice(2);
 * the limits of the kernel stand behind it.) What takes too much is ended, and the
 * mail lies in the mailbox, unfiltered, rather than being tried again for days.
 * Anybody can start this program: it is set-uid to a user who owns nothing, and
 * does all else as who started it.
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

#include "base/clock.h"
#include "base/file.h"
#include "base/str.h"
#include "site/mailbox_list.h"
#include "site/names.h"
#include "tree.h"

enum {
	LONGEST = 30,		      /* seconds, of the clock */
	MOST_SECONDS = 10,	      /* of processor time */
	MOST_MEMORY = 256 << 20,      /* bytes, all processes together */
	MOST_PROCESSES = 32,	      /* of one mail */
	MOST_PROCESSES_OF_USER = 256, /* in all roles, while a bomb goes off */
	MOST_FILES = 256,
	LOOK_EVERY = 50, /* ms */
	LOOK_SOON = 10,
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
		str_add_char(
		    &delivery->tag, strspn(tag, "abcdefghijklmnopqrstuvwxyz"
						"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
					? *tag
					: '_');
	return local_part_wrong(str_text(&delivery->local)) ||
		       domain_name_wrong(str_text(&delivery->domain))
		   ? -EINVAL
		   : 0;
}

/*
 * SECURITY: programs on this machine hand in mail for what address they like, also for one that
 * no alias leads to: a mailbox that nobody knows of is not made. Where no agent has written the
 * list yet all go on as before.
 */
static int
find_mailbox(const struct delivery *delivery)
{
	enum { LARGEST = 64 << 20 };
	auto_str list = {0};
	int status = file_read(AT_FDCWD, MAILBOX_LIST, LARGEST, &list);
	if (status == -ENOENT)
		return ALL_WELL;
	if (status) {
		syslog(LOG_ERR, "the list of mailboxes cannot be read: %s", strerror(-status));
		return EX_TEMPFAIL;
	}
	bool is_there = mailbox_list_has(str_text(&list), delivery->uid,
	    str_text(&delivery->local), str_text(&delivery->domain));
	return is_there ? ALL_WELL : EX_NOUSER;
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

/* Back to the customer for good. */
static void
become_customer(const struct delivery *delivery)
{
	if (setresgid(delivery->gid, delivery->gid, delivery->gid) ||
	    setresuid(delivery->uid, delivery->uid, delivery->uid))
		_exit(EX_TEMPFAIL);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_AS, MOST_MEMORY);
	/* Behind the watcher's limit, for the kernel counts whole ticks here. */
	limit(RLIMIT_CPU, 2 * MOST_SECONDS);
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
	auto_str mailbox = {0}, folders = {0}, place = {0}, original = {0}, rules = {0},
		 address = {0};
	become_customer(delivery);
	if (chdir(delivery->home) || lseek(delivery->mail, 0, SEEK_SET) ||
	    dup2(delivery->mail, STDIN_FILENO) < 0)
		_exit(EX_TEMPFAIL);
	make_mailbox(delivery, &mailbox);
	str_addf(&folders, "MAILDIR=%s", str_text(&mailbox));
	str_addf(
	    &address, "MAILBOX=%s@%s", str_text(&delivery->local), str_text(&delivery->domain));
	str_addf(&place, "DEFAULT=%s/", str_text(&mailbox));
	str_addf(&original, "ORGMAIL=%s/", str_text(&mailbox));
	str_addf(&rules, "%s/.procmailrc", delivery->home);
	const char *const arguments[] = {"procmail", "-t", "-a", str_text(&delivery->tag),
	    "SHELL=/bin/sh", str_text(&folders), str_text(&place), str_text(&original),
	    str_text(&address), delivery->has_rules ? str_text(&rules) : "/dev/null", NULL};
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
		return "they ran for longer than 30 s";
	if (use->seconds > MOST_SECONDS)
		return "they used more than 10 s of processor time";
	if (use->memory > MOST_MEMORY)
		return "they used more than 256 MiB of memory";
	if (use->processes > MOST_PROCESSES)
		return "they were more than 32 processes";
	return NULL;
}

struct outcome {
	bool has_ended;	 /* procmail itself */
	int status;	 /* then: as wait(2) has it */
	const char *why; /* for what all of it was ended; NULL: it was not */
};

/* Whether nobody of the tree is left. */
static bool
reap(pid_t child, struct outcome *outcome)
{
	pid_t ended;
	int status;
	while ((ended = waitpid(-1, &status, WNOHANG)) > 0)
		if (ended == child) {
			outcome->has_ended = true;
			outcome->status = status;
		}
	return ended < 0 && errno == ECHILD;
}

/* Procmail does not wait for a program that gets a copy: such a one has its time, too. */
static struct outcome
watch(pid_t child)
{
	struct outcome outcome = {0};
	int64_t since = clock_boot();
	auto_fd int fd = (int)syscall(SYS_pidfd_open, child, 0);
	struct pollfd look = {.fd = fd, .events = POLLIN};
	while (!outcome.why && !reap(child, &outcome)) {
		bool is_awaited = fd >= 0 && !outcome.has_ended;
		poll(&look, is_awaited ? 1 : 0, is_awaited ? LOOK_EVERY : LOOK_SOON);
		struct tree_use use = tree_measure();
		outcome.why = too_much(&use, since);
	}
	return outcome;
}

/* One try. ret_why: why the rules did not come to an end of their own, or NULL. */
static int
try(const struct delivery *delivery, const char **ret_why)
{
	pid_t child = fork();
	if (child < 0)
		return EX_TEMPFAIL;
	if (!child)
		run_procmail(delivery);
	struct outcome outcome = watch(child);
	if (!tree_fell())
		syslog(LOG_ERR, "some of what '%s' started cannot be ended", delivery->name);
	*ret_why = outcome.has_ended ? NULL : outcome.why;
	if (outcome.has_ended && WIFSIGNALED(outcome.status))
		*ret_why = "they were ended by a signal";
	if (!outcome.has_ended || !WIFEXITED(outcome.status))
		return EX_TEMPFAIL;
	if (outcome.why)
		syslog(LOG_WARNING, "what the rules of '%s' left running was ended: %s",
		    delivery->name, outcome.why);
	/* EXITCODE is the customer's to set, to one that means something to local(8). */
	int code = WEXITSTATUS(outcome.status);
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

/*
 * kill(2) looks at the real and the saved uid of whom it is for: those are its own,
 * so what the customer starts cannot end or stop it. Of whom kills it looks at the
 * effective one: that stays the customer's, so it can end hers, and become her again.
 */
static int
become_watcher(uid_t customer)
{
	uid_t own = geteuid();
	if (own == customer || !own || !customer)
		return -EPERM;
	if (setresuid(own, customer, own))
		return -errno;
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
	int found = find_mailbox(&delivery);
	if (found != ALL_WELL)
		return found;
	delivery.mail = keep_mail();
	int status = delivery.mail < 0 ? delivery.mail : become_watcher(delivery.uid);
	if (status == -EPERM) {
		syslog(LOG_ERR,
		    "not installed as it should be, set-uid to a user of its own: %s",
		    strerror(-status));
		return EX_TEMPFAIL;
	}
	return status ? EX_TEMPFAIL : deliver(&delivery);
}
