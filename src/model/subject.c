/* SPDX-License-Identifier: Apache-2.0 */
#include "model/subject.h"

bool
subject_equal(const struct subject *one, const struct subject *other)
{
	return one->kind == other->kind && one->account == other->account &&
	       one->generation == other->generation && one->key == other->key;
}

struct subject_key
subject_key(const struct subject *subject)
{
	return (struct subject_key){{
	    (uint64_t)subject->account << 32 | subject->generation,
	    subject->kind,
	    subject->key,
	}};
}

void
subject_encode(const struct subject *subject, struct str *out)
{
	wire_put_u32(out, subject->kind);
	wire_put_u32(out, subject->account);
	wire_put_u32(out, subject->generation);
	wire_put_u64(out, subject->key);
}

struct subject
subject_decode(struct wire_reader *reader)
{
	struct subject subject = {0};
	subject.kind = wire_get_below(reader, KIND_COUNT);
	subject.account = wire_get_u32(reader);
	subject.generation = wire_get_u32(reader);
	subject.key = wire_get_u64(reader);
	return subject;
}
