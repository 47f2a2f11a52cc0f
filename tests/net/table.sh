#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The connection table through a flood: it grows, each connection is listed exactly
# once, also while others come and go, all expire, and in the end the table is as small
# as it was and all memory has been given back; with a kernel that injects faults, also
# when there is no memory to grow into.
#
#   C .2, .3 -- D, VIP        the real servers are addresses nobody answers at
set -euo pipefail
# shellcheck source=tests/net/lib-vs.sh
. "${BASH_SOURCE[0]%/*}/lib-vs.sh"
: "${NFVS_REF:+$(skip_all 'the table of ip_vs does not grow')}"

FAILSLAB=/sys/kernel/debug/failslab
PAGES=/sys/kernel/slab/kmalloc-4k/failslab	# 512 buckets each
CIP2=10.0.0.3 SERVER=10.0.0.99
SMALLEST=512
# Of each service.  In 64 parts of the list chance does not decide whether one is
# fuller than what makes the table grow.
FLOWS=2300 SIZE=8192
[[ ! -d $FAILSLAB ]] || FLOWS=1150 SIZE=4096

table_size()
{
	[[ $(adm -L -n) =~ \(size=([0-9]+)\) ]]
	echo "${BASH_REMATCH[1]}"
}

# flood SOURCE PORT N [OPTION...]: a packet from each of N ports
flood()
{
	local source=$1 port=$2 n=$3

	shift 3
	in_ns "$C" traffic flood "$source" "$VIP" --dport "$port" --ports "$n" -n "$n" "$@" >/dev/null
}

# listed: UDP rows, different ones, and those of each service
listed()
{
	adm -L -n -c | awk -v one="$VIP:1" -v two="$VIP:2" '
		$1 == "UDP" { rows++; different += !seen[$4 " " $5]++; of[$5]++ }
		END { print rows + 0, different + 0, of[one] + 0, of[two] + 0 }'
}

# objects CACHE: in use; those that only look so are given back first
objects()
{
	echo 1 >"/sys/kernel/slab/$1/shrink"
	awk -v cache="$1" '$1 == cache { print $2 }' /proc/slabinfo
}

connections()
{
	adm -L -n -c | awk '$1 == "UDP" || $1 == "TCP"' | wc -l
}

# Clients that open a connection again once it was reset: the old one goes at once.
come_and_go()
{
	local flags

	for flags in S A R S A R S A R S A; do
		flood $CIP2 3 200 --proto tcp --flags $flags
	done
}

if [[ -d $FAILSLAB ]]; then plan 13; else plan 12; fi
topo_create 1 dr
check_eq "before the first service" $SMALLEST "$(table_size)"
ip -n "$C" address add $CIP2/24 dev eth0
ip -n "$D" neighbour add $SERVER lladdr 02:00:00:00:00:99 dev eth0
echo 100000 >/proc/sys/net/core/netdev_max_backlog
{
	echo "--set 900 120 300"
	vs_lines "-u $VIP:1" rr "-r $SERVER:1 -g"
	vs_lines "-u $VIP:2" rr "-r $SERVER:1 -m"
	vs_lines "-t $VIP:3" rr "-r $SERVER:3 -m"
} | adm -R

check_eq "a table without connections" $SMALLEST "$(table_size)"
flood $CIP 1 $FLOWS
flood $CIP 2 $FLOWS
all="$((2 * FLOWS)) $((2 * FLOWS)) $FLOWS $FLOWS"
check_eq "$((2 * FLOWS)) connections: the table has grown" $SIZE "$(table_size)"
check_eq "each is listed once" "$all" "$(listed)"
come_and_go &
busy=$! lists=0 wrong=''
while kill -0 $busy 2>/dev/null || ((lists < 2)); do
	list=$(listed)
	lists=$((lists + 1))
	[[ $list == "$all" ]] || wrong+="$list; "
done
wait $busy
check_eq "$lists lists while others come and go: each is listed once" '' "$wrong"
check_eq "those are listed, too" 200 "$(conns "$CIP2:* $VIP:3" | wc -l)"
check_eq "and were new ones each time" 600 \
	"$(adm -L --counters | awk '$1 == "conn_reused" { print $2 }')"

adm --set 1 0 1
check_soon 60 "all expire" 0 connections
check_soon 10 "the table is as small as before" $SMALLEST table_size
check_soon 20 "all connections' memory was given back" 0 objects nfvs_conn4
adm --set 0 0 300
flood $CIP 2 50
check_eq "it goes on as before" "50 50 0 50" "$(listed)"

if [[ -d $FAILSLAB ]]; then
	for setting in ignore-gfp-wait=Y cache-filter=Y verbose=0 times=1000000 probability=100; do
		echo "${setting#*=}" >"$FAILSLAB/${setting%=*}"
	done
	echo 1 >$PAGES
	flood $CIP 1 $FLOWS
	flood $CIP 2 $FLOWS
	echo 0 >$PAGES
	echo 0 >$FAILSLAB/probability
	check "the table was refused memory ($(<$FAILSLAB/times))" test "$(<$FAILSLAB/times)" -lt 1000000
else
	flood $CIP 1 $FLOWS
	flood $CIP 2 $FLOWS
fi
check_eq "grown again" "$all $SIZE" "$(listed) $(table_size)"
finish
