/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which script does a command line run? The same scan runs in the kernel, so
 * what is right here is right there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "base/str.h"
#include "sensors/argv.h"

/* Commands as people write them: words end at spaces, '_' stands for a space within a word. */
static const struct {
	const char *program; /* base name of the file that was executed */
	const char *command;
	enum argv_kind kind;
	const char *script; /* IS_SCRIPT, IS_MODULE */
	char letter;	    /* IS_CODE, IS_MODULE */
} cases[] = {
    {"perl", "perl x.pl", ARGV_IS_SCRIPT, "x.pl", 0},
    {"perl", "perl ./x.pl", ARGV_IS_SCRIPT, "x.pl", 0},
    {"perl", "/usr/bin/perl -wT -Ilib -I lib -MCGI::e x.pl -e 1", ARGV_IS_SCRIPT, "x.pl", 0},
    {"perl", "perl //home/a/x.pl", ARGV_IS_SCRIPT, "/home/a/x.pl", 0},
    {"perl", "perl .//x.pl", ARGV_IS_SCRIPT, "x.pl", 0},
    {"perl", "perl -e 1 x.pl", ARGV_IS_CODE, NULL, 'e'},
    {"perl", "perl -lne print x", ARGV_IS_CODE, NULL, 'e'},
    {"perl", "perl -pi.bake x.pl", ARGV_IS_SCRIPT, "x.pl", 0},
    {"perl", "perl -0777 x.pl", ARGV_IS_SCRIPT, "x.pl", 0},
    {"perl", "perl - x.pl", ARGV_IS_CODE, NULL, 0},
    {"perl", "perl -- -x.pl", ARGV_IS_SCRIPT, "-x.pl", 0},
    {"perl", "perl", ARGV_IS_NOTHING, NULL, 0},
    {"perl", "perl -w", ARGV_IS_NOTHING, NULL, 0},
    {"perl5.36.0", "perl5.36.0 a_b.pl", ARGV_IS_SCRIPT, "a b.pl", 0},
    {"python3.11", "python3 -u -W ignore -Xdev x.py", ARGV_IS_SCRIPT, "x.py", 0},
    {"python3.11", "python3 -m http.server 80", ARGV_IS_MODULE, "http.server", 'm'},
    {"python3.11", "python3 -um http.server", ARGV_IS_MODULE, "http.server", 'm'},
    {"python3.11", "python3 -mhttp.server", ARGV_IS_MODULE, "http.server", 'm'},
    {"python3.11", "python3 -m", ARGV_IS_NOTHING, NULL, 0},
    {"python3.11", "python3 -uc pass x.py", ARGV_IS_CODE, NULL, 'c'},
    {"php8.2", "php x.php", ARGV_IS_SCRIPT, "x.php", 0},
    {"php8.2", "php -d a=b -c /etc -f x.php -- -r", ARGV_IS_SCRIPT, "x.php", 0},
    {"php8.2", "php -fx.php", ARGV_IS_SCRIPT, "x.php", 0},
    {"php8.2", "php -da=b x.php", ARGV_IS_SCRIPT, "x.php", 0},
    {"php8.2", "php -r phpinfo();", ARGV_IS_CODE, NULL, 'r'},
    {"php8.2", "php --run phpinfo();", ARGV_IS_CODE, NULL, '-'},
    {"php8.2", "php --define a=b x.php", ARGV_IS_SCRIPT, "x.php", 0},
    {"php-cgi8.2", "php-cgi8.2 -b 9000", ARGV_IS_NOTHING, NULL, 0},
    {"dash", "sh x.sh", ARGV_IS_SCRIPT, "x.sh", 0},
    {"dash", "sh -c perl_x.pl", ARGV_IS_CODE, NULL, 'c'},
    {"dash", "sh -s x", ARGV_IS_CODE, NULL, 's'},
    {"dash", "sh +x -eu x.sh", ARGV_IS_SCRIPT, "x.sh", 0},
    {"ld-linux-x86-64.so.2", "/lib64/ld-linux-x86-64.so.2 /usr/bin/perl -w x.pl",
	ARGV_IS_SCRIPT, "x.pl", 0},
    {"ld-linux-x86-64.so.2", "ld.so --library-path /lib --argv0 x /usr/bin/perl5.36 ./x.pl y",
	ARGV_IS_SCRIPT, "x.pl", 0},
    {"ld-linux-x86-64.so.2", "ld.so perl -e 1", ARGV_IS_CODE, NULL, 'e'},
    {"ld-linux-x86-64.so.2", "ld.so /home/a/miner -x", ARGV_IS_SCRIPT, "/home/a/miner", 0},
    {"ld-linux-x86-64.so.2", "ld.so ld.so perl x.pl", ARGV_IS_SCRIPT, "ld.so", 0},
    {"ld-linux-x86-64.so.2", "ld.so --list", ARGV_IS_NOTHING, NULL, 0},
    {"ld-linux-x86-64.so.2", "ld.so /usr/bin/perl", ARGV_IS_NOTHING, NULL, 0},
    {"ld-linux-x86-64.so.2", "ld.so dir/", ARGV_IS_SCRIPT, "dir/", 0},
    {"bash", "-bash", ARGV_IS_NOTHING, NULL, 0},
    {"bash", "bash -eo pipefail x.sh", ARGV_IS_SCRIPT, "x.sh", 0},
    {"bash", "bash --rcfile f --norc x.sh", ARGV_IS_SCRIPT, "x.sh", 0},
    {"bash", "bash -lc true", ARGV_IS_CODE, NULL, 'c'},
    {"ruby3.1", "ruby -I lib -rset x.rb", ARGV_IS_SCRIPT, "x.rb", 0},
    {"node", "node --require=a --max-old-space-size=9 x.js", ARGV_IS_SCRIPT, "x.js", 0},
    {"node", "node --eval=1 x.js", ARGV_IS_CODE, NULL, '-'},
    {"node", "node -r a x.js", ARGV_IS_SCRIPT, "x.js", 0},
    {"lua5.4", "lua5.4 -l a x.lua", ARGV_IS_SCRIPT, "x.lua", 0},
    {"ksh93", "ksh x", ARGV_IS_SCRIPT, "x", 0},
    {"busybox", "busybox sh x.sh", ARGV_IS_SCRIPT, "x.sh", 0},
    {"busybox", "/bin/ash -e x.sh", ARGV_IS_SCRIPT, "x.sh", 0},
    {"busybox", "/bin/busybox awk x.sh", ARGV_IS_CODE, NULL, 0},
    {"mail-form", "/usr/lib/hayward/mail-form contact.cgi", ARGV_IS_SCRIPT, "contact.cgi", 0},
    {"mail-form", "mail-form ./contact.fcgi x y", ARGV_IS_SCRIPT, "contact.fcgi", 0},
    {"gawk", "gawk -F : -v a=b -f x.awk data", ARGV_IS_SCRIPT, "x.awk", 0},
    {"mawk", "awk -F: -fx.awk data", ARGV_IS_SCRIPT, "x.awk", 0},
    {"mawk", "awk {print} data", ARGV_IS_CODE, NULL, 0},
    {"gawk", "gawk -- {print} data", ARGV_IS_CODE, NULL, 0},
    {"gawk", "gawk --file x.awk data", ARGV_IS_CODE, NULL, 0},
    {"java", "java -Xmx200m -Da=b -cp a:b -jar x.jar y", ARGV_IS_SCRIPT, "x.jar", 0},
    {"java", "java -server --class-path a:b org.example.Main x", ARGV_IS_MODULE,
	"org.example.Main", ' '},
    {"java", "java", ARGV_IS_NOTHING, NULL, 0},
    {"perlite", "perlite x.pl", ARGV_IS_NOTHING, NULL, 0},
    {"convert", "convert a.png b.png", ARGV_IS_NOTHING, NULL, 0},
};

