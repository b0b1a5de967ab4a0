/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which program an exec began, known by its base: a hash of where its name
 * leads from (the folder's device and inode, the mount namespace if a customer
 * made it) and of the name. The path is text for people and is put together
 * only when a script is met for the first time.
 *
 * Strong programs are scripts and binaries of the account's own; they begin a
 * new script to charge. Weak ones are the system's: they name only what would
 * have no name, so that `convert` is charged to the script that started it.
 */
#ifndef SENSORS_PROGRAM_BPF_H
#define SENSORS_PROGRAM_BPF_H

#include "sensors/starter.bpf.h"

enum { FOLDERS_DEEP = 32, USER_TEXT = ARGV_WINDOW - 1 };

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, char[INTERPRETER_NAME]);
	__type(value, struct interpreter);
} interpreters SEC(".maps");

/* What a callback of bpf_loop writes to while it runs. */
struct walk {
	struct dentry *dentry;
	struct mount *mount;
	__u32 used; /* bytes of the folder's names so far */
};

/*
 * What is too large for the stack, and what loops write: the verifier follows
 * every value on the stack through all turns of a loop, in a map it does not.
 */
struct room {
	struct name_event event;
	struct argv_scan scan;
	__u32 size;   /* bytes of arguments that were read */
	__u64 mounts; /* private_mounts() */
	struct walk walk;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct room);
} rooms SEC(".maps");

/* What an exec began. */
struct program {
	__u64 base;
	int strong;
	int own;	       /* the file is not root's */
	__u8 interpreter;      /* as in struct life */
	struct dentry *folder; /* where its text leads from; 0: the text is absolute, or code */
	struct vfsmount *mount;
};

struct scanning {
	const struct interpreter *interpreter;
	struct room *room;
	__u32 from;
};

static long
scan_byte(__u32 step, struct scanning *scanning)
{
	__u32 at = scanning->from + step;
	unsigned char byte = scanning->room->event.bytes[at & (ARGV_WINDOW - 1)];
	return argv_step(&scanning->room->scan, scanning->interpreter, at, byte);
}

/* The inode of the mount namespace if a customer made it, else 0: the host's own are trusted.
 */
static __always_inline __u64
private_mounts(struct task_struct *task)
{
	struct mnt_namespace *mounts = task->nsproxy->mnt_ns;
	struct user_namespace *maker = mounts->user_ns;
	if (!maker->level || namespace_owner(maker) == NO_UID)
		return 0;
	return mounts->ns.inum;
}

static __always_inline __u64
base_of(const struct room *room, __u64 text_hash)
{
	const struct name_event *event = &room->event;
	__u64 base = mix(event->head.kind ^ mix(text_hash));
	base = mix(base ^ mix(event->head.inode ^ mix(event->head.device)));
	base = mix(base ^ room->mounts);
	return base ? base : 1;
}

/* Notes where a name leads from: device and inode of the folder. */
static __always_inline void
lead_from(struct name_event *event, struct program *program, struct dentry *folder,
    struct vfsmount *mount)
{
	program->folder = folder;
	program->mount = mount;
	event->head.inode = folder->d_inode->i_ino;
	event->head.device = folder->d_inode->i_sb->s_dev;
}

/* Whether an absolute text lies in /usr, /bin, /sbin, /lib, /etc, /opt: the system's. */
static __always_inline int
is_system_text(const unsigned char *text)
{
	if (text[0] != '/')
		return 0;
	__u32 word = (__u32)text[1] << 16 | (__u32)text[2] << 8 | text[3];
	return word == ('u' << 16 | 's' << 8 | 'r') || word == ('b' << 16 | 'i' << 8 | 'n') ||
	       word == ('s' << 16 | 'b' << 8 | 'i') || word == ('l' << 16 | 'i' << 8 | 'b') ||
	       word == ('e' << 16 | 't' << 8 | 'c') || word == ('o' << 16 | 'p' << 8 | 't');
}

static __always_inline void
program_script(struct task_struct *task, struct room *room, struct program *program)
{
	struct name_event *event = &room->event;
	const struct argv_scan *scan = &room->scan;
	const unsigned char *text = &event->bytes[scan->start & (ARGV_WINDOW - 1)];
	struct fs_struct *fs = task->fs;
	int absolute = text[0] == '/';
	event->head.kind = NAME_SCRIPT;
	event->head.start = scan->start;
	event->head.length = scan->length;
	event->head.interpreted = 1;
	if (absolute)
		lead_from(event, program, fs->root.dentry, 0);
	else
		lead_from(event, program, fs->pwd.dentry, fs->pwd.mnt);
	if (absolute)
		program->folder = 0;
	program->base = base_of(room, scan->hash);
	program->strong = !is_system_text(text) || room->mounts;
}

