# SPDX-License-Identifier: Apache-2.0
"""What the mail server asks of strangers: each test by itself, refused with what to do and a reference, let pass by its
`allow`, and switched off; with a DNS of its own. Part of filters_test.py."""
import pathlib
import smtplib
import socket
import time
from email.utils import formatdate

import machine as role
from tap import check

SERVER = role.ADDRESSES["mail"]
HONEST, LISTED, NAMELESS = role.OUTSIDE, "192.0.2.50", "192.0.2.51"
ZONES = {
    # The domain of who is honest lets that one server send for it, and no other.
    "elsewhere.example": '@ IN TXT "v=spf1 ip4:192.0.2.99 -all"\n@ IN MX 10 mx\nmx IN A 192.0.2.99\n',
    "lists.example": '50.2.0.192 IN A 127.0.0.2\n50.2.0.192 IN TXT "sent spam on Tuesday"\n',
    "2.0.192.in-addr.arpa": "99 IN PTR mx.elsewhere.example.\n50 IN PTR listed.elsewhere.example.\n",
    "bob.example": "@ IN A 10.77.0.4\n",
}
HEAD = "$TTL 60\n@ IN SOA ns hostmaster 1 60 60 60 60\n@ IN NS ns\nns IN A 127.0.0.1\n"
SPAM, SUSPECT = "twenty points", "six points"
RULES = "".join(f'"TRIAL_{points}" {{ re = "/{words}/{{mime}}"; score = {points}.0; }}\n'
                for words, points in ((SPAM, 20), (SUSPECT, 6)))


def start_names():
    """The only server of the only names there are."""
    folder = pathlib.Path("/etc/bind/strangers")
    folder.mkdir(parents=True)
    words = ['options { directory "/run/named"; listen-on { any; }; listen-on-v6 { none; }; recursion yes; '
             'dnssec-validation no; empty-zones-enable no; };\n']
    for name, records in ZONES.items():
        (folder / name).write_text(HEAD + records)
        words.append(f'zone "{name}" {{ type primary; file "{folder / name}"; }};\n')
    # Whatever else is asked for is not there: nothing waits for a server that is out of reach.
    (folder / "root").write_text(HEAD)
    words.append(f'zone "." {{ type primary; file "{folder / "root"}"; }};\n')
    (folder / "conf").write_text("".join(words))
    pathlib.Path("/run/named").mkdir(exist_ok=True)
    role.run("chown", "bind:", "/run/named")
    role.run("named", "-u", "bind", "-c", str(folder / "conf"))
    for address in (LISTED, NAMELESS):
        role.run("ip", "address", "add", f"{address}/32", "dev", "lo")


def send(who=HONEST, helo="mx.elsewhere.example", body="hello", recipient="box@bob.example",
         sender="stranger@elsewhere.example"):
    """"" if it was taken; else the whole reply."""
    word = f"word-{time.monotonic_ns()}"
    try:
        with smtplib.SMTP(SERVER, local_hostname=helo, timeout=60, source_address=(who, 0)) as client:
            client.sendmail(sender, [recipient],
                            f"From: <{sender}>\r\nTo: <{recipient}>\r\nSubject: {word}\r\nDate: {formatdate()}\r\n"
                            f"Message-ID: <{word}@elsewhere.example>\r\nMIME-Version: 1.0\r\n"
                            f"Content-Type: text/plain; charset=us-ascii\r\n\r\n{body}\r\n")
        return ""
    except smtplib.SMTPRecipientsRefused as error:
        code, words = error.recipients[recipient]
    except smtplib.SMTPSenderRefused as error:
        code, words = error.smtp_code, error.smtp_error
    except smtplib.SMTPResponseException as error:
        code, words = error.smtp_code, error.smtp_error
    return f"{code} {words.decode()}"


def refused(clause, what, reply, code, *words):
    """Refused, and explained: in words, with a remedy, and by what to find it again."""
    for line in reply.splitlines() or ["taken"]:
        print(f"# {what}: {line}")
    wanted = [word for word in (code, *words, "Reference ", "for postmaster@example.net") if word not in reply]
    check(f"{clause}: {what} is refused, and told why, what to do, and a reference", reply and not wanted,
          f"without {wanted}: {reply}")


def speak_early(who):
    """The replies to who does not wait for the greeting."""
    with socket.create_connection((SERVER, 25), timeout=60, source_address=(who, 0)) as door:
        door.sendall(b"EHLO mx.elsewhere.example\r\n")
        lines = door.makefile("rb")

        def reply():
            found = ""
            while line := lines.readline().decode():
                found += line[4:] if found else line[:3] + " " + line[4:]
                if line[3:4] == " " and not line.startswith("220"):
                    break
            return found.strip()
        reply()  # to what was said, behind a greeting, or a part of one
        for command in ("MAIL FROM:<stranger@elsewhere.example>", "RCPT TO:<box@bob.example>"):
            door.sendall(command.encode() + b"\r\n")
            answer = reply()
        return answer


