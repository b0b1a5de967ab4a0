/* SPDX-License-Identifier: Apache-2.0 */
#include "config/users.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/memory.h"
#include "config/values.h"

enum { MOST_FIELDS = 7, LONGEST_NAME = 63 };

/* One line, cut into its fields. */
struct line {
	struct place place;
	size_t count;
	const char *fields[MOST_FIELDS];
};

static void
cut_fields(struct line *line, char *text)
{
	line->count = 0;
	for (char *at = text; at && line->count < MOST_FIELDS;) {
		line->fields[line->count++] = at;
		at = strchr(at, ':');
		if (at)
			*at++ = '\0';
	}
}

/* The next line that is neither empty nor a comment. */
static bool
next_line(const struct source *source, size_t *at, struct arena *arena, struct line *ret_line)
{
	while (*at < source->length) {
		const char *start = source->text + *at;
		const char *end = memchr(start, '\n', source->length - *at);
		size_t length = end ? (size_t)(end - start) : source->length - *at;
		struct place place = {.file = source->name,
		    .text = source->text,
		    .offset = *at,
		    .length = length ? length : 1};
		*at += length + 1;
		if (!length || *start == '#' || *start == '+' || *start == '-')
			continue;
		ret_line->place = place;
		cut_fields(ret_line, arena_copy(arena, start, length));
		return true;
	}
	return false;
}

bool
user_name_is_sound(const char *name)
{
	return *name && strlen(name) <= LONGEST_NAME && text_is_clean(name) &&
	       !strpbrk(name, " /");
}

static int
parse_uid(const char *text, uint32_t *ret_uid)
{
	int64_t value;
	if (value_count(text, &value) || value > UINT32_MAX - 1)
		return -EINVAL;
	*ret_uid = (uint32_t)value;
	return 0;
}

struct users
users_new(void)
{
	return (struct users){.by_name = map_new(), .by_uid = map_new()};
}

/* Unless the name or the uid is known already. */
static void
add_user(struct users *users, const struct user *user, struct arena *arena)
{
	if (users->count == MOST_USERS || users_find_name(users, user->name) ||
	    users_find_uid(users, user->uid))
		return;
	struct user *kept = arena_alloc(arena, sizeof(*kept));
	*kept = *user;
	memory_grow(&users->list, users->count, &users->capacity, sizeof(*users->list));
	users->list[users->count++] = kept;
	map_put_text(users->by_name, kept->name, kept);
	map_put_u64(users->by_uid, kept->uid, kept);
}

void
users_parse(
    const struct source *source, struct arena *arena, struct diag *diag, struct users *users)
{
	struct line line;
	for (size_t at = 0; next_line(source, &at, arena, &line);) {
		struct user user;
		if (line.count != MOST_FIELDS || !user_name_is_sound(line.fields[0]) ||
		    parse_uid(line.fields[2], &user.uid)) {
			diag_add(diag, SEVERITY_ERROR, &line.place, NULL,
			    "this is no line of passwd(5)");
			continue;
		}
		user.name = line.fields[0];
		user.home = text_is_clean(line.fields[5]) ? line.fields[5] : "";
		add_user(users, &user, arena);
	}
}

void
subordinates_parse(const struct source *source, struct arena *arena, struct diag *diag,
    struct subordinates *subordinates)
{
	struct line line;
	for (size_t at = 0; next_line(source, &at, arena, &line);) {
		uint32_t first, count;
		if (line.count != 3 || !user_name_is_sound(line.fields[0]) ||
		    parse_uid(line.fields[1], &first) || parse_uid(line.fields[2], &count) ||
		    !count || (uint64_t)first + count > UINT32_MAX) {
			diag_add(diag, SEVERITY_ERROR, &line.place, NULL,
			    "this is no line of subuid(5)");
			continue;
		}
		memory_grow(&subordinates->list, subordinates->count, &subordinates->capacity,
		    sizeof(*subordinates->list));
		subordinates->list[subordinates->count++] =
		    (struct subordinate){line.fields[0], {first, count}};
	}
}

int
users_ask_system(uint32_t first, uint32_t last, struct arena *arena, struct users *users)
{
	errno = 0;
	setpwent();
	for (const struct passwd *entry; (entry = getpwent()); errno = 0) {
		if (entry->pw_uid < first || entry->pw_uid > last ||
		    !user_name_is_sound(entry->pw_name))
			continue;
		bool has_home = entry->pw_dir && text_is_clean(entry->pw_dir);
		struct user user = {
		    .name = arena_copy_text(arena, entry->pw_name),
		    .home = has_home ? arena_copy_text(arena, entry->pw_dir) : "",
		    .uid = entry->pw_uid,
		};
		add_user(users, &user, arena);
	}
	int status = errno == ENOENT ? 0 : -errno;
	endpwent();
	return status;
}

const struct user *
users_find_name(const struct users *users, const char *name)
{
	return map_find_text(users->by_name, name);
}

const struct user *
users_find_uid(const struct users *users, uint32_t uid)
{
	return map_find_u64(users->by_uid, uid);
}

void
users_done(struct users *users)
{
	free(users->list);
	map_free(users->by_name);
	map_free(users->by_uid);
	*users = (struct users){0};
}

void
subordinates_done(struct subordinates *subordinates)
{
	free(subordinates->list);
	*subordinates = (struct subordinates){0};
}
