# SPDX-License-Identifier: Apache-2.0
"""A15 and A16 on a site: how many at a time, POP how often, a folder for one; all by TLS, from addresses of their own."""
from tap import check
from world import show

AT_DESK, ON_THE_WAY = "203.0.113.66", "203.0.113.67"

PROGRAMS = """
    import imaplib, poplib, socket, ssl, sys
    tls = ssl.create_default_context()
    tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
    server, words = sys.argv[1], sys.argv[2:]

    class Pop(poplib.POP3_SSL):
        def _create_socket(self, timeout):
            return tls.wrap_socket(socket.create_connection((self.host, self.port), 30, (self.source, 0)))

    class Imap(imaplib.IMAP4_SSL):
        def _create_socket(self, timeout):
            return tls.wrap_socket(socket.create_connection((self.host, self.port), 30, (self.source, 0)))

    def pop(source, user, password):
        Pop.source = source
        client = Pop(server, context=tls)
        try:
            client.user(user)
            print("in", client.pass_(password).decode())
            return client
        except poplib.error_proto as error:
            print("out", error.args[0].decode())

    imaplib.Commands["ID"] = ("NONAUTH", "AUTH", "SELECTED")

    def select(source, user, password, before=None, after=None):
        Imap.source = source
        client = Imap(server, ssl_context=tls)
        if before:
            client._simple_command("ID", f'("name" "{before}")')
        client.login(user, password)
        if after:
            client._simple_command("ID", f'("name" "{after}")')
        status, said = client.select()
        print("in" if status == "OK" else "out", said[0].decode())
        return client
"""


def sessions(walk):
    for address in (AT_DESK, ON_THE_WAY):
        walk.site.start_in_world("ip", "address", "add", f"{address}/24", "dev", "eth0").wait()
    people = [word for one in (walk.alice, walk.bob, walk.carl, walk.dora, walk.erin) for word in (one.address, one.passwords["mail"])]
    run = walk.world.python(PROGRAMS + f"""
    held = [pop("{AT_DESK}", words[n], words[n + 1]) for n in range(0, len(words), 2)]
    held.append(pop("{AT_DESK}", words[0], words[1]))
    held[0].quit()
    pop("{ON_THE_WAY}", words[0], words[1])
    """, walk.world.address["mail"], *people)
    lines = run.stdout.splitlines()
    check("A15 honest pop: on a site five at a time", len(lines) == 7 and all(line.startswith("in ") for line in lines[:5]), show(run))
    check("A15 break pop: on a site the sixth is turned away", lines[5:] and lines[5].startswith("out -ERR [SYS/TEMP] 6 connections"), show(run))
    check("A15 break interval: on a site twice within five minutes",
          lines[6:] and lines[6].startswith("out -ERR [LOGIN-DELAY] one POP login in five minutes"), show(run))
    known = walk.warden.staff("why", lines[5].split()[-1] if lines[5:] else "", "--state", walk.site.scene / "state")
    check("V3 break sessions: on a site it is on record", f"A15a {lines[5].split()[-1]} {AT_DESK} refused" in known.stdout if lines[5:] else False,
          show(known))
    run = walk.world.python(PROGRAMS + f"""
    desk = select("{AT_DESK}", *words)
    telephone = select("{ON_THE_WAY}", *words)
    desk.logout()
    select("{ON_THE_WAY}", *words)
    """, walk.world.address["mail"], *people[:2])
    lines = run.stdout.splitlines()
    check("A16 honest imap: on a site one at a time", lines and lines[0].startswith("in "), show(run))
    check("A16 break imap: on a site a second one on INBOX", lines[1:] and lines[1].startswith("out [LIMIT] mailbox INBOX is already open"), show(run))
    check("A16 honest imap: on a site when the first has left", lines[2:] and lines[2].startswith("in "), show(run))
    run = walk.world.python(PROGRAMS + f"""
    early = [select("{AT_DESK}", *words[:2], before=name) for name in ("waits & reads", "waits & reads", "another")]
    late = [select("{AT_DESK}", *words[2:], after=name) for name in ("waits & reads", "waits & reads", "another")]
    """, walk.world.address["mail"], *people[2:6])
    lines = [line.split()[0] for line in run.stdout.splitlines()]
    check("A16 honest imap: on a site a program that says which it is opens INBOX twice", lines[0:2] + lines[3:5] == ["in"] * 4, show(run))
    check("A16 break imap: on a site another one at the same address does not", lines[2:3] + lines[5:6] == ["out"] * 2, show(run))
