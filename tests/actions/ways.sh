#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The ways in of an account, each tried for real while it is open, held and
# released, with an honest neighbour beside it for whom nothing changes: real
# sshd, cron, at, ProFTPD, Postfix, Dovecot, PHP-FPM and MariaDB, in namespaces of
# their own, on copies of /etc and /var. Who is missing is named and left out.
#
# HANDS is the enforcer's hands on a leash, see leash.c. The table of what was tried
# is left in build/ways.txt too, which tools/check shows at its end.
set -u
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
. "$ROOT/tests/lib/tap.sh"
HANDS=${HANDS:-$ROOT/build/tests/actions/leash}
ALICE=61150
BOB=61151

if [ "${WAYS_INSIDE:-}" != yes ]; then
	[ "$(id -u)" -eq 0 ] || tap_skip "needs root: namespaces, uids, daemons"
	unshare --mount --propagation private true 2>/dev/null ||
		tap_skip "no private mounts here (a chroot?)"
	PLACE=$(mktemp -d /tmp/hayward-ways.XXXXXX)
	status=0
	WAYS_INSIDE=yes PLACE=$PLACE unshare --mount --propagation private --pid --net --uts --ipc --fork \
		--mount-proc --kill-child "$0" "$@" || status=$?
	find /sys/fs/cgroup -depth -type d -path "*/$(basename "$PLACE")*" -exec rmdir {} + 2>/dev/null
	rm -rf "$PLACE"
	exit $status
fi

# --- A host of its own: private copies of what daemons read and write.

LOG=$PLACE/log
prepare_host() {
	local folder
	ip link set lo up
	hostname ways.example
	cp -a --one-file-system /etc "$PLACE/etc"
	mkdir -p "$PLACE/var/lib" "$PLACE/state"
	for folder in spool/cron spool/postfix lib/dovecot lib/postfix lib/php lib/pam; do
		[ -d /var/$folder ] || continue
		mkdir -p "$PLACE/var/$(dirname $folder)"
		cp -a --one-file-system /var/$folder "$PLACE/var/$folder"
	done
	mkdir -p "$PLACE"/var/{mail,log,tmp,cache,lock}
	ln -s ../mail "$PLACE/var/spool/mail"
	chgrp mail "$PLACE/var/mail"
	chmod 2775 "$PLACE/var/mail"
	chmod 1777 "$PLACE/var/tmp"
	mkdir -p "$PLACE/var/lib/systemd/linger"
	ln -s /run "$PLACE/var/run"
	mkdir "$PLACE/source"
	mount --bind "$ROOT" "$PLACE/source"
	mount --bind "$PLACE/etc" /etc
	mount --bind "$PLACE/var" /var
	mount -t tmpfs -o mode=755 tmpfs /run
	mount -t tmpfs -o mode=755 tmpfs /home
	# Where this very tree lies below one of them, it is to be seen there as before.
	[ -d "$ROOT/tests" ] || { mkdir -p "$ROOT" && mount --bind "$PLACE/source" "$ROOT"; }
	mkdir -p /run/sshd /run/php /run/mysqld /run/proftpd /etc/hayward/held
	echo '127.0.0.1 ways.example ways' >>/etc/hosts
	: >/etc/hayward/held/mailboxes
	: >/etc/hayward/held/senders
}

# What packaging/suspend sets up once, on this host.
set_up() {
	local setup=$ROOT/packaging/suspend
	groupadd -r hayward-no-login && groupadd -r hayward-no-upload
	sed -n '/^\t\[success\|^\trequisite/s/^\t/account /p' "$setup/pam-config" >>/etc/pam.d/common-account
	cp "$setup/sshd.conf" /etc/ssh/sshd_config.d/hayward.conf 2>/dev/null
	cp "$setup/proftpd.conf" /etc/proftpd/conf.d/hayward.conf 2>/dev/null
	cp "$setup/dovecot.conf" /etc/dovecot/conf.d/05-hayward.conf 2>/dev/null
}

