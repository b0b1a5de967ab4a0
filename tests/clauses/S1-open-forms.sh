#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# S1: a form that sends what its visitors write to whom they name is found by setting what Apache's
# module tells of requests against the mails that come of them, under a real Apache (CGI by suexec, PHP
# by FPM), a real Postfix and a real rspamd. Its owner is warned; once a visitor has had it write to many, or has
# added recipients by a line's end, it is switched off, and nothing else of the account is.
# Left alone are all forms that write to whom their visitors name for good reasons.
set -u
. "$(dirname "$0")/../lib/host.sh"
. "$(dirname "$0")/../lib/daemons.sh"
daemons_have apache2 curl postfix php-fpm8.2 rspamd sendmail
host_enter "$@"
. "$(dirname "$0")/../lib/post.sh"

for customer in alice:61001 bob:61002 carl:61003 dora:61004 erin:61005 fred:61006; do
	host_account "${customer%:*}" "${customer#*:}"
done
host_set gather 0s
host_set clamd '""'
host_set rspamd "$RSPAMD"
host_set breaker-least 9
host_policy <<'END'
amend A6 { when host.disk-free < 0% }

clause W1 "Many at once" for each script {
    says     "For one visitor a script may write to {limit} within {window}."
    when     script.recipients per client > 12 within 10m
    then     warn
}
END
chmod 755 "$HOST"

# php ACCOUNT NAME: a page of PHP from standard input.
php() {
	cat >"$HOST/home/$1/public_html/$2"
	chown --reference "$HOST/home/$1" "$HOST/home/$1/public_html/$2"
}

# ---- open ----

php alice open.php <<'END'
<?php echo mail($_POST['to'], $_POST['subject'], $_POST['message'], "From: alice@common.example") ? "sent" : "not sent";
END
php alice other.php <<'END'
<?php echo "thank you";
END
host_script dora open.cgi 'use strict; read STDIN, my $body, $ENV{CONTENT_LENGTH}; my %p; for (split /&/, $body) { my ($n, $v) = split /=/; $v =~ tr/+/ /;
    $v =~ s/%(..)/chr hex $1/ge; $p{$n} = $v } print "Content-Type: text/plain\n\n"; open my $mail, "|-", "/usr/sbin/sendmail -t -i" or die;
    print $mail "To: $p{to}\nFrom: dora\@common.example\nSubject: hello\n\n$p{message}\n"; close $mail; print "sent\n";'
php carl contact.php <<'END'
<?php echo mail('carl@common.example', 'contact', $_POST['message'], "From: {$_POST['email']}") ? "sent" : "not sent";
END
php erin card.php <<'END'
<?php echo mail($_REQUEST['friend'], 'a card for you', "<html><body><p>" . nl2br(htmlspecialchars($_REQUEST['text'])) . "</p></body></html>",
    "From: erin@common.example\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8") ? "sent" : "not sent";
END

# What spammers put on sites themselves is told all in base64.
php erin pack.php <<'END'
<?php foreach (explode(',', base64_decode($_POST['to'])) as $to) $ok = mail($to, 'hello', base64_decode($_POST['text']), "From: erin@common.example"); echo "sent";
END

# ---- honest: all of them bob's ----

php bob register.php <<'END'
<?php $text = "Welcome {$_POST['name']}\n\nsomebody, you we hope, has registered this address with the club of friends of old trams.\n" .
    "Please confirm it by a click on this link within two days: http://bob.example/confirm?code=" . bin2hex(random_bytes(8)) .
    "\n\nIf it was not you, do nothing, and you will not hear of us again.\n";
