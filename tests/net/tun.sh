#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# IPIP tunnels: IPv4 and IPv6 clients over IPv4 and IPv6 tunnels, TCP and UDP.  The
# servers decapsulate with the kernel's own devices.  Exact round robin, counters
# of the inner packets, exact size of the outer ones, replies that do not cross the
# director, outer and inner hops to live, traffic class and source.
#
#   C 10.0.0.2 --+-- D 10.0.0.254, VIP 10.0.0.100 on eth0
#               SW
#   R1 .11 ------+-- R2 .12         VIP on lo; devices ipip, sit, ip6tnl
# nfvs: mods ipip sit ip6_tunnel
set -euo pipefail
# shellcheck source=tests/net/lib-vs.sh
. "${BASH_SOURCE[0]%/*}/lib-vs.sh"

plan 40
quiet_links
topo_create 2 dr
start_servers --tcp 80 --udp 80 --tcp 81 --udp 81 --udp 7

# ip6tnl refuses what claims to come from an address of its own: the director must
# not choose the VIP as the outer source.
ip -n "$D" address change "$VIP6/128" dev eth0 preferred_lft 0
for i in 1 2; do
	ip -n "${R[i]}" -batch - <<-IP
	link add t4 type ipip local ${RIP[i]}
	link set t4 up
	link add s4 type sit local ${RIP[i]}
	link set s4 up
	link add t6 type ip6tnl mode any local ${RIP6[i]}
	link set t6 up
	IP
	# No request may come as it is; outer and inner headers must be right.
	in_ns "${R[i]}" nft -f - <<-NFT
	table inet hops {
		chain input {
			type filter hook input priority 0;
			iifname eth0 udp dport 7 accept
			iifname eth0 meta l4proto tcp drop
			iifname eth0 meta l4proto udp drop
			ip protocol 4 jump outer4
			ip protocol 41 jump outer4
			ip6 nexthdr 4 jump outer6
			ip6 nexthdr 41 jump outer6
			iifname != eth0 ip ttl != 63 drop
			iifname != eth0 ip6 hoplimit != 63 drop
			iifname != eth0 ip dscp != 10 drop
			iifname != eth0 ip6 dscp != 10 drop
		}
		chain outer4 {
			ip saddr != $DIP drop
			ip ttl != 63 drop
			ip dscp != 10 drop
		}
		chain outer6 {
			ip6 saddr != $DIP6 drop
			ip6 hoplimit != 63 drop
			ip6 dscp != 10 drop
		}
	}
	NFT
done

# Port 80: tunnels of the client's family; port 81: of the other one.
{
	vs_lines "-u $VIP:7" rr "-r ${RIP[1]}:7" "-r ${RIP[2]}:7"
	vs_lines "-u [$VIP6]:7" rr "-r [${RIP6[1]}]:7" "-r [${RIP6[2]}]:7"
	for p in -t -u; do
		vs_lines "$p $VIP:80" rr "-r ${RIP[1]}:80 -i" "-r ${RIP[2]}:80 -i"
		vs_lines "$p $VIP:81" rr "-r [${RIP6[1]}]:81 -i" "-r [${RIP6[2]}]:81 -i"
		vs_lines "$p [$VIP6]:80" rr "-r [${RIP6[1]}]:80 -i" "-r [${RIP6[2]}]:80 -i"
		vs_lines "$p [$VIP6]:81" rr "-r ${RIP[1]}:81 -i" "-r ${RIP[2]}:81 -i"
	done
} | adm -R

# run NAME SERVICE VIP PORT CLIENT OUTER-HEADER FLAG...
run()
{
	local name=$1 svc=$2 vip=$3 port=$4 cip=$5 outer=$6 out text sent in n fat i expected

	shift 6
	traffic_begin
	out=$(in_ns "$C" traffic get "$vip" "$port" -n 6 --bytes 1200 --reply 1300 \
		--tos 0x28 "$@" || :)
	traffic_end

	[[ $vip != *:* ]] || vip="[$vip]" cip="[$cip]"
	who text <<<"$out"
	check_eq "$name: strictly in turn" "rs2 rs1 rs2 rs1 rs2 rs1" "$text"
	answers text <<<"$out"
	check_eq "$name: both ends see the virtual address" \
		"3 rs1 peer=$cip:* local=$vip:$port got=1200 reply=1300
3 rs2 peer=$cip:* local=$vip:$port got=1200 reply=1300" "$text"

	moved_both sent C.eth0.tx
	moved_both in D.eth0.rx
	moved_both out D.eth0.tx
	moved_both text R1.eth0.rx R2.eth0.rx
	fat=${sent%/*}/$((${sent#*/} + ${sent%/*} * outer))
	check_eq "$name: the director adds $outer bytes per packet" \
		"$sent $fat $fat" "$in $out $text"
	moved_both out R1.eth0.tx R2.eth0.tx
	moved_both in C.eth0.rx
	check_eq "$name: the servers' replies reach the client" "$out" "$in"
	expected="total=6/${sent%/*}/0/${sent#*/}/0"
	for i in 1 2; do
		moved n R$i.eth0.rx
		moved fat R$i.eth0.rb
		expected+=" rs$i=3/$n/0/$((fat - n * outer))/0"
	done
	check_stats "$name: exact counters" "$expected" "$svc" "$vip:$port"
}

for vip in "$VIP" "$VIP6"; do
	in_ns "$C" traffic get "$vip" 7 --udp -n 2 >/dev/null
done

run "IPv4 in IPv4 TCP" -t "$VIP" 80 "$CIP" 20
run "IPv4 in IPv4 UDP" -u "$VIP" 80 "$CIP" 20 --udp --source-port 20000 --next-port
run "IPv4 in IPv6 TCP" -t "$VIP" 81 "$CIP" 40
run "IPv4 in IPv6 UDP" -u "$VIP" 81 "$CIP" 40 --udp --source-port 20000 --next-port
run "IPv6 in IPv6 TCP" -t "$VIP6" 80 "$CIP6" 40
run "IPv6 in IPv6 UDP" -u "$VIP6" 80 "$CIP6" 40 --udp --source-port 20000 --next-port
run "IPv6 in IPv4 TCP" -t "$VIP6" 81 "$CIP6" 20
run "IPv6 in IPv4 UDP" -u "$VIP6" 81 "$CIP6" 20 --udp --source-port 20000 --next-port
finish
