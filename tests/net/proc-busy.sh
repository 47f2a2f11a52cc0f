#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# nfvs: timeout 300
# /proc/net/ip_vs* read over and over while destinations and services come and go and
# connections are opened: every line is whole, nothing is listed twice that stays, and the
# totals never go back.
#
#   C -- D -- R1 (NAT)
set -euo pipefail
# shellcheck source=tests/net/lib-vs.sh
. "${BASH_SOURCE[0]%/*}/lib-vs.sh"
export LC_ALL=C
: "${NFVS_REF:+$(skip_all 'is about nf_vs')}"

ROUNDS=10
DESTS=200	# of the service that stays, a page of text several times over

plan 5
topo_create 1 nat
start_servers --udp 53

# many BASE COUNT: that many destinations
many()
{
	local i

	for ((i = 0; i < $2; i++)); do
		echo "-a -u $VIP:53 -r 10.1.1.$((2 + i % 100)):$(($1 + i)) -m"
	done
}

{
	echo "-A -u $VIP:53 -s rr"
	echo "-a -u $VIP:53 -r ${RIP[1]}:53 -m"
	many 1000 "$DESTS"
} | adm -R
add=$(many 20000 60)
del=$(sed -E 's/^-a (.*) -m$/-d \1/' <<<"$add")
stop=${TMPDIR:-/tmp}/proc-busy.$$

(
	until [[ -e $stop ]]; do
		adm -R <<<"$add"$'\n'"-A -t $VIP:80 -s wlc"$'\n'"-a -t $VIP:80 -r ${RIP[1]}:80 -m"
		adm -R <<<"$del"$'\n'"-D -t $VIP:80"
	done
) &
writer=$!
in_ns "$C" traffic flood "$CIP" "$VIP" --proto udp --dport 53 --ports 300 --payload 10 \
	--seconds 200 >/dev/null &
flood=$!
server_pids+=("$flood")

A='[0-9A-F]{8}'
P='[0-9A-F]{4}'
torn='' twice='' conns_torn='' back='' last=0
for ((i = 0; i < ROUNDS; i++)); do
	text=$(in_ns "$D" cat /proc/net/ip_vs)
	torn+=$(sed 1,3d <<<"$text" | grep -vE "^(TCP|UDP)  $A:$P [a-z]+  $|\
^  -> $A:$P      Masq    1      [0-9]+ +[0-9]+ +$" | head -n 3) || :
	# Those that stay have ports 1000 (03E8) to 1199 (04AF).
	twice+=$(grep -oE '^  -> [0-9A-F]{8}:0[34][0-9A-F]{2}' <<<"$text" | sort | uniq -c |
		awk -v want="$DESTS" '$1 != 1 { print } { n++ } END { if (n != want) print n }')
	conns_torn+=$(in_ns "$D" cat /proc/net/ip_vs_conn | sed 1d |
		grep -vE "^UDP $A $P $A $P $A $P UDP {9} {1,7}[0-9]+$" | head -n 3) || :
	read -ra f < <(in_ns "$D" sed -n 3p /proc/net/ip_vs_stats)
	now=${f[1]}
	((0x$now >= last)) || back+="$now after $last "
	last=$((0x$now))
done
touch "$stop"
wait "$writer"
rm -f "$stop"
check_eq "no line of ip_vs is torn" "" "$torn"
check_eq "what stays is there once" "" "$twice"
check_eq "no line of ip_vs_conn is torn" "" "$conns_torn"
check_eq "totals never go back" "" "$back"
check "packets were counted" test "$last" -gt 0
kill "$flood" 2>/dev/null || :
finish
