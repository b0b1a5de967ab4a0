/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/passage.h"

#include <acl/libacl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/acl.h>
#include <unistd.h>

enum { LONGEST_LIST = 128 };

static void
acl_cleanup(acl_t *list)
{
	if (*list)
		acl_free(*list);
}

/* Whether it is that group's entry, and lets it through. */
static bool
lets_through(acl_entry_t entry, gid_t gid)
{
	acl_tag_t tag;
	acl_permset_t rights;
	if (acl_get_tag_type(entry, &tag) || tag != ACL_GROUP || acl_get_permset(entry, &rights))
		return false;
	gid_t *group = acl_get_qualifier(entry);
	bool is_its = group && *group == gid;
	acl_free(group);
	return is_its && acl_get_perm(rights, ACL_EXECUTE) == 1;
}

bool
passage_is_open(const char *path, gid_t gid)
{
	acl_t list __attribute__((cleanup(acl_cleanup))) = acl_get_file(path, ACL_TYPE_ACCESS);
	acl_entry_t entry;
	if (!list)
		return errno == EOPNOTSUPP;
	for (int more = acl_get_entry(list, ACL_FIRST_ENTRY, &entry); more == 1;
	     more = acl_get_entry(list, ACL_NEXT_ENTRY, &entry))
		if (lets_through(entry, gid))
			return true;
	return false;
}

/* "rwx", of the three lowest bits. */
static void
add_rights(char *text, mode_t bits)
{
	snprintf(text, 4, "%c%c%c", bits & 4 ? 'r' : '-', bits & 2 ? 'w' : '-', bits & 1 ? 'x' : '-');
}

int
passage_open(int folder, mode_t mode, gid_t gid)
{
	char owner[4], group[4], others[4], text[LONGEST_LIST];
	add_rights(owner, mode >> 6 & 7);
	add_rights(group, mode >> 3 & 7);
	add_rights(others, mode & 7);
	/* The mask is what chmod and stat take for the group's rights. */
	snprintf(text, sizeof(text), "u::%s,g::%s,g:%u:--x,m::%s,o::%s", owner, group, gid, group,
	    others);
	acl_t list __attribute__((cleanup(acl_cleanup))) = acl_from_text(text);
	if (!list || acl_set_fd(folder, list))
		return -errno;
	return 0;
}
