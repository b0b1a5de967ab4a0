#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Visitors of a web site: asks for a page so often, from these addresses in turn.

usage: visit.py PER-SECOND SECONDS URL ADDRESS...
"""
import http.client
import sys
import threading
import time
import urllib.parse


def ask(url, address):
    place = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(place.netloc, timeout=20, source_address=(address, 0))
    try:
        connection.request("GET", place.path)
        connection.getresponse().read()
    except OSError:
        pass  # a host that is short of everything may refuse
    finally:
        connection.close()


def main():
    pace, seconds, url, addresses = float(sys.argv[1]), float(sys.argv[2]), sys.argv[3], sys.argv[4:]
    began = time.monotonic()
    for number in range(int(pace * seconds)):
        # Behind its time it does not hurry: it asks for what it can get.
        time.sleep(max(0, began + number / pace - time.monotonic()))
        if time.monotonic() > began + seconds:
            break
        threading.Thread(target=ask, args=(url, addresses[number % len(addresses)]), daemon=True).start()
        while threading.active_count() > 8:
            time.sleep(0.01)


main()
