# SPDX-License-Identifier: Apache-2.0
"""Shows that each action was done once, or taken up again, whatever was killed.

usage: once.py JOURNAL_JSON MAIL_FOLDER

JOURNAL_JSON is what `hayward journal --json` printed. In it
 - sequence numbers have no gap and no repetition,
 - each ordered action has exactly one outcome, each ordered release one end,
 - each notice whose delivery is recorded is one file, and there is no file
   that no record ordered.
Prints what it counted; exit status 1 and a line for each violation.
"""
import collections
import email
import email.policy
import json
import pathlib
import re
import sys


def load(path):
    text = pathlib.Path(path).read_text()
    data = json.loads(text)
    return data if isinstance(data, list) else data["records"]


def violations(records, mails):
    sequences = [record["sequence"] for record in records]
    if sequences != list(range(sequences[0], sequences[0] + len(sequences))):
        yield "the journal's sequence has a gap or a repetition"
    count = {kind: collections.Counter(r["action"] for r in records if r["record"] == kind and r.get("action"))
             for kind in ("action", "outcome", "release", "released")}
    for ordered, done in (("action", "outcome"), ("release", "released")):
        for action, times in count[ordered].items():
            if times > 1 and ordered == "action":
                yield f"{ordered} {action} was ordered {times} times"
            if count[done][action] != times:
                yield f"{ordered} {action} has {count[done][action]} x '{done}'"
        for action in count[done].keys() - count[ordered].keys():
            yield f"'{done}' of {action}, which nobody ordered"
    for name, times in collections.Counter(mails).items():
        if times > 1:
            yield f"notice {name} is there {times} times"


def message_ids(folder):
    for file in pathlib.Path(folder).glob("*.eml"):
        message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        yield re.sub(r"[<>\s]", "", message["Message-ID"])


records = load(sys.argv[1])
mails = list(message_ids(sys.argv[2]))
found = list(violations(records, mails))
kinds = collections.Counter(record["record"] for record in records)
print(f"{len(records)} records, {kinds['action']} actions, {kinds['release']} releases, {len(mails)} mails")
print("\n".join(found))
sys.exit(1 if found else 0)
