#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Persistence through time and change: templates end, or go on while a connection is
# open; servers are emptied, full, taken out and put back; services are edited, deleted and
# made again; ports are used again.
#
#   C .2 .3, 10.0.7.2 -- D -- R1, R2 (NAT)
# nfvs: timeout 400
set -euo pipefail
# shellcheck source=tests/net/lib-persist.sh
. "${BASH_SOURCE[0]%/*}/lib-persist.sh"

quiet_links
persist_topo 2 nat
start_servers --tcp 80 --udp 80 --tcp 81 --tcp 21
VS=net/ipv4/vs
plan 41

# service PORT PERSISTENCE: for both protocols
service()
{
	vs_lines "-t $VIP:$1" "rr $2" "-r ${RIP[1]}:80 -m" "-r ${RIP[2]}:80 -m"
	vs_lines "-u $VIP:$1" "rr $2" "-r ${RIP[1]}:80 -m" "-r ${RIP[2]}:80 -m"
}

# seconds_until COMMAND...: how long it takes to succeed, in milliseconds
seconds_until()
{
	local start=${EPOCHREALTIME/[.,]/}

	poll 100 "$@" || :
	echo $(((${EPOCHREALTIME/[.,]/} - start) / 1000))
}

has_no_row()
{
	[[ -z $(conns "$1") ]]
}

# is_left MIN MAX PATTERN
is_left()
{
	local n

	n=$(left "$3")
	[[ -n $n && $n -ge $1 && $n -le $2 ]]
}

# udp PORT SOURCE
udp()
{
	get "$2" "$VIP" "$1" --udp
}

tcp()
{
	get "$2" "$VIP" "$1"
}

# ---- time ----

adm --set 0 0 2
service 80 '-p 6' | adm -R
check_eq "two clients" "rs2 rs1" "$(udp 80 "$A1") $(udp 80 "$A2")"
ms=$(seconds_until has_no_row "$A1:0 *")
check "a template ends after its time (in $ms ms)" test "$ms" -ge 4500 -a "$ms" -le 7500
poll 20 has_no_row '*' || :
check_eq "the client is scheduled anew" "rs2 rs1" "$(udp 80 "$A2") $(udp 80 "$A1")"
check_soon 20 "its template ends when nobody comes, and is not counted" "rs1=0 rs2=0" \
	persistent -u "$VIP:80"

# Each connection starts the time anew.
note "$(udp 80 "$A1")"
check "six seconds" is_left 4 6 "$A1:0 *"
poll 20 is_left 0 3 "$A1:0 *" || :
note "$(udp 80 "$A1")"
check "and again" is_left 4 6 "$A1:0 *"

# A connection that stays open.
flow=''
flow_open flow "$VIP" 80 --source "$A3"
flow_ask answer "$flow"
# shellcheck disable=SC2154
server=${answer%% *}
check "a connection through a template" is_left 3 6 "$A3:0 *"
poll 20 is_left 10 60 "$A3:0 *" || :
check "while it is open, a minute more" is_left 55 60 "$A3:0 *"
# Other clients move the rotation.
note "$(tcp 80 "$A1") $(tcp 80 "$A1")"
check_eq "its client stays" "$server" "$(tcp 80 "$A3")"
check "from then on it is a minute each time" is_left 55 60 "$A3:0 *"
flow_close "$flow"
adm --set 900 120 300

# ---- servers ----

# The templates of a service would be there again with it: others each time.
service 84 '-p 100' | adm -R
check_eq "two clients of TCP" "rs2 rs1" "$(tcp 84 "$A1") $(tcp 84 "$A2")"
check_eq "two clients of UDP" "rs2 rs1" "$(udp 84 "$A1") $(udp 84 "$A2")"
{
	echo "-e -t $VIP:84 -r ${RIP[2]}:80 -m -w 0"
	echo "-e -u $VIP:84 -r ${RIP[2]}:80 -m -w 0"
} | adm -R
check_eq "a server that gets no more clients keeps the ones it has" "rs2 rs2, rs1" \
	"$(tcp 84 "$A1") $(udp 84 "$A1"), $(tcp 84 "$A3")"
in_ns "$D" sh -c "echo 1 >/proc/sys/$VS/expire_quiescent_template"
check_eq "unless they shall not" "rs1" "$(tcp 84 "$A1")"
check_eq "the old template is invalid, the new one counts" \
	"TCP ASSURED $A1:0 $VIP:65535 ${RIP[2]}:65535
TCP ASSURED $A1:0 $VIP:84 ${RIP[1]}:80" \
	"$(conns "$A1:0 $VIP:*" | grep ^TCP | grep -v ' .*:80 ')"
check_eq "both are counted until then" "rs1=3 rs2=1" "$(persistent -t "$VIP:84")"
in_ns "$D" sh -c "echo 0 >/proc/sys/$VS/expire_quiescent_template"
check_eq "other protocols' clients are others" "rs2" "$(udp 84 "$A1")"

# Away and back.
vs_add "-t $VIP:81" "rr -p 100" "-r ${RIP[1]}:81 -m" "-r ${RIP[2]}:81 -m"
check_eq "three clients" "rs2 rs1 rs2" "$(get "$A1" "$VIP" 81) $(get "$A2" "$VIP" 81) $(
	get "$A3" "$VIP" 81)"
