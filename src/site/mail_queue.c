/* SPDX-License-Identifier: Apache-2.0 */
#include "site/mail_queue.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/program.h"
#include "site/queue_lines.h"

#define POSTSUPER "/usr/sbin/postsuper"

enum { LONGEST_ID = 31, ANSWERS_WITHIN = 10000, LISTED_WITHIN = 20000 };

static const char *const names[] = {
    [MAIL_HOLD] = "hold", [MAIL_RELEASE] = "release", [MAIL_REJECT] = "reject"};

const char *
mail_order_name(enum mail_order order)
{
	return names[order];
}

int
mail_order_find(const char *name)
{
	for (int order = 0; order < MAIL_ORDER_COUNT; order++)
		if (strcmp(names[order], name) == 0)
			return order;
	return -1;
}

static bool
is_id(const char *text)
{
	size_t length = strlen(text);
	for (size_t i = 0; i < length; i++)
		if (!isalnum((unsigned char)text[i]))
			return false;
	return length && length <= LONGEST_ID;
}

static int
is_held(const char *queue_id, bool *ret_held)
{
	static const char *const arguments[] = {
	    "/usr/sbin/postconf", "-h", "queue_directory", NULL};
	auto_str path = {0};
	int status = program_run(arguments, NULL, ANSWERS_WITHIN, &path);
	if (status || !path.length)
		return status < 0 ? status : -EIO;
	path.length = strcspn(str_text(&path), "\n");
	str_addf(&path, "/hold/%s", queue_id);
	*ret_held = !access(str_text(&path), F_OK);
	return 0;
}

static int
super(const char *option, const char *queue_id, const char *queue, struct str *why)
{
	const char *const arguments[] = {POSTSUPER, option, queue_id, queue, NULL};
	int status = program_check(arguments, ANSWERS_WITHIN, why);
	return status > 0 ? -EIO : status;
}

/* At once, and not when the queue is looked through the next time. All of it: not every server
 * has the flush(8) that knows one mail's place. */
static void
hurry(void)
{
	static const char *const arguments[] = {"/usr/sbin/postqueue", "-f", NULL};
	auto_str said = {0};
	if (program_check(arguments, ANSWERS_WITHIN, &said))
		return; /* it goes a little later */
}

static int
carry_out(enum mail_order order, const char *queue_id, struct str *why)
{
	bool held;
	int status = is_held(queue_id, &held);
	if (status)
		return status;
	if (held == (order == MAIL_HOLD))
		return held ? 0 : -ENOENT;
	if (order == MAIL_REJECT)
		return super("-d", queue_id, "hold", why);
	status = super(order == MAIL_HOLD ? "-h" : "-H", queue_id, NULL, why);
	if (!status && order == MAIL_RELEASE)
		hurry();
	if (status || order == MAIL_RELEASE)
		return status;
	status = is_held(queue_id, &held);
	return status ? status : held ? 0 : -ENOENT;
}

int
mail_queue_order(enum mail_order order, const char *queue_id, struct str *why)
{
	int status = !is_id(queue_id)	       ? -EINVAL
		     : access(POSTSUPER, X_OK) ? -ENODEV
					       : carry_out(order, queue_id, why);
	if (status == -EINVAL)
		str_add(why, "that is no queue id");
	else if (status == -ENODEV)
		str_add(why, "there is no Postfix");
	else if (status == -ENOENT)
		str_add(
		    why, order == MAIL_HOLD ? "no such mail is there" : "no such mail is held");
	else if (status && !why->length)
		str_add(why, strerror(-status));
	return status;
}

int
mail_queue_read(struct str *out)
{
	static const char *const arguments[] = {"/usr/sbin/postqueue", "-j", NULL};
	if (access(arguments[0], X_OK))
		return -ENODEV;
	struct queue_lines *lines = queue_lines_new();
	int status = program_read(arguments, LISTED_WITHIN, queue_lines_read, lines);
	/* It opens each mail: a full queue may take longer. */
	if (!status || status == -ETIMEDOUT)
		queue_lines_tell(lines, !status, out);
	queue_lines_free(lines);
	return status > 0 ? -EIO : status == -ETIMEDOUT ? 0 : status;
}
