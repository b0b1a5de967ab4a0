#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# `hayward account add` on a whole site of five containers: how long until it comes back, having
# told all five, and until the newcomer's page, mail, name and login are there. Root; the first
# time the network, for the trees. MANY accounts are in the book beforehand (0 unless said).
#
# usage: BUILD=... [MANY=1000] [RUNS=5] bench/account-add.sh
set -u
BUILD=$(realpath "${BUILD:-build}")
export BUILD
[ "$(id -u)" -eq 0 ] || { echo "needs root: left out"; exit 0; }
exec python3 "$(dirname "$0")/account-add/site.py"
