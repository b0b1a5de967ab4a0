/* SPDX-License-Identifier: Apache-2.0 */
#include "procs/control.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct staff_group
staff_group_find(const char *name)
{
	struct staff_group found = {0};
	FILE *file = fopen("/etc/group", "re");
	if (!file)
		return found;
	for (struct group *group; !found.known && (group = fgetgrent(file));)
		if (strcmp(group->gr_name, name) == 0)
			found = (struct staff_group){true, group->gr_gid};
	fclose(file);
	return found;
}

uid_t
receiver_find(void)
{
	uid_t found = 0;
	FILE *file = fopen("/etc/passwd", "re");
	if (!file)
		return 0;
	for (struct passwd *user; !found && (user = fgetpwent(file));)
		if (strcmp(user->pw_name, "_hayward-reply") == 0)
			found = user->pw_uid;
	fclose(file);
	return found;
}

/* Whoever runs hayward is staff; nobody else logs in as control's own user. */
static bool
is_staff(const struct client_peer *peer, const struct staff_group *staff)
{
	/* The groups of a container are given by whoever is root in it. */
	if (peer->contained)
		return false;
	if (peer->uid == 0 || peer->uid == geteuid())
		return true;
	if (!staff->known)
		return false;
	for (size_t i = 0; i < peer->group_count; i++)
		if (peer->groups[i] == staff->gid)
			return true;
	return peer->gid == staff->gid;
}

struct asker
asker_of(const struct client_peer *peer, const struct staff_group *staff,
    const struct accounts *accounts)
{
	struct asker asker = {.uid = peer->uid, .staff = is_staff(peer, staff)};
	const struct account *account =
	    accounts && peer->uid != 0 ? accounts_find_uid(accounts, peer->uid) : NULL;
	if (account) {
		asker.account = account->id;
		asker.generation = account->generation;
	}
	if (account && strlen(account->name) < sizeof(asker.name))
		memcpy(asker.name, account->name, strlen(account->name) + 1);
	else
		snprintf(asker.name, sizeof(asker.name), peer->uid ? "uid %u" : "root",
		    (unsigned)peer->uid);
	return asker;
}

/* Whether this kind of question can name an account. */
static bool
names_account(enum ask ask)
{
	return ask_info(ask)->may & UINT32_C(1) << MEMBER_ACCOUNT;
}

int
request_authorise(struct request *request, struct str *ret_why)
{
	const struct asker *asker = &request->asker;
	if (!request_permitted(request)) {
		const char *name = ask_info(request->ask)->name;
		bool mail = ask_info(request->ask)->who == WHO_RECEIVER;
		str_addf(ret_why,
		    mail	     ? "'%s' is for the user of hayward-reply, _hayward-reply"
		    : asker->account ? "'%s' is for the staff of this host"
				     : "'%s' is for the staff and for owners of accounts",
		    name);
		return -EACCES;
	}
	if (asker->staff || !names_account(request->ask))
		return 0;
	if (*request->account && strcmp(request->account, asker->name) != 0) {
		str_addf(ret_why, "'%s' is not your account", request->account);
		return -EACCES;
	}
	if (request->waiting) {
		str_add(ret_why, "the queue of what waits is for the staff of this host");
		return -EACCES;
	}
	memcpy(request->account, asker->name, sizeof(request->account));
	return 0;
}
