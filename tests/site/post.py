# SPDX-License-Identifier: Apache-2.0
"""S2, V1, V3 on a site: who sends a mail is known wherever it is handed in, and what has a virus passes nowhere."""
import re
import textwrap
import time

import host
from tap import check
from world import show

# In pieces, for scanners look at sources, too.
EICAR = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-ANTIVIRUS-TEST-FILE" + "!$H+H*"
# And what rspamd has for that purpose, which it refuses.
GTUBE = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL" + "*C.34X"

SMTP_TEXT = """
    import smtplib, ssl, sys
    address, port, user, password, sender, recipient = sys.argv[1:7]
    smtp = smtplib.SMTP(address, int(port), timeout=60)
    if int(port) == 587:
        smtp.starttls(context=ssl._create_unverified_context())
    if user:
        smtp.login(user, password)
    try:
        smtp.sendmail(sender, [recipient], sys.stdin.read().replace("\\n", "\\r\\n"))
        print("accepted")
    except smtplib.SMTPResponseException as error:
        print(error.smtp_code, error.smtp_error.decode())
"""


def text_of(subject, body="hello", headers=""):
    return f"From: <x@elsewhere.example>\nTo: <bob@bob.example>\nSubject: {subject}\n{headers}\n{body}\n"


def infected(subject):
    """A text, and a file that has it."""
    return text_of(subject, "--b\nContent-Type: text/plain\n\nsee there\n--b\n"
                   "Content-Type: application/x-thing; name=invoice.exe\nContent-Transfer-Encoding: 8bit\n\n"
                   f"{EICAR}\n--b--\n", "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n")


def send(walk, text, login=None, to="bob@bob.example"):
    """By SMTP from the world outside; what the server says."""
    words = (587, login.address, login.passwords["mail"], login.address) if login else \
        (25, "", "", "x@elsewhere.example")
    run = walk.world.python(SMTP_TEXT, walk.world.address["mail"], *words, to, input=text)
    return run.stdout + run.stderr


def taken(walk, subject, seconds):
    """Whether it is taken at last, with pauses as a server makes them: more a minute than the site takes are refused."""
    said = []

    def tries():
        time.sleep(2)
        said[:] = [send(walk, text_of(subject))]
        return said[0].startswith("accepted")
    return host.wait_until(tries, seconds), said[0]


def got(walk, subject, seconds=30):
    """That mail as bob has it; "" if it does not come."""
    found = []

    def looks():
        mails = re.split(r"(?m)^(?=Return-Path:)", walk.bob.pop().stdout)
        found[:] = [mail for mail in mails if f"Subject: {subject}\n" in mail]
        return found
    host.wait_until(looks, seconds)
    return found[0] if found else ""


def sender_of(mail):
    """What the gate says of it; more than one word of the gate's is none."""
    lines = re.findall(r"(?im)^x-hayward-(?:sender|pass): .*(?:\n[ \t].*)*", mail)
    return " ".join(lines[0].split()) if len(lines) == 1 else f"{lines}"


def is_from(mail, by, customer):
    return re.match(rf"X-Hayward-Sender: by={by}; account={customer.name}; uid=\d+; reference=HW-[0-9a-f-]+$",
                    sender_of(mail)) is not None


def why(walk, text):
    """What is on record of the mail whose reference the text has."""
    return walk.warden.staff("why", reference_of(text), "--state", walk.site.scene / "state").stdout


def reference_of(text):
    found = re.search(r"HW-[0-9a-f]+-[0-9a-f]+", text)
    return found.group() if found else "HW-none"


