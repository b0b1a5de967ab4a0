# SPDX-License-Identifier: Apache-2.0
"""Machines of a small network: processes with network namespaces of their own.

Each listens on a number of ports, TCP and UDP, IPv4 and IPv6, and calls others
when it is told to, under any uid; the protocol `icmp` asks whether one is there. A call has an outcome: `open` (it was answered),
`refused` (at once, with a word), or `silent`.
"""
import ctypes
import encodings.idna  # noqa: F401  (a child may not read the library any more)
import json
import os
import selectors
import socket
import subprocess
import sys
import time

libc = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000
PATIENCE = 0.8


def sh(command, text=None):
    """Runs it in this process's network; its words are the exception's if it fails."""
    done = subprocess.run(["/bin/sh", "-ec", command], input=text, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    if done.returncode:
        raise RuntimeError(f"{command}\n{done.stdout}")
    return done.stdout


def listen(selector, port, protocol):
    kind = socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM
    sock = socket.socket(socket.AF_INET6, kind)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("::", port))
    if protocol == "tcp":
        sock.listen(64)
    sock.setblocking(False)
    selector.register(sock, selectors.EVENT_READ, protocol)


def serve(listeners):
    """Answers everybody for ever: what comes is sent back."""
    selector = selectors.DefaultSelector()
    for port, protocol in listeners:
        listen(selector, port, protocol)
    while True:
        for key, _ in selector.select():
            try:
                if key.data == "tcp":
                    connection, _ = key.fileobj.accept()
                    connection.setblocking(False)
                    selector.register(connection, selectors.EVENT_READ, "stream")
                elif key.data == "udp":
                    bytes_, sender = key.fileobj.recvfrom(100)
                    key.fileobj.sendto(bytes_, sender)
                else:
                    answer(selector, key.fileobj)
            except OSError:
                pass


def answer(selector, stream):
    try:
        bytes_ = stream.recv(100)
    except OSError:
        bytes_ = b""
    if bytes_:
        stream.send(bytes_)
    else:
        selector.unregister(stream)
        stream.close()


def open_socket(target):
    """A socket that is about to call it, and what it says first."""
    to, _, protocol = target
    family = socket.AF_INET6 if ":" in to else socket.AF_INET
    if protocol == "tcp":
        return socket.socket(family, socket.SOCK_STREAM), b""
    if protocol == "udp":
        return socket.socket(family, socket.SOCK_DGRAM), b"?"
    if family == socket.AF_INET:
        return socket.socket(family, socket.SOCK_DGRAM, socket.IPPROTO_ICMP), bytes([8, *[0] * 15])
    return socket.socket(family, socket.SOCK_DGRAM, socket.IPPROTO_ICMPV6), bytes([128, *[0] * 15])


def begin(selector, target, outcomes):
    sock, first = open_socket(target)
    sock.setblocking(False)
    try:
        error = sock.connect_ex(target[:2])
        if first:
            sock.send(first)
    except OSError:
        outcomes[target] = "refused"
        return
    if error not in (0, 115):
        outcomes[target] = "refused"
        return
    selector.register(sock, selectors.EVENT_WRITE if target[2] == "tcp" else selectors.EVENT_READ, target)


def finish(key):
    sock = key.fileobj
    if sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
        return "refused"
    if key.data[2] == "tcp":
        return "open"
    try:
        return "open" if sock.recv(10) else "silent"
    except OSError:
        return "refused"


def call(targets):
    """The outcome of each (address, port, protocol), all tried at the same time."""
    selector = selectors.DefaultSelector()
    outcomes = {}
    for target in targets:
        begin(selector, target, outcomes)
    deadline = time.monotonic() + PATIENCE
    while selector.get_map() and time.monotonic() < deadline:
        for key, _ in selector.select(0.1):
            outcomes[key.data] = finish(key)
            selector.unregister(key.fileobj)
            key.fileobj.close()
    return [outcomes.get(target, "silent") for target in targets]


def converse(caller, to, port):
    """A connection; for each byte of the caller one goes there, and what comes back is told: - if nothing does."""
    stream = socket.create_connection((to, port), 2)
    stream.settimeout(2)
    caller.send(b"+")
    while caller.recv(1):
        try:
            stream.send(b"x")
            caller.send(stream.recv(1) or b"-")
        except OSError:
            caller.send(b"-")


def as_uid(uid, work):
    """What the work gives back, done by a child with that uid."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.setgroups([])
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
            os.write(writer, json.dumps(work()).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return json.loads(text)


class Station:
    """One machine. A connection that is held open is known by a name of the caller's choice."""

    def __init__(self, name, listeners=()):
        self.name = name
        ours, theirs = socket.socketpair()
        self.pid = os.fork()
        if not self.pid:
            ours.close()
            self.live(theirs.makefile("rw"), listeners)
        theirs.close()
        self.lines = ours.makefile("rw")
        assert self.ask("ready") == "ready"

    def live(self, lines, listeners):
        self.held = {}
        if libc.unshare(CLONE_NEWNET):
            os._exit(1)
        sh("""echo 0 100000 >/proc/sys/net/ipv4/ping_group_range
            echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad
            ip link set lo up""")
        if not os.fork():
            serve(listeners)
        for line in lines:
            word, *rest = json.loads(line)
            try:
                answered = getattr(self, "do_" + word)(*rest)
            except Exception as error:  # the test shall hear of all
                answered = {"error": repr(error)}
            lines.write(json.dumps(answered) + "\n")
            lines.flush()
        os._exit(0)

    def do_ready(self):
        return "ready"

    def do_sh(self, command, text=None):
        return sh(command, text)

    def do_frame(self, frame):
        """Sends these bytes, in hexadecimal, from this machine's interface as they are."""
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as raw:
            raw.bind(("eth0", 0))
            raw.send(bytes.fromhex(frame))

    def do_call(self, uid, targets):
        return as_uid(uid, lambda: call([tuple(target) for target in targets]))

    def do_hold(self, name, uid, to, port):
        """A connection of that uid stays open; what it says comes back, or an error."""
        ours, theirs = socket.socketpair()
        if not os.fork():
            try:
                os.setresuid(uid, uid, uid)
                converse(theirs, to, port)
            finally:
                os._exit(0)
        theirs.close()
        self.held[name] = ours
        return ours.recv(1).decode()

    def do_say(self, name):
        self.held[name].send(b"x")
        return self.held[name].recv(1).decode()

    def ask(self, *words):
        self.lines.write(json.dumps(words) + "\n")
        self.lines.flush()
        line = self.lines.readline()
        if not line:
            raise RuntimeError(f"{self.name} is gone")
        answered = json.loads(line)
        if isinstance(answered, dict) and "error" in answered:
            raise RuntimeError(f"{self.name}: {words}: {answered['error']}")
        return answered

    def sh(self, command, text=None):
        return self.ask("sh", command, text)

    def call(self, uid, *targets):
        outcomes = self.ask("call", uid, targets)
        return outcomes if len(targets) != 1 else outcomes[0]
