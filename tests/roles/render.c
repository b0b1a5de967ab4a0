/* SPDX-License-Identifier: Apache-2.0 */
/*
 * render ROLE SITE.CONF BOOK.JSON [ROOT]: writes what the role shall look like
 * below ROOT, and says which daemons have to read it. The real agent applies it
 * (roles/apply.h); this one leaves daemons to the test that starts them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "config/words.h"
#include "roles/role.h"
#include "site/description.h"

enum { LARGEST = 256 * 1024 * 1024 };

static const struct role_work *
work_of(const char *name)
{
	if (text_equal(name, "dns"))
		return &dns_role;
	if (text_equal(name, "mail"))
		return &mail_role;
	fatal("no role '%s' here", name);
}

static void
make_parents(const char *path)
{
	auto_str folder = {0};
	for (const char *slash = path; (slash = strchr(slash + 1, '/'));) {
		str_clear(&folder);
		str_add_bytes(&folder, path, (size_t)(slash - path));
		if (mkdir(str_text(&folder), 0755) && errno != EEXIST)
			fatal("cannot make '%s': %s", str_text(&folder), strerror(errno));
	}
}

static bool
is_so(const char *path, const struct output_file *file)
{
	auto_str found = {0};
	return !file_read(AT_FDCWD, path, LARGEST, &found) &&
	       text_equal(str_text(&found), str_text(&file->content));
}

/* Whether it was otherwise. */
static bool
put(const char *root, const struct output_file *file)
{
	auto_str path = {0};
	str_addf(&path, "%s%s", root, file->path);
	make_parents(str_text(&path));
	if (S_ISDIR(file->mode)) {
		if (mkdir(str_text(&path), file->mode & 07777) && errno != EEXIST)
			fatal("cannot make '%s': %s", str_text(&path), strerror(errno));
	} else if (is_so(str_text(&path), file)) {
		return false;
	} else {
		int status = file_replace(AT_FDCWD, str_text(&path), file->mode & 07777,
		    file->content.data ? file->content.data : "", file->content.length);
		if (status)
			fatal("cannot write '%s': %s", str_text(&path), strerror(-status));
	}
	if (lchown(str_text(&path), file->uid, file->gid))
		fatal("cannot give away '%s': %s", str_text(&path), strerror(errno));
	return true;
}

static void
put_all(const char *root, const struct output *output)
{
	bool told[DAEMON_COUNT] = {0};
	for (size_t i = 0; i < output_count(output); i++)
		if (put(root, output_at(output, i)))
			told[output_at(output, i)->daemon] = true;
	for (int daemon = DAEMON_NONE + 1; daemon < DAEMON_COUNT; daemon++)
		if (told[daemon])
			printf("%s | %s\n", daemon_info((enum daemon)daemon)->check,
			    daemon_info((enum daemon)daemon)->tell);
}

static struct site
read_site(const char *path, struct arena *arena)
{
	auto_str text = {0}, said = {0};
	if (file_read(AT_FDCWD, path, LARGEST, &text))
		fatal("cannot read '%s'", path);
	const char *kept = arena_copy(arena, text.data, text.length);
	struct source source = {path, kept, text.length};
	struct diag *diag = diag_new();
	struct site site = site_parse(&source, arena, diag);
	diag_print(diag, &said);
	if (diag_errors(diag))
		fatal("%s", str_text(&said));
	diag_free(diag);
	return site;
}

static struct book
read_book(const char *path, struct arena *arena)
{
	auto_str text = {0}, wrong = {0};
	struct book book;
	if (file_read(AT_FDCWD, path, LARGEST, &text))
		fatal("cannot read '%s'", path);
	if (book_decode(str_text(&text), text.length, arena, &book, &wrong))
		fatal("'%s' is no book: %s", path, str_text(&wrong));
	return book;
}

static void
prepare(const struct role_work *work, const struct view *view)
{
	auto_str wrong = {0};
	int status = work->prepare ? work->prepare(view, &wrong) : 0;
	if (status)
		fatal("cannot prepare: %s", str_text(&wrong));
}

int
main(int count, char **arguments)
{
	if (count < 4)
		fatal("usage: render ROLE SITE.CONF BOOK.JSON [ROOT]");
	const struct role_work *work = work_of(arguments[1]);
	auto_arena struct arena *arena = arena_new();
	struct site site = read_site(arguments[2], arena);
	struct book book = read_book(arguments[3], arena);
	struct view view =
	    view_for((enum role)role_find(arguments[1]), &site, &book, arena);
	struct output *output = output_new();
	if (count == 4)
		prepare(work, &view);
	work->render(&view, output);
	put_all(count > 4 ? arguments[4] : "", output);
	output_free(output);
	return 0;
}
