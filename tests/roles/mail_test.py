#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The role mail with its real Postfix, Dovecot and procmail: every way a mail comes in, goes out or is refused."""
import atexit
import base64
import concurrent.futures
import imaplib
import itertools
import json
import os
import pathlib
import poplib
import re
import smtplib
import socket
import ssl
import subprocess
import time

import machine as role
from tap import check, end

FOLDER = role.enter("mail", ["postfix", "dovecot", "procmail", "postmap"])
SERVER = role.ADDRESSES["mail"]
TLS = ssl.create_default_context()
TLS.check_hostname = False
TLS.verify_mode = ssl.CERT_NONE


def password(word):
    return role.run("openssl", "passwd", "-6", word).stdout.strip()


SECRET = password("secret")


def box(address, known=SECRET):
    local, domain = address.split("@")
    return {"local": local, "domain": domain, "password": known}


def accounts(sue="suspended", more=0):
    return [
        role.account("alice", 20001, [{"name": "alice.example", "catch-all": "info"}],
                     [box("info@alice.example"), box("sales@alice.example"), box("closed@alice.example", "")]),
        role.account("bob", 20002, [{"name": "bob.example"}], [box("box@bob.example")]),
        role.account("sue", 20003, [{"name": "sue.example", "catch-all": "box"}], [box("box@sue.example")], sue),
        role.account("carl", 20004, [{"name": "carl.example"}], [box("box@carl.example")], "cancelled"),
        role.account("dora", 20005, [{"name": "dora.example"}], [box("box@dora.example")]),
    ] + [role.account(f"u{i}", 20100 + i, [{"name": f"domain{i}.example"}], [box(f"box@domain{i}.example")])
         for i in range(more)]


def start():
    role.make_mail_machine(FOLDER)
    role.add_homes(accounts())
    return role.apply("mail", accounts(), 3)


# --- What can be tried.

def smtp(source, port=25, tls=False, login=None):
    client = smtplib.SMTP(SERVER, port, local_hostname="client.example", timeout=20, source_address=(source, 0))
    if tls:
        client.starttls(context=TLS)
    if login:
        client.login(*login)
    return client


SOURCES = itertools.count(1)


def from_somewhere(address, timeout=20, source_address=None, connect=socket.create_connection, **options):
    """Each login from an address of its own: Dovecot lets one that failed wait, up to 15 s."""
    source_address = source_address or (f"127.0.1.{next(SOURCES) % 250 + 1}", 0)
    return connect(address, timeout, source_address, **options)


socket.create_connection = from_somewhere


def recipient(address, source=role.OUTSIDE, sender="stranger@elsewhere.example"):
    """Code and words at RCPT."""
    with smtp(source) as client:
        client.ehlo()
        code, words = client.mail(sender)
        if code == 250:
            code, words = client.rcpt(address)
        client.rset()
    return code, words.decode()


def send(to, body="hello", source=role.OUTSIDE, sender="stranger@elsewhere.example", **options):
    """A word by which the mail is known again; raises what smtplib does."""
    word = f"word-{time.monotonic_ns()}"
    with smtp(source, **options) as client:
        client.sendmail(sender, [to], f"From: <{sender}>\r\nTo: <{to}>\r\nSubject: {word}\r\n\r\n{body}\r\n")
    return word


def refused(function, *arguments, **options):
    """The words of the refusal; "" if there was none."""
    try:
        function(*arguments, **options)
    except (smtplib.SMTPException, imaplib.IMAP4.error, poplib.error_proto, OSError) as error:
        return str(error) or "refused"
    return ""


def mails(place):
    """Mails in a Maildir and its folders, by path."""
    return {path: path.read_text(errors="replace") for path in pathlib.Path(place).glob("**/*")
            if path.is_file() and path.parent.name in ("new", "cur")}


def find(place, word, seconds=int(os.environ.get("PATIENCE", 15))):
    found = []
    role.wait_for(seconds, lambda: found.extend(text for text in mails(place).values() if word in text) or found)
    return found[0] if found else ""


def store(address):
    local, domain = address.split("@")
    return f"/srv/mail/{domain.split('.')[0]}/{domain}/{local}"


def imap(user, secret="secret", port=993):
    client = imaplib.IMAP4_SSL(SERVER, port, ssl_context=TLS) if port == 993 else imaplib.IMAP4(SERVER, port)
    client.login(user, secret)
    return client


