#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What a flow on the fast path goes through may change at any time: the device it comes
# in by, its mark, the MTU, route and neighbour of its way out, its devices themselves.
# And devices of all kinds are a way in: VLAN, bridge, bond, one that came later.
# Rules that count are the witness of what was not fast.
#
#   C eth0, late   -- eth0, late     D rs1 -- R1 10.1.1.2        NAT
#     v1.5, b1, o1 -- v1.5, br1, bo1   rs2 -- R2 10.1.2.2        another way to R1
#   10.2.<n>.2        10.2.<n>.100
# nfvs: mods 8021q bridge bonding
set -euo pipefail
# shellcheck source=tests/net/lib-fast.sh
. "${BASH_SOURCE[0]%/*}/lib-fast.sh"

[[ -z ${NFVS_REF:-} ]] || skip_all "ip_vs has no fast path"
plan 32
topo_create 2 nat
set_lease 10000
start_server "$R1" rs1 --udp 8080
ip -n "$R2" address add "${RIP[1]}/32" dev lo
start_server "$R2" rs1 --udp 8080
watch_rules
{
	vs_lines "-u $VIP:80" rr "-r ${RIP[1]}:8080 -m"
	vs_lines "-u $VIP:81" rr "-r ${RIP[2]}:8080 -m"
	for i in 1 2 3 4; do
		vs_lines "-u 10.2.$i.100:80" rr "-r ${RIP[1]}:8080 -m"
	done
} | adm -R

# Devices that come after the services.
ip -n "$D" -batch - <<-IP
link add v1 type veth peer name v1 netns $C
link add b1 type veth peer name b1 netns $C
link add o1 type veth peer name o1 netns $C
link add late type veth peer name late netns $C
link add link v1 name v1.5 type vlan id 5
link add br1 type bridge forward_delay 0 mcast_snooping 0
link add bo1 type bond mode active-backup miimon 100
link set b1 master br1
link set o1 master bo1
link set v1 up
link set v1.5 up
link set b1 up
link set br1 up
link set bo1 up
link set o1 up
link set late up
address add 10.2.1.100/24 dev v1.5
address add 10.2.2.100/24 dev br1
address add 10.2.3.100/24 dev bo1
address add 10.2.4.100/24 dev late
IP
ip -n "$C" -batch - <<-IP
link add link v1 name v1.5 type vlan id 5
link set v1 up
link set v1.5 up
link set b1 up
link set o1 up
link set late up
address add 10.2.1.2/24 dev v1.5
address add 10.2.2.2/24 dev b1
address add 10.2.3.2/24 dev o1
address add 10.2.4.2/24 dev late
IP

names=(- VLAN bridge bond "a device that came later")
for i in 1 2 3 4; do
	check "${names[i]}: is a way in, and a fast one" warm_up "10.2.$i.100" 80 --udp
	flow_open flow "10.2.$i.100" 80 --udp
	check_flow "${names[i]}: all but the first packets are fast" "$flow" 1/1
	flow_close "$flow"
done
set_lease 0
for i in 1 2 3 4; do
	flow_open flow "10.2.$i.100" 80 --udp
	check_flow "${names[i]}: with lease 0 the same, and rules see all" "$flow" 10/10
	flow_close "$flow"
done
set_lease 10000

warm_up "$VIP" 81 --udp
flow_open flow "$VIP" 80 --udp --source "$CIP" --timeout 3000
warm "$flow"
check_flow "a plain flow" "$flow" 0/0

fresh "$flow"
# Another device for the requests: replies keep theirs.
before=$(counter refused_device)
ip -n "$C" route add "$VIP/32" via 10.2.4.100
check_flow "another input device: the first request needs a new lease" "$flow" 1/0
check_eq "another input device: and is counted" 1 "$(($(counter refused_device) - before))"
ip -n "$C" route del "$VIP/32"
check_flow "back again" "$flow" 1/0

