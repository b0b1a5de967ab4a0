/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/mail.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "roles/apply_daemon.h"
#include "roles/certificate.h"
#include "roles/role.h"
#include "roles/safe.h"

static const char logins_folder[] = "/etc/dovecot/hayward";
static const char renewed[] = "/var/lib/hayward-role/mail-renewed";

/* Passwords are for Dovecot's eyes: customers' programs run on this machine. */
static int
close_folder(struct str *ret_wrong)
{
	const struct group *group = getgrnam("dovecot");
	int status = group ? 0 : -ESRCH;
	if (group && mkdir(logins_folder, 0750) && errno != EEXIST)
		status = -errno;
	auto_fd int fd = open(logins_folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (!status && (fd < 0 || fchown(fd, 0, group->gr_gid) || fchmod(fd, 0750)))
		status = -errno;
	if (status)
		str_addf(ret_wrong, "cannot close '%s' to all but dovecot: %s", logins_folder,
		    strerror(-status));
	return status;
}

/* What is to be told when the daemons run, and not forgotten by then. */
static int
note_renewal(void)
{
	auto_fd int fd = open(renewed, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	return fd < 0 ? -errno : 0;
}

/* A pair that was given and cannot be used is said, and the one in use stays. */
static int
prepare_certificate(const char *host, struct str *ret_wrong)
{
	size_t before = ret_wrong->length;
	int status = certificate_ensure(host, ret_wrong);
	if (status == CERTIFICATE_REPLACED)
		status = note_renewal();
	if (status < 0)
		return status;
	return ret_wrong->length > before ? -EINVAL : 0;
}

static int
prepare(const struct view *view, struct str *ret_wrong)
{
	const struct site *site = &view->site;
	const struct site_role *mail = &site->roles[ROLE_MAIL];
	if (!safe_domain(site->name) || !safe_role(mail) || !safe_path(site->mail)) {
		str_add(
		    ret_wrong, "the site has no mail server with a name, or no place for mail");
		return -EINVAL;
	}
	int closed = close_folder(ret_wrong);
	int status = prepare_certificate(mail->host, ret_wrong);
	return closed ? closed : status;
}

static int
settle(const struct view *view, struct str *ret_wrong)
{
	auto_str said = {0};
	(void)view;
	if (access(renewed, F_OK))
		return 0;
	int postfix = daemon_renew(DAEMON_POSTFIX, &said, ret_wrong);
	int dovecot = daemon_renew(DAEMON_DOVECOT, &said, ret_wrong);
	if (postfix || dovecot)
		return postfix ? postfix : dovecot;
	return unlink(renewed) ? -errno : 0;
}

/* Where mail is kept is the file server's: it moves what a renamed account had, and sets
 * quotas. */
static void
render(const struct view *view, struct output *output)
{
	struct mail_customers customers = mail_customers_of(view);
	mail_dovecot_render(view, output);
	mail_logins_render(&customers, output);
	mail_tables_render(&customers, output);
	mail_postfix_render(view, output);
	mail_customers_done(&customers);
}

const struct role_work mail_role = {.prepare = prepare, .render = render, .settle = settle};
