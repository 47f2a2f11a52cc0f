#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What settings of net.ipv4.vs do against too much: drop_packet, drop_entry, and when
# memory is short, by themselves; run_estimation and est_cpulist.
#
#   C -- D -- R1
set -euo pipefail
# shellcheck source=tests/net/lib-vs.sh
. "${BASH_SOURCE[0]%/*}/lib-vs.sh"

HALF_OPEN=400
VS=/proc/sys/net/ipv4/vs

plan 24
topo_create 1 nat
# The servers are silent: their answers would change states at any time.
in_ns "$R1" nft -f - <<-NFT
table inet mute {
	chain input {
		type filter hook input priority 0;
		meta l4proto tcp drop
		meta l4proto udp drop
	}
}
NFT
{
	vs_lines "-t $VIP:80" rr "-r ${RIP[1]}:80 -m"
	vs_lines "-u $VIP:80" rr "-r ${RIP[1]}:80 -m"
	vs_lines "-u [$VIP6]:80" rr "-r [${RIP6[1]}]:80 -m"
} | adm -R

vs()
{
	in_ns "$D" sysctl -qw "${@/#/net.ipv4.vs.}"
}

modes()
{
	in_ns "$D" cat $VS/drop_entry $VS/drop_packet $VS/secure_tcp | tr '\n' ' '
}

# flood PROTO PORTS [ARGUMENT...]: that many flows, a packet each
flood()
{
	in_ns "$C" traffic flood "$CIP" "$VIP" --proto "$1" --ports "$2" -n "$2" "${@:3}" \
		>/dev/null
}

rows()
{
	conns | wc -l
}

# in_state STATE: how many connections are
in_state()
{
	conns | grep -c " $1 " || :
}

# fewer N COMMAND...: it says a number below N, not 0
# shellcheck disable=SC2317 # poll calls it
fewer()
{
	local n

	n=$("${@:2}")
	((n < $1 && n > 0))
}

# ---- modes ----

check_eq "all off" "0 0 0 " "$(modes)"
vs drop_entry=2 drop_packet=2 secure_tcp=2
check_eq "automatic: off while there is memory" "1 1 1 " "$(modes)"
flood udp 10
check_soon 10 "automatic: nothing is dropped" 10 rows
vs amemthresh=2147483647
check_soon 10 "automatic: on when memory is short" "2 2 2 " modes
flood udp 20
in_ns "$C" traffic send "$CIP6" "$VIP6" --proto udp --sport 4000 --dport 80
check_eq "automatic: no new connection while there is almost none" 10 "$(rows)"
vs amemthresh=0
check_soon 10 "automatic: off again" "1 1 1 " modes
flood udp 12
check_soon 10 "automatic: all are welcome again" 12 rows
vs drop_entry=0 drop_packet=0 secure_tcp=0 amemthresh=1024

# ---- drop_packet: every so manieth ----

vs am_droprate=3 drop_packet=3
flood udp 24
# Twelve of these are known; of the others each third is dropped, the first one at once.
check_soon 10 "drop_packet 3: one new connection in am_droprate is dropped" 20 rows
flood udp 12
check_eq "drop_packet 3: those that are known are not" 20 "$(rows)"
vs drop_packet=0 am_droprate=1
vs drop_packet=3
flood udp 30
check_eq "drop_packet 3, am_droprate 1: none gets in" 20 "$(rows)"
vs am_droprate=0
# Within a second.
flood_one()
{
	in_ns "$C" traffic send "$CIP" "$VIP" --proto udp --sport 4001 --dport 80
	[[ $(rows) == 21 ]]
}
check "drop_packet 3, am_droprate 0: all do" poll 10 flood_one
vs drop_packet=0 am_droprate=10
flood udp 24
check_eq "drop_packet 0" 25 "$(rows)"

# ---- drop_entry: half-open ones go ----

for ((port = 1001; port <= 1016; port++)); do
	echo "$CIP $VIP --proto tcp --sport $port --dport 80 --flags S --then A"
done | in_ns "$C" xargs -L 1 traffic send
flood tcp $HALF_OPEN
check_soon 10 "open connections" 16 in_state ESTABLISHED
check_eq "half-open ones" $HALF_OPEN "$(in_state SYN_RECV)"
vs drop_entry=3
check "drop_entry 3: some half-open ones go" poll 30 fewer $((HALF_OPEN - 20)) in_state SYN_RECV
check_eq "drop_entry 3: open ones stay" 16 "$(in_state ESTABLISHED)"
check_eq "drop_entry 3: so do those of UDP, for now" 25 "$(in_state UDP)"
vs drop_entry=0
left=$(in_state SYN_RECV)
check "drop_entry 3: not all at once" test "$left" -gt $((HALF_OPEN / 4))
check_eq "drop_entry 3: the server's share agrees" "rs1=$((16 + left))/0" "$(active -t "$VIP:80")"

# ---- estimation ----

# packets_per_second: of the UDP service
pps()
{
	adm -L -n --rate -u "$VIP:80" | while read -ra f; do
		[[ ${f[0]} != UDP ]] || echo "${f[3]}"
	done
}
# shellcheck disable=SC2317 # poll calls it
is_not()
{
	[[ $(pps) != "$1" ]]
}

if [[ ! -e $VS/est_cpulist ]]; then
	for i in 1 2 3 4 5; do
		check "no est_cpulist in this ip_vs, whose estimator is another one ($i)" true
	done
	finish
fi
flood udp 24 -n 4000
check "a rate" poll 20 is_not 0
vs run_estimation=0
# What was under way ends.
poll 3 false || :
frozen=$(pps)
poll 6 is_not "$frozen" && changed=yes || changed=no
check_eq "run_estimation 0: it is frozen" no "$changed"
vs run_estimation=1
check "run_estimation 1: it goes on" poll 20 is_not "$frozen"
in_ns "$D" sh -c "echo >$VS/est_cpulist"
poll 3 false || :
frozen=$(pps)
poll 6 is_not "$frozen" && changed=yes || changed=no
check_eq "est_cpulist empty: it is frozen" no "$changed"
in_ns "$D" sh -c "echo 0 >$VS/est_cpulist"
check "est_cpulist 0: it goes on" poll 20 is_not "$frozen"
finish
