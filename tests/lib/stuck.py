#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A process whose command line never comes, as a customer can make one.

usage: stuck.py serve FOLDER    as root: a file FOLDER/page whose bytes are promised, never given
       stuck.py hide FOLDER     as the customer: stays for ever in a call that locks its memory

The kernel reads a command line out of the process's memory, for which it waits until that
is not being changed. A child reads the file by way of the page cache, and so holds the page
locked; who opens it for the second time is told then that it is not to be cached, so that
mmap(2) first has the cache emptied, and waits for that page with the memory locked. A customer would have
mounted it in a user namespace or by sshfs; here root does. When the server ends, everybody
who waits is given an error.
"""
import ctypes
import mmap
import os
import struct
import sys

LOOKUP, GETATTR, OPEN, READ, INIT = 1, 3, 14, 15, 26
ROOT, FILE = 1, 2
UNCACHED, KEEP_CACHE = 1, 2  # FOPEN_DIRECT_IO, FOPEN_KEEP_CACHE
NO_SUCH_CALL = -38
HEAD = struct.Struct("<IIQQIIII")
libc = ctypes.CDLL(None, use_errno=True)


def attributes(node):
    folder = node == ROOT
    mode = 0o040755 if folder else 0o100644
    return struct.pack("<QQQQQQIIIIIIIIII", node, 0 if folder else 4096, 8, 0, 0, 0, 0, 0, 0, mode,
                       2 if folder else 1, 0, 0, 0, 4096, 0)


def answer(code, node, how):
    """What follows the head of an answer; nothing: there is no such call."""
    if code == INIT:
        return struct.pack("<IIIIHHIIHHIII", 7, 31, 65536, 0, 16, 16, 65536, 1, 1, 0, 0, 0, 0) + bytes(20)
    if code == LOOKUP:
        return struct.pack("<QQQQII", FILE, 1, 3600, 3600, 0, 0) + attributes(FILE)
    if code == GETATTR:
        return struct.pack("<QII", 3600, 0, 0) + attributes(node)
    return struct.pack("<QII", 1, how, 0) if code == OPEN else b""


def say(fuse, unique, body):
    error = 0 if body else NO_SUCH_CALL
    os.write(fuse, struct.pack("<IiQ", 16 + len(body), error, unique) + body)


def serve(folder):
    fuse = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={fuse},rootmode=40000,user_id=0,group_id=0,allow_other"
    if libc.mount(b"stuck", folder.encode(), b"fuse.stuck", 0, options.encode()):
        sys.exit(f"cannot mount: {os.strerror(ctypes.get_errno())}")
    opened, read, second = 0, False, None
    while True:
        request = os.read(fuse, 1 << 20)
        _, code, unique, node = HEAD.unpack(request[:HEAD.size])[:4]
        opened += code == OPEN
        read = read or code == READ
        if code == OPEN and opened == 2:
            second = unique
        elif code != READ:
            say(fuse, unique, answer(code, node, 0))
        if second and read:
            say(fuse, second, answer(OPEN, FILE, UNCACHED | KEEP_CACHE))
            second = None


def promised(folder):
    return os.open(os.path.join(folder, "page"), os.O_RDONLY)


def hide(folder):
    cached = mmap.mmap(promised(folder), mmap.PAGESIZE, mmap.MAP_PRIVATE, mmap.PROT_READ)
    if not os.fork():
        sys.exit(cached[0])
    mmap.mmap(promised(folder), mmap.PAGESIZE, mmap.MAP_PRIVATE, mmap.PROT_READ)
    sys.exit("it was not kept waiting")


{"serve": serve, "hide": hide}[sys.argv[1]](sys.argv[2])
