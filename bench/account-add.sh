#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# `hayward account add` on a whole site of five containers: how long until it comes back, having told all
# five, and until whoever comes from outside finds the newcomer: his name, his pages by HTTP and HTTPS, that
# mail for him is taken, and his logins by FTP and SSH. With the processor's time of each server, which tells
# more than the clock on a machine that has other things to do. Then once more while others ask all the time
# and hold connections of each kind, of which none must be dropped. The promise: 10 s at most.
#
# Root; the first time the network, for the trees. MANY accounts with a domain each are in the book beforehand
# (0 unless said).
#
# usage: BUILD=... [MANY=1000] [RUNS=5] bench/account-add.sh
set -u
BUILD=$(realpath "${BUILD:-build}")
export BUILD
[ "$(id -u)" -eq 0 ] || { echo "needs root: left out"; exit 0; }
exec python3 "$(dirname "$0")/account-add/site.py"
