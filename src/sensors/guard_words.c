/* SPDX-License-Identifier: Apache-2.0 */
#include "sensors/guard_words.h"

#include <fnmatch.h>
#include <linux/bpf.h>
#include <string.h>

#include "base/attributes.h"
#include "model/deed.h"

enum { SHOWN_PATH = 150 };

#define NONE -1
static const struct {
	const char *name;
	__u8 kind;
	__s8 path, directory, other, flags;
} calls[] = {
#define CALL(name_, kind_, path_, directory_, other_, flags_)                                  \
	{#name_, GUARD_##kind_, path_, directory_, other_, flags_},
#include "sensors/guard_calls.def"
#undef CALL
};
#undef NONE

#define CAP(number) (1U << (number))
static const struct {
	__u32 capabilities;
	const char *value;
	const char *words;
} kinds[GUARD_KINDS] = {
#define GUARD_KIND(symbol, capabilities_, value_, words_)                                      \
	[GUARD_##symbol] = {capabilities_, value_, words_},
#include "sensors/guard_kinds.def"
#undef GUARD_KIND
    [GUARD_WRITTEN] = {0, "config", "change"},
    [GUARD_DEVICE] = {0, "device", "open"},
};
#undef CAP

static const char *const habits[] = {
#define HABIT(pattern, whose) pattern,
#include "sensors/guard_habits.def"
#undef HABIT
};

unsigned
guard_call_count(void)
{
	return array_length(calls);
}

const char *
guard_call_name(unsigned row)
{
	return calls[row].name;
}

struct guard_call
guard_call_at(unsigned row)
{
	return (struct guard_call){
	    .capabilities = kinds[calls[row].kind].capabilities,
	    .kind = calls[row].kind,
	    .call = (__u8)row,
	    .path = calls[row].path,
	    .directory = calls[row].directory,
	    .other = calls[row].other,
	    .flags = calls[row].flags,
	};
}

bool
guard_is_event(const void *bytes, size_t length)
{
	const struct guard_event *event = bytes;
	size_t head = offsetof(struct guard_event, folder);
	return length >= head && length - head == event->folder_length &&
	       event->folder_length <= sizeof(event->folder) &&
	       event->key.kind > GUARD_NOTHING && event->key.kind < GUARD_KINDS &&
	       event->key.outcome < GUARD_OUTCOMES && event->key.call < array_length(calls) &&
	       !event->path[GUARD_TEXT - 1] && !event->other[GUARD_TEXT - 1] &&
	       (!event->folder_length || !event->folder[event->folder_length - 1]);
}

/* The names that were collected from the leaf up, below a prefix. */
static void
join_folder(struct str *out, const char *prefix, const struct guard_event *event)
{
	size_t end = event->folder_length;
	str_add(out, prefix);
	while (end > 0) {
		size_t start = end - 1;
		while (start > 0 && event->folder[start - 1])
			start--;
		str_add_char(out, '/');
		str_add(out, event->folder + start);
		end = start;
	}
}

/* A path of the event in the clean form; "" if it has none. */
static void
path_of(struct str *out, const struct guard_event *event, const char *text)
{
	auto_str folder = {0};
	bool by_descriptor = calls[event->key.call].path < 0;
	join_folder(&folder, "", event);
	str_clear(out);
	if (*text || (by_descriptor && folder.length))
		path_clean(out, folder.length ? str_text(&folder) : "/", text);
}

static bool
is_device(const struct guard_knowledge *knowledge, const char *path)
{
	const char *name = path + strlen("/dev/");
	return text_starts_with(path, "/dev/") && *name && !strchr(name, '/') &&
	       knowledge->is_block_device(name);
}

static bool
is_habit(const char *path)
{
	for (size_t i = 0; i < array_length(habits); i++)
		if (!fnmatch(habits[i], path, 0))
			return true;
	return false;
}

static bool
is_guarded(
    const struct guard_knowledge *knowledge, const struct guard_event *event, const char *path)
{
	if (!*path)
		return false;
	if (guarded_has(knowledge->devices, path) || is_device(knowledge, path))
		return true;
	return event->key.outcome != GUARD_READ_REFUSED && !is_habit(path) &&
	       guarded_has(knowledge->paths, path);
}

/* Whether a process is somebody else's, as far as that can be known. */
static bool
is_foreign(const struct guard_knowledge *knowledge, const struct guard_event *event)
{
	int64_t uid = event->number ? knowledge->uid_of(event->number) : -1;
	return uid >= 0 && uid != event->key.uid;
}

/* Appends what of a path can be shown: its end says more than its beginning. */
static void
add_path(struct str *out, const char *path)
{
	size_t length = strlen(path);
	if (length > SHOWN_PATH) {
		str_add(out, "...");
		path += length - SHOWN_PATH;
	}
	str_add(out, path);
}

static bool
wants_guarded_path(enum guard_kind kind)
{
	return kind == GUARD_OPEN || kind == GUARD_OPEN_HOW || kind == GUARD_CHANGE;
}

static bool
wants_foreign(enum guard_kind kind)
{
	return kind == GUARD_TRACE || kind == GUARD_TRACE_FIRST;
}

/* Links and times: programs that measure keep what they measured beside a link to it, and those
 * that build touch what is not out of date. */
static bool
changes_nothing(const char *call)
{
	static const char *const calls_so[] = {
	    "link", "linkat", "utime", "utimes", "futimesat", "utimensat"};
	for (size_t i = 0; i < array_length(calls_so); i++)
		if (text_equal(call, calls_so[i]))
			return true;
	return false;
}

bool
guard_only_looks(const struct guard_knowledge *knowledge, const struct guard_event *event)
{
	auto_str path = {0};
	/* Of netfilter the kernel does not say whether it was asked or told. */
	if (event->key.outcome == GUARD_READ_REFUSED || event->key.kind == GUARD_NETWORK)
		return true;
	if (!changes_nothing(calls[event->key.call].name))
		return false;
	path_of(&path, event, event->path);
	return !*event->other || !is_guarded(knowledge, event, str_text(&path));
}

static bool
judge_refused(
    const struct guard_knowledge *knowledge, const struct guard_event *event, struct str *out)
{
	auto_str path = {0}, other = {0};
	enum guard_kind kind = event->key.kind;
	path_of(&path, event, event->path);
	if (*event->other)
		path_of(&other, event, event->other);
	bool by_other = !is_guarded(knowledge, event, str_text(&path)) &&
			is_guarded(knowledge, event, str_text(&other));
	if (wants_guarded_path(kind) && !by_other &&
	    !is_guarded(knowledge, event, str_text(&path)))
		return false;
	if (wants_foreign(kind) && !is_foreign(knowledge, event))
		return false;
	const char *words = event->key.outcome == GUARD_READ_REFUSED	   ? "read"
			    : kind == GUARD_OPEN || kind == GUARD_OPEN_HOW ? "write"
									   : kinds[kind].words;
	str_addf(out, "tried to %s", words);
	if (path.length) {
		str_add_char(out, ' ');
		add_path(out, str_text(by_other ? &other : &path));
	}
	if (kind == GUARD_CHANGE)
		str_addf(out, " (%s)", calls[event->key.call].name);
	str_add(out, ": refused");
	return true;
}

static void
say_written(
    const struct guard_knowledge *knowledge, const struct guard_event *event, struct str *out)
{
	auto_str path = {0};
	join_folder(&path, knowledge->paths->places[event->place].path, event);
	str_add(out, "changed ");
	add_path(out, str_text(&path));
	/* What is new in a folder, or gone, has its name in the call only. */
	const char *leaf = strrchr(event->path, '/');
	leaf = leaf ? leaf + 1 : event->path;
	if (*leaf && !text_ends_with(str_text(&path), leaf)) {
		str_addf(out, " (%s ", calls[event->key.call].name);
		str_add_bytes(out, leaf, strnlen(leaf, 60));
		str_add_char(out, ')');
	}
}

static void
say_device(
    const struct guard_knowledge *knowledge, const struct guard_event *event, struct str *out)
{
	bool makes = event->place & BPF_DEVCG_ACC_MKNOD;
	str_add(out, makes ? "made a device like /dev/" : "opened /dev/");
	knowledge->name_device(out, event->is_block, event->number);
	if (!makes)
		str_add(
		    out, event->place & BPF_DEVCG_ACC_WRITE ? " for writing" : " for reading");
}

static bool
judge_done(
    const struct guard_knowledge *knowledge, const struct guard_event *event, struct str *out)
{
	if (event->key.kind == GUARD_WRITTEN) {
		if (event->place >= knowledge->paths->count)
			return false;
		say_written(knowledge, event, out);
	} else if (event->key.kind == GUARD_DEVICE) {
		say_device(knowledge, event, out);
	} else {
		str_addf(out, "used power it should not have to %s (%s)",
		    kinds[event->key.kind].words, calls[event->key.call].name);
	}
	return true;
}

bool
guard_judge(const struct guard_knowledge *knowledge, const struct guard_event *event,
    enum measure *ret_measure, int64_t *ret_value, struct str *out)
{
	bool done = event->key.outcome == GUARD_DONE;
	if (!(done ? judge_done : judge_refused)(knowledge, event, out))
		return false;
	*ret_measure = done ? MEASURE_PROCESS_TAMPERING : MEASURE_PROCESS_TAMPERING_REFUSED;
	*ret_value =
	    done ? measure_value_find(MEASURE_PROCESS_TAMPERING, kinds[event->key.kind].value)
		 : 0;
	return true;
}
