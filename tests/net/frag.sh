#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# nfvs: mods ipip ip6_tunnel
# Fragments of both families, in both directions and all orders, by NAT, DR and
# TUN; broken ones do no harm.
#
#   C --- D --- R1        nat topology
#   C, D, R1 on a switch  dr topology
set -euo pipefail
# shellcheck source=tests/net/lib-vs.sh
. "${BASH_SOURCE[0]%/*}/lib-vs.sh"
packet=

plan 36

family()
{
	v=$1
	if [[ $v == 4 ]]; then
		client=$CIP vip=$VIP rip=${RIP[1]} svc=$VIP real=$rip peer=$CIP
	else
		client=$CIP6 vip=$VIP6 rip=${RIP6[1]} svc="[$VIP6]" real="[$rip]" peer="[$CIP6]"
	fi
}

# send ARGUMENT...: a datagram of 3000 bytes in three fragments, or parts of it
send()
{
	in_ns "$C" traffic send "$client" "$vip" --payload 3000 "$@"
}

# The capture shows the server's answers, which tell how much came together.
answer()
{
	capture_next
	packet=${packet##*\"rs1 }
	packet=${packet%\"}
}

# method NAME LETTER PORT
method()
{
	local local=$real order id sport=4000 all='' expected=''

	[[ $2 == m ]] || local=$svc
	adm -A -u "$svc:$3" -s rr
	adm -a -u "$svc:$3" -r "$real:$3" "-$2"

	check_eq "v$v $1: 8000 bytes there and back" \
		"rs1 peer=$peer:5000 local=$local:$3 got=8000 reply=8000" \
		"$(in_ns "$C" traffic get "$vip" "$3" --udp --source-port 5000 \
			--bytes 8000 --reply 8000)"

	capture_start "$C" eth0 --proto udp --text
	id=$((100 * $3))
	for order in 0,1,2 0,2,1 1,0,2 1,2,0 2,0,1 2,1,0; do
		send --dport "$3" --sport $((++sport)) --id $((++id)) --frag 1000,1000 \
			--order "$order"
		answer
		all+="$order $packet"$'\n'
		expected+="$order peer=$peer:$sport local=$local:$3 got=3000"$'\n'
	done
	check_eq "v$v $1: three fragments in all orders" "$expected" "$all"

	send --dport "$3" --sport 4100 --id $((++id)) --frag 1000,1000 --order 0,0,1,1,2
	answer
	check_eq "v$v $1: the same fragments twice" \
		"peer=$peer:4100 local=$local:$3 got=3000" "$packet"

	send --dport "$3" --sport 4101 --id $((++id)) --frag 1000,1000 --order 0,2
	send --dport "$3" --sport 4102 --id $((++id)) --frag 1000,1000 --order 1,2
	in_ns "$C" traffic send "$client" "$vip" --dport "$3" --sport 4103
	answer
	check_eq "v$v $1: what is not complete does not arrive, what follows does" \
		"peer=$peer:4103 local=$local:$3 got=0" "$packet"

	send --dport "$3" --sport 4104 --id $((++id)) --frag 1000,1000 --order 0
	send --dport "$3" --sport 4104 --id $id --frag 800,1200 --order 1
	in_ns "$C" traffic send "$client" "$vip" --dport "$3" --sport 4105
	answer
	check_eq "v$v $1: overlapping fragments do not arrive, what follows does" \
		"peer=$peer:4105 local=$local:$3 got=0" "$packet"
	capture_stop

	check_soon "$STATS_LAG" "v$v $1: a connection for each flow that arrived" 10 \
		conns_of -u "$svc:$3"
}

topo_create 1 nat
start_servers --udp 80
for fam in 4 6; do
	family "$fam"
	method NAT m 80
done

topo_destroy
topo_create 1 dr
# A tunnel from the address that the server has itself would be refused there.
ip -n "$D" address change "$VIP6/128" dev eth0 preferred_lft 0
ip -n "$R1" -batch - <<-BATCH
	link set tunl0 up
	link add tun6 type ip6tnl mode ip6ip6 local ${RIP6[1]} remote any
	link set tun6 up
BATCH
start_servers --udp 80 --udp 81
for fam in 4 6; do
	family "$fam"
	method DR g 80
done
# As large as the client's own link allows, a fragment would not fit in a tunnel.
ip -n "$C" -batch - <<-BATCH
	route add $VIP/32 dev eth0 mtu 1400
	route add $VIP6/128 dev eth0 mtu 1400
BATCH
for fam in 4 6; do
	family "$fam"
	method TUN i 81
done
finish
