#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The connection table through the lives of connections: rows and states for NAT,
# whose replies the director sees, and DR, whose replies it does not; active and
# inactive counts; entries whose destination or service goes and comes again; a SYN
# that meets an old entry.
#
#   C .2 (DR)  --+-- D, VIP                  R1, R2 reach .3 through D, .2 directly
#     .3 (NAT)  SW
#   R1 .11 ------+-- R2 .12
set -euo pipefail
# shellcheck source=tests/net/lib-vs.sh
. "${BASH_SOURCE[0]%/*}/lib-vs.sh"

plan 40
topo_create 2 dr
NIP=10.0.0.3
ip -n "$C" address add "$NIP/24" dev eth0
for ns in "${R[@]}"; do
	ip -n "$ns" route add "$NIP/32" via "$DIP"
done
start_servers --tcp 80 --udp 80 --tcp 81 --udp 81

{
	vs_lines "-t $VIP:80" rr "-r ${RIP[1]}:80 -g" "-r ${RIP[2]}:80 -g"
	vs_lines "-u $VIP:80" rr "-r ${RIP[1]}:80 -g" "-r ${RIP[2]}:80 -g"
	vs_lines "-t $VIP:81" rr "-r ${RIP[1]}:80 -m" "-r ${RIP[2]}:80 -m"
	vs_lines "-u $VIP:81" rr "-r ${RIP[1]}:80 -m" "-r ${RIP[2]}:80 -m"
	vs_lines "-t [$VIP6]:80" rr "-r [${RIP6[1]}]:80 -g" "-r [${RIP6[2]}]:80 -g"
	# Nobody answers there.
	vs_lines "-t $VIP:82" rr "-r 10.0.0.99:80 -m"
	vs_lines "-u $VIP:83" rr "-r ${RIP[1]}:83 -g"
} | adm -R

# expires PATTERN: minutes and seconds of the row
expires()
{
	adm -L -n -c | while read -r _ expire _ src dst _; do
		# shellcheck disable=SC2053 # a pattern is meant
		[[ "$src $dst" != $1 ]] || echo "$expire"
	done
}

tcp='' answer='' gone='' back=''

# flow_again VARIABLE FLOW: the answer once it gets through; the client waits longer
# before each time that it tries
flow_again()
{
	local i

	for i in {1..20}; do
		flow_ask "$1" "$2"
		[[ ${!1} == 'error: timeout' ]] || break
	done
}

check_eq "nothing yet" '' "$(conns '*')"
check_eq "the head of the list" "IPVS connection entries
pro expire state       source             virtual            destination" "$(adm -L -n -c)"

# NAT
nat="$NIP:5000 $VIP:81"
flow_open tcp "$VIP" 81 --source "$NIP" --source-port 5000
flow_ask answer "$tcp"
check_match "NAT: a connection" "rs2 *" "$answer"
check_eq "NAT: established" "TCP ESTABLISHED $nat ${RIP[2]}:80" "$(conns "$nat")"
check_match "NAT: for 15 minutes" "1[45]:[05][0-9]" "$(expires "$nat")"
check_eq "NAT: it is active" "rs1=0/0 rs2=1/0" "$(active -t "$VIP:81")"
flow_close "$tcp"
check_soon 20 "NAT: both sides have closed" "TCP TIME_WAIT $nat ${RIP[2]}:80" conns "$nat"
check_match "NAT: for 2 minutes" "0[12]:[05][0-9]" "$(expires "$nat")"
check_eq "NAT: it is inactive" "rs1=0/0 rs2=0/1" "$(active -t "$VIP:81")"
in_ns "$C" traffic send "$NIP" "$VIP" --proto tcp --flags S --sport 5000 --dport 81
check_match "NAT: a SYN in TIME_WAIT is scheduled anew" "TCP * $nat ${RIP[1]}:80" \
	"$(conns "$nat")"
check_soon "$STATS_LAG" "NAT: as another connection" 2 conns_of -t "$VIP:81"

# DR
dr="$CIP:5000 $VIP:80"
flow_open tcp "$VIP" 80 --source "$CIP" --source-port 5000
flow_ask answer "$tcp"
check_eq "DR: established" "TCP ESTABLISHED $dr ${RIP[2]}:80" "$(conns "$dr")"
check_eq "DR: it is active" "rs1=0/0 rs2=1/0" "$(active -t "$VIP:80")"
flow_close "$tcp"
check_soon 20 "DR: only the client's FIN is seen" "TCP FIN_WAIT $dr ${RIP[2]}:80" conns "$dr"
check_match "DR: for 2 minutes" "0[12]:[05][0-9]" "$(expires "$dr")"
check_eq "DR: it is inactive" "rs1=0/0 rs2=0/1" "$(active -t "$VIP:80")"
in_ns "$C" traffic send "$CIP" "$VIP" --proto tcp --flags S --sport 5000 --dport 80
check_match "DR: a SYN in FIN_WAIT stays with its server" "TCP * $dr ${RIP[2]}:80" \
	"$(conns "$dr")"
