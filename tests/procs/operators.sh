#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Several operators at the desk of a site at once: one waits for the other, nothing of
# anybody is lost, and no number is given twice.
. "$(dirname "$0")/../lib/host.sh"
. "$(dirname "$0")/../lib/site.sh"
host_enter "$@"

sign_up_many() {
	local number jobs=()
	for number in 1 2 3 4 5 6 7 8; do
		desk account add "many$number" --plan basic --contact "many$number@elsewhere.example" >"$HOST/many$number" 2>&1 &
		jobs+=($!)
	done
	for number in "${jobs[@]}"; do
		wait "$number" || { cat "$HOST"/many*; return 1; }
	done
}

all_there() {
	book many1 "sum(a['name'].startswith('many') for a in book['accounts']) == 8"
}

each_its_own() {
	book many1 "len({a['uid'] for a in book['accounts']}) == len(book['accounts'])"
}

# Only one of two who ask for the same name gets it.
same_name() {
	local first second=0
	desk account add twin --plan basic --contact a@elsewhere.example >"$HOST/first" 2>&1 &
	first=$!
	desk account add twin --plan basic --contact b@elsewhere.example >"$HOST/second" 2>&1 || second=$?
	wait $first
	first=$?
	echo "$first $second"
	cat "$HOST/first" "$HOST/second"
	[ $((first == 0)) -ne $((second == 0)) ] && grep -hq "twin" "$HOST/first" "$HOST/second"
}

# Whoever holds the book keeps another waiting, who then goes on with what he finds.
waits() {
	exec 8<"$HOST/state/site" && flock 8
	desk account add late --plan basic --contact late@elsewhere.example >"$HOST/late" 2>&1 8<&- &
	local late=$!
	sleep 1
	book late "account is None" && kill -0 $late && flock -u 8 && wait $late && book late "account is not None"
}

tap "a site with two customers" make_site
tap "eight sign up at once" sign_up_many
tap "all are in the book" all_there
tap "each with a number of its own" each_its_own
tap "of two who want one name one gets it" same_name
tap "who comes second waits, and goes on" waits
tap_end
