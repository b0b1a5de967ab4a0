/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Victim or culprit. A few visitors who ask without end make a site dear whose
 * owner did nothing; he is told who they are, and his ladder waits. Two things
 * must come together: the visitors are few and make most of the requests
 * (engine/visitors.h), and what they ask for is what the account spends most
 * on. A job of his own that runs away while a crawler passes by stays his.
 */
#include <string.h>

#include "base/escape.h"
#include "engine/visitors.h"
#include "flow/internal.h"
#include "model/quantity.h"

enum { WHOLE_PERCENT = 10000 };

/* Programs that run an account's pages without being named by their script. */
static const char *const page_programs[] = {"php-fpm", "php-cgi", "lsphp", "suexec"};

static const char *
base_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

/* Whether one of the names between the slashes of a visited path is the script's. */
static bool
path_names(const char *path, const char *script)
{
	size_t length = strlen(script);
	for (const char *part = path; *part;) {
		part += strspn(part, "/");
		size_t size = strcspn(part, "/");
		if (size == length && !memcmp(part, script, size))
			return true;
		part += size;
	}
	return false;
}

/*
 * Whether the flooders' requests lead to the script: by its name, or because
 * it is an index, to which sites send whatever is asked for.
 */
static bool
is_asked_for(const struct flood *flood, const char *script)
{
	const char *name = base_of(script);
	for (size_t i = 0; i < array_length(page_programs); i++)
		if (text_starts_with(name, page_programs[i]))
			return true;
	if (text_starts_with(name, "index."))
		return true;
	for (uint32_t i = 0; i < flood->count; i++)
		if (path_names(flood->by[i].path, name))
			return true;
	return false;
}

/* At least half of what the account used within the clause's window goes into what they ask
 * for. */
static bool
explains_account(struct flow *flow, const struct flood *flood, const struct casefile *casefile)
{
	struct finding finding = {
	    .subject = casefile->subject, .measure = casefile->measure, .label = ""};
	int64_t asked = 0;
	engine_evidence(flow->engine, &finding);
	for (uint32_t i = 0; i < finding.evidence_count; i++)
		if (is_asked_for(flood, finding.evidence[i].label))
			asked += finding.evidence[i].of_own;
	return asked * 2 >= WHOLE_PERCENT;
}

/* Whether more visits alone make it more. */
static bool
grows_with_visits(enum measure measure)
{
	enum resource resource = measure_info(measure)->resource;
	return resource == RESOURCE_CPU || resource == RESOURCE_MEMORY ||
	       measure == MEASURE_SCRIPT_RUNS;
}

static bool
explains(struct flow *flow, const struct flood *flood, const struct casefile *casefile)
{
	if (casefile->measure < 0 || !grows_with_visits((enum measure)casefile->measure))
		return false;
	if (casefile->subject.kind == KIND_SCRIPT)
		return is_asked_for(flood, casefile->label);
	return casefile->subject.kind == KIND_ACCOUNT &&
	       explains_account(flow, flood, casefile);
}

static void
name_flooder(const struct flooder *flooder, struct str *out)
{
	str_addf(out, "%s: ", flooder->who);
	quantity_add(out, UNIT_COUNT, (int64_t)flooder->requests);
	str_add(out, " requests");
	if (flooder->path[0]) {
		str_add(out, ", most of them for ");
		escape_text(out, flooder->path);
	}
	if (flooder->refused * 2 > flooder->requests)
		str_add(out, ", most of them refused");
}

static void
describe(const struct flood *flood, struct str *out)
{
	uint64_t together = 0;
	for (uint32_t i = 0; i < flood->count; i++) {
		together += flood->by[i].requests;
		str_add(out, i ? "; " : "");
		name_flooder(&flood->by[i], out);
	}
	uint64_t part = flood->requests ? together * WHOLE_PERCENT / flood->requests : 0;
	str_add(out, "; together ");
	quantity_add(out, UNIT_PERCENT, (int64_t)(part < WHOLE_PERCENT ? part : WHOLE_PERCENT));
	str_add(out, " of what the site was asked within five minutes");
}

bool
sense_flood(void *context, const struct casefile *casefile, struct str *ret_words)
{
	struct flow *flow = context;
	struct flood flood;
	if (!visitors_flood(flow->visitors, casefile->subject.account,
		casefile->subject.generation, flow->now.boot, &flood) ||
	    !explains(flow, &flood, casefile))
		return false;
	describe(&flood, ret_words);
	return true;
}

void
flow_visits(struct flow *flow, const struct visits *visits, struct moment now)
{
	flow_at(flow, now);
	visitors_take(flow->visitors, visits);
}
