#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A client that opens and ends connections from one port as fast as it can does
# not fill a hash chain with what is over: every SYN opens a connection, nobody
# else is refused. (The table used to refuse insertions behind 16 dead twins.)
#
#   C -- D -- R1
set -euo pipefail
# shellcheck source=tests/net/lib-vs.sh
. "${BASH_SOURCE[0]%/*}/lib-vs.sh"

OPENED=2000

plan 9
topo_create 1 nat
start_servers --tcp 80
# The server is silent: its answers would change states at any time.
in_ns "$R1" nft -f - <<-NFT
table inet mute {
	chain input {
		type filter hook input priority 0;
		tcp sport 5555 drop
	}
}
NFT
{
	vs_lines "-t $VIP:80" rr "-r ${RIP[1]}:80 -m"
	vs_lines "-t [$VIP6]:80" rr "-r [${RIP6[1]}]:80 -m"
	echo "-A -f 7 -s rr"
	echo "-a -f 7 -r ${RIP[1]}:80 -m"
} | adm -R

counter()
{
	adm -L --counters | sed -n "s/^$1 *//p"
}

reopen()
{
	local name=$1 src=$2 dst=$3 svc=$4

	in_ns "$C" traffic send "$src" "$dst" --proto tcp --sport 5555 --dport 80 \
		--flags S --then F -n $OPENED
	check_soon 20 "$name: every SYN opened a connection" "$OPENED" conns_of -t "$svc"
	check_eq "$name: only the last one is left" "1" "$(conns "*:5555 $svc" | wc -l)"
	check_eq "$name: others are served" "rs1=3" "$(in_ns "$C" traffic get "$dst" 80 -n 3 | tally)"
}
reopen v4 "$CIP" "$VIP" "$VIP:80"
reopen v6 "$CIP6" "$VIP6" "[$VIP6]:80"

# One client port towards many virtual ports that lead to one server: the same
# reply tuple every time. The newest connection has it.
in_ns "$D" nft -f - <<-RULES
table inet mangle {
	chain pre {
		type filter hook prerouting priority -150
		ip daddr $VIP tcp dport 2000-2999 meta mark set 7
	}
}
RULES
for ((port = 2000; port < 2100; port++)); do
	echo "$CIP $VIP --proto tcp --sport 6666 --dport $port --flags S"
done | in_ns "$C" xargs -L 1 traffic send
check_soon 20 "100 flows with one reply tuple" "100" conns_of -f 7
check_eq "the newest of them gets the reply" "rs1=1" \
	"$(in_ns "$C" traffic get "$VIP" 2100 --source-port 6666 | tally)"
check_eq "nothing was dropped" "0" "$(($(counter drop_no_memory) + $(counter drop_conn_race)))"

finish
