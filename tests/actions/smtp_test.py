#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Notices handed to relays that behave well, badly, and not at all.

usage: smtp_test.py SEND_NOTICE NOTICES

The relays run in this process, on loopback, in a network namespace of their
own: nothing leaves the machine and no port collides.
"""
import email
import email.policy
import os
import shutil
import socket
import socketserver
import subprocess
import sys
import threading
import time
import unittest

SEND_NOTICE, NOTICES = sys.argv[1:3]


def enter_namespace():
    """Runs this script again in a network namespace that holds a loopback only."""
    if os.environ.get("HAYWARD_NETNS"):
        return
    # Who lives in a chroot gets no user namespace, and root needs none.
    how = "-n" if os.geteuid() == 0 else "-rn"
    if not shutil.which("ip") or subprocess.run(["unshare", how, "true"], capture_output=True).returncode:
        print("1..0 # SKIP no network namespace can be made here")
        sys.exit(77)
    os.environ["HAYWARD_NETNS"] = "1"
    command = "ip link set lo up && exec \"$@\""
    os.execvp("unshare", ["unshare", how, "sh", "-c", command, "sh", sys.executable] + sys.argv)


class Relay(socketserver.ThreadingTCPServer):
    """A small SMTP server; `replies` maps a command to the answers of its first, second ... use."""
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, replies=None, address="127.0.0.1", port=0):
        self.replies = {name: list(answers) for name, answers in (replies or {}).items()}
        self.mails, self.commands = [], []
        self.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        super().__init__((address, port), Session)
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def answer(self, name, usual):
        answers = self.replies.get(name)
        return (answers.pop(0) if len(answers) > 1 else answers[0]) if answers else usual


class Session(socketserver.StreamRequestHandler):
    def say(self, name, usual):
        answer = self.server.answer(name, usual)
        if answer == "HANG":
            time.sleep(60)
        if answer == "CLOSE":
            raise ConnectionError
        self.wfile.write(answer.encode("latin-1") + b"\r\n")
        return answer

    def read_body(self):
        body = b""
        while True:
            line = self.rfile.readline()
            if not line:
                raise ConnectionError
            if line == b".\r\n":
                return body
            body += line[1:] if line.startswith(b".") else line

    def handle(self):
        try:
            self.converse()
        except (ConnectionError, BrokenPipeError):
            pass

    def converse(self):
        sender = recipients = None
        self.say("GREETING", "220 relay.example ESMTP")
        while True:
            line = self.rfile.readline()
            if not line:
                return
            command = line.decode("latin-1").rstrip("\r\n")
            self.server.commands.append(command)
            verb = command.split(":")[0].split(" ")[0].upper()
            if verb == "QUIT":
                self.say(verb, "221 bye")
                return
            if verb == "MAIL":
                sender, recipients = command[10:], []
            if verb == "RCPT":
                recipients.append(command[8:])
            answer = self.say(verb, "354 go ahead" if verb == "DATA" else
                              "250-relay.example\r\n250-8BITMIME\r\n250 SIZE" if verb == "EHLO" else "250 ok")
            if verb == "DATA" and answer.startswith("3"):
                body = self.read_body()
                if self.say("BODY", "250 2.0.0 queued as 4711").startswith("2"):
                    self.server.mails.append((sender, recipients, body))


def start(port, **values):
    arguments = {"relay": f"smtp://127.0.0.1:{port}", "notices": NOTICES, "host": "web1.example.net",
                 "operator": "staff@example.net", "to": "alice@example.com", "id": "7", "first-wait": "200",
                 "fact.account": "alice", "fact.title": "T", "fact.clause": "A10", "wall": "1801404187000"}
    arguments.update({name.replace("_", "-"): value for name, value in values.items()})
    return subprocess.Popen([SEND_NOTICE] + [f"{name}={value}" for name, value in arguments.items()],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def send(port, **values):
    """Reports of the notice, a line each, when as many as wanted have come."""
    process = start(port, **values)
    output, errors = process.communicate(timeout=30)
    return output.splitlines(), errors


class Relays(unittest.TestCase):
    def wait_for(self, condition):
        deadline = time.monotonic() + 10
        while not condition():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)

    def test_owner_and_operator_get_one_each(self):
        relay = Relay()
        process = start(relay.port, reports=2)
        self.assertEqual(process.stdout.readline(), "0000000000000007 0 250 2.0.0 queued as 4711\n")
        self.wait_for(lambda: len(relay.mails) == 2)
        process.kill()
        process.communicate()
        self.assertEqual(sorted(mail[1] for mail in relay.mails), [["<alice@example.com>"], ["<staff@example.net>"]])
        for sender, _, body in relay.mails:
            self.assertEqual(sender, "<hayward@web1.example.net>")
            message = email.message_from_bytes(body, policy=email.policy.default)
            self.assertEqual(message["To"], "alice@example.com")
            self.assertEqual(message["Message-ID"], "<hayward.0000000000000007@web1.example.net>")
            self.assertEqual([part.defects for part in message.walk()], [[], [], []])
        self.assertIn("EHLO web1.example.net", relay.commands)

    def test_the_tag_goes_to_the_owner_alone(self):
        relay = Relay()
        process = start(relay.port, reports=2, replies="hayward@web1.example.net", case=12)
        self.wait_for(lambda: len(relay.mails) == 2)
        process.kill()
        process.communicate()
        answered = {mail[1][0]: email.message_from_bytes(mail[2], policy=email.policy.default)["Reply-To"]
                    for mail in relay.mails}
        self.assertRegex(answered["<alice@example.com>"], r"^hayward\+12\.[a-z2-7]{24}@web1\.example\.net$")
        self.assertEqual(answered["<staff@example.net>"], "staff@example.net")
        self.assertNotIn(b"+12.", next(mail[2] for mail in relay.mails if "staff" in mail[1][0]))

    def test_without_case_or_setting_the_operator_is_answered(self):
        for values in ({"replies": "hayward@web1.example.net"}, {"case": 12}):
            with self.subTest(values):
                relay = Relay()
                send(relay.port, operator="staff@example.net", **values)
                self.wait_for(lambda: relay.mails)
                self.assertIn(b"Reply-To: <staff@example.net>\r\n", relay.mails[0][2])

    def test_temporary_failures_are_retried(self):
        for replies in ({"RCPT": ["451 4.7.1 greylisted", "250 ok"]}, {"GREETING": ["421 busy", "220 hi"]},
                        {"GREETING": ["554 no service", "220 hi"]}, {"MAIL": ["550 who are you", "250 ok"]},
                        {"BODY": ["452 4.3.1 disk full", "250 ok"]}, {"DATA": ["CLOSE", "354 go"]},
                        {"EHLO": ["NONSENSE", "250 ok"]}, {"BODY": ["CLOSE", "250 ok"]}):
            with self.subTest(replies):
                relay = Relay(replies)
                reports, errors = send(relay.port, operator="alice@example.com")
                self.assertRegex(reports[0], "^0000000000000007 0 250")
                self.assertIn("waits 0 s", errors)
                self.wait_for(lambda: len(relay.mails) == 1)

    def test_old_servers_are_greeted_their_way(self):
        relay = Relay({"EHLO": ["502 what"]})
        reports, _ = send(relay.port, operator="alice@example.com")
        self.assertRegex(reports[0], "^0000000000000007 0 ")
        self.assertIn("HELO web1.example.net", relay.commands)

    def test_permanent_failures_are_told(self):
        for replies, words in (({"RCPT": ["550-5.1.1 no such\r\n550 5.1.1 user \x1b[31mhere"]},
                                "550-5.1.1 no such 5.1.1 user \\x1b[31mhere"),
                               ({"DATA": ["554 not that"]}, "554 not that"),
                               ({"BODY": ["552 too big"]}, "552 too big")):
            with self.subTest(replies):
                relay = Relay(replies)
                reports, errors = send(relay.port)
                self.assertEqual(reports[0], f"0000000000000007 -6 {words}")
                self.assertEqual(relay.mails, [])

    def test_a_refused_copy_harms_nobody(self):
        relay = Relay()
        answer = relay.answer
        relay.answer = lambda name, usual: "550 no" if name == "RCPT" and "staff" in relay.commands[-1] \
            else answer(name, usual)
        reports, _ = send(relay.port)
        self.assertRegex(reports[0], "^0000000000000007 0 ")

    def test_a_hanging_relay_is_left(self):
        for stage in ("GREETING", "EHLO", "RCPT", "BODY"):
            with self.subTest(stage):
                relay = Relay({stage: ["HANG", {"GREETING": "220 hi"}.get(stage, "250 ok")]})
                began = time.monotonic()
                reports, errors = send(relay.port, patience=1, operator="alice@example.com")
                self.assertLess(time.monotonic() - began, 8)
                self.assertRegex(reports[0], "^0000000000000007 0 ")
                self.assertIn("the relay does not answer", errors)

    def test_one_that_talks_without_end_is_left(self):
        relay = Relay({"GREETING": ["2" * 20000 + "x" * 20000, "220 hi"]})
        reports, errors = send(relay.port, operator="alice@example.com")
        self.assertRegex(reports[0], "^0000000000000007 0 ")
        self.assertIn("does not speak SMTP", errors)

    def test_late_is_told_once_and_tried_on(self):
        probe = socket.create_server(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        process = start(port, undelivered=500, reports=2, first_wait=100, operator="alice@example.com")
        self.assertEqual(process.stdout.readline(), "0000000000000007 -11 Connection refused\n")
        relay = Relay(port=port)
        self.assertRegex(process.stdout.readline(), "^0000000000000007 0 ")
        process.communicate(timeout=10)
        self.wait_for(lambda: len(relay.mails) == 1)

    def test_repeats_are_one_mail(self):
        relay = Relay()
        reports, _ = send(relay.port, times=5, reports=1, operator="alice@example.com")
        self.assertRegex(reports[0], "^0000000000000007 0 ")
        self.wait_for(lambda: len(relay.mails) == 1)

    def test_every_address_of_the_relay_is_tried(self):
        relay = Relay()
        reports, _ = send(relay.port, relay=f"smtp://localhost:{relay.port}", operator="alice@example.com")
        self.assertRegex(reports[0], "^0000000000000007 0 ")
        relay = Relay(address="::1")
        reports, _ = send(relay.port, relay=f"smtp://[::1]:{relay.port}", operator="alice@example.com")
        self.assertRegex(reports[0], "^0000000000000007 0 ")

    def test_what_is_no_relay_is_said(self):
        for url in ("https://x", "smtp://", "smtp://x:99999", "smtp://x:y", "smtp://x/y", "localhost"):
            reports, errors = send(1, relay=url, undelivered=0)
            self.assertEqual(reports[0], "0000000000000007 -11 the relay in hayward.conf is not "
                                         "smtp://HOST or smtp://HOST:PORT")


if __name__ == "__main__":
    enter_namespace()
    unittest.main(argv=sys.argv[:1], verbosity=2, warnings="ignore")
