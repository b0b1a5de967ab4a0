/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Evidence as it is kept: STATE/evidence/CASE/ACTION.tar, written once. Its
 * digest goes into the journal, so that who has the journal can tell whether an
 * archive is the one that was taken then.
 */
#ifndef STORE_EVIDENCE_H
#define STORE_EVIDENCE_H

#include "base/digest.h"
#include "base/str.h"
#include "model/evidence.h"

/* The archive: evidence.json, processes.txt, manifest.txt, and copies as files/1, files/2 ...
 */
void evidence_pack(const struct evidence_package *package, struct str *ret_archive);

/*
 * Keeps it below the state directory, durably. What is kept already under the
 * same action stays: the first evidence is the one that counts. ret_words: what
 * it holds, and its digest, for the journal. 0 or -errno.
 */
int evidence_keep(
    int state, const struct evidence_package *package, struct str *ret_words) must_use;

/* Adds the kept archives of a case to an archive, as evidence/ACTION.tar; how many there are.
 */
int evidence_add(
    int state, uint64_t case_number, struct str *archive, size_t *ret_count) must_use;

#endif
