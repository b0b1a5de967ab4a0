/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the keeper keeps beside the journal: lists of scripts, as
 * STATE/review/ACCOUNT.GENERATION/DIGEST, and evidence. The file is there before
 * the engine hears of it, so what the journal names can be found. Of lists the
 * present one stays, the one before, and the one that was signed off; while a
 * case of the account is under legal hold all stay.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "model/action.h"
#include "model/inventory.h"
#include "procs/answer_json.h"
#include "procs/keeper.h"
#include "store/database_review.h"
#include "store/evidence.h"

enum { MOST_LIST = 64 * 1024 * 1024, MOST_ANSWER = 60 * 1024 * 1024 };

static int
open_folder(int directory, const char *name)
{
	int fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? -errno : fd;
}

static int
make_folder(int directory, const char *name)
{
	if (mkdirat(directory, name, 0700) && errno != EEXIST)
		return -errno;
	return open_folder(directory, name);
}

static int
open_lists(const struct keeper *keeper, uint32_t account, uint32_t generation, bool make)
{
	auto_str name = {0};
	str_addf(&name, "%u.%u", account, generation);
	auto_fd int review = make ? make_folder(keeper->place.directory, "review")
				  : open_folder(keeper->place.directory, "review");
	if (review < 0)
		return review;
	return make ? make_folder(review, str_text(&name))
		    : open_folder(review, str_text(&name));
}

/* ---- keeping lists ---- */

