#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A newcomer's walk through a whole site, and what must not work, from everywhere.

usage: BUILD=... walk_test.py

A test named `V5 break tcp: ...` counts for the clause, see tests/clauses/run. Customers alice and bob sign up. Whatever alice does, she does from the world outside, as a customer
would: by DNS, HTTP, FTP, SSH, SMTP, POP3 and IMAP.
"""
import os
import pathlib
import sys
import textwrap
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import host  # noqa: E402
from tap import check, end  # noqa: E402

scene = host.enter(os.environ["BUILD"])
site = host.Site(scene, os.environ["BUILD"])
ADDRESS = {"file": "10.77.0.2", "dns": "10.77.0.3", "mail": "10.77.0.4", "web": "10.77.0.5", "shell": "10.77.0.6"}


def show(run):
    return f"{run.returncode}\n{run.stdout}\n{run.stderr}"


def passwords(add):
    return dict(line.split() for line in add.stdout.splitlines() if len(line.split()) == 2)


def python(text, *words, **more):
    return site.world_python(textwrap.dedent(text), *words, **more)


def fetch(name, path, *options):
    return site.world("curl", "--silent", "--show-error", "--max-time", 20, "--resolve", f"{name}:80:{ADDRESS['web']}",
                      "--resolve", f"{name}:443:{ADDRESS['web']}", *options, path)


def ssh(password, command, user="alice", **more):
    return site.world("sshpass", "-p", password, "ssh", "-o", "StrictHostKeyChecking=no", "-o",
                      "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-o", "NumberOfPasswordPrompts=1",
                      "-o", "ConnectTimeout=10", f"{user}@{ADDRESS['shell']}", command, **more)


FTP = """
    import ftplib, io, sys
    user, password, name, text = sys.argv[1:]
    with ftplib.FTP_TLS(timeout=20) as ftp:
        ftp.connect("10.77.0.5")
        ftp.login(user, password)
        ftp.prot_p()
        ftp.storbinary(f"STOR {name}", io.BytesIO(text.encode()))
        print(ftp.pwd(), ftp.nlst("/"))
"""
POP = """
    import poplib, ssl, sys
    user, password = sys.argv[1:]
    context = ssl._create_unverified_context()
    pop = poplib.POP3_SSL("10.77.0.4", timeout=20, context=context)
    pop.user(user)
    pop.pass_(password)
    for number in range(len(pop.list()[1])):
        print(b"\\n".join(pop.retr(number + 1)[1]).decode())
    pop.quit()
"""
IMAP = """
    import imaplib, ssl, sys
    user, password, folder = sys.argv[1:]
    imap = imaplib.IMAP4_SSL("10.77.0.4", timeout=20, ssl_context=ssl._create_unverified_context())
    imap.login(user, password)
    print(imap.select(folder, readonly=True))
    for number in imap.search(None, "ALL")[1][0].split():
        print(imap.fetch(number, "(RFC822)")[1][0][1].decode())
"""
SMTP = """
    import smtplib, ssl, sys
    port, user, password, sender, recipient = sys.argv[1:]
    smtp = smtplib.SMTP("10.77.0.4", int(port), timeout=20)
    if int(port) == 587:
        smtp.starttls(context=ssl._create_unverified_context())
    if user:
        smtp.login(user, password)
    smtp.sendmail(sender, [recipient], f"From: {sender}\\nTo: {recipient}\\nSubject: walk {port}\\n\\nhello\\n")
    print("accepted")
"""
REACHES = """
    import socket, sys
    address, port = sys.argv[1], int(sys.argv[2])
    try:
        socket.create_connection((address, port), timeout=3).close()
        print("open")
    except OSError as error:
        print("closed", error)
"""
ANSWERS = """
    import socket
    for port in (22, 25, 53, 80, 110, 119, 443, 873, 5432, 8080):
        server = socket.create_server(("203.0.113.1", port), backlog=16)
        server.setblocking(False)
        globals()[f"server_{port}"] = server
    print("ready", flush=True)
    import time
    time.sleep(100000)
