#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# How haywardd starts, and how it refuses to.
. "$(dirname "$0")/../lib/host.sh"
host_enter "$@"

haywardd() {
	"$BUILD/haywardd" "$@"
}

# gives STATUS TEXT COMMAND...: it exits so, and says so.
gives() {
	local expected=$1 text=$2 status=0
	shift 2
	"$@" >"$HOST/out" 2>&1 || status=$?
	cat "$HOST/out"
	[ $status -eq "$expected" ] && grep -qF -- "$text" "$HOST/out"
}

tested() {
	haywardd --test --config "$HOST/etc/hayward.conf" --passwd "$HOST/etc/passwd"
}

test_makes_nothing() {
	tested && [ -z "$(ls -A "$HOST/state" "$HOST/run" | grep -v :)" ]
}

all_mistakes_at_once() {
	local status=0
	cp "$HOST/etc/hayward.conf" "$HOST/good"
	sed -i '/^mode/d' "$HOST/etc/hayward.conf"
	printf 'mode enfroce\ninterval 10\nuid-frist 1\n' >>"$HOST/etc/hayward.conf"
	gives 2 "did you mean 'enforce'?" tested &&
		grep -q "write 10s for seconds" "$HOST/out" &&
		grep -q "did you mean 'uid-first'?" "$HOST/out" || status=1
	cp "$HOST/good" "$HOST/etc/hayward.conf"
	return $status
}

goes_to_background() {
	haywardd --config "$HOST/etc/hayward.conf" --state "$HOST/state" --run "$HOST/run" \
		--passwd "$HOST/etc/passwd" --notices "$HOST/mail" --observe || return 1
	wait_for 20 "an answer" hayward status || return 1
	local pid
	pid=$(cat "$HOST/run/haywardd.pid")
	kill -TERM "$pid" && wait_for 20 "its end" gone "$pid"
}

gone() {
	[ ! -e "$HOST/run/haywardd.pid" ] && ! pgrep -f '^haywardd --role' >/dev/null
}

# privileges ROLE FIELD: from /proc/PID/status.
privilege() {
	awk -v field="$2:" '$1 == field { print $2 }' "/proc/$(pgrep -f "^haywardd --role $1 ")/status"
}

powerless() {
	local role
	for role in sensor logs engine keeper control notifier; do
		[ "$(privilege $role CapEff)" = 0000000000000000 ] || { echo "$role: capabilities"; return 1; }
		[ "$(privilege $role CapBnd)" = 0000000000000000 ] || { echo "$role: bounding set"; return 1; }
		[ "$(privilege $role Uid)" != 0 ] || { echo "$role: root"; return 1; }
		[ "$(privilege $role NoNewPrivs)" = 1 ] || { echo "$role: new privileges"; return 1; }
	done
}

filtered() {
	local role
	for role in sensor peeker scanner logs engine keeper control notifier; do
		[ "$(privilege $role Seccomp)" = 2 ] || { echo "$role: no filter"; return 1; }
	done
}

host_account alice 61001
tap "a sound configuration passes the test" gives 0 "clauses" tested
tap "the test makes no file" test_makes_nothing
tap "all mistakes are told at once" all_mistakes_at_once
tap "a missing configuration is told" gives 2 "cannot read '/nowhere/hayward.conf'" \
	haywardd --test --config /nowhere/hayward.conf
tap "an unknown option is told" gives 1 "unknown option '--forground'" haywardd --forground
tap "a role is not for hands" gives 1 "started by its parent only" haywardd --role engine --foreground
tap "no such role" gives 1 "no such role" haywardd --role officer
tap "the version" gives 0 "haywardd " haywardd --version
tap "it goes to the background when all is well" goes_to_background
host_start
tap "six processes have no privilege at all" powerless
if ldd "$BUILD/haywardd" | grep -q libasan; then
	tap "eight may make listed calls only # SKIP instrumented builds have no list" true
else
	tap "eight may make listed calls only" filtered
fi
tap_end
