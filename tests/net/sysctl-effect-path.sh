#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What settings of net.ipv4.vs do with single packets: snat_reroute, nat_icmp_send,
# pmtu_disc, schedule_icmp, cache_bypass, ignore_tunneled.
#
#   C -- D -- R1
# nfvs: mods ipip
set -euo pipefail
# shellcheck source=tests/net/lib-vs.sh
. "${BASH_SOURCE[0]%/*}/lib-vs.sh"

VIP2=10.0.0.101	# reached through a tunnel

plan 33
topo_create 1 nat
start_servers --tcp 80 --udp 80
in_ns "$D" sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0

# What the client gets: packets to a port that is only for strays, too-big errors.
in_ns "$C" nft -f - <<-NFT
table inet seen {
	counter strays { }
	counter toobig { }
	chain pre {
		type filter hook prerouting priority -450
		tcp dport 7777 counter name strays drop
		udp dport 7777 counter name strays drop
		icmp type destination-unreachable icmp code 4 counter name toobig
	}
}
NFT
# What the server gets.
in_ns "$R1" nft -f - <<-NFT
table inet seen {
	counter told { }
	counter told6 { }
	counter related { }
	counter related6 { }
	counter whole { }
	counter pieces { }
	chain pre {
		type filter hook prerouting priority -450
		icmp type destination-unreachable ip saddr 10.1.1.1 counter name told
		icmpv6 type destination-unreachable ip6 saddr 2001:db8:1:1::1 counter name told6
		icmp type destination-unreachable ip saddr $CIP counter name related
		icmpv6 type destination-unreachable ip6 saddr $CIP6 counter name related6
		ip protocol 4 ip frag-off & 0x3fff == 0 counter name whole
		ip protocol 4 ip frag-off & 0x3fff != 0 counter name pieces
	}
}
NFT
{
	vs_lines "-t $VIP:80" rr "-r ${RIP[1]}:80 -m"
	vs_lines "-u $VIP:80" rr "-r ${RIP[1]}:80 -m"
	vs_lines "-u [$VIP6]:80" rr "-r [${RIP6[1]}]:80 -m"
	vs_lines "-t $VIP:82" rr "-r ${RIP[1]}:82 -g"
	vs_lines "-u $VIP:83" rr "-r ${RIP[1]}:83 -i"
	vs_lines "-t $VIP2:84" rr "-r ${RIP[1]}:80 -m"
	echo "-A -f 7 -s rr"
	echo "-A -f 8 -6 -s rr"
} | adm -R

vs()
{
	in_ns "$D" sysctl -qw "net.ipv4.vs.$1"
}

# seen NAMESPACE COUNTER: packets
seen()
{
	in_ns "$1" nft list counter inet seen "$2" | sed -n 's/.*packets \([0-9]*\) .*/\1/p'
}

# ask ADDR PORT [ARGUMENT...]: who answers, or what is wrong
ask()
{
	in_ns "$C" traffic get "$1" "$2" --timeout 2000 "${@:3}" | tally || :
}

# ---- snat_reroute: a reply's way out may depend on its new source ----

ip -n "$D" rule add from "$VIP" lookup 99
ip -n "$D" route add blackhole default table 99
check_eq "snat_reroute: replies take the virtual address's way" "0" "$(
	in_ns "$C" traffic get "$VIP" 80 --timeout 2000 | grep -c '^rs1' || :)"
vs snat_reroute=0
check_eq "snat_reroute 0: they keep the server's" "rs1=3" "$(ask "$VIP" 80 -n 3)"
vs snat_reroute=1
check_eq "snat_reroute 1 again" "0" "$(
	in_ns "$C" traffic get "$VIP" 80 --timeout 2000 | grep -c '^rs1' || :)"
ip -n "$D" rule delete from "$VIP" lookup 99
check_eq "with no such rule both are the same" "rs1=1" "$(ask "$VIP" 80)"

# ---- nat_icmp_send ----

# stray [ARGUMENT...]: packets of no connection, from the server
stray()
{
	in_ns "$R1" traffic send "${RIP[1]}" "$CIP" --dport 7777 "$@"
}
stray --proto udp --sport 80 -n 3
check_soon 10 "a server's own packets pass" 3 seen "$C" strays
vs nat_icmp_send=1
stray --proto udp --sport 80 -n 3
check_soon 10 "nat_icmp_send: the server is told" 3 seen "$R1" told
stray --proto tcp --flags SA --sport 80
check_soon 10 "nat_icmp_send: TCP" 4 seen "$R1" told
in_ns "$R1" traffic send "${RIP6[1]}" "$CIP6" --proto udp --sport 80 --dport 7777
check_soon 10 "nat_icmp_send: IPv6" 1 seen "$R1" told6
check_eq "nat_icmp_send: and the packets have gone nowhere" 3 "$(seen "$C" strays)"
stray --proto tcp --flags R --sport 80
check_soon 10 "nat_icmp_send: a reset passes" 4 seen "$C" strays
stray --proto udp --sport 81
check_soon 10 "nat_icmp_send: so does what is of no service" 5 seen "$C" strays
stray --proto tcp --flags A --sport 82
check_soon 10 "nat_icmp_send: and of one without NAT" 6 seen "$C" strays
check_eq "nat_icmp_send: nobody was told of these" 4 "$(seen "$R1" told)"
check_eq "nat_icmp_send: replies are replies" "rs1=2" "$(ask "$VIP" 80 -n 2 --udp)"
vs nat_icmp_send=0
stray --proto udp --sport 80
check_soon 10 "nat_icmp_send 0 again" 7 seen "$C" strays

