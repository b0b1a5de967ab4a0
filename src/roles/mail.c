/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/mail.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "roles/certificate.h"
#include "roles/role.h"
#include "roles/safe.h"

static const char logins_folder[] = "/etc/dovecot/hayward";

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

static int
prepare(const struct view *view, struct str *ret_wrong)
{
	const struct site *site = &view->site;
	const struct site_role *mail = &site->roles[ROLE_MAIL];
	if (!safe_domain(site->name) || !safe_role(mail) || !safe_path(site->mail)) {
		str_addf(
		    ret_wrong, "the site has no mail server with a name, or no place for mail");
		return -EINVAL;
	}
	int status = certificate_ensure(mail->host, ret_wrong);
	return status < 0 ? status : close_folder(ret_wrong);
}

/* Who owns such a folder makes all that is in it: nothing of root's goes in there. */
static void
render_stores(const struct mail_customers *customers, struct output *output)
{
	for (size_t i = 0; i < customers->account_count; i++) {
		const struct book_account *account = customers->accounts[i];
		output_folder(output, 0700, (uid_t)account->uid, (gid_t)account->uid, "%s/%s",
		    customers->view->site.mail, account->name);
	}
}

static void
render(const struct view *view, struct output *output)
{
	struct mail_customers customers = mail_customers_of(view);
	mail_dovecot_render(view, output);
	mail_logins_render(&customers, output);
	mail_tables_render(&customers, output);
	mail_postfix_render(view, output);
	render_stores(&customers, output);
	mail_customers_done(&customers);
}

const struct role_work mail_role = {.prepare = prepare, .render = render};
