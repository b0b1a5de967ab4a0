/* SPDX-License-Identifier: Apache-2.0 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "sensors/argv.h"
#include "sensors/attack.h"
#include "sensors/attack.skel.h"
#include "sensors/attack_events.h"

static void
skeleton_cleanup(struct attack_bpf **skeleton)
{
	attack_bpf__destroy(*skeleton);
}

/*
 * What takes commands: whatever runs scripts, and a shell that does not. ld.so takes none, and
 * what wants code or a class among its arguments reads data.
 */
static int
fill_shells(int map)
{
	static const char further[][INTERPRETER_NAME] = {"fish", "csh", "tcsh", "pwsh"};
	struct interpreter shell = {.plus = true};
	int status = 0;
	shell.letters['c'] = LETTER_CODE;
	for (size_t i = 0; i < argv_interpreter_count() && !status; i++) {
		const struct argv_interpreter known = argv_interpreter_at(i);
		if (!known.interpreter.loads && known.interpreter.operand == OPERAND_SCRIPT)
			status =
			    bpf_map_update_elem(map, known.name, &known.interpreter, BPF_ANY);
	}
	for (size_t i = 0; i < array_length(further) && !status; i++)
		status = bpf_map_update_elem(map, further[i], &shell, BPF_ANY);
	return status ? -errno : 0;
}

/* Without it the rest still sees forks, programs and connections. */
static void
attach_listening(struct attack_bpf *skeleton)
{
	auto_fd int groups = load_groups();
	if (groups < 0)
		return;
	skeleton->links.on_send = bpf_program__attach_cgroup(skeleton->progs.on_send, groups);
	struct attack_state state = {.listens = skeleton->links.on_send != NULL};
	uint32_t zero = 0;
	if (bpf_map_update_elem(
		bpf_map__fd(skeleton->maps.attack_state), &zero, &state, BPF_ANY))
		return;
}

static int
hand_over(const struct attack_bpf *skeleton, struct loaded *loaded)
{
	const struct kernel_object objects[] = {
	    {"attack.events", bpf_map__fd(skeleton->maps.attack_events)},
	    {"attack.state", bpf_map__fd(skeleton->maps.attack_state)},
	    {"attack.said", bpf_map__fd(skeleton->maps.mining_said)},
	    {"attack.on-send", load_link(skeleton->links.on_send)},
	    {"attack.on-fork", load_link(skeleton->links.on_fork)},
	    {"attack.on-exec", load_link(skeleton->links.on_exec)},
	    {"attack.on-state", load_link(skeleton->links.on_state)},
	};
	return load_hand_over(loaded, objects, array_length(objects));
}

int
attack_load(const struct sensor_settings *settings, struct loaded *loaded, struct str *why)
{
	struct attack_bpf *skeleton __attribute__((cleanup(skeleton_cleanup))) = NULL;
	load_begin();
	skeleton = attack_bpf__open();
	if (!skeleton)
		return load_failed(why, "cannot read the programs", -errno);
	bpf_program__set_autoattach(skeleton->progs.on_send, false);
	int status = load_watching(settings, &skeleton->rodata->watching);
	if (!status)
		status = load_share_maps(skeleton->obj, loaded);
	if (!status)
		status = attack_bpf__load(skeleton);
	if (status)
		return load_failed(why, "cannot load them", status);
	status = fill_shells(bpf_map__fd(skeleton->maps.shells));
	if (!status)
		status = attack_bpf__attach(skeleton);
	if (!status)
		attach_listening(skeleton);
	if (!status)
		status = hand_over(skeleton, loaded);
	return status ? load_failed(why, "cannot start them", status) : 0;
}
