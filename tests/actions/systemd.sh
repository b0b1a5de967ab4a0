#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# User units that run with nobody logged in, where a real systemd runs them: open,
# they come up at boot and when their manager starts anew; held, the manager is ended
# and nobody gets it back, not the owner, nor logind, nor a boot; released, they run
# again by themselves. A neighbour's run on all the while, and who did not linger does
# not linger afterwards.
#
# HANDS is the enforcer's hands on a leash, see leash.c; container.sh says what CONTAINERS is.
set -u
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
HANDS=${HANDS:-$ROOT/build/tests/actions/leash}
. "$ROOT/tests/lib/tap.sh"
. "$ROOT/tests/actions/container.sh"
container_enter "$@"

ALICE=61150
BOB=61151
CAROL=61152

uid_of() {
	case $1 in alice) echo $ALICE ;; bob) echo $BOB ;; carol) echo $CAROL ;; esac
}

# as NAME COMMAND...: with what a login would have set, so that his own systemctl finds his manager.
as() {
	local name=$1
	shift
	inside setpriv --reuid "$name" --regid "$name" --init-groups env -C "/home/$name" HOME="/home/$name" USER="$name" \
		XDG_RUNTIME_DIR="/run/user/$(uid_of "$name")" "$@"
}

# --- The container, set up as docs/suspend.md says.

set_up() {
	local over=$PLACE/over
	mkdir -p "$over"/{usr/lib/sysusers.d,usr/share/pam-configs,var/lib/hayward}
	cp "$ROOT/packaging/hayward.sysusers" "$over/usr/lib/sysusers.d/hayward.conf"
	cp "$ROOT/packaging/suspend/pam-config" "$over/usr/share/pam-configs/hayward"
	tree_install "$HANDS"
}

set_up_inside() {
	inside systemd-sysusers && inside env DEBIAN_FRONTEND=noninteractive pam-auth-update --package
}

# A service that beats twice a second, and a timer that starts another one each second.
add_customer() {
	local name=$1
	inside useradd --key UID_MAX=65000 -m -s /bin/bash -u "$(uid_of "$name")" "$name"
	as "$name" mkdir -p .config/systemd/user
	as "$name" sh -c 'cd .config/systemd/user
		printf "[Service]\nExecStart=/bin/sh -c \"while :; do touch loop.beat; sleep 0.5; done\"\n\
WorkingDirectory=%%h\n[Install]\nWantedBy=default.target\n" >loop.service
		printf "[Service]\nType=oneshot\nExecStart=/bin/touch clock.beat\nWorkingDirectory=%%h\n" >clock.service
		printf "[Timer]\nOnCalendar=*:*:*\nAccuracySec=100ms\n[Install]\nWantedBy=timers.target\n" >clock.timer'
}

# As they would do it themselves, over a login of theirs.
let_linger() {
	local name=$1
	as "$name" loginctl enable-linger "$name" &&
		await 20 manager_runs "$name" &&
		as "$name" systemctl --user enable --now loop.service clock.timer
}

# --- What runs.

manager_runs() {
	inside systemctl is-active --quiet "user@$(uid_of "$1").service"
}

manager_of() {
	inside systemctl show -P MainPID "user@$(uid_of "$1").service"
}

anything_of() {
	inside ps -o pid,args -u "$(uid_of "$1")" | grep -v 'PID COMMAND'
}

# beats NAME [SECONDS]: both of his units run, for what they leave behind comes back when it is taken away.
beats() {
	inside rm -f "/home/$1/loop.beat" "/home/$1/clock.beat"
	await "${2:-10}" inside test -e "/home/$1/loop.beat" -a -e "/home/$1/clock.beat"
}

silent() {
	inside rm -f "/home/$1/loop.beat" "/home/$1/clock.beat"
	sleep "${2:-3}"
	! anything_of "$1" && inside test ! -e "/home/$1/loop.beat" -a ! -e "/home/$1/clock.beat"
}

lingers() {
	inside test -e "/var/lib/systemd/linger/$1"
}

# What a suspension changes, as it stands.
state_of_linger() {
	inside find /var/lib/systemd/linger -printf '%f %U %G %m %s %y\n' | sort
	inside getent group hayward-no-login
}

known_to_logind() {
	inside loginctl list-users --no-legend | grep -qw "$1"
}

# --- The enforcer's hands, in there.

