#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A customer of the web role who wants what is his neighbour's: by links, by a link that
# is swapped in time, by every word of an .htaccess that opens a file or a socket, by
# programs, PHP and FTP, and by what he puts where the agent of root's works.
set -u
. "$(dirname "$0")/web_host.sh"
web_host_enter "$@"
ALICE=alice:20001:open:alice.example
BOB=bob:20002:open:bob.example
SECRET=word-of-alices-own

htaccess() {
	web_file bob public_html/.htaccess
}

# secret URL: whether the neighbour's word comes out of it.
secret() {
	local words
	words=$(get "$1" -i 2>/dev/null)
	[[ $words == *"$SECRET"* || $words == *"$(base64 <<<$SECRET)"* || $words == *"uid 20001"* ]]
}

# As the account has it.
runs() {
	web_file bob public_html/try.cgi 755 <<-END
		#!/bin/sh
		printf 'Content-Type: text/plain\n\n'
		exec 2>&1
		$1
	END
	get http://bob.example/try.cgi
}

tap "two accounts" web_apply < <(web_view 1 $ALICE $BOB)
echo "$SECRET" | web_file alice public_html/secret.txt
echo "<?php echo 'uid ', posix_getuid();" | web_file alice public_html/who.php
echo "<?php echo 'uid ', posix_getuid();" | web_file bob public_html/who.php
printf '#!/bin/sh\necho; echo uid $(id -u)\n' | web_file alice public_html/who.cgi 755
echo "page of bob" | web_file bob public_html/page.txt
tap "its owner's visitors see the word" secret http://alice.example/secret.txt
tap "and what runs as him" secret http://alice.example/who.php

# --- Programs.
tap "a neighbour's program reads his own" grep -q "page of bob" <(runs "cat /home/bob/public_html/page.txt")
tap "and no file of another's home" not grep -q $SECRET <(runs "cat /home/alice/public_html/secret.txt")
tap "nor its names" not grep -q public_html <(runs "ls /home/alice")
tap "nor makes a link of his own to it" grep -q "ermission denied" <(runs "ln /home/alice/public_html/secret.txt /home/bob/x")
tap "nor reaches the other's PHP" grep -q "ermission denied" <(runs "perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Peer => q(/run/php/account-alice.sock)) or die qq(\$!\\n)'")
tap "nor what passwords are kept" grep -q "ermission denied" <(runs "cat /etc/proftpd/hayward.passwd")
echo "<?php echo file_get_contents('/home/alice/public_html/secret.txt'), var_export(@opcache_get_status(), true);" |
	web_file bob public_html/read.php
