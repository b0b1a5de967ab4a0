/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Apache lacks where customers write .htaccess and own the files: a module that
 * holds each site to its owner. One process serves all sites under one uid, which
 * may look into every home and talk to every account's PHP, so whoever can make it
 * open a file or a socket of his choice is everybody. Four doors:
 *
 * - Links to what is a neighbour's, for everybody's .htaccess says FollowSymLinks; and
 *   one that is swapped between Apache's look at it and its opening. What was opened
 *   is looked at once more, by its descriptor, before a byte goes out.
 * - SetHandler, AddHandler, AddType and RewriteRule [P] or [H] can all name a
 *   neighbour's PHP, or a port that customers may not reach. A site reaches its
 *   own PHP, and nothing else.
 * - %{file:...} in an expression reads any file; here it is empty.
 * - RLimit* in an .htaccess raises what the site's configuration limits.
 *
 *     HaywardOwner UID          whose files the site serves, besides root's
 *     HaywardPool  HANDLER      the one that it may pass requests to
 *
 * And it gives the owner a means against visitors without end, see visit_limit.h, and tells
 * the gate of mail what visitors hand to scripts, see request_trace.h.
 */
#include <httpd.h>

#include <ap_expr.h>
#include <apr_file_info.h>
#include <apr_strings.h>
#include <http_config.h>
#include <http_core.h>
#include <http_log.h>
#include <http_protocol.h>
#include <http_request.h>
#include <util_filter.h>

#include "request_trace.h"
#include "visit_limit.h"

extern module AP_MODULE_DECLARE_DATA hayward_module;

static const char owner_filter[] = "HAYWARD_OWNER";

/* Of one site; a site does not have those of the server around it. */
struct site {
	int has_owner;
	apr_uid_t owner;
	const char *pool;
};

static void *
site_new(apr_pool_t *pool, server_rec *server)
{
	(void)server;
	return apr_pcalloc(pool, sizeof(struct site));
}

static struct site *
site_of(const server_rec *server)
{
	return ap_get_module_config(server->module_config, &hayward_module);
}

static const char *
set_owner(cmd_parms *command, void *ignored, const char *word)
{
	struct site *site = site_of(command->server);
	char *end;
	apr_int64_t number = apr_strtoi64(word, &end, 10);
	(void)ignored;
	if (*end || number <= 0 || number > APR_INT32_MAX)
		return "HaywardOwner wants the number of a user who is not root";
	site->owner = (apr_uid_t)number;
	site->has_owner = 1;
	return NULL;
}

static const char *
set_pool(cmd_parms *command, void *ignored, const char *word)
{
	(void)ignored;
	site_of(command->server)->pool = word;
	return NULL;
}

/* ---- files ---- */

static int
is_owners(const struct site *site, apr_file_t *file)
{
	apr_finfo_t facts;
	return apr_file_info_get(&facts, APR_FINFO_USER, file) == APR_SUCCESS &&
	       (facts.user == site->owner || facts.user == 0);
}

static void
refuse_file(request_rec *request)
{
	ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, request, "file of somebody else refused: %s",
	    request->filename);
}

static int
holds_a_strangers_file(const struct site *site, apr_bucket_brigade *brigade)
{
	for (apr_bucket *bucket = APR_BRIGADE_FIRST(brigade);
	     bucket != APR_BRIGADE_SENTINEL(brigade); bucket = APR_BUCKET_NEXT(bucket)) {
		const apr_bucket_file *file = bucket->data;
		if (APR_BUCKET_IS_FILE(bucket) && !is_owners(site, file->fd))
			return 1;
	}
	return 0;
}

/* The first filter: what the handler opened is still a descriptor here. */
static apr_status_t
check_owner(ap_filter_t *filter, apr_bucket_brigade *brigade)
{
	request_rec *request = filter->r;
	if (!holds_a_strangers_file(site_of(request->server), brigade))
		return ap_pass_brigade(filter->next, brigade);
	refuse_file(request);
	apr_brigade_cleanup(brigade);
	APR_BRIGADE_INSERT_TAIL(brigade, ap_bucket_error_create(HTTP_FORBIDDEN, NULL,
					     request->pool, filter->c->bucket_alloc));
	APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_eos_create(filter->c->bucket_alloc));
	ap_filter_t *next = filter->next;
	ap_remove_output_filter(filter);
	return ap_pass_brigade(next, brigade);
}

static void
insert_filter(request_rec *request)
{
	if (site_of(request->server)->has_owner)
		ap_add_output_filter(owner_filter, NULL, request, request->connection);
}

static int
path_is_strangers(const struct site *site, request_rec *request, const char *path)
{
	apr_finfo_t facts;
	return apr_stat(&facts, path, APR_FINFO_USER, request->pool) == APR_SUCCESS &&
	       facts.user != site->owner && facts.user != 0;
}

/* Before anybody looks for names in a folder: what leads there may change meanwhile, but then
 * names are all that is told. */
