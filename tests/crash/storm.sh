#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A hundred seeded random kills: any process of haywardd, now and then all of
# them at once, while customers keep it busy. Afterwards each action was done
# once, or taken up again.
#
# usage: storm.sh [KILLS [SEED]]
set -u
. "$(dirname "$0")/../lib/host.sh"
. "$(dirname "$0")/scene.sh"
host_enter "$@"
KILLS=${1:-100}
RANDOM=${2:-4711}
scene_begin
host_start
scene_customers

family() {
	pgrep -P "$HAYWARDD"
	echo "$HAYWARDD"
}

# A killed parent of ours is a zombie until it is waited for.
revive() {
	{
		! grep -qs '^State:[[:space:]]*[^ZX]' "/proc/$HAYWARDD/status" || return 0
		wait "$HAYWARDD"
	} 2>/dev/null # nor is bash's word on it wanted
	host_start
}

alone=0
together=0
for _ in $(seq "$KILLS"); do
	sleep "0.$((RANDOM % 10))"
	mapfile -t processes < <(family)
	if [ $((RANDOM % 10)) -eq 0 ]; then
		kill -KILL "${processes[@]}" 2>/dev/null
		together=$((together + 1))
	else
		victim=${processes[$((RANDOM % ${#processes[@]}))]}
		kill -KILL "$victim" 2>/dev/null
		alone=$((alone + 1))
	fi
	revive
done
sleep 0.5 # the last kill may have been the parent's
revive
echo "# $alone processes killed, $together times all of them"

tap "after $KILLS kills haywardd answers" wait_for 30 "an answer" hayward status
scene_quiet
tap "each action was done once, or taken up again" wait_for 90 "everything to settle" scene_settled
scene_settled | sed 's/^/# /'
tap "the journal's chain holds" hayward journal verify
tap_end
