#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# cgi-test: a customer's script as the web server runs it, and what a browser does not
# show. Each that can be compared is fetched from the real Apache, too.
set -u
. "$(dirname "$0")/web_host.sh"
web_host_enter "$@"
ALICE=alice:41201:open:alice.example,second.example
BOB=bob:41202:open:bob.example

# try ACCOUNT PATH [QUERY]: what it tells is in $PLACE/told.
try() {
	/usr/lib/hayward-role cgi-test "$@" >"$PLACE/told" 2>&1
}

# tells TEXT...: each is a line of it, whatever stands around; an array of all that are missing.
tells() {
	local text
	for text; do
		grep -qF -- "$text" "$PLACE/told" || { echo "not told: $text"; cat "$PLACE/told"; return 1; }
	done
}

tries() {
	local account=$1 path=$2 query=$3
	shift 3
	try "$account" "$path" "$query"
	tells "$@"
}

# refuses ACCOUNT PATH WORDS: nothing is run.
refuses() {
	! try "$1" "$2" && tells "$3"
}

# The same words from the real server as from the trial.
same() {
	local url=$1
	try "${@:2}"
	get "$url" | sed 's/^/    /' >"$PLACE/visited"
	sed '1,/^body/d' "$PLACE/told" | diff - "$PLACE/visited"
}

furnish() {
	web_file "$1" public_html/cgi-bin/env.cgi 755 <<-'END'
		#!/usr/bin/perl
		print "Content-Type: text/plain\n\n";
		print "$_=$ENV{$_}\n" for grep { !/REMOTE|SERVER_S|HTTP_|UNIQUE|LD_/ } sort keys %ENV;
		print "uid $< $> gid $( dir ", `pwd`, "umask ", umask, "\n", `bash -c "ulimit -t -v -u"`;
	END
	web_file "$1" public_html/heavy.pl 755 <<-'END'
		#!/usr/bin/perl
		warn "heavy\e[31m work\n";
		my $text = "x" x 60_000_000;
		my $end = times() + 0.3; 1 while times() < $end;
		print "Status: 404 Nothing\nContent-Type: text/plain\n\nnot here \e[2J\n";
	END
	printf '#!/usr/bin/perl\nprint "no headers at all";\n' | web_file "$1" public_html/bare.pl 755
	printf '#!/usr/bin/perl\nkill 9, $$;\n' | web_file "$1" public_html/killed.pl 755
	printf '#!/usr/bin/perl\nprint "x" x 3_000_000;\n' | web_file "$1" public_html/long.pl 755
	printf '#!/usr/bin/perl\nprint "Content-Type: text/plain\\n\\n"; fork or do { close STDOUT; close STDERR; sleep 1000 };\n' |
		web_file "$1" public_html/leaves.pl 755
	printf '#!/usr/bin/nothing\n' | web_file "$1" public_html/nobody.pl 755
	printf '#!/usr/bin/perl\n' | web_file "$1" public_html/plain.pl 644
	printf '#!/usr/bin/perl\n' | web_file "$1" public_html/open.pl 777
	web_file "$1" sites/second.example/where.pl 755 <<-'END'
		#!/usr/bin/perl
		print "Content-Type: text/plain\n\n$ENV{SERVER_NAME} $ENV{SCRIPT_NAME} $ENV{QUERY_STRING}\n";
	END
	web_file "$1" public_html/page.php <<-'END'
		<?php error_log("mark of page.php"); header("X-Mine: yes"); $x = str_repeat("x", 40000000);
		$end = microtime(true) + 0.2; while (microtime(true) < $end);
		echo "php uid ", posix_getuid(), " ", ini_get("memory_limit"), " ", $_GET["q"] ?? "", " ", $_SERVER["SCRIPT_NAME"], "\n";
	END
	web_file "$1" public_html/contact.cgi 755 <"$ROOT/packaging/mail-form/contact.cgi"
	sed 's/^from/form/' "$ROOT/packaging/mail-form/contact.cgi" | web_file "$1" public_html/wrong.cgi 755
	web_file "$1" public_html/page.html <<<'<p>'
	web_file "$1" other/elsewhere.pl 755 <<<'#!/usr/bin/perl'
	ln -s /etc/shadow "/home/$1/public_html/link.pl"
	ln -s /etc "/home/$1/public_html/out"
	chown -h "$(stat -c %u:%u "/home/$1")" "/home/$1/public_html/link.pl" "/home/$1/public_html/out"
}