static int
check_path(request_rec *request)
{
	const struct site *site = site_of(request->server);
	const char *path = request->filename;
	if (!site->has_owner || !path || path[0] != '/')
		return DECLINED;
	if (!path_is_strangers(site, request, path) &&
	    !path_is_strangers(site, request, ap_make_dirstr_parent(request->pool, path)))
		return DECLINED;
	refuse_file(request);
	return HTTP_FORBIDDEN;
}

/* An .htaccess that leads to a neighbour's file would tell its words in the log of errors. */
static apr_status_t
open_htaccess(request_rec *request, const char *folder, const char *name,
    ap_configfile_t **ret_file, const char **ret_path)
{
	const struct site *site = site_of(request->server);
	if (!site->has_owner)
		return AP_DECLINED;
	*ret_path = ap_make_full_path(request->pool, folder, name);
	apr_status_t status = ap_pcfg_openfile(ret_file, request->pool, *ret_path);
	if (status != APR_SUCCESS || is_owners(site, (*ret_file)->param))
		return status;
	ap_cfg_closefile(*ret_file);
	*ret_file = NULL;
	return APR_EACCES;
}

/* ---- handlers ---- */

/* Only an .htaccess can have made them differ from the site's; then they are this request's. */
static void
restore_limits(request_rec *request)
{
	core_dir_config *now = ap_get_core_module_config(request->per_dir_config);
	const core_dir_config *site =
	    ap_get_core_module_config(request->server->lookup_defaults);
	if (now->limit_cpu != site->limit_cpu)
		now->limit_cpu = site->limit_cpu;
	if (now->limit_mem != site->limit_mem)
		now->limit_mem = site->limit_mem;
	if (now->limit_nproc != site->limit_nproc)
		now->limit_nproc = site->limit_nproc;
}

static int
check_handler(request_rec *request)
{
	const struct site *site = site_of(request->server);
	const char *pool = site->pool;
	const char *handler = request->handler ? request->handler : "";
	int is_passed = !strncmp(handler, "proxy:", strlen("proxy:"));
	if (request->proxyreq != PROXYREQ_NONE || !strcmp(handler, "proxy-server") ||
	    (is_passed && (!pool || strcmp(handler, pool)))) {
		ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, request,
		    "passing the request on was refused: %s",
		    is_passed ? handler : request->filename);
		return HTTP_FORBIDDEN;
	}
	restore_limits(request);
	if (!is_passed && strcmp(handler, "cgi-script"))
		return DECLINED;
	int status = visit_limit_check(
	    request, ap_get_module_config(request->per_dir_config, &hayward_module));
	if (status == DECLINED)
		request_trace_begin(request, site->has_owner ? site->owner : 0);
	return status;
}

/* ---- expressions ---- */

static const char *
say_nothing(ap_expr_eval_ctx_t *context, const void *data, const char *argument)
{
	(void)context;
	(void)data;
	(void)argument;
	return "";
}

static int
look_up(ap_expr_lookup_parms *parameters)
{
	if (parameters->type != AP_EXPR_FUNC_STRING ||
	    (strcasecmp(parameters->name, "file") && strcasecmp(parameters->name, "filesize")))
		return DECLINED;
	*parameters->func = (const void *)say_nothing;
	*parameters->data = NULL;
	return OK;
}

/* ---- */

static void
register_hooks(apr_pool_t *pool)
{
	(void)pool;
	ap_register_output_filter(owner_filter, check_owner, NULL, AP_FTYPE_RESOURCE - 1);
	ap_hook_insert_filter(insert_filter, NULL, NULL, APR_HOOK_REALLY_LAST);
	ap_hook_access_checker(check_path, NULL, NULL, APR_HOOK_REALLY_FIRST);
	ap_hook_open_htaccess(open_htaccess, NULL, NULL, APR_HOOK_REALLY_FIRST);
	ap_hook_handler(check_handler, NULL, NULL, APR_HOOK_REALLY_FIRST);
	ap_hook_post_config(visit_limit_start, NULL, NULL, APR_HOOK_MIDDLE);
	ap_hook_post_config(request_trace_start, NULL, NULL, APR_HOOK_MIDDLE);
	ap_hook_child_init(request_trace_child, NULL, NULL, APR_HOOK_MIDDLE);
	request_trace_register();
	ap_hook_expr_lookup(look_up, NULL, NULL, APR_HOOK_REALLY_FIRST);
}

static const command_rec commands[] = {
    AP_INIT_TAKE1("HaywardOwner", set_owner, NULL, RSRC_CONF, "whose files the site serves"),
    AP_INIT_TAKE1("HaywardPool", set_pool, NULL, RSRC_CONF, "the handler that is its PHP"),
    AP_INIT_TAKE1("HaywardVisits", visit_limit_set, NULL, OR_LIMIT,
	"how many scripts a minute one visitor may have run, or off"),
    AP_INIT_TAKE1("HaywardRequests", request_trace_set, NULL, RSRC_CONF,
	"where the gate hears what visitors hand to scripts"),
    {.name = NULL},
};

AP_DECLARE_MODULE(hayward) = {
    STANDARD20_MODULE_STUFF, visit_limit_new, visit_limit_merge, site_new, NULL, commands,
    register_hooks, 0};
