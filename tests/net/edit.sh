#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# nfvs: noload
# nfvs: kernels 6.12
# nfvs: timeout 300
# Servers that come, change and go one by one, as ipvsadm and keepalived do it, between
# requests: ip_vs and nf_vs choose the same one every time, with every scheduler.
#
#   C -- D -- R1 (NAT; its servers have an address each)
set -euo pipefail
# shellcheck source=tests/net/lib-diff.sh
. "${BASH_SOURCE[0]%/*}/lib-diff.sh"
: "${NFVS_REF:+$(skip_all 'is about both')}"

SERVERS=16
STEPS=80
# The debug kernel takes four times as long, and looks at memory, not at choices.
[[ ${NFVS_KERNEL-} != debug ]] || SERVERS=8 STEPS=40
SEED=20261123
SCHEDS=(rr wrr lc wlc)

# steps: a line each: add, edit or remove, server, weight, upper threshold, requests
steps()
{
	awk -v n=$SERVERS -v steps=$STEPS -v seed=$SEED 'BEGIN {
		srand(seed)
		for (i = 0; i < steps; i++) {
			s = int(rand() * n)
			# First more come, then more go, and at the end all.
			want = i < steps / 2 ? 0.7 : i < steps - n ? 0.4 : 0
			if (i >= steps - n)
				s = i - (steps - n)
			op = rand() < want ? "a" : "d"
			if (has[s] && op == "a")
				op = "e"
			if (!has[s] && op == "d") {
				if (i >= steps - n)
					continue
				op = "a"
			}
			has[s] = op != "d"
			print op, s, int(rand() * 5) * (1 + int(rand() * 2)),
				rand() < 0.2 ? 1 + int(rand() * 3) : 0, int(rand() * 4)
		}
	}'
}

# run_steps: after each step, the connections that each server of each service was given
run_steps()
{
	local op server weight upper count i
	local -a options

	for i in "${!SCHEDS[@]}"; do
		in_ns "$D" ipvsadm -A -u "$VIP:$((1001 + i))" -s "${SCHEDS[i]}"
	done
	while read -r op server weight upper count; do
		options=()
		[[ $op == d ]] || options=(-m -w "$weight" -x "$upper")
		echo "-$op $server ${options[*]} $count"
		for i in "${!SCHEDS[@]}"; do
			echo "-$op -u $VIP:$((1001 + i)) -r 10.1.1.$((server + 10)):80 ${options[*]}"
		done | in_ns "$D" ipvsadm -R 2>&1 || echo "failed: -$op $server"
		((count == 0)) || for i in "${!SCHEDS[@]}"; do
			in_ns "$C" traffic get "$VIP" $((1001 + i)) --udp -n "$count" --timeout 300 \
				--source-port "$next_port" --next-port >/dev/null 2>&1 || :
			next_port=$((next_port + count))
		done
		in_ns "$D" ipvsadm -L -n | sed 1d
	done < <(steps)
	in_ns "$D" ipvsadm -C
}

# first_difference ARRAY ARRAY: the first line in which they differ, with the step before it
first_difference()
{
	local -n a=$1 b=$2
	local i step=

	for ((i = 0; i < ${#a[@]} || i < ${#b[@]}; i++)); do
		[[ ${a[i]-} != -[aed]* ]] || step=${a[i]}
		if [[ ${a[i]-} != "${b[i]-}" ]]; then
			echo "line $i, after $step: ip_vs '${a[i]-}', nf_vs '${b[i]-}'"
			return
		fi
	done
}

plan 3
topo_create 1 nat
start_servers --udp 80
for ((i = 0; i < SERVERS; i++)); do
	echo "address add 10.1.1.$((i + 10))/24 dev eth0"
done | ip -n "${R[1]}" -batch -

load_reference
next_port=20000
mapfile -t theirs < <(run_steps)
unload_reference
load_ours
next_port=20000
mapfile -t ours < <(run_steps)

check_eq "the same choices" "" "$(first_difference theirs ours)"
check_match "of connections that there are" '*[1-9]*' "$(printf '%s\n' "${theirs[@]}" |
	awk '$1 == "->" { n += $NF } END { print n }')"
check_eq "and every step was taken" "" "$(printf '%s\n' "${ours[@]}" | grep '^failed' || :)"
finish
