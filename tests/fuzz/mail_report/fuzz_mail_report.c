/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a bounce or a complaint: what it says is bounded, and its reference a word of ours. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gates/mail_report.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void
demand(bool condition)
{
	if (!condition)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct mail_report report = {0};
	if (!mail_report_read((const char *)bytes, length, &report))
		return 0;
	demand(report.unknown <= report.failed && report.failed <= 1000);
	demand(report.failed > 0 || report.kind == MAIL_REPORT_COMPLAINT);
	demand(memchr(report.reference, '\0', sizeof(report.reference)) != NULL);
	demand(!*report.reference || strncmp(report.reference, "HW-", 3) == 0);
	return 0;
}
