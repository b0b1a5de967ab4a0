/* SPDX-License-Identifier: Apache-2.0 */
#include "site/network.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/program.h"
#include "site/ports.h"

enum { PATIENCE_MS = 20000 };

/* Runs ip(8) with these words; the last is NULL. */
static int
ip(struct str *ret_why, const char *const *words)
{
	const char *arguments[12] = {"/usr/sbin/ip"};
	for (size_t i = 0; words[i] && i + 2 < array_length(arguments); i++)
		arguments[i + 1] = words[i];
	int status = program_check(arguments, PATIENCE_MS, ret_why);
	return status > 0 ? -EIO : status;
}

#define ip_do(why, ...) ip(why, (const char *const[]){__VA_ARGS__, NULL})

/* "10.77.0.1/24": the gateway in its network. */
static void
add_gateway(const struct site *site, struct str *out)
{
	const char *slash = strchr(site->network, '/');
	str_addf(out, "%s%s", site->gateway, slash ? slash : "/32");
}

bool
network_is_up(const struct site *site)
{
	auto_str said = {0}, gateway = {0};
	add_gateway(site, &gateway);
	str_add_char(&gateway, ' ');
	return ip_do(&said, "-o", "-4", "address", "show", "dev", site->bridge) == 0 &&
	       strstr(str_text(&said), str_text(&gateway));
}

/* Containers reach the world, and the world them, through this host. */
static int
forward(void)
{
	auto_fd int fd = open("/proc/sys/net/ipv4/ip_forward", O_WRONLY | O_CLOEXEC);
	return fd < 0 || write(fd, "1", 1) != 1 ? -errno : 0;
}

static int
load(const struct str *rules, struct str *ret_why)
{
	static const char *const arguments[] = {"/usr/sbin/nft", "-f", "-", NULL};
	struct program program;
	int status = program_start(arguments, rules, PROGRAM_OUTPUT_AND_ERRORS, &program);
	if (!status)
		status = program_finish(&program, PATIENCE_MS, ret_why);
	return status > 0 ? -EINVAL : status;
}

int
network_rules(const struct site *site, struct str *ret_why)
{
	auto_str rules = {0};
	site_ports_render(site, &rules);
	return load(&rules, ret_why);
}

int
network_up(const struct site *site, struct str *ret_why)
{
	auto_str gateway = {0}, ignored = {0};
	add_gateway(site, &gateway);
	int status = 0;
	if (ip_do(&ignored, "link", "show", "dev", site->bridge))
		status = ip_do(ret_why, "link", "add", site->bridge, "type", "bridge");
	if (!status)
		status = ip_do(
		    ret_why, "address", "replace", str_text(&gateway), "dev", site->bridge);
	/* Rules before the first packet. */
	if (!status)
		status = network_rules(site, ret_why);
	if (!status)
		status = ip_do(ret_why, "link", "set", site->bridge, "up");
	if (!status && (status = forward()))
		str_addf(ret_why, "cannot forward: %s", strerror(-status));
	return status;
}

int
network_down(const struct site *site, struct str *ret_why)
{
	auto_str ignored = {0}, rules = {0};
	site_ports_render_nothing(&rules);
	int status = load(&rules, ret_why);
	if (!ip_do(&ignored, "link", "show", "dev", site->bridge) && !status)
		status = ip_do(ret_why, "link", "delete", site->bridge);
	return status;
}
