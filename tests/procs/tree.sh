#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# hayward tree: what was started by what, of real processes of real uids, shown to their owner
# and to nobody else's. Then what an owner can do against being shown: names with bytes of
# terminals in them, more processes and deeper ones than are shown. And a peeker that stands
# still, and one that is gone.
. "$(dirname "$0")/../lib/host.sh"
host_enter "$@"

# A script that starts two, one of them with a child, and a daemon by double fork.
FAMILY='
my $pid = fork // die;
if (!$pid) {
    system("sleep", "311");
    exit;
}
if (!fork) {
    exec "sleep", "312";
}
my $middle = fork // die;
if (!$middle) {
    exit if fork;
    $0 = "alices-daemon";
    sleep 300;
    exit;
}
waitpid $middle, 0;
sleep 300;'

# As deep as that: each starts the next one.
CHAIN='
my $deep = shift;
while ($deep--) {
    last if fork;
}
$0 = "link-$deep";
sleep 300;'

# As many as that, of one parent.
CROWD='
my $many = shift;
for (1 .. $many) {
    next if fork;
    $0 = "one-of-many";
    sleep 300;
    exit;
}
$0 = "parent-of-many";
sleep 300;'

tree() { ask tree "$@"; }
gives() {
	local wanted=$1 status=0
	shift
	"$@" || status=$?
	[ $status -eq "$wanted" ] || { echo "exit status $status, not $wanted"; return 1; }
}
peeker() { pgrep -f "^haywardd --role peeker " | head -1; }

# shown ACCOUNT EXPRESSION: of its processes p, and by(words) the one of that command.
shown() {
	hayward --json tree "$1" | python3 -c '
import json, sys
data = json.load(sys.stdin)
p = data["processes"]
def by(words):
    return next(x for x in p if words in x["command"])
sys.exit(not eval(f"({sys.argv[1]})"))' "$2"
}

all_started() {
	shown alice "all(by(w) for w in ('family.pl', 'sleep 311', 'sleep 312', 'alices-daemon'))"
}

parents_are_told() {
	shown alice "by('sleep 312')['parent'] == by('family.pl')['pid']
		and by('sleep 312')['depth'] == 1 and by('sleep 311')['depth'] == 2
		and by('family.pl')['depth'] == 0" &&
		shown alice "[x['depth'] for x in p if x['parent'] == by('family.pl')['pid']] == [1, 1]"
}

facts_are_those_of_proc() {
	local pid
	pid=$(pgrep -u 61001 -f 'sleep 312')
	shown alice "by('sleep 312')['pid'] == $pid and by('sleep 312')['uid'] == 61001
		and by('sleep 312')['program'] == '$(readlink "/proc/$pid/exe")'
		and by('sleep 312')['folder'] == '$(readlink "/proc/$pid/cwd")'
		and 0 < by('sleep 312')['memory_bytes'] < 1 << 24 and 0 <= by('sleep 312')['age_ms'] < 400000"
}

time_is_counted() {
	shown alice "by('busy')['cpu_ms'] > 300 and by('busy')['cpu_ms'] <= by('busy')['age_ms'] * 2"
}

