#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# nfvs: mods ipip ip6_tunnel
# ICMP errors, all directions, both families: from the network to the real
# server, from the real server to the client, from the director itself; path MTU
# discovery that makes real transfers work; what is no business of nf_vs.
#
#   F --(1400)-- C --- D --- R1 --(1400)-- X     nat topology, two links added:
#                        \-- R2                  F behind C, X behind R1
#   C, D, R1 on one switch                       dr topology
set -euo pipefail
. "${BASH_SOURCE[0]%/*}/lib.sh"
shopt -s extglob
packet=

plan 56

# family 4|6: sets what the checks are written in
family()
{
	v=$1
	if [[ $v == 4 ]]; then
		client=$CIP vip=$VIP rip=${RIP[1]} far=10.9.0.2 behind=10.8.0.2
		too_big=3,4 unreach=3,3 expired=11,0 echo=8,0 echo_reply=0,0 tos=192
		svc=$VIP real=$rip tunnel=$behind
	else
		client=$CIP6 vip=$VIP6 rip=${RIP6[1]} far=2001:db8:9::2 behind=2001:db8:8::2
		too_big=2,0 unreach=1,4 expired=3,0 echo=128,0 echo_reply=129,0 tos=0
		svc="[$VIP6]" real="[$rip]" tunnel="[$behind]"
	fi
}

# Captures leave out TCP: the last words of the transfers before may come late.

# send NAMESPACE ARGUMENT...
send()
{
	local ns=$1

	shift
	in_ns "$ns" traffic send "$@"
}

# expect DESCRIPTION LINE: the next packet of the capture, without its own id,
# which the kernel often chooses
expect()
{
	capture_next
	check_eq "v$v: $1" "$2" "${packet/ id=+([0-9])}"
}

# ip_line SRC DST TTL TOS LEN[ DF]: the beginning of a line for either family;
# LEN is without the header
ip_line()
{
	if [[ $v == 4 ]]; then
		line="$1>$2 ttl=$3 tos=$4 id=4711${6:+ DF} len=$((20 + $5))"
	else
		line="$1>$2 ttl=$3 tos=$4 len=$((40 + $5))"
	fi
}

# own_line ...: of a packet the kernel made, with an id that is taken away
own_line()
{
	ip_line "$@"
	line=${line/ id=4711}
}

# What an error quotes: 28 bytes (traffic, IPv4), up to 576 or 1280 of the whole
# error (kernel); told by the length of the error.
icmp_len()
{
	local size=$1 who=$2

	if [[ $v == 4 && $who == traffic ]]; then
		len=$((8 + 28))
	elif [[ $v == 4 ]]; then
		len=$((8 + 20 + size > 556 ? 556 : 8 + 20 + size))
	else
		len=$((8 + 40 + size > 1240 ? 1240 : 8 + 40 + size))
	fi
}

# Nothing may have come before this one.
expect_marker()
{
	send "$1" "$2" "$3" --proto 253 --payload 4 --id 99
	ip_line "$2" "$3" "${5:-64}" 0 4
	expect "$4" "${line/ id=4711} proto 253"
}

# Errors as often as they are due.
no_rate_limit()
{
	in_ns "$1" bash -c 'cd /proc/sys/net
		echo 0 >ipv4/icmp_ratelimit
		echo 0 >ipv6/icmp/ratelimit'
}

# ---- path MTU of NAT, found by the network ----

nat_topology()
{
	topo_create 2 nat
	F=f-$$ X=x-$$
	topo_all+=("$F" "$X")
	ip -batch - <<-BATCH
	netns add $F
	netns add $X
	link add far netns $C mtu 1400 type veth peer name eth0 netns $F
	link add far netns $R1 mtu 1400 type veth peer name eth0 netns $X
	BATCH
	ip -n "$C" -batch - <<-BATCH
	link set far up
	address add 10.9.0.1/24 dev far
	address add 2001:db8:9::1/64 dev far nodad
	BATCH
	ip -n "$R1" -batch - <<-BATCH
	link set far up
	address add 10.8.0.1/24 dev far
	address add 2001:db8:8::1/64 dev far nodad
	BATCH
	ip -n "$D" -batch - <<-BATCH
	route add 10.9.0.0/24 via $CIP
	route add 2001:db8:9::/64 via $CIP6
	route add 10.8.0.0/24 via ${RIP[1]}
	route add 2001:db8:8::/64 via ${RIP6[1]}
	BATCH
	far_end "$F" 9
	far_end "$X" 8
	for ns in "$C" "$R1"; do
		in_ns "$ns" bash -c 'echo 1 >/proc/sys/net/ipv4/ip_forward
			echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
	done
}

