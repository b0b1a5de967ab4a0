/* SPDX-License-Identifier: Apache-2.0 */
#include "sensors/load.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "sensors/argv.h"
#include "sensors/counters.h"
#include "sensors/process.skel.h"
#include "sensors/starters.h"
#include "sensors/starts.h"

enum { NS_PER_MS = 1000000, LONGEST_NUMBER = 32 };

static void
skeleton_cleanup(struct process_bpf **skeleton)
{
	process_bpf__destroy(*skeleton);
}

struct sensor_settings
sensor_settings_of(const struct config *config)
{
	return (struct sensor_settings){
	    .script_slots = (uint32_t)config->script_slots,
	    .pid_namespace = (uint64_t)config->pid_namespace,
	    .starters = config->starters,
	    .guarded_paths = config->guarded_paths,
	    .guarded_devices = config->guarded_devices,
	    .kernel_programs = config->kernel_programs,
	    .first_uid = (uint32_t)config->uid_floor,
	};
}

bool
load_wanted(const struct sensor_settings *settings, const char *name)
{
	return text_has_word(settings->kernel_programs, name, strlen(name));
}

/* libbpf's own words would reach the terminal; the first warning is kept as the reason instead.
 */
static char first_warning[256];

static int keep_warning(enum libbpf_print_level level, const char *format, va_list arguments)
    printf_like(2, 0);

static int
keep_warning(enum libbpf_print_level level, const char *format, va_list arguments)
{
	if (level != LIBBPF_WARN || first_warning[0])
		return 0;
	vsnprintf(first_warning, sizeof(first_warning), format, arguments);
	first_warning[strcspn(first_warning, "\n")] = '\0';
	return 0;
}

void
load_begin(void)
{
	first_warning[0] = '\0';
	libbpf_set_print(keep_warning);
}

int
load_failed(struct str *why, const char *what, int error)
{
	str_addf(why, "%s: %s", what, strerror(-error));
	if (first_warning[0])
		str_addf(why, " (%s)", first_warning);
	return error;
}

uint32_t
load_device(dev_t device)
{
	return major(device) << 20 | minor(device);
}

int
load_watching(const struct sensor_settings *settings, struct watching *ret_watching)
{
	struct stat own, root;
	if (stat("/proc/self/ns/pid", &own) || stat("/", &root))
		return -errno;
	*ret_watching = (struct watching){
	    .script_slots = settings->script_slots,
	    .watched_namespace = (uint32_t)settings->pid_namespace,
	    .daemon_namespace = (uint32_t)own.st_ino,
	    .root_device = load_device(root.st_dev),
	    .root_inode = root.st_ino,
	    .first_uid = settings->first_uid ? settings->first_uid : 1,
	};
	return 0;
}

/*
 * Whether the kernel tells of a process's end before it lets go of its memory: since that
 * is so (6.16), it also says whether the task is the last one of its process.
 */
static bool
ends_are_told_early(void)
{
	struct btf *kernel = btf__load_vmlinux_btf();
	__s32 id = kernel ? btf__find_by_name_kind(
				kernel, "btf_trace_sched_process_exit", BTF_KIND_TYPEDEF)
			  : -1;
	const struct btf_type *type = id > 0 ? btf__type_by_id(kernel, (__u32)id) : NULL;
	while (type && (btf_is_typedef(type) || btf_is_ptr(type)))
		type = btf__type_by_id(kernel, type->type);
	/* Beside its own two arguments, one that every tracepoint has. */
	bool early = type && btf_is_func_proto(type) && btf_vlen(type) == 3;
	btf__free(kernel);
	return early;
}

static uint64_t
read_number(const char *path)
{
	auto_str text = {0};
	return file_read(AT_FDCWD, path, LONGEST_NUMBER, &text)
		   ? 0
		   : strtoull(str_text(&text), NULL, 10);
}

/*
 * SECURITY: for as many tasks as the host can have, or one account's idle ones would leave no
 * room for its neighbours'. As the kernel allows tasks by its memory, that is a thousandth of
 * it.
 */
