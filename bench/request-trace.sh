#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What it costs that Apache's module reads along: the processor time that Apache and the gate spend on a
# request to a page of PHP that does nothing, by FPM, with HaywardRequests and without, in turn, RUNS times;
# medians. How long a visitor waits is told as well, but says more of what else the machine does. Three kinds of requests: a
# plain visit, a form with a mail address and 1 KiB of text, which the gate is told of, and one of 57 KiB of
# text. One connection at a time, which stays open.
#
# Root. usage: BUILD=... [RUNS=7] [REQUESTS=3000] bench/request-trace.sh
set -u
BUILD=$(realpath "${BUILD:-build}")
export BUILD
[ "$(id -u)" -eq 0 ] || { echo "needs root: left out"; exit 0; }
. "$(dirname "$0")/../tests/lib/host.sh"
. "$(dirname "$0")/../tests/lib/daemons.sh"
daemons_have apache2 php-fpm8.2 ab
host_enter "$@"
RUNS=${RUNS:-7} REQUESTS=${REQUESTS:-3000}

host_account alice 61001
chmod 755 "$HOST"
printf '<?php echo "thank you";\n' >"$HOST/home/alice/public_html/form.php"
: >"$HOST/empty"
words() { seq -f 'word%g' -s + "$1"; }
printf 'to=bob%%40sink.example&text=%s' "$(words 110)" >"$HOST/form"
printf 'to=bob%%40sink.example&text=%s' "$(words 6600)" >"$HOST/large"

web_server >/dev/null
host_start >/dev/null
php_pool alice alice /usr/sbin/php-fpm8.2 "pm = static" "pm.max_children = 1" "listen.mode = 0666"
cat >/etc/apache2/conf-enabled/forms.conf <<-END
	LoadModule hayward_module $BUILD/src/apache/mod_hayward.so
	MaxKeepAliveRequests 0
	IncludeOptional $HOST/requests.conf
	<VirtualHost *:80>
	    ServerName alice.example
	    DocumentRoot $HOST/home/alice/public_html
	    HaywardOwner 61001
	    HaywardPool "proxy:unix:$HOST/fpm-alice.socket|fcgi://alice/"
	    <FilesMatch "\.php\$">
	        SetHandler "proxy:unix:$HOST/fpm-alice.socket|fcgi://alice/"
	    </FilesMatch>
	</VirtualHost>
END
a2enmod -q proxy proxy_fcgi >/dev/null
apache2ctl restart

# spent PID...: nanoseconds of processor time of all their threads so far.
spent() { cat $(printf '/proc/%s/task/*/schedstat ' "$@") 2>/dev/null | awk '{ sum += $1 } END { printf "%d\n", sum }'; }

# ask_for HOW WHAT: microseconds of a request: Apache's, the gate's, the visitor's.
ask_for() {
	local apache gate apache_was gate_was words
	apache=$(pgrep -x apache2) gate=$(pid_of gate)
	case $2 in
	visit) words="http://127.0.0.1/form.php?page=7" ;;
	*) words="-p $HOST/$2 -T application/x-www-form-urlencoded http://127.0.0.1/form.php" ;;
	esac
	apache_was=$(spent $apache) gate_was=$(spent $gate)
	ab -n "$REQUESTS" -c 1 -k -q $words 2>/dev/null | awk '/^Time per request/ { print int($4 * 1000); exit }' >>"$HOST/$1-$2-visitor"
	echo $((($(spent $apache) - apache_was) / REQUESTS / 1000)) >>"$HOST/$1-$2-apache"
	echo $((($(spent $gate) - gate_was) / REQUESTS / 1000)) >>"$HOST/$1-$2-gate"
}
middle() { sort -n "$1" | awk '{ v[NR] = $1 } END { printf "%d (%d to %d)", v[int((NR + 1) / 2)], v[1], v[NR] }'; }

for _ in $(seq "$RUNS"); do
	for how in off on; do
		[ $how = off ] && : >"$HOST/requests.conf"
		[ $how = on ] && echo "HaywardRequests $HOST/run/gate/host/requests" >"$HOST/requests.conf"
		apache2ctl graceful
		sleep 1
		ab -n 300 -c 1 -k -q "http://127.0.0.1/form.php" >/dev/null 2>&1
		for what in visit form large; do ask_for $how $what; done
	done
done
printf '%-8s %-8s %22s %22s   us a request, median of %s (least to most)\n' asked spent "without" "with" "$RUNS"
for what in visit form large; do
	for who in apache gate visitor; do
		printf '%-8s %-8s %22s %22s\n' $what $who "$(middle "$HOST/off-$what-$who")" "$(middle "$HOST/on-$what-$who")"
	done
done
apache2ctl stop
