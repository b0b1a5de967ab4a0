/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of a scenario that are people's: what staff decide, what owners ask. */
#include "rehearse/play.h"

#include <string.h>

static void
ask(struct play *play, const struct line *line, struct case_request *request)
{
	auto_str text = {0};
	request->actor = "scenario";
	request->note = request->note ? request->note : "rehearsed";
	/* A second try may be what the scenario is about: `refused` says so. */
	bool refusal =
	    line->count > 2 && strcmp(line->words[line->count - 1].text, "refused") == 0;
	int status = flow_request(play->flow, request, play->now, &text);
	if ((status != 0) == refusal) {
		notebook_settle(play);
		return;
	}
	diag_add(play->diag, SEVERITY_ERROR, &line->place, NULL, "%s: %s",
	    refusal ? "this was not refused" : "this was refused", str_text(&text));
	play->missed = true;
}

/* The newest case of a clause and an account. */
static uint64_t
number_of(struct play *play, const struct line *line)
{
	const struct account *account = world_account(play, &line->words[1]);
	uint64_t number = 0;
	size_t position = 0;
	for (const struct casefile *casefile;
	     account && (casefile = cases_next(flow_cases(play->flow), &position));)
		if (strcmp(casefile->account_name, account->name) == 0 &&
		    strcmp(casefile->clause, line->words[2].text) == 0)
			number = casefile->number;
	return number;
}

void
do_request(struct play *play, const struct line *line)
{
	static const struct {
		const char *word;
		enum request_verb verb;
	} requests[] = {{"lift", REQUEST_LIFT}, {"mended", REQUEST_MENDED},
	    {"approve", REQUEST_APPROVE}, {"refuse", REQUEST_REFUSE},
	    {"impose", REQUEST_IMPOSE}, {"reached", REQUEST_REACHED}};
	if (line->count < 3) {
		complain_line(play, line, "whose case, and of which clause?");
		return;
	}
	struct case_request request = {.case_number = number_of(play, line)};
	for (size_t i = 0; i < array_length(requests); i++)
		if (strcmp(requests[i].word, line->words[0].text) == 0)
			request.verb = requests[i].verb;
	ask(play, line, &request);
}

/* exception CLAUSE ACCOUNT [for TIME | until DATE]; revoke CLAUSE ACCOUNT */
void
do_exception(struct play *play, const struct line *line)
{
	struct case_request request = {.verb = REQUEST_EXCEPT, .until = INT64_MAX};
	int64_t ms;
	if (strcmp(line->words[0].text, "revoke") == 0)
		request.verb = REQUEST_REVOKE;
	if (line->count != 3 && line->count != 5) {
		complain_line(play, line, "exception CLAUSE ACCOUNT [for TIME | until DATE]");
		return;
	}
	request.clause = line->words[1].text;
	request.account = line->words[2].text;
	if (line->count == 5 && strcmp(line->words[3].text, "for") == 0) {
		if (!read_duration(play, &line->words[4], &ms))
			return;
		request.until = play->now.wall + ms;
	} else if (line->count == 5 && !read_date(line->words[4].text, &request.until)) {
		complain(play, &line->words[4], NULL, "not a date:");
		return;
	}
	ask(play, line, &request);
}

/* extend ACCOUNT CLAUSE TIME; answer ACCOUNT CLAUSE owner|staff TEXT */
void
do_discussion(struct play *play, const struct line *line)
{
	struct case_request request = {.verb = REQUEST_EXTEND};
	bool answers = strcmp(line->words[0].text, "answer") == 0;
	if (line->count < 4) {
		complain_line(play, line,
		    "extend ACCOUNT CLAUSE TIME, or answer ACCOUNT CLAUSE owner|staff TEXT");
		return;
	}
	request.case_number = number_of(play, line);
	if (answers) {
		request.verb = REQUEST_ANSWER;
		request.by_owner = strcmp(line->words[3].text, "owner") == 0;
	} else if (!read_duration(play, &line->words[3], &request.time)) {
		return;
	}
	if (answers && line->count > 4)
		request.note = line->words[4].text;
	ask(play, line, &request);
}

/* request ACCOUNT KIND [CLAUSE for TIME] */
void
do_petition(struct play *play, const struct line *line)
{
	struct case_request request = {.verb = REQUEST_ASK};
	int kind = line->count > 2 ? petition_kind_find(line->words[2].text) : -1;
	int64_t ms = 0;
	if (kind < 0) {
		complain_line(play, line, "request ACCOUNT KIND [CLAUSE for TIME]");
		return;
	}
	if (line->count > 5 && !read_duration(play, &line->words[5], &ms))
		return;
	request.petition = (enum petition_kind)kind;
	request.account = line->words[1].text;
	request.clause = line->count > 3 ? line->words[3].text : NULL;
	request.until = ms ? play->now.wall + ms : 0;
	ask(play, line, &request);
}

void
do_decide_petition(struct play *play, const struct line *line)
{
	const char *word = line->words[0].text;
	int64_t number;
	if (line->count < 2 || !read_count(play, &line->words[1], INT32_MAX, &number))
		return;
	struct case_request request = {
	    .verb = strcmp(word, "grant") == 0	? REQUEST_GRANT
		    : strcmp(word, "deny") == 0 ? REQUEST_DENY
						: REQUEST_WITHDRAW,
	    .petition_number = (uint64_t)number,
	};
	ask(play, line, &request);
}

/* maintenance TIME; maintenance end */
void
do_maintenance(struct play *play, const struct line *line)
{
	bool end = line->count >= 2 && strcmp(line->words[1].text, "end") == 0;
	struct case_request request = {
	    .verb = end ? REQUEST_MAINTENANCE_END : REQUEST_MAINTENANCE};
	if (line->count < 2)
		complain_line(play, line, "maintenance TIME, or maintenance end");
	else if (end || read_duration(play, &line->words[1], &request.time))
		ask(play, line, &request);
}

void
do_breaker(struct play *play, const struct line *line)
{
	bool resume = line->count >= 2 && strcmp(line->words[1].text, "resume") == 0;
	if (line->count < 2 || (!resume && strcmp(line->words[1].text, "drop") != 0)) {
		complain_line(play, line, "breaker resume or breaker drop");
		return;
	}
	struct case_request request = {
	    .verb = resume ? REQUEST_BREAKER_RESUME : REQUEST_BREAKER_DROP};
	ask(play, line, &request);
}