echo mail($_POST['email'], 'Please confirm', $text, "From: bob@common.example") ? "sent" : "not sent";
END
php bob reset.php <<'END'
<?php $text = "A new password was asked for for your account. Follow the link http://bob.example/reset?" . random_int(1, 1000000) . " to choose one.\n";
echo mail($_POST['email'], 'Your password', $text, "From: bob@common.example") ? "sent" : "not sent";
END
php bob shop.php <<'END'
<?php $order = "{$_POST['count']} pieces of {$_POST['article']}, to be sent to {$_POST['name']}, {$_POST['street']}, {$_POST['town']}.\n{$_POST['remark']}\n";
$ok = mail('bob@common.example', 'An order', $order, "From: bob@common.example");
echo $ok && mail($_POST['email'], 'Your order', "Thank you for your order with us. We send it tomorrow:\n\n$order", "From: bob@common.example") ? "sent" : "not sent";
END
php bob contact.php <<'END'
<?php $text = "{$_POST['message']}\n";
if (isset($_POST['copy'])) mail($_POST['email'], 'Copy of your message', $text, "From: bob@common.example");
echo mail('bob@common.example', 'From the site', $text, "From: bob@common.example\r\nReply-To: bob@common.example") ? "sent" : "not sent";
END
php bob hidden.php <<'END'
<?php in_array($_POST['recipient'], ['bob@free.example', 'wife@free.example']) or die("no");
echo mail("{$_POST['recipient']}, {$_POST['email']}", 'From the site', $_POST['message'], "From: bob@common.example") ? "sent" : "not sent";
END
php bob tell.php <<'END'
<?php $text = "Hello, {$_POST['name']} thinks that this page of ours may be of interest to you: http://bob.example/trams/{$_POST['page']}\n" .
    "He or she writes: {$_POST['note']}\n\nThis mail was sent by the page of the friends of old trams, once, and your address was not kept.\n";
echo mail($_POST['friend'], 'A page for you', $text, "From: bob@common.example") ? "sent" : "not sent";
END
php bob friend.php <<'END'
<?php echo mail($_POST['friend'], 'A page for you', "{$_POST['note']}\nhttp://bob.example/trams\n", "From: bob@common.example") ? "sent" : "not sent";
END
php bob postcard.php <<'END'
<?php $text = "{$_POST['text']}\n\nhttp://bob.example/card?" . random_int(1, 99999) . "\n";
echo mail($_POST['friend'], 'A card', $text, "From: bob@common.example\r\nCc: {$_POST['email']}\r\nBcc: bob@common.example") ? "sent" : "not sent";
END
php bob comments.php <<'END'
<?php $readers = __DIR__ . '/../readers';
if (isset($_POST['email'])) { file_put_contents($readers, "{$_POST['email']}\n", FILE_APPEND);
    $ok = mail($_POST['email'], 'Please confirm', "Somebody wants new comments on our page sent to this address. If it was you, click here: " .
        "http://bob.example/comments?code=" . bin2hex(random_bytes(8)) . "\n", "From: bob@common.example"); }
else foreach (file($readers, FILE_IGNORE_NEW_LINES) as $reader) $ok = mail($reader, 'A new comment', "{$_POST['comment']}\n", "From: bob@common.example");
echo $ok ? "sent" : "not sent";
END
php bob webmail.php <<'END'
<?php session_id('s3cr3t'); session_start(); if (isset($_POST['password'])) { $_SESSION['user'] = 'bob'; die("welcome"); }
isset($_SESSION['user']) or die("log in"); foreach (explode(',', $_POST['to']) as $to) $ok = mail(trim($to), $_POST['subject'], $_POST['text'], "From: bob@common.example");
echo $ok ? "sent" : "not sent";
END
php bob staff.php <<'END'
<?php foreach (explode("\n", $_POST['to']) as $to) $ok = mail(trim($to), $_POST['subject'], $_POST['text'], "From: bob@common.example"); echo $ok ? "sent" : "not sent";
END
php bob news.php <<'END'
<?php for ($n = 0; $n < 30; $n++) $ok = mail("reader$n@sink.example", $_POST['subject'], $_POST['text'], "From: bob@common.example"); echo $ok ? "sent" : "not sent";
END

# sends ACCOUNT PAGE CURL-ARGUMENT...: a visit that has a mail sent.
sends() {
	curl -s --max-time 60 -H "Host: $1.example" "${@:3}" "http://127.0.0.1/$2" | tee "$HOST/page" | grep -q '^sent' ||
		{ head -3 "$HOST/page"; return 1; }
}
case_of() { ask cases "any(c['account'] == '$1' and c['clause'] == '$2' and c['subject'].endswith('$3') for c in data['cases'])"; }
no_case() { ask cases --all "not any(c['account'] == '$1' and c['clause'].startswith(('S1a', 'S1b', 'S11')) for c in data['cases'])"; }
on_record() { "$BUILD/hayward" journal --state "$HOST/state" | grep -Eq "$1" || { "$BUILD/hayward" journal --state "$HOST/state" | grep " mail " | tail -3; return 1; }; }
suspended() { ask show "$1" "any(c['verb'] == 'suspend' for h in data['holds'] for c in h['claims'])"; }
is_off() { curl -s -o /dev/null -w "%{http_code}" --max-time 20 -H "Host: $1.example" "http://127.0.0.1/$2" | grep -Eq "^(403|404|5..)"; }
visitor() { echo "--interface" "127.0.1.$1"; }
offer='We sell the best watches of the whole world for less than you believe, come to http://watches.example/now and buy one or two of them today'

