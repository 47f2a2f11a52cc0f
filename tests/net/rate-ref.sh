#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# nfvs: noload
# nfvs: kernels 6.1 6.12
# nfvs: timeout 300
# The same steady traffic through ip_vs and nf_vs, to a service of two destinations and
# to one of a hundred, beside a thousand that have none: rates of services, destinations
# and of all are the same, and so is what -Z makes of them, of one service and of all.
#
#   C -- D -- R1, R2 (NAT; R1 has a hundred addresses)
set -euo pipefail
# shellcheck source=tests/net/lib-diff.sh
. "${BASH_SOURCE[0]%/*}/lib-diff.sh"
: "${NFVS_REF:+$(skip_all 'is about both')}"

MANY=100
PER_SECOND=24	# requests, a connection each; half of them to either service
WARM_UP=32	# seconds: after 14 samples 98 % of the rate are shown
GOES_ON=${TMPDIR:-/tmp}/rate-ref.$$

# steady_requests BASE-PORT: however slow the machine, so many per second, what is late is
# made up for; as long as the file is there. The file says when rates are to be read.
steady_requests()
{
	in_ns "$C" /usr/bin/python3 "${BASH_SOURCE[0]%/*}/rate-ref.py" "$VIP" "$1" $PER_SECOND $WARM_UP \
		"$GOES_ON"
}

# rates: "what cps in out in-bytes out-bytes" of services, of one of them the
# destinations, and of all together
rates()
{
	in_ns "$D" ipvsadm -L -n --rate -u "$VIP:53" |
		awk '$NF ~ /^[0-9]+$/ { print $2, $3, $4, $5, $6, $7 }'
	in_ns "$D" ipvsadm -L -n --rate -u "$VIP:54" | awk '$1 == "UDP" {
		print $2, $3, $4, $5, $6, $7 }'
	echo "all $(in_ns "$D" sed -n 6p /proc/net/ip_vs_stats | xargs printf '0x%s ' |
		xargs printf '%d ')"
}

# of_rows ROWS REGEX: the figures of the rows whose name matches, in one line
of_rows()
{
	printf '%s\n' "$1" | awk -v re="$2" '$1 ~ re { $1 = ""; print }' | xargs
}

fill_table()
{
	{
		vs_lines "-u $VIP:53" rr "-r ${RIP[1]}:53 -m" "-r ${RIP[2]}:53 -m"
		echo "-A -u $VIP:54 -s rr"
		for ((i = 0; i < MANY; i++)); do
			echo "-a -u $VIP:54 -r 10.1.1.$((i + 10)):54 -m"
		done
		for ((i = 0; i < 1000; i++)); do
			((i % 100)) || echo "-A -u 10.0.99.$((i / 100)):53 -s rr"
			echo "-a -u 10.0.99.$((i / 100)):53 -r 10.1.2.$((i % 100 + 10)):53 -m"
		done
	} | in_ns "$D" ipvsadm -R
}

# is_sampled ROWS: all rows were looked at again since those; rates that are not 0 change then
is_sampled()
{
	local left

	left=$(rates | grep -Fxf <(printf '%s\n' "$1")) || :
	[[ -z $left ]]
}

# measure ARRAY BASE-PORT: rates with the traffic, and after -Z of one service and of all
measure()
{
	local -n into=$1

	fill_table
	: >"$GOES_ON"
	steady_requests "$2" &
	poll 100 test -s "$GOES_ON" || :
	into[0]=$(rates)
	rm "$GOES_ON"
	wait $! || note "a request had no answer"
	# What ip_vs has not sampled yet shows after -Z, too, if the sample is then.
	poll 20 is_sampled "$(rates)" || note "rates stay"
	in_ns "$D" ipvsadm -Z -u "$VIP:53"
	into[1]=$(rates)
	in_ns "$D" ipvsadm -Z
	into[2]=$(rates)
	in_ns "$D" ipvsadm -C
	note "$1: $(of_rows "${into[0]}" .)"
}

# about DESCRIPTION REGEX: rows of both are the same, give or take a tenth and two
about()
{
	local rc=0 a b i
	local -a x y

	read -ra x <<<"$(of_rows "${theirs[0]}" "$2")"
	read -ra y <<<"$(of_rows "${ours[0]}" "$2")"
	[[ ${#x[@]} -eq ${#y[@]} && ${#x[@]} -ge 5 ]] || rc=1
	for i in "${!x[@]}"; do
		a=${x[i]} b=${y[i]-0}
		((a > 0 && b > 0 && (b - a) * 10 <= a + 20 && (a - b) * 10 <= a + 20)) || rc=1
	done
	[[ $rc -eq 0 ]] || note "ip_vs: ${x[*]} nf_vs: ${y[*]}"
	check "$1" test $rc -eq 0
}

# zeroed ARRAY: which rows have no rates any more
zeroed()
{
	local -n rows=$1
	local i

	for i in 1 2; do
		printf '%s\n' "${rows[i]}" | awk '{ print $1, ($2 + $3 + $4 + $5 + $6) ? "goes on" : 0 }' |
			xargs
	done
}

plan 8
topo_create 2 nat
start_servers --udp 53 --udp 54
for ((i = 0; i < MANY; i++)); do
	echo "address add 10.1.1.$((i + 10))/24 dev eth0"
done | ip -n "${R[1]}" -batch -

load_reference
measure theirs 20000
unload_reference
load_ours
measure ours 20000

about "rates of a service" "^$VIP:53$"
about "of its destinations" "^10[.]1[.]"
about "of a service with a hundred" "^$VIP:54$"
about "of all together" '^all$'
read -ra all <<<"$(of_rows "${ours[0]}" '^all$')"
check "which are those of the traffic: connections" \
	test "${all[0]-0}" -ge $((PER_SECOND * 8 / 10)) -a "${all[0]-0}" -le $((PER_SECOND + 1))
check "and bytes" test "${all[3]-0}" -ge $((PER_SECOND * 128 * 8 / 10)) \
	-a "${all[3]-0}" -le $((PER_SECOND * 128 * 11 / 10))
check_eq "-Z of a service, and of all: the same" "$(zeroed theirs)" "$(zeroed ours)"
check_eq "which is that one, with its destinations; and all" "\
$VIP:53 0 ${RIP[1]}:53 0 ${RIP[2]}:53 0 $VIP:54 goes on all goes on
$VIP:53 0 ${RIP[1]}:53 0 ${RIP[2]}:53 0 $VIP:54 0 all 0" "$(zeroed ours)"
finish
