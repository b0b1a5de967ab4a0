/* SPDX-License-Identifier: Apache-2.0 */
/* Where a site keeps its things on the host. */
#ifndef SITE_PATHS_H
#define SITE_PATHS_H

#include "base/str.h"
#include "site/site.h"

struct site_paths {
	const char *description; /* site.conf */
	const char *state;	 /* STATE/site: the book, the containers, what they keep */
	const char *run;	 /* RUN/site: haywardd's socket for the containers */
	const char *gate;	 /* RUN/gate: a folder for each role that has a mail server */
	const char *whole;	 /* STATE, of which the gate has a folder */
	const char *cache;	 /* trees that containers are stacked from */
	const char *makings;	 /* make-tree, and the packages of the roles in packages/ */
};

/* The name by which LXC knows the role's container. */
void container_name(enum role role, struct str *out);

/* The folder of all containers, and of one. */
void containers_folder(const struct site_paths *paths, struct str *out);
void container_folder(const struct site_paths *paths, enum role role, struct str *out);

#endif