number() {
	sed -n "s/^$1: \([0-9]*\).*/\1/p" "$PLACE/told"
}

took() {
	local cpu memory
	cpu=$(number processor) memory=$(number memory)
	[ "$cpu" -ge "$1" ] && [ "$cpu" -le "$2" ] && [ "$memory" -ge "$3" ] && [ "$memory" -le "$4" ] ||
		{ cat "$PLACE/told"; return 1; }
}

is_escaped() {
	! grep -q $'\e' "$PLACE/told" && tells '\x1b[31m' '\x1b[2J'
}

leaves_nobody() {
	try alice public_html/leaves.pl && ! pgrep -u 41201 perl
}

is_bounded() {
	try alice public_html/long.pl
	[ "$(stat -c %s "$PLACE/told")" -lt 1200000 ] && tells "status: 500" "the rest left out"
}

tap "the role is set up" eval "web_view 1 $ALICE $BOB | web_apply"
furnish alice
tap "a program gets what Apache gives it: environment, uid, folder, limits" \
	same 'http://alice.example/cgi-bin/env.cgi?a=1&b=2' alice public_html/cgi-bin/env.cgi 'a=1&b=2'
tap "and its trial says so" tells "uid: 41201 (alice)" "run by: suexec" "status: 200" "ended: with exit status 0"
tap "a site of another domain is known by its folder" tries alice sites/second.example/where.pl q=7 \
	"second.example /where.pl q=7"
tap "an absolute path is the same" tries alice /home/alice/sites/second.example/where.pl '' "second.example /where.pl"
tap "errors, headers and the status are shown" tries alice public_html/heavy.pl '' "status: 404" "errors:" \
	"Content-Type: text/plain" "heavy"
tap "with nothing in them that a terminal obeys" is_escaped
tap "and what it took" took 250 3000 58000 200000
tap "output without headers is the error that a visitor sees" tries alice public_html/bare.pl '' "status: 500" "no headers at all"
tap "likewise there" answers http://alice.example/bare.pl 500
tap "a script that was killed" tries alice public_html/killed.pl '' "ended: by signal 9"
tap "too much of it is cut" is_bounded
tap "what it left behind is ended" leaves_nobody
tap "suexec's reasons: no interpreter" tries alice public_html/nobody.pl '' "no interpreter"
tap "suexec's reasons: not executable" tries alice public_html/plain.pl '' "chmod u+x"
tap "suexec's reasons: open to others" tries alice public_html/open.pl '' "chmod go-w"
tap "a mail form shows itself" tries alice public_html/contact.cgi '' "run by: suexec" "status: 200" '<option>The shop</option>'
tap "and what is wrong with one" tries alice public_html/wrong.cgi '' "status: 500" "errors:" \
	"wrong.cgi:16:1: error: a line begins with" "did you mean 'from'?" "there is no 'from'"
tap "PHP goes by the account's pool" tries alice public_html/page.php 'q=hello' "pool of PHP" "X-Mine: yes" \
	"php uid 41201" "hello /page.php" "status: 200"
tap "and what it took" took 150 2000 40000 300000
tap "the same page from Apache" same 'http://alice.example/page.php?q=hello' alice public_html/page.php 'q=hello'
tap "a page is no program" refuses alice public_html/page.html "sends such a file as it is"
tap "nor is what no site has" refuses alice other/elsewhere.pl "no folder of the account's sites"
tap "what is not there" refuses alice public_html/none.pl "no such file"
tap "links are not followed" refuses alice public_html/link.pl "a link is in the way"
tap "on the way neither" refuses alice public_html/out/passwd.pl "a link is in the way"
tap "nor ways out" refuses alice public_html/../../bob/x.pl "cannot try"
tap "nor a neighbour's absolute path" refuses bob /home/alice/public_html/heavy.pl "cannot try"
tap "nobody" refuses nobody-here public_html/heavy.pl "there is no such account"
tap "root" refuses root public_html/heavy.pl "there is no such account"
tap "alice is suspended" eval "web_view 2 ${ALICE/open/suspended} $BOB | web_apply"
tap "and nothing of hers is tried" refuses alice public_html/heavy.pl "closed"
web_end
