/* SPDX-License-Identifier: Apache-2.0 */
/* Points and results as bytes: told by the writer, kept on disk. */
#include <errno.h>
#include <string.h>

#include "actions/export.h"
#include "base/wire.h"

enum { POINT_VERSION = 1 };

void
export_point_encode(const struct export_point *point, struct str *out)
{
	wire_put_u32(out, POINT_VERSION);
	wire_put_i64(out, point->kept);
	wire_put_i64(out, point->list_kept);
	wire_put_i64(out, point->raw);
	wire_put_u64(out, point->entries);
	wire_put_u64(out, point->left_out);
	wire_put_u8(out, point->cut);
	wire_put_text(out, point->position);
}

static void
get_point(struct wire_reader *reader, struct export_point *point)
{
	if (wire_get_u32(reader) != POINT_VERSION)
		reader->failed = true;
	point->kept = wire_get_i64(reader);
	point->list_kept = wire_get_i64(reader);
	point->raw = wire_get_i64(reader);
	point->entries = wire_get_u64(reader);
	point->left_out = wire_get_u64(reader);
	point->cut = wire_get_u8(reader) != 0;
	wire_get_text_into(reader, point->position, sizeof(point->position));
	if (point->kept < 0 || point->list_kept < 0 || point->raw < 0)
		reader->failed = true;
}

int
export_point_decode(const void *bytes, size_t length, struct export_point *ret_point)
{
	struct wire_reader reader = wire_read(bytes, length);
	struct export_point point = {0};
	get_point(&reader, &point);
	int status = wire_end(&reader);
	if (!status)
		*ret_point = point;
	return status;
}

void
export_result_encode(const struct export_result *result, struct str *out)
{
	wire_put_text(out, result->digest.text);
	export_point_encode(&result->end, out);
}

int
export_result_decode(const void *bytes, size_t length, struct export_result *ret_result)
{
	struct wire_reader reader = wire_read(bytes, length);
	struct export_result result = {0};
	wire_get_text_into(&reader, result.digest.text, sizeof(result.digest.text));
	get_point(&reader, &result.end);
	int status = wire_end(&reader);
	if (!status)
		*ret_result = result;
	return status;
}
