/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What it costs to tell the requests of a PHP worker apart: processor time of a real worker for
 * a request to a script that does nothing, in turns with the probes attached and without.
 * Beside it what of that nobody can save who listens at these two places, measured by programs
 * that do nothing; and what the worker pays for writing an access log, which is the other way
 * to know.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "medians.h"
#include "sensors/counters.h"
#include "sensors/requests.h"
#include "sensors/usdt.h"

enum { REQUESTS = 500, ROUNDS = 75, SOMEBODY = 61990, PATIENCE = 100 };

static const char php[] = "/usr/sbin/php-fpm8.2";

struct pool {
	char folder[32];
	pid_t master;
	pid_t worker;
};

/* FastCGI, as short as it can be. */

static void
add_record(struct str *out, uint8_t kind, const void *body, size_t length)
{
	const uint8_t head[8] = {1, kind, 0, 1, (uint8_t)(length >> 8), (uint8_t)length, 0, 0};
	str_add_bytes(out, head, sizeof(head));
	str_add_bytes(out, body, length);
}

static void
add_pair(struct str *out, const char *name, const char *value)
{
	str_add_char(out, (char)strlen(name));
	str_add_char(out, (char)strlen(value));
	str_add(out, name);
	str_add(out, value);
}

static void
make_request(const struct pool *pool, struct str *out)
{
	static const uint8_t responder[8] = {0, 1};
	auto_str parameters = {0}, script = {0};
	str_addf(&script, "%s/nothing.php", pool->folder);
	add_pair(&parameters, "SCRIPT_FILENAME", str_text(&script));
	add_pair(&parameters, "REQUEST_METHOD", "GET");
	add_pair(&parameters, "REQUEST_URI", "/nothing.php");
	add_record(out, 1, responder, sizeof(responder));
	add_record(out, 4, parameters.data, parameters.length);
	add_record(out, 4, "", 0);
	add_record(out, 5, "", 0);
}

static int
ask(const struct pool *pool, const struct str *request)
{
	struct sockaddr_un where = {.sun_family = AF_UNIX};
	char answer[4096];
	snprintf(where.sun_path, sizeof(where.sun_path), "%s/socket", pool->folder);
	auto_fd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&where, sizeof(where)) ||
	    write(fd, request->data, request->length) != (ssize_t)request->length)
		return -errno;
	size_t all = 0;
	for (ssize_t got; (got = read(fd, answer, sizeof(answer))) > 0;)
		all += (size_t)got;
	return all ? 0 : -EPIPE;
}

/* The pool. */

static int
write_file(const struct pool *pool, const char *name, const char *format, const char *value)
{
	auto_str path = {0};
	str_addf(&path, "%s/%s", pool->folder, name);
	FILE *file = fopen(str_text(&path), "we");
	if (!file)
		return -errno;
	fprintf(file, "%s%s\n", format, value);
	return fclose(file) ? -errno : 0;
}

static pid_t
child_of(pid_t parent)
{
	char path[64];
	int child = 0;
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)parent, (int)parent);
	FILE *children = fopen(path, "re");
	if (children && fscanf(children, "%d", &child) != 1)
		child = 0;
	if (children)
		fclose(children);
	return child;
}

/* Who asks and who answers stay where they are: each on a processor of its own, if there are two. */
static void
pin(pid_t pid, int processor)
{
	cpu_set_t one;
	CPU_ZERO(&one);
	CPU_SET(processor, &one);
	if (sysconf(_SC_NPROCESSORS_ONLN) > 1)
		(void)sched_setaffinity(pid, sizeof(one), &one);
}

static int
pool_start(struct pool *pool, bool logs)
{
	auto_str settings = {0}, path = {0};
	snprintf(pool->folder, sizeof(pool->folder), "/tmp/hayward-bench.XXXXXX");
	if (!mkdtemp(pool->folder) || chmod(pool->folder, 0755))
		return -errno;
	str_addf(&settings,
	    "[global]\nerror_log = %s/log\ndaemonize = no\n[somebody]\nuser = %d\ngroup = %d\n"
	    "listen = %s/socket\npm = static\npm.max_children = 1\n",
	    pool->folder, SOMEBODY, SOMEBODY, pool->folder);
	if (logs)
		str_addf(&settings, "access.log = %s/access.log\n", pool->folder);
	if (write_file(pool, "fpm.conf", str_text(&settings), "") ||
	    write_file(pool, "nothing.php", "<?php", " echo 1;"))
		return -EIO;
	str_addf(&path, "%s/fpm.conf", pool->folder);
	pool->master = fork();
	if (!pool->master) {
		execl(php, php, "--fpm-config", str_text(&path), (char *)NULL);
		_exit(127);
	}
	for (int i = 0; i < PATIENCE && !(pool->worker = child_of(pool->master)); i++)
		usleep(50000);
	usleep(200000);
	pin(0, 0);
	pin(pool->worker, 1);
	return pool->worker ? 0 : -ESRCH;
}

