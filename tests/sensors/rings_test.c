/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who says things as fast as the kernel takes them has neither all of the sensor's time nor the
 * room of others: a turn of hearing ends, and a uid is heard so often.
 */
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "chroot.h"
#include "sensors/handing_events.h"
#include "sensors/hearing.h"
#include "sensors/part.h"
#include "watch.h"

enum {
	MALLORY = 61050,
	VICTIM = 61051,
	CROWD = 61052, /* and those behind it */
	CROWD_COUNT = 4,
	MAIL_PORT = 25,
	POOL_PORT = 3333,
	LOOKS = 40,
	SKIPPED = 77,
};

static const char share[] =
    "{\"method\":\"mining.submit\",\"params\":[\"w\",\"7\",\"1f2e\"]}\n";

/* What one look, or more of them, brought. */
struct heard {
	unsigned all;
	unsigned mallory, victim, crowd;
	unsigned victim_deeds;
};

static struct loaded loaded;

static void
hear_handing(void *context, const struct handing *handing)
{
	struct heard *heard = context;
	heard->all++;
	heard->mallory += handing->uid == MALLORY;
	heard->victim += handing->uid == VICTIM;
	heard->crowd += handing->uid >= CROWD && handing->uid < CROWD + CROWD_COUNT;
}

static void
hear_deed(void *context, const struct deed *deed)
{
	struct heard *heard = context;
	heard->victim_deeds += deed->uid == VICTIM;
}

static const struct sensor_part *
part_named(const char *name)
{
	size_t i = 0;
	while (strcmp(sensor_parts[i]->name, name) != 0)
		i++;
	return sensor_parts[i];
}

static void *
part_open(const struct sensor_part *part)
{
	static const struct sensor_settings settings = {.script_slots = 64};
	void *state = NULL;
	assert_int_equal(part->open(loaded.fds, loaded.count, &settings, &state), 0);
	return state;
}

static void
look(const struct sensor_part *part, void *state, unsigned times, struct heard *heard)
{
	const struct part_listener listener = {hear_deed, hear_handing, heard};
	for (; times; times--)
		assert_int_equal(part->look(state, clock_boot(), &listener), 0);
}

static bool
says(const struct sensor_part *part, const void *state, const char *words)
{
	auto_str text = {0};
	part->describe(state, &text);
	return strstr(str_text(&text), words) != NULL;
}

static struct sockaddr_in
here(uint16_t port)
{
	return (struct sockaddr_in){
	    .sin_family = AF_INET,
	    .sin_port = htons(port),
	    .sin_addr = {htonl(INADDR_LOOPBACK)},
	};
}

static void
call(uint16_t port, const char *words, unsigned times)
{
	const struct sockaddr_in address = here(port);
	const int one = 1;
	auto_fd int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)))
		_exit(2);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	for (; times; times--)
		if (send(fd, words, strlen(words), 0) < 0)
			_exit(3);
}

/* Calls so often, and says the words each time. */
static void
person_calls(uid_t uid, uint16_t port, unsigned calls, const char *words, unsigned times)
{
	pid_t pid = fork();
	if (!pid) {
		become(uid, "/");
		for (; calls; calls--)
			call(port, words, times);
		_exit(0);
	}
	assert_int_equal(person_wait(pid), 0);
}

static void
test_mails_of_one(void **state)
{
	(void)state;
	const struct sensor_part *part = part_named("handing");
	void *handing = part_open(part);
	struct heard heard = {0};
	person_calls(MALLORY, MAIL_PORT, HANDING_SAID_MOST / 2, "", 0);
	look(part, handing, LOOKS, &heard);
	assert_int_equal(heard.mallory, HANDING_SAID_MOST / 2);
	assert_false(says(part, handing, "faster than one uid is heard"));
	person_calls(MALLORY, MAIL_PORT, HANDING_SAID_MOST, "", 0);
	person_calls(VICTIM, MAIL_PORT, 1, "", 0);
	look(part, handing, LOOKS, &heard);
	assert_int_equal(heard.mallory, HANDING_SAID_MOST);
	assert_int_equal(heard.victim, 1);
	assert_true(says(part, handing, "faster than one uid is heard"));
	assert_false(says(part, handing, "were not seen"));
	part->close(handing);
}

static void
test_turn(void **state)
{
	(void)state;
	const struct sensor_part *part = part_named("handing");
	void *handing = part_open(part);
	struct heard heard = {0};
	for (uid_t i = 0; i < CROWD_COUNT; i++)
		person_calls(CROWD + i, MAIL_PORT, HEARING_MOST, "", 0);
	look(part, handing, 1, &heard);
	assert_int_equal(heard.all, HEARING_MOST);
	look(part, handing, LOOKS, &heard);
	assert_int_equal(heard.crowd, CROWD_COUNT * HEARING_MOST);
	part->close(handing);
}

static void
test_words_of_one(void **state)
{
	(void)state;
	const struct sensor_part *part = part_named("attack");
	void *attack = part_open(part);
	struct heard heard = {0};
	if (says(part, attack, "miners are not heard")) {
		part->close(attack);
		skip();
	}
	person_calls(MALLORY, POOL_PORT, 2, "{\"a\":[1,1,1,1,1,1,1,1]}\n", 80);
	assert_true(says(part, attack, "words of miners"));
	person_calls(VICTIM, POOL_PORT, 1, share, 3);
	look(part, attack, 1, &heard);
	assert_int_equal(heard.victim_deeds, 1);
	part->close(attack);
}

/* A network with nobody else in it. */
static void
prepare_network(void)
{
	struct ifreq interface = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	auto_fd int fd = -1;
	if (!unshare(CLONE_NEWNET))
		fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &interface))
		fatal("no network of our own: %s", strerror(errno));
}

/* Nobody accepts: who calls is served by the kernel. */
static int
listen_at(uint16_t port)
{
	const struct sockaddr_in address = here(port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) ||
	    listen(fd, 4096))
		fatal("cannot listen: %s", strerror(errno));
	return fd;
}

static void
load_or_skip(void)
{
	static const struct sensor_settings settings = {.script_slots = 64};
	auto_str why = {0};
	if (geteuid() || sensor_load(&settings, &why, &loaded) ||
	    part_named("handing")->load(&settings, &loaded, &why) ||
	    part_named("attack")->load(&settings, &loaded, &why)) {
		printf("1..0 # SKIP %s\n", geteuid() ? "needs root" : str_text(&why));
		exit(SKIPPED);
	}
}

int
main(void)
{
	chroot_become_root();
	load_or_skip();
	prepare_network();
	auto_fd int mail = listen_at(MAIL_PORT);
	auto_fd int pool = listen_at(POOL_PORT);
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_mails_of_one),
	    cmocka_unit_test(test_turn),
	    cmocka_unit_test(test_words_of_one),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	loaded_done(&loaded);
	return failed;
}
