/* SPDX-License-Identifier: Apache-2.0 */
#include "site/json.h"

#include <errno.h>
#include <string.h>

#include "base/escape.h"

enum { MOST_ITEMS = 1 << 20 };

static void
json_wrong(struct json *json, const char *name, const char *what)
{
	if (!json->wrong->length)
		str_addf(json->wrong, "'%s' %s", name, what);
}

static bool
is_wrong(const struct json *json)
{
	return json->wrong && json->wrong->length;
}

void
json_text(struct json *json, const char *name, const char **text)
{
	if (json->writing) {
		if (**text)
			json_object_set_new(json->object, name, json_string(*text));
		return;
	}
	json_t *value = json_object_get(json->object, name);
	*text = "";
	if (!value)
		return;
	if (!json_is_string(value) || !text_is_clean(json_string_value(value)))
		return json_wrong(json, name, "must be a text without control characters");
	*text = arena_copy_text(json->arena, json_string_value(value));
}

void
json_number(struct json *json, const char *name, int64_t *number)
{
	if (json->writing) {
		if (*number)
			json_object_set_new(json->object, name, json_integer(*number));
		return;
	}
	json_t *value = json_object_get(json->object, name);
	*number = 0;
	if (!value)
		return;
	if (!json_is_integer(value))
		return json_wrong(json, name, "must be a whole number");
	*number = json_integer_value(value);
}

void
json_word(
    struct json *json, const char *name, int *index, int count, const char *(*names)(int index))
{
	const char *text = json->writing ? names(*index) : NULL;
	json_text(json, name, &text);
	if (json->writing)
		return;
	for (*index = 0; *index < count; (*index)++)
		if (text_equal(names(*index), text))
			return;
	*index = 0;
	json_wrong(json, name, "is a word that means nothing here");
}

/* The object within, being read or written; its object is NULL if there is none. */
static struct json
json_within(const struct json *json, json_t *object)
{
	struct json within = *json;
	within.object = object;
	return within;
}

void
json_members_of(struct json *json, const char *name, json_members *members, void *item)
{
	json_t *object = json->writing ? json_object() : json_object_get(json->object, name);
	struct json within = json_within(json, object);
	if (json->writing)
		json_object_set_new(json->object, name, object);
	else if (!json_is_object(object))
		return json_wrong(json, name, "must be an object");
	members(&within, item);
}

static void
list_write(struct json *json, const char *name, json_members *members, size_t size,
    const char *items, size_t count)
{
	if (!count)
		return;
	json_t *array = json_array();
	for (size_t i = 0; i < count; i++) {
		struct json within = json_within(json, json_object());
		/* It is only looked at: the function that names members serves both ways. */
		union {
			const void *given;
			void *taken;
		} item = {.given = items + i * size};
		members(&within, item.taken);
		json_array_append_new(array, within.object);
	}
	json_object_set_new(json->object, name, array);
}

/* The array of that name, or NULL; what is none has been said. */
static json_t *
array_get(struct json *json, const char *name)
{
	json_t *array = json_object_get(json->object, name);
	if (!array)
		return NULL;
	if (json_is_array(array) && json_array_size(array) <= MOST_ITEMS)
		return array;
	json_wrong(json, name, "must be a list");
	return NULL;
}

static void *
list_read(
    struct json *json, const char *name, json_members *members, size_t size, size_t *ret_count)
{
	json_t *array = array_get(json, name);
	*ret_count = array ? json_array_size(array) : 0;
	char *items = arena_alloc(json->arena, *ret_count * size);
	for (size_t i = 0; i < *ret_count && !is_wrong(json); i++) {
		struct json within = json_within(json, json_array_get(array, i));
		if (json_is_object(within.object))
			members(&within, items + i * size);
		else
			json_wrong(json, name, "must be a list of objects");
	}
	return items;
}

void
json_list(struct json *json, const char *name, json_members *members, size_t size,
    void *items_pointer, size_t *count)
{
	void *items;
	memcpy(&items, items_pointer, sizeof(items));
	if (json->writing)
		return list_write(json, name, members, size, items, *count);
	items = list_read(json, name, members, size, count);
	memcpy(items_pointer, &items, sizeof(items));
}

static void
texts_write(struct json *json, const char *name, const char **texts, size_t count)
{
	if (!count)
		return;
	json_t *array = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(array, json_string(texts[i]));
	json_object_set_new(json->object, name, array);
}

void
json_texts(struct json *json, const char *name, const char ***texts, size_t *count)
{
	if (json->writing)
		return texts_write(json, name, *texts, *count);
	json_t *array = array_get(json, name);
	*count = array ? json_array_size(array) : 0;
	*texts = arena_alloc(json->arena, *count * sizeof(**texts));
	for (size_t i = 0; i < *count; i++) {
		const char *text = json_string_value(json_array_get(array, i));
		if (!text || !text_is_clean(text))
			json_wrong(json, name, "must be a list of texts");
		(*texts)[i] = arena_copy_text(json->arena, text ? text : "");
	}
}

static void
add_json(struct str *out, const json_t *value)
{
	auto_free char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	str_add(out, text ? text : "null");
}

/* Of a list each element on a line of its own: a book of a thousand accounts can be read. */
static void
add_member(struct str *out, const char *name, json_t *value)
{
	str_addf(out, "\"%s\":", name);
	if (!json_is_array(value))
		return add_json(out, value);
	str_add_char(out, '[');
	for (size_t i = 0; i < json_array_size(value); i++) {
		str_add(out, i ? ",\n" : "\n");
		add_json(out, json_array_get(value, i));
	}
	str_add_char(out, ']');
}

void
json_encode(json_members *members, const void *item, struct str *out)
{
	union {
		const void *given;
		void *taken;
	} either = {.given = item};
	struct json json = {.object = json_object(), .writing = true};
	members(&json, either.taken);
	const char *name;
	json_t *value;
	const char *before = "{";
	json_object_foreach(json.object, name, value)
	{
		str_add(out, before);
		add_member(out, name, value);
		before = ",\n";
	}
	str_add(out, "}\n");
	json_decref(json.object);
}

int
json_decode(const void *bytes, size_t length, struct arena *arena, json_members *members,
    void *item, struct str *ret_wrong)
{
	json_error_t error;
	auto_str wrong = {0};
	struct json json = {.arena = arena, .wrong = &wrong};
	json.object = json_loadb(bytes, length, JSON_REJECT_DUPLICATES, &error);
	if (!json_is_object(json.object))
		str_addf(&wrong, "line %d: %s", error.line, error.text);
	else
		members(&json, item);
	json_decref(json.object);
	str_add(ret_wrong, str_text(&wrong));
	return wrong.length ? -EINVAL : 0;
}
