# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Mail on the demo's host: its servers, a form with a hole and who uses it, a letter with a virus, and what is
# looked for afterwards. This host's Postfix is elsewhere.example's, too.

STRANGERS=80

# mail_begin: once, before the first scene with mail.
mail_begin() {
	[ -z "${MAIL_BEGUN:-}" ] || return 0
	MAIL_BEGUN=yes
	chmod 755 "$HOST"
	echo "stranger:x:64997:64997::/nonexistent:/usr/sbin/nologin" >>/etc/passwd
	if command -v clamd >/dev/null; then scanner; fi
	mail_server 'mydestination = common.example, elsewhere.example' 'local_recipient_maps =' 'recipient_delimiter = +'
}

mail_listens() {
	grep -q ":0019 .* 0A " /proc/net/tcp
}

mail_end() {
	[ -n "${MAIL_BEGUN:-}" ] || return 0
	postfix stop >/dev/null 2>&1
	[ -z "${SCANNER:-}" ] || silently kill "$SCANNER"
}

# form_with_hole ACCOUNT NAME: it thanks, and mails whomever its visitor names.
form_with_hole() {
	host_script "$1" "$2" '$| = 1;
print "Content-Type: text/plain\n\nthank you\n";
while (my $to = <STDIN>) {
    chomp $to;
    open my $mail, "|-", "/usr/sbin/sendmail", "-i", "-f", "'"$1"'\@common.example", $to or die;
    print $mail "Subject: You have won\n\nAnswer today!\n";
    close $mail;
    select undef, undef, undef, 0.1;
}'
}

# strangers: whom the visitor writes to. Every other one does not exist; the last one is a neighbour.
strangers() {
	local number
	for number in $(seq "$STRANGERS"); do
		echo "$([ $((number % 2)) = 0 ] && echo "nobody-$number" || echo "stranger+$number")@elsewhere.example"
	done
	echo bella@common.example
}

visitor_sends() {
	strangers | silently curl -s --max-time 60 -o /dev/null --data-binary @- "http://127.0.0.1/~$1/$2"
}

answers() {
	curl -s --max-time 10 "http://127.0.0.1/~$1/$2" </dev/null | grep -q "$3"
}

# held_mail TO: the queue id of the mail to that address that is held.
held_mail() {
	hayward --json mail queue | python3 -I -c '
import json, sys
held = [m["mail"] for m in json.load(sys.stdin)["mails"] if m["queue"] == "hold" and m["to"] == sys.argv[1]]
print(*held)
sys.exit(not held)' "$1"
}

# sends_letter ACCOUNT FILE: by SMTP, from a program of that account; prints what the server says.
sends_letter() {
	as "$1" /usr/bin/python3 -I -c '
import smtplib, sys
letter = sys.stdin.buffer.read().replace(b"\n", b"\r\n")
try:
    with smtplib.SMTP("127.0.0.1", 25, timeout=60) as server:
        server.sendmail(sys.argv[1], ["stranger@elsewhere.example"], letter)
    print("accepted")
except smtplib.SMTPResponseException as error:
    for line in error.smtp_error.decode().splitlines():
        print(error.smtp_code, line)' "$1@common.example" <"$2"
}

# letter_with_virus: its second part has it.
letter_with_virus() {
	printf '%s\n' 'Subject: Our invoice' 'MIME-Version: 1.0' 'Content-Type: multipart/mixed; boundary=b' '' \
		--b 'Content-Type: text/plain' '' 'Please see there.' \
		--b 'Content-Type: application/x-thing; name=invoice.exe' 'Content-Transfer-Encoding: base64' '' \
		"$(printf %s "$VIRUS" | base64)" --b--
}

on_record() {
	hayward why "$1" | grep -Eq "$2"
}
