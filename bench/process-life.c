/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What it costs to count the life of a process: fork, exec, exit. The kernel
 * programs' own time is the kernel's word (BPF_ENABLE_STATS, which adds about
 * 20 ns to each run); beside it what merely reading taskstats and the proc
 * connector costs, in the same rounds.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "medians.h"
#include "process-life-peers.h"
#include "sensors/process.h"

enum { LIVES = 1000, ROUNDS = 5 };

struct round {
	double bare_us; /* a life with nobody listening */
	double counted_us;
	double fork_ns; /* of the programs, per run */
	double exec_ns;
	double free_ns;
	double frame_us; /* one sweep and one frame */
	double taskstats_us;
	double connector_us;
};

/* So many processes that execute /bin/true; ns a life. */
static double
run_lives(void)
{
	int64_t begin = clock_monotonic_ns();
	for (int i = 0; i < LIVES; i++) {
		pid_t pid = fork();
		if (!pid) {
			execl("/bin/true", "true", (char *)NULL);
			_exit(127);
		}
		waitpid(pid, NULL, 0);
	}
	return (double)(clock_monotonic_ns() - begin) / LIVES;
}

/* What one run of the program behind the link took on average, ns. Others live on this host
 * too. */
static double
program_ns(const struct loaded *loaded, const char *name)
{
	struct bpf_link_info link = {0};
	struct bpf_prog_info program = {0};
	uint32_t size = sizeof(link);
	int fd = named_fd_find(loaded->fds, loaded->count, name);
	if (bpf_obj_get_info_by_fd(fd, &link, &size))
		return 0;
	auto_fd int found = bpf_prog_get_fd_by_id(link.prog_id);
	size = sizeof(program);
	if (bpf_obj_get_info_by_fd(found, &program, &size) || !program.run_cnt)
		return 0;
	return (double)program.run_time_ns / (double)program.run_cnt;
}

static double
frame_cost_us(const struct loaded *loaded, const struct sensor_settings *settings)
{
	auto_arena struct arena *arena = arena_new();
	struct sensor_process *sensor;
	struct frame frame;
	if (sensor_process_open(loaded->fds, loaded->count, settings, &sensor))
		return 0;
	if (sensor_process_frame(sensor, clock_boot(), arena, &frame))
		return 0;
	int64_t begin = clock_monotonic_ns();
	int status = sensor_process_frame(sensor, clock_boot() + 1, arena, &frame);
	double cost = (double)(clock_monotonic_ns() - begin) / 1e3;
	sensor_process_free(sensor);
	return status ? 0 : cost;
}

static void
measure_own(struct round *round)
{
	const struct sensor_settings settings = {.script_slots = 1024};
	struct loaded loaded;
	auto_str why = {0};
	if (sensor_load(&settings, &why, &loaded)) {
		printf("skipped: %s\n", str_text(&why));
		exit(0);
	}
	auto_fd int statistics = bpf_enable_stats(BPF_STATS_RUN_TIME);
	if (statistics < 0)
		printf("this kernel does not tell what its programs take\n");
	round->counted_us = run_lives() / 1e3;
	/* Ends are counted behind a grace period of the kernel's. */
	usleep(300000);
	round->fork_ns = program_ns(&loaded, "process.on-fork");
	round->exec_ns = program_ns(&loaded, "process.on-exec");
	round->free_ns = program_ns(&loaded, "process.on-free");
	round->frame_us = frame_cost_us(&loaded, &settings);
	loaded_done(&loaded);
}

static double
measure_peer(peer_listener *listener)
{
	pid_t pid = peer_start(listener);
	if (pid < 0)
		return 0;
	run_lives();
	usleep(100000);
	return (double)peer_end(pid) / 1e3 / LIVES;
}

/* The median of one member of all rounds, and how far they lie apart. */
static void
print_member(const struct round *rounds, size_t member, const char *unit, const char *what)
{
	double values[ROUNDS];
	for (int i = 0; i < ROUNDS; i++)
		memcpy(&values[i], (const char *)&rounds[i] + member, sizeof(double));
	if (median(values, ROUNDS) == 0)
		printf("%-58s not offered here\n", what);
	else
		print_median(what, values, ROUNDS, unit);
}

int
main(void)
{
	struct round rounds[ROUNDS] = {0};
	if (geteuid() != 0) {
		printf("skipped: needs root\n");
		return 0;
	}
	for (int i = 0; i < ROUNDS; i++) {
		rounds[i].bare_us = run_lives() / 1e3;
		measure_own(&rounds[i]);
		rounds[i].taskstats_us = measure_peer(peer_taskstats);
		rounds[i].connector_us = measure_peer(peer_connector);
	}
#define PRINT(member, unit, what)                                                              \
	print_member(rounds, offsetof(struct round, member), unit, what)
	printf("%d lives a round, medians of %d rounds (least to most)\n", LIVES, ROUNDS);
	PRINT(bare_us, "us", "a life, nobody listening");
	PRINT(counted_us, "us", "a life, counted");
	PRINT(fork_ns, "ns", "  of it the program at fork");
	PRINT(exec_ns, "ns", "  of it the program at exec");
	PRINT(free_ns, "ns", "  of it the program at free");
	PRINT(frame_us, "us", "one frame (sweep over the living, all rows)");
	PRINT(taskstats_us, "us", "peer: reading taskstats, a life");
	PRINT(connector_us, "us", "peer: reading the proc connector, a life");
	return 0;
}
