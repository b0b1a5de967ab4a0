#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Mail that is stored too large for too long, and attachments in sent mail, in the mailboxes of a real
# Dovecot, put there by LMTP and by IMAP: listed, moved aside, brought back. Left alone are mails of 250 and
# 251 KiB, one that is fetched in time, and sent mails with signatures, pictures in their text, invitations.
# The days of the terms are seconds here; tests/unit/engine/test_stored.c has the days.
set -u
. "$(dirname "$0")/../lib/host.sh"
. "$(dirname "$0")/../lib/daemons.sh"
daemons_have dovecot doveadm
[ -x /usr/lib/dovecot/imap ] && [ -x /usr/lib/dovecot/lmtp ] || tap_skip "needs dovecot-imapd and dovecot-lmtpd"
host_enter "$@"

host_account alice 61001
host_account bob 61002
sed -i '/^account alice/a\    domains { alice.example }' "$HOST/etc/accounts.conf"
sed -i '/^account bob/a\    domains { bob.example }' "$HOST/etc/accounts.conf"
host_set stored-mail-interval 1s
host_set gather 0s
# A week is twenty seconds.
host_set clock-rate 30000
host_set repeat 6s
host_set undelivered 60d
host_set breaker-least 9
host_policy <<'END'
amend A6 { when host.disk-free < 0% }
amend A13 { when message.size > 251KiB and message.age > 3s }
END
chmod 755 "$HOST"
mkdir -p "$HOST/lib" "$HOST/boxes"
cp -a /var/lib/dovecot "$HOST/lib/"
mount --bind "$HOST/lib" /var/lib
daemons_apart
for box in alice@alice.example:61001 info@alice.example:61001 bob@bob.example:61002; do
	uid=${box#*:} name=${box%:*}
	echo "$name:{PLAIN}secret:$uid:$uid::$HOST/boxes/$name" >>"$HOST/logins"
	install -d -o "$uid" -g "$uid" -m 700 "$HOST/boxes/$name"
done
cat >/etc/dovecot/dovecot.conf <<-END
	protocols = imap lmtp
	listen = 127.0.0.1
	base_dir = $HOST/dovecot
	log_path = $HOST/dovecot.log
	ssl = no
	disable_plaintext_auth = no
	auth_mechanisms = plain login
	mail_location = maildir:~
	first_valid_uid = 61000
	namespace inbox {
	  inbox = yes
	  mailbox Sent {
	    special_use = \\Sent
	  }
	}
	passdb {
	  driver = passwd-file
	  args = $HOST/logins
	}
	userdb {
	  driver = passwd-file
	  args = $HOST/logins
	}
	service lmtp {
	  unix_listener $HOST/lmtp {
	    mode = 0666
	  }
	}
END
run_dovecot() {
	dovecot && wait_for 10 "Dovecot" test -S "$HOST/lmtp"
}
run_dovecot || { sed 's/^/# /' "$HOST/dovecot.log"; echo "Bail out! Dovecot does not start"; exit 1; }

# mail STEP…: tests/lib/stored.py does it, as her mail program or as the mail server.
mail() { HOST=$HOST python3 -I "$ROOT/tests/lib/stored.py" "$@"; }
open_cases() { ask cases "sum(c['clause'] == '$2' and c['account'] == '$1' for c in data['cases']) == $3"; }
no_case() { ask cases --all "not any(c['account'] == '$1' for c in data['cases'])"; }
has() { mail has "$@"; }
says() { hayward case "$1" | grep -q "$2"; }
number_of() { hayward cases --all --json | python3 -c "import json, sys; print([c['case'] for c in json.load(sys.stdin)['cases'] if c['clause'] == '$1' and '$2' in c['subject']][0])"; }

mail honest
host_start || { sed 's/^/# /' "$HOST/log"; echo "Bail out! haywardd does not start"; exit 1; }
mail large alice@alice.example 250 251 252 300 400
mail large info@alice.example 500
mail sent alice@alice.example Sent photos
mail sent info@alice.example "Gesendete Objekte" photos
tap "A14 break attachments: who keeps sent files has a case for each" wait_for 40 "the cases" \
	ask cases --all "sum(c['clause'] == 'A14' for c in data['cases']) == 2"
tap "A14 break remove: such a mail is moved aside at once" wait_for 20 "its removal" not has alice@alice.example photos
tap "A14 break remove: whatever the folder is called" wait_for 20 "its removal" not has info@alice.example photos
tap "A14 honest attachments: signatures, pictures, invitations, forwarded words: none counts" no_case bob
tap "A14 honest remove: they all are there" mail zoo bob@bob.example
tap "A13 break list: larger mails have their cases" wait_for 40 "the cases" open_cases alice A13 4
tap "A13 honest list: mails of 250 and 251 KiB have none" ask cases --all \
	"not any('250 KiB' in c['subject'] or '251 KiB' in c['subject'] for c in data['cases'])"
tap "A13 break list: their owner is told" wait_for 20 "the notice" grep -q "252 KiB" "$HOST"/mail/*.eml
tap "A13 break list: one notice has them all" wait_for 20 "the list" mail listed alice@elsewhere.example "252 KiB" "300 KiB" "400 KiB" "500 KiB"
tap "A13 honest list: there is not one for each" mail fewer alice@elsewhere.example 3
tap "A13 honest list: and nothing in it but these" not mail listed alice@elsewhere.example "251 KiB,"
mail delete alice@alice.example "300 KiB"
tap "A13 honest remove: a mail that is fetched and deleted ends its case" wait_for 20 "the end" \
	ask cases --all "any('300 KiB' in c['subject'] and c['state'] == 'closed' for c in data['cases'])"
tap "A13 break remove: those that stay are moved aside" wait_for 40 "their removal" not has alice@alice.example "400 KiB"
tap "A13 honest remove: those of 250 and 251 KiB stay" sh -c "true $(mail has alice@alice.example '250 KiB' && mail has alice@alice.example '251 KiB' || echo '&& false')"
tap "A13 honest remove: nobody else can read what is aside" not sh -c "as bob ls /var/lib/hayward-stored/removed 2>/dev/null"
one=$(number_of A13 "400 KiB")
tap "A13 break remove: the case says so" wait_for 20 "its outcome" says "$one" "can be brought back"
tap "A13 honest remove: staff bring one back" hayward lift "$one" --note "asked for by phone"
tap "A13 honest remove: it is there again, as it was" wait_for 30 "its return" mail same alice@alice.example "400 KiB"
two=$(number_of A14 "info@alice.example")
tap "A14 honest remove: so is a sent one" hayward lift "$two" --note "by phone"
tap "A14 honest remove: and stays, for it lies in the inbox" wait_for 30 "its return" has info@alice.example photos
sleep 4
tap "A14 honest remove: still" has info@alice.example photos

# Dovecot is away, a mailbox too.
doveadm stop
mail_server_away() { ask status "any(s['name'] == 'stored' and not s['works'] for s in data['sensors'])"; }
tap "A13 honest list: a Dovecot that is away is said, and nothing follows from it" wait_for 20 "the word" mail_server_away
run_dovecot
mail sent alice@alice.example Sent again
tap "A14 break remove: and it goes on when it is back" wait_for 40 "its removal" sh -c "sleep 1; ! HOST=$HOST python3 -I '$ROOT/tests/lib/stored.py' has alice@alice.example again"

# The same clause, by its other consequence.
host_policy strip <<'END'
amend A14 { then at once strip }
END
tap "A14 break strip: the operator has attachments taken out instead" silently hayward reload
mail words info@alice.example Sent papers
stripped() { says "$(number_of A14 "papers" 2>/dev/null)" "its attachments are taken out" 2>/dev/null; }
tap "A14 break strip: that is done at once" wait_for 40 "its outcome" stripped
number=$(number_of A14 "papers")
reference=$(hayward case "$number" | grep -oE '[0-9a-f]{16}\]' | head -1 | tr -d ']')
tap "A14 break strip: the words are there, the file is not" mail stripped info@alice.example Sent papers "$reference"
sleep 4
tap "A14 honest strip: and it is let be" ask cases --all "sum('papers' in c['subject'] for c in data['cases']) == 1"
tap "A14 honest strip: staff bring the whole back" hayward lift "$number" --note "by phone"
tap "A14 honest strip: instead of what was left" wait_for 30 "its return" mail whole info@alice.example INBOX papers
# The agent by itself, which dies at each point of its way: no mail is lost, none is there twice.
host_stop
order() {
	printf 'size %d\nage 0\nkept 100000\ncatch-all alice.example info@alice.example\n' "${SIZE:-257024}"
	printf 'mailbox %s\n' alice@alice.example info@alice.example
}
look() { order | "$BUILD/hayward-role" stored-mail; }
place_of() { look | python3 -c "import json, sys; print(*[(m['mail'], m['box'], m['uid'], m['check']) for m in map(json.loads, sys.stdin) if m.get('subject') == '$1'][0])"; }
role() { "$BUILD/hayward-role" "$@"; }
for point in mail-copied mail-aside mail-expunged mail-back; do
	mail sent alice@alice.example Sent "$point"
	read -ra place < <(place_of "$point")
	HAYWARD_CRASH=$point role mail-remove "${place[@]}" >/dev/null 2>&1
	tap "A14 break remove: cut off at $point, it is done the next time" silently role mail-remove "${place[@]}"
	tap "A14 break remove: and it is not in the mailbox" not has alice@alice.example "$point"
	HAYWARD_CRASH=$point role mail-restore "${place[@]}" >/dev/null 2>&1
	[ "$point" = mail-back ] || role mail-restore "${place[@]}" >/dev/null 2>&1
	tap "A14 honest remove: nor is it lost" wait_for 5 "it" has alice@alice.example "$point"
	role mail-restore "${place[@]}" >/dev/null 2>&1
	tap "A14 honest remove: and there once" mail once alice@alice.example "$point"
done
# Without their files mails stay where they are, with their flags and the time of their receipt; likewise.
for point in none mail-copied mail-aside mail-rest-in mail-rest-placed mail-expunged mail-back mail-rest-gone; do
	mail words alice@alice.example Sent "strip-$point"
	read -ra place < <(place_of "strip-$point")
	HAYWARD_CRASH=$point role mail-strip "${place[@]}" >/dev/null 2>&1
	tap "A14 break strip: cut off at $point, it is done the next time" silently role mail-strip "${place[@]}"
	tap "A14 break strip: its file is out, its words are in their place" mail stripped alice@alice.example Sent "strip-$point" "${place[3]}"
	tap "A14 honest strip: it is there once" mail once alice@alice.example "strip-$point"
	tap "A14 honest strip: and is let be" sh -c "true $(look | grep -q "\"subject\":\"strip-$point\"" && echo '&& false')"
	HAYWARD_CRASH=$point role mail-restore "${place[@]}" >/dev/null 2>&1
	role mail-restore "${place[@]}" >/dev/null 2>&1
	tap "A14 honest strip: brought back, it is the whole again, once" mail whole alice@alice.example INBOX "strip-$point"
	mail delete alice@alice.example "strip-$point"
done
mail words alice@alice.example -A.Sent dashed
read -ra place < <(place_of dashed)
tap "A14 break strip: in a folder whose name could be an option" silently role mail-strip "${place[@]}"
tap "A14 break strip: likewise" mail stripped alice@alice.example -A.Sent dashed "${place[3]}"
mail delete alice@alice.example dashed
mail words alice@alice.example Sent halfway
read -ra place < <(place_of halfway)
HAYWARD_CRASH=mail-rest-placed role mail-strip "${place[@]}" >/dev/null 2>&1
tap "A14 honest strip: lifted half-way, the whole stays in its place" silently role mail-restore "${place[@]}"
tap "A14 honest strip: once" mail whole alice@alice.example Sent halfway
mail delete alice@alice.example halfway
mail sent alice@alice.example Sent another
read -ra place < <(place_of another)
tap "A14 honest remove: a mail of another sign has its place, and stays" silently role mail-remove "${place[@]:0:3}" 0123456789abcdef
tap "A14 honest remove: it does" has alice@alice.example another
tap "A14 honest remove: who asks for what is no mail is refused" not role mail-remove ../x "${place[@]:1}"

# A subject of 70 KB, which its author chose, is put aside with what of it can be read again.
long=$(printf 'x%.0s' {1..70000})
mail sent alice@alice.example Sent "long $long"
read -ra place < <(SIZE=60000 place_of "long ${long:0:75}")
tap "A14 break remove: whatever its subject" silently role mail-remove "${place[@]}"
kept() { printf '%s\n' "$@" "mailbox alice@alice.example" | "$BUILD/hayward-role" mail-kept; }
kept_is() { kept "${@:2}" | grep -c "\"check\":\"${place[3]}\"" | grep -qx "$1"; }
tap "A14 honest remove: its owner is told of it, and nobody else" sh -c "true $(kept_is 1 "owner 61001" && kept_is 0 "owner 61002" || echo '&& false')"
tap "A14 honest remove: of one mail when one is asked for" sh -c "true $([ "$(kept "owner 61001" "sign ${place[3]}" | wc -l)" = 1 ] || echo '&& false')"

# The domain changes hands, and with it the address.
hand_over() {
	sed -i "s/^\(alice@alice.example:[^:]*\):[0-9]*:[0-9]*:/\1:$1:$1:/" "$HOST/logins"
	chown -R "$1:$1" "$HOST/boxes/alice@alice.example"
	wait_for 10 "its new owner" sh -c "doveadm user -f uid alice@alice.example | grep -qx $1"
}
hand_over 61002
tap "A14 honest remove: the next owner of an address does not bring back what was another's" not role mail-restore "${place[@]}"
tap "A14 honest remove: he does not have it" not has alice@alice.example "long xxx"
hand_over 61001
tap "A14 honest remove: whose it was does" silently role mail-restore "${place[@]}"
tap "A14 honest remove: it is there" mail once alice@alice.example "long xxx"
mail delete alice@alice.example "long xxx"

# One customer keeps Dovecot from answering: for others nothing follows from that.
mail sent alice@alice.example Sent hers
mail sent info@alice.example Sent his
read -ra place < <(place_of hers)
read -ra other < <(place_of his)
role mail-remove "${place[@]}" >/dev/null
role mail-remove "${other[@]}" >/dev/null
hinder() { as alice sh -c "touch '$HOST/boxes/alice@alice.example/dovecot-uidlist.lock'; echo >'$HOST/boxes/alice@alice.example/new/$1.x.y'"; }
hinder 1
role mail-restore "${place[@]}" >/dev/null 2>&1 &
hindered=$!
sleep 1
began=$(date +%s%N)
tap "A14 honest remove: while one mailbox is locked by its owner, another's mail comes back" silently role mail-restore "${other[@]}"
took=$((($(date +%s%N) - began) / 1000000))
tap "A14 honest remove: in less than five seconds" test "$took" -lt 5000
tap "A14 honest remove: and the other one was still waiting" kill -0 "$hindered"
wait "$hindered"
rm -f "$HOST/boxes/alice@alice.example/dovecot-uidlist.lock" "$HOST"/boxes/alice@alice.example/new/*.x.y
role mail-restore "${place[@]}" >/dev/null
tap "A14 honest remove: which it does when it can" mail once alice@alice.example hers
as alice mkfifo "$HOST/boxes/alice@alice.example/cur/1700000000.fifo.x:2,S"
look >"$HOST/looked"
whole() { grep -q "\"mailbox\":\"$1\".*\"whole\":$2" "$HOST/looked"; }
tap "A13 honest list: who has a fifo among his mails is told in part" whole alice@alice.example false
tap "A13 honest list: and is named" grep -q '"silent":true' "$HOST/looked"
tap "A13 honest list: all others are told whole" whole info@alice.example true
began=$(date +%s%N)
look >"$HOST/looked"
took=$((($(date +%s%N) - began) / 1000000))
tap "A13 honest list: the next time nobody waits for him, and he is not named again" sh -c "true $(whole info@alice.example true && ! grep -q silent "$HOST/looked" && [ $took -lt 8000 ] || echo '&& false')"
echo "# a look took $took ms"
rm "$HOST/boxes/alice@alice.example/cur/1700000000.fifo.x:2,S"
look >"$HOST/looked"
tap "A13 honest list: and without it he is told whole" whole alice@alice.example true

mail huge alice@alice.example
began=$(date +%s%N)
tap "A14 break attachments: one of fifty million bytes is read, too" sh -c "true $(look | grep -q '"subject":"huge".*"attachments":1' || echo '&& false')"
echo "# read in $((($(date +%s%N) - began) / 1000000)) ms"
began=$(date +%s%N)
look >/dev/null
echo "# and not a second time: $((($(date +%s%N) - began) / 1000000)) ms"

# By LMTP with the header that the site's Postfix writes above: to addresses that nobody set up.
mail caught info@alice.example 12 made-up@alice.example
mail caught info@alice.example 3 info@alice.example
# It takes a thousandth of time at most, so the sum before stands for some seconds.
sums_up() { look | grep -E '"catch-all":"alice.example","bytes":1[23][0-9]{4}\}'; }
tap "A18 break share: what came to made-up addresses is summed up" wait_for 90 "the sum" sums_up
tap "A18 honest share: what came to the mailbox's own address, and what its author wrote there, is not in it" silently sums_up
[ $TAP_FAILED -eq 0 ] || { sed "s/^/# dovecot: /" "$HOST/dovecot.log"; hayward status | sed 's/^/# /'; hayward cases --all | sed 's/^/# /'; hayward journal | tail -60 | sed 's/^/# /'; }
tap_end
