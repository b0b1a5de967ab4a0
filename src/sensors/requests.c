/* SPDX-License-Identifier: Apache-2.0 */
#include "sensors/requests.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "sensors/counters.h"
#include "sensors/requests.skel.h"
#include "sensors/requests_server.h"
#include "sensors/usdt.h"

static void
skeleton_cleanup(struct requests_bpf **skeleton)
{
	requests_bpf__destroy(*skeleton);
}

static int
hand_over(const struct requests_bpf *skeleton, struct loaded *loaded)
{
	const struct kernel_object objects[] = {
	    {"requests.on-request", bpf_program__fd(skeleton->progs.on_request)},
	    {"requests.on-request-end", bpf_program__fd(skeleton->progs.on_request_end)},
	};
	return load_hand_over(loaded, objects, array_length(objects));
}

int
requests_load(const struct sensor_settings *settings, struct loaded *loaded, struct str *why)
{
	struct requests_bpf *skeleton __attribute__((cleanup(skeleton_cleanup))) = NULL;
	load_begin();
	skeleton = requests_bpf__open();
	if (!skeleton)
		return load_failed(why, "cannot read the kernel programs", -errno);
	int status = load_watching(settings, &skeleton->rodata->watching);
	if (!status)
		status = load_share_maps(skeleton->obj, loaded);
	if (!status)
		status = requests_bpf__load(skeleton);
	if (!status)
		status = hand_over(skeleton, loaded);
	return status ? load_failed(why, "cannot load the kernel programs", status) : 0;
}

static int
attach_both(int fd, const struct named_fd *fds, size_t count, struct loaded *links)
{
	static const struct {
		const char *probe;
		const char *program;
	} pairs[] = {
	    {"request__startup", "requests.on-request"},
	    {"request__shutdown", "requests.on-request-end"},
	};
	for (size_t i = 0; i < array_length(pairs); i++) {
		struct usdt_probe probe;
		char name[LONGEST_FD_NAME];
		int program = named_fd_find(fds, count, pairs[i].program);
		int status = usdt_find(fd, "php", pairs[i].probe, &probe);
		if (!status && !i && probe.argument < 0)
			status = -ENOTSUP;
		auto_fd int link = status ? status : usdt_attach(fd, &probe, program);
		if (link < 0) {
			log_debug("no probe %s: %s", pairs[i].probe, strerror(-link));
			return link;
		}
		struct stat file;
		if (fstat(fd, &file))
			return -errno;
		snprintf(name, sizeof(name), "requests.%zu.%llx.%llx", i,
		    (unsigned long long)file.st_dev, (unsigned long long)file.st_ino);
		status = load_hand_over(links, &(struct kernel_object){name, link}, 1);
		if (status)
			return status;
	}
	return 0;
}

/* As the kernel programs know a file. */
static struct served_key
key_of(const struct stat *file)
{
	return (struct served_key){
	    .device = load_device(file->st_dev),
	    .inode = file->st_ino,
	};
}

/* 1: it is attached now; 0: it was, or is none; -errno. */
static int
attach_process(
    int proc, const char *pid, const struct named_fd *fds, size_t count, struct loaded *links)
{
	struct stat file;
	__u32 known = 0;
	auto_fd int fd = requests_server_open(proc, pid, &file);
	if (fd < 0)
		return 0;
	int served = named_fd_find(fds, count, "process.served");
	struct served_key key = key_of(&file);
	if (!bpf_map_lookup_elem(served, &key, &known))
		return 0;
	int status = attach_both(fd, fds, count, links);
	/* One that has no probes has none the next time either. */
	if (!status || status == -ENOENT || status == -ENOTSUP || status == -ENOEXEC)
		(void)bpf_map_update_elem(served, &key, &known, BPF_ANY);
	return status ? status : 1;
}

int
requests_attach(const struct named_fd *fds, size_t count, struct loaded *ret_links)
{
	int attached = 0, failure = 0;
	if (named_fd_find(fds, count, "requests.on-request-end") < 0)
		return 0;
	DIR *proc = opendir("/proc");
	if (!proc)
		return -errno;
	for (struct dirent *entry; (entry = readdir(proc));) {
		if (*entry->d_name < '1' || *entry->d_name > '9')
			continue;
		int status = attach_process(dirfd(proc), entry->d_name, fds, count, ret_links);
		if (status < 0)
			failure = status;
		else
			attached += status;
	}
	closedir(proc);
	return failure ? failure : attached;
}
