# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# To be sourced by scenarios: KTAP, topologies of network namespaces, servers.
#
# A scenario is:
#	#!/bin/bash
#	# SPDX..., what it proves, a drawing
#	set -euo pipefail
#	. "${BASH_SOURCE[0]%/*}/lib.sh"
#	plan 2
#	topo_create 2 dr
#	...
#	check_eq "twelve requests, six each" "rs1=6 rs2=6" \
#		"$(in_ns "$C" traffic get "$VIP" 80 -n 12 | tally)"
#	finish
#
# A command that fails outside a check ends the scenario as failed and names the
# line.  Processes are slow to start under emulation: use few.

set -euo pipefail
set -E

ktap_plan=0
ktap_nr=0
ktap_bad=0
ktap_finished=0
ktap_error=
topo_nr=0
topo_all=()
server_pids=()
capture_pid=
capture_fd=

# A descriptor that never has anything to read: waiting without a process.
exec {poll_fd}<> <(:)

on_error()
{
	# The innermost place is told first and is the one that matters.
	[[ -n $ktap_error || $BASH_SUBSHELL -gt 0 ]] || ktap_error="$1: '$2' gave $3"
}

on_exit()
{
	local rc=$?

	trap - ERR
	set +e
	topo_destroy
	if [[ $rc -eq 4 && $ktap_nr -eq 0 ]]; then
		exit 4
	fi
	if [[ $ktap_finished -eq 0 ]]; then
		echo "# ended early at ${ktap_error:-an exit with status $rc}"
		exit 1
	fi
	exit "$rc"
}

trap 'on_error "${BASH_SOURCE[0]##*/}:$LINENO" "$BASH_COMMAND" "$?"' ERR
trap on_exit EXIT
trap 'exit 130' INT TERM

# plan N: to be called first
plan()
{
	ktap_plan=$1
	echo "1..$1"
}

# skip_all REASON: the kernel lacks what the scenario needs
skip_all()
{
	echo "1..0 # SKIP $*"
	exit 4
}

ktap_result()
{
	ktap_nr=$((ktap_nr + 1))
	if [[ $1 -eq 0 ]]; then
		echo "ok $ktap_nr $2"
	else
		ktap_bad=$((ktap_bad + 1))
		echo "not ok $ktap_nr $2"
	fi
}

# Lines of text as KTAP comments.
note()
{
	local text=$*

	[[ -z $text ]] || echo "#   ${text//$'\n'/$'\n'#   }"
}

# check DESCRIPTION COMMAND...: the command succeeds
check()
{
	local desc=$1 out rc=0

	shift
	out=$("$@" 2>&1) || rc=$?
	[[ $rc -eq 0 ]] || note "$* gave $rc"$'\n'"$out"
	ktap_result "$rc" "$desc"
}

# check_eq DESCRIPTION EXPECTED ACTUAL
check_eq()
{
	if [[ $2 == "$3" ]]; then
		ktap_result 0 "$1"
		return
	fi
	note "expected: $2"
	note "actual:   $3"
	ktap_result 1 "$1"
}

# check_match DESCRIPTION PATTERN ACTUAL: a shell pattern for the whole text
check_match()
{
	# shellcheck disable=SC2053 # a pattern is meant
	if [[ $3 == $2 ]]; then
		ktap_result 0 "$1"
		return
	fi
	note "expected: $2"
	note "actual:   $3"
	ktap_result 1 "$1"
}

# check_fails DESCRIPTION STATUS TEXT COMMAND...: fails with exactly this status
# and says TEXT somewhere
check_fails()
{
	local desc=$1 status=$2 text=$3 out rc=0

	shift 3
	out=$("$@" 2>&1) || rc=$?
	if [[ $rc -eq $status && $out == *"$text"* ]]; then
		ktap_result 0 "$desc"
		return
	fi
	note "$* gave $rc, expected $status and '$text'"$'\n'"$out"
	ktap_result 1 "$desc"
}

# poll SECONDS COMMAND...: until the command succeeds; fails after SECONDS
poll()
{
	local end=$((${EPOCHREALTIME/[.,]/} + $1 * 1000000))

	shift
	until "$@"; do
		((${EPOCHREALTIME/[.,]/} < end)) || return 1
		read -rt 0.05 -u "$poll_fd" || :
	done
}

# To be called last.
finish()
{
	if [[ $ktap_nr -ne $ktap_plan ]]; then
		note "plan was $ktap_plan, done were $ktap_nr"
		ktap_bad=$((ktap_bad + 1))
	fi
	ktap_finished=1
	[[ $ktap_bad -eq 0 ]] || exit 1
	exit 0
}

# in_ns NAMESPACE COMMAND...: cheaper than ip netns exec, but /sys is not the
# namespace's
in_ns()
{
	local ns=$1

	shift
	nsenter --net="/run/netns/$ns" "$@"
}

