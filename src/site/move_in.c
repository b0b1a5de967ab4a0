/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Home and mail are unpacked beside their place, by a process of the new uid, and then given
 * the passing name under which the file server finds folders that are whole (roles/homes.c).
 *
 * SECURITY: what is in the archives is a stranger's; nothing of it is unpacked, and no
 * statement of a dump is read, with more than its owner's rights.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/file.h"
#include "base/log.h"
#include "base/program.h"
#include "site/move.h"

enum { COPY_MS = 6 * 3600000, CLEAN_MS = 600000, LARGEST_ENTRY = 16 << 20 };

static int
refuse(const struct moving *moving, int status, const char *what, const char *name)
{
	str_addf(moving->why, "%s '", what);
	escape_text(moving->why, name);
	str_addf(moving->why, "': %s", strerror(-status));
	return status;
}

void
move_add_dump(const struct moving *moving, const char *database, struct str *out)
{
	str_addf(out, "%s/%s.sql", moving->folder, database);
}

int
move_read(const struct moving *moving, struct arena *arena, struct book_account *ret_account)
{
	auto_str path = {0}, text = {0}, wrong = {0};
	struct book book;
	str_addf(&path, "%s/entry.json", moving->folder);
	int status = file_read(AT_FDCWD, str_text(&path), LARGEST_ENTRY, &text);
	if (status)
		return refuse(moving, status, "cannot read", str_text(&path));
	status = book_decode(str_text(&text), text.length, arena, &book, &wrong);
	if (!status && book.account_count != 1)
		status = -EINVAL;
	if (status)
		return refuse(moving, status, "that is no account:", str_text(&path));
	*ret_account = book.accounts[0];
	return 0;
}

/* One of the two archives, and what its folder shall be. */
struct parcel {
	const char *archive;
	const char *above;
	mode_t mode;
	gid_t group;
};

static int
clean(const char *path)
{
	auto_str said = {0};
	const char *const arguments[] = {
	    "/bin/rm", "-rf", "--one-file-system", "--", path, NULL};
	return program_check(arguments, CLEAN_MS, &said) ? -EIO : 0;
}

static int
unpack_into(const struct moving *moving, const struct book_account *account, const char *path,
    const char *archive)
{
	auto_str uid = {0}, from = {0}, said = {0};
	str_addf(&uid, "%lld", (long long)account->uid);
	str_addf(&from, "%s/%s", moving->folder, archive);
	auto_fd int input = open(str_text(&from), O_RDONLY | O_CLOEXEC);
	auto_fd int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (input < 0)
		return refuse(moving, -errno, "cannot open", str_text(&from));
	const char *const arguments[] = {"/usr/bin/setpriv", "--reuid", str_text(&uid),
	    "--regid", str_text(&uid), "--clear-groups", "/usr/bin/tar", "--extract",
	    "--preserve-permissions", "--no-same-owner", "--directory", path, NULL};
	int status = program_pass(arguments, input, nothing, COPY_MS, &said);
	if (status)
		escape_bytes(moving->why, str_text(&said), said.length);
	return status > 0 ? -EIO : status;
}

/* The owner's from the beginning, for he writes into it; its passing name says that it is not
 * whole. */
static int
fill(const struct moving *moving, const struct book_account *account,
    const struct parcel *parcel, const char *path)
{
	struct stat archive;
	auto_str from = {0};
	uid_t uid = (uid_t)account->uid;
	str_addf(&from, "%s/%s", moving->folder, parcel->archive);
	if (clean(path) || mkdir(path, 0700))
		return refuse(moving, -errno, "cannot make", path);
	auto_fd int folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (folder < 0 || fchown(folder, uid, uid))
		return refuse(moving, -errno, "cannot give away", path);
	/* A site without a mail store has packed none. */
	int status = stat(str_text(&from), &archive) || archive.st_size == 0
			 ? 0
			 : unpack_into(moving, account, path, parcel->archive);
	if (!status && (fchmod(folder, parcel->mode) || fchown(folder, uid, parcel->group) ||
			   syncfs(folder)))
		status = refuse(moving, -errno, "cannot give away", path);
	return status;
}

/* Beside its place: while it is made, and when it is whole. */
static void
add_path(const struct parcel *parcel, const char *what, const struct book_account *account,
    struct str *out)
{
	str_addf(out, "%s/.hayward-%s-%s", parcel->above, what, account->name);
}

static int
unpack(const struct moving *moving, const struct book_account *account,
    const struct parcel *parcel)
{
	auto_str making = {0}, whole = {0};
	add_path(parcel, "moving", account, &making);
	add_path(parcel, "new", account, &whole);
	int status = fill(moving, account, parcel, str_text(&making));
	if (!status && (clean(str_text(&whole)) || rename(str_text(&making), str_text(&whole))))
		status = refuse(moving, -errno, "cannot make", str_text(&whole));
	return status;
}

static void
throw_away(const struct book_account *account, const struct parcel *parcel)
{
	auto_str making = {0}, whole = {0};
	add_path(parcel, "moving", account, &making);
	add_path(parcel, "new", account, &whole);
	if (clean(str_text(&making)) || clean(str_text(&whole)))
		log_warning("something is left of '%s'", str_text(&making));
}

int
move_unpack(const struct moving *moving, const struct book_account *account)
{
	const struct parcel parcels[] = {{"home.tar", moving->site->homes, 0710, GID_WEB},
	    {"mail.tar", moving->site->mail, 0700, (gid_t)account->uid}};
	size_t count = *moving->site->mail ? 2 : 1;
	int status = 0;
	moving->say(moving->context, "its files and mail");
	for (size_t i = 0; i < count && !status; i++)
		status = unpack(moving, account, &parcels[i]);
	for (size_t i = 0; i < count && status; i++)
		throw_away(account, &parcels[i]);
	return status;
}

int
move_load(const struct moving *moving, const struct book_account *account)
{
	int status = 0;
	for (size_t i = 0; i < account->database_count && !status; i++) {
		auto_str path = {0}, said = {0};
		const char *const words[] = {"load", account->databases[i].name, NULL};
		move_add_dump(moving, account->databases[i].name, &path);
		auto_fd int input = open(str_text(&path), O_RDONLY | O_CLOEXEC);
		auto_fd int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
		if (input < 0)
			return refuse(moving, -errno, "cannot open", str_text(&path));
		moving->say(moving->context, "its database");
		const int files[2] = {input, nothing};
		status =
		    push_stream(moving->site, moving->paths, ROLE_WEB, words, files, &said);
		if (status)
			escape_bytes(moving->why, str_text(&said), said.length);
	}
	return status;
}
