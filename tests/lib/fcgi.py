#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Asks a FastCGI server on a Unix socket for one script and prints what it says.

usage: fcgi.py SOCKET SCRIPT [TIMES [NAME=VALUE...]]
"""
import socket
import struct
import sys

BEGIN, PARAMS, STDIN, STDOUT = 1, 4, 5, 6


def record(kind, body):
    return struct.pack(">BBHHBx", 1, kind, 1, len(body), 0) + body


def pair(name, value):
    return bytes([len(name), len(value)]) + name.encode() + value.encode()


def records(stream):
    while len(header := stream.read(8)) == 8:
        _, kind, _, length, padding = struct.unpack(">BBHHBx", header)
        yield kind, stream.read(length)
        stream.read(padding)


def ask(path, script, more):
    params = pair("SCRIPT_FILENAME", script) + pair("REQUEST_METHOD", "GET")
    params += b"".join(pair(*one.split("=", 1)) for one in more)
    with socket.socket(socket.AF_UNIX) as server:
        server.settimeout(10)
        server.connect(path)
        server.sendall(record(BEGIN, struct.pack(">HB5x", 1, 0)) + record(PARAMS, params) +
                       record(PARAMS, b"") + record(STDIN, b""))
        for kind, body in records(server.makefile("rb")):
            if kind == STDOUT:
                sys.stdout.write(body.decode(errors="replace"))


def main(path, script, times=1, *more):
    for _ in range(int(times)):
        ask(path, script, more)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