def submit(user, secret="secret"):
    """One try; smtplib's own login makes several."""
    with smtp(f"127.0.2.{next(SOURCES) % 250 + 1}", 587, tls=True) as client:
        client.ehlo()
        code, words = client.docmd("AUTH", "PLAIN " + base64.b64encode(f"\0{user}\0{secret}".encode()).decode())
        if code != 235:
            raise smtplib.SMTPAuthenticationError(code, words)


def pop(user, secret="secret"):
    client = poplib.POP3_SSL(SERVER, 995, context=TLS)
    client.user(user)
    client.pass_(secret)
    return client


def log():
    return pathlib.Path("/var/log/mail.log").read_text(errors="replace")


def rules(name, text):
    file = pathlib.Path("/home", name, ".procmailrc")
    file.unlink(missing_ok=True)
    file.write_text(text)
    os.chown(file, os.stat(file.parent).st_uid, os.stat(file.parent).st_uid)


def processes_of(uid):
    return role.run("pgrep", "-u", str(uid), "-l", check=False).stdout


# --- The story.

def try_receiving():
    for address, place in (("info@alice.example", "info@alice.example"), ("sales@alice.example", "sales@alice.example"),
                           ("anything@alice.example", "info@alice.example"), ("Info+x@Alice.example", "info@alice.example"),
                           ("box@bob.example", "box@bob.example"), ("alice@example.net", "info@alice.example")):
        check(f"mail for {address} lies in {place}", find(store(place), send(address)))
    text = find(store("box@bob.example"), send("box@bob.example"))
    check("a mail begins with its headers, the sender first", text.startswith("Return-Path: <stranger@elsewhere.example>"), text)
    check("and says for whom it was", "X-Original-To: box@bob.example" in text, text)
    owner = os.stat(store("box@bob.example"))
    check("a mailbox is its owner's only", (owner.st_uid, owner.st_mode & 0o777) == (20002, 0o700))
    word = send("postmaster@example.net")
    check("the operator's mail is kept", role.wait_for(10, lambda: os.path.exists("/var/mail/mail") and
                                                       word in pathlib.Path("/var/mail/mail").read_text()))


def try_refusing():
    for address in ("nobody@bob.example", "stranger@example.net", "bob@mail.example.net"):
        code, words = recipient(address)
        check(f"{address} is unknown at once, in words", code == 550 and "User unknown" in words, words)
    code, words = recipient("box@carl.example")
    check("a cancelled account's mailbox: later, and why", code == 450 and words.startswith("4.2.1") and "closed" in words, words)
    for source in (role.ADDRESSES["web"], role.OUTSIDE):
        check(f"for {source} too", recipient("anything@carl.example", source)[0] == 450)
    check("what is between the daemons is no address", recipient("alice+info=alice.example@hayward.invalid")[0] == 550)
    for own in ("127.0.0.1", SERVER):
        for local in ("x", "alice+x=y.example", "alice+info=alice.example", "daemon", "nobody", "mail", "postmaster",
                      "carl+box=carl.example"):
            for source in (role.OUTSIDE, role.ADDRESSES["web"]):
                code, words = recipient(f"<{local}@[{own}]>", source)
                check(f"{local}@[{own}] is no address for {source}, in words",
                      code == 550 and words.startswith("5.1.2") and "Recipient address rejected: There is no such domain" in words, words)
    for address in ("x@elsewhere.example", "x%elsewhere.example@mail.example.net", "@mail.example.net:x@elsewhere.example",
                    '"x@elsewhere.example"@mail.example.net', "x@[192.0.2.1]", "x@[127.0.0.1]", f"x@[{SERVER}]", "elsewhere.example!x", "x@elsewhere.example@bob.example"):
        for source in (role.OUTSIDE, role.ADDRESSES["file"], SERVER):
            code, words = recipient(f"<{address}>", source)
            check(f"no relay from {source} to {address}", code >= 500, words)
    for source in ("web", "shell"):
        check(f"the {source} server sends anywhere", recipient("x@elsewhere.example", role.ADDRESSES[source])[0] == 250)
    with smtp("127.0.0.1") as client:
        check("port 25 knows no logins", "auth" not in client.esmtp_features and client.ehlo()[0] == 250 and
              not client.has_extn("auth"))


