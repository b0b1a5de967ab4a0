#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The honest crowd of all clauses about processes and scripts: real software at honest work, for a
# twentieth of the time that it would take, under terms whose times are a twentieth and whose
# limits stand. Nothing of it may raise more than a record. Who spins at the end shows that somebody
# was watching.
set -u
. "$(dirname "$0")/../lib/host.sh"
. "$(dirname "$0")/../lib/daemons.sh"
host_enter "$@"

CROWD=$(cd "$(dirname "$0")/../crowd" && pwd)
WORDPRESS=${HAYWARD_CROWD:-/var/cache/hayward/crowd}/wp/usr/share/wordpress
daemons_have ffmpeg composer npm node htop gdb valgrind strace mariadbd php rsync script
[ -d "$WORDPRESS" ] || tap_skip "needs WordPress: tools/setup --crowd"

number=61001
# Each does what takes much for ten minutes of an hour, and not for three times ten: that is U2's.
for account in dev media shop admin chat night vault agency spin; do
	host_account $account $number
	number=$((number + 1))
done
host_set gather 0s
# The machine has other work as well; its distress is none of theirs.
host_policy <<'END'
amend A6 { when host.disk-free < 0% }
amend S7 { when process.spins for 6s }
amend U1b { when script.cpu > 135s within 3m }
amend U2 { when cpu.share >= 20% over 30s 3 times within 3m or memory.share >= 20% over 30s 3 times within 3m }
amend U12 { when scripts.cpu-share > 20% over 3m }
amend A10 { when cpu.share > 10% over 30s or memory.share > 10% over 30s }
END
as dev cp "$CROWD/server.c" "$CROWD/work.c" "$CROWD/visitors.py" . || tap_skip "the folder of this test is closed to customers"
as chat cp "$CROWD/sockets.js" .
as agency cp "$CROWD/sites.php" .

# --- What they bring.

as dev cc -O2 -o server server.c -levent && as dev cc -g -o work work.c
as dev sh -c 'mkdir -p build && cd build && for i in $(seq 40); do
	printf "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n#include <math.h>\n" >f$i.c
	for j in $(seq 60); do printf "double f%d_%d(double x) { char b[64]; snprintf(b, 64, \"%%f\", x); return strtod(b, 0) * sqrt(x + %d); }\n" $i $j $j; done >>f$i.c; done
	printf "all: \$(patsubst %%.c,%%.o,\$(wildcard f*.c))\n%%.o: %%.c\n\tcc -O2 -c -o \$@ \$<\nclean:\n\trm -f *.o\n" >Makefile'
as dev sh -c 'mkdir -p packages modules app && for i in $(seq 30); do mkdir -p packages/p$i modules/m$i
	echo "{\"name\": \"crowd/p$i\", \"version\": \"1.0.0\", \"autoload\": {\"files\": [\"p.php\"]}}" >packages/p$i/composer.json; echo "<?php function p$i() {}" >packages/p$i/p.php
	echo "{\"name\": \"m$i\", \"version\": \"1.0.0\"}" >modules/m$i/package.json; echo "module.exports = $i" >modules/m$i/index.js; done'
as dev python3 - <<'END'
import json
json.dump({"repositories": [{"type": "path", "url": "../packages/*", "options": {"symlink": False}}, {"packagist.org": False}],
           "require": {f"crowd/p{i}": "1.0.0" for i in range(1, 31)}}, open("app/composer.json", "w"))
json.dump({"name": "app", "version": "1.0.0", "dependencies": {f"m{i}": f"file:../modules/m{i}" for i in range(1, 31)}}, open("app/package.json", "w"))
END
as night perl -e 'print "create table if not exists notes (id int primary key auto_increment, words text);\n";
	for (1 .. 4000) { print "insert into notes (words) values ", join(",", map { "(\x27" . "words " x 20 . "\x27)" } 1 .. 20), ";\n" }' >"$HOST/home/night/dump.sql"
as vault sh -c 'mkdir -p files copy && for i in $(seq 300); do head -c 60000 /dev/urandom >files/$i; done'

database() {
	mkdir -p "$HOST/db" && chown mysql "$HOST/db" && chmod 755 "$HOST/db"
	TMPDIR=$HOST/db mariadb-install-db --no-defaults --user=mysql --datadir="$HOST/db" --skip-test-db >/dev/null 2>&1
	mariadbd --no-defaults --user=mysql --datadir="$HOST/db" --socket="$HOST/db/socket" --skip-networking --pid-file="$HOST/db/pid" >"$HOST/db.log" 2>&1 &
	wait_for 30 "the database" mariadb --no-defaults --socket="$HOST/db/socket" -e 'select 1' &&
		mariadb --no-defaults --socket="$HOST/db/socket" -e "create database shop; create database night; create database agency;
			create user shop identified by 'a'; grant all on shop.* to shop; create user night identified by 'b'; grant all on night.* to night;
			create user agency identified by 'c'; grant all on agency.* to agency"
}
wordpress() {
	local of=$1 folder
	folder=$HOST/home/$of/public_html/wordpress
	cp -rL "$WORDPRESS" "$folder" 2>/dev/null
	cp -r "$CROWD/theme" "$folder/wp-content/themes/theme"
	rm -f "$folder/wp-config.php"
	cat >"$folder/wp-config.php" <<-END
		<?php
		define('DB_NAME', '$of'); define('DB_USER', '$of'); define('DB_PASSWORD', '$2');
		define('DB_HOST', 'localhost:$HOST/db/socket'); define('WP_HTTP_BLOCK_EXTERNAL', true);
		define('DISABLE_WP_CRON', true);
		\$table_prefix = (getenv('SITE_PREFIX') ?: 'wp') . '_';
		define('ABSPATH', __DIR__ . '/');
		require ABSPATH . 'wp-settings.php';
	END
	chown -R "$of:" "$folder" 2>/dev/null || chown -R "$(uid_of "$of")" "$folder"
}
# A page of the shop's: the front page, as a web server asks for it.
visit_shop() {
	php_page shop "$HOST/home/shop/public_html/wordpress/index.php" 1 \
		HTTP_HOST=wp.example REQUEST_URI=/ SERVER_PROTOCOL=HTTP/1.1 REMOTE_ADDR=192.0.2.7
}
sells() { visit_shop | grep -q "The wp"; }