/* The command as the kernel keeps it: a NUL behind each word. */
static void
to_arguments(const char *command, struct str *out)
{
	str_add(out, command);
	str_add_char(out, '\0');
	for (size_t i = 0; i < out->length; i++) {
		if (out->data[i] == ' ')
			out->data[i] = '\0';
		else if (out->data[i] == '_')
			out->data[i] = ' ';
	}
}

static void
test_commands(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_length(cases); i++) {
		auto_str arguments = {0};
		to_arguments(cases[i].command, &arguments);
		struct argv_found found =
		    argv_find(cases[i].program, arguments.data, arguments.length);
		if (found.kind != cases[i].kind || found.letter != cases[i].letter)
			fail_msg("'%s': kind %d letter '%c'", cases[i].command, (int)found.kind,
			    found.letter);
		if (!cases[i].script)
			continue;
		assert_int_equal(found.length, strlen(cases[i].script));
		assert_memory_equal(
		    arguments.data + found.start, cases[i].script, found.length);
	}
}

/* Interpreter names are keys of a table in the kernel, cut to its width. */
static void
test_names_fit(void **state)
{
	(void)state;
	for (size_t i = 0; i < argv_interpreter_count(); i++) {
		struct argv_interpreter known = argv_interpreter_at(i);
		assert_true(strlen(known.name) < INTERPRETER_NAME - 1);
		assert_null(strpbrk(known.name, "0123456789"));
	}
}