def attested(walk):
    """Wherever it is handed in."""
    alice = walk.alice
    forged = "X-Hayward-Sender: by=program; account=bob; uid=20001\\nX-Hayward-Pass: uid=20001\\n"
    alice.upload("public_html/mail.php", f"<?php echo mail('bob@bob.example', 'by a page', '{'long ' * 400}',"
                 f" \"From: bob@bob.example\\n{forged}\") ? 'sent' : 'not sent';")
    check("S2 honest remote: a page of alice's sends a mail", alice.fetch("mail.php").stdout == "sent")
    page = got(walk, "by a page")
    check("S2 break remote: by the web server's kernel it is hers, whatever it says", is_from(page, "program", alice), page)
    known = why(walk, page)
    check("S2 break remote: on record where it was handed in, and where it passed",
          "web: from" in known and "mail: from" in known and known.count("alice") >= 2, known)
    check("S2 break remote: which page handed it in as well", "script /home/alice/public_html/mail.php" in known, known)
    shell = alice.ssh("/usr/sbin/sendmail -i bob@bob.example", input=text_of("by hand"))
    check("S2 honest remote: by ssh she sends another", shell.returncode == 0, show(shell))
    check("S2 break remote: hers as well", is_from(got(walk, "by hand"), "program", alice))
    said = send(walk, text_of("by login", headers="X-Hayward-Sender: by=program; account=bob\n"), alice)
    login = got(walk, "by login")
    check("S2 break remote: who logs in is known by that",
          re.match(r"X-Hayward-Sender: by=login; login=alice@alice\.example; reference=HW-", sender_of(login)), said + login)
    counted = walk.warden.staff("mail", "alice", "--state", walk.site.scene / "state")
    check("S2 break remote: and it counts for the account that has that address",
          re.search(r"(?m)^alice@alice\.example +1 ", counted.stdout), show(counted))
    said = send(walk, text_of("from outside", headers="X-Hayward-Sender: by=program; account=bob\n"))
    outside = got(walk, "from outside")
    check("V1 honest in: it is scanned, and arrives", outside, said)
    check("S2 break remote: of what comes from elsewhere nothing is said", outside and sender_of(outside) == "[]", said + outside)

    def rated():
        send(walk, text_of("an offer", GTUBE), alice)
        return host.wait_until(lambda: "rated as spam" in walk.warden.staff("journal", "--state", walk.site.scene / "state").stdout, 5)
    check("S11 break score: on a site rspamd is asked about what is sent", host.wait_until(rated, 60),
          show(walk.site.inside("mail", "journalctl", "-u", "rspamd", "-n", "20")))
    stolen = re.search(r"(?m)^X-Hayward-.*", page)
    check("S2 break remote: a pass does not leave the site", "Pass" not in page, stolen and stolen.group())


def bouncing(walk):
    """V4: who has logged in teaches his mailbox's filter by mail; who says that he has, does not."""
    alice = walk.alice
    send_to = "alice+spam@alice.example"
    alice.ssh("cat > .procmailrc", input="INCLUDERC=/usr/share/hayward/bayes.rc\n")
    box = walk.site.scene / "mail/alice/alice.example/alice"
    claimed = "X-Hayward-Sender: by=login; login=alice@alice.example; reference=HW-1\n"
    said = send(walk, text_of("claimed", headers=claimed), to=send_to)
    check("V4 break filter: a stranger who claims to be her teaches nothing",
          "accepted" in said and not host.wait_until(lambda: (box / "bayes").exists(), 5), said)
    said = send(walk, text_of("bounced"), alice, to=send_to)
    check("V4 honest filter: what she bounces is learnt",
          host.wait_until(lambda: (box / "bayes/wordlist.db").exists(), 30), said)


def room_to_unpack(walk):
    """Bytes that clamd has for what it unpacks, and what its threads may need at once."""
    room = walk.site.inside("mail", "sh", "-c", "stat -f -c '%T %S %b' /proc/$(pidof clamd)/root/tmp").stdout.split()
    limits = {name: int(value.rstrip("M")) for name, value in re.findall(
        r"^(MaxThreads|MaxScanSize|StreamMaxLength) (\d+M?)$", walk.site.inside("mail", "cat", "/etc/clamav/hayward.conf").stdout, re.M)}
    return room, limits["MaxThreads"] * (limits["MaxScanSize"] + limits["StreamMaxLength"]) << 20


