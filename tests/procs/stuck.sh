#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# An owner has a process whose command line never comes, and asks for the tree of his
# processes: the peeker is lost once, he is shown what is known without it, and his
# neighbour sees nothing of it. While such a process is there, ps and pgrep do not come back
# either, nor what reads all of /proc elsewhere on the machine: nothing here uses them, and
# this test runs alone.
. "$(dirname "$0")/../lib/host.sh"
host_enter "$@"
[ -w /dev/fuse ] && [ -x /usr/bin/python3 ] || tap_skip "needs /dev/fuse and /usr/bin/python3"

times_stuck() { grep -c "no command lines of an account's processes" "$HOST/log"; }
by_name() { hayward tree alice | tee /dev/stderr | grep -q "^command lines did not come in time"; }

# The file is there.
serves() {
	wait_for 10 "the file" grep -q "$HOST/stuck" /proc/mounts || { cat "$HOST/serving"; return 1; }
}

# Whether a process of that account waits for what never comes; reading this waits for nobody.
is_stuck() {
	local file
	for file in $(grep -ls "^Uid:.$(uid_of "$1")" /proc/[0-9]*/status); do
		! grep -q "^State:.D" "$file" || return 0
	done
	return 1
}

others_are_shown() {
	hayward --json tree alice | python3 -I -S "$ROOT/tests/lib/holds.py" \
		"not data['commands'] and any(p['name'] == 'sleep' and not p['command'] for p in data['processes'])"
}

is_not_asked_again() {
	local before
	before=$(times_stuck)
	for _ in 1 2 3; do
		by_name || return 1
	done
	[ "$(times_stuck)" -eq "$before" ]
}

is_shown_once() {
	by_name && [ "$(times_stuck)" -eq 1 ]
}

of_bob() {
	as_owner bob tree --json | python3 -I -S "$ROOT/tests/lib/holds.py" \
		"data['commands'] and any(p['command'] == 'sleep 313' for p in data['processes'])"
}

host_account alice 61001
host_account bob 61002
host_policy <<'END'
terms "stuck" revision "1"
amend A6 { when host.disk-free < 0% }
clause X2 "Busy" for each account { says "At most {limit}." when cpu.share > 4% over 3s then at once throttle memory to 0.1% }
END
host_start
as alice sleep 312 &
as bob sleep 313 &
tap "bob is shown with command lines" wait_for 20 "bob's tree" of_bob
mkdir "$HOST/stuck"
install -m 755 "$ROOT/tests/lib/stuck.py" "$HOST/stuck.py"
/usr/bin/python3 "$HOST/stuck.py" serve "$HOST/stuck" >"$HOST/serving" 2>&1 &
SERVER=$!
tap "a file whose bytes never come" serves
as alice /usr/bin/python3 "$HOST/stuck.py" hide "$HOST/stuck" >"$HOST/stuck.log" 2>&1 &
tap "so alice has a process whose command line never comes" wait_for 10 "her to be stuck" is_stuck alice
tap "hers are shown by name, and it is said" is_shown_once
tap "whatever else she runs" others_are_shown
tap "bob is shown by a new peeker, with command lines" wait_for 10 "bob's tree" of_bob
tap "hers are not asked for again" is_not_asked_again
host_policy memory <<'END'
terms "memory" revision "1"
clause X1 "Memory" for each account { says "At most {limit}." when memory.share > 0.02% over 5s then audit }
END
hayward reload >/dev/null
tap "nor is the peeker lost for good in counting their memory" \
	wait_for 60 "it to be given up" grep -q "account [0-9]* cannot be counted by proportion: it is not proven" "$HOST/log"
as bob perl -e '$x = "x" x 60_000_000; sleep 100' &
tap "what bob holds is proven meanwhile" wait_for 60 "his case" has_case bob X1
as alice perl -e '1 while 1' &
tap "and alice's memory is limited all the same" wait_for 60 "the throttle" held alice
tap "by an enforcer that did not wait for what never comes" grep -q "enforcer.*cannot be counted by proportion" "$HOST/log"
kill -KILL "$SERVER"
wait "$SERVER" 2>/dev/null
umount --lazy "$HOST/stuck"
quiet alice
quiet bob
tap "no instrument saw a fault" not grep -E "Sanitizer|runtime error|does not decode" "$HOST/log"
tap_end
