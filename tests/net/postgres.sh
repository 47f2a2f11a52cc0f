#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# nfvs: kernels 6.1 6.12
# nfvs: prepare pg
# nfvs: timeout 600
# Databases behind a virtual address: PostgreSQL on two real servers that hold the
# address on their loopback (DR), pgbench as the client, a connection per transaction.
# Exact split; replies do not cross the director; a server is taken out of service
# under a running session, dies, is deleted, comes back.
#
#   C --+-- D
#      SW             VIP 10.0.0.100 on eth0 of D, on lo of R1 and R2
#   R1 -+- R2
set -euo pipefail
# shellcheck source=tests/net/lib-vs.sh
. "${BASH_SOURCE[0]%/*}/lib-vs.sh"
# shellcheck source=tests/net/lib-prog.sh
. "${BASH_SOURCE[0]%/*}/lib-prog.sh"

plan 22
quiet_links
topo_create 2 dr
pg_start "$R1" rs1
pg_start "$R2" rs2
server_pids+=("$(<"$PROG_DIR/pg-$R1/pid")" "$(<"$PROG_DIR/pg-$R2/pid")")

# Who sends the client what: the director must not.
mac=$(ip -n "$D" -j link show dev eth0)
[[ $mac =~ \"address\":\"([0-9a-f:]+)\" ]]
in_ns "$C" nft -f - <<-NFT
table inet from {
	counter director { }
	counter others { }
	chain input {
		type filter hook input priority 0;
		tcp sport 5432 ether saddr ${BASH_REMATCH[1]} counter name director
		tcp sport 5432 ether saddr != ${BASH_REMATCH[1]} counter name others
	}
}
NFT
# from_whom: packets that reached the client from the director and from others
from_whom()
{
	in_ns "$C" nft list counters | awk '$1 == "counter" { name = $2 }
		$1 == "packets" { n[name] = $2 }
		END { print n["director"], n["others"] }'
}

{
	# Port 7 makes all neighbours known.
	vs_lines "-t $VIP:7" rr "-r ${RIP[1]}:7 -g" "-r ${RIP[2]}:7 -g"
	vs_lines "-t $VIP:5432" rr "-r ${RIP[1]}:5432 -g" "-r ${RIP[2]}:5432 -g"
} | adm -R
# However slow the machine, what has been closed stays in the table.
adm --set 0 900 0

# bench N: pgbench, two clients with N transactions each, a connection for each and
# one to ask how much data there is; sets processed
bench()
{
	processed=$(pg_bench "$C" "$VIP" -S -C -c 2 -t "$1" 2>&1) || processed+=' failed'
	[[ ! $processed =~ actually\ processed:\ ([0-9/]+) ]] || processed=${BASH_REMATCH[1]}
}

# given: how many connections each server got
# shellcheck disable=SC2317 # check_soon calls it
given()
{
	stats -t "$VIP:5432" | awk '{ gsub("/[0-9/]*", ""); print }'
}

# query: the name of the server that a new session gets, or its error
query()
{
	in_ns "$C" psql -h "$VIP" -U postgres -qAtX -c 'SHOW cluster_name' postgres 2>&1 || :
}

# session_open VARIABLE: a session of the client that stays
session_open()
{
	local fifo in out

	fifo=${TMPDIR:-/tmp}/session.$$.$((++held_nr))
	mkfifo "$fifo"
	exec {out}< <(exec nsenter --net="/run/netns/$C" \
		psql -h "$VIP" -U postgres -qAtX postgres <"$fifo" 2>&1)
	held_pids+=("$!")
	exec {in}>"$fifo"
	rm -f "$fifo"
	printf -v "$1" %s "$in $out"
}

# session_say SESSION: ask it which server it is; session_hear VARIABLE SESSION
# [SECONDS]: its answer or "nothing"; session_ask: both
session_say()
{
	echo 'SHOW cluster_name;' >&"${1% *}"
}

session_hear()
{
	local line

	read -rt "${3:-20}" -u "${2#* }" line || line=nothing
	printf -v "$1" %s "$line"
}

session_ask()
{
	session_say "$2"
	session_hear "$1" "$2"
}

req1='' req2='' replied='' session='' answer=''

# ---- the split and the way of the replies ----

pg_wait "$R1"
pg_wait "$R2"
in_ns "$C" traffic get "$VIP" 7 -n 2 >/dev/null || :
traffic_begin
bench 10
traffic_end
moved_both sent C.eth0.tx
moved_both got C.eth0.rx
moved_both req1 R1.eth0.rx
moved_both req2 R2.eth0.rx
moved_both in D.eth0.rx
moved_both out D.eth0.tx
moved_both replied R1.eth0.tx R2.eth0.tx
check_eq "all transactions are processed" 20/20 "$processed"
check_stats "a connection each, in turn; all packets and bytes" \
	"total=21/${sent/\//\/0\/}/0 rs1=10/${req1/\//\/0\/}/0 rs2=11/${req2/\//\/0\/}/0" \
	-t "$VIP:5432"
check_eq "the director takes what the client sends, passes on as much, and no more" \
	"in=$sent out=$sent" "in=$in out=$out"
check_eq "the servers' replies reach the client, all of them" "$replied" "$got"
check_eq "and none through the director" "0 ${got%/*}" "$(from_whom)"
check_soon 20 "all connections have ended" "rs1=0/10 rs2=0/11" active -t "$VIP:5432"

# ---- taken out of service ----

session_open session
session_ask answer "$session"
check_eq "a session has the server whose turn it is" rs1 "$answer"
adm -e -t "$VIP:5432" -r "${RIP[1]}:5432" -g -w 0
session_ask answer "$session"
check_eq "it lives on when its server gets weight 0" rs1 "$answer"
bench 2
check_eq "new ones are served as ever" 4/4 "$processed"
check_soon "$STATS_LAG" "by the other server only" "total=27 rs1=11 rs2=16" given
session_ask answer "$session"
check_eq "the session lives on still" rs1 "$answer"
check_soon 20 "as the only open connection" "rs1=1/10 rs2=0/16" active -t "$VIP:5432"

# ---- dead, deleted, back again ----

ip -n "$R1" link set eth0 down
adm -d -t "$VIP:5432" -r "${RIP[1]}:5432"
traffic_begin
session_say "$session"
session_hear answer "$session" 1
check_eq "the session of a dead server that was deleted gets no answer" nothing "$answer"
is_settled || :
moved out D.eth0.tx
moved got C.eth0.rx
check_eq "neither from the director: no packet leaves it" "0 0" "$out $got"
check_eq "the table keeps it" "TCP ESTABLISHED ${RIP[1]}" "$(adm -L -n -c |
	awk -v r="${RIP[1]}:5432" '$3 == "ESTABLISHED" { sub(":.*", "", $6); print $1, $3, $6 }')"
bench 2
check_eq "new ones are served" 4/4 "$processed"
check_soon "$STATS_LAG" "by the server that is left" "total=32 rs2=21" given

ip -n "$R1" link set eth0 up
adm -a -t "$VIP:5432" -r "${RIP[1]}:5432" -g
# TCP has waited twice as long before each time that it tried.
session_hear answer "$session" 100
check_eq "the server comes back, is added again: the session has its answer" rs1 "$answer"
check_soon 20 "with its old connections" "rs1=1/10 rs2=0/21" active -t "$VIP:5432"

# ---- the database dies, its server does not ----

kill -QUIT "${server_pids[0]}"
poll 60 prog_gone "${server_pids[0]}"
session_say "$session"
session_hear answer "$session"
check_match "the end of a database ends its session" \
	"*terminating connection*" "$answer"
adm -d -t "$VIP:5432" -r "${RIP[1]}:5432"
check_eq "the next session has the other server" rs2 "$(query)"
adm -d -t "$VIP:5432" -r "${RIP[2]}:5432"
check_match "no server is left: refused at once" "*Connection refused*" "$(query)"
finish
