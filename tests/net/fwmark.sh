#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Virtual services by firewall mark: nft groups ports, protocols and addresses into
# one service for IPv4 and one for IPv6; the mark goes before the address; the port
# is kept unless the server has one of its own.
#
#   C -- D (mark in prerouting) -- R1, R2
set -euo pipefail
# shellcheck source=tests/net/lib-vs.sh
. "${BASH_SOURCE[0]%/*}/lib-vs.sh"

plan 16
quiet_links
topo_create 2 nat
start_servers --tcp 80 --tcp 443 --udp 53 --tcp 8080

# A whole network is local to the director, mark 9.
ip -n "$D" -batch - <<-IP
route add local 10.9.0.0/24 dev lo
route add local 2001:db8:9::/64 dev lo
IP
in_ns "$D" nft -f - <<-NFT
table inet marks {
	chain pre {
		type filter hook prerouting priority -150;
		iifname != eth0 accept
		tcp dport 80 meta mark set 7
		tcp dport 443 meta mark set 7
		udp dport 53 meta mark set 7
		tcp dport 90 meta mark set 8
		ip daddr 10.9.0.0/24 meta mark set 9
		ip6 daddr 2001:db8:9::/64 meta mark set 9
	}
}
NFT
{
	vs_lines "-f 7" rr "-r ${RIP[1]}:0 -m" "-r ${RIP[2]}:0 -m"
	vs_lines "-f 7 -6" rr "-r [${RIP6[1]}]:0 -m" "-r [${RIP6[2]}]:0 -m"
	vs_lines "-f 8" rr "-r ${RIP[1]}:8080 -m"
	vs_lines "-f 8 -6" rr "-r [${RIP6[1]}]:8080 -m"
	vs_lines "-f 9" rr "-r ${RIP[2]}:0 -m"
	vs_lines "-f 9 -6" rr "-r [${RIP6[2]}]:0 -m"
	# Never chosen: the mark is looked up first.
	vs_lines "-t $VIP:80" rr "-r ${RIP[1]}:8080 -m"
	vs_lines "-t [$VIP6]:80" rr "-r [${RIP6[1]}]:8080 -m"
} | adm -R

# run NAME FLAG VIP NETWORK CLIENT SERVER1 SERVER2
run()
{
	local name=$1 flag=$2 vip=$3 net=$4 cip=$5 rs1=$6 rs2=$7 out seq seq2 seq3 text
	local sent got pin pout bin bout i expected

	in_ns "$C" traffic get "${net}1" 443 >/dev/null
	in_ns "$C" traffic get "$vip" 90 >/dev/null
	traffic_begin
	out=$(in_ns "$C" traffic get "$vip" 80 -n 3 || :)
	who seq <<<"$out"
	text=$out
	out=$(in_ns "$C" traffic get "$vip" 53 --udp -n 2 \
		--source-port 20000 --next-port || :)
	who seq2 <<<"$out"
	text+=$'\n'$out
	out=$(in_ns "$C" traffic get "$vip" 443 -n 3 || :)
	who seq3 <<<"$out"
	text+=$'\n'$out
	traffic_end

	check_eq "$name: one rotation for three ports and two protocols" \
		"rs2 rs1 rs2, rs1 rs2, rs1 rs2 rs1" "$seq, $seq2, $seq3"
	[[ $cip != *:* ]] || cip="[$cip]" rs1="[$rs1]" rs2="[$rs2]"
	answers text <<<"$text"
	check_eq "$name: the ports are kept" "1 rs2 peer=$cip:* local=$rs2:443
2 rs1 peer=$cip:* local=$rs1:443
1 rs2 peer=$cip:* local=$rs2:53
1 rs1 peer=$cip:* local=$rs1:53
1 rs1 peer=$cip:* local=$rs1:80
2 rs2 peer=$cip:* local=$rs2:80" "$text"
	moved_both sent C.eth0.tx
	moved_both got C.eth0.rx
	expected="total=8/${sent%/*}/${got%/*}/${sent#*/}/${got#*/}"
	for i in 1 2; do
		moved pin R$i.eth0.rx
		moved pout R$i.eth0.tx
		moved bin R$i.eth0.rb
		moved bout R$i.eth0.tb
		expected+=" rs$i=4/$pin/$pout/$bin/$bout"
	done
	# shellcheck disable=SC2086 # two words or one
	check_stats "$name: exact counters" "$expected" -f $flag
	check_eq "$name: the port of the server" "rs1 local=$rs1:8080" "$(
		in_ns "$C" traffic get "$vip" 90 | { read -r a _ b && echo "$a $b"; } || :)"
	check_eq "$name: a network of virtual addresses" \
		"rs2 local=$rs2:80 rs2 local=$rs2:443" "$(
		{
			in_ns "$C" traffic get "${net}1" 80
			in_ns "$C" traffic get "${net}200" 443
		} | { read -r a _ b; read -r c _ d; echo "$a $b $c $d"; } || :)"
	check_eq "$name: without a mark the address counts, here it has no service" \
		"error: Connection refused" "$(in_ns "$C" traffic get "$vip" 8080 || :)"
}

run IPv4 7 "$VIP" 10.9.0. "$CIP" "${RIP[1]}" "${RIP[2]}"
run IPv6 "7 -6" "$VIP6" 2001:db8:9:: "$CIP6" "${RIP6[1]}" "${RIP6[2]}"

check_stats "the service of the address has seen nothing" "total=0/0/0/0/0 rs1=0/0/0/0/0" \
	-t "$VIP:80"
adm -D -f 7
check_eq "without the mark's service the address's takes over" \
	"rs1 local=${RIP[1]}:8080" "$(
	in_ns "$C" traffic get "$VIP" 80 | { read -r a _ b && echo "$a $b"; } || :)"
check_eq "IPv6 keeps its own" "rs2 local=[${RIP6[2]}]:80" "$(
	in_ns "$C" traffic get "$VIP6" 80 | { read -r a _ b && echo "$a $b"; } || :)"
check_match "the list names marks" "*
FWM  7 IPv6 rr
*
FWM  8 rr
*
FWM  8 IPv6 rr
*
FWM  9 rr
*" "$(adm -L -n)"
finish
