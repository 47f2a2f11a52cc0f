#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# nfvs: noload
# nfvs: prepare pg
# nfvs: kernels 6.1 6.12
# nfvs: timeout 600
# keepalived, unmodified, as databases have it: VRRP brings the virtual address to the
# director, TCP_CHECK watches two PostgreSQL servers that hold it on their loopback (DR),
# the director wants to tell its peers of connections (lvs_sync_daemon; nf_vs says that it
# cannot, and keepalived goes on). On ip_vs and on nf_vs in one boot.
#
#   C --+-- D (keepalived)
#      SW             VIP 10.0.0.100 on lo of R1 and R2
#   R1 -+- R2
set -euo pipefail
# shellcheck source=tests/net/lib-diff.sh
. "${BASH_SOURCE[0]%/*}/lib-diff.sh"
# shellcheck source=tests/net/lib-prog.sh
. "${BASH_SOURCE[0]%/*}/lib-prog.sh"
# shellcheck source=tests/net/lib-keepalived.sh
. "${BASH_SOURCE[0]%/*}/lib-keepalived.sh"
: "${NFVS_REF:+$(skip_all 'is about both')}"

# ask N: the servers that answered one query each, in turn
ask()
{
	local i out=''

	for ((i = 0; i < $1; i++)); do
		out+=$(PGCONNECT_TIMEOUT=10 in_ns "$C" \
			psql -h "$VIP" -U postgres -qAtXc 'SHOW cluster_name' postgres 2>&1)' '
	done
	echo "${out% }"
}

has_vip()
{
	[[ $(ip -n "$D" -br address show dev eth0) == *" $VIP/"* ]]
}

kill_pg()
{
	local pid

	read -r pid <"$PROG_DIR/pg-$1/pid"
	kill -QUIT "$pid"
	prog_wait 20 prog_gone "$pid"
}

# state DESCRIPTION RULES
state()
{
	check_soon 90 "$module: $1" "$2" rules
	states+=("$1"$'\n'"$(in_ns "$D" ipvsadm -S -n)")
}

run()
{
	keepalived_start
	check "$module: the virtual address comes" poll 90 has_vip
	state "both are up" "TCP $VIP:5432 rr rs1/1 rs2/1"
	check_eq "$module: both answer" "rs2 rs1 rs2 rs1" "$(ask 4)"
	kill_pg "$R2"
	state "one dies" "TCP $VIP:5432 rr rs1/1"
	check_eq "$module: no query is lost" "rs1 rs1" "$(ask 2)"
	rm -rf "$PROG_DIR/pg-$R2"
	pg_start "$R2" rs2
	pg_wait "$R2"
	state "it is back" "TCP $VIP:5432 rr rs1/1 rs2/1"
	check_eq "$module: it answers again" "rs2 rs1" "$(ask 2)"
	keepalived_stop || note "keepalived does not end"
	state "stopped" ""
	check_eq "$module: the virtual address goes" "" \
		"$(ip -n "$D" -br address show dev eth0 | grep -o " $VIP/" || :)"
}

plan 23
topo_create 2 dr
ip -n "$D" address delete "$VIP/32" dev eth0
pg_start "$R1" rs1
pg_start "$R2" rs2
pg_wait "$R1"
pg_wait "$R2"
keepalived_conf <<-CONF
	global_defs {
		router_id director
		lvs_sync_daemon eth0 databases
	}
	vrrp_instance databases {
		state MASTER
		interface eth0
		virtual_router_id 51
		priority 150
		advert_int 1
		virtual_ipaddress { $VIP/32 }
	}
	virtual_server $VIP 5432 {
		delay_loop 1
		lvs_sched rr
		lvs_method DR
		protocol TCP
		$(for i in 1 2; do
			echo "real_server ${RIP[i]} 5432 {"
			echo 'TCP_CHECK { connect_timeout 5'
			echo 'retry 0'
			echo 'delay_before_retry 0 } }'
		done)
	}
CONF

load_reference
module=ip_vs states=()
run
theirs=("${states[@]}")
unload_reference
load_ours
module=nf_vs states=()
run
prog_stop
check_match "and keepalived was told that there is no synchronisation" \
	'*IPVS*Operation not supported*' "$(<"$KEEPALIVED_DIR/log")"
for i in "${!theirs[@]}"; do
	check_eq "the same rules: ${theirs[i]%%$'\n'*}" "${theirs[i]}" "${states[i]-}"
done
finish
