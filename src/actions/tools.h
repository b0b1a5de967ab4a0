/* SPDX-License-Identifier: Apache-2.0 */
/* What all verbs work with. */
#ifndef ACTIONS_TOOLS_H
#define ACTIONS_TOOLS_H

#include "actions/cgroup.h"
#include "model/account.h"
#include "model/action.h"
#include "model/config.h"

struct entrance;

struct tools {
	int root;     /* the host's "/", opened: what is configured lies beneath it */
	int proc;     /* /proc, opened */
	int state;    /* folder for what outlives the process */
	char *cgroup; /* the group under which all of ours stand */
	struct cgroups cgroups;
	struct entrance *entrance;	 /* NULL: nobody tells of newcomers */
	const struct accounts *accounts; /* NULL: nobody may be acted on */
	const struct config *config;	 /* NULL: none is known yet */
};

/* An action that passed the guard. */
struct order {
	const struct action *action;
	const struct account *account;
	int64_t now; /* boot clock, ms */
};

#endif