static __always_inline __u64
hash_of_name(const char *name)
{
	__u64 hash = ARGV_HASH_START;
	for (int i = 0; i < PROGRAM_NAME && name[i]; i++)
		hash = (hash ^ (unsigned char)name[i]) * ARGV_HASH_FACTOR;
	return hash;
}

static __always_inline void
program_binary(struct room *room, struct file *file, int own, struct program *program)
{
	struct name_event *event = &room->event;
	event->head.kind = NAME_BINARY;
	struct dentry *dentry = file->f_path.dentry;
	lead_from(event, program, dentry->d_parent, file->f_path.mnt);
	program->base = base_of(room, hash_of_name(event->program));
	program->strong = own;
}

static __always_inline void
program_code(struct room *room, __u8 letter, struct program *program)
{
	struct name_event *event = &room->event;
	event->head.kind = NAME_CODE;
	event->head.letter = letter;
	event->head.inode = 0;
	event->head.device = 0;
	event->head.length = 0;
	program->folder = 0;
	program->base = base_of(room, hash_of_name(event->program) ^ letter);
	program->strong = 0;
}

/* Code that has a name: `python3 -m pip` and `java Main` are two, whatever files they come
 * from. */
static __always_inline void
program_module(struct room *room, struct program *program)
{
	struct name_event *event = &room->event;
	const struct argv_scan *scan = &room->scan;
	program_code(room, scan->letter, program);
	event->head.start = scan->start;
	event->head.length = scan->length;
	program->base = mix(program->base ^ scan->hash);
	program->base = program->base ? program->base : 1;
}

/* The table's entry for a program's name without its version. */
static __always_inline const struct interpreter *
interpreter_find(const char *program)
{
	char name[INTERPRETER_NAME] = {0};
	name_without_version(program, name);
	return bpf_map_lookup_elem(&interpreters, name);
}

/* Reads what the interpreter was given. */
static __always_inline void
read_arguments(struct task_struct *task, struct room *room)
{
	unsigned long start = task->mm->arg_start;
	__u64 length = task->mm->arg_end - start;
	__u32 size = length > USER_TEXT ? USER_TEXT : (__u32)length;
	int failed = bpf_probe_read_user(room->event.bytes, size & USER_TEXT, (void *)start);
	room->size = failed ? 0 : size;
}

/* Looks for the script among the arguments from there on; room->scan tells how it ended. */
static __always_inline void
scan_from(struct room *room, const struct interpreter *interpreter, __u32 from)
{
	struct scanning scanning = {.interpreter = interpreter, .room = room, .from = from};
	room->scan = argv_scan_start(ARGV_PROGRAM);
	bpf_loop(room->size > from ? room->size - from : 0, scan_byte, &scanning, 0);
}

/*
 * ld.so was told which program to load: what runs is that one, with the words behind it. Gives
 * the interpreter that it is; 0: another program, whose name the scan has found.
 */
static __always_inline const struct interpreter *
scan_loaded(struct room *room)
{
	struct name_event *event = &room->event;
	bpf_probe_read_kernel_str(
	    event->program, PROGRAM_NAME, &event->bytes[room->scan.leaf & (ARGV_WINDOW - 1)]);
	const struct interpreter *interpreter = interpreter_find(event->program);
	if (!interpreter || interpreter->loads)
		return 0;
	scan_from(room, interpreter, room->scan.start);
	return interpreter;
}

static __always_inline const struct interpreter *
scan_arguments(
    struct task_struct *task, struct room *room, const struct interpreter *interpreter)
{
	read_arguments(task, room);
	scan_from(room, interpreter, 0);
	return interpreter->loads && argv_has_script(&room->scan) ? scan_loaded(room)
								  : interpreter;
}

/* Takes the file that the kernel was asked for, which is a `#!` script. */
static __always_inline void
scan_filename(struct linux_binprm *binary, struct room *room)
{
	static const struct interpreter no_options;
	struct scanning scanning = {.interpreter = &no_options, .room = room};
	room->scan = argv_scan_start(ARGV_START);
	room->scan.wanted = WANT_SCRIPT;
	long size = bpf_probe_read_kernel_str(room->event.bytes, ARGV_WINDOW, binary->filename);
	bpf_loop(size > 0 ? (__u32)size : 0, scan_byte, &scanning, 0);
}

/*
 * What this exec began. A customer's own file called `perl` or `sh` is that
 * only as long as it runs a script: without one it is the customer's binary,
 * not a shell, so a miner gains nothing by its name.
 */
