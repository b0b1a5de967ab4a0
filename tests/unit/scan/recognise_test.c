/* SPDX-License-Identifier: Apache-2.0 */
/* Which files are scripts, and in which language. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "model/inventory.h"
#include "scan/recognise.h"

enum { NONE = -1 };

static const struct {
	const char *name;
	const char *text;
	int language;
	bool by_line;
} files[] = {
    {"a.pl", "", LANGUAGE_PERL, false},
    {"a.PL", "", LANGUAGE_PERL, false},
    {"a.php", "#!/usr/bin/perl\n", LANGUAGE_PHP, false},
    {"a.php.jpg", "\377\330", LANGUAGE_PHP, false},
    {"a.pl.html", "", NONE, false},
    {"a.cfm", "", LANGUAGE_COLDFUSION, false},
    {"a.asp", "", LANGUAGE_ASP, false},
    {"a.aspx", "", LANGUAGE_ASP, false},
    {"a.cgi", "", LANGUAGE_CGI, false},
    {"a.cgi", "#!/usr/bin/perl -w\n", LANGUAGE_PERL, true},
    {"a.cgi", "#!/opt/own/thing\n", LANGUAGE_CGI, false},
    {"a.sh", "#!/usr/bin/python3.11\n", LANGUAGE_PYTHON, true},
    {"a", "#! /bin/sh -e\n", LANGUAGE_SHELL, true},
    {"a", "#!/bin/sh", LANGUAGE_SHELL, true},
    {"a", "#!/bin/sh\r\n", LANGUAGE_SHELL, true},
    {"a", "#!/usr/bin/env perl\n", LANGUAGE_PERL, true},
    {"a", "#!/usr/bin/env -S X=1 -i ruby2.7 -w\n", LANGUAGE_RUBY, true},
    {"a", "#!/usr/bin/php8.2\n", LANGUAGE_PHP, true},
    {"a", "#!/usr/bin/php-cgi8.2\n", LANGUAGE_PHP, true},
    {"a", "#!/usr/bin/node\n", LANGUAGE_OTHER, true},
    {"a", "#!\n", LANGUAGE_OTHER, true},
    {"a", "#!", LANGUAGE_OTHER, true},
    {"a", "#!/usr/bin/env", LANGUAGE_OTHER, true},
    {"a", "#", NONE, false},
    {"a", "", NONE, false},
    {"a", " #!/bin/sh\n", NONE, false},
    {"index.html", "<html>", NONE, false},
    {".pl", "", LANGUAGE_PERL, false},
    {"a.", "", NONE, false},
    {"...", "", NONE, false},
    {"a.p l", "", NONE, false},
    {"a.averyveryverylongendingindeed", "", NONE, false},
};

static void
test_files(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_length(files); i++) {
		bool by_line;
		int language =
		    recognise(files[i].name, files[i].text, strlen(files[i].text), &by_line);
		if (language != files[i].language || by_line != files[i].by_line)
			fail_msg("'%s' with '%s': %d", files[i].name, files[i].text, language);
	}
}

/* Only the first bytes count, and they need no end. */
static void
test_bounds(void **state)
{
	(void)state;
	bool by_line;
	char long_line[FIRST_BYTES + 64];
	memset(long_line, ' ', sizeof(long_line));
	memcpy(long_line, "#!", 2);
	memcpy(long_line + FIRST_BYTES, "/bin/sh\n", 8);
	assert_int_equal(
	    recognise("a", long_line, sizeof(long_line), &by_line), LANGUAGE_OTHER);
	memset(long_line + 2, '/', sizeof(long_line) - 2);
	assert_int_equal(
	    recognise("a", long_line, sizeof(long_line), &by_line), LANGUAGE_OTHER);
	assert_int_equal(recognise("a", "#!/bin/sh\0x", 11, &by_line), LANGUAGE_SHELL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_files), cmocka_unit_test(test_bounds)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
