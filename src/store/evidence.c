/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copies are bytes that customers wrote and stand in the archive as they are,
 * under numbers of ours; everything else that they chose is escaped.
 */
#include "store/evidence.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/file.h"
#include "model/evidence_order.h"
#include "store/tar.h"

enum { MOST_ARCHIVE = 64 * 1024 * 1024, NAME_DIGITS = 16 };

/* ---- as text ---- */

static json_t *
json_of(const char *text)
{
	auto_str clean = {0};
	escape_text(&clean, text);
	return json_string(str_text(&clean));
}

static json_t *
json_of_moment(int64_t wall)
{
	auto_str text = {0};
	clock_add_utc(&text, wall);
	return json_string(str_text(&text));
}

static json_t *
json_of_file(const struct evidence_file *file, uint32_t number)
{
	auto_str copy = {0};
	if (file->status)
		return json_pack("{s:o, s:s}", "path", json_of(file->path), "not_copied",
		    strerror(-file->status));
	str_addf(&copy, "files/%u", number);
	return json_pack("{s:o, s:s, s:s, s:b, s:I, s:i, s:i, s:I, s:I, s:o, s:o}", "path",
	    json_of(file->path), "copy", str_text(&copy), "sha256", file->digest, "whole",
	    (int64_t)file->length == file->size, "size", (json_int_t)file->size, "mode",
	    (int)(file->mode & 07777), "owner", (int)file->owner, "device",
	    (json_int_t)file->device, "inode", (json_int_t)file->inode, "modified",
	    json_of_moment(file->modified), "changed", json_of_moment(file->changed));
}

static json_t *
json_of_process(const struct evidence_process *process)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:o}", "pid",
	    (json_int_t)process->pid, "parent", (json_int_t)process->parent, "uid",
	    (json_int_t)process->uid, "start_ms_after_boot", (json_int_t)process->start,
	    "cpu_ms", (json_int_t)process->cpu, "memory_bytes", (json_int_t)process->memory,
	    "name", json_of(process->name), "program", json_of(process->program), "command",
	    json_of(process->command), "folder", json_of(process->folder), "under",
	    json_of(process->under));
}

static const char *
tree_remark(const struct evidence_tree *tree)
{
	if (tree->status == -EINPROGRESS)
		return "command lines could not be read in time";
	if (tree->status)
		return strerror(-tree->status);
	return tree->total > tree->count ? "there were more processes than are kept" : "";
}

static void
add_facts(struct str *archive, const struct evidence_package *package)
{
	json_t *processes = json_array(), *files = json_array();
	for (uint32_t i = 0; i < package->tree.count; i++)
		json_array_append_new(processes, json_of_process(&package->tree.processes[i]));
	for (uint32_t i = 0; i < package->file_count; i++)
		json_array_append_new(files, json_of_file(&package->files[i], i + 1));
	json_t *facts = json_pack("{s:I, s:o, s:o, s:I, s:o, s:I, s:s, s:o, s:o}", "case",
	    (json_int_t)package->case_number, "clause", json_of(package->clause), "account",
	    json_of(package->account_name), "account_id", (json_int_t)package->account,
	    "ordered", json_of_moment(package->wall), "processes_in_all",
	    (json_int_t)package->tree.total, "processes_remark", tree_remark(&package->tree),
	    "processes", processes, "files", files);
	auto_free char *text = json_dumps(facts, JSON_INDENT(1));
	json_decref(facts);
	tar_add(archive, "evidence.json", text, text ? strlen(text) : 0, package->wall);
}

static void
draw_process(struct str *out, const struct evidence_process *process, uint32_t depth)
{
	enum { DEEPEST = 64, OF_A_LEVEL = 2 };
	const char *what = *process->command ? process->command : process->name;
	str_add_fill(out, ' ', (depth < DEEPEST ? depth : DEEPEST) * OF_A_LEVEL);
	str_addf(out, "%u uid %u  ", process->pid, process->uid);
	escape_text(out, what);
	str_add(out, "  [");
	escape_text(out, process->program);
	str_add(out, " in ");
	escape_text(out, process->folder);
	str_add(out, *process->under ? " under " : "");
	escape_text(out, process->under);
	str_addf(
	    out, "] %" PRIu64 " ms, %" PRIu64 " KiB\n", process->cpu, process->memory / 1024);
}

