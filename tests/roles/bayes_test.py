#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A filter of each mailbox's own: taught by moving mail and by bouncing it, by two people of opposite taste.

The mails are those of the SpamAssassin public corpus, where `tools/setup --crowd` has put it, else made up.
"""
import email
import imaplib
import os
import pathlib
import random
import smtplib
import ssl
import time

import machine as role
from tap import check, end

FOLDER = role.enter("bayes", ["postfix", "dovecot", "procmail", "bogofilter", "sievec"])
SERVER = role.ADDRESSES["mail"]
CORPUS = pathlib.Path(os.environ.get("HAYWARD_CORPUS", "/var/cache/hayward/crowd/corpus"))
SECRET = role.run("openssl", "passwd", "-6", "secret").stdout.strip()
TAUGHT, TRIED = 200, 60
RULES = "INCLUDERC=/usr/share/hayward/bayes.rc\n"


def accounts():
    return [role.account(name, uid, [{"name": f"{name}.example"}],
                         [{"local": "box", "domain": f"{name}.example", "password": SECRET}])
            for name, uid in (("alice", 20001), ("bob", 20002))]


def start():
    role.make_mail_machine(FOLDER)
    role.add_homes(accounts())
    role.apply("mail", accounts(), 1, gate="off")
    for one in accounts():
        rules = pathlib.Path("/home", one["name"], ".procmailrc")
        rules.write_text(RULES)
        os.chown(rules, one["uid"], one["uid"])


# --- Mails.

def made_up(words, count):
    """Each of its own words and of those that all share."""
    both = [f"common{i}" for i in range(300)]
    for _ in range(count):
        text = " ".join(random.choices(words, k=40) + random.choices(both, k=80))
        yield f"From: <{random.choice(words)}@elsewhere.example>\r\nSubject: {random.choice(words)}\r\n\r\n{text}\r\n"


def of_corpus(kind, count):
    """Without what says where they went, which all of one kind share."""
    for path in sorted(CORPUS.glob(f"{kind}*/*.txt"))[:3 * count]:
        mail = email.message_from_bytes(path.read_bytes())
        body = mail.get_payload(decode=True)
        if mail.is_multipart() or not body:
            continue
        head = "".join(f"{name}: {' '.join(str(mail[name]).split())}\r\n" for name in ("Subject", "Content-Type")
                       if mail[name] and str(mail[name]).isascii())
        yield (f"From: <someone@elsewhere.example>\r\n{head}\r\n" +
               body.decode("latin-1").encode("ascii", "replace").decode().replace("\r", "").replace("\n", "\r\n"))
        count -= 1
        if not count:
            return


def mails():
    """Spam and ham, to teach and to try."""
    random.seed(7)
    many = TAUGHT + TRIED
    if CORPUS.exists():
        spam, ham = list(of_corpus("spam-1", many)), list(of_corpus("easy-ham-1", many))
    else:
        spam = list(made_up([f"pill{i}" for i in range(200)], many))
        ham = list(made_up([f"garden{i}" for i in range(200)], many))
    print(f"# {len(spam)} spam and {len(ham)} ham {'of the corpus' if CORPUS.exists() else 'made up'}")
    return spam[:TAUGHT], spam[TAUGHT:], ham[:TAUGHT], ham[TAUGHT:]


# --- What an owner does.

def imap(name):
    tls = ssl.create_default_context()
    tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
    client = imaplib.IMAP4_SSL(SERVER, ssl_context=tls)
    client.login(f"box@{name}.example", "secret")
    client.create("Junk")
    return client


def move(client, source, target, which="1:*"):
    client.select(source)
    # RFC 6851, which this library does not know.
    imaplib.Commands.setdefault("MOVE", ("SELECTED",))
    status, words = client._simple_command("MOVE", which, target)
    check(f"mail is moved from {source} to {target}", status == "OK", str(words))


def teach(name, spam, ham):
    """Spam from the inbox to Junk, and ham back: it landed there by mistake."""
    with imap(name) as client:
        for one in spam:
            client.append("INBOX", None, None, one.encode())
        for one in ham:
            client.append("Junk", None, None, one.encode())
        move(client, "Junk", "Archive" if client.create("Archive") else "", f"1:{len(ham)}")
        move(client, "INBOX", "Junk", f"1:{len(spam)}")


def learnt(name):
    """How many mails it was taught, spam and ham."""
    folder = pathlib.Path(f"/srv/mail/{name}/{name}.example/box/bayes")
    if not (folder / "wordlist.db").exists():
        return 0, 0
    words = role.run("bogoutil", "-w", str(folder), ".MSG_COUNT").stdout.split()
    return int(words[-2]), int(words[-1])


def send(name, mail, tag=""):
    word = f"word{time.monotonic_ns()}"
    with smtplib.SMTP(SERVER, local_hostname="client.example", timeout=60, source_address=(role.OUTSIDE, 0)) as client:
        client.sendmail("someone@elsewhere.example", [f"box{tag}@{name}.example"], f"X-Word: {word}\r\n{mail}")
    return word


def where(name):
    """Folder by the word of each mail that is there."""
    box = pathlib.Path(f"/srv/mail/{name}/{name}.example/box")
    found = {}
    for folder, label in ((box, "INBOX"), (box / ".Junk", "Junk")):
        for path in [*folder.glob("new/*"), *folder.glob("cur/*")]:
            for line in path.read_text(errors="replace").splitlines():
                if line.startswith("X-Word: "):
                    found[line[8:]] = label
    return found


def arrived(name, words):
    role.wait_for(60, lambda: set(words) <= set(where(name)))
    places = where(name)
    return [places.get(word, "nowhere") for word in words]


# --- What is tried.

def try_untaught(spam):
    check("V4 honest filter: who was taught nothing files nothing", arrived("alice", [send("alice",
          spam[0])]) == ["INBOX"])
    forged = send("alice", f"X-Bogosity: Spam, tests=bogofilter\r\n{spam[0]}")
    check("V4 honest filter: whoever marks his own mail files nothing", arrived("alice", [forged]) == ["INBOX"])


def try_taste(name, spam, ham, held_spam, held_ham):
    before = learnt(name)
    teach(name, spam, ham)
    now = learnt(name)
    check(f"V4 break filter: each move of {name}'s taught one mail", (now[0] - before[0],
          now[1] - before[1]) == (len(spam), len(ham)),
          f"{before} {now}")
    found = [arrived(name, [send(name, one) for one in many]) for many in (held_spam, held_ham)]
    caught, lost = found[0].count("Junk"), found[1].count("Junk")
    print(f"# {name}: {caught} of {len(held_spam)} that are spam to {name} are filed, {lost} of {len(held_ham)} "
          "that are not")
    check(f"V4 break filter: what is spam to {name} goes to Junk", caught >= len(held_spam) // 5, str(caught))
    check(f"V4 honest filter: what is none to {name} does not", lost == 0 and "nowhere" not in found[0] + found[1],
          str(lost))


def try_second_thoughts():
    """There and back: what was learnt is unlearnt, and nothing is learnt twice."""
    with imap("alice") as client:
        spam, ham = learnt("alice")
        client.create("Second")
        move(client, "Junk", "Second", "1")
        check("V4 honest filter: moved out of Junk: one spam less, one ham more", learnt("alice") == (spam - 1,
              ham + 1),
              str(learnt("alice")))
        move(client, "Second", "Junk", "1")
        check("and back", learnt("alice") == (spam, ham), str(learnt("alice")))
        client.select("Junk")
        client.copy("1", "Junk")
        check("V4 honest filter: nothing is learnt twice", learnt("alice") == (spam, ham), str(learnt("alice")))


def try_bouncing(spam):
    """Nobody is asked who sends here, so these headers are as the gate would have written them; tests/site has it."""
    owner = "X-Hayward-Sender: by=login; login=box@bob.example; reference=HW-1\r\n"
    program = "X-Hayward-Sender: by=program; account=bob; uid=20002; reference=HW-1\r\n"
    stranger = "X-Hayward-Sender: by=login; login=xbox@bob.example; reference=HW-1\r\n"
    another = "X-Hayward-Sender: by=program; account=bobby; uid=20009; reference=HW-1\r\n"
    before = learnt("bob")
    send("bob", owner + spam[0], "+spam")
    check("V4 break filter: a mail that its owner bounces is learnt",
          role.wait_for(20, lambda: learnt("bob") == (before[0] + 1, before[1])), f"{before} {learnt('bob')}")
    send("bob", program + spam[0], "+ham")
    check("as none, too", role.wait_for(20, lambda: learnt("bob") == (before[0] + 1, before[1] + 1)))
    words = [send("bob", headers + spam[1], tag) for headers, tag in
             ((stranger, "+ham"), (another, "+ham"), ("", "+spam"), (owner, "+x"))]
    check("V4 honest filter: one from somebody else is not, and arrives", "nowhere" not in arrived("bob", words))
    check("nothing was learnt of it", learnt("bob") == (before[0] + 1, before[1] + 1), str(learnt("bob")))


def try_qsf():
    """Where it is not installed, as in Debian 12, its recipe does nothing."""
    rules = pathlib.Path("/home/bob/.procmailrc")
    rules.write_text("INCLUDERC=/usr/share/hayward/qsf.rc\n")
    check("V4 honest filter: one that is not there holds nothing up", arrived("bob", [send("bob",
          "Subject: x\r\n\r\nx\r\n")]) ==
          ["INBOX"])


spam, held_spam, ham, held_ham = mails()
start()
try_untaught(spam)
try_taste("alice", spam, ham, held_spam, held_ham)
try_taste("bob", ham, spam, held_ham, held_spam)
try_second_thoughts()
try_bouncing(spam)
try_qsf()
end()
