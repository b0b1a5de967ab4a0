/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What anybody on the host may send to control: the first byte chooses between
 * a line of JSON and the encoded request behind it. What decodes must survive
 * its own encoding unchanged.
 */
#include <stdint.h>
#include <string.h>

#include "base/log.h"
#include "procs/control.h"
#include "procs/request_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void
check_round_trip(const struct request *request)
{
	auto_str once = {0}, twice = {0};
	struct request again;
	request_encode(request, &once);
	if (request_decode(once.data, once.length, &again))
		panic("an encoded request does not decode");
	request_encode(&again, &twice);
	if (once.length != twice.length || memcmp(once.data, twice.data, once.length) != 0)
		panic("a request changes on its way");
}

/* Whatever a customer asks: what passes is about the own account. */
static void
check_authority(struct request *request)
{
	auto_str why = {0};
	request->asker = (struct asker){.uid = 1001, .account = 1001, .name = "alice"};
	if (request_authorise(request, &why)) {
		if (!why.length)
			panic("refused without a word");
		return;
	}
	if (ask_info(request->ask)->who == WHO_STAFF)
		panic("a customer may ask '%s'", ask_info(request->ask)->name);
	if (*request->account && strcmp(request->account, "alice") != 0)
		panic("a customer asks about '%s'", request->account);
}

static void
parse_line(const char *line, size_t length)
{
	auto_str wrong = {0};
	struct request request;
	if (request_parse(line, length, &request, &wrong)) {
		if (!wrong.length)
			panic("refused without a word");
		return;
	}
	check_round_trip(&request);
	check_authority(&request);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct request request;
	if (length == 0)
		return 0;
	if (bytes[0] == '{')
		parse_line((const char *)bytes, length);
	else if (!request_decode(bytes + 1, length - 1, &request))
		check_round_trip(&request);
	return 0;
}
