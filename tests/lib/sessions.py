# SPDX-License-Identifier: Apache-2.0
"""What people's mail programs do at the server of tests/lib/logins.sh, step by step: "ok|not TAB name TAB what was said".

usage: sessions.py STEP
"""
import contextlib
import imaplib
import os
import pathlib
import poplib
import re
import signal
import smtplib
import socket
import ssl
import subprocess
import sys
import time

SERVER = "192.0.2.1"
TLS = ssl.create_default_context()
TLS.check_hostname, TLS.verify_mode = False, ssl.CERT_NONE


def check(name, good, said=""):
    print("ok" if good else "not", name, " ".join(str(said).split()), sep="\t", flush=True)


# --- Programs, each at an address of its own. What they are told instead of being let in is an answer too.

class Pop(poplib.POP3):
    def __init__(self, source):
        self.source = source
        super().__init__(SERVER, timeout=20)

    def _create_socket(self, timeout):
        return socket.create_connection((self.host, self.port), timeout, (self.source, 0))


class Imap(imaplib.IMAP4):
    def __init__(self, source):
        self.source = source
        super().__init__(SERVER, timeout=30)

    def _create_socket(self, timeout):
        return socket.create_connection((self.host, self.port), timeout, (self.source, 0))


def pop(source, name):
    """The session, and what was said; no session if it was not let in."""
    client = Pop(source)
    client.user(f"{name}@alice.example")
    try:
        return client, client.pass_("secret").decode()
    except poplib.error_proto as error:
        client.close()
        return None, error.args[0].decode() if isinstance(error.args[0], bytes) else str(error)


def imap(source, name):
    client = Imap(source)
    client.login(f"{name}@alice.example", "secret")
    return client


def select(client, folder="INBOX", **options):
    status, words = client.select(folder, **options)
    return status == "OK", b" ".join(words).decode()


def smtp(source, port):
    client = smtplib.SMTP(SERVER, port, timeout=20, source_address=(source, 0), local_hostname="client.example")
    client.ehlo()
    if port == 587:
        client.login("sender@alice.example", "secret")
    return client


def mail(client):
    try:
        code, words = client.mail("stranger@elsewhere.example")
        return code, words.decode()
    except smtplib.SMTPServerDisconnected as error:
        return 0, str(error)


def is_explained(text, *words):
    return bool(re.search(r"Reference HW-[0-9a-f]{8}-[0-9a-f]{11}\b", text)) and all(word in text for word in words)


# --- Steps.

def connections():
    sessions = [pop("203.0.113.11", f"a{n}") for n in range(5)]
    check("A15 honest pop: five at a time from one address", all(client for client, _ in sessions), sessions[-1][1])
    sixth, said = pop("203.0.113.11", "a5")
    check("A15 break pop: the sixth is turned away", sixth is None and said.startswith("-ERR [SYS/TEMP] "), said)
    check("V3 break sessions: with the number, what to do and a reference",
          is_explained(said, "6 connections from 203.0.113.11", "limit is 5", "close one"), said)
    check("V3 honest sessions: who is let in hears nothing of it", sessions[0][1] == "+OK Logged in.", sessions[0][1])
    other, said = pop("203.0.113.12", "a6")
    check("A15 honest pop: from another address is another", other is not None, said)
    office = [pop("198.51.100.7", f"o{n}") for n in range(20)]
    check("A15 honest pop: an office of 20 that was allowed", all(client for client, _ in office), office[-1][1])
    mailer = [pop("203.0.113.200", f"w{n}") for n in range(9)]
    check("A15 honest pop: the site's web mailer has many", all(client for client, _ in mailer), mailer[-1][1])
    sessions[0][0].quit()
    time.sleep(0.5)
    again, said = pop("203.0.113.11", "a5")
    check("A15 honest pop: who closes one may open one", again is not None, said)


def submission():
    sessions = [pop("203.0.113.21", f"b{n}")[0] for n in range(3)]
    senders = [smtp("203.0.113.21", 587) for _ in range(2)]
    check("A15 honest pop: three to read and two to send", all(sessions) and all(mail(one)[0] == 250 for one in senders))
    third = smtp("203.0.113.21", 587)
    code, said = mail(third)
    check("A15 break pop: POP and submission are one sum", code == 421 and is_explained(said, "6 connections"), f"{code} {said}")
    with contextlib.suppress(smtplib.SMTPException):
        third.quit()
    idle = [smtplib.SMTP(SERVER, 587, timeout=20, source_address=("203.0.113.22", 0)) for _ in range(7)]
    check("A15 honest pop: who has not logged in to send takes nobody's place", pop("203.0.113.22", "b9")[0] is not None and idle)
    sessions[0].quit()
    time.sleep(0.5)
    code, said = mail(smtp("203.0.113.21", 587))
    check("A15 honest pop: and make room for each other", code == 250, f"{code} {said}")


