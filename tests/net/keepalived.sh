#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# nfvs: kernels 6.1 6.12
# nfvs: noload
# nfvs: timeout 400
# keepalived, unmodified, on ip_vs and on nf_vs in one boot: web servers checked by
# TCP_CHECK and HTTP_GET die, come back, are all dead (sorry server); a group of addresses
# and firewall marks, a mark with persistence; reload; the end. Both are given the same
# rules in each state, in the same order, and every request is answered by the server that
# must.
#
#   C -- D (keepalived) -- R1, R2; R3 is the sorry server (NAT)
set -euo pipefail
# shellcheck source=tests/net/lib-diff.sh
. "${BASH_SOURCE[0]%/*}/lib-diff.sh"
# shellcheck source=tests/net/lib-prog.sh
. "${BASH_SOURCE[0]%/*}/lib-prog.sh"
# shellcheck source=tests/net/lib-keepalived.sh
. "${BASH_SOURCE[0]%/*}/lib-keepalived.sh"
: "${NFVS_REF:+$(skip_all 'is about both')}"

CHECKING='delay_loop 1
	protocol TCP'
TCP_CHECK='TCP_CHECK { connect_timeout 2
	retry 0
	delay_before_retry 0 }'
HTTP_GET='HTTP_GET { url { path /
	status_code 200 }
	connect_timeout 2
	retry 0
	delay_before_retry 0 }'

# real ADDRESS PORT WEIGHT CHECK
real()
{
	printf 'real_server %s %s {\nweight %s\n%s\n}\n' "$@"
}

# conf SCHEDULER WEIGHT1 WEIGHT2 [MORE]: the first service's
conf()
{
	keepalived_conf <<-CONF
	global_defs {
		router_id director
	}
	virtual_server_group many {
		10.0.0.101-102 80
		10.0.0.103 8080
		fwmark 9
		fwmark 10
	}
	virtual_server $VIP 80 {
		$CHECKING
		lvs_sched $1
		lvs_method NAT
		sorry_server ${RIP[3]} 80
		$(real "${RIP[1]}" 80 "$2" "$TCP_CHECK")
		$(real "${RIP[2]}" 80 "$3" "$TCP_CHECK")
	}
	virtual_server $VIP6 80 {
		$CHECKING
		inhibit_on_failure
		lvs_sched wlc
		lvs_method NAT
		$(real "${RIP6[1]}" 80 3 "$HTTP_GET")
		$(real "${RIP6[2]}" 80 3 "$HTTP_GET")
	}
	virtual_server fwmark 8 {
		$CHECKING
		lvs_sched wrr
		lvs_method NAT
		persistence_timeout 300
		persistence_granularity 255.255.255.0
		$(real "${RIP[1]}" 80 2 "$TCP_CHECK")
		$(real "${RIP[2]}" 80 1 "$TCP_CHECK")
	}
	virtual_server group many {
		$CHECKING
		lvs_sched lc
		lvs_method NAT
		$(real "${RIP[1]}" 80 1 "$HTTP_GET")
		$(real "${RIP[2]}" 80 1 "$HTTP_GET")
	}
	${4-}
	CONF
}

# expected UP1 UP2 [SCHEDULER WEIGHT1 [MORE]]: what rules() says where R1 and R2 are up
# (1) or not (0); sorted
expected()
{
	local a='' b='' c='' addr

	[[ $1 == 0 ]] || a+=" rs1/${4:-1}" b+=' rs1/1' c+=' rs1/2'
	[[ $2 == 0 ]] || a+=' rs2/1' b+=' rs2/1' c+=' rs2/1'
	[[ -n $a ]] || a=' rs3/1'
	{
		echo "TCP $VIP:80 ${3:-rr}$a"
		[[ -z ${5-} ]] || echo "$5"
		for addr in 10.0.0.101:80 10.0.0.102:80 10.0.0.103:8080; do
			echo "TCP $addr lc$b"
		done
		echo "TCP [$VIP6]:80 wlc rs1/$(($1 * 3)) rs2/$(($2 * 3))"
		echo "UDP $VIP:53 rr"
		echo "FWM 8 wrr persistent 300 mask 255.255.255.0$c"
		echo "FWM 9 lc$b"
		echo "FWM 10 lc$b"
	} | sort
}

