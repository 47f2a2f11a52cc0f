#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Methods that only the family IPVS can name: with LOCALNODE, and with numbers that mean
# nothing, a packet stays on the director, counted like any other, never through the fast
# path; a change of method leaves open connections where they are. Services of protocols
# without ports disturb nobody.
#
#   C -- D (serves itself) -- switch -- R1 (DR)
set -euo pipefail
# shellcheck source=tests/net/lib-vs.sh
. "${BASH_SOURCE[0]%/*}/lib-vs.sh"

METHODS=(1 5 6 7)

# ipvs REQUEST...: a line for each
ipvs()
{
	printf '%s\n' "$@" | in_ns "$D" ipvs_raw | tr -d '\n'
}

SVC4='AF=u16:2 PROTOCOL=u16:6 ADDR=x0a000064 PORT=be:80'
SVC6='AF=u16:10 PROTOCOL=u16:6 ADDR=x20010db8000000000000000000000100 PORT=be:80'
CONF='SCHED_NAME=s:rr FLAGS=w:0,0xffffffff TIMEOUT=u32:0'
DEST4='ADDR=x0a00000b PORT=be:80'
DEST6='ADDR=x20010db8000000000000000000000011 PORT=be:80'

# dest METHOD: what is behind FWD_METHOD
dest()
{
	echo "FWD_METHOD=u32:$1 WEIGHT=u32:1 U_THRESH=u32:0 L_THRESH=u32:0"
}

get()
{
	in_ns "$C" traffic get "$@" | tally
}

plan $((3 + 3 * ${#METHODS[@]} + 3))
topo_create 1 dr
start_servers --tcp 80
start_server "$D" director --tcp 80
check_eq "services and servers" OKOKOKOK "$(ipvs \
	"NEW_SERVICE SERVICE={ $SVC4 $CONF NETMASK=xffffffff }" \
	"NEW_SERVICE SERVICE={ $SVC6 $CONF NETMASK=u32:128 }" \
	"NEW_DEST SERVICE={ $SVC4 } DEST={ $DEST4 $(dest 3) }" \
	"NEW_DEST SERVICE={ $SVC6 } DEST={ $DEST6 $(dest 3) }")"
check_eq "DR" "rs1=2" "$(get "$VIP" 80 -n 2)"
flow_open flow "$VIP" 80
flow_ask answer "$flow"
check_match "a connection that is open" 'rs1 *' "$answer"

total=3
for method in "${METHODS[@]}"; do
	check_eq "method $method is taken" OKOK "$(ipvs \
		"SET_DEST SERVICE={ $SVC4 } DEST={ $DEST4 $(dest "$method") }" \
		"SET_DEST SERVICE={ $SVC6 } DEST={ $DEST6 $(dest "$method") }")"
	check_eq "method $method: the director answers" "director=3 director=2" \
		"$(get "$VIP" 80 -n 3) $(get "$VIP6" 80 -n 2)"
	total=$((total + 3))
	is_counted()
	{
		[[ $(conns_of -t "$VIP:80") -eq $total ]]
	}
	check "method $method: connections are counted" poll "${STATS_LAG}" is_counted
done
flow_ask answer "$flow"
check_match "it stays where it is" 'rs1 *' "$answer"
flow_close "$flow"

check_eq "services of any protocol" OKOKOKOK "$(ipvs \
	"NEW_SERVICE SERVICE={ ${SVC4/u16:6/u16:0} $CONF NETMASK=xffffffff }" \
	"NEW_SERVICE SERVICE={ ${SVC4/u16:6/u16:300} $CONF NETMASK=xffffffff }" \
	"NEW_SERVICE SERVICE={ ${SVC4/u16:6/u16:1} $CONF NETMASK=xffffffff }" \
	"SET_DEST SERVICE={ $SVC4 } DEST={ $DEST4 $(dest 3) }")"
check_eq "DR again" "rs1=2" "$(get "$VIP" 80 -n 2)"
finish
