/* SPDX-License-Identifier: Apache-2.0 */
#include "model/evidence.h"

enum {
	EVIDENCE_VERSION = 2,
	LONGEST_PATH = 4096,
	LONGEST_NAME = 256,
	LEAST_PROCESS = 3 * 4 + 3 * 8 + 5 * 4,
	LEAST_FILE = 4 + 4 + 4 + 4 + 5 * 8 + 4 + 4,
};

static void
put_tree(struct str *out, const struct evidence_tree *tree)
{
	wire_put_u32(out, (uint32_t)tree->status);
	wire_put_i64(out, tree->taken);
	wire_put_u32(out, tree->total);
	wire_put_u32(out, tree->count);
	for (uint32_t i = 0; i < tree->count; i++) {
		const struct evidence_process *process = &tree->processes[i];
		wire_put_u32(out, process->pid);
		wire_put_u32(out, process->parent);
		wire_put_u32(out, process->uid);
		wire_put_u64(out, process->start);
		wire_put_u64(out, process->cpu);
		wire_put_u64(out, process->memory);
		wire_put_text(out, process->name);
		wire_put_text(out, process->program);
		wire_put_text(out, process->command);
		wire_put_text(out, process->folder);
		wire_put_text(out, process->under);
	}
}

static void
get_process(struct wire_reader *reader, struct arena *arena, struct evidence_process *process)
{
	process->pid = wire_get_u32(reader);
	process->parent = wire_get_u32(reader);
	process->uid = wire_get_u32(reader);
	process->start = wire_get_u64(reader);
	process->cpu = wire_get_u64(reader);
	process->memory = wire_get_u64(reader);
	process->name = wire_get_text(reader, arena, LONGEST_NAME);
	process->program = wire_get_text(reader, arena, LONGEST_PATH);
	process->command = wire_get_text(reader, arena, LONGEST_COMMAND);
	process->folder = wire_get_text(reader, arena, LONGEST_PATH);
	process->under = wire_get_text(reader, arena, LONGEST_NAME);
}

static struct evidence_tree
get_tree(struct wire_reader *reader, struct arena *arena)
{
	struct evidence_tree tree = {0};
	tree.status = (int32_t)wire_get_u32(reader);
	tree.taken = wire_get_i64(reader);
	tree.total = wire_get_u32(reader);
	tree.count = wire_get_count(reader, LEAST_PROCESS);
	if (tree.count > MOST_EVIDENCE_PROCESSES)
		reader->failed = true;
	if (reader->failed)
		return (struct evidence_tree){0};
	tree.processes = arena_alloc(arena, (tree.count + 1) * sizeof(*tree.processes));
	for (uint32_t i = 0; i < tree.count; i++)
		get_process(reader, arena, &tree.processes[i]);
	return tree;
}

void
evidence_tree_encode(const struct evidence_tree *tree, uint64_t question, struct str *out)
{
	wire_put_u64(out, question);
	put_tree(out, tree);
}

int
evidence_tree_decode(const void *bytes, size_t length, struct arena *arena,
    uint64_t *ret_question, struct evidence_tree *ret_tree)
{
	struct wire_reader reader = wire_read(bytes, length);
	uint64_t question = wire_get_u64(&reader);
	struct evidence_tree tree = get_tree(&reader, arena);
	int status = wire_end(&reader);
	if (status)
		return status;
	*ret_question = question;
	*ret_tree = tree;
	return 0;
}

static void
put_file(struct str *out, const struct evidence_file *file)
{
	wire_put_text(out, file->path);
	wire_put_u32(out, (uint32_t)file->status);
	wire_put_u32(out, file->mode);
	wire_put_u32(out, file->owner);
	wire_put_u64(out, file->device);
	wire_put_u64(out, file->inode);
	wire_put_i64(out, file->size);
	wire_put_i64(out, file->modified);
	wire_put_i64(out, file->changed);
	wire_put_text(out, file->digest);
	wire_put_bytes(out, file->bytes, file->length);
}

static void
get_file(struct wire_reader *reader, struct arena *arena, struct evidence_file *file)
{
	file->path = wire_get_text(reader, arena, LONGEST_PATH);
	file->status = (int32_t)wire_get_u32(reader);
	file->mode = wire_get_u32(reader);
	file->owner = wire_get_u32(reader);
	file->device = wire_get_u64(reader);
	file->inode = wire_get_u64(reader);
	file->size = wire_get_i64(reader);
	file->modified = wire_get_i64(reader);
	file->changed = wire_get_i64(reader);
	file->digest = wire_get_text(reader, arena, DIGEST_TEXT_SIZE - 1);
	file->bytes = wire_get_bytes(reader, MOST_EVIDENCE_COPY, &file->length);
}

void
evidence_package_encode(const struct evidence_package *package, struct str *out)
{
	wire_put_u32(out, EVIDENCE_VERSION);
	wire_put_u64(out, package->action);
	wire_put_u64(out, package->case_number);
	wire_put_u32(out, package->account);
	wire_put_u32(out, package->generation);
	wire_put_text(out, package->account_name);
	wire_put_text(out, package->clause);
	wire_put_i64(out, package->wall);
	put_tree(out, &package->tree);
	wire_put_u32(out, package->file_count);
	for (uint32_t i = 0; i < package->file_count; i++)
		put_file(out, &package->files[i]);
}

static void
get_files(struct wire_reader *reader, struct arena *arena, struct evidence_package *package)
{
	uint32_t count = wire_get_count(reader, LEAST_FILE);
	if (count > MOST_EVIDENCE_FILES)
		reader->failed = true;
	if (reader->failed)
		return;
	package->file_count = count;
	package->files = arena_alloc(arena, (count + 1) * sizeof(*package->files));
	for (uint32_t i = 0; i < count; i++)
		get_file(reader, arena, &package->files[i]);
}

int
evidence_package_decode(
    const void *bytes, size_t length, struct arena *arena, struct evidence_package *ret_package)
{
	struct wire_reader reader = wire_read(bytes, length);
	struct evidence_package package = {0};
	if (wire_get_u32(&reader) != EVIDENCE_VERSION)
		reader.failed = true;
	package.action = wire_get_u64(&reader);
	package.case_number = wire_get_u64(&reader);
	package.account = wire_get_u32(&reader);
	package.generation = wire_get_u32(&reader);
	package.account_name = wire_get_text(&reader, arena, LONGEST_NAME);
	package.clause = wire_get_text(&reader, arena, LONGEST_NAME);
	package.wall = wire_get_i64(&reader);
	package.tree = get_tree(&reader, arena);
	get_files(&reader, arena, &package);
	int status = wire_end(&reader);
	if (!status)
		*ret_package = package;
	return status;
}
