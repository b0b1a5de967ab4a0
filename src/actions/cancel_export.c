/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The archive of a cancelled account: where it lies, how far it is, and its end.
 *
 *     EXPORTS/NAME-UID-ACTION.tar.zst     the archive
 *     EXPORTS/....list                    what is left out, while it is written
 *     EXPORTS/....manifest                digest, counts, what is left out
 *     STATE/enforcer/export-UID           the last point
 *
 * The open archive is locked as long as somebody writes: a writer that the next
 * enforcer inherits, for an instant, from a former one keeps it waiting.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actions/cancel_parts.h"
#include "actions/guard.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "model/config.h"
#include "model/quantity.h"

enum { LARGEST_POINT = 64 * 1024, LARGEST_LIST = 32 * 1024 * 1024 };

static const int64_t limit = 24 * 3600000LL;
static const char own_folder[] = "exports";

static int
open_folder(const struct cancels *cancels)
{
	const struct tools *tools = cancels->settings.tools;
	const char *path = tools->config ? tools->config->export_folder : "";
	int at = *path ? tools->root : tools->state;
	path = *path ? path + strspn(path, "/") : own_folder;
	if (at == tools->state && mkdirat(at, path, 0700) && errno != EEXIST)
		return -errno;
	int fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	struct stat stat;
	if (fd < 0 || fstat(fd, &stat))
		return -errno;
	if (stat.st_uid == geteuid() && !(stat.st_mode & (S_IWGRP | S_IWOTH)))
		return fd;
	close(fd);
	return -EACCES;
}

static void
file_name(const struct cancel *cancel, const char *ending, struct str *out)
{
	str_clear(out);
	str_addf(out, "%s%s", cancel->archive, ending);
}

