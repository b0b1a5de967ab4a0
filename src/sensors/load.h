/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loading the kernel programs. The loader process has the power (CAP_BPF,
 * CAP_PERFMON) and nothing to do with what is counted; it hands the kernel
 * objects over as descriptors with names and ends. Who keeps the descriptors
 * keeps the counting alive; who is given them may read without any power.
 */
#ifndef SENSORS_LOAD_H
#define SENSORS_LOAD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/attributes.h"
#include "base/str.h"
#include "model/config.h"
#include "sensors/watching.h"

enum { LONGEST_FD_NAME = 48, LOADED_MOST = 256 };

/* A kernel object: a map, a link that keeps a program attached, an iterator, a program. */
struct named_fd {
	char name[LONGEST_FD_NAME]; /* "process.uids" */
	int fd;
};

/* What the kernel programs and their reader must know of the configuration. */
struct sensor_settings {
	uint32_t script_slots; /* scripts counted by themselves for one uid */
	uint64_t
	    pid_namespace; /* watch only this PID namespace (inode) and those in it; 0: all */
	/* Settings, which live as long as this; NULL: none. */
	const char *starters;
	const char *guarded_paths;
	const char *guarded_devices;
	const char *kernel_programs; /* those of model/kernel_programs.def to load */
	uint32_t first_uid; /* no uid below can be an account */
	uint32_t lives;	    /* tasks alive at a time; 0: as many as the host can have */
};

struct sensor_settings sensor_settings_of(const struct config *config);

/* Whether the kernel programs of that name are to be loaded. */
bool load_wanted(const struct sensor_settings *settings, const char *name);

/* What was loaded. It owns the descriptors until they are taken out; loaded_done() it. */
struct loaded {
	size_t count;
	struct named_fd fds[LOADED_MOST];
};

/*
 * Loads and attaches; counting begins here. 0 or -errno, and then why gets the
 * reason in words. Must be called in the PID namespace in which the daemon's
 * processes live: pids are counted as it sees them.
 */
int sensor_load(const struct sensor_settings *settings, struct str *why,
    struct loaded *ret_loaded) must_use;

/*
 * Begins loading a set of kernel programs: what libbpf has to say is kept for
 * load_failed(), which puts the reason into words and gives the error back.
 */
void load_begin(void);
int load_failed(struct str *why, const char *what, int error);

/*
 * What a set of kernel programs is told before it is loaded (watching.h).
 * 0 or -errno.
 */
int load_watching(
    const struct sensor_settings *settings, struct watching *ret_watching) must_use;

/* A device number as the kernel writes it. */
uint32_t load_device(dev_t device);

/* Takes a descriptor that was sent under that name. 0; -EBADMSG if there is no room for it. */
int loaded_add(struct loaded *loaded, const void *name, size_t length, int *fd) must_use;

/* Something to hand over; a descriptor below 0 is not there and is left out. */
struct kernel_object {
	const char *name;
	int fd;
};

/* Adds duplicates of the descriptors. 0 or -errno. */
int load_hand_over(
    struct loaded *loaded, const struct kernel_object *objects, size_t count) must_use;

/* The root of the second version of control groups, the caller's; -ENOENT if it is mounted
 * nowhere, else -errno. Programs attached to it meet all that the host's network sends. */
int load_groups(void);

/* The descriptor of a link, -1 if there is none. */
struct bpf_link;
int load_link(const struct bpf_link *link);

/*
 * What the sums (sensor_load()) have counted is what further programs work on: each map of
 * the object, opened and not yet loaded, that bears the name of one of theirs becomes that one.
 */
struct bpf_object;
int load_share_maps(struct bpf_object *object, const struct loaded *sums) must_use;

/* Closes the descriptors that are still in it. */
void loaded_done(struct loaded *loaded);

/* The descriptor of that name, still owned by whoever owned it; -1 if there is none. */
int named_fd_find(const struct named_fd *fds, size_t count, const char *name);

#endif