"""


def can_reach(run):
    return run.stdout.startswith("open")


def sign_up(name):
    add = site.hayward("account", "add", name, "--plan", "budget", "--contact", f"{name}@elsewhere.example",
                       "--domain", f"{name}.example")
    check(f"{name} signs up", add.returncode == 0 and add.stderr == "" and "wrong" not in add.stdout, show(add))
    return passwords(add)


def names(alice):
    for question, expected in (("alice.example A", ADDRESS["web"]), ("www.alice.example A", ADDRESS["web"]),
                               ("alice.example MX", "mail.example.net."), ("alice.example TXT", "v=spf1"),
                               ("mail.example.net A", ADDRESS["mail"]), ("alice.example NS", "ns1.example.net.")):
        dig = site.world("dig", "+short", "+time=3", "+tries=1", f"@{ADDRESS['dns']}", *question.split())
        check(f"V8 honest dns: the world resolves {question}", expected in dig.stdout, show(dig))
    dig = site.world("dig", "+time=3", "+tries=1", f"@{ADDRESS['dns']}", "elsewhere.example", "A")
    check("V8 break dns: the name server is nobody's resolver outside", "REFUSED" in dig.stdout, show(dig))


def upload(alice, name, text):
    return python(FTP, "alice", alice["ftp"], name, text)


def pages(alice):
    put = upload(alice, "public_html/index.html", "<p>alice is here</p>\n")
    check("V8 honest web: FTP over TLS takes a page, and sees the home only", put.returncode == 0 and put.stdout.startswith("/ "),
          show(put))
    for scheme in ("http", "https"):
        page = fetch("alice.example", f"{scheme}://alice.example/", "-k")
        check(f"V8 honest web: the page is served by {scheme}", "alice is here" in page.stdout, show(page))
    shell = ssh(alice["shell"], "mkdir -p public_html/cgi-bin && cat > public_html/cgi-bin/who.cgi && "
                "chmod 755 public_html/cgi-bin/who.cgi && id -u", input=textwrap.dedent("""\
        #!/usr/bin/perl
        use CGI;
        print "Content-Type: text/plain\\n\\nuid $< via ", (CGI->new->param('q') // ''), "\\n";
        """))
    check("V8 honest shell: SSH lets alice in, as herself", shell.returncode == 0 and shell.stdout.strip().isdigit(), show(shell))
    uid = shell.stdout.strip()
    cgi = fetch("alice.example", "http://alice.example/cgi-bin/who.cgi?q=walk")
    check("V8 honest web: a perl CGI runs as alice", cgi.stdout == f"uid {uid} via walk\n", show(cgi))
    upload(alice, "public_html/who.php", "<?php echo 'uid ', posix_getuid();")
    php = fetch("alice.example", "http://alice.example/who.php")
    check("V8 honest web: a PHP page runs as alice", php.stdout == f"uid {uid}", show(php))


def database(alice):
    add = site.hayward("database", "add", "alice", "shop")
    check("alice gets a database", add.returncode == 0 and len(add.stdout.split()) == 1, show(add))
    password = add.stdout.split()[-1]
    upload(alice, "public_html/table.php", """<?php
        $db = new mysqli('localhost', 'alice_shop', '%s', 'alice_shop');
        $db->query('CREATE TABLE things (name TEXT)');
        $db->query("INSERT INTO things VALUES ('made by PHP')");
        echo $db->query('SELECT name FROM things')->fetch_row()[0];
        """ % password)
    page = fetch("alice.example", "http://alice.example/table.php")
    check("V8 honest web: PHP creates a table in it", page.stdout == "made by PHP", show(page))
    check("V8 break web: nobody outside reaches the database", not can_reach(python(REACHES, ADDRESS["web"], 3306)))


def passwords_of_three(alice):
    for service, words in (("shell", ["account", "passwd", "alice", "--for", "shell"]),
                           ("ftp", ["account", "passwd", "alice", "--for", "ftp"]),
                           ("mail", ["mailbox", "passwd", "alice@alice.example"])):
        new = site.hayward(*words)
        check(f"a new password for {service}", new.returncode == 0 and len(new.stdout.split()) == 1, show(new))
        before, alice[service] = alice[service], new.stdout.split()[-1]
        if service == "shell":
            check("the new shell password opens, the old one does not",
                  ssh(alice["shell"], "true").returncode == 0 and ssh(before, "true").returncode != 0)
        elif service == "ftp":
            old = python(FTP, "alice", before, "x", "x")
            check("the new FTP password opens, the old one does not",
                  upload(alice, "x", "x").returncode == 0 and "530" in old.stderr, show(old))
        else:
            good, old = python(POP, "alice@alice.example", alice["mail"]), python(POP, "alice@alice.example", before)
            check("the new mail password opens, the old one does not",
                  good.returncode == 0 and old.returncode != 0, show(good) + show(old))


def mail(alice, bob):
    upload(alice, "public_html/mail.php",
           "<?php echo mail('bob@bob.example', 'from a script', 'hello') ? 'sent' : 'not sent';")
    page = fetch("alice.example", "http://alice.example/mail.php")
    check("a script of alice's sends a mail", page.stdout == "sent", show(page))
    got = host.wait_until(lambda: (lambda run: run if "from a script" in run.stdout else None)(
        python(POP, "bob@bob.example", bob["mail"])), 20)
    check("V8 honest mail: bob fetches it by POP3", bool(got), show(python(POP, "bob@bob.example", bob["mail"]))
          + show(site.inside("web", "mailq")) + show(site.inside("mail", "mailq")))
    imap = python(IMAP, "bob@bob.example", bob["mail"], "INBOX")
    check("V8 honest mail: and by IMAP", "from a script" in imap.stdout, show(imap))
    rule = ssh(bob["shell"], "cat > .procmailrc", user="bob", input=textwrap.dedent("""\
        :0
        * ^Subject:.*walk
        .walks/
        """))
    check("bob writes a rule", rule.returncode == 0, show(rule))
    sent = python(SMTP, "587", "alice@alice.example", alice["mail"], "alice@alice.example", "bob@bob.example")
    check("alice submits a mail", "accepted" in sent.stdout, show(sent))
    filed = host.wait_until(lambda: "walk 587" in python(IMAP, "bob@bob.example", bob["mail"], "walks").stdout, 20)
    check("V8 honest mail: bob's .procmailrc files it", filed, show(python(IMAP, "bob@bob.example", bob["mail"], "INBOX")))
    relay = python(SMTP, "25", "", "", "x@elsewhere.example", "y@elsewhere.example")
    check("V8 break mail: the mail server relays for no stranger", "554" in relay.stderr or "454" in relay.stderr, show(relay))
    nobody = python(SMTP, "25", "", "", "x@elsewhere.example", "nobody@alice.example")
    check("V8 break mail: unknown recipients are refused with a reason", "550" in nobody.stderr, show(nobody))
    stranger = python(SMTP, "25", "", "", "x@elsewhere.example", "alice@alice.example")
    check("mail from outside is taken in", "accepted" in stranger.stdout, show(stranger))
    forged = python(SMTP, "587", "alice@alice.example", alice["mail"], "bob@bob.example", "bob@bob.example")
    check("V8 break mail: alice cannot submit as bob", "553" in forged.stderr, show(forged))


def closed_doors():
    open_ports = {"file": (), "dns": (53,), "mail": (25, 587, 110, 995, 143, 993), "web": (80, 443, 21), "shell": (22,)}
    tried = (21, 22, 23, 25, 53, 80, 110, 111, 143, 443, 587, 783, 993, 995, 2049, 3306, 8080, 11334)
    for role, ports in open_ports.items():
        run = python("""
            import socket, sys
            address, found = sys.argv[1], []
            for port in map(int, sys.argv[2:]):
                try:
                    socket.create_connection((address, port), timeout=2).close()
                    found.append(port)
                except OSError:
                    pass
            print(*found)
        """, ADDRESS[role], *tried)
        found = tuple(map(int, run.stdout.split()))
        check(f"V5 {'honest' if ports else 'break'} tcp: outside reaches of {role} {' '.join(map(str, ports)) or 'nothing'}", sorted(found) == sorted(ports),
              show(run))
    for role in ("file", "dns", "mail"):
        check(f"V8 break {role}: nobody logs in there", not can_reach(python(REACHES, ADDRESS[role], 22)))
    for user in ("root", "nobody", "www-data"):
        run = ssh("no-such-password", "true", user=user)
        check(f"V8 break shell: {user} does not log in by SSH", run.returncode != 0, show(run))


def between_roles(alice):
    listen = ssh(alice["shell"], "nohup python3 -m http.server 8080 >/dev/null 2>&1 & sleep 1; "
                 "curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:8080/")
    check("V5 honest tcp: a customer may listen on 8080, and reach it there", listen.stdout == "200", show(listen))
    check("V5 break tcp: nobody outside reaches it", not can_reach(python(REACHES, ADDRESS["shell"], 8080)))
    for role in ("web", "mail", "dns", "file"):
        run = site.inside(role, "bash", "-c", f"exec 3<>/dev/tcp/{ADDRESS['shell']}/8080 && echo open")
        check(f"V5 break tcp: nor does {role}", "open" not in run.stdout, show(run))
    for to, port, expected in (("web", 80, True), ("mail", 587, True), ("mail", 25, False), ("web", 3306, False),
                               ("dns", 22, False), ("file", 2049, False)):
        run = ssh(alice["shell"], f"timeout 5 bash -c 'exec 3<>/dev/tcp/{ADDRESS[to]}/{port}' && echo open")
        check(f"V5 {'honest' if expected else 'break'} tcp: from shell to {to}, port {port}",
              ("open" in run.stdout) == expected, show(run))


def datagrams(alice):
    """Over UDP, where nobody says that a door is closed: what arrives counts."""
    echo = ("import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('0.0.0.0', 8053));"
            "s.settimeout(15); data, peer = s.recvfrom(100); s.sendto(b'echo', peer)")
    send = ("import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(2);"
            "s.sendto(b'x', ('%s', 8053)); print(s.recvfrom(100)[0].decode())")
    start = ssh(alice["shell"], f'nohup python3 -c "{echo}" >/dev/null 2>&1 & sleep 1; echo started')
    outside = site.world_python(send % ADDRESS["shell"])
    check("V5 break udp: nobody outside reaches a customer's port", "echo" not in outside.stdout, show(outside))
    inside = ssh(alice["shell"], f'python3 -c "{send % "127.0.0.1"}"')
    check("V5 honest udp: it answers on the server itself", "echo" in inside.stdout, show(start) + show(inside))
    dig = site.world("dig", "+short", "+notcp", "+time=3", "+tries=1", f"@{ADDRESS['dns']}", "alice.example", "A")
    check("V5 honest udp: names are answered", ADDRESS["web"] in dig.stdout, show(dig))


def files(alice, bob):
    check("V8 honest file: a page put by FTP is what SSH sees",
          ssh(alice["shell"], "cat public_html/index.html").stdout == "<p>alice is here</p>\n")
    for path in ("", "/public_html", "/public_html/who.php", "/.procmailrc"):
        run = ssh(alice["shell"], f"cat /home/bob{path} || ls /home/bob{path}")
        check(f"V8 break file: alice does not read ~bob{path}", run.returncode != 0 and run.stdout == "", show(run))


def tools(alice, bob):
    """S13: the means to see what one's own programs do, and nobody else's."""
    build = ssh(alice["shell"], "cat > t.c && gcc -g -o t t.c && ./t", input=textwrap.dedent("""\
        #include <stdio.h>
        int main(void)
        {
            int answer = 42;
            printf("%d\\n", answer);
            return 0;
        }
        """))
    check("S13 honest tools: a program is compiled", build.stdout == "42\n", show(build))
    gdb = ssh(alice["shell"], "gdb -batch -ex 'break main' -ex run -ex next -ex 'print answer' ./t")
    check("S13 honest tools: gdb stops in it, and tells a variable", "= 42" in gdb.stdout, show(gdb))
    valgrind = ssh(alice["shell"], "valgrind --error-exitcode=9 ./t", timeout=120)
    check("S13 honest tools: valgrind runs it", valgrind.returncode == 0 and "42" in valgrind.stdout, show(valgrind))
    for program in ("top -b -n 1", "ps aux", "pstree", "perl -MPOE -e 1", "pkg-config --exists libevent glib-2.0"):
        run = ssh(alice["shell"], program)
        check(f"S13 honest tools: {program}", run.returncode == 0, show(run))
    ssh(bob["shell"], "nohup sleep 600 >/dev/null 2>&1 &", user="bob")
    run = ssh(alice["shell"], "gdb -batch -p $(pgrep -u bob sleep | head -1) -ex bt")
    check("S13 break tools: alice does not trace what is bob's", "Operation not permitted" in run.stderr, show(run))


def outward(alice):
    import subprocess
    answers = subprocess.Popen(site.world_words(sys.executable, "-c", textwrap.dedent(ANSWERS)),
                               stdout=subprocess.PIPE, text=True)
    answers.stdout.readline()
    try:
        for port, expected in ((22, True), (80, True), (110, True), (119, True), (443, True), (873, True), (25, False),
                               (53, False), (5432, False), (8080, False)):
            run = ssh(alice["shell"], f"timeout 5 bash -c 'exec 3<>/dev/tcp/{host.OUTSIDE}/{port}' && echo open")
            check(f"V6 {'honest' if expected else 'break'} shell: outwards, port {port}",
                  ("open" in run.stdout) == expected, show(run))
        upload(alice, "public_html/call.php", "<?php echo @fsockopen('tcp://' . $_GET['to'], $_GET['port'], $n, $e, 3) "
               "? 'open' : 'refused';")
        for port, expected in ((80, True), (443, True), (25, False), (22, False), (5432, False)):
            page = fetch("alice.example", f"http://alice.example/call.php?to={host.OUTSIDE}&port={port}")
            check(f"V6 {'honest' if expected else 'break'} web: outwards from a script, port {port}",
                  page.stdout == ("open" if expected else "refused"), show(page))
        run = site.inside("mail", "setpriv", "--reuid", "postfix", "--clear-groups", "bash", "-c",
                          f"exec 3<>/dev/tcp/{host.OUTSIDE}/25 && echo open")
        check("V6 honest mail: outwards, port 25", "open" in run.stdout, show(run))
        run = site.inside("mail", "setpriv", "--reuid", "postfix", "--clear-groups", "timeout", "5", "bash", "-c",
                          f"exec 3<>/dev/tcp/{host.OUTSIDE}/8080 && echo open")
        check("V6 break mail: outwards, port 8080", "open" not in run.stdout, show(run))
    finally:
        answers.kill()
        answers.wait()


def every_door(alice, expected):
    """What is wrong with alice's doors, of which the expected ones should be open, within seconds."""
    return host.wait_until(lambda: "fine" if not look_at_doors(alice, expected) else None, 8) != "fine" \
        and look_at_doors(alice, expected)


def look_at_doors(alice, expected):
    doors = {
        "web": fetch("alice.example", "http://alice.example/", "-o", "/dev/null", "-w", "%{http_code}").stdout == "200",
        "php": fetch("alice.example", "http://alice.example/who.php").stdout.startswith("uid"),
        "cgi": fetch("alice.example", "http://alice.example/cgi-bin/who.cgi").stdout.startswith("uid"),
        "ssh": ssh(alice["shell"], "echo in").stdout == "in\n",
        "upload": upload(alice, "door.txt", "x").returncode == 0,
        "pop": python(POP, "alice@alice.example", alice["mail"]).returncode == 0,
        "submission": "accepted" in python(SMTP, "587", "alice@alice.example", alice["mail"], "alice@alice.example",
                                           "bob@bob.example").stdout,
        "incoming": "accepted" in python(SMTP, "25", "", "", "x@elsewhere.example", "alice@alice.example").stdout,
    }
    return [f"{name} is {'open' if is_open else 'closed'}" for name, is_open in doors.items()
            if is_open != (name in expected)]


def suspension(alice):
    everything = ("web", "php", "cgi", "ssh", "upload", "pop", "submission", "incoming")
    check("before: every door is open", not (wrong := every_door(alice, everything)), wrong)
    run = site.hayward("account", "suspend", "alice")
    check("alice is suspended", run.returncode == 0 and "wrong" not in run.stdout, show(run))
    check("every door is closed, but mail for her is taken in", not (wrong := every_door(alice, ("incoming",))), wrong)
    page = fetch("alice.example", "http://alice.example/", "-o", "/dev/null", "-w", "%{http_code}")
    check("visitors get a 503", page.stdout == "503", show(page))
    page = fetch("bob.example", "http://bob.example/", "-o", "/dev/null", "-w", "%{http_code}")
    check("bob's site is not touched", page.stdout in ("200", "403", "404"), show(page))
    listing = site.world("sshpass", "-p", alice["shell"], "sftp", "-o", "StrictHostKeyChecking=no", "-o",
                         "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", f"alice@{ADDRESS['shell']}",
                         input="ls public_html\nget public_html/index.html /dev/null\n")
    check("alice can still fetch her files by SFTP", "index.html" in listing.stdout, show(listing))
    run = site.hayward("account", "resume", "alice")
    check("alice is back", run.returncode == 0 and "wrong" not in run.stdout, show(run))
    check("every door is open again", not (wrong := every_door(alice, everything)), wrong)


try:
    site.prepare_host()
    up = site.hayward("site", "up")
    check("the site comes up", up.returncode == 0, show(up))
    alice, bob = sign_up("alice"), sign_up("bob")
    steps = {"names": lambda: names(alice), "pages": lambda: pages(alice), "database": lambda: database(alice),
             "mail": lambda: mail(alice, bob), "passwords": lambda: passwords_of_three(alice),
             "files": lambda: files(alice, bob), "tools": lambda: tools(alice, bob), "closed doors": closed_doors,
             "datagrams": lambda: datagrams(alice), "between roles": lambda: between_roles(alice),
             "outward": lambda: outward(alice), "suspension": lambda: suspension(alice)}
    for name, step in steps.items():
        before = time.monotonic()
        try:
            step()
        except Exception as error:  # one broken step must not hide the others
            check(f"{name}: no surprise", False, repr(error))
        print(f"# {name}: {time.monotonic() - before:.1f} s")
finally:
    if "KEEP" in os.environ:
        print("# kept; press enter", flush=True)
        sys.stdin.readline()
    site.down()
end()