def viruses(walk):
    """From wherever they come."""
    alice = walk.alice
    room, needed = room_to_unpack(walk)
    check("V1 break in: nobody fills the folder in which clamd unpacks, which says OK then",
          room[:1] == ["tmpfs"] and int(room[1]) * int(room[2]) >= needed, f"{room} {needed}")
    said = send(walk, infected("virus outside"))
    check("V1 break in: from outside it is refused", said.startswith("550 5.7.1"), said)
    check("V3 break mail: with its name, its part, and a reference",
          "Eicar" in said and "in part 2 (invoice.exe)" in said and "Reference HW-" in said, said)
    known = why(walk, said)
    check("V3 break mail: by which staff find it", "virus" in known and "elsewhere.example" in known, known)
    said = send(walk, infected("virus login"), alice)
    check("V1 break out: who has logged in is refused it, too", said.startswith("550 5.7.1"), said)
    alice.ssh("/usr/sbin/sendmail -i -f alice@alice.example bob@bob.example", input=infected("virus inside"))
    bounce = host.wait_until(lambda: "in part 2 (invoice.exe)" in alice.pop().stdout, 40)
    check("V1 break out: what a program hands in comes back to its author", bounce,
          show(alice.pop(), walk.site.inside("shell", "mailq"), walk.site.inside("mail", "mailq")))
    check("V1 break out: none of them arrives", not any(got(walk, f"virus {how}", 1) for how in ("outside", "login", "inside")))


OFFER = ("We sell the best watches of the whole world for less than you believe, come to our page and buy one"
         " or two of them today")


def forms(walk):
    """S1: a form that writes what its visitors say to whom they say is warned of, and switched off once it is used."""
    alice, warden = walk.alice, walk.warden
    alice.upload("public_html/write.php", "<?php echo mail($_POST['to'], 'hello', $_POST['text'],"
                 " 'From: alice@alice.example') ? 'sent' : 'not sent';")
    alice.upload("public_html/contact.php", "<?php foreach (['alice@alice.example', $_POST['email']] as $to)"
                 " $ok = mail($to, 'contact', $_POST['text'], 'From: alice@alice.example'); echo $ok ? 'sent' : 'not sent';")

    def write(page, to, text):
        return alice.fetch(page, "--data-urlencode", f"to={to}", "--data-urlencode", f"email={to}", "--data-urlencode",
                           f"text={text}").stdout
    copies = [write("contact.php", f"bob+guest{number}@bob.example", f"Dear Alice, I am guest number {number} and would like"
                    " to know when you open on Sunday, and where I may leave my bicycle") for number in range(6)]
    check("S1 honest open: visitors get copies of what they write to her", copies == ["sent"] * 6, f"{copies}")
    said = [write("write.php", f"bob+one{number}@bob.example", OFFER) for number in range(2)]
    warned = host.wait_until(lambda: warden.has_case("alice", "S1a", "acted"), 40)
    check("S1 break open: on a site she is warned of the form", said == ["sent"] * 2 and warned,
          f"{said}" + show(warden.staff("journal", "--state", walk.site.scene / "state"),
                           walk.site.inside("web", "ls", "-l", "/srv/hayward-gate")))
    check("S1 honest open: which runs on", write("write.php", "alice@alice.example", "to myself") == "sent")
    write("write.php", ",".join(f"bob+many{number}@bob.example" for number in range(7)), OFFER)
    found = host.wait_until(lambda: warden.has_case("alice", "S1b", "acted"), 40)
    check("S1 break relayed: whoever writes to many has it switched off", found, show(warden.staff("cases", "--all")))
    check("S1 break relayed: its visitors are told so", host.wait_until(lambda: alice.status("write.php") == "503", 10),
          alice.status("write.php"))
    check("S1 honest relayed: her other form runs", write("contact.php", "bob+last@bob.example", "hello") == "sent")


