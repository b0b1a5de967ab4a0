#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The table of answers, read by a real Postfix: 450, then 550, and accepted again.

usage: answers_test.py ANSWERS_TOOL    (as root)  TAP
"""
import os
import shutil
import smtplib
import subprocess
import sys
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import tap
from tap import check

TOOL = sys.argv[1]

tap.need_root("postfix")
tap.enter_namespaces()
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
root = tap.new_folder("answers")
table = root / "answers"
for name in ("etc", "queue", "data"):
    (root / name).mkdir()
shutil.chown(root / "data", "postfix", "postfix")
shutil.copy("/usr/share/postfix/master.cf.dist" if os.path.exists("/usr/share/postfix/master.cf.dist")
            else "/etc/postfix/master.cf", root / "etc/master.cf")
master = (root / "etc/master.cf").read_text()
lines = []
for line in master.splitlines():
    words = line.split()
    if line and not line[0].isspace() and not line.startswith("#") and len(words) > 7:
        words[4] = "n"
        if words[0] == "smtp" and words[1] == "inet":
            words[0] = "127.0.0.1:2525"
        line = " ".join(words)
    lines.append(line)
(root / "etc/master.cf").write_text("\n".join(lines) + "\n")
(root / "etc/main.cf").write_text(f"""compatibility_level = 3.6
queue_directory = {root}/queue
data_directory = {root}/data
myhostname = host.example
mydestination = host.example
virtual_alias_domains = alice.example, bob.example
virtual_alias_maps = inline:{{ {{ @alice.example = root }}, {{ @bob.example = root }} }}
local_recipient_maps =
alias_maps =
inet_interfaces = 127.0.0.1
smtpd_recipient_restrictions = check_recipient_access texthash:{table}, reject_unauth_destination
smtpd_peername_lookup = no
maillog_file = {root}/log
maillog_file_prefixes = {root}
""")


def render(*words):
    subprocess.run([TOOL, table, *words], check=True)


def answer(client, recipient):
    client.mail("sender@elsewhere.example")
    code, text = client.rcpt(recipient)
    client.rset()
    return f"{code} {text.decode()}"


def connect():
    end = time.monotonic() + 60
    while True:
        try:
            return smtplib.SMTP("127.0.0.1", 2525, timeout=20)
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def comes(recipient, code, patience=30):
    """With a new client each time, as mail comes; what the last one heard."""
    end = time.monotonic() + patience
    while True:
        client = connect()
        client.helo("elsewhere.example")
        got = answer(client, recipient)
        client.quit()
        if got.startswith(code) or time.monotonic() > end:
            return got
        time.sleep(0.1)


postfix = ["postfix", "-c", str(root / "etc")]
try:
    render()
    subprocess.run([*postfix, "start"], check=True, capture_output=True)
    check("mail is accepted before", comes("x@alice.example", "250").startswith("250"))
    render("now", "alice.example", "now", "alice@host.example")
    got = comes("x@alice.example", "450")
    check("mail for the cancelled is answered 450, without a reload", got.startswith("450 4.2.1"), got)
    check("at the host's name too", comes("alice@host.example", "450").startswith("450"))
    check("the neighbours' mail is accepted",
          comes("alice@bob.example", "250").startswith("250") and comes("bob@host.example", "250").startswith("250"))
    render("good", "alice.example", "good", "alice@host.example")
    got = comes("x@alice.example", "550")
    check("then 550", got.startswith("550 5.2.1"), got)
    render()
    got = comes("x@alice.example", "250")
    check("and it is accepted again", got.startswith("250"), got)
    asked = subprocess.run(["postmap", "-c", root / "etc", "-q", "x", f"texthash:{table}"], capture_output=True)
    check("postmap has no complaint about the table", not asked.stderr, asked.stderr)
finally:
    stopped = subprocess.run([*postfix, "stop"], capture_output=True)
    if tap.failed and (root / "log").exists():
        print("\n".join("# " + line for line in (root / "log").read_text().splitlines()[-20:]))
shutil.rmtree(root)
tap.end()
