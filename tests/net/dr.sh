#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Direct routing: IPv4 and IPv6, TCP and UDP.  Exact round robin over two servers,
# exact counters that agree with the interfaces', replies that do not cross the
# director, the virtual address at both ends, one hop less to live.
#
#   C 10.0.0.2 --+-- D 10.0.0.254, VIP 10.0.0.100 on eth0
#               SW
#   R1 .11 ------+-- R2 .12                     VIP on lo of R1 and R2
set -euo pipefail
# shellcheck source=tests/net/lib-vs.sh
. "${BASH_SOURCE[0]%/*}/lib-vs.sh"

plan 24
quiet_links
topo_create 2 dr
start_servers --tcp 80 --udp 80 --udp 7

# A server takes only what has passed one router.
for ns in "${R[@]}"; do
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
	for svc in "-u $VIP:7" "-t $VIP:80" "-u $VIP:80"; do
		vs_lines "$svc" rr "-r ${RIP[1]}:${svc##*:} -g" "-r ${RIP[2]}:${svc##*:} -g"
	done
	for svc in "-u [$VIP6]:7" "-t [$VIP6]:80" "-u [$VIP6]:80"; do
		vs_lines "$svc" rr "-r [${RIP6[1]}]:${svc##*:} -g" "-r [${RIP6[2]}]:${svc##*:} -g"
	done
} | adm -R

# run NAME SERVICE VIP CLIENT FLAG...
run()
{
	local name=$1 svc=$2 vip=$3 cip=$4 out text sent rx tx r1 r2 header=20

	shift 4
	in_ns "$C" traffic get "$vip" 7 --udp -n 2 >/dev/null
	traffic_begin
	out=$(in_ns "$C" traffic get "$vip" 80 -n 12 --bytes 1200 --reply 1300 "$@" || :)
	traffic_end

	who text <<<"$out"
	check_eq "$name: strictly in turn" "rs2 rs1 rs2 rs1 rs2 rs1 rs2 rs1 rs2 rs1 rs2 rs1" \
		"$text"
	[[ $vip != *:* ]] || vip="[$vip]" cip="[$cip]" header=40
	answers text <<<"$out"
	check_eq "$name: both ends see the virtual address" \
		"6 rs1 peer=$cip:* local=$vip:80 got=1200 reply=1300
6 rs2 peer=$cip:* local=$vip:80 got=1200 reply=1300" "$text"

	moved_both sent C.eth0.tx
	moved_both rx D.eth0.rx
	moved_both tx D.eth0.tx
	check_eq "$name: the director forwards what the client sends and nothing else" \
		"in=$sent out=$sent" "in=$rx out=$tx"
	moved_both tx R1.eth0.tx R2.eth0.tx
	moved_both rx C.eth0.rx
	check_eq "$name: the servers' replies reach the client" "$tx" "$rx"
	moved_both r1 R1.eth0.rx
	moved_both r2 R2.eth0.rx
	check_stats "$name: exact counters" \
		"total=12/${sent/\//\/0\/}/0 rs1=6/${r1/\//\/0\/}/0 rs2=6/${r2/\//\/0\/}/0" \
		"$svc" "$vip:80"
	if [[ $svc == -u ]]; then
		check_eq "$name: a packet per request" "12/$((12 * (1200 + 8 + header)))" "$sent"
	else
		check_eq "$name: at least SYN, ACK, request, FIN and ACK per connection" 1 \
			"$((${sent%/*} >= 60))"
	fi
}

run "IPv4 TCP" -t "$VIP" "$CIP"
run "IPv4 UDP" -u "$VIP" "$CIP" --udp --source-port 20000 --next-port
run "IPv6 TCP" -t "$VIP6" "$CIP6"
run "IPv6 UDP" -u "$VIP6" "$CIP6" --udp --source-port 20000 --next-port
finish
