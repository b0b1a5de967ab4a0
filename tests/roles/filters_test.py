#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The filters of the role mail, real ones: missing, without signatures, and at work. Mail goes on meanwhile."""
import os
import pathlib
import smtplib
import subprocess
import time
from email.utils import formatdate

import machine as role
from tap import check, end

FOLDER = role.enter("filters", ["postfix", "dovecot", "procmail", "clamd", "clamav-milter", "rspamd"])
SERVER = role.ADDRESSES["mail"]
# In pieces, for scanners look at sources, too.
EICAR = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-ANTIVIRUS-TEST-FILE" + "!$H+H*"
# Of rspamd's own test patterns that which asks for a mark.
GTUBE = "YJS*C4JDBQADN1.NSBN3*2IDNEN*" + "GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL" + "*C.34X"


def start():
    role.make_machine(FOLDER, "mail", ["lib/postfix", "lib/dovecot", "spool/postfix", "lib/rspamd"])
    role.listen_to_syslog()
    for place, owner in (("/run/clamav", "clamav"), ("/var/log/clamav", "clamav"), ("/var/lib/clamav", "clamav"),
                         ("/run/rspamd", "_rspamd"), ("/var/log/rspamd", "_rspamd")):
        pathlib.Path(place).mkdir(exist_ok=True)
        role.run("chown", f"{owner}:", place)
    role.unit("postfix@-.service", "/usr/lib/hayward/postfix-tables\npostfix start\n")
    role.unit("dovecot.service", "dovecot\n")
    bob = role.account("bob", 20002, [{"name": "bob.example"}], [{"local": "box", "domain": "bob.example"}])
    role.add_homes([bob])
    role.apply("mail", [bob], 1)


def run_as(user, *command):
    """In the foreground, as its unit does."""
    return subprocess.Popen(["setpriv", "--reuid", user, "--regid", user, "--init-groups", *command],
                            stdout=open(f"/var/log/{command[0].split('/')[-1]}.out", "a"), stderr=subprocess.STDOUT)


def send(body):
    """What the mail looks like when it has arrived; the words of a refusal."""
    word = f"word-{time.monotonic_ns()}"
    with smtplib.SMTP(SERVER, local_hostname="client.example", timeout=60, source_address=(role.OUTSIDE, 0)) as client:
        try:
            client.sendmail("stranger@elsewhere.example", ["box@bob.example"],
                            f"From: <s@elsewhere.example>\r\nTo: <box@bob.example>\r\nSubject: {word}\r\n"
                            f"Date: {formatdate()}\r\nMessage-ID: <{word}@elsewhere.example>\r\nMIME-Version: 1.0\r\n"
                            f"Content-Type: text/plain; charset=us-ascii\r\n\r\n{body}\r\n")
        except smtplib.SMTPDataError as error:
            return "", str(error)
    found = []
    role.wait_for(15, lambda: found.extend(text for path in pathlib.Path("/srv/mail/bob").glob("**/new/*")
                                           if word in (text := path.read_text())) or found)
    return found[0] if found else "", ""


def try_viruses():
    check("without any filter mail goes on", send(EICAR)[0])
    milter = run_as("clamav", "/usr/sbin/clamav-milter", "--config-file=/etc/clamav/hayward-milter.conf")
    check("the milter is there", role.wait_for(20, lambda: os.path.exists("/run/clamav/clamav-milter.ctl")),
          pathlib.Path("/var/log/clamav-milter.out").read_text())
    text, words = send(EICAR)
    check("without signatures too, and that is said", text and "X-Virus-Status: Clean" not in text, text + words)
    signature = EICAR[:40].encode().hex()
    pathlib.Path("/var/lib/clamav/test.ndb").write_text(f"Test.Eicar:0:*:{signature}\n")
    scanner = run_as("clamav", "/usr/sbin/clamd", "--foreground=true")
    check("one signature is enough for the scanner", role.wait_for(40, lambda: os.path.exists("/run/clamav/clamd.ctl")))
    role.wait_for(30, lambda: "X-Virus-Status: Clean" in send("hello")[0])
    text, words = send("hello")
    check("a clean mail is marked so", "X-Virus-Status: Clean" in text, text + words)
    text, words = send(EICAR)
    check("a virus is refused, in words", not text and "Test.Eicar" in words and words.startswith("(5"), text + words)
    scanner.terminate()
    scanner.wait()
    check("with the scanner away mail goes on", send("hello")[0])
    milter.terminate()


def try_spam():
    with open("/etc/rspamd/local.d/options.inc", "a") as options:
        options.write('enable_test_patterns = true;\n')
    filter = run_as("_rspamd", "/usr/bin/rspamd", "-c", "/etc/rspamd/rspamd.conf", "-f")
    # It compiles its patterns at its first start, which takes a busy machine a minute.
    there = role.wait_for(120, lambda: os.path.exists("/run/rspamd/milter.sock"))
    check("the spam filter is there", there, pathlib.Path("/var/log/rspamd.out").read_text()[-2000:])
    text, words = send("hello")
    check("an honest mail passes", text and "X-Spam: Yes" not in text, text + words)
    began = time.monotonic()
    text, words = send(GTUBE)
    took = time.monotonic() - began
    check(f"spam is marked, and not refused ({took:.1f} s)", "X-Spam: Yes" in text, text + words)
    actions = role.run("rspamadm", "configdump", "actions").stdout
    check("nothing is refused for its sake", "reject" not in actions and "add_header = 10" in actions, actions)
    ports = role.run("ss", "-Hltn").stdout
    check("it listens to nobody but Postfix", "1133" not in ports, ports)
    filter.terminate()


start()
try_viruses()
try_spam()
end()
