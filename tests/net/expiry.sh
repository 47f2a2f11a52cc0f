#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Connections end when they have been idle for their state's timeout: the entry
# goes, the counts go back to zero, the next packet is scheduled anew. Packets in
# time keep an entry, as often as they come. Timeouts are set to two seconds.
#
#   C -- D -- R1, R2; a service per test, told apart by its port
set -euo pipefail
# shellcheck source=tests/net/lib-vs.sh
. "${BASH_SOURCE[0]%/*}/lib-vs.sh"

TIMEOUT=2

plan 23
topo_create 2 nat
start_servers --tcp 80 --udp 80

{
	for port in 1001 1002 1003; do
		vs_lines "-u $VIP:$port" rr "-r ${RIP[1]}:80 -m" "-r ${RIP[2]}:80 -m"
		vs_lines "-u [$VIP6]:$port" rr "-r [${RIP6[1]}]:80 -m" "-r [${RIP6[2]}]:80 -m"
	done
	for port in 1004 1005; do
		vs_lines "-t $VIP:$port" rr "-r ${RIP[1]}:80 -m" "-r ${RIP[2]}:80 -m"
		vs_lines "-t [$VIP6]:$port" rr "-r [${RIP6[1]}]:80 -m" "-r [${RIP6[2]}]:80 -m"
	done
	echo "--set $TIMEOUT $TIMEOUT $TIMEOUT"
} | adm -R
check_eq "the timeouts are shown" \
	"Timeout (tcp tcpfin udp): $TIMEOUT $TIMEOUT $TIMEOUT" "$(adm -L --timeout)"

# ask VARIABLE ADDR PORT: one UDP request from a fixed port; who answered
ask()
{
	local out

	out=$(in_ns "$C" traffic get "$2" "$3" --udp --source-port 5000 --timeout 1000 || :)
	who "$1" <<<"$out"
}

# since: microseconds since the mark
mark()
{
	start=${EPOCHREALTIME/[.,]/}
}

elapsed()
{
	echo $((${EPOCHREALTIME/[.,]/} - start))
}

has_passed()
{
	(($(elapsed) >= $1))
}

no_conns()
{
	[[ -z $(conns "$1") ]]
}

# busy SERVICE...: how many destinations have connections
busy()
{
	active "$@" | tr ' ' '\n' | grep -vc '=0/0$' || :
}

# ---- UDP: in time, again and again, then too late ----

udp_life()
{
	local vip=$1 dest=$2 name=$3 first again seen='' i

	ask first "$vip" 1001
	# Each packet comes later than half of the timeout; together they last longer.
	for i in 1 2 3; do
		mark
		poll 3 has_passed 1100000
		mark
		ask again "$vip" 1001
		seen+="$again "
	done
	check_eq "$name: UDP packets in time keep the server" "$first $first $first" "${seen% }"
	check_eq "$name: one inactive connection" "$first=0/1" \
		"$(active -u "$dest:1001" | tr ' ' '\n' | grep "^$first=")"
	check "$name: the entry goes" poll 6 no_conns "*:5000 $dest:1001"
	check "$name: not before its time" has_passed $((TIMEOUT * 1000000 - 100000))
	check_soon 5 "$name: no connections are counted" "0" busy -u "$dest:1001"
	ask again "$vip" 1001
	check "$name: the next packet is scheduled anew" test "$again" != "$first"
}
udp_life "$VIP" "$VIP" v4
udp_life "$VIP6" "[$VIP6]" v6

# ---- an entry that is over is absent, scanned or not ----

# Three seconds after the last packet the entry is over by definition (the
# timeout and the second by which the time of the last packet may be old).
expired_is_absent()
{
	local vip=$1 name=$2 first second

	ask first "$vip" 1002
	mark
	poll 5 has_passed 3100000
	ask second "$vip" 1002
	check_eq "$name: an expired entry is not used" "rs2 rs1" "$first $second"
}
expired_is_absent "$VIP" v4
expired_is_absent "$VIP6" v6

# ---- TCP: established and closed ----

tcp_life()
{
	local vip=$1 dest=$2 name=$3 flow answer

	flow_open flow "$vip" 1004
	flow_ask answer "$flow"
	check_eq "$name: an established connection is active" \
		"TCP ESTABLISHED" "$(conns "* $dest:1004" | cut -d' ' -f1,2)"
	check "$name: idle, it goes" poll 6 no_conns "* $dest:1004"
	check_soon 5 "$name: nothing is active" "0" busy -t "$dest:1004"
	flow_close "$flow"
}
tcp_life "$VIP" "$VIP" v4
tcp_life "$VIP6" "[$VIP6]" v6

# Closed connections have the FIN timeout in state FIN_WAIT only; TIME_WAIT of NAT
# keeps its 120 s, which --set does not change.
in_ns "$C" traffic get "$VIP" 1005 >/dev/null
check_eq "a closed NAT connection waits in TIME_WAIT" "TCP TIME_WAIT" \
	"$(conns "* $VIP:1005" | cut -d' ' -f1,2)"
check_eq "it counts as inactive" "1" "$(active -t "$VIP:1005" | grep -o '=0/1' | wc -l)"

finish
