#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What is not plain, and what is: frames of all kinds leave the director with the same
# bytes, and cause the same ICMP errors, with the fast path as without it.  Options,
# fragments, extension headers, hops, padding, lengths and checksums that lie, packets
# larger than the way; NAT both ways, DR, TUN, both families.
#
#   C 10.0.0.2 -- 10.0.0.254 D rs1 -- R1 10.1.1.2        1340 bytes at most
set -euo pipefail
# shellcheck source=tests/net/lib-fast.sh
. "${BASH_SOURCE[0]%/*}/lib-fast.sh"

[[ -z ${NFVS_REF:-} ]] || skip_all "ip_vs has no fast path"
plan 6

# seen: how many packets rules saw since the last time
seen()
{
	in_ns "$D" nft reset counters table inet watch | awk '$1 == "packets" { print $2 }'
}

# run LEASE-MS: text is what came out; saw is how many packets the rules of the
# director saw, reasons why, readmitted how many leases there were
run()
{
	local set

	with_lease "$1"
	topo_create 1 nat
	start_server "$R1" rs1 --udp 8080
	in_ns "$D" sysctl -qw net.nf_vs.fastpath_lease_ms="$1" net.ipv4.icmp_ratelimit=0 \
		net.ipv6.icmp.ratelimit=0 net.ipv4.icmp_msgs_per_sec=100000 \
		net.ipv4.icmp_msgs_burst=10000
	# Of the routes, not the devices, which would not take what is too big for them.
	ip -n "$D" -batch - <<-IP
	route replace 10.1.1.0/24 dev rs1 proto kernel scope link src 10.1.1.1 mtu 1340
	route replace 10.0.0.0/24 dev eth0 proto kernel scope link src $DIP mtu 1340
	route replace 2001:db8:1:1::/64 dev rs1 proto kernel metric 256 mtu 1340
	route replace 2001:db8::/64 dev eth0 proto kernel metric 256 mtu 1340
	IP
	ip -n "$D" neighbour replace "${RIP[1]}" lladdr "$(mac_of "$R1" eth0)" dev rs1
	ip -n "$D" neighbour replace "${RIP6[1]}" lladdr "$(mac_of "$R1" eth0)" dev rs1
	ip -n "$D" neighbour replace "$CIP" lladdr "$(mac_of "$C" eth0)" dev eth0
	ip -n "$D" neighbour replace "$CIP6" lladdr "$(mac_of "$C" eth0)" dev eth0
	in_ns "$D" nft -f - <<-NFT
	table inet watch {
		counter every { }
		chain in { type filter hook input priority -10;
			meta l4proto tcp counter name every
			meta l4proto udp counter name every
		}
		chain out { type filter hook forward priority -10;
			meta l4proto tcp counter name every
			meta l4proto udp counter name every
		}
	}
	NFT
	for set in tcp udp; do
		vs_lines "-${set:0:1} $VIP:80" rr "-r ${RIP[1]}:8080 -m"
		vs_lines "-${set:0:1} $VIP:81" rr "-r ${RIP[1]}:81 -g"
		vs_lines "-${set:0:1} $VIP:82" rr "-r ${RIP[1]}:82 -i"
		vs_lines "-${set:0:1} [$VIP6]:80" rr "-r [${RIP6[1]}]:8080 -m"
		vs_lines "-${set:0:1} [$VIP6]:81" rr "-r [${RIP6[1]}]:81 -g"
		vs_lines "-${set:0:1} [$VIP6]:82" rr "-r [${RIP6[1]}]:82 -i"
	done | adm -R
	warm_up "$VIP" 80 --udp
	# Neither end says anything: the frames are not theirs.
	for set in "$C" "$R1"; do
		in_ns "$set" nft -f - <<-NFT
		table inet mute {
			chain pre { type filter hook prerouting priority -400;
				meta l4proto tcp drop
				meta l4proto udp drop
				meta l4proto 4 drop
				meta l4proto 41 drop
				icmp type != echo-request drop
			}
		}
		NFT
	done
	seen >/dev/null
	refused_before=()
	refused reasons
	readmitted=$(counter fast_readmitted)
	text=$(/usr/bin/python3 "${BASH_SOURCE[0]%.sh}.py" "$C" "$R1" "$(mac_of "$D" eth0)" \
		"$(mac_of "$D" rs1)" 2>&1) || text+=$'\nended badly'
	saw=$(seen)
	refused reasons
	readmitted=$(($(counter fast_readmitted) - readmitted))
	states=$(conns | awk '$1 == "TCP" { print $1, $2, $4 }' | sort)
	topo_destroy
}

run 0
slow_states=$states slow=$text slow_saw=$saw slow_reasons=$reasons slow_readmitted=$readmitted
run 10000
check_eq "all kinds were sent, and each was followed by its marker" \
	"$(grep -c ': server ' <<<"$slow") 0" \
	"$(grep -c ': server ' <<<"$text") $(grep -c 'nothing came\|ended badly' <<<"$slow$text")"
note "$(grep -v ': server ' <<<"$slow"$'\n'"$text" | tail -n 6 || :)"
check_eq "what comes out is the same, byte by byte" "" \
	"$(diff <(echo "$slow") <(echo "$text") | cut -c1-300 || :)"
check_eq "and so are the states of the connections" "$slow_states" "$states"
check_eq "without a lease nothing is asked, and none is given" " 0" "$slow_reasons $slow_readmitted"
check_eq "without a lease rules saw all, with it the odd ones" "678 163" "$slow_saw $saw"
check_eq "for these reasons" "skb=40 header=92 tcp_flags=24 new=16 state=8 lease=6 mtu=15" "$reasons"
finish