# ---- the daemons ----

web_server >/dev/null
filter
host_start
for customer in alice bob carl erin fred; do
	php_pool $customer $customer /usr/sbin/php-fpm8.2 "pm = static" "pm.max_children = 2" "listen.mode = 0666" "php_value[session.save_path] = $HOST/home/$customer"
	cat <<-END
		<VirtualHost *:80>
		    ServerName $customer.example
		    DocumentRoot $HOST/home/$customer/public_html
		    HaywardOwner $(uid_of $customer)
		    HaywardPool "proxy:unix:$HOST/fpm-$customer.socket|fcgi://$customer/"
		    <FilesMatch "\.php\$">
		        SetHandler "proxy:unix:$HOST/fpm-$customer.socket|fcgi://$customer/"
		    </FilesMatch>
		    <Files staff.php>
		        AuthType Basic
		        AuthName staff
		        AuthUserFile $HOST/passwords
		        Require valid-user
		    </Files>
		</VirtualHost>
	END
done >"$HOST/sites.conf"
cat >/etc/apache2/conf-enabled/forms.conf <<-END
	LoadModule hayward_module $BUILD/src/apache/mod_hayward.so
	HaywardRequests $HOST/run/gate/host/requests
	<VirtualHost *:80>
	    ServerName common.example
	</VirtualHost>
	Include $HOST/sites.conf
END
htpasswd -b -c "$HOST/passwords" bob secret >/dev/null 2>&1
chmod 644 "$HOST/passwords"
a2enmod -q proxy proxy_fcgi auth_basic authn_file >/dev/null
nice -n -5 apache2ctl restart
mail_server 'local_recipient_maps =' 'transport_maps = inline:{ sink.example=discard:, free.example=discard: }' ||
	{ sed 's/^/# /' "$HOST/maillog"; echo "Bail out! Postfix does not start"; exit 1; }
sleep 2

# ---- the honest crowd ----

for n in 1 2 3; do
	tap "S1 honest open: visitor $n confirms his address" sends bob register.php -d "email=new$n@sink.example" --data-urlencode "name=Visitor $n"
done
for n in 1 2 3 4 5 6; do sends bob register.php $(visitor 1) -d "email=old$n@sink.example" -d name=Zoe; done
for n in 1 2 3 4 5 6; do sends bob reset.php $(visitor 2) -d "email=lost$n@sink.example"; done
for n in 1 2 3 4 5 6; do
	sends bob shop.php $(visitor 3) -d "email=buyer$n@sink.example" -d "count=$n" -d "article=Model of a tram" -d "name=Buyer $n" -d "street=$n High Street" \
		-d "town=Newtown" --data-urlencode "remark=Please do not ring but leave it with the neighbour on the left, he is always there in the morning"
	sends bob contact.php $(visitor 4) -d copy=1 -d "email=guest$n@sink.example" \
		--data-urlencode "message=Dear Bob, are there trams on Sunday $n of May? We would like to come and see them all with our children, thank you"
	sends bob hidden.php $(visitor 5) -d recipient=bob@free.example -d "email=guest$n@sink.example" \
		--data-urlencode "message=Dear Bob, here is number $n who asks whether the museum is open in the winter, and how much it is for a family"
done
for n in 1 2 3 4; do
	sends bob tell.php $(visitor "1$n") -d "friend=friend$n@sink.example" -d "name=Carla" -d page=7 --data-urlencode "note=look at this one, is it not lovely"
done
n=0
while read -r note; do
	n=$((n + 1))
	sends bob postcard.php $(visitor 18) -d "friend=kin$n@sink.example" -d "email=me$n@sink.example" --data-urlencode "text=$note"
	sends bob friend.php $(visitor 15) -d "friend=pupil$n@sink.example" --data-urlencode "note=$note"
