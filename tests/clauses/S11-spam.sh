#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# S11: who sends to addresses that he made up or bought is noticed by how many of them do not exist,
# or complain. What is done depends on who was behind it: of a script that visitors use, that
# script is switched off and its mail held; the account of one that its owner runs is suspended.
# Left alone are a newsletter with 2 % of dead addresses, a job that writes to a dead mailbox every
# minute, a form that registers people, somebody who mistypes a name or two, somebody of whom two complain, and who
# answers what he gets.
set -u
. "$(dirname "$0")/../lib/host.sh"
. "$(dirname "$0")/../lib/daemons.sh"
daemons_have apache2 curl postfix clamd rspamd sendmail su
host_enter "$@"
. "$(dirname "$0")/../lib/post.sh"

for customer in alice:61001 bob:61002 carl:61003 dora:61004 erin:61005 fred:61006 gina:61007 hank:61008 iris:61009 jack:61010; do
	host_account "${customer%:*}" "${customer#*:}"
done
host_set gather 0s
host_set clamd "$CLAMD"
host_set rspamd "$RSPAMD"
host_set breaker-least 9
host_policy <<'END'
amend A6 { when host.disk-free < 0% }
END
chmod 755 "$HOST"

# Half of those whom it writes to do not exist. It works on behind its visitor's back.
send='my ($count, $dead, $pause) = split /,/, $ENV{QUERY_STRING} || shift; exit if fork; close STDOUT; for my $n (1 .. $count) {
    my $to = $n % $dead ? "bob+$n" : "nobody-$n";
    open my $mail, "|-", "/usr/sbin/sendmail", "-i", "-f", "$name\@common.example", "$to\@common.example" or die;
    print $mail "Subject: from $name, $n\n\nBuy!\n"; close $mail; select undef, undef, undef, $pause; }'
page='$| = 1; print "Content-Type: text/plain\n\nthank you\n";'
host_script alice contact.cgi "my \$name = 'alice'; $page $send"
host_script alice other.cgi "$page"
host_script dora form.cgi 'use Net::SMTP; '"$page"' exit if fork; close STDOUT; for my $n (1 .. 110) {
    my $to = $n % 2 ? "bob+$n\@common.example" : "nobody-$n\@common.example";
    my $smtp = Net::SMTP->new("127.0.0.1") or die; $smtp->mail("dora\@common.example"); $smtp->to($to);
    $smtp->data("Subject: from dora, $n\n\nBuy!\n"); $smtp->quit; select undef, undef, undef, 0.1; }'
host_script bob register.cgi "my \$name = 'bob'; $page $send"
host_script bob news.pl "my \$name = 'bob'; $send"
host_script fred list.pl "my \$name = 'fred'; $send"
host_script carl run.pl "my \$name = 'carl'; $send"

# What rspamd has for trying it out: it refuses that, whoever sends it. In pieces, for filters look at sources, too.
# It is dressed up as a bounce of a mail that never was, which makes it no other.
bad='XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL'
host_script gina tell.cgi "$page"' exit if fork; close STDOUT; my ($count, $bad) = split /,/, $ENV{QUERY_STRING};
    my $report = "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\nAction: failed\nStatus: 5.1.1\n\n--b\nContent-Type: message/rfc822\n\nX-Hayward-Sender: reference=HW-0\n\n";
    for my $n (1 .. $count) { open my $mail, "|-", "/usr/sbin/sendmail", "-i", "-f", "gina\@common.example", "bob+gina$n\@common.example" or die;
    print $mail "Subject: from gina, $n\nContent-Type: multipart/report; boundary=b\n\n--b\n\nHello\n", $n % $bad ? "" : '"'$bad'"' . "*C.34X\n", "$report--b--\n"; close $mail; select undef, undef, undef, 0.1; }'

# Names that this server does not have, each refused when it is named: no mail comes of it. One in ten there is.
host_script hank guess.cgi 'use Net::SMTP; '"$page"' exit if fork; close STDOUT; for my $n (1 .. 40) { my $to = $n % 10 ? "guess-$n" : "bob+$n";
    my $smtp = Net::SMTP->new("127.0.0.1") or die; $smtp->mail("hank\@common.example");
    $smtp->to("$to\@common.example") and $smtp->data("Subject: from hank, $n\n\nBuy!\n"); $smtp->quit; select undef, undef, undef, 0.05; }'
# iris writes to six, two of whose names she mistypes; her program tries each three times. ivan is no customer.
host_script iris write.pl 'use Net::SMTP; for my $to (("guess-lucy") x 3, ("guess-mike") x 3, map { "bob+iris$_" } 1 .. 6) {
    my $smtp = Net::SMTP->new("127.0.0.1") or die; $smtp->mail(shift // "iris\@common.example");
    $smtp->to("$to\@common.example") and $smtp->data("Subject: from iris\n\nHello\n"); $smtp->quit; }'
