/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hands: what the enforcer can do. They know what, never why; they ask the
 * guard first, whatever they were told; everything is idempotent, so an action
 * that comes twice (the engine repeats what has no outcome) is done once.
 *
 * Holds are desired state: what a throttle binds is looked for again at every
 * tick and survives a restart of this process.
 */
#ifndef ACTIONS_VERB_H
#define ACTIONS_VERB_H

#include "model/account.h"
#include "model/action.h"
#include "model/config.h"

struct closed_list;
struct entrance;
struct hands;
struct reaper;
struct errands;

struct hands_settings {
	const char *cgroup;	   /* the group under which holds are made, "hayward" */
	struct entrance *entrance; /* who tells of newcomers, borrowed; NULL: nobody does */
	struct errands *errands;   /* borrowed; NULL: what needs one cannot be done */
	int64_t (*wall)(void);	   /* ms since the epoch; NULL: nobody is cancelled */
	int state; /* folder, root's alone, for what outlives the process; borrowed */
	/* Told what came of each action, at once or later, from hands_act() or hands_tick(). */
	void (*report)(void *context, const struct outcome *outcome);
	void *context;
	/* Told all scripts that are closed, on a host with a site; see front.h. NULL: nobody.
	 */
	void (*tell_site)(void *context, const struct closed_list *list);
	struct reaper
	    *reaper; /* see actions/reaper.h, borrowed; NULL: signals take its place */
};

/* Takes up the holds of a former run. The settings are copied, the texts too. */
struct hands *hands_new(const struct hands_settings *settings) must_use;

/* Forgets, and leaves holds in force; NULL is fine. */
void hands_free(struct hands *hands);

/* The accounts that may be acted on, borrowed until the next call. Without them nothing is
 * done. */
void hands_set_accounts(struct hands *hands, const struct accounts *accounts);

/* The settings in force, borrowed until the next call. */
void hands_set_config(struct hands *hands, const struct config *config);

/*
 * Carries out an action; now is of the boot clock, in ms. To describe the host
 * (subject of kind host) is to say what these hands have to work with.
 */
void hands_act(struct hands *hands, const struct action *action, int64_t now);

/*
 * An action that ends all that an account runs is on its way: until then it stands still. What
 * cannot be halted is ended a little later all the same.
 */
void hands_halt(struct hands *hands, const struct action *action, int64_t now);

/* Goes on with what takes time; gives when to call again (boot clock), INT64_MAX: no need. */
int64_t hands_tick(struct hands *hands, int64_t now);

/* Whether there is a hand for the verb at all; a host may still lack what it needs. */
bool hands_can(enum verb verb);

/* Binds who came through the entrance; to be called whenever its descriptor is readable. */
void hands_heed(struct hands *hands);

/* Whoever tells the site is there again. */
void hands_tell_site(const struct hands *hands);

/* What these hands have to work with, in words, for the log and `hayward doctor`. */
void hands_describe_host(const struct hands *hands, struct str *out);

#endif
