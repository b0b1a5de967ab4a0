# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# A host that is real down to its init: a Debian container under LXC, in
# namespaces of its own, for what cannot be shown without systemd. To be read by
# a test, which calls
#
#   container_enter "$@"       # comes back inside the namespaces, as their first process
#   container_boot             # until systemd says that it is up
#   inside COMMAND...          # as root in the container
#   container_reboot
#
# and for what needs programs that exclude others of this machine: tree_find alone
# gives the tree, into which a test can chroot.
#
# CONTAINERS=FOLDER keeps the tree there for the next time: debootstrap needs the
# network, and some minutes. Without it the tree is made in a temporary folder and
# goes away with it.

# Beside what systemd needs to be an init that customers log in to: a mail server.
CONTAINER_PACKAGES=systemd,systemd-sysv,dbus,libpam-systemd,polkitd,exim4-daemon-light

skip_all() {
	echo "1..0 # SKIP $*"
	exit 77
}

needs() {
	local command
	[ "$(id -u)" -eq 0 ] || skip_all "needs root: namespaces, containers"
	for command in "$@"; do
		command -v "$command" >/dev/null || skip_all "there is no $command here (apt-get install lxc debootstrap)"
	done
	unshare --mount --propagation private true 2>/dev/null || skip_all "no private mounts here (a chroot?)"
}

# tree_find: PLACE is a folder for this test, TREE the tree; outside of all namespaces, for the network.
tree_find() {
	PLACE=$(mktemp -d /tmp/hayward-container.XXXXXX)
	chmod 755 "$PLACE"
	tree_make || {
		rm -rf "$PLACE"
		skip_all "no container: debootstrap failed: $TREE_LACKS"
	}
	export PLACE TREE
}

container_enter() {
	[ "${CONTAINER_INSIDE:-}" != yes ] || {
		container_prepare
		return
	}
	local status=0
	needs lxc-start debootstrap
	tree_find
	CONTAINER_INSIDE=yes unshare --mount --propagation private --pid --net --uts --ipc \
		--fork --mount-proc --kill-child "$0" "$@" || status=$?
	container_remove_cgroups
	rm -rf "$PLACE"
	exit $status
}

# A tree counts when it was finished; one of other packages is another tree.
tree_make() {
	local folder=${CONTAINERS:-$PLACE}
	TREE=$folder/bookworm-$(sha256sum <<<"$CONTAINER_PACKAGES" | head -c 12)
	[ ! -d "$TREE" ] || return 0
	mkdir -p "$folder"
	rm -rf "$TREE.part"
	echo "# debootstrap makes a container; this takes some minutes"
	if ! debootstrap --variant=minbase --include=$CONTAINER_PACKAGES bookworm "$TREE.part" >"$PLACE/debootstrap" 2>&1; then
		TREE_LACKS=$(tail -1 "$PLACE/debootstrap")
		rm -rf "$TREE.part"
		return 1
	fi
	rm -f "$TREE.part"/var/cache/apt/archives/*.deb
	mv "$TREE.part" "$TREE"
}

# The namespaces are gone, and whoever was in these groups with them.
container_remove_cgroups() {
	find /sys/fs/cgroup -depth -type d \( -path "*/lxc.*.$(basename "$PLACE")*" -o -name lxc.pivot \) \
		-exec rmdir {} + 2>/dev/null
	return 0
}

# The tree itself is never written to: what the container changes lies over it.
container_prepare() {
	CONTAINER_NAME=$(basename "$PLACE")
	ip link set lo up
	mount -t tmpfs -o mode=755 tmpfs /run
	mkdir -p "$PLACE/lxc/$CONTAINER_NAME" "$PLACE/over"
	cat >"$PLACE/lxc/$CONTAINER_NAME/config" <<-END
		lxc.include = /usr/share/lxc/config/common.conf
		lxc.seccomp.profile =
		lxc.apparmor.profile = unconfined
		lxc.mount.auto = proc:mixed sys:ro cgroup:mixed
		lxc.rootfs.path = overlay:$TREE:$PLACE/over
		lxc.uts.name = container.example
		lxc.net.0.type = empty
	END
}

lxc() {
	local command=$1
	shift
	"lxc-$command" -P "$PLACE/lxc" -n "$CONTAINER_NAME" "$@"
}

inside() {
	lxc attach --clear-env --set-var PATH=/usr/sbin:/usr/bin:/sbin:/bin -- "$@" </dev/null
}

is_up() {
	inside systemctl is-system-running 2>/dev/null | grep -qE '^(running|degraded)$'
}

await() {
	local deadline=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt "$deadline" ] || return 1
		sleep 0.2
	done
}

container_boot() {
	lxc start --logfile "$PLACE/lxc.log" || return 1
	await 90 is_up
}

container_reboot() {
	inside systemctl poweroff
	lxc wait -s STOPPED -t 90 || return 1
	container_boot
}

# tree_install FILE...: programs of ours with what they are linked to, into /opt/hayward over the tree, before
# the container is booted; in there "${OURS[@]}" before the program's path starts it with its own libraries.
tree_install() {
	local library over=$PLACE/over/opt/hayward
	mkdir -p "$over"
	for library in $(ldd "$@" | grep -oE '/[^ ]+ \(0x' | cut -d' ' -f1 | sort -u); do
		cp "$library" "$over/"
	done
	cp "$@" "$over/"
	# shellcheck disable=SC2034 # it is for the test
	OURS=("/opt/hayward/$(cd "$over" && echo ld-linux*)" --library-path /opt/hayward)
}
