/* SPDX-License-Identifier: Apache-2.0 */
#include "procs/answer_json.h"

#include "base/clock.h"
#include "base/escape.h"
#include "base/log.h"
#include "base/str.h"
#include "model/quantity.h"

/* jansson says NULL when memory is out, or when we gave it what is no UTF-8. */
static json_t *
made(json_t *value)
{
	if (!value)
		panic("cannot make JSON");
	return value;
}

json_t *
json_shown(const char *text)
{
	if (!text)
		return json_null();
	auto_str clean = {0};
	escape_text(&clean, text);
	return made(json_string(str_text(&clean)));
}

json_t *
json_percent(int64_t hundredths)
{
	return made(json_real((double)hundredths / 100));
}

json_t *
json_moment(int64_t wall)
{
	if (wall == 0)
		return json_null();
	if (wall == INT64_MAX)
		return made(json_string("revoked"));
	auto_str text = {0};
	clock_add_utc(&text, wall);
	return made(json_string(str_text(&text)));
}

json_t *
json_quantity(enum unit unit, int64_t value)
{
	auto_str text = {0};
	quantity_add(&text, unit, value);
	return made(json_string(str_text(&text)));
}

void
json_set(json_t *object, const char *name, json_t *value)
{
	if (json_object_set_new(object, name, value))
		panic("cannot set '%s' of a JSON object", name);
}

void
json_set_integer(json_t *object, const char *name, int64_t value)
{
	json_set(object, name, made(json_integer(value)));
}

void
json_set_flag(json_t *object, const char *name, bool value)
{
	json_set(object, name, json_boolean(value));
}

void
json_set_shown(json_t *object, const char *name, const char *text)
{
	json_set(object, name, json_shown(text));
}

void
json_push(json_t *array, json_t *value)
{
	if (json_array_append_new(array, value))
		panic("cannot append to a JSON array");
}

json_t *
json_new_object(void)
{
	return made(json_object());
}

json_t *
json_new_array(void)
{
	return made(json_array());
}
