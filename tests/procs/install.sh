#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What `make install` lays down is a whole: with its users made, haywardd runs from
# there without a single option, each process as its own user. The installed trees
# lie over this machine's /usr and /etc in a mount namespace of the test's own.
. "$(dirname "$0")/../lib/host.sh"
host_enter "$@"

DEST=$HOST/dest

install_tree() {
	mkdir -p "$DEST" && DESTDIR=$DEST meson install -C "$BUILD" --no-rebuild --quiet
}

installed() {
	local file
	for file in usr/bin/hayward usr/sbin/haywardd usr/lib/systemd/system/hayward.service \
		usr/lib/sysusers.d/hayward.conf usr/share/man/man1/hayward.1 \
		usr/lib/hayward/hayward-reply usr/share/man/man8/haywardd.8 \
		usr/share/man/man8/hayward-reply.8 usr/lib/hayward/mail-form \
		usr/share/hayward/mail-form/contact.cgi usr/share/man/man5/hayward-mail-form.5 etc/hayward/hayward.conf \
		etc/hayward/accounts.conf etc/hayward/policy.d/abuse.policy \
		etc/hayward/notices/warning.txt; do
		[ -s "$DEST/$file" ] || { echo "there is no '$file'"; return 1; }
	done
}

# An operator's own words survive a second installation.
keeps_settings() {
	echo 'mode warn' >>"$DEST/etc/hayward/hayward.conf"
	install_tree && grep -q '^mode warn' "$DEST/etc/hayward/hayward.conf"
}

# By systemd's own tool where it is, else by the same lines of the same file.
make_users() {
	cp /etc/passwd /etc/group "$DEST/etc/"
	: >"$DEST/etc/shadow"
	if command -v systemd-sysusers >/dev/null; then
		systemd-sysusers --root="$DEST" "$DEST/usr/lib/sysusers.d/hayward.conf"
	else
		awk '$1 == "u" { printf "%s:x:%d:%d::/:/usr/sbin/nologin\n", $2, ++id + 64990, id + 64990 }' \
			"$DEST/usr/lib/sysusers.d/hayward.conf" >>"$DEST/etc/passwd"
	fi
	grep -q '^_hayward-engine:' "$DEST/etc/passwd"
}

lay_over() {
	mount -t overlay overlay -o "lowerdir=$DEST/usr:/usr" /usr &&
		mount -t overlay overlay -o "lowerdir=$DEST/etc:/etc" /etc &&
		mount -t tmpfs tmpfs /var/lib && mount -t tmpfs tmpfs /run
}

start_plain() {
	/usr/sbin/haywardd --test && {
		/usr/sbin/haywardd --foreground >"$HOST/log" 2>&1 &
		HAYWARDD=$!
		wait_for 30 "an answer" /usr/bin/hayward status
	}
}

own_users() {
	local role wanted found
	for role in sensor peeker logs engine keeper control notifier steward; do
		wanted=$(awk -F: -v name="_hayward-$role" '$1 == name {print $3}' /etc/passwd)
		found=$(awk '$1 == "Uid:" {print $2}' "/proc/$(pgrep -f "haywardd --role $role " | head -1)/status")
		[ "$wanted" = "$found" ] || { echo "$role runs as $found, not as $wanted"; return 1; }
	done
	[ "$(stat -c %U /var/lib/hayward)" = _hayward-keeper ]
}

observes() {
	/usr/bin/hayward --json status | python3 -c '
import json, sys
status = json.load(sys.stdin)
sys.exit(status["mode"] != "warn" or not all(p["serves"] for p in status["processes"]))'
}

tap "make install lays everything down" install_tree
tap "and nothing is missing" installed
tap "what the operator wrote survives a second one" keeps_settings
tap "the users of the package can be made" make_users
tap "the trees are laid over this machine's, for this test alone" lay_over
tap "haywardd runs from there without options" start_plain
HAYWARDD=$(cat /run/hayward/haywardd.pid)
tap "each process is its own user, and the state is the keeper's" own_users
tap "with the installed settings, and every process serves" observes
tap "the shipped terms check where they lie" /usr/bin/hayward policy check /etc/hayward/policy.d/*.policy
tap_end
