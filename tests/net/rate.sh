#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Rates (nfvsadm -L --rate): every two seconds a quarter of the way towards what
# happened in them; service and destinations agree, also with the sizes of packets;
# they rise, fall when nothing comes any more, and -Z makes them zero.
#
#   C -- D -- R1, R2 (NAT)
set -euo pipefail
# shellcheck source=tests/net/lib-vs.sh
. "${BASH_SOURCE[0]%/*}/lib-vs.sh"

N=400		# flows of one datagram each
REQUEST=128	# bytes of one with its headers
ANSWER=228

plan 12
topo_create 2 nat
start_servers --udp 53
vs_add "-u $VIP:53" rr "-r ${RIP[1]}:53 -m" "-r ${RIP[2]}:53 -m"

declare -A rate=()

# rates: reads them into rate[<total|rs1|rs2>_<cps|in|out|ib|ob>], and $text
rates()
{
	local who names=(cps in out ib ob) i
	local -a f

	text=
	while read -ra f; do
		case ${f[0]-} in
		UDP) who=total ;;
		'->') who=$(server_name "${f[1]%:*}") ;;
		*) continue ;;
		esac
		[[ ${f[-1]} =~ ^[0-9]+$ ]] || continue
		for i in 0 1 2 3 4; do
			rate[${who}_${names[i]}]=${f[i - 5]}
		done
		text+="$who=${f[-5]}/${f[-4]}/${f[-3]}/${f[-2]}/${f[-1]} "
	done < <(adm -L -n --rate -u "$VIP:53")
}

# shellcheck disable=SC2317 # poll calls them
has_risen()
{
	rates
	((rate[total_cps] >= N / 20))
}

# shellcheck disable=SC2317
has_fallen()
{
	rates
	((rate[total_cps] <= N / 40))
}

# is_about A B ERROR
is_about()
{
	(($1 - $2 <= $3 && $2 - $1 <= $3))
}

ZERO="total=0/0/0/0/0 rs1=0/0/0/0/0 rs2=0/0/0/0/0 "
rates
check_eq "all are zero at first" "$ZERO" "$text"

in_ns "$C" traffic get "$VIP" 53 --udp --source-port 20000 --next-port -n $N \
	--bytes 100 --reply 200 >/dev/null
# One burst within a period gives N / 8, one that takes five periods N / 13.
poll 30 has_risen || :
note "$text"
check "the rate of connections rises" test "${rate[total_cps]}" -ge $((N / 20))
check "not above a quarter of $N in two seconds" test "${rate[total_cps]}" -le $((N / 8 + 1))
# Rounded each, and a sample may come between a request and its reply.
check "a packet in per connection" is_about "${rate[total_in]}" "${rate[total_cps]}" 2
check "and one out" is_about "${rate[total_out]}" "${rate[total_cps]}" 2
check "bytes in are those of the packets" \
	is_about "${rate[total_ib]}" $((rate[total_in] * REQUEST)) $((2 * REQUEST))
check "and bytes out" \
	is_about "${rate[total_ob]}" $((rate[total_out] * ANSWER)) $((2 * ANSWER))
check "both servers have the same" is_about "${rate[rs1_in]}" "${rate[rs2_in]}" 2
check "which is that of the service" \
	is_about $((rate[rs1_in] + rate[rs2_in])) "${rate[total_in]}" 2

poll 60 has_fallen || :
check "they fall when nothing comes" test "${rate[total_cps]}" -le $((N / 40))
check "but not at once" test "${rate[total_cps]}" -gt 0
adm -Z -u "$VIP:53"
rates
check_eq "zero is zero at once" "$ZERO" "$text"
finish
