#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Where rules see balanced packets, and that they are obeyed (compat.md 5.2): INPUT
# the client's packet, OUTPUT and POSTROUTING what is sent to the server, FORWARD
# the server's reply before it is rewritten, POSTROUTING after; packets of balanced
# connections are not tracked, so NAT rules leave them alone.  Both families.
#
#   C --- D --- R1        nat topology, rules on D
set -euo pipefail
# shellcheck source=tests/net/lib-vs.sh
. "${BASH_SOURCE[0]%/*}/lib-vs.sh"

plan 32

family()
{
	v=$1
	if [[ $v == 4 ]]; then
		client=$CIP vip=$VIP rip=${RIP[1]} svc=$VIP real=$rip peer=$CIP ip=ip ipip=4
	else
		client=$CIP6 vip=$VIP6 rip=${RIP6[1]} svc="[$VIP6]" real="[$rip]" peer="[$CIP6]"
		ip=ip6 ipip=41
	fi
}

rules()
{
	in_ns "$D" nft -f -
}

# chain NAME HOOK PRIORITY: counters NAME_vip, NAME_vport: to and from VIP:80;
# NAME_real: to and from the real server's port 8080; NAME_tunnel: encapsulated
chain()
{
	echo "counter $1_vport { }; counter $1_real { }; counter $1_tunnel { };"
	echo "chain $1 { type filter hook $2 priority $3;
		$ip daddr $vip udp dport 80 counter name $1_vport
		$ip saddr $vip udp sport 80 counter name $1_vport
		$ip daddr $rip udp dport 8080 counter name $1_real
		$ip saddr $rip udp sport 8080 counter name $1_real
		$ip daddr $rip meta l4proto $ipip counter name $1_tunnel
	}"
}

watch_hooks()
{
	{
		echo "table inet watch { }; delete table inet watch;"
		echo "table inet watch {"
		chain pre prerouting -300
		chain in input 0
		chain in_late input 101
		chain out_mangle output -150
		chain out output 0
		chain forward forward 0
		chain forward_late forward 101
		chain post postrouting 300
		echo "}"
	} | rules
}

# seen: the counters that are not zero, in the order of their names:
# "in_vport=1 out_real=1"
seen()
{
	in_ns "$D" nft list counters table inet watch | awk '
		$1 == "counter" { name = $2 }
		$1 == "packets" && $2 { seen[++n] = name "=" $2 }
		END {
			for (i = 2; i <= n; i++)
				for (j = i; j > 1 && seen[j] < seen[j - 1]; j--) {
					t = seen[j]; seen[j] = seen[j - 1]; seen[j - 1] = t
				}
			for (i = 1; i <= n; i++)
				printf "%s%s", seen[i], i < n ? " " : "\n"
		}'
}

send()
{
	in_ns "$C" traffic send "$client" "$vip" --payload 4 "$@"
}

# get SOURCE-PORT [MILLISECONDS]: asks once
get()
{
	in_ns "$C" traffic get "$vip" 80 --udp --source-port "$1" ${2:+--timeout "$2"} || :
}

