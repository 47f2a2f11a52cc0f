#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# nfvs: noload
# nfvs: kernels 6.1 6.12
# nfvs: timeout 500
# ldirectord, unmodified, with the stock ipvsadm, on ip_vs and on nf_vs in one boot: web
# servers checked by request and by connection die, come back, are all dead (fallback), with
# and without quiescence (expire_quiescent_template lets persistent clients go on); the end takes its services with it.
#
#   C -- D (ldirectord) -- R1, R2; R3 is the fallback (NAT)
set -euo pipefail
# shellcheck source=tests/net/lib-diff.sh
. "${BASH_SOURCE[0]%/*}/lib-diff.sh"
# shellcheck source=tests/net/lib-prog.sh
. "${BASH_SOURCE[0]%/*}/lib-prog.sh"
# shellcheck source=tests/net/lib-keepalived.sh
. "${BASH_SOURCE[0]%/*}/lib-keepalived.sh"
: "${NFVS_REF:+$(skip_all 'is about both')}"

DIR=${TMPDIR:-/tmp}/ldirectord.$$

ask()
{
	in_ns "$C" curl -s --max-time 10 -H 'Connection: close' "$1[1-$2]" | sort | uniq -c |
		awk '{ printf "%s%s=%s", sep, $2, $1; sep = " " }'
}

kill_web()
{
	local pid

	read -r pid <"$PROG_DIR/nginx-$1/pid"
	kill -TERM "$pid"
	prog_wait 10 prog_gone "$pid"
}

# expected SERVERS80 SERVERS81 SERVERS6
expected()
{
	echo "TCP $VIP:80 wrr $1"
	echo "TCP $VIP:81 rr persistent 600 $2"
	echo "TCP [$VIP6]:80 rr $3"
	echo "UDP $VIP:53 rr"
}

# state DESCRIPTION RULES ANSWERS: in what order it adds servers is not certain, and so
# which one the persistent client gets
state()
{
	check_soon 120 "$module: $1" "$2" rules
	check_match "$module: $1: answers" "$3" \
		"$(ask "http://$VIP/" 3), $(ask "http://$VIP:81/" 2), $(ask "http://[$VIP6]/" 2)"
	states+=("$1"$'\n'"$(in_ns "$D" ipvsadm -S -n)")
}

run()
{
	in_ns "$D" sysctl -q net.ipv4.vs.expire_quiescent_template=1
	in_ns "$D" ipvsadm -A -u "$VIP:53" -s rr
	(exec nsenter --net="/run/netns/$D" ldirectord -d "$DIR/conf" start \
		>>"$DIR/log" 2>&1) &
	pid=$!
	server_pids+=("$pid")
	state "all are up" "$(expected 'rs1/2 rs2/1' 'rs1/1 rs2/1' 'rs1/1 rs2/1')" \
		'rs1=2 rs2=1, rs[12]=2, rs1=1 rs2=1'
	kill_web "$R2"
	state "one dies" "$(expected 'rs1/2' 'rs1/1 rs2/0' 'rs1/1')" \
		'rs1=3, rs1=2, rs1=2'
	kill_web "$R1"
	state "all are dead" "$(expected 'rs3/1' 'rs1/0 rs2/0' 'rs3/1')" \
		'rs3=3, , rs3=2'
	nginx_start "$R1" rs1
	nginx_start "$R2" rs2
	state "both are back" "$(expected 'rs1/2 rs2/1' 'rs1/1 rs2/1' 'rs1/1 rs2/1')" \
		'rs1=2 rs2=1, rs[12]=2, rs1=1 rs2=1'
	kill -TERM "$pid"
	prog_wait 30 prog_gone "$pid" || note "it does not end"
	check_soon 5 "$module: stopped: what is not its own stays" "UDP $VIP:53 rr" rules
	in_ns "$D" ipvsadm -C
}

plan 22
topo_create 3 nat
for i in 1 2 3; do
	nginx_start "${R[i]}" "rs$i"
done
mkdir -p "$DIR"
cat >"$DIR/conf" <<CONF
checktimeout=10
negotiatetimeout=10
checkinterval=1
failurecount=1
quiescent=no
virtual=$VIP:80
	real=${RIP[1]}:80 masq 2
	real=${RIP[2]}:80 masq 1
	fallback=${RIP[3]}:80 masq
	service=http
	checktype=negotiate
	request="/"
	receive="^rs"
	scheduler=wrr
	protocol=tcp
virtual=$VIP:81
	real=${RIP[1]}:80 masq 1
	real=${RIP[2]}:80 masq 1
	checktype=connect
	quiescent=yes
	persistent=600
	scheduler=rr
	protocol=tcp
virtual6=[$VIP6]:80
	real6=[${RIP6[1]}]:80 masq 1
	real6=[${RIP6[2]}]:80 masq 1
	fallback6=[${RIP6[3]}]:80 masq
	checktype=connect
	scheduler=rr
	protocol=tcp
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
for i in "${!theirs[@]}"; do
	check_eq "the same rules: ${theirs[i]%%$'\n'*}" "${theirs[i]}" "${states[i]-}"
done
finish
