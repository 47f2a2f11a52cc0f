#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# nfvs: noload
# The files /proc/net/ip_vs* are there from the moment the module is, in every namespace;
# not with compat=0, and not beside ip_vs, whose files stay alone; so do its net.ipv4.vs.
set -euo pipefail
# shellcheck source=tests/net/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
: "${NFVS_REF:+$(skip_all 'is about both')}"

plan 10
MODULE=$NFVS_BUILD/nf_vs.ko

IFS=, read -ra deps < <(modinfo -F depends "$MODULE")
[[ ${#deps[@]} -eq 0 ]] || modprobe -a "${deps[@]}"

files()
{
	(cd /proc/net && echo ip_vs*)
}

ALL='ip_vs ip_vs_app ip_vs_conn ip_vs_conn_sync ip_vs_stats ip_vs_stats_percpu'
ip netns add before
check_eq "none without a module" 'ip_vs*' "$(files)"
insmod "$MODULE"
check_eq "all as soon as it is loaded" "$ALL" "$(files)"
check_eq "in namespaces that were there" "$ALL" "$(in_ns before sh -c 'cd /proc/net; echo ip_vs*')"
ip netns add after
check_eq "and in later ones" "$ALL" "$(in_ns after sh -c 'cd /proc/net; echo ip_vs*')"
rmmod nf_vs
check_eq "and they go with it" 'ip_vs*' "$(files)"
insmod "$MODULE" compat=0
check_eq "none with compat=0" 'ip_vs*' "$(files)"
check_fails "nor net.ipv4.vs" 1 '' test -e /proc/sys/net/ipv4/vs
rmmod nf_vs
modprobe ip_vs
insmod "$MODULE"
check_eq "beside ip_vs those are ip_vs's" \
	'IP Virtual Server version 1.2.1 (size=4096)' "$(head -n 1 /proc/net/ip_vs)"
rmmod nf_vs
check_eq "which keeps them" "$ALL" "$(files)"
check "and its net.ipv4.vs" test -e /proc/sys/net/ipv4/vs/conntrack
modprobe -r ip_vs
ip netns delete before
ip netns delete after
finish
