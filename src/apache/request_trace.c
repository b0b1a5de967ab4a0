/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each of the server's processes has one connection, and says who it is by that alone: the
 * kernel tells the gate that it is the web server's. A customer's program cannot speak in its
 * place, nor fill its queue. Messages are whole (SOCK_SEQPACKET), so threads share it without
 * a lock; who finds it broken closes it, and one a second tries again.
 */
#include "request_trace.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <apr_atomic.h>
#include <apr_strings.h>
#include <apr_thread_mutex.h>
#include <http_core.h>
#include <http_log.h>
#include <unixd.h>
#include <util_filter.h>

#include "base/siphash.h"
#include "forms/trace.h"

APLOG_USE_MODULE(hayward);

static const char filter_name[] = "HAYWARD_REQUEST";
static const char key_name[] = "hayward-request-key";

static const char
    *socket_path; /* NULL: nobody is told; of the configuration that is in force */
static uint8_t *key;
static apr_thread_mutex_t *lock;
static int connection = -1;
static apr_time_t tried;

const char *
request_trace_set(cmd_parms *command, void *ignored, const char *path)
{
	(void)command;
	(void)ignored;
	if (strlen(path) >= sizeof(((struct sockaddr_un *)NULL)->sun_path) || *path != '/')
		return "HaywardRequests wants the path of a socket";
	socket_path = path;
	return NULL;
}

static apr_status_t
forget_path(void *ignored)
{
	(void)ignored;
	socket_path = NULL;
	return APR_SUCCESS;
}

/* The gate learns which words are a form's own, by hashes under this key: it outlives a reload.
 */
int
request_trace_start(
    apr_pool_t *pool, apr_pool_t *log, apr_pool_t *temporary, server_rec *server)
{
	void *kept = NULL;
	apr_pool_t *whole = server->process->pool;
	(void)log;
	(void)temporary;
	apr_pool_cleanup_register(pool, NULL, forget_path, apr_pool_cleanup_null);
	apr_pool_userdata_get(&kept, key_name, whole);
	if (!kept) {
		kept = apr_palloc(whole, WORDS_KEY);
		if (apr_generate_random_bytes(kept, WORDS_KEY) != APR_SUCCESS)
			return HTTP_INTERNAL_SERVER_ERROR;
		apr_pool_userdata_setn(kept, key_name, NULL, whole);
	}
	key = kept;
	return OK;
}

void
request_trace_child(apr_pool_t *pool, server_rec *server)
{
	(void)server;
	if (apr_thread_mutex_create(&lock, APR_THREAD_MUTEX_DEFAULT, pool) != APR_SUCCESS)
		lock = NULL;
}

/* ---- telling ---- */

static int
connect_to_gate(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	memcpy(address.sun_path, socket_path, strlen(socket_path));
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	if (!connect(fd, (const struct sockaddr *)&address, sizeof(address)))
		return fd;
	close(fd);
	return -1;
}

/* With the lock held. */
static int
has_connection(void)
{
	apr_time_t now = apr_time_now();
	if (connection < 0 && (now - tried > APR_USEC_PER_SEC || now < tried)) {
		tried = now;
		connection = connect_to_gate();
	}
	return connection >= 0;
}

/* A gate that began anew has closed the old connection: what it missed is told at once again.
 */
