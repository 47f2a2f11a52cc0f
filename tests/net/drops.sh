#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Every packet that nf_vs drops is counted by its reason and traced, exactly once:
# "nfvsadm -L --counters" and the tracepoint nf_vs:nfvs_drop, three packets each.
#
#   C 10.0.0.2 -- 10.0.0.254 D rs1 -- R1 10.1.1.2
#                  VIP .100    rs2 -- R2 10.1.2.2, MTU 1280
#
# Not provoked: drop_conn_race, for which two CPUs must meet in the same few
# instructions.  drop_no_memory needs a kernel that fails on demand: debug only.
set -euo pipefail
# shellcheck source=tests/net/lib-vs.sh
. "${BASH_SOURCE[0]%/*}/lib-vs.sh"

[[ -z ${NFVS_REF:-} ]] || skip_all "ip_vs neither counts nor traces its drops"
FAILSLAB=/sys/kernel/debug/failslab
TRACE=/sys/kernel/tracing
N=3

if [[ -d $FAILSLAB ]]; then
	plan 39
else
	plan 35
fi

topo_create 2 nat
ip -n "$D" link set rs2 mtu 1280
# On their way to LOCAL_IN, fragments of IPv6 are put together if tracked.
in_ns "$D" nft -f - <<-NFT
table ip6 early {
	chain prerouting {
		type filter hook prerouting priority -450;
		ip6 nexthdr 44 notrack
	}
}
table inet late {
	chain input {
		type filter hook input priority 0;
		udp dport 29 drop
	}
}
NFT
# A client that does not learn from errors.
in_ns "$C" nft -f - <<-NFT
table inet deaf {
	chain input {
		type filter hook input priority 0;
		icmp type destination-unreachable drop
		icmpv6 type packet-too-big drop
	}
}
NFT

# family 4|6: sets what the checks are written in
family()
{
	v=IPv$1
	if [[ $1 == 4 ]]; then
		ether=0x0800 header=20 client=$CIP vip=$VIP rip=${RIP[1]} loopback=127.0.0.1
		svc=$VIP real=$rip narrow=${RIP[2]} nowhere=192.0.2.1 server=$loopback
		too_big=3,4 quote=28 own=$DIP marked="-f 7"
	else
		ether=0x86dd header=40 client=$CIP6 vip=$VIP6 rip=${RIP6[1]} loopback=::1
		svc="[$VIP6]" real="[$rip]" narrow="[${RIP6[2]}]" nowhere="[2001:db8:ffff::1]"
		server="[$loopback]" too_big=2,0 quote=52 own="[$DIP6]"
		marked="-f 7 -6"
	fi
	DATAGRAM=$((header + 8 + 4))
}

services()
{
	vs_lines "-u $svc:20" rr
	vs_lines "-t $svc:20" wlc "-r $real:80 -m -w 0"
	vs_lines "-u $svc:21" rr "-r $real:80 -m"
	vs_lines "-u $svc:22" rr "-r $real:80 -m"
	vs_lines "-u $svc:23" rr "-r $narrow:80 -m"
	vs_lines "-u $svc:24" rr "-r $nowhere:80 -m"
	vs_lines "-u $svc:25" rr "-r $server:80 -m"
	vs_lines "-u $svc:29" rr
	vs_lines "$marked" rr "-r $own:80 -g"
}

declare -A counted=()
reasons=()

# counters: what has been counted since the last time, as "drop_ttl=3"
counters()
{
	local name value out=''
	local -a words

	read -ra words -d '' <<<"$(adm -L --counters)" || :
	for value in "${words[@]}"; do
		if [[ $value =~ ^[0-9]+$ && $name == drop_* ]]; then
			[[ -n ${counted[$name]-} ]] || reasons+=("$name")
			((value == ${counted[$name]:-0})) ||
				out+="$name=$((value - ${counted[$name]:-0})) "
			counted[$name]=$value
		fi
		name=$value
	done
	changed=${out% }
}

# Sums up the trace: "<reason> <ethertype> <length>=<events>".
# shellcheck disable=SC2317 # is_equal calls it
traced()
{
	awk '{
		for (i = 1; i <= NF; i++)
			if (split($i, part, "=") == 2)
				field[part[1]] = part[2]
	} / nfvs_drop: / {
		n[field["reason"] " " field["protocol"] " " field["len"]]++
	} END {
		for (what in n)
			print what "=" n[what]
	}' "$TRACE/trace" | sort
}

# expect DESCRIPTION REASON LENGTH: since the last time three packets of that length
# were dropped for that reason and nothing else; no REASON: nothing was
expect()
{
	local expected=''

	[[ -z ${2-} ]] || expected="$2 $ether $3=$N"
	poll 30 is_equal "$expected" traced || :
	echo >"$TRACE/trace"
	counters
	[[ -z ${2-} ]] || expected="$2=$N, $expected"
	[[ -z $changed ]] || equal_last="$changed, $equal_last"
	check_eq "$v: $1" "$expected" "$equal_last"
}

