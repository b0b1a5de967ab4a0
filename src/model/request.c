/* SPDX-License-Identifier: Apache-2.0 */
#include "model/request.h"

#include <errno.h>
#include <string.h>

#include "base/escape.h"

#define M(member) (UINT32_C(1) << MEMBER_##member)

static const struct ask_info asks[] = {
#define ASK(symbol, name, who, by, must, may)                                                  \
	[ASK_##symbol] = {name, WHO_##who, PROCESS_##by, must, (must) | (may)},
#include "model/requests.def"
#undef ASK
};

const struct ask_info *
ask_info(enum ask ask)
{
	return &asks[ask];
}

int
ask_find(const char *name)
{
	for (int ask = 0; ask < ASK_COUNT; ask++)
		if (strcmp(asks[ask].name, name) == 0)
			return ask;
	return -1;
}

const char *
request_member_name(enum request_member member)
{
	static const char *const names[] = {
#define TEXT(symbol, member, size, json) [MEMBER_##symbol] = json,
#define NUMBER(symbol, member, json)	 [MEMBER_##symbol] = json,
#define DATE(symbol, member, json)	 [MEMBER_##symbol] = json,
#define FLAG(symbol, member, json)	 [MEMBER_##symbol] = json,
#include "model/request_members.def"
#undef TEXT
#undef NUMBER
#undef DATE
#undef FLAG
	};
	return names[member];
}

bool
request_permitted(const struct request *request)
{
	switch (asks[request->ask].who) {
	case WHO_ANYBODY:
		return true;
	case WHO_OWNER:
		return request->asker.staff || request->asker.account != 0;
	case WHO_STAFF:
		return request->asker.staff;
	case WHO_RECEIVER:
		return request->asker.receiver || request->asker.staff;
	}
	return false;
}

bool
request_about(const struct request *request, uint32_t account, uint32_t generation)
{
	const struct asker *asker = &request->asker;
	return asker->staff || (asker->account != 0 && asker->account == account &&
				   asker->generation == generation);
}

void
request_encode(const struct request *request, struct str *out)
{
	wire_put_u64(out, request->id);
	wire_put_u32(out, request->ask);
	wire_put_u32(out, request->asker.uid);
	wire_put_u32(out, request->asker.account);
	wire_put_u32(out, request->asker.generation);
	wire_put_u8(out, request->asker.staff);
	wire_put_u8(out, request->asker.receiver);
	wire_put_text(out, request->asker.name);
#define TEXT(symbol, member, size, json) wire_put_text(out, request->member);
#define NUMBER(symbol, member, json)	 wire_put_u64(out, request->member);
#define DATE(symbol, member, json)	 wire_put_i64(out, request->member);
#define FLAG(symbol, member, json)	 wire_put_u8(out, request->member);
#include "model/request_members.def"
#undef TEXT
#undef NUMBER
#undef DATE
#undef FLAG
}

int
request_decode(const void *bytes, size_t length, struct request *ret_request)
{
	struct wire_reader reader = wire_read(bytes, length);
	struct request request = {0};
	request.id = wire_get_u64(&reader);
	request.ask = wire_get_below(&reader, ASK_COUNT);
	request.asker.uid = wire_get_u32(&reader);
	request.asker.account = wire_get_u32(&reader);
	request.asker.generation = wire_get_u32(&reader);
	request.asker.staff = wire_get_u8(&reader) != 0;
	request.asker.receiver = wire_get_u8(&reader) != 0;
	wire_get_text_into(&reader, request.asker.name, sizeof(request.asker.name));
#define TEXT(symbol, member, size, json)                                                       \
	wire_get_text_into(&reader, request.member, sizeof(request.member));
#define NUMBER(symbol, member, json) request.member = wire_get_u64(&reader);
#define DATE(symbol, member, json)   request.member = wire_get_i64(&reader);
#define FLAG(symbol, member, json)   request.member = wire_get_u8(&reader) != 0;
#include "model/request_members.def"
#undef TEXT
#undef NUMBER
#undef DATE
#undef FLAG
	int bad = wire_end(&reader);
	if (!bad)
		*ret_request = request;
	return bad;
}

/* A line of text inside a JSON string: escape_text() leaves only two marks to escape. */
static void
add_json_line(struct str *out, const char *line, size_t length)
{
	auto_str clean = {0};
	escape_bytes(&clean, line, length);
	for (const char *at = str_text(&clean); *at; at++) {
		if (*at == '"' || *at == '\\')
			str_add_char(out, '\\');
		str_add_char(out, *at);
	}
}

/* Text of several lines (what is wrong with a policy) keeps its line ends, as \n. */
static void
add_json_text(struct str *out, const char *text)
{
	str_add_char(out, '"');
	size_t length = strcspn(text, "\n");
	add_json_line(out, text, length);
	for (text += length; *text; text += length) {
		str_add(out, "\\n");
		text++;
		length = strcspn(text, "\n");
		add_json_line(out, text, length);
	}
	str_add_char(out, '"');
}

void
reply_encode(
    uint64_t id, enum answer_status status, const char *text, const char *data, struct str *out)
{
	wire_put_u64(out, id);
	str_addf(out, "{\"status\":%d,\"text\":", (int)status);
	add_json_text(out, text);
	str_add(out, ",\"data\":");
	str_add(out, data ? data : "null");
	str_add_char(out, '}');
}

int
reply_decode(const void *bytes, size_t length, struct reply *ret_reply)
{
	struct wire_reader reader = wire_read(bytes, length);
	struct reply reply = {.id = wire_get_u64(&reader)};
	if (reader.failed || reader.at == reader.end)
		return -EBADMSG;
	reply.json = (const char *)reader.at;
	reply.length = (size_t)(reader.end - reader.at);
	if (memchr(reply.json, '\n', reply.length) || memchr(reply.json, '\0', reply.length))
		return -EBADMSG;
	*ret_reply = reply;
	return 0;
}