echo '!/^guess-/ here' >"$HOST/recipients"
# jack is on holiday, and a program of his answers all that he gets.
host_script jack answer.pl 'my ($from) = map { /^From: (.*)/ ? $1 : () } <STDIN>; exit if $from =~ /DAEMON/; open my $mail, "|-", "/usr/sbin/sendmail", "-i", "-f",
    "jack\@common.example", $from or die; print $mail "Subject: from jack\n\nI am away until May.\n"; close $mail;'
echo "\"|$HOST/home/jack/public_html/answer.pl\"" >"$HOST/home/jack/.forward"
chown 61010:61010 "$HOST/home/jack/.forward"

says() { curl -s --max-time 20 "http://127.0.0.1/~$1/$2" | grep -q "$3"; }
case_of_script() { ask cases "any(c['account'] == '$1' and c['clause'] == 'S11b' and c['subject'].endswith('$2') for c in data['cases'])"; }
suspended() { ask show "$1" "any(c['verb'] == 'suspend' for h in data['holds'] for c in h['claims'])"; }
held() { postqueue -p | grep -Eo '^[0-9A-F]+!' | tr -d '!'; }
some_held() { [ -n "$(held)" ]; }
no_case() { ask cases --all "not any(c['account'] == '$1' and c['clause'].startswith('S11') for c in data['cases'])"; }
on_record() { hayward why "$1" | tee /dev/stderr | grep -Eq "$2"; }
counts() { hayward mail "$1" | tee /dev/stderr | grep -Eq "$2"; }
login() { silently su "$1" -c "cd $HOST/home/$1/public_html && $2"; }

web_server >/dev/null
scanner
filter
host_start
mail_server "local_recipient_maps = regexp:$HOST/recipients" 'recipient_delimiter = +' 'allow_mail_to_commands = alias,forward' || { sed 's/^/# /' "$HOST/maillog"; echo "Bail out! Postfix does not start"; exit 1; }
tap "the pages are there" says alice other.cgi "thank you"

# The honest crowd: 150 readers, one in fifty of them gone; a job that writes to one who is not there
# any more; a form by which people register, and some mistype.
login bob 'perl news.pl 150,50,0.02'
says bob 'register.cgi?60,20,0.02' "thank you"
login erin 'for number in $(seq 30); do echo done | /usr/sbin/sendmail -i -f erin@common.example gone@common.example; done'

says alice 'contact.cgi?110,2,0.1' "thank you"
tap "S11 break script: who sends through her form is noticed" wait_for 60 "the case" case_of_script alice contact.cgi
tap "S11 break script: it is switched off" wait_for 20 "its end" not says alice 'contact.cgi?0,2,0' "thank you"
tap "S11 honest script: her other page runs" says alice other.cgi "thank you"
tap "S11 honest script: her account is not suspended" not suspended alice
tap "S11 break script: she is told which, and why" wait_for 20 "her mail" mails alice 'do not exist'
tap "S11 break script: what it still sends is held" wait_for 20 "a held mail" some_held
tap "S11 break script: and on record as held" on_record "$(held | tail -1)" "alice.* held by program: .*, script $HOST/home/alice/public_html/contact.cgi"
tap "S11 break script: staff see it in the queue" ask mail queue \
	"any(m['queue'] == 'hold' and m['server'] == 'host' and m['from'] == 'alice@common.example' for m in data['mails'])"
hayward mail queue | head -3 | sed 's/^/# /'
one=$(held | head -1)
other=$(held | tail -1)
releases() { hayward mail release "$1" --state "$HOST/state" --note "seen" | tee /dev/stderr | cmp - <(echo "$1 at host: seen"); }
tap "S11 honest script: staff let one go, and are told so once" releases "$one"
tap "S11 honest script: it arrives" wait_for 20 "its arrival" grep -q "^$one: removed\|$one: removed" "$HOST/maillog"
tap "S11 break script: they throw another away" hayward mail reject "$other" --state "$HOST/state"
tap "S11 break script: which is gone" not sh -c "postqueue -p | grep -q '^$other!'"
tap "S11 break script: and no third that is not there" not hayward mail reject "$other" --state "$HOST/state"
tap "S11 honest script: all that is on record" sh -c "'$BUILD/hayward' journal --state '$HOST/state' | tee /dev/stderr | grep -q 'mail-release.*$one at host: seen'"
tap "S11 break script: and counted" counts alice "contact.cgi +[0-9]+ +[0-9]+ +0 +[1-9]"

says dora 'form.cgi' "thank you"
tap "S11 break script: so is one that speaks SMTP itself" wait_for 60 "the case" case_of_script dora form.cgi
tap "S11 honest script: whose account is not suspended either" not suspended dora

# Every recipient is there, and nobody complains: but it is what a filter would refuse.
says gina 'tell.cgi?12,12' "thank you"
wait_for 30 "the last of them" grep -q '^Subject: from gina, 12$' "$HOST/spool/bob"
sleep 1
tap "S11 honest score: one mail of twelve that looks like spam is none" no_case gina
says gina 'tell.cgi?40,2' "thank you"
tap "S11 break score: who sends what a filter refuses is noticed, though everybody gets it" wait_for 60 "the case" case_of_script gina tell.cgi
tap "S11 break score: and told so" wait_for 20 "her mail" mails gina 'our filter refuses'
tap "S11 break score: each of them is on record so" sh -c "'$BUILD/hayward' journal --state '$HOST/state' | grep -q 'gina.*tell.cgi: rated as spam, .* points'"