def strangers(walk):
    """V2: what the mail server asks of strangers follows the terms, as soon as they are read anew."""
    local = walk.site.scene / "policy.d/95-strangers.policy"

    def asks(path, words):
        return words in walk.site.inside("mail", "cat", path).stdout

    def amended(text, path, words):
        """How long it took; 0: it did not come."""
        local.write_text(text)
        before = time.monotonic()
        reload = walk.warden.staff("reload")
        came = host.wait_until(lambda: asks(path, words), 40)
        return (time.monotonic() - before if came else 0), reload

    points, waits = "/etc/rspamd/local.d/actions.conf", "/etc/rspamd/local.d/greylist.conf"
    check("V2 honest score: as shipped", asks(points, "reject = 15;") and asks(waits, "enabled = true;"),
          show(walk.site.inside("mail", "cat", points, waits)))
    took, said = amended('drop V2e because "no mail may wait" amend V2h { when mail.spam-score >= 18 }', points, "reject = 18;")
    check(f"V2 break score: the mail server has the terms' new figure, after {took:.1f} s", took, show(said))
    check("V2 honest greylist: and does not ask what was dropped", asks(waits, "enabled = false;"))
    coverage = walk.site.hayward("policy", "coverage", "--host", walk.site.scene / "policy.d")
    row = coverage.stdout.partition("V2 ")[2].partition("V3 ")[0]
    check("V2 honest lists: staff is told which clause nobody carries out here, and why",
          "V2d: the filter 'lists' is off in" in " ".join(row.split()), show(coverage))
    check("staff is told that viruses are refused here, and that mailboxes have filters of their own",
          all(re.search(rf"^{clause} +live", coverage.stdout, re.M) for clause in ("V1", "V4")), show(coverage))
    local.write_text("amend V2h { then refuse }")
    check("V2 honest score: terms that it cannot carry out do not come into force",
          walk.warden.staff("reload").returncode != 0)
    told = walk.site.hayward("account", "change", "bob", "--plan", "budget")
    check("V2 honest score: while they cannot be read the mail server goes on as it was, and that is said",
          told.returncode == 0 and "stay as they are" in told.stderr and asks(points, "reject = 18;"), show(told))
    took, said = amended("", points, "reject = 15;")
    check("V2 break score: and without a word of the host's own it is as shipped again", took, show(said))
    local.unlink()


def spamming(walk):
    """S11: whoever finds a form that mails whom he likes has it for a few mails."""
    alice, warden = walk.alice, walk.warden
    alice.upload("public_html/tell.php", "<?php $to = explode(' ', $_GET['to']); foreach ($to as $one) {"
                 " mail($one, 'look at this', 'hello', 'From: alice@alice.example'); usleep(50000); } echo 'told';")
    friends = "+".join(f"bob%2B{number}@bob.example" for number in range(8))
    check("S11 honest script: who tells eight friends does no harm", alice.fetch(f"tell.php?to={friends}").stdout == "told")
    strangers = "+".join(f"{'bob%2B' if number % 2 else 'nobody'}{number}@bob.example" for number in range(110))
    alice.fetch(f"tell.php?to={strangers}")
    found = host.wait_until(lambda: warden.has_case("alice", "S11b", "acted"), 40)
    check("S11 break script: a page that mails whom its visitors like is switched off", found,
          show(warden.staff("cases", "--all"), warden.staff("mail", "alice", "--state", walk.site.scene / "state")))
    check("S11 break script: its visitors are told so", host.wait_until(lambda: alice.status("tell.php") == "503", 10),
          alice.status("tell.php"))
    check("S11 honest script: her other pages run", alice.fetch("mail.php").stdout == "sent")
    held = host.wait_until(lambda: "!" in walk.site.inside("web", "mailq").stdout, 20)
    check("S11 break script: what it had in hand is held", held, show(walk.site.inside("web", "mailq")))
    waiting = [mail for mail in warden.ask("mail", "queue").get("mails", [])
               if (mail["server"], mail["queue"]) == ("web", "hold") and mail["to"].startswith("bob+")]
    check("S11 break script: staff see it in the queue", waiting, show(warden.staff("mail", "queue")))
    if not waiting:
        return

    def arrived():
        return walk.bob.pop().stdout.count("Subject: look at this")
    before, one = arrived(), waiting[0]["mail"]
    state = walk.site.scene / "state"
    let_go = warden.staff("mail", "release", one, "--state", state, "--note", "seen")
    check("S11 honest script: they let one go, and it arrives",
          let_go.returncode == 0 and host.wait_until(lambda: arrived() > before, 30), show(let_go, warden.staff("mail", "queue")))
    check("S11 honest script: which is on record", f"{one} at web: seen" in warden.staff("journal", "--state", state).stdout)
    gone = warden.staff("mail", "reject", waiting[-1]["mail"], "--state", state)
    check("S11 break script: another they throw away", gone.returncode == 0 and
          waiting[-1]["mail"] not in walk.site.inside("web", "mailq").stdout, show(gone))


ELSEWHERE = """
    import socketserver, sys
    class Session(socketserver.StreamRequestHandler):
        def say(self, text):
            self.wfile.write(text.encode() + b"\\r\\n")
        def handle(self):
            self.say("220 elsewhere.example")
            for line in self.rfile:
                word = line.decode(errors="replace").upper()
                if word.startswith("RCPT") and "NOBODY" in word:
                    self.say("550 5.1.1 no such user")
                elif word.startswith("DATA"):
                    self.say("354 go on")
                    while self.rfile.readline() not in (b".\\r\\n", b""):
                        pass
                    self.say("250 2.0.0 taken")
                else:
                    self.say("250 2.0.0 yes")
    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
    Server((sys.argv[1], 25), Session).serve_forever()
"""

