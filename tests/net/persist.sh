#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Persistence: a client stays with its server; by address, by network, for one port, for
# all ports, for FTP's data, by firewall mark; NAT and direct routing, IPv4 and IPv6, TCP
# and UDP; the templates as lists show them; one-packet scheduling.
#
#   C .2 .3, 10.0.7.2 -- D -- R1, R2 (NAT), or all on one switch (DR)
# nfvs: timeout 400
set -euo pipefail
# shellcheck source=tests/net/lib-persist.sh
. "${BASH_SOURCE[0]%/*}/lib-persist.sh"

plan 64
quiet_links

# one NAME METHOD FLAG MASK MARK CLIENT1 CLIENT2 CLIENT3 NETWORK VIP SERVER1 SERVER2
# addresses in brackets where lists show them so
one()
{
	local name=$1 m=$2 k6=$3 mask=$4 mark=$5 c1=$6 c2=$7 c3=$8 net=$9 vip=${10} r1=${11} r2=${12}
	local h1=${6//[][]/} h2=${7//[][]/} h3=${8//[][]/} host=${10//[][]/}
	local out first port where text='' ftp=21

	# NAT may lead to another port.
	[[ $m != -m ]] || ftp=2121
	adm -C
	{
		vs_lines "-t $vip:80" "rr -p 100" "-r $r1:80 $m" "-r $r2:80 $m"
		vs_lines "-u $vip:81" "rr -p 100 -M $mask" "-r $r1:81 $m" "-r $r2:81 $m"
		vs_lines "-u $vip:0" "rr -p 100" "-r $r1:0 $m" "-r $r2:0 $m"
		vs_lines "-t $vip:21" "rr -p 100" "-r $r1:$ftp $m" "-r $r2:$ftp $m"
		vs_lines "-f 7$k6" "rr -p 100" "-r $r1:0 $m" "-r $r2:0 $m"
		vs_lines "-u $vip:84" "rr -o" "-r $r1:84 $m" "-r $r2:84 $m"
		vs_lines "-u $vip:85" "rr -o -p 100" "-r $r1:85 $m" "-r $r2:85 $m"
	} | adm -R

	check_eq "$name: a client stays with its server, the next one gets the next" \
		"rs2 rs2 rs2, rs1 rs1, rs2, rs2" \
		"$(get "$h1" "$host" 80 -n 3), $(get "$h2" "$host" 80 -n 2), $(
		get "$h3" "$host" 80), $(get "$h1" "$host" 80)"
	check_eq "$name: templates" "$(sort <<-ROWS
		TCP ASSURED $c1:0 $vip:80 $r2:80
		TCP ASSURED $c2:0 $vip:80 $r1:80
		TCP ASSURED $c3:0 $vip:80 $r2:80
		ROWS
		)" "$(conns "*:0 $vip:80")"
	out=$(left "$c1:0 $vip:80")
	check "$name: that long ($out)" test "$out" -ge 80 -a "$out" -le 100
	check_eq "$name: they are counted apart" "rs1=1 rs2=2" "$(persistent -t "$vip:80")"

	check_eq "$name: a network is one client" "rs2, rs2, rs1, rs2" \
		"$(get "$h1" "$host" 81 --udp), $(get "$h2" "$host" 81 --udp), $(
		get "$h3" "$host" 81 --udp), $(get "$h1" "$host" 81 --udp)"
	first=ASSURED
	[[ $m == -m ]] || first=NONE
	check_eq "$name: and has one template" "UDP $first $net:0 $vip:81 $r2:81" \
		"$(conns "$net:0 $vip:81")"

	check_eq "$name: a service of all ports" "rs2 rs2, rs2, rs1" \
		"$(get "$h1" "$host" 82 --udp -n 2), $(get "$h1" "$host" 83 --udp), $(
		get "$h2" "$host" 83 --udp)"
	check_eq "$name: its template" "UDP $first $c1:0 $vip:0 $r2:0" "$(conns "$c1:0 $vip:0")"
	out=$(conns "$c1:* $vip:83")
	check_eq "$name: its connections keep their ports" "$vip:83 $r2:83" \
		"${out#UDP UDP "$c1":* }"

	out=$(for port in 21 30000; do
		in_ns "$C" traffic get "$host" $port --source "$h1" || :
	done)
	answers text <<<"$out"
	where="$vip:21 $vip:30000"
	[[ $m != -m ]] || where="$r2:2121 $r2:30000"
	check_eq "$name: FTP's data goes to the server of its commands" \
		"1 rs2 peer=$c1:* local=${where#* }
1 rs2 peer=$c1:* local=${where% *}" "$text"
	check_eq "$name: their template" "TCP ASSURED $c1:0 $vip:0 $r2:0" \
		"$(conns "$c1:0 $vip:0" | grep -v ^UDP)"

	check_eq "$name: by mark, for all protocols" "rs2, rs2 rs2, rs1" \
		"$(get "$h1" "$host" 90), $(get "$h1" "$host" 91 --udp -n 2), $(
		get "$h3" "$host" 90)"
	check_eq "$name: its templates" "$(sort <<-ROWS
		IP ASSURED $c1:0 $mark:0 $r2:0
		IP ASSURED $c3:0 $mark:0 $r1:0
		ROWS
		)" "$(conns "*:0 $mark:0")"

	in_ns "$C" traffic send "$h1" "$host" --proto udp --sport 5000 --dport 84 -n 5
	check_soon "$STATS_LAG" "$name: each packet is scheduled" "rs1=2/2/0 rs2=3/3/0" \
		short_stats -u "$vip:84"
	in_ns "$C" traffic send "$h1" "$host" --proto udp --sport 5000 --dport 85 -n 5
	check_soon "$STATS_LAG" "$name: each packet asks for the template" \
		"rs1=0/0/0 rs2=5/5/0" short_stats -u "$vip:85"
	check_eq "$name: they leave nothing behind" "rs1=0/0 rs2=0/0, rs1=0/0 rs2=0/0,,
UDP NONE $c1:0 $vip:85 $r2:85, rs1=0 rs2=1" \
		"$(active -u "$vip:84"), $(active -u "$vip:85"),$(conns "$c1:5000 *"),
$(conns "$c1:* $vip:85"), $(persistent -u "$vip:85")"
}

# Without total and bytes.
short_stats()
{
	local name out='' word

	for word in $(stats "$@"); do
		name=${word%%=*}
		[[ $name != total ]] || continue
		IFS=/ read -r conns in out_pkts _ <<<"${word#*=}"
		out+="$name=$conns/$in/$out_pkts "
	done
	echo "${out% }"
}

for kind in nat dr; do
	persist_topo 2 $kind
	start_servers --tcp 80 --udp 81 --udp 82 --udp 83 --tcp 21 --tcp 2121 --tcp 30000 \
		--tcp 90 --udp 91
	in_ns "$D" nft -f - <<-NFT
	table inet marks {
		chain pre {
			type filter hook prerouting priority -150;
			iifname eth0 tcp dport 90 meta mark set 7
			iifname eth0 udp dport 91 meta mark set 7
		}
	}
	NFT
	m=-g
	[[ $kind == dr ]] || m=-m
	one "$kind IPv4" $m '' 255.255.255.0 0.0.0.7 "$A1" "$A2" "$A3" 10.0.0.0 "$VIP" \
		"${RIP[1]}" "${RIP[2]}"
	one "$kind IPv6" $m ' -6' 64 '[0:7::]' "[$B1]" "[$B2]" "[$B3]" "[2001:db8::]" "[$VIP6]" \
		"[${RIP6[1]}]" "[${RIP6[2]}]"
	topo_destroy
done
finish
