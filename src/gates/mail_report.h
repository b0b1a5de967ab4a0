/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a mail says of another that went out before: that it did not arrive (a delivery status
 * notification, RFC 3464), or that somebody complains of it (a feedback report, RFC 5965). Which it is about,
 * the gate's own header in what is sent back tells.
 *
 * SECURITY: whoever got a mail of ours can write a report about that one, and only that one. It is a
 * word of its recipient's, and never more.
 */
#ifndef GATES_MAIL_REPORT_H
#define GATES_MAIL_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mail_report_kind { MAIL_REPORT_BOUNCE, MAIL_REPORT_COMPLAINT };

struct mail_report {
	enum mail_report_kind kind;
	uint32_t failed;    /* recipients that did not get it, and will not */
	uint32_t unknown;   /* of those: there is no such address */
	char reference[24]; /* of the mail that it is about; "": it does not say */
};

/*
 * Whether a status (RFC 3463, 3.2 and 7505) says that there is no such address, or nobody at its
 * domain who takes mail. What else is 5.1.x speaks of the sender's address, or of how one is
 * written, and says nothing of a list. A comment may follow.
 */
bool mail_status_is_unknown(const char *status);

/* Reads a whole message. false: it is no report, or says nothing of any recipient. */
bool mail_report_read(const char *message, size_t length, struct mail_report *ret_report);

#endif
