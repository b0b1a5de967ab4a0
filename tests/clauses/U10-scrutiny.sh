#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# U10: whoever broke the terms has all scripts looked through. A first case that
# was a mistake puts nobody into the queue; the second one, which is none, does:
# with every script of the account, told by its first line or by its ending. A
# neighbour with scripts and without a case is neither listed nor marked.
set -u
. "$(dirname "$0")/../lib/host.sh"
host_enter "$@"

host_pair <<'END'
clause L1 "Burning" for each account {
    when     cpu.share > 3% over 2s
    then     warn; after 3d suspend
    ends     when kept for 1h or by owner
}
END

web=$HOST/home/alice/public_html
printf '#!/usr/bin/perl -w\n1 while 1;\n' >"$web/loop.cgi"
printf 'use strict;\n' >"$web/form.pl"
printf '<?php phpinfo();\n' >"$web/info.php"
printf '<?php system($_GET["c"]);\n' >"$web/photo.php.jpg"
printf '#!/bin/sh\necho hello\n' >"$web/hello"
printf '<cfoutput>#now()#</cfoutput>\n' >"$web/now.cfm"
printf '<%% Response.Write(Now()) %%>\n' >"$web/now.asp"
printf '#!/usr/bin/env python3\nprint(1)\n' >"$web/tool"
printf '#!/usr/bin/env -S ruby -w\np 1\n' >"$web/$(printf 'odd\x1b[2Jname\nof two lines')"
printf 'a page\n' >"$web/index.html"
# What must not be followed, waited for, or taken for his.
mkfifo "$web/pipe.php"
ln -s /etc/passwd "$web/link.php"
ln -s / "$web/root"
printf '#!/bin/sh\n' >"$web/of-root.sh"
deep=$HOST/home/alice
for i in $(seq 40); do deep=$deep/d$i; done
mkdir -p "$deep"
printf '#!/bin/sh\n' >"$deep/deep.sh"
chown -R 61001:61001 "$HOST/home/alice"
chown -h 61001:61001 "$web"/{link.php,root}
chown root:root "$web/of-root.sh"
chmod 755 "$web"/{loop.cgi,hello,tool}
printf '#!/bin/sh\n' >"$HOST/home/bob/public_html/mine.sh"
chown -R 61002:61002 "$HOST/home/bob"
host_start

queued() { ask review "any(r['account'] == '$1' for r in data['reviews'])"; }
listed() { ask review "$1" "any(s['path'] == '$2' and s['language'] == '$3' for s in data['inventory']['scripts'])"; }
lists() { ask review "$1" "any('$2' in s['path'] for s in data['inventory']['scripts'])"; }
changed() { ask review alice "any(s['path'] == '$1' and s['change'] == '$2' for s in data['inventory']['scripts'])"; }
state() { ask review "any(r['account'] == 'alice' and r['state'] == '$1' for r in data['reviews'])"; }
# marked ACCOUNT: in every listing that has the account.
marked() {
	ask accounts "any(a['account'] == '$1' and a['watched'] for a in data['accounts'])" &&
		ask show "$1" "data['account']['watched']" && marked_cases "$1" && marked_top "$1"
}
marked_cases() { ask cases --all "all(c['watched'] for c in data['cases'] if c['account'] == '$1')"; }
marked_top() { ask top --once "all(r['watched'] for r in data['rows'] if r['account'] == '$1')"; }
unmarked() {
	ask accounts "not any(a['account'] == '$1' and a['watched'] for a in data['accounts'])" &&
		ask show "$1" "not data['account']['watched']" &&
		ask top --once "not any(r['watched'] for r in data['rows'] if r['account'] == '$1')"
}
shows() { hayward "${@:2}" | grep -q -- "$1"; }

as bob sh -c 'while :; do sleep 1; done' &
as alice perl public_html/loop.cgi &
tap "alice breaks a clause" wait_for 30 "alice's case" has_case alice L1
tap "and is told" wait_for 15 "mail to alice" mails alice loop.cgi
number=$(case_of alice L1)
quiet alice
tap "the case was a mistake" hayward lift "$number" --note "our own test ran as alice"
tap "U10 honest queue: whose case was a mistake is not in it" not queued alice
tap "U10 honest queue: and not marked" unmarked alice
tap "the clause is kept again" wait_for 15 "a quiet alice" uses_less alice 2
sleep 5 # twice the clause's window: what is broken on and on since a lift is no second breach
as alice perl public_html/loop.cgi &
tap "alice breaks it a second time" wait_for 60 "alice's second case" has_case alice L1
tap "U10 break queue: the second violation puts the account into it" wait_for 30 "alice in the queue" queued alice
tap "U10 break queue: its scripts are listed" wait_for 30 "the list" state "to be looked through"
tap "U10 break queue: perl, by its first line" listed alice public_html/loop.cgi perl
tap "U10 break queue: perl, by its ending" listed alice public_html/form.pl perl
tap "U10 break queue: php" listed alice public_html/info.php php
tap "U10 break queue: php that pretends to be a picture" listed alice public_html/photo.php.jpg php
tap "U10 break queue: shell, without any ending" listed alice public_html/hello shell
tap "U10 break queue: cfm" listed alice public_html/now.cfm coldfusion
tap "U10 break queue: asp" listed alice public_html/now.asp asp
tap "U10 break queue: python behind env" listed alice public_html/tool python
tap "U10 break queue: one forty folders deep" lists alice d40/deep.sh
tap "U10 break queue: a hostile name is shown escaped" shows 'odd\\x1b\[2Jname\\x0aof two lines' review alice
tap "a page is no script" not lists alice index.html
tap "a fifo is not waited for" not lists alice pipe.php
tap "no link is followed" not lists alice link.php
tap "what is root's is not his" not lists alice of-root.sh
tap "U10 break queue: the case that named a script stands beside it" shows 'L1 .*loop.cgi' review alice
tap "U10 break queue: marked in every listing" marked alice
tap "U10 break queue: also for people" shows 'alice (watched)' accounts
tap "U10 honest queue: no case, not in the queue" not queued bob
tap "U10 honest queue: and not marked" unmarked bob

tap "a sign-off needs a note" not hayward review alice --sign-off
tap "and the list that was looked through" not hayward review alice --sign-off --list 000000 --note "seen"
tap "U10 break queue: staff sign it off" hayward review alice --sign-off --note "nothing but the loop"
tap "U10 break queue: who, in the journal" shows 'reviewed .*alice' journal --account alice
tap "U10 break queue: signed off" state "signed off"
tap "nothing has changed" changed public_html/info.php same
printf '#!/bin/sh\necho changed\n' >"$web/hello"
rm "$web/form.pl"
printf '<?php eval($_POST[1]);\n' >"$web/new.php"
chown 61001:61001 "$web/new.php"
tap "it is listed anew" hayward review alice --rescan
tap "U10 break queue: a later change shows" wait_for 20 "the change" changed public_html/hello changed
tap "U10 break queue: so does a new script" changed public_html/new.php new
tap "U10 break queue: and one that is gone" changed public_html/form.pl gone
tap "U10 break queue: the sign-off is not for what came after" state "changed since"
scripts() { hayward review alice | sed -n "/^scripts/,\$p"; }
before=$(scripts)
host_stop
host_start
tap "a restart forgets none of it" state "changed since"
tap "the list is the same" test "$before" = "$(scripts)"
quiet alice
quiet bob
tap_end
