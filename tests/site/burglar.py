# SPDX-License-Identifier: Apache-2.0
"""Steps of the walk: what must not be reached, from outside, from one role in another, and outwards."""
import concurrent.futures
import subprocess
import sys
import textwrap

import host
from tap import check
from world import ADDRESS, call, show

OPEN = {"file": (), "dns": (53,), "mail": (25, 110, 143, 587, 993, 995), "web": (21, 80, 443), "shell": (22,)}
TRIED = (21, 22, 23, 25, 53, 80, 110, 111, 143, 443, 587, 783, 993, 995, 2049, 3306, 8080, 11334)
ANSWERS = """
    import socket, time
    servers = [socket.create_server(("203.0.113.1", port), backlog=16)
               for port in (22, 25, 53, 80, 110, 119, 443, 873, 5432, 8080)]
    print("ready", flush=True)
    time.sleep(100000)
"""
ECHO = ("import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('0.0.0.0', 8053));"
        "s.settimeout(15); data, peer = s.recvfrom(100); s.sendto(b'echo', peer)")
SEND = ("import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(2);"
        "s.sendto(b'x', ('%s', 8053)); print(s.recvfrom(100)[0].decode())")


def half(expected):
    return "honest" if expected else "break"


def closed_doors(walk):
    found = walk.world.reaches_of_all(OPEN, *TRIED)
    for role, ports in OPEN.items():
        check(f"V5 {half(ports)} tcp: outside reaches of {role} {' '.join(map(str, ports)) or 'nothing'}",
              found[role] == ports, found)
    for role in ("file", "dns", "mail"):
        check(f"V8 break {role}: nobody logs in there", walk.world.reaches(role, 22) == ())
    users = ("root", "nobody", "www-data")
    with concurrent.futures.ThreadPoolExecutor() as at_once:
        runs = at_once.map(lambda user: walk.world.ssh(user, "no-such-password", "true"), users)
    for user, run in zip(users, runs):
        check(f"V8 break shell: {user} does not log in by SSH", run.returncode != 0, show(run))


def between_roles(walk):
    listen = walk.alice.ssh("nohup python3 -m http.server 8080 >/dev/null 2>&1 & "
                            "curl -s --retry 30 --retry-connrefused --retry-delay 1 -o /dev/null -w '%{http_code}' "
                            "http://127.0.0.1:8080/")
    check("V5 honest tcp: a customer may listen on 8080, and reach it there", listen.stdout == "200", show(listen))
    check("V5 break tcp: nobody outside reaches it", walk.world.reaches("shell", 8080) == ())
    for role in ("web", "mail", "dns", "file"):
        run = walk.site.inside(role, "sh", "-c", call(ADDRESS["shell"], 8080))
        check(f"V5 break tcp: nor does {role}", "open" not in run.stdout, show(run))
    for to, port, expected in (("web", 80, True), ("mail", 587, True), ("mail", 25, False), ("web", 3306, False),
                               ("dns", 22, False), ("file", 2049, False)):
        run = walk.alice.ssh(call(ADDRESS[to], port))
        check(f"V5 {half(expected)} tcp: from shell to {to}, port {port}", ("open" in run.stdout) == expected, show(run))


def datagrams(walk):
    """Over UDP, where nobody says that a door is closed: what arrives counts."""
    start = walk.alice.ssh(f'nohup python3 -c "{ECHO}" >/dev/null 2>&1 & sleep 1; echo started')
    outside = walk.world.python(SEND % ADDRESS["shell"])
    check("V5 break udp: nobody outside reaches a customer's port", "echo" not in outside.stdout, show(outside))
    inside = walk.alice.ssh(f'python3 -c "{SEND % "127.0.0.1"}"')
    check("V5 honest udp: it answers on the server itself", "echo" in inside.stdout, show(start, inside))
    dig = walk.world.dig("+short", "+notcp", "alice.example", "A")
    check("V5 honest udp: names are answered", ADDRESS["web"] in dig.stdout, show(dig))


def outward(walk):
    answers = subprocess.Popen(walk.site.world_words(sys.executable, "-c", textwrap.dedent(ANSWERS)),
                               stdout=subprocess.PIPE, text=True)
    answers.stdout.readline()
    try:
        outward_from_shell(walk)
        outward_from_web(walk)
        outward_from_mail(walk)
    finally:
        answers.kill()
        answers.wait()


def outward_from_shell(walk):
    for port, expected in ((22, True), (80, True), (110, True), (119, True), (443, True), (873, True), (25, False),
                           (53, False), (5432, False), (8080, False)):
        run = walk.alice.ssh(call(host.OUTSIDE, port))
        check(f"V6 {half(expected)} shell: outwards, port {port}", ("open" in run.stdout) == expected, show(run))


def counted(walk):
    status = walk.site.hayward("site", "status").stdout
    rows = [line.split() for line in status.splitlines()]
    for role in ("shell", "web"):
        found = [int(row[2]) for row in rows if row[:2] == ["alice", role]]
        check(f"V6 break {role}: refusals are counted for each account", len(found) == 1 and found[0] > 0, status)


def outward_from_web(walk):
    walk.alice.upload("public_html/call.php", "<?php echo @fsockopen('tcp://' . $_GET['to'], $_GET['port'], $n, $e, 3) "
                      "? 'open' : 'refused';")
    for port, expected in ((80, True), (443, True), (25, False), (22, False), (5432, False)):
        page = walk.alice.fetch(f"call.php?to={host.OUTSIDE}&port={port}")
        check(f"V6 {half(expected)} web: outwards from a script, port {port}",
              page.stdout == ("open" if expected else "refused"), show(page))


def outward_from_mail(walk):
    for port, expected in ((25, True), (8080, False)):
        run = walk.site.inside("mail", "setpriv", "--reuid", "postfix", "--clear-groups", "sh", "-c",
                               call(host.OUTSIDE, port))
        check(f"V6 {half(expected)} mail: outwards, port {port}", ("open" in run.stdout) == expected, show(run))
