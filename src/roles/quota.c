/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/quota.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/quota.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { BLOCK = 1024 }; /* of struct dqblk's limits */

/* By descriptor: a container sees no node of the device that its folders are on. */
static int
call(int folder, int command, uid_t uid, struct dqblk *block)
{
	unsigned whole = (unsigned)command << SUBCMDSHIFT | USRQUOTA;
	if (!syscall(SYS_quotactl_fd, (unsigned)folder, whole, uid, block))
		return 0;
	/* Each says in its own way that there are no quotas here. */
	bool is_absent =
	    errno == ESRCH || errno == ENOSYS || errno == EOPNOTSUPP || errno == EINVAL;
	return is_absent ? -ENOTSUP : -errno;
}

int
quota_set(int folder, uid_t uid, int64_t bytes, int64_t files)
{
	struct dqblk now = {0};
	uint64_t blocks = (uint64_t)(bytes + BLOCK - 1) / BLOCK;
	int status = call(folder, (int)(Q_GETQUOTA & 0xffffff), uid, &now);
	if (status)
		return status;
	if (now.dqb_bhardlimit == blocks && now.dqb_ihardlimit == (uint64_t)files)
		return 0;
	struct dqblk limits = {.dqb_bhardlimit = blocks,
	    .dqb_ihardlimit = (uint64_t)files,
	    .dqb_valid = QIF_LIMITS};
	return call(folder, (int)(Q_SETQUOTA & 0xffffff), uid, &limits);
}