# guard [HOOK CONDITION]: one rule takes the place of the last one, or of nothing
guard()
{
	{
		echo "table inet guard { }; delete table inet guard;"
		[[ $# -eq 0 ]] ||
			echo "table inet guard { chain c { type filter hook $1 priority 0; $2; }; }"
	} | rules
}

# drops HOOK CONDITION DESCRIPTION ANSWER: what a client gets while that rule is there
drops()
{
	local patience=

	[[ $4 != *timeout ]] || patience=300
	guard "$1" "$2"
	check_eq "v$v: $3" "$4" "$(get 5001 "$patience")"
}

hooks()
{
	watch_hooks
	check_eq "v$v NAT: a datagram and its answer" \
		"rs1 peer=$peer:5000 local=$real:8080" "$(get 5000)"
	check_soon 20 "v$v NAT: are seen at these places" \
		"forward_late_vport=1 forward_real=1 in_vport=1 out_mangle_real=1 out_real=1 \
post_real=1 post_vport=1 pre_real=1 pre_vport=1" seen

	adm -R <<-RULES
	-e -u $svc:80 -r $real:8080 -m -w 0
	-a -u $svc:80 -r $real:80 -g
	RULES
	watch_hooks
	send --sport 6000
	check_soon 20 "v$v DR: a datagram is seen at these places" \
		"in_vport=1 out_mangle_vport=1 out_vport=1 post_vport=1 pre_vport=1" seen
	adm -e -u "$svc:80" -r "$real:80" -i
	watch_hooks
	send --sport 6001
	check_soon 20 "v$v TUN: a datagram is seen at these places" \
		"in_vport=1 out_mangle_tunnel=1 out_tunnel=1 post_tunnel=1 pre_vport=1" seen
	adm -R <<-RULES
	-d -u $svc:80 -r $real:80
	-e -u $svc:80 -r $real:8080 -m
	RULES
	echo "delete table inet watch" | rules
}

obedience()
{
	check_soon "$STATS_LAG" "v$v: three connections so far" 3 conns_of -u "$svc:80"
	guard input "$ip daddr $vip udp dport 80 drop"
	check_eq "v$v: a drop in INPUT ends a new flow" 'error: timeout' "$(get 5001 300)"
	check_eq "v$v: and one that has a connection" 'error: timeout' "$(get 5000 300)"
	guard
	check_soon "$STATS_LAG" "v$v: no connection was made" 3 conns_of -u "$svc:80"
	check_eq "v$v: without the rule both go on" \
		"rs1 peer=$peer:5000 local=$real:8080 rs1 peer=$peer:5001 local=$real:8080" \
		"$(get 5000) $(get 5001)"

	drops input "$ip daddr $vip udp dport 80 reject" \
		'a reject in INPUT reaches the client' 'error: Connection refused'
	drops output "udp dport 8080 drop" "OUTPUT may refuse what goes to the server" \
		'error: timeout'
	drops forward "$ip saddr $rip udp sport 8080 drop" \
		"FORWARD may refuse the server's answer" 'error: timeout'
	drops postrouting "$ip saddr $vip udp sport 80 drop" \
		"POSTROUTING may refuse it under the name of the VIP" 'error: timeout'
	drops output "udp dport 80 drop" 'what no packet looks like harms none' \
		"rs1 peer=$peer:5001 local=$real:8080"
	guard
}

tracking()
{
	rules <<-NFT
	table inet track {
		counter untracked { }
		counter tracked { }
		chain nat { type nat hook postrouting priority 100; masquerade; }
		chain post { type filter hook postrouting priority 90;
			udp dport 8080 ct state untracked counter name untracked
			udp sport 80 ct state untracked counter name untracked
			udp dport 8080 ct state != untracked counter name tracked
			udp sport 80 ct state != untracked counter name tracked
		}
	}
	NFT
	check_eq "v$v: masquerade leaves the client's address alone" \
		"rs1 peer=$peer:5002 local=$real:8080" "$(get 5002)"
	check_eq "v$v: neither packet is tracked" "0 2" "$(in_ns "$D" nft list table inet track |
		awk '$1 == "counter" && NF == 3 { name = $2 } $1 == "packets" { n[name] = $2 }
			END { print n["tracked"], n["untracked"] }')"
	echo "delete table inet track" | rules
}

topo_create 1 nat
# Rules are asked about every packet, not once a lease.
[[ -n ${NFVS_REF:-} ]] || in_ns "$D" sysctl -qw net.nf_vs.fastpath_lease_ms=0
start_servers --udp 8080
for fam in 4 6; do
	family "$fam"
	adm -A -u "$svc:80" -s rr
	adm -a -u "$svc:80" -r "$real:8080" -m
	hooks
	obedience
	tracking
done
finish
