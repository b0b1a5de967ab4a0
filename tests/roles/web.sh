#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The web role as customers and visitors have it: pages, programs and PHP under the
# owner's uid, databases, FTP, logs; and what of it is closed to whom is suspended, has
# cancelled, or is gone. Real Apache, PHP-FPM, MariaDB and ProFTPD, told by the real agent.
set -u
. "$(dirname "$0")/web_host.sh"
web_host_enter "$@"
ALICE=alice:20001:open:alice.example,second.example
BOB=bob:20002:open:bob.example

said() {
	grep "$1" "$PLACE/said"
}

sql_as() {
	mariadb --no-defaults --socket=/run/mysqld/mysqld.sock -u "$1" "-p$1-secret" -N -B "$1" -e "$2" 2>&1
}

# --- What customers put there.
furnish() {
	local name=$1
	echo "page of $name" | web_file "$name" public_html/index.html
	web_file "$name" public_html/cgi-bin/who.cgi 755 <<-'END'
		#!/usr/bin/perl
		print "Content-Type: text/plain\n\nperl uid $< gid $( query $ENV{QUERY_STRING}\n";
	END
	web_file "$name" public_html/who.pl 755 <<-'END'
		#!/usr/bin/perl
		use CGI;
		my $q = CGI->new;
		print $q->header("text/plain"), "root uid $< ", $q->param("x") // "", "\n";
	END
	web_file "$name" public_html/who.php <<-'END'
		<?php echo "php uid ", posix_getuid(), " ", ini_get("memory_limit"), "\n";
	END
	web_file "$name" public_html/table.php <<-END
		<?php
		\$db = new mysqli("localhost", "$name", "$name-secret", "$name");
		\$db->query("CREATE TABLE IF NOT EXISTS t (n INT)");
		\$db->query("INSERT INTO t VALUES (42)");
		\$pdo = new PDO("mysql:host=127.0.0.1;dbname=$name", "$name", "$name-secret");
		echo "found ", \$pdo->query("SELECT MAX(n) FROM t")->fetchColumn();
	END
	web_file "$name" public_html/table.cgi 755 <<-END
		#!/usr/bin/perl
		use DBI;
		my \$db = DBI->connect("DBI:mysql:database=$name", "$name", "$name-secret") or die;
		print "Content-Type: text/plain\n\ndbi ", \$db->selectrow_array("SELECT COUNT(*) FROM t"), "\n";
	END
	web_file "$name" public_html/wrong.php <<-'END'
		<?php error_log("mark of wrong.php"); throw new Exception("mark of exception");
	END
}

# --- FTP.
ftp() {
	local login=$1
	shift
	curl -sS -k --ssl-reqd --max-time 20 --user "$login" "$@"
}

uploads() {
	echo "put by $1" >"$PLACE/put"
	ftp "$1:${3:-$1-secret}" -T "$PLACE/put" "ftp://127.0.0.1/$2"
}

fetches() {
	ftp "$1:$1-secret" "ftp://127.0.0.1/$2" -o "$PLACE/fetched"
}

deletes() {
	ftp "$1:$1-secret" "ftp://127.0.0.1/" -Q "DELE $2" -o /dev/null
}

lists() {
	ftp "$1:$1-secret" "ftp://127.0.0.1/" -l | grep -qx "$2"
}

plain_login() {
	curl -sS --max-time 10 --user "$1:$1-secret" ftp://127.0.0.1/ -o /dev/null
}

# --- The story.
tap "two accounts are set up" web_apply < <(web_view 1 $ALICE $BOB)
for unit in apache2 php8.2-fpm mariadb proftpd; do
	tap "$unit was started" said "^started $unit.service"
done
tap "the same once more" web_apply < <(web_view 1 $ALICE $BOB)
tap "changes nothing and tells nobody" test "$(grep -c . "$PLACE/said")" = 1
furnish alice
furnish bob
echo "page of the second" | web_file alice sites/second.example/index.html

echo token >/var/lib/hayward-web/acme/.well-known/acme-challenge/x
printf '#!/bin/sh\necho; echo second uid $(id -u)\n' | web_file alice sites/second.example/who.cgi 755

