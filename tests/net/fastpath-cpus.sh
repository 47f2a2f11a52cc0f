#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Both directions of the same connections at once under load, NAT, TCP and UDP, each on a CPU of
# its own where the machine has two; leases so short that all the time some of the packets
# renew them: every packet arrives, translated, and is counted once.  With lease 0, too.
#
#   C 10.0.0.2 -- 10.0.0.254 D rs1 -- R1 10.1.1.2
#      requests, CPU 0 -->      <-- replies, CPU 1
# nfvs: kernels debug
set -euo pipefail
# shellcheck source=tests/net/lib-fast.sh
. "${BASH_SOURCE[0]%/*}/lib-fast.sh"

[[ -z ${NFVS_REF:-} ]] || skip_all "ip_vs has no fast path"
plan 14
EACH=4000	# packets of each connection in each direction
PORT=1024	# of client and server: the one that traffic flood sends from
PROTOS=(tcp udp)
HEADERS=(40 28)	# bytes of a packet
CPUS=$(nproc)

# Bursts of thousands of packets on veth: none may be lost in a queue.
echo 100000 >/proc/sys/net/core/netdev_max_backlog
quiet_links

# count NAMESPACE TABLE...: its counters
count()
{
	in_ns "$1" nft list counters table "${@:2}" | awk '$1 == "packets" { print $2 }' |
		paste -sd ' '
}

# steer DEVICE CPU: what arrives at the director by it is for that CPU
steer()
{
	# Only in a mount namespace of its own is /sys that of the network namespace.
	ip netns exec "$D" sh -c "echo $((1 << $2)) >/sys/class/net/$1/queues/rx-0/rps_cpus"
}

# send NAMESPACE FROM TO PORT COUNT: that many of each protocol, at once
send()
{
	local proto

	for proto in "${PROTOS[@]}"; do
		in_ns "$1" traffic flood "$2" "$3" --proto "$proto" --flags A --ports 1 \
			--dport "$4" -n "$5" >/dev/null &
		pids+=("$!")
	done
}

# shellcheck disable=SC2317 # check_soon calls it
arrived()
{
	echo "$(count "$R1" inet ends), $(count "$C" inet ends)"
}

director()
{
	local proto ns

	topo_create 1 nat
	set_lease "$lease"
	for proto in t u; do
		vs_lines "-$proto $VIP:80" rr "-r ${RIP[1]}:$PORT -m"
	done | adm -R

	# Neither end answers; what has arrived is counted.
	for ns in "$C" "$R1"; do
		in_ns "$ns" nft -f - <<-NFT
		table inet ends {
			counter a_tcp { }
			counter b_udp { }
			chain pre { type filter hook prerouting priority -400;
				ip saddr $VIP tcp sport 80 tcp dport $PORT counter name a_tcp drop
				ip saddr $VIP udp sport 80 udp dport $PORT counter name b_udp drop
				ip saddr $CIP tcp sport $PORT tcp dport $PORT counter name a_tcp drop
				ip saddr $CIP udp sport $PORT udp dport $PORT counter name b_udp drop
			}
		}
		NFT
	done
	# Before the fast path: what each CPU takes in of either direction; and behind it.
	in_ns "$D" nft -f - <<-NFT
	table netdev cpus {
		counter a_request0 { }
		counter b_request1 { }
		counter c_reply0 { }
		counter d_reply1 { }
		chain in { type filter hook ingress device eth0 priority 0;
			ip daddr $VIP meta cpu 0 counter name a_request0
			ip daddr $VIP meta cpu 1 counter name b_request1
		}
		chain out { type filter hook ingress device rs1 priority 0;
			ip daddr $CIP meta cpu 0 counter name c_reply0
			ip daddr $CIP meta cpu 1 counter name d_reply1
		}
	}
	table inet watch {
		counter a_in { }
		counter b_out { }
		chain in { type filter hook input priority -10; ip daddr $VIP counter name a_in; }
		chain out { type filter hook forward priority -10; ip daddr $CIP counter name b_out; }
	}
	NFT
}

# both_ways LEASE-MS
both_ways()
{
	local proto all i extra entry in out placed cpus
	local -a from to

	with_lease "$1"
	director
	pids=()
	# Connections, and neighbours that are known.
	in_ns "$C" traffic send "$CIP" "$VIP" --proto tcp --sport $PORT --dport 80 --flags S
	send "$C" "$CIP" "$VIP" 80 1
	wait "${pids[@]}"
	send "$R1" "${RIP[1]}" "$CIP" $PORT 1
	wait "${pids[@]}"

	if [[ $CPUS -gt 1 ]]; then
		steer eth0 0
		steer rs1 1
	fi
	cpus=$(count "$D" netdev cpus)
	send "$C" "$CIP" "$VIP" 80 $EACH
	send "$R1" "${RIP[1]}" "$CIP" $PORT $EACH
	wait "${pids[@]}"

	all=$((EACH + 1))
	check_soon 30 "${prefix}all arrive, with the addresses of the other side" \
		"$((all + 1)) $all, $all $all" arrived
	for i in 0 1; do
		extra=$((1 - i))	# a SYN
		entry="1/$((all + extra))/$all/$(((all + extra) * HEADERS[i]))/$((all * HEADERS[i]))"
		check_eq "${prefix}${PROTOS[i]}: each is counted once" "total=$entry rs1=$entry" \
			"$(stats "-${PROTOS[i]:0:1}" "$VIP:80")"
	done
	check_eq "${prefix}the connections are those of the beginning" "TCP ESTABLISHED UDP UDP" \
		"$(conns | cut -d ' ' -f 1-2 | paste -sd ' ')"
	check_eq "${prefix}nothing was dropped" "" "$(adm -L --counters | awk '$1 ~ /^drop_/ && $2')"

	read -r in out < <(count "$D" inet watch)
	note "rules saw $in requests and $out replies of $((2 * all)) each"
	if [[ $lease -eq 0 ]]; then
		check_eq "${prefix}rules see all" "$((2 * all + 1)) $((2 * all))" "$in $out"
	else
		check "some of each were fast, some were not" test "$in" -gt 4 -a \
			"$in" -lt $((2 * EACH)) -a "$out" -gt 4 -a "$out" -lt $((2 * EACH))
	fi
	read -ra from <<<"$cpus"
	read -ra to < <(count "$D" netdev cpus)
	placed=
	for i in 0 1 2 3; do
		placed+="$((to[i] - from[i])) "
	done
	if [[ $CPUS -gt 1 ]]; then
		check_eq "${prefix}requests on one CPU, replies on the other" \
			"$((2 * EACH)) 0 0 $((2 * EACH)) " "$placed"
	else
		check_eq "${prefix}all on the only CPU" "$((2 * EACH)) 0 $((2 * EACH)) 0 " "$placed"
	fi
	topo_destroy
}

both_ways 4
both_ways 0
finish
