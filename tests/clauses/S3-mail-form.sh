#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# S3: the mail form that we ship, under a real Apache with suexec, over CGI and FastCGI, and a real
# Postfix. What a visitor writes gets to whom its owner named, and to nobody else; whatever tricks are
# in it, it changes no header, and neither does it fill a mailbox.
set -u
. "$(dirname "$0")/../lib/host.sh"
. "$(dirname "$0")/../lib/daemons.sh"
daemons_have apache2 curl postfix clamd sendmail
host_enter "$@"
. "$(dirname "$0")/../lib/post.sh"

for customer in alice:61001 bob:61002 carl:61003 victim:61004; do
	host_account "${customer%:*}" "${customer#*:}"
done
host_set clamd "$CLAMD"
host_policy <<'END'
amend A6 { when host.disk-free < 0% }
END
chmod 755 "$HOST"

# Where the package puts it.
mkdir -p /usr/lib/hayward "$HOST/lib"
install -m 755 "$BUILD/mail-form" "$HOST/lib/mail-form"
mount --bind "$HOST/lib" /usr/lib/hayward

# form NAME [LINE...]: a form of alice's to bob, with those lines in its file.
form() {
	local file=$HOST/home/alice/public_html/$1
	shift
	printf '%s\n' '#!/usr/lib/hayward/mail-form' 'recipient office bob@common.example' 'from alice@common.example' "$@" >"$file"
	chown --reference "$HOST/home/alice" "$file"
	chmod 755 "$file"
}
form contact.cgi 'subject "Über die Seite"' 'recipient both bob@common.example carl@common.example' \
	'title "Write <b>\"us\"</b>"' 'field name "<script>alert(1)</script>"' 'honeypot homepage' \
	'thanks "Danke <sehr>"' 'per-visitor 100/h' 'per-form 100/h'
form open.cgi 'per-visitor 1000/h' 'per-form 1000/h'
form limited.cgi 'per-visitor 2/h' 'per-form 3/h'
form once.cgi 'per-visitor 1/h' 'thanks /thanks.html'
form six.cgi 'per-visitor 1/h'
form linked.cgi
form contact.fcgi 'per-visitor 1000/h' 'per-form 1000/h'
form broken.cgi 'thanx "never"' 'per-form 5/second'

# send PAGE CURL-ARGUMENT...: a visit; its status is printed, headers and page are in $HOST/head and $HOST/page.
send() {
	local page=$1
	shift
	curl -s --max-time 60 -o "$HOST/page" -D "$HOST/head" -w '%{http_code}\n' "$@" "http://127.0.0.1/~alice/$page"
}
# sends STATUS PAGE CURL-ARGUMENT...
sends() {
	local wanted=$1 status
	shift
	status=$(send "$@")
	[ "$status" = "$wanted" ] || { echo "$status, not $wanted"; cat "$HOST/page"; return 1; }
}
page_has() { grep -qF -- "$1" "$HOST/page" || { cat "$HOST/page"; return 1; }; }
head_has() { grep -qi -- "^$1" "$HOST/head" || { cat "$HOST/head"; return 1; }; }
# mails_of USER EXPRESSION: whether it holds of his mails, m: dictionaries of text by header, and body, all decoded.
mails_of() {
	python3 -I - "$HOST/spool/$1" "$2" <<-'END'
		import email.header, mailbox, sys
		m = []
		for mail in mailbox.mbox(sys.argv[1], create=False) if __import__("os").path.exists(sys.argv[1]) else ():
		    one = {name.lower(): str(email.header.make_header(email.header.decode_header(value))) for name, value in mail.items()}
		    one["names"] = [name.lower() for name in mail.keys()]
		    one["text"] = (mail.get_payload(decode=True) or b"").decode("utf-8")
		    m.append(one)
		if not eval(sys.argv[2]):
		    print(*m[-3:], sep="\n")
		    sys.exit(1)
	END
}
got() { wait_for 30 "the mail" mails_of bob "any($1 for x in m)"; }
error_log_has() { grep -qF -- "$1" /var/log/apache2/error.log || { tail -5 /var/log/apache2/error.log; return 1; }; }
reference() { mails_of bob "print(*[x['x-hayward-sender'] for x in m if '$1' in x['text']])" | grep -o 'HW-[0-9a-f]*-[0-9a-f]*' | head -1; }
on_record() { hayward why "$(reference "$1")" | tee /dev/stderr | grep -Eq "$2"; }

web_server >/dev/null
scanner
host_start
mail_server || { sed 's/^/# /' "$HOST/maillog"; echo "Bail out! Postfix does not start"; exit 1; }

# ---- what it is for ----

