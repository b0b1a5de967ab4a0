# SPDX-License-Identifier: Apache-2.0
# Wishes, not rules: meson and ninja know how to build. `make` alone builds.
BUILD     ?= build
SANITIZED ?= build-sanitized
PREFIX    ?= /usr
# Debian's own programs before others of their names: some people's python3 takes ten times as long to start.
export PATH := /usr/sbin:/usr/bin:/sbin:/bin:$(PATH)
PLACES    := --prefix $(PREFIX) --sysconfdir /etc --localstatedir /var

.PHONY: all setup demo site run check check-site check-long check-vm bench fuzz lint install clean

all: $(BUILD)/installed $(BUILD)/build.ninja
	@ninja -C $(BUILD)

# What a later version needs is installed before it is missed.
$(BUILD)/installed: tools/setup
	@tools/setup --missing >/dev/null || tools/setup
	@mkdir -p $(BUILD)
	@touch $@

$(BUILD)/build.ninja: | $(BUILD)/installed
	@meson setup $(BUILD) $(PLACES) >/dev/null

# Lines are all that a report of the sanitizers shows; gold links in half the time.
$(SANITIZED)/build.ninja:
	@meson setup $(SANITIZED) $(PLACES) -Db_sanitize=address,undefined -Db_lundef=false -Doptimization=0 \
		-Ddebug=false -Dc_args=-g1 -Dc_link_args=-fuse-ld=gold >/dev/null

setup:           # install what is needed to build and test
	@tools/setup

demo: all        # as root: a pretend host, the whole story in four minutes
	@demo/run $(BUILD)

site: all        # as root: five servers in containers for a visitor, and a shell among them
	@tools/setup --site --missing >/dev/null || tools/setup --site
	@demo/site $(BUILD)

run: all         # watch this very machine, touch nothing
	@tools/run $(BUILD)

check: all $(SANITIZED)/build.ninja   # every test, plain and sanitized
	@tools/check $(BUILD) $(SANITIZED)

check-site: all  # a whole site of five servers in containers
	@tools/check-site $(BUILD)

check-long: all  # what takes too long for every day
	@tools/check-long $(BUILD)

check-vm: all    # the kernel programs and the hands on Debian's kernel, emulated
	@tools/check-vm $(BUILD)

bench: all       # a number for each promise, beside a peer
	@bench/run $(BUILD)

fuzz: $(BUILD)/build.ninja   # each fuzz target for a minute
	@tools/fuzz

lint:            # layout, warnings of two compilers, the map
	@tools/lint

install: all
	@meson install -C $(BUILD)

clean:
	rm -rf build build-*
