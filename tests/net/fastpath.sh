#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The lease: of an established flow the rules of INPUT and FORWARD see a packet per
# lease and all that open or close it; rules that are added stop it within the lease;
# settings turn all this off, in their own namespace.  Rules that count are the
# witness: what they do not see went the fast way.
#
#   C 10.0.0.2 -- 10.0.0.254 D rs1 -- R1 10.1.1.2        NAT, twice
set -euo pipefail
# shellcheck source=tests/net/lib-fast.sh
. "${BASH_SOURCE[0]%/*}/lib-fast.sh"

[[ -z ${NFVS_REF:-} ]] || skip_all "ip_vs has no fast path"
plan 60
LEASE_MAX=10000	# longer than any of the counts below takes

rules()
{
	in_ns "$D" nft -f -
}

set_on()
{
	in_ns "$1" sysctl -qw "$2"
}

# chain NAME HOOK CONDITION
chain()
{
	local what

	for what in syn fin rst tcp udp; do
		echo "counter $1_$what { }"
	done
	echo "chain $1 { type filter hook $2 priority -10;"
	for what in syn fin rst; do
		echo "tcp $3 tcp flags $what counter name $1_$what return"
	done
	echo "tcp $3 counter name $1_tcp; udp $3 counter name $1_udp; }"
}

watch_hooks()
{
	{
		echo 'table inet watch {'
		chain in input 'dport 80'
		chain out forward 'sport 8080'
		echo '}'
	} | rules
}

# seen: what rules saw since the last time: "in_tcp=1 out_udp=2"
seen()
{
	in_ns "$D" nft reset counters table inet watch | awk '
		$1 == "counter" { name = $2 }
		$1 == "packets" && $2 { print name "=" $2 }' | sort | paste -sd ' '
}

director()
{
	topo_create 1 nat
	start_servers --udp 8080 --tcp 8080
	for fam in 4 6; do
		family "$fam"
		vs_lines "-u $svc:80" rr "-r $real:8080 -m"
		vs_lines "-t $svc:80" rr "-r $real:8080 -m"
	done | adm -R
	watch_hooks
	warm_up "$VIP" 80 --udp
}

# A flow's packets, from the first to the last.
life()
{
	local tcp udp line

	set_on "$D" net.nf_vs.fastpath_lease_ms=$LEASE_MAX
	in_ns "$C" traffic get "$vip" 80 --udp >/dev/null
	seen >/dev/null

	flow_open udp "$vip" 80 --udp
	ask "$udp" 20
	check_eq "v$v UDP: all are answered" 20 "$answers"
	check_eq "v$v UDP: rules see the first of each direction" "in_udp=1 out_udp=1" "$(seen)"

	flow_open tcp "$vip" 80
	ask "$tcp" 1
	check_soon 20 "v$v TCP: the connection is known" \
		"TCP ESTABLISHED" established
	seen >/dev/null
	ask "$tcp" 20
	check_eq "v$v TCP: all are answered" 20 "$answers"
	check_eq "v$v TCP: rules see nothing of an open connection" "" "$(seen)"
	flow_close "$tcp"
	check_soon 20 "v$v TCP: it is closed" "TCP TIME_WAIT" established
	line=$(seen)
	check_match "v$v TCP: rules see how it closes" \
		"in_fin=1 in_tcp=1 out_fin=1*" "$line"
	in_ns "$C" traffic get "$vip" 80 --rst >/dev/null
	check_match "v$v TCP: and how another begins and is aborted" \
		"in_rst=1 in_syn=1 in_tcp=1 out_syn=1 out_tcp=1" "$(seen)"
	flow_close "$udp"
}

# shellcheck disable=SC2317 # check_soon calls it
established()
{
	conns "*$svc:80" | awk '$1 == "TCP" { print $1, $2 }'
}

