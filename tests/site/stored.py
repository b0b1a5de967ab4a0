# SPDX-License-Identifier: Apache-2.0
"""A13, A14 and A18 on a site: what is stored in mailboxes of the mail role is looked at, moved aside, brought back."""
import json

import addresses
import host
from tap import check
from world import show

PROGRAM = """
    import imaplib, ssl, sys
    address, user, password, step, *words = sys.argv[1:]
    imap = imaplib.IMAP4_SSL(address, timeout=60, ssl_context=ssl._create_unverified_context())
    imap.login(user, password)

    def find(subject):
        for line in imap.list()[1]:
            folder = line.decode().split(' "." ')[1]
            imap.select(folder, readonly=True)
            for number in imap.search(None, "SUBJECT", subject)[1][0].split():
                yield folder

    if step == "move":
        imap.select(words[0])
        for number in imap.search(None, "SUBJECT", words[1])[1][0].split():
            print(imap._simple_command("MOVE", number.decode(), words[2]))
    elif step == "text":
        imap.select(words[0], readonly=True)
        for number in imap.search(None, "SUBJECT", words[1])[1][0].split():
            print(imap.fetch(number, "(BODY.PEEK[])")[1][0][1].decode())
    elif step == "append":
        imap.create(words[0])
        print(imap.append(words[0], None, None, sys.stdin.read().replace("\\n", "\\r\\n").encode()))
    else:
        print(*find(words[0]))
    imap.logout()
"""

SENT = """From: <dora@dora.example>
To: <bob@bob.example>
Subject: {}
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b

see there
--b
Content-Type: {}
Content-Disposition: attachment; filename={}

AAAA
--b--
"""


def imap(walk, owner, *words, **more):
    return walk.world.python(PROGRAM, walk.world.address["mail"], owner.address, owner.passwords["mail"], *words, **more)


def place(walk, owner, subject):
    return imap(walk, owner, "find", subject).stdout.strip()


def stored(walk):
    """dora keeps sent files, and a mail that is too large; bob's sent mails have signatures."""
    dora, bob, warden = walk.dora, walk.bob, walk.warden
    imap(walk, bob, "append", "Sent", input=SENT.format("signed", "application/pgp-signature", "signature.asc"))
    run = imap(walk, dora, "append", "Sent", input=SENT.format("photos", "image/jpeg", "a.jpg"))
    large = SENT.format("large", "image/jpeg", "b.jpg").replace("AAAA\n", ("A" * 76 + "\n") * 4500)
    imap(walk, dora, "append", "INBOX", input=large)
    found = host.wait_until(lambda: warden.has_case("dora", "A14"), 60)
    check("A14 break attachments: on a site a file in sent mail is found", found,
          show(run, warden.staff("status"), warden.staff("cases", "--all")))
    gone = host.wait_until(lambda: not place(walk, dora, "photos"), 30)
    check("A14 break remove: on a site it is moved aside", gone, place(walk, dora, "photos"))
    check("A14 honest attachments: on a site a signature is none", not warden.has_case("bob", "A14") and place(walk, bob, "signed"))
    warned = host.wait_until(lambda: warden.has_case("dora", "A13", "warned"), 60)
    check("A13 break list: on a site a large mail is found, and its owner told", warned, show(warden.staff("cases", "--all")))
    check("A13 honest remove: which is there until its day", place(walk, dora, "large") == "INBOX", place(walk, dora, "large"))
    aside = walk.site.inside("mail", "find", "/var/lib/hayward-stored/removed", "-name", "*.facts")
    check("A14 break remove: on a site what is aside is root's of the mail role", aside.stdout.count(".facts") == 1, show(aside))
    made_up = [SENT.format(f"caught {number}", "text/plain", "c").replace("AAAA\n", ("A" * 76 + "\n") * 140) for number in range(5)]
    for text in made_up:
        imap(walk, dora, "append", "INBOX", input=f"X-Original-To: made-up@dora.example\n{text}")
    catch_all = dora.ssh(f"hayward mailbox catch-all {dora.address}")
    shared = host.wait_until(lambda: warden.has_case("dora", "A18"), 60)
    check("A18 break share: on a site a catch-all that holds a tenth of the stored mail is found", shared,
          show(catch_all, warden.staff("cases", "--all")))
    shut = host.wait_until(lambda: not addresses.is_open(walk, dora), 30)
    check("A18 break disable: and is closed", shut, show(warden.staff("cases", "--all")))
    run, taken = addresses.deliver(walk, dora.address.split("@")[0], dora, 1)
    check("A18 honest disable: her own address takes mail as before", taken == 1, show(run))
    numbers = [str(case["case"]) for case in warden.cases("dora", "A14")]
    lifted = warden.staff("lift", numbers[0] if numbers else "0", "--note", "by phone")
    back = host.wait_until(lambda: place(walk, dora, "photos") == "INBOX", 40)
    check("A14 honest remove: on a site staff bring it back", back, show(lifted, warden.staff("case", numbers[0] if numbers else "0")))
    by_themselves(walk)
    stripped(walk)