is_drawn() {
	LC_ALL=C hayward tree alice | tee /dev/stderr | awk '
		/ perl family.pl$/ { family = NR }
		/ \|-perl family.pl$/ { child = NR }
		/ \| `-sleep 311$/ { grandchild = NR }
		/ `-sleep 312$/ { last = NR }
		/ alices-daemon/ && !/[|`]-/ { daemon = NR }
		END { exit !(family && child == family + 1 && grandchild == child + 1 && last && daemon) }'
}

by_her_own_words() {
	as_owner alice tree | grep -q "sleep 312" && as_owner alice tree alice | grep -q "sleep 312"
}

of_bob() {
	as_owner bob tree --json | python3 -I -S "$ROOT/tests/lib/holds.py" \
		"data['account'] == 'bob' and any(p['command'] == 'sleep 313' for p in data['processes']) and all(p['uid'] == 61002 for p in data['processes'])"
}

is_refused() {
	gives 4 as_owner bob tree alice >"$HOST/refused" 2>&1 && ! grep -q "sleep" "$HOST/refused" &&
		gives 4 setpriv --reuid 65533 --regid 65533 --clear-groups "$HOST/hayward" --run "$HOST/run" tree alice
}

is_escaped() {
	hayward tree alice >"$HOST/shown" && ! grep -qP '[\x00-\x08\x0b-\x1f]' "$HOST/shown" &&
		grep -qF 'x\x1b[2J\x0ay' "$HOST/shown"
}

crowd_is_cut() {
	shown alice "data['total'] > 530 and len(p) == 512" &&
		hayward tree alice | grep -q "^512 of them are shown; the others are only counted$"
}

chain_is_shown() {
	shown alice "max(x['depth'] for x in p) > 100" && hayward tree alice >"$HOST/shown" &&
		grep -q '\[100\] ' "$HOST/shown" && [ "$(wc -L <"$HOST/shown")" -lt 200 ]
}

# Command lines are asked for again only once a second: no loop takes the peeker from its work.
a_loop_costs_little() {
	local begin=$SECONDS
	for _ in 1 2 3 4; do
		as_owner alice tree >/dev/null || return 1
	done
	[ $((SECONDS - begin)) -ge 2 ]
}

silent_peeker_is_told() {
	local pid
	pid=$(peeker)
	kill -STOP "$pid"
	gives 5 hayward tree alice >"$HOST/silent" 2>&1
	local status=$?
	kill -CONT "$pid"
	cat "$HOST/silent"
	[ $status -eq 0 ] && grep -q "peeker.*does not answer" "$HOST/silent"
}

# Asked while it is being replaced: the new one answers.
new_peeker_answers() {
	kill -KILL "$(peeker)"
	wait_for 10 "the tree again" shown alice "by('family.pl')"
}

host_account alice 61001
host_account bob 61002
host_set mode observe
host_start

tap "who runs nothing has no processes" wait_for 20 "hayward to have begun" gives 0 hayward tree alice
printf '%s\n' "$FAMILY" >"$HOST/home/alice/family.pl"
as alice perl family.pl &
as bob sleep 313 &
tap "alice's family is there" wait_for 20 "all of it" all_started
tap "each is under who started it" parents_are_told
tap "the daemon left its family" shown alice "by('alices-daemon')['depth'] == 0"
tap "and is under the first process" shown alice "by('alices-daemon')['under'] == '$(cat /proc/1/comm)'"
tap "only the topmost are under somebody of the system" shown alice "all(x['under'] is None for x in p if x['depth'])"
tap "what is told is what /proc says" facts_are_those_of_proc
as alice perl -e '$0 = "busy"; 1 while (times)[0] < 0.5; sleep 300' &
tap "processor time is counted" wait_for 20 "half a second" time_is_counted
tap "it is drawn as a tree" is_drawn
tap "alice may see it" by_her_own_words
tap "bob sees his own" of_bob
tap "and not hers; nobody sees anything" is_refused
tap "an account that is not there is not found" gives 3 hayward tree carol

as alice perl -e '$0 = "x\e[2J\ny"; sleep 300' &
tap "no name reaches a terminal as it is" wait_for 10 "the name" is_escaped
tap "asking without a pause is slowed down" a_loop_costs_little
tap "a peeker that stands still is said to be silent" silent_peeker_is_told
tap "one that is killed is replaced, and the answer comes" new_peeker_answers
quiet alice
as alice perl -e "$CHAIN" 150 &
tap "no tree is too deep" wait_for 60 "the chain" chain_is_shown
quiet alice
as alice perl -e "$CROWD" 530 &
tap "of too many 512 are shown, and all counted" wait_for 90 "the crowd" crowd_is_cut
tap "bob is shown as before" of_bob
quiet alice
quiet bob
tap "no instrument saw a fault" not grep -E "Sanitizer|runtime error|does not decode" "$HOST/log"
tap_end
