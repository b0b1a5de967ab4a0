#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A thousand accounts with a domain each, and one more: how long until it is served, and
# that no visitor feels it, neither who asks all the time nor who is in the middle of
# something long, be it a page, a program, PHP, or an upload by FTP.
set -u
. "$(dirname "$0")/web_host.sh"
web_host_enter "$@"
WEB_WORDS=5
ALICE=alice:20001:open:alice.example
MOST_SECONDS=10

# steadily NAME URL TEXT: asks until told to stop; what went wrong is in $PLACE/NAME.wrong.
steadily() {
	local count=0 words
	: >"$PLACE/$1.wrong"
	until [ -e "$PLACE/stop" ]; do
		words=$(get "$2" 2>&1)
		[[ $words == *"$3"* ]] || echo "$words" >>"$PLACE/$1.wrong"
		count=$((count + 1))
		echo $count >"$PLACE/$1.count"
		sleep 0.2
	done
}

# Whether other work keeps this machine busy, by the kernel's word: then no time is told.
machine_is_busy() {
	awk '/^some/ { split($2, avg10, "="); exit !(avg10[2] > 30) }' /proc/pressure/cpu
}

none_wrong() {
	head -5 "$PLACE/$1.wrong"
	[ ! -s "$PLACE/$1.wrong" ] && [ "$(cat "$PLACE/$1.count")" -gt 5 ]
}

tap "a thousand accounts" web_apply < <(web_view 1 --many 1000 $ALICE)
tap "each has its site" answers https://c999.example/ 403
echo "page of alice" | web_file alice public_html/index.html
printf '#!/bin/sh\nprintf "Content-Type: text/plain\\n\\n"; sleep ${QUERY_STRING:-0}; echo program ends\n' |
	web_file alice public_html/slow.cgi 755
echo '<?php sleep((int)($_GET["s"] ?? 0)); echo "php ends";' | web_file alice public_html/slow.php
head -c 4000000 /dev/urandom >"$PLACE/large"
web_file alice public_html/large <"$PLACE/large"

tap "the same once more tells nobody" web_apply < <(web_view 1 --many 1000 $ALICE)
tap "indeed" not grep -q "^told" "$PLACE/said"
web_view 2 --many 1001 $ALICE >"$PLACE/view"
sleep 5 # as long as our own work is felt
busy=no
! machine_is_busy || busy=yes
web_homes
steadily page http://alice.example/ "page of alice" &
steadily secure https://alice.example/ "page of alice" &
steadily program http://alice.example/slow.cgi "program ends" &
steadily php https://alice.example/slow.php "php ends" &
get "http://alice.example/slow.cgi?8" >"$PLACE/long.cgi" 2>&1 &
get "https://alice.example/slow.php?s=8" >"$PLACE/long.php" 2>&1 &
get http://alice.example/large --limit-rate 400k >"$PLACE/long.large" 2>/dev/null &
curl -sS -k --ssl-reqd --user alice:alice-secret --limit-rate 400k -T "$PLACE/large" ftp://127.0.0.1/put &
sleep 1

start=$(date +%s%N)
tap "one more" /usr/lib/hayward-role apply <"$PLACE/view"
until [ "$(code https://c1000.example/ 2>/dev/null)" = 403 ]; do
	sleep 0.05
done
took=$((($(date +%s%N) - start) / 1000000))
echo "# one more than 1 000 accounts is served after $took ms"
tap "which is within $MOST_SECONDS seconds, if nothing else keeps this machine busy (now: $busy)" \
	test $busy = yes -o $took -le $((MOST_SECONDS * 1000))
sleep 6
touch "$PLACE/stop"
wait
for name in page secure program php; do
	tap "whoever asks for it all the time gets it: $name" none_wrong $name
done
tap "a program that ran goes on to its end" grep -q "program ends" "$PLACE/long.cgi"
tap "PHP that ran, too" grep -q "php ends" "$PLACE/long.php"
tap "and a download" cmp "$PLACE/large" "$PLACE/long.large"
tap "and an upload" cmp "$PLACE/large" /home/alice/put
echo "# asked meanwhile: $(cat "$PLACE"/*.count | tr '\n' ' ')"
echo "# the web server has $(($(awk '/^Pss:/ {sum += $2} END {print sum}' /proc/$(cat /run/apache2/apache2.pid)/smaps_rollup))) KiB in its main process"
web_end
