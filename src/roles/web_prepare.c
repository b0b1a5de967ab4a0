/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the configuration of the web role speaks of: a certificate for each name,
 * and in each home the folders of the sites.
 *
 * SECURITY: homes are their owners', who may put a link wherever a folder is
 * expected. So what is made within one is made with its owner's rights only, who
 * can neither signal nor trace this process, for its real uid stays ours. The
 * home itself lies in a folder of root's; it is opened once, through no link.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "roles/apply_daemon.h"
#include "roles/certificate.h"
#include "roles/certificate_seen.h"
#include "roles/homes.h"
#include "roles/safe.h"
#include "roles/web.h"

enum { HOME_MODE = 0710, FOLDER_MODE = 0755 };

static const char renewed[] = "/run/hayward-web-renewed";
static const char looked_at[] = "/run/hayward-web-certificates";

struct preparing {
	const struct view *view;
	int homes;
	struct certificate_seen *seen;
	int status; /* the first that went wrong */
	struct str *wrong;
};

static void
note(struct preparing *preparing, int status)
{
	preparing->status = preparing->status ? preparing->status : status;
}

static void
say(struct preparing *preparing, const struct book_account *account, const char *what,
    int status)
{
	str_addf(preparing->wrong, "account '%s': %s%s%s\n", account->name, what,
	    status ? ": " : "", status ? strerror(-status) : "");
	note(preparing, status ? status : -EINVAL);
}

/* ---- certificates ---- */

/* Written down, for this process may end before the servers are told. */
static void
note_renewal(struct preparing *preparing)
{
	auto_fd int fd = open(renewed, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		note(preparing, -errno);
}

static void
prepare_certificate(struct preparing *preparing, const char *name)
{
	size_t before = preparing->wrong->length;
	if (certificate_seen_has(preparing->seen, name))
		return;
	int outcome = certificate_ensure(name, preparing->wrong);
	if (outcome == CERTIFICATE_REPLACED)
		note_renewal(preparing);
	if (outcome < 0 || preparing->wrong->length > before)
		note(preparing, outcome < 0 ? outcome : -EINVAL);
	else if (outcome == CERTIFICATE_KEPT)
		certificate_seen_note(preparing->seen);
}

int
web_tell_renewals(struct str *ret_wrong)
{
	auto_str said = {0};
	if (access(renewed, F_OK))
		return 0;
	int apache = daemon_renew(DAEMON_APACHE, &said, ret_wrong);
	int proftpd = daemon_renew(DAEMON_PROFTPD, &said, ret_wrong);
	if (apache || proftpd)
		return apache ? apache : proftpd;
	return unlink(renewed) ? -errno : 0;
}

/* ---- homes ---- */

static int
become(const struct book_account *account)
{
	if (geteuid())
		return -EPERM;
	if (setgroups(0, NULL) || setegid((gid_t)account->uid))
		return -errno;
	return seteuid((uid_t)account->uid) ? -errno : 0;
}

static void
come_back(void)
{
	if (seteuid(0) || setegid(0))
		fatal("cannot be root again: %s", strerror(errno));
}

/* The web server comes through as a member of the group, and no customer is one. A home that
 * its owner has closed since stays closed. */
static int
open_to_server(int home, const struct stat *facts)
{
	if (facts->st_gid == GID_WEB)
		return 0;
	if (fchown(home, (uid_t)-1, GID_WEB) || fchmod(home, HOME_MODE))
		return -errno;
	return 0;
}

/* -EEXIST: something is there. */
static int
make_folder(int home, const char *path)
{
	return mkdirat(home, path, FOLDER_MODE) ? -errno : 0;
}

static int
make_sites(int home, const struct book_account *account)
{
	int status = account->domain_count > 1 ? make_folder(home, "sites") : 0;
	for (size_t i = 1; i < account->domain_count && (!status || status == -EEXIST); i++) {
		auto_str path = {0};
		str_addf(&path, "sites/%s", account->domains[i].name);
		status = make_folder(home, str_text(&path));
	}
	return status == -EEXIST ? 0 : status;
}

/* As the account. */
static int
furnish(int home, const struct book_account *account)
{
	int status = make_folder(home, "public_html");
	if (status && status != -EEXIST)
		return status;
	status = make_sites(home, account);
	return status ? status : web_link_logs(home, account);
}

static void
prepare_home(struct preparing *preparing, const struct book_account *account)
{
	struct stat facts;
	auto_fd int home = openat(
	    preparing->homes, account->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (home < 0 || fstat(home, &facts)) {
		say(preparing, account, "cannot open its home", -errno);
		return;
	}
	if (facts.st_uid != (uid_t)account->uid) {
		say(preparing, account, "its home belongs to somebody else", 0);
		return;
	}
	int status = open_to_server(home, &facts);
	if (status)
		say(preparing, account, "cannot open its home to the web server", status);
	mode_t mask = umask(022);
	status = become(account);
	if (!status)
		status = furnish(home, account);
	come_back();
	umask(mask);
	/* An owner in his own way is no reason for the role to be behind. */
	if (status)
		log_warning("cannot make the folders of the sites of '%s': %s", account->name,
		    strerror(-status));
}

static void
prepare_account(struct preparing *preparing, const struct book_account *account)
{
	const char *wrong = web_account_wrong(preparing->view, account);
	if (wrong) {
		say(preparing, account, wrong, 0);
		return;
	}
	int status = web_follow_logs(account);
	if (status)
		say(preparing, account, "cannot give its logs their place", status);
	for (size_t i = 0; i < account->domain_count; i++)
		prepare_certificate(preparing, account->domains[i].name);
	if (account->standing != STANDING_CANCELLED)
		prepare_home(preparing, account);
}

/* Of all, the server's own too. */
static void
prepare_all(struct preparing *preparing)
{
	const struct view *view = preparing->view;
	const char *host = view->site.roles[ROLE_WEB].host;
	preparing->seen = certificate_seen_new(looked_at, CERTIFICATE_FOLDER, clock_wall());
	if (safe_domain(host))
		prepare_certificate(preparing, host);
	for (size_t i = 0; i < view->book.account_count; i++)
		prepare_account(preparing, &view->book.accounts[i]);
	/* Who does not remember looks again. */
	if (certificate_seen_write(preparing->seen))
		log_warning("cannot write '%s'", looked_at);
	certificate_seen_free(preparing->seen);
}

int
web_prepare(const struct view *view, struct str *ret_wrong)
{
	auto_fd int homes = open(view->site.homes, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct preparing preparing = {.view = view, .homes = homes, .wrong = ret_wrong};
	if (homes < 0) {
		int status = -errno;
		str_addf(ret_wrong, "cannot open the homes: %s\n", strerror(-status));
		return status;
	}
	prepare_all(&preparing);
	return preparing.status;
}
