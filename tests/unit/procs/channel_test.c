/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A channel and a peer that may be anybody: `raw` is the other end of the
 * socket, over which the tests say whatever a captured sibling might.
 */
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/str.h"
#include "procs/channel.h"

enum { MAGIC = 0x48590001, MOST_INLINE = 32 * 1024 };

/* As in channel.c; the tests write it by hand, rightly or wrongly. */
struct header {
	uint32_t magic;
	uint32_t message;
	uint32_t length;
	uint32_t in_memory;
};

struct scene {
	struct event_base *loop;
	struct channel *channel; /* the engine's end of its channel with the sensor */
	int raw;
	size_t heard;
	enum message message;
	struct str bytes;
	int fd;
	bool ended;
	const char *reason;
	bool free_when_heard;
	int answer;
};

static int
on_message(void *context, enum process peer, enum message message, const void *bytes,
    size_t length, int *fd)
{
	struct scene *scene = context;
	assert_int_not_equal(peer, PROCESS_COUNT);
	scene->heard++;
	scene->message = message;
	str_clear(&scene->bytes);
	str_add_bytes(&scene->bytes, bytes, length);
	if (*fd >= 0)
		scene->fd = take_fd(*fd);
	if (scene->free_when_heard)
		channel_free(take(scene->channel));
	return scene->answer;
}

static void
on_ended(void *context, enum process peer, const char *reason)
{
	struct scene *scene = context;
	(void)peer;
	scene->ended = true;
	scene->reason = reason;
}

static const struct channel_events events = {on_message, on_ended};

static struct scene *
scene_new(enum process self, enum process peer)
{
	struct scene *scene = memory_new(1, sizeof(*scene));
	int ends[2];
	assert_int_equal(channel_pair(ends), 0);
	scene->loop = event_base_new();
	scene->channel = channel_new(scene->loop, ends[0], self, peer, &events, scene);
	scene->raw = ends[1];
	scene->fd = -1;
	return scene;
}

static void
scene_free(struct scene *scene)
{
	channel_free(scene->channel);
	event_base_free(scene->loop);
	cleanup_fd(&scene->raw);
	cleanup_fd(&scene->fd);
	str_done(&scene->bytes);
	free(scene);
}

static void
turn(struct scene *scene)
{
	assert_true(event_base_loop(scene->loop, EVLOOP_NONBLOCK) >= 0);
}

static void
say_raw(struct scene *scene, const void *bytes, size_t length, const int *fds, size_t count)
{
	char control[CMSG_SPACE(sizeof(int) * 8)] = {0};
	struct iovec part = {.iov_base = memory_copy(bytes, length), .iov_len = length};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	if (count) {
		message.msg_control = control;
		message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
		struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
		rights->cmsg_level = SOL_SOCKET;
		rights->cmsg_type = SCM_RIGHTS;
		rights->cmsg_len = CMSG_LEN(sizeof(int) * count);
		memcpy(CMSG_DATA(rights), fds, sizeof(int) * count);
	}
	assert_int_equal(sendmsg(scene->raw, &message, 0), length);
	free(part.iov_base);
}

static void
say(struct scene *scene, struct header header, const char *payload, int fd)
{
	auto_str packet = {0};
	str_add_bytes(&packet, &header, sizeof(header));
	str_add(&packet, payload);
	say_raw(scene, packet.data, packet.length, &fd, fd >= 0);
	turn(scene);
}

static void
assert_refused(struct scene *scene, const char *reason)
{
	assert_true(scene->ended);
	assert_non_null(scene->reason);
	assert_string_equal(scene->reason, reason);
	assert_int_equal(scene->heard, 0);
	scene_free(scene);
}