def removed(owner):
    run = owner.ssh("hayward --json mail removed")
    return json.loads(run.stdout)["mails"] if run.returncode == 0 else []


def reference_of(owner, subject):
    return next((mail["reference"] for mail in removed(owner) if mail["subject"] == subject), "")


def by_themselves(walk):
    """dora sees what was moved aside of hers, and brings one back, once; bob has no say in it."""
    dora, bob, warden = walk.dora, walk.bob, walk.warden
    imap(walk, dora, "append", "Sent", input=SENT.format("slides", "application/pdf", "s.pdf"))
    found = host.wait_until(lambda: reference_of(dora, "slides"), 60)
    check("A14 honest remove: her owner sees what was moved aside", found, show(dora.ssh("hayward mail removed"), warden.staff("cases", "--all")))
    print("#", dora.ssh("hayward mail removed").stdout.replace("\n", "\n# "))
    number = reference_of(dora, "slides")
    check("A14 honest remove: and nobody else's owner does", not removed(bob), show(bob.ssh("hayward mail removed")))
    run = bob.ssh(f"hayward mail restore {number}")
    check("A14 honest remove: nor brings it back", run.returncode == 3 and not place(walk, dora, "slides"), show(run))
    run = bob.ssh(f"hayward mail restore {number} --account dora")
    check("A14 honest remove: nor by saying that it is hers", run.returncode == 4 and not place(walk, dora, "slides"), show(run))
    run = dora.ssh(f"hayward mail restore {number} --note 'I need it'")
    check("A14 honest remove: she brings it back herself", run.returncode == 0 and place(walk, dora, "slides") == "INBOX", show(run))
    print("#", run.stdout)
    journal = warden.staff("journal", "--state", warden.scene / "state", "--account", "dora")
    check("A14 honest remove: the journal has who did", any("mail-back" in line and number in line for line in journal.stdout.splitlines()), show(journal))
    print("#", *[line for line in journal.stdout.splitlines() if "mail-back" in line])
    run = dora.ssh(f"hayward mail restore {number}")
    check("A14 honest remove: and not a second time", run.returncode == 3 and place(walk, dora, "slides") == "INBOX", show(run))
    imap(walk, dora, "move", "INBOX", "slides", "Sent")
    found = host.wait_until(lambda: not place(walk, dora, "slides") and reference_of(dora, "slides"), 60)
    check("A14 break remove: in sent mail it is moved aside again", found, show(dora.ssh("hayward mail removed"), warden.staff("cases", "--all")))
    number = reference_of(dora, "slides")
    run = dora.ssh(f"hayward mail restore {number}")
    check("A14 break remove: and then it is the staff's to bring back", run.returncode == 4 and not place(walk, dora, "slides"), show(run))
    run = warden.staff("mail", "restore", number, "--account", "dora", "--note", "by phone")
    check("A14 honest remove: which they do", run.returncode == 0 and place(walk, dora, "slides") == "INBOX", show(run))


def stripped(walk):
    """Where the operator has attachments taken out, erin's words stay; and she gets the whole by what stands in the mail."""
    erin, warden = walk.erin, walk.warden
    (warden.scene / "policy.d/91-strip.policy").write_text("amend A14 { then at once strip }\n")
    run = warden.staff("reload")
    imap(walk, erin, "append", "Sent", input=SENT.format("holidays", "image/jpeg", "beach.jpg"))
    found = host.wait_until(lambda: reference_of(erin, "holidays"), 60)
    number = reference_of(erin, "holidays")
    words = imap(walk, erin, "text", "Sent", "holidays").stdout
    check("A14 break strip: on a site the file is taken out, and the words say so", found and "see there" in words and "AAAA" not in words
          and "beach.jpg" in words and f"hayward mail restore {number}" in words, show(run, warden.staff("cases", "--all")) + words)
    print("#", words.replace("\n", "\n# "))
    check("A14 honest strip: there is one mail", place(walk, erin, "holidays") == "Sent", place(walk, erin, "holidays"))
    run = erin.ssh(f"hayward mail restore {number}")
    check("A14 honest strip: its owner brings the whole back, instead of it", run.returncode == 0
          and place(walk, erin, "holidays") == "INBOX" and "AAAA" in imap(walk, erin, "text", "INBOX", "holidays").stdout, show(run))
    (warden.scene / "policy.d/91-strip.policy").unlink()
    warden.staff("reload")
