#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What comes with a packet besides its bytes, and what its device belongs to: marks of tc
# and of rules, conntrack of tc, tunnel metadata, IPsec on either side, a device that
# becomes a port of a bridge or of a VRF while the flow runs, a tunnel with checksums,
# gateways of both families.  What the ends see is the same with lease 0.
# Somebody who looks on sees each packet as it came.
#
#   N - C 10.0.0.2 -- 10.0.0.254 D rs1 -- R1 10.1.1.2 -- lo 10.9.2.2        NAT
#  10.9.1.2      tunnels g1, g2                2001:db8:9:2::2
# nfvs: mods sch_ingress cls_matchall act_skbedit act_ct esp4 xfrm_user ip_gre ipip fou vrf bridge
set -euo pipefail
# shellcheck source=tests/net/lib-fast.sh
. "${BASH_SOURCE[0]%/*}/lib-fast.sh"

[[ -z ${NFVS_REF:-} ]] || skip_all "ip_vs has no fast path"
# The debug kernel has no fair queue.
has_fq=0
[[ $(uname -r) != *-amd64 ]] || has_fq=1
plan $((28 + (${#RUNS[@]} - 1) * 25 + ${#RUNS[@]} * has_fq))
FAR_CIP=10.9.1.2 FAR_CIP6=2001:db8:9:1::2 FAR_RIP=10.9.2.2 FAR_RIP6=2001:db8:9:2::2

director()
{
	topo_create 1 nat
	ip -n "$C" -batch - <<-IP
	address add $FAR_CIP/32 dev lo
	address add $FAR_CIP6/128 dev lo nodad
	link add g1 type gre local $CIP remote $DIP key 1
	link set g1 up
	link add g2 type gre local $CIP remote $DIP key 2 csum
	link set g2 up
	neighbour replace $VIP lladdr $(mac_of "$D" eth0) dev eth0 nud permanent
	neighbour replace $DIP lladdr $(mac_of "$D" eth0) dev eth0 nud permanent
	IP
	ip -n "$R1" -batch - <<-IP
	address add $FAR_RIP/32 dev lo
	address add $FAR_RIP6/128 dev lo nodad
	link add t1 type ipip local ${RIP[1]}
	link set t1 up
	IP
	ip -n "$D" -batch - <<-IP
	link add g1 type gre external
	link set g1 up
	link add g2 type gre local $DIP remote $CIP key 2 csum
	link set g2 up
	link add t1 type ipip local 10.1.1.1
	link set t1 up
	neighbour replace $CIP lladdr $(mac_of "$C" eth0) dev eth0 nud permanent
	route add $FAR_CIP/32 via $CIP
	route add $FAR_CIP6/128 via $CIP6
	route add $FAR_RIP/32 via ${RIP[1]}
	route add $FAR_RIP6/128 via ${RIP6[1]}
	IP
	in_ns "$C" ethtool -K g2 tx off >/dev/null
	start_server "$R1" rs1 --udp 8080 --tcp 8080
	{
		vs_lines "-u $VIP:80" rr "-r ${RIP[1]}:8080 -m"
		vs_lines "-t $VIP:80" rr "-r ${RIP[1]}:8080 -m"
		vs_lines "-u $VIP:81" rr "-r $FAR_RIP:8080 -m"
		vs_lines "-u [$VIP6]:81" rr "-r [$FAR_RIP6]:8080 -m"
		vs_lines "-u $VIP:83" rr "-r ${RIP[1]}:8383 -m"
	} | adm -R
	watch_rules
	set_lease "$lease"
	warm_up "$VIP" 80 --udp
	open_both
	in_ns "$D" tc qdisc add dev eth0 clsact
	in_ns "$D" tc qdisc add dev rs1 clsact
}

both=()
# open_both: new flows, which a packet has gone through
open_both()
{
	local flow

	for flow in "${both[@]}"; do
		flow_close "$flow"
	done
	flow_open udp "$VIP" 80 --udp --source "$CIP" --timeout 3000
	flow_open tcp "$VIP" 80
	both=("$udp" "$tcp")
	ask "$udp" 1
	ask "$tcp" 1
}

# The answers of both flows.
good='rs1=5, rs1=5'

# tc_ingress DEVICE ACTION...
tc_ingress()
{
	in_ns "$D" tc filter add dev "$1" ingress protocol ip matchall action "${@:2}"
}

tc_undo()
{
	in_ns "$D" tc filter del dev "$1" ingress
}

marks()
{
	leases "${both[@]}"
	step "flows are fast" 5 s "$good" 0/0 "" "${both[@]}"

	tc_ingress eth0 skbedit mark 7
	step "requests marked by tc" 5 s "$good" "1?/0" "skb=1?" "${both[@]}"
	tc_undo eth0
	tc_ingress rs1 skbedit mark 7
	step "replies marked by tc" 5 s "$good" "0/1?" "skb=1?" "${both[@]}"
	tc_undo rs1

	# Not so when the device hands them over: they are none of a lease's, and need one.
	mark_rule 'th dport 80'
	open_both
	step "requests marked by a rule" 5 s "$good" "1?/0" "lease=1?" "${both[@]}"
	in_ns "$D" nft delete table inet marking
	mark_rule 'th sport 8080'
	open_both
	step "replies marked by a rule" 5 s "$good" "0/1?" "lease=1?" "${both[@]}"
	in_ns "$D" nft delete table inet marking
	leases "${both[@]}"
	step_fast "without marks they are fast again" 5 s "$good" "${both[@]}"

	tc_ingress eth0 ct
	step "requests with a conntrack entry of tc" 5 s "$good" "1?/0" "skb=1?" "${both[@]}"
	tc_undo eth0
}

# mark_rule CONDITION
mark_rule()
{
	in_ns "$D" nft -f - <<-NFT
	table inet marking {
		chain c { type filter hook prerouting priority 0;
			meta l4proto tcp $1 meta mark set 1
			meta l4proto udp $1 meta mark set 1
		}
	}
	NFT
}

# shellcheck disable=SC2317 # poll calls it
is_refused()
{
	local before

	before=$(counter "refused_$2")
	ask "$1" 1
	(($(counter "refused_$2") > before))
}

tunnels()
{
	# So that the devices have hooks.
	ip -n "$C" route add "$VIP/32" dev g1
	[[ $lease -eq 0 ]] || poll 20 is_refused "$udp" skb
	ip -n "$C" route replace "$VIP/32" dev g2
	warm "$udp"
	ip -n "$C" route del "$VIP/32"

	leases "$udp"
	ip -n "$C" route add "$VIP/32" dev g1
	step "requests with tunnel metadata" 5 s rs1=5 5/0 skb=5 "$udp"
	# New leases for each: on a slow machine one may not last for all of them.
	ip -n "$C" route del "$VIP/32"
	leases "$udp"
	ip -n "$C" route add "$VIP/32" dev g2
	step "requests from another device, a tunnel with checksums" 5 s rs1=5 1/0 device=1 "$udp"
	leases "$udp"
	ip -n "$C" route del "$VIP/32"
	step "requests from the first device" 5 s rs1=5 1/0 device=1 "$udp"
}

ipsec()
{
	local other algo="enc ecb(cipher_null) '' auth hmac(sha256) 0123456789abcdef0123456789abcdef"

	ipsec_lines()
	{
		echo "xfrm state add src $CIP dst $DIP proto esp spi 1 mode tunnel $algo"
		echo "xfrm state add src $DIP dst $CIP proto esp spi 2 mode tunnel $algo"
	}
	leases "$udp"
	ipsec_lines | ip -n "$C" -batch -
	ipsec_lines | ip -n "$D" -batch -
	ip -n "$C" xfrm policy add src $CIP dst $VIP dir out tmpl src $CIP dst $DIP proto esp mode tunnel
	step "requests through IPsec" 5 s rs1=5 5/0 skb=5 "$udp"
	# Bug: their lease was good for who sends the same without IPsec, past rules that ask for it.
	flow_open other "$VIP" 80 --udp --source "$CIP" --timeout 3000
	leases "$other"
	ip -n "$C" xfrm policy del src $CIP dst $VIP dir out
	step "what came through IPsec lets in nothing that comes without" 5 s rs1=5 1/0 lease=1 "$other"
	flow_close "$other"
	ip -n "$C" xfrm policy add src $VIP dst $CIP dir in tmpl src $DIP dst $CIP proto esp mode tunnel
	ip -n "$D" xfrm policy add src $VIP dst $CIP dir out tmpl src $DIP dst $CIP proto esp mode tunnel
	leases "$udp"
	step "replies through IPsec" 5 s rs1=5 0/5 "*=5" "$udp"
	ip -n "$D" xfrm policy del src $VIP dst $CIP dir out
	ip -n "$C" xfrm policy del src $VIP dst $CIP dir in
	leases "$udp"
	step_fast "without IPsec they are fast again" 5 s rs1=5 "$udp"
}

gateways()
{
	local far far6

	flow_open far "$VIP" 81 --udp --source "$FAR_CIP"
	flow_open far6 "$VIP6" 81 --udp --source "$FAR_CIP6"
	leases "$far" "$far6"
	step "gateways on both sides" 5 s "$good" 0/0 "" "$far" "$far6"
	ip -n "$D" route replace $FAR_RIP/32 via inet6 "${RIP6[1]}"
	leases "$far"
	step "a gateway of the other family" 5 s rs1=5 5/0 neighbour=5 "$far"
	ip -n "$D" route replace $FAR_RIP/32 via "${RIP[1]}"
	ip -n "$D" route replace $FAR_CIP/32 via inet6 $CIP6
	leases "$far"
	step "a gateway of the other family for replies" 5 s rs1=5 0/5 neighbour=5 "$far"
	ip -n "$D" route replace $FAR_CIP/32 via $CIP
	# It has no other end of its own: it looks at the route that comes with a packet.
	ip -n "$D" route replace $FAR_RIP/32 via "${RIP[1]}" dev t1 onlink
	leases "$far"
	step "a tunnel to wherever the route says" 5 s rs1=5 0/0 "" "$far"
	flow_close "$far"
	flow_close "$far6"
}

# Bug: of a tunnel's packets that have no checksum the one inside, which was left to the
# device, was taken for theirs, and they got a wrong one.
inside()
{
	local far

	ip -n "$C" link add f1 type ipip local $CIP remote $VIP encap fou encap-sport 5555 \
		encap-dport 83
	ip -n "$C" link set f1 up
	ip -n "$C" route add $FAR_RIP/32 dev f1
	ip -n "$R1" fou add port 8383 ipproto 4
	# The receiver does not look at a checksum that is not finished.
	in_ns "$D" ethtool -K rs1 tx off >/dev/null
	flow_open far "$FAR_RIP" 8080 --udp --source "$FAR_CIP" --timeout 3000
	leases "$far"
	step "requests in UDP without a checksum, theirs left to the device" 5 s rs1=5 0/5 "" "$far"
	in_ns "$D" ethtool -K rs1 tx on >/dev/null
	flow_close "$far"
}

# see DEVICE: saw is two packets that came in by it while the flow was asked
see()
{
	local i

	capture_start "$D" "$1" --proto udp
	ask "$udp" 2
	saw=
	for i in 1 2; do
		capture_next
		saw+=$(sed 's/ id=[0-9]*//; s/[0-9]*>80$/P>80/; s/8080>[0-9]*/8080>P/' <<<"$packet")
		[[ $i -eq 2 ]] || saw+=', '
	done
	capture_stop
}

spectators()
{
	local request="$CIP>$VIP ttl=64 tos=0 DF len=29 udp P>80"
	local reply="${RIP[1]}>$CIP ttl=64 tos=0 DF len=78 udp 8080>P"

	leases "$udp"
	see eth0
	check_eq "${prefix}who looks at requests sees them as they came" "$request, $request" "$saw"
	see rs1
	check_eq "${prefix}who looks at replies too" "$reply, $reply" "$saw"
}

# What a queue of the device sees of a packet.
priorities()
{
	in_ns "$R1" nft -f - <<-NFT
	table ip tos { chain c { type filter hook output priority 0; udp sport 8080 ip dscp set 0x04; }; }
	NFT
	in_ns "$D" nft -f - <<-NFT
	table netdev sending {
		counter urgent { }
		chain c { type filter hook egress device eth0 priority 0;
			meta priority 0:6 counter name urgent; }
	}
	NFT
	leases "$udp"
	in_ns "$D" nft reset counters table netdev sending >/dev/null
	ask "$udp" 5
	check_eq "${prefix}replies have the priority of their type of service" 5 \
		"$(in_ns "$D" nft list counters table netdev sending |
			awk '$1 == "packets" { print $2 }')"
	in_ns "$D" nft delete table netdev sending
	in_ns "$R1" nft delete table ip tos
}

# A queue that sends packets when they say; as they come, they say when they came.
times()
{
	local fd line

	[[ $has_fq -eq 1 ]] || return 0
	exec {fd}< <(exec nsenter --net="/run/netns/$C" /usr/bin/python3 -uc \
		'import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, 29, 1) # SO_TIMESTAMP, of all packets of the machine
print("ready")
s.recv(1)')
	server_pids+=("$!")
	read -rt 20 -u "$fd" line
	exec {fd}<&-
	in_ns "$D" tc qdisc replace dev rs1 root fq
	leases "$udp"
	step "a queue that looks at times" 5 s rs1=5 0/0 "" "$udp"
	in_ns "$D" tc qdisc del dev rs1 root
}

# The fast path alone keeps a connection alive: beyond its timeout, and the second more
# that is granted.  Not where the machine lets the flow itself pause for so long.
timeouts()
{
	local opened last now end gap try

	[[ $lease -ne 0 ]] || return 0
	adm --set 0 0 1
	for try in 1 2 3 4; do
		leases "$udp"
		gap=0 last=${EPOCHREALTIME/[.,]/}
		end=$((last + 3500000)) now=0
		opened=$(conns_of -u "$VIP:80")
		while ((now < end)); do
			ask "$udp" 1
			now=${EPOCHREALTIME/[.,]/}
			gap=$((now - last > gap ? now - last : gap)) last=$now
		done
		((gap >= 900000)) || break
		note "try $try: a pause of $((gap / 1000)) ms"
	done
	check_eq "what is fast does not time out" 0 "$(($(conns_of -u "$VIP:80") - opened))"
	adm --set 0 0 300
}

servers_go()
{
	leases "$udp"
	adm -d -u "$VIP:80" -r "${RIP[1]}:8080"
	step "a flow whose server was taken away" 1 s error:-timeout=1 1/0 state=1 "$udp"
	adm -a -u "$VIP:80" -r "${RIP[1]}:8080" -m
	leases "$udp"
	step "and given back" 5 s rs1=5 0/0 "" "$udp"
}

# The last, because nothing is as before.
ports()
{
	ip -n "$D" -batch - <<-IP
	link add br9 type bridge forward_delay 0 mcast_snooping 0
	link set br9 up
	IP
	leases "$udp"
	ip -n "$D" link set eth0 master br9
	warm_up "$VIP" 80 --udp
	# The kernel may look for routes anew meanwhile.
	step "its device becomes a port of a bridge" 5 s rs1=5 "[1-3]/?" "skb=5 device=1*" "$udp"
	ip -n "$D" link set eth0 nomaster
	step "and is one no more" 5 s rs1=5 "[1-3]/?" "device=1*" "$udp"

	ip -n "$D" -batch - <<-IP
	link add vrf9 type vrf table 9
	link set vrf9 up
	IP
	leases "$udp"
	ip -n "$D" -batch - <<-IP
	link set eth0 master vrf9
	neighbour replace $CIP lladdr $(mac_of "$C" eth0) dev eth0 nud permanent
	route add $CIP/32 dev eth0
	IP
	step "its device becomes a port of a VRF" 5 s rs1=5 5/5 "skb=5 route=5" "$udp"
}

for ms in "${RUNS[@]}"; do
	with_lease "$ms"
	director
	marks
	tunnels
	ipsec
	gateways
	inside
	spectators
	priorities
	times
	timeouts
	servers_go
	ports
	flow_close "$udp"
	flow_close "$tcp"
	both=()
	topo_destroy
done
finish