tap "S3 honest form: it shows itself" sends 200 contact.cgi
tap "S3 break form: every text in it is escaped" page_has '&lt;script&gt;alert(1)&lt;/script&gt;'
tap "S3 break form: also within its title" page_has '<h1>Write &lt;b&gt;&quot;us&quot;&lt;/b&gt;</h1>'
tap "S3 break form: no address of a recipient is in it" not grep -q '@' "$HOST/page"
tap "S3 honest form: nor are the settings of its owner" not grep -q 'per-visitor' "$HOST/page"
tap "S3 honest form: HEAD is answered" sends 200 contact.cgi --head
tap "S3 break form: other methods are not" sends 405 contact.cgi -X DELETE

tap "S3 honest form: a visitor writes" sends 200 contact.cgi -H 'Origin: http://127.0.0.1' -H 'Referer: http://127.0.0.1/~alice/' \
	--data-urlencode to=office --data-urlencode reply-to=carl@common.example --data-urlencode 'name=Zoë' \
	--data-urlencode $'message=First line, Grüße\n.\nlast line' -d homepage=
tap "S3 honest form: and is thanked" page_has 'Danke &lt;sehr&gt;'
tap "S3 honest form: it arrives" got "'Grüße' in x['text']"
tap "S3 honest form: with his address to answer to" mails_of bob "m[0]['reply-to'] == 'carl@common.example'"
tap "S3 honest form: and the owner's subject" mails_of bob "m[0]['subject'] == 'Über die Seite' and m[0]['from'] == 'alice@common.example' and m[0]['to'] == 'bob@common.example'"
tap "S3 honest form: all that he wrote is in it" mails_of bob "m[0]['text'].startswith('First line, Grüße\n.\nlast line\n\nname: Zoë\n')"
tap "S3 honest form: and where he is" mails_of bob "'by a visitor from 127.0.0.1.' in m[0]['text']"
tap "S3 break form: he gets no copy" not test -e "$HOST/spool/carl"
tap "S3 honest form: hayward knows the form by its file" on_record Grüße "alice.* passed by program: host: from alice@common.example, 1 recipient, uid 61001, script $HOST/home/alice/public_html/contact.cgi"
tap "S3 honest form: one recipient can be several people" sends 200 contact.cgi -d to=both -d message=to-both
tap "S3 honest form: who all get it" wait_for 30 "the mail" mails_of carl "len(m) == 1 and 'to-both' in m[0]['text']"
tap "S3 honest form: a form with one recipient asks for none" sends 200 open.cgi -F message=in-parts -F phone=12 -F 'f=;filename='
tap "S3 honest form: which takes what is sent in parts, too" got "'in-parts' in x['text'] and 'phone: 12' in x['text']"

# ---- what it does not do ----

tap "S3 break form: an address is no alias" sends 400 contact.cgi -d to=victim@common.example -d message=x
tap "S3 break form: of several recipients none is none" sends 400 contact.cgi -d message=x
tap "S3 break form: two are none" sends 400 contact.cgi -d to=office -d to=both -d message=x
tap "S3 break form: a file is not taken" sends 415 open.cgi -F message=x -F "f=@/etc/hostname"
tap "S3 break form: and it is said why" page_has "no files"
tap "S3 break form: nor is another type" sends 415 open.cgi -H 'Content-Type: application/json' -d '{"message": "x"}'
head -c 300000 /dev/zero | tr '\0' x >"$HOST/large"
tap "S3 break form: nor too much" sends 413 open.cgi --data-binary "@$HOST/large"
tap "S3 break form: nor of unknown length" sends 411 open.cgi -H 'Transfer-Encoding: chunked' -d message=chunks
tap "S3 break form: with another method, neither" sends 405 open.cgi -X PUT --data-binary "@$HOST/large"
tap "S3 break form: nor too many fields" sends 413 open.cgi -d "$(printf 'f%d=1&' $(seq 65))"
tap "S3 break form: nor nothing" sends 422 open.cgi -d message=+
tap "S3 break form: a page of another site is refused" sends 403 contact.cgi -H 'Origin: http://elsewhere.example' -d to=office -d message=foreign
tap "S3 break form: also if only the referer tells" sends 403 contact.cgi -H 'Referer: http://elsewhere.example/127.0.0.1' -d to=office -d message=foreign
tap "S3 break form: who fills in what people do not see" sends 200 contact.cgi -d to=office -d message=honeypot -d homepage=http://pills.example
tap "S3 break form: is told that it worked" page_has 'Danke &lt;sehr&gt;'

