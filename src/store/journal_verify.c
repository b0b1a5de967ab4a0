/* SPDX-License-Identifier: Apache-2.0 */
#include "store/journal_verify.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "store/journal_reader.h"
#include "store/segment.h"

enum { MOST_WITNESSES = 8 };

/* The witnesses and the head, and who of them has been found wrong. */
struct hearing {
	struct journal_witness witnesses[MOST_WITNESSES];
	size_t count;
	struct str *words;
	bool contradicted;
};

static int
call_witnesses(struct hearing *hearing, int directory, const struct journal_witness *witnesses,
    size_t count)
{
	while (hearing->count < count && hearing->count < MOST_WITNESSES - 1) {
		hearing->witnesses[hearing->count] = witnesses[hearing->count];
		hearing->count++;
	}
	struct journal_witness head = {.name = "journal.head"};
	int status = journal_head_read(directory, &head.anchor);
	if (status == -EBADMSG || status == -ENOENT) {
		str_addf(hearing->words, "the file 'journal.head' is %s\n",
		    status == -ENOENT ? "missing" : "damaged");
		hearing->contradicted = true;
		return 0;
	}
	if (!status)
		hearing->witnesses[hearing->count++] = head;
	return status;
}

static void
hear_record(struct hearing *hearing, const struct journal_reader *reader)
{
	uint64_t sequence = journal_reader_sequence(reader);
	struct digest hash = journal_reader_hash(reader);
	for (size_t i = 0; i < hearing->count; i++) {
		const struct journal_witness *witness = &hearing->witnesses[i];
		if (witness->anchor.sequence != sequence ||
		    strcmp(witness->anchor.hash.text, hash.text) == 0)
			continue;
		str_addf(hearing->words,
		    "record %" PRIu64 " is another than %s knows: the journal was rewritten\n",
		    sequence, witness->name);
		hearing->contradicted = true;
	}
}

static void
hear_end(struct hearing *hearing, uint64_t last)
{
	for (size_t i = 0; i < hearing->count; i++) {
		const struct journal_witness *witness = &hearing->witnesses[i];
		if (witness->anchor.sequence <= last)
			continue;
		str_addf(hearing->words,
		    "the journal ends at record %" PRIu64 ", but %s knows of record %" PRIu64
		    ": its end was cut off\n",
		    last, witness->name, witness->anchor.sequence);
		hearing->contradicted = true;
	}
}

int
journal_verify(int directory, const struct journal_witness *witnesses, size_t count,
    struct str *ret_words, struct journal_verdict *ret_verdict)
{
	auto_journal_reader struct journal_reader *reader = NULL;
	struct hearing hearing = {.words = ret_words};
	struct journal_verdict verdict = {.last.hash = digest_zero()};
	struct record record;
	/* Before the journal is read: while the keeper writes, the head may only lag. */
	int status = call_witnesses(&hearing, directory, witnesses, count);
	if (!status)
		status = journal_reader_new(directory, 0, &reader);
	while (!status && (status = journal_read_record(reader, &record)) > 0) {
		hear_record(&hearing, reader);
		verdict.first = verdict.first ? verdict.first : record.sequence;
		verdict.records++;
		verdict.last.sequence = record.sequence;
		verdict.last.hash = journal_reader_hash(reader);
		status = 0;
	}
	if (status && status != -EUCLEAN)
		return status;
	if (status)
		str_addf(ret_words, "%s\n", journal_reader_trouble(reader));
	else
		hear_end(&hearing, verdict.last.sequence);
	verdict.unfinished = !status && journal_reader_unfinished(reader);
	*ret_verdict = verdict;
	return status || hearing.contradicted ? -EUCLEAN : 0;
}
