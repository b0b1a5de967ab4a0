# SPDX-License-Identifier: Apache-2.0
"""The programs that people use, and those that servers are tried with: swaks, curl, openssl, smtp-source, miltertest."""
import re
import subprocess

from post import EICAR, got, sender_of
from tap import check
from world import show

LETTER = """From: <x@elsewhere.example>
To: <bob@bob.example>
Subject: {}
Date: Fri, 27 Nov 2026 12:00:00 +0000
Message-ID: <{}@elsewhere.example>

Hello,
here is what we spoke of on Monday.
"""

# Straight to the gate, as a mail server of another make: without macros. By the door for servers of the site, and what
# they say themselves: at the other door nobody could tell who holds a connection that there is not.
MILTER = """
conn = mt.connect("unix:{socket}")
assert(conn, "nobody answers")
mt.set_timeout(60)
-- What it may be asked to do, and what to leave out: the program's manual has them the other way round.
assert(mt.negotiate(conn, 6, 0x1fffff, 0x1ff) == nil)
assert(mt.conninfo(conn, "elsewhere.example", "203.0.113.9") == nil)
assert(mt.helo(conn, "elsewhere.example") == nil)
for number, body in ipairs({{"hello\\r\\n", "{eicar}\\r\\n"}}) do
    assert(mt.mailfrom(conn, "<>") == nil)
    assert(mt.rcptto(conn, "<bob@bob.example>") == nil)
    assert(mt.header(conn, "Subject", "number " .. number) == nil)
    assert(mt.header(conn, "X-Hayward-Sender", "by=program; account=bob; uid=20001") == nil)
    assert(mt.eoh(conn) == nil)
    assert(mt.bodystring(conn, body) == nil)
    assert(mt.eom(conn) == nil)
    if mt.getreply(conn) == SMFIR_REPLYCODE then
        mt.echo(number .. " refused")
    elseif mt.eom_check(conn, MT_HDRDELETE, "X-Hayward-Sender") then
        mt.echo(number .. " taken, without the forged header")
    else
        mt.echo(number .. " " .. mt.getreply(conn))
    end
end
mt.disconnect(conn)
"""


def swaks(walk, *words, text=""):
    return walk.site.world("swaks", "--server", walk.world.address["mail"], "--timeout", "60", "--helo", "elsewhere.example",
                           "--data", "-", *words, input=text)


def by_smtp(walk):
    bob, alice = walk.bob, walk.alice
    run = swaks(walk, "--from", "x@elsewhere.example", "--to", bob.address, "--tls",
                text=LETTER.format("by swaks", "swaks-1"))
    check("swaks delivers with STARTTLS", run.returncode == 0 and got(walk, "by swaks"), show(run))
    run = swaks(walk, "--from", "x@elsewhere.example", "--to", bob.address, text=LETTER.format("a present", "swaks-2") + EICAR + "\n")
    check("V1 break in: swaks hears which virus, and where to ask", run.returncode != 0 and "Eicar" in run.stdout
          and "HW-" in run.stdout, show(run))
    forged = "X-Hayward-Sender: by=program; account=bob; uid=20001\n"
    run = swaks(walk, "--from", alice.address, "--to", bob.address, "--port", "587", "--tls", "--auth", "PLAIN",
                "--auth-user", alice.address, "--auth-password", alice.passwords["mail"],
                text=forged + LETTER.format("logged in", "swaks-3").replace("x@elsewhere.example", alice.address))
    mail = got(walk, "logged in")
    check("S2 break remote: who logs in by swaks is named, and not whom he forges", run.returncode == 0
          and "by=login" in sender_of(mail) and "account=bob" not in sender_of(mail), show(run) + mail)
    source = walk.site.world("smtp-source", "-M", "elsewhere.example", "-c", "-m", "20", "-s", "4", "-l", "2000", "-f", "x@elsewhere.example", "-t", bob.address,
                             f"inet:{walk.world.address['mail']}:25")
    check("smtp-source delivers twenty, four at a time", source.returncode == 0, show(source))


def by_tls(walk):
    mail = f"{walk.world.address['mail']}"
    for words in (("587", "-starttls", "smtp"), ("993",), ("995",)):
        run = walk.site.world("openssl", "s_client", "-connect", f"{mail}:{words[0]}", *words[1:], "-brief", input="QUIT\n")
        check(f"openssl has TLS 1.2 or better at port {words[0]}", "Protocol version: TLSv1.3" in run.stderr
              or "Protocol version: TLSv1.2" in run.stderr, show(run))
        run = walk.site.world("openssl", "s_client", "-connect", f"{mail}:{words[0]}", *words[1:], "-tls1_1", "-brief", input="QUIT\n")
        check(f"and nothing older at port {words[0]}", run.returncode != 0, show(run))


def by_curl(walk):
    bob, mail = walk.bob, walk.world.address["mail"]
    login = ("--insecure", "--silent", "--show-error", "--max-time", "30", "--user", f"{bob.address}:{bob.passwords['mail']}")
    run = walk.site.world("curl", *login, f"imaps://{mail}/INBOX?SUBJECT%20swaks")
    check("curl searches the inbox by IMAP", run.returncode == 0 and re.search(r"\* SEARCH \d", run.stdout), show(run))
    run = walk.site.world("curl", *login, f"pop3s://{mail}/1")
    check("curl reads the first mail by POP", run.returncode == 0 and "Received:" in run.stdout, show(run))
    run = walk.site.world("curl", "--insecure", "--silent", "--show-error", "--max-time", "30", "--user", f"{bob.address}:wrong",
                          f"pop3s://{mail}/")
    check("and is not let in by another password", run.returncode == 67, show(run))


def by_milter(walk):
    socket = "/run/hayward/gate/mail/inside"
    script = walk.site.scene / "milter.lua"
    script.write_text(MILTER.format(socket=socket, eicar=EICAR.replace("\\", "\\\\").replace('"', '\\"')))
    run = subprocess.run(["miltertest", "-s", script], capture_output=True, text=True, timeout=60)
    check("miltertest finds the gate to speak the protocol, and the forged header gone",
          "1 taken, without the forged header" in run.stdout and "2 refused" in run.stdout, show(run))


def clients(walk):
    by_smtp(walk)
    by_tls(walk)
    by_curl(walk)
    by_milter(walk)