static int
open_descriptors(void)
{
	int count = 0;
	for (int fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static void
test_says_what_was_said(void **state)
{
	(void)state;
	struct scene *scene = scene_new(PROCESS_ENGINE, PROCESS_SENSOR);
	say(scene, (struct header){MAGIC, MESSAGE_SCRIPT, 5, 0}, "perl!", -1);
	assert_int_equal(scene->heard, 1);
	assert_int_equal(scene->message, MESSAGE_SCRIPT);
	assert_string_equal(str_text(&scene->bytes), "perl!");
	assert_false(scene->ended);
	scene_free(scene);
}

static void
test_empty_and_full_packets(void **state)
{
	(void)state;
	for (size_t length = 0; length <= MOST_INLINE + 1; length += (MOST_INLINE + 1) / 3) {
		struct scene *scene = scene_new(PROCESS_ENGINE, PROCESS_SENSOR);
		struct scene *other = scene_new(PROCESS_SENSOR, PROCESS_ENGINE);
		auto_str payload = {0};
		str_add_fill(&payload, 'x', length);
		assert_int_equal(
		    channel_send(other->channel, MESSAGE_FRAME, payload.data, length, -1), 0);
		/* Hand the packet on by hand, from one pair of sockets to the other. */
		char packet[MOST_INLINE + 64], control[CMSG_SPACE(sizeof(int))];
		struct iovec part = {packet, sizeof(packet)};
		struct msghdr message = {.msg_iov = &part,
		    .msg_iovlen = 1,
		    .msg_control = control,
		    .msg_controllen = sizeof(control)};
		ssize_t got = recvmsg(other->raw, &message, 0);
		assert_true(got >= (ssize_t)sizeof(struct header));
		auto_fd int fd = -1;
		if (CMSG_FIRSTHDR(&message))
			memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(int));
		assert_true((fd >= 0) == (length > MOST_INLINE));
		say_raw(scene, packet, (size_t)got, &fd, fd >= 0);
		turn(scene);
		assert_int_equal(scene->heard, 1);
		assert_int_equal(scene->bytes.length, length);
		assert_int_equal(scene->fd, -1);
		scene_free(scene);
		scene_free(other);
	}
}

static void
test_descriptor_arrives(void **state)
{
	(void)state;
	struct scene *scene = scene_new(PROCESS_ENGINE, PROCESS_PARENT);
	auto_fd int fd = file_memory("blob", "bytes", 5);
	say(scene, (struct header){MAGIC, MESSAGE_BLOB, 4, 0}, "kind", fd);
	assert_int_equal(scene->heard, 1);
	assert_true(scene->fd >= 0);
	assert_true(fcntl(scene->fd, F_GETFD) & FD_CLOEXEC);
	scene_free(scene);
}

static void
test_malformed_headers(void **state)
{
	(void)state;
	static const struct {
		struct header header;
		const char *payload;
		const char *reason;
	} cases[] = {
	    {{0, MESSAGE_FRAME, 0, 0}, "", "a packet that is none of ours"},
	    {{MAGIC + 1, MESSAGE_FRAME, 0, 0}, "", "a packet that is none of ours"},
	    {{MAGIC, MESSAGE_FRAME, 0, 2}, "", "a packet that is none of ours"},
	    {{MAGIC, MESSAGE_COUNT, 0, 0}, "", "an unknown message"},
	    {{MAGIC, UINT32_MAX, 0, 0}, "", "an unknown message"},
	    {{MAGIC, MESSAGE_ACK, 0, 0}, "", "a message that is not its to send"},
	    {{MAGIC, MESSAGE_BLOB, 0, 0}, "", "a message that is not its to send"},
	    {{MAGIC, MESSAGE_QUIT, 0, 0}, "", "a message that is not its to send"},
	    {{MAGIC, MESSAGE_ACTION, 0, 0}, "", "a message that is not its to send"},
	    {{MAGIC, MESSAGE_OBSERVATION, 4097, 0}, "", "a message that is too long"},
	    {{MAGIC, MESSAGE_FRAME, UINT32_MAX, 1}, "", "a message that is too long"},
	    {{MAGIC, MESSAGE_FRAME, 5, 0}, "four", "a message of another length than it says"},
	    {{MAGIC, MESSAGE_FRAME, 3, 0}, "four", "a message of another length than it says"},
	    {{MAGIC, MESSAGE_FRAME, 100000, 0}, "", "a message of another length than it says"},
	    {{MAGIC, MESSAGE_FRAME, 4, 1}, "", "a message of another length than it says"},
	    {{MAGIC, MESSAGE_FRAME, 100000, 1}, "x",
		"a message of another length than it says"},
	    {{MAGIC, MESSAGE_FRAME, 100000, 1}, "", "a stray or missing descriptor"},
	};
	for (size_t i = 0; i < array_length(cases); i++) {
		struct scene *scene = scene_new(PROCESS_ENGINE, PROCESS_SENSOR);
		say(scene, cases[i].header, cases[i].payload, -1);
		assert_refused(scene, cases[i].reason);
	}
}

/* Every message of the list, from every process to every other one: only the listed pass. */
static void
test_forged_types(void **state)
{
	(void)state;
	for (enum message message = 0; message < MESSAGE_COUNT; message++)
		for (enum process self = 0; self < PROCESS_COUNT; self++)
			for (enum process peer = 0; peer < PROCESS_COUNT; peer++) {
				if (message_allowed(message, peer, self))
					continue;
				struct scene *scene = scene_new(self, peer);
				say(scene, (struct header){MAGIC, message, 0, 0}, "", -1);
				assert_refused(scene, "a message that is not its to send");
			}
}

static void
test_short_and_long_packets(void **state)
{
	(void)state;
	struct scene *scene = scene_new(PROCESS_ENGINE, PROCESS_SENSOR);
	say_raw(scene, "short", 5, NULL, 0);
	turn(scene);
	assert_refused(scene, "a packet that is none of ours");
	scene = scene_new(PROCESS_ENGINE, PROCESS_SENSOR);
	auto_str packet = {0};
	struct header header = {MAGIC, MESSAGE_FRAME, MOST_INLINE + 100, 0};
	str_add_bytes(&packet, &header, sizeof(header));
	str_add_fill(&packet, 'x', MOST_INLINE + 100);
	say_raw(scene, packet.data, packet.length, NULL, 0);
	turn(scene);
	assert_refused(scene, "an oversized packet");
}

static void
test_stray_descriptors(void **state)
{
	(void)state;
	int before = open_descriptors();
	for (size_t count = 1; count <= 8; count++) {
		struct scene *scene = scene_new(PROCESS_ENGINE, PROCESS_SENSOR);
		struct header header = {MAGIC, MESSAGE_FRAME, 0, 0};
		int fds[8] = {0, 0, 0, 0, 0, 0, 0, 0};
		say_raw(scene, &header, sizeof(header), fds, count);
		turn(scene);
		assert_refused(
		    scene, count > 4 ? "an oversized packet" : "a stray or missing descriptor");
	}
	assert_int_equal(open_descriptors(), before);
}

static void
test_missing_and_double_descriptors(void **state)
{
	(void)state;
	int before = open_descriptors();
	struct scene *scene = scene_new(PROCESS_ENGINE, PROCESS_PARENT);
	say(scene, (struct header){MAGIC, MESSAGE_BLOB, 0, 0}, "", -1);
	assert_refused(scene, "a stray or missing descriptor");
	scene = scene_new(PROCESS_ENGINE, PROCESS_PARENT);
	struct header header = {MAGIC, MESSAGE_BLOB, 0, 0};
	say_raw(scene, &header, sizeof(header), (int[]){0, 1}, 2);
	turn(scene);
	assert_refused(scene, "a stray or missing descriptor");
	assert_int_equal(open_descriptors(), before);
}

static int
memory_file(size_t length, int seals)
{
	int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)length), 0);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