check_soon "$STATS_LAG" "DR: as the same connection" 1 conns_of -t "$VIP:80"

# Resets, half-open connections, datagrams, IPv6
out=$(in_ns "$C" traffic get "$VIP" 80 --rst --source-port 5001)
check_soon 20 "a reset closes" "TCP CLOSE $CIP:5001 $VIP:80 ${RIP[1]}:80" \
	conns "$CIP:5001 $VIP:80"
check_match "for 10 seconds" "00:[01][0-9]" "$(expires "$CIP:5001 $VIP:80")"
out=$(in_ns "$C" traffic get "$VIP" 80 --rst --source-port 5001)
check_match "a SYN in CLOSE is scheduled anew" "rs2 *" "$out"
in_ns "$C" traffic send "$NIP" "$VIP" --proto tcp --flags S --sport 5002 --dport 82
check_eq "a SYN without an answer" "TCP SYN_RECV $NIP:5002 $VIP:82 10.0.0.99:80" \
	"$(conns "$NIP:5002 *")"
check_match "for a minute" "0[01]:[05][0-9]" "$(expires "$NIP:5002 *")"
check_eq "half open is active" "10.0.0.99=1/0" "$(active -t "$VIP:82")"
out=$(in_ns "$C" traffic get "$VIP" 80 --udp --source-port 5003)
check_eq "datagrams" "UDP UDP $CIP:5003 $VIP:80 ${RIP[2]}:80" "$(conns "$CIP:5003 *")"
check_match "for 5 minutes" "0[45]:[05][0-9]" "$(expires "$CIP:5003 *")"
check_eq "are inactive" "rs1=0/0 rs2=0/1" "$(active -u "$VIP:80")"
out=$(in_ns "$C" traffic get "$VIP6" 80 --rst --source-port 5004)
check_soon 20 "IPv6" "TCP CLOSE [$CIP6]:5004 [$VIP6]:80 [${RIP6[2]}]:80" \
	conns "[$CIP6]:5004 *"
adm --set 100 50 40
out=$(in_ns "$C" traffic get "$VIP" 80 --udp --source-port 5003)
check_match "another timeout for datagrams" "00:[34][0-9]" "$(expires "$CIP:5003 *")"
adm --set 900 120 300

# The destination goes: silence.  It comes again: all goes on, with the old counts.
flow_open tcp "$VIP" 81 --source "$NIP" --source-port 5010 --timeout 2000
flow_ask answer "$tcp"
check_match "a connection to rs2" "rs2 *" "$answer"
out=$(in_ns "$C" traffic get "$VIP" 81 --udp --source "$NIP" --source-port 5011)
check_match "a datagram to rs2" "rs2 *" "$out"
{
	echo "-d -t $VIP:81 -r ${RIP[2]}:80"
	echo "-d -u $VIP:81 -r ${RIP[2]}:80"
} | adm -R
flow_ask gone "$tcp"
check_eq "its destination is gone: silence" "error: timeout" "$gone"
check_eq "for datagrams too" "error: timeout" "$(in_ns "$C" traffic get "$VIP" 81 --udp \
	--source "$NIP" --source-port 5011 --timeout 300 || :)"
check_eq "the entry stays" "TCP ESTABLISHED $NIP:5010 $VIP:81 ${RIP[2]}:80" \
	"$(conns "$NIP:5010 *")"
{
	echo "-a -t $VIP:81 -r ${RIP[2]}:80 -m"
	echo "-a -u $VIP:81 -r ${RIP[2]}:80 -m"
} | adm -R
flow_again back "$tcp"
check_eq "the destination is back: the flow goes on" "$answer" "$back"
check_eq "datagrams too" "$out" "$(in_ns "$C" traffic get "$VIP" 81 --udp \
	--source "$NIP" --source-port 5011 || :)"
check_match "with the old counts" "rs1=* rs2=1/*" "$(active -t "$VIP:81")"

# The same with the whole service.
flow_close "$tcp"
flow_open tcp "$VIP" 81 --source "$NIP" --source-port 5020 --timeout 2000
flow_ask answer "$tcp"
adm -D -t "$VIP:81"
flow_ask gone "$tcp"
check_eq "its service is gone: silence" "error: timeout" "$gone"
vs_add "-t $VIP:81" rr "-r ${RIP[1]}:80 -m" "-r ${RIP[2]}:80 -m"
flow_again back "$tcp"
check_eq "the service is back: the flow goes on" "$answer" "$back"
check_match "with the old counts again" "*=1/*" "$(active -t "$VIP:81")"
flow_close "$tcp"
finish
