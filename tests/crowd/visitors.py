#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Visitors of the crowd's servers, calm ones.

usage: visitors.py idle COUNT   # keeps so many websockets open, and says when they are
       visitors.py busy RATE    # asks the server on libevent so many times a second
"""
import http.client
import socket
import sys
import time

HANDSHAKE = (b"GET /chat HTTP/1.1\r\nHost: chat.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")


def join():
    client = socket.create_connection(("127.0.0.1", 8002), timeout=20)
    client.sendall(HANDSHAKE)
    if b" 101 " not in client.recv(500):
        sys.exit("no websocket")
    return client


def idle(count):
    clients = [join() for _ in range(count)]
    print(f"{len(clients)} are there", flush=True)
    while True:
        time.sleep(60)


def busy(rate):
    server = http.client.HTTPConnection("127.0.0.1", 8001, timeout=20)
    while True:
        begin = time.monotonic()
        for _ in range(rate // 10):
            server.request("GET", "/page")
            server.getresponse().read()
        time.sleep(max(0.01, 0.1 - (time.monotonic() - begin)))


if __name__ == "__main__":
    {"idle": idle, "busy": busy}[sys.argv[1]](int(sys.argv[2]))