static void
pool_end(struct pool *pool)
{
	static const char *const files[] = {
	    "log", "socket", "access.log", "fpm.conf", "nothing.php"};
	if (pool->master > 0) {
		kill(pool->master, SIGTERM);
		waitpid(pool->master, NULL, 0);
	}
	for (size_t i = 0; i < array_length(files); i++) {
		auto_str path = {0};
		str_addf(&path, "%s/%s", pool->folder, files[i]);
		unlink(str_text(&path));
	}
	rmdir(pool->folder);
}

/* us of the worker's processor time a request; -1: it does not answer. */
static double
cost(const struct pool *pool)
{
	clockid_t clock;
	struct timespec before, after;
	auto_str request = {0};
	make_request(pool, &request);
	if (clock_getcpuclockid(pool->worker, &clock) || clock_gettime(clock, &before))
		return -1;
	for (int i = 0; i < REQUESTS; i++)
		if (ask(pool, &request))
			return -1;
	clock_gettime(clock, &after);
	return ((double)(after.tv_sec - before.tv_sec) * 1e9 +
		   (double)(after.tv_nsec - before.tv_nsec)) /
	       1e3 / REQUESTS;
}

/* Nobody is listened to any more. */
static void
forget_attached(const struct loaded *loaded)
{
	struct served_key key;
	int served = named_fd_find(loaded->fds, loaded->count, "process.served");
	while (!bpf_map_get_next_key(served, NULL, &key))
		if (bpf_map_delete_elem(served, &key))
			return;
}

static double
cost_counted(const struct pool *pool, const struct loaded *loaded)
{
	struct loaded links = {0};
	if (requests_attach(loaded->fds, loaded->count, &links) <= 0)
		return -1;
	double us = cost(pool);
	loaded_done(&links);
	forget_attached(loaded);
	return us;
}

/* A program that does nothing, at one of PHP's probes: a descriptor that keeps it there; -errno. */
static int
listen_idly(int file, const char *name)
{
	static const struct bpf_insn nothing[] = {
	    {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0},
	    {.code = BPF_JMP | BPF_EXIT},
	};
	struct usdt_probe probe;
	int status = usdt_find(file, "php", name, &probe);
	if (status)
		return status;
	auto_fd int program = bpf_prog_load(BPF_PROG_TYPE_KPROBE, "nothing", "GPL", nothing,
	    array_length(nothing), NULL);
	return program < 0 ? program : usdt_attach(file, &probe, program);
}

static double
cost_interrupted(const struct pool *pool)
{
	auto_fd int file = open(php, O_RDONLY | O_CLOEXEC);
	auto_fd int startup = listen_idly(file, "request__startup");
	auto_fd int shutdown = listen_idly(file, "request__shutdown");
	return startup < 0 || shutdown < 0 ? -1 : cost(pool);
}

static void
measure(const struct pool *quiet, const struct pool *logging, const struct loaded *loaded)
{
	double bare[ROUNDS], counted[ROUNDS], interrupted[ROUNDS], logged[ROUNDS];
	double more[ROUNDS], floor[ROUNDS], log_more[ROUNDS];
	cost(quiet);
	cost(logging);
	for (int round = 0; round < ROUNDS; round++) {
		bare[round] = cost(quiet);
		counted[round] = cost_counted(quiet, loaded);
		interrupted[round] = cost_interrupted(quiet);
		logged[round] = cost(logging);
		floor[round] = interrupted[round] - bare[round];
		more[round] = counted[round] - bare[round];
		log_more[round] = logged[round] - bare[round];
	}
	printf("%d requests a round, in turns, medians of %d rounds (least to most)\n",
	    REQUESTS, ROUNDS);
	print_median("a request that does nothing, nobody listening", bare, ROUNDS, "us");
	print_median("the same, told apart by its probes", counted, ROUNDS, "us");
	print_median("the same, two probes that do nothing", interrupted, ROUNDS, "us");
	print_median("telling it apart", more, ROUNDS, "us");
	print_median("of that: two probes that do nothing", floor, ROUNDS, "us");
	print_median("beside: writing the pool's access log", log_more, ROUNDS, "us");
}

int
main(void)
{
	const struct config defaults = config_default();
	const struct sensor_settings settings = sensor_settings_of(&defaults);
	struct loaded loaded = {0};
	struct pool quiet = {0}, logging = {0};
	auto_str why = {0};
	if (geteuid() || access(php, X_OK) || sensor_load(&settings, &why, &loaded) ||
	    requests_load(&settings, &loaded, &why)) {
		printf("skipped: %s\n", geteuid()	    ? "needs root"
					: access(php, X_OK) ? "needs PHP-FPM 8.2"
							    : str_text(&why));
		return 0;
	}
	if (pool_start(&quiet, false) || pool_start(&logging, true))
		printf("skipped: PHP-FPM does not start\n");
	else
		measure(&quiet, &logging, &loaded);
	pool_end(&quiet);
	pool_end(&logging);
	loaded_done(&loaded);
	return 0;
}