static void
add_tree(struct str *archive, const struct evidence_package *package)
{
	const struct evidence_tree *tree = &package->tree;
	auto_arena struct arena *arena = arena_new();
	auto_str text = {0};
	str_addf(&text, "%u processes%s%s\n\n", tree->total, *tree_remark(tree) ? "; " : "",
	    tree_remark(tree));
	const struct evidence_place *places = evidence_order(tree, arena);
	for (uint32_t i = 0; i < tree->count; i++)
		draw_process(&text, &tree->processes[places[i].index], places[i].depth);
	tar_add(archive, "processes.txt", text.data, text.length, package->wall);
}

static void
add_copies(struct str *archive, const struct evidence_package *package)
{
	auto_str manifest = {0};
	for (uint32_t i = 0; i < package->file_count; i++) {
		const struct evidence_file *file = &package->files[i];
		auto_str name = {0};
		if (file->status)
			continue;
		str_addf(&name, "files/%u", i + 1);
		tar_add(archive, str_text(&name), file->bytes, file->length, package->wall);
		struct digest digest = digest_of(file->bytes, file->length, NULL, 0);
		str_addf(&manifest, "%s  %s\n", digest.text, str_text(&name));
	}
	tar_add(archive, "manifest.txt", manifest.data, manifest.length, package->wall);
}

void
evidence_pack(const struct evidence_package *package, struct str *ret_archive)
{
	add_facts(ret_archive, package);
	add_tree(ret_archive, package);
	add_copies(ret_archive, package);
	tar_end(ret_archive);
}

/* ---- kept ---- */

static int
make_folder(int directory, const char *name)
{
	if (mkdirat(directory, name, 0700) && errno != EEXIST)
		return -errno;
	int fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? -errno : fd;
}

static int
open_case(int state, uint64_t case_number)
{
	auto_str name = {0};
	str_addf(&name, "%" PRIu64, case_number);
	auto_fd int evidence = make_folder(state, "evidence");
	return evidence < 0 ? evidence : make_folder(evidence, str_text(&name));
}

static uint32_t
copies_of(const struct evidence_package *package)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < package->file_count; i++)
		count += package->files[i].status == 0;
	return count;
}

int
evidence_keep(int state, const struct evidence_package *package, struct str *ret_words)
{
	auto_str name = {0}, archive = {0};
	auto_fd int folder = open_case(state, package->case_number);
	if (folder < 0)
		return folder;
	str_addf(&name, "%016" PRIx64 ".tar", package->action);
	int status = file_read(folder, str_text(&name), MOST_ARCHIVE, &archive);
	if (status == -ENOENT) {
		str_clear(&archive);
		evidence_pack(package, &archive);
		status =
		    file_replace(folder, str_text(&name), 0400, archive.data, archive.length);
	}
	if (status)
		return status;
	str_addf(ret_words,
	    "%u processes, %u of %u files copied; evidence/%" PRIu64 "/%s, sha256 %s",
	    package->tree.total, copies_of(package), package->file_count, package->case_number,
	    str_text(&name), digest_of(archive.data, archive.length, NULL, 0).text);
	return 0;
}

static int
is_archive(const struct dirent *entry)
{
	return strspn(entry->d_name, "0123456789abcdef") == NAME_DIGITS &&
	       strcmp(entry->d_name + NAME_DIGITS, ".tar") == 0;
}

static int
add_kept(int folder, const char *file, struct str *archive)
{
	auto_str bytes = {0}, name = {0};
	struct stat facts;
	int status = file_read(folder, file, MOST_ARCHIVE, &bytes);
	if (!status && fstatat(folder, file, &facts, AT_SYMLINK_NOFOLLOW))
		status = -errno;
	if (status)
		return status;
	str_addf(&name, "evidence/%s", file);
	tar_add(archive, str_text(&name), bytes.data, bytes.length,
	    (int64_t)facts.st_mtim.tv_sec * 1000);
	return 0;
}

int
evidence_add(int state, uint64_t case_number, struct str *archive, size_t *ret_count)
{
	auto_str path = {0};
	struct dirent **entries = NULL;
	str_addf(&path, "evidence/%" PRIu64, case_number);
	auto_fd int folder =
	    openat(state, str_text(&path), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	*ret_count = 0;
	if (folder < 0)
		return errno == ENOENT ? 0 : -errno;
	int count = scandirat(folder, ".", &entries, is_archive, alphasort);
	int status = count < 0 ? -errno : 0;
	for (int i = 0; i < count; i++) {
		if (!status)
			status = add_kept(folder, entries[i]->d_name, archive);
		free(entries[i]);
	}
	free(entries);
	if (!status)
		*ret_count = (size_t)count;
	return status;
}
