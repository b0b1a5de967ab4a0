# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# TAP from a shell. In tests/clauses each test says which half of which clause,
# and which part, it shows.

TAP_COUNT=0
TAP_FAILED=0

# tap NAME COMMAND...: one test; the command's output becomes diagnostics if it fails.
tap() {
	local name=$1 output status=0
	shift
	TAP_COUNT=$((TAP_COUNT + 1))
	output=$("$@" 2>&1) || status=$?
	jobs >/dev/null # or bash would say on its own which were killed meanwhile
	if [ $status -eq 0 ]; then
		echo "ok $TAP_COUNT - $name"
	else
		TAP_FAILED=$((TAP_FAILED + 1))
		echo "not ok $TAP_COUNT - $name"
		sed 's/^/# /' <<<"$output"
	fi
}

not() {
	! "$@"
}

# silently COMMAND...: without bash's own word when it is killed; what it says itself is heard.
silently() {
	{ "$@" 2>&3 3>&-; } 3>&2 2>/dev/null
}

# tap_skip WHY: nothing of this can be tested here.
tap_skip() {
	echo "1..0 # SKIP $*"
	exit 0
}
