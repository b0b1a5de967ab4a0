# SPDX-License-Identifier: Apache-2.0
"""Steps of the walk by IPv6: the same doors are open, and the same are shut."""
import concurrent.futures
import subprocess
import sys
import textwrap

import burglar
import host
from tap import check
from world import ADDRESS6, CALLS, Customer, World, call, show

ECHO = burglar.ECHO.replace("AF_INET,", "AF_INET6,").replace("0.0.0.0", "::")
SEND = burglar.SEND.replace("AF_INET,", "AF_INET6,")


def six(walk):
    """Alice, whose programs know nothing but IPv6 addresses."""
    return Customer(World(walk.site, ADDRESS6), "alice", walk.alice.passwords)


def doors(word, *ports):
    """As CALLS has them."""
    return {f"{word},{port}" for port in ports}


def names(walk):
    world = World(walk.site, ADDRESS6)
    for name, role in (("alice.example", "web"), ("www.alice.example", "web"), ("ftp.alice.example", "web"),
                       ("mail.example.net", "mail"), ("shell.example.net", "shell"), ("ns1.example.net", "dns")):
        dig = world.dig("+short", name, "AAAA")
        check(f"V8 honest dns: asked by IPv6, {name} has an AAAA", dig.stdout.split() == [ADDRESS6[role]], show(dig))
    dig = world.dig("elsewhere.example", "AAAA")
    check("V8 break dns: by IPv6 neither it is anybody's resolver", "REFUSED" in dig.stdout, show(dig))


def customer(walk):
    """What lasts goes beside the rest: mail that comes in is looked at for seconds."""
    alice = six(walk)
    with concurrent.futures.ThreadPoolExecutor() as beside:
        stranger = beside.submit(alice.world.smtp, "six@elsewhere.example", alice.address)
        own = beside.submit(alice.submit, alice.address)
        pages_and_shell(alice)
    mail(alice, stranger.result(), own.result())


def pages_and_shell(alice):
    put = alice.upload("public_html/six.html", "<p>by six</p>\n")
    check("V8 honest web: FTP by EPSV takes a page", put.returncode == 0 and put.stdout.startswith("/ "), show(put))
    for scheme in ("http", "https"):
        page = alice.world.fetch(f"{scheme}://alice.example/six.html", "-k")
        check(f"V8 honest web: by IPv6 it is served by {scheme}", "by six" in page.stdout, show(page))
    alice.upload("public_html/from.php", "<?php echo $_SERVER['REMOTE_ADDR'];")
    page = alice.fetch("from.php")
    check("a script sees the visitor's own address", page.stdout == host.OUTSIDE6, show(page))
    run = alice.ssh("id -un; rm public_html/from.php public_html/six.html; echo $SSH_CONNECTION")
    check("V8 honest shell: SSH by IPv6 lets alice in", run.stdout.startswith("alice\n" + host.OUTSIDE6), show(run))


def mail(alice, stranger, own):
    for what, run in (("taken in", stranger), ("submitted", own)):
        check(f"V8 honest mail: by IPv6 it is {what}", "accepted" in run.stdout, show(run))
    got = host.wait_until(lambda: "six@elsewhere.example" in alice.pop().stdout, 20)
    check("V8 honest mail: and fetched by POP3", got)
    imap = alice.imap()
    check("V8 honest mail: and by IMAP", "six@elsewhere.example" in imap.stdout, show(imap))
    relay = alice.world.smtp("x@elsewhere.example", "y@elsewhere.example")
    check("V8 break mail: by IPv6 neither is a stranger's relayed", "554" in relay.stderr or "454" in relay.stderr, show(relay))


