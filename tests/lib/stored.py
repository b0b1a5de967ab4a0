# SPDX-License-Identifier: Apache-2.0
"""Mail for a Dovecot of a test, as mail servers bring it (LMTP) and mail programs keep it (IMAP).

    stored.py large ADDRESS KIB…        mails of so many KiB (RFC822.SIZE), and those of a whole KiB no byte more
    stored.py sent ADDRESS FOLDER SUBJECT      one with an attachment
    stored.py honest                    bob's sent mail: everything that is no attachment
    stored.py zoo ADDRESS               whether all of that is there
    stored.py has ADDRESS SUBJECT       whether such a mail is in any folder
    stored.py same ADDRESS SUBJECT      and has the bytes and flags that it had
    stored.py delete ADDRESS SUBJECT
    stored.py listed ADDRESS WORDS…     whether one notice to that address has all of them
    stored.py fewer ADDRESS N           whether there are fewer notices of large mails to it
    stored.py once ADDRESS SUBJECT      whether it is there once
    stored.py huge ADDRESS              fifty million bytes with an attachment, in Sent
    stored.py words ADDRESS FOLDER SUBJECT     words and a file, marked and received in the year 2026
    stored.py stripped ADDRESS FOLDER SUBJECT REFERENCE     whether that lies there without its file
    stored.py whole ADDRESS FOLDER SUBJECT     whether it lies there, once, and nowhere else
    stored.py caught ADDRESS N TO       as many mails of 10 000 bytes that came to another address
    stored.py show                      the last of them
"""
import email
import email.policy
import hashlib
import imaplib
import os
import pathlib
import smtplib
import socket
import sys

HOST = pathlib.Path(os.environ["HOST"])
BOUNDARY = "Content-Type: multipart/{}; boundary=b\r\n\r\n"
TEXT = "--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n"
HEAD = "From: <x@elsewhere.example>\r\nTo: <y@elsewhere.example>\r\nSubject: {}\r\nMIME-Version: 1.0\r\n"


def part(kind, disposition="", more="", body="AAAA"):
    disposition = f"Content-Disposition: {disposition}\r\n" if disposition else ""
    return f"--b\r\nContent-Type: {kind}\r\n{disposition}{more}\r\n{body}\r\n"


def many(kind, *parts):
    return BOUNDARY.format(kind) + TEXT + "".join(parts) + "--b--\r\n"


ZOO = {
    "plain": "\r\nhello\r\n",
    "html": "Content-Type: text/html\r\n\r\n<p>hello\r\n",
    "alternative": many("alternative", part("text/html")),
    "picture in its text": many("related", part("image/png; name=logo.png", "inline; filename=logo.png", "Content-ID: <a@b>\r\n")),
    "picture by its id": many("related", part("image/png; name=logo.png", "", "Content-ID: <a@b>\r\n")),
    "picture shown": many("mixed", part("image/jpeg; name=cat.jpg", "inline; filename=cat.jpg")),
    "pgp signature": many("signed", part("application/pgp-signature; name=signature.asc", "attachment; filename=signature.asc")),
    "smime signature": many("signed", part("application/pkcs7-signature; name=smime.p7s", "attachment; filename=smime.p7s")),
    "smime encrypted": "Content-Type: application/pkcs7-mime; name=smime.p7m\r\nContent-Disposition: attachment; filename=smime.p7m\r\n\r\nAA\r\n",
    "pgp encrypted": BOUNDARY.format("encrypted") + part("application/pgp-encrypted") +
    part("application/octet-stream; name=encrypted.asc", "inline; filename=encrypted.asc") + "--b--\r\n",
    "invitation": many("mixed", part("text/calendar; name=invite.ics; method=REQUEST", "attachment; filename=invite.ics")),
    "card": many("mixed", part("text/vcard; name=me.vcf", "attachment; filename=me.vcf")),
    "forwarded words": many("mixed", part("message/rfc822", "attachment; filename=fwd.eml", body="Subject: in\r\n\r\nwords")),
    "bounce": many("report", part("message/delivery-status"), part("text/rfc822-headers")),
    "broken boundary": "Content-Type: multipart/mixed\r\n\r\n--b\r\nContent-Disposition: attachment\r\n\r\n",
    "a thousand levels": "".join(f"Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n" for n in range(1000)) + "\r\nin\r\n",
    "eight bits": "Content-Type: text/plain; charset=latin1\r\n\r\n\u00e4\u00f6\u0001\r\n",
    "filename= in its words": "\r\nContent-Disposition: attachment; filename=x.exe\r\n",
}
PHOTOS = many("mixed", part("image/jpeg; name=a.jpg", "attachment; filename=a.jpg"), part("application/pdf; name=b.pdf"))


