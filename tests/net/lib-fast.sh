# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# To be sourced by scenarios of the fast path in place of lib-vs.sh: rules that count,
# which see what was not fast; why it was not; flows that are asked for answers; steps
# that are done with a lease and with none (lease=0), and must end alike.

# shellcheck source=tests/net/lib-vs.sh
. "${BASH_SOURCE[0]%/*}/lib-vs.sh"

declare -A refused_before=()
export answers='' outcome=''
lease=10000
prefix=
# The leases of the runs of a scenario. That the ends see the same without fast path does
# not depend on the kernel; the slow debug kernel looks at what there is with one.
export RUNS=(10000 0)
[[ ${NFVS_KERNEL-} != debug ]] || RUNS=(10000)

# set_lease MS
set_lease()
{
	in_ns "$D" sysctl -qw net.nf_vs.fastpath_lease_ms="$1"
}

mac_of()
{
	ip -n "$1" -o link show dev "$2" | sed 's/.*link\/ether \([^ ]*\).*/\1/'
}

# watch_rules [PORT]: counts requests to the ports 80 and 81 and replies from that one
watch_rules()
{
	local port=${1:-8080}

	in_ns "$D" nft -f - <<-NFT
	table inet watch {
		counter a_in { }
		counter b_out { }
		chain in { type filter hook input priority -10;
			tcp dport 80 counter name a_in
			udp dport 80 counter name a_in
			udp dport 81 counter name a_in
		}
		chain out { type filter hook forward priority -10;
			tcp sport $port counter name b_out
			udp sport $port counter name b_out
		}
	}
	NFT
}

# seen: packets that rules saw since the last time, requests/replies
seen()
{
	in_ns "$D" nft reset counters table inet watch |
		awk '$1 == "packets" { n[++i] = $2 } END { print n[1] "/" n[2] }'
}

# counter NAME
counter()
{
	adm -L --counters | awk -v name="$1" '$1 == name { print $2 }'
}

# refused VARIABLE: what was refused since the last time: "mtu=1 route=2"
refused()
{
	local name value out=''

	while read -r name value; do
		[[ $name == refused_* ]] || continue
		name=${name#refused_}
		((value == ${refused_before[$name]:-0})) ||
			out+="$name=$((value - ${refused_before[$name]:-0})) "
		refused_before[$name]=$value
	done < <(adm -L --counters)
	printf -v "$1" %s "${out% }"
}

# ask_for VARIABLE FLOW TEXT: flow_ask with a text: "R1400" wants a long answer
ask_for()
{
	local in out line

	read -r in out <<<"$2"
	{ echo "$3" >&"$in"; } 2>/dev/null || :
	read -rt 20 -u "$out" line || line='error: ended'
	printf -v "$1" %s "$line"
}

# ask FLOW COUNT [TEXT]: answers is how many came, outcome what all of them said: "rs1=9
# error:-timeout=1"
ask()
{
	local said i all=''

	answers=0
	for ((i = 0; i < $2; i++)); do
		ask_for said "$1" "${3-}"
		[[ $said == error:* ]] || answers=$((answers + 1))
		all+=$said$'\n'
	done
	outcome=$(tally <<<"${all%$'\n'}")
}

# check_flow DESCRIPTION FLOW SEEN: ten requests are answered, so many were not fast
check_flow()
{
	seen >/dev/null
	ask "$2" 10
	check_eq "$1" "10 answers, not fast $3" "$answers answers, not fast $(seen)"
}

# shellcheck disable=SC2317 # poll calls it
is_fast()
{
	seen >/dev/null
	ask "$1" 3
	[[ $answers -eq 3 && $(seen) != *[1-9]* ]]
}

# warm FLOW...: asks each until rules see nothing of it.  A device gets its hook a moment
# after the first lease was asked for it; what is counted exactly must come later.
warm()
{
	local flow

	[[ $lease -ne 0 ]] || return 0
	for flow; do
		poll 60 is_fast "$flow" || {
			note "a flow is not fast: $outcome, last seen $(ask "$flow" 1; seen)"
			return 1
		}
	done
}

# warm_up ARGUMENT...: the devices on the way of such a flow (traffic flow) have hooks
warm_up()
{
	local flow

	[[ $lease -ne 0 ]] || return 0
	flow_open flow "$@" --timeout 500
	warm "$flow"
	flow_close "$flow"
}

# fresh FLOW...: both directions have got their leases of ten seconds just now
fresh()
{
	local flow

	set_lease 1
	for flow; do
		ask "$flow" 1
	done
	set_lease 10000
	for flow; do
		ask "$flow" 1
	done
}

# family 4|6: sets v, vip, svc and real, the last two as nfvsadm takes them
# shellcheck disable=SC2034 # scenarios use them
family()
{
	v=$1
	if [[ $v == 4 ]]; then
		vip=$VIP svc=$VIP real=${RIP[1]}
	else
		vip=$VIP6 svc="[$VIP6]" real="[${RIP6[1]}]"
	fi
}

# with_lease MS: for the run that begins
with_lease()
{
	lease=$1 prefix=
	[[ $lease -ne 0 ]] || prefix='lease 0: '
}

# leases FLOW...: new ones, in the run that has any
leases()
{
	[[ $lease -eq 0 ]] || fresh "$@"
}

# step DESCRIPTION COUNT TEXT OUTCOME NOT-FAST REFUSED FLOW...: all flows are asked, and
# said that together; the last two are patterns, of the run with leases
step()
{
	local desc=$1 flow why all=''

	seen >/dev/null
	refused why
	for flow in "${@:7}"; do
		ask "$flow" "$2" "$3"
		all+="$outcome, "
	done
	if [[ $lease -eq 0 ]]; then
		check_eq "$prefix$desc" "$4" "${all%, }"
		return
	fi
	refused why
	check_match "$desc" "$4; not fast $5; refused $6" "${all%, }; not fast $(seen); refused $why"
}

# step_fast DESCRIPTION COUNT TEXT OUTCOME FLOW...: without leases there is nothing to see
step_fast()
{
	[[ $lease -eq 0 ]] || step "$1" "$2" "$3" "$4" 0/0 "" "${@:5}"
}

# each COUNT TEXT: that text, so often, for step
each()
{
	local i all=''

	for ((i = 0; i < $1; i++)); do
		all+="$2, "
	done
	echo "${all%, }"
}

# shellcheck disable=SC2317 # poll calls it
is_answered()
{
	ask "$1" 1
	[[ $answers -eq 1 ]]
}