def hand_in(uid, sender, to, body):
    """As a program of a customer's rules does; the word in its subject."""
    word = f"word-{time.monotonic_ns()}"
    role.run("setpriv", "--reuid", str(uid), "--regid", str(uid), "--clear-groups", "sendmail", "-f", sender, to,
             input=f"Subject: {word}\n\n{body}\n")
    return word


def try_between():
    """What is between the daemons, by sendmail(1), which no table asks. alice is the one who writes."""
    for local, domain in (("bob+x=y.example", "hayward.invalid"), ("bob+info=alice.example", "hayward.invalid"),
                          ("bob+box=bob.example", "[127.0.0.1]"), ("daemon", f"[{SERVER}]")):
        address = f"{local}@{domain}"
        text = find(store("info@alice.example"), hand_in(20001, "info@alice.example", address, "a virus\n" * 9))
        check(f"{address}: alice hears that there is no such thing", "5.1." in text and "report-type=delivery-status" in text, text)
        check("in a bounce without what was written", "text/rfc822-headers" in text and "a virus" not in text, text)
    check("nobody has a mailbox that he does not know of", not os.path.exists("/srv/mail/bob/y.example") and
          not os.path.exists("/srv/mail/bob/alice.example"))
    check("nor has a system user", not os.path.exists("/var/mail/daemon"))
    for address, place in (("bob+box=bob.example@hayward.invalid", "box@bob.example"), ("box+y@bob.example", "box@bob.example"),
                           ("anything@alice.example", "info@alice.example")):
        check(f"{address} arrives", find(store(place), hand_in(20001, "info@alice.example", address, "hello")))


def try_submission():
    alice = ("info@alice.example", "secret")
    options = {"port": 587, "tls": True, "sender": "info@alice.example"}
    check("who has logged in sends to a neighbour", find(store("box@bob.example"), send("box@bob.example", login=alice, **options)))
    word = send("x@elsewhere.example", login=alice, **options)
    check("and elsewhere", role.wait_for(5, lambda: "to=<x@elsewhere.example>" in log()), word)
    check("with an extension of the address", not refused(send, "box@bob.example", login=alice, port=587, tls=True, sender="info+a@alice.example"))
    check("by the account's name too", not refused(send, "box@bob.example", login=("alice", "secret"), **options))
    words = refused(send, "box@bob.example", **options)
    check("not without a login", "not logged in" in words, words)
    check("not without encryption", "not supported" in refused(send, "box@bob.example", port=587, login=alice))
    for sender in ("box@bob.example", "sales@alice.example", "x@elsewhere.example"):
        words = refused(send, "box@bob.example", port=587, tls=True, login=alice, sender=sender)
        check(f"not as {sender}", "not owned by user info@alice.example" in words, words)
    words = refused(send, "box@carl.example", login=alice, **options)
    check("not to a cancelled account", "4.2.1" in words, words)


def try_fetching():
    word = send("box@bob.example")
    find(store("box@bob.example"), word)
    client = imap("box@bob.example")
    client.select()
    number = client.search(None, "SUBJECT", word)[1][0].split()
    check("a mail is fetched by IMAP", len(number) == 1 and word.encode() in client.fetch(number[0], "(RFC822)")[1][0][1])
    client.logout()
    client = pop("bob")
    texts = [b"".join(client.retr(number + 1)[1]) for number in range(client.stat()[0])]
    check("and by POP3, with the account's name", any(word.encode() in text for text in texts))
    client.quit()
    client = imaplib.IMAP4(SERVER, 143)
    check("port 143 takes no password in the clear", "LOGINDISABLED" in client.capabilities)
    client.starttls(ssl_context=TLS)
    check("but after STARTTLS", client.login("box@bob.example", "secret")[0] == "OK")
    client.logout()
    wrong = (("a wrong password", "box@bob.example", "wrong"), ("no password", "closed@alice.example", ""),
             ("the star of no password", "closed@alice.example", "*"), ("a stranger's name", "root", "secret"),
             ("a suspended account", "box@sue.example", "secret"), ("a suspended account by name", "sue", "secret"),
             ("a cancelled account", "box@carl.example", "secret"))
    tries = [(fetch, *one) for one in wrong for fetch in (imap, pop, submit)]
    with concurrent.futures.ThreadPoolExecutor(len(tries)) as all_at_once:
        for one, words in zip(tries, all_at_once.map(lambda one: refused(one[0], *one[2:]), tries)):
            check(f"no {one[0].__name__} with {one[1]}", "auth" in words.lower(), words)


