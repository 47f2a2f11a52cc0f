#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Nobody to send to: a service without destinations, or with none of weight above 0,
# answers with ICMP port unreachable, for TCP too; packets that cannot start a
# connection are left to the director's own stack.
#
#   C -- D -- R1
set -euo pipefail
# shellcheck source=tests/net/lib-vs.sh
. "${BASH_SOURCE[0]%/*}/lib-vs.sh"

plan 27
topo_create 1 nat
start_servers --tcp 80 --udp 80
in_ns "$D" sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0
counters_open

# mib FILE NAME: a counter of the director; sent: what it told clients so far
mib()
{
	local name rest keys=() values=() i

	while read -r name rest; do
		if [[ $1 == snmp6 ]]; then
			[[ $name != "$2" ]] || value=$rest
		elif [[ $name == "${2%.*}:" && ${#keys[@]} -eq 0 ]]; then
			read -ra keys <<<"$rest"
		elif [[ $name == "${2%.*}:" ]]; then
			read -ra values <<<"$rest"
			for i in "${!keys[@]}"; do
				[[ ${keys[i]} != "${2#*.}" ]] || value=${values[i]}
			done
		fi
	done <"/proc/${counters_pid[D]}/net/$1"
}

before=(0 0 0)
now=()
# tell: sets told to what clients have been told since the last check_told or forget:
# "icmp=<unreachables> icmp6=<unreachables> rst=<resets>"
tell()
{
	local value=0

	now=()
	mib snmp Icmp.OutDestUnreachs; now+=("$value")
	mib snmp6 Icmp6OutDestUnreachs; now+=("$value")
	mib snmp Tcp.OutRsts; now+=("$value")
	told="icmp=$((now[0] - before[0])) icmp6=$((now[1] - before[1])) rst=$((now[2] - before[2]))"
}

# shellcheck disable=SC2317 # poll calls it
is_told()
{
	tell
	[[ $told == "$1" ]]
}

# check_told DESCRIPTION EXPECTED: what comes later is for the next one to find
check_told()
{
	poll 20 is_told "$2" || :
	check_eq "$1" "$2" "$told"
	before=("${now[@]}")
}

forget()
{
	tell
	before=("${now[@]}")
}

{
	vs_lines "-t $VIP:80" rr
	vs_lines "-u $VIP:80" rr
	vs_lines "-t [$VIP6]:80" rr
	vs_lines "-u [$VIP6]:80" rr
	vs_lines "-t $VIP:81" wlc "-r ${RIP[1]}:80 -m -w 0"
	vs_lines "-u $VIP:81" wrr "-r ${RIP[1]}:80 -m -w 0"
	vs_lines "-t [$VIP6]:81" lc "-r [${RIP6[1]}]:80 -m -w 0"
	vs_lines "-u [$VIP6]:81" rr "-r [${RIP6[1]}]:80 -m -w 0"
} | adm -R

for port in 80 81; do
	[[ $port == 80 ]] && what='no destination' || what='only weight 0'
	for vip in "$VIP" "$VIP6"; do
		[[ $vip == *:* ]] && family=IPv6 cip=$CIP6 || family=IPv4 cip=$CIP
		for proto in tcp udp; do
			name="$what, $family $proto"
			flags=()
			[[ $proto == tcp ]] || flags=(--udp)
			check_eq "$name: refused" "error: Connection refused" "$(
				in_ns "$C" traffic get "$vip" $port "${flags[@]}" || :)"
			forget
			in_ns "$C" traffic send "$cip" "$vip" --proto $proto --dport $port -n 3
			[[ $family == IPv4 ]] && expected='icmp=3 icmp6=0 rst=0' ||
				expected='icmp=0 icmp6=3 rst=0'
			check_told "$name: by ICMP" "$expected"
		done
	done
done
check_eq "nothing was entered into the table" '' "$(conns '*')"
check_stats "and nothing counted" "total=0/0/0/0/0 rs1=0/0/0/0/0" -t "$VIP:81"

# send VIP FLAGS: a packet out of the blue
send()
{
	local cip=$CIP

	[[ $1 != *:* ]] || cip=$CIP6
	in_ns "$C" traffic send "$cip" "$1" --proto tcp --flags "$2" --sport 4444 --dport 82
}

# With a good destination.
{
	vs_lines "-t $VIP:82" rr "-r ${RIP[1]}:80 -m"
	vs_lines "-t [$VIP6]:82" rr "-r [${RIP6[1]}]:80 -m"
} | adm -R
for vip in "$VIP" "$VIP6"; do
	send "$vip" A
	check_told "an ACK of no connection is for the director's own stack: $vip" \
		"icmp=0 icmp6=0 rst=1"
	send "$vip" R
	check_told "a reset of no connection is not answered: $vip" "icmp=0 icmp6=0 rst=0"
done
check_eq "neither starts a connection" '' "$(conns '*')"
check_eq "a SYN does" "rs1" "$(
	in_ns "$C" traffic get "$VIP" 82 | { read -r a _ && echo "$a"; } || :)"

adm -e -t "$VIP:81" -r "${RIP[1]}:80" -m -w 1
check_eq "a weight brings the service back" "rs1" \
	"$(in_ns "$C" traffic get "$VIP" 81 | { read -r a _ && echo "$a"; } || :)"
adm -d -t "$VIP:82" -r "${RIP[1]}:80"
check_eq "the last destination has gone: refused" "error: Connection refused" \
	"$(in_ns "$C" traffic get "$VIP" 82 || :)"
check_fails "port 0 needs persistence" 2 "Zero port specified for non-persistent service" \
	adm -A -t "$VIP:0" -s rr
finish