static uint32_t
lives_wanted(const struct sensor_settings *settings)
{
	uint64_t tasks = read_number("/proc/sys/kernel/threads-max");
	uint64_t numbers = read_number("/proc/sys/kernel/pid_max");
	uint64_t wanted = numbers < tasks ? numbers : tasks;
	if (settings->lives)
		return settings->lives;
	return wanted < LIVES ? LIVES : wanted > LIVES_MOST ? LIVES_MOST : (uint32_t)wanted;
}

static int
fill_interpreters(const struct process_bpf *skeleton)
{
	int map = bpf_map__fd(skeleton->maps.interpreters);
	for (size_t i = 0; i < argv_interpreter_count(); i++) {
		struct argv_interpreter known = argv_interpreter_at(i);
		if (bpf_map_update_elem(map, known.name, &known.interpreter, BPF_ANY))
			return -errno;
	}
	return 0;
}

/* Until runs are seen; 0 stands for programs that are no interpreters. */
static int
fill_starts(const struct process_bpf *skeleton)
{
	int map = bpf_map__fd(skeleton->maps.interpreted);
	const struct starts none = {0};
	for (uint32_t number = 0; number <= argv_interpreter_count(); number++) {
		uint32_t ms =
		    number ? argv_interpreter_at(number - 1).start_ms : PROGRAM_START_MS;
		struct interpreter_runs begun = {.start_ns = starts_believed(&none, ms)};
		if (bpf_map_update_elem(map, &number, &begun, BPF_ANY))
			return -errno;
	}
	return 0;
}

static int
fill_starters(const struct process_bpf *skeleton, const char *setting)
{
	struct starter_entry entries[MOST_STARTER_PROGRAMS];
	unsigned count = starter_entries(setting ? setting : "", entries);
	int map = bpf_map__fd(skeleton->maps.starters);
	for (unsigned i = 0; i < count; i++) {
		__u32 starter = entries[i].starter;
		if (bpf_map_update_elem(map, &entries[i].key, &starter, BPF_ANY))
			return -errno;
	}
	return 0;
}

/* Looks at all who live already, so that what they used until now is charged to nobody. */
static int
meet_the_living(const struct process_bpf *skeleton)
{
	auto_fd int sweep = bpf_iter_create(bpf_link__fd(skeleton->links.sweep));
	if (sweep < 0)
		return -errno;
	char buffer[16384];
	ssize_t got;
	do
		got = read(sweep, buffer, sizeof(buffer));
	while (got > 0 || (got < 0 && errno == EINTR));
	if (got < 0)
		return -errno;
	struct sensor_state *state = mmap(NULL, sizeof(*state), PROT_READ | PROT_WRITE,
	    MAP_SHARED, bpf_map__fd(skeleton->maps.state), 0);
	if (state == MAP_FAILED)
		return -errno;
	state->reported_at = clock_boot();
	state->began = (uint64_t)state->reported_at * NS_PER_MS;
	__atomic_store_n(&state->ready, 1, __ATOMIC_RELEASE);
	munmap(state, sizeof(*state));
	return 0;
}

int
loaded_add(struct loaded *loaded, const void *name, size_t length, int *fd)
{
	if (loaded->count == LOADED_MOST || length >= LONGEST_FD_NAME)
		return -EBADMSG;
	struct named_fd *named = &loaded->fds[loaded->count++];
	memcpy(named->name, name, length);
	named->fd = take_fd(*fd);
	return 0;
}

static int
hand_over(struct loaded *loaded, const struct kernel_object *object)
{
	if (loaded->count == LOADED_MOST || strlen(object->name) >= LONGEST_FD_NAME)
		return -ENOSPC;
	int copy = fcntl(object->fd, F_DUPFD_CLOEXEC, 3);
	if (copy < 0)
		return -errno;
	struct named_fd *named = &loaded->fds[loaded->count++];
	named->fd = copy;
	memcpy(named->name, object->name, strlen(object->name) + 1);
	return 0;
}

int
load_hand_over(struct loaded *loaded, const struct kernel_object *objects, size_t count)
{
	int status = 0;
	for (size_t i = 0; !status && i < count; i++)
		if (objects[i].fd >= 0)
			status = hand_over(loaded, &objects[i]);
	return status;
}

