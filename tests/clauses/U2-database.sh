#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# U2 counts the database's work for an account as the account's own: who has MariaDB compute
# without end is warned, and told that it was the database. What it says is what the server
# used in truth. Left alone are those whose queries are small, whoever is called nearly like
# the one, and everybody when the server starts anew and counts from nothing.
set -u
. "$(dirname "$0")/../lib/host.sh"
. "$(dirname "$0")/../lib/daemons.sh"
daemons_have mariadbd mariadb mariadb-install-db
host_enter "$@"

host_pair <<'END'
amend U2 {
    when cpu.share >= 4% over 4s 3 times within 24s
    ends when kept for 5s or by owner
}
END
host_account alice_b 61003
host_set database-interval 2s

chown mysql /run/mysqld
mkdir "$HOST/db" && chown mysql "$HOST/db"
TMPDIR=$HOST/db mariadb-install-db --no-defaults --user=mysql --datadir="$HOST/db" --auth-root-authentication-method=socket \
	--skip-test-db >/dev/null 2>&1
database() {
	mariadbd --no-defaults --user=mysql --datadir="$HOST/db" --socket=/run/mysqld/mysqld.sock \
		--pid-file=/run/mysqld/pid --skip-networking --innodb-buffer-pool-size=16M --userstat=1 >"$HOST/db.log" 2>&1 &
	DATABASE=$!
	wait_for 30 "MariaDB" sql -e 'SELECT 1'
}
sql() {
	silently mariadb --no-defaults --socket=/run/mysqld/mysqld.sock --batch --skip-column-names "$@"
}
# computes USER STATEMENT [PAUSE]: again and again, until it cannot.
computes() {
	while echo "$2;"; do sleep "${3:-0}"; done | silently mariadb --no-defaults --socket=/run/mysqld/mysqld.sock --user="$1" --batch >/dev/null 2>&1 &
}
worked() {
	ask show "$1" "data['use']['database_seconds_today'] > $2"
}
# What is said of alice is what the server's processes used, the start apart, within a fifth.
is_true() {
	local used
	used=$(awk '{print ($14 + $15) / 100}' "/proc/$DATABASE/stat")
	ask show alice "max(0.5, 0.8 * ($used - $STARTED) - 2) < data['use']['database_seconds_today'] <= $used - $STARTED + 0.1"
}
database
sql -e "CREATE USER alice_shop@localhost; CREATE USER bob@localhost; CREATE USER alice_b@localhost"
host_start
tap "U2 break cpu: MariaDB tells how long it works" \
	wait_for 20 "the database" ask status "any(s['name'] == 'queries' and s['works'] for s in data['sensors'])"
STARTED=$(awk '{print ($14 + $15) / 100}' "/proc/$DATABASE/stat")
computes bob "SELECT 1" 0.2
computes alice_b "SELECT 2" 0.2
computes alice_shop "SELECT BENCHMARK(1000000, MD5('x'))"
tap "U2 break cpu: its work is the account's" wait_for 40 "alice's time" worked alice 0.5
tap "U2 break cpu: three windows of queries make a case" wait_for 60 "alice's case" has_case alice U2
tap "U2 break cpu: the owner is told that it was the database" wait_for 15 "mail to alice" mails alice "the database"
tap "U2 break cpu: no more is said than the server used, and hardly less" wait_for 10 "the sums to meet" is_true
tap "U2 honest cpu: small queries have no case" free bob U2
tap "U2 honest cpu: nor who is called nearly alike" free alice_b U2
hung() {
	hayward --json top --once >/dev/null && ask top --once "data['host']['measured']"
}
kill -STOP "$DATABASE"
sleep 3
tap "U2 honest cpu: nothing waits for a server that hangs" hung
kill -CONT "$DATABASE"
sql -e 'SHUTDOWN'
wait "$DATABASE"
database
tap "U2 honest cpu: a server that starts anew accuses nobody" wait_for 30 "alice to be free" free alice U2
tap "U2 honest cpu: nobody else was told" not mails bob
tap "the journal holds" hayward journal verify
kill "$DATABASE"
tap_end