done <<'END'
Hello Max, this is where we go with the whole class on Friday, have a look at the red one from before the war, it still runs
Mum, can you read this please, they say that parents may come along if they bring something to eat and pay for the ride themselves
My dear friend, I have found a page for your father who likes old engines so much, tell him that there is a model for sale
look what our teacher wants us to write about until next week, do you know anything at all of how such a thing is driven
Grandpa, is that not the line by which you went to work each morning when you were as young as I am now? Many kisses
END
tap "S1 honest relayed: five behind one address tell a friend each of a page" [ $n -eq 5 ]
# Somebody has himself told of new comments six times, and later writes one in which his addresses are.
for n in 1 2 3 4 5 6; do sends bob comments.php $(visitor 16) -d "email=reader$n@free.example"; done
curl -s -c "$HOST/jar" -o /dev/null -H "Host: bob.example" -d password=x http://127.0.0.1/webmail.php
tap "S1 honest open: he who is logged in writes to many" sends bob webmail.php $(visitor 6) -b "$HOST/jar" -d "to=$(seq -s, -f 'friend%g@sink.example' 10 30)" \
	-d subject=summer --data-urlencode "text=Dear all, the summer feast of our club begins on Saturday at noon in the old depot, bring your friends and cakes"
tap "S1 honest open: so does he whom Apache knows" sends bob staff.php $(visitor 7) -u bob:secret --data-urlencode "to=$(seq -f 'member%g@sink.example' 30)" \
	-d subject=summer --data-urlencode "text=Dear members, the winter feast of our club begins on Sunday at noon in the new depot, bring your enemies and bread"
tap "S1 honest relayed: a newsletter goes out by a page" sends bob news.php $(visitor 8) -d subject=news \
	--data-urlencode "text=News of our club, number seven: the old line to the lake is to be opened again next year, and we have bought a car of 1911"
tap "the recipients of each visitor are counted: a newsletter has many" wait_for 20 "the case" case_of bob W1 news.php
# Somebody has the harmless form write to strangers, and puts its own words into the request as well.
words="somebody, you we hope, has registered this address with the club of friends of old trams. Please confirm it by a click on this link within two days: If it was not you, do nothing, and you will not hear of us again."
for n in 1 2 3 4 5 6 7 8; do
	sends bob register.php $(visitor 9) -d "email=victim$n@sink.example" -d name=Zoe --data-urlencode "x=$words"
done
tap "S1 honest relayed: whom its visitors named is on record" wait_for 20 "the record" on_record 'bob.* 1 recipient whom a visitor named'

tap "the recipients of each visitor are counted: a form has many visitors, and few of each" not case_of bob W1 register.php

# Who is no web server is not heard; and Apache finds a gate that began anew.
forged() { as dora /usr/bin/python3 -I -c 'import socket, sys; s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET); s.connect(sys.argv[1]); s.send(b"x"); s.recv(1)' "$HOST/run/gate/host/requests"; }
forged
tap "S1 break open: a customer who tells of requests is hung up on" wait_for 10 "the words" grep -q "uid 61004 is no web server: hung up" "$HOST/log"
host_stop
host_start
tap "S1 honest relayed: a comment goes to all who signed up for that, before hayward began anew" sends bob comments.php $(visitor 17) \
	--data-urlencode "comment=What a fine page, I have told $(seq -s' ' -f 'reader%g@free.example' 6) of it, who all want to come and see the trams in May"

# ---- open, and used ----

