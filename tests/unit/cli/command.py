#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The hayward command as people call it, against a daemon that is played here.

usage: command.py HAYWARD
"""
import fcntl
import json
import os
import pty
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time

hayward = sys.argv[1]
folder = tempfile.mkdtemp(prefix="hayward-command-")
DEADLINE = 20
results = []

ROWS = [{"account": f"customer-{n}", "uid": 1000 + n, "cpu_percent": n, "cpu_percent_lately": n,
         "memory_percent": 0.5, "memory_bytes": 1 << 20, "database_percent": n / 10, "io_percent": n / 4, "io_bytes_per_second": (40 - n) << 10, "processes": 1, "runs_today": n,
         "cpu_seconds_today": 1} for n in range(40)]
ROWS[7]["account"] = "\x1b[2Jhostile\u202e"
ANSWERS = {
    "top": {"name": "web1", "mode": "observe", "at": "2027-01-31T14:03:07Z", "row_count": 40,
            "host": {"measured": True, "cpu_percent": 12.5, "memory_bytes": 1 << 30}, "rows": ROWS},
    "cases": {"cases": []},
    "mail-queue": {"mails": [], "silent": ["web"], "unread": ["mail"], "more": 7500},
    "status": {"host": "web1", "mode": "observe", "policy": {"digest": "0123456789abcdef"}},
}


def check(what, holds, remark=""):
    results.append(bool(holds))
    print(f"{'ok' if holds else 'not ok'} {len(results)} - {what}")
    if not holds:
        print("# " + repr(remark))


class Daemon:
    """Answers each line; or, told so, with these bytes whatever is asked."""

    def __init__(self, name, raw=None):
        self.path = os.path.join(folder, name)
        self.raw = raw
        self.asked = []
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(self.path)
        self.socket.listen()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.socket.accept()
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        with client, client.makefile("rwb") as stream:
            for line in stream:
                self.asked.append(json.loads(line))
                stream.write(self.answer(self.asked[-1]))
                stream.flush()
                if self.raw is not None:
                    return

    def answer(self, question):
        if self.raw is not None:
            return self.raw
        data = ANSWERS.get(question["ask"])
        status = 0 if data else 4
        return json.dumps({"status": status, "text": "" if data else "not \x1b[31mnow",
                           "data": data}).encode() + b"\n"


def call(*words, environment=None):
    run = subprocess.run([hayward, *words], capture_output=True, text=True, timeout=DEADLINE,
                         env={**os.environ, **(environment or {})})
    return run.returncode, run.stdout, run.stderr


class Screen:
    """`hayward top` on a terminal of so many lines and columns."""

    def __init__(self, daemon, rows, columns, **environment):
        self.seen = b""
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            env = {**os.environ, "TERM": "xterm", "LC_ALL": "C.UTF-8", **environment}
            os.execve(hayward, ["hayward", "top", "--socket", daemon.path], env)
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.before = termios.tcgetattr(self.terminal)

    def wait_for(self, mark):
        deadline = time.monotonic() + DEADLINE
        while mark not in self.seen and time.monotonic() < deadline:
            if not select.select([self.terminal], [], [], 0.1)[0]:
                continue
            try:
                self.seen += os.read(self.terminal, 65536)
            except OSError:
                break
        return mark in self.seen

    def end(self):
        """The exit status, and whether the terminal was given back."""
        deadline = time.monotonic() + DEADLINE
        status = None
        while status is None and time.monotonic() < deadline:
            self.wait_for(b"\x1b[?1049l")
            pid, code = os.waitpid(self.process, os.WNOHANG)
            status = code if pid else None
            time.sleep(0.01)
        return status


def test_words():
    daemon = Daemon("words")
    code, out, err = call("--socket", daemon.path, "cases", "--waiting")
    check("an empty queue is said in words", (code, out) == (0, "nothing waits for the staff\n"),
          (code, out, err))
    check("flags become members", daemon.asked == [{"ask": "cases", "waiting": True}], daemon.asked)
    code, out, err = call("status", "--json", "--socket", daemon.path)
    check("--json gives the data", code == 0 and json.loads(out) == ANSWERS["status"], out)
    code, out, err = call("lift", "12", "--note", "gone", "--socket", daemon.path)
    check("a refusal is the exit status, its words are escaped",
          code == 4 and out == "" and "not \\x1b[31mnow" in err, (code, out, err))
    code, out, err = call("top", "--once", "--socket", daemon.path)
    check("what is no terminal gets no colour and every row",
          code == 0 and "\x1b" not in out and out.count("customer-") == 39, out)
    check("a hostile name is shown, not obeyed", "\\x1b[2Jhostile" in out and "\u202e" not in out,
          out)
    code, out, err = call("mail", "queue", "--socket", daemon.path)
    check("a queue of which nothing can be shown is not empty", (code, out) == (
        0, "and 7500 more\nnot all of it could be read in time by mail\nnot told by web\n"), (out, err))
    code, _, err = call("cases", environment={"HAYWARD_SOCKET": os.path.join(folder, "none")})
    check("no daemon is exit status 5, with the path", code == 5 and "/none'" in err, (code, err))


def test_mistakes():
    for words, mark in ((["stauts"], "did you mean 'status'?"), (["case"], "missing"),
                        (["case", "x"], "not the number of a case"), (["cases", "7"], "too many"),
                        (["lift", "1"], "--note is needed"), ([], "usage:"),
                        (["except", "A10", "bob", "--until", "revoked"], "--because is needed"),
                        (["top", "--by", "name"], "cpu, memory, io or runs"),
                        (["case", "1", "--sent-by", "Dora"], "--sent-by and --to belong together"),
                        (["case", "1", "--whole"], "--whole belongs to --export"),
                        (["case", "1", "--legal-hold", "maybe"], "takes on or off"),
                        (["review", "bob", "--sign-off"], "--sign-off and --note belong together"),
                        (["review", "--rescan"], "missing"),
                        (["lift", "1", "--note", "\udcff"], "not valid UTF-8")):
        code, out, err = call(*words)
        check(f"{' '.join(words)!a} is wrong usage", code == 1 and mark in err and not out,
              (code, out, err))
    code, out, _ = call("except", "--help")
    check("a command tells what it takes", code == 0 and "--until DATE" in out, out)


def test_false_daemons():
    for name, raw in (("garbage", b"hello\n"), ("status", b'{"status":99}\n'), ("nothing", b""),
                      ("half", b'{"status":0,"te'), ("array", b"[1]\n"),
                      ("deep", b"[" * 100000 + b"\n")):
        code, out, err = call("status", "--socket", Daemon(name, raw).path)
        check(f"a daemon that says {name} is not believed", code == 5 and err and not out,
              (code, out, err))


def test_screen():
    daemon = Daemon("screen")
    screen = Screen(daemon, 12, 60)
    check("top takes the screen over", screen.wait_for(b"\x1b[?1049h"), screen.seen)
    check("and shows the busiest", screen.wait_for(b"customer-39"), screen.seen)
    check("no more than fits", b"customer-25" not in screen.seen, screen.seen)
    os.write(screen.terminal, b"s")
    screen.wait_for(b"SCRIPT")
    check("s asks for scripts", {"ask": "top", "scripts": True} in daemon.asked, daemon.asked)
    os.write(screen.terminal, b"q")
    status = screen.end()
    check("q ends it, and the terminal is as before",
          status == 0 and screen.seen.rstrip().endswith(b"\x1b[?1049l") and
          b"\x1b[?25h" in screen.seen and termios.tcgetattr(screen.terminal) == screen.before,
          (status, screen.seen[-60:]))
    check("nothing a customer chose reached the terminal", b"\x1b[2J" not in screen.seen)


def test_signal():
    screen = Screen(Daemon("signal"), 24, 80, NO_COLOR="1")
    screen.wait_for(b"customer-39")
    os.kill(screen.process, signal.SIGTERM)
    status = screen.end()
    check("a signal ends it in its own name, the terminal given back",
          status is not None and os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGTERM
          and b"\x1b[?1049l" in screen.seen and
          termios.tcgetattr(screen.terminal) == screen.before, (status, screen.seen[-60:]))
    check("NO_COLOR is honoured", b"\x1b[31m" not in screen.seen and b"\x1b[1m" not in screen.seen)


def main():
    try:
        for test in (test_words, test_mistakes, test_false_daemons, test_screen, test_signal):
            test()
    finally:
        for name in os.listdir(folder):
            os.unlink(os.path.join(folder, name))
        os.rmdir(folder)
    print(f"1..{len(results)}")
    return not all(results)


sys.exit(main())