static int
open_file(int folder, const char *name)
{
	int fd = openat(folder, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	struct stat stat;
	if (fd < 0 || fstat(fd, &stat))
		return -errno;
	if (S_ISREG(stat.st_mode) && stat.st_uid == geteuid() && stat.st_nlink == 1)
		return fd;
	close(fd);
	return -EACCES;
}

static void
close_files(struct cancel *cancel)
{
	if (cancel->archive_fd >= 0)
		close(take_fd(cancel->archive_fd));
	if (cancel->list_fd >= 0)
		close(take_fd(cancel->list_fd));
}

/* -EINPROGRESS: somebody still writes. */
static int
open_files(struct cancel *cancel, int folder)
{
	auto_str list = {0};
	file_name(cancel, ".list", &list);
	cancel->archive_fd = open_file(folder, cancel->archive);
	if (cancel->archive_fd < 0)
		return cancel->archive_fd;
	if (flock(cancel->archive_fd, LOCK_EX | LOCK_NB))
		return errno == EWOULDBLOCK ? -EINPROGRESS : -errno;
	cancel->list_fd = open_file(folder, str_text(&list));
	return cancel->list_fd < 0 ? cancel->list_fd : 0;
}

static void
point_name(const struct cancel *cancel, struct str *out)
{
	str_addf(out, "export-%u", cancel->account);
}

/* What cannot be read is as if nothing was written yet. */
static void
load_point(const struct cancels *cancels, struct cancel *cancel, struct export_point *point)
{
	auto_str name = {0}, bytes = {0};
	struct stat stat;
	point_name(cancel, &name);
	int status =
	    file_read(cancels->settings.tools->state, str_text(&name), LARGEST_POINT, &bytes);
	if (!status)
		status = export_point_decode(bytes.data, bytes.length, point);
	bool fits = !fstat(cancel->archive_fd, &stat) && stat.st_size >= point->kept &&
		    !fstat(cancel->list_fd, &stat) && stat.st_size >= point->list_kept;
	if (status || !fits)
		memset(point, 0, sizeof(*point));
}

static void
save_point(
    const struct cancels *cancels, struct cancel *cancel, const struct export_point *point)
{
	auto_str name = {0}, bytes = {0};
	point_name(cancel, &name);
	export_point_encode(point, &bytes);
	int status = file_replace(
	    cancels->settings.tools->state, str_text(&name), 0600, bytes.data, bytes.length);
	if (status)
		log_warning("cannot note how far an export is: %s", strerror(-status));
}

static void
remove_point(const struct cancels *cancels, const struct cancel *cancel)
{
	auto_str name = {0};
	point_name(cancel, &name);
	unlinkat(cancels->settings.tools->state, str_text(&name), 0);
}

/*
 * The accounts called NAME_..., whose schemas begin as this one's do. All of them
 * are needed, or one would be given another's databases: -E2BIG.
 */
static int
find_others(const struct accounts *accounts, const char *name, const char **ret_others)
{
	auto_str prefix = {0};
	size_t count = 0;
	str_addf(&prefix, "%s_", name);
	for (size_t i = 0; i < accounts_count(accounts); i++) {
		const char *other = accounts_at(accounts, i)->name;
		if (!text_starts_with(other, str_text(&prefix)))
			continue;
		if (count == MOST_OTHERS)
			return -E2BIG;
		ret_others[count++] = other;
	}
	ret_others[count] = NULL;
	return 0;
}

static void
name_archive(struct cancel *cancel)
{
	const char *name = cancel->name;
	bool plain = *name && *name != '.' &&
		     strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_.-") == strlen(name);
	snprintf(cancel->archive, sizeof(cancel->archive), "%s-%u-%016" PRIx64 ".tar.zst",
	    plain ? name : "account", cancel->account, cancel->action);
}

static int
start(struct cancels *cancels, struct cancel *cancel, int folder)
{
	const struct tools *tools = cancels->settings.tools;
	const struct account *account =
	    guard_holder(tools->accounts, cancel->account, cancel->generation);
	const char *others[MOST_OTHERS + 1];
	auto_free struct export_point *from = memory_new(1, sizeof(*from));
	if (!account || !account->own_uids)
		return -ENOENT;
	load_point(cancels, cancel, from);
	int status = find_others(tools->accounts, account->name, others);
	if (status)
		return status;
	struct errand_export order = {
	    .uid = account->uids[0].first,
	    .account = account->name,
	    .home = account->home,
	    .others = others,
	    .options = tools->config ? tools->config->database_options : "",
	    .begun = cancel->begun / 1000,
	    .most = tools->config ? tools->config->export_most : INT64_MAX,
	    .limit = limit,
	    .floor = accounts_floor(tools->accounts),
	    .from = from,
	    .archive = cancel->archive_fd,
	    .list = cancel->list_fd,
	    .folder = folder,
	};
	status = errands_export(cancels->settings.errands, &order, &cancel->errand);
	if (status)
		cancel->errand = 0;
	return status == -EAGAIN ? -EINPROGRESS : status;
}

int
cancel_export(struct cancels *cancels, struct cancel *cancel)
{
	if (cancel->removed_at)
		return 0;
	if (cancel->errand)
		return -EINPROGRESS;
	if (!*cancel->archive) {
		name_archive(cancel);
		int saved = cancels_save(cancels);
		if (saved)
			return saved;
	}
	auto_fd int folder = open_folder(cancels);
	if (folder < 0)
		return folder;
	int status = open_files(cancel, folder);
	status = status ? status : start(cancels, cancel, folder);
	if (status)
		close_files(cancel);
	return status ? status : -EINPROGRESS;
}

/* The digest of the archive, what is in it, and what is not. */
static int
write_manifest(
    struct cancels *cancels, struct cancel *cancel, const struct export_result *result)
{
	auto_str text = {0}, name = {0};
	const struct export_point *end = &result->end;
	auto_fd int folder = open_folder(cancels);
	if (folder < 0)
		return folder;
	str_addf(&text, "archive\t%s\nsha256\t%s\nbytes\t%" PRId64 "\n", cancel->archive,
	    result->digest.text, end->kept);
	str_add(&text, "begun\t");
	clock_add_utc(&text, cancel->begun);
	str_addf(&text, "\nentries\t%" PRIu64 "\ncut\t%s\nleft out\t%" PRIu64 "\n",
	    end->entries, end->cut ? "yes" : "no", end->left_out);
	if (lseek(cancel->list_fd, 0, SEEK_SET) < 0)
		return -errno;
	int status = file_read_fd(cancel->list_fd, LARGEST_LIST, &text);
	file_name(cancel, ".manifest", &name);
	status = status ? status
			: file_replace(folder, str_text(&name), 0600, text.data, text.length);
	file_name(cancel, ".list", &name);
	if (!status)
		unlinkat(folder, str_text(&name), 0);
	return status;
}

static void
tell_archive(struct cancels *cancels, struct cancel *cancel, const struct export_result *result)
{
	struct str *note = &cancel->notes[NOTE_EXPORT];
	const struct config *config = cancels->settings.tools->config;
	int64_t kept = config ? config->export_kept : 0;
	str_clear(note);
	str_addf(
	    note, "export: %s, %" PRIu64 " entries, ", cancel->archive, result->end.entries);
	quantity_add(note, UNIT_SIZE, result->end.kept);
	if (result->end.left_out)
		str_addf(note, ", %" PRIu64 " left out%s", result->end.left_out,
		    result->end.cut ? ", some for lack of room ('export-most')" : "");
	str_add(note, ", kept for ");
	quantity_add(note, UNIT_TIME, kept);
	cancel->removed_at = cancels->time + kept;
	if (cancel->removed_at <= cancels->time)
		cancel->removed_at = cancels->time + 1;
}

void
cancel_export_hear(
    struct cancels *cancels, struct cancel *cancel, const struct errand_news *news)
{
	if (news->point) {
		save_point(cancels, cancel, news->point);
		cancel->failures = 0;
		return;
	}
	cancel->errand = 0;
	int status =
	    news->result ? write_manifest(cancels, cancel, news->result) : news->status;
	close_files(cancel);
	if (!status)
		tell_archive(cancels, cancel, news->result);
	else {
		str_clear(&cancel->notes[NOTE_EXPORT]);
		str_addf(
		    &cancel->notes[NOTE_EXPORT], "export: cannot go on, %s", strerror(-status));
		cancel->failures++;
	}
	status = cancels_save(cancels);
	if (status)
		log_error("cannot note the end of an export: %s", strerror(-status));
	else if (cancel->removed_at)
		remove_point(cancels, cancel);
}

static void
remove_files(struct cancels *cancels, struct cancel *cancel)
{
	static const char *const endings[] = {"", ".list", ".manifest"};
	auto_str name = {0};
	auto_fd int folder = open_folder(cancels);
	for (size_t i = 0; folder >= 0 && i < array_length(endings); i++) {
		file_name(cancel, endings[i], &name);
		unlinkat(folder, str_text(&name), 0);
	}
	remove_point(cancels, cancel);
	*cancel->archive = '\0';
	cancel->removed_at = 0;
}

void
cancel_export_stop(struct cancels *cancels, struct cancel *cancel)
{
	errands_stop(cancels->settings.errands, cancel->errand);
	cancel->errand = 0;
	close_files(cancel);
	if (cancel->removed_at || !*cancel->archive)
		return;
	remove_files(cancels, cancel);
	str_clear(&cancel->notes[NOTE_EXPORT]);
	str_add(&cancel->notes[NOTE_EXPORT], "export: stopped, what was written is removed");
}

void
cancel_export_remove(struct cancels *cancels, struct cancel *cancel)
{
	log_info("the archive '%s' has been kept long enough and is removed", cancel->archive);
	remove_files(cancels, cancel);
	str_clear(&cancel->notes[NOTE_EXPORT]);
	str_add(&cancel->notes[NOTE_EXPORT], "export: kept long enough, removed");
}