for scheme in http https; do
	tap "a page by $scheme" gets $scheme://alice.example/ "page of alice"
	tap "under www, too" gets $scheme://www.alice.example/ "page of alice"
	tap "the further domain has its own" gets $scheme://second.example/ "page of the second"
	tap "a program by $scheme, under its owner's uid" gets "$scheme://alice.example/cgi-bin/who.cgi?q" "perl uid 20001 gid 20001"
	tap "one of the further domain" gets $scheme://second.example/who.cgi "second uid 20001"
	tap "one beside the pages" gets "$scheme://bob.example/who.pl?x=7" "root uid 20002 7"
	tap "PHP by $scheme, under its owner's uid" gets $scheme://bob.example/who.php "php uid 20002 128M"
	tap "a file for an ACME client, whatever the name" gets $scheme://alice.example/.well-known/acme-challenge/x "token"
	tap "names that are nobody's are not found" answers $scheme://carol.example/ 404
done
tap "the certificate is the domain's" get https://alice.example/ -o /dev/null --no-insecure --cacert /etc/hayward/tls/alice.example.pem
tap "and of no other" not get https://bob.example/ -o /dev/null --no-insecure --cacert /etc/hayward/tls/alice.example.pem
tap "listings are off" answers http://alice.example/cgi-bin/ 403

tap "PHP creates a table, by the socket and by 127.0.0.1" gets http://alice.example/table.php "found 42"
tap "perl counts its rows" gets http://alice.example/table.cgi "dbi 1"
tap "a neighbour's database is closed" not sql_as bob "SELECT * FROM alice.t"
tap "MariaDB listens on this machine only" not sh -c "ss -ltnH 'sport = :3306' | grep -v '127.0.0.1:3306'"

tap "a page is uploaded by FTP with TLS" uploads alice public_html/up.txt
tap "and served" gets http://alice.example/up.txt "put by alice"
tap "under its owner's uid" test "$(stat -c %u:%g /home/alice/public_html/up.txt)" = 20001:20001
tap "without TLS nobody logs in" not plain_login alice
tap "with another password neither" not uploads alice public_html/up.txt bob-secret
tap "nor does a user of the system" not uploads www-data x
tap "the login sees its home as everything" lists alice public_html
tap "and does not get out of it" not fetches alice ../../etc/passwd
mkdir -p /home/alice/public_html/up && chown 20001:20001 /home/alice/public_html/up
tap "a further login sees its folder" uploads alice_up page.html alice-secret
tap "which lies in the home" gets http://alice.example/up/page.html "put by alice_up"

tap "an error of PHP" answers http://alice.example/wrong.php 500
tap "is in the account's log" web_as alice grep -q "mark of exception" /home/alice/logs/error.log
tap "as are visitors" web_as alice grep -q "^alice.example:80 .*GET /wrong.php" /home/alice/logs/access.log
tap "which a neighbour does not read" not web_as bob ls /var/log/hayward-web/alice
tap "and nobody writes" not web_as alice sh -c 'echo x >>/home/alice/logs/access.log'
tap "nor replaces" not web_as alice sh -c 'ln -s /etc/passwd /var/log/hayward-web/alice/more.log'

# --- Scripts that nobody may run.
CLOSED=/home/alice/public_html/who.php,/home/alice/public_html/cgi-bin/who.cgi
tap "two scripts are closed" web_apply < <(web_view 1 $ALICE:$CLOSED $BOB)
tap "visitors of a PHP page get a 503" answers http://alice.example/who.php 503
tap "whatever stands behind its name" answers "https://www.alice.example/who.php/x?y" 503
tap "of a program, too" answers http://alice.example/cgi-bin/who.cgi 503
printf 'RewriteEngine On\nRewriteRule ^around$ who.php\n' | web_file alice public_html/.htaccess
tap "a rewriting leads no way around" answers http://alice.example/around 503
rm /home/alice/public_html/.htaccess
tap "what lies beside them works" gets http://alice.example/who.pl "root uid 20001"
tap "and a neighbour's of that name" gets http://bob.example/who.php "php uid 20002"
tap "they are opened" web_apply < <(web_view 1 $ALICE $BOB)
tap "and work" gets http://alice.example/who.php "php uid 20001"

