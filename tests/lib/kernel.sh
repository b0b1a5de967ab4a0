# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Programs on another kernel: Debian's, in an emulated machine without network or disk.
#
#   . tests/lib/kernel.sh
#   kernel_begin mkfs.ext4              # what else is needed; skips what it says is missing
#   kernel_programs "$build/quota_test" /usr/sbin/exportfs
#   kernel_modules block/loop quota/quota_v2
#   kernel_run 200 600 <init            # seconds, MiB; the init script; TAP in it is the test's
#
# Wants the packages qemu-system-x86, linux-image-cloud-amd64, busybox-static and cpio. KERNEL_ROOT is
# the machine's root; programs lie in it where they lie here, those of the build in /bin.

kernel_skip() {
	echo "1..0 # SKIP $1"
	exit 0
}

kernel_begin() {
	local wanted name
	for wanted in qemu-system-x86_64 busybox cpio "$@"; do
		command -v "$wanted" >/dev/null || kernel_skip "$wanted is not installed"
	done
	KERNEL=$(find /boot -name 'vmlinuz-*-cloud-amd64' | sort -V | tail -1)
	[ -n "$KERNEL" ] || kernel_skip "linux-image-cloud-amd64 is not installed"
	KERNEL_WORK=$(mktemp -d)
	trap 'rm -rf "$KERNEL_WORK"' EXIT
	KERNEL_ROOT=$KERNEL_WORK/root
	mkdir -p "$KERNEL_ROOT"/{bin,proc,sys,dev,home,tmp,modules,etc}
	: >"$KERNEL_ROOT/modules/order"
	cp "$(command -v busybox)" "$KERNEL_ROOT/bin/busybox"
	for name in sh mount insmod poweroff ip unshare mkdir chmod chown cat sed; do
		ln -s busybox "$KERNEL_ROOT/bin/$name"
	done
}

kernel_programs() {
	local program place
	for program; do
		case $program in
		/usr/* | /sbin/* | /bin/*) place=$program ;;
		*) place=/bin/$(basename "$program") ;;
		esac
		install -D "$program" "$KERNEL_ROOT$place"
		ldd "$program" | grep -o '/[^ ]*\.so[^ ]*' | sort -u | while read -r library; do
			[ -e "$KERNEL_ROOT$library" ] || install -D "$library" "$KERNEL_ROOT$library"
		done
	done
}

# Each with all it needs, in the order in which they are loaded.
kernel_modules() {
	local release module
	release=${KERNEL#*vmlinuz-}
	for module; do
		modprobe --set-version "$release" --show-depends "$module" | awk '$1 == "insmod" { print $2 }'
	done | awk '!seen[$0]++' | while read -r path; do
		cp "$path" "$KERNEL_ROOT/modules/"
		basename "$path" >>"$KERNEL_ROOT/modules/order"
	done
}

kernel_run() {
	local seconds=$1 memory=$2 console=$KERNEL_WORK/console
	cat >"$KERNEL_ROOT/init" <<-'END'
		#!/bin/sh
		mount -t proc proc /proc
		mount -t sysfs sysfs /sys
		mount -t devtmpfs devtmpfs /dev
		mount -t tmpfs tmpfs /tmp
		while read -r name; do insmod /modules/$name; done </modules/order
		echo # behind what the firmware left on the line
	END
	cat >>"$KERNEL_ROOT/init"
	echo "poweroff -f" >>"$KERNEL_ROOT/init"
	chmod +x "$KERNEL_ROOT/init"
	(cd "$KERNEL_ROOT" && find . | cpio -o -H newc 2>/dev/null | gzip -1) >"$KERNEL_WORK/initrd"
	timeout "$seconds" qemu-system-x86_64 -accel tcg -smp 2 -m "$memory" -nographic -no-reboot -nic none -kernel "$KERNEL" \
		-initrd "$KERNEL_WORK/initrd" -append "console=ttyS0 quiet panic=1" </dev/null 2>&1 | tr -d '\r' >"$console"
	if ! grep '^1\.\.' "$console" >/dev/null; then
		sed 's/^/# /' "$console"
		echo "Bail out! the emulated machine did not come to its end"
		exit 1
	fi
	grep -E '^(ok|not ok|1\.\.|#)' "$console"
	[ "$(grep -c '^ok' "$console")" = "$(sed -n 's/^1\.\.//p' "$console")" ]
}