class Strangers:
    """Applies one set of filters after the other."""

    def __init__(self, accounts, generation, marked):
        self.accounts, self.generation, self.marked = accounts, generation, marked

    def switch(self, *filters):
        self.generation += 1
        role.apply("mail", self.accounts, self.generation,
                   filters=[{"most": 0, "allow": [], "zones": [], **one} for one in filters])

    def wait(self, what, refused_by):
        """Postfix and rspamd read their files a moment later."""
        check(what, role.wait_for(30, refused_by))

    def plain(self):
        refused("V3 break mail", "an address of nobody's", send(recipient="nobody@bob.example"), "550",
                "nobody@bob.example", "spelling")
        refused("V3 break mail", "relaying", send(recipient="x@faraway.example"), "554", "Relay access denied",
                "port 587")
        refused("V3 break mail", "a sender without a domain", send(sender="me"), "504", "fully-qualified",
                "Write it whole")
        check("V3 honest mail: switched off, everybody is heard",
              not send(NAMELESS, "localname") and not send(LISTED) and not send(HONEST))

    def helo(self):
        self.switch({"name": "helo", "allow": [NAMELESS]})
        self.wait("a greeting by half a name is asked about", lambda: send(helo="localname"))
        refused("V2 break helo", "a greeting by half a name", send(helo="localname"), "504", "by its full name")
        refused("V2 break helo", "a greeting by our name", send(helo="mail.example.net"), "554", "This name is ours",
                "by its own")
        refused("V2 break helo", "a greeting by no name", send(helo="no_name!.example"), "501", "Invalid name",
                "by its full name")
        check("V2 honest helo: by a whole name, and by who is allowed, it is heard",
              not send() and not send(NAMELESS, "localname"))

    def reverse(self):
        self.switch({"name": "reverse"})
        self.wait("an address without a name is asked about", lambda: send(NAMELESS))
        refused("V2 break reverse", "an address without a name", send(NAMELESS), "450", f"[{NAMELESS}]", "PTR record")
        check("V2 honest reverse: one with a name is heard", not send())
        self.switch({"name": "reverse", "allow": ["192.0.2.51/32"]})
        self.wait("V2 honest reverse: and who is allowed", lambda: not send(NAMELESS))

    def lists(self):
        self.switch({"name": "lists", "zones": ["lists.example"]})
        self.wait("who is on a list is asked about", lambda: send(LISTED, sender=""))
        refused("V2 break lists", "who is on a list", send(LISTED, sender=""), "554", "lists.example",
                "sent spam on Tuesday", "taken off")
        check("V2 honest lists: who is not is heard", not send())
        self.switch({"name": "lists", "zones": ["lists.example"], "allow": ["192.0.2.48/29"]})
        self.wait("V2 honest lists: and who is allowed", lambda: not send(LISTED, sender=""))

    def spf(self):
        self.switch({"name": "spf"})
        self.wait("a forged domain is asked about", lambda: send(LISTED))
        refused("V2 break spf", "a forged domain", send(LISTED), "554", "shuts your server out (SPF)", "SPF record")
        check("V2 honest spf: its own server is heard", not send())
        self.switch({"name": "spf", "allow": [LISTED]})
        self.wait("V2 honest spf: and who is allowed", lambda: not send(LISTED))

    def score(self):
        self.switch({"name": "score", "most": 14})
        self.wait("spam is asked about", lambda: send(body=SPAM))
        refused("V2 break score", "spam", send(body=SPAM), "554", "it looks like spam", "fewer links")
        check("V2 honest score: what is none is heard", not send())
        self.switch({"name": "score", "most": 14, "allow": ["192.0.2.96/28"]})
        self.wait("V2 honest score: and who is allowed, but marked", lambda: not send(body=SPAM) and self.marked(SPAM))

    def greylist(self):
        """With a patience of three seconds."""
        pathlib.Path("/etc/rspamd/override.d").mkdir(exist_ok=True)
        pathlib.Path("/etc/rspamd/override.d/greylist.conf").write_text("timeout = 3s;\n")
        self.switch({"name": "greylist", "most": 4, "allow": [NAMELESS]})
        self.wait("who was never here is asked about", lambda: send(body=SUSPECT))
        sender = "other@elsewhere.example"
        refused("V2 break greylist", "who was never here", send(sender=sender, body=SUSPECT), "451",
                "we have not met", "tries again")
        self.wait("V2 honest greylist: the next try is heard", lambda: not send(sender=sender, body=SUSPECT))
        check("V2 honest greylist: and who is allowed at once", not send(NAMELESS, sender="third@elsewhere.example",
              body=SUSPECT) and not send())

    def rate(self):
        self.switch({"name": "rate", "most": 3, "allow": ["192.0.2.51"]})
        self.wait("many mails are asked about", lambda: send(LISTED))
        refused("V2 break rate", "many mails", send(LISTED), "450", f"too much mail from {LISTED}", "tries again")
        check("V2 honest rate: who is allowed may send many", not any(send(NAMELESS) for _ in range(6)))

    def early(self):
        self.switch({"name": "early", "allow": ["192.0.2.50/31"]})
        self.wait("who speaks first is asked about", lambda: "Protocol error" in speak_early(HONEST))
        refused("V2 break early", "who speaks before the greeting", speak_early(HONEST), "550", "Protocol error",
                "wait for our greeting")
        check("V2 honest early: who waits is heard, and who is allowed need not",
              not send() and speak_early(LISTED).startswith("250"))

    def try_all(self):
        for one in (self.plain, self.helo, self.reverse, self.lists, self.spf, self.score, self.rate, self.early,
                    self.greylist):
            one()