# Spam by names that somebody made up, one in ten of which there is.
/usr/bin/python3 -I - <<'END'
import smtplib
with smtplib.SMTP("127.0.0.1", 25, timeout=60) as server:
    for n in range(40):
        name = f"made-up-{n}@common.example" if n % 10 else f"bob+jack{n}@common.example"
        server.sendmail(name, ["jack@common.example"], f"From: {name}\r\nSubject: offer\r\n\r\nBuy!\r\n")
END

login iris 'perl write.pl'
silently setpriv --reuid 64996 --regid 64996 --clear-groups perl "$HOST/home/iris/public_html/write.pl"
says hank 'guess.cgi' "thank you"
tap "S11 break refusals: who names many that this server does not have is noticed, though it takes none of them" \
	wait_for 60 "the case" case_of_script hank guess.cgi
tap "S11 break refusals: and told so" wait_for 20 "his mail" mails hank 'do not exist'
refusals() { "$BUILD/hayward" journal --state "$HOST/state" | grep 'unsent by' >"$HOST/refusals"; grep -Eq "$1" "$HOST/refusals"; }
tap "S11 break refusals: each is on record" refusals "hank.* unsent by loopback: .*script $HOST/home/hank/public_html/guess.cgi: 1 recipient does not exist"
tap "S11 honest refusals: two names that she mistypes are on record, and no more" refusals 'iris.* unsent by loopback'
tap "S11 honest refusals: there is no case for them" no_case iris
tap "S11 honest refusals: what somebody does who is no customer counts for nobody" not grep -qv ' hank \| iris ' "$HOST/refusals"

login carl 'perl run.pl 110,2,0.05'
tap "S11 break account: who does it himself is suspended" wait_for 60 "his suspension" suspended carl
tap "S11 break account: and told why" wait_for 20 "his mail" mails carl 'do not exist'

# Nobody bounces, but many complain: a report as mailbox providers send it, RFC 5965, by mail. With a third word
# it says that so many recipients do not exist, RFC 3464.
complain() {
	as bob /usr/bin/python3 -I - "$HOST/spool/bob" "$@" <<-'END'
		import re, smtplib, sys
		head = "Subject: report\r\nContent-Type: multipart/report; boundary=b\r\n\r\n"
		says = "--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nUser-Agent: x/1\r\nVersion: 1\r\n\r\n"
		if len(sys.argv) > 4:
		    says = "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n"
		    says += "Action: failed\r\nStatus: 5.1.1\r\n\r\n" * int(sys.argv[4])
		mails = [mail for mail in re.split("(?m)^(?=From )", open(sys.argv[1]).read()) if f"Subject: from {sys.argv[2]}," in mail]
		for mail in mails[:int(sys.argv[3])]:
		    with smtplib.SMTP("127.0.0.1", 25, timeout=60) as server:
		        server.sendmail("feedback@elsewhere.example", ["bob@common.example"], (head + says + "--b\r\nContent-Type: message/rfc822\r\n\r\n"
		            + mail.split("\n", 1)[1].replace("\n", "\r\n") + "--b--\r\n").encode())
	END
}
login fred 'perl list.pl 40,1000,0.05'
wait_for 30 "the last of them" grep -q '^Subject: from fred, 40$' "$HOST/spool/bob"
complain fred 2
complain fred 2
tap "S11 honest account: two complaints of forty mails, each told twice, are none" not suspended fred
complain fred 12
tap "S11 break account: twelve are" wait_for 20 "his suspension" suspended fred
tap "S11 break account: he is told that they complained" wait_for 20 "his mail" mails fred 'complained'
complain bob 1

# One of thirty says of all that they do not exist.
login erin 'printf "Subject: from erin, circular\n\nHello\n" | /usr/sbin/sendmail -i -f erin@common.example $(seq -f "bob+erin%g@common.example" 30)'
wait_for 30 "the circular" grep -q '^Subject: from erin, circular$' "$HOST/spool/bob"
complain erin 1 30
lied() { "$BUILD/hayward" journal --state "$HOST/state" | grep -q 'bounce, 30 recipients did not get it, 30 unknown'; }
tap "S11 honest account: a bounce of thirty that one of them invents is on record" wait_for 10 "the record" lied
tap "S11 honest account: and makes nobody guilty" no_case erin

tap "S11 honest account: a newsletter with dead addresses is left alone" no_case bob
tap "S11 honest script: and a form by which people register" no_case bob
tap "S11 honest account: and a job that writes to a dead mailbox" no_case erin
tap "S11 honest script: and who answers all that he gets, though most of it came by names that nobody has" no_case jack
tap "his program is known for each answer" counts jack "answer.pl +40 +40 +0 +0 +[23]"
tap "the journal holds" hayward journal verify
postfix stop >/dev/null 2>&1
apache2ctl stop
tap_end