FILE = "Content-Transfer-Encoding: base64\r\n"
FILES = many("mixed", part("image/jpeg; name=\"=?utf-8?Q?Stra=C3=9Fe?= --b.jpg\"", "attachment", FILE, "AAAA"), part("text/html"))
MARKS = rb"(\Flagged \Seen $Label1 \Answered)"
RECEIVED = '"01-Feb-2026 10:11:12 +0000"'


def imap(address):
    server = imaplib.IMAP4("127.0.0.1")
    server.login(address, "secret")
    return server


def folders(server):
    return [line.decode().split(' "." ')[1] for line in server.list()[1]]


def find(address, subject):
    """(server, folder, UID) of each mail of that subject."""
    server = imap(address)
    for folder in folders(server):
        if server.select(folder)[0] != "OK":
            continue  # nothing but a parent of others
        for uid in server.uid("SEARCH", "SUBJECT", f'"{subject}"')[1][0].split():
            yield server, folder, uid.decode()


def append(address, folder, subject, rest):
    server = imap(address)
    server.create(f'"{folder}"')
    said = server.append(f'"{folder}"', r"\Seen", None, (HEAD.format(subject) + rest).encode("latin1"))
    assert said[0] == "OK", said


def facts_of(address, subject):
    """Of each mail of that subject: (folder, marks and time of receipt, bytes)."""
    for server, folder, uid in find(address, subject):
        answer = server.uid("FETCH", uid, "(FLAGS INTERNALDATE BODY.PEEK[])")[1]
        marks = {mark for mark in (b"Flagged", b"Seen", b"$Label1", b"Answered") if mark in answer[0][0] + answer[1]}
        yield folder, len(marks) == 4 and b"01-Feb-2026" in answer[0][0] + answer[1], answer[0][1]


def stripped(address, folder, subject, reference):
    found = list(facts_of(address, subject))
    print("#", subject, [(where, marked, len(body)) for where, marked, body in found])
    if len(found) != 1 or found[0][:2] != (folder, True):
        return False
    head, behind = FILES.split("--b\r\nContent-Type: image", 1)
    behind = behind.split("\r\n--b\r\n", 1)[1]
    body = found[0][2].decode()
    mail = email.message_from_bytes(found[0][2], policy=email.policy.default)
    words = list(mail.iter_parts())[1].get_content()
    return (body.startswith(HEAD.format(subject) + head) and body.endswith("\r\n--b\r\n" + behind) and
            f"hayward mail restore {reference}" in words and "size: 3 B" in words and "Straße--b.jpg" in words.replace(" --b", "--b"))


def whole(address, folder, subject):
    found = list(facts_of(address, subject))
    print("#", subject, [(where, marked, len(body)) for where, marked, body in found])
    return found == [(folder, True, (HEAD.format(subject) + FILES).encode())]


def deliver(address, data):
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(HOST / "lmtp"))
        lmtp = smtplib.LMTP()
        lmtp.sock, lmtp.file = line, None
        lmtp.getreply()
        lmtp.ehlo_or_helo_if_needed()
        lmtp.mail("x@elsewhere.example")
        lmtp.rcpt(address)
        code, words = lmtp.data(data)
        assert code == 250, words


def size_of(address, subject):
    server, folder, uid = next(find(address, subject))
    return int(server.uid("FETCH", uid, "(RFC822.SIZE)")[1][0].split()[-1].strip(b")"))


