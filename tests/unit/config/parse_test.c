/* SPDX-License-Identifier: Apache-2.0 */
/* hayward.conf: what is read, and the exact words for what is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "config/parse.h"

static struct config
read_text(const char *text, struct arena *arena, struct str *ret_said)
{
	struct config config = config_default();
	struct diag *diag = diag_new();
	struct source source = {"hayward.conf", text, strlen(text)};
	config_parse(&source, arena, diag, &config);
	diag_print(diag, ret_said);
	diag_free(diag);
	return config;
}

static void
assert_said(const char *text, const char *expected)
{
	auto_arena struct arena *arena = arena_new();
	auto_str said = {0};
	read_text(text, arena, &said);
	assert_string_equal(str_text(&said), expected);
}

static void
test_settings(void **state)
{
	(void)state;
	auto_arena struct arena *arena = arena_new();
	auto_str said = {0};
	struct config config = read_text("# a comment\n"
					 "\n"
					 "mode enforce   # another\n"
					 "\tinterval\t2s\r\n"
					 "uid-floor 10_000\n"
					 "operator \"The staff <staff@example.org>\"\n"
					 "host \"a \\\"quoted\\\" \\\\ name\"\n"
					 "access-logs \"/l/{account}/{domain}.log /l/all\"\n"
					 "proxies \"192.0.2.0/24 2001:db8::1\"\n"
					 "starters \"jobd=cron unitd=web\"\n"
					 "grace",
	    arena, &said);
	assert_string_equal(str_text(&said),
	    "hayward.conf:11:1: error: unknown setting 'grace'\n"
	    " 11 | grace\n"
	    "    | ^^^^^\n");
	assert_string_equal(config.mode, "enforce");
	assert_int_equal(config.interval, 2000);
	assert_int_equal(config.uid_floor, 10000);
	assert_string_equal(config.operator, "The staff <staff@example.org>");
	assert_string_equal(config.host, "a \"quoted\" \\ name");
	assert_string_equal(config.state, "/var/lib/hayward");
	assert_string_equal(config.access_logs, "/l/{account}/{domain}.log /l/all");
	assert_string_equal(config.proxies, "192.0.2.0/24 2001:db8::1");
	assert_string_equal(config.starters, "jobd=cron unitd=web");
}

static void
test_unknown_and_repeated(void **state)
{
	(void)state;
	assert_said("uid-frist 1000\nmode warn\nmode enforce\n",
	    "hayward.conf:1:1: error: unknown setting 'uid-frist'\n"
	    " 1 | uid-frist 1000\n"
	    "   | ^^^^^^^^^ did you mean 'uid-first'?\n"
	    "hayward.conf:3:1: error: 'mode' is said twice, first in line 2\n"
	    " 3 | mode enforce\n"
	    "   | ^^^^\n");
}

static void
test_wrong_values(void **state)
{
	(void)state;
	assert_said("mode enfroce\n",
	    "hayward.conf:1:6: error: 'mode' wants one of observe, warn and enforce, this is "
	    "'enfroce'\n"
	    " 1 | mode enfroce\n"
	    "   |      ^^^^^^^ did you mean 'enforce'?\n");
	assert_said("interval 10\n", "hayward.conf:1:10: error: 'interval' wants a time such "
				     "as 10s or 1h30m, this is '10'\n"
				     " 1 | interval 10\n"
				     "   |          ^^ write 10s for seconds\n");
	assert_said("interval 2m\n",
	    "hayward.conf:1:10: error: 'interval' wants from 100ms to 1m, this is '2m'\n"
	    " 1 | interval 2m\n"
	    "   |          ^^\n");
	assert_said("uid-floor 0\n",
	    "hayward.conf:1:11: error: 'uid-floor' wants a uid above 0, this is '0'\n"
	    " 1 | uid-floor 0\n"
	    "   |           ^\n");
	assert_said("uid-first 99999999999999999999\n",
	    "hayward.conf:1:11: error: 'uid-first' wants something smaller, this is "
	    "'99999999999999999999'\n"
	    " 1 | uid-first 99999999999999999999\n"
	    "   |           ^^^^^^^^^^^^^^^^^^^^\n");
	assert_said("state var/lib\n",
	    "hayward.conf:1:7: error: 'state' wants an absolute path, this is 'var/lib'\n"
	    " 1 | state var/lib\n"
	    "   |       ^^^^^^^\n");
	assert_said("access-logs \"/var/log/a access.log\"\n",
	    "hayward.conf:1:13: error: 'access-logs' wants absolute paths of files, with "
	    "blanks "
	    "between them, this is '/var/log/a access.log'\n"
	    " 1 | access-logs \"/var/log/a access.log\"\n"
	    "   |             ^^^^^^^^^^^^^^^^^^^^^^^\n");
	assert_said("access-logs \"/log/{account}/{site}\"\n",
	    "hayward.conf:1:13: error: 'access-logs' wants no other braces than {account} and "
	    "{domain}, this is '/log/{account}/{site}'\n"
	    " 1 | access-logs \"/log/{account}/{site}\"\n"
	    "   |             ^^^^^^^^^^^^^^^^^^^^^^^\n");
	assert_said("proxies \"192.0.2.1 cdn.example\"\n",
	    "hayward.conf:1:9: error: 'proxies' wants addresses and networks such as "
	    "192.0.2.0/24, with blanks between them, this is '192.0.2.1 cdn.example'\n"
	    " 1 | proxies \"192.0.2.1 cdn.example\"\n"
	    "   |         ^^^^^^^^^^^^^^^^^^^^^^^\n");
	assert_said("starters \"h2o=web /bin/x=cron\"\n",
	    "hayward.conf:1:10: error: 'starters' wants programs without a folder and web, "
	    "login, cron, mail or service, such as h2o=web, with blanks between them, this is "
	    "'h2o=web /bin/x=cron'\n"
	    " 1 | starters \"h2o=web /bin/x=cron\"\n"
	    "   |          ^^^^^^^^^^^^^^^^^^^^^\n");
	assert_said("guarded-devices \"/dev/mem !/dev/kmem\"\n",
	    "hayward.conf:1:17: error: 'guarded-devices' wants absolute paths without a slash "
	    "at "
	    "the end, at most 64, with blanks between them, this is '/dev/mem !/dev/kmem'\n"
	    " 1 | guarded-devices \"/dev/mem !/dev/kmem\"\n"
	    "   |                 ^^^^^^^^^^^^^^^^^^^^^\n");
	assert_said("guarded-paths \"/etc usr\"\n",
	    "hayward.conf:1:15: error: 'guarded-paths' wants absolute paths without a slash at "
	    "the "
	    "end, or such paths behind a '!', at most 64, with blanks between them, this is "
	    "'/etc usr'\n"
	    " 1 | guarded-paths \"/etc usr\"\n"
	    "   |               ^^^^^^^^^^\n");
	assert_said("cgroup ../up\n", "hayward.conf:1:8: error: 'cgroup' wants one name, "
				      "without a slash, this is '../up'\n"
				      " 1 | cgroup ../up\n"
				      "   |        ^^^^^\n");
}

static void
test_wrong_lines(void **state)
{
	(void)state;
	assert_said("mode\n", "hayward.conf:1:1: error: 'mode' has no value\n"
			      " 1 | mode\n"
			      "   | ^^^^\n");
	assert_said("sender The staff\n",
	    "hayward.conf:1:12: error: more than one value for 'sender'\n"
	    " 1 | sender The staff\n"
	    "   |            ^^^^^ write \"...\" around a value with spaces\n");
	assert_said("\"mode\" warn\n",
	    "hayward.conf:1:1: error: a line begins with the name of a setting\n"
	    " 1 | \"mode\" warn\n"
	    "   | ^^^^^^\n");
	assert_said("sender \"no end\nmode warn\n",
	    "hayward.conf:1:8: error: a text that does not end on its line\n"
	    " 1 | sender \"no end\n"
	    "   |        ^^^^^^^ write \" at its end\n");
}

static void
test_hostile_bytes(void **state)
{
	(void)state;
	assert_said("sender \x1b[31m\n",
	    "hayward.conf:1:8: error: control characters, or bytes that are no UTF-8\n"
	    " 1 | sender \\x1b[31m\n"
	    "   |        ^^^^^^^^\n");
	auto_arena struct arena *arena = arena_new();
	struct config config = config_default();
	struct diag *diag = diag_new();
	struct source source = {"nul", "mo\0de warn\n", 11};
	config_parse(&source, arena, diag, &config);
	assert_true(diag_errors(diag) > 0);
	assert_string_equal(config.mode, "observe");
	diag_free(diag);
}

static void
test_later_files_and_options_win(void **state)
{
	(void)state;
	auto_arena struct arena *arena = arena_new();
	struct config config = config_default();
	struct diag *diag = diag_new();
	struct source first = {"hayward.conf", "mode warn\n", 10};
	struct source second = {"hayward.conf.d/local.conf", "mode enforce\n", 13};
	config_parse(&first, arena, diag, &config);
	config_parse(&second, arena, diag, &config);
	assert_string_equal(config.mode, "enforce");
	config_set("mode=observe", arena, diag, &config);
	config_set("operator=The staff = us", arena, diag, &config);
	assert_string_equal(config.mode, "observe");
	assert_string_equal(config.operator, "The staff = us");
	assert_int_equal(diag_errors(diag), 0);
	config_set("mdoe=observe", arena, diag, &config);
	auto_str said = {0};
	diag_print(diag, &said);
	assert_string_equal(str_text(&said), "--set:1:1: error: unknown setting 'mdoe'\n"
					     " 1 | mdoe=observe\n"
					     "   | ^^^^ did you mean 'mode'?\n");
	diag_free(diag);
}

static void
test_settings_together(void **state)
{
	(void)state;
	struct config config = config_default();
	struct diag *diag = diag_new();
	config.uid_first = 2000;
	config.uid_last = 1999;
	config_check(&config, diag);
	auto_str said = {0};
	diag_print(diag, &said);
	assert_string_equal(
	    str_text(&said), "error: 'uid-first' 2000 lies above 'uid-last' 1999\n");
	diag_free(diag);
}

static void
test_panels(void **state)
{
	(void)state;
	auto_arena struct arena *arena = arena_new();
	auto_str said = {0}, bytes = {0};
	struct config copy;
	struct config config = read_text(
	    "panel one detect \"/p/{account}\" suspended \"/m/{account}\" \"is='so'\" "
	    "suspend \"/bin/s {account} why\" unsuspend \"/bin/u {account}\"\n"
	    "panel two detect /p suspend \"/bin/s {account}\" unsuspend \"/bin/u {account}\"\n"
	    "panel two detect /q suspend \"/bin/s {account}\" unsuspend \"/bin/u {account}\"\n"
	    "export-most 5GiB\n",
	    arena, &said);
	assert_string_equal(str_text(&said), "");
	config_encode(&config, &bytes);
	assert_int_equal(config_decode(bytes.data, bytes.length, arena, &copy), 0);
	assert_int_equal(copy.export_most, 5LL << 30);
	assert_int_equal(copy.panel_count, 2);
	assert_string_equal(copy.panels[0].name, "one");
	assert_string_equal(copy.panels[0].detect, "/p/{account}");
	assert_string_equal(copy.panels[0].marker, "/m/{account}");
	assert_string_equal(copy.panels[0].marker_line, "is='so'");
	assert_string_equal(copy.panels[0].suspend, "/bin/s {account} why");
	assert_string_equal(copy.panels[0].unsuspend, "/bin/u {account}");
	assert_string_equal(copy.panels[1].detect, "/q");
	assert_string_equal(copy.panels[1].marker, "");
}

static void
assert_refused(const char *text, const char *why)
{
	auto_arena struct arena *arena = arena_new();
	auto_str said = {0};
	struct config config = read_text(text, arena, &said);
	assert_non_null(strstr(str_text(&said), why));
	assert_int_equal(config.panel_count, 0);
}

static void
test_panels_refused(void **state)
{
	(void)state;
	assert_refused("panel\n", "a panel wants a name");
	assert_refused(
	    "panel x suspend \"/s {account}\"\n", "a panel wants 'detect' and a file");
	assert_refused("panel x detect p suspend \"/s {account}\" unsuspend \"/u {account}\"\n",
	    "absolute paths");
	assert_refused("panel x detect /p suspend \"s {account}\" unsuspend \"/u {account}\"\n",
	    "a panel's commands want absolute paths");
	assert_refused("panel x detect /p suspend \"/s alice\" unsuspend \"/u {account}\"\n",
	    "want {account}");
	assert_refused(
	    "panel x detect /p suspend \"/s {account}\" unsuspend \"/u {account}\" more\n",
	    "there is more on this line");
	assert_refused("panel x detect /p suspend \"/s {account}\" # and nothing else\n",
	    "a panel wants 'unsuspend' and a command");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_settings),
	    cmocka_unit_test(test_panels),
	    cmocka_unit_test(test_panels_refused),
	    cmocka_unit_test(test_unknown_and_repeated),
	    cmocka_unit_test(test_wrong_values),
	    cmocka_unit_test(test_wrong_lines),
	    cmocka_unit_test(test_hostile_bytes),
	    cmocka_unit_test(test_later_files_and_options_win),
	    cmocka_unit_test(test_settings_together),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