RUN = """
    import smtplib, ssl, sys
    server, user, password, count, subject = sys.argv[1:6]
    smtp = smtplib.SMTP(server, 587, timeout=60)
    smtp.starttls(context=ssl._create_unverified_context())
    smtp.login(user, password)
    for number in range(int(count)):
        to = f"{'nobody' if subject == 'bargain' and number % 2 else 'friend'}{number}@[203.0.113.1]"
        smtp.sendmail(user, [to], f"Subject: {subject}\\r\\n\\r\\nhello\\r\\n")
    print("all taken")
"""


def stolen(walk):
    """S11: whose mailbox's password is used for spam gets none of it done, and a password of his own again."""
    warden, mail = walk.warden, walk.world.address["mail"]
    elsewhere = walk.site.start_in_world("python3", "-c", textwrap.dedent(ELSEWHERE), host.OUTSIDE)
    try:
        sent = walk.world.python(RUN, mail, walk.carl.address, walk.carl.passwords["mail"], 40, "newsletter")
        check("S11 honest mailbox: forty letters to people who are there", sent.stdout == "all taken\n", show(sent))
        walk.world.python(RUN, mail, walk.dora.address, walk.dora.passwords["mail"], 110, "bargain")
        found = host.wait_until(lambda: warden.has_case("dora", "S11c", "acted"), 60)
        check("S11 break mailbox: who sends to addresses that do not exist by a password has it no longer", found,
              show(warden.staff("cases", "--all"), warden.staff("mail", "dora", "--state", walk.site.scene / "state"),
                   walk.site.inside("mail", "mailq")))
        told = host.wait_until(lambda: warden.wrote("dora", "the mailbox's password is void"), 20)
        check("S11 break mailbox: its owner is told", told)
        shut = host.wait_until(lambda: "[AUTH]" in walk.dora.pop().stderr, 10)
        check("S11 break mailbox: nobody logs in by it", shut, show(walk.dora.pop()))
        check("S11 honest mailbox: she herself gets in to set another one", walk.dora.ssh("id -un").stdout == "dora\n")
        check("S11 honest mailbox: nobody else has lost his", walk.carl.pop().returncode == 0)
        check("S11 honest mailbox: and no case", not warden.has_case("carl", "S11c"))
    finally:
        elsewhere.kill()


def outages(walk):
    """Nothing passes unscanned, and nothing is lost."""
    mail, alice = "mail", walk.alice
    walk.site.inside(mail, "systemctl", "stop", "clamav-daemon.socket", "clamav-daemon.service")
    said = send(walk, text_of("unscanned"))
    check("V1 break unready: without the scanner mail is told to wait", said.startswith("451"), said)
    alice.ssh("/usr/sbin/sendmail -i bob@bob.example", input=text_of("meanwhile"))
    time.sleep(3)
    check("V1 break unready: what a program handed in waits as well", not got(walk, "meanwhile", 1))
    walk.site.inside(mail, "systemctl", "start", "clamav-daemon.socket", "clamav-daemon.service")
    check("V1 honest unready: with the scanner mail goes on", *taken(walk, "scanned again", 60))
    walk.site.inside("shell", "postqueue", "-f")
    check("V1 honest unready: and what waited arrives", got(walk, "meanwhile", 60),
          show(walk.site.inside("shell", "mailq")))
    walk.warden.stop()
    said = send(walk, text_of("gateless"))
    check("V1 break unready: without hayward mail waits, as the site says", said.startswith("4"), said)
    alice.fetch("mail.php")
    check("hayward is back", walk.warden.start())
    check("V1 honest unready: and then it goes on", *taken(walk, "gate again", 30))
    walk.site.inside("web", "postkick", "public", "pickup", "W")
    waited = host.wait_until(lambda: walk.bob.pop().stdout.count("Subject: by a page") == 2, 90)
    check("V1 honest unready: what a page handed in meanwhile arrives", waited, show(walk.site.inside("web", "mailq")))
