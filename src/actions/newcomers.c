/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/newcomers.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "model/newcomers.h"

enum {
	MOST_AT_ONCE = 256,
	LOOK_EVERY = 25,   /* ms: what a worker may take that changes its uid unheard */
	PART_OF_TIME = 50, /* a look over thousands of tasks takes at most this part of it */
};

struct newcomers {
	struct ring_buffer *ring;
	struct newcomer_board *board; /* memory of the kernel programs' too */
	int sweep;		      /* -1: nobody comes without being heard */
	int64_t look_again;
	void (*meet)(void *context, uint32_t pid);
	void *context;
	uint32_t met; /* of this hearing */
};

/* Something else than 0 ends the hearing: a storm must not keep us from everything else. */
static int
take_event(void *context, void *bytes, size_t length)
{
	struct newcomers *newcomers = context;
	const struct newcomer *newcomer = bytes;
	if (length >= sizeof(*newcomer) && newcomer->pid)
		newcomers->meet(newcomers->context, newcomer->pid);
	return ++newcomers->met < MOST_AT_ONCE ? 0 : -EAGAIN;
}

int
newcomers_open(const struct entrance_objects *objects, struct newcomers **ret_newcomers)
{
	struct newcomers *newcomers = memory_new(1, sizeof(*newcomers));
	newcomers->sweep =
	    objects->changes < 0 ? fcntl(objects->sweep, F_DUPFD_CLOEXEC, 3) : -1;
	void *memory = mmap(NULL, sizeof(*newcomers->board), PROT_READ | PROT_WRITE, MAP_SHARED,
	    objects->board, 0);
	int status = memory == MAP_FAILED ? -errno : 0;
	newcomers->board = memory == MAP_FAILED ? NULL : memory;
	if (!status) {
		newcomers->ring = ring_buffer__new(objects->told, take_event, newcomers, NULL);
		status = newcomers->ring ? 0 : -errno;
	}
	if (status)
		newcomers_close(newcomers);
	else
		*ret_newcomers = newcomers;
	return status;
}

void
newcomers_close(struct newcomers *newcomers)
{
	if (!newcomers)
		return;
	ring_buffer__free(newcomers->ring);
	if (newcomers->board)
		munmap(newcomers->board, sizeof(*newcomers->board));
	cleanup_fd(&newcomers->sweep);
	free(newcomers);
}

int
newcomers_descriptor(const struct newcomers *newcomers)
{
	return ring_buffer__epoll_fd(newcomers->ring);
}

static struct newcomer_range
range_for(const struct entrance_place *place)
{
	return (struct newcomer_range){.first = place->uids.first,
	    .last = place->uids.first + (place->uids.count - 1),
	    .group = place->group};
}

/* Those with a group of processors; without one there is nowhere to look for them. */
static uint32_t
choose(const struct entrance_place *places, size_t count, const struct entrance_place **chosen)
{
	uint32_t most = 0;
	for (size_t i = 0; i < count && most < NEWCOMER_RANGES; i++)
		if (places[i].group)
			chosen[most++] = &places[i];
	return most;
}

static bool
stands_already(
    const struct newcomer_board *board, const struct entrance_place **places, uint32_t count)
{
	if (board->count != count)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		struct newcomer_range range = range_for(places[i]);
		if (board->ranges[i].first != range.first ||
		    board->ranges[i].last != range.last ||
		    board->ranges[i].group != range.group)
			return false;
	}
	return true;
}

/*
 * While the board is written nobody is told of, so that no sum goes to a wrong
 * account; sweeps find who comes in these microseconds.
 */
int
newcomers_want(struct newcomers *newcomers, const struct entrance_place *places, size_t count)
{
	struct newcomer_board *board = newcomers->board;
	const struct entrance_place *chosen[NEWCOMER_RANGES];
	uint32_t most = choose(places, count, chosen);
	int status = most == NEWCOMER_RANGES && most < count ? -E2BIG : 0;
	if (stands_already(board, chosen, most))
		return status;
	__atomic_store_n(&board->count, 0, __ATOMIC_SEQ_CST);
	for (uint32_t i = 0; i < most; i++)
		board->ranges[i] = range_for(chosen[i]);
	__atomic_store_n(&board->count, most, __ATOMIC_SEQ_CST);
	return status;
}

void
newcomers_hear(
    struct newcomers *newcomers, void (*meet)(void *context, uint32_t pid), void *context)
{
	newcomers->meet = meet;
	newcomers->context = context;
	newcomers->met = 0;
	int heard = ring_buffer__consume(newcomers->ring);
	(void)heard; /* what is left wakes us again */
}

/* Whoever is outside of his group and was not told yet. */
static void
look(
    const struct newcomers *newcomers, void (*meet)(void *context, uint32_t pid), void *context)
{
	struct newcomer found[64];
	auto_fd int sweep = bpf_iter_create(newcomers->sweep);
	ssize_t got = sweep < 0 ? 0 : read(sweep, found, sizeof(found));
	while (got > 0 || (got < 0 && errno == EINTR)) {
		for (size_t i = 0; (ssize_t)((i + 1) * sizeof(*found)) <= got; i++)
			meet(context, found[i].pid);
		got = read(sweep, found, sizeof(found));
	}
}

int64_t
newcomers_look(struct newcomers *newcomers, void (*meet)(void *context, uint32_t pid),
    void *context, int64_t now)
{
	if (!newcomers->board->count || newcomers->sweep < 0)
		return INT64_MAX;
	if (now >= newcomers->look_again) {
		int64_t began = clock_monotonic_ns();
		look(newcomers, meet, context);
		int64_t took = (clock_monotonic_ns() - began) / 1000000;
		int64_t pause = took * PART_OF_TIME;
		newcomers->look_again = now + (pause > LOOK_EVERY ? pause : LOOK_EVERY);
	}
	return newcomers->look_again;
}

uint64_t
newcomers_unbound(const struct newcomers *newcomers, uint64_t group)
{
	const struct newcomer_board *board = newcomers->board;
	uint64_t sum = 0;
	for (uint32_t i = 0; i < board->count && i < NEWCOMER_RANGES; i++)
		if (board->ranges[i].group == group)
			sum += __atomic_load_n(&board->ranges[i].unbound_ns, __ATOMIC_RELAXED);
	return sum;
}
