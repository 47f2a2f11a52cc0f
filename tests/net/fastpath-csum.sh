#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Checksums in all states: finished and not, checked by the device, summed up by a
# tunnel, wrong; packets of many segments, up to the largest.  NAT both ways, DR, TUN,
# both families, to a device that finishes packets and to one that cannot.  With the
# fast path the same leaves the director as without, byte by byte, and is right if it
# was right.
#
#   client -- cl 10.7.0.0/24  D  sv 10.8.0.0/24 -- server     tun devices, one program
#                             D  rs1 ------------- R1 10.1.1.2
# nfvs: mods tun ip_gre
set -euo pipefail
# shellcheck source=tests/net/lib-fast.sh
. "${BASH_SOURCE[0]%/*}/lib-fast.sh"

[[ -z ${NFVS_REF:-} ]] || skip_all "ip_vs has no fast path"
plan 8
ready=$(mktemp)

# run LEASE-MS: text is what came out; saw is how many packets the rules of the
# director saw
run()
{
	local set vip sip

	topo_create 1 nat
	in_ns "$D" sysctl -qw net.nf_vs.fastpath_lease_ms="$1" net.ipv4.icmp_ratelimit=0 \
		net.ipv6.icmp.ratelimit=0 net.ipv4.conf.rs1.accept_local=1
	ip -n "$R1" -batch - <<-IP
	address add $VIP/32 dev lo
	address add $VIP6/128 dev lo nodad
	IP
	in_ns "$D" nft -f - <<-NFT
	table inet watch {
		counter every { }
		chain in { type filter hook input priority -10; th dport 80-84 counter name every; }
		chain out { type filter hook forward priority -10; th sport 8080 counter name every; }
	}
	NFT
	for set in t u; do
		for vip in "$VIP" "[$VIP6]"; do
			sip=10.8.0.2
			[[ $vip == "$VIP" ]] || sip='[2001:db8:8::2]'
			vs_lines "-$set $vip:80" rr "-r $sip:8080 -m"
			vs_lines "-$set $vip:81" rr "-r $sip:81 -g"
			vs_lines "-$set $vip:82" rr "-r $sip:82 -i"
		done
	done | adm -R
	{
		vs_lines "-u $VIP:83" rr "-r ${RIP[1]}:8083 -m"
		vs_lines "-u $VIP:84" rr "-r ${RIP[1]}:84 -g"
		vs_lines "-u [$VIP6]:83" rr "-r [${RIP6[1]}]:8083 -m"
		vs_lines "-u [$VIP6]:84" rr "-r [${RIP6[1]}]:84 -g"
	} | adm -R
	text=$(in_ns "$D" /usr/bin/python3 "${BASH_SOURCE[0]%.sh}.py" "$R1" "$(mac_of "$R1" eth0)" \
		"$(mac_of "$D" rs1)" "$1" "$ready" 2>&1) || text+=$'\nended badly'
	saw=$(in_ns "$D" nft list counters table inet watch | awk '$1 == "packets" { print $2 }')
	why=$(adm -L --counters | awk 'NR == FNR { before[$1] = $2; next }
		/refused_/ && $2 != before[$1] { print $1 "=" $2 - before[$1] }' "$ready" - |
		paste -sd ' ')
	topo_destroy
}

# What comes out wrong, but for what was sent so.
wrong()
{
	grep -v ', wrong' <<<"$1" | grep -c wrong || :
}

run 0
slow=$text slow_saw=$saw
check_eq "without the fast path: nothing is made wrong" 0 "$(wrong "$slow")"
check_eq "nor made right" "" "$(grep ', wrong' <<<"$slow" | grep right || :)"
run 10000
check_eq "all was sent" "334 0" \
	"$(grep -c '^v[46] ' <<<"$text") $(grep -c 'ended badly' <<<"$text")"
check_eq "what comes out is the same, byte by byte" "" \
	"$(diff <(echo "$slow") <(echo "$text") | cut -c1-300 || :)"
check_eq "nothing is made wrong" 0 "$(wrong "$text")"
check_eq "who trusts the sum of a tunnel gets what was right" \
	"$(printf 'v%s, through a tunnel with checksums: first, second, last\n' \
		'4 NAT' '4 DR' '6 NAT' '6 DR')" \
	"$(grep 'through a tunnel' <<<"$text" | grep -v TUN)"
check_eq "without a lease rules saw all, with it the first and the too large" "430 76" \
	"$slow_saw $saw"
check_eq "for these reasons" "refused_tcp_flags=16 refused_new=18 refused_state=12 refused_lease=8 \
refused_mtu=26" "$why"
finish
