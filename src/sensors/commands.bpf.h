/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether an exec began what takes commands, and from where: a program that runs a script
 * takes none from its terminal, whatever that is. Found among the arguments, as the sums do.
 */
#ifndef SENSORS_COMMANDS_BPF_H
#define SENSORS_COMMANDS_BPF_H

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "sensors/argv_scan.h"
#include "sensors/kernel_types.h"

enum { COMMAND_TEXT = ARGV_WINDOW - 1 };

enum commands {
	COMMANDS_NONE,	/* no interpreter, or one that runs a script */
	COMMANDS_LINE,	/* a line of code among its arguments; of a language that is no shell's
			 */
	COMMANDS_WAITS, /* a shell that waits for them */
};

/* Names, without version, of what takes commands; `plus` are shells. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 128);
	__type(key, char[INTERPRETER_NAME]);
	__type(value, struct interpreter);
} shells SEC(".maps");

struct command_room {
	struct argv_scan scan;
	unsigned char bytes[ARGV_WINDOW];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct command_room);
} command_rooms SEC(".maps");

struct commanding {
	const struct interpreter *interpreter;
	struct command_room *room;
};

static long
scan_command(__u32 at, struct commanding *commanding)
{
	return argv_step(&commanding->room->scan, commanding->interpreter, at,
	    commanding->room->bytes[at & COMMAND_TEXT]);
}

static __always_inline const struct interpreter *
shell_find(struct dentry *file)
{
	char name[PROGRAM_NAME] = {0}, plain[INTERPRETER_NAME] = {0};
	bpf_probe_read_kernel_str(name, sizeof(name), BPF_CORE_READ(file, d_name.name));
	name_without_version(name, plain);
	return bpf_map_lookup_elem(&shells, plain);
}

static __always_inline enum commands
commands_found(const struct argv_scan *scan, const struct interpreter *shell)
{
	int is_done = scan->state == ARGV_FOUND_CODE;
	if (argv_has_script(scan) || (shell->applets[0] && is_done && !scan->letter))
		return COMMANDS_NONE;
	return shell->plus && (!is_done || !scan->letter || scan->letter == 's')
		   ? COMMANDS_WAITS
		   : COMMANDS_LINE;
}

/* From where the program that the task has just executed takes commands. */
static __always_inline enum commands
commands_of(struct task_struct *task, struct linux_binprm *binary, struct dentry *file)
{
	__u32 zero = 0;
	const struct interpreter *shell = shell_find(file);
	struct command_room *room = bpf_map_lookup_elem(&command_rooms, &zero);
	/* What begins with `#!` is a script. */
	if (!shell || !room || binary->filename != binary->interp)
		return COMMANDS_NONE;
	__u64 start = BPF_CORE_READ(task, mm, arg_start);
	__u64 length = BPF_CORE_READ(task, mm, arg_end) - start;
	__u32 size = length > COMMAND_TEXT ? COMMAND_TEXT : (__u32)length;
	struct commanding commanding = {.interpreter = shell, .room = room};
	room->scan = argv_scan_start(ARGV_PROGRAM);
	if (bpf_probe_read_user(room->bytes, size & COMMAND_TEXT, (void *)start))
		return COMMANDS_LINE;
	bpf_loop(size, scan_command, &commanding, 0);
	return commands_found(&room->scan, shell);
}

#endif