# Every trick of the corpus: as the address, where it is refused; and as all else, where it is text.
INJECTIONS=$ROOT/tests/unit/form/injections
taken=0 sent=0 refused=0
while read -r trick; do
	case $(send open.cgi -d "message=injected&reply-to=$trick") in 4??) ;; *) taken=$((taken + 1)) && echo "# taken: $trick" ;; esac
	case $(send open.cgi -d "message=trick&name=$trick&subject=$trick&bcc=$trick&from=$trick&${trick//=/%3d}=1") in
	200) sent=$((sent + 1)) ;;
	4??) refused=$((refused + 1)) ;;
	esac
done <"$INJECTIONS"
echo "# $sent sent, $refused refused"
tap "S3 break form: no trick passes for an address" test $taken -eq 0 -a $((sent + refused)) -eq "$(wc -l <"$INJECTIONS")" -a $sent -gt 90
tap "S3 honest form: where it is text, it arrives" wait_for 60 "the mails" mails_of bob "sum(x['text'].startswith('trick\n') for x in m) == $sent"
tap "S3 break form: nothing of it is a header" mails_of bob "all(sorted(set(x['names']) - {'return-path', 'x-original-to', 'delivered-to', 'reply-to'}) == sorted(
	['received', 'from', 'to', 'subject', 'mime-version', 'content-type', 'content-transfer-encoding', 'message-id', 'date', 'x-hayward-sender']) for x in m)"
tap "S3 break form: no header is there twice" mails_of bob "all(len(x['names']) == len(set(x['names'])) for x in m)"
tap "S3 break form: nor is any other than its owner wrote" mails_of bob "all(x['from'] == 'alice@common.example' and x['to'] in ('bob@common.example',
	'bob@common.example, carl@common.example', 'bob@common.example,\n carl@common.example') and x['subject'] in ('Über die Seite', 'From the mail form')
	and x['content-type'] == 'text/plain; charset=utf-8' and x.get('reply-to', 'carl@common.example') == 'carl@common.example' for x in m)"
tap "S3 break form: nothing that was refused was sent" mails_of bob "not any(word in x['text'] for word in ('injected', 'foreign', 'honeypot', 'chunks') for x in m)"
tap "S3 break form: nobody else got anything" not test -e "$HOST/spool/victim"
tap "S3 break form: nor did Postfix try to" sh -c "! grep -o ' to=<[^>]*>' '$HOST/maillog' | sort -u | grep -v 'to=<\(bob\|carl\)@common.example>'"

# ---- limits ----

tap "S3 honest form: two are within the limit" sends 200 limited.cgi -d message=x
sends 200 limited.cgi -d message=x
tap "S3 break form: the third of an hour is not" sends 429 limited.cgi -d message=x
tap "S3 break form: he is told how long to wait" head_has 'Retry-After: 3[56][0-9][0-9]'
tap "S3 honest form: another visitor may write" sends 200 limited.cgi -d message=x --interface 127.0.0.2
tap "S3 break form: until the form has its limit" sends 429 limited.cgi -d message=x --interface 127.0.0.3
tap "S3 honest form: another form has its own" sends 200 open.cgi -d message=x
ip -6 address add 2001:db8::1/64 dev lo nodad
for n in 2 3; do ip -6 address add 2001:db8::$n/64 dev lo nodad; done
ip -6 address add 2001:db8:0:1::2/64 dev lo nodad
six() { sends "$1" six.cgi -d message=six --interface "$2" --connect-to '127.0.0.1:80:[2001:db8::1]:80'; }
tap "S3 honest form: a visitor with IPv6" six 200 2001:db8::2
tap "S3 break form: his network's other addresses are his" six 429 2001:db8::3
tap "S3 honest form: those of another network are not" six 200 2001:db8:0:1::2
# counter FORM: the file in which it counts.
counter() {
	echo "$HOST/home/alice/.hayward/mail-form-$(printf %s "$HOST/home/alice/public_html/$1" | sha256sum | head -c 16)"
}
tap "S3 honest form: what it counts is the owner's own" test "$(stat -c '%U %a' "$(counter limited.cgi)")" = "alice 600"
head -c 100000 /dev/urandom >"$(counter limited.cgi)"
tap "S3 honest form: garbage in there does not stop it" sends 200 limited.cgi -d message=x
ln -s "$HOST/home/alice/elsewhere" "$(counter linked.cgi)"
tap "S3 break form: a link in its place does, for nothing would be counted" sends 503 linked.cgi -d message=x
tap "S3 break form: its owner is told" error_log_has "linked.cgi: not sent, cannot count it below '~/.hayward'"
tap "S3 break form: and nothing is written there" not test -e "$HOST/home/alice/elsewhere"

# ---- what breaks ----

