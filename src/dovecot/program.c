/* SPDX-License-Identifier: Apache-2.0 */
#include "program.h"

#include <string.h>

#include "lib.h"
#include "hex-binary.h"
#include "mail-user.h"
#include "sha1.h"

enum { NAME = 2 * SHA1_RESULTLEN };

static char name[NAME + 1];

static void
digest_of(const char *text, char ret_digest[NAME + 1])
{
	unsigned char digest[SHA1_RESULTLEN];
	sha1_get_digest(text, strlen(text), digest);
	i_strocpy(ret_digest, binary_to_hex(digest, sizeof(digest)), NAME + 1);
}

static bool
is_digest_of(const char *digest, const char *text)
{
	char other[NAME + 1];
	digest_of(text, other);
	return strcmp(digest, other) == 0;
}

/*
 * Dovecot's configuration has it as %{sha1:client_id}, for of what a client says as it is the
 * signs of percent would be filled in.
 */
void
program_begin(struct mail_user *user)
{
	const char *said = mail_user_plugin_getenv(user, "hayward_client");
	name[0] = '\0';
	if (said != NULL && strlen(said) == NAME && strspn(said, "0123456789abcdef") == NAME &&
	    !is_digest_of(said, "") && !is_digest_of(said, "NIL"))
		i_strocpy(name, said, sizeof(name));
}

/* Who says no name says nothing: many have no more than that in common. */
bool
program_heard(const char *arguments)
{
	char digest[NAME + 1];
	if (arguments == NULL || strcasestr(arguments, "\"name\"") == NULL)
		return FALSE;
	digest_of(arguments, digest);
	if (strcmp(digest, name) == 0)
		return FALSE;
	i_strocpy(name, digest, sizeof(name));
	return TRUE;
}

const char *
program_name(void)
{
	return name;
}
