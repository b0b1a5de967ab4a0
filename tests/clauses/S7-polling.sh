#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# S7: who asks again and again and is given nothing is told what to wait with, and throttled. Who
# is given something, or computes, is left alone, however busy.
set -u
. "$(dirname "$0")/../lib/host.sh"
host_enter "$@"

host_pair <<'END'
amend S7 {
    when process.spins for 2s
    then warn; after 2s throttle cpu to 5%
    ends when kept for 40s or by owner
}
amend U1b { when script.cpu >= 1h within 2h }
END
host_account carol 61003
host_account dora 61004
host_script alice asks.pl 'use Socket; socketpair($a, $b, AF_UNIX, SOCK_STREAM, 0); recv($a, $x, 9, MSG_DONTWAIT) while 1'
host_script alice other.pl '1 while 1'
host_script carol wakes.pl 'select(undef, undef, undef, 0.001) while 1'
host_script dora opens.pl '1 until open F, "<", "/nowhere/go"'
host_script dora lists.pl 'mkdir "inbox"; 1 until grep { /^[^.]/ } do { opendir my $d, "inbox"; readdir $d }'
host_script bob files.pl 'mkdir "many"; for (1 .. 300) { open F, ">", "many/$_"; print F "words in $_\n"; close F }
	for (;;) { for (1 .. 300) { open F, "<", "many/$_"; $n += length <F>; close F } }'
host_script bob server.pl 'use Socket; socketpair($a, $b, AF_UNIX, SOCK_DGRAM, 0);
	unless (fork) { for (;;) { send($b, "x" x 100, 0); select(undef, undef, undef, 0.002) } } recv($a, $x, 1000, 0) while 1'
host_script bob timer.pl 'for (;;) { select(undef, undef, undef, 0.001); $n++; my $y = 0; $y += $_ for 1 .. 20000 }'
host_script bob sum.pl 'for (;;) { $x += sqrt($_) for 1 .. 20000; select(undef, undef, undef, 0) }'
host_start

# Of the host's capacity, in hundredths of a processor, within the next three seconds.
uses() {
	local before after file
	before=0 after=0
	for file in $(pgrep -u "$(uid_of "$1")"); do before=$((before + $(awk '{print $14 + $15}' "/proc/$file/stat"))); done
	sleep 3
	for file in $(pgrep -u "$(uid_of "$1")"); do after=$((after + $(awk '{print $14 + $15}' "/proc/$file/stat"))); done
	echo $(((after - before) / 3))
}
uses_little() { local used; used=$(uses "$1"); echo "# $1 uses $used of 100"; [ "$used" -le "$2" ]; }
tells() { ask case "$1" "any('$2' in (e.get('deed') or '') for e in data['case']['evidence'])"; }
spins() { ask cases "any(c['account'] == '$1' and c['clause'] == 'S7' and c['subject'].endswith('$2') for c in data['cases'])"; }
over() { ask cases --all "any(c['account'] == '$1' and c['clause'] == 'S7' and c['state'] == 'closed' for c in data['cases'])"; }
nothing() { ask cases --all "not any(c['account'] == '$1' and c['clause'] == 'S7' for c in data['cases'])"; }

as alice public_html/asks.pl &
as carol public_html/wakes.pl &
as dora public_html/opens.pl &
as dora public_html/lists.pl &
for busy in server timer sum files; do as bob public_html/$busy.pl & done
as bob perl -e 'for (;;) { open F, ">", "big"; print F "x" x 65536 for 1 .. 1000; close F; select(undef, undef, undef, 0.1) }' &
as bob tail -f public_html/sum.pl >/dev/null &

tap "S7 break spin: who receives nothing is found" wait_for 60 "a case" has_case alice S7
tap "S7 break spin: and who wakes for nothing" wait_for 60 "a case" has_case carol S7
tap "S7 break spin: what it calls is told" tells "$(case_of alice S7)" "calls recvfrom() about"
tap "S7 break spin: and what to do" tells "$(case_of carol S7)" "sleep as long as nothing comes"
tap "S7 break spin: the owner is told which script" wait_for 15 "mail to alice" mails alice asks.pl
tap "S7 break spin: and how to wait" mails alice epoll
quiet carol
tap "S7 break spin: so is who asks for a file that is not there" wait_for 60 "a case" spins dora opens.pl
tap "S7 break spin: and by what it can wait" wait_for 15 "mail to dora" mails dora "inotify tells when a file is there"
tap "S7 break spin: and who lists a folder that nothing came into" wait_for 60 "a case" spins dora lists.pl
quiet dora
tap "S7 break throttle: it is held" wait_for 40 "the throttle" uses_little alice 15
as alice public_html/other.pl &
sleep 1
# Together with what is held; on a machine that others keep busy too.
tap "S7 honest throttle: and nothing else of hers" not uses_little alice 22
pkill -u "$(uid_of alice)" other.pl
pkill -u "$(uid_of alice)" asks.pl
as alice public_html/asks.pl &
tap "S7 break throttle: so is the one that takes its place" wait_for 60 "the throttle" uses_little alice 15
tap "S7 honest spin: the crowd has no case" nothing bob
tap "S7 honest throttle: and is not held" not uses_little bob 15
tap "S7 honest spin: it is over when it ends" wait_for 90 "the end" over carol
tap "S7 honest spin: bob heard nothing" not mails bob
quiet alice
tap "S7 break throttle: and nothing is left of it" wait_for 90 "empty cgroups" no_cgroups
tap "the journal holds" hayward journal verify
tap_end
