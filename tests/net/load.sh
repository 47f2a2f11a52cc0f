#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Thousands of new connections from two senders at once, on several CPUs where the
# machine has them, while an administrator keeps changing the service: nothing is
# lost, counted twice or placed wrongly, and in the end every count is zero.
#
#   C (two addresses) -- D -- R1, R2, R3
set -euo pipefail
# shellcheck source=tests/net/lib-vs.sh
. "${BASH_SOURCE[0]%/*}/lib-vs.sh"

FLOWS=1500	# of each sender
CIP2=10.0.0.3

plan 19
topo_create 3 nat
start_servers --udp 53
ip -n "$C" address add $CIP2/24 dev eth0
# Bursts of thousands of packets on veth: none may be lost in a queue.
echo 100000 >/proc/sys/net/core/netdev_max_backlog

{
	echo "--set 2 2 600"
	vs_lines "-u $VIP:1" rr "-r ${RIP[1]}:53 -m" "-r ${RIP[2]}:53 -m" "-r ${RIP[3]}:53 -m"
	vs_lines "-u $VIP:2" lc "-r ${RIP[1]}:53 -m" "-r ${RIP[2]}:53 -m" "-r ${RIP[3]}:53 -m"
	vs_lines "-u $VIP:3" wlc "-r ${RIP[1]}:53 -m -w 1" "-r ${RIP[2]}:53 -m -w 2" \
		"-r ${RIP[3]}:53 -m -w 3"
	vs_lines "-u $VIP:4" wlc "-r ${RIP[1]}:53 -m -w 1" "-r ${RIP[2]}:53 -m -w 2" \
		"-r ${RIP[3]}:53 -m -w 3"
	vs_lines "-u $VIP:5" rr "-r ${RIP[1]}:53 -m -x 250" "-r ${RIP[2]}:53 -m -x 750" \
		"-r ${RIP[3]}:53 -m"
} | adm -R

# Nor wait for a neighbour's address, of which there are few places to wait.
vs_lines "-u $VIP:9" rr "-r ${RIP[1]}:53 -m" "-r ${RIP[2]}:53 -m" "-r ${RIP[3]}:53 -m" | adm -R
in_ns "$C" traffic get "$VIP" 9 --udp -n 3 >/dev/null
in_ns "$C" traffic get "$VIP" 9 --udp --source $CIP2 -n 3 >/dev/null
sender_pids=()

# send PORT: both senders at once
send()
{
	local src

	sender_pids=()
	for src in "$CIP" "$CIP2"; do
		nsenter --net="/run/netns/$C" traffic flood "$src" "$VIP" --proto udp \
			--dport "$1" --ports $FLOWS -n $FLOWS >/dev/null &
		sender_pids+=("$!")
	done
}

sent()
{
	wait "${sender_pids[@]}"
}

# placed PORT: sets p1 p2 p3, the connections of each server, and total
placed()
{
	local word

	p1=0 p2=0 p3=0
	for word in $(active -u "$VIP:$1"); do
		[[ $word == *=0/* ]] || note "active UDP connections: $word"
		case $word in
		rs1=*) p1=${word#*/} ;;
		rs2=*) p2=${word#*/} ;;
		rs3=*) p3=${word#*/} ;;
		esac
	done
	total=$((p1 + p2 + p3))
}

# is_near A B: within the changes that may be in flight, one per CPU (sched_tree.h),
# on either side
is_near()
{
	local slack=$((2 * $(nproc)))

	(($1 - $2 <= slack && $2 - $1 <= slack))
}

# check_shares DESCRIPTION WEIGHT WEIGHT WEIGHT: each server has its share
check_shares()
{
	local all=$(($2 + $3 + $4)) i=0 has share

	for has in "$p1" "$p2" "$p3"; do
		i=$((i + 1))
		share=$((2 * FLOWS * ${*:i+1:1} / all))
		check "$1: rs$i has $share, nearly ($has)" is_near "$has" "$share"
	done
}

send 1
sent
placed 1
check_eq "rr: each the same number, exactly" \
	"$((2 * FLOWS / 3)) $((2 * FLOWS / 3)) $((2 * FLOWS / 3))" "$p1 $p2 $p3"
check_eq "rr: connections counted once" "$((2 * FLOWS))" "$(conns_of -u "$VIP:1")"

send 2
sent
placed 2
check_eq "lc: none lost" "$((2 * FLOWS))" "$total"
check_shares "lc: levelled" 1 1 1

send 3
sent
placed 3
check_eq "wlc: none lost" "$((2 * FLOWS))" "$total"
check_shares "wlc: by weight" 1 2 3

is_sent()
{
	! kill -0 "${sender_pids[0]}" 2>/dev/null && ! kill -0 "${sender_pids[1]}" 2>/dev/null
}

send 4
edits=0
until is_sent && ((edits >= 10)); do
	adm -e -u "$VIP:4" -r "${RIP[3]}:53" -m -w 3
	edits=$((edits + 1))
done
sent
placed 4
check_eq "wlc while the service is edited: none lost" "$((2 * FLOWS))" "$total"
check_shares "by weight, after $edits edits" 1 2 3
check_eq "connections counted once" "$((2 * FLOWS))" "$(conns_of -u "$VIP:4")"

send 5
sent
placed 5
# A CPU may have chosen a server just before another one filled it.
check "upper threshold 250 holds ($p1)" is_near "$p1" 250
check "upper threshold 750 holds ($p2)" is_near "$p2" 750
check_eq "the rest went to the third" "$((2 * FLOWS - p1 - p2))" "$p3"

no_conns_left()
{
	! active | tr ' ' '\n' | grep -qv '=0/0$'
}

adm --set 2 2 1
check "all counts are zero in the end" poll 60 no_conns_left

finish