hands_start() {
	rm -f "$PLACE"/{orders,answers}
	mkfifo "$PLACE"/{orders,answers}
	lxc attach --clear-env --set-var PATH=/usr/sbin:/usr/bin:/sbin:/bin ${1:+--set-var HAYWARD_CRASH=$1} -- \
		"${OURS[@]}" /opt/hayward/leash /var/lib/hayward hayward-test alice:$ALICE:/home/alice bob:$BOB:/home/bob \
		carol:$CAROL:/home/carol <"$PLACE/orders" >"$PLACE/answers" 2>>"$PLACE/log" &
	HANDS_PID=$!
	exec 8>"$PLACE/orders" 9<"$PLACE/answers"
}

hands_stop() {
	exec 8>&- 9<&-
	wait "$HANDS_PID" 2>/dev/null
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

# --- The story.

set_up
tap "the container is up" container_boot
set_up_inside >>"$PLACE/log" 2>&1
for name in alice bob carol; do
	add_customer $name
done
tap "alice lets her units linger" let_linger alice
tap "so does bob" let_linger bob

tap "it boots anew" container_reboot
tap "open: her units run after a boot" beats alice 20
tap "open: his too" beats bob 20
inside systemctl restart user@$ALICE.service
tap "open: they run when the manager was started anew" beats alice
state_of_linger >"$PLACE/before"
BEFORE=$(manager_of bob)

hands_start
tap "suspended" order apply suspend alice 1
tap "held: the manager is ended" not manager_runs alice
tap "held: nothing of hers runs" silent alice
tap "held: logind has let go of her" await 15 not known_to_logind alice
tap "held: her systemctl --user finds nobody" not as alice systemctl --user start loop.service
tap "held: she lets her units linger again" as alice loginctl enable-linger alice
tap "held: which starts nothing" silent alice 2
order tick 6000
tap "held: and is closed again" not lingers alice
order describe suspend alice
tap "held: and counted" says "user units 'alice': closed, found open and closed again 1 times"
tap "held: root cannot start it by mistake" not inside systemctl start user@$ALICE.service
inside systemctl restart systemd-logind
tap "held: a new logind starts nothing" silent alice
tap "held: bob's units run" beats bob
tap "held: in the very same manager" test "$BEFORE" = "$(manager_of bob)"
hands_stop
tap "held: it boots anew" container_reboot
tap "held: bob's units run after a boot" beats bob 20
tap "held: hers do not" silent alice
tap "held: nor does her manager" not manager_runs alice
BEFORE=$(manager_of bob)

hands_start
tap "taken up again" order apply suspend alice 1
tap "released" order release suspend alice 1
tap "released: her units run, without a login or a boot" beats alice 20
tap "released: logind knows her" known_to_logind alice
tap "released: bob's manager is the same" test "$BEFORE" = "$(manager_of bob)"
inside systemctl restart systemd-logind
tap "released: they survive a new logind" beats alice

# logind then believes that her manager runs, for it has asked for it.
tap "suspended" order apply suspend alice 2
as alice loginctl enable-linger alice
order tick 6000
tap "held: what she asked for meanwhile is closed" not lingers alice
order release suspend alice 2
tap "released: her units run" beats alice 20

# A session that is ended with the account keeps logind busy with it for a while.
inside systemd-run --quiet -p User=alice -p PAMName=login --unit session sleep 1000
tap "alice is logged in" await 10 inside sh -c "loginctl list-sessions | grep -q alice"
tap "suspended" order apply suspend alice 3
tap "held: nothing of hers runs" silent alice 1
order release suspend alice 3
tap "released: her units run" beats alice 30
inside systemctl stop session.service

order apply suspend alice 4
hands_stop
hands_start suspend-unclaimed
order release suspend alice 4
hands_stop
tap "killed in the midst of a release" not manager_runs alice
hands_start
tap "it is taken up again" order release suspend alice 4
tap "released: her units run" beats alice 20

tap "carol, who does not linger, is suspended" order apply suspend carol 5
tap "and released" order release suspend carol 5
tap "she lingers no more than before" not lingers carol
tap "nothing of hers runs" silent carol
tap "bob's manager is the same to the end" test "$BEFORE" = "$(manager_of bob)"
state_of_linger >"$PLACE/after"
tap "all is as before" diff "$PLACE/before" "$PLACE/after"
hands_stop
tap "it boots anew" container_reboot
tap "released: her units run after a boot" beats alice 20

[ $TAP_FAILED -eq 0 ] || tail -20 "$PLACE/log" | sed 's/^/# log: /'
echo "1..$TAP_COUNT"
exit $((TAP_FAILED > 0))