def try_rules():
    rules("alice", ":0 H\n* ^Subject:.*word-\n* B ?? list\n.lists/\n\n:0 c\n* B ?? forward\n! box@bob.example\n\n"
          ":0 c\n* B ?? who\n| id -u > $HOME/who; id -G >> $HOME/who\n")
    word = send("info@alice.example", "of the list")
    check("a rule files a mail", find("/srv/mail/alice/alice.example/info/.lists", word))
    client = imap("alice")
    check("into a folder of the mailbox", client.select("lists") == ("OK", [b"1"]))
    client.logout()
    word = send("info@alice.example", "forward")
    text = find(store("box@bob.example"), word)
    check("a rule forwards one, and who did it is noted", "from userid 20001" in text, text)
    send("info@alice.example", "who")
    who = pathlib.Path("/home/alice/who")
    role.wait_for(10, lambda: who.exists() and who.read_text().count("\n") > 1)
    check("its programs are the customer's", who.read_text().split() == ["20001", "20001"], who.read_text())


def queue():
    """What the agent tells of the queue, a line each."""
    done = role.run(str(role.build() / "hayward-role"), "mail-queue", check=False)
    return [json.loads(line) for line in done.stdout.splitlines()]


def try_queue():
    """A mail to thousands hides neither itself nor the others."""
    many, one = 7500, "box@elsewhere.example"
    role.run("postconf", "defer_transports=smtp")
    role.run("postfix", "reload")
    hand_in(20001, "small@alice.example", one, "x")
    text = "".join(f"Bcc: somebody-with-a-long-name-{n}@elsewhere.example\n" for n in range(many)) + "Subject: x\n\nx\n"
    role.run("setpriv", "--reuid", "20002", "--regid", "20002", "--clear-groups", "sendmail", "-t", "-f", "large@bob.example", input=text)

    def is_told():
        mails = {mail.get("sender"): mail for mail in queue()}
        large, small = mails.get("large@bob.example", {}), mails.get("small@alice.example", {})
        return (large.get("recipient_count") == many and len(large["recipients"]) == 1 and
                small.get("recipient_count") == 1 and small["recipients"][0]["address"] == one)
    check("a mail to thousands is a line of the queue", role.wait_for(20, is_told), queue()[:3])
    said = role.run("postqueue", "-j").stdout
    check("of which Postfix says more than would be passed on", len(said) > 256 * 1024, len(said))
    held = next((mail["queue_id"] for mail in queue() if mail.get("sender") == "small@alice.example"), "")
    role.run(str(role.build() / "hayward-role"), "mail", "hold", held, check=False)
    first = (queue() or [{}])[0]
    check("one that is held is told first", (first.get("queue_id"), first.get("queue_name")) == (held, "hold"), first)
    role.run("postsuper", "-d", "ALL")
    check("an empty one is nothing", queue() == [])
    role.run("postconf", "-X", "defer_transports")
    role.run("postfix", "reload")


def try_suspended():
    rules("sue", ":0\n| touch /home/sue/ran\n")
    for address in ("box@sue.example", "anything@sue.example"):
        check(f"{address}: mail is accepted and kept", find(store("box@sue.example"), send(address)))
    check("the rules do not run", not os.path.exists("/home/sue/ran"))
    done = role.run("setpriv", "--reuid", "20003", "--regid", "20003", "--clear-groups", "sendmail", "box@bob.example", check=False, input="Subject: x\n\nx\n")
    check("it sends nothing", done.returncode == 75 and "not allowed" in done.stderr, done.stderr)
    role.apply("mail", accounts(sue="open"), 4)
    time.sleep(1.1)
    check("lifted it logs in", not refused(imap, "box@sue.example"))
    send("box@sue.example")
    check("and its rules run", role.wait_for(10, lambda: os.path.exists("/home/sue/ran")))
    os.unlink("/home/sue/ran")
    role.apply("mail", accounts(), 5)
    time.sleep(1.1)
    check("held again the login is closed", refused(imap, "box@sue.example"))
    check("and mail is kept", find(store("box@sue.example"), send("box@sue.example")) and not os.path.exists("/home/sue/ran"))