static void
tell(const struct trace *trace)
{
	uint8_t bytes[TRACE_LARGEST];
	size_t length = trace_encode(trace, bytes);
	int tries = 2;
	if (!lock || apr_thread_mutex_lock(lock) != APR_SUCCESS)
		return;
	while (tries-- && has_connection()) {
		if (send(connection, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0 ||
		    errno == EAGAIN)
			break;
		close(connection);
		connection = -1;
	}
	apr_thread_mutex_unlock(lock);
}

/* ---- reading along ---- */

struct reader {
	struct tracing tracing;
	struct parameters parameters;
};

/* What has no address cannot choose who gets a mail. */
static void
finish(struct reader *reader)
{
	parameters_end(&reader->parameters);
	if (reader->tracing.trace.address_count)
		tell(&reader->tracing.trace);
}

/* What lies in memory; whoever wants the rest reads it himself. */
static void
read_bucket(struct reader *reader, apr_bucket *bucket)
{
	const char *bytes;
	apr_size_t length;
	if (!APR_BUCKET_IS_METADATA(bucket) &&
	    apr_bucket_read(bucket, &bytes, &length, APR_BLOCK_READ) == APR_SUCCESS)
		parameters_feed(&reader->parameters, bytes, length);
}

static apr_status_t
read_along(ap_filter_t *filter, apr_bucket_brigade *brigade, ap_input_mode_t mode,
    apr_read_type_e block, apr_off_t most)
{
	struct reader *reader = filter->ctx;
	apr_status_t status = ap_get_brigade(filter->next, brigade, mode, block, most);
	if (status != APR_SUCCESS || mode != AP_MODE_READBYTES || !reader)
		return status;
	for (apr_bucket *bucket = APR_BRIGADE_FIRST(brigade);
	     bucket != APR_BRIGADE_SENTINEL(brigade); bucket = APR_BUCKET_NEXT(bucket)) {
		read_bucket(reader, bucket);
		if (!APR_BUCKET_IS_EOS(bucket) && reader->tracing.size < TRACE_MOST_BYTES)
			continue;
		finish(reader);
		filter->ctx = NULL;
		break;
	}
	return status;
}

void
request_trace_register(void)
{
	ap_register_input_filter(filter_name, read_along, NULL, AP_FTYPE_RESOURCE);
}

/* ---- a request ---- */

static apr_uid_t
owner_of(const request_rec *request, apr_uid_t owner)
{
	const ap_unix_identity_t *identity = owner ? NULL : ap_run_get_suexec_identity(request);
	if (owner || identity)
		return owner ? owner : identity->uid;
	return request->finfo.valid & APR_FINFO_USER ? request->finfo.user : 0;
}

/* Of IPv6 the first half counts: the rest one visitor has for himself. */
static uint64_t
visitor_of(const request_rec *request)
{
	enum { NETWORK6 = 8, LENGTH4 = 4 };
	const apr_sockaddr_t *address = request->useragent_addr;
	const unsigned char *bytes = address->ipaddr_ptr;
	if (address->family == APR_INET)
		return siphash(key, bytes, LENGTH4);
	if (IN6_IS_ADDR_V4MAPPED((const struct in6_addr *)address->ipaddr_ptr))
		return siphash(key, bytes + sizeof(struct in6_addr) - LENGTH4, LENGTH4);
	return siphash(key, bytes, NETWORK6);
}

static void
describe(request_rec *request, apr_uid_t owner, struct trace *trace)
{
	const char *slash = request->filename ? strrchr(request->filename, '/') : NULL;
	const char *name = slash ? slash + 1 : "";
	trace->uid = (uint32_t)owner;
	trace->visitor = visitor_of(request);
	trace->flags =
	    (uint8_t)((request->user ? TRACE_KNOWN : 0) |
		      (apr_table_get(request->headers_in, "Cookie") ? TRACE_COOKIE : 0));
	apr_cpystrn(trace->script, name, sizeof(trace->script));
}

static void
read_words(struct reader *reader, const char *words)
{
	parameters_begin_query(&reader->parameters, &tracing_events, &reader->tracing);
	parameters_feed(&reader->parameters, words, strlen(words));
	parameters_end(&reader->parameters);
}

static int
has_body(const request_rec *request)
{
	const char *length = apr_table_get(request->headers_in, "Content-Length");
	return apr_table_get(request->headers_in, "Transfer-Encoding") ||
	       (length && strcmp(length, "0") != 0);
}

/* Nothing can come of most requests: no body, and in their address no sign of a mail address.
 */
static int
says_something(const request_rec *request)
{
	return has_body(request) || (request->args && strpbrk(request->args, "@%")) ||
	       (request->path_info && strchr(request->path_info, '@'));
}

void
request_trace_begin(request_rec *request, apr_uid_t owner)
{
	owner = owner_of(request, owner);
	if (!socket_path || !key || !owner || request->main || !says_something(request))
		return;
	struct reader *reader = apr_palloc(request->pool, sizeof(*reader));
	tracing_begin(&reader->tracing, key);
	describe(request, owner, &reader->tracing.trace);
	if (request->args)
		read_words(reader, request->args);
	if (request->path_info)
		read_words(reader, request->path_info);
	if (has_body(request) && parameters_begin_body(&reader->parameters,
				     apr_table_get(request->headers_in, "Content-Type"),
				     &tracing_events, &reader->tracing))
		ap_add_input_filter(filter_name, reader, request, request->connection);
	else
		finish(reader);
}