# adm ARGUMENT...: the command under test, on the director; ipvsadm when
# tests/vm/run --reference proves the scenario itself
ADM=${NFVS_REF:+ipvsadm}
ADM=${ADM:-nfvsadm}
adm()
{
	in_ns "$D" "$ADM" "$@"
}

# Addresses of both topologies.
export VIP=10.0.0.100 VIP6=2001:db8::100
export CIP=10.0.0.2 CIP6=2001:db8::2		# client
export DIP=10.0.0.254 DIP6=2001:db8::254	# director
RIP=() RIP6=()					# real servers, from 1

# topo_create N [nat|dr]: namespaces C (client), D (director), R[1..N], also
# as R1 R2...; RIP[] and RIP6[] are the real servers' addresses.
#
# nat:  C eth0 -- eth0 D rs1 -- eth0 R1      10.0.0.0/24, 10.1.<n>.0/24
#                      D rs2 -- eth0 R2      2001:db8::/64, 2001:db8:1:<n>::/64
#       default routes of C and R* lead through D
#
# dr:   C eth0 --+-- eth0 D                  all on 10.0.0.0/24, 2001:db8::/64
#               SW                           VIP also on lo of each R, which
#      R1 eth0 --+-- eth0 R2                 neither answers nor announces it
#
# Call it again for a second, separate set; save C, D and R before.
topo_create()
{
	local count=$1 kind=${2:-nat} id i

	id=$$-$((++topo_nr))
	C=c-$id D=d-$id SW=sw-$id
	R=() RIP=() RIP6=()
	for ((i = 1; i <= count; i++)); do
		R[i]=r$i-$id
		declare -g "R$i=${R[i]}"
		if [[ $kind == nat ]]; then
			RIP[i]=10.1.$i.2 RIP6[i]=2001:db8:1:$i::2
		else
			RIP[i]=10.0.0.$((10 + i)) RIP6[i]=2001:db8::$((10 + i))
		fi
	done

	topo_all+=("$C" "$D" "${R[@]}")
	[[ $kind == nat ]] || topo_all+=("$SW")
	topo_namespaces "$kind"
	# A switch only passes frames on; it has nothing to say itself.
	[[ $kind == nat ]] || in_ns "$SW" \
		sh -c 'echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6'
	case $kind in
	nat) topo_links_nat | ip -batch - ;;
	dr) topo_links_dr | ip -batch - ;;
	*) echo "topo_create: no topology '$kind'" >&2; return 1 ;;
	esac
	[[ $kind == nat ]] || topo_batch_switch | ip -n "$SW" -batch -
	topo_batch_director "$kind" | ip -n "$D" -batch -
	topo_batch_client | ip -n "$C" -batch -
	for ((i = 1; i <= count; i++)); do
		topo_batch_rs "$kind" "$i" | ip -n "${R[i]}" -batch -
	done
}

# New namespaces inherit the settings of the first one: no process per setting.
# The director is made while that one forwards.
topo_namespaces()
{
	local set=/proc/sys/net ns file

	echo 1 >$set/core/devconf_inherit_init_net
	for file in $set/ipv4/conf/{all,default}/{rp_filter,send_redirects} \
		$set/ipv6/conf/{all,default}/{accept_dad,router_solicitations,accept_ra}; do
		echo 0 >"$file"
	done
	# A real server must not answer ARP for the VIP on its lo; the director has
	# the VIP on eth0 itself and answers for it.
	for ns in all default; do
		echo 1 >$set/ipv4/conf/$ns/arp_ignore
		echo 2 >$set/ipv4/conf/$ns/arp_announce
	done
	echo 1 >$set/ipv4/ip_forward
	echo 1 >$set/ipv6/conf/all/forwarding
	ip netns add "$D"
	echo 0 >$set/ipv4/ip_forward
	echo 0 >$set/ipv6/conf/all/forwarding
	for ns in "${topo_all[@]}"; do
		[[ -e /run/netns/$ns ]] || echo "netns add $ns"
	done | ip -batch -
}

topo_links_nat()
{
	local i

	echo "link add name eth0 netns $C type veth peer name eth0 netns $D"
	for i in "${!R[@]}"; do
		echo "link add name rs$i netns $D type veth peer name eth0 netns ${R[i]}"
	done
}

topo_links_dr()
{
	local i

	echo "link add name br0 netns $SW type bridge forward_delay 0 mcast_snooping 0"
	echo "link add name c netns $SW type veth peer name eth0 netns $C"
	echo "link add name d netns $SW type veth peer name eth0 netns $D"
	for i in "${!R[@]}"; do
		echo "link add name r$i netns $SW type veth peer name eth0 netns ${R[i]}"
	done
}

topo_batch_switch()
{
	local port

	echo "link set dev lo up"
	echo "link set dev br0 up"
	for port in c d "${!R[@]}"; do
		[[ $port == [cd] ]] || port=r$port
		echo "link set dev $port master br0 up"
	done
}

