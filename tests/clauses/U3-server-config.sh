#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# U3: hands off the server's settings and devices. A refused attempt is recorded, ten within ten
# minutes are a warning, one that succeeds (here by mistaken modes, and by a root shell that a
# customer came by) locks the account and asks staff to end it. The crowd looks everywhere.
set -u
. "$(dirname "$0")/../lib/host.sh"
host_enter "$@"

host_pair <<<''
host_account carol 61003
host_account dave 61004
host_account erin 61005
host_account frank 61006
chmod 755 "$HOST" "$HOST/home"
# What an operator has left open, and what he gave to customers.
mkdir -p /etc/open /etc/sites
echo setting >/etc/open/app.conf
chmod 666 /etc/open/app.conf
chmod 1777 /etc/sites
host_set guarded-paths '"/etc !/etc/sites /usr /boot /root"'
mknod -m 666 "$HOST/disk" b 7 99
install -m 4755 /bin/bash "$HOST/home/erin/rootsh"
strange=$(printf '/etc/pass\x1b[2Jwd\nroot\xff')
host_start

tells() { ask case "$1" "any('$2' in (e.get('deed') or '') for e in data['case']['evidence'])"; }
recorded() { hayward --json cases --all | grep -q "\"$2\".*" && has_case "$1" "$2"; }
locked() { ask case "$1" "any(o['verb'] == 'lock' and o['state'] == 'done' for o in data['case']['orders'])"; }
asked() { ask case "$1" "any(o['verb'] == 'cancel' and 'waits' in o['state'] for o in data['case']['orders'])"; }
nothing() { ask cases --all "not any(c['account'] == '$1' for c in data['cases'])"; }

# Bob's crowd: nobody hears of what only looks. First what may be slow, within its time.
crowd() {
	as bob ls -R /etc >/dev/null 2>&1
	as bob find /etc /root /dev /boot /usr/local -maxdepth 3 >/dev/null 2>&1
	as bob ps aux >/dev/null
	as bob top -b -n 1 >/dev/null
	as bob sh -c 'cat /proc/*/environ /proc/*/maps' >/dev/null 2>&1
	as bob python3 -c 'import email, json, sqlite3, ssl, http.client'
	as bob sh -c 'cp -p /etc/passwd mine; chmod 600 mine; rm mine; echo x >/etc/sites/bob; rm /etc/sites/bob'
	as bob sh -c 'test -w /etc/passwd || test -r /etc/shadow; echo test >/dev/null'
	as bob tar -cf /dev/null /etc 2>/dev/null
	command -v strace >/dev/null && as bob strace -f -o trace true
	as bob sh -c 'git init -q work && git -C work -c user.name=bob -c user.email=bob@elsewhere.example commit -q --allow-empty -m x && git clone -q work copy'
	command -v valgrind >/dev/null && as bob valgrind -q true 2>/dev/null
	command -v gdb >/dev/null && as bob gdb -batch -nx -ex run -ex bt true >/dev/null 2>&1
	command -v vim >/dev/null && as bob vim -es -c q /etc/passwd
	for _ in 1 2 3 4 5 6; do as bob unshare -Ur -m sh -c 'mount -t tmpfs none /mnt && hostname inside' 2>/dev/null; done
	true
}
tap "U3 honest refused: the crowd runs" crowd

as alice perl -e 'open(F, ">>", "/etc/passwd") or exit 1'
tap "U3 break refused: an attempt is recorded" wait_for 15 "a case" has_case alice U3a
number=$(case_of alice U3a)
tap "U3 break refused: with the path and the outcome" tells "$number" "tried to write /etc/passwd: refused"
tap "U3 honest refused: one attempt is no warning" not has_case alice U3b
tap "nobody is told of it" test -z "$(mails alice)"
as alice perl -e 'chdir "/etc"; for (1..6) { open(F, ">", "shadow"); unlink "../etc/fstab"; chmod 0777, "/usr//bin/./perl"; }
	mkdir "/proc/self/root/etc/mine"; open(F, "<", "/etc/shadow"); mkdir $ARGV[0]' "$strange"
tap "U3 break refused: who goes on is warned" wait_for 15 "a case" has_case alice U3b
number=$(case_of alice U3b)
tap "by relative names" tells "$number" "tried to write /etc/shadow: refused"
tap "by names with detours" tells "$number" "/etc/fstab (unlink"
tap "U3 break refused: the notice names it" wait_for 20 "a mail" mails alice "tried to"
tap "U3 honest refused: nothing is held for it" not held alice
tap "no name of hers reaches a terminal" not grep -qP '\x1b\[2J' <(hayward case "$number"; hayward --json case "$number"; cat "$HOST"/mail/*.eml "$HOST/log")

as frank python3 -I -S -c 'import ctypes, socket
for _ in range(6):
    ctypes.CDLL(None).mount(b"none", b"/mnt", b"tmpfs", 0, None)
    try: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)
    except PermissionError: pass
'
tap "U3 break refused: so is who asks for mounts and raw sockets" wait_for 15 "a case" has_case frank U3b
number=$(case_of frank U3b)
tap "mounts" tells "$number" "tried to mount or unmount /mnt: refused"
tap "raw sockets" tells "$number" "tried to open a raw socket: refused"

as carol sh -c 'echo mine >>/etc/open/app.conf'
tap "U3 break succeeded: a guarded file is changed" wait_for 15 "a case" has_case carol U3c
number=$(case_of carol U3c)
tap "U3 break succeeded: it says which" tells "$number" "changed /etc/open/app.conf"
tap "U3 break succeeded: the account is locked" wait_for 20 "the lock" locked "$number"
tap "U3 break cancel: staff are asked" asked "$number"
tap "U3 honest cancel: nobody has ended the account yet" not ask case "$number" "any(o['verb'] == 'cancel' and o['state'] == 'done' for o in data['case']['orders'])"

as dave perl -e 'open(F, "+<", $ARGV[0])' "$HOST/disk"
tap "U3 break succeeded: a device is opened" wait_for 15 "a case" has_case dave U3c
tap "as such" tells "$(case_of dave U3c)" "for writing"
as erin ./rootsh -p -c 'echo >/etc/cron.d/evil; true'
tap "U3 break succeeded: a root shell of a customer's own" wait_for 15 "a case" has_case erin U3c
tap "what is new has its name" tells "$(case_of erin U3c)" "evil"

# The host's own set-user-id programs change what they are for.
as bob chfn -h 1 bob >/dev/null 2>&1 || true
as bob su carol -c true </dev/null >/dev/null 2>&1 || true
sleep 1
tap "U3 honest succeeded: the crowd has no case" nothing bob

tap_end
