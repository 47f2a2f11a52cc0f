#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# nfvs: kernels 6.1 6.12
# nfvs: timeout 400
# prometheus-node-exporter, unmodified: what its ipvs collector reads from /proc/net is
# what the administrator sees.
#
#   C -- D (exporter on loopback) -- R1, R2 (NAT)
set -euo pipefail
# shellcheck source=tests/net/lib-vs.sh
. "${BASH_SOURCE[0]%/*}/lib-vs.sh"
export LC_ALL=C

plan 8
topo_create 2 nat
start_servers --tcp 80 --udp 53
in_ns "$D" ipvsadm -R <<-TEXT
	-A -t $VIP:80 -s wrr
	-a -t $VIP:80 -r ${RIP[1]}:80 -m -w 3
	-a -t $VIP:80 -r ${RIP[2]}:80 -m -w 1
	-A -u [$VIP6]:54 -s rr -o
	-A -u [$VIP6]:53 -s rr
	-a -u [$VIP6]:53 -r [${RIP6[1]}]:53 -m
	-A -f 10 -s rr -p 360
	-a -f 10 -r ${RIP[2]}:0 -m -w 9
TEXT

in_ns "$D" prometheus-node-exporter --collector.disable-defaults --collector.ipvs \
	--web.listen-address=127.0.0.1:9100 >"${TMPDIR:-/tmp}/exporter.log" 2>&1 &
server_pids+=("$!")

# scrape: the collector's lines without "node_ipvs_", sorted
scrape()
{
	in_ns "$D" curl -sf http://127.0.0.1:9100/metrics | sed -n 's/^node_ipvs_//p' | sort
}

# metric NAME: whole numbers, though it writes large ones as 1e+06
metric()
{
	scrape | awk -v name="$1" '$1 == name { printf "%.0f\n", $2 }'
}

# all: the counters, as stats() writes them
all()
{
	scrape | awk '
		/^connections_total/ { c = $2 }
		/^incoming_packets_total/ { ip = $2 }
		/^outgoing_packets_total/ { op = $2 }
		/^incoming_bytes_total/ { ib = $2 }
		/^outgoing_bytes_total/ { ob = $2 }
		END { printf "%d/%d/%d/%d/%d\n", c, ip, op, ib, ob }'
}

# shown: the sum over all services of what the administrator sees
shown()
{
	adm -L -n --stats --exact | awk '
		$1 == "TCP" || $1 == "UDP" || $1 == "FWM" {
			for (i = 0; i < 5; i++)
				n[i] += $(NF - 4 + i)
		}
		END { printf "%d/%d/%d/%d/%d\n", n[0], n[1], n[2], n[3], n[4] }'
}

is_up()
{
	scrape | grep -q connections_total
}

check "it answers" poll 120 is_up

# backends WHAT: "address:port of the service or mark, server = number" of each
backends()
{
	scrape | sed -nE "s/^backend_$1\{local_address=\"(.*)\",local_mark=\"(.*)\",\
local_port=\"(.*)\",proto=\"(.*)\",remote_address=\"(.*)\",remote_port=\"(.*)\"\} (.*)$/\4 \1 \2 \3 \5 \6 = \7/p" | sort
}

check_eq "services, destinations and weights" "\
FWM  0000000A 0 ${RIP[2]} 0 = 9
TCP $VIP  80 ${RIP[1]} 80 = 3
TCP $VIP  80 ${RIP[2]} 80 = 1
UDP $VIP6  53 ${RIP6[1]} 53 = 1" "$(backends weight)"
check_eq "nothing counted yet" 0/0/0/0/0 "$(all)"

hold_open 4 "$VIP" 80 --source-port 6000 --next-port
in_ns "$C" traffic get "$VIP6" 53 --udp --source-port 6000 --next-port -n 5 --bytes 100 \
	--reply 200 >/dev/null
check_eq "the connections of each" "\
TCP $VIP  80 ${RIP[1]} 80 = 3
TCP $VIP  80 ${RIP[2]} 80 = 1" "$(backends connections_active | grep '^TCP')"
is_same()
{
	a=$(all) b=$(shown)
	[[ $a == "$b" && $a == 9/* ]]
}
poll "$STATS_LAG" is_same || :
check_eq "totals are the sum of the services'" "$b" "$a"
check_match "connections are nine" "9/*" "$a"
check_eq "bytes out are those of the UDP service at least" 1 \
	"$(($(metric outgoing_bytes_total) >= 5 * 248))"
hold_close "$held_pid"
in_ns "$D" ipvsadm -C
check_eq "no services, no destinations" "" "$(backends weight)"
finish