# topo_batch_host IPV4 IPV6: what every namespace but the switch has
topo_batch_host()
{
	echo "link set dev lo up"
	echo "link set dev eth0 up"
	echo "address add $1/24 dev eth0"
	echo "address add $2/64 dev eth0 nodad"
}

topo_batch_director()
{
	local i

	topo_batch_host "$DIP" "$DIP6"
	echo "address add $VIP/32 dev eth0"
	echo "address add $VIP6/128 dev eth0 nodad"
	[[ $1 == nat ]] || return 0
	for i in "${!R[@]}"; do
		echo "link set dev rs$i up"
		echo "address add 10.1.$i.1/24 dev rs$i"
		echo "address add 2001:db8:1:$i::1/64 dev rs$i nodad"
	done
}

topo_batch_client()
{
	topo_batch_host "$CIP" "$CIP6"
	echo "route add default via $DIP"
	echo "route add default via $DIP6"
}

topo_batch_rs()
{
	local i=$2

	topo_batch_host "${RIP[i]}" "${RIP6[i]}"
	if [[ $1 == nat ]]; then
		echo "route add default via 10.1.$i.1"
		echo "route add default via 2001:db8:1:$i::1"
	else
		echo "address add $VIP/32 dev lo"
		echo "address add $VIP6/128 dev lo nodad"
	fi
}

# topo_destroy: also called at exit
topo_destroy()
{
	local ns

	capture_stop
	[[ ${#server_pids[@]} -eq 0 ]] || kill "${server_pids[@]}" 2>/dev/null || :
	server_pids=()
	[[ ${#topo_all[@]} -gt 0 ]] || return 0
	for ns in "${topo_all[@]}"; do
		[[ ! -e /run/netns/$ns ]] || echo "netns delete $ns"
	done | ip -batch - || :
	topo_all=()
}

# start_server NAMESPACE ARGUMENT...: traffic serve ARGUMENT..., back when it
# listens; server_pid is its process
start_server()
{
	local ns=$1 fd line

	shift
	exec {fd}< <(exec nsenter --net="/run/netns/$ns" traffic serve "$@")
	server_pid=$!
	server_pids+=("$server_pid")
	if ! read -rt 20 -u "$fd" line || [[ $line != ready ]]; then
		echo "start_server $ns $*: did not start" >&2
		return 1
	fi
	exec {fd}<&-
}

# start_servers ARGUMENT...: on each real server, named rs1, rs2...
start_servers()
{
	local i

	for i in "${!R[@]}"; do
		start_server "${R[i]}" "rs$i" "$@"
	done
}

# capture_start NAMESPACE DEVICE ARGUMENT...: traffic capture, back when it
# listens; capture_next reads what it says
capture_start()
{
	local ns=$1 line

	shift
	capture_stop
	exec {capture_fd}< <(exec nsenter --net="/run/netns/$ns" traffic capture "$@")
	capture_pid=$!
	if ! read -rt 20 -u "$capture_fd" line || [[ $line != ready ]]; then
		echo "capture_start $ns $*: did not start" >&2
		return 1
	fi
}

# capture_next [SECONDS]: the next packet in $packet, or "nothing" if none comes
capture_next()
{
	IFS= read -rt "${1:-20}" -u "$capture_fd" packet || packet=nothing
}

capture_stop()
{
	[[ -n $capture_pid ]] || return 0
	kill "$capture_pid" 2>/dev/null || :
	exec {capture_fd}<&-
	capture_pid=
}

# tally: how many of the answers on standard input came from whom, sorted, as
# "rs1=6 rs2=6"; errors count by their text with dashes for spaces
tally()
{
	local line name out=''
	local -A count=()

	while IFS= read -r line; do
		name=${line%% *}
		[[ $line != error:* ]] || name=${line// /-}
		count[$name]=$((${count[$name]:-0} + 1))
	done
	for name in $([[ ${#count[@]} -eq 0 ]] || printf '%s\n' "${!count[@]}" | sort -V); do
		out+="$name=${count[$name]} "
	done
	echo "${out% }"
}

# iface_count NAMESPACE DEVICE [rt]x_{packets,bytes,errors,dropped}
iface_count()
{
	local dev line
	local -a f

	while IFS=': ' read -r dev line; do
		[[ $dev == "$2" ]] || continue
		read -ra f <<<"$line"
		case $3 in
		rx_bytes) echo "${f[0]}" ;;
		rx_packets) echo "${f[1]}" ;;
		rx_errors) echo "${f[2]}" ;;
		rx_dropped) echo "${f[3]}" ;;
		tx_bytes) echo "${f[8]}" ;;
		tx_packets) echo "${f[9]}" ;;
		tx_errors) echo "${f[10]}" ;;
		tx_dropped) echo "${f[11]}" ;;
		*) return 1 ;;
		esac
		return 0
	done < <(in_ns "$1" cat /proc/net/dev)
	return 1
}
