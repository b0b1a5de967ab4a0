#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# U13: three PHP scripts of one account run in the same worker of PHP-FPM. Each is named with its own
# runs and its own processor time; of the guilty one the notice speaks, and of no other. Workers of a
# pool that is reloaded are listened to, and those of a PHP that came later.
set -u
. "$(dirname "$0")/../lib/host.sh"
. "$(dirname "$0")/../lib/daemons.sh"
host_enter "$@"

host_pair <<'END'
amend U1a {
    says "A script that visitors start may compute for {script.cpu} within {window}."
    when script.cpu > 2s within 1m
}
amend U1b { when script.cpu > 1h within 2h }
END
pages=$HOST/home/alice/public_html
mkdir -p "$pages"
for script in guilty fair idle; do
	cat >"$pages/$script.php" <<'END'
<?php
$used = fn() => getrusage()['ru_utime.tv_sec'] * 1e6 + getrusage()['ru_utime.tv_usec'] +
    getrusage()['ru_stime.tv_sec'] * 1e6 + getrusage()['ru_stime.tv_usec'];
$from = $used();
while ($used() - $from < WORK) for ($i = 0; $i < 500; $i++) sqrt($i);
echo intval($used() - $from);
END
done
sed -i 's/WORK/60000/' "$pages/guilty.php"
sed -i 's/WORK/3000/' "$pages/fair.php"
sed -i 's/WORK/0/' "$pages/idle.php"
chown -R "$(uid_of alice)" "$pages"

visit() {
	php_page "$1" "$pages/$2.php" | tail -1
}
visits() {
	php_page "$1" "$pages/$2.php" "$3" >/dev/null
}
seen() {
	[ "$(script_figure alice "/$1" runs_today 1)" = "$2" ] 2>/dev/null
}
seen_more() {
	[ "$(script_figure alice "/$1" runs_today 1)" -gt "$2" ] 2>/dev/null
}
around() {
	script_took alice "/$@"
}

php_pool one alice
host_start
tap "U13 break cpu: a script answers" wait_for 10 "the pool" quiet visit one idle
visits one fair 20
visits one guilty 10
visits one idle 20
tap "U13 break cpu: runs of the guilty one are counted" wait_for 20 "10 runs" seen guilty.php 10
tap "U13 honest cpu: and of the others" wait_for 20 "20 runs" seen fair.php 20
tap "U13 honest cpu: each of them" wait_for 20 "20 runs" seen_more idle.php 19
tap "U13 break cpu: its processor time is its own" around guilty.php 590 900
tap "U13 honest cpu: so is that of the fair one" around fair.php 58 200
tap "U13 honest cpu: and of the one that does nothing" around idle.php 0 60

echo '<?php sleep(60);' >"$pages/stuck.php"
visit one stuck >/dev/null 2>&1 &
sleep 1
kill -KILL "$(pgrep -u "$(uid_of alice)" php-fpm)"
tap "U13 break cpu: after the end of a worker in a request" wait_for 10 "the pool" quiet visit one idle
visits one fair 10
tap "U13 honest cpu: his successor's runs are counted" wait_for 20 "30 runs" seen fair.php 30

kill -USR2 "$(cat "$HOST/fpm-one.pid")"
tap "U13 break cpu: after a reload of the pool" wait_for 10 "the pool" quiet visit one idle
visits one guilty 10
tap "U13 break cpu: it is counted as before" wait_for 20 "20 runs" seen guilty.php 20

cp /usr/sbin/php-fpm8.2 "$HOST/php-fpm9.9"
php_pool two alice "$HOST/php-fpm9.9"
tap "U13 break cpu: a PHP that came later answers" wait_for 10 "the pool" quiet visit two idle
sleep 8
visits two guilty 60 2>/dev/null
tap "U13 break cpu: its runs are counted" wait_for 20 "further runs" seen_more guilty.php 20
tap "U13 break cpu: the guilty one has a case" wait_for 30 "a case" has_case alice U1a
tap "U13 break cpu: the notice names it" wait_for 15 "mail to alice" mails alice guilty.php
tap "U13 honest cpu: and no other" not mails alice fair.php

as_alice=(setpriv --reuid "$(uid_of alice)" --regid "$(uid_of alice)" --clear-groups env -i)
cgi_once() {
	"${as_alice[@]}" REDIRECT_STATUS=200 GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=GET \
		SCRIPT_FILENAME="$pages/$1.php" php-cgi8.2 >/dev/null
}
for script in by-cgi by-fastcgi; do
	sed 's/60000/20000/' "$pages/guilty.php" >"$pages/$script.php"
done
"${as_alice[@]}" PHP_FCGI_CHILDREN=0 php-cgi8.2 -b "$HOST/home/alice/fastcgi" &
SERVER=$!
ln -s "$HOST/home/alice/fastcgi" "$HOST/fpm-fastcgi.socket"
tap "U13 break cpu: php-cgi as FastCGI answers" wait_for 10 "it" quiet visit fastcgi idle
sleep 8
visits fastcgi by-fastcgi 10
tap "U13 break cpu: its runs are counted" wait_for 20 "10 runs" seen by-fastcgi.php 10
tap "U13 break cpu: and their processor time" around by-fastcgi.php 190 320
for _ in 1 2 3 4 5 6 7 8 9 10; do
	cgi_once by-cgi
done
tap "U13 break cpu: php-cgi as CGI is counted" wait_for 20 "10 runs" seen by-cgi.php 10
tap "U13 break cpu: with its processor time" around by-cgi.php 190 600
kill $SERVER

# Programs that are not the file that is executed, nor a script by `#!`.
echo 'BEGIN { for (i = 0; i < 4000000; i++) x += i }' >"$pages/sums.awk"
printf 'import os\nwhile os.times().user < 0.4: sum(range(10000))\n' >"$pages/spends.py"
as alice sh -c 'cd public_html && awk -f sums.awk && python3 -m spends'
tap "U13 break cpu: a program for awk has its name" wait_for 20 "it" script_took alice /sums.awk 50 5000
tap "U13 break cpu: and a module of Python" wait_for 20 "it" script_took alice "-m spends" 300 1500

tap "the journal holds" hayward journal verify
php_pool_end one
php_pool_end two
tap_end
