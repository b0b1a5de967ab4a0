#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Notices as .eml files, read back by another reader than ours.

usage: mail_test.py SEND_NOTICE NOTICES
"""
import email
import email.policy
import html.parser
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

SEND_NOTICE, NOTICES = sys.argv[1:3]
KINDS = ["warning", "approaching", "acted", "released", "exception-ends", "reply", "ask-to-move", "flood", "alarm"]
WALL = 1801404187000  # 2027-01-31T14:03:07Z

FACTS = {
    "account": "alice", "plan": "basic", "clause": "A10", "title": "A tenth of the machine",
    "says": "No account may take more than 10 % of the machine's processor time or memory.",
    "subject": "alice", "measure": "cpu.share", "value": "14 %", "limit": "10 %",
    "window": "10 m", "since": "2027-01-31 13:50 UTC", "deadline": "2027-02-03",
    "next": "the account is suspended", "remedy": "Cache what you compute.",
    "offers": "a larger plan", "case": "17", "reason": "cpu limited to 10 % of this host",
    "also": "U2, A fifth of the machine: 31 %, where the limit is 20 %",
    "visitors": "192.0.2.7: 5400 requests, most of them for /wp-login.php; together 96 % of what the site was asked",
}
HOSTILE = ["x\r\nBcc: victim@example.org\r\n\r\nbody", "a\nb", "\x1b[31mred\x1b[0m\x07",
           "<script>alert(1)</script>&amp;\"'", "=?utf-8?q?Bcc=3A?= x", "\u202egnp.exe", "{account}",
           "--=_hayward_0000000000000001--", ".\r\n.\r\nQUIT", "\udcff\udcfe invalid", "Zürich – naïve 漢字" * 30,
           "w" * 3000, " ", "%s%n", "\u2028\u0085\u200b", "From here\nFrom there"]


class Reader(html.parser.HTMLParser):
    """Collects tags and text, to see that no fact became markup."""

    def __init__(self):
        super().__init__()
        self.tags, self.text = [], ""

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)

    def handle_data(self, data):
        self.text += data


def words_for(folder, **values):
    """What send_notice is told to send a notice into the folder."""
    arguments = [f"eml={folder}", f"notices={NOTICES}", "host=web1.example.net",
                 "operator=staff@example.net", f"wall={WALL}"]
    for name, value in values.items():
        entries = value if isinstance(value, list) else [value]
        arguments += [f"{name.replace('_', '-')}={entry}" for entry in entries]
    return arguments


def send_notice(arguments):
    return subprocess.run([argument.encode("utf-8", "surrogateescape") for argument in [SEND_NOTICE, *arguments]],
                          capture_output=True, timeout=60, check=True)


def look(folder):
    """The files of the folder, and the first of them."""
    files = sorted(os.listdir(folder))
    return files, pathlib.Path(folder, files[0]).read_bytes() if files else b""


def send(folder, **values):
    """Sends a notice into the folder; gives the reports and the raw mail."""
    run = send_notice(words_for(folder, **values))
    files, raw = look(folder)
    return run.stdout.decode("utf-8"), files, raw, run.stderr.decode("utf-8", "replace")


def facts(**changed):
    return {f"fact.{name}": value for name, value in {**FACTS, **changed}.items()}


class Mails(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = self.temporary.name

    def tearDown(self):
        self.temporary.cleanup()

    def check_form(self, raw):
        """What every mail must be, whatever is in it."""
        self.assertNotRegex(raw, rb"[^\r]\n")
        self.assertNotRegex(raw, rb"\r[^\n]")
        self.assertNotRegex(raw, rb"[^\r\n\t -~]")
        self.assertLessEqual(max(len(line) for line in raw.split(b"\r\n")), 78)
        message = email.message_from_bytes(raw, policy=email.policy.default)
        for part in message.walk():
            self.assertEqual(part.defects, [])
        headers = [name.lower() for name in message.keys()]
        self.assertEqual(sorted(set(headers)), sorted(headers))
        self.assertNotIn("bcc", headers)
        self.assertEqual(message["Auto-Submitted"], "auto-generated")
        for name, value in message.items():
            self.assertNotRegex(str(value), "[\x00-\x1f\x7f-\x9f\u202a-\u202e]", name)
            self.assertEqual(value.defects, (), name)
        return message

    def test_every_kind_reads_well(self):
        for kind, name in enumerate(KINDS):
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                lines = ["cgi-bin/count.pl|2027-01-31 13:58|11 %|79 % of your use",
                         "cgi-bin/new.pl|2027-01-31 14:01|3 %|21 % of your use"]
                report, files, raw, errors = send(folder, kind=kind, id=0xabc, to="alice@example.com",
                                                  evidence=lines, **facts())
                self.assertEqual(errors, "")
                self.assertEqual(report, "0000000000000abc 0 written as a file\n")
                self.assertEqual(files, ["hayward.0000000000000abc@web1.example.net.eml"])
                message = self.check_form(raw)
                self.assertEqual(message["Message-ID"], "<hayward.0000000000000abc@web1.example.net>")
                self.assertEqual(message["Date"], "Sun, 31 Jan 2027 14:03:07 +0000")
                self.assertEqual(message["To"], "alice@example.com")
                self.assertEqual(message["Cc"], "staff@example.net")
                self.assertEqual(message["Reply-To"], "staff@example.net")
                self.assertEqual(message["From"].addresses[0].addr_spec, "hayward@web1.example.net")
                self.assertEqual(message["X-Hayward-Notice"], name)
                self.assertIn("alice", message["Subject"])
                text = message.get_body(("plain",)).get_content().replace("\r\n", "\n")
                page = message.get_body(("html",)).get_content().replace("\r\n", "\n")
                self.assertNotRegex(text + page, r"\{[?!#/a-z]")
                self.assertNotIn("\n\n\n", text)
                self.assertNotRegex(text, r"\.\.|  \.")
                self.assertLessEqual(max(map(len, text.splitlines())), 72)
                reader = Reader()
                reader.feed(page)
                for fact in ["A10", "A tenth of the machine", "web1.example.net"]:
                    self.assertIn(fact, text)
                    self.assertIn(fact, reader.text)
                if name not in ("released", "exception-ends", "reply"):
                    for fact in ["cgi-bin/count.pl", "14 %", "10 %"]:
                        self.assertIn(fact, text)
                        self.assertIn(fact, reader.text)
                if name == "warning":
                    self.assertIn("On 2027-02-03: the account is suspended.", text)

    def test_no_fact_breaks_a_mail(self):
        for kind, name in enumerate(KINDS):
            # In one process: under the sanitizers most of its time goes to its start and end.
            arguments = []
            for number, words in enumerate(HOSTILE):
                folder = pathlib.Path(self.folder, name, str(number))
                folder.mkdir(parents=True)
                arguments += ["--"] * (number > 0) + words_for(
                    folder, kind=kind, to="alice@example.com", evidence=[f"{words}|{words}|{words}|{words}"],
                    **facts(**{fact: words for fact in FACTS}))
            send_notice(arguments)
            for number, words in enumerate(HOSTILE):
                with self.subTest(kind=name, words=ascii(words[:40])):
                    self.check_hostile(pathlib.Path(self.folder, name, str(number)), words)

    def check_hostile(self, folder, words):
        files, raw = look(folder)
        self.assertEqual(len(files), 1)
        message = self.check_form(raw)
        text = message.get_body(("plain",)).get_content().replace("\r\n", "\n")
        page = message.get_body(("html",)).get_content().replace("\r\n", "\n")
        self.assertNotRegex(text + page, "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2028]")
        reader = Reader()
        reader.feed(page)
        self.assertNotIn("script", reader.tags)
        if words.startswith("Zürich"):
            self.assertIn("Zürich – naïve 漢字", text)
            self.assertIn("Zürich", message["Subject"])

    def test_a_repeat_is_one_file(self):
        report, files, _, _ = send(self.folder, id=5, to="alice@example.com", times=3, reports=3, **facts())
        self.assertEqual(report.splitlines(), ["0000000000000005 0 written as a file"] +
                         ["0000000000000005 0 was delivered before"] * 2)
        self.assertEqual(len(files), 1)
        _, files, _, _ = send(self.folder, id=5, to="alice@example.com", **facts())
        self.assertEqual(len(files), 1)

    def test_bad_addresses_are_refused_for_good(self):
        for address in ["alice", "a b@example.com", "a@b@c", "x@example.com\r\nBcc: y@example.com", "@example.com",
                        "a@", "a..b@example.com", "<a@example.com>", "a@exa mple.com", "é@example.com",
                        "a" * 65 + "@example.com"]:
            with self.subTest(address):
                report, files, _, _ = send(self.folder, to=address, **facts())
                self.assertEqual(report, "0000000000000001 -6 the address is not one that mail can be sent to\n")
                self.assertEqual(files, [])

    def test_without_an_owner_it_goes_to_the_operator(self):
        _, _, raw, _ = send(self.folder, kind=5, **facts())
        message = self.check_form(raw)
        self.assertEqual(message["To"], "staff@example.net")
        self.assertIsNone(message["Cc"])

    def test_a_broken_template_still_tells(self):
        with tempfile.TemporaryDirectory() as templates:
            with open(os.path.join(templates, "warning.txt"), "w") as file:
                file.write("Subject: {account}\n\n{?deadlin}x{/deadlin}\n{when} {oops\n")
            run = subprocess.run([SEND_NOTICE, f"eml={self.folder}", f"notices={templates}", "to=a@example.com",
                                  "host=h.example", "fact.account=alice", "fact.title=T", "fact.clause=A10"],
                                 capture_output=True, text=True, timeout=20, check=True)
            self.assertRegex(run.stderr, r"warning\.txt:3:3: error: unknown fact 'deadlin'")
            self.assertIn("did you mean 'deadline'?", run.stderr)
            self.assertRegex(run.stderr, r"warning\.txt:4:2: error: only a line of evidence has 'when'")
            self.assertRegex(run.stderr, r"warning\.txt:4:8: error: no '}' ends the mark")
            raw = next(pathlib.Path(self.folder).iterdir()).read_bytes()
            message = self.check_form(raw)
            self.assertEqual(message["Subject"], "alice: A10 T")
            self.assertIn("alice", message.get_content())

    def test_a_missing_folder_is_retried(self):
        missing = os.path.join(self.folder, "later")
        process = subprocess.Popen([SEND_NOTICE, f"eml={missing}", f"notices={NOTICES}", "to=a@example.com",
                                    "first-wait=100", "undelivered=100", "reports=2", "fact.account=alice"],
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.assertEqual(process.stdout.readline(), "0000000000000001 -11 No such file or directory\n")
        os.mkdir(missing)
        self.assertEqual(process.stdout.readline(), "0000000000000001 0 written as a file\n")
        self.assertEqual(process.wait(10), 0)
        process.stdout.close()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