int
load_groups(void)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	int found = -ENOENT;
	if (!mounts)
		return -errno;
	for (const struct mntent *mount; found < 0 && (mount = getmntent(mounts));)
		if (!strcmp(mount->mnt_type, "cgroup2"))
			found = open(mount->mnt_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	endmntent(mounts);
	return found;
}

int
load_link(const struct bpf_link *link)
{
	return link ? bpf_link__fd(link) : -1;
}

/* How a map of the sums is called among the descriptors: those of constants are not shared. */
static bool
shared_name(const struct bpf_map *map, char ret_name[LONGEST_FD_NAME])
{
	return !bpf_map__is_internal(map) && snprintf(ret_name, LONGEST_FD_NAME, "process.%s",
						 bpf_map__name(map)) < LONGEST_FD_NAME;
}

int
load_share_maps(struct bpf_object *object, const struct loaded *sums)
{
	struct bpf_map *map;
	char name[LONGEST_FD_NAME];
	bpf_object__for_each_map(map, object)
	{
		int fd =
		    shared_name(map, name) ? named_fd_find(sums->fds, sums->count, name) : -1;
		int status = fd < 0 ? 0 : bpf_map__reuse_fd(map, fd);
		if (status)
			return status;
	}
	return 0;
}

static int
hand_over_maps(const struct process_bpf *skeleton, struct loaded *loaded)
{
	struct bpf_map *map;
	char name[LONGEST_FD_NAME];
	int status = 0;
	bpf_object__for_each_map(map, skeleton->obj)
	{
		if (!status && shared_name(map, name))
			status = load_hand_over(
			    loaded, &(struct kernel_object){name, bpf_map__fd(map)}, 1);
	}
	return status;
}

/* The exit is not there on older kernels. */
static int
hand_over_all(const struct process_bpf *skeleton, struct loaded *loaded)
{
	const struct kernel_object links[] = {
	    {"process.sweep", load_link(skeleton->links.sweep)},
	    {"process.on-fork", load_link(skeleton->links.on_fork)},
	    {"process.on-exec", load_link(skeleton->links.on_exec)},
	    {"process.on-exit", load_link(skeleton->links.on_exit)},
	    {"process.on-free", load_link(skeleton->links.on_free)},
	};
	int status = hand_over_maps(skeleton, loaded);
	return status ? status : load_hand_over(loaded, links, array_length(links));
}

int
sensor_load(const struct sensor_settings *settings, struct str *why, struct loaded *ret_loaded)
{
	struct process_bpf *skeleton __attribute__((cleanup(skeleton_cleanup))) = NULL;
	load_begin();
	skeleton = process_bpf__open();
	if (!skeleton)
		return load_failed(why, "cannot read the kernel programs", -errno);
	int status = load_watching(settings, &skeleton->rodata->watching);
	if (status)
		return load_failed(why, "cannot read the own PID namespace and root", status);
	bpf_program__set_autoload(skeleton->progs.on_exit, ends_are_told_early());
	status = bpf_map__set_max_entries(skeleton->maps.lives, lives_wanted(settings));
	if (!status)
		status = process_bpf__load(skeleton);
	if (status)
		return load_failed(why, "cannot load the kernel programs", status);
	status = fill_interpreters(skeleton);
	if (!status)
		status = fill_starts(skeleton);
	if (!status)
		status = fill_starters(skeleton, settings->starters);
	if (!status)
		status = process_bpf__attach(skeleton);
	if (!status)
		status = meet_the_living(skeleton);
	if (status)
		return load_failed(why, "cannot start the kernel programs", status);
	struct loaded loaded = {0};
	status = hand_over_all(skeleton, &loaded);
	if (status) {
		loaded_done(&loaded);
		return load_failed(why, "cannot hand over the kernel programs", status);
	}
	*ret_loaded = loaded;
	return 0;
}

void
loaded_done(struct loaded *loaded)
{
	for (size_t i = 0; i < loaded->count; i++)
		if (loaded->fds[i].fd >= 0)
			close(loaded->fds[i].fd);
	loaded->count = 0;
}

int
named_fd_find(const struct named_fd *fds, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (text_equal(fds[i].name, name))
			return fds[i].fd;
	return -1;
}
