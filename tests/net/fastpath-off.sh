#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The switch of one service's fast path: nothing of a service with --no-fastpath is
# fast while its neighbour's packets are; -E switches it on at once and off within the
# lease.  "nfvsadm -L --stats --fastpath" is the witness, to the packet.
#
#   C 10.0.0.2 -- 10.0.0.254 D rs1 -- R1 10.1.1.2        NAT
set -euo pipefail
# shellcheck source=tests/net/lib-fast.sh
. "${BASH_SOURCE[0]%/*}/lib-fast.sh"

[[ -z ${NFVS_REF:-} ]] || skip_all "ip_vs has no fast path"
plan 36
LEASE_MAX=10000	# longer than any of the counts below takes

# ways SERVICE: connections, fast and slow packets of the service and of its servers:
# "1/38/2 rs1=1/38/2"
ways()
{
	local -a f
	local out='' name

	# shellcheck disable=SC2086 # "-u 10.0.0.100:80"
	while read -ra f; do
		case ${f[0]-} in
		TCP|UDP) name= ;;
		'->') name=$(server_name "${f[1]%:*}")= ;;
		*) continue ;;
		esac
		[[ ${f[-1]} =~ ^[0-9]+$ ]] || continue
		out+="$name${f[-3]}/${f[-2]}/${f[-1]} "
	done < <(adm -L -n --stats --fastpath --exact $1)
	echo "${out% }"
}

