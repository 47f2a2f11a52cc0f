#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What settings of net.ipv4.vs do with connections: sloppy_tcp, conn_reuse_mode,
# expire_nodest_conn, secure_tcp.
#
#   C -- D -- R1, R2
set -euo pipefail
# shellcheck source=tests/net/lib-vs.sh
. "${BASH_SOURCE[0]%/*}/lib-vs.sh"

plan 29
topo_create 2 nat
start_servers --tcp 80
# What servers answer to raw packets would change states at any time.
for ns in "$R1" "$R2"; do
	in_ns "$ns" nft -f - <<-NFT
	table inet mute {
		chain input {
			type filter hook input priority 0;
			tcp sport 4000-5999 drop
		}
	}
	NFT
done
{
	vs_lines "-t $VIP:80" rr "-r ${RIP[1]}:80 -m" "-r ${RIP[2]}:80 -m"
	vs_lines "-t $VIP:81" rr "-r ${RIP[1]}:80 -g" "-r ${RIP[2]}:80 -g"
	vs_lines "-t [$VIP6]:80" rr "-r [${RIP6[1]}]:80 -m" "-r [${RIP6[2]}]:80 -m"
} | adm -R

vs()
{
	in_ns "$D" sysctl -qw "net.ipv4.vs.$1"
}

# send PORT CLIENTPORT FLAGS [FLAGS]: raw packets of one flow
send()
{
	in_ns "$C" traffic send "$CIP" "$VIP" --proto tcp --dport "$1" --sport "$2" --flags "$3" \
		${4:+--then "$4"}
}

# row CLIENTPORT: state and server of that flow, "-" if there is none
row()
{
	local state real

	while read -r _ state _ _ real; do
		echo "$state $(server_name "${real%:*}")"
		return
	done < <(conns "*:$1 *")
	echo -
}

# other STATE SERVER...: the other of the two servers
other()
{
	case $1 in
	*rs1) echo rs2 ;;
	*) echo rs1 ;;
	esac
}

# ---- sloppy_tcp ----

send 80 4001 A
check_eq "an ACK opens nothing" "-" "$(row 4001)"
vs sloppy_tcp=1
send 80 4001 R
check_eq "sloppy_tcp: nor does a reset" "-" "$(row 4001)"
send 80 4001 A
check_match "sloppy_tcp: an ACK opens an established connection" "ESTABLISHED rs?" "$(row 4001)"
send 80 4002 SA
check_match "sloppy_tcp: SYN and ACK open one as a SYN does" "SYN_RECV rs?" "$(row 4002)"
send 80 4003 F
check_match "sloppy_tcp: a FIN opens one that is over" "CLOSE rs?" "$(row 4003)"
in_ns "$C" traffic send "$CIP6" "$VIP6" --proto tcp --dport 80 --sport 4005 --flags A
check_match "sloppy_tcp: IPv6" "*ESTABLISHED*" "$(conns "*:4005 *")"
vs sloppy_tcp=0
send 80 4004 A
check_eq "sloppy_tcp off again" "-" "$(row 4004)"

# ---- conn_reuse_mode ----

# reuse MODE PORT CLIENTPORT FLAGS STATE: a flow ends in STATE after SYN and FLAGS; says
# what a second SYN finds: "kept" or "moved", and its state then
reuse()
{
	local flags before after

	send "$2" "$3" S
	for flags in $4; do
		send "$2" "$3" "$flags"
	done
	before=$(row "$3")
	[[ $before == "$5 "* ]] || echo "state was $before, not $5"
	vs "conn_reuse_mode=$1"
	send "$2" "$3" S
	after=$(row "$3")
	vs conn_reuse_mode=1
	case $after in
	*"${before#* }") echo "kept ${after% *}" ;;
	*) echo "moved ${after% *}" ;;
	esac
}
# With rr over two servers a new choice is the other server, if nobody else chose meanwhile.
check_eq "conn_reuse_mode 0 keeps TIME_WAIT" "kept SYN_RECV" "$(reuse 0 80 4010 F TIME_WAIT)"
check_eq "conn_reuse_mode 1 does not" "moved SYN_RECV" "$(reuse 1 80 4011 F TIME_WAIT)"
check_eq "conn_reuse_mode 2 does not" "moved SYN_RECV" "$(reuse 2 80 4012 F TIME_WAIT)"
check_eq "conn_reuse_mode -4 does not" "moved SYN_RECV" "$(reuse -4 80 4013 F TIME_WAIT)"
check_eq "conn_reuse_mode 0 keeps CLOSE" "kept SYN_RECV" "$(reuse 0 80 4014 "A R" CLOSE)"
check_eq "conn_reuse_mode 1 does not" "moved SYN_RECV" "$(reuse 1 80 4015 "A R" CLOSE)"
check_eq "conn_reuse_mode 1 keeps FIN_WAIT (direct routing)" "kept SYN_RECV" \
	"$(reuse 1 81 4016 "A F" FIN_WAIT)"
check_eq "conn_reuse_mode 2 does not" "moved SYN_RECV" "$(reuse 2 81 4017 "A F" FIN_WAIT)"
check_eq "nor does 3" "moved SYN_RECV" "$(reuse 3 81 4018 "A F" FIN_WAIT)"
check_eq "conn_reuse_mode 3 keeps an established one" "kept ESTABLISHED" \
	"$(reuse 3 80 4019 A ESTABLISHED)"

# ---- secure_tcp ----

vs secure_tcp=3
send 80 4020 S A
check_match "secure_tcp: the client's ACK proves nothing" "SYN_RECV rs?" "$(row 4020)"
send 81 4021 S
check_match "secure_tcp: direct routing" "SYNACK rs?" "$(row 4021)"
send 81 4021 A
check_match "secure_tcp: direct routing, answered" "ESTABLISHED rs?" "$(row 4021)"
check_eq "secure_tcp: who means it is served" "rs1=2 rs2=2" \
	"$(in_ns "$C" traffic get "$VIP" 80 -n 4 | tally)"
vs secure_tcp=0
send 80 4022 S A
check_match "secure_tcp off again" "ESTABLISHED rs?" "$(row 4022)"

# ---- expire_nodest_conn ----

# fresh PORT: an established flow, its server in $server
fresh()
{
	send 80 "$1" S A
	server=$(row "$1")
	server=${server#* }
}
change()
{
	adm "$1" -t "$VIP:80" -r "${RIP[${server#rs}]}:80" "${@:2}"
}
fresh 4030
change -d
check_eq "a connection outlives its server" "ESTABLISHED $server" "$(row 4030)"
send 80 4030 S
check_eq "its packets are dropped" "ESTABLISHED $server" "$(row 4030)"
vs expire_nodest_conn=1
send 80 4030 S
check_eq "expire_nodest_conn: a SYN gets another server" "SYN_RECV $(other "$server")" "$(row 4030)"
vs expire_nodest_conn=0
change -a -m
fresh 4031
change -d
vs expire_nodest_conn=1
send 80 4031 A
check_eq "expire_nodest_conn: another packet ends it" "-" "$(row 4031)"
change -a -m
fresh 4032
keep=$server
fresh 4033
change -d
check_soon 20 "expire_nodest_conn: removing the server ends its connections" "-" row 4033
check_eq "expire_nodest_conn: and no other's" "ESTABLISHED $keep" "$(row 4032)"
change -a -m
fresh 4034
change -e -m -w 0
send 80 4034 S
check_eq "expire_nodest_conn: a SYN leaves a server of weight 0" "SYN_RECV $(other "$server")" \
	"$(row 4034)"
finish