static void
test_unsealed_memory(void **state)
{
	(void)state;
	static const int seals[] = {0, F_SEAL_WRITE, F_SEAL_SHRINK | F_SEAL_GROW,
	    F_SEAL_WRITE | F_SEAL_GROW, F_SEAL_WRITE | F_SEAL_SHRINK};
	for (size_t i = 0; i < array_length(seals); i++) {
		struct scene *scene = scene_new(PROCESS_ENGINE, PROCESS_SENSOR);
		auto_fd int fd = memory_file(100000, seals[i]);
		say(scene, (struct header){MAGIC, MESSAGE_FRAME, 100000, 1}, "", fd);
		assert_refused(scene, "a memory file that is not sealed");
	}
	struct scene *scene = scene_new(PROCESS_ENGINE, PROCESS_SENSOR);
	auto_fd int file = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	say(scene, (struct header){MAGIC, MESSAGE_FRAME, 100000, 1}, "", file);
	assert_refused(scene, "a memory file that is not sealed");
}

static void
test_memory_of_another_length(void **state)
{
	(void)state;
	int all = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW;
	struct scene *scene = scene_new(PROCESS_ENGINE, PROCESS_SENSOR);
	auto_fd int fd = memory_file(99999, all);
	say(scene, (struct header){MAGIC, MESSAGE_FRAME, 100000, 1}, "", fd);
	assert_refused(scene, "a memory file of another length than it says");
	scene = scene_new(PROCESS_ENGINE, PROCESS_SENSOR);
	auto_fd int huge = memory_file((size_t)1 << 40, all);
	say(scene, (struct header){MAGIC, MESSAGE_FRAME, 100000, 1}, "", huge);
	assert_refused(scene, "a memory file that is not sealed");
}

