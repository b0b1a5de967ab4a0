# SPDX-License-Identifier: Apache-2.0
"""What the mail server asks of strangers: each test by itself, as the terms and site.conf say, refused with what to do and
a reference, let pass by its `allow`, and switched off; with a DNS of its own. Part of filters_test.py."""
import json
import pathlib
import re
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
    "more.example": "50.2.0.192 IN A 127.0.0.3\n",
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


class Terms:
    """The shipped policy with a file of the host's own, the shipped site.conf with other filters, and what comes of them."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "policy.d").mkdir(parents=True)
        for path in (role.ROOT / "policies").glob("*.policy"):
            (folder / "policy.d" / path.name).write_text(path.read_text())
        (folder / "hayward.conf").write_text(f"mode enforce\nstate {folder}/state\n")

    def filters(self, means, local=""):
        """Of means, items by name of a filter, all others are off; a local.policy says the rest."""
        text = (role.ROOT / "etc" / "site.conf").read_text()
        for name in re.findall(r"^filter (\w+)", text, re.MULTILINE):
            said = f"on {{ {means[name]} }}" if name in means else "off"
            text = re.sub(rf"^(filter {name} +).*$", rf"\g<1>{said}", text, flags=re.MULTILINE)
        (self.folder / "site.conf").write_text(text)
        (self.folder / "policy.d" / "zz-local.policy").write_text(local)
        words = role.run(str(role.build() / "tests/roles/site_tool"), "filters", str(self.folder / "hayward.conf")).stdout
        return json.loads(words if words.startswith("{") else "{}").get("filters", [])


class Strangers:
    """Applies one set of filters after the other."""

    def __init__(self, accounts, generation, marked):
        self.accounts, self.generation, self.marked = accounts, generation, marked
        self.terms = Terms(pathlib.Path("/run/terms"))

    def switch(self, means, local=""):
        self.generation += 1
        role.apply("mail", self.accounts, self.generation, filters=self.terms.filters(means, local))

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
        self.switch({"helo": f"allow {{ {NAMELESS} }}"})
        self.wait("a greeting by half a name is asked about", lambda: send(helo="localname"))
        refused("V2 break helo", "a greeting by half a name", send(helo="localname"), "504", "by its own full name", "(V2a)")
        refused("V2 break helo", "a greeting by our name", send(helo="mail.example.net"), "554", "This name is ours",
                "by its own")
        refused("V2 break helo", "a greeting by no name", send(helo="no_name!.example"), "501", "Invalid name",
                "by its own full name")
        check("V2 honest helo: by a whole name, and by who is allowed, it is heard",
              not send() and not send(NAMELESS, "localname"))
        self.switch({"helo": ""}, 'amend V2a { when mail.helo is forged }')
        self.wait("V2 honest helo: half a name is heard where the terms ask about ours only",
                  lambda: not send(helo="localname"))
        check("V2 break helo: and a greeting by our name is refused", "name is ours" in send(helo="mail.example.net"))

    def reverse(self):
        self.switch({"reverse": ""})
        self.wait("an address without a name is asked about", lambda: send(NAMELESS))
        refused("V2 break reverse", "an address without a name", send(NAMELESS), "450", f"{NAMELESS} has no reverse",
                "PTR record")
        check("V2 honest reverse: one with a name is heard", not send())
        self.switch({"reverse": "allow { 192.0.2.51/32 }"})
        self.wait("V2 honest reverse: and who is allowed", lambda: not send(NAMELESS))
        self.switch({"reverse": ""}, 'amend V2b { then reject "no name for {client}" }')
        self.wait("V2 break reverse: refused for good, if the terms say so",
                  lambda: (reply := send(NAMELESS)).startswith("550") and f"no name for {NAMELESS}" in reply)
        self.switch({"reverse": ""}, "amend V2b { mode observe }")
        self.wait("V2 honest reverse: only noted, if the clause is watched", lambda: not send(NAMELESS))
        check("V2 honest reverse: and that in the log",
              "reject_warning" in pathlib.Path("/var/log/mail.log").read_text(errors="replace"))
        self.switch({"reverse": ""}, 'exception V2b for client 192.0.2.51 { until 2099-12-31 by "dora" because "ours" }')
        self.wait("V2 honest reverse: and whom an exception names", lambda: not send(NAMELESS))

    def lists(self):
        zones = "zones { lists.example more.example }"
        self.switch({"lists": zones})
        self.wait("who is on two lists is asked about", lambda: send(LISTED, sender=""))
        refused("V2 break lists", "who is on two lists", send(LISTED, sender=""), "554", "lists.example, more.example",
                "taken off", "(V2d)")
        check("V2 honest lists: who is not is heard", not send())
        self.switch({"lists": f"{zones} allow {{ 192.0.2.48/29 }}"})
        self.wait("V2 honest lists: and who is allowed", lambda: not send(LISTED, sender=""))
        self.switch({"lists": zones}, 'amend V2d { then defer "{client}: later" }')
        self.wait("V2 break lists: held up, if the terms say so",
                  lambda: (reply := send(LISTED, sender="")).startswith("451") and f"{LISTED}: later (V2d)" in reply)
        self.switch({"lists": zones}, "amend V2d { then mark }")
        self.wait("V2 break lists: marked, if the terms say so",
                  lambda: not send(LISTED, sender="") and self.marked("hello", LISTED))
        self.switch({"lists": zones}, "amend V2d { mode warn }")
        self.wait("V2 honest lists: noted only, if the clause is watched",
                  lambda: not send(LISTED, sender="") and not self.marked("hello", LISTED))
        self.switch({"lists": zones}, "amend V2d { when mail.dnsbl >= 3 }")
        self.wait("V2 honest lists: who is on fewer than the terms say is heard",
                  lambda: not send(LISTED, sender="") and not self.marked("hello", LISTED))
        self.switch({"lists": "zones { lists.example }"}, "amend V2d { when mail.dnsbl >= 1 }")
        self.wait("V2 break lists: and who is on one is refused, if one is enough", lambda: send(LISTED, sender=""))

    def spf(self):
        self.switch({"spf": ""})
        self.wait("a forged domain is asked about", lambda: "SPF" in send(LISTED))
        refused("V2 break spf", "a forged domain", send(LISTED), "554", "shuts your server out (SPF)", "SPF record")
        check("V2 honest spf: its own server is heard", not send())
        self.switch({"spf": f"allow {{ {LISTED} }}"})
        self.wait("V2 honest spf: and who is allowed", lambda: not send(LISTED))
        self.switch({"spf": ""}, "amend V2c { then mark }")
        self.wait("V2 break spf: marked, if the terms say so",
                  lambda: not send(LISTED) and self.marked("hello", LISTED))

    def score(self):
        self.switch({"score": "", "mark": ""}, "amend V2h { when mail.spam-score >= 14 }")
        self.wait("spam is asked about", lambda: send(body=SPAM))
        refused("V2 break score", "spam", send(body=SPAM), "554", "it looks like spam", "fewer links")
        check("V2 honest score: what is none is heard", not send())
        self.switch({"score": "allow { 192.0.2.96/28 }", "mark": ""})
        self.wait("V2 honest score: and who is allowed, but marked", lambda: not send(body=SPAM) and self.marked(SPAM))
        self.switch({"score": "", "mark": ""}, 'amend V2h { then defer "later" }')
        self.wait("V2 break score: held up, if the terms say so",
                  lambda: (reply := send(body=SPAM)).startswith("451") and "later (V2h)" in reply)
        self.switch({"score": "", "mark": ""}, "amend V2h { mode observe }")
        self.wait("V2 honest score: marked only, if the clause is watched", lambda: self.marked(SPAM))
        self.switch({"score": "", "mark": ""}, "amend V2h { mode observe } amend V2g { mode observe }")
        self.wait("V2 honest mark: and not even that, if both are",
                  lambda: not send(body=SPAM) and not self.marked(SPAM))
        self.switch({"score": "", "mark": ""}, 'drop V2h because "we only mark"')
        self.wait("V2 honest score: marked only, if the clause is dropped", lambda: self.marked(SPAM))
        self.switch({"score": "", "mark": ""}, 'drop V2h because "no" drop V2g because "no"')
        self.wait("V2 honest mark: and not even that", lambda: not send(body=SPAM) and not self.marked(SPAM))
        self.switch({"mark": ""}, "amend V2g { when mail.spam-score >= 5 }")
        self.wait("V2 break mark: from as many points on as the terms say", lambda: self.marked(SUSPECT))

    def together(self):
        """One filter's leave is not another's."""
        score = f"allow {{ {LISTED} }}"
        self.switch({"spf": "", "score": "", "mark": ""}, "amend V2h { mode observe }")
        self.wait("V2 break spf: what is refused by one is, though another only notes", lambda: "SPF" in send(LISTED))
        check("V2 honest score: which it does", not send(body=SPAM))
        self.switch({"spf": "", "score": score, "mark": ""})
        self.wait("V2 break score: spam is refused beside it", lambda: "spam" in send(body=SPAM))
        check("V2 break spf: and though another leaves him alone", "SPF" in send(LISTED))
        zones = "zones { lists.example more.example }"
        self.switch({"lists": zones, "score": score, "mark": f"allow {{ {LISTED} }}"})
        self.wait("V2 break lists: likewise", lambda: "more.example" in send(LISTED, sender=""))
        self.switch({"lists": zones, "mark": f"allow {{ {LISTED} }}"}, "amend V2d { then mark }")
        self.wait("V2 break lists: and marks", lambda: not send(LISTED, sender="") and self.marked("hello", LISTED))
        self.switch({"spf": "", "mark": f"allow {{ {LISTED} }}"}, "amend V2c { then mark }")
        self.wait("V2 break spf: likewise", lambda: not send(LISTED) and self.marked("hello", LISTED))

    def greylist(self):
        """With a patience of three seconds."""
        pathlib.Path("/etc/rspamd/override.d").mkdir(exist_ok=True)
        pathlib.Path("/etc/rspamd/override.d/greylist.conf").write_text("timeout = 3s;\n")
        points = "amend V2e { when mail.greylisted and mail.spam-score >= 4 }"
        self.switch({"greylist": f"allow {{ {NAMELESS} }}"}, points)
        self.wait("who was never here is asked about", lambda: send(body=SUSPECT))
        sender = "other@elsewhere.example"
        refused("V2 break greylist", "who was never here", send(sender=sender, body=SUSPECT), "451",
                "we have not met", "tries again", "in 5m or later")
        self.wait("V2 honest greylist: the next try is heard", lambda: not send(sender=sender, body=SUSPECT))
        check("V2 honest greylist: and who is allowed at once", not send(NAMELESS, sender="third@elsewhere.example",
              body=SUSPECT) and not send())
        self.switch({"greylist": ""}, 'drop V2e because "a mail for a court cannot wait"')
        tries = iter(range(10000))
        self.wait("V2 honest greylist: nobody waits where the clause is dropped",
                  lambda: not send(sender=f"new{next(tries)}@elsewhere.example", body=SUSPECT))

    def rate(self):
        self.switch({"rate": "allow { 192.0.2.51 }"}, "amend V2f { when smtp.messages > 3 within 20s }")
        self.wait("many mails are asked about", lambda: send(LISTED))
        refused("V2 break rate", "many mails", send(LISTED), "450", f"too much mail from {LISTED}", "tries again",
                "more than 3 messages in 20s")
        check("V2 honest rate: who is allowed may send many", not any(send(NAMELESS) for _ in range(6)))
        self.wait("V2 honest rate: and the others again when the terms' window is over", lambda: not send(LISTED))
        self.switch({"rate": ""})
        settings = role.run("postconf", "-h", "smtpd_client_message_rate_limit", "anvil_rate_time_unit").stdout.split()
        check("V2 honest rate: as shipped it is sixty in a minute", settings == ["60", "60s"], settings)

    def early(self):
        self.switch({"early": "allow { 192.0.2.50/31 }"})
        self.wait("who speaks first is asked about", lambda: "Protocol error" in speak_early(HONEST))
        refused("V2 break early", "who speaks before the greeting", speak_early(HONEST), "550", "Protocol error",
                "wait for our greeting")
        check("V2 honest early: who waits is heard, and who is allowed need not",
              not send() and speak_early(LISTED).startswith("250"))
        log = pathlib.Path("/var/log/mail.log")
        noted = log.read_text(errors="replace").count("PREGREET")
        self.switch({"early": ""}, "amend V2i { mode observe }")
        # Who has waited once is not asked again for a day, so it is another.
        self.wait("V2 honest early: who speaks first is noted only, if the clause is watched",
                  lambda: speak_early(LISTED).startswith("250"))
        check("V2 honest early: and that in the log",
              role.wait_for(5, lambda: log.read_text(errors="replace").count("PREGREET") > noted))
        self.switch({"early": ""}, 'drop V2i because "an old machine of ours"')
        self.wait("V2 honest early: nobody is asked where the clause is dropped",
                  lambda: "postscreen" not in pathlib.Path("/etc/postfix/master.cf").read_text() and not send())

    def try_all(self):
        for one in (self.plain, self.helo, self.reverse, self.lists, self.spf, self.score, self.together, self.rate, self.early,
                    self.greylist):
            one()
