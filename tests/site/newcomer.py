# SPDX-License-Identifier: Apache-2.0
"""Steps of the walk: what a newcomer does first, with every server of the site."""
import textwrap

import host
from tap import check
from world import ADDRESS, show


def names(walk):
    for question, expected in (("alice.example A", ADDRESS["web"]), ("www.alice.example A", ADDRESS["web"]),
                               ("alice.example MX", "mail.example.net."), ("alice.example TXT", "v=spf1"),
                               ("mail.example.net A", ADDRESS["mail"]), ("alice.example NS", "ns1.example.net.")):
        dig = walk.world.dig("+short", *question.split())
        check(f"V8 honest dns: the world resolves {question}", expected in dig.stdout, show(dig))
    dig = walk.world.dig("elsewhere.example", "A")
    check("V8 break dns: the name server is nobody's resolver outside", "REFUSED" in dig.stdout, show(dig))


def pages(walk):
    alice = walk.alice
    put = alice.upload("public_html/index.html", "<p>alice is here</p>\n")
    check("V8 honest web: FTP over TLS takes a page, and sees the home only",
          put.returncode == 0 and put.stdout.startswith("/ "), show(put))
    for scheme in ("http", "https"):
        page = walk.world.fetch(f"{scheme}://alice.example/", "-k")
        check(f"V8 honest web: the page is served by {scheme}", "alice is here" in page.stdout, show(page))
    shell = alice.ssh("mkdir -p public_html/cgi-bin && cat > public_html/cgi-bin/who.cgi && "
                      "chmod 755 public_html/cgi-bin/who.cgi && id -u", input=textwrap.dedent("""\
        #!/usr/bin/perl
        use CGI;
        print "Content-Type: text/plain\\n\\nuid $< via ", (CGI->new->param('q') // ''), "\\n";
        """))
    uid = shell.stdout.strip()
    check("V8 honest shell: SSH lets alice in, as herself", shell.returncode == 0 and uid.isdigit(), show(shell))
    cgi = alice.fetch("cgi-bin/who.cgi?q=walk")
    check("V8 honest web: a perl CGI runs as alice", cgi.stdout == f"uid {uid} via walk\n", show(cgi))
    alice.upload("public_html/who.php", "<?php echo 'uid ', posix_getuid();")
    php = alice.fetch("who.php")
    check("V8 honest web: a PHP page runs as alice", php.stdout == f"uid {uid}", show(php))


def database(walk):
    add = walk.site.hayward("database", "add", "alice", "shop")
    check("alice gets a database", add.returncode == 0 and len(add.stdout.split()) == 1, show(add))
    walk.alice.upload("public_html/table.php", """\
        <?php
        $db = new mysqli('localhost', 'alice_shop', '%s', 'alice_shop');
        $db->query('CREATE TABLE things (name TEXT)');
        $db->query("INSERT INTO things VALUES ('made by PHP')");
        echo $db->query('SELECT name FROM things')->fetch_row()[0];
        """ % add.stdout.split()[-1])
    page = walk.alice.fetch("table.php")
    check("V8 honest web: PHP creates a table in it", page.stdout == "made by PHP", show(page))
    check("V8 break web: nobody outside reaches the database", walk.world.reaches("web", 3306) == ())


def new_password(walk, service, *words):
    new = walk.site.hayward(*words)
    check(f"a new password for {service}", new.returncode == 0 and len(new.stdout.split()) == 1, show(new))
    before, walk.alice.passwords[service] = walk.alice.passwords[service], new.stdout.split()[-1]
    return before


def passwords(walk):
    alice = walk.alice
    before = new_password(walk, "shell", "account", "passwd", "alice", "--for", "shell")
    check("the new shell password opens, the old one does not",
          alice.ssh("true").returncode == 0 and alice.ssh("true", password=before).returncode != 0)
    before = new_password(walk, "ftp", "account", "passwd", "alice", "--for", "ftp")
    good, old = alice.upload("x", "x"), alice.upload("x", "x", password=before)
    check("the new FTP password opens, the old one does not", good.returncode == 0 and "530" in old.stderr, show(good, old))
    before = new_password(walk, "mail", "mailbox", "passwd", alice.address)
    good, old = alice.pop(), alice.pop(password=before)
    check("the new mail password opens, the old one does not", good.returncode == 0 and old.returncode != 0, show(good, old))


