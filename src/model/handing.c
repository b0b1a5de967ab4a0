/* SPDX-License-Identifier: Apache-2.0 */
#include "model/handing.h"

#include "base/wire.h"

void
handing_encode(const struct handing *handing, struct str *out)
{
	wire_put_u32(out, handing->uid);
	wire_put_u64(out, handing->script);
	wire_put_i64(out, handing->at);
	wire_put_u32(out, handing->port);
	wire_put_u32(out, handing->starter);
}

int
handing_decode(const void *bytes, size_t length, struct handing *ret_handing)
{
	struct wire_reader reader = wire_read(bytes, length);
	struct handing handing = {0};
	handing.uid = wire_get_u32(&reader);
	handing.script = wire_get_u64(&reader);
	handing.at = wire_get_i64(&reader);
	handing.port = (uint16_t)wire_get_below(&reader, UINT16_MAX + 1);
	handing.starter = wire_get_below(&reader, STARTER_COUNT);
	int status = wire_end(&reader);
	if (!status)
		*ret_handing = handing;
	return status;
}