static __always_inline void
program_of(struct task_struct *task, struct linux_binprm *binary, struct room *room,
    struct program *program)
{
	struct name_event *event = &room->event;
	struct file *file = binary->file;
	int own = file->f_path.dentry->d_inode->i_uid.val != 0;
	program->own = own;
	int is_script = binary->filename != binary->interp;
	bpf_probe_read_kernel_str(
	    event->program, PROGRAM_NAME, file->f_path.dentry->d_name.name);
	event->head.interpreted = 0;
	event->head.letter = 0;
	room->scan.state = ARGV_PROGRAM;
	const struct interpreter *interpreter = interpreter_find(event->program);
	if (is_script)
		scan_filename(binary, room);
	else if (interpreter)
		interpreter = scan_arguments(task, room, interpreter);
	program->interpreter = interpreter ? (__u8)interpreter->number : 0;
	if (own || room->mounts)
		program->interpreter |= OWN_INTERPRETER;
	if (argv_has_module(&room->scan) && !own)
		program_module(room, program);
	else if (argv_has_script(&room->scan) && !room->scan.letter)
		program_script(task, room, program);
	else if (room->scan.state == ARGV_FOUND_CODE && room->scan.letter && !own)
		program_code(room, room->scan.letter, program);
	else
		program_binary(room, file, own, program);
}

/* php-fpm8.2, php-cgi: what runs many scripts one after the other. */
static __always_inline int
serves_requests(const char *name)
{
	return name[0] == 'p' && name[1] == 'h' && name[2] == 'p' && name[3] == '-' &&
	       (name[4] == 'f' || name[4] == 'c');
}

static __always_inline struct served_key
served_key_of(const struct linux_binprm *binary)
{
	struct inode *inode = binary->file->f_path.dentry->d_inode;
	return (struct served_key){.device = inode->i_sb->s_dev, .inode = inode->i_ino};
}

/* Has the sensor see that a server began to which nobody listens yet. */
static __always_inline void
want_requests(const struct served_key *key)
{
	struct sensor_state *shared = the_state();
	if (shared && !bpf_map_lookup_elem(&served, key))
		add_to(shared->unserved, 1);
}

static __always_inline struct mount *
mount_of(struct vfsmount *mount)
{
	return (void *)mount - bpf_core_field_offset(struct mount, mnt);
}

/* One name up; at the root of a mount, over to where it is mounted. */
static long
walk_up(__u32 step, struct room **context)
{
	(void)step;
	struct room *room = *context;
	struct dentry *dentry = room->walk.dentry;
	struct mount *mount = room->walk.mount;
	if (is_our_root(dentry))
		return 1;
	if (dentry == BPF_CORE_READ(mount, mnt.mnt_root)) {
		room->walk.mount = BPF_CORE_READ(mount, mnt_parent);
		room->walk.dentry = BPF_CORE_READ(mount, mnt_mountpoint);
		return room->walk.mount == mount;
	}
	struct dentry *parent = BPF_CORE_READ(dentry, d_parent);
	__u32 used = room->walk.used;
	if (parent == dentry || used >= FOLDER_BYTES)
		return 1;
	long size = bpf_probe_read_kernel_str(
	    &room->event.folder[used], LONGEST_NAME, BPF_CORE_READ(dentry, d_name.name));
	if (size <= 0)
		return 1;
	room->walk.used = used + (__u32)size;
	room->walk.dentry = parent;
	return 0;
}

/* Collects the names of the folder that the program's own name leads from. */
static __always_inline __u32
walk_folder(struct room *room, const struct program *program)
{
	room->walk.used = 0;
	if (!program->folder)
		return 0;
	room->walk.dentry = program->folder;
	room->walk.mount = mount_of(program->mount);
	bpf_loop(FOLDERS_DEEP, walk_up, &room, 0);
	__u32 used = room->walk.used;
	return used > FOLDER_BYTES + LONGEST_NAME ? 0 : used;
}

/* Says what a new script key stands for, unless its uid has said too much already. */
static __always_inline void
say_name(struct task_struct *task, struct room *room, const struct program *program,
    struct script_counters *counters)
{
	struct name_event *event = &room->event;
	if (!may_name(counters->uid))
		return;
	__u32 used = walk_folder(room, program);
	event->head.script = counters->script;
	event->head.base = counters->base;
	event->head.uid = counters->uid;
	event->head.from_uid = counters->uid;
	event->head.mount_namespace = task->nsproxy->mnt_ns->ns.inum;
	event->head.folder_length = (__u16)used;
	long failed = bpf_ringbuf_output(
	    &names, event, __builtin_offsetof(struct name_event, folder) + used, 0);
	struct sensor_state *shared = the_state();
	if (!failed)
		counters->named = NAMED;
	else if (shared)
		add_to(shared->lost, 1);
}

#endif