# --- Hostile rules: each is ended or stopped, and the mail lies in the mailbox.

HOSTILE = {
    "loop": ("processor time|longer",  # a busy machine gives it little
              ":0 w\n| perl -e '1 while 1'\n"),
    "memory": ("", ":0 w\n| perl -e '$x = \"x\" x (1 << 30); open F, \">/home/alice/had-memory\"'\n"),
    "shared memory": ("memory", ":0 w\n| perl -e 'for (1..8) { unless (fork) { $x = \"x\" x (60 << 20); sleep 60; exit } } sleep 60'\n"),
    "bomb": ("processes", ":0 w\n| perl -e 'while (1) { fork }'\n"),
    "signal": ("signal", ":0 w\n| kill -9 -1; kill -9 $PPID\n"),
}
LEAVE = ":0 c w\n| setsid sh -c 'sleep 1000 & exec sleep 1000' </dev/null >/dev/null 2>&1 &\n"
SLEEP = ":0 w\n| sleep 1000\n"


def judge(name, reason, owner, address, word, began):
    uid = {"alice": 20001, "bob": 20002}[owner]
    arrived = find(store(address), word, 50)
    took = time.monotonic() - began
    check(f"{name}: the mail lies in the mailbox after {took:.1f} s", arrived and took < 45)
    check(f"{name}: nothing is left of it", role.wait_for(3, lambda: processes_of(uid) == ""), processes_of(uid))
    if reason:
        said = [line for line in log().split("\n") if f"rules of '{owner}' were ended" in line][-1:]
        check(f"{name}: said why", said and re.search(reason, said[0]), said)


def try_hostile():
    """Who sleeps has half a minute, in which the others have theirs."""
    began = time.monotonic()
    rules("bob", SLEEP)
    rules("dora", LEAVE)
    asleep, left = send("box@bob.example"), send("box@dora.example")
    for name, (reason, text) in HOSTILE.items():
        rules("alice", text)
        judge(name, reason, "alice", "info@alice.example", send("info@alice.example"), time.monotonic())
    check("no GiB was had", not os.path.exists("/home/alice/had-memory"))
    judge("sleep", "ran for longer", "bob", "box@bob.example", asleep, began)
    os.unlink("/home/bob/.procmailrc")
    check("a mail whose rules left somebody behind arrives", find(store("box@dora.example"), left))
    check("nobody is left behind for long", role.wait_for(10, lambda: processes_of(20005) == ""), processes_of(20005))
    check("which is said", "what the rules of 'dora' left running was ended" in log())


def try_reaching_out():
    rules("alice", ":0 c w\n| (touch /home/bob/x; touch /srv/mail/bob/x; cat /etc/dovecot/hayward/logins; "
          "ls /srv/mail/bob; echo x >/var/spool/postfix/private/auth; cat /proc/$(pgrep -o hayward-deliv)/environ) "
          ">/home/alice/got 2>/dev/null; for i in 127.0.0.1 10.77.0.4; do perl -MIO::Socket -e "
          "'$s = IO::Socket::INET->new(PeerAddr => \"$ARGV[0]:25\"); <$s>; print $s \"HELO x\\r\\n\"; <$s>; "
          "print $s \"MAIL FROM:<a\\@alice.example>\\r\\n\"; <$s>; print $s \"RCPT TO:<x\\@elsewhere.example>\\r\\n\"; print scalar <$s>' $i; "
          "done >/home/alice/relay\n")
    find(store("info@alice.example"), send("info@alice.example"))
    got = pathlib.Path("/home/alice/got").read_text()
    check("rules reach nothing of others", got == "" and not os.path.exists("/home/bob/x") and not os.path.exists("/srv/mail/bob/x"), got)
    relay = pathlib.Path("/home/alice/relay").read_text()
    check("they do not relay but by sendmail(1)", relay.count("Relay access denied") == 2, relay)


def try_files():
    """The customer owns the folder that holds the mailboxes, and the file of rules."""
    folder = pathlib.Path(store("sales@alice.example"))
    role.run("setpriv", "--reuid", "20001", "--regid", "20001", "--clear-groups", "sh", "-ec",
             f"mv {folder} {folder}.away; ln -s /srv/mail/bob/bob.example/box {folder}; rm -f /home/alice/.procmailrc; "
             "ln -s /etc/dovecot/hayward/logins /home/alice/.procmailrc")
    before = len(mails(store("box@bob.example")))
    send("sales@alice.example")
    check("links lead nowhere", role.wait_for(10, lambda: re.search("orig_to=<sales@.*status=deferred", log())) and
          len(mails(store("box@bob.example"))) == before)
    folder.unlink()
    folder.with_name("sales.away").rename(folder)
    pathlib.Path("/home/alice/.procmailrc").unlink()
    check("the mailbox that was away is one again", find(store("sales@alice.example"), send("sales@alice.example")))