/* A reader that finds a mistake ends before it has read what it was sent. */
static void
test_last_words_of_who_did_not_listen(void **state)
{
	(void)state;
	struct scene *scene = scene_new(PROCESS_PARENT, PROCESS_READER);
	const struct header header = {MAGIC, MESSAGE_READ_FAILED, 0, 0};
	assert_int_equal(channel_send(scene->channel, MESSAGE_QUIT, NULL, 0, -1), 0);
	turn(scene);
	say_raw(scene, &header, sizeof(header), NULL, 0);
	cleanup_fd(&scene->raw);
	scene->raw = -1;
	for (int i = 0; i < 5; i++)
		turn(scene);
	assert_int_equal(scene->heard, 1);
	assert_int_equal(scene->message, MESSAGE_READ_FAILED);
	assert_true(scene->ended);
	assert_null(scene->reason);
	scene_free(scene);
}

static void
test_what_does_not_decode(void **state)
{
	(void)state;
	struct scene *scene = scene_new(PROCESS_ENGINE, PROCESS_SENSOR);
	scene->answer = -EBADMSG;
	say(scene, (struct header){MAGIC, MESSAGE_SCRIPT, 0, 0}, "", -1);
	assert_int_equal(scene->heard, 1);
	assert_string_equal(scene->reason, "a message that does not decode");
	/* Nothing more is heard from it. */
	say(scene, (struct header){MAGIC, MESSAGE_SCRIPT, 0, 0}, "", -1);
	assert_int_equal(scene->heard, 1);
	scene_free(scene);
}

static void
test_freed_by_its_own_callback(void **state)
{
	(void)state;
	struct scene *scene = scene_new(PROCESS_ENGINE, PROCESS_SENSOR);
	scene->free_when_heard = true;
	struct header header = {MAGIC, MESSAGE_SCRIPT, 0, 0};
	say_raw(scene, &header, sizeof(header), NULL, 0);
	say_raw(scene, &header, sizeof(header), NULL, 0);
	turn(scene);
	assert_int_equal(scene->heard, 1);
	assert_false(scene->ended);
	scene_free(scene);
}

static void
test_peer_that_goes_away(void **state)
{
	(void)state;
	struct scene *scene = scene_new(PROCESS_ENGINE, PROCESS_PEEKER);
	struct header header = {MAGIC, MESSAGE_ANSWER, 0, 0};
	say_raw(scene, &header, sizeof(header), NULL, 0);
	cleanup_fd(&scene->raw);
	scene->raw = -1;
	turn(scene);
	turn(scene);
	assert_int_equal(scene->heard, 1);
	assert_true(scene->ended);
	assert_null(scene->reason);
	assert_int_equal(channel_send(scene->channel, MESSAGE_QUESTION, "", 0, -1), -EPIPE);
	scene_free(scene);
}

/* A peer that does not read: what is queued is bounded, and all of it comes, in order. */
static void
test_peer_that_does_not_read(void **state)
{
	(void)state;
	struct scene *scene = scene_new(PROCESS_SENSOR, PROCESS_ENGINE);
	uint32_t sent = 0, heard = 0;
	int status;
	while (
	    !(status = channel_send(scene->channel, MESSAGE_SCRIPT, &sent, sizeof(sent), -1)))
		sent++;
	assert_int_equal(status, -ENOBUFS);
	assert_true(channel_queued(scene->channel) > 0);
	assert_int_equal(channel_flush(scene->channel, 1), -ETIMEDOUT);
	char packet[256];
	for (ssize_t got; heard < sent;) {
		got = recv(scene->raw, packet, sizeof(packet), MSG_DONTWAIT);
		if (got < 0) {
			turn(scene);
			continue;
		}
		uint32_t number;
		assert_int_equal(got, sizeof(struct header) + sizeof(number));
		memcpy(&number, packet + sizeof(struct header), sizeof(number));
		assert_int_equal(number, heard++);
	}
	assert_int_equal(channel_queued(scene->channel), 0);
	assert_int_equal(channel_flush(scene->channel, 1), 0);
	scene_free(scene);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_says_what_was_said),
	    cmocka_unit_test(test_empty_and_full_packets),
	    cmocka_unit_test(test_descriptor_arrives),
	    cmocka_unit_test(test_malformed_headers),
	    cmocka_unit_test(test_forged_types),
	    cmocka_unit_test(test_short_and_long_packets),
	    cmocka_unit_test(test_stray_descriptors),
	    cmocka_unit_test(test_missing_and_double_descriptors),
	    cmocka_unit_test(test_unsealed_memory),
	    cmocka_unit_test(test_memory_of_another_length),
	    cmocka_unit_test(test_last_words_of_who_did_not_listen),
	    cmocka_unit_test(test_what_does_not_decode),
	    cmocka_unit_test(test_freed_by_its_own_callback),
	    cmocka_unit_test(test_peer_that_goes_away),
	    cmocka_unit_test(test_peer_that_does_not_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
