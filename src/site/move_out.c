/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SECURITY: the home is its owner's, who may have put links and pipes everywhere; it is
 * read by a process of his uid, which sees what he sees. HOMES itself is root's.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/program.h"
#include "site/move.h"

enum { COPY_MS = 6 * 3600000, CLEAN_MS = 600000, TAR_CHANGED = 1 };

static int
refuse(const struct moving *moving, int status, const char *what, const char *name)
{
	str_addf(moving->why, "%s '", what);
	escape_text(moving->why, name);
	str_addf(moving->why, "': %s", strerror(-status));
	return status;
}

/* One that is not the owner's is not what we look for. */
static int
check_owner(const char *path, int64_t uid)
{
	struct stat facts;
	if (lstat(path, &facts))
		return -errno;
	return S_ISDIR(facts.st_mode) && facts.st_uid == (uid_t)uid ? 0 : -EPERM;
}

/* A folder of the account's, to an archive. */
static int
pack(const struct moving *moving, const struct book_account *account, const char *above,
    int archive, struct str *left_out)
{
	auto_str path = {0}, uid = {0};
	str_addf(&path, "%s/%s", above, account->name);
	str_addf(&uid, "%lld", (long long)account->uid);
	auto_fd int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
	const char *const arguments[] = {"/usr/bin/setpriv", "--reuid", str_text(&uid),
	    "--regid", str_text(&uid), "--clear-groups", "/usr/bin/tar", "--create",
	    "--one-file-system", "--ignore-failed-read", "--directory", str_text(&path), ".",
	    NULL};
	int status = check_owner(str_text(&path), account->uid);
	if (status)
		return refuse(moving, status, "cannot read", str_text(&path));
	status = program_pass(arguments, nothing, archive, COPY_MS, left_out);
	if (status && status != TAR_CHANGED) {
		escape_bytes(moving->why, str_text(left_out), left_out->length);
		return status > 0 ? -EIO : status;
	}
	return 0;
}

/* A new file of the folder that is being made; -errno. */
static int
create(int folder, const char *name)
{
	int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return fd < 0 ? -errno : fd;
}

static int
pack_files(const struct moving *moving, const struct book_account *account, int folder)
{
	auto_str left_out = {0};
	auto_fd int home = create(folder, "home.tar");
	auto_fd int mail = create(folder, "mail.tar");
	if (home < 0 || mail < 0)
		return home < 0 ? home : mail;
	moving->say(moving->context, "its files");
	int status = pack(moving, account, moving->site->homes, home, &left_out);
	if (!status && *moving->site->mail) {
		moving->say(moving->context, "its mail");
		status = pack(moving, account, moving->site->mail, mail, &left_out);
	}
	if (status || !left_out.length)
		return status;
	moving->say(moving->context, "some files are left out: see left-out.txt");
	return file_replace(folder, "left-out.txt", 0600, str_text(&left_out), left_out.length);
}

static int
dump(const struct moving *moving, const char *database, int folder)
{
	auto_str name = {0}, said = {0};
	const char *const words[] = {"dump", database, NULL};
	str_addf(&name, "%s.sql", database);
	auto_fd int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
	auto_fd int file = create(folder, str_text(&name));
	if (file < 0)
		return file;
	moving->say(moving->context, "its database");
	const int files[2] = {nothing, file};
	int status = push_stream(moving->site, moving->paths, ROLE_WEB, words, files, &said);
	if (status)
		escape_bytes(moving->why, str_text(&said), said.length);
	return status;
}

static int
write_entry(const struct book_account *account, int folder)
{
	auto_str text = {0};
	struct book_account copy = *account;
	struct book book = {.account_count = 1, .accounts = &copy};
	book_encode(&book, &text);
	return file_replace(folder, "entry.json", 0600, str_text(&text), text.length);
}

static int
fill(const struct moving *moving, const struct book_account *account, const char *part)
{
	auto_str said = {0};
	const char *const clean[] = {"/bin/rm", "-rf", "--one-file-system", "--", part, NULL};
	int status = program_check(clean, CLEAN_MS, &said);
	if (status || mkdir(part, 0700))
		return refuse(moving, status ? -EIO : -errno, "cannot make", part);
	auto_fd int folder = open(part, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return refuse(moving, -errno, "cannot open", part);
	status = write_entry(account, folder);
	if (!status)
		status = pack_files(moving, account, folder);
	for (size_t i = 0; i < account->database_count && !status; i++)
		status = dump(moving, account->databases[i].name, folder);
	if (!status && syncfs(folder))
		status = -errno;
	if (status && !moving->why->length)
		return refuse(moving, status, "cannot write", part);
	return status;
}

/* That it is there, under that name. */
static int
keep(const char *folder)
{
	auto_free char *copy = memory_copy_text(folder);
	auto_fd int above = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return above < 0 || fsync(above) ? -errno : 0;
}

int
move_out(const struct moving *moving, const struct book_account *account)
{
	auto_str part = {0};
	str_addf(&part, "%s.part", moving->folder);
	if (!access(moving->folder, F_OK))
		return refuse(moving, -EEXIST, "cannot make", moving->folder);
	int status = fill(moving, account, str_text(&part));
	if (!status &&
	    renameat2(AT_FDCWD, str_text(&part), AT_FDCWD, moving->folder, RENAME_NOREPLACE))
		status = refuse(moving, -errno, "cannot make", moving->folder);
	return status ? status : keep(moving->folder);
}
