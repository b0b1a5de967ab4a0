#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The gate, between a real Postfix (in its chroot, as Debian sets it up) and a real clamd: who sends
# a mail is told by the kernel's word and by nothing that the mail says; a virus is refused with its
# name and its part, whichever way it comes; and whatever breaks, no mail is lost or passes unscanned.
set -u
. "$(dirname "$0")/../lib/host.sh"
. "$(dirname "$0")/../lib/daemons.sh"
daemons_have postfix clamd sendmail
host_enter "$@"
. "$(dirname "$0")/../lib/post.sh"

host_account alice 61001
host_account bob 61002
host_set clamd "$CLAMD"
chmod 755 "$HOST"

# hand_in USER TEXT: by sendmail, to bob.
hand_in() {
	printf '%b' "$2" | silently setpriv --reuid "$(uid_of "$1")" --regid "$(uid_of "$1")" --clear-groups \
		sendmail -i -f "$1@common.example" bob@common.example
}
# smtp USER TEXT: by SMTP, to bob; prints what the server says.
smtp() {
	printf '%b' "$2" >"$HOST/message"
	chmod 644 "$HOST/message"
	setpriv --reuid "$(uid_of "$1")" --regid "$(uid_of "$1")" --clear-groups /usr/bin/python3 -I - "$HOST/message" <<-'END'
		import smtplib, sys
		try:
		    with smtplib.SMTP("127.0.0.1", 25, timeout=60) as server:
		        server.sendmail("x@elsewhere.example", ["bob@common.example"], open(sys.argv[1], "rb").read().replace(b"\n", b"\r\n"))
		    print("accepted")
		except smtplib.SMTPResponseException as error:
		    print(error.smtp_code, error.smtp_error.decode())
		except smtplib.SMTPRecipientsRefused as error:
		    print(error.recipients)
	END
}
# mail SUBJECT: that mail as bob got it.
mail() {
	awk -v subject="Subject: $1" '/^From /{ if (hit) exit; text = ""; hit = 0 } { text = text $0 "\n" } $0 == subject { hit = 1 } END { if (hit) printf "%s", text }' \
		"$HOST/spool/${2:-bob}" 2>/dev/null
}
got() {
	[ -n "$(mail "$@")" ]
}
says() {
	mail "$1" | grep -q "^X-Hayward-Sender: $2; reference=HW-"
}

reference() {
	grep -o 'HW-[0-9a-f]*-[0-9a-f]*' | head -1
}
# on_record NAME PATTERN: what hayward knows of the mail that has that name.
on_record() {
	hayward why "$1" | tee /dev/stderr | grep -Eq "$2"
}

mail_is_seen() { ask status "any(s['name'] == 'mail' and s['works'] and '$1' in s['remarks'] for s in data['sensors'])"; }

scanner
host_start
tap "staff see that no mail server has asked yet" wait_for 10 "the gate" mail_is_seen "no mail server"
mail_server 'transport_maps = inline:{ gone.example=local: }' || { sed 's/^/# /' "$HOST/maillog"; echo "Bail out! Postfix does not start"; exit 1; }

hand_in alice 'Subject: program\n\nhello\n'
tap "S2 honest sendmail: what a program hands in arrives" wait_for 15 "the mail" got program
tap "V1 honest out: scanned" got program
tap "staff see that one has, and no web server" mail_is_seen "its web server told"
tap "S2 break sendmail: with who it was" says program "by=program; account=alice; uid=61001"
tap "S2 break sendmail: and is on record" on_record "$(mail program | reference)" "alice.* passed by program: host: from alice@common.example, 1 recipient, uid 61001"
# A script of hers, whose helper's helper hands it in; and another that does so at once.
for name in news shop; do
	printf '%s\n' '#!/usr/bin/perl' 'open(my $mail, "|-", "sh", "-c", "/usr/sbin/sendmail -i -f alice\@common.example bob\@common.example") or die;' \
		"print {\$mail} \"Subject: by $name\\n\\nhello\\n\"; close(\$mail);" >"$HOST/home/alice/$name.pl"
	chmod 755 "$HOST/home/alice/$name.pl"
done
as alice "$HOST/home/alice/news.pl"
sleep 0.2
as alice perl -w shop.pl
wait_for 15 "the mail" got "by news"
wait_for 15 "the mail" got "by shop"
tap "S2 break sendmail: the script that handed it in is on record" on_record "$(mail "by news" | reference)" "alice.* uid 61001, script $HOST/home/alice/news.pl"
tap "S2 break sendmail: each its own" on_record "$(mail "by shop" | reference)" "script $HOST/home/alice/shop.pl"
hand_in alice 'Subject: forged\nReceived: by common.example (Postfix, from userid 61002)\nX-Hayward-Sender: by=program; account=bob; uid=61002\nx-hayward-sender: bob\nX-Hayward-Pass: yes\n\nhello\n'
wait_for 15 "the mail" got forged
tap "S2 break sendmail: forged headers are gone" test "$(mail forged | grep -ci '^x-hayward-')" -eq 1
tap "S2 break sendmail: and the true one is there" says forged "by=program; account=alice; uid=61001"
tap "S2 honest loopback: SMTP from here is taken" grep -q accepted <(smtp alice 'Subject: loopback\nMessage-ID: <own@elsewhere.example>\n\nhello\n')
wait_for 15 "the mail" got loopback
tap "S2 break loopback: with who holds the connection" says loopback "by=loopback; account=alice; uid=61001"
# By another of this machine's addresses than the server's.
ip address add 192.0.2.77/32 dev lo
as bob python3 -I -c 'import smtplib
with smtplib.SMTP("127.0.0.1", 25, timeout=60, source_address=("192.0.2.77", 0)) as server:
    server.sendmail("x@elsewhere.example", ["bob@common.example"], "Subject: roundabout\r\n\r\nhello\r\n")'
