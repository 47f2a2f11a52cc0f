#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Bug: a device could not be removed while a destination kept a route that leads over
# it or to an address of it ("waiting for ... to become free"), for ever.
#
# All methods, both families, servers behind the device and on it; afterwards there is
# no route, and with the device back the same connections go on.
#
#   C 10.0.0.2 -- 10.0.0.254 D rs1 -- R1 10.1.1.2       the device rs1 is removed
#                  VIP .100    own 10.7.0.1             and the device own
set -euo pipefail
# shellcheck source=tests/net/lib-vs.sh
. "${BASH_SOURCE[0]%/*}/lib-vs.sh"

[[ -z ${NFVS_REF:-} ]] || skip_all "ip_vs has the bug: the kernel would hang"
plan 7
topo_create 1 nat
OWN=10.7.0.1 OWN6=2001:db8:7::1

own_device()
{
	echo "link add own type dummy"
	echo "address add $OWN/24 dev own"
	echo "address add $OWN6/64 dev own nodad"
	echo "link set own up"
}
own_device | ip -n "$D" -batch -

methods=(-m -g -i)
for i in 0 1 2; do
	vs_lines "-u $VIP:4$i" rr "-r ${RIP[1]}:4$i ${methods[i]}"
	vs_lines "-u [$VIP6]:4$i" rr "-r [${RIP6[1]}]:4$i ${methods[i]}"
	vs_lines "-u $VIP:5$i" rr "-r $OWN:5$i ${methods[i]}"
	vs_lines "-u [$VIP6]:5$i" rr "-r [$OWN6]:5$i ${methods[i]}"
done | adm -R

# send_all: a datagram for each service; dropped: how many went nowhere since
# the last time
send_all()
{
	local i

	for i in 40 41 42 50 51 52; do
		echo "traffic send $CIP $VIP --sport 4000 --dport $i --payload 4"
		echo "traffic send $CIP6 $VIP6 --sport 4000 --dport $i --payload 4"
	done | in_ns "$C" bash -e
}

dropped_before=0
# shellcheck disable=SC2317 # check_soon calls it
dropped()
{
	adm -L --counters | awk -v before="$dropped_before" \
		'$1 == "drop_no_route" { print $2 - before }'
}

# shellcheck disable=SC2317 # check_soon calls it
entries_nr()
{
	conns | wc -l
}

send_all
check_soon 20 "each has a connection" 12 entries_nr
check_soon 20 "and a route" 0 dropped
entries=$(conns)

# The removal waits for whoever has a reference: in the kernel, so it cannot be told
# to stop.
remove()
{
	ip -n "$D" link delete "$1" &
	check "the device $1 can be removed" poll 60 prog_gone "$!"
}

# shellcheck disable=SC2317 # poll calls it
prog_gone()
{
	! kill -0 "$1" 2>/dev/null
}

remove rs1
remove own
send_all
check_soon 20 "without the devices there is no route" 12 dropped
# Once, at a load of 7, it was 11: where is the other one?
[[ $equal_last == 12 ]] || note "$(adm -L --counters; ip -n "$C" -s neighbour
	in_ns "$C" grep eth0 /proc/net/dev; in_ns "$D" grep eth0 /proc/net/dev)"

ip -n "$D" -batch - <<-IP
link add name rs1 type veth peer name eth0 netns $R1
link set rs1 up
address add 10.1.1.1/24 dev rs1
address add 2001:db8:1:1::1/64 dev rs1 nodad
$(own_device)
IP
ip -n "$R1" -batch - <<-IP
link set eth0 up
address add ${RIP[1]}/24 dev eth0
address add ${RIP6[1]}/64 dev eth0 nodad
IP
dropped_before=12
send_all
check_soon 20 "with new ones there is again" 0 dropped
check_eq "for the same connections" "$entries" "$(conns)"
finish
