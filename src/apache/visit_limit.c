/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The visitors' table is one for all sites, without a lock: each place holds whose it is, and
 * until when that visitor's visits are used up, and is changed as a whole or, if somebody was
 * quicker, once more. A full table forgets who has the least behind him, which is what
 * a minute's waiting would do as well. Nobody can choose whom he drives out: where somebody
 * stands is a matter of a secret of this server's start.
 */
#include "visit_limit.h"

#include <apr_shm.h>
#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>

APLOG_USE_MODULE(hayward);

enum {
	ROWS = 4096,
	PLACES = 4, /* in a row */
	MOST_A_MINUTE = 100000,
	MINUTE_MS = 60000,
};

/* In one word, so that it changes as a whole: the visitor's mark, and the time (ms since
 * the table was made) until which what he asked for lasts. */
enum { TIME_BITS = 40 };

static const apr_uint64_t time_mask = ((apr_uint64_t)1 << TIME_BITS) - 1;

struct table {
	apr_uint64_t secret[2];
	apr_time_t begun;
	apr_uint64_t places[ROWS][PLACES];
};

static struct table *table; /* shared by the server's processes; replaced at each reload */

void *
visit_limit_new(apr_pool_t *pool, char *folder)
{
	(void)folder;
	return apr_pcalloc(pool, sizeof(struct visit_limit));
}

void *
visit_limit_merge(apr_pool_t *pool, void *outer, void *inner)
{
	const struct visit_limit *near = inner;
	return apr_pmemdup(pool, near->is_set ? inner : outer, sizeof(*near));
}

const char *
visit_limit_set(cmd_parms *command, void *folder, const char *word)
{
	struct visit_limit *limit = folder;
	char *end;
	apr_int64_t number = strcasecmp(word, "off") ? apr_strtoi64(word, &end, 10) : 0;
	(void)command;
	if (strcasecmp(word, "off") && (*end || number < 1 || number > MOST_A_MINUTE))
		return "HaywardVisits wants off, or how many a minute: 1 to 100000";
	limit->is_set = 1;
	limit->most = (int)number;
	return NULL;
}

int
visit_limit_start(apr_pool_t *pool, apr_pool_t *log, apr_pool_t *temporary, server_rec *server)
{
	apr_shm_t *shared = NULL;
	(void)log;
	(void)temporary;
	table = NULL;
	apr_status_t status = apr_shm_create(&shared, sizeof(*table), NULL, pool);
	if (status == APR_SUCCESS) {
		table = apr_shm_baseaddr_get(shared);
		memset(table, 0, sizeof(*table));
		table->begun = apr_time_now();
		status = apr_generate_random_bytes(
		    (unsigned char *)table->secret, sizeof(table->secret));
	}
	if (status == APR_SUCCESS)
		return OK;
	ap_log_error(APLOG_MARK, APLOG_CRIT, status, server, "no table of visitors");
	return HTTP_INTERNAL_SERVER_ERROR;
}

/* A mixer of 64 bits (David Stafford's thirteenth variant, as in SplitMix64). */
static apr_uint64_t
mix(apr_uint64_t word)
{
	word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9ULL;
	word = (word ^ (word >> 27)) * 0x94d049bb133111ebULL;
	return word ^ (word >> 31);
}

static apr_uint64_t
add_bytes(apr_uint64_t sum, const void *bytes, apr_size_t length)
{
	const unsigned char *at = bytes;
	for (apr_size_t i = 0; i < length; i++)
		sum = mix(sum ^ table->secret[1] ^ at[i]);
	return sum;
}

/* Of IPv6 the first half counts: the rest one visitor has for himself. An IPv4 visitor
 * of a socket for both is written as an IPv6 one, with his own at the end. */
static apr_uint64_t
add_address(apr_uint64_t sum, const apr_sockaddr_t *address)
{
	enum { NETWORK6 = 8, LENGTH4 = 4 };
	const unsigned char *bytes = address->ipaddr_ptr;
	if (address->family == APR_INET)
		return add_bytes(sum, bytes, LENGTH4);
	if (IN6_IS_ADDR_V4MAPPED((const struct in6_addr *)address->ipaddr_ptr))
		return add_bytes(sum, bytes + sizeof(struct in6_addr) - LENGTH4, LENGTH4);
	return add_bytes(sum, bytes, NETWORK6);
}

/* Who visits whom. */
static apr_uint64_t
visitor_of(const request_rec *request)
{
	const char *site = request->server->server_hostname;
	apr_uint64_t sum = add_address(table->secret[0], request->useragent_addr);
	return site ? add_bytes(sum, site, strlen(site)) : sum;
}

static apr_uint64_t *
place_of(apr_uint64_t visitor)
{
	apr_uint64_t *row = table->places[visitor % ROWS], *last = row;
	for (int i = 0; i < PLACES; i++) {
		apr_uint64_t held = __atomic_load_n(&row[i], __ATOMIC_RELAXED);
		if (held && held >> TIME_BITS == visitor >> TIME_BITS)
			return &row[i];
		if ((held & time_mask) <
		    (__atomic_load_n(last, __ATOMIC_RELAXED) & time_mask))
			last = &row[i];
	}
	return last;
}

/* Takes one visit. 0; or after how many ms there is one. */
static apr_uint64_t
take_visit(apr_uint64_t visitor, int most)
{
	apr_uint64_t now = (apr_uint64_t)apr_time_as_msec(apr_time_now() - table->begun) + 1;
	apr_uint64_t each = MINUTE_MS / (apr_uint64_t)most, until, next;
	apr_uint64_t *place = place_of(visitor);
	apr_uint64_t held = __atomic_load_n(place, __ATOMIC_RELAXED);
	do {
		int is_his = held >> TIME_BITS == visitor >> TIME_BITS;
		until = is_his ? held & time_mask : 0;
		until = (until > now ? until : now) + (each ? each : 1);
		if (until > now + MINUTE_MS)
			return until - now - MINUTE_MS;
		next = visitor >> TIME_BITS << TIME_BITS | (until & time_mask);
	} while (!__atomic_compare_exchange_n(
	    place, &held, next, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	return 0;
}

/* One visit may go through several scripts: a rewritten one, the page of an error. */
static int
was_counted(const request_rec *request)
{
	for (; request; request = request->prev ? request->prev : request->main)
		if (apr_table_get(request->notes, "hayward-visit"))
			return 1;
	return 0;
}

int
visit_limit_check(request_rec *request, const struct visit_limit *limit)
{
	if (!limit->most || !table || was_counted(request))
		return DECLINED;
	apr_table_setn(request->notes, "hayward-visit", "counted");
	apr_uint64_t waits = take_visit(visitor_of(request), limit->most);
	if (!waits)
		return DECLINED;
	apr_table_setn(request->err_headers_out, "Retry-After",
	    apr_psprintf(request->pool, "%" APR_UINT64_T_FMT, waits / 1000 + 1));
	ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, request,
	    "more than %d scripts a minute for one visitor", limit->most);
	return HTTP_TOO_MANY_REQUESTS;
}
