#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# nfvs: timeout 600
# Namespaces do not know of each other, and everything may go away at any time:
# a namespace, its services, the module, while packets come.
#
#   C -- D -- R1, R2      twice, with the same addresses and ports
set -euo pipefail
# shellcheck source=tests/net/lib-vs.sh
. "${BASH_SOURCE[0]%/*}/lib-vs.sh"

FLOWS=10000

plan 19

# ---- two directors with the same addresses ----

topo_create 2 nat
start_server "$R1" a1 --tcp 80 --udp 53
start_server "$R2" a2 --tcp 80 --udp 53
AC=$C AD=$D
topo_create 2 nat
start_server "$R1" b1 --tcp 80 --udp 53
start_server "$R2" b2 --tcp 80 --udp 53
BC=$C BD=$D

D=$AD
{
	vs_lines "-t $VIP:80" rr "-r ${RIP[1]}:80 -m" "-r ${RIP[2]}:80 -m"
	vs_lines "-u [$VIP6]:53" rr "-r [${RIP6[1]}]:53 -m"
} | adm -R
D=$BD
vs_lines "-t $VIP:80" wrr "-r ${RIP[1]}:80 -m -w 3" "-r ${RIP[2]}:80 -m" | adm -R

# got CLIENT ADDRESS PORT ARGUMENT...: who answered how often
got()
{
	in_ns "$1" traffic get "${@:2}" | tally
}

a_split=$(got "$AC" "$VIP" 80 -n 8) b_split=$(got "$BC" "$VIP" 80 -n 8)
check_eq "one director's rules" "a1=4 a2=4" "$a_split"
check_eq "the other's, for the same service" "b1=6 b2=2" "$b_split"
check_eq "a service of the first only" "a1=2" "$(got "$AC" "$VIP6" 53 --udp -n 2)"
check_eq "is none of the second" "error:-Connection-refused=1" \
	"$(got "$BC" "$VIP6" 53 --udp || :)"
D=$AD
check_eq "counters of the first" "8" "$(conns_of -t "$VIP:80")"
D=$BD
check_eq "counters of the second" "8" "$(conns_of -t "$VIP:80")"
D=$AD
adm -C
check_eq "flushing the first one leaves the second alone" "b1=3 b2=1" "$(got "$BC" "$VIP" 80 -n 4)"

# ---- under load ----

# flood CLIENT SOURCE SERVICE PORT: new connections all the time until it is stopped
flood()
{
	nsenter --net="/run/netns/$1" traffic flood "$2" "$3" --proto udp --dport "$4" \
		--ports 5000 --payload 32 --seconds 3600 >/dev/null 2>&1 &
	flood_pid=$!
}

stop_flood()
{
	kill "$flood_pid" 2>/dev/null || :
	wait "$flood_pid" 2>/dev/null || :
}

# arrives NAMESPACE: more packets than when it was asked last?
arrived=-1
arrives()
{
	local before=$arrived

	arrived=$(iface_count "$1" eth0 rx_packets)
	((before >= 0 && arrived > before))
}

# check_arrives DESCRIPTION NAMESPACE
check_arrives()
{
	arrived=-1
	check "$1" poll 30 arrives "$2"
}

D=$AD
A1=r1-${AD#d-}
first_rule()
{
	vs_lines "-u $VIP:53" wlc "-r ${RIP[1]}:53 -m" | adm -R
}

first_rule
flood "$AC" "$CIP" "$VIP" 53
check_arrives "load reaches the server" "$A1"

change="-D -u $VIP:53
-A -u $VIP:53 -s SCHED
-a -u $VIP:53 -r ${RIP[1]}:53 -m -w 3
-a -u $VIP:53 -r ${RIP[2]}:53 -g -x 100 -y 50"
changes=0
for sched in rr wrr lc wlc rr wrr lc wlc; do
	adm -R <<<"${change//SCHED/$sched}"
	adm -e -u "$VIP:53" -r "${RIP[1]}:53" -m -w 7
	adm -d -u "$VIP:53" -r "${RIP[2]}:53"
	adm -Z
	adm -C
	first_rule
	changes=$((changes + 1))
done
check_eq "services, servers, schedulers change under load" 8 "$changes"
check_arrives "packets pass afterwards" "$A1"

# ---- a namespace goes ----

is_gone()
{
	[[ ! -e /run/netns/$1 ]]
}

ip netns delete "$AD"
check "the first director's namespace is deleted under load" is_gone "$AD"
check_eq "the second director goes on" "b1=3 b2=1" "$(got "$BC" "$VIP" 80 -n 4)"
stop_flood

# ---- the module goes ----

module_in()
{
	insmod "$NFVS_BUILD/nf_vs.ko" dyndbg=+p
}

is_unloaded()
{
	rmmod nf_vs 2>/dev/null
}

D=$BD
vs_lines "-u $VIP:53" lc "-r ${RIP[1]}:53 -m" "-r ${RIP[2]}:53 -m" | adm -R
flood "$BC" "$CIP" "$VIP" 53
check_arrives "load reaches the second director's server" "$R1"
for i in 1 2 3; do
	check "rmmod under load, $i" poll 60 is_unloaded
	module_in
	vs_lines "-u $VIP:53" lc "-r ${RIP[1]}:53 -m" "-r ${RIP[2]}:53 -m" | adm -R
done
check_arrives "loaded again, it balances again" "$R1"
stop_flood

# ---- the connection table follows the load ----

table_size()
{
	local line

	read -r line < <(adm -L -n)
	line=${line#*size=}
	echo "${line%)}"
}

is_small()
{
	(($(table_size) <= 1024))
}

adm -C
# None may expire before the last one comes, however slow the machine.
adm --set 0 0 300
vs_lines "-u $VIP:53" rr "-r ${RIP[1]}:53 -m" | adm -R
in_ns "$BC" traffic flood "$CIP" "$VIP" --proto udp --dport 53 --ports $FLOWS -n $FLOWS >/dev/null
size=$(table_size)
check "$FLOWS connections: the table has grown (size $size)" test "$size" -ge 8192
adm --set 0 0 1
check "they expire: it shrinks again" poll 60 is_small

finish
