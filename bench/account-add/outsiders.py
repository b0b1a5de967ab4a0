# SPDX-License-Identifier: Apache-2.0
"""Who comes from the world outside, for bench/account-add.sh: those who look for the newcomer, and those who are
there meanwhile, of whom none must feel that he came.

Each is a thread that has gone into the network of the world.
"""
import ctypes
import ftplib
import http.client
import imaplib
import os
import poplib
import random
import smtplib
import socket
import ssl
import struct
import subprocess
import threading
import time

ANY = ssl._create_unverified_context()
SSH = ("ssh", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-o",
       "NumberOfPasswordPrompts=1", "-o", "ConnectTimeout=10")
CLONE_NEWNET = 0x40000000


def in_world(site, work, *words):
    """A thread; its `found` is what the work gave, or what went wrong with it."""
    def run():
        link = os.open(f"/proc/{site.world_process.pid}/ns/net", os.O_RDONLY)
        if ctypes.CDLL(None, use_errno=True).setns(link, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")
        os.close(link)
        try:
            thread.found = work(*words)
        except Exception as error:
            thread.found = error
    thread = threading.Thread(target=run, daemon=True)
    thread.found = None
    thread.start()
    return thread


# ---- One visit each: whether it was answered as it should be.

def named(place, name):
    """Whether there is an address for the domain; an OSError if nobody says anything within a second."""
    words = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(1)
        asking.connect((place["dns"], 53))
        asking.send(struct.pack(">HHHHHH", random.randrange(65536), 0x100, 1, 0, 0, 0) + words + b"\0\0\1\0\1")
        return struct.unpack(">H", asking.recv(512)[6:8])[0] > 0


def page(place, name, secure=False, path="/"):
    """The status of the answer."""
    if secure:
        context = ssl._create_unverified_context()
        with socket.create_connection((place["web"], 443), timeout=10) as plain, \
                context.wrap_socket(plain, server_hostname=name) as sealed:
            sealed.sendall(f"GET {path} HTTP/1.0\r\nHost: {name}\r\n\r\n".encode())
            return int(sealed.recv(12).split()[1])
    connection = http.client.HTTPConnection(place["web"], timeout=10)
    connection.request("GET", path, headers={"Host": name, "Connection": "close"})
    answer = connection.getresponse()
    answer.read()
    return answer.status


def takes_mail(place, address):
    with smtplib.SMTP(place["mail"], 25, timeout=20) as client:
        client.ehlo()
        client.mail("stranger@elsewhere.example")
        return client.rcpt(address)[0] == 250


def uploads(place, name, password):
    with ftplib.FTP_TLS(timeout=20, context=ANY) as client:
        client.connect(place["web"])
        client.login(name, password)
        return client.pwd() == "/"


def logs_in(place, name, password):
    run = subprocess.run(["sshpass", "-p", password, *SSH, f"{name}@{place['shell']}", "id", "-un"],
                         capture_output=True, text=True, timeout=30)
    return run.stdout.strip() == name


# ---- Those who are there meanwhile.

class Held:
    """Visitors that ask again and again, each with a new connection; and connections that are held.

    `passwords` of the customer by service. After end(): `asked` how often, `dropped` what went wrong.
    """

    def __init__(self, site, place, name, passwords):
        self.place, self.name, self.passwords = place, name, passwords
        self.domain = f"{name}.example"
        self.is_over = threading.Event()
        self.asked, self.dropped = {}, []
        self.threads = [in_world(site, self.steadily, *words) for words in (
            ("dns", 0.1, lambda: named(place, self.domain)),
            ("http", 0.2, lambda: page(place, self.domain) == 403),
            ("https", 0.3, lambda: page(place, self.domain, secure=True) == 403),
            ("smtp", 1, lambda: takes_mail(place, f"{name}@{self.domain}")))]
        self.threads += [in_world(site, self.hold, *words) for words in (
            ("held smtp", self.smtp), ("held imap", self.imap), ("held pop", self.pop), ("held ftp", self.ftp))]
        self.threads += [in_world(site, self.stream, "a page that comes slowly", self.slow_page),
                         in_world(site, self.stream, "held ssh", self.session)]

    def note(self, what, error):
        self.dropped.append(f"{what}: {error!r}")

    def count(self, what):
        self.asked[what] = self.asked.get(what, 0) + 1

    def steadily(self, what, seconds, ask):
        while not self.is_over.wait(seconds):
            self.count(what)
            try:
                if not ask():
                    self.note(what, "another answer")
            except Exception as error:
                self.note(what, error)

    def hold(self, what, begin):
        """A connection that says something each second."""
        try:
            say = begin()
            while not self.is_over.wait(1):
                self.count(what)
                say()
        except Exception as error:
            self.note(what, error)

    def stream(self, what, begin):
        """One that hears something all the time, until it is over."""
        try:
            lines, stop = begin()
            while not self.is_over.is_set():
                if not lines.readline():
                    raise EOFError("ended")
                self.count(what)
            stop()
        except Exception as error:
            self.note(what, error)

    def smtp(self):
        client = smtplib.SMTP(self.place["mail"], 587, timeout=20)
        client.starttls(context=ANY)
        client.login(f"{self.name}@{self.domain}", self.passwords["mail"])
        return lambda: self.must(client.noop()[0] == 250)

    def imap(self):
        client = imaplib.IMAP4_SSL(self.place["mail"], timeout=20, ssl_context=ANY)
        client.login(f"{self.name}@{self.domain}", self.passwords["mail"])
        client.select()
        return lambda: self.must(client.noop()[0] == "OK")

    def pop(self):
        client = poplib.POP3_SSL(self.place["mail"], timeout=20, context=ANY)
        client.user(f"{self.name}@{self.domain}")
        client.pass_(self.passwords["mail"])
        return client.noop

    def ftp(self):
        client = ftplib.FTP_TLS(timeout=20, context=ANY)
        client.connect(self.place["web"])
        client.login(self.name, self.passwords["ftp"])
        return lambda: client.voidcmd("NOOP")

    def slow_page(self):
        connection = http.client.HTTPConnection(self.place["web"], timeout=20)
        connection.request("GET", "/slow.cgi", headers={"Host": self.domain})
        return connection.getresponse(), connection.close

    def session(self):
        run = subprocess.Popen(["sshpass", "-p", self.passwords["shell"], *SSH, f"{self.name}@{self.place['shell']}",
                                "while sleep 0.5; do echo on; done"], stdout=subprocess.PIPE, text=True)
        return run.stdout, run.kill

    @staticmethod
    def must(true):
        if not true:
            raise ValueError("another answer")

    def end(self):
        self.is_over.set()
        for thread in self.threads:
            thread.join(30)
        for thread in self.threads:
            if isinstance(thread.found, Exception):
                self.note("a client", thread.found)
        return self


def when(site, began, ask):
    """Thread whose `found` is how many seconds after `began` the visit was answered; None: not within a minute."""
    def look():
        while time.monotonic() - began < 60:
            try:
                if ask():
                    return time.monotonic() - began
            except OSError:
                pass
            except (EOFError, ftplib.Error, smtplib.SMTPException, subprocess.TimeoutExpired):
                pass
            time.sleep(0.1)
        return None
    return in_world(site, look)
