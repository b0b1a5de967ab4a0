#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The shell role with its real sshd, cron, at and PAM, as customers find it.

usage: shell_test.py HAYWARD-ROLE

alice stays as she is, bob is suspended and then cancelled; an account has the name of root.
The kernel counts processes of a uid on the whole machine: no other test has these uids.
"""
import os
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import example  # noqa: E402
import layers  # noqa: E402
from layers import run, tap, wait_for  # noqa: E402

SSH = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
       "-o", "ConnectTimeout=10", "-o", "NumberOfPasswordPrompts=1"]
PROGRAMS = {
    "GLib": ("glib-2.0", "#include <glib.h>\nint main(void){return g_list_length(g_list_append(NULL,NULL)) != 1;}"),
    "libevent": ("libevent", "#include <event2/event.h>\nint main(void){return !event_base_new();}"),
    "liboop": ("", "#include <oop.h>\nint main(void){return !oop_sys_new();}"),
}


class Machine:
    def __init__(self, folder, agent):
        self.folder = folder
        layers.make(folder, "shell")
        layers.install("shell", agent)
        for key in ("own", "staff"):
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / key))
        self.generation = 0
        self.accounts = {
            "alice": example.account("alice", 41001, **self.password("alice")),
            "bob": example.account("bob", 41002, keys=[self.public("staff")], **self.password("bob")),
            "root": example.account("root", 41003, keys=[self.public("staff")], **self.password("root")),
        }
        layers.unit("ssh.service", "/usr/sbin/sshd")
        self.apply()
        for account in self.accounts.values():
            self.make_home(account)

    def password(self, name):
        made = run("openssl", "passwd", "-6", f"{name}-secret").stdout.strip()
        return {"shell-password": made}

    def public(self, key):
        return pathlib.Path(self.folder, f"{key}.pub").read_text().strip()

    def make_home(self, account):
        """As the file role makes it."""
        home = pathlib.Path("/home", account["name"])
        (home / ".ssh").mkdir(parents=True)
        (home / ".ssh/authorized_keys").write_text(self.public("own") + "\n")
        (home / "kept").write_text("kept\n")
        run("chown", "-R", f"{account['uid']}:{account['uid']}", str(home))
        os.chmod(home, 0o710)
        os.chown(home, account["uid"], 33)

    def apply(self):
        self.generation += 1
        good, said = layers.apply(example.view("shell", list(self.accounts.values()), self.generation))
        tap.check(f"generation {self.generation} is applied", good, said)

    def stand(self, name, standing):
        self.accounts[name]["standing"] = standing
        self.apply()


MACHINE = None


def by_password(name, command, secret=None):
    return run("sshpass", "-p", secret or f"{name}-secret", "ssh", *SSH, "-o", "PubkeyAuthentication=no",
               f"{name}@127.0.0.1", command, check=False, timeout=60)


def by_key(name, command, key="own"):
    return run("ssh", *SSH, "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-i", str(MACHINE.folder / key),
               f"{name}@127.0.0.1", command, check=False, timeout=60)


def sftp(name, commands):
    done = subprocess.run(["sftp", *SSH, "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-i",
                           str(MACHINE.folder / "own"), "-b", "-", f"{name}@127.0.0.1"], input=commands, text=True,
                          capture_output=True, check=False, timeout=60, cwd=MACHINE.folder)
    return done.returncode == 0


def says(done, text):
    return done.returncode == 0 and text in done.stdout


def try_names():
    line = run("getent", "passwd", "alice").stdout
    tap.check("customers are users", line == "alice:x:41001:41001::/home/alice:/bin/bash\n", line)
    line = run("getent", "passwd", "root").stdout
    tap.check("root is root whoever is called so", line.startswith("root:x:0:0:"), line)
    shadow = run("setpriv", "--reuid", "41001", "--clear-groups", "cat", "/var/lib/extrausers/shadow", check=False)
    tap.check("their passwords are nobody's to read", shadow.returncode != 0 and "$6$" not in shadow.stdout)


def try_logins():
    tap.check("a password opens", says(by_password("alice", "id -u"), "41001"), by_password("alice", "id").stdout)
    tap.check("another one does not", not says(by_password("alice", "id -u", "bob-secret"), "2"))
    tap.check("so does a key of one's own", says(by_key("alice", "id -u"), "41001"))
    tap.check("and a key that staff set, for whom it was set",
              says(by_key("bob", "id -u", "staff"), "41002") and not says(by_key("alice", "id -u", "staff"), "2"))
    tap.check("root does not come in, by no password or key of one who is called so",
              by_password("root", "id -u").returncode and by_key("root", "id -u", "staff").returncode)
    home = by_key("alice", "cat /home/bob/kept; ls /home/bob; cat ~/kept")
    tap.check("a neighbour's home is closed", home.stdout.count("kept\n") == 1, home.stdout)


def try_limits():
    numbers = by_key("alice", "ulimit -u; ulimit -v; ulimit -Hu").stdout.split()
    tap.check("the plan's limits are there", numbers == ["50", str(512 << 10), "50"], numbers)
    flood = "for (1 .. 80) { my $p = fork; defined $p or print(qq($_ $!)), last; $p or sleep(9), exit }"
    bomb = by_key("alice", f"perl -e '{flood}' </dev/null")
    other = by_key("bob", "echo still in")
    tap.check("a flood of processes ends at the limit, its neighbour does not feel it",
              "Resource temporarily unavailable" in bomb.stdout and bomb.stdout[:2] in ("45", "46", "47", "48") and says(other, "still in"), bomb.stdout)
    run("pkill", "-9", "-u", "41001", check=False)
    eater = by_key("alice", "perl -e '$x = \"x\" x (600 << 20); print \"got it\"'")
    tap.check("and so does memory", "got it" not in eater.stdout, eater.stdout)


def put_job(name, text):
    return run("sh", "-c", f"printf '%s\\n' '{text}' | su {name} -s /bin/sh -c 'crontab -'", check=False)


def try_tools():
    """S13, as a customer: each is used and not only there."""
    source = "#include <stdlib.h>\\nint deep(int n) { char *p = malloc(7); return n ? deep(n - 1) : p[0] + n; }\\n" \
             "int main(void) { return deep(3) & 0; }\\n"
    made = by_key("alice", f"printf '{source}' >a.c && cc -g -o a a.c && echo made")
    tap.check("a compiler", says(made, "made"), made.stdout)
    traced = by_key("alice", "gdb -batch -ex 'break deep if n == 0' -ex run -ex bt ./a 2>&1")
    tap.check("gdb shows where a program is", "deep (n=3)" in traced.stdout, traced.stdout)
    attached = by_key("alice", "sleep 30 & sleep 0.3; gdb -batch -p $! -ex bt 2>&1; kill $!")
    tap.check("and joins a running one of one's own", "nanosleep" in attached.stdout, attached.stdout)
    leak = by_key("alice", "valgrind --leak-check=full ./a 2>&1")
    tap.check("valgrind finds a leak within the plan's memory", "definitely lost: 28 bytes in 4 blocks" in leak.stdout,
              leak.stdout)
    seen = by_key("alice", "ps -u $(id -u) -o comm= ; pstree -p $$ ; top -bn1 | head -1")
    tap.check("ps, pstree and top", all(word in seen.stdout for word in ("bash", "pstree(", "top - ")), seen.stdout)
    poe = by_key("alice", "perl -MPOE -e 'POE::Session->create(inline_states => {_start => sub {print \"poe runs\"}}); POE::Kernel->run'")
    tap.check("POE", "poe runs" in poe.stdout, poe.stdout)
    for name, (package, text) in PROGRAMS.items():
        flags = f"$(pkg-config --cflags --libs {package})" if package else "-loop"
        pathlib.Path("/home/alice/p.c").write_text(text)
        os.chown("/home/alice/p.c", 41001, 41001)
        done = by_key("alice", f"cc -o p p.c {flags} && ./p && echo it runs")
        tap.check(name, says(done, "it runs"), done.stdout)


def try_neighbours_programs():
    bob = subprocess.Popen(["setpriv", "--reuid", "41002", "--regid", "41002", "--clear-groups", "sleep", "60"])
    done = by_key("alice", f"gdb -batch -p {bob.pid} -ex bt 2>&1; kill -0 {bob.pid} 2>&1; cat /proc/{bob.pid}/environ 2>&1")
    tap.check("a neighbour's program is not to be traced, ended or read",
              "ptrace" in done.stdout and "not permitted" in done.stdout and "Permission denied" in done.stdout,
              done.stdout)
    bob.kill()


def try_jobs():
    run("atd", "-b", "0")
    for name in ("alice", "bob"):
        put_job(name, f'@reboot bash -c "ulimit -u" >/home/{name}/cron-was-here')
    done = by_key("alice", "echo 'date >~/at-was-here' | at now 2>&1")
    tap.check("a job of at runs", wait_for(20, lambda: pathlib.Path("/home/alice/at-was-here").exists()), done.stdout)


def try_suspended():
    MACHINE.stand("bob", "suspended")
    tap.check("a suspended account gives no shell, by no password or key",
              "in" not in by_password("bob", "echo in").stdout and "in" not in by_key("bob", "echo in").stdout
              and "in" not in by_key("bob", "echo in", "staff").stdout)
    forwarded = subprocess.run(["ssh", *SSH, "-o", "BatchMode=yes", "-i", str(MACHINE.folder / "own"), "-W",
                                "127.0.0.1:22", "bob@127.0.0.1"], stdin=subprocess.DEVNULL, capture_output=True,
                               text=True, timeout=10, check=False)
    tap.check("and forwards nothing", "SSH" not in forwarded.stdout, forwarded.stdout)
    tap.check("it fetches", sftp("bob", "get kept fetched\n") and (MACHINE.folder / "fetched").exists())
    tap.check("and deletes", sftp("bob", "rm kept\n") and not pathlib.Path("/home/bob/kept").exists())
    sftp("bob", "put fetched back\n")
    back = pathlib.Path("/home/bob/back")
    tap.check("and puts nothing there", not back.exists() or back.stat().st_size == 0)
    tap.check("nobody becomes it", run("su", "bob", "-c", "true", check=False).returncode != 0)
    tap.check("its neighbour does not notice", says(by_key("alice", "echo in"), "in"))


def try_cron():
    """Jobs of the start: nobody has to wait for the next minute."""
    run("cron")
    alice = pathlib.Path("/home/alice/cron-was-here")
    came = wait_for(10, lambda: alice.exists() and alice.stat().st_size)
    time.sleep(0.5)
    tap.check("a crontab's job runs, within the limits", came and alice.read_text() == "50\n")
    tap.check("that of a suspended account does not", not pathlib.Path("/home/bob/cron-was-here").exists())


def try_cancelled():
    MACHINE.stand("bob", "cancelled")
    tap.check("who is cancelled does not come in at all",
              by_password("bob", "echo in").returncode and by_key("bob", "echo in").returncode
              and by_key("bob", "echo in", "staff").returncode and not sftp("bob", "ls\n"))
    MACHINE.stand("bob", "open")
    tap.check("and who is open again does", says(by_key("bob", "echo in"), "in") and sftp("bob", "put fetched back\n")
              and says(by_key("bob", "echo in", "staff"), "in"))


def try_removed():
    del MACHINE.accounts["bob"]
    MACHINE.apply()
    tap.check("who is removed is no user any more, nor has keys",
              run("getent", "passwd", "bob", check=False).returncode == 2
              and not pathlib.Path("/etc/hayward/keys/41002").exists())


def try_renamed():
    """What is to be done later was written down with the former name."""
    put_job("alice", "0 0 1 1 * true")
    run("pkill", "-STOP", "-x", "atd")
    by_key("alice", "echo 'pwd >/home/alice/at-later' | at now 2>&1")
    account = MACHINE.accounts.pop("alice")
    account.update(name="alicia", formers=["alice"])
    MACHINE.accounts["alicia"] = account
    os.rename("/home/alice", "/home/alicia")  # as the file role does
    os.symlink("alicia", "/home/alice")
    MACHINE.apply()
    run("pkill", "-CONT", "-x", "atd")
    tap.check("a renamed account comes in under its name", says(by_key("alicia", "id -un; pwd"), "alicia\n/home/alicia")
              and by_key("alice", "true").returncode != 0)
    tap.check("its crontab follows", "0 0 1 1" in run("su", "alicia", "-s", "/bin/sh", "-c", "crontab -l", check=False).stdout)
    later = pathlib.Path("/home/alicia/at-later")
    tap.check("what at had still to do is done", wait_for(20, lambda: later.exists() and later.stat().st_size))


def try_thousand():
    """The speed of a site of 1 000 accounts, and of one more."""
    many = [example.account(f"user{i}", 42000 + i, keys=["ssh-ed25519 AAAA"], **{"shell-password": "$6$a$b"})
            for i in range(1000)]
    MACHINE.accounts.update({one["name"]: one for one in many})
    begin = time.monotonic()
    MACHINE.apply()
    first = time.monotonic() - begin
    MACHINE.accounts["last"] = example.account("last", 43500, **MACHINE.password("last"))
    begin = time.monotonic()
    MACHINE.apply()
    second = time.monotonic() - begin
    MACHINE.make_home(MACHINE.accounts["last"])
    begin = time.monotonic()
    login = by_key("last", "id -u; ulimit -u")
    third = time.monotonic() - begin
    print(f"# 1000 accounts applied in {first:.2f} s, one more in {second:.2f} s, its login in {third:.2f} s")
    tap.check("1 000 accounts, and one more at once", first < 10 and second < 2 and login.stdout == "43500\n50\n",
              [first, second, third, login.stdout])


def main():
    global MACHINE
    folder = layers.enter("sshd", "sshpass", "atd", "cron", "gdb", "valgrind")
    MACHINE = Machine(folder, sys.argv[1])
    for kind in ("ed25519", "rsa"):  # as the unit of ssh does before its start
        layers.run("ssh-keygen", "-q", "-t", kind, "-N", "", "-f", f"/etc/ssh/keys/ssh_host_{kind}_key")
    layers.run("systemctl", "start", "ssh.service")
    wait_for(10, lambda: by_key("alice", "true").returncode == 0)
    for check in (try_names, try_logins, try_limits, try_tools, try_neighbours_programs, try_jobs, try_suspended,
                  try_cron, try_cancelled, try_removed, try_renamed, try_thousand):
        check()
    tap.end()


main()
