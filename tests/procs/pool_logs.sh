#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Three PHP scripts of one account run in the same worker, and nobody listens to PHP's probes. The
# pool's access log says which of them took the time: that one is named in the notice. A log
# that the customer can write is not believed.
set -u
. "$(dirname "$0")/../lib/host.sh"
. "$(dirname "$0")/../lib/daemons.sh"
host_enter "$@"

host_pair <<'END'
amend U1a {
    says "A script that visitors start may compute for {script.cpu} within {window}."
    when script.cpu > 1s within 1m
}
amend U1b { when script.cpu > 1h within 2h }
END
host_set kernel-programs '"guard attack polling newcomers"'
host_set pool-logs "\"$HOST/logs/{account}.log $HOST/home/{account}/own.log\""
mkdir -m 755 "$HOST/logs"
# PHP-FPM would make it for root alone.
install -m 640 -g adm /dev/null "$HOST/logs/alice.log"
pages=$HOST/home/alice/public_html
mkdir -p "$pages"
for script in guilty:50000 fair:3000 idle:0; do
	cat >"$pages/${script%:*}.php" <<-END
		<?php
		\$used = fn() => getrusage()['ru_utime.tv_sec'] * 1e6 + getrusage()['ru_utime.tv_usec'];
		\$from = \$used();
		while (\$used() - \$from < ${script#*:}) for (\$i = 0; \$i < 500; \$i++) sqrt(\$i);
		echo "done";
	END
done
chown -R "$(uid_of alice)" "$pages"
# What she says of herself, in a log that is hers.
as alice sh -c 'for i in $(seq 200); do echo "9000000 100.00 1000 /home/bob/public_html/innocent.php"; done >own.log'

visits() {
	php_page pool "$pages/$1.php" "$2" >/dev/null
}
has_run() {
	[ "$(script_figure alice "/$1" runs_today 1)" -ge "$2" ] 2>/dev/null
}
around() {
	script_took alice "/$@"
}
is_named() {
	[ -n "$(script_figure alice "/$1" runs_today 1)" ]
}

host_start
php_pool pool alice /usr/sbin/php-fpm8.2 "pm = static" "pm.max_children = 1" \
	"access.log = $HOST/logs/alice.log" 'access.format = "%{micro}d %{total}C %{bytes}M %f"'
tap "a page answers" wait_for 10 "the pool" quiet visits idle 1
for _ in 1 2 3; do
	visits guilty 8
	visits fair 10
	visits idle 10
done
tap "the log tells the runs of the guilty one" wait_for 30 "24 runs" has_run guilty.php 24
tap "and of the fair one" wait_for 10 "30 runs" has_run fair.php 30
tap "the guilty one's time is its own" around guilty.php 1000 1900
tap "the fair one's is, too" around fair.php 30 250
tap "the guilty one has a case" wait_for 20 "a case" has_case alice U1a
tap "the notice names it" wait_for 15 "mail to alice" mails alice guilty.php
tap "and no other" not mails alice fair.php
tap "what nobody claimed is the pool's" wait_for 30 "its row" is_named php-fpm8.2
tap "a log of the customer's own is not believed" not is_named innocent.php
tap "nobody else is told" not mails bob
tap "the journal holds" hayward journal verify
php_pool_end pool
tap_end
