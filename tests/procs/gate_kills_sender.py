# SPDX-License-Identifier: Apache-2.0
"""Sends mails by SMTP and by sendmail(1) until it is told to end, each until it is taken, one in ten with a virus, one in
ten with what rspamd refuses; by SMTP each goes to somebody as well who does not exist, and whom the mail server refuses.

usage: gate_kills_sender.py VIRUS

Says of each: its word, whether it has the virus, whether it was taken, and how often nobody knows.
"""
import signal
import smtplib
import subprocess
import sys
import threading
import time

VIRUS = sys.argv[1]
# In pieces, for filters look at sources, too.
SPAM = "XJS*C4JDBQADN1.NSBN3*2IDNEN*" "GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
ended = threading.Event()
speaks = threading.Lock()


def text(word, infected):
    says = VIRUS if infected else SPAM if word.endswith("5") else "hello"
    return f"Subject: {word}\r\nMessage-ID: <{word}@common.example>\r\n\r\n{says}\r\n"


def by_smtp(word, infected):
    """Whether it was taken or refused for good, and how often the connection broke when all of it had been said."""
    unknown = 0
    deadline = None
    while True:
        if ended.is_set():
            deadline = deadline or time.monotonic() + 60
            if time.monotonic() > deadline:
                return "given-up", unknown
        said_all = False
        try:
            with smtplib.SMTP("127.0.0.1", 25, timeout=60) as client:
                client.ehlo_or_helo_if_needed()
                for command in ("MAIL FROM:<alice@common.example>", "RCPT TO:<x@sink.example>"):
                    code, words = client.docmd(command)
                    if code != 250:
                        raise smtplib.SMTPResponseException(code, words)
                client.docmd("RCPT TO:<nobody@common.example>")
                code, words = client.docmd("DATA")
                if code != 354:
                    raise smtplib.SMTPResponseException(code, words)
                said_all = True
                client.send(text(word, infected) + ".\r\n")
                code, words = client.getreply()
                said_all = False
                if code == 250:
                    return "taken", unknown
                raise smtplib.SMTPResponseException(code, words)
        except smtplib.SMTPResponseException as error:
            if 500 <= error.smtp_code < 600:
                return "refused", unknown
            unknown += said_all and error.smtp_code == -1
        except (OSError, smtplib.SMTPException):
            unknown += said_all
        time.sleep(0.05)


def by_program(word, infected):
    done = subprocess.run(["/usr/sbin/sendmail", "-i", "-f", "alice@common.example", "x@sink.example"],
                          input=text(word, infected).replace("\r\n", "\n"), text=True, capture_output=True)
    time.sleep(0.2)
    return ("taken" if done.returncode == 0 else "refused"), 0


def go_on(name, way):
    number = 0
    while not ended.is_set():
        number += 1
        word, infected = f"{name}-{number}", number % 10 == 0
        outcome, unknown = way(word, infected)
        with speaks:
            print(word, "infected" if infected else "clean", outcome, unknown, flush=True)


signal.signal(signal.SIGTERM, lambda *_: ended.set())
threads = [threading.Thread(target=go_on, args=(f"{way.__name__}-{i}", way)) for way, count in
           ((by_smtp, 3), (by_program, 1)) for i in range(count)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
