#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# One more account where there are a thousand with a domain each: how long until the
# role's agent is done, and until whoever comes from outside finds the newcomer. Real
# daemons, told by the real agent, each role on a machine of namespaces; root. The promise:
# 10 s at most for what has to reload, and nothing is cut (tests/roles see to that). The
# processor's time (of the agent, what it starts, and Apache) tells more than the clock
# on a machine that has other things to do.
#
# usage: BUILD=... bench/one-more.sh [ROLE...]
set -u
here=$(dirname "$0")/one-more
BUILD=$(realpath "${BUILD:-build}")
export BUILD RUNS="${RUNS:-5}" MANY="${MANY:-1000}"
[ "$(id -u)" -eq 0 ] || { echo "needs root: left out"; exit 0; }
[ $# -gt 0 ] || set -- dns mail shell file web
printf '%s accounts and one more; median of %s, in ms\n%-8s %8s %8s %8s %10s\n' "$MANY" "$RUNS" role told found longest processor
for role; do
	if [ "$role" = web ]; then "$here/web"; else python3 "$here/role.py" "$role"; fi | awk -v role="$role" '
		$1 != "run" { print; next }
		{ told[++count] = $2; found[count] = $3; used[count] = $4 }
		function median(list, i, j, keep) {
			for (i = 2; i <= count; i++)
				for (j = i; j > 1 && list[j - 1] > list[j]; j--) {
					keep = list[j]; list[j] = list[j - 1]; list[j - 1] = keep
				}
			return list[int((count + 1) / 2)]
		}
		END { if (count) printf "%-8s %8d %8d %8d %10d\n", role, median(told), median(found), found[count], median(used) }'
done
awk '{ print "pressure of the processor while this ran, avg60:", substr($3, 7) "%"; exit }' /proc/pressure/cpu 2>/dev/null