tap "S1 honest open: one stranger is nobody's trouble" sends alice open.php $(visitor 20) -d to=one@sink.example -d subject=hello --data-urlencode "message=$offer"
sleep 2
tap "S1 honest open: and no case" no_case alice
sends alice open.php $(visitor 20) -d to=two@sink.example -d subject=hello --data-urlencode "message=$offer"
tap "S1 break open: the second who gets what the visitor wrote shows that it is open" wait_for 30 "the case" case_of alice S1a open.php
tap "S1 break open: its owner is warned" wait_for 20 "her mail" mails alice 'chose strangers who got what he wrote'
tap "S1 honest open: it runs on" sends alice open.php $(visitor 21) -d to=three@sink.example -d subject=hello -d message=short
tap "S1 break relayed: a list in one value is sent to" sends alice open.php $(visitor 22) -F "to=$(seq -s, -f 'many%g@sink.example' 7)" -F subject=hello -F "message=$offer"
tap "S1 break relayed: for that it is switched off" wait_for 30 "the case" case_of alice S1b open.php
tap "S1 break relayed: nobody gets at it" wait_for 20 "its end" is_off alice open.php
tap "S1 break relayed: she is told" wait_for 20 "her mail" mails alice 'is switched off'
tap "S1 honest relayed: her other page runs" sh -c "curl -s -H 'Host: alice.example' http://127.0.0.1/other.php | grep -q 'thank you'"
tap "S1 honest relayed: her account is not suspended" not suspended alice

for n in 1 2 3 4 5; do
	curl -s -o /dev/null --max-time 60 $(visitor 23) -d "to=card$n@sink.example" --data-urlencode "message=$offer" http://127.0.0.1/~dora/open.cgi
done
tap "S1 break relayed: so is a CGI, one mail after the other" wait_for 30 "the case" case_of dora S1b open.cgi
tap "S1 honest relayed: whose account goes on" not suspended dora
for n in 1 2 3 4 5; do
	sends erin "card.php?friend=card$n@sink.example" $(visitor 24) --data-urlencode "text=$offer & \"more\" <b>of them</b>
for you & yours"
done
tap "S1 break relayed: and one that wraps it into HTML" wait_for 30 "the case" case_of erin S1b card.php

# The web server reads its settings again for that, and ends scripts that run meanwhile.
wait_for 30 "it to be off" is_off erin card.php
sends erin pack.php $(visitor 27) --data-urlencode "to=$(seq -s, -f 'pack%g@sink.example' 7 | base64)" --data-urlencode "text=$(echo 'buy our watches' | base64)"
tap "S1 break relayed: three words, to whom a visitor names in base64" wait_for 30 "the case" case_of erin S1b pack.php

# ---- headers ----

tap "S1 honest relayed: who quotes a header writes text" sends carl contact.php $(visitor 25) -d email=zoe@sink.example --data-urlencode "message=Hello,
I got this:
To: bob@sink.example
Cc: someone@sink.example"
sleep 2
tap "S1 honest relayed: and there is no case" no_case carl
for n in 1 2; do
	sends carl contact.php $(visitor 26) --data-urlencode "email=zoe@sink.example
Bcc: victim$n@sink.example" -d message=hello
done
tap "S1 break relayed: who adds a header has it switched off" wait_for 30 "the case" case_of carl S1b contact.php
tap "S1 break relayed: its owner is told by what" wait_for 20 "his mail" mails carl 'added a header with'

# ---- what a filter refuses ----

bad='XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL'
php fred open.php <"$HOST/home/alice/public_html/open.php" 2>/dev/null || sed 's/alice@/fred@/' >"$HOST/home/fred/public_html/open.php" <<'END'
<?php echo mail($_POST['to'], $_POST['subject'], $_POST['message'], "From: alice@common.example") ? "sent" : "not sent";
END
for n in 1 2; do
	sends fred open.php $(visitor "3$n") -b c=1 -d "to=spam$n@sink.example" -d subject=hello --data-urlencode "message=$offer $bad*C.34X"
done
tap "S1 break relayed: two who get what our filter refuses are enough, whoever named them" wait_for 30 "the case" case_of fred S11b open.php

tap "S1 honest open: none of all those forms has a case" no_case bob
[ $TAP_FAILED -eq 0 ] || { "$BUILD/hayward" journal --state "$HOST/state" | grep -E "S1[ab]|S11| mail " | tail -40 | sed 's/^/# /'; tail -5 /var/log/apache2/error.log | sed 's/^/# apache: /'; tail -20 "$HOST/log" | sed 's/^/# /'; }
seen_whole() { ask status "any(s['name'] == 'mail' and s['works'] and not s['remarks'] for s in data['sensors'])"; }
tap "staff see that mail and requests are seen" seen_whole
tap "the journal holds" hayward journal verify
tap "no instrument saw a fault" not grep -E "Sanitizer|runtime error" "$HOST/log" /var/log/apache2/error.log
postfix stop >/dev/null 2>&1
apache2ctl stop
tap_end
