/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people ask of the past: the records of a case. Who may ask is looked at
 * again here; an owner, should the table of questions let him ask, would see his own.
 */
#include "procs/keeper.h"

#include <errno.h>
#include <inttypes.h>

#include "model/request.h"

enum { MOST_RECORDS = 5000 };

/* Whether the asker may see the case: a foreign one looks to him like one that is not there. */
static int
look_up(struct keeper *keeper, const struct request *request)
{
	uint32_t account, generation;
	int status = keeper->database ? database_case_owner(keeper->database,
					    request->case_number, &account, &generation)
				      : -EBADF;
	if (!status && !request_about(request, account, generation))
		status = -ENOENT;
	return status;
}

static int
add_data(struct keeper *keeper, const struct request *request, struct str *data)
{
	struct history_query query = {
	    .case_number = request->case_number, .most = MOST_RECORDS};
	auto_str beyond = {0};
	uint64_t next = 0;
	str_addf(data, "{\"case\":%" PRIu64 ",\"records\":", request->case_number);
	int status = database_history(keeper->database, &query, data, &query.after);
	query.most = 1;
	if (!status)
		status = database_history(keeper->database, &query, &beyond, &next);
	str_addf(data, ",\"more\":%s}", next ? "true" : "false");
	return status;
}

static void
answer(struct keeper *keeper, const struct request *request, struct str *reply)
{
	auto_str data = {0}, text = {0};
	int status = look_up(keeper, request);
	if (!status)
		status = add_data(keeper, request, &data);
	if (status == -ENOENT)
		str_addf(&text, "there is no case %" PRIu64, request->case_number);
	else if (status)
		str_add(&text, "the database cannot be read just now");
	enum answer_status answer = status == -ENOENT ? ANSWER_NOT_FOUND
				    : status	      ? ANSWER_UNREACHED
						      : ANSWER_OK;
	reply_encode(
	    request->id, answer, str_text(&text), status ? NULL : str_text(&data), reply);
}

int
keeper_history(struct keeper *keeper, const void *bytes, size_t length)
{
	struct request request;
	auto_str reply = {0};
	int status = request_decode(bytes, length, &request);
	if (status)
		return status;
	if (request.ask != ASK_HISTORY && request.ask != ASK_INVENTORY)
		return -EBADMSG;
	/* What was acknowledged a moment ago belongs into the answer. */
	keeper_follow(keeper);
	bool permitted = request_permitted(&request);
	if (permitted && request.ask == ASK_INVENTORY)
		keeper_answer_inventory(keeper, &request, &reply);
	else if (permitted)
		answer(keeper, &request, &reply);
	else
		reply_encode(
		    request.id, ANSWER_REFUSED, "that is not yours to ask", NULL, &reply);
	status = process_send(keeper->frame, PROCESS_CONTROL, MESSAGE_HISTORY_REPLY, reply.data,
	    reply.length, -1);
	/* Control that is gone, or is behind, has given up waiting. */
	(void)status;
	return 0;
}
