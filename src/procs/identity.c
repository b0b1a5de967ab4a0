/* SPDX-License-Identifier: Apache-2.0 */
/* Who each process is; what it is allowed as such stands on the page sandbox.c. */
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "procs/sandbox.h"

enum { FIRST_FALLBACK_UID = 65200 };

/* Who may read logs, on systems that keep to Debian's manners. */
#define LOG_GROUP "adm"

static bool
find_user(const char *name, struct identity *ret_identity)
{
	FILE *file = fopen("/etc/passwd", "re");
	if (!file)
		return false;
	bool found = false;
	for (struct passwd *entry; !found && (entry = fgetpwent(file));)
		if (!strcmp(entry->pw_name, name) && entry->pw_uid && entry->pw_gid) {
			*ret_identity = (struct identity){entry->pw_uid, entry->pw_gid};
			found = true;
		}
	fclose(file);
	return found;
}

struct identity
sandbox_identity(enum process process)
{
	if (geteuid() || process == PROCESS_PARENT || process == PROCESS_ENFORCER)
		return (struct identity){geteuid(), getegid()};
	struct identity identity = {FIRST_FALLBACK_UID + process, FIRST_FALLBACK_UID + process};
	auto_str name = {0};
	str_addf(&name, "_hayward-%s", process_name(process));
	find_user(str_text(&name), &identity);
	return identity;
}

uint32_t
sandbox_log_group(void)
{
	FILE *file = fopen("/etc/group", "re");
	gid_t found = 0;
	if (!file)
		return 0;
	for (struct group *entry; !found && (entry = fgetgrent(file));)
		if (!strcmp(entry->gr_name, LOG_GROUP))
			found = entry->gr_gid;
	fclose(file);
	return found;
}

/* The enforcer itself is root and needs no user of its own: its fallback is the reaper's. */
uint32_t
sandbox_reaper_uid(void)
{
	return FIRST_FALLBACK_UID + PROCESS_ENFORCER;
}
