/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hayward doctor: what this host can measure and do. It looks for itself, so
 * that it helps where haywardd does not run, and then asks haywardd.
 */
#include "main/hayward/command.h"
#include "main/hayward/views.h"

#include <stdio.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/attributes.h"

enum { CGROUP2_MAGIC = 0x63677270 };

/* One thing to look for on the host, and what is lost where it is missing. */
struct check {
	const char *name;
	const char *path;
	const char *without;
};

static const struct check checks[] = {
    {"kernel types (BTF)", "/sys/kernel/btf/vmlinux",
	"the kernel programs cannot load: processes are sampled from /proc, short ones are "
	"missed"},
    {"tracepoints", "/sys/kernel/tracing",
	"mount tracefs, or the kernel programs cannot attach"},
    {"pressure (PSI)", "/proc/pressure/cpu",
	"distress of the host is not seen: no emergency is ever found"},
    {"subordinate uids", "/etc/subuid",
	"user namespaces of customers are charged by their owner only"},
};

static const char *
cgroup_version(void)
{
	struct statfs facts;
	if (statfs("/sys/fs/cgroup", &facts))
		return NULL;
	if (facts.f_type == CGROUP2_MAGIC)
		return "v2";
	return access("/sys/fs/cgroup/cpu", F_OK) == 0 ? "v1" : NULL;
}

static json_t *
look_at_host(void)
{
	json_t *list = json_array();
	for (size_t i = 0; i < array_length(checks); i++) {
		json_t *item = json_object();
		bool there = access(checks[i].path, F_OK) == 0;
		json_object_set_new(item, "name", json_string(checks[i].name));
		json_object_set_new(item, "path", json_string(checks[i].path));
		json_object_set_new(item, "there", json_boolean(there));
		json_object_set_new(
		    item, "without", there ? json_null() : json_string(checks[i].without));
		json_array_append_new(list, item);
	}
	return list;
}

static json_t *
local_facts(void)
{
	struct utsname name;
	json_t *facts = json_object();
	if (uname(&name) == 0)
		json_object_set_new(facts, "kernel", json_string(name.release));
	const char *version = cgroup_version();
	json_object_set_new(facts, "cgroup", version ? json_string(version) : json_null());
	json_object_set_new(facts, "checks", look_at_host());
	return facts;
}

static void
local_view(const json_t *facts, const struct look *look, struct str *out)
{
	const char *cgroup = fact_text(facts, "cgroup");
	view_heading(out, look, "this host");
	view_fact(out, "kernel", "%s", fact_text(facts, "kernel"));
	if (*cgroup)
		view_fact(out, "cgroups", "%s", cgroup);
	else
		view_fact(out, "cgroups", "none: throttle cannot be carried out");
	size_t index;
	const json_t *check;
	json_array_foreach(json_object_get(facts, "checks"), index, check)
	{
		str_add(out, "  ");
		bool there = fact_flag(check, "there");
		view_paint(out, look, there ? PAINT_GREEN : PAINT_YELLOW,
		    there ? "present" : "missing");
		str_addf(
		    out, "    %s (%s)\n", fact_text(check, "name"), fact_text(check, "path"));
		if (!there)
			view_wrapped(out, look, 13, fact_text(check, "without"));
	}
}

/* What haywardd says of itself, as a part of our answer; null if it does not. */
static json_t *
ask_daemon(const struct arguments *arguments)
{
	json_t *data;
	if (ask_for_data(arguments, question_new(ASK_STATUS), &data))
		return json_null();
	return data;
}

int
command_doctor(int argc, char **argv)
{
	struct arguments arguments;
	int status = arguments_read(argc, argv, NULL, 0, &arguments);
	if (status || !arguments_count(&arguments, 0, 0))
		return ANSWER_USAGE;
	json_t *facts = local_facts();
	auto_str shown = {0};
	struct look look = look_of_stdout();
	if (!arguments.json) {
		local_view(facts, &look, &shown);
		fwrite(str_text(&shown), 1, shown.length, stdout);
		fflush(stdout);
		str_clear(&shown);
	}
	json_t *daemon = ask_daemon(&arguments);
	bool reached = json_is_object(daemon);
	json_object_set_new(facts, "haywardd", daemon);
	if (arguments.json)
		print_json(facts);
	else if (fact_is_there(daemon, "sensors")) {
		fputc('\n', stdout);
		view_heading(&shown, &look, "haywardd");
		abilities_view(daemon, &look, &shown);
		fwrite(str_text(&shown), 1, shown.length, stdout);
	}
	json_decref(facts);
	return reached ? ANSWER_OK : ANSWER_UNREACHED;
}
