#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A device gets the ingress hook with the first lease that is asked for it, not before:
# one that no balanced connection uses has none, and none has one after the last service.
# The witness: only the hook counts a packet that opens a connection as refused_new, of
# services that keep off the fast path, too.  These never ask for a lease.
#
#   C 10.0.0.2 -- 10.0.0.254 D rs1 -- R1 10.1.1.2        NAT; port 81: --no-fastpath
#                              rs2 -- R2 10.1.2.2
set -euo pipefail
# shellcheck source=tests/net/lib-fast.sh
. "${BASH_SOURCE[0]%/*}/lib-fast.sh"

[[ -z ${NFVS_REF:-} ]] || skip_all "ip_vs has no fast path"
nr=6
# Only some kernels can be asked for their hooks: they are another witness.
has_list=
if modprobe -q nfnetlink_hook; then
	has_list=1 nr=7
fi
plan "$nr"

services()
{
	adm -R <<-TABLE
	-A -u $VIP:80 -s rr
	-a -u $VIP:80 -r ${RIP[1]}:8080 -m
	-A -u $VIP:81 -s rr --no-fastpath
	-a -u $VIP:81 -r ${RIP[1]}:8080 -m
	TABLE
}

port=6000
# hooked: which of the director's devices have a hook
hooked()
{
	local dev ns src before known out=''

	while read -r dev ns src; do
		before=$(counter refused_new)
		known=$(conns_of -u "$VIP:81")
		in_ns "$ns" traffic send "$src" "$VIP" --proto udp --sport $port --dport 81
		poll 20 is_equal $((known + 1)) conns_of -u "$VIP:81"
		[[ $(counter refused_new) -eq $before ]] || out+="$dev "
	done <<-TABLE
	eth0 $C $CIP
	rs1 $R1 ${RIP[1]}
	rs2 $R2 ${RIP[2]}
	TABLE
	echo "${out% }"
}

# listed: the same, from the kernel's list of hooks
listed()
{
	local dev out=''

	for dev in eth0 rs1 rs2; do
		[[ $(in_ns "$D" nft list hooks netdev device $dev) != *nfvs_fastpath* ]] || out+="$dev "
	done
	echo "${out% }"
}

# check_hooks DESCRIPTION DEVICES
check_hooks()
{
	port=$((port + 1))
	check_eq "$1" "$2${has_list:+, $2}" "$(hooked)${has_list:+, $(listed)}"
}

topo_create 2 nat
start_servers --udp 8080
watch_rules
services
in_ns "$C" traffic get "${RIP[1]}" 8080 --udp >/dev/null
in_ns "$C" traffic get "$VIP" 81 --udp >/dev/null
check_hooks "packets of no service, and of one off the fast path: no hook" ""
set_lease 0
in_ns "$C" traffic get "$VIP" 80 --udp >/dev/null
set_lease 10000
check_hooks "without leases: no hook" ""
warm_up "$VIP" 80 --udp
check_hooks "a flow: where its requests and replies come in" "eth0 rs1"
adm -d -u "$VIP:80" -r "${RIP[1]}:8080"
adm -a -u "$VIP:80" -r "${RIP[2]}:8080" -m
warm_up "$VIP" 80 --udp
check_hooks "another server: and there" "eth0 rs1 rs2"
adm -C
[[ -z $has_list ]] || check_eq "all services are gone: no hook" "" "$(listed)"
services
check_hooks "other services after the last was gone: no hook" ""
warm_up "$VIP" 80 --udp
check_hooks "a flow of these: again where it comes in" "eth0 rs1"

finish
