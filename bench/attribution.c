/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much of a storm of short scripts is seen: the kernel sensor beside our
 * own /proc sampler at 1 Hz (what most tools do) and at 10 Hz, and beside atop
 * with the kernel's process accounting, all on the same storm, against what the
 * cgroup says that the storm runs in.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "atop.h"
#include "base/clock.h"
#include "base/file.h"
#include "sensors/proc.h"
#include "sensors/process.h"

enum { CUSTOMER = 61030, SCRIPTS = 1500 };

/* One way to look: what it saw of the customer, and what looking cost. */
struct looker {
	const char *what;
	unsigned every; /* tenths of a second */
	struct sensor_process *kernel;
	struct sensor_proc *proc;
	uint64_t seen_ns;
	uint64_t cost_ns;
};

static char cgroup[128];

static void
in_cgroup(const char *file, char *path, size_t size)
{
	snprintf(path, size, "%s/%s", cgroup, file);
}

static uint64_t
cgroup_ns(void)
{
	char path[192];
	auto_str text = {0};
	in_cgroup("cpuacct.usage", path, sizeof(path));
	if (!file_read(AT_FDCWD, path, 64, &text))
		return strtoull(str_text(&text), NULL, 10);
	in_cgroup("cpu.stat", path, sizeof(path));
	if (file_read(AT_FDCWD, path, 4096, &text))
		return 0;
	const char *usage = strstr(str_text(&text), "usage_usec ");
	return usage ? strtoull(usage + strlen("usage_usec "), NULL, 10) * 1000 : 0;
}

static uint64_t
own_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void
look(struct looker *looker)
{
	auto_arena struct arena *arena = arena_new();
	struct frame frame = {0};
	uint64_t before = own_ns();
	int status = looker->kernel
			 ? sensor_process_frame(looker->kernel, clock_boot(), arena, &frame)
			 : sensor_proc_frame(looker->proc, clock_boot(), arena, &frame);
	looker->cost_ns += own_ns() - before;
	for (uint32_t i = 0; !status && i < frame.row_count; i++)
		if (frame.rows[i].uid == CUSTOMER && !frame.rows[i].script)
			looker->seen_ns += frame.rows[i].cpu_ns;
}

/* Joins the cgroup, becomes the customer, runs scripts one after the other. */
static void
storm(void)
{
	char path[192];
	in_cgroup("cgroup.procs", path, sizeof(path));
	int fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, "0", 1) != 1 || setresgid(CUSTOMER, CUSTOMER, CUSTOMER) ||
	    setresuid(CUSTOMER, CUSTOMER, CUSTOMER))
		_exit(1);
	for (int i = 0; i < SCRIPTS; i++) {
		pid_t pid = fork();
		if (!pid) {
			execlp("perl", "perl", "-e", "$x += $_ for 1..8000", (char *)NULL);
			_exit(127);
		}
		waitpid(pid, NULL, 0);
	}
	_exit(0);
}

static void
watch_storm(struct looker *lookers, size_t count)
{
	pid_t pid = fork();
	if (!pid)
		storm();
	for (unsigned tenth = 1; waitpid(pid, NULL, WNOHANG) == 0; tenth++) {
		usleep(100000);
		for (size_t i = 0; i < count; i++)
			if (tenth % lookers[i].every == 0)
				look(&lookers[i]);
	}
	sleep(2); /* the kernel frees the last ones behind a grace period; atop's last second */
	for (size_t i = 0; i < count; i++)
		look(&lookers[i]);
}

static bool
cgroup_make(void)
{
	const char *base = access("/sys/fs/cgroup/cpuacct", F_OK) ? "/sys/fs/cgroup"
								  : "/sys/fs/cgroup/cpuacct";
	snprintf(cgroup, sizeof(cgroup), "%s/hayward-bench-%d", base, (int)getpid());
	return mkdir(cgroup, 0755) == 0;
}

static void
print_seen(const char *what, uint64_t seen_ns, uint64_t cost_ns, uint64_t truth_ns)
{
	printf("%-34s saw %6.2f %%   own cost %7.1f ms\n", what,
	    100.0 * (double)seen_ns / (double)truth_ns, (double)cost_ns / 1e6);
}

int
main(void)
{
	const struct sensor_settings settings = {.script_slots = 1024};
	struct loaded loaded;
	auto_str why = {0};
	struct looker lookers[] = {
	    {.what = "kernel sensor, a frame a second", .every = 10},
	    {.what = "/proc sampler, 1 Hz", .every = 10},
	    {.what = "/proc sampler, 10 Hz", .every = 1},
	};
	auto_fd int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (geteuid() != 0 || !cgroup_make()) {
		printf("skipped: needs root and a cgroup that counts processor time\n");
		return 0;
	}
	if (sensor_load(&settings, &why, &loaded)) {
		printf("skipped: %s\n", str_text(&why));
		return rmdir(cgroup);
	}
	if (sensor_process_open(loaded.fds, loaded.count, &settings, &lookers[0].kernel) ||
	    sensor_proc_open(proc, &settings, &lookers[1].proc) ||
	    sensor_proc_open(proc, &settings, &lookers[2].proc))
		return 1;
	struct atop atop;
	uint64_t atop_saw = 0, atop_cost = 0;
	bool with_atop = atop_start(&atop);
	for (size_t i = 0; i < array_length(lookers); i++)
		look(&lookers[i]);
	watch_storm(lookers, array_length(lookers));
	if (with_atop)
		atop_end(&atop, CUSTOMER, &atop_saw, &atop_cost);
	uint64_t truth = cgroup_ns();
	printf("%d scripts, %.0f ms of processor time by the cgroup's word\n", SCRIPTS,
	    (double)truth / 1e6);
	for (size_t i = 0; i < array_length(lookers); i++)
		print_seen(lookers[i].what, lookers[i].seen_ns, lookers[i].cost_ns, truth);
	if (with_atop)
		print_seen("atop with accounting, 1 Hz", atop_saw, atop_cost, truth);
	else
		printf("atop is not here: tools/setup --crowd\n");
	sensor_process_free(lookers[0].kernel);
	sensor_proc_free(lookers[1].proc);
	sensor_proc_free(lookers[2].proc);
	loaded_done(&loaded);
	return rmdir(cgroup);
}
