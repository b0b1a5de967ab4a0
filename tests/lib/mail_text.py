# SPDX-License-Identifier: Apache-2.0
"""Prints an .eml file as its reader sees it: the headers that matter, and the plain text."""
import email
import email.policy
import pathlib
import sys

message = email.message_from_bytes(pathlib.Path(sys.argv[1]).read_bytes(), policy=email.policy.default)
for name in ("From", "To", "Cc", "Subject"):
    if message[name]:
        print(f"{name}: {message[name]}")
print()
print(message.get_body(("plain",)).get_content().rstrip())
