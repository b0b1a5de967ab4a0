/* SPDX-License-Identifier: Apache-2.0 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "sensors/call_numbers.h"
#include "sensors/guard.h"
#include "sensors/guard.skel.h"
#include "sensors/guard_words.h"

static void
skeleton_cleanup(struct guard_bpf **skeleton)
{
	guard_bpf__destroy(*skeleton);
}

static int
fill_calls(int map)
{
	for (unsigned row = 0; row < guard_call_count(); row++) {
		struct guard_call call = guard_call_at(row);
		int status =
		    call_fill(map, guard_call_name(row), GUARD_CALL_NUMBERS / 2, &call);
		if (status)
			return status;
	}
	return 0;
}

/* What is guarded and not there yet is guarded by the folder above it. */
static int
fill_places(int map, const char *setting)
{
	static struct guarded guarded;
	guarded_parse(setting, &guarded);
	for (size_t i = 0; i < guarded.count; i++) {
		struct stat status;
		const struct guarded_place *place = &guarded.places[i];
		if (stat(place->path, &status))
			continue;
		struct guard_inode key = {status.st_ino, load_device(status.st_dev), 0};
		uint32_t value = (uint32_t)i + (place->free ? GUARD_FREE_PLACE : 0);
		/* /bin is often a link to /usr/bin: the first name is as good. */
		if (bpf_map_update_elem(map, &key, &value, BPF_NOEXIST) && errno != EEXIST)
			return -errno;
	}
	return 0;
}

static int
fill_devices(int map, const char *setting)
{
	static struct guarded guarded;
	guarded_parse(setting, &guarded);
	for (size_t i = 0; i < guarded.count; i++) {
		struct stat status;
		if (stat(guarded.places[i].path, &status) || !S_ISCHR(status.st_mode))
			continue;
		uint32_t key = load_device(status.st_rdev), value = 1;
		if (bpf_map_update_elem(map, &key, &value, BPF_ANY))
			return -errno;
	}
	return 0;
}

/* Without it the rest still sees who makes a device or is refused one. */
static void
attach_devices(struct guard_bpf *skeleton)
{
	auto_fd int groups = load_groups();
	if (groups < 0)
		return;
	skeleton->links.on_device =
	    bpf_program__attach_cgroup(skeleton->progs.on_device, groups);
	struct guard_state state = {.devices = skeleton->links.on_device != NULL};
	uint32_t zero = 0;
	if (bpf_map_update_elem(
		bpf_map__fd(skeleton->maps.guard_state), &zero, &state, BPF_ANY))
		return;
}

static int
fill(struct guard_bpf *skeleton, const struct sensor_settings *settings)
{
	const char *paths = settings->guarded_paths ? settings->guarded_paths : "";
	const char *devices = settings->guarded_devices ? settings->guarded_devices : "";
	int status = fill_calls(bpf_map__fd(skeleton->maps.guard_calls));
	if (!status)
		status = fill_places(bpf_map__fd(skeleton->maps.guard_places), paths);
	if (!status)
		status = fill_devices(bpf_map__fd(skeleton->maps.guard_devices), devices);
	return status;
}

static int
hand_over(const struct guard_bpf *skeleton, struct loaded *loaded)
{
	const struct kernel_object objects[] = {
	    {"guard.events", bpf_map__fd(skeleton->maps.guard_events)},
	    {"guard.counts", bpf_map__fd(skeleton->maps.guard_counts)},
	    {"guard.state", bpf_map__fd(skeleton->maps.guard_state)},
	    {"guard.on-capable", load_link(skeleton->links.on_capable)},
	    {"guard.on-change", load_link(skeleton->links.on_change)},
	    {"guard.on-device", load_link(skeleton->links.on_device)},
	};
	return load_hand_over(loaded, objects, array_length(objects));
}

int
guard_load(const struct sensor_settings *settings, struct loaded *loaded, struct str *why)
{
	struct guard_bpf *skeleton __attribute__((cleanup(skeleton_cleanup))) = NULL;
	load_begin();
	if (libbpf_find_vmlinux_btf_id("cap_capable", BPF_TRACE_RAW_TP) <= 0) {
		str_add(why, "this kernel does not tell who is refused what; Linux 6.14 does");
		return -EOPNOTSUPP;
	}
	skeleton = guard_bpf__open();
	if (!skeleton)
		return load_failed(why, "cannot read the programs", -errno);
	skeleton->rodata->open_folder = O_DIRECTORY;
	bpf_program__set_autoattach(skeleton->progs.on_device, false);
	int status = load_watching(settings, &skeleton->rodata->watching);
	if (!status)
		status = load_share_maps(skeleton->obj, loaded);
	if (!status)
		status = guard_bpf__load(skeleton);
	if (status)
		return load_failed(why, "cannot load them", status);
	status = fill(skeleton, settings);
	if (!status)
		status = guard_bpf__attach(skeleton);
	if (status)
		return load_failed(why, "cannot start them", status);
	attach_devices(skeleton);
	status = hand_over(skeleton, loaded);
	return status ? load_failed(why, "cannot hand them over", status) : 0;
}
