#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# hayward-site.service where a real systemd runs it: a host in a container, on which hayward is installed as
# `meson install` does it, starts its five servers in containers of its own when it boots, stops them with the
# unit, and has them again after the next boot, customers and all; hayward.service comes after.
#
# BUILD is the build folder; tests/actions/container.sh says what CONTAINERS is, tests/site/host.py HAYWARD_TREES.
set -u
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
BUILD=$(realpath "${BUILD:-$ROOT/build}")
TREES=${HAYWARD_TREES:-/var/cache/hayward/trees}
ROLES="file dns mail web shell"
. "$ROOT/tests/lib/tap.sh"
. "$ROOT/tests/actions/container.sh"
# What a host needs for a site, and what hayward is linked to.
CONTAINER_PACKAGES=systemd,systemd-sysv,dbus,procps,iproute2,nftables,lxc,libacl1,libarchive13,libbpf1,libcap-ng0,libcrypt1
CONTAINER_PACKAGES+=,libelf1,libevent-2.1-7,libjansson4,libnettle8,libseccomp2,libsqlite3-0

# Here is the network, if they are not there yet.
if [ "${CONTAINER_INSIDE:-}" != yes ]; then
	needs lxc-start debootstrap mmdebstrap nft
	for role in $ROLES; do
		"$BUILD/packaging/make-tree" "$BUILD/packaging/packages" "$TREES" "$role" >/dev/null 2>&1 ||
			skip_all "no tree for the $role role"
	done
fi
container_enter "$@"

# What containers are stacked from and what they write lies on a file system that can be under an overlay: over
# the host's own tree, which is one, none can be laid.
set_up() {
	mkdir -p "$PLACE"/{state,home,mail}
	DESTDIR=$PLACE/over meson install -C "$BUILD" --no-rebuild --quiet >"$PLACE/install" 2>&1 || return 1
	# Groups of version 1, where the host has any, are there before systemd looks: it takes cpu and cpuacct for one,
	# and LXC then does not find its way.
	sed -i 's/cgroup:mixed/cgroup:rw:force/' "$PLACE/lxc/$CONTAINER_NAME/config"
	cat >>"$PLACE/lxc/$CONTAINER_NAME/config" <<-END
		lxc.include = /usr/share/lxc/config/nesting.conf
		lxc.cap.drop =
		lxc.mount.entry = $TREES var/cache/hayward/trees none bind,create=dir 0 0
		lxc.mount.entry = $PLACE/state var/lib/hayward none bind,create=dir 0 0
		lxc.mount.entry = $PLACE/home home none bind,create=dir 0 0
		lxc.mount.entry = $PLACE/mail srv/mail none bind,create=dir 0 0
	END
	cat >>"$PLACE/over/etc/hayward/hayward.conf" <<-END
		passwd    /var/lib/hayward/site/passwd
		accounts  /var/lib/hayward/site/accounts.conf
	END
}

boot() {
	lxc start --logfile "$PLACE/lxc.log" && await 300 is_up
}

reboot() {
	inside systemctl poweroff
	lxc wait -s STOPPED -t 240 && boot
}

state_of() {
	inside systemctl show -P "$2" "$1"
}

# After a boot, without anybody's help.
site_is_up() {
	inside hayward site status && test "$(running)" = 5
}

# Containers, by those who watch over each.
running() {
	inside pgrep -fc '^\[lxc monitor\]'
}

is_known() {
	inside lxc-attach -P /var/lib/hayward/site/containers -n "hayward-$1" --clear-env -- getent passwd alice
}

in_order() {
	local site hayward
	site=$(state_of hayward-site.service ActiveEnterTimestampMonotonic)
	hayward=$(state_of hayward.service ExecMainStartTimestampMonotonic)
	echo "$site $hayward"
	test "$site" -gt 0 && test "$hayward" -gt "$site"
}

tap "hayward is installed" set_up
tap "the host boots" boot
tap "both units are enabled" inside systemctl enable hayward-site hayward
tap "it boots anew" reboot
tap "the unit brought the site up" test "$(state_of hayward-site.service ActiveState)" = active
tap "all five servers are there" site_is_up
tap "haywardd runs" test "$(state_of hayward.service ActiveState)" = active
tap "and came after them" in_order
tap "a customer signs up" inside hayward account add alice --plan basic --contact a@elsewhere.example --domain alice.example
tap "the shell server knows her" is_known shell

tap "the unit stops" inside systemctl stop hayward-site
tap "and the site with it" test "$(running)" = 0
tap "haywardd goes on" test "$(state_of hayward.service ActiveState)" = active
tap "it starts" inside systemctl start hayward-site
tap "and the site with it" site_is_up
tap "restarted haywardd leaves the site alone" inside systemctl restart hayward
tap "which is still up" site_is_up

tap "it boots anew" reboot
tap "the site is up again by itself" site_is_up
tap "the shell server knows the customer" is_known shell
tap "so does the web server" is_known web
tap "haywardd came after them" in_order

if [ $TAP_FAILED -ne 0 ]; then
	inside journalctl --no-pager -o cat -u hayward-site -u hayward | tail -60 | sed 's/^/# log: /'
	tail -20 "$PLACE/lxc.log" | sed 's/^/# lxc: /'
fi
if [ -n "${KEEP:-}" ]; then
	echo "# kept; press enter"
	read -r _
fi
inside systemctl poweroff
lxc wait -s STOPPED -t 240 || lxc stop -k
echo "1..$TAP_COUNT"
exit $((TAP_FAILED > 0))