wait_for 15 "the mail" got roundabout
tap "S2 break loopback: whichever address of this machine he calls from" says roundabout "by=loopback; account=bob; uid=61002"
tap "S2 break loopback: it is found by its Message-ID" on_record own@elsewhere.example "alice.* passed by loopback"
tap "S2 honest loopback: what never came is not" not hayward why nothing@elsewhere.example
# What was heard of it afterwards stands beside it.
printf 'Subject: astray\n\nhello\n' | silently setpriv --reuid 61001 --regid 61001 --clear-groups \
	sendmail -i -f alice@common.example nobody-of-that-name@common.example
bounced() { grep -q "^Subject: astray" "$HOST/spool/alice"; }
tap "S2 honest sendmail: what could not be delivered comes back" wait_for 20 "the bounce" bounced
tap "S2 honest sendmail: with its headers only" grep -q "^Content-Type: text/rfc822-headers" "$HOST/spool/alice"
tap "S2 break sendmail: and is on record with it" on_record "$(grep 'X-Hayward-Sender: by=program; account=alice' "$HOST/spool/alice" | reference)" \
	"passed by server: .* bounce, 1 recipient did not get it, 1 unknown"
counts() { hayward mail alice | tee /dev/stderr | grep -Eq "$1"; }
tap "S2 break sendmail: each script's mails are counted" counts "/home/alice/news.pl +1 +1 +0 +0 +0 "
tap "S2 break sendmail: and what was not delivered" counts "^a program +[0-9]+ +[0-9]+ +0 +0 +1 +0 "
# Says all at once and is gone: of a socket that nobody holds the kernel would say uid 0.
as bob python3 -I -c 'import socket
s = socket.create_connection(("127.0.0.1", 25))
s.sendall(b"EHLO x\r\nMAIL FROM:<x@elsewhere.example>\r\nRCPT TO:<bob@common.example>\r\nDATA\r\nSubject: blind\r\n\r\nx\r\n.\r\nQUIT\r\n")'
sleep 2
tap "S2 break loopback: who writes and runs away sends nothing" not got blind

part="Content-Type: application/x-thing; name=invoice.exe\nContent-Transfer-Encoding: base64\n\n$(printf %s "$VIRUS" | base64)\n"
infected="MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nsee there\n--b\n$part--b--\n"
smtp alice "Subject: infected\n$infected" >"$HOST/said"
sed 's/^/# /' "$HOST/said"
hayward why "$(reference <"$HOST/said")" | sed "s/^/# /"
tap "V1 break out: it is refused" grep -q '^550 5.7.1' "$HOST/said"
tap "V3 break mail: with its name, and the part that has it" grep -q 'Hayward.Test.* in part [0-9]* (invoice.exe)' "$HOST/said"
tap "V3 break mail: with a reference" grep -q 'Reference HW-' "$HOST/said"
tap "V3 break mail: by which staff find it" on_record "$(reference <"$HOST/said")" "virus by loopback.*Hayward.Test.* in part"
hand_in alice "Subject: infected\n$infected"
tap "V1 break out: what a program hands in comes back to it" wait_for 20 "the bounce" grep -q 'Hayward.Test.* in part' "$HOST/spool/alice"
tap "V1 break out: neither arrives" not got infected
# What a scanner is tried with, within a page: clamd looks into these as a browser reads them, in small letters.
eicar=$(sed -n 's/^Hayward.Test.Eicar:0:[*]://p' "$HOST/clamd/signatures/hayward.ndb" | python3 -c 'print(bytes.fromhex(input()).decode())')
page="<html><body><p>$eicar</p></body></html>"
smtp alice "Subject: page\nMIME-Version: 1.0\nContent-Type: text/html; name=invoice.html\nContent-Transfer-Encoding: base64\n\n$(base64 <<<"$page")\n" >"$HOST/said"
tap "V1 break out: so is the scanner's trial within a page" grep -q '^550 5.7.1.*Eicar' "$HOST/said"
# What was in the queue before its virus was known, here since nobody was asked: the bounce has all of it in it, where
# the server was not told to send headers only.
postconf -e 'smtpd_milters =' 'bounce_size_limit = 50000'
postfix reload >/dev/null 2>&1
sleep 1
as alice python3 -I -c 'import smtplib, sys
with smtplib.SMTP("127.0.0.1", 25, timeout=60) as server:
    for subject, text in (("sent back", sys.argv[1]), ("nobody there", "hello")):
        server.sendmail("bob@common.example", ["x@gone.example"], f"Subject: {subject}\r\n\r\n{text}\r\n")' "$VIRUS"
