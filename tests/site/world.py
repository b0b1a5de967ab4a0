# SPDX-License-Identifier: Apache-2.0
"""What people in the world outside do with a site: as a customer, a visitor, or a burglar would, by the network."""
import textwrap
import urllib.parse

ADDRESS = {"file": "10.77.0.2", "dns": "10.77.0.3", "mail": "10.77.0.4", "web": "10.77.0.5", "shell": "10.77.0.6"}
ADDRESS6 = {role: "2001:db8:" + address.replace("10.77.0.", "77::") for role, address in ADDRESS.items()}
SSH = ("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR")

FTP = """
    import ftplib, io, sys
    address, user, password, name, text = sys.argv[1:]
    with ftplib.FTP_TLS(timeout=20) as ftp:
        ftp.connect(address)
        ftp.login(user, password)
        ftp.prot_p()
        ftp.storbinary(f"STOR {name}", io.BytesIO(text.encode()))
        print(ftp.pwd(), ftp.nlst("/"))
"""
POP = """
    import poplib, ssl, sys
    address, user, password = sys.argv[1:]
    context = ssl._create_unverified_context()
    pop = poplib.POP3_SSL(address, timeout=20, context=context)
    pop.user(user)
    pop.pass_(password)
    for number in range(len(pop.list()[1])):
        print(b"\\n".join(pop.retr(number + 1)[1]).decode())
    pop.quit()
"""
IMAP = """
    import imaplib, ssl, sys
    address, user, password, folder = sys.argv[1:]
    imap = imaplib.IMAP4_SSL(address, timeout=20, ssl_context=ssl._create_unverified_context())
    imap.login(user, password)
    print(imap.select(folder, readonly=True))
    for number in imap.search(None, "ALL")[1][0].split():
        print(imap.fetch(number, "(RFC822)")[1][0][1].decode())
"""
SMTP = """
    import smtplib, ssl, sys
    address, port, user, password, sender, recipient = sys.argv[1:]
    smtp = smtplib.SMTP(address, int(port), timeout=20)
    if int(port) == 587:
        smtp.starttls(context=ssl._create_unverified_context())
    if user:
        smtp.login(user, password)
    smtp.sendmail(sender, [recipient], f"From: {sender}\\nTo: {recipient}\\nSubject: walk {port}\\n\\nhello\\n")
    print("accepted")
"""
# Calls all at once, since some are never answered: prints the words ADDRESS,PORT that are open.
CALLS = """
    import socket, sys, threading
    opened = []
    def call(word):
        address, port = word.rsplit(",", 1)
        try:
            socket.create_connection((address, int(port)), timeout=3).close()
            opened.append(word)
        except OSError:
            pass
    threads = [threading.Thread(target=call, args=(word,)) for word in sys.argv[1:]]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    print(*opened)
"""


def show(*runs):
    """What a test that failed prints of programs that ran."""
    return "\n".join(f"{run.returncode}\n{run.stdout}\n{run.stderr}" for run in runs)


def call(address, port):
    """A line of shell that prints `open` if a connection to there can be made."""
    return f"timeout 5 bash -c 'exec 3<>/dev/tcp/{address}/{port}' && echo open"


class World:
    """Anybody, of whom the site knows nothing; `address` says where each role is called."""

    def __init__(self, site, address=ADDRESS):
        self.site, self.address = site, address

    def python(self, text, *words, **more):
        return self.site.world_python(textwrap.dedent(text), *words, **more)

    def fetch(self, url, *options):
        name = urllib.parse.urlsplit(url).hostname
        web = self.address["web"]
        return self.site.world("curl", "--silent", "--show-error", "--max-time", 20, "--resolve",
                               f"{name}:80:{web}", "--resolve", f"{name}:443:{web}", *options, url)

    def status(self, url):
        """The status of the answer, as curl has it: 000 for none."""
        return self.fetch(url, "-o", "/dev/null", "-w", "%{http_code}").stdout

    def reaches(self, role, *ports):
        """Which of the TCP ports of a role answer."""
        return self.reaches_of_all((role,), *ports)[role]

    def reaches_of_all(self, roles, *ports):
        """The same of each role, as a dict."""
        found = self.python(CALLS, *(f"{self.address[role]},{port}" for role in roles for port in ports)).stdout.split()
        return {role: tuple(port for port in ports if f"{self.address[role]},{port}" in found) for role in roles}

    def smtp(self, sender, recipient):
        return self.python(SMTP, self.address["mail"], 25, "", "", sender, recipient)

    def ssh(self, user, password, command, **more):
        return self.site.world("sshpass", "-p", password, "ssh", *SSH, "-o", "NumberOfPasswordPrompts=1", "-o",
                               "ConnectTimeout=10", f"{user}@{self.address['shell']}", command, **more)

    def dig(self, *question):
        return self.site.world("dig", "+time=3", "+tries=1", f"@{self.address['dns']}", *question)


class Customer:
    """One who has signed up; `passwords` by service (shell, ftp, mail)."""

    def __init__(self, world, name, passwords):
        self.world, self.name, self.passwords = world, name, passwords
        self.domain = f"{name}.example"
        self.address = f"{name}@{self.domain}"

    def ssh(self, command, password=None, **more):
        return self.world.ssh(self.name, password or self.passwords["shell"], command, **more)

    def sftp(self, commands):
        return self.world.site.world("sshpass", "-p", self.passwords["shell"], "sftp", *SSH,
                                     f"{self.name}@[{self.world.address['shell']}]", input=commands)

    def upload(self, name, text, password=None):
        return self.world.python(FTP, self.world.address["web"], self.name, password or self.passwords["ftp"], name,
                                 textwrap.dedent(text))

    def fetch(self, path, *options):
        return self.world.fetch(f"http://{self.domain}/{path}", *options)

    def status(self, path=""):
        return self.world.status(f"http://{self.domain}/{path}")

    def pop(self, password=None):
        return self.world.python(POP, self.world.address["mail"], self.address, password or self.passwords["mail"])

    def imap(self, folder="INBOX"):
        return self.world.python(IMAP, self.world.address["mail"], self.address, self.passwords["mail"], folder)

    def submit(self, recipient, sender=None):
        return self.world.python(SMTP, self.world.address["mail"], 587, self.address, self.passwords["mail"],
                                 sender or self.address, recipient)


def sign_up(world, name, plan):
    """The Customer, and the run that made one."""
    add = world.site.hayward("account", "add", name, "--plan", plan, "--contact", f"{name}@elsewhere.example",
                             "--domain", f"{name}.example")
    passwords = dict(line.split() for line in add.stdout.splitlines() if len(line.split()) == 2)
    return Customer(world, name, passwords), add