# fast SERVICE: how many packets of it were fast
fast()
{
	local line

	line=$(ways "$1")
	line=${line#*/}
	echo "${line%%/*}"
}

declare -A reasons_before=()
# reasons VARIABLE: why packets of the namespace were not fast, and how many leases there
# were, since the last time, from below the table
reasons()
{
	local name value out=''

	while read -r name value _; do
		[[ $name == fast_* || $name == refused_* ]] || continue
		((value == ${reasons_before[$name]:-0})) ||
			out+="$name=$((value - ${reasons_before[$name]:-0})) "
		reasons_before[$name]=$value
	done < <(adm -L -n --stats --fastpath --exact)
	printf -v "$1" %s "${out% }"
}

# check_asked DESCRIPTION SERVICE FLOW EXPECTED: ten requests, all answered, and then
# the service's counters
check_asked()
{
	ask "$3" 10
	check_eq "$1" "10 answers, $4" "$answers answers, $(ways "$2")"
}

# until_slow SERVICE FLOW: took is for how many milliseconds its packets were still
# fast.  The packets that renew a lease are slow, too, but not three in a row.
until_slow()
{
	local start=${EPOCHREALTIME/[.,]/} last=${EPOCHREALTIME/[.,]/} before now slow=0

	took=99999
	now=$(fast "$1")
	while ((${EPOCHREALTIME/[.,]/} - start < 20000000)); do
		before=$now
		ask "$2" 1
		now=$(fast "$1")
		if [[ $now -ne $before ]]; then
			slow=0 last=${EPOCHREALTIME/[.,]/}
		elif ((++slow == 3)); then
			took=$(((last - start) / 1000))
			return
		fi
	done
}

# udp: two UDP services beside each other, then the second one's switch
udp()
{
	local on="-u $svc:80" off="-u $svc:81" one two

	flow_open one "$vip" 80 --udp
	flow_open two "$vip" 81 --udp
	check_asked "v$v UDP: fast but for the first of each direction" "$on" "$one" \
		"1/18/2 rs1=1/18/2"
	check_asked "v$v UDP: all slow with --no-fastpath" "$off" "$two" "1/0/20 rs1=1/0/20"
	check_asked "v$v UDP: beside it all is fast" "$on" "$one" "1/38/2 rs1=1/38/2"

	# shellcheck disable=SC2086 # "-u 10.0.0.100:81"
	adm -e $off -r "$real:8080" -m -w 5
	check_asked "v$v UDP: slow still when a server was changed" "$off" "$two" \
		"1/0/40 rs1=1/0/40"
	# shellcheck disable=SC2086 # as above
	adm -E $off -s wrr --no-fastpath
	check_asked "v$v UDP: or the scheduler" "$off" "$two" "1/0/60 rs1=1/0/60"
	# shellcheck disable=SC2086 # as above
	adm -E $off -s wrr
	check_asked "v$v UDP: -E without it: fast from the second packet on" "$off" "$two" \
		"1/18/62 rs1=1/18/62"
	# shellcheck disable=SC2086 # as above
	adm -Z $off
	check_eq "v$v UDP: -Z" "0/0/0 rs1=0/0/0" "$(ways "$off")"

	# A lease that was granted goes on.
	# shellcheck disable=SC2086 # as above
	adm -E $off -s wrr --no-fastpath
	check_asked "v$v UDP: -E with it: fast as long as the lease runs" "$off" "$two" \
		"0/20/0 rs1=0/20/0"
	flow_close "$one"
	flow_close "$two"
}

# stop NAME SERVICE FLOW: switched off while it runs
stop()
{
	local name="v$v $1: -E with it" off="$2"

	ask "$3" 3
	# shellcheck disable=SC2086 # "-u 10.0.0.100:80"
	adm -E $off -s rr --no-fastpath
	until_slow "$off" "$3"
	# As late as the machine is slow.
	check_eq "$name stops it within the lease (after $took ms)" 1 "$((took < 1000 + 700))"
	# shellcheck disable=SC2086 # as above
	adm -Z $off
	ask "$3" 10
	check_eq "$name: all are answered, none is fast" "10 0" "$answers $(fast "$off")"
	# shellcheck disable=SC2086 # as above
	adm -E $off -s rr
	ask "$3" 10
	check_eq "$name: and is fast again without" "10 1" \
		"$answers $(($(fast "$off") > 0))"
}

topo_create 1 nat
start_servers --udp 8080 --tcp 8080
for fam in 4 6; do
	family "$fam"
	for port in 80 81; do
		switch=
		[[ $port == 80 ]] || switch=' --no-fastpath'
		echo "-A -u $svc:$port -s rr$switch"
		echo "-a -u $svc:$port -r $real:8080 -m"
		echo "-A -t $svc:$port -s rr$switch"
		echo "-a -t $svc:$port -r $real:8080 -m"
	done
done | adm -R
watch_rules
warm_up "$VIP" 80 --udp
reasons before
# Neighbours are known from here on.
in_ns "$C" traffic get "$VIP" 80 --udp >/dev/null
in_ns "$C" traffic get "$VIP6" 80 --udp >/dev/null
adm -Z

set_lease "$LEASE_MAX"
family 4
reasons before
check_eq "before: one of each family, each way" \
	"fast_readmitted=4 refused_new=2 refused_lease=2" "$before"
flow_open flow "$VIP" 81 --udp
ask "$flow" 10
reasons before
check_eq "a service's slow packets had no lease" "refused_new=1 refused_lease=19" "$before"
flow_close "$flow"
adm -Z
for fam in 4 6; do
	family "$fam"
	udp
	flow_open flow "$vip" 81
	ask "$flow" 10
	check_eq "v$v TCP: all slow with --no-fastpath" "10 0" "$answers $(fast "-t $svc:81")"
	flow_close "$flow"
	flow_open flow "$vip" 80
	ask "$flow" 10
	check_eq "v$v TCP: and fast without" "10 1" "$answers $(($(fast "-t $svc:80") >= 18))"
	flow_close "$flow"
done

set_lease 1000
for fam in 4 6; do
	family "$fam"
	flow_open flow "$vip" 80 --udp
	stop UDP "-u $svc:80" "$flow"
	flow_close "$flow"
	flow_open flow "$vip" 80
	stop TCP "-t $svc:80" "$flow"
	flow_close "$flow"
done

family 4
total=$(ways "-u $svc:80")
adm -d -u "$svc:80" -r "$real:8080"
check_eq "what a server that was removed counted stays in its service" "${total%% *}" \
	"$(ways "-u $svc:80")"
adm -E -u "$svc:81" -s rr --no-fastpath
adm -R <<TABLE
-D -u $svc:81
-A -u $svc:81 -s rr
-a -u $svc:81 -r $real:8080 -m
TABLE
set_lease "$LEASE_MAX"
flow_open flow "$VIP" 81 --udp
check_asked "a service made again does not inherit the switch" "-u $svc:81" "$flow" \
	"1/18/2 rs1=1/18/2"
finish
