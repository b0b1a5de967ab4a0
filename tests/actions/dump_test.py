#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Databases in an export, from a real MariaDB that this test starts for itself.

usage: dump_test.py EXPORT_TOOL    (as root)  TAP
"""
import os
import shutil
import subprocess
import sys
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import tap
from tap import check

TOOL = sys.argv[1]
UID = 61140

tap.need_root("mariadbd", "mariadb-server")
tap.enter_namespaces()
root = tap.new_folder("dump")
data, home, out = root / "data", root / "home", root / "out"
for folder in (data, home):
    folder.mkdir()
out.mkdir(mode=0o700)
os.chown(home, UID, UID)
(home / "index.html").write_text("hello")
shutil.chown(data, "mysql", "mysql")
options = root / "client.cnf"
options.write_text(f"[client]\nsocket={data}/s\n")
os.chmod(options, 0o600)


def sql(text, *more):
    return subprocess.run(["mariadb", f"--socket={data}/s", *more], input=text.encode(),
                          capture_output=True, timeout=60)


subprocess.run(["mariadb-install-db", "--user=mysql", f"--datadir={data}", "--auth-root-authentication-method=socket",
                "--skip-test-db"], check=True, capture_output=True)
server = subprocess.Popen(["mariadbd", "--no-defaults", "--user=mysql", f"--datadir={data}", f"--socket={data}/s",
                           "--skip-networking", "--event-scheduler=ON", f"--pid-file={data}/pid"],
                          stderr=subprocess.DEVNULL)
try:
    end = time.monotonic() + 60
    while sql("SELECT 1").returncode and time.monotonic() < end:
        time.sleep(0.1)
    made = sql("""
CREATE DATABASE alice; CREATE DATABASE alice_wp; CREATE DATABASE alice_bob_x; CREATE DATABASE alicex; CREATE DATABASE bob;
CREATE DATABASE `alice_ odd;name`;
USE alice_wp;
CREATE TABLE t (id INT PRIMARY KEY, words TEXT, raw BLOB) ENGINE=InnoDB;
INSERT INTO t VALUES (1, 'caf\u00e9 ''quoted''', X'00FF00'), (2, 'two', NULL);
CREATE VIEW v AS SELECT id FROM t;
CREATE PROCEDURE p() SELECT 42;
CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SELECT 1;
CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.words = 'x';
USE bob; CREATE TABLE secret (id INT);
""")
    check("a server with schemas of several accounts", made.returncode == 0, made.stderr.decode())

    def export(options_file):
        for file in out.iterdir():
            file.unlink()
        done = subprocess.run([TOOL, out, home, str(UID), "alice", str(1 << 30), options_file, "alice_bob"],
                              capture_output=True, text=True, timeout=120)
        into = root / "into"
        shutil.rmtree(into, ignore_errors=True)
        into.mkdir()
        subprocess.run(["bsdtar", "-xf", out / "archive.tar.zst", "-C", into], check=True)
        return done, into, (out / "list").read_text()

    done, into, left = export(options)
    got = sorted(p.name for p in (into / "databases").iterdir())
    check("the account's schemas are in the export, and nobody else's",
          done.returncode == 0 and got == ["alice.sql", "alice_wp.sql"], f"{got} {done.stdout}{left}")
    check("a schema with a name that cannot be passed on is told", "databases/odd.sql\t" in left, left)
    check("beside the files", (into / "files/index.html").read_text() == "hello")
    sql("CREATE DATABASE again")
    back = subprocess.run(["mariadb", f"--socket={data}/s", "again"], stdin=open(into / "databases/alice_wp.sql", "rb"),
                          capture_output=True)
    rows = sql("SELECT id, words, HEX(raw) FROM again.t ORDER BY id; SELECT COUNT(*) FROM again.v;"
               "SELECT routine_name FROM information_schema.routines WHERE routine_schema='again';"
               "SELECT event_name FROM information_schema.events WHERE event_schema='again';"
               "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema='again'", "-N", "-B")
    check("what was dumped is restored: rows, view, routine, event, trigger",
          back.returncode == 0 and
          rows.stdout.decode().split("\n") == ["1\tcaf\u00e9 'quoted'\t00FF00", "2\ttwo\tNULL", "2", "p", "e", "g", ""],
          back.stderr.decode() + rows.stdout.decode() + rows.stderr.decode())
    open_files = list(out.iterdir())
    check("no dump stays behind", sorted(p.name for p in open_files) == ["archive.tar.zst", "list", "point"], open_files)
finally:
    server.terminate()
    server.wait(60)
done, into, left = export(options)
check("without a server the files are exported and it is told",
      done.returncode == 0 and (into / "files/index.html").exists() and "databases/all.sql\t" in left, left)
shutil.rmtree(root)
tap.end()
