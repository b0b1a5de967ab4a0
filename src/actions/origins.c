/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/origins.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/memory.h"

enum { LONGEST_PATH = 4096 };

void
origins_group(const char *group, uint32_t number, struct str *out)
{
	str_addf(out, "%s/o%u", group, number);
}

uint32_t
origins_find(const struct origins *origins, const char *path)
{
	uint32_t number = 0;
	while (number < origins->count && strcmp(origins->paths[number], path) != 0)
		number++;
	return number;
}

void
origins_set(struct origins *origins, uint32_t number, const char *path)
{
	char *copy = memory_copy_text(path);
	if (number == origins->count)
		origins->count++;
	else
		free(origins->paths[number]);
	origins->paths[number] = copy;
}

void
origins_clear(struct origins *origins)
{
	for (uint32_t i = 0; origins && i < origins->count; i++)
		free(origins->paths[i]);
	if (origins)
		*origins = (struct origins){0};
}

void
origins_say(const struct origins *origins, struct str *text)
{
	for (uint32_t i = 0; i < origins->count; i++) {
		str_add(text, i ? ", '/" : " '/");
		escape_text(text, origins->paths[i]);
		str_add_char(text, '\'');
	}
}

void
origins_encode(const struct origins *origins, struct str *out)
{
	wire_put_text(out, origins->controller);
	wire_put_u32(out, origins->count);
	for (uint32_t i = 0; i < origins->count; i++)
		wire_put_text(out, origins->paths[i]);
}

void
origins_decode(struct wire_reader *reader, struct arena *arena, struct origins *ret_origins)
{
	wire_get_text_into(reader, ret_origins->controller, sizeof(ret_origins->controller));
	ret_origins->count = wire_get_below(reader, MOST_ORIGINS + 1);
	for (uint32_t i = 0; i < ret_origins->count; i++)
		ret_origins->paths[i] =
		    memory_copy_text(wire_get_text(reader, arena, LONGEST_PATH));
}

static int
adopt_one(void *context, const char *name)
{
	struct origins *origins = context;
	uint32_t number = name[0] == 'o' ? (uint32_t)strtoul(name + 1, NULL, 10) : MOST_ORIGINS;
	while (number < MOST_ORIGINS && origins->count <= number)
		origins_set(origins, origins->count, "");
	return 0;
}

bool
origins_adopt(const struct hierarchy *hierarchy, const char *group, struct origins *origins)
{
	return !cgroup_children(hierarchy, group, adopt_one, origins);
}

/* Number of the place whose group a path lies in; MOST_ORIGINS: in none of them. */
static uint32_t
number_within(const char *path, const char *group, const struct origins *from)
{
	for (uint32_t i = 0; i < from->count; i++) {
		auto_str below = {0};
		origins_group(group, i, &below);
		if (cgroup_within(path, str_text(&below)))
			return i;
	}
	return MOST_ORIGINS;
}

bool
origins_lead_on(struct origins *origins, const char *group, const struct origins *from)
{
	bool led = false;
	for (uint32_t i = 0; i < origins->count; i++) {
		if (!cgroup_within(origins->paths[i], group))
			continue;
		uint32_t number = number_within(origins->paths[i], group, from);
		origins_set(origins, i, number < MOST_ORIGINS ? from->paths[number] : "");
		led = true;
	}
	return led;
}

int
origins_each(const struct hierarchy *hierarchy, const char *group,
    const struct origins *origins, int (*visit)(void *, uint32_t), void *context)
{
	int worst = 0;
	for (uint32_t i = 0; i < origins->count; i++) {
		auto_str below = {0};
		origins_group(group, i, &below);
		int status = cgroup_each(hierarchy, str_text(&below), visit, context);
		worst = status && status != -ENOENT ? status : worst;
	}
	return worst;
}

int
origins_remove(
    const struct hierarchy *hierarchy, const char *group, const struct origins *origins)
{
	int worst = 0;
	for (uint32_t i = 0; i < origins->count; i++) {
		auto_str below = {0};
		origins_group(group, i, &below);
		int status = cgroup_remove(hierarchy, str_text(&below));
		worst = status ? status : worst;
	}
	return worst ? worst : cgroup_remove(hierarchy, group);
}
