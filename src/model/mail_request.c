/* SPDX-License-Identifier: Apache-2.0 */
#include "model/mail_request.h"

#include <string.h>

#include "base/siphash.h"

uint64_t
mail_request_script(const char *path)
{
	static const uint8_t key[16] = "hayward script n";
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	return siphash(key, name, strlen(name));
}

void
mail_request_encode(const struct mail_request *request, struct str *out)
{
	wire_put_u64(out, request->id);
	wire_put_u64(out, request->visitor);
	wire_put_u64(out, request->script);
	wire_put_u8(out, request->is_known);
	wire_put_u8(out, request->has_cookie);
	wire_put_u8(out, request->has_text);
	wire_put_u8(out, request->is_forms);
	wire_put_u8(out, request->to_house);
	wire_put_u8(out, request->has_added);
	wording_encode(&request->wording, out);
	wire_put_u32(out, request->stranger_count);
	for (uint32_t i = 0; i < request->stranger_count; i++)
		wire_put_u64(out, request->strangers[i]);
}

struct mail_request
mail_request_decode(struct wire_reader *reader)
{
	struct mail_request request = {.id = wire_get_u64(reader)};
	request.visitor = wire_get_u64(reader);
	request.script = wire_get_u64(reader);
	request.is_known = wire_get_u8(reader) != 0;
	request.has_cookie = wire_get_u8(reader) != 0;
	request.has_text = wire_get_u8(reader) != 0;
	request.is_forms = wire_get_u8(reader) != 0;
	request.to_house = wire_get_u8(reader) != 0;
	request.has_added = wire_get_u8(reader) != 0;
	request.wording = wording_decode(reader);
	request.stranger_count = wire_get_below(reader, MAIL_REQUEST_MOST_STRANGERS + 1);
	for (uint32_t i = 0; i < request.stranger_count && !reader->failed; i++)
		request.strangers[i] = wire_get_u64(reader);
	return request;
}