add_customer() {
	local name=$1 uid=$2
	echo "$name:x:$uid:$uid::/home/$name:/bin/bash" >>/etc/passwd
	echo "$name:x:$uid:" >>/etc/group
	echo "$name:$(openssl passwd -6 "$name-secret"):19000:0:99999:7:::" >>/etc/shadow
	mkdir -p "/home/$name/.ssh"
	cp "$PLACE/key.pub" "/home/$name/.ssh/authorized_keys"
	echo "<?php echo 'php of $name';" >"/home/$name/hello.php"
	chown -R "$uid:$uid" "/home/$name"
	chmod 711 "/home/$name"
	: >"/var/mail/$name"
	chown "$uid:mail" "/var/mail/$name"
	chmod 660 "/var/mail/$name"
}

as() {
	local uid=$1
	shift
	silently setpriv --reuid "$uid" --regid "$uid" --clear-groups env -i HOME="/home/$(name_of "$uid")" \
		USER="$(name_of "$uid")" LOGNAME="$(name_of "$uid")" PATH=/usr/sbin:/usr/bin:/bin "$@"
}

name_of() {
	[ "$1" = $ALICE ] && echo alice || echo bob
}

uid_of() {
	[ "$1" = alice ] && echo $ALICE || echo $BOB
}

wait_for() {
	local deadline=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt "$deadline" ] || return 1
		sleep 0.1
	done
}

# --- The daemons. Each says whether it serves; who does not is left out, loudly.

HERE=" login "
MISSING=
have() {
	case $HERE in *" $1 "*) return 0 ;; *) return 1 ;; esac
}

serve() {
	local name=$1 program=$2
	if ! command -v "$program" >/dev/null; then
		echo "# LEFT OUT: $name: there is no $program on this machine"
		MISSING="$MISSING $name"
		return
	fi
	if "start_$name" >>"$LOG" 2>&1; then
		HERE="$HERE$name "
	else
		echo "# LEFT OUT: $name: $program does not come up here:"
		tail -3 "$LOG" | sed 's/^/#   /'
		MISSING="$MISSING $name"
	fi
}

listens() {
	python3 -c "import socket; socket.create_connection(('127.0.0.1', $1), 1)"
}

start_ssh() {
	ssh-keygen -A >/dev/null
	/usr/sbin/sshd -D -e 2>>"$PLACE/sshd.log" &
	wait_for 10 listens 22
}

start_cron() {
	cron -f &
	sleep 0 && kill -0 $!
}

start_at() {
	atd -f &
	wait_for 10 test -s /run/atd.pid
}

start_ftp() {
	sed -i 's/^UseIPv6.*/UseIPv6 off/; s/^#* *RequireValidShell.*/RequireValidShell off/' /etc/proftpd/proftpd.conf
	printf 'UseReverseDNS off\nServerIdent off\nTransferLog none\n' >>/etc/proftpd/proftpd.conf
	mkdir -p /var/log/proftpd
	proftpd -n -q &
	wait_for 10 listens 21
}

start_postfix() {
	postconf -e 'mydestination = ways.example, localhost' 'myhostname = ways.example' 'inet_interfaces = loopback-only' \
		'inet_protocols = ipv4' 'mynetworks = 127.0.0.0/8' 'alias_maps =' 'mailbox_command =' \
		'smtputf8_enable = no' 'compatibility_level = 3.6' 'maillog_file = /var/log/mail.log' \
		'authorized_submit_users = !/etc/hayward/held/senders, static:all'
	postconf -F '*/*/chroot = n'
	mkdir -p /var/lib/postfix /var/spool/postfix
	chown postfix: /var/lib/postfix
	postfix start
	wait_for 10 listens 25
}

start_mailbox() {
	sed -i '/^ssl_cert\|^ssl_key/d' /etc/dovecot/conf.d/10-ssl.conf
	cat >>/etc/dovecot/conf.d/99-test.conf <<-'END'
		protocols = imap
		mail_location = mbox:~/mail:INBOX=/var/mail/%u
		mail_access_groups = mail
		first_valid_uid = 1000
		ssl = no
		disable_plaintext_auth = no
		auth_failure_delay = 0
		log_path = /var/log/dovecot.log
	END
	dovecot -F &
	wait_for 10 listens 143
}

