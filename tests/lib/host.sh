# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# A pretend host for tests and the demo: own mount, PID and network namespaces,
# a private passwd with free uids, its own cgroup subtree, haywardd in the
# foreground with notices as .eml files. Nothing of it is left at the end.
#
#   . tests/lib/host.sh
#   host_enter "$@"              # comes back inside the namespaces
#   host_account alice 61001 basic
#   host_policy < extra.policy   # what this host does otherwise
#   host_set mode enforce
#   host_start
#   as alice perl loop.pl &
#   wait_for 20 "a case" ask cases 'any(c["clause"] == "A10" for c in data["cases"])'
#
# BUILD names the build folder (default: build).

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=${BUILD:-$ROOT/build}
case $BUILD in /*) ;; *) BUILD=$PWD/$BUILD ;; esac
. "$ROOT/tests/lib/tap.sh"

# Re-executes the script as the first process of fresh namespaces; the outer one
# waits, and cleans up what namespaces do not: the cgroup subtree and the folder.
# (Propagation stays as it is: in a chroot the root is no mount point.)
host_enter() {
	if [ "${HOST_INSIDE:-}" = yes ]; then
		host_prepare
		return
	fi
	[ "$(id -u)" -eq 0 ] || tap_skip "needs root: namespaces, uids and cgroups"
	HOST=$(mktemp -d /tmp/hayward-host.XXXXXX)
	chmod 755 "$HOST"
	local status=0
	HOST=$HOST HOST_INSIDE=yes BUILD=$BUILD unshare --mount --propagation unchanged --pid \
		--net --fork --mount-proc \
		--kill-child "$0" "$@" || status=$?
	host_remove_cgroups
	# What is still disabled is immutable.
	chattr -R -f -i "$HOST/home" 2>/dev/null
	rm -rf "$HOST"
	exit $status
}

host_remove_cgroups() {
	local mount name
	name=$(basename "$HOST")
	for mount in /sys/fs/cgroup /sys/fs/cgroup/*; do
		find "$mount/$name" "$mount/$name"-* -depth -type d -exec rmdir {} + 2>/dev/null
	done
	return 0
}

# What holds change lies in /etc, in the spools and in daemons' sockets: this host has its
# own, set up for suspending as docs/suspend.md says, so that nothing of the machine is
# touched, not even by a mistake of ours.
host_private() {
	local folder setup=$ROOT/packaging/suspend
	mount --make-rprivate / 2>/dev/null
	if [ "$(findmnt -n -o PROPAGATION -T /etc)" = shared ]; then
		echo "Bail out! what is mounted here would be seen by the whole machine"
		exit 1
	fi
	cp -a --one-file-system /etc "$HOST/private"
	mount --bind "$HOST/private" /etc
	for folder in /var/spool /var/lib/systemd/linger /run/mysqld; do
		[ ! -d "$folder" ] || mount -t tmpfs -o mode=755 tmpfs "$folder"
	done
	printf '%s:x:%s:\n' hayward-no-login 64998 hayward-no-upload 64999 >>/etc/group
	sed -n '/^\t\[success\|^\trequisite/s/^\t/account /p' "$setup/pam-config" >>/etc/pam.d/common-account
	[ ! -d /etc/ssh/sshd_config.d ] || cp "$setup/sshd.conf" /etc/ssh/sshd_config.d/hayward.conf
	[ ! -d /etc/proftpd/conf.d ] || cp "$setup/proftpd.conf" /etc/proftpd/conf.d/hayward.conf
	[ ! -d /etc/dovecot/conf.d ] || cp "$setup/dovecot.conf" /etc/dovecot/conf.d/05-hayward.conf
	mkdir -p /etc/hayward/held
	touch /etc/hayward/held/mailboxes /etc/hayward/held/senders
	[ ! -f /etc/postfix/main.cf ] ||
		echo 'authorized_submit_users = !/etc/hayward/held/senders, static:all' >>/etc/postfix/main.cf
}

host_prepare() {
	host_private
	mkdir -p "$HOST"/{etc/policy.d,etc/notices,state,run,mail,home}
	ip link set lo up 2>/dev/null || true
	cp "$ROOT"/policies/*.policy "$HOST/etc/policy.d/"
	cp "$ROOT"/notices/* "$HOST/etc/notices/"
	cp /etc/passwd "$HOST/etc/passwd"
	: >"$HOST/etc/accounts.conf"
	cat >"$HOST/etc/hayward.conf" <<-END
		host common.example
		mode enforce
		operator staff@common.example
		cgroup $(basename "$HOST")
		uid-first 61000
		uid-last 61999
		uid-floor 61000
		pid-namespace $(stat -L -c %i /proc/self/ns/pid)
	END
}

# host_account NAME UID [PLAN]: a customer with a home and an address elsewhere.
host_account() {
	local name=$1 uid=$2 plan=${3:-basic}
	if getent passwd "$uid" >/dev/null; then
		echo "Bail out! uid $uid is in use on this machine"
		exit 1
	fi
	echo "$name:x:$uid:$uid::$HOST/home/$name:/bin/sh" | tee -a /etc/passwd >>"$HOST/etc/passwd"
	echo "$name:*:19000:0:99999:7:::" >>/etc/shadow
	cat >>"$HOST/etc/accounts.conf" <<-END
		account $name {
		    plan $plan
		    contact $name@elsewhere.example
		}
	END
	mkdir -p "$HOST/home/$name/public_html"
	chown -R "$uid:$uid" "$HOST/home/$name"
}

# host_set NAME VALUE: a setting of hayward.conf, in place of the one above.
host_set() {
	sed -i "/^$1 /d" "$HOST/etc/hayward.conf"
	echo "$1 $2" >>"$HOST/etc/hayward.conf"
}

# host_policy [NAME]: adds a policy file from standard input.
host_policy() {
	cat >"$HOST/etc/policy.d/${1:-local}.policy"
}

# host_pair: alice and bob, each told at once of each thing; policy from standard input, in
# which a busy machine is no emergency.
host_pair() {
	host_account alice 61001
	host_account bob 61002
	host_set gather 0s
	{
		echo 'amend A6 { when host.disk-free < 0% }'
		cat
	} | host_policy
}

# host_script ACCOUNT NAME CODE: an executable perl script of that account.
host_script() {
	local file=$HOST/home/$1/public_html/$2
	printf '#!/usr/bin/perl\n%s\n' "$3" >"$file"
	chown --reference "$HOST/home/$1" "$file"
	chmod 755 "$file"
}

# pid_of PROCESS: of that one of haywardd's.
pid_of() {
	pgrep -f "^haywardd --role $1 " | head -1
}

# host_start: haywardd, until it knows what was. host_launch: without waiting.
host_start() {
	host_launch
	wait_for 30 "haywardd to answer" hayward cases
	wait_for 10 "its gate to listen" gate_listens
}

# The engine may answer before the gate does, and what happens between is lost on it.
gate_listens() {
	grep -q " 00010000 .* $HOST/run/gate/host/requests\$" /proc/net/unix
}

host_launch() {
	"$BUILD/haywardd" --config "$HOST/etc/hayward.conf" --foreground --state "$HOST/state" \
		--run "$HOST/run" --notices "$HOST/mail" --passwd "$HOST/etc/passwd" ${HOST_OPTIONS:-} \
		>>"$HOST/log" 2>&1 &
	HAYWARDD=$!
}

host_stop() {
	kill -TERM "$HAYWARDD" 2>/dev/null
	wait "$HAYWARDD" 2>/dev/null
}

hayward() {
	HAYWARD_STATE="$HOST/state" "$BUILD/hayward" --run "$HOST/run" "$@"
}

uid_of() {
	awk -F: -v name="$1" '$1 == name {print $3}' "$HOST/etc/passwd"
}

# as NAME COMMAND...: as that customer, in the home. In the background $! is a shell that waits
# for the command: quiet NAME ends both.
as() {
	local name=$1 uid
	uid=$(uid_of "$1")
	shift
	silently setpriv --reuid "$uid" --regid "$uid" --clear-groups env -C "$HOST/home/$name" -i \
		HOME="$HOST/home/$name" USER="$name" PATH=/usr/local/bin:/usr/bin:/bin "$@"
}

# quiet NAME: ends everything that customer runs.
quiet() {
	pkill -u "$(uid_of "$1")"
	wait_for 5 "$1 to be quiet" not pgrep -u "$(uid_of "$1")"
}

no_cgroups() {
	! find /sys/fs/cgroup -path "*/$(basename "$HOST")/*" -type d 2>/dev/null | grep .
}

# as_owner ACCOUNT ARGUMENT...: hayward, called by an owner; the build folder may be closed to him.
as_owner() {
	local account=$1
	shift
	[ -x "$HOST/hayward" ] || install -m 755 "$BUILD/hayward" "$HOST/hayward"
	as "$account" "$HOST/hayward" --run "$HOST/run" "$@"
}

# ask COMMAND... EXPRESSION: whether a Python expression over the command's JSON (data) holds.
ask() {
	local expression=${*: -1}
	set -- "${@:1:$#-1}"
	hayward --json "$@" 2>/dev/null | python3 -I -S "$ROOT/tests/lib/holds.py" "$expression"
}

# wait_for SECONDS WHAT COMMAND...: polls until the command succeeds; 1 if it never does.
wait_for() {
	local deadline=$((SECONDS + $1)) what=$2
	shift 2
	until "$@" >/dev/null 2>&1; do
		if [ $SECONDS -ge "$deadline" ]; then
			echo "# waited in vain for $what" >&2
			return 1
		fi
		sleep 0.4 # who asks more often takes the processor from those who are tested
	done
}

# suspended NAME: the account is a member of those who may not log in, by the host's own list.
suspended() {
	grep -Eq "^hayward-no-login:.*[:,]$1(,|\$)" /etc/group
}

# script_figure ACCOUNT END FIGURE FACTOR: that figure of hayward's of the script whose path ends so,
# in whole units; nothing if it does not know the script. script_took ACCOUNT END LOW HIGH: whether
# its processor time of today lies between so many ms.
script_figure() {
	hayward show "$1" --scripts --json | python3 -c "
import json, sys
for script in json.load(sys.stdin)['scripts']:
    if script['script'].endswith('$2'): print(int(script['$3'] * $4))"
}
script_took() {
	local ms
	ms=$(script_figure "$1" "$2" cpu_seconds_today 1000)
	echo "# $2: $ms ms, where $3 to $4 are right"
	[ -n "$ms" ] && [ "$ms" -ge "$3" ] && [ "$ms" -le "$4" ]
}

# Conditions to wait for. has_case ACCOUNT CLAUSE: it has such an open case; held, free: a
# throttle is in force on it, or no case of the clause is open; uses_less ACCOUNT PERCENT.
has_case() {
	ask cases "any(c['account'] == '$1' and c['clause'] == '$2' for c in data['cases'])"
}

held() {
	ask cases "any(c['account'] == '$1' and c['holding'] for c in data['cases'])"
}

free() {
	ask cases "not any(c['account'] == '$1' and c['clause'] == '$2' for c in data['cases'])"
}

waiting() {
	ask cases --waiting "any(c['account'] == '$1' and c['clause'] == '$2' for c in data['cases'])"
}

uses_less() {
	ask top --once "any(r['account'] == '$1' and r['cpu_percent'] < $2 for r in data['rows'])"
}

uses_more() {
	ask top --once "any(r['account'] == '$1' and r['cpu_percent'] > $2 for r in data['rows'])"
}

# case_of ACCOUNT CLAUSE: the number of its open case.
case_of() {
	hayward --json cases | python3 -c '
import json, sys
print(next((c["case"] for c in json.load(sys.stdin)["cases"]
    if c["account"] == sys.argv[1] and c["clause"] == sys.argv[2]), 0))' "$1" "$2"
}

# mails ACCOUNT [PATTERN]: the files of notices to that account that hold the pattern, decoded.
mails() {
	python3 "$ROOT/tests/lib/mails.py" "$HOST/mail" "$1@elsewhere.example" "${2:-}"
}

# staff_mails [PATTERN]: likewise, to the staff.
staff_mails() {
	python3 "$ROOT/tests/lib/mails.py" "$HOST/mail" staff@common.example "${1:-}"
}

# --- What a host adds to tests/lib/tap.sh.

# Whether other work keeps this machine busy, by the kernel's word and not by hayward's.
machine_is_busy() {
	awk '/^some/ { split($2, avg10, "="); exit !(avg10[2] > 30) }' /proc/pressure/cpu
}

# tap_calm NAME COMMAND...: as tap, for what is so only while the machine has nothing else to do.
tap_calm() {
	if machine_is_busy && ! "${@:2}" >/dev/null 2>&1; then
		TAP_COUNT=$((TAP_COUNT + 1))
		echo "ok $TAP_COUNT - $1 # SKIP other work keeps this machine busy: $(head -1 /proc/pressure/cpu)"
		return
	fi
	tap "$@"
}

tap_end() {
	echo "1..$TAP_COUNT"
	if [ $TAP_FAILED -gt 0 ] && [ -f "$HOST/log" ]; then
		tail -40 "$HOST/log" | sed 's/^/# log: /'
		hayward cases --all 2>&1 | sed 's/^/# /'
	fi
	host_stop
	exit $((TAP_FAILED > 0))
}
