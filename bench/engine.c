/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What weighing costs: rows of frames through flow_frame() and flow_tick(), a
 * frame a second, with 10 000 accounts of which 1 %, 10 % and 100 % do
 * something; each active one has a total and one script. The peer, in the same
 * run and over the same frames, keeps what most monitors keep: the samples of
 * the longest window for each account, and sums them up for every account when
 * a second is over. Each setting runs in a child of its own, so that resident
 * memory is its own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "flow/flow.h"
#include "policy/load.h"

enum {
	ACCOUNTS = 10000,
	FIRST_UID = 10000,
	ROUNDS = 5,
	SECOND_NS = 1000000000,
	SAMPLES = 3600
};

static const char terms[] =
    "plan basic { quota 5GiB }\n"
    "terms \"bench\" revision \"1\" grace 24h\n"
    "clause A10 \"A tenth\" for each account {\n"
    "when cpu.share > 10% over 10m or memory.share > 10% over 10m\n"
    "imposed when emergency or by operator then warn; after 3d suspend ends when kept for 1h "
    "}\n"
    "clause U2 \"A fifth\" for each account {\n"
    "when cpu.share >= 20% over 10m 3 times within 1h or memory.share >= 20% over 10m 3 times "
    "within 1h\n"
    "then warn; after 24h suspend ends when kept for 6h }\n"
    "emergency A6 \"Now\" { when host.cpu-pressure > 80% over 2m ends when kept for 10m }\n";

struct world {
	struct accounts *accounts;
	struct policy *policy;
	struct config config;
	struct flow *flow;
	struct moment now;
	struct frame frame;
	uint32_t active;
};

static void
make_accounts(struct world *world)
{
	auto_arena struct arena *arena = arena_new();
	auto_str blob = {0};
	struct account *records = memory_new(ACCOUNTS, sizeof(*records));
	for (uint32_t i = 0; i < ACCOUNTS; i++) {
		struct uid_range *uid = arena_alloc(arena, sizeof(*uid));
		*uid = (struct uid_range){FIRST_UID + i, 1};
		const char *name = arena_printf(arena, "a%u", i);
		records[i] = (struct account){.id = uid->first,
		    .name = name,
		    .plan = "basic",
		    .contact = name,
		    .home = "/",
		    .uids = uid,
		    .uid_count = 1,
		    .own_uids = 1};
	}
	accounts_encode(records, ACCOUNTS, FIRST_UID, &blob);
	if (accounts_decode(blob.data, blob.length, &world->accounts))
		abort();
	free(records);
}

static void
make_policy(struct world *world)
{
	struct policy_set *set = policy_set_new();
	struct diag *diag = diag_new();
	policy_set_add(set, "bench.policy", terms, strlen(terms));
	if (policy_load(set, NULL, NULL, diag, &world->policy)) {
		auto_str said = {0};
		diag_print(diag, &said);
		fputs(str_text(&said), stderr);
		exit(1);
	}
	diag_free(diag);
	policy_set_free(set);
}

/* Processor time of this process: other work on the machine is not the engine's cost. */
static int64_t
spent_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return now.tv_sec * (int64_t)SECOND_NS + now.tv_nsec;
}

static void
fill_frame(struct world *world)
{
	struct frame *frame = &world->frame;
	int64_t ms = frame->interval_ns / 1000000;
	world->now.boot += ms;
	world->now.policy += ms;
	world->now.wall += ms;
	frame->at = world->now.boot;
	for (uint32_t i = 0; i < frame->row_count; i++) {
		frame->rows[i].cpu_ns =
		    100000 + (uint64_t)(world->now.boot / 1000 + i) % 977 * 100;
		frame->rows[i].memory = (UINT64_C(1) << 20) + i * 4096;
	}
}

/* Active accounts are spread over the table, as on a real host. */
static void
make_frame(struct world *world, uint32_t active)
{
	world->active = active;
	world->frame = (struct frame){.interval_ns = SECOND_NS,
	    .cpu_ns = UINT64_C(64) * SECOND_NS,
	    .memory = UINT64_C(512) << 30,
	    .row_count = 2 * active,
	    .rows = memory_new(2 * active, sizeof(struct frame_row))};
	for (uint32_t i = 0; i < active; i++) {
		uint32_t uid = FIRST_UID + i * (ACCOUNTS / active);
		world->frame.rows[2 * i] = (struct frame_row){.uid = uid, .processes = 3};
		world->frame.rows[2 * i + 1] =
		    (struct frame_row){.uid = uid, .processes = 3, .script = uid * 7919u + 2};
	}
}

static void
begin(struct world *world, uint32_t active)
{
	*world = (struct world){
	    .config = config_default(), .now = {100000000, 100000000, 1767600000000}};
	make_accounts(world);
	make_policy(world);
	struct flow_rules rules = {world->policy, world->accounts, &world->config};
	world->flow = flow_new(&rules);
	make_frame(world, active);
}

static void
end(struct world *world)
{
	flow_free(world->flow);
	policy_free(world->policy);
	accounts_free(world->accounts);
	free(world->frame.rows);
}

static long
resident_kib(void)
{
	auto_str text = {0};
	if (file_read(-1, "/proc/self/statm", 4096, &text))
		return 0;
	char *at = NULL;
	(void)strtol(str_text(&text), &at, 10);
	return strtol(at, NULL, 10) * (sysconf(_SC_PAGESIZE) / 1024);
}

