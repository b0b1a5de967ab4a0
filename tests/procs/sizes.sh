#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Sizes that somebody may reach who wants to: 64 000 names of scripts, forks as fast as the machine can,
# as many processes as it has numbers, arguments as long as they may be and of any bytes. haywardd is told
# only to watch. Meanwhile a neighbour's script counts as before, and nothing is lost.
#
# NAMES says how many names, if not 64000.
set -u
. "$(dirname "$0")/../lib/host.sh"
host_enter "$@"
NAMES=${NAMES:-64000}
host_pair <<<''
host_account carol 61003
host_set mode observe
host_set interval 5s
install -m 755 "$BUILD/tests/procs/sizes_tool" "$HOST/tool"
printf '%s\n' '#!/usr/bin/perl' '1 while (times)[0] + (times)[1] < 0.5; ($u, $s) = times; print int(1000 * ($u + $s)), "\n";' \
	>"$HOST/home/bob/work.pl"
chmod 755 "$HOST/home/bob/work.pl"
host_start

# shown ACCOUNT EXPRESSION: of its use u, and its scripts' rows; by(ending) is the one of that name.
shown() {
	hayward --json show "$1" --scripts | python3 -c '
import json, sys
data = json.load(sys.stdin)
u, rows = data["use"] or {}, data["scripts"]
def by(ending):
    return next((r for r in rows if r["script"].endswith(ending)), {})
value = eval(sys.argv[1])
print(value)
sys.exit(not value)' "$2"
}

echo 0 >"$HOST/bob"
# Works for half a second as bob; all that he ever worked must be counted, and nothing else.
bob_works() {
	local all=$(($(cat "$HOST/bob") + $(as bob ./work.pl)))
	echo $all >"$HOST/bob"
	wait_for 30 "his $all ms" shown bob "abs(by('work.pl').get('cpu_seconds_today', 0) * 1000 - $all) <= $all * 0.05 + 20"
}
serves() { ask status "all(p['serves'] or not p['pid'] for p in data['processes'])"; }
nothing_lost() { not grep -i "lost\|unheard\|too many" <(hayward status); }
own_memory() { pgrep -f "haywardd --role" | xargs ps -o rss= -p | awk '{ sum += $1 } END { print int(sum / 1024) }'; }
# The sensor's processes are those from the start: none died of it.
family() { pgrep -f "haywardd --role" | sort | xargs; }
tap "a neighbour's script is counted" bob_works
born=$(family)

# --- Names.
begin=$(date +%s%N)
as alice "$HOST/tool" names "$HOST/home/alice" "$NAMES"
echo "# $NAMES names in $((($(date +%s%N) - begin) / 1000000)) ms; haywardd has $(own_memory) MiB"
tap "beside $NAMES names of one account a neighbour's script counts as before" bob_works
tap "every run counts for whose it is" wait_for 20 "the runs" shown alice "u['runs_today'] >= $NAMES"
tap "of whoever has too many names only some are told apart" shown alice "all(r['account'] == 'alice' for r in rows) and len(rows) <= 200"
tap "nothing is lost" nothing_lost

# --- Forks.
read -r rate used <<<"$(as alice "$HOST/tool" storm 5)"
before=$(shown alice "u['cpu_seconds_today']")
echo "# $rate forks a second, which took $used ms by getrusage"
tap "after $rate forks a second a neighbour's script counts as before" bob_works
tap "their time counts for whose it is" wait_for 20 "the time" shown alice "u['cpu_seconds_today'] * 1000 >= $used * 0.95"
tap "who forks and ends is no bomb" not has_case alice U6a

# --- Processes.
as alice "$HOST/tool" sleepers 32768 >"$HOST/born" &
wait_for 60 "the sleepers" test -s "$HOST/born"
echo "# $(cat "$HOST/born") processes of one account"
tap "they are counted" wait_for 30 "the count" shown alice "u['processes'] >= $(cat "$HOST/born")"
tap "a neighbour's script counts as before" bob_works
begin=$(date +%s%N)
tap "the account's processes are listed" wait_for 20 "the tree" ask tree alice "data['total'] > 1000 and len(data['processes']) <= 512"
echo "# in $((($(date +%s%N) - begin) / 1000000)) ms; haywardd has $(own_memory) MiB"
tap "that many from one mother is a bomb, if nobody may act on it" wait_for 20 "a case" has_case alice U6a
pkill -KILL -u 61001
tap "when they are gone none is counted" wait_for 40 "the end" shown alice "u['processes'] == 0 or 0.1"

# --- Words.
long=$(printf 'a\n\x1b[2J\xff\xe2\x80\xae%.0s' {1..14000} | head -c 131000)
cp "$HOST/home/bob/work.pl" "$HOST/home/carol/words.pl"
chown carol: "$HOST/home/carol/words.pl"
sed -i 's/0.5/2/' "$HOST/home/carol/words.pl"
as carol env "LONG=$long" perl -w words.pl "$long" "$long" /home/bob/work.pl >/dev/null &
first=$!
as carol env "LONG=$long" perl "-I$long" -I "$long" words.pl >/dev/null &
second=$!
tap "of a command line of any length and bytes the script is told" wait_for 20 "the name" shown carol "by('/words.pl').get('cpu_seconds_today', 0) > 1"
tap "nothing of it reaches a terminal" not grep -qP '[\x00-\x08\x0b-\x1f\x7f\xff]' <(hayward tree carol; hayward show carol --scripts; hayward top --once --scripts)
valid() { hayward --json "$@" | python3 -c 'import json, sys; json.load(sys.stdin)'; }
tap "nor breaks what programs read" eval "valid tree carol && valid show carol --scripts && valid top --scripts"
tap "and no neighbour is named by it" shown bob "by('work.pl')['runs_today'] == 4"
wait $first $second
tap "haywardd is the one from before" test "$(family)" = "$born"
tap "and serves" serves
tap_end
