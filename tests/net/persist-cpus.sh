#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Two processors see the first packets of the same clients at the same moment: each client
# has one template, and all its connections the same server. For tests/vm/run -n 2; with
# one processor it says little. The moment is short: a delay in make() of persist.c, before
# the insertion, shows what happens without its look for a twin.
#
#   C pktgen, CPU 0 and CPU 1, from 10.8.0.0/16 --> D -- R1, R2
#
# Both go through the same clients, one slightly faster than the other: somewhere it
# overtakes, and there they are at the same client for some packets.
# nfvs: kernels two-cpus
# nfvs: mods pktgen
set -euo pipefail
# shellcheck source=tests/net/lib-persist.sh
. "${BASH_SOURCE[0]%/*}/lib-persist.sh"

[[ -z ${NFVS_REF:-} ]] || skip_all "ip_vs does not promise it"
plan 5
CLIENTS=3000	# of one run
DELAYS=(300000 297000)	# ns between packets
PORTS=(1000 2000)	# of the clients, one for each processor
CPUS=$(nproc)

persist_topo 2 nat
# Nobody answers.
for ns in "${R[@]}"; do
	in_ns "$ns" nft -f - <<-NFT
	table inet mute {
		chain pre {
			type filter hook prerouting priority -400; udp dport 80 drop
		}
	}
	NFT
done
vs_lines "-u $VIP:80" "rr -p 300" "-r ${RIP[1]}:80 -m" "-r ${RIP[2]}:80 -m" | adm -R
read -r _ mac _ < <(ip -n "$D" -brief link show dev eth0 | awk '{ print $1, $3 }')

# settings NETWORK FASTER: what is written to which file of pktgen, thread of a processor
# and device of each
settings()
{
	local i cpu last=$((CLIENTS - 1)) line

	for ((i = 0; i < CPUS; i++)); do
		echo "kpktgend_$i rem_device_all"
	done
	for i in 0 1; do
		cpu=$((i % CPUS))
		echo "kpktgend_$cpu add_device eth0@$i"
		for line in "count $CLIENTS" "delay ${DELAYS[i ^ $2]}" 'pkt_size 60' 'flag NO_TIMESTAMP' \
			"dst_mac $mac" "dst $VIP" "src_min $1.0.1" \
			"src_max $1.$(((last + 1) / 256)).$(((last + 1) % 256))" \
			"udp_src_min ${PORTS[i]}" "udp_src_max ${PORTS[i]}" \
			'udp_dst_min 80' 'udp_dst_max 80'; do
			echo "eth0@$i $line"
		done
	done
	echo 'pgctrl start'
}
# Whoever starts first may be the faster one: one of two runs will do.
for i in 0 1; do
	# shellcheck disable=SC2016 # for the inner shell
	settings "10.$((8 + i))" $i | in_ns "$C" sh -c 'while read -r file line; do
		echo "$line" >"/proc/net/pktgen/$file" || exit 1
	done'
done

# All connections, and what is odd about them.
judge()
{
	# shellcheck disable=SC2016 # for awk
	adm -L -n -c | awk '
		$1 != "UDP" { next }
		{ client = $4; sub(/:.*/, "", client) }
		$4 ~ /:0$/ { templates++; of[client]++; server[client] = $6; next }
		{ children++; list[children] = client " " $6 }
		END {
			for (client in of)
				double += of[client] > 1
			for (i = 1; i <= children; i++) {
				split(list[i], f, " ")
				astray += server[f[1]] != f[2]
			}
			print "templates=" templates, "double=" double + 0,
				"connections=" children, "astray=" astray + 0
		}'
}
check_eq "each client has one template, and connections to its server only" \
	"templates=$((2 * CLIENTS)) double=0 connections=$((4 * CLIENTS)) astray=0" "$(judge)"
check_soon "$STATS_LAG" "every packet opened a connection" "$((4 * CLIENTS))" \
	conns_of -u "$VIP:80"
check_eq "templates are counted" "$((2 * CLIENTS))" \
	"$(persistent -u "$VIP:80" | tr ' ' '\n' | awk -F= '{ n += $2 } END { print n }')"
check_eq "no packet was dropped" "0" \
	"$(adm -L --counters | awk '/^drop_/ { n += $2 } END { print n + 0 }')"
# shellcheck disable=SC2016 # for awk
used=$(awk '/NET_RX/ { for (i = 2; i <= NF; i++) n += $i > 500 } END { print n }' /proc/softirqs)
check_eq "every processor has had its share" "$CPUS" "$used"
finish