# send NAMESPACE SRC DST ARGUMENT...
send()
{
	in_ns "$1" traffic send "${@:2}" -n "$N"
}

# datagram PORT [ARGUMENT...]: from the client to the service on that port
datagram()
{
	send "$C" "$client" "$vip" --sport 4000 --dport "$1" --payload 4 "${@:2}"
}

# error NAMESPACE SRC DST INNER-SRC INNER-DST SPORT DPORT ARGUMENT...: about a datagram
error()
{
	send "$1" "$2" "$3" --icmp "$too_big,1400" --inner-src "$4" --inner-dst "$5" \
		--sport "$6" --dport "$7" --payload 4 "${@:8}"
}

no_destination()
{
	datagram 20
	expect "a service without destinations" drop_no_dest "$DATAGRAM"
	send "$C" "$client" "$vip" --proto tcp --flags S --sport 4000 --dport 20
	expect "a service whose destinations have weight 0, TCP" drop_no_dest $((header + 20))
	datagram 21
	expect "nothing, if the destination is good"
	adm -d -u "$svc:21" -r "$real:80"
	datagram 21
	expect "a connection whose destination was deleted" drop_dest_gone "$DATAGRAM"
}

on_the_way()
{
	datagram 22 --ttl 1
	expect "no hop left" drop_ttl "$DATAGRAM"
	datagram 23 --payload 1253 --df
	expect "more than the MTU" drop_too_big $((header + 8 + 1253))
	datagram 24
	expect "no route to the server" drop_no_route "$DATAGRAM"
	datagram 29
	expect "nothing of ours, if the firewall drops it"
}

loops()
{
	send "$D" "$loopback" "$vip" --sport 4000 --dport 22 --payload 4
	expect "a loopback address as the source" drop_loop "$DATAGRAM"
	datagram 25
	expect "a loopback address as the server" drop_loop "$DATAGRAM"
	# A local client's packet that is not for this host cannot stay here with DR.
	in_ns "$D" traffic get "$client" 80 --udp --mark 7 --timeout 50 -n "$N" >/dev/null || :
	expect "a server on this host that does not know the address" drop_loop \
		$((header + 8 + 1))
}

icmp_errors()
{
	datagram 22
	expect "nothing, again"
	error "$C" "$client" "$vip" "$vip" "$client" 22 4000 --bad-csum
	expect "a bad checksum of an error for the server" drop_icmp $((header + 8 + quote))
	error "$R1" "$rip" "$client" "$client" "$rip" 4000 80 --bad-csum
	expect "a bad checksum of an error for the client" drop_icmp $((header + 8 + quote))
	error "$C" "$client" "$vip" "$vip" "$client" 22 4000
	error "$R1" "$rip" "$client" "$client" "$rip" 4000 80
	expect "nothing, if the checksums are good"
}

replies()
{
	ip -n "$D" "$1" rule add from "$vip" prohibit
	send "$R1" "$rip" "$client" --sport 80 --dport 4000 --payload 4
	expect "no route from the service to the client" drop_no_route "$DATAGRAM"
	ip -n "$D" "$1" rule delete from "$vip" prohibit
}

# Only of the allocations that name this cache, and not those that may wait.
fail_memory()
{
	local setting

	echo 1 >"/sys/kernel/slab/$1/failslab"
	for setting in verbose=0 cache-filter=Y interval=1 times=-1 probability="$2"; do
		echo "${setting#*=}" >"$FAILSLAB/${setting%=*}"
	done
	echo "$3" >"/sys/kernel/slab/$1/failslab"
}

no_memory()
{
	[[ -d $FAILSLAB ]] || return 0
	fail_memory "$1" 100 1
	datagram 22 --sport 4001
	expect "no memory for a connection" drop_no_memory "$DATAGRAM"
	fail_memory "$1" 0 0
	datagram 22 --sport 4001
	expect "nothing, when there is memory again"
}

echo 0 >"$TRACE/tracing_on"
echo 1 >"$TRACE/events/nf_vs/nfvs_drop/enable"
echo >"$TRACE/trace"
echo 1 >"$TRACE/tracing_on"

for af in 4 6; do
	family "$af"
	services | adm -R
	no_destination
	on_the_way
	loops
	icmp_errors
	replies "-$af"
	no_memory "nfvs_conn$af"
done

error "$C" "$client" "$vip" "$vip" "$client" 22 4000 --frag 48 --order 0
expect "an error in fragments" drop_icmp $((header + 8 + 48))
adm -A -u "$svc:26" -s rr
adm -a -u "$svc:26" -r "$narrow:26" -i
datagram 26
expect "a tunnel that leaves too little for the smallest packet" drop_too_big "$DATAGRAM"

check_eq "all reasons for which packets are dropped are told" \
	"drop_no_dest drop_dest_gone drop_ttl drop_too_big drop_no_route drop_no_memory drop_loop drop_icmp drop_conn_race drop_defense drop_no_conn" \
	"${reasons[*]}"
echo 0 >"$TRACE/events/nf_vs/nfvs_drop/enable"
finish
