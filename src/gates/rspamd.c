/* SPDX-License-Identifier: Apache-2.0 */
#include "gates/rspamd.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/str.h"
#include "gates/unix_connect.h"

enum {
	LARGEST_MAIL = 2 << 20, /* bytes: who sends spam sends much, and so small ones */
	LONGEST_ANSWER = 256 * 1024,
	MOST_POINTS = 100000, /* that anybody believes */
};

struct rspamd {
	struct event_base *loop;
	char *path;
	int patience;
	bool is_away; /* and that was said */
};

struct rating {
	struct bufferevent *stream;
	rspamd_done *done;
	void *context;
};

struct rspamd *
rspamd_new(struct event_base *loop, const char *path, int patience)
{
	struct rspamd *rspamd = memory_new(1, sizeof(*rspamd));
	rspamd->loop = loop;
	rspamd->path = memory_copy_text(path);
	rspamd->patience = patience;
	return rspamd;
}

void
rspamd_free(struct rspamd *rspamd)
{
	if (!rspamd)
		return;
	free(rspamd->path);
	free(rspamd);
}

/* ---- the answer ---- */

static bool
read_points(const json_t *answer, const char *name, int64_t *ret_points)
{
	const json_t *value = json_object_get(answer, name);
	double points = json_number_value(value);
	if (!json_is_number(value) || !(points > -MOST_POINTS && points < MOST_POINTS))
		return false;
	*ret_points = (int64_t)(points * 100);
	return true;
}

struct score
rspamd_answer(const char *bytes, size_t length)
{
	static const char end_of_head[] = "\r\n\r\n", ok[] = "HTTP/1.1 200";
	struct score score = {0};
	const char *body = memmem(bytes, length, end_of_head, strlen(end_of_head));
	if (!body || length < strlen(ok) || memcmp(bytes, ok, strlen(ok)) != 0)
		return score;
	body += strlen(end_of_head);
	json_t *answer =
	    json_loadb(body, length - (size_t)(body - bytes), JSON_DISABLE_EOF_CHECK, NULL);
	score.is_known = read_points(answer, "score", &score.points) &&
			 read_points(answer, "required_score", &score.most) && score.most > 0;
	const char *action = json_string_value(json_object_get(answer, "action"));
	score.refuses = score.points >= score.most || text_equal(action, "reject");
	json_decref(answer);
	return score.is_known ? score : (struct score){0};
}

/* ---- asking ---- */

void
rspamd_forget(struct rating *rating)
{
	if (!rating)
		return;
	bufferevent_free(rating->stream);
	free(rating);
}

static void
finish(struct rating *rating)
{
	struct evbuffer *input = bufferevent_get_input(rating->stream);
	size_t length = evbuffer_get_length(input);
	struct score score = rspamd_answer((const char *)evbuffer_pullup(input, -1), length);
	rating->done(rating->context, &score);
	rspamd_forget(rating);
}

/* It says all, and hangs up. */
static void
on_event(struct bufferevent *stream, short events, void *context)
{
	(void)stream;
	if (events & (BEV_EVENT_EOF | BEV_EVENT_ERROR | BEV_EVENT_TIMEOUT))
		finish(context);
}

static void
on_bytes(struct bufferevent *stream, void *context)
{
	struct evbuffer *input = bufferevent_get_input(stream);
	if (evbuffer_get_length(input) > LONGEST_ANSWER) {
		evbuffer_drain(input, evbuffer_get_length(input));
		finish(context);
	}
}

/* What somebody chose is of one line there. */
static void
add_header(const char *name, const char *value, struct str *out)
{
	if (!*value)
		return;
	str_addf(out, "%s: ", name);
	escape_header(out, value);
	str_add(out, "\r\n");
}

/* Handed in here, so no test of the network is its sender's business. */
static void
write_head(const struct rated_mail *mail, struct str *out)
{
	str_add(out, "POST /checkv2 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
		     "IP: 127.0.0.1\r\n");
	add_header("From", mail->sender, out);
	add_header("User", mail->user, out);
	str_addf(out, "Content-Length: %llu\r\n\r\n", (unsigned long long)mail->size);
}

static int
write_text(const struct rated_mail *mail, struct evbuffer *output)
{
	auto_free char *text = memory_new(1, mail->size + 1);
	ssize_t length = pread(mail->file, text, mail->size, (off_t)mail->begin);
	if (length != (ssize_t)mail->size)
		return -EIO;
	return evbuffer_add(output, text, mail->size) ? -ENOMEM : 0;
}

/* Said once, until it is there again. */
static int
reach(struct rspamd *rspamd)
{
	int fd = unix_connect(rspamd->path);
	if (fd < 0 && !rspamd->is_away)
		log_warning("nobody rates what is sent, rspamd is not at '%s': %s",
		    rspamd->path, strerror(-fd));
	rspamd->is_away = fd < 0;
	return fd;
}

struct rating *
rspamd_rate(
    struct rspamd *rspamd, const struct rated_mail *mail, rspamd_done *done, void *context)
{
	struct timeval patience = {rspamd->patience / 1000, rspamd->patience % 1000 * 1000};
	auto_str head = {0};
	auto_fd int fd = mail->size > LARGEST_MAIL ? -1 : reach(rspamd);
	struct bufferevent *stream =
	    fd < 0 ? NULL : bufferevent_socket_new(rspamd->loop, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!stream)
		return NULL;
	(void)take_fd(fd);
	write_head(mail, &head);
	struct evbuffer *output = bufferevent_get_output(stream);
	if (evbuffer_add(output, str_text(&head), head.length) || write_text(mail, output)) {
		bufferevent_free(stream);
		return NULL;
	}
	struct rating *rating = memory_new(1, sizeof(*rating));
	*rating = (struct rating){stream, done, context};
	bufferevent_setcb(stream, on_bytes, NULL, on_event, rating);
	bufferevent_set_timeouts(stream, &patience, &patience);
	bufferevent_enable(stream, EV_READ | EV_WRITE);
	return rating;
}
