# SPDX-License-Identifier: Apache-2.0
"""Lists the .eml files in a folder sent to an address whose text holds a pattern.

usage: mails.py FOLDER ADDRESS [PATTERN]; exit status 1 if there is none
"""
import email
import email.policy
import pathlib
import sys

folder, address, pattern = sys.argv[1], sys.argv[2], (sys.argv[3:] or [""])[0]
found = []
for file in sorted(pathlib.Path(folder).glob("*.eml")):
    message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    body = message.get_body(("plain",))
    text = f"{message['Subject']}\n{body.get_content() if body else ''}"
    # Lines are broken where the width wants it.
    if address in (message["To"] or "") and (pattern in text or pattern in " ".join(text.split())):
        found.append(str(file))
print("\n".join(found))
sys.exit(0 if found else 1)