def closed_doors(walk):
    start = walk.alice.ssh(f'nohup python3 -c "{ECHO}" >/dev/null 2>&1 & sleep 0.5; echo started')
    with concurrent.futures.ThreadPoolExecutor() as beside:
        outside = beside.submit(walk.world.python, SEND % ADDRESS6["shell"])
        found = World(walk.site, ADDRESS6).reaches_of_all(burglar.OPEN, *burglar.TRIED)
    for role, ports in burglar.OPEN.items():
        check(f"V5 {burglar.half(ports)} tcp: by IPv6 outside reaches of {role} {' '.join(map(str, ports)) or 'nothing'}",
              found[role] == ports, found)
    run = outside.result()
    check("V5 break udp: by IPv6 nobody outside reaches a customer's port", "echo" not in run.stdout, show(run))
    run = walk.alice.ssh(f'python3 -c "{SEND % "::1"}"')
    check("V5 honest udp: which answers on the server itself", "echo" in run.stdout, show(start, run))


def from_inside(walk):
    answers = subprocess.Popen(walk.site.world_words(sys.executable, "-c", textwrap.dedent(
        burglar.ANSWERS.replace('("203.0.113.1", port), ', f'("{host.OUTSIDE6}", port), family=socket.AF_INET6, '))),
        stdout=subprocess.PIPE, text=True)
    answers.stdout.readline()
    try:
        from_shell(walk)
        from_web(walk)
        from_others(walk)
    finally:
        answers.kill()
        answers.wait()


def from_shell(walk):
    inside = doors(ADDRESS6["web"], 80) | doors(ADDRESS6["mail"], 587)
    outside = doors(host.OUTSIDE6, 22, 443)
    shut = (doors(ADDRESS6["web"], 3306) | doors(ADDRESS6["mail"], 25) | doors(ADDRESS6["dns"], 22) |
            doors(ADDRESS6["file"], 2049) | doors("fe80::1%eth0", 22, 80))
    shut_outside = doors(host.OUTSIDE6, 25, 53, 5432, 8080)
    run = walk.alice.ssh(f"python3 - {' '.join(inside | outside | shut | shut_outside)}", input=textwrap.dedent(CALLS))
    found = set(run.stdout.split())
    check("V5 honest tcp: by IPv6 shell reaches of web and mail what flows there", inside <= found, show(run))
    check("V5 break tcp: by IPv6 it reaches nothing else of the others, nor of the host", not shut & found, show(run))
    check("V6 honest shell: by IPv6 outwards, 22 and 443", outside <= found, show(run))
    check("V6 break shell: by IPv6 outwards nothing else", not shut_outside & found, show(run))


def from_web(walk):
    walk.alice.upload("public_html/call6.php", "<?php foreach (explode(' ', $_GET['ports']) as $port) "
                      "if (@fsockopen('tcp://[' . $_GET['to'] . ']', $port, $n, $e, 3)) echo $port, ' ';")
    # Each that is not answered takes its time, one after the other.
    page = walk.alice.fetch(f"call6.php?to={host.OUTSIDE6}&ports=80+443+22+25+5432", "--max-time", "50")
    check("V6 honest web: by IPv6 outwards from a script, 80 and 443", {"80", "443"} <= set(page.stdout.split()), show(page))
    check("V6 break web: by IPv6 outwards from a script nothing else", set(page.stdout.split()) <= {"80", "443"}, show(page))


def from_others(walk):
    for role in ("web", "mail", "dns", "file"):
        run = walk.site.inside(role, "sh", "-c", call(ADDRESS6["shell"], 22))
        check(f"V5 break tcp: by IPv6 {role} does not reach shell", "open" not in run.stdout, show(run))
    run = walk.site.inside("mail", "setpriv", "--reuid", "postfix", "--clear-groups", "sh", "-c",
                           "; ".join(call(host.OUTSIDE6, port) + f" {port}" for port in (25, 8080)))
    check("V6 honest mail: by IPv6 outwards, port 25", "open 25" in run.stdout, show(run))
    check("V6 break mail: by IPv6 outwards, port 8080", "open 8080" not in run.stdout, show(run))
