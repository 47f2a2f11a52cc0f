#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# NAT with another port on the servers: IPv4 and IPv6, TCP and UDP.  Exact round
# robin, exact counters of both directions that agree with the interfaces', the
# client's address at the server and the virtual one at the client, one hop less to
# live each way; client ports that occur twice.
#
#   C 10.0.0.2 -- 10.0.0.254 D rs1 -- R1 10.1.1.2
#      10.0.0.3   VIP .100     rs2 -- R2 10.1.2.2
set -euo pipefail
# shellcheck source=tests/net/lib-vs.sh
. "${BASH_SOURCE[0]%/*}/lib-vs.sh"

plan 29
quiet_links
topo_create 2 nat
ip -n "$C" -batch - <<-IP
address add 10.0.0.3/24 dev eth0
address add 2001:db8::3/64 dev eth0 nodad
IP
start_servers --tcp 8080 --udp 8080

# Either side takes only what has passed one router.
for ns in "$C" "${R[@]}"; do
	in_ns "$ns" nft -f - <<-NFT
	table inet hops {
		chain input {
			type filter hook input priority 0;
			ip protocol tcp ip ttl != 63 drop
			ip protocol udp ip ttl != 63 drop
			ip6 nexthdr tcp ip6 hoplimit != 63 drop
			ip6 nexthdr udp ip6 hoplimit != 63 drop
		}
	}
	NFT
done

{
	# Port 7 makes all neighbours known.
	for port in 7 90 80; do
		vs_lines "-u $VIP:$port" rr "-r ${RIP[1]}:8080 -m" "-r ${RIP[2]}:8080 -m"
		vs_lines "-u [$VIP6]:$port" rr "-r [${RIP6[1]}]:8080 -m" "-r [${RIP6[2]}]:8080 -m"
	done
	vs_lines "-t $VIP:80" rr "-r ${RIP[1]}:8080 -m" "-r ${RIP[2]}:8080 -m"
	vs_lines "-t [$VIP6]:80" rr "-r [${RIP6[1]}]:8080 -m" "-r [${RIP6[2]}]:8080 -m"
	vs_lines "-t $VIP:82" rr "-r ${RIP[1]}:8080 -m"
	vs_lines "-t $VIP:83" rr "-r ${RIP[2]}:8080 -m"
} | adm -R

# run NAME SERVICE VIP CLIENT SERVER1 SERVER2 FLAG...
run()
{
	local name=$1 svc=$2 vip=$3 cip=$4 rs1=$5 rs2=$6 out text sent got header=20
	local pin pout bin bout i expected

	shift 6
	set -- --source "$cip" "$@"
	in_ns "$C" traffic get "$vip" 7 --udp -n 2 --source "$cip" >/dev/null
	traffic_begin
	out=$(in_ns "$C" traffic get "$vip" 80 -n 12 --bytes 1200 --reply 1300 "$@" || :)
	traffic_end

	[[ $vip != *:* ]] || vip="[$vip]" cip="[$cip]" rs1="[$rs1]" rs2="[$rs2]" header=40
	who text <<<"$out"
	check_eq "$name: strictly in turn" "rs2 rs1 rs2 rs1 rs2 rs1 rs2 rs1 rs2 rs1 rs2 rs1" \
		"$text"
	answers text <<<"$out"
	check_eq "$name: the server sees the client and itself" \
		"6 rs1 peer=$cip:* local=$rs1:8080 got=1200 reply=1300
6 rs2 peer=$cip:* local=$rs2:8080 got=1200 reply=1300" "$text"

	moved_both sent C.eth0.tx
	moved_both pin D.eth0.rx
	moved_both pout D.rs1.tx D.rs2.tx
	check_eq "$name: requests pass the director" "$sent $sent" "$pin $pout"
	moved_both got C.eth0.rx
	moved_both pin D.rs1.rx D.rs2.rx
	moved_both pout D.eth0.tx
	check_eq "$name: replies pass the director" "$got $got" "$pin $pout"

	expected="total=12/${sent%/*}/${got%/*}/${sent#*/}/${got#*/}"
	for i in 1 2; do
		moved pin R$i.eth0.rx
		moved pout R$i.eth0.tx
		moved bin R$i.eth0.rb
		moved bout R$i.eth0.tb
		expected+=" rs$i=6/$pin/$pout/$bin/$bout"
	done
	check_stats "$name: exact counters" "$expected" "$svc" "$vip:80"
	[[ $svc == -u ]] || return 0
	check_eq "$name: a packet per request and per reply" \
		"12/$((12 * (1200 + 8 + header))) 12/$((12 * (1300 + 8 + header)))" "$sent $got"
}

# same_port NAME VIP CLIENT CLIENT SERVER1 SERVER2
same_port()
{
	local name=$1 vip=$2 first=$3 second=$4 rs1=$5 rs2=$6 i client answer out=''

	for i in 1 2; do
		for client in "$first" "$second"; do
			answer=$(in_ns "$C" traffic get "$vip" 90 --udp --source "$client" \
				--source-port 5555 || :)
			out+="${answer% local*} "
		done
	done
	[[ $vip != *:* ]] || first="[$first]" second="[$second]" vip="[$vip]" \
		rs1="[$rs1]" rs2="[$rs2]"
	check_eq "$name: two clients with the same port keep their servers" \
		"rs2 peer=$first:5555 rs1 peer=$second:5555 rs2 peer=$first:5555 rs1 peer=$second:5555 " \
		"$out"
	check_eq "$name: as two connections" \
		"UDP UDP $first:5555 $vip:90 $rs2:8080
UDP UDP $second:5555 $vip:90 $rs1:8080" "$(conns "*:5555 $vip:90")"
}

run "IPv4 TCP" -t "$VIP" "$CIP" "${RIP[1]}" "${RIP[2]}"
run "IPv4 UDP" -u "$VIP" "$CIP" "${RIP[1]}" "${RIP[2]}" --udp --source-port 20000 --next-port
run "IPv6 TCP" -t "$VIP6" "$CIP6" "${RIP6[1]}" "${RIP6[2]}"
run "IPv6 UDP" -u "$VIP6" "$CIP6" "${RIP6[1]}" "${RIP6[2]}" --udp --source-port 20000 --next-port

same_port IPv4 "$VIP" "$CIP" 10.0.0.3 "${RIP[1]}" "${RIP[2]}"
same_port IPv6 "$VIP6" "$CIP6" 2001:db8::3 "${RIP6[1]}" "${RIP6[2]}"

hold_open 1 "$VIP" 82 --source-port 5555
held+=" $(in_ns "$C" traffic get "$VIP" 83 --source-port 5555 || :)"
check_eq "a client's port serves two virtual services at a time" \
	"rs1 rs2 peer=$CIP:5555 local=${RIP[2]}:8080" "$held"
check_match "they are two connections" \
	"TCP ESTABLISHED $CIP:5555 $VIP:82 ${RIP[1]}:8080
TCP * $CIP:5555 $VIP:83 ${RIP[2]}:8080" "$(conns "$CIP:5555 $VIP:8?")"
hold_close "$held_pid"
check_soon 20 "and the first is closed as its own" \
	"TCP TIME_WAIT $CIP:5555 $VIP:82 ${RIP[1]}:8080" conns "$CIP:5555 $VIP:82"
finish