get http://alice.example/who.php >/dev/null
tap "PHP neither" not secret http://bob.example/read.php
tap "nor does it list the scripts of others" not grep -q "/home/alice" <(get http://bob.example/read.php)
echo "<?php include '/home/alice/public_html/who.php';" | web_file bob public_html/include.php
tap "nor run them from the cache" not grep -q "uid" <(get http://bob.example/include.php)

# --- Links.
web_as bob ln -s /home/alice/public_html/secret.txt /home/bob/public_html/link.txt
web_as bob ln -s /home/alice/public_html /home/bob/public_html/folder
web_as bob ln -s /home/alice/public_html/who.cgi /home/bob/public_html/link.cgi
tap "a link to a neighbour's file is refused" answers http://bob.example/link.txt 403
tap "to his folder, too" answers http://bob.example/folder/secret.txt 403
tap "and to his program" answers http://bob.example/link.cgi 403
echo "Options +FollowSymLinks +Indexes" | htaccess
tap "an .htaccess does not change that" answers http://bob.example/link.txt 403
tap "a neighbour's folder is not listed" answers http://bob.example/folder/ 403
tap "nor is what is in it served" answers http://bob.example/folder/secret.txt 403
tap "his program is not run" not secret http://bob.example/link.cgi
tap "nor is it an error" answers http://bob.example/page.txt 200

web_as bob perl -e 'chdir "/home/bob/public_html"; $end = time + 8;
	while (time < $end) { for $to ("page.txt", "/home/alice/public_html/secret.txt") {
		symlink $to, "n"; rename "n", "swap.txt"; } }' &
swapping=$!
: >"$PLACE/swapped"
while kill -0 $swapping 2>/dev/null; do
	get "http://bob.example/swap.txt?[1-200]" >>"$PLACE/swapped" 2>/dev/null
done
wait $swapping
tap "of a link that is swapped, its own side is served" grep -q "page of bob" "$PLACE/swapped"
tap "and the other never" not grep -q $SECRET "$PLACE/swapped"
echo "# $(grep -c "page of bob" "$PLACE/swapped") times; $(grep -c "somebody else refused" /var/log/hayward-web/bob/error.log) times the file had been opened"

rm /home/bob/public_html/.htaccess

# --- What an .htaccess can say.
pool='proxy:unix:/run/php/account-alice.sock|fcgi://alice/'
python3 -c '
import http.server
class Inside(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"'$SECRET'\n")
http.server.HTTPServer(("127.0.0.1", 8099), Inside).serve_forever()' 2>/dev/null &
inside=$!
wait_for_port() {
	for _ in $(seq 50); do
		! curl -s "http://127.0.0.1:$1/" -o /dev/null || return 0
		sleep 0.1
	done
	return 1
}
tap "a server inside answers who may ask" wait_for_port 8099

# says WORDS URL WHAT: with these words in the .htaccess the secret does not come out of the URL.
says() {
	htaccess <<<"$1"
	: >/var/log/hayward-web/bob/error.log
	tap "$3" not secret "http://bob.example/$2"
	tap "  and not for a mistake in the words" not grep "\.htaccess: " /var/log/hayward-web/bob/error.log
}
says "SetHandler \"$pool\"" page.txt "SetHandler for the neighbour's PHP"
tap "  is refused" answers http://bob.example/page.txt 403
says "AddHandler \"$pool\" .txt" page.txt "AddHandler"
tap "  is refused" answers http://bob.example/page.txt 403
says "AddType \"$pool\" .txt" page.txt "AddType"
says "ForceType \"$pool\"" page.txt "ForceType"
says "<Files who.php>
SetHandler \"$pool\"
</Files>" who.php "SetHandler for a file"
says "<If \"true\">
SetHandler \"$pool\"
</If>" who.php "SetHandler within <If>"
says "RewriteEngine on
RewriteRule ^page.txt$ - [H=$pool]" page.txt "RewriteRule [H]"
tap "  is refused" answers http://bob.example/page.txt 403
says "RewriteEngine on
RewriteRule ^(.*)$ unix:/run/php/account-alice.sock|fcgi://alice/home/alice/public_html/who.php [P]" page.txt "RewriteRule [P] to the neighbour's PHP"
tap "  is refused" answers http://bob.example/page.txt 403
says "RewriteEngine on
RewriteRule ^(.*)$ http://127.0.0.1:8099/ [P]" page.txt "RewriteRule [P] to a port inside"
tap "  is refused" answers http://bob.example/page.txt 403
says "RewriteEngine on
RewriteRule ^(.*)$ /home/alice/public_html/secret.txt [L]" page.txt "RewriteRule to a path"
says "Header set X-Word \"expr=%{base64:%{file:/home/alice/public_html/secret.txt}}\"" page.txt "a header of a file"
says "ErrorDocument 404 \"%{file:/home/alice/public_html/secret.txt}\"" none "a page of errors of a file"
says "RewriteEngine on
RewriteCond expr \"file('/home/alice/public_html/secret.txt') =~ /$SECRET/\"
RewriteRule ^ - [R=302,L]" page.txt "a condition on a file"
tap "  is not met" answers http://bob.example/page.txt 200
says "SetHandler server-status" page.txt "SetHandler server-status"
tap "  shows nothing of others" not grep -q alice <(get http://bob.example/page.txt)
says "Options +Indexes
HeaderName link.txt
ReadmeName link.txt" folder2/ "words around a listing"
kill $inside 2>/dev/null
rm -f /home/bob/public_html/.htaccess

web_as bob ln -s /home/alice/public_html/secret.txt /home/bob/public_html/.htaccess
tap "an .htaccess that is a link to a neighbour's file" answers http://bob.example/page.txt 403
tap "tells nothing of it" not grep -rq $SECRET /var/log/hayward-web/bob
rm /home/bob/public_html/.htaccess

# --- Limits.
tap "a program has the plan's memory" grep -qx 524288 <(runs "ulimit -v")
tap "and processes" grep -qx 50 <(runs "bash -c 'ulimit -u'")
printf 'RLimitMEM max\nRLimitNPROC max\nRLimitCPU max\n' | htaccess
tap "whatever an .htaccess says: memory" grep -qx 524288 <(runs "ulimit -v")
tap "processes" grep -qx 50 <(runs "bash -c 'ulimit -u'")
tap "processor time" grep -qx 600 <(runs "ulimit -t")
rm /home/bob/public_html/.htaccess

# --- FTP.
ftp() {
	curl -sS -k --ssl-reqd --max-time 20 --user "$@"
}
web_as bob ln -s / /home/bob/root
tap "FTP through a link ends at the home" not ftp bob:bob-secret ftp://127.0.0.1/root/etc/passwd -o /dev/null
web_as bob ln -s /home/alice/public_html /home/bob/public_html/up
tap "a folder that is a link lets nobody in" not ftp bob_up:bob-secret ftp://127.0.0.1/secret.txt -o /dev/null
rm /home/bob/public_html/up
web_as bob ln -s / /home/bob/public_html/up
tap "wherever it leads" not ftp bob_up:bob-secret ftp://127.0.0.1/etc/passwd -o /dev/null

# --- MariaDB.
sql() {
	mariadb --no-defaults --socket=/run/mysqld/mysqld.sock -u bob -pbob-secret -N -B -e "$1" 2>&1
}
tap "a user of the database sees his own" sql "CREATE TABLE bob.t (n INT)"
tap "and of users nothing" not sql "SELECT * FROM mysql.global_priv"
tap "reads no file" not sql "SELECT LOAD_FILE('/etc/passwd') IS NOT NULL AND 1/0; LOAD DATA INFILE '/etc/passwd' INTO TABLE bob.t"
tap "writes none" not sql "SELECT 1 INTO OUTFILE '/tmp/bob'"
tap "makes no other" not sql "CREATE DATABASE bobs"
tap "and grants nothing" not sql "GRANT ALL ON bob.* TO x@localhost IDENTIFIED BY 'y'"

# --- Where root's agent works.
rm -rf /home/bob/public_html /home/bob/sites /home/bob/logs
web_as bob ln -s /etc /home/bob/public_html
web_as bob ln -s /etc /home/bob/sites
web_as bob ln -s /etc/cron.d /home/bob/logs
tap "links where the agent makes folders keep nobody waiting" web_apply < <(web_view 2 $ALICE $BOB,further.example)
tap "and lead nowhere" not test -e /etc/further.example
tap "nor are logs written there" not find /etc/cron.d -name '*.log' -o -name 'alice*' | grep -q .
chmod 0 /home/bob
tap "nor does a home that is closed" web_apply < <(web_view 3 $ALICE $BOB,further.example)
tap "and the neighbour is served" secret http://alice.example/who.php
web_end
