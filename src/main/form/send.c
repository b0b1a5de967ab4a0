/* SPDX-License-Identifier: Apache-2.0 */
#include "main/form/send.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/program.h"

enum { LONGEST_MS = 30000, FIXED_ARGUMENTS = 5 };

static int
run(const char *const *arguments, const struct str *mail, struct str *said)
{
	auto_fd int input = file_memory("mail", str_text(mail), mail->length);
	auto_fd int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (input < 0 || nowhere < 0)
		return input < 0 ? input : -errno;
	return program_pass(arguments, input, nowhere, LONGEST_MS, said);
}

/* Behind "--" stand addresses that begin with no '-' anyway; see main/form/address.h. */
bool
form_send(const char *sendmail, const char *from, const struct form_recipient *recipient,
    const struct str *mail, struct str *why)
{
	const char *arguments[FIXED_ARGUMENTS + FORM_MOST_ADDRESSES + 1] = {
	    sendmail, "-i", "-f", from, "--"};
	memcpy(arguments + FIXED_ARGUMENTS, recipient->addresses,
	    recipient->count * sizeof(*arguments));
	auto_str said = {0};
	int status = run(arguments, mail, &said);
	if (!status)
		return true;
	if (status > 0)
		str_addf(why, "sendmail ended with %d: %.*s", status,
		    (int)strcspn(str_text(&said), "\r\n"), str_text(&said));
	else
		str_addf(why, "sendmail: %s", strerror(-status));
	return false;
}
