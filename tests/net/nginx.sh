#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# nfvs: kernels 6.1 6.12
# Real web servers: nginx on three real servers, curl as the client.  A hundred
# requests, each on a connection of its own, through direct routing and through NAT,
# fewer over IPv6: strictly in turn, and counters that agree with the interfaces'.
#
#   C --+-- D                dr           C -- D -- R1      nat, port 8080 is 80
#      SW                                      | \- R2
#   R1 -+- R2 -+- R3                           \--- R3
set -euo pipefail
# shellcheck source=tests/net/lib-vs.sh
. "${BASH_SOURCE[0]%/*}/lib-vs.sh"
# shellcheck source=tests/net/lib-prog.sh
. "${BASH_SOURCE[0]%/*}/lib-prog.sh"

plan 16
quiet_links

# serve METHOD PORT: nginx on each server, a service per family on PORT of the
# virtual addresses; port 81, where nobody listens, makes all neighbours known
serve()
{
	local method=$1 port=$2 i dests4=() dests6=() known4=() known6=()

	for i in "${!R[@]}"; do
		nginx_start "${R[i]}" "rs$i"
		server_pids+=("$(<"$PROG_DIR/nginx-${R[i]}/pid")")
		dests4+=("-r ${RIP[i]}:80 $method")
		dests6+=("-r [${RIP6[i]}]:80 $method")
		known4+=("-r ${RIP[i]}:81 $method")
		known6+=("-r [${RIP6[i]}]:81 $method")
	done
	{
		vs_lines "-t $VIP:$port" rr "${dests4[@]}"
		vs_lines "-t [$VIP6]:$port" rr "${dests6[@]}"
		vs_lines "-t $VIP:81" rr "${known4[@]}"
		vs_lines "-t [$VIP6]:81" rr "${known6[@]}"
	} | adm -R
	counters_pid=()
}

# in_turn TOTAL: the servers as round robin takes them, the last one added first
in_turn()
{
	local nr out=''

	for ((nr = 0; nr < $1; nr++)); do
		out+="rs$((3 - nr % 3)) "
	done
	echo "${out% }"
}

# run NAME TOTAL VIP PORT: sets what moved between whom
run()
{
	local name=$1 total=$2 vip=$3 port=$4 out text

	in_ns "$C" traffic get "$vip" 81 -n 3 >/dev/null || :
	[[ $vip != *:* ]] || vip="[$vip]"
	traffic_begin
	out=$(in_ns "$C" curl -sS -m 60 -H 'Connection: close' \
		"http://$vip:$port/[1-$total]" 2>&1 || :)
	traffic_end

	who text <<<"$out"
	check_eq "$name: $total requests strictly in turn" "$(in_turn "$total")" "$text"
	moved_both sent C.eth0.tx
	moved_both got C.eth0.rx
}

run_dr()
{
	local name=$1 total=$2 vip=$3 in out replies i both expected

	run "$@" 80
	moved_both in D.eth0.rx
	moved_both out D.eth0.tx
	moved_both replies R1.eth0.tx R2.eth0.tx R3.eth0.tx
	check_eq "$name: the director has all requests and no replies" \
		"$sent $sent $got" "$in $out $replies"
	[[ $vip != *:* ]] || vip="[$vip]"
	expected="total=$total/${sent/\//\/0\/}/0"
	for i in 1 2 3; do
		moved_both both "R$i.eth0.rx"
		expected+=" rs$i=$(((total + i - 1) / 3))/${both/\//\/0\/}/0"
	done
	check_stats "$name: exact counters" "$expected" -t "$vip:80"
	conns_left "$name" "$total" "$vip:80" FIN_WAIT
}

run_nat()
{
	local name=$1 total=$2 vip=$3 in out replies i expected pin pout bin bout

	run "$@" 8080
	moved_both in D.rs1.tx D.rs2.tx D.rs3.tx
	moved_both replies D.rs1.rx D.rs2.rx D.rs3.rx
	moved_both out D.eth0.tx
	check_eq "$name: requests and replies pass the director" \
		"$sent $got $got" "$in $replies $out"
	[[ $vip != *:* ]] || vip="[$vip]"
	expected="total=$total/${sent%/*}/${got%/*}/${sent#*/}/${got#*/}"
	for i in 1 2 3; do
		moved pin "R$i.eth0.rx"
		moved pout "R$i.eth0.tx"
		moved bin "R$i.eth0.rb"
		moved bout "R$i.eth0.tb"
		expected+=" rs$i=$(((total + i - 1) / 3))/$pin/$pout/$bin/$bout"
	done
	check_stats "$name: exact counters" "$expected" -t "$vip:8080"
	conns_left "$name" "$total" "$vip:8080" TIME_WAIT
}

# conns_left NAME TOTAL VIRTUAL STATE: the table's rows, all of them closed.  Not with
# conns: the shell reads a pipe byte by byte.
conns_left()
{
	check_eq "$1: as many connections in the table, all closed" "$2 $4" \
		"$(adm -L -n -c | awk -v vs="$3" '$5 == vs { n[$3]++ }
			END { for (state in n) print n[state], state }')"
}

topo_create 3 dr
serve -g 80
run_dr "DR, IPv4" 100 "$VIP"
run_dr "DR, IPv6" 22 "$VIP6"

topo_create 3 nat
serve -m 8080
run_nat "NAT, IPv4" 100 "$VIP"
run_nat "NAT, IPv6" 22 "$VIP6"
finish