kill_web()
{
	local pid

	read -r pid <"$PROG_DIR/nginx-$1/pid"
	kill -TERM "$pid"
	prog_wait 10 prog_gone "$pid"
}

# ask URL N: who answered, "rs1=3 rs2=3", of connections of their own
ask()
{
	in_ns "$C" curl -s --max-time 10 -H 'Connection: close' "$1[1-$2]" | sort | uniq -c |
		awk '{ printf "%s%s=%s", sep, $2, $1; sep = " " }'
}

ask_all()
{
	echo "$(ask "http://$VIP/" 4), $(ask "http://[$VIP6]/" 4), $(ask http://10.0.0.104/ 3)," \
		"$(ask http://10.0.0.102/ 2)"
}

# state DESCRIPTION RULES ANSWERS: the rules become these; then all is asked
state()
{
	check_soon 60 "$module: $1" "$2" rules || keepalived_log
	[[ -z ${3-} ]] || check_eq "$module: $1: answers" "$3" "$(ask_all)"
	states+=("$1"$'\n'"$(in_ns "$D" ipvsadm -S -n)")
}

run()
{
	in_ns "$D" ipvsadm -A -u "$VIP:53" -s rr
	conf rr 1 1
	keepalived_start --check
	state "all are up" "$(expected 1 1)" 'rs1=2 rs2=2, rs1=2 rs2=2, rs2=3, rs1=1 rs2=1'

	kill_web "$R2"
	state "one dies" "$(expected 1 0)" 'rs1=4, rs1=4, rs1=3, rs1=2'
	kill_web "$R1"
	state "all are dead" "$(expected 0 0)"
	check_eq "$module: the sorry server answers" 'rs3=2' "$(ask "http://$VIP/" 2)"
	nginx_start "$R1" rs1
	nginx_start "$R2" rs2
	# Connections of before still count for the least connection schedulers.
	state "both are back" "$(expected 1 1)" 'rs1=2 rs2=2, rs2=4, rs1=3, rs2=2'

	conf wrr 3 1 "virtual_server $VIP 443 {
		$CHECKING
		lvs_sched rr
		lvs_method NAT
		$(real "${RIP[1]}" 443 1 "$TCP_CHECK")
		$(real "${RIP[2]}" 80 1 "$TCP_CHECK")
	}"
	keepalived_reload
	state "reload" "$(expected 1 1 wrr 3 "TCP $VIP:443 rr rs2/1")" \
		'rs1=3 rs2=1, rs1=2 rs2=2, rs1=3, rs1=1 rs2=1'
	conf wrr 3 1
	keepalived_reload
	state "and again without what was new" "$(expected 1 1 wrr 3)"

	keepalived_stop || note "keepalived does not end"
	state "stopped: what is not its own stays" "UDP $VIP:53 rr"
	in_ns "$D" ipvsadm -C
}

plan 31
topo_create 3 nat
for addr in 10.0.0.10{1,2,3,4}; do
	echo "address add $addr/32 dev eth0"
done | ip -n "$D" -batch -
in_ns "$D" nft -f - <<-NFT
table ip marks {
	chain pre {
		type filter hook prerouting priority -150;
		ip daddr 10.0.0.104 tcp dport 80 meta mark set 8
	}
}
NFT
for i in 1 2 3; do
	nginx_start "${R[i]}" "rs$i"
done

load_reference
module=ip_vs states=()
run
theirs=("${states[@]}")
unload_reference
load_ours
module=nf_vs states=()
run
prog_stop
for i in "${!theirs[@]}"; do
	check_eq "rules, in their order: ${theirs[i]%%$'\n'*}" "${theirs[i]}" "${states[i]-}"
done
finish