# ---- pmtu_disc: 1500 bytes and an IP header ----

big()
{
	in_ns "$C" traffic send "$CIP" "$VIP" --proto udp --sport 4000 --dport 83 --payload 1472 --df
}
vs pmtu_disc=0
big
check_soon 10 "pmtu_disc 0: too big for the tunnel goes in two fragments" 2 seen "$R1" pieces
check_eq "pmtu_disc 0: the client is told nothing" 0 "$(seen "$C" toobig)"
in_ns "$C" traffic send "$CIP" "$VIP" --proto udp --sport 4000 --dport 83 --payload 1452 --df
check_soon 10 "pmtu_disc 0: what fits is whole" 1 seen "$R1" whole
vs pmtu_disc=1
big
check_soon 10 "pmtu_disc: the client is told" 1 seen "$C" toobig
check_eq "pmtu_disc: and nothing sent" "2 1" "$(seen "$R1" pieces) $(seen "$R1" whole)"

# ---- schedule_icmp: an error that quotes what the virtual server never sent ----

error()
{
	in_ns "$C" traffic send "$CIP" "$VIP" --icmp 3,3 --inner-src "$VIP" --inner-dst "$CIP" \
		--proto "$1" --sport 80 --dport "$2" --payload 4
}
error6()
{
	in_ns "$C" traffic send "$CIP6" "$VIP6" --icmp 1,4 --inner-src "$VIP6" \
		--inner-dst "$CIP6" --proto udp --sport 80 --dport 4444 --payload 4
}
# related: connections that were counted, errors that the server got, IPv4 and IPv6
related()
{
	echo "$(($(conns_of -u "$VIP:80") + $(conns_of -t "$VIP:80") + \
		$(conns_of -u "[$VIP6]:80") - base)) $(seen "$R1" related) $(seen "$R1" related6)"
}
# ip_vs counts late.
poll $((STATS_LAG > 1 ? 5 : 0)) false || :
base=0
base=$(related)
base=${base%% *}
error udp 4444
error6
error tcp 4445
check_eq "an error about an unknown flow goes nowhere" "0 0 0" "$(related)"
vs schedule_icmp=1
error udp 4444
check_soon 10 "schedule_icmp: it goes to a server" "1 1 0" related
error6
check_soon 10 "schedule_icmp: IPv6" "2 1 1" related
error tcp 4445
check_soon 10 "schedule_icmp: TCP" "3 2 1" related
error udp 4444
check_soon 10 "schedule_icmp: the next one finds the connection" "3 3 1" related
vs schedule_icmp=0
error udp 4446
check_eq "schedule_icmp 0 again" "3 3 1" "$(related)"

# ---- cache_bypass: marked packets for somebody else, and no server for them ----

in_ns "$D" nft -f - <<-NFT
table inet mangle {
	chain pre {
		type filter hook prerouting priority -150
		iifname eth0 ip daddr ${RIP[1]} meta mark set 7
		iifname eth0 ip6 daddr ${RIP6[1]} meta mark set 8
	}
}
NFT
ip -n "$D" rule add fwmark 7 lookup 100
ip -n "$D" route add local default dev lo table 100
ip -n "$D" -6 rule add fwmark 8 lookup 100
ip -n "$D" -6 route add local default dev lo table 100
# The director cannot tell it in that address's name.
check_eq "a marked packet and no server: dropped" "error:-timeout=1" \
	"$(ask "${RIP[1]}" 80)"
vs cache_bypass=1
check_eq "cache_bypass: it goes where its address leads" "rs1=2" "$(ask "${RIP[1]}" 80 -n 2)"
check_eq "cache_bypass: UDP, IPv6" "rs1=2" "$(ask "${RIP6[1]}" 80 --udp -n 2)"
check_eq "cache_bypass: as connections" "4" "$(
	{ conns "*:* ${RIP[1]}:80"; conns "*:* [${RIP6[1]}]:80"; } | wc -l)"
vs cache_bypass=0
check_eq "cache_bypass 0 again" "error:-timeout=1" "$(ask "${RIP[1]}" 80)"

# ---- ignore_tunneled: the director is a server of another one, too ----

ip -n "$D" -batch - <<-IP
	link add t4 type ipip local $DIP remote $CIP
	link set t4 up
	address add $VIP2/32 dev lo
IP
ip -n "$C" -batch - <<-IP
	link add t4 type ipip local $CIP remote $DIP
	link set t4 up
	route add $VIP2 dev t4 src $CIP
IP
check_eq "what comes out of a tunnel is balanced" "rs1=2" "$(ask "$VIP2" 84 -n 2)"
vs ignore_tunneled=1
# The mark is put on the packet, but the kernel's tunnel devices take it off again.
check_eq "ignore_tunneled: so it is still, as with ip_vs" "rs1=2" "$(ask "$VIP2" 84 -n 2)"
finish
