/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How often one visitor may have a script run, where the owner of the site says so. Each
 * visitor has, on each site, a minute's visits in advance, and gets them back evenly over the
 * minute (the generic cell rate algorithm, ITU-T I.371). Who asks more often is told when to
 * come again (429). What is served as it lies there does not count: a page may have a hundred
 * pictures.
 *
 *     HaywardVisits 60     scripts a minute for one visitor; in .htaccess too
 *     HaywardVisits off    as many as anybody likes, which is how it begins
 */
#ifndef APACHE_VISIT_LIMIT_H
#define APACHE_VISIT_LIMIT_H

#include <httpd.h>

#include <http_config.h>

/* Of one folder. */
struct visit_limit {
	int is_set;
	int most; /* visits a minute; 0: no limit */
};

void *visit_limit_new(apr_pool_t *pool, char *folder);
void *visit_limit_merge(apr_pool_t *pool, void *outer, void *inner);
const char *visit_limit_set(cmd_parms *command, void *folder, const char *word);

/* What the server's processes share of it; OK or an HTTP status. For the post_config hook. */
int visit_limit_start(
    apr_pool_t *pool, apr_pool_t *log, apr_pool_t *temporary, server_rec *server);

/* For the handler hook, before a script runs: DECLINED, or 429 and the header that says when. */
int visit_limit_check(request_rec *request, const struct visit_limit *limit);

#endif
