#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Each process of haywardd is killed in turn and must be replaced while counting
# goes on; a reload with a mistake changes nothing; the end leaves nothing.
. "$(dirname "$0")/../lib/host.sh"
host_enter "$@"

ROLES="sensor peeker scanner logs engine keeper control enforcer notifier steward gate"

# times_ready ROLE: how often it has said that it serves.
times_ready() {
	grep -c "^haywardd\[$HAYWARDD\]: info: $1: " "$HOST/log"
}

ready_more_often() {
	[ "$(times_ready "$1")" -gt "$2" ]
}

all_ready() {
	local role
	for role in $ROLES; do
		ready_more_often "$role" 0 || return 1
	done
}

is_replaced() {
	local role=$1 old before
	old=$(pid_of "$role")
	before=$(times_ready "$role")
	kill -KILL "$old" || return 1
	wait_for 20 "another $role" ready_more_often "$role" "$before" || return 1
	[ "$(pid_of "$role")" != "$old" ]
}

counting_goes_on() {
	wait_for 20 "alice's loop in top" uses_more alice 2
}

in_force() {
	hayward --json status | python3 -c 'import json, sys; print(json.load(sys.stdin)["policy"])'
}

broken_reload_is_refused() {
	local before after status=0
	before=$(in_force) || return 1
	echo 'clause X1 "Wrong" for each account { when cpu.shares > 5% then warn }' |
		host_policy broken
	hayward reload >"$HOST/reload" 2>&1 || status=$?
	cat "$HOST/reload"
	[ $status -eq 2 ] || return 1
	grep -q "broken.policy:1:" "$HOST/reload" || return 1
	grep -q "what was in force stays in force" "$HOST/log" || return 1
	after=$(in_force) || return 1
	[ "$before" = "$after" ]
}

hangup_is_refused_too() {
	local before
	before=$(grep -c "stays in force" "$HOST/log")
	kill -HUP "$HAYWARDD"
	wait_for 20 "the second refusal" test "$before" -lt "$(grep -c "stays in force" "$HOST/log")" ||
		[ "$(grep -c "stays in force" "$HOST/log")" -gt "$before" ]
}

good_reload_comes_into_force() {
	rm -f "$HOST/etc/policy.d/broken.policy"
	host_account bob 61002
	hayward reload || return 1
	wait_for 10 "bob among the accounts" ask accounts \
		"any(a['account'] == 'bob' for a in data['accounts'])"
}

# What alice used while nobody looked is there when somebody looks again.
nothing_is_lost_without_sensor() {
	local before
	before=$(used_by alice)
	kill -STOP "$HAYWARDD"
	kill -KILL "$(pid_of sensor)"
	as alice perl -e 'my $end = (times)[0] + 1; 1 while (times)[0] < $end'
	kill -CONT "$HAYWARDD"
	wait_for 20 "the second of processor time" used_more_than alice "$before" 900
}

used_by() {
	hayward --json top --once | python3 -c '
import json, sys
print(next((int(1000 * r["cpu_seconds_today"]) for r in json.load(sys.stdin)["rows"]
    if r["account"] == sys.argv[1]), 0))' "$1"
}

used_more_than() {
	[ $(($(used_by "$1") - $2)) -gt "$3" ]
}

second_one_is_refused() {
	local status=0
	"$BUILD/haywardd" --config "$HOST/etc/hayward.conf" --foreground --state "$HOST/state" \
		--run "$HOST/run" >"$HOST/second" 2>&1 || status=$?
	cat "$HOST/second"
	[ $status -ne 0 ] && grep -q "already runs in" "$HOST/second"
}

# The namespace's first process, a shell, leaves zombies of whom the parent left to it.
no_child_left() {
	! pgrep -r D,R,S,T -f '^haywardd --role' >/dev/null
}

left_nothing() {
	no_child_left || { pgrep -af '^haywardd --role'; return 1; }
	# But for folders that a container, or a mail server, may have mounted.
	[ -z "$(cd "$HOST/run" && find . -mindepth 1 ! -type d)" ] && [ "$(ls "$HOST/run" | tr '\n' ' ')" = "gate site " ] || { find "$HOST/run"; return 1; }
	! grep -q "does not end" "$HOST/log" || { grep "does not end" "$HOST/log"; return 1; }
	echo "exit status $ENDED"
	[ "$ENDED" -eq 0 ]
}

children_die_with_the_parent() {
	kill -KILL "$HAYWARDD"
	wait_for 5 "the children's end" no_child_left
}

host_account alice 61001
host_set mode observe
host_start
tap "every process says that it serves" wait_for 30 "all processes" all_ready

as alice perl -e '1 while 1' &
tap "alice's loop is seen" counting_goes_on
for role in $ROLES; do
	tap "$role is replaced when it is killed" is_replaced "$role"
	tap "counting goes on without the old $role" counting_goes_on
done
quiet alice

if grep -q "kernel programs count" "$HOST/log"; then
	tap "what is used while there is no sensor is not lost" nothing_is_lost_without_sensor
else
	tap "what is used while there is no sensor is not lost # SKIP sampling: BPF does not load here" true
fi
tap "a reload with a mistake is refused, with its place" broken_reload_is_refused
tap "so is a hangup" hangup_is_refused_too
tap "a good reload comes into force" good_reload_comes_into_force
tap "a second haywardd is refused" second_one_is_refused
tap "children die with the parent" children_die_with_the_parent
host_start
tap "and everything begins again" wait_for 30 "all processes" all_ready
kill -TERM "$HAYWARDD"
wait "$HAYWARDD"
ENDED=$?
tap "SIGTERM ends everything and leaves nothing" left_nothing
tap "no instrument saw a fault" not grep -E "Sanitizer|runtime error" "$HOST/log"
tap_end