adm -d -t "$VIP:81" -r "${RIP[2]}:81"
check_eq "without its server a client gets another" "rs1" "$(get "$A1" "$VIP" 81)"
check_eq "its old template is invalid" "TCP ASSURED $A1:0 $VIP:65535 ${RIP[2]}:65535
TCP ASSURED $A1:0 $VIP:81 ${RIP[1]}:81" "$(conns "$A1:0 $VIP:*" | grep -v ' .*:8[04] ' | uniq)"
adm -a -t "$VIP:81" -r "${RIP[2]}:81" -m
check_eq "when it is back, who came meanwhile stays where he is, who did not is back" \
	"rs1 rs2" "$(get "$A1" "$VIP" 81) $(get "$A3" "$VIP" 81)"
check_eq "all are counted" "rs2=2 rs1=2" "$(persistent -t "$VIP:81" | tr ' ' '\n' |
	sort -r | xargs)"
adm -d -t "$VIP:81" -r "${RIP[1]}:81"
adm -d -t "$VIP:81" -r "${RIP[2]}:81"
check_eq "without any server: refused" "error:-Connection-refused" "$(get "$A1" "$VIP" 81)"

# ---- services ----

# The rotation is at server 2 for the next new client, unless said otherwise.
adm -C
vs_add "-t $VIP:82" "rr -p 100" "-r ${RIP[1]}:81 -m" "-r ${RIP[2]}:81 -m"
check_eq "a client" "rs2 rs2" "$(get "$A1" "$VIP" 82 -n 2)"
adm -E -t "$VIP:82" -s rr
out=$(get "$A1" "$VIP" 82 -n 4 | xargs -n 1 | sort | xargs)
check_eq "without persistence every connection is scheduled" "rs1 rs1 rs2 rs2" "$out"
check_eq "the template remains" "TCP ASSURED $A1:0 $VIP:82 ${RIP[2]}:81" \
	"$(conns "$A1:0 $VIP:82")"
adm -E -t "$VIP:82" -s rr -p 500
check_eq "and counts again" "rs2 rs2" "$(get "$A1" "$VIP" 82 -n 2)"
check "with the time it was made with" is_left 80 100 "$A1:0 $VIP:82"
note "$(get "$A3" "$VIP" 82)"
check "others get the new time" is_left 480 500 "$A3:0 $VIP:82"
adm -E -t "$VIP:82" -s rr -p 100 -M 255.255.255.0
out=$(get "$A1" "$VIP" 82)
check_eq "another mask: the network has a template" "$out $out" \
	"$(get "$A2" "$VIP" 82) $(get "$A1" "$VIP" 82)"
check_eq "beside that of the client" "1 1" \
	"$(conns "10.0.0.0:0 $VIP:82" | wc -l) $(conns "$A1:0 $VIP:82" | wc -l)"

adm -E -t "$VIP:82" -s rr -p 100
adm -D -t "$VIP:82"
check_eq "a service that is gone leaves its templates" \
	"TCP ASSURED $A1:0 $VIP:82 ${RIP[2]}:81" "$(conns "$A1:0 $VIP:82")"
vs_add "-t $VIP:82" "rr -p 100" "-r ${RIP[1]}:81 -m" "-r ${RIP[2]}:81 -m"
check_eq "which count again when it is back" "rs2 rs2" "$(get "$A1" "$VIP" 82 -n 2)"

# Full servers.
adm -e -t "$VIP:82" -r "${RIP[2]}:81" -m -x 1
hold_open 2 "$VIP" 82 --source "$A1"
# shellcheck disable=SC2154
check_eq "a full server takes connections of its clients" "rs2 rs2" "$held"
check_eq "and nobody else's" "rs1" "$(get "$A2" "$VIP" 82)"
hold_close "$held_pid"

# Ports again.
adm -C
vs_add "-t $VIP:83" "rr -p 100" "-r ${RIP[1]}:81 -m" "-r ${RIP[2]}:81 -m"
check_eq "a client's port" "rs2" "$(get "$A1" "$VIP" 83 --source-port 7000)"
check_soon 20 "that is free" "TCP TIME_WAIT $A1:7000 $VIP:83 ${RIP[2]}:81" \
	conns "$A1:7000 *"
in_ns "$C" traffic send "$A1" "$VIP" --proto tcp --flags S --sport 7000 --dport 83
check_match "is used again" "TCP * $A1:7000 $VIP:83 ${RIP[2]}:81" "$(conns "$A1:7000 *")"
check_soon "$STATS_LAG" "for the same connection" 1 conns_of -t "$VIP:83"

# A template that two services share; a service of all ports.
adm -C
{
	vs_lines "-t $VIP:0" "rr -p 100" "-r ${RIP[1]}:0 -m" "-r ${RIP[2]}:0 -m"
	vs_lines "-t $VIP:21" "rr -p 100" "-r ${RIP[1]}:80 -m" "-r ${RIP[2]}:80 -m"
} | adm -R
check_eq "all ports" "rs2, rs2, rs2" \
	"$(get "$A1" "$VIP" 80), $(get "$A1" "$VIP" 81), $(get "$A1" "$VIP" 80)"
check_eq "and FTP, by the template of all ports" "rs2" "$(get "$A1" "$VIP" 21)"
finish