echo alice >>/etc/hayward/held/senders
tap "S3 honest form: what Postfix does not take is not thanked for" sends 503 once.cgi -d message=later
tap "S3 honest form: its owner is told why" error_log_has "mail-form: once.cgi: not sent: sendmail ended with"
sed -i /alice/d /etc/hayward/held/senders
tap "S3 honest form: and it is not counted" sends 303 once.cgi -d message=later
tap "S3 honest form: thanks can be a page" head_has 'Location: .*/thanks.html'
tap "S3 honest form: it arrives then" got "'later' in x['text']"
tap "S3 break form: a form that is wrong sends nothing" sends 500 broken.cgi -d message=x
tap "S3 break form: and tells visitors nothing" not grep -q 'common.example\|thanx' "$HOST/page"
tap "S3 honest form: its owner is told where" error_log_has "broken.cgi:4:1: error: a line begins with"
tap "S3 honest form: all of it" error_log_has "broken.cgi:5:10: error: a limit is"
tap "S3 honest form: at his shell, too" sh -c "'$HOST/home/alice/public_html/contact.cgi' </dev/null | grep -q 'is in order'"
cut_off() {
	exec 3<>/dev/tcp/127.0.0.1/80
	printf 'POST /~alice/open.cgi HTTP/1.0\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nmessage=cut-off' >&3
	sleep 0.3
	exec 3>&-
	sleep 1
	mails_of bob "not any('cut-off' in x['text'] for x in m)"
}
tap "S3 break form: a request that was cut off is not sent" cut_off

# ---- FastCGI ----

as alice /usr/bin/python3 -I -c 'import os, socket, sys
door = socket.socket(socket.AF_UNIX)
door.bind(sys.argv[1]); os.chmod(sys.argv[1], 0o777); door.listen(); os.dup2(door.fileno(), 0)
program = "/usr/lib/hayward/mail-form"
os.execv(program, [program, sys.argv[2]])' "$HOST/home/alice/form.socket" "$HOST/home/alice/public_html/contact.fcgi" 2>"$HOST/fcgi-said" &
printf '<Location "/~alice/contact.fcgi">\nSetHandler "proxy:unix:%s|fcgi://alice/"\n</Location>\n' "$HOST/home/alice/form.socket" \
	>/etc/apache2/conf-enabled/form.conf
a2enmod -q proxy proxy_fcgi >/dev/null
nice -n -5 apache2ctl restart
served() { pgrep -f "^/usr/lib/hayward/mail-form .*contact.fcgi"; }
tap "S3 honest form: over FastCGI it shows itself" wait_for 20 "the server" sends 200 contact.fcgi
SERVER=$(served)
tap "S3 honest form: over FastCGI a visitor writes" sends 200 contact.fcgi -d message=fast-one -d reply-to=carl@common.example
tap "S3 honest form: and another" sends 200 contact.fcgi -d message=fast-two
tap "S3 honest form: both arrive" got "'fast-two' in x['text'] and 'reply-to' not in x"
tap "S3 honest form: each with his own address" mails_of bob "any('fast-one' in x['text'] and x['reply-to'] == 'carl@common.example' for x in m)"
tap "S3 honest form: from the form by its name" on_record fast-two "script $HOST/home/alice/public_html/contact.fcgi"
tap "S3 break form: over FastCGI no trick passes either" sends 422 contact.fcgi -d 'message=fast-trick&reply-to=a%40b.example%0d%0aBcc:victim%40common.example'
tap "S3 break form: nor does a page of another site" sends 403 contact.fcgi -H 'Origin: null' -d message=fast-trick
tap "S3 break form: nor a file" sends 415 contact.fcgi -F message=fast-trick -F f=@/etc/hostname
tap "S3 honest form: one process has answered all of them" test "$(served)" = "$SERVER"
form contact.fcgi 'subject Changed'
tap "S3 honest form: what its owner changes holds at once" sends 200 contact.fcgi -d message=fast-three
tap "S3 honest form: without a restart" got "'fast-three' in x['text'] and x['subject'] == 'Changed'"
kill -TERM "$SERVER"
tap "S3 honest form: it ends when it is told to" wait_for 10 "its end" not served
tap "S3 break form: nobody else got anything all the while" not test -e "$HOST/spool/victim"

hayward mail alice | sed 's/^/# /'
tap "the journal holds" hayward journal verify
tap "no instrument saw a fault" not grep -E "Sanitizer|runtime error" "$HOST/log" /var/log/apache2/error.log "$HOST/fcgi-said"
[ $TAP_FAILED -eq 0 ] || { tail -20 /var/log/apache2/error.log | sed 's/^/# apache: /'; tail -20 "$HOST/maillog" | sed 's/^/# postfix: /'; }
postfix stop >/dev/null 2>&1
apache2ctl stop
tap_end
