/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The folders of accounts' logs when names change hands: one follows its account to the
 * new name, for the shell server and hayward look for it there; and whoever is given a
 * name that somebody else had does not find that one's visitors in it. Folders are told
 * apart by their group, which is the account's and never given twice.
 *
 * SECURITY: the folder above is root's. The link in the home is its owner's to swap, and
 * is touched with his rights only.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "roles/web.h"
#include "site/names.h"

enum { LONGEST_TARGET = 256 };

static const char aside[] = ".removed";

/* The group of the folder; -1: there is none. */
static int64_t
group_of(int logs, const char *name)
{
	struct stat facts;
	if (fstatat(logs, name, &facts, AT_SYMLINK_NOFOLLOW) || !S_ISDIR(facts.st_mode))
		return -1;
	return facts.st_gid;
}

static int
put_aside(int logs, const char *name, int64_t group)
{
	auto_str to = {0};
	if (mkdirat(logs, aside, 0700) && errno != EEXIST)
		return -errno;
	str_addf(&to, "%s/%s-%lld", aside, name, (long long)group);
	return renameat2(logs, name, logs, str_text(&to), RENAME_NOREPLACE) ? -errno : 0;
}

static int
take_over(int logs, const struct book_account *account)
{
	for (size_t i = account->former_count; i-- > 0;) {
		const char *former = account->formers[i];
		if (!account_name_wrong(former) && group_of(logs, former) == account->uid)
			return renameat2(logs, former, logs, account->name, RENAME_NOREPLACE)
				   ? -errno
				   : 0;
	}
	return 0;
}

int
web_follow_logs(const struct book_account *account)
{
	auto_fd int logs =
	    open(web_logs_folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (logs < 0)
		return errno == ENOENT ? 0 : -errno;
	int64_t group = group_of(logs, account->name);
	/* Root's: it was being made when we were cut off. */
	int status =
	    group > 0 && group != account->uid ? put_aside(logs, account->name, group) : 0;
	if (!status && group != account->uid)
		status = take_over(logs, account);
	return status;
}

static bool
is_former_logs(const struct book_account *account, const char *target)
{
	for (size_t i = 0; i < account->former_count; i++) {
		auto_str logs = {0};
		str_addf(&logs, "%s/%s", web_logs_folder, account->formers[i]);
		if (text_equal(str_text(&logs), target))
			return true;
	}
	return false;
}

int
web_link_logs(int home, const struct book_account *account)
{
	char target[LONGEST_TARGET];
	auto_str logs = {0};
	web_add_logs(account, &logs);
	if (!symlinkat(str_text(&logs), home, "logs"))
		return 0;
	if (errno != EEXIST)
		return -errno;
	/* What the owner has made of it is his. */
	ssize_t length = readlinkat(home, "logs", target, sizeof(target) - 1);
	if (length <= 0)
		return 0;
	target[length] = '\0';
	if (!is_former_logs(account, target))
		return 0;
	return unlinkat(home, "logs", 0) || symlinkat(str_text(&logs), home, "logs") ? -errno
										     : 0;
}
