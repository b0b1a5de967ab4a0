/* SPDX-License-Identifier: Apache-2.0 */
#include "model/deed.h"

void
deed_encode(const struct deed *deed, struct str *out)
{
	wire_put_u32(out, deed->uid);
	wire_put_u64(out, deed->script);
	wire_put_u32(out, deed->pid);
	wire_put_u64(out, deed->pid_start);
	wire_put_u32(out, deed->measure);
	wire_put_i64(out, deed->at);
	wire_put_i64(out, deed->value);
	wire_put_text(out, deed->text);
}

int
deed_decode(const void *bytes, size_t length, struct arena *arena, struct deed *ret_deed)
{
	struct wire_reader reader = wire_read(bytes, length);
	struct deed deed = {0};
	deed.uid = wire_get_u32(&reader);
	deed.script = wire_get_u64(&reader);
	deed.pid = wire_get_u32(&reader);
	deed.pid_start = wire_get_u64(&reader);
	deed.measure = wire_get_below(&reader, MEASURE_COUNT);
	deed.at = wire_get_i64(&reader);
	deed.value = wire_get_i64(&reader);
	deed.text = wire_get_text(&reader, arena, LONGEST_DEED);
	int status = wire_end(&reader);
	if (!status)
		*ret_deed = deed;
	return status;
}