# off NAME SETTING SETTING: nothing is fast between the two
off()
{
	local flow

	flow_open flow "$vip" 80 --udp
	ask "$flow" 3
	seen >/dev/null
	set_on "$D" "$2"
	ask "$flow" 10
	check_eq "v$v $1: all are answered" 10 "$answers"
	check_eq "v$v $1: rules see every packet" "in_udp=10 out_udp=10" "$(seen)"
	set_on "$D" "$3"
	ask "$flow" 1
	seen >/dev/null
	ask "$flow" 10
	check_eq "v$v $1: and none when it is undone" "" "$(seen)"
	flow_close "$flow"
}

# A lease that is shorter is so for those that have one, too.
shorter()
{
	local flow

	set_on "$D" net.nf_vs.fastpath_lease_ms=$LEASE_MAX
	flow_open flow "$vip" 80 --udp
	ask "$flow" 3
	seen >/dev/null
	set_on "$D" net.nf_vs.fastpath_lease_ms=1
	ask "$flow" 10
	check_match "v$v a shorter lease is so at once" "in_udp=* out_udp=*" "$(seen)"
	flow_close "$flow"
}

# until_silent FLOW: took is for how many milliseconds answers still came
until_silent()
{
	local said start=${EPOCHREALTIME/[.,]/} last=${EPOCHREALTIME/[.,]/}

	took=99999
	while ((${EPOCHREALTIME/[.,]/} - start < 20000000)); do
		flow_ask said "$1"
		if [[ $said == 'error: timeout' ]]; then
			took=$(((last - start) / 1000))
			return
		fi
		last=${EPOCHREALTIME/[.,]/}
	done
}

# guard NAME PROTO HOOK CONDITION FLAG...: a drop rule stops a flow that never pauses
guard()
{
	local name="v$v $2: a drop in $1" proto=$2 hook=$3 flow refused

	flow_open flow "$vip" 80 --timeout 400 "${@:5}"
	ask "$flow" 5
	refused=$(counter refused_lease)
	echo "table inet guard { chain c { type filter hook $hook priority 0; $4 drop; }; }" | rules
	until_silent "$flow"
	# The last answer may be as old as the lease, and as late as the machine is slow.
	check_eq "$name stops it within the lease (after $took ms)" 1 \
		"$((took < 1000 + 700))"
	ask "$flow" 1
	check_eq "$name lets none through" 0 "$answers"
	check_eq "$name: counted as without a lease" 1 \
		"$(($(counter refused_lease) - refused >= 2))"
	echo 'delete table inet guard' | rules
	check "$name: without it the flow goes on" poll 20 goes_on "$flow" "$proto"
	flow_close "$flow"
}

# shellcheck disable=SC2317 # poll calls it
goes_on()
{
	ask "$1" 1
	[[ $answers -eq 1 ]]
}

director
for fam in 4 6; do
	family "$fam"
	life
	shorter
	set_on "$D" net.nf_vs.fastpath_lease_ms=$LEASE_MAX
	off "lease 0" net.nf_vs.fastpath_lease_ms=0 net.nf_vs.fastpath_lease_ms=$LEASE_MAX
	set_on "$D" net.nf_vs.fastpath_lease_ms=1000
	guard INPUT UDP input "udp dport 80" --udp
	guard FORWARD UDP forward "udp sport 8080" --udp
done
family 4
guard INPUT TCP input "tcp dport 80"
guard FORWARD TCP forward "tcp sport 8080"
# What the packet is called when it has been translated.
guard OUTPUT UDP output "udp dport 8080" --udp
guard POSTROUTING TCP postrouting "tcp dport 8080"

set_on "$D" net.nf_vs.fastpath_lease_ms=$LEASE_MAX
off conntrack=1 net.ipv4.vs.conntrack=1 net.ipv4.vs.conntrack=0

# Another namespace has settings of its own.
set_on "$D" net.ipv4.vs.conntrack=1
director
set_on "$D" net.nf_vs.fastpath_lease_ms=$LEASE_MAX
flow_open udp "$VIP" 80 --udp
ask "$udp" 20
check_eq "another namespace is as fast as ever" "20 in_udp=1 out_udp=1" "$answers $(seen)"
finish
