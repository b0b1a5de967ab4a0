/* SPDX-License-Identifier: Apache-2.0 */
/* To whom the file server exports what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "roles/role.h"

static struct view
view_of(enum place_kind file, enum place_kind web, const char *homes)
{
	struct view view = {.role = ROLE_FILE,
	    .site = {.homes = homes,
		.mail = "/srv/mail",
		.network = "10.77.0.0/24",
		.gateway = "10.77.0.1",
		.uid_first = 20000,
		.uid_last = 59999}};
	static const char *const addresses[ROLE_COUNT] = {
	    "10.77.0.2", "10.77.0.3", "10.77.0.4", "10.77.0.5", "10.77.0.6"};
	for (int role = 0; role < ROLE_COUNT; role++)
		view.site.roles[role] = (struct site_role){.place = PLACE_CONTAINER,
		    .address = addresses[role],
		    .address6 = role == ROLE_WEB ? "2001:db8::5" : ""};
	view.site.roles[ROLE_FILE].place = file;
	view.site.roles[ROLE_WEB].place = web;
	return view;
}

static void
expect_exports(const struct view *view, const char *wanted)
{
	struct output *output = output_new();
	role_render(view, output);
	const struct output_file *file = output_find(output, "/etc/exports.d/hayward.exports");
	if (wanted) {
		assert_non_null(file);
		assert_string_equal(str_text(&file->content), wanted);
	} else
		assert_null(file);
	output_free(output);
}

#define OPTIONS "(rw,sync,no_subtree_check,root_squash,sec=sys)\n"

static void
test_containers_need_no_exports(void **state)
{
	(void)state;
	struct view view = view_of(PLACE_CONTAINER, PLACE_CONTAINER, "/home");
	expect_exports(&view, NULL);
}

static void
test_a_machine_gets_homes(void **state)
{
	(void)state;
	struct view view = view_of(PLACE_CONTAINER, PLACE_MACHINE, "/home");
	expect_exports(&view, "/home 10.77.0.5" OPTIONS "/home 2001:db8::5" OPTIONS);
}

static void
test_mail_goes_to_the_mail_server_alone(void **state)
{
	(void)state;
	struct view view = view_of(PLACE_MACHINE, PLACE_NOWHERE, "/home");
	expect_exports(&view,
	    "/home 10.77.0.4" OPTIONS "/srv/mail 10.77.0.4" OPTIONS "/home 10.77.0.6" OPTIONS);
}

static void
test_what_is_no_path_or_address_is_left_out(void **state)
{
	(void)state;
	struct view view =
	    view_of(PLACE_CONTAINER, PLACE_MACHINE, "/home *(rw,no_root_squash)\n/");
	expect_exports(&view, NULL);
	view = view_of(PLACE_CONTAINER, PLACE_MACHINE, "/home");
	view.site.roles[ROLE_WEB].address = "*";
	view.site.roles[ROLE_WEB].address6 = "10.0.0.1(no_root_squash)";
	expect_exports(&view, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_containers_need_no_exports),
	    cmocka_unit_test(test_a_machine_gets_homes),
	    cmocka_unit_test(test_mail_goes_to_the_mail_server_alone),
	    cmocka_unit_test(test_what_is_no_path_or_address_is_left_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
