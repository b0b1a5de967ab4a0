/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A role's container: LXC's, on a tree stacked from the Debian below all roles,
 * the layer of the role's packages, and what the container itself wrote. Its
 * configuration is a function of the description and the layers, so whether a
 * container is as it should be is told by comparing two texts.
 */
#ifndef SITE_CONTAINER_H
#define SITE_CONTAINER_H

#include "site/paths.h"

/* The trees to stack, topmost first, with colons between; heap text. */
struct container_trees {
	struct str layers;
};

enum container_state {
	CONTAINER_ABSENT,
	CONTAINER_STOPPED,
	CONTAINER_OUTDATED, /* runs, of another description or of other packages */
	CONTAINER_RUNNING,
};

/* Makes what is missing of the trees, which may take minutes and the network. 0 or -errno;
 * ret_why says what is the matter. */
int container_trees(const struct site_paths *paths, enum role role,
    struct container_trees *ret_trees, struct str *ret_why) must_use;
void container_trees_done(struct container_trees *trees);

/* What LXC is told. */
void container_configuration(const struct site *site, const struct site_paths *paths,
    enum role role, const struct container_trees *trees, struct str *out);

/* trees NULL: whether it is outdated is not asked. */
enum container_state container_look(const struct site *site, const struct site_paths *paths,
    enum role role, const struct container_trees *trees);

/* Whether its configuration is another than this description gives over the layers that it
 * has; makes no tree. */
bool container_differs(const struct site *site, const struct site_paths *paths, enum role role);
const char *container_state_name(enum container_state state);

/* Makes its folder as it shall be, and starts it; what runs of an outdated one is stopped
 * before. Does not wait until it is up. */
int container_start(const struct site *site, const struct site_paths *paths, enum role role,
    const struct container_trees *trees, struct str *ret_why) must_use;

/* Waits until its init has started all there is; at most that long, ms. -ETIMEDOUT. */
int container_await(const struct site_paths *paths, enum role role, int milliseconds) must_use;

/* Shuts it down; after 20 s it is ended. Its folder stays. */
int container_stop(
    const struct site_paths *paths, enum role role, struct str *ret_why) must_use;

/* Removes what it wrote, and with kept what outlives it. It must not run. */
int container_remove(
    const struct site_paths *paths, enum role role, bool kept, struct str *ret_why) must_use;

#endif