tap "the crowd's database runs" database
wordpress shop a
wordpress agency c
tap "WordPress is set up" as shop php "$CROWD/sites.php" public_html/wordpress wp
ssh_server
php_pool shop shop "" "pm = ondemand" "pm.max_children = 3"
host_start
tap "and sells" wait_for 20 "a page" sells

# --- Who is there all the time.

over_ssh dev ./server &
over_ssh chat node sockets.js &
sleep 2
python3 "$CROWD/visitors.py" busy 300 >/dev/null 2>&1 &
visitors=$!
python3 "$CROWD/visitors.py" idle 1000 >"$HOST/idle" 2>&1 &
idle=$!
tap "a thousand websockets are open" wait_for 40 "them" grep -q "1000 are there" "$HOST/idle"
(while sleep 0.4; do visit_shop; done) >/dev/null 2>&1 &
shoppers=$!
over_ssh admin 'touch log; tail -f log' >/dev/null &
over_ssh admin 'while sleep 0.05; do date; done >>log' &
over_ssh admin 'top -b -d 0.5' >/dev/null &
over_ssh admin 'TERM=xterm script -qfc "htop -d 5" /dev/null' >/dev/null </dev/null &

# --- And one after the other, half a minute each.

# busy SECONDS ACCOUNT COMMAND: again and again, over ssh.
busy() {
	rm -f "$HOST/home/$2/failures"
	over_ssh "$2" "timeout $1 sh -c 'while :; do { $3; } >/dev/null </dev/null 2>>failures || { echo failed >>failures; sleep 1; }; done'" >/dev/null 2>&1
	! grep -q failed "$HOST/home/$2/failures" || { tail -5 "$HOST/home/$2/failures"; return 1; }
}
report() {
	cron_jobs night "@reboot perl -e '\$x += sqrt(\$_) for 1 .. 1e10'" && sleep 30
	pkill -f 'sqrt.*1e10'
}
tap "a nightly report ran" report
tap "a compile ran" busy 30 dev "cd build && make -s clean && make -s -j2"
tap "ffmpeg ran" busy 30 media "ffmpeg -v error -f lavfi -i testsrc2=size=320x180:rate=25 -t 8 -threads 1 -c:v libx264 -y film.mp4"
tap "a database was imported" busy 30 night "mariadb --no-defaults --socket=$HOST/db/socket -unight -pb night <dump.sql"
tap "a backup ran" busy 30 vault "tar -czf backup.tgz files && rsync -a --delete files/ copy/"
tap "composer and npm installed" busy 40 dev "cd app && rm -rf vendor node_modules composer.lock package-lock.json && composer -q install && npm install --silent --offline --no-audit --no-fund"
tap "several sites were looked after" busy 30 agency "for site in one two three; do php sites.php public_html/wordpress \$site; done"
tap "everything was listed" busy 15 admin "ls -R /etc; find / -xdev -name \"*.conf\"; ps aux; true"
traced() {
	over_ssh dev 'timeout 25 strace -f -o /dev/null ./work 2>/dev/null' >/dev/null &
	over_ssh dev 'timeout 25 valgrind -q ./work 2>/dev/null' >/dev/null &
	over_ssh dev 'printf "break work\ncommands\nsilent\ncontinue\nend\nrun 2>/dev/null\n" >steps; timeout 25 gdb -q -batch -x steps ./work >/dev/null 2>&1' &
	sleep 27
	pgrep -x work && return 1
	return 0
}
tap "own programs were traced, stepped and checked" traced

# --- What came of it.

records() {
	ask cases --all "not [c for c in data['cases'] if c['account'] != 'spin' and c['state'] != 'recorded' and c['clause'] != 'U5a']" ||
		{ hayward cases --all; return 1; }
}
no_holds() { ask holds "not data['holds']" || hayward holds; }
ran() { ask top --once --scripts "any('$1' in r['script'] for r in data['rows'])"; }
tap "honest crowd: nothing raised more than a record" records
for account in dev media shop admin chat night vault agency; do
	tap "honest crowd: $account heard nothing" not mails $account
done
tap "honest crowd: the shop sells as before" sells
tap "the crowd was seen: ffmpeg" ran ffmpeg
tap "the crowd was seen: the shop's page" ran wordpress/index.php
as spin perl -e 'select(undef, undef, undef, 0) while 1' &
tap "who spins is seen among them" wait_for 60 "a case" has_case spin S7
kill $visitors $idle $shoppers "$(cat "$HOST/db/pid")"
php_pool_end shop
tap "the journal holds" hayward journal verify
tap_end
