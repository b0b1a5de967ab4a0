/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server's own clients, run as root without capabilities, which the server
 * lets in by its socket. Names of schemas may be a customer's, so only plain
 * ones are handed to a program or become the name of an entry.
 */
#include "actions/dump.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "actions/command.h"
#include "base/file.h"
#include "base/memory.h"

enum {
	LIST_LIMIT = 60 * 1000,
	DUMP_LIMIT = 2 * 3600 * 1000,
	LONGEST_LIST = 4 * 1024 * 1024,
	LONGEST_COMPLAINT = 200,
	LONGEST_SCHEMA = 64,
	MOST_SCHEMAS = 1000,
};

static const char client[] = "/usr/bin/mariadb";
static const char dumper[] = "/usr/bin/mariadb-dump";

/* What a client may take. */
struct bounds {
	int64_t time; /* ms */
	int64_t bytes;
};

static bool
is_called_after(const char *schema, const char *account)
{
	size_t length = strlen(account);
	return length && strncmp(schema, account, length) == 0 &&
	       (schema[length] == '\0' || schema[length] == '_');
}

bool
dump_is_of(const char *schema, const char *account, const char *const *others)
{
	if (!is_called_after(schema, account))
		return false;
	for (; others && *others; others++)
		if (strlen(*others) > strlen(account) && is_called_after(schema, *others))
			return false;
	return true;
}

static bool
is_plain(const char *schema)
{
	size_t length = strlen(schema);
	if (!length || length > LONGEST_SCHEMA || *schema == '-' || *schema == '.')
		return false;
	for (; *schema; schema++)
		if (!isalnum((unsigned char)*schema) && !strchr("_-.$", *schema))
			return false;
	return true;
}

static void
add(struct dumps *dumps, const char *name, int fd, const char *why)
{
	memory_grow(&dumps->items, dumps->count, &dumps->capacity, sizeof(*dumps->items));
	dumps->items[dumps->count++] =
	    (struct export_schema){memory_copy_text(name), fd, memory_copy_text(why)};
}

/* Runs a client; its complaint, in one line, when it fails. */
static int
run(const char *const *arguments, int out, const struct bounds *bounds, struct str *ret_why)
{
	struct command command = {
	    .arguments = arguments, .who = COMMAND_BARE_ROOT, .largest_file = bounds->bytes};
	int status = command_verify(arguments[0], ret_why);
	if (status)
		return status;
	auto_fd int complaint = memfd_create("complaint", MFD_CLOEXEC);
	pid_t pid = complaint < 0 ? -errno : command_start(&command, out, complaint);
	status = pid < 0 ? (int)pid : command_wait(pid, bounds->time);
	if (!status)
		return 0;
	if (status < 0) {
		str_add(ret_why, strerror(-status));
		return status;
	}
	if (lseek(complaint, 0, SEEK_SET) < 0 ||
	    file_read_fd(complaint, LONGEST_LIST, ret_why) || !ret_why->length)
		str_addf(ret_why, "exit status %d", status);
	str_cut(ret_why, LONGEST_COMPLAINT);
	str_cut(ret_why, strcspn(str_text(ret_why), "\n"));
	return -EIO;
}

static int
list_schemas(const struct dump_settings *settings, struct str *out, struct str *ret_why)
{
	auto_str options = {0};
	str_addf(&options, "--defaults-extra-file=%s", settings->options);
	const char *with[] = {
	    client, str_text(&options), "-N", "-B", "-e", "SHOW DATABASES", NULL};
	const char *without[] = {client, "-N", "-B", "-e", "SHOW DATABASES", NULL};
	auto_fd int fd = memfd_create("schemas", MFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	int status = run(*settings->options ? with : without, fd,
	    &(struct bounds){LIST_LIMIT, LONGEST_LIST}, ret_why);
	if (!status && lseek(fd, 0, SEEK_SET) < 0)
		status = -errno;
	return status ? status : file_read_fd(fd, LONGEST_LIST, out);
}

static void
dump_one(const struct dump_settings *settings, const char *schema, struct dumps *dumps)
{
	auto_str options = {0}, why = {0};
	str_addf(&options, "--defaults-extra-file=%s", settings->options);
	const char *arguments[] = {dumper, str_text(&options), "--single-transaction",
	    "--quick", "--routines", "--events", "--triggers", "--hex-blob", schema, NULL};
	const char **first = arguments;
	struct bounds bounds = {DUMP_LIMIT, settings->most};
	if (!*settings->options) {
		arguments[1] = dumper;
		first = &arguments[1];
	}
	auto_fd int fd = openat(settings->folder, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	int status = fd < 0 ? -errno : run(first, fd, &bounds, &why);
	if (fd < 0)
		str_add(&why, strerror(-status));
	if (status && fd >= 0 && lseek(fd, 0, SEEK_END) >= settings->most) {
		str_clear(&why);
		str_add(&why, "beyond the size of an export");
	}
	add(dumps, schema, status ? -1 : take_fd(fd), status ? str_text(&why) : "");
}

/* As a walk would see their entries. */
static int
compare_schemas(const void *one, const void *other)
{
	const struct export_schema *first = one, *second = other;
	auto_str left = {0}, right = {0};
	str_addf(&left, "%s.sql", first->name);
	str_addf(&right, "%s.sql", second->name);
	return strcmp(str_text(&left), str_text(&right));
}

void
dump_all(const struct dump_settings *settings, struct dumps *ret_dumps)
{
	auto_str list = {0}, why = {0};
	*ret_dumps = (struct dumps){0};
	int status = list_schemas(settings, &list, &why);
	if (status)
		add(ret_dumps, "all", -1, why.length ? str_text(&why) : strerror(-status));
	char *rest = list.data;
	for (char *name; !status && rest && (name = strsep(&rest, "\n"));) {
		if (!dump_is_of(name, settings->account, settings->others))
			continue;
		if (!is_plain(name))
			add(ret_dumps, "odd", -1,
			    "the name of a schema is none we can pass on");
		else if (ret_dumps->count >= MOST_SCHEMAS)
			add(ret_dumps, name, -1, "too many schemas");
		else
			dump_one(settings, name, ret_dumps);
	}
	if (ret_dumps->count)
		qsort(ret_dumps->items, ret_dumps->count, sizeof(*ret_dumps->items),
		    compare_schemas);
}

void
dumps_done(struct dumps *dumps)
{
	for (size_t i = 0; i < dumps->count; i++) {
		free((char *)(uintptr_t)dumps->items[i].name);
		free((char *)(uintptr_t)dumps->items[i].why);
		if (dumps->items[i].fd >= 0)
			close(dumps->items[i].fd);
	}
	free(dumps->items);
	*dumps = (struct dumps){0};
}
