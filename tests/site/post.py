# SPDX-License-Identifier: Apache-2.0
"""S2, V1, V3 on a site: who sends a mail is known wherever it is handed in, and what has a virus passes nowhere."""
import re
import time

import host
from tap import check
from world import show

# In pieces, for scanners look at sources, too.
EICAR = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-ANTIVIRUS-TEST-FILE" + "!$H+H*"

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


def viruses(walk):
    """From wherever they come."""
    alice = walk.alice
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


def spamming(walk):
    """S11: whoever finds a form that mails whom he likes has it for a few mails."""
    alice, warden = walk.alice, walk.warden
    alice.upload("public_html/tell.php", "<?php $to = explode(' ', $_GET['to']); foreach ($to as $one) {"
                 " mail($one, 'look at this', 'hello', 'From: alice@alice.example'); usleep(100000); } echo 'told';")
    friends = "+".join(f"bob%2B{number}@bob.example" for number in range(8))
    check("S11 honest script: who tells eight friends does no harm", alice.fetch(f"tell.php?to={friends}").stdout == "told")
    strangers = "+".join(f"{'bob%2B' if number % 2 else 'nobody'}{number}@bob.example" for number in range(60))
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