# --- A limit for each visitor, where the owner switches it on.
limited() { printf '%s\n' "$@" | web_file alice public_html/.htaccess; }
limited 'HaywardVisits 3' 'RewriteEngine On' 'RewriteRule ^around$ who.php'
visits=$(for _ in 1 2 3 4 5; do code http://alice.example/around; echo; done | xargs)
tap "one visitor has three scripts run a minute" test "$visits" = "200 200 200 429 429"
tap "a program counts as well" answers http://alice.example/cgi-bin/who.cgi 429
tap "and is told when to come again" grep -qiE '^retry-after: ([1-9]|1[0-9]|20|21)\b' <(get http://alice.example/who.php -I)
tap "pages that lie there do not count" gets http://alice.example/up.txt "put by alice"
tap "another visitor is served" grep -q "php uid 20001" <(get http://alice.example/who.php --interface 127.0.0.2)
tap "and so is a neighbour's site" gets http://bob.example/who.php "php uid 20002"
limited 'HaywardVisits off'
tap "switched off, all are served" gets http://alice.example/who.php "php uid 20001"
limited 'HaywardVisits many'
tap "a wrong number closes the site of whoever wrote it" answers http://alice.example/who.php 500
tap "and says so in the log" web_as alice grep -q "HaywardVisits wants" /home/alice/logs/error.log
rm /home/alice/public_html/.htaccess

# --- Suspended.
web_file alice public_html/rubbish <<<rubbish
tap "suspended" web_apply < <(web_view 2 ${ALICE/open/suspended} $BOB)
for url in http://alice.example/ https://www.alice.example/who.php http://second.example/ https://alice.example/cgi-bin/who.cgi; do
	tap "503 at $url" answers $url 503
done
tap "the page blames nobody" gets http://alice.example/ "not available for the moment"
tap "an ACME client's file is there still" gets http://alice.example/.well-known/acme-challenge/x "token"
tap "the neighbour goes on" gets http://bob.example/who.php "php uid 20002"
tap "there is no pool" test ! -e /etc/php/8.2/fpm/pool.d/account-alice.conf
tap "nor a process of the account" soon not pgrep -u 20001
tap "the database lets nobody in" not sql_as alice "SELECT 1"
tap "FTP fetches" fetches alice public_html/up.txt
tap "and deletes" deletes alice public_html/rubbish
tap "but does not write" not uploads alice public_html/more.txt
tap "by the further login neither" not uploads alice_up more.html alice-secret
tap "the neighbour does" uploads bob public_html/more.txt
tap "lifted" web_apply < <(web_view 3 $ALICE $BOB)
tap "all is as before: pages" gets https://alice.example/ "page of alice"
tap "PHP" gets http://alice.example/table.php "found 42"
tap "programs" gets http://alice.example/who.pl "root uid 20001"
tap "uploads" uploads alice public_html/more.txt

# --- Cancelled, and gone.
tap "cancelled" web_apply < <(web_view 4 ${ALICE/open/cancelled} $BOB)
tap "visitors hear that it is gone" answers https://alice.example/who.php 410
tap "nobody comes in by FTP" not fetches alice public_html/up.txt
tap "nor into the database" not sql_as alice "SELECT 1"
tap "taken out of the book" web_apply < <(web_view 5 $BOB)
tap "the name is nobody's" answers http://alice.example/ 404
tap "what was in the database is still there" test "$(mariadb -N -B -e 'SELECT n FROM alice.t LIMIT 1')" = 42
mv /home/alice /home/.removed-alice # as the host does once it has exported it
tap "the name is given to somebody else" web_apply < <(web_view 6 alice:20009:open:new.example $BOB)
tap "whose database is empty" not sql_as alice "SELECT * FROM t"
tap "but his" sql_as alice "CREATE TABLE mine (n INT)"
tap "what was in the former one is kept in a file" grep -q "INSERT INTO .t. VALUES" /var/lib/hayward-web/removed/alice.20001.sql
mariadb -e "CREATE DATABASE carol; CREATE TABLE carol.staffs (n INT)"
tap "a database that staff have made is not touched" not web_apply < <(web_view 7 carol:20010:open:carol.example $BOB)
tap "and that is said" said "carol.*somebody else"
tap "others are served all the same" gets http://bob.example/table.php "found 42"

# --- A certificate that is given, while visitors are there.
openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=given -addext subjectAltName=DNS:bob.example \
	-keyout /etc/hayward/tls/given/bob.example.key -out /etc/hayward/tls/given/bob.example.pem 2>/dev/null
tap "a certificate is given" web_apply < <(web_view 8 $BOB)
tap "and served" soon get https://bob.example/ -o /dev/null --no-insecure --cacert /etc/hayward/tls/given/bob.example.pem
echo "Listen nonsense" >/etc/apache2/conf-enabled/zz-nonsense.conf
tap "with a mistake of somebody else's" not web_apply < <(web_view 9 $BOB dora:20011:open:dora.example)
tap "Apache runs on" gets https://bob.example/ "page of bob"
rm /etc/apache2/conf-enabled/zz-nonsense.conf
tap "and without it goes on" web_apply < <(web_view 9 $BOB dora:20011:open:dora.example)
tap "to the new site" answers http://dora.example/ 403

# --- Another name.
DORA=dora:20011:open:dora.example
mkdir -p /home/bob/public_html/up && chown 20002:20002 /home/bob/public_html/up
get http://bob.example/before >/dev/null
tap "bob is called robert" web_apply < <(web_view 10 robert:20002:open:bob.example::bob $DORA)
tap "his pages are served" gets http://bob.example/who.php "php uid 20002"
tap "his scripts reach the database by the name and password that they have" gets http://bob.example/table.php "found 42"
tap "a login of then sees its folder" uploads bob_up page.html bob-secret
tap "his own has his name" uploads robert public_html/up.txt bob-secret
tap "and not the former one" not uploads bob public_html/up.txt bob-secret
tap "his link leads to his logs" test "$(readlink /home/robert/logs)" = /var/log/hayward-web/robert
tap "in which former visitors are" web_as robert grep -q "GET /before" /home/robert/logs/access.log
tap "and new ones" soon web_as robert grep -q "GET /who.php" /home/robert/logs/access.log
tap "paths of then go on" test "$(cat /home/bob/public_html/index.html)" = "page of bob"
tap "two with one database" not web_apply < <(web_view 11 robert:20002:open:bob.example::bob $DORA erin:20012:open:erin.example::bob)
tap "are said" said "database.*another account has one of that name"
tap "and it stays who had it first" gets http://bob.example/table.php "found 42"
tap "robert is removed" web_apply < <(web_view 12 $DORA)
mv /home/robert /home/.removed-robert
tap "somebody else gets his name" web_apply < <(web_view 13 $DORA robert:20013:open:new-robert.example)
tap "and none of his visitors" not web_as robert grep -q GET /home/robert/logs/access.log
tap "whose logs are put aside" test -e /var/log/hayward-web/.removed/robert-20002/access.log

# --- On the way to another site.
mariadb -e "CREATE TABLE dora.t (n INT); INSERT INTO dora.t VALUES (7); CREATE VIEW dora.v AS SELECT n FROM dora.t"
tap "a database is dumped" sh -c '/usr/lib/hayward-role dump dora >"$0"' "$PLACE/dora.sql"
tap "which has not its name in it" not grep -q 'USE .dora' "$PLACE/dora.sql"
mariadb -e "DROP VIEW dora.v; UPDATE dora.t SET n = 8"
sed -i 's/DEFINER=`root`@`localhost`/DEFINER=`dora`@`localhost`/' "$PLACE/dora.sql"
tap "and loaded" sh -c '/usr/lib/hayward-role load dora <"$0"' "$PLACE/dora.sql"
tap "by its own user, who is locked then" not sql_as dora "SELECT 1"
tap "the next view lets it in again" web_apply < <(web_view 14 $DORA)
tap "with what was in it" test "$(sql_as dora "SELECT n FROM v")" = 7
echo 'INSERT INTO mysql.db SELECT * FROM mysql.db; CREATE DATABASE more;' >"$PLACE/hostile.sql"
tap "a dump does nothing that its owner may not" not sh -c '/usr/lib/hayward-role load dora <"$0"' "$PLACE/hostile.sql"
tap "and is no way to a shell of root" sh -c 'printf "\\\\! touch /run/by-\$(id -u)\n" | /usr/lib/hayward-role load dora; [ ! -e /run/by-0 ]'
tap "nor to what hayward has not made" not sh -c '/usr/lib/hayward-role load carol </dev/null'
tap "or what is none of a customer's" not sh -c '/usr/lib/hayward-role dump mysql'
tap "no password is left over" test ! -e /run/hayward-load.cnf
web_end