static int
by_value(const void *left, const void *right)
{
	const int64_t *one = left, *other = right;
	return *one < *other ? -1 : *one > *other;
}

static int64_t
time_flow(struct world *world, uint32_t frames)
{
	int64_t spent = 0;
	for (uint32_t i = 0; i < frames; i++) {
		fill_frame(world);
		int64_t began = spent_ns();
		flow_frame(world->flow, &world->frame, world->now);
		flow_tick(world->flow, world->now);
		spent += spent_ns() - began;
	}
	return spent;
}

/* ---- the peer ---- */

struct naive {
	uint32_t *cpu_us[ACCOUNTS];
	uint32_t *memory_mib[ACCOUNTS];
	uint32_t at;
	uint64_t broken;
};

static void
naive_begin(struct naive *naive)
{
	for (uint32_t i = 0; i < ACCOUNTS; i++) {
		naive->cpu_us[i] = memory_new(SAMPLES, sizeof(uint32_t));
		naive->memory_mib[i] = memory_new(SAMPLES, sizeof(uint32_t));
	}
}

static void
naive_judge(struct naive *naive, uint32_t account, const struct frame *frame)
{
	uint64_t cpu[2] = {0}, memory[2] = {0};
	for (uint32_t back = 0; back < SAMPLES; back++) {
		uint32_t slot = (naive->at + SAMPLES - back) % SAMPLES;
		cpu[back >= 600] += naive->cpu_us[account][slot];
		memory[back >= 600] += naive->memory_mib[account][slot];
	}
	naive->broken += cpu[0] * 10 > frame->cpu_ns / 1000 * 600;
	naive->broken += (cpu[0] + cpu[1]) * 5 > frame->cpu_ns / 1000 * SAMPLES;
	naive->broken += memory[0] * 10 > (frame->memory >> 20) * 600;
	naive->broken += (memory[0] + memory[1]) * 5 > (frame->memory >> 20) * SAMPLES;
}

static int64_t
time_naive(struct world *world, struct naive *naive)
{
	fill_frame(world);
	int64_t began = spent_ns();
	naive->at = (naive->at + 1) % SAMPLES;
	for (uint32_t i = 0; i < world->frame.row_count; i++) {
		const struct frame_row *row = &world->frame.rows[i];
		if (row->script)
			continue;
		naive->cpu_us[row->uid - FIRST_UID][naive->at] = (uint32_t)(row->cpu_ns / 1000);
		naive->memory_mib[row->uid - FIRST_UID][naive->at] =
		    (uint32_t)(row->memory >> 20);
	}
	for (uint32_t i = 0; i < ACCOUNTS; i++)
		naive_judge(naive, i, &world->frame);
	return spent_ns() - began;
}

/* ---- */

static void
run_flow(uint32_t percent)
{
	struct world world;
	long before = resident_kib();
	begin(&world, ACCOUNTS * percent / 100);
	uint32_t frames = percent == 100 ? 20 : percent == 10 ? 120 : 600;
	/* More than an hour, by the minute: every window is filled, as it is on a host that
	 * runs. */
	world.frame.interval_ns *= 60;
	world.frame.cpu_ns *= 60;
	(void)time_flow(&world, 70);
	world.frame.interval_ns /= 60;
	world.frame.cpu_ns /= 60;
	int64_t took[ROUNDS];
	for (size_t i = 0; i < ROUNDS; i++)
		took[i] = time_flow(&world, frames);
	qsort(took, ROUNDS, sizeof(took[0]), by_value);
	double rows = (double)frames * world.frame.row_count;
	printf(
	    "hayward %3u %% active: %5.2f M rows/s (%.2f to %.2f), %6.2f ms a frame, resident "
	    "%5.1f MiB (before: %.1f)\n",
	    percent, rows * 1e3 / (double)took[ROUNDS / 2],
	    rows * 1e3 / (double)took[ROUNDS - 1], rows * 1e3 / (double)took[0],
	    (double)took[ROUNDS / 2] / 1e6 / frames, (double)resident_kib() / 1024,
	    (double)before / 1024);
	end(&world);
}

static void
run_naive(uint32_t percent)
{
	struct world world;
	static struct naive naive;
	begin(&world, ACCOUNTS * percent / 100);
	naive_begin(&naive);
	int64_t took[ROUNDS];
	for (size_t i = 0; i < ROUNDS; i++)
		took[i] = time_naive(&world, &naive);
	qsort(took, ROUNDS, sizeof(took[0]), by_value);
	printf("samples %3u %% active: %5.2f M rows/s, %23.2f ms a frame, resident %5.1f MiB\n",
	    percent, world.frame.row_count * 1e3 / (double)took[ROUNDS / 2],
	    (double)took[ROUNDS / 2] / 1e6, (double)resident_kib() / 1024);
	end(&world);
}

static int
in_child(void (*run)(uint32_t), uint32_t percent)
{
	fflush(stdout);
	pid_t child = fork();
	if (child == 0) {
		run(percent);
		fflush(stdout);
		_exit(0);
	}
	int status;
	return child < 0 || waitpid(child, &status, 0) != child || status != 0;
}

int
main(void)
{
	static const uint32_t percents[] = {1, 10, 100};
	int failed = 0;
	printf("%d accounts, windows of A10 and U2; medians of %d, processor time\n", ACCOUNTS,
	    ROUNDS);
	for (size_t i = 0; i < array_length(percents); i++) {
		failed |= in_child(run_flow, percents[i]);
		failed |= in_child(run_naive, percents[i]);
	}
	return failed;
}
