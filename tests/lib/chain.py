# SPDX-License-Identifier: Apache-2.0
"""Checks an exported case as a third party would: with SHA-256 and nothing of ours.

usage: chain.py FOLDER     where the archive was unpacked

Each line of chain.txt is BEFORE HASH JSON; HASH is of BEFORE and JSON. Records
whose numbers follow each other follow by hash. Each archive of evidence is named
with its digest by a record. 1 and the reason, if something does not hold.
"""
import hashlib
import json
import pathlib
import sys

folder = pathlib.Path(sys.argv[1])
last = None
text = ""
for number, line in enumerate((folder / "chain.txt").read_bytes().splitlines(), 1):
    before, digest, record = line.split(b" ", 2)
    if hashlib.sha256(before + record).hexdigest().encode() != digest:
        sys.exit(f"line {number}: the hash is not that of the record")
    sequence = json.loads(record)["sequence"]
    if last and sequence <= last[0]:
        sys.exit(f"line {number}: record {sequence} does not come after {last[0]}")
    if last and sequence == last[0] + 1 and before != last[1]:
        sys.exit(f"line {number}: record {sequence} does not follow from the one before")
    last = sequence, digest
    text += json.loads(record).get("text", "") + "\n"
if not last:
    sys.exit("there is no record")
for archive in sorted((folder / "evidence").glob("*.tar")):
    if "sha256 " + hashlib.sha256(archive.read_bytes()).hexdigest() not in text:
        sys.exit(f"{archive.name}: no record names it")
print(f"everything holds up to record {last[0]}")