def mail(walk):
    alice, bob = walk.alice, walk.bob
    alice.upload("public_html/mail.php",
                 "<?php echo mail('bob@bob.example', 'from a script', 'hello') ? 'sent' : 'not sent';")
    page = alice.fetch("mail.php")
    check("a script of alice's sends a mail", page.stdout == "sent", show(page))
    got = host.wait_until(lambda: "from a script" in bob.pop().stdout, 20)
    check("V8 honest mail: bob fetches it by POP3", got,
          show(bob.pop(), walk.site.inside("web", "mailq"), walk.site.inside("mail", "mailq")))
    imap = bob.imap()
    check("V8 honest mail: and by IMAP", "from a script" in imap.stdout, show(imap))
    rule = bob.ssh("cat > .procmailrc", input=":0\n* ^Subject:.*walk\n.walks/\n")
    check("bob writes a rule", rule.returncode == 0, show(rule))
    sent = alice.submit(bob.address)
    check("alice submits a mail", "accepted" in sent.stdout, show(sent))
    filed = host.wait_until(lambda: "walk 587" in bob.imap("walks").stdout, 20)
    check("V8 honest mail: bob's .procmailrc files it", filed, show(bob.imap()))
    stranger = walk.world.smtp("x@elsewhere.example", alice.address)
    check("mail from outside is taken in", "accepted" in stranger.stdout, show(stranger))
    relay = walk.world.smtp("x@elsewhere.example", "y@elsewhere.example")
    check("V8 break mail: the mail server relays for no stranger", "554" in relay.stderr or "454" in relay.stderr, show(relay))
    nobody = walk.world.smtp("x@elsewhere.example", "nobody@alice.example")
    check("V8 break mail: unknown recipients are refused with a reason", "550" in nobody.stderr, show(nobody))
    forged = alice.submit(bob.address, sender=bob.address)
    check("V8 break mail: alice cannot submit as bob", "553" in forged.stderr, show(forged))


def files(walk):
    page = walk.alice.ssh("cat public_html/index.html")
    check("V8 honest file: a page put by FTP is what SSH sees", page.stdout == "<p>alice is here</p>\n", show(page))
    for path in ("", "/public_html", "/public_html/who.php", "/.procmailrc"):
        run = walk.alice.ssh(f"cat /home/bob{path} || ls /home/bob{path}")
        check(f"V8 break file: alice does not read ~bob{path}", run.returncode != 0 and run.stdout == "", show(run))


def tools(walk):
    """S13: the means to see what one's own programs do, and nobody else's."""
    alice = walk.alice
    build = alice.ssh("cat > t.c && gcc -g -o t t.c && ./t", input=textwrap.dedent("""\
        #include <stdio.h>
        int main(void)
        {
            int answer = 42;
            printf("%d\\n", answer);
            return 0;
        }
        """))
    check("S13 honest tools: a program is compiled", build.stdout == "42\n", show(build))
    gdb = alice.ssh("gdb -batch -ex 'break main' -ex run -ex next -ex 'print answer' ./t")
    check("S13 honest tools: gdb stops in it, and tells a variable", "= 42" in gdb.stdout, show(gdb))
    valgrind = alice.ssh("valgrind --error-exitcode=9 ./t", timeout=120)
    check("S13 honest tools: valgrind runs it", valgrind.returncode == 0 and "42" in valgrind.stdout, show(valgrind))
    for program in ("top -b -n 1", "ps aux", "pstree", "perl -MPOE -e 1", "pkg-config --exists libevent glib-2.0"):
        run = alice.ssh(program)
        check(f"S13 honest tools: {program}", run.returncode == 0, show(run))
    walk.bob.ssh("nohup sleep 600 >/dev/null 2>&1 &")
    run = alice.ssh("gdb -batch -p $(pgrep -u bob sleep | head -1) -ex bt")
    check("S13 break tools: alice does not trace what is bob's", "Operation not permitted" in run.stderr, show(run))