static uint64_t
hash_of_script(const char *command)
{
	auto_str arguments = {0};
	to_arguments(command, &arguments);
	const struct interpreter none = {0};
	struct argv_scan scan = argv_scan_start(ARGV_PROGRAM);
	for (uint32_t at = 0; at < arguments.length; at++)
		if (argv_step(&scan, &none, at, (unsigned char)arguments.data[at]))
			break;
	assert_int_equal(scan.state, ARGV_FOUND_SCRIPT);
	return scan.hash;
}

/* A script is the same however it is written, and another one is another. */
static void
test_hash(void **state)
{
	(void)state;
	assert_true(hash_of_script("perl x.pl") == hash_of_script("perl -w ./x.pl arg"));
	assert_true(hash_of_script("perl .//x.pl") == hash_of_script("perl x.pl"));
	assert_true(hash_of_script("perl //a///x.pl") == hash_of_script("perl /a/x.pl"));
	assert_true(hash_of_script("perl /x.pl") != hash_of_script("perl x.pl"));
	assert_true(hash_of_script("perl ../x.pl") != hash_of_script("perl x.pl"));
	assert_true(hash_of_script("perl x.pl") != hash_of_script("perl y.pl"));
	assert_true(hash_of_script("perl .x") != hash_of_script("perl x"));
}

/* What lies beyond the window is not looked at; what the window cuts is still one script. */
static void
test_window(void **state)
{
	(void)state;
	auto_str arguments = {0};
	str_add_bytes(&arguments, "perl", 5);
	str_add_fill(&arguments, 'x', 2000);
	struct argv_found found = argv_find("perl", arguments.data, arguments.length);
	assert_int_equal(found.kind, ARGV_IS_SCRIPT);
	assert_int_equal(found.start, 5);
	assert_int_equal(found.length, ARGV_WINDOW - 1 - 5);
	auto_str options = {0};
	str_add_bytes(&options, "perl\0-I", 7);
	str_add_fill(&options, 'x', 600);
	str_add_bytes(&options, "\0x.pl", 6);
	assert_int_equal(argv_find("perl", options.data, options.length).kind, ARGV_IS_NOTHING);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_commands),
	    cmocka_unit_test(test_names_fit),
	    cmocka_unit_test(test_hash),
	    cmocka_unit_test(test_window),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
