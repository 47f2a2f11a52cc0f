#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# nfvs: timeout 500
# While TCP and UDP flows run over NAT and DR, both families, their way changes: the MTU
# of a device and of a route gets smaller and larger again, either way; a device is
# deleted and made anew under traffic, with another number and with the same.  What the
# ends see is the same with lease 0, and flows are fast again afterwards.
#
#   C 10.0.0.2 -- 10.0.0.254 D rs1 -- R1 10.1.1.2        NAT: VIP; DR: .101, on lo of R1
set -euo pipefail
# shellcheck source=tests/net/lib-fast.sh
. "${BASH_SOURCE[0]%/*}/lib-fast.sh"

[[ -z ${NFVS_REF:-} ]] || skip_all "ip_vs has no fast path"
plan $((23 + (${#RUNS[@]} - 1) * 17))
VIP_DR=10.0.0.101 VIP6_DR=2001:db8::101
LARGE=$(printf 'x%.0s' {1..1440})
LARGER=$LARGE$LARGE$LARGE
SMALL_MTU=1455	# the data of a segment fits, with its headers it does not

director_addrs()
{
	echo "address add $VIP_DR/32 dev eth0"
	echo "address add $VIP6_DR/128 dev eth0 nodad"
}

# From a server, through a director that has the source itself.
director()
{
	local fam proto

	topo_create 1 nat
	in_ns "$D" sysctl -qw net.ipv4.conf.rs1.accept_local=1 net.ipv4.icmp_ratelimit=0 \
		net.ipv6.icmp.ratelimit=0
	ip -n "$R1" -batch - <<-IP
	address add $VIP_DR/32 dev lo
	address add $VIP6_DR/128 dev lo nodad
	IP
	director_addrs | ip -n "$D" -batch -
	start_server "$R1" rs1 --udp 8080 --tcp 8080 --udp 80 --tcp 80
	for proto in u t; do
		vs_lines "-$proto $VIP:80" rr "-r ${RIP[1]}:8080 -m"
		vs_lines "-$proto $VIP_DR:80" rr "-r ${RIP[1]}:80 -g"
		vs_lines "-$proto [$VIP6]:80" rr "-r [${RIP6[1]}]:8080 -m"
		vs_lines "-$proto [$VIP6_DR]:80" rr "-r [${RIP6[1]}]:80 -g"
	done | adm -R
	vs_add "-u $VIP:82" rr "-r ${RIP[1]}:1024 -m"
	watch_rules
	set_lease "$lease"
}

udp=() tcp=()
# NAT first, for what goes back through the director.
open_flows()
{
	local flow addr

	udp=() tcp=()
	for addr in "$VIP" "$VIP6" "$VIP_DR" "$VIP6_DR"; do
		flow_open flow "$addr" 80 --udp --timeout 1000
		udp+=("$flow")
		flow_open flow "$addr" 80
		tcp+=("$flow")
	done
}

# forget_paths: what the ends have learnt of MTUs
forget_paths()
{
	local ns

	for ns in "$C" "$R1"; do
		ip -n "$ns" -4 route flush cache
		ip -n "$ns" -6 route flush cache
	done
}

# device_mtu MTU, routes_mtu MTU: of the way to the server
device_mtu()
{
	ip -n "$D" link set rs1 mtu "$1"
}

routes_mtu()
{
	ip -n "$D" -batch - <<-IP
	route replace 10.1.1.0/24 dev rs1 proto kernel scope link src 10.1.1.1 mtu $1
	route replace 2001:db8:1:1::/64 dev rs1 proto kernel metric 256 mtu $1
	IP
}

# requests NAME COMMAND: requests that are too large for what COMMAND has changed
requests()
{
	local lost='error:-Message-too-long=1 rs1=2' nr=${#udp[@]}

	"$2" $SMALL_MTU
	leases "${udp[@]}" "${tcp[@]}"
	step_fast "$1 for requests: small ones are fast" 1 s "$(each $((2 * nr)) rs1=1)" \
		"${udp[@]}" "${tcp[@]}"
	# New leases for each step: on a slow machine one may not last for all of them.
	leases "${udp[@]}"
	# One too large each, told by ICMP, then two in two fragments each; of IPv6 such
	# are no UDP at first sight.
	step "$1 for requests, UDP: the client is told and sends fragments" 3 "$LARGE" \
		"$(each "$nr" "$lost")" $((3 * nr))/0 "header=$((2 * nr)) mtu=$nr" "${udp[@]}"
	forget_paths
	leases "${tcp[@]}"
	# A packet of several segments each.
	step "$1 for requests, TCP: the client is told and sends smaller ones" 2 "$LARGER" \
		"$(each "$nr" rs1=2)" "$nr/0" "mtu=$nr" "${tcp[@]}"
	"$2" 1500
	forget_paths
	leases "${udp[@]}" "${tcp[@]}"
	step "$1 for requests: large ones pass as before, fast" 1 "$LARGE" \
		"$(each $((2 * nr)) rs1=1)" 0/0 "" "${udp[@]}" "${tcp[@]}"
}

# replies: too large for the device towards the client; NAT
replies()
{
	ip -n "$D" link set eth0 mtu $SMALL_MTU
	leases "${udp[@]:0:2}" "${tcp[@]:0:2}"
	step_fast "the device's MTU for replies: small ones are fast" 1 s "$(each 4 rs1=1)" \
		"${udp[@]:0:2}" "${tcp[@]:0:2}"
	leases "${udp[@]:0:2}"
	# What is too large is so before rules of FORWARD see it.
	step "the device's MTU for replies, UDP: the server is told and sends fragments" 3 R1440 \
		"$(each 2 'error:-timeout=1 rs1=2')" 0/4 "header=4 mtu=2" "${udp[@]:0:2}"
	forget_paths
	leases "${tcp[@]:0:2}"
	step "the device's MTU for replies, TCP: the server is told and sends smaller ones" 2 R1440 \
		"$(each 2 rs1=2)" 0/0 mtu=2 "${tcp[@]:0:2}"
	ip -n "$D" link set eth0 mtu 1500
	forget_paths
	leases "${udp[@]:0:2}" "${tcp[@]:0:2}"
	step "the device's MTU for replies: large ones pass as before, fast" 1 R1440 \
		"$(each 4 rs1=1)" 0/0 "" "${udp[@]:0:2}" "${tcp[@]:0:2}"
}

# is_busy DEVICE: packets leave by it
# shellcheck disable=SC2317 # poll calls it
is_busy()
{
	(($(iface_count "$D" "$1" tx_packets) - busy_before > 20))
}

# delete_under_traffic DEVICE NAMESPACE ARGUMENT...: deleted while what traffic flood
# ARGUMENT... sends leaves by it; must not wait for anyone who holds the device
delete_under_traffic()
{
	local dev=$1 flood start

	busy_before=$(iface_count "$D" "$dev" tx_packets)
	in_ns "$2" traffic flood "${@:3}" --proto udp --ports 1 --seconds 2 >/dev/null 2>&1 &
	flood=$!
	poll 20 is_busy "$dev"
	start=${EPOCHREALTIME/[.,]/}
	ip -n "$D" link delete "$dev" &
	# In the kernel, it cannot be told to stop.
	check "$prefix$dev is deleted while packets leave by it" poll 8 is_over "$!"
	note "after $(((${EPOCHREALTIME/[.,]/} - start) / 1000)) ms"
	wait "$flood" || :
}

# shellcheck disable=SC2317 # poll calls it
is_over()
{
	! kill -0 "$1" 2>/dev/null
}

# new_rs1, new_eth0 INDEX: the latter with that number
new_rs1()
{
	ip -n "$D" link add name rs1 type veth peer name eth0 netns "$R1"
	ip -n "$D" -batch - <<-IP
	link set rs1 up
	address add 10.1.1.1/24 dev rs1
	address add 2001:db8:1:1::1/64 dev rs1 nodad
	IP
	in_ns "$D" sysctl -qw net.ipv4.conf.rs1.accept_local=1
	topo_batch_rs nat 1 | grep -v ' lo' | ip -n "$R1" -batch -
}

new_eth0()
{
	ip -n "$D" link add name eth0 index "$1" type veth peer name eth0 netns "$C"
	topo_batch_host "$DIP" "$DIP6" | grep -v ' lo' | ip -n "$D" -batch -
	ip -n "$D" -batch - <<-IP
	address add $VIP/32 dev eth0
	address add $VIP6/128 dev eth0 nodad
	$(director_addrs)
	IP
	topo_batch_client | grep -v ' lo' | ip -n "$C" -batch -
}

index_of()
{
	local index _

	IFS=: read -r index _ < <(ip -n "$D" -o link show dev "$1")
	echo "$index"
}

# again NAME: flows go on over a new device
again()
{
	local flow

	# The first datagrams meet neighbours that are not known yet.
	for flow in "${udp[@]}" "${tcp[@]}"; do
		poll 20 is_answered "$flow"
	done
	warm "${udp[@]}"
	leases "${udp[@]}" "${tcp[@]}"
	step "$1: flows go on, fast" 3 s "$(each 4 rs1=3)" 0/0 "" "${udp[@]}" "${tcp[@]}"
}

devices()
{
	local request=("$CIP" "$VIP" --dport 82) reply=("${RIP[1]}" "$CIP" --dport 1024) index flow

	in_ns "$C" traffic flood "${request[@]}" --ports 1 --proto udp -n 1 >/dev/null
	# As far from each other as what is found without a search has places.
	index=$(index_of eth0)
	ip -n "$D" link add near index $((index + 16)) type dummy
	flow_open flow "$VIP" 80 --udp
	ask "$flow" 2
	step_fast "a device whose number looks alike" 2 s rs1=2 "$flow"
	flow_close "$flow"
	ip -n "$D" link delete near
	flow_open flow "$VIP" 80 --udp
	ask "$flow" 2
	step_fast "and which is gone" 2 s rs1=2 "$flow"
	flow_close "$flow"

	index=$(index_of rs1)
	leases "${udp[@]}" "${tcp[@]}"
	delete_under_traffic rs1 "$C" "${request[@]}"
	step "without the server's device nothing arrives" 1 s 'error:-timeout=1' \
		1/0 route=1 "${udp[0]}"
	new_rs1
	check_eq "${prefix}rs1 has another number" different \
		"$([[ $(index_of rs1) == "$index" ]] && echo "the same" || echo different)"
	again "rs1 anew"

	index=$(index_of eth0)
	in_ns "$C" traffic flood "${request[@]}" --ports 1 --proto udp -n 1 >/dev/null
	delete_under_traffic eth0 "$R1" "${reply[@]}"
	new_eth0 "$index"
	check_eq "${prefix}eth0 has the same number" "$index" "$(index_of eth0)"
	again "eth0 anew"

	# With the number, name and addresses it had, but it is another: no lease is for it.
	leases "${udp[0]}"
	ip -n "$D" link delete eth0
	new_eth0 "$index"
	# Who has what address is known, so that the first packet could be fast.
	ip -n "$D" neighbour replace "$CIP" lladdr "$(mac_of "$C" eth0)" dev eth0
	ip -n "$C" neighbour replace "$DIP" lladdr "$(mac_of "$D" eth0)" dev eth0
	ip -n "$C" neighbour replace "$VIP" lladdr "$(mac_of "$D" eth0)" dev eth0
	warm_up "$VIP" 80 --udp
	step "a device in the place of another" 2 s rs1=2 1/1 "device=1 route=1" "${udp[0]}"
}

# half: each method, family and protocol twice, not each with each
half()
{
	udp=("${udp[0]}" "${udp[3]}")
	tcp=("${tcp[1]}" "${tcp[2]}")
}

for ms in "${RUNS[@]}"; do
	with_lease "$ms"
	director
	open_flows
	warm "${udp[@]}"
	leases "${udp[@]}" "${tcp[@]}"
	step_fast "flows are fast" 1 "$LARGE" "$(each 8 rs1=1)" "${udp[@]}" "${tcp[@]}"
	requests "the device's MTU" device_mtu
	replies
	half
	requests "the route's MTU" routes_mtu
	devices
	topo_destroy
done
finish