start_pools() {
	local name
	rm -f /etc/php/8.2/fpm/pool.d/*
	for name in alice bob; do
		cat >/etc/php/8.2/fpm/pool.d/$name.conf <<-END
			[$name]
			user = \$pool
			group = $name
			listen = /run/php/$name.sock
			pm = static
			pm.max_children = 1
		END
	done
	php-fpm8.2 -F --fpm-config /etc/php/8.2/fpm/php-fpm.conf &
	wait_for 10 test -S /run/php/bob.sock
}

sql() {
	mariadb --no-defaults -u root -N -B -e "$1"
}

start_database() {
	local data=/var/lib/mysql name
	mkdir -p $data
	chown mysql: $data /run/mysqld
	TMPDIR=$data mariadb-install-db --no-defaults --user=mysql --datadir=$data --innodb-log-file-size=8M \
		--auth-root-authentication-method=socket --skip-test-db >/dev/null || return 1
	mariadbd --no-defaults --user=mysql --datadir=$data --innodb-log-file-size=8M --event-scheduler=ON \
		--socket=/run/mysqld/mysqld.sock --skip-networking --innodb-buffer-pool-size=16M &
	wait_for 30 sql 'SELECT 1' || return 1
	for name in alice bob; do
		sql "CREATE DATABASE ${name}_shop; CREATE TABLE ${name}_shop.t (n INT);
			CREATE USER ${name}_web@localhost IDENTIFIED BY '$name-secret';
			GRANT ALL ON ${name}_shop.* TO ${name}_web@localhost;
			CREATE DEFINER=${name}_web@localhost EVENT ${name}_shop.\`every; second\` ON SCHEDULE EVERY 1 SECOND
				DO INSERT INTO ${name}_shop.t VALUES (1);" || return 1
	done
}

# --- What somebody may do: each gives 0 if it works for that customer.

SSH="-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o ConnectTimeout=10"

try_password() { # shellcheck disable=SC2086
	[ "$(sshpass -p "$1-secret" ssh $SSH -o PubkeyAuthentication=no "$1@127.0.0.1" 'echo in' 2>/dev/null)" = in ]
}

try_key() { # shellcheck disable=SC2086
	[ "$(ssh $SSH -o BatchMode=yes -i "$PLACE/key" "$1@127.0.0.1" 'echo in' 2>/dev/null)" = in ]
}

try_forwarding() {
	# shellcheck disable=SC2086
	timeout 5 ssh $SSH -o BatchMode=yes -i "$PLACE/key" -W 127.0.0.1:22 "$1@127.0.0.1" </dev/null 2>/dev/null | grep -q SSH
}

try_su() {
	su "$1" -c true
}

sftp_do() {
	# shellcheck disable=SC2086
	sftp $SSH -o BatchMode=yes -q -b - -i "$PLACE/key" "$1@127.0.0.1" >/dev/null 2>&1
}

try_sftp_fetch() {
	printf 'get hello.php %s/fetched\n' "$PLACE" | sftp_do "$1" && grep -q "$1" "$PLACE/fetched"
}

try_sftp_delete() {
	as "$(uid_of "$1")" touch "/home/$1/rubbish"
	printf 'rm rubbish\n' | sftp_do "$1" && [ ! -e "/home/$1/rubbish" ]
}

try_sftp_upload() {
	rm -f "/home/$1/up"
	printf 'put %s up\n' "$PLACE/key.pub" | sftp_do "$1" && [ -s "/home/$1/up" ]
}

ftp() {
	local name=$1
	shift
	curl -sS --max-time 10 --user "$name:$name-secret" "$@" >/dev/null
}

try_ftp_fetch() {
	ftp "$1" ftp://127.0.0.1/hello.php
}

try_ftp_delete() {
	as "$(uid_of "$1")" touch "/home/$1/rubbish"
	ftp "$1" ftp://127.0.0.1/ -Q "DELE rubbish" && [ ! -e "/home/$1/rubbish" ]
}

try_ftp_upload() {
	ftp "$1" -T "$PLACE/key.pub" ftp://127.0.0.1/up2
}

# Cron and at: what was set up before runs within this long. Waits for the neighbour's, whose
# running shows that the clock came by.
try_clock() {
	local kind=$1 name=$2
	[ -e "/home/$name/$kind.ran" ]
}

try_pipe() {
	local box=/home/$1/piped
	rm -f "$box"
	printf 'Subject: x\n\nhello\n' | sendmail -f root "$1"
	wait_for 5 test -s "$box"
}

# Accepted, and kept somewhere: by the program, or in the mailbox.
try_mail_in() {
	local word=in-$RANDOM$RANDOM
	printf 'Subject: x\n\n%s\n' "$word" | sendmail -f root "$1"
	wait_for 10 grep -qs "$word" "/home/$1/piped" "/var/mail/$1"
}

try_send() {
	printf 'Subject: from %s\n\nhello\n' "$1" | as "$(uid_of "$1")" sendmail root
}

try_imap() {
	curl -sS --max-time 10 --user "$1:$1-secret" imap://127.0.0.1/ >/dev/null
}

try_pool() {
	python3 "$ROOT/tests/lib/fcgi.py" "/run/php/$1.sock" "/home/$1/hello.php" | grep -q "php of $1"
}

try_database() {
	mariadb --no-defaults -u "${1}_web" -p"$1-secret" -e 'SELECT 1' >/dev/null
}

try_event() {
	sql "DELETE FROM ${1}_shop.t"
	wait_for 4 sh -c "[ \$(mariadb --no-defaults -u root -N -B -e 'SELECT COUNT(*) FROM ${1}_shop.t') -gt 0 ]"
}

try_linger() {
	[ -e "/var/lib/systemd/linger/$1" ]
}

# --- The table: way | what it needs | try | while held it must be.

TABLE="
password login|ssh|try_password|closed
ssh key login|ssh|try_key|closed
port forwarding|ssh|try_forwarding|closed
su|login|try_su|closed
SFTP upload|ssh|try_sftp_upload|closed
SFTP fetch|ssh|try_sftp_fetch|works
SFTP delete|ssh|try_sftp_delete|works
FTP upload|ftp|try_ftp_upload|closed
FTP fetch|ftp|try_ftp_fetch|works
FTP delete|ftp|try_ftp_delete|works
mail to program|postfix|try_pipe|closed
incoming mail|postfix|try_mail_in|works
sending mail|postfix|try_send|closed
mailbox login|mailbox|try_imap|closed
PHP pool|pools|try_pool|closed
database user|database|try_database|closed
database event|database|try_event|closed
lingering units|login|try_linger|closed
crontab|cron|try_clock cron|closed
at job|at|try_clock at|closed
"

# Both clocks are set to ring at the next full minute, and waited for by the neighbour's.
set_clocks() {
	rm -f /home/*/cron.ran /home/*/at.ran
}

wait_for_clocks() {
	! have cron || wait_for 75 test -e /home/bob/cron.ran || return 1
	! have at || wait_for 75 test -e /home/bob/at.ran
}

queue_at() {
	have at || return 0
	# A job runs in the folder in which it was queued, which may be closed to its owner.
	(cd / && echo "touch /home/$1/at.ran" | as "$(uid_of "$1")" at "now + $2" 2>>"$LOG")
}

# try_all PHASE: every way for both of them; RESULT[way|phase] is what alice could do.
declare -A RESULT
try_all() {
	local phase=$1 title needs try expect wanted
	wait_for_clocks || echo "# the clocks did not ring"
	while IFS='|' read -r title needs try expect; do
		[ -n "$title" ] && have "$needs" || continue
		wanted=works
		[ "$phase" != held ] || wanted=$expect
		# shellcheck disable=SC2086
		if $try alice >"$PLACE/out" 2>&1 </dev/null; then
			RESULT[$title|$phase]=works
		else
			RESULT[$title|$phase]=closed
		fi
		tap "$title, $phase: $wanted" test "${RESULT[$title|$phase]}" = $wanted
		[ "${RESULT[$title|$phase]}" = $wanted ] || sed 's/^/#   /' "$PLACE/out"
		# shellcheck disable=SC2086
		tap "$title, $phase: works for the neighbour" $try bob </dev/null
	done <<<"$TABLE"
}

print_table() {
	local title rest
	printf '#\n# %-18s %-8s %-8s %-8s\n' way open held released
	while IFS='|' read -r title rest; do
		[ -n "$title" ] || continue
		printf '# %-18s %-8s %-8s %-8s\n' "$title" "${RESULT[$title|open]:-left out}" \
			"${RESULT[$title|held]:-left out}" "${RESULT[$title|released]:-left out}"
	done <<<"$TABLE"
	echo "#"
}

# --- The enforcer's hands.

hands_start() {
	rm -f "$PLACE"/{orders,answers}
	mkfifo "$PLACE"/{orders,answers}
	"$HANDS" "$PLACE/state" "$(basename "$PLACE")" "alice:$ALICE:/home/alice:alice.example" \
		"bob:$BOB:/home/bob:bob.example" <"$PLACE/orders" >"$PLACE/answers" 2>>"$LOG" &
	HANDS_PID=$!
	exec 8>"$PLACE/orders" 9<"$PLACE/answers"
}

hands_stop() {
	exec 8>&- 9<&-
	wait "$HANDS_PID" 2>/dev/null
}

# How they ended: 137 is as by kill -9.
hands_ended() {
	wait "$HANDS_PID" 2>/dev/null
	HANDS_STATUS=$?
}

# order COMMAND: its text goes to $PLACE/answer; the status is success if it is 0.
order() {
	local line status
	echo "$*" >&8 2>/dev/null
	read -r status <&9 || return 1
	: >"$PLACE/answer"
	while read -r line <&9 && [ "$line" != . ]; do
		echo "$line" >>"$PLACE/answer"
	done
	sed 's/^/# /' "$PLACE/answer"
	[ "$status" = 0 ]
}

says() {
	cat "$PLACE/answer"
	grep -q -- "$1" "$PLACE/answer"
}

# What of this host a suspension changes, as it stands: names, inodes, modes, owners, contents.
state_of_host() {
	getent group hayward-no-login hayward-no-upload
	find /etc/hayward/held -type f -exec sha256sum {} + 2>/dev/null | sort
	for name in crontabs/alice crontabs/.hayward-alice; do
		stat -c '%n %i %u %g %a %s' /var/spool/cron/$name 2>/dev/null
	done
	find /etc/php/8.2/fpm/pool.d /var/lib/systemd/linger -type f -printf '%p %i %u %g %m %s\n' 2>/dev/null | sort
	find /home/alice -maxdepth 1 -name '.*forward*' -printf '%p %i %u %g %m %s %l\n' | sort
}

not_before() {
	local seconds
	seconds=$(date +%-S)
	[ "$seconds" -lt 35 ] || sleep $((61 - seconds))
}

set_up_customers() {
	local name
	for name in alice bob; do
		echo "|cat >>/home/$name/piped" >"/home/$name/.forward"
		chown "$name:$name" "/home/$name/.forward"
		touch /var/lib/systemd/linger/$name
		! have cron || echo "* * * * * touch /home/$name/cron.ran" | as "$(uid_of $name)" crontab -
		as "$(uid_of $name)" sleep 1000 &
	done
}

runs() {
	pgrep -u "$1" -x sleep
}

stands() {
	pgrep -u "$1" -r T -x sleep
}

# halted: alice runs something, in a session of its own, and stands still: that everybody is to be ended is on
# its way. (A stopped process of ours would have the kernel hang up on all of us when its parent ends.)
halted() {
	as $ALICE setsid sleep 1000 >/dev/null 2>&1 8>&- 9<&- &
	wait_for 5 runs $ALICE
	order halt alice
	wait_for 5 stands $ALICE
}

without_groups() {
	cp -p /etc/group "$PLACE/group"
	sed -i /hayward-no-login/d /etc/group
	local status=0
	"$@" || status=$?
	cp -p "$PLACE/group" /etc/group
	return $status
}

# --- The story.

prepare_host
ssh-keygen -q -t ed25519 -N '' -f "$PLACE/key"
set_up
add_customer alice $ALICE
add_customer bob $BOB
chmod 755 "$PLACE"
for pair in ssh:/usr/sbin/sshd cron:cron at:atd ftp:proftpd postfix:postfix mailbox:dovecot pools:php-fpm8.2 \
	database:mariadbd; do
	serve "${pair%%:*}" "${pair#*:}"
done
set_up_customers
hands_start

not_before
queue_at alice "1 minute"
queue_at bob "1 minute"
try_all open
state_of_host >"$PLACE/before"

not_before
queue_at alice "1 minute"
queue_at bob "1 minute"
tap "suspended" order apply suspend alice 1
tap "whoever ran is ended" not runs $ALICE
tap "the neighbour's runs on" runs $BOB
set_clocks
try_all held
tap "told item by item" order describe suspend alice
tap "the login is closed" says "login 'alice': closed"

if have cron; then
	echo "* * * * * touch /home/alice/cron.ran" >"$PLACE/panel"
	tap "a panel puts the crontab back" crontab -u alice "$PLACE/panel"
	order tick 6000
	tap "it is closed again" not test -e /var/spool/cron/crontabs/alice
	order describe suspend alice >/dev/null
	tap "and counted" says "crontab 'alice': closed, found open and closed again 1 times"
fi
before=$(sha256sum /etc/passwd)
as $ALICE ln -s /etc/passwd /home/alice/.forward
order tick 11000
tap "a link for a .forward is put aside" not test -L /home/alice/.forward
tap "and not followed" test "$before" = "$(sha256sum /etc/passwd)"
as $ALICE rm -f /home/alice/.hayward-.forward*
groupmems -g hayward-no-login -d alice 2>/dev/null || gpasswd -d alice hayward-no-login >/dev/null
order tick 6000
tap "taken out of the group it is put back" sh -c 'getent group hayward-no-login | grep -q alice'

tap "a lock beside it" order apply lock alice 2
tap "the suspension is released" order release suspend alice 1
tap "the lock keeps it" says "still held by a lock"
tap "login stays closed" not try_su alice
set_clocks
tap "the lock is released" order release lock alice 2
tap "what the owner removed is told" says "mail to programs '.forward': changed meanwhile"
tap "released twice is already so" order release lock alice 2
echo "|cat >>/home/alice/piped" >/home/alice/.forward
chown alice:alice /home/alice/.forward
queue_at bob "1 minute"
try_all released
state_of_host >"$PLACE/before"

for point in suspend-noted suspend-held:1 suspend-held:3 suspend-held:6 suspend-closed; do
	hands_stop
	HAYWARD_CRASH=$point hands_start
	order apply suspend alice 7 >/dev/null
	hands_ended
	tap "killed at $point" test $HANDS_STATUS = 137
	hands_start
	tap "taken up again" order apply suspend alice 7
	tap "login is closed" not try_su alice
	tap "released" order release suspend alice 7
	state_of_host >"$PLACE/after"
	tap "all is as before" diff "$PLACE/before" "$PLACE/after"
done
for point in suspend-unclaimed suspend-undone:1 suspend-undone:3; do
	order apply suspend alice 8 >/dev/null
	hands_stop
	HAYWARD_CRASH=$point hands_start
	order release suspend alice 8 >/dev/null
	hands_ended
	tap "killed at $point" test $HANDS_STATUS = 137
	hands_start
	tap "release is taken up again" order release suspend alice 8
	state_of_host >"$PLACE/after"
	tap "all is as before" diff "$PLACE/before" "$PLACE/after"
done

order apply suspend alice 9 >/dev/null
order forget alice
tap "an account with another holder is released" order release suspend alice 9
! have cron || tap "whose crontab stays aside" says "crontab 'alice': left put aside"
tap "and whose login is open" try_su alice

# Who stands still until he is ended runs on if he is not.
hands_stop
hands_start
tap "who is to be ended stands still" halted
tap "nobody else does" not stands $BOB
tap "he cannot be kept out" not without_groups order apply lock alice 10
tap "so he runs on" wait_for 5 not stands $ALICE
order halt alice
hands_stop
hands_start
tap "who comes after us" stands $ALICE
order later 70000
tap "wakes whom nobody has ended" wait_for 5 not stands $ALICE
tap "and he was not hurt" runs $ALICE
tap "what cannot be done is not begun" without_groups order halt alice
tap "nobody stands still for it" not stands $ALICE
order halt alice
tap "who is ended after he stood still" order apply lock alice 11
tap "is ended" not runs $ALICE
order release lock alice 11

print_table | tee "$(dirname "$HANDS")/../../ways.txt"
[ -z "$MISSING" ] || echo "# LEFT OUT:$MISSING"
echo "1..$TAP_COUNT"
exit $((TAP_FAILED > 0))
