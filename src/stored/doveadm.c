/* SPDX-License-Identifier: Apache-2.0 */
#include "stored/doveadm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "base/program.h"

#define DOVEADM "/usr/bin/doveadm"

enum { MESSAGE_MS = 60000 };

/* Its own heading of a message's bytes, and what it ends them with. */
static const char before[] = "text\n", behind[] = "\n";

static int
open_input(const struct str *users)
{
	if (!users) {
		int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
		return nothing < 0 ? -errno : nothing;
	}
	return file_memory("users", users->data, users->length);
}

static int
run(const char *format, const char *const *words, const struct str *users, int output,
    int milliseconds, struct str *errors)
{
	const char *arguments[MOST_DOVEADM_WORDS + 4] = {DOVEADM, "-f", format};
	size_t count = 3;
	if (access(DOVEADM, X_OK))
		return -ENODEV;
	for (size_t i = 0; words[i]; i++) {
		if (i == MOST_DOVEADM_WORDS)
			return -E2BIG;
		arguments[count++] = words[i];
	}
	auto_fd int input = open_input(users);
	if (input < 0)
		return input;
	return program_pass(arguments, input, output, milliseconds, errors);
}

/* Where nothing is found for nobody, nothing is said. */
static int
parse(int file, json_t **ret_rows)
{
	auto_str text = {0};
	if (lseek(file, 0, SEEK_SET) < 0)
		return -errno;
	int status = file_read_fd(file, LARGEST_ANSWER, &text);
	if (status)
		return status;
	json_t *rows = text.length
			   ? json_loadb(str_text(&text), text.length, JSON_ALLOW_NUL, NULL)
			   : json_array();
	if (!json_is_array(rows)) {
		json_decref(rows);
		return -EIO;
	}
	*ret_rows = rows;
	return 0;
}

int
doveadm_rows(const char *const *words, const struct str *users, int milliseconds,
    json_t **ret_rows, struct str *errors)
{
	auto_fd int output = memfd_create("rows", MFD_CLOEXEC);
	if (output < 0)
		return -errno;
	int status = run("json", words, users, output, milliseconds, errors);
	/* Of many users one may have failed: errors says which, and the rows are the others'.
	 */
	if (status > 0)
		status = users ? 0 : -EIO;
	return status ? status : parse(output, ret_rows);
}

int
doveadm_do(const char *const *words, int milliseconds, struct str *errors)
{
	auto_fd int output = memfd_create("said", MFD_CLOEXEC);
	if (output < 0)
		return -errno;
	int status = run("flow", words, NULL, output, milliseconds, errors);
	return status > 0 ? -EIO : status;
}

/* Takes the heading and the end off: what is between them begins at the file's beginning. */
static int
unwrap(int from, int file, int64_t *ret_length)
{
	char heading[sizeof(before)] = "";
	off_t length = lseek(from, 0, SEEK_END);
	const off_t around = (off_t)strlen(before) + (off_t)strlen(behind);
	*ret_length = 0;
	if (length < around)
		return 0;
	if (pread(from, heading, strlen(before), 0) != (ssize_t)strlen(before) ||
	    strcmp(heading, before) != 0)
		return -EIO;
	off_t at = (off_t)strlen(before), end = length - (off_t)strlen(behind);
	static char buffer[64 * 1024];
	while (at < end) {
		size_t want =
		    (size_t)(end - at) < sizeof(buffer) ? (size_t)(end - at) : sizeof(buffer);
		ssize_t got = pread(from, buffer, want, at);
		if (got <= 0)
			return -EIO;
		int status = file_write_all(file, buffer, (size_t)got);
		if (status)
			return status;
		at += got;
	}
	*ret_length = end - (off_t)strlen(before);
	return 0;
}

int
doveadm_message(const char *user, const char *box, uint32_t uid, int file, int64_t *ret_length)
{
	char number[16];
	auto_str errors = {0};
	snprintf(number, sizeof(number), "%u", uid);
	const char *const words[] = {
	    "fetch", "-u", user, "text", "mailbox-guid", box, "uid", number, NULL};
	auto_fd int output = memfd_create("message", MFD_CLOEXEC);
	if (output < 0)
		return -errno;
	int status = run("tab", words, NULL, output, MESSAGE_MS, &errors);
	if (status)
		return status > 0 ? -EIO : status;
	return unwrap(output, file, ret_length);
}

const char *
row_text(const json_t *row, const char *name)
{
	const char *text = json_string_value(json_object_get(row, name));
	return text ? text : "";
}

int64_t
row_number(const json_t *row, const char *name)
{
	const json_t *value = json_object_get(row, name);
	if (json_is_integer(value))
		return json_integer_value(value);
	const char *text = row_text(row, name);
	char *end;
	errno = 0;
	long long number = strtoll(text, &end, 10);
	return errno || end == text || *end || number < 0 ? 0 : number;
}

json_t *
row_cut(const char *text, size_t most)
{
	size_t length = strnlen(text, most + 1);
	if (length > most)
		for (length = most; length && ((unsigned char)text[length] & 0xc0) == 0x80;)
			length--;
	json_t *value = json_stringn(text, length);
	return value ? value : json_string("");
}

bool
is_box(const char *text)
{
	return strlen(text) == 32 && strspn(text, "0123456789abcdef") == 32;
}
