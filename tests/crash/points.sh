#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# kill -9 at every enumerated crash point, one after the other, while customers
# keep hayward busy: afterwards each action was done once, or taken up again. A
# dead child is started again by the parent; a dead parent by whoever started it,
# which is this script.
set -u
. "$(dirname "$0")/../lib/host.sh"
. "$(dirname "$0")/scene.sh"
host_enter "$@"
scene_begin

# Points that this scene does not come by; each has a test of its own in tests/fault, tests/actions or tests/procs.
# Those of the desk, of the roles' agents and of any process are of site_test.py.
ELSEWHERE="journal-rotated database-built steward-saved"
ELSEWHERE="$ELSEWHERE suspend-noted suspend-held suspend-closed suspend-unclaimed suspend-undone"
ELSEWHERE="$ELSEWHERE disable-noted pin-mode pin-group disable-pinned front-noted front-written"
ELSEWHERE="$ELSEWHERE enable-begun unpin-flag unpin-group enable-opened"

scene_customers

# The file counts passings; it is complete, and says so in the log, once one has died.
child_died() {
	hayward status >/dev/null 2>&1 # or control would never pass its point
	grep -q "was killed by signal 9" "$HOST/log"
}

parent_died() {
	! kill -0 "$HAYWARDD"
}

while IFS=$'\t' read -r point process _; do
	case " $ELSEWHERE desk agent any " in *" $point "* | *" $process "*) continue ;; esac
	: >"$HOST/passings"
	: >"$HOST/log"
	export HAYWARD_CRASH=$point HAYWARD_CRASH_COUNT=$HOST/passings
	HOST_OPTIONS=--allow-crash host_launch
	if [ "$process" = parent ]; then
		tap "the parent dies at $point" wait_for 30 "a death at $point" parent_died
		wait "$HAYWARDD" 2>/dev/null
		unset HAYWARD_CRASH HAYWARD_CRASH_COUNT
		host_launch
	else
		tap "$process dies at $point, and is started again" \
			wait_for 45 "a death at $point" child_died
	fi
	tap "after $point haywardd answers" wait_for 30 "an answer" hayward status
	host_stop
	unset HAYWARD_CRASH HAYWARD_CRASH_COUNT
done < <("$BUILD/haywardd" --crash-points)

scene_quiet
host_start
tap "each action was done once, or taken up again" wait_for 60 "everything to settle" scene_settled
scene_settled | sed 's/^/# /'
tap "the journal's chain holds" hayward journal verify
tap_end
