# SPDX-License-Identifier: Apache-2.0
"""Holds what arrived against what was sent.

usage: gate_kills_count.py SENT FOLDER
"""
import collections
import pathlib
import re
import sys

sent, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
arrived, unseen, infected_there = collections.Counter(), [], []
for path in folder.rglob("*"):
    if not path.is_file():
        continue
    mail = path.read_text(errors="replace")
    word = re.search(r"(?m)^Subject: (\S+)", mail)
    if not word:
        continue
    arrived[word.group(1)] += 1
    if len(re.findall(r"(?mi)^x-hayward-sender: by=(?:loopback|program); account=alice; ", mail)) != 1:
        unseen.append(word.group(1))
    if "HAYWARD-TEST-PATTERN" in mail:
        infected_there.append(word.group(1))
lost, twice, taken, unknown, refused, given_up = [], [], 0, 0, 0, 0
for line in sent.read_text().splitlines():
    word, kind, outcome, broken = line.split()
    taken += outcome == "taken" and kind == "clean"
    refused += outcome == "refused"
    given_up += outcome == "given-up"
    unknown += int(broken)
    if outcome == "taken" and kind == "clean" and not arrived[word]:
        lost.append(word)
    if arrived[word] > 1 + int(broken):
        twice.append(word)
again = sum(count - 1 for count in arrived.values())
print(f"# {taken} clean mails taken, {refused} refused, {given_up} given up; {sum(arrived.values())} arrived, {again} of "
      f"them again; {unknown} times the connection broke behind a mail")
for what, which in (("lost", lost), ("infected", infected_there), ("unseen", unseen), ("twice", twice)):
    print(f"none {what}" if not which else f"# {what}: {len(which)}: {which[:5]}")
if taken > 50:
    print("many")