static void
prune(struct keeper *keeper, int lists, const struct listing *listing)
{
	struct database_review known = {0};
	if (!keeper->database ||
	    database_is_held(keeper->database, listing->account, listing->generation) ||
	    database_review_of(keeper->database, listing->account, listing->generation, &known))
		return;
	auto_fd int again = openat(lists, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = again < 0 ? NULL : fdopendir(again);
	if (!directory)
		return;
	(void)take_fd(again);
	for (const struct dirent *entry; (entry = readdir(directory));) {
		const char *name = entry->d_name;
		if (*name != '.' && strcmp(name, listing->digest) != 0 &&
		    strcmp(name, known.list) != 0 && strcmp(name, known.reviewed_list) != 0 &&
		    unlinkat(lists, name, 0))
			log_debug("cannot remove a list: %s", strerror(errno));
	}
	closedir(directory);
}

static int
keep_list(
    struct keeper *keeper, const struct listing *listing, const void *bytes, size_t length)
{
	auto_fd int lists = open_lists(keeper, listing->account, listing->generation, true);
	if (lists < 0)
		return lists;
	int status = 0;
	if (faccessat(lists, listing->digest, F_OK, 0))
		status = file_replace(lists, listing->digest, 0400, bytes, length);
	if (!status)
		prune(keeper, lists, listing);
	return status;
}

static void
send_listing(struct keeper *keeper, const struct listing *listing)
{
	auto_str bytes = {0};
	listing_encode(listing, &bytes);
	if (process_send(
		keeper->frame, PROCESS_ENGINE, MESSAGE_LISTED, bytes.data, bytes.length, -1))
		log_debug("nobody heard of a list; it will be asked for again");
}

int
keeper_take_inventory(struct keeper *keeper, const void *bytes, size_t length)
{
	auto_arena struct arena *arena = arena_new();
	struct inventory inventory;
	int status = inventory_decode(bytes, length, arena, &inventory);
	if (status)
		return status;
	struct listing listing = {
	    .account = inventory.account,
	    .generation = inventory.generation,
	    .status = inventory.status,
	    .incomplete = inventory.incomplete,
	    .count = inventory.count,
	};
	struct digest digest = inventory_digest(&inventory);
	memcpy(listing.digest, digest.text, sizeof(listing.digest));
	status = keep_list(keeper, &listing, bytes, length);
	if (status)
		log_warning("cannot keep the list of scripts of account %u: %s",
		    listing.account, strerror(-status));
	else
		send_listing(keeper, &listing);
	return 0;
}

/* ---- keeping evidence ---- */

int
keeper_take_evidence(struct keeper *keeper, const void *bytes, size_t length)
{
	auto_arena struct arena *arena = arena_new();
	auto_str words = {0}, reply = {0};
	struct evidence_package package;
	int status = evidence_package_decode(bytes, length, arena, &package);
	if (status)
		return status;
	status = evidence_keep(keeper->place.directory, &package, &words);
	if (status) {
		str_clear(&words);
		str_addf(&words, "evidence cannot be kept: %s", strerror(-status));
	}
	struct outcome outcome = {
	    .action = package.action,
	    .operation = OPERATION_APPLY,
	    .status = status,
	    .text = str_text(&words),
	};
	outcome_encode(&outcome, &reply);
	if (process_send(
		keeper->frame, PROCESS_ENGINE, MESSAGE_KEPT, reply.data, reply.length, -1))
		log_debug("nobody heard of evidence; it will be asked for again");
	return 0;
}

/* ---- showing ---- */

static json_t *
script_json(const struct script_comparison *comparison)
{
	const struct script *script = comparison->script;
	json_t *item = json_new_object();
	json_set_shown(item, "path", script->path);
	json_set_shown(item, "language", language_name(script->language));
	json_set_flag(item, "by_first_line", script->by_line);
	json_set_shown(item, "change", script_change_name(comparison->change));
	json_set_integer(item, "size", script->size);
	json_set_integer(item, "mode", script->mode & 07777);
	json_set_flag(item, "executable", script->mode & 0111);
	json_set(item, "modified", json_moment(script->modified));
	json_set(item, "changed", json_moment(script->changed));
	json_set_shown(item, "sha256", *script->digest ? script->digest : NULL);
	return item;
}

static int
read_list(int lists, const char *name, struct arena *arena, struct inventory *ret_inventory)
{
	auto_str bytes = {0};
	int status = file_read(lists, name, MOST_LIST, &bytes);
	return status ? status
		      : inventory_decode(bytes.data, bytes.length, arena, ret_inventory);
}

static json_t *
inventory_json(const struct inventory *now, const struct inventory *before)
{
	auto_arena struct arena *arena = arena_new();
	size_t count;
	const struct script_comparison *list = inventory_compare(before, now, arena, &count);
	json_t *scripts = json_new_array();
	for (size_t i = 0; i < count; i++)
		json_push(scripts, script_json(&list[i]));
	json_t *data = json_new_object();
	json_set_flag(data, "compared", before != NULL);
	json_set_flag(data, "incomplete", now->incomplete);
	json_set_integer(data, "files", (int64_t)now->files);
	json_set_integer(data, "folders", (int64_t)now->folders);
	json_set_integer(data, "of_others", (int64_t)now->foreign);
	json_set_integer(data, "unread", (int64_t)now->unread);
	json_set(data, "scripts", scripts);
	return data;
}

static int
make_answer(struct keeper *keeper, const struct request *request, json_t **ret_data)
{
	auto_arena struct arena *arena = arena_new();
	struct database_review review = {0};
	struct inventory now, before;
	int status = keeper->database ? database_review_named(keeper->database,
					    request->account, request->list, &review)
				      : -EBADF;
	if (status)
		return status;
	auto_fd int lists = open_lists(keeper, review.account, review.generation, false);
	status = lists < 0 ? lists : read_list(lists, review.list, arena, &now);
	if (status)
		return status;
	bool compared = *review.reviewed_list &&
			read_list(lists, review.reviewed_list, arena, &before) == 0;
	*ret_data = inventory_json(&now, compared ? &before : NULL);
	return 0;
}

void
keeper_answer_inventory(struct keeper *keeper, const struct request *request, struct str *reply)
{
	json_t *data = NULL;
	int status = make_answer(keeper, request, &data);
	if (status) {
		reply_encode(request->id,
		    status == -ENOENT ? ANSWER_NOT_FOUND : ANSWER_UNREACHED,
		    status == -ENOENT ? "there is no such list of that account"
				      : "the list cannot be read just now",
		    NULL, reply);
		return;
	}
	auto_free char *text = json_dumps(data, JSON_COMPACT);
	json_decref(data);
	if (text && strlen(text) <= MOST_ANSWER)
		reply_encode(request->id, ANSWER_OK, "", text, reply);
	else
		reply_encode(request->id, ANSWER_UNREACHED,
		    "the list is too large to be shown; it lies in the state directory", NULL,
		    reply);
}
