#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Scans by a real clamd, and by such as are hung, killed, confused or cut off.

usage: clamd_test.py TOOL
"""
import base64
import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import zipfile

TOOL = sys.argv[1]
# Not what scanners everywhere look for, but what this one's signature says.
HARMLESS_VIRUS = b"HAYWARD-TEST-" + b"PATTERN-0123456789"
FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="hayward-clamd-"))
SOCKET = FOLDER / "clamd"

CONFIGURATION = f"""
LocalSocket {SOCKET}
DatabaseDirectory {FOLDER}/signatures
Foreground yes
LogFile {FOLDER}/log
StreamMaxLength 2M
MaxThreads 4
"""


def scan(*files, patience=20000, times=1, path=SOCKET):
    command = [TOOL, str(path), str(patience), str(times)] + [str(file) for file in files]
    said = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert said.returncode == 0, said.stderr
    lines = [line.split("\t") for line in said.stdout.splitlines()]
    return [(pathlib.Path(file).name, verdict, words) for file, verdict, words in lines]


def file_of(name, content):
    path = FOLDER / name
    path.write_bytes(content)
    return path


class Clamd:
    def __init__(self):
        (FOLDER / "signatures").mkdir(exist_ok=True)
        (FOLDER / "signatures/test.ndb").write_text(f"Hayward.Test:0:*:{HARMLESS_VIRUS.hex()}\n")
        (FOLDER / "clamd.conf").write_text(CONFIGURATION)
        self.process = subprocess.Popen(["clamd", "-c", FOLDER / "clamd.conf"],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 60
        while not SOCKET.exists() or not self.answers():
            assert self.process.poll() is None and time.monotonic() < end, "clamd does not start"
            time.sleep(0.1)

    @staticmethod
    def answers():
        with socket.socket(socket.AF_UNIX) as one:
            try:
                one.connect(str(SOCKET))
                one.sendall(b"zPING\0")
                return one.recv(16) == b"PONG\0"
            except OSError:
                return False

    def end(self):
        self.process.kill()
        self.process.wait()


class Pretender(threading.Thread):
    """Takes connections as clamd does, and does with each what `behave` does."""

    def __init__(self, behave):
        super().__init__(daemon=True)
        self.path = FOLDER / "pretender"
        self.path.unlink(missing_ok=True)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.path))
        self.listener.listen(16)
        self.behave = behave
        self.asked = []
        self.start()

    def run(self):
        while True:
            try:
                one, _ = self.listener.accept()
            except OSError:
                return
            with one, contextlib.suppress(BrokenPipeError):
                words = one.recv(10)
                self.asked.append(words)
                self.behave(one, words)

    def end(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


class Scans(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.clamd = Clamd()
        cls.clean = file_of("clean", b"Subject: hello\r\n\r\nnothing here\r\n")
        cls.bad = file_of("bad", b"Subject: hello\r\n\r\n" + HARMLESS_VIRUS)

    @classmethod
    def tearDownClass(cls):
        cls.clamd.end()
        shutil.rmtree(FOLDER)

    def test_a_real_clamd(self):
        encoded = base64.encodebytes(HARMLESS_VIRUS * 4)
        nested = (b"From hayward\r\nContent-Type: multipart/mixed; boundary=o\n\n--o\n"
                  b"Content-Type: multipart/mixed; boundary=i\n\n--i\nContent-Type: application/x-a; name=a\n"
                  b"Content-Transfer-Encoding: base64\n\n" + encoded + b"--i--\n--o--\n")
        archive = FOLDER / "archive.zip"
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as pack:
            pack.writestr("a", HARMLESS_VIRUS * 1000)
        large = file_of("large", b"a" * (8 << 20) + HARMLESS_VIRUS)
        name = "Hayward.Test.UNOFFICIAL"
        got = sorted(scan(self.clean, self.bad, file_of("nested", nested), archive, large))
        self.assertEqual(got, [("archive.zip", "found", name), ("bad", "found", name), ("clean", "clean", ""),
                               ("large", "found", name), ("nested", "found", name)])

    def test_many(self):
        got = scan(*[self.clean, self.bad] * 50)
        self.assertEqual(len(got), 100)
        self.assertEqual(sum(verdict == "found" for _, verdict, _ in got), 50)
        self.assertEqual(sum(verdict == "clean" for _, verdict, _ in got), 50)

    def test_nobody(self):
        self.assertEqual(scan(self.clean, path=FOLDER / "nobody"), [("clean", "away", "No such file or directory")])

    def test_hung(self):
        one = Pretender(lambda socket, _: time.sleep(3))
        begin = time.monotonic()
        self.assertEqual(scan(self.clean, patience=500, path=one.path), [("clean", "failed", "no answer in time")])
        self.assertLess(time.monotonic() - begin, 2.5)
        one.end()

    def test_drips(self):
        def drip(socket, _):
            for _ in range(30):
                socket.send(b"x")
                time.sleep(0.1)
        one = Pretender(drip)
        begin = time.monotonic()
        self.assertEqual(scan(self.clean, patience=700, path=one.path)[0][1], "failed")
        self.assertLess(time.monotonic() - begin, 2.5)
        one.end()

    def test_nonsense(self):
        """Whatever is no clear yes or no is no verdict, and is asked about once more, by stream; who hangs up is away."""
        for said in (b"", b"\0", b"OK\0", b"FOUND\0", b"x:  FOUND\0", b"x: FOUND\0", b"fd[9]: lstat() failed ERROR\0",
                     b"fd[9]: OK", b"fd[9]: ok\0", b"fd[9]: OK \0", b"UNKNOWN COMMAND\0", b"x" * 9000):
            def answer(socket, _, said=said):
                socket.sendall(said)
            one = Pretender(answer)
            (_, verdict, words), = scan(self.clean, patience=1500, path=one.path)
            self.assertEqual(verdict, "failed" if said.endswith(b"\0") or len(said) > 4096 else "away", said)
            self.assertTrue(words)
            one.end()

    def test_a_descriptor_that_it_may_not_read(self):
        def confined(socket, words):
            if words.startswith(b"zFILDES"):
                socket.sendall(b"fd[10]: Can't open file or directory ERROR\0")
                return
            received = b""
            while not received.endswith(b"\0\0\0\0"):
                received += socket.recv(65536)
            found = HARMLESS_VIRUS in received
            socket.sendall(b"stream: Some.Name FOUND\0" if found else b"stream: OK\0")
        one = Pretender(confined)
        got = scan(self.clean, self.bad, times=3, path=one.path)
        self.assertEqual(sorted(got), [("bad", "found", "Some.Name")] * 3 + [("clean", "clean", "")] * 3)
        # From then on it is not asked that way again.
        self.assertLessEqual(sum(words.startswith(b"zFILDES") for words in one.asked), 2)
        one.end()

    def test_a_stream_that_is_too_long(self):
        """clamd cuts it off: that is no verdict."""
        def confined(socket, words):
            if words.startswith(b"zFILDES"):
                socket.sendall(b"fd[10]: Can't open file or directory ERROR\0")
                return
            socket.recv(100000)
            socket.sendall(b"INSTREAM size limit exceeded. ERROR\0")
        one = Pretender(confined)
        large = file_of("long", b"a" * (8 << 20))
        self.assertEqual(scan(large, path=one.path)[0][1], "failed")
        one.end()

    def test_z_restarted(self):
        self.clamd.end()
        self.assertEqual(scan(self.bad)[0][1], "away")
        Scans.clamd = Clamd()
        self.assertEqual(scan(self.bad), [("bad", "found", "Hayward.Test.UNOFFICIAL")])


if not shutil.which("clamd"):
    print("clamd is not installed")
    sys.exit(77)
unittest.main(argv=sys.argv[:1], verbosity=2)