def strangers():
    first = [smtp("203.0.113.31", 25) for _ in range(5)]
    check("A15 honest smtp: five at a time", all(mail(one)[0] == 250 for one in first))
    sixth = smtp("203.0.113.31", 25)
    code, said = mail(sixth)
    check("A15 break smtp: the sixth is told to wait", code == 421 and is_explained(said, "6 connections", "limit is 5"), f"{code} {said}")
    check("A15 honest smtp: POP from there is another matter", pop("203.0.113.31", "s")[0] is not None)
    first[0].quit()
    time.sleep(0.5)
    code, said = mail(smtp("203.0.113.31", 25))
    check("A15 honest smtp: who ends one may begin one", code == 250, f"{code} {said}")
    office = [smtp("198.51.100.9", 25) for _ in range(12)]
    check("A15 honest smtp: an office that was allowed", all(mail(one)[0] == 250 for one in office))


def interval():
    client, said = pop("203.0.113.41", "i")
    check("A15 honest interval: once", client is not None, said)
    client.quit()
    client, said = pop("203.0.113.42", "i")
    check("A15 break interval: twice within five minutes, from wherever",
          client is None and said.startswith("-ERR [LOGIN-DELAY] ") and is_explained(said, "one POP login in five minutes"), said)
    check("V3 break sessions: and in how long", re.search(r"the next in 4m[0-9]+s", said), said)
    check("A15 honest interval: another mailbox is another", pop("203.0.113.42", "j")[0] is not None)
    wrong = Pop("203.0.113.43")
    wrong.user("k@alice.example")
    with contextlib.suppress(poplib.error_proto):
        wrong.pass_("guess")
    client, said = pop("203.0.113.43", "k")
    check("A15 honest interval: a password that was wrong does not count", client is not None, said)


def interval_again():
    client, said = pop("203.0.113.44", "i")
    check("A15 break interval: still, after the gate began anew", client is None and "[LOGIN-DELAY]" in said, said)


def interval_shorter():
    client, said = pop("203.0.113.45", "s1")
    client.quit()
    time.sleep(1)
    refused = pop("203.0.113.45", "s1")
    time.sleep(5)
    client, said = pop("203.0.113.45", "s1")
    check("A15 honest interval: when it is over he is in, refused attempts or not", refused[0] is None and client is not None, said)


def folders():
    first = imap("203.0.113.51", "f")
    good, said = select(first)
    check("A16 honest imap: one at a time", good, said)
    first.create("Archive")
    second = imap("203.0.113.52", "f")
    good, said = select(second)
    check("A16 break imap: a second one on INBOX", not good and said.startswith("[LIMIT] ") and
          is_explained(said, "INBOX", "203.0.113.51"), said)
    good, said = select(second, readonly=True)
    check("A16 break imap: nor only to look at it", not good and "[LIMIT]" in said, said)
    status, words = second.status("INBOX", "(MESSAGES)")
    check("A16 honest imap: how many there are may be asked", status == "OK", words)
    good, said = select(second, "Archive")
    check("A16 honest imap: another folder is another", good, said)
    status, words = second.append("INBOX", None, None, b"Subject: x\r\n\r\nx\r\n")
    check("A16 honest imap: and mail may be put there", status == "OK", words)
    third = imap("203.0.113.53", "g")
    good, said = select(third)
    check("A16 honest imap: so is another mailbox's", good, said)
    good, said = select(first, "Archive")
    check("A16 break imap: the other way round as well", not good and "203.0.113.52" in said, said)
    good, said = select(second)
    check("A16 honest imap: who opens another folder leaves his", good, said)
    second.close()
    good, said = select(first)
    check("A16 honest imap: who closes it leaves it", good, said)
    mailer = [imap("203.0.113.200", "f") for _ in range(6)]
    check("A16 honest imap: the site's web mailer looks into it all the same", all(select(one)[0] for one in mailer))
    pid = int(subprocess.run(["pgrep", "-n", "-f", "imap.*g@alice"], capture_output=True, text=True).stdout or 0)
    if pid:
        os.kill(pid, signal.SIGKILL)
        time.sleep(0.5)
    good, said = select(imap("203.0.113.54", "g"))
    check("A16 honest imap: a session that was killed holds nothing", bool(pid) and good, said)


imaplib.Commands["ID"] = ("NONAUTH", "AUTH", "SELECTED")


def says(client, program):
    """What it says of itself, as RFC 2971 has it."""
    client._simple_command("ID", program)


THUNDERBIRD = '("name" "Thunderbird" "version" "115.5.0")'
K9 = '("name" "K-9 Mail" "version" "6.804")'


def program(source, name, says_what, before=False):
    """A session of a program that says which it is after it has logged in, or before."""
    client = Imap(source)
    if before:
        says(client, says_what)
    client.login(f"{name}@alice.example", "secret")
    if not before and says_what:
        says(client, says_what)
    return client