fresh "$flow"
in_ns "$D" nft -f - <<-NFT
table netdev marking {
	chain c { type filter hook ingress device eth0 priority 0; udp dport 80 meta mark set 1; }
}
NFT
before=$(counter refused_skb)
check_flow "marked packets are none of the lease's" "$flow" 10/0
check_eq "marked packets: and are counted" 10 "$(($(counter refused_skb) - before))"
in_ns "$D" nft delete table netdev marking
fresh "$flow"
check_flow "without the mark they are" "$flow" 0/0

fresh "$flow"
# The way out: another MAC, no MAC, another route, another device.
ip -n "$R1" link set eth0 address 02:00:00:00:00:01
ip -n "$D" neighbour replace "${RIP[1]}" lladdr 02:00:00:00:00:01 dev rs1
ip -n "$R1" neighbour replace 10.1.1.1 lladdr "$(mac_of "$D" rs1)" dev eth0
check_flow "the neighbour's new address is used at once" "$flow" 0/0
fresh "$flow"
before=$(counter refused_neighbour)
ip -n "$D" neighbour del "${RIP[1]}" dev rs1
check_flow "a neighbour that is gone is found again" "$flow" 1/0
check_eq "a neighbour that is gone: counted" 1 "$(($(counter refused_neighbour) - before))"

fresh "$flow"
before=$(counter refused_neighbour)
ip -n "$D" neighbour replace "${RIP[1]}" dev rs1 nud failed
check_flow "a neighbour that has failed is asked again" "$flow" 1/0
check_eq "a neighbour that has failed: counted" 1 "$(($(counter refused_neighbour) - before))"

# The way back.
before=$(iface_count "$D" late tx_packets)
fresh "$flow"
ip -n "$D" route add "$CIP/32" via 10.2.4.2
check_flow "a new route of the replies is used at once" "$flow" 1/1
check_eq "a new route of the replies: for all of them" 1 \
	"$(($(iface_count "$D" late tx_packets) - before >= 10))"
ip -n "$D" route del "$CIP/32"
ask "$flow" 1

before=$(iface_count "$D" rs2 tx_packets)
fresh "$flow"
ip -n "$D" route add "${RIP[1]}/32" via 10.1.2.2
# Either way of the reply needs a lease for the device it now comes in by.
check_flow "a new route is used at once" "$flow" 1/1
check_eq "a new route: for all of them" 1 \
	"$(($(iface_count "$D" rs2 tx_packets) - before >= 10))"
fresh "$flow"
ip -n "$D" route del "${RIP[1]}/32"
ask "$flow" 2
check_flow "the old one too" "$flow" 0/0

ip -n "$D" link set rs1 down
ip -n "$D" link set rs1 name other
ip -n "$D" link set other up
ask "$flow" 2
check_flow "a device with a new name" "$flow" 0/0

# has_device NAME
has_device()
{
	if ip -n "$D" link show dev "$1" >/dev/null 2>&1; then
		echo yes
	else
		echo no
	fi
}

# shellcheck disable=SC2317 # poll calls it
is_flooding()
{
	(($(iface_count "$D" other tx_packets) - out_before > 20))
}

# A device goes while packets run to it and come from it.
in_ns "$C" traffic flood "$CIP" "$VIP" --proto udp --dport 80 --ports 8 --payload 100 \
	--seconds 2 >/dev/null &
flood=$!
ip netns add "moved-$D"
topo_all+=("moved-$D")
out_before=$(iface_count "$D" other tx_packets)
poll 20 is_flooding
ip -n "$D" link set other netns "moved-$D"
ip -n "$D" link set late netns "moved-$D"
wait "$flood" || :
check_eq "output and input device leave the namespace while packets run" "no no" \
	"$(has_device other) $(has_device late)"
flow_close "$flow"
ip -n "moved-$D" link set other netns "$D"
ip -n "$D" -batch - <<-IP
link set other up
address add 10.1.1.1/24 dev other
IP
flow_open flow "$VIP" 80 --udp --timeout 1000
warm "$flow"
check_flow "a device that is back is a way out and in again" "$flow" 0/0
finish