def large(address, *sizes):
    for kib in map(int, sizes):
        # What the server puts above is measured with a small one first.
        subject, probe = f"{kib} KiB", f"probe {kib}"
        deliver(address, (HEAD.format(probe.ljust(len(subject) + 20)) + "\r\nx").encode())
        above = size_of(address, probe) - len(HEAD.format(probe.ljust(len(subject) + 20)) + "\r\nx\r\n")
        delete(address, probe)
        head = HEAD.format(subject) + "\r\n"
        left = kib * 1024 - above - len(head)
        body = ("x" * 62 + "\r\n") * (left // 64 - 1)
        body += "y" * (left - len(body) - 2) + "\r\n"
        deliver(address, (head + body).encode())
        print(f"# {address}: {subject} has {size_of(address, subject)} bytes")
        server, folder, uid = next(find(address, subject))
        server.uid("STORE", uid, "+FLAGS", r"(\Flagged)")
        (HOST / f"mail-{subject}").write_text(hashlib.sha256(server.uid("FETCH", uid, "(BODY.PEEK[])")[1][0][1]).hexdigest())


def delete(address, subject):
    for server, folder, uid in find(address, subject):
        server.uid("STORE", uid, "+FLAGS", r"(\Deleted)")
        server.expunge()


def same(address, subject):
    for server, folder, uid in find(address, subject):
        facts, body = server.uid("FETCH", uid, "(FLAGS BODY.PEEK[])")[1][0]
        return rb"\Flagged" in facts and hashlib.sha256(body).hexdigest() == (HOST / f"mail-{subject}").read_text()
    return False


def notices(address=""):
    """The words of each notice about large mails, in their order."""
    for path in sorted((HOST / "mail").glob("*.eml"), key=lambda path: path.stat().st_mtime):
        notice = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        words = " ".join(notice.get_body(("plain",)).get_content().split())
        if address in str(notice["To"]) and "Large mails" in words:
            yield words


def main(step, *words):
    if step == "large":
        large(*words)
    elif step == "sent":
        append(*words, PHOTOS)
    elif step == "honest":
        for subject, rest in ZOO.items():
            append("bob@bob.example", "Sent", subject, rest)
        append("bob@bob.example", "Projects", "photos elsewhere", PHOTOS)
    elif step == "delete":
        delete(*words)
    elif step == "zoo":
        missing = [subject for subject in [*ZOO, "photos elsewhere"] if not list(find(words[0], subject))]
        print("# missing:", missing)
        return not missing
    elif step == "has":
        return bool(list(find(*words)))
    elif step == "listed":
        return any(all(word in notice for word in words[1:]) for notice in notices(words[0]))
    elif step == "fewer":
        return 0 < len(list(notices(words[0]))) < int(words[1])
    elif step == "once":
        return len(list(find(*words))) == 1
    elif step == "huge":
        body = "VGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVyIHRoZSBsYXp5IGRvZwo\r\n" * 820000
        append(words[0], "Sent", "huge", many("mixed", part("image/jpeg; name=a.jpg", "attachment; filename=a.jpg", "", body)))
    elif step == "words":
        server = imap(words[0])
        server.create(words[1])
        said = server.append(words[1], MARKS.decode(), RECEIVED, (HEAD.format(words[2]) + FILES).encode())
        assert said[0] == "OK", said
    elif step == "stripped":
        return stripped(*words)
    elif step == "whole":
        return whole(*words)
    elif step == "caught":
        for number in range(int(words[1])):
            head = f"X-Original-To: {words[2]}\r\n" + HEAD.format("caught") + "X-Original-To: forged@alice.example\r\n"
            deliver(words[0], (head + "\r\n" + ("z" * 98 + "\r\n") * 100).encode())
    elif step == "show":
        print(*[path.read_text() for path in sorted((HOST / "mail").glob("*.eml"))[-1:]])
    elif step == "same":
        return same(*words)
    return True


sys.exit(not main(*sys.argv[1:]))
