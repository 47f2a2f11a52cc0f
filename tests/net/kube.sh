#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# nfvs: noload
# nfvs: kernels 6.1 6.12
# nfvs: timeout 400
# What kube-proxy does in mode ipvs, message by message as the library moby/ipvs writes
# them, on ip_vs and on nf_vs in one boot: probe, settings, services on a dummy interface
# that stays down, session affinity, graceful termination, restart, cleanup. Both answer
# the same and choose the same pods. "modprobe -va ip_vs", the library's first step, is
# in dropin.sh.
#
#   C -- D (node: kube-ipvs0 has the cluster IPs) -- R1, R2 (pods, NAT)
set -euo pipefail
# shellcheck source=tests/net/lib-diff.sh
. "${BASH_SOURCE[0]%/*}/lib-diff.sh"
: "${NFVS_REF:+$(skip_all 'is about both')}"

WEB=10.96.0.10 STICKY=10.96.0.20 WEB6=2001:db8:96::10
SETTINGS=(conntrack=1 conn_reuse_mode=0 expire_nodest_conn=1 expire_quiescent_template=1)

# hex ADDRESS: as ipvs_raw wants it; of IPv6 only with "::" once and in the middle
hex()
{
	local head tail
	local -a h t

	if [[ $1 != *:* ]]; then
		# shellcheck disable=SC2046,SC2086 # four numbers
		printf 'x%02x%02x%02x%02x' ${1//./ }
		return
	fi
	IFS=: read -ra h <<<"${1%%::*}"
	IFS=: read -ra t <<<"${1##*::}"
	printf -v head %04x "${h[@]/#/0x}"
	printf -v tail %04x "${t[@]/#/0x}"
	printf 'x%s%0*d%s' "$head" $((32 - ${#head} - ${#tail})) 0 "$tail"
}

# service PROTOCOL ADDRESS PORT [FLAGS TIMEOUT]: in every request whole
service()
{
	local af=2 mask=xffffffff

	[[ $2 != *:* ]] || af=10 mask=u32:128
	echo "SERVICE={ AF=u16:$af PROTOCOL=u16:$1 ADDR=$(hex "$2") PORT=be:$3 SCHED_NAME=s:rr" \
		"FLAGS=w:${4:-0},0xffffffff TIMEOUT=u32:${5:-0} NETMASK=$mask }"
}

# pod ADDRESS PORT WEIGHT
pod()
{
	echo "DEST={ ADDR=$(hex "$1") PORT=be:$2 FWD_METHOD=u32:0 WEIGHT=u32:$3" \
		"U_THRESH=u32:0 L_THRESH=u32:0 }"
}

# ipvs REQUEST...: replies without statistics
ipvs()
{
	printf '%s\n' "$@" | in_ns "$D" ipvs_raw |
		sed -E 's/ \| x[0-9a-f]*$//; s/ STATS(64)?=\{[^}]*\}//g; /^$/d'
}

# is DESCRIPTION EXPECTED ACTUAL: checked, and remembered to be compared
is()
{
	check_eq "$module: $1" "$2" "$3"
	seen+=("$1: $3")
}

# same DESCRIPTION ACTUAL: only remembered
same()
{
	seen+=("$1: $2")
}

# get ADDRESS PORT N [ARGUMENT...]: who answered the client
get()
{
	in_ns "$C" traffic get "$1" "$2" -n "$3" "${@:4}" | tally
}

is_idle()
{
	[[ $(ipvs "GET_DEST dump $1") != *ACTIVE_CONNS=u32:[1-9]* ]]
}

SERVICES=("$(service 6 $WEB 80)" "$(service 17 $WEB 53)" "$(service 6 $STICKY 80 1 10800)"
	"$(service 6 "$DIP" 30080)" "$(service 6 $WEB6 80)")

start_proxy()
{
	local s value name

	is "no services" DONE "$(ipvs 'GET_SERVICE dump SERVICE={ }')"
	s=$(service 6 198.51.100.0 20000)
	is "the probe is made and removed" "OK OK" "$(ipvs "NEW_SERVICE $s" "DEL_SERVICE $s" | xargs)"
	for s in "${SETTINGS[@]}"; do
		name=/proc/sys/net/ipv4/vs/${s%=*}
		in_ns "$D" sh -c "echo ${s#*=} >$name"
		value+=" ${s%=*}=$(in_ns "$D" cat "$name")"
	done
	is "settings are kept" "${SETTINGS[*]}" "${value# }"
	is "timeouts, all unchanged" OK \
		"$(ipvs 'SET_CONFIG TIMEOUT_TCP=u32:0 TIMEOUT_TCP_FIN=u32:0 TIMEOUT_UDP=u32:0')"
}

# Those of the nodes' own addresses have another port than the pods.
make_services()
{
	local s i port
	local -a requests=()

	for s in "${SERVICES[@]}"; do
		requests+=("NEW_SERVICE $s")
		for i in 1 2; do
			case $s in
			*be:30080*) requests+=("NEW_DEST $s $(pod "${RIP[i]}" 90 1)") ;;
			*AF=u16:10*) requests+=("NEW_DEST $s $(pod "${RIP6[i]}" 80 1)") ;;
			*)
				port=${s#*PORT=be:}
				requests+=("NEW_DEST $s $(pod "${RIP[i]}" "${port%% *}" 1)")
				;;
			esac
		done
	done
	s=$(service 132 $WEB 36412)
	requests+=("NEW_SERVICE $s" "NEW_DEST $s $(pod "${RIP[1]}" 36412 1)")
	is "services and pods, SCTP too" "$(printf 'OK %.0s' "${requests[@]}" | sed 's/ $//')" \
		"$(ipvs "${requests[@]}" | xargs)"
	is "made again" EEXIST "$(ipvs "NEW_SERVICE ${SERVICES[0]}")"
	same "all of them" "$(ipvs 'sort GET_SERVICE dump SERVICE={ }' "GET_DEST dump $s")"
	for s in "${SERVICES[@]}"; do
		same "a service" "$(ipvs "GET_SERVICE $s" "GET_DEST dump $s")"
	done
}

use_services()
{
	is "cluster IP" "rs1=3 rs2=3" "$(get $WEB 80 6)"
	is "UDP" "rs1=3 rs2=3" "$(get $WEB 53 6 --udp --source-port 21000 --next-port)"
	is "IPv6" "rs1=2 rs2=2" "$(get $WEB6 80 4)"
	is "node port" "rs1=2 rs2=2" "$(get "$DIP" 30080 4)"
	is "from the node itself" "rs1=1 rs2=1" \
		"$(in_ns "$D" traffic get $WEB 80 -n 2 | tally)"
}

# A pod without weight loses its clients with their next connection.
use_affinity()
{
	local s=${SERVICES[2]} first other=1

	first=$(get $STICKY 80 4)
	same "affinity" "$first"
	check_match "$module: session affinity" 'rs[12]=4' "$first"
	[[ $first == rs2* ]] || other=2
	is "a pod is to end" OK "$(ipvs "SET_DEST $s $(pod "${RIP[3 - other]}" 80 0)")"
	is "its clients go to the other" "rs$other=3" "$(get $STICKY 80 3)"
}

# Connections go on until they end; then the pod is removed.
terminate_pod()
{
	local s=${SERVICES[0]} flow answer who other=1

	flow_open flow $WEB 80 --source-port 26000
	flow_ask answer "$flow"
	who=${answer%% *}
	same "the one to end" "$who"
	[[ $who == rs2 ]] || other=2
	is "$who is to end" OK "$(ipvs "SET_DEST $s $(pod "${RIP[3 - other]}" 80 0)")"
	is "new connections go elsewhere" "rs$other=3" "$(get $WEB 80 3)"
	flow_ask answer "$flow"
	is "the old one stays" "$who" "${answer%% *}"
	check_match "$module: and counts" '*ACTIVE_CONNS=u32:1 *' "$(ipvs "GET_DEST dump $s")"
	flow_close "$flow"
	poll 20 is_idle "$s" || note "$(ipvs "GET_DEST dump $s")"
	is "at its end the pod can go" OK "$(ipvs "DEL_DEST $s $(pod "${RIP[3 - other]}" 80 0)")"
	is "only one is left" "rs$other=2" "$(get $WEB 80 2)"
	is "it comes back" OK "$(ipvs "NEW_DEST $s $(pod "${RIP[3 - other]}" 80 1)")"
	is "and is used" "rs1=1 rs2=1" "$(get $WEB 80 2)"
}

is_moved()
{
	[[ $(in_ns "$C" traffic get "$WEB" 53 --udp --source-port 25000 --timeout 300) == "$1 "* ]]
}

# Of UDP pods are removed at once; who sent to one is moved.
remove_udp_pod()
{
	local s=${SERVICES[1]} first other=1

	first=$(get $WEB 53 2 --udp --source-port 25000)
	same "UDP" "$first"
	[[ $first == rs2* ]] || other=2
	is "a UDP pod is removed" OK "$(ipvs "DEL_DEST $s $(pod "${RIP[3 - other]}" 53 1)")"
	check "$module: its clients are moved" poll 10 is_moved "rs$other"
}

# What comes to a node's port is to have the node's address, or replies of pods elsewhere
# would not come back this way: iptables masquerades what has the mark. nf_vs does not let
# conntrack take part in its connections yet.
masquerade()
{
	local -A expected=([ip_vs]=node [nf_vs]=client)
	local answer

	in_ns "$D" nft -f - <<-NFT
	table ip kube {
		chain pre {
			type filter hook prerouting priority -150;
			tcp dport 30080 meta mark set 0x4000
		}
		chain post {
			type nat hook postrouting priority 100;
			meta mark 0x4000 masquerade
		}
	}
	NFT
	answer=$(in_ns "$C" traffic get "$DIP" 30080)
	answer=${answer##*peer=}
	answer=${answer%%:*}
	note "the pod sees $answer"
	case $answer in
	"$CIP") answer=client ;;
	10.1.[12].1) answer=node ;;
	esac
	check_eq "$module: whose address a pod sees" "${expected[$module]}" "$answer"
	in_ns "$D" nft delete table ip kube
}

restart_proxy()
{
	is "the interface is there" "RTNETLINK answers: File exists" \
		"$(ip -n "$D" link add kube-ipvs0 type dummy 2>&1)"
	same "after a restart" "$(ipvs 'sort GET_SERVICE dump SERVICE={ }')"
	check_eq "$module: every service has the flag HASHED" 6 \
		"$(ipvs 'sort GET_SERVICE dump SERVICE={ }' | grep -c ' FLAGS=x0[23]000000f')"
	is "services go one by one" "OK OK" "$(ipvs "DEL_SERVICE ${SERVICES[0]}" \
		"DEL_SERVICE $(service 132 $WEB 36412)" | xargs)"
	is "all go" "OK DONE" "$(ipvs FLUSH 'GET_SERVICE dump SERVICE={ }' | xargs)"
}

run()
{
	seen=()
	ip -n "$D" -batch - <<-IP
	link add kube-ipvs0 type dummy
	address add $WEB/32 dev kube-ipvs0
	address add $STICKY/32 dev kube-ipvs0
	address add $WEB6/128 dev kube-ipvs0 nodad
	IP
	start_proxy
	make_services
	use_services
	use_affinity
	terminate_pod
	remove_udp_pod
	masquerade
	restart_proxy
	ip -n "$D" link del kube-ipvs0
}

plan 92
diff_topology
load_reference
module=ip_vs
run
theirs=("${seen[@]}")
unload_reference
load_ours
module=nf_vs
run
for i in "${!theirs[@]}"; do
	check_eq "the same: ${theirs[i]%%: *}" "${theirs[i]}" "${seen[i]-}"
done
finish