def programs():
    """The same client's: several sessions of one program on one machine."""
    mine = [program("203.0.113.55", "k", K9) for _ in range(2)]
    check("A16 honest imap: a program that waits for mail and reads it by another session opens INBOX twice",
          all(select(one)[0] for one in mine))
    good, said = select(program("203.0.113.55", "k", THUNDERBIRD))
    check("A16 break imap: another program at the same address does not", not good and "[LIMIT]" in said, said)
    good, said = select(program("203.0.113.56", "k", K9))
    check("A16 break imap: nor the same one at another address", not good and "[LIMIT]" in said, said)
    good, said = select(program("203.0.113.55", "k", '("os" "Linux")'))
    check("A16 break imap: nor one that has no name", not good and "[LIMIT]" in said, said)
    good, said = select(imap("203.0.113.55", "k"))
    check("A16 break imap: nor one that says nothing", not good and "[LIMIT]" in said, said)
    mine[0].logout()
    again = program("203.0.113.55", "k", K9)
    good, said = select(again)
    check("A16 honest imap: it may begin anew", good, said)
    mine[1].logout()
    good, said = select(program("203.0.113.56", "k", K9))
    check("A16 break imap: one of them is as good as both", not good and "[LIMIT]" in said, said)
    more = [program("203.0.113.55", "k", K9) for _ in range(6)]
    answers = [select(one)[0] for one in more]
    check("A16 break imap: four of them count as one, and there is no fifth", answers == [True] * 3 + [False] * 3, answers)
    for one in [again, *more]:
        one.logout()
    good, said = select(imap("203.0.113.57", "k"))
    check("A16 honest imap: when all have left it is free", good, said)
    early = [program("203.0.113.58", "l", K9, before=True) for _ in range(2)]
    check("A16 honest imap: it may say so before it logs in", all(select(one)[0] for one in early))
    good, said = select(program("203.0.113.58", "l", THUNDERBIRD, before=True))
    check("A16 break imap: and so may another", not good and "[LIMIT]" in said, said)
    quiet = [program("203.0.113.59", "m", "NIL", before=True) for _ in range(2)]
    answers = [select(one)[0] for one in quiet]
    check("A16 break imap: whoever says that he says nothing is nobody's", answers == [True, False], answers)
    evil = program("203.0.113.59", "n", '("name" "%{user}%%{env:PATH}%" "version" "\\"x")', before=True)
    good, said = select(evil)
    check("A16 honest imap: what he says is not taken for anything else", good, said)


def folders_kept():
    """A session that goes on while the gate is killed, between two files."""
    first, mine = imap("203.0.113.61", "h"), program("203.0.113.61", "o", K9)
    select(first)
    select(mine)
    scene = pathlib.Path(os.environ["HOST"])
    (scene / "opened").touch()
    while not (scene / "anew").exists():
        time.sleep(0.2)
    good, said = select(imap("203.0.113.62", "h"))
    check("A16 break imap: still, after the gate began anew", not good and "[LIMIT]" in said, said)
    good, said = select(program("203.0.113.61", "o", K9))
    check("A16 honest imap: nor does a program have to know of that, which opens it twice", good, said)
    first.noop()
    mine.noop()


def lied_about():
    client, said = pop("203.0.113.95", "u")
    check("A15 honest pop: whom a customer's program says to be is not counted", client is not None, said)
    good, said = select(imap("203.0.113.97", "v"))
    check("A16 honest imap: nor has it anybody else's folder", good, said)


def phone():
    """A telephone behind `wire`, whose network goes away without a word; it comes back elsewhere."""
    child = subprocess.Popen(["nsenter", "--net=/run/netns/phone", sys.executable, "-I", "-c", f"""
import imaplib, ssl, sys, time
tls = ssl.create_default_context(); tls.check_hostname = False; tls.verify_mode = ssl.CERT_NONE
client = imaplib.IMAP4_SSL("{SERVER}", ssl_context=tls, timeout=30)
client.login("p@alice.example", "secret")
print(client.select()[0], flush=True)
client.send(b"x IDLE\\r\\n")
time.sleep(60)
"""], stdout=subprocess.PIPE, text=True)
    there = child.stdout.readline().strip()
    began = time.monotonic()
    good, said = select(imap("203.0.113.71", "p"))
    waited = time.monotonic() - began
    check("A16 break imap: while it is there the desk is turned away, and soon", there == "OK" and not good and waited < 8, f"{said} {waited:.1f} s")
    subprocess.run(["ip", "-n", "phone", "link", "set", "wire1", "down"], check=True)
    began = time.monotonic()
    good, said = select(imap("203.0.113.72", "p"))
    waited = time.monotonic() - began
    check("A16 honest imap: a telephone that lost its network is let in from elsewhere", good and waited < 15, f"{said} {waited:.1f} s")
    child.kill()


def away():
    sessions = [pop("203.0.113.81", f"x{n}") for n in range(7)]
    check("A15 honest pop: while hayward is away everybody is let in", all(client for client, _ in sessions), sessions[-1][1])
    both = [imap("203.0.113.82", "y") for _ in range(2)]
    check("A16 honest imap: and into every folder", all(select(one)[0] for one in both))


def observed():
    sessions = [pop("203.0.113.91", f"z{n}") for n in range(6)]
    check("A15 honest pop: who is only observed is not turned away", all(client for client, _ in sessions), sessions[-1][1])


globals()[sys.argv[1]]()
print("end")
