# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# To be sourced by scenarios of persistence in place of lib-vs.sh: clients of several
# networks, and what lists show of templates.

# shellcheck source=tests/net/lib-vs.sh
. "${BASH_SOURCE[0]%/*}/lib-vs.sh"

# Clients: two of a network, one of another.
export A1=$CIP A2=10.0.0.3 A3=10.0.7.2 B1=$CIP6 B2=2001:db8::3 B3=2001:db8:7::2

# persist_topo N [nat|dr]: as topo_create, with those clients
persist_topo()
{
	local ns

	topo_create "$@"
	ip -n "$C" -batch - <<-IP
	address add $A2/24 dev eth0
	address add $A3/32 dev eth0
	address add $B2/64 dev eth0 nodad
	address add $B3/128 dev eth0 nodad
	IP
	for ns in "$D" "${R[@]}"; do
		[[ $ns == "$D" || $2 == dr ]] || continue
		ip -n "$ns" -batch - <<-IP
		route add ${A3%.*}.0/24 dev eth0
		route add ${B3%2}/64 dev eth0
		IP
	done
}

# get SOURCE ARGUMENT...: the servers that answered a client (traffic get)
get()
{
	local seq

	who seq <<<"$(in_ns "$C" traffic get "${@:2}" --source "$1" || :)"
	echo "$seq"
}

# persistent SERVICE...: "rs1=<templates>" of each destination
persistent()
{
	local -a f
	local out=''

	while read -ra f; do
		[[ ${f[0]-} == '->' && ${f[-1]} =~ ^[0-9]+$ ]] || continue
		out+="$(server_name "${f[1]%:*}")=${f[3]} "
	done < <(adm -L -n --persistent-conn "$@")
	echo "${out% }"
}

# left PATTERN: seconds that the rows of the connection table are shown for
left()
{
	local expire src dst pattern=${1//[/\\[}

	adm -L -n -c | while read -r _ expire _ src dst _; do
		# shellcheck disable=SC2053 # a pattern is meant
		[[ "$src $dst" == $pattern ]] || continue
		echo "$((10#${expire%:*} * 60 + 10#${expire#*:}))"
	done
}
