#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The filters of the role mail, real ones: missing, and at work; what the site says about hayward's gate, and about
mail from elsewhere."""
import os
import pathlib
import smtplib
import subprocess
import time
from email.utils import formatdate

import machine as role
import strangers
from tap import check, end

FOLDER = role.enter("filters", ["postfix", "dovecot", "procmail", "rspamd", "redis-server", "named"])
SERVER = role.ADDRESSES["mail"]
# Of rspamd's own test patterns that which asks for a mark; in pieces, for filters look at sources, too.
GTUBE = "YJS*C4JDBQADN1.NSBN3*2IDNEN*" + "GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL" + "*C.34X"


def start():
    role.make_mail_machine(FOLDER, "lib/rspamd", "lib/redis")
    pathlib.Path("/srv/hayward-gate").mkdir()
    for place, owner in (("/run/rspamd", "_rspamd:"), ("/srv/hayward-gate/rate", "_rspamd:"), ("/var/log/rspamd", "_rspamd:"), ("/run/redis", "redis:")):
        pathlib.Path(place).mkdir(exist_ok=True)
        role.run("chown", owner, place)
    strangers.start_names()
    # Not there until try_spam() starts it.
    role.unit("rspamd.service", "true\n", reload="test ! -e /run/rspamd.pid || kill -HUP $(cat /run/rspamd.pid)\n")
    role.unit("redis-server.service", "setpriv --reuid redis --regid redis --init-groups redis-server "
              "/etc/redis/hayward.conf --daemonize yes\n", restart="true\n")
    role.add_homes([role_account()])
    role.apply("mail", [role_account()], 1)


def role_account():
    return role.account("bob", 20002, [{"name": "bob.example"}], [{"local": "box", "domain": "bob.example"}])


def run_as(user, *command):
    """In the foreground, as its unit does."""
    return subprocess.Popen(["setpriv", "--reuid", user, "--regid", user, "--init-groups", *command],
                            stdout=open(f"/var/log/{command[0].split('/')[-1]}.out", "a"), stderr=subprocess.STDOUT)


def send(body, who=role.OUTSIDE):
    """What the mail looks like when it has arrived; the words of a refusal."""
    word = f"word-{time.monotonic_ns()}"
    with smtplib.SMTP(SERVER, local_hostname="client.example", timeout=60, source_address=(who, 0)) as client:
        try:
            client.sendmail("stranger@elsewhere.example", ["box@bob.example"],
                            f"From: <s@elsewhere.example>\r\nTo: <box@bob.example>\r\nSubject: {word}\r\n"
                            f"Date: {formatdate()}\r\nMessage-ID: <{word}@elsewhere.example>\r\nMIME-Version: 1.0\r\n"
                            f"Content-Type: text/plain; charset=us-ascii\r\n\r\n{body}\r\n")
        except smtplib.SMTPResponseException as error:
            return "", str(error)
    found = []
    role.wait_for(15, lambda: found.extend(text for path in pathlib.Path("/srv/mail/bob").glob("**/new/*")
                                           if word in (text := path.read_text())) or found)
    return found[0] if found else "", ""


def try_gate():
    """Who is asked about viruses is haywardd, which is not here: tests/site has it."""
    check("wanted, and away: mail goes on", send("hello")[0])
    role.apply("mail", [role_account()], 2, gate="required")
    waits = role.wait_for(20, lambda: not send("hello")[0])
    text, words = send("hello")
    check("required, and away: mail waits at its sender's", waits and words.startswith("(451"), text + words)
    role.apply("mail", [role_account()], 3, gate="off")
    check("off: mail goes on", role.wait_for(20, lambda: send("hello")[0]))
    check("and nobody is asked", "hayward-gate" not in pathlib.Path("/etc/postfix/main.cf").read_text())
    role.apply("mail", [role_account()], 4)


def try_spam():
    with open("/etc/rspamd/local.d/options.inc", "a") as options:
        options.write('enable_test_patterns = true;\n')
    pathlib.Path("/etc/rspamd/local.d/regexp.conf").write_text(strangers.RULES)
    filter = run_as("_rspamd", "/usr/bin/rspamd", "-c", "/etc/rspamd/rspamd.conf", "-f")
    pathlib.Path("/run/rspamd.pid").write_text(str(filter.pid))
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
    return filter


start()
try_gate()
filter = try_spam()
strangers.Strangers([role_account()], 4, lambda body, who=role.OUTSIDE: "X-Spam: Yes" in send(body, who)[0]).try_all()
filter.terminate()
end()