far_end()
{
	ip -n "$1" -batch - <<-BATCH
	link set lo up
	link set eth0 up
	address add 10.$2.0.2/24 dev eth0
	address add 2001:db8:$2::2/64 dev eth0 nodad
	route add default via 10.$2.0.1
	route add default via 2001:db8:$2::1
	BATCH
}

# route_mtu NAMESPACE ADDRESS: what it has learnt
route_mtu()
{
	local text

	text=$(ip -n "$1" -o route get "$2")
	[[ $text == *" mtu "* ]] || { echo none; return; }
	text=${text#* mtu }
	echo "${text%% *}"
}

# The client's link has an MTU of 1400 in one direction only, so the real
# server's segments of 1460 bytes meet a router that refuses them.
pmtu_nat()
{
	adm -A -t "$svc:80" -s rr
	adm -a -t "$svc:80" -r "$real:8080" -m
	check_match "v$v nat: 100 KB arrive at the client over a narrow link" \
		"rs1 *reply=100000" "$(in_ns "$F" traffic get "$vip" 80 --reply 100000)"
	check_eq "v$v nat: the router's error told the real server" 1400 \
		"$(route_mtu "$R1" "$far")"
	ip -n "$D" link set rs1 mtu 1300
	check_match "v$v nat: 100 KB arrive at the server over a narrow link" \
		"rs1 * got=100000 *" "$(in_ns "$F" traffic get "$vip" 80 --bytes 100000)"
	check_eq "v$v nat: the director's error told the client" 1300 "$(route_mtu "$F" "$vip")"
	ip -n "$D" link set rs1 mtu 1500
}

# ---- every field, by crafted packets ----

nat_to_server()
{
	adm -A -u "$svc:80" -s rr
	adm -a -u "$svc:80" -r "$real:8080" -m
	capture_start "$R1" eth0 --not tcp
	send "$C" "$client" "$vip" --sport 4000 --payload 4
	ip_line "$client" "$rip" 63 0 12
	expect 'nat: a datagram makes the connection' "${line/ id=4711} udp 4000>8080"

	send "$C" "$client" "$vip" --icmp "$too_big,1400" --inner-src "$vip" --inner-dst "$client" \
		--sport 80 --dport 4000 --payload 4
	ip_line "$rip" "$client" 64 0 12
	quoted="$line udp 8080>4000"
	icmp_len 12 traffic
	own_line "$client" "$rip" 63 0 "$len"
	expect 'nat: an error to the VIP reaches the server, rewritten inside and outside' \
		"$line icmp $too_big info=1400 { $quoted }"

	send "$C" "$client" "$vip" --icmp "$too_big,1400" --inner-src "$vip" --inner-dst "$client" \
		--sport 80 --dport 4000 --payload 4 --bad-csum
	send "$C" "$client" "$vip" --icmp "$too_big,1400" --inner-src "$vip" --inner-dst "$client" \
		--sport 80 --dport 4999 --payload 4
	expect_marker "$C" "$client" "$rip" \
		'nat: neither a damaged error nor one about an unknown flow does' 63
	capture_stop
}

nat_to_client()
{
	capture_start "$C" eth0 --not tcp
	# Nobody listens on 8080/udp: the real server's own error.
	send "$C" "$client" "$vip" --sport 4000 --payload 4
	ip_line "$client" "$vip" 63 0 12
	quoted="$line udp 4000>80"
	icmp_len 12 kernel
	own_line "$vip" "$client" 63 "$tos" "$len"
	expect "nat: the real server's port unreachable comes from the VIP" \
		"$line icmp $unreach info=0 { $quoted }"

	send "$R1" "$rip" "$client" --icmp "$unreach" --inner-src "$client" --inner-dst "$rip" \
		--sport 4000 --dport 8080 --payload 40
	ip_line "$client" "$vip" 64 0 48
	quoted="$line udp 4000>80"
	icmp_len 48 traffic
	own_line "$vip" "$client" 63 0 "$len"
	expect 'nat: so does one made by hand' "$line icmp $unreach info=0 { $quoted }"

	send "$R1" "$rip" "$client" --icmp "$unreach" --inner-src "$client" --inner-dst "$rip" \
		--sport 4999 --dport 8080 --payload 40
	ip_line "$client" "$rip" 64 0 48
	quoted="$line udp 4999>8080"
	own_line "$rip" "$client" 63 0 "$len"
	expect 'nat: one about an unknown flow passes untouched' \
		"$line icmp $unreach info=0 { $quoted }"

	send "$C" "$client" "$vip" --icmp "$echo" --inner-src "$client" --inner-dst "$vip"
	icmp_len 8 traffic
	own_line "$vip" "$client" 64 0 "$len"
	expect 'an echo request to the VIP is answered by the director' "$line icmp $echo_reply"
}

# What a client has learnt keeps it from sending the next one.  TCP of 6.1 does not
# forget: transfers come first, the smaller MTU last.
forget_mtu()
{
	ip -n "$C" route flush cache
	ip -n "$C" -6 route flush cache
}

# own_errors METHOD MTU PORT: what the director says by itself
own_errors()
{
	send "$C" "$client" "$vip" --sport 4000 --dport "$3" --payload 4 --ttl 1
	ip_line "$client" "$vip" 1 0 12
	quoted="$line udp 4000>$3"
	icmp_len 12 kernel
	own_line "$vip" "$client" 64 "$tos" "$len"
	expect "$1: TTL 1 is exceeded at the director" "$line icmp $expired info=0 { $quoted }"

	send "$C" "$client" "$vip" --sport 4000 --dport "$3" --df \
		--payload "$(($2 - (v == 4 ? 28 : 48) + 1))"
	ip_line "$client" "$vip" 63 0 "$(($2 - (v == 4 ? 20 : 40) + 1))" DF
	quoted="$line udp 4000>$3"
	icmp_len "$2" kernel
	own_line "$vip" "$client" 64 "$tos" "$len"
	expect "$1: one byte more than $2 is too big" "$line icmp $too_big info=$2 { $quoted }"
	forget_mtu
}

# The tunnel's packets meet a narrow link behind R1, whose error quotes as much
# as fits.  The reference, too, learns from it, but tells the client what it knew
# before; of IPv6 tunnels it takes no errors.
tunnel_error()
{
	local room=$((1400 - (v == 4 ? 20 : 40))) quote=$((v == 4 ? 528 : 1192))

	adm -A -u "$svc:90" -s rr
	adm -a -u "$svc:90" -r "$tunnel:90" -i
	send "$C" "$client" "$vip" --sport 4000 --dport 90 --payload 1400 --df
	ip_line "$client" "$vip" 63 0 1408 DF
	quoted="$line udp 4000>90"
	own_line "$vip" "$client" 64 "$tos" $((8 + quote))
	if [[ -n ${NFVS_REF:-} ]]; then
		room=$((room + 100))
		[[ $v == 4 ]] || line=nothing
	fi
	if [[ $line == nothing ]]; then
		capture_next 1
		check_eq "v6: tunnel: the reference says nothing" nothing "$packet"
		return
	fi
	expect 'tunnel: an error about its outer header tells the client what fits inside' \
		"$line icmp $too_big info=$room { $quoted }"
	forget_mtu
}

# ---- DR and TUN: errors go to the server as they came ----

# forwarded METHOD LETTER MTU PORT: the server gets datagrams and errors as they are,
# or in a tunnel; MTU is what fits
forwarded()
{
	adm -A -u "$svc:$4" -s rr
	adm -a -u "$svc:$4" -r "$real:$4" "-$2"
	capture_start "$R1" eth0 --not tcp
	send "$C" "$client" "$vip" --sport 4000 --dport "$4" --payload 4
	ip_line "$client" "$vip" 63 0 12
	expect_forwarded "$1: a datagram makes the connection" 12 "$line udp 4000>$4"

	send "$C" "$client" "$vip" --icmp "$too_big,1300" --inner-src "$vip" --inner-dst "$client" \
		--sport "$4" --dport 4000 --payload 4
	ip_line "$vip" "$client" 64 0 12
	quoted="$line udp $4>4000"
	icmp_len 12 traffic
	ip_line "$client" "$vip" 63 0 "$len"
	expect_forwarded "$1: an error to the VIP goes to the server as it is" "$len" \
		"$line icmp $too_big info=1300 { $quoted }"

	send "$C" "$client" "$vip" --icmp "$too_big,1300" --inner-src "$vip" --inner-dst "$client" \
		--sport "$4" --dport 4999 --payload 4
	expect_marker "$D" "$dip" "$rip" "$1: one about an unknown flow does not"
	capture_stop

	capture_start "$C" eth0 --not tcp
	own_errors "$1" "$3" "$4"
	capture_stop
	adm -D -u "$svc:$4"
}

# expect_forwarded DESCRIPTION LEN LINE: LEN as for ip_line, of the packet on LINE
expect_forwarded()
{
	if [[ $1 == DR:* ]]; then
		expect "$1" "${3/ id=4711}"
		return
	fi
	own_line "$source" "$rip" 63 0 "$((v == 4 ? $2 + 20 : $2 + 40))"
	expect "$1" "$line $([[ $v == 4 ]] && echo ipip || echo ipv6) { $3 }"
}

# errors_heard: how often the client was told that a packet is too big (IPv4: or
# that something is unreachable)
errors_heard()
{
	local -a f

	while read -ra f; do
		if [[ $v == 4 && ${f[0]} == Icmp: && ${f[4]} == [0-9]* ]]; then
			echo "${f[4]}"
		elif [[ $v == 6 && ${f[0]} == Icmp6InPktTooBigs ]]; then
			echo "${f[1]}"
		fi
	done < <(in_ns "$C" cat /proc/net/snmp /proc/net/snmp6)
}

# pmtu METHOD LETTER: a real transfer
pmtu()
{
	local before

	before=$(errors_heard)
	adm -A -t "$svc:80" -s rr
	adm -a -t "$svc:80" -r "$real:80" "-$2"
	check_match "v$v $1: 100 KB arrive at the server" "rs1 * got=100000 *" \
		"$(in_ns "$C" traffic get "$vip" 80 --bytes 100000)"
	check "v$v $1: it took an error from the director" \
		test "$(errors_heard)" -gt "$before"
	adm -D -t "$svc:80"
	forget_mtu
}

nat_topology
no_rate_limit "$D"
no_rate_limit "$R1"
start_servers --tcp 8080
for fam in 4 6; do
	family "$fam"
	pmtu_nat
	nat_to_server
	nat_to_client
	ip -n "$D" link set rs1 mtu 1400
	own_errors nat 1400 80
	ip -n "$D" link set rs1 mtu 1500
	tunnel_error
done
capture_stop

topo_destroy
topo_create 1 dr
no_rate_limit "$D"
# A tunnel from the address that the server has itself would be refused there.
ip -n "$D" address change "$VIP6/128" dev eth0 preferred_lft 0
ip -n "$R1" -batch - <<-BATCH
	link set tunl0 up
	link add tun6 type ip6tnl mode ip6ip6 local ${RIP6[1]} remote any
	link set tun6 up
BATCH
start_servers --tcp 80
for fam in 4 6; do
	family "$fam"
	dip=$([[ $v == 4 ]] && echo "$DIP" || echo "$DIP6")
	# What the kernel would choose to talk to the server.
	source=$(ip -n "$D" -o route get "$rip")
	source=${source#* src } source=${source%% *}
	ip -n "$D" route add "$rip" dev eth0 mtu 1400
	pmtu DR g
	pmtu TUN i
	forwarded DR g 1400 80
	ip -n "$D" route delete "$rip" dev eth0
	forwarded TUN i $((v == 4 ? 1480 : 1460)) 81
done
finish
