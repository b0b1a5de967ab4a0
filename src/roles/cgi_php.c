/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A page of PHP by the account's own pool, over FastCGI (the specification of Open
 * Market, 1996), as Apache's mod_proxy_fcgi asks for it. What it took is what the
 * pool's processes have used meanwhile, so another request of the same moment counts.
 */
#include "roles/cgi_test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"

enum record { BEGIN = 1, END = 3, PARAMS = 4, INPUT = 5, OUTPUT = 6, ERRORS = 7 };
enum { HEAD = 8, LARGEST_RECORD = 65535, LARGEST_STAT = 4096 };

/* ---- What the pool has used ---- */

struct used {
	int64_t cpu_us;
	int64_t memory_kib;
};

static int64_t
number_after(const char *text, const char *name)
{
	const char *found = strstr(text, name);
	return found ? strtoll(found + strlen(name), NULL, 10) : 0;
}

static int
read_of(const char *pid, const char *file, struct str *ret_text)
{
	auto_str path = {0};
	str_addf(&path, "/proc/%s/%s", pid, file);
	return file_read(AT_FDCWD, str_text(&path), LARGEST_STAT, ret_text);
}

/* utime and stime are the 12th and 13th fields behind the name, which may hold anything. */
static int64_t
cpu_of(const char *stat)
{
	long long user = 0, kernel = 0;
	const char *behind = strrchr(stat, ')');
	if (!behind ||
	    sscanf(behind + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lld %lld", &user,
		&kernel) != 2)
		return 0;
	return (user + kernel) * 1000000 / sysconf(_SC_CLK_TCK);
}

/* The scheduler's own sum, which is finer than ticks: nanoseconds, the first number. */
static int64_t
finer_cpu_of(const char *pid, int64_t otherwise)
{
	auto_str text = {0};
	return read_of(pid, "schedstat", &text) ? otherwise
						: strtoll(str_text(&text), NULL, 10) / 1000;
}

static void
add_used(const char *pid, const char *title, struct used *used)
{
	auto_str line = {0}, stat = {0}, status = {0};
	if (read_of(pid, "cmdline", &line) || !text_equal(str_text(&line), title) ||
	    read_of(pid, "stat", &stat) || read_of(pid, "status", &status))
		return;
	int64_t most = number_after(str_text(&status), "VmHWM:");
	used->cpu_us += finer_cpu_of(pid, cpu_of(str_text(&stat)));
	used->memory_kib = most > used->memory_kib ? most : used->memory_kib;
}

/* A customer's process can call itself like that, and only spoil its owner's own numbers. */
static struct used
used_by_pool(const struct cgi_place *place)
{
	struct used used = {0};
	struct stat facts;
	auto_str title = {0};
	str_addf(&title, "php-fpm: pool account-%s", place->account);
	DIR *list = opendir("/proc");
	for (const struct dirent *entry; list && (entry = readdir(list));)
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
		    !fstatat(dirfd(list), entry->d_name, &facts, 0) &&
		    facts.st_uid == place->uid)
			add_used(entry->d_name, str_text(&title), &used);
	if (list)
		closedir(list);
	return used;
}

/* ---- FastCGI ---- */

static void
add_record(struct str *out, enum record kind, const void *bytes, size_t length)
{
	const uint8_t head[HEAD] = {
	    1, (uint8_t)kind, 0, 1, (uint8_t)(length >> 8), (uint8_t)length, 0, 0};
	str_add_bytes(out, head, sizeof(head));
	str_add_bytes(out, bytes, length);
}

static void
add_length(struct str *out, size_t length)
{
	const uint8_t four[] = {(uint8_t)(0x80 | length >> 24), (uint8_t)(length >> 16),
	    (uint8_t)(length >> 8), (uint8_t)length};
	str_add_bytes(out, four, sizeof(four));
}

static void
add_parameter(void *context, const char *name, const char *value)
{
	struct str *out = context;
	add_length(out, strlen(name));
	add_length(out, strlen(value));
	str_add(out, name);
	str_add(out, value);
}

static void
write_request(const struct cgi_place *place, const char *query, struct str *out)
{
	static const uint8_t responder[8] = {0, 1};
	auto_str parameters = {0};
	cgi_for_each_variable(place, query, add_parameter, &parameters);
	add_record(out, BEGIN, responder, sizeof(responder));
	for (size_t at = 0; at < parameters.length; at += LARGEST_RECORD) {
		size_t left = parameters.length - at;
		add_record(out, PARAMS, parameters.data + at,
		    left < LARGEST_RECORD ? left : LARGEST_RECORD);
	}
	add_record(out, PARAMS, "", 0);
	add_record(out, INPUT, "", 0);
}

static int
connect_to(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct timeval patience = {.tv_sec = CGI_LONGEST_MS / 1000};
	auto_fd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (!*path || strlen(path) >= sizeof(address.sun_path))
		return -ENOENT;
	memcpy(address.sun_path, path, strlen(path));
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) ||
	    connect(fd, (const struct sockaddr *)&address, sizeof(address)))
		return -errno;
	return take_fd(fd);
}

/* All of it, or what the pool says before it closes: 0, -EPIPE, or -EAGAIN: it says nothing. */
static int
take_bytes(int fd, void *bytes, size_t length)
{
	char *at = bytes;
	while (length) {
		ssize_t count = recv(fd, at, length, 0);
		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			return count ? -errno : -EPIPE;
		at += count;
		length -= (size_t)count;
	}
	return 0;
}

/* One record; its kind, or -errno. */
static int
take_record(int fd, struct cgi_outcome *outcome)
{
	static char body[LARGEST_RECORD + UINT8_MAX];
	uint8_t head[HEAD];
	int status = take_bytes(fd, head, sizeof(head));
	if (status)
		return status;
	size_t length = (size_t)head[4] << 8 | head[5];
	status = take_bytes(fd, body, length + head[6]);
	if (status)
		return status;
	struct str *text = head[1] == OUTPUT   ? &outcome->output
			   : head[1] == ERRORS ? &outcome->errors
					       : NULL;
	size_t room = text ? CGI_LARGEST - text->length : 0;
	if (text)
		str_add_bytes(text, body, length < room ? length : room);
	return head[1];
}

static int
ask(const struct cgi_place *place, const char *query, struct cgi_outcome *outcome)
{
	auto_str request = {0};
	auto_fd int fd = connect_to(str_text(&place->socket));
	if (fd < 0)
		return fd;
	write_request(place, query, &request);
	int status = file_write_all(fd, request.data, request.length);
	int64_t deadline = clock_boot() + CGI_LONGEST_MS;
	while (status >= 0 && status != END && clock_boot() < deadline)
		status = take_record(fd, outcome);
	outcome->is_late = status != END && (status >= 0 || status == -EAGAIN);
	return outcome->is_late || status == END ? 0 : status;
}

int
cgi_run_php(const struct cgi_place *place, const char *query, struct cgi_outcome *ret_outcome)
{
	struct used before = used_by_pool(place);
	int64_t begin = clock_monotonic_ns();
	int status = ask(place, query, ret_outcome);
	ret_outcome->wall_us = (clock_monotonic_ns() - begin) / 1000;
	struct used after = used_by_pool(place);
	if (!status && after.cpu_us >= before.cpu_us) {
		ret_outcome->cpu_us = after.cpu_us - before.cpu_us;
		ret_outcome->memory_kib = after.memory_kib;
	}
	return status;
}
