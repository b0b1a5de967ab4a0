/* SPDX-License-Identifier: Apache-2.0 */
/* Keys and limits on the shell server, of accounts as they should be and as they should not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "roles/role.h"

static const char *alices[] = {"ssh-ed25519 AAAA alice", "from=\"192.0.2.1\" ssh-rsa BBBB"};
static const char *eves[] = {"ssh-rsa AAAA\nssh-rsa BBBB", "", "# a remark", "ssh-rsa\tCCCC"};
static const char *carols[] = {"ssh-ed25519 DDDD"};
static struct site_plan plans[] = {
    {.name = "basic", .processes = 50, .memory = 512LL << 20},
    {.name = "free", .processes = 0, .memory = 0},
};
static struct book_account accounts[] = {
    {.name = "alice",
	.uid = 20001,
	.plan = "basic",
	.key_count = 2,
	.keys = alices,
	.shell_password = ""},
    {.name = "bob", .uid = 20002, .plan = "free", .shell_password = ""},
    {.name = "carol",
	.uid = 20003,
	.plan = "basic",
	.standing = STANDING_CANCELLED,
	.key_count = 1,
	.keys = carols,
	.shell_password = ""},
    {.name = "eve",
	.uid = 20004,
	.plan = "none",
	.key_count = 4,
	.keys = eves,
	.shell_password = ""},
    {.name = "frank\n:0 - nproc 0",
	.uid = 20005,
	.plan = "basic",
	.key_count = 1,
	.keys = carols,
	.shell_password = ""},
};

static struct output *
rendered(enum place_kind place)
{
	struct view view = {.role = ROLE_SHELL,
	    .site = {.name = "example.net",
		.operator= "",
		.mail = "",
		.bridge = "",
		.homes = "/home",
		.network = "10.77.0.0/24",
		.gateway = "10.77.0.1",
		.uid_first = 20000,
		.uid_last = 59999,
		.plan_count = array_length(plans),
		.plans = plans},
	    .book = {.account_count = array_length(accounts), .accounts = accounts}};
	for (int role = 0; role < ROLE_COUNT; role++)
		view.site.roles[role] = (struct site_role){
		    .place = place, .machine = "", .host = "", .address = "", .address6 = ""};
	view.site.roles[ROLE_FILE].address6 = "2001:db8::2";
	struct output *output = output_new();
	role_render(&view, output);
	return output;
}

static const char *
content(const struct output *output, const char *path)
{
	const struct output_file *file = output_find(output, path);
	return file ? str_text(&file->content) : NULL;
}

static void
test_limits_go_by_uid(void **state)
{
	(void)state;
	struct output *output = rendered(PLACE_CONTAINER);
	assert_string_equal(content(output, "/etc/security/limits.d/hayward.conf"),
	    ":20001 - nproc 50\n:20001 - as 524288\n"
	    ":20003 - nproc 50\n:20003 - as 524288\n");
	output_free(output);
}

static void
test_keys_are_lines(void **state)
{
	(void)state;
	struct output *output = rendered(PLACE_CONTAINER);
	assert_string_equal(content(output, "/etc/hayward/keys/20001"),
	    "ssh-ed25519 AAAA alice\nfrom=\"192.0.2.1\" ssh-rsa BBBB\n");
	assert_null(content(output, "/etc/hayward/keys/20002"));
	assert_null(content(output, "/etc/hayward/keys/20003"));
	assert_null(content(output, "/etc/hayward/keys/20004"));
	assert_null(content(output, "/etc/hayward/keys/20005"));
	output_free(output);
}

static void
test_root_comes_to_machines_only(void **state)
{
	(void)state;
	static const char path[] = "/etc/ssh/sshd_config.d/hayward-host.conf";
	struct output *container = rendered(PLACE_CONTAINER);
	struct output *machine = rendered(PLACE_MACHINE);
	assert_null(content(container, path));
	assert_string_equal(content(machine, path),
	    "Match Address 10.77.0.1\n    PermitRootLogin prohibit-password\n");
	assert_null(strstr(content(container, "/etc/nftables.conf"), "dport 22 accept"));
	assert_non_null(strstr(
	    content(machine, "/etc/nftables.conf"), "ip saddr 10.77.0.1 tcp dport 22 accept"));
	output_free(container);
	output_free(machine);
}

static void
test_homes_come_to_machines_only(void **state)
{
	(void)state;
	struct output *container = rendered(PLACE_CONTAINER);
	struct output *machine = rendered(PLACE_MACHINE);
	assert_null(content(container, "/etc/hayward/mounts"));
	assert_string_equal(content(machine, "/etc/hayward/mounts"),
	    "[2001:db8::2]:/home /home nfs4 rw,hard,nosuid,nodev,noatime,_netdev 0 0\n");
	output_free(container);
	output_free(machine);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_limits_go_by_uid),
	    cmocka_unit_test(test_keys_are_lines),
	    cmocka_unit_test(test_root_comes_to_machines_only),
	    cmocka_unit_test(test_homes_come_to_machines_only),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
