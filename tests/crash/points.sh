#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# kill -9 at every enumerated crash point, one after the other, while customers
# keep hayward busy: afterwards each action was done once, or taken up again.
set -u
. "$(dirname "$0")/../lib/host.sh"
. "$(dirname "$0")/scene.sh"
host_enter "$@"
scene_begin

# Points that this scene does not come by; each has a test of its own in tests/fault.
ELSEWHERE="journal-rotated database-built"

for customer in one two three; do
	scene_customer $customer >/dev/null 2>&1 &
	sleep 1
done

died() {
	grep -q . "$HOST/passings" && [ "$(sed -n '$p' "$HOST/passings" | wc -c)" -gt 0 ] &&
		grep -q "killed\|signal 9\|SIGKILL" "$HOST/log"
}

while IFS=$'\t' read -r point process _; do
	case " $ELSEWHERE " in *" $point "*) continue ;; esac
	: >"$HOST/passings"
	: >"$HOST/log"
	export HAYWARD_CRASH=$point HAYWARD_CRASH_COUNT=$HOST/passings
	HOST_OPTIONS=--allow-crash host_start
	tap "$process dies at $point, and is started again" wait_for 75 "a death at $point" died
	tap "after $point haywardd answers" wait_for 20 "an answer" hayward status
	host_stop
	unset HAYWARD_CRASH HAYWARD_CRASH_COUNT
done < <("$BUILD/haywardd" --crash-points)

pkill -f busy.pl
kill $(jobs -p) 2>/dev/null
host_start
tap "each action was done once, or taken up again" wait_for 60 "everything to settle" scene_settled
scene_settled | sed 's/^/# /'
tap "the journal's chain holds" hayward journal verify
tap_end
