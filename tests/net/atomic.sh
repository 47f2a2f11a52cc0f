#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Packets see a service as it was before a change set or as it is after it, never a
# mixture: either R1 takes connections or R2, and thresholds change with the weights.
# (The new threshold used to fill R1 while the old weights still kept R2 out.) Nor does
# a connection have the method that its server has only after the change. And
# rr goes on where it was when the set changed, not where it was when the change
# began.
#
#   C -- D -- R1, R2; thousands of other destinations of weight 0
set -euo pipefail
# shellcheck source=tests/net/lib-vs.sh
. "${BASH_SOURCE[0]%/*}/lib-vs.sh"
: "${NFVS_REF:+$(skip_all 'ip_vs has no change sets')}"

OTHERS=5000	# they make a commit long
FLIPS=10

plan 9
topo_create 2 nat
start_servers --udp 53
echo 100000 >/proc/sys/net/core/netdev_max_backlog
coproc nl { in_ns "$D" nltest 2>&1; }

# batch OPERATION...: all or nothing
batch()
{
	local line=

	echo "BATCH $*" >&"${nl[1]}"
	read -rt 60 -u "${nl[0]}" line || :
	[[ $line == OK ]] || { note "$line"; return 1; }
}

V="af=2 proto=17 addr=$VIP port=53"
R1_ON="O{ cmd=SET_DEST S{ $V } D{ addr=${RIP[1]} port=53 method=0 weight=1 } }"
R1_FULL="O{ cmd=SET_DEST S{ $V } D{ addr=${RIP[1]} port=53 method=0 weight=1 upper=1 } }"
R1_AWAY="O{ cmd=SET_DEST S{ $V } D{ addr=${RIP[1]} port=53 method=2 weight=0 } }"
R2_ON="O{ cmd=SET_DEST S{ $V } D{ addr=${RIP[2]} port=53 method=0 weight=1 } }"
R2_OFF="O{ cmd=SET_DEST S{ $V } D{ addr=${RIP[2]} port=53 method=0 weight=0 } }"
OTHER="S{ $V } D{ addr=10.9.0.1+ port=53 weight=0 }"
SAME="$OTHERS*O{ cmd=SET_DEST $OTHER }"

counter()
{
	adm -L --counters | sed -n "s/^$1 *//p"
}

batch "O{ cmd=NEW_SERVICE S{ $V sched=rr } } $OTHERS*O{ cmd=NEW_DEST $OTHER }" \
	"${R1_ON/SET/NEW} ${R2_OFF/SET/NEW} O{ cmd=SET_CONFIG C{ udp=20 } }"
check_eq "R1 alone takes connections" "rs1=3" \
	"$(in_ns "$C" traffic get "$VIP" 53 --udp -n 3 --next-port --source-port 2000 | tally)"

# One request after the other: each at the other server than the one before.
batch "$R2_ON"
in_ns "$C" traffic get "$VIP" 53 --udp -n 1000 --next-port --source-port 10000 >answers &
asking=$!
done=0
while kill -0 $asking 2>/dev/null && batch "$SAME"; do
	done=$((done + 1))
done
wait "$asking" || :
check "rr: the service changed all the time ($done times)" test "$done" -ge 5
check_eq "rr: no server was asked twice in a row" "1000 0" \
	"$(cut -d' ' -f1 <answers | awk '$1 == last { n++ } { last = $1 } END { print NR, n + 0 }')"
batch "$R2_OFF"

# New connections all the time, from one address after the other.
for ((i = 0; i < 200; i++)); do
	echo "10.77.0.$i $VIP --proto udp --dport 53 --ports 20000 -n 20000"
done |
	nsenter --net="/run/netns/$C" xargs -L 1 traffic flood >/dev/null 2>&1 &
flood=$!
# And lists, which add up a large service's counters a part at a time.
for ((i = 0; i < 30; i++)); do
	echo "GET_SERVICE S{ $V }"
	echo GET_SERVICE+DUMP
done | in_ns "$D" nltest >lists 2>&1 &
lists=$!
done=0
while ((done < FLIPS)) && batch "$R1_FULL $SAME $R2_ON" && batch "$R2_OFF $SAME $R1_ON"; do
	done=$((done + 1))
done
check_eq "the service changed all the time" "$FLIPS" "$done"
# R1 is tunnelled to only when it has weight 0.
while ((done < 2 * FLIPS)) && batch "$R1_AWAY $SAME $R2_ON" && batch "$R2_OFF $SAME $R1_ON"; do
	done=$((done + 1))
done
check_eq "and once more" "$((2 * FLIPS))" "$done"
# Attribute 10 of a connection: its method.
check_eq "no connection has a method of later" 0 \
	"$(in_ns "$D" nltest <<<GET_CONN+DUMP | grep -c ' #10=02' || :)"
check "and connections came all the time" kill -0 "$flood"
kill "$flood"
wait "$flood" "$lists" || :
check_eq "every list shows all destinations" "60 OK 60 dests=$((OTHERS + 2))" \
	"$(grep -oE '^OK|dests=[0-9]+' lists | sort | uniq -c | xargs)"
check_eq "there was a server for each of them" 0 "$(counter drop_no_dest)"
note "$(counter conn_new) connections"
eval "exec ${nl[1]}>&-"
finish
