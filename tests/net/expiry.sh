#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Connections end when they have been idle for their state's timeout: the entry
# goes, the counts go back to zero, the next packet is scheduled anew. Packets in
# time keep an entry, as often as they come. Timeouts are set to two seconds.
# Nothing here depends on how fast the machine is: what came too late for what it
# was to prove is done again.
#
#   C -- D -- R1, R2; a service per test, told apart by its port
set -euo pipefail
# shellcheck source=tests/net/lib-vs.sh
. "${BASH_SOURCE[0]%/*}/lib-vs.sh"

TIMEOUT=2
TIMEOUT_US=$((TIMEOUT * 1000000))

plan 19
topo_create 2 nat
start_servers --tcp 80 --udp 80

declare -A vip=([v4]=$VIP [v6]=$VIP6) dest=([v4]=$VIP [v6]="[$VIP6]")
families=(v4 v6)

{
	for port in 1001 1002; do
		vs_lines "-u $VIP:$port" rr "-r ${RIP[1]}:80 -m" "-r ${RIP[2]}:80 -m"
		vs_lines "-u [$VIP6]:$port" rr "-r [${RIP6[1]}]:80 -m" "-r [${RIP6[2]}]:80 -m"
	done
	for port in 1004 1005; do
		vs_lines "-t $VIP:$port" rr "-r ${RIP[1]}:80 -m" "-r ${RIP[2]}:80 -m"
		vs_lines "-t [$VIP6]:$port" rr "-r [${RIP6[1]}]:80 -m" "-r [${RIP6[2]}]:80 -m"
	done
	echo "--set 900 $TIMEOUT $TIMEOUT"
} | adm -R
check_eq "the timeouts are shown" \
	"Timeout (tcp tcpfin udp): 900 $TIMEOUT $TIMEOUT" "$(adm -L --timeout)"

# Microseconds: when the last requests began and when all were answered
begun=0
ended=0
declare -A flow=() who=() gone=()

now()
{
	clock=${EPOCHREALTIME/[.,]/}
}

is_past()
{
	now
	((clock >= $1))
}

# open PORT FLAG...: a flow of each family, which costs no process per request
open()
{
	local name port=$1

	shift
	for name in "${families[@]}"; do
		flow_open "flow[$name]" "${vip[$name]}" "$port" --timeout 10000 "$@"
	done
}

close()
{
	local name

	for name in "${families[@]}"; do
		flow_close "${flow[$name]}"
	done
}

# ask: a request of each flow; who[] are the servers that answered
ask()
{
	local name answer

	now
	begun=$clock
	for name in "${families[@]}"; do
		flow_ask answer "${flow[$name]}"
		who[$name]=${answer%% *}
	done
	now
	ended=$clock
}

# in_time: since the requests before the last ones, less than a timeout has passed
in_time()
{
	now
	((clock - $1 < TIMEOUT_US))
}

# all_gone FLAG PORT: no connection of either family is left; gone[] tells after how
# long each had gone
# shellcheck disable=SC2317 # poll calls it
all_gone()
{
	local name

	for name in "${families[@]}"; do
		[[ -z ${gone[$name]-} && -z $(conns "* ${dest[$name]}:$1") ]] || continue
		now
		gone[$name]=$((clock - begun))
	done
	[[ ${#gone[@]} -eq ${#families[@]} ]]
}

# busy SERVICE...: how many destinations have connections
# shellcheck disable=SC2317 # check_soon calls it
busy()
{
	active "$@" | tr ' ' '\n' | grep -vc '=0/0$' || :
}

# check_gone WHAT FLAG PORT: entries go after the timeout
check_gone()
{
	local name

	gone=()
	poll 30 all_gone "$3" || :
	for name in "${families[@]}"; do
		check "$name: $1 goes when it was idle for $TIMEOUT s (${gone[$name]-stays} us)" \
			test "${gone[$name]-0}" -ge $((TIMEOUT_US - 100000))
		check_soon 20 "$name: no connections are counted" 0 busy "$2" "${dest[$name]}:$3"
	done
}

# ---- UDP: in time, again and again, then too late ----

# keep_alive: three requests of each flow, each more than half a timeout after the one
# before; fails where the machine was too slow for the timeout
declare -A first=() seen=() counted=()
keep_alive()
{
	local name i before

	ask
	seen=()
	for name in "${families[@]}"; do
		first[$name]=${who[$name]}
	done
	for i in 1 2 3; do
		before=$begun
		poll 30 is_past $((ended + TIMEOUT_US * 11 / 20))
		ask
		in_time "$before" || return 1
		for name in "${families[@]}"; do
			seen[$name]+="${who[$name]} "
		done
	done
	for name in "${families[@]}"; do
		counted[$name]=$(active -u "${dest[$name]}:1001")
	done
	in_time "$begun"
}

open 1001 --udp --source-port 5000
for try in {1..5}; do
	! keep_alive || break
	note "try $try: the machine was too slow"
	gone=()
	poll 30 all_gone 1001 || :
done
for name in "${families[@]}"; do
	check_eq "$name: datagrams in time keep the server" \
		"${first[$name]} ${first[$name]} ${first[$name]} " "${seen[$name]-}"
	expected="rs1=0/0 rs2=0/0"
	check_eq "$name: one inactive connection" \
		"${expected/"${first[$name]}=0/0"/"${first[$name]}=0/1"}" "${counted[$name]-}"
	[[ ${first[$name]} == rs1 ]] && first[$name]=rs2 || first[$name]=rs1
done
check_gone "the entry" -u 1001
ask
check_eq "the next datagrams are scheduled anew" "${first[v4]} ${first[v6]}" "${who[v4]} ${who[v6]}"
close

# ---- an entry that is over is absent, scanned or not ----

# Three seconds after the last packet the entry is over by definition (the
# timeout and the second by which the time of the last packet may be old).
open 1002 --udp --source-port 5000
ask
check_eq "a new service begins with the newest server" "rs2 rs2" "${who[v4]} ${who[v6]}"
poll 30 is_past $((ended + TIMEOUT_US + 1100000))
ask
check_eq "an expired entry is not used" "rs1 rs1" "${who[v4]} ${who[v6]}"
close

# ---- TCP: established and closed ----

open 1004
ask
for name in "${families[@]}"; do
	check_eq "$name: an established connection is active" "TCP ESTABLISHED 1/0" \
		"$(conns "* ${dest[$name]}:1004" | cut -d' ' -f1,2) $(
		active -t "${dest[$name]}:1004" | grep -o '[1-9]/.')"
done
# ip_vs gives a connection its timeout when a packet comes.
adm --set $TIMEOUT 0 0
[[ -z ${NFVS_REF:-} ]] || ask
check_gone "an established connection" -t 1004
close

# Closed connections have the FIN timeout in state FIN_WAIT only; TIME_WAIT of NAT
# keeps its 120 s, which --set does not change.
in_ns "$C" traffic get "$VIP" 1005 >/dev/null
# shellcheck disable=SC2317 # check_soon calls it
closed()
{
	echo "$(conns "* $VIP:1005" | cut -d' ' -f1,2) $(active -t "$VIP:1005")"
}
check_soon 20 "a closed NAT connection waits in TIME_WAIT and is inactive" \
	"TCP TIME_WAIT rs1=0/0 rs2=0/1" closed

finish