postconf -e 'smtpd_milters = unix:hayward/smtp'
postfix reload >/dev/null 2>&1
tap "V1 honest out: what the mail server sends back is scanned, and arrives" wait_for 20 "the bounce" grep -q "^Subject: nobody there" "$HOST/spool/bob"
nothing_waits() { postqueue -p | grep -q "queue is empty"; }
server_refused() { grep -q "by server .* virus" "$HOST/log"; }
tap "V1 break out: with a virus in it it is not" wait_for 20 "the log" server_refused
tap "V1 break out: and does not come again" wait_for 10 "an empty queue" nothing_waits
tap "V1 break out: nor to whom the sender named" not grep -q "$VIRUS" "$HOST/spool/bob"
postconf -e 'bounce_size_limit = 1'
postfix reload >/dev/null 2>&1

kill -KILL $SCANNER
wait $SCANNER 2>/dev/null
smtp alice 'Subject: unscanned\n\nhello\n' >"$HOST/said"
tap "V1 break unready: without the scanner nothing is accepted" grep -q '^451' "$HOST/said"
hand_in alice 'Subject: waits\n\nhello\n'
sleep 3
tap "V1 break unready: what a program handed in waits" not got waits
scanner
sleep 5
postkick public pickup W
tap "V1 honest unready: and arrives when it is back" wait_for 90 "the mail" got waits

kill -STOP "$(pid_of keeper)"
smtp alice 'Subject: unrecorded\n\nhello\n' >"$HOST/said"
kill -CONT "$(pid_of keeper)"
tap "S2 break loopback: what cannot be put on record does not pass" grep -q '^451.*record' "$HOST/said"
tap "S2 honest loopback: and afterwards it does" grep -q accepted <(sleep 1; smtp alice 'Subject: recorded\n\nhello\n')

# Nobody replaces it as long as the parent stands still.
kill -STOP "$HAYWARDD"
kill -KILL "$(pid_of gate)"
smtp alice 'Subject: gateless\n\nhello\n' >"$HOST/said"
kill -CONT "$HAYWARDD"
tap "V1 honest unready: without the gate mail is told to wait" grep -q '^4' "$HOST/said"
tap "V1 honest unready: and it is there again" wait_for 20 "the gate" grep -q accepted <(sleep 3; smtp alice 'Subject: again\n\nhello\n')
tap "nobody but a mail server is spoken to" test -z "$(as alice python3 -I -c 'import socket, sys
s = socket.socket(socket.AF_UNIX); s.settimeout(5); s.connect(sys.argv[1]); s.sendall(bytes.fromhex("0000000d4f00000006000001ff001fffff")); print(s.recv(100).hex())' "$HOST/run/gate/host/smtp")"
# One who is let speak, for he is the system's, but has no queue: a script that the web server itself runs.
mkdir -p "$HOST/pretended/incoming"
cp /dev/null "$HOST/pretended/incoming/ABCDEF"
chown -R www-data "$HOST/pretended"
pretend() {
	silently env -C "$HOST/pretended" setpriv --reuid www-data --clear-groups /usr/bin/python3 -I -c 'import socket, sys
def packet(letter, data=b""): return (len(data) + 1).to_bytes(4, "big") + letter + data
s = socket.socket(socket.AF_UNIX); s.settimeout(10); s.connect(sys.argv[1])
s.sendall(packet(b"O", bytes.fromhex("00000006000001ff001fffff")))
s.recv(4096)
s.sendall(packet(b"D", b"Ci\0ABCDEF\0") + packet(b"C", b"localhost\0004\0\000127.0.0.1\0") + packet(b"M", b"<alice@common.example>\0")
    + packet(b"R", b"<bob@common.example>\0") + packet(b"L", b"Subject\0pretended\0") + packet(b"N") + packet(b"B", b"x") + packet(b"E"))
got = b""
while b"451" not in got:
    more = s.recv(4096)
    if not more: break
    got += more
print(got)' "$HOST/run/gate/host/local"
}
tap "S2 break sendmail: who has no queue of a mail server is told nothing, and blames nobody" grep -q "it could not be told who sends it" <(pretend)
tap "the journal holds" hayward journal verify
tap "no instrument saw a fault" not grep -E "Sanitizer|runtime error" "$HOST/log"
postfix stop >/dev/null 2>&1
kill $SCANNER
grep "haywardd/gate" "$HOST/log" | sed 's/^/# /' | tail -20
[ $TAP_FAILED -eq 0 ] || tail -60 "$HOST/maillog" | sed 's/^/# postfix: /'
tap_end
