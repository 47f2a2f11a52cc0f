#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# rr, wrr, lc and wlc choose exactly the servers that ip_vs chooses, also when
# weights, thresholds, servers and schedulers change meanwhile.
#
#   C -- D -- R1, R2, R3; a service per test, told apart by its port
set -euo pipefail
# shellcheck source=tests/net/lib-vs.sh
. "${BASH_SOURCE[0]%/*}/lib-vs.sh"

plan 43
topo_create 3 nat
start_servers --tcp 80 --udp 80

# servers WEIGHT...: destinations for vs_lines, the options of server i
servers()
{
	local i

	dests=()
	for i in "${!R[@]}"; do
		[[ -z ${!i-} ]] || dests+=("-r ${RIP[i]}:80 -m -w ${!i}")
	done
}

# asked COUNT PORT [FLAG...]: as many UDP requests from ports of their own; sets seq
next_port=20000
asked()
{
	local nr=$1 port=$2 out

	shift 2
	[[ $# -gt 0 ]] || set -- --udp --source-port "$next_port" --next-port
	out=$(in_ns "$C" traffic get "$VIP" "$port" -n "$nr" "$@" || :)
	next_port=$((next_port + nr))
	who seq <<<"$out"
	seq=${seq//rs/}
}

# rs1_has: its active/inactive connections to the service with thresholds
rs1_has()
{
	local list

	list=$(active -t "$VIP:1008")
	list=${list#*rs1=}
	echo "${list%% *}"
}

declare -a dests
seq='' tcp='' answer='' again=''
{
	servers 1 1 1
	vs_lines "-u $VIP:1001" rr "${dests[@]}"
	vs_lines "-t $VIP:1005" lc "${dests[@]}"
	servers 3 2 1
	vs_lines "-t $VIP:1006" wlc "${dests[@]}"
	servers 1 0 1
	vs_lines "-u $VIP:1007" rr "${dests[@]}"
	vs_lines "-t $VIP:1007" rr "${dests[@]}"
	servers '' 1
	vs_lines "-t $VIP:1008" rr "-r ${RIP[1]}:80 -m -x 3 -y 2" "${dests[@]}"
	servers 3 1
	vs_lines "-u $VIP:1012" wrr "${dests[@]}"
	servers 4 2 1
	vs_lines "-u $VIP:1013" wrr "${dests[@]}"
	servers 6 4 2
	vs_lines "-u $VIP:1014" wrr "${dests[@]}"
} | adm -R
# Where wrr begins depends on how its servers came: one after the other, also in
# one transaction.
while read -ra line; do
	adm "${line[@]}"
done < <(
	servers 3 1
	vs_lines "-u $VIP:1002" wrr "${dests[@]}"
	servers 4 2 1
	vs_lines "-u $VIP:1003" wrr "${dests[@]}"
	servers 6 4 2
	vs_lines "-u $VIP:1004" wrr "${dests[@]}")

# Thresholds: 3 connections fill rs1, fewer than 2 make it welcome again.  The
# third is reset, in state CLOSE, and goes after ten seconds: see below.
hold_open 5 "$VIP" 1008
check_eq "thresholds: below the upper" "rs2 rs1 rs2 rs1 rs2" "$held"
asked 1 1008 --rst
check_eq "thresholds: the third" "1" "$seq"
asked 3 1008 --rst
check_eq "thresholds: full at three" "2 2 2" "$seq"
check_eq "thresholds: in the list" "${RIP[1]}:80 3 2 2 1" "$(
	adm -L -n --thresholds -t "$VIP:1008" | while read -r _ a b c d e; do
		[[ $a != "${RIP[1]}:"* ]] || echo "$a $b $c $d $e"
	done)"

asked 7 1001
check_eq "rr: the newest first, then in turn" "3 2 1 3 2 1 3" "$seq"
asked 8 1002
check_eq "wrr 3:1" "2 1 1 1 2 1 1 1" "$seq"
asked 14 1003
check_eq "wrr 4:2:1" "3 2 1 1 1 2 1 3 2 1 1 1 2 1" "$seq"
asked 12 1004
check_eq "wrr 6:4:2, in steps of their common divisor" "3 2 1 1 2 1 3 2 1 1 2 1" "$seq"
asked 8 1012
check_eq "wrr 3:1, restored" "2 1 1 1 2 1 1 1" "$seq"
asked 14 1013
check_eq "wrr 4:2:1, restored" "3 2 1 1 1 2 1 3 2 1 1 1 2 1" "$seq"
asked 8 1014
check_eq "wrr 6:4:2, restored" "3 2 1 1 2 1 3 2" "$seq"
adm -E -u "$VIP:1014" -s wrr
asked 4 1014
check_eq "the same scheduler once more changes nothing" "1 1 2 1" "$seq"
asked 1 1014
{
	echo "-d -u $VIP:1014 -r ${RIP[3]}:80"
	echo "-a -u $VIP:1014 -r ${RIP[3]}:80 -m -w 3"
} | adm -R
asked 13 1014
check_eq "wrr 6:4:3, one came again meanwhile" "3 2 1 1 1 2 1 3 2 1 3 2 1" "$seq"
adm -e -u "$VIP:1003" -r "${RIP[1]}:80" -m -w 1
asked 8 1003
check_eq "wrr 1:2:1, changed meanwhile" "2 3 2 1 2 3 2 1" "$seq"
adm -e -u "$VIP:1003" -r "${RIP[2]}:80" -m -w 0
asked 6 1003
check_eq "wrr 1:0:1, one server quiet" "3 1 3 1 3 1" "$seq"
adm -e -u "$VIP:1003" -r "${RIP[2]}:80" -m -w 5
asked 7 1003
check_eq "wrr 1:5:1, back with more" "3 2 1 2 2 2 2" "$seq"

# lc: fewest active connections, 256 of the inactive weigh as one active.
hold_open 1 "$VIP" 1005
first=$held_pid order=$held
hold_open 1 "$VIP" 1005
second=$held_pid order+=" $held"
hold_open 4 "$VIP" 1005
check_eq "lc: always the server with the fewest" "rs3 rs2 rs1 rs3 rs2 rs1" "$order $held"
check_eq "lc: two open connections each" "rs1=2/0 rs2=2/0 rs3=2/0" "$(active -t "$VIP:1005")"
hold_close "$second"
check_soon 20 "lc: a closed connection is inactive" "rs1=2/0 rs2=1/1 rs3=2/0" \
	active -t "$VIP:1005"
hold_close "$first"
check_soon 20 "lc: another" "rs1=2/0 rs2=1/1 rs3=1/1" active -t "$VIP:1005"
hold_open 3 "$VIP" 1005
check_eq "lc: who closed gets the next" "rs3 rs2 rs1" "$held"

# wlc
hold_open 6 "$VIP" 1006
check_eq "wlc 3:2:1" "rs3 rs2 rs1 rs1 rs2 rs1" "$held"
check_eq "wlc 3:2:1: open connections in proportion" "rs1=3/0 rs2=2/0 rs3=1/0" \
	"$(active -t "$VIP:1006")"
adm -e -t "$VIP:1006" -r "${RIP[3]}:80" -m -w 4
hold_open 5 "$VIP" 1006
check_eq "wlc 3:2:4, changed meanwhile" "rs3 rs3 rs3 rs3 rs2" "$held"
adm -e -t "$VIP:1006" -r "${RIP[1]}:80" -m -w 0
hold_open 3 "$VIP" 1006
check_eq "wlc 0:2:4" "rs3 rs3 rs2" "$held"

# Weight zero: quiet for new connections, nothing else.
asked 4 1007
check_eq "rr: a server of weight 0 is passed over" "3 1 3 1" "$seq"
flow_open tcp "$VIP" 1007
flow_ask answer "$tcp"
check_match "a flow goes to a server" "rs3 *" "$answer"
udp=$(in_ns "$C" traffic get "$VIP" 1007 --udp --source-port 6000)
check_match "and a datagram" "rs3 *" "$udp"
{
	for p in -t -u; do
		echo "-e $p $VIP:1007 -r ${RIP[3]}:80 -m -w 0"
	done
} | adm -R
flow_ask again "$tcp"
check_eq "the server is at 0: the flow goes on" "$answer" "$again"
check_eq "and that of datagrams" "$udp" \
	"$(in_ns "$C" traffic get "$VIP" 1007 --udp --source-port 6000)"
asked 3 1007
check_eq "new ones go elsewhere" "1 1 1" "$seq"
flow_close "$tcp"

# Servers come and go.
adm -d -u "$VIP:1001" -r "${RIP[2]}:80"
asked 5 1001
check_eq "rr: without the server that went" "1 3 1 3 1" "$seq"
adm -a -u "$VIP:1001" -r "${RIP[2]}:80" -m
asked 6 1001
check_eq "rr: with the one that came" "2 3 1 2 3 1" "$seq"

# Another scheduler.
adm -E -u "$VIP:1002" -s rr
asked 4 1002
check_eq "from wrr to rr" "2 1 2 1" "$seq"
adm -E -u "$VIP:1002" -s wrr
asked 8 1002
check_eq "and back" "1 1 2 1 1 1 2 1" "$seq"

# Two hundred addresses of one server.
for ((i = 1; i <= 200; i++)); do
	echo "address add 10.1.1.$((i + 2))/24 dev eth0"
done | ip -n "$R1" -batch -
for p in "-u $VIP:1010 rr" "-u $VIP:1011 wlc"; do
	echo "-A ${p% *} -s ${p##* }"
	for ((i = 1; i <= 200; i++)); do
		echo "-a ${p% *} -r 10.1.1.$((i + 2)):80 -m"
	done
done | adm -R
for p in 1010 1011; do
	answers seq < <(in_ns "$C" traffic get "$VIP" $p --udp -n 200 \
		--source-port 30000 --next-port || :)
	ones=0
	while read -r n name _; do
		if [[ $n == 1 && $name == rs1 ]]; then
			ones=$((ones + 1))
		else
			note "$n $name"
		fi
	done <<<"$seq"
	check_eq "200 servers, 200 requests, one each (port $p)" 200 "$ones"
done
check_eq "and the counters say so" 200 "$(adm -L -n --stats --exact -u "$VIP:1011" |
	awk '$1 == "->" && $2 ~ /^10\.1\.1\./ && $3 $4 $5 == "111" { n++ } END { print n + 0 }')"

# The third connection of rs1 ends: two are not fewer than its lower threshold.
check_soon 20 "thresholds: one connection has expired" 2/0 rs1_has
asked 2 1008 --rst
check_eq "thresholds: two are not fewer than the lower" "2 2" "$seq"
adm -e -t "$VIP:1008" -r "${RIP[1]}:80" -m -x 3 -y 3
asked 3 1008 --rst
check_eq "thresholds: two are, once it is three" "1 2 2" "$seq"
check_eq "thresholds: and that fills it" 2/1 "$(rs1_has)"
adm -e -t "$VIP:1008" -r "${RIP[1]}:80" -m
asked 4 1008 --rst
check_eq "thresholds: without limits" "1 2 1 2" "$seq"

for pid in "${held_pids[@]}"; do
	kill "$pid" 2>/dev/null || :
done
finish
