# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Real daemons for a host of tests/lib/host.sh, which start the customers' programs: a little
# before other work on this machine, or what they use says how busy that is.
#
#   web_server                     # Apache: http://127.0.0.1/~alice/page.cgi by suexec
#   ssh_server                     # sshd; then: over_ssh alice COMMAND
#   cron_jobs alice '@reboot job'  # cron, which runs this as the machine starts
#   php_pool one alice             # PHP-FPM with a worker of hers; then: php_page one FILE

# daemons_have PROGRAM...: skips the test, naming what is missing.
daemons_have() {
	local program
	for program; do
		command -v "$program" >/dev/null || tap_skip "needs $program"
	done
}

# Once: pids and sockets of the machine's own daemons are no business of ours.
daemons_apart() {
	local customer
	[ -z "${DAEMONS_APART:-}" ] || return 0
	DAEMONS_APART=yes
	mount -t tmpfs -o mode=755 tmpfs /run
	mkdir -p /run/apache2 /run/lock/apache2 /run/sshd
	chmod 755 "$HOST" "$HOST/home" "$HOST"/home/*
	while IFS=: read -r customer _ uid _; do
		grep -q "^$customer:" /etc/group || echo "$customer:x:$uid:" >>/etc/group
	done < <(awk -F: -v home="$HOST/home/" 'index($6, home) == 1' /etc/passwd)
}

web_server() {
	daemons_apart
	mkdir -p /var/log/apache2
	mount -t tmpfs -o mode=755 tmpfs /var/log/apache2
	cat >/etc/apache2/conf-enabled/customers.conf <<-END
		ServerName common.example
		UserDir public_html
		<Directory $HOST/home/*/public_html>
		    Require all granted
		    Options +ExecCGI
		    AddHandler cgi-script .cgi
		</Directory>
	END
	a2enmod -q cgid suexec userdir && nice -n -5 apache2ctl start
}

ssh_server() {
	local customer
	daemons_apart
	ssh-keygen -q -t ed25519 -N "" -f "$HOST/key"
	for customer in "$HOST"/home/*; do
		mkdir -p "$customer/.ssh"
		cp "$HOST/key.pub" "$customer/.ssh/authorized_keys"
		chown -R --reference "$customer" "$customer/.ssh"
	done
	ssh-keygen -A && nice -n -5 /usr/sbin/sshd && wait_for 10 "sshd" over_ssh "$(basename "$customer")" true
}

over_ssh() {
	silently ssh -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=QUIET -o BatchMode=yes \
		-o ConnectTimeout=10 -i "$HOST/key" "$1@127.0.0.1" "${@:2}"
}

cron_jobs() {
	daemons_apart
	install -d -m 1730 -g crontab /var/spool/cron/crontabs
	crontab -u "$1" - <<<"$2" && nice -n -5 cron
}

# php_pool NAME ACCOUNT [PROGRAM [SETTING...]]: a master with a pool for that account, by default of one
# worker. php_pool_end NAME.
php_pool() {
	local name=$1 uid program=${3:-/usr/sbin/php-fpm8.2}
	uid=$(uid_of "$2")
	shift $(($# < 3 ? $# : 3))
	[ $# -gt 0 ] || set -- "pm = static" "pm.max_children = 1"
	{
		printf '[global]\npid = %s.pid\nerror_log = %s.log\n' "$HOST/fpm-$name" "$HOST/fpm-$name"
		printf '[pool]\nuser = %s\ngroup = %s\nlisten = %s.socket\n' "$uid" "$uid" "$HOST/fpm-$name"
		printf '%s\n' "$@"
	} >"$HOST/fpm-$name.conf"
	"$program" --fpm-config "$HOST/fpm-$name.conf" >/dev/null 2>&1
}

php_pool_end() {
	kill "$(cat "$HOST/fpm-$1.pid")"
}

# php_page NAME FILE [TIMES [PARAMETER=VALUE...]]: asks the pool for that script, and prints what it says.
php_page() {
	python3 -I -S "$ROOT/tests/lib/fcgi.py" "$HOST/fpm-$1.socket" "${@:2}"
}

# page ACCOUNT NAME: asks for it once, until the server has answered, whatever it is.
page() {
	silently curl -s --max-time 600 -o /dev/null "http://127.0.0.1/~$1/$2"
}