def serial_number(port):
    """Of the certificate that is shown on the port."""
    plain = ["-starttls", "smtp"] if port in (25, 587) else []
    shown = role.run("openssl", "s_client", "-connect", f"{SERVER}:{port}", *plain, input="", check=False).stdout
    return role.run("openssl", "x509", "-noout", "-serial", input=shown, check=False).stdout


def try_certificate():
    given = pathlib.Path("/etc/hayward/tls/given")
    given.mkdir(exist_ok=True)
    role.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "9",
             "-subj", "/CN=mail.example.net", "-addext", "subjectAltName=DNS:mail.example.net", "-set_serial", "0x4711",
             "-keyout", str(given / "mail.example.net.key"), "-out", str(given / "mail.example.net.pem"))
    role.apply("mail", accounts(), 6)
    for port in (25, 587, 993, 995):
        check(f"a given certificate is shown on port {port}",
              role.wait_for(5, lambda: serial_number(port) == "serial=4711\n"), serial_number(port))


def try_many():
    idle, client = smtp(role.OUTSIDE), imap("box@bob.example")
    idle.ehlo()
    idle.mail("stranger@elsewhere.example")
    everybody = accounts(more=1000)
    role.add_homes(everybody)
    began = time.monotonic()
    role.apply("mail", everybody, 7)
    good = role.wait_for(10, lambda: recipient("box@domain999.example")[0] == 250)
    took = time.monotonic() - began
    check(f"a thousand accounts within 10 s ({took:.1f} s)", good and not role.is_slow(took, 10))
    check("a session goes on over it", idle.rcpt("box@bob.example")[0] == 250 and idle.data("Subject: x\r\n\r\nx")[0] == 250)
    check("one of IMAP, too", client.noop()[0] == "OK")
    one_more = everybody + [role.account("last", 30000, [{"name": "last.example"}], [box("box@last.example")])]
    role.add_homes(one_more)
    began = time.monotonic()
    role.apply("mail", one_more, 8)
    applied = time.monotonic()
    good = role.wait_for(5, lambda: recipient("box@last.example")[0] == 250)
    time.sleep(max(0, 1.1 - (time.monotonic() - applied)))  # Dovecot looks at its files once a second
    good = good and not refused(imap, "box@last.example")
    took = time.monotonic() - began
    check(f"one more among them within 2 s ({took:.1f} s)", good and not role.is_slow(took, 2))
    check("who gets mail", find(store("box@last.example"), send("box@last.example")))
    changed = [dict(one) for one in one_more]
    for generation in range(9, 13):
        secret = f"secre{generation:02}"
        changed[-1]["mailboxes"] = [box("box@last.example", password(secret))]
        role.apply("mail", changed, generation)
        time.sleep(1.1)
        check(f"a changed password is one within a second ({secret})", not refused(imap, "box@last.example", secret))
    check("and the only one", refused(imap, "box@last.example", "secre11"))
    said = role.apply("mail", changed, 12)
    check("applied again nothing changes", "changed" not in said and "told" not in said, said)


def keep_log():
    if os.environ.get("KEEP_LOG"):
        pathlib.Path(os.environ["KEEP_LOG"]).write_text(log())


def main():
    atexit.register(keep_log)
    said = start()
    check("the daemons are started", "started postfix@-.service" in said and "started dovecot.service" in said, said)
    role.wait_for(10, lambda: not refused(recipient, "box@bob.example"))
    for part in (try_receiving, try_refusing, try_between, try_submission, try_fetching, try_rules, try_queue, try_suspended, try_hostile,
                 try_reaching_out, try_files, try_certificate, try_many):
        if not os.environ.get("PART") or os.environ["PART"] in part.__name__:
            began = time.monotonic()
            part()
            print(f"# {part.__name__}: {time.monotonic() - began:.1f} s", flush=True)
    end()


main()
