#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A real server on the director itself, with DR and NAT; and the director as a
# client of DR, NAT and tunnel services and of its own server.  IPv4 and IPv6, TCP
# and UDP.
#
#   C 10.0.0.2 --+-- D 10.0.0.254, VIP, runs the server "own"
#               SW
#   R1 .11 ------+                    VIP on lo, tunnels
# nfvs: mods ipip ip6_tunnel
set -euo pipefail
# shellcheck source=tests/net/lib-vs.sh
. "${BASH_SOURCE[0]%/*}/lib-vs.sh"

plan 40
topo_create 1 dr
ip -n "$R1" -batch - <<-IP
link add t4 type ipip local ${RIP[1]}
link set t4 up
link add t6 type ip6tnl mode any local ${RIP6[1]}
link set t6 up
IP
# What a DR server says to the director comes from an address of the director.
in_ns "$D" sysctl -qw net.ipv4.conf.all.accept_local=1
ip -n "$D" address change "$VIP6/128" dev eth0 preferred_lft 0
ports=()
for port in 80 82 84 85 8080; do
	ports+=(--tcp "$port" --udp "$port")
done
start_servers "${ports[@]}"
start_server "$D" own "${ports[@]}"

# service PORT V4-DEST V6-DEST...: TCP and UDP
service()
{
	local p

	for p in -t -u; do
		vs_lines "$p $VIP:$1" rr "$2" ${4:+"$4"}
		vs_lines "$p [$VIP6]:$1" rr "$3" ${5:+"$5"}
	done
}

# Elsewhere: what the director sends there by itself is seen on its way out only.
ip -n "$D" -batch - <<-IP
route add 10.99.0.0/24 dev eth0
route add 2001:db8:99::/64 dev eth0
IP
{
	service 80 "-r ${RIP[1]}:80 -g" "-r [${RIP6[1]}]:80 -g" "-r $DIP:80 -g" "-r [$DIP6]:80 -g"
	service 81 "-r $DIP:8080 -m" "-r [$DIP6]:8080 -m"
	service 82 "-r ${RIP[1]}:82 -g" "-r [${RIP6[1]}]:82 -g"
	service 83 "-r ${RIP[1]}:80 -m" "-r [${RIP6[1]}]:80 -m"
	service 84 "-r ${RIP[1]}:84 -i" "-r [${RIP6[1]}]:84 -i"
	vs_lines "-f 7" rr "-r ${RIP[1]}:80 -m"
	vs_lines "-f 7 -6" rr "-r [${RIP6[1]}]:80 -m"
	service 85 "-r $DIP:85 -g" "-r [$DIP6]:85 -g"
} | adm -R

# first WHAT...: the answer without the client's port
first()
{
	local text

	text=$("$@" || :)
	answers text <<<"$text"
	echo "${text#* }"
}

# requests SERVICE...: stats without what came back.  ip_vs sees the answers of its
# own host's DR server and counts them, nf_vs looks for answers of NAT servers only.
# shellcheck disable=SC2317 # called by name
requests()
{
	local entry out='' f

	for entry in $(stats "$@"); do
		IFS=/ read -ra f <<<"$entry"
		out+="${f[0]}/${f[1]}/${f[3]} "
	done
	echo "${out% }"
}

# run NAME FLAG VIP CLIENT DIRECTOR RS1 OPTION...
run()
{
	local name=$1 flag=$2 vip=$3 cip=$4 dip=$5 rs1=$6 v=$3 d=$5 out text header=28
	local far=10.99.0.1

	shift 6

	[[ $vip != *:* ]] || far=2001:db8:99::1 header=48 v="[$vip]" cip="[$cip]" d="[$dip]" rs1="[$rs1]"
	out=$(in_ns "$C" traffic get "$vip" 80 -n 4 "$@" || :)
	who text <<<"$out"
	check_eq "$name: the director takes its turn, DR" "own rs1 own rs1" "$text"
	answers text <<<"$out"
	check_eq "$name: with the virtual address" "2 rs1 peer=$cip:* local=$v:80
2 own peer=$cip:* local=$v:80" "$text"
	out=$(in_ns "$C" traffic get "$vip" 81 -n 4 "$@" --bytes 100 --reply 200 || :)
	answers text <<<"$out"
	check_eq "$name: the director as a NAT server" \
		"4 own peer=$cip:* local=$d:8080 got=100 reply=200" "$text"
	if [[ $flag == -u ]]; then
		out="4/4/4/$((4 * (100 + header)))/$((4 * (200 + header)))"
		check_stats "$name: counters of both directions, NAT" "total=$out $dip=$out" \
			"$flag" "$v:81"
		check_soon "$STATS_LAG" "$name: counters of requests, DR" \
			"total=4/4/$((4 * (1 + header))) rs1=2/2/$((2 * (1 + header))) $(
			)$dip=2/2/$((2 * (1 + header)))" requests "$flag" "$v:80"
	fi
	check_eq "$name: the director as a client, DR" "rs1 peer=$d:* local=$v:82" "$(
		first in_ns "$D" traffic get "$vip" 82 "$@" --source "$dip")"
	check_eq "$name: the director as a client, NAT" "rs1 peer=$d:* local=$rs1:80" "$(
		first in_ns "$D" traffic get "$vip" 83 "$@" --source "$dip")"
	check_eq "$name: the director as a client, tunnel" "rs1 peer=$d:* local=$v:84" "$(
		first in_ns "$D" traffic get "$vip" 84 "$@" --source "$dip")"
	check_eq "$name: the director as a client of a mark" "rs1 peer=$d:* local=$rs1:80" "$(
		first in_ns "$D" traffic get "$far" 80 "$@" --source "$dip" --mark 7)"
	check_eq "$name: the director to itself, DR" "own peer=$v:* local=$v:85" "$(
		first in_ns "$D" traffic get "$vip" 85 "$@" --source "$vip")"
	check_eq "$name: the director to itself, NAT" "own peer=$v:* local=$d:8080" "$(
		first in_ns "$D" traffic get "$vip" 81 "$@" --source "$vip")"
}

run "IPv4 TCP" -t "$VIP" "$CIP" "$DIP" "${RIP[1]}"
run "IPv4 UDP" -u "$VIP" "$CIP" "$DIP" "${RIP[1]}" --udp --source-port 20000 --next-port
run "IPv6 TCP" -t "$VIP6" "$CIP6" "$DIP6" "${RIP6[1]}"
run "IPv6 UDP" -u "$VIP6" "$CIP6" "$DIP6" "${RIP6[1]}" --udp --source-port 20000 --next-port
finish
