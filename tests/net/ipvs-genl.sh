#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# nfvs: noload
# nfvs: timeout 600
# The netlink family IPVS, byte by byte: the same requests, right and wrong ones, first
# to ip_vs, then to nf_vs, in one boot. The replies are equal; what differs on purpose is
# listed in differs and normalised in the_same() and nowhere else.
set -euo pipefail
# shellcheck source=tests/net/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
: "${NFVS_REF:+$(skip_all 'is about both')}"

FUZZ_SECONDS=5

requests=()

say()
{
	requests+=("$*")
}

# What nf_vs says to the last request in place of what ip_vs says: a pattern.
declare -A differs=()
but_we_say()
{
	differs[$((${#requests[@]} - 1))]=$1
}

# ---- the parts of requests ----

V4='AF=u16:2 PROTOCOL=u16:6 ADDR=x0a000001 PORT=be:80'
V6='AF=u16:10 PROTOCOL=u16:6 ADDR=x20010db8000000000000000000000001 PORT=be:80'
ALL='FLAGS=w:0,0xffffffff TIMEOUT=u32:0'
CONF4="SCHED_NAME=s:rr $ALL NETMASK=xffffffff"
CONF6="SCHED_NAME=s:rr $ALL NETMASK=u32:128"
S4="SERVICE={ $V4 }"
S6="SERVICE={ $V6 }"
FULL4="SERVICE={ $V4 $CONF4 }"
FULL6="SERVICE={ $V6 $CONF6 }"
R4='ADDR=x0a00000b PORT=be:80'
R6='ADDR=x20010db800000000000000000000000b PORT=be:80'
DCONF='FWD_METHOD=u32:3 WEIGHT=u32:1 U_THRESH=u32:0 L_THRESH=u32:0'
D4="DEST={ $R4 $DCONF }"
D6="DEST={ $R6 $DCONF }"

show_all()
{
	say "sort GET_SERVICE dump"
	say "GET_DEST dump $S4"
	say "GET_DEST dump $S6"
}

# without NAME WORDS: the words but for the attribute
without()
{
	local word out=''

	for word in $2; do
		[[ $word == "$1="* ]] || out+="$word "
	done
	echo "$out"
}

# with NAME VALUE WORDS: the attribute has that value
with()
{
	local word out=''

	for word in $3; do
		[[ $word != "$1="* ]] || word="$1=$2"
		out+="$word "
	done
	echo "$out"
}

# ---- the requests ----

ask_empty()
{
	local cmd

	say family
	say 'GET_INFO'
	say 'GET_INFO noack'
	say 'GET_INFO dump'
	say 'GET_INFO version=0'
	say 'GET_INFO version=2 reserved=5'
	say 'GET_INFO 1={ } 2={ } 7=u32:1 99=x0102'
	say 'GET_CONFIG'
	say 'GET_CONFIG dump'
	for cmd in 0 SET_INFO 18 19 255; do
		say "$cmd"
		say "$cmd dump"
	done
	say 'GET_SERVICE'
	say 'GET_SERVICE root'
	say 'GET_SERVICE dump'
	say 'GET_SERVICE dump SERVICE={ }'
	say 'GET_SERVICE dump SERVICE=x0102'
	say "GET_SERVICE $S4"
	say 'GET_DEST'
	say "GET_DEST $S4"
	say 'GET_DEST dump'
	say "GET_DEST dump $S4"
	say 'GET_DEST dump SERVICE={ }'
	say 'GET_DAEMON'
	say 'GET_DAEMON dump'
	for cmd in SET_SERVICE DEL_SERVICE ZERO NEW_DEST SET_DEST DEL_DEST; do
		say "$cmd"
		say "$cmd SERVICE={ }"
		say "$cmd SERVICE=0"
		say "$cmd $S4"
		say "$cmd $FULL4"
		say "$cmd $FULL4 DEST={ }"
		say "$cmd $FULL4 $D4"
		say "$cmd dump $FULL4"
	done
	say 'FLUSH'
	say 'FLUSH noack'
	say 'FLUSH SERVICE={ } 1=u8:1'
	say 'ZERO noack'
}

# Every attribute missing, short, long, twice.
ask_lengths()
{
	local name

	for name in AF PROTOCOL ADDR PORT SCHED_NAME FLAGS TIMEOUT NETMASK; do
		say "NEW_SERVICE SERVICE={ $(without $name "$V4 $CONF4") }"
		say "DEL_SERVICE $S4"
		say "NEW_SERVICE SERVICE={ $(with $name 0 "$V4 $CONF4") }"
		say "sort GET_SERVICE dump"
		say 'FLUSH'
		say "NEW_SERVICE SERVICE={ $(with $name x01 "$V4 $CONF4") }"
		say "sort GET_SERVICE dump"
		say 'FLUSH'
		say "NEW_SERVICE SERVICE={ $(with $name x0a000b00 "$V4 $CONF4") }"
		say "sort GET_SERVICE dump"
		say 'FLUSH'
		say "NEW_SERVICE SERVICE={ $(with $name x02000300000000000000 "$V4 $CONF4") }"
		say "sort GET_SERVICE dump"
		say 'FLUSH'
		say "NEW_SERVICE SERVICE={ $(with $name x0200000000000000000000000000000000000000 \
			"$V4 $CONF4") }"
		say "sort GET_SERVICE dump"
		say 'FLUSH'
	done
	say "NEW_SERVICE SERVICE={ PORT=be:1 $V4 $CONF4 SCHED_NAME=s:wlc }"
	say "NEW_SERVICE $FULL4 SERVICE={ }"
	say "NEW_SERVICE SERVICE={ } $FULL4"
	say "sort GET_SERVICE dump"
	for name in ADDR PORT FWD_METHOD WEIGHT U_THRESH L_THRESH; do
		say "NEW_DEST $S4 DEST={ $(without $name "$R4 $DCONF") }"
		say "NEW_DEST $S4 DEST={ $(with $name 0 "$R4 $DCONF") }"
		say "NEW_DEST $S4 DEST={ $(with $name x0a "$R4 $DCONF") }"
		say "NEW_DEST $S4 DEST={ $(with $name x0a00000c "$R4 $DCONF") }"
		say "NEW_DEST $S4 DEST={ $(with $name x030000000000 "$R4 $DCONF") }"
		say "NEW_DEST $S4 DEST={ $(with $name \
			x0a00000d00000000000000000000000000000000 "$R4 $DCONF") }"
		say "GET_DEST dump $S4"
	done
	for name in TUN_TYPE=u8:0 TUN_PORT=be:7 TUN_FLAGS=u16:3 ADDR_FAMILY=u16:2; do
		say "DEL_DEST $S4 DEST={ $R4 }"
		say "NEW_DEST $S4 DEST={ $R4 $DCONF ${name%%=*}=0 }"
		say "NEW_DEST $S4 DEST={ $R4 $DCONF $name }"
		say "GET_DEST dump $S4"
	done
	say 'FLUSH'
	for name in TIMEOUT_TCP TIMEOUT_TCP_FIN TIMEOUT_UDP; do
		say "SET_CONFIG $name=0"
		say "SET_CONFIG $name=u16:7"
		say "SET_CONFIG $name=x0700000000000000"
		say 'GET_CONFIG'
	done
	# Attributes that end behind their nest or the message.
	say "NEW_SERVICE SERVICE={ AF@200=u16:2 }"
	say "NEW_SERVICE SERVICE={ $V4 $CONF4 NETMASK@3=xffffffff }"
	say "NEW_SERVICE SERVICE@4000=x02"
	say "NEW_SERVICE SERVICE@0=x02"
	say "NEW_SERVICE SERVICE={ $V4 $CONF4"
	say "NEW_SERVICE SERVICE=N{ $V4 $CONF4 }"
	say "NEW_SERVICE SERVICE={ $V4 $CONF4 40=u32:1 13=u8:0 0=u8:1 }"
	say "sort GET_SERVICE dump"
	say 'FLUSH'
}

ask_services()
{
	local af proto flags mask name

	say "NEW_SERVICE $FULL4"
	say "NEW_SERVICE $FULL4"
	say "NEW_SERVICE SERVICE={ $V4 $(with SCHED_NAME s:nosuch "$CONF4") }"
	say "GET_SERVICE $S4"
	say "GET_SERVICE noack $S4"
	say "GET_SERVICE $FULL4"
	say "GET_SERVICE SERVICE={ $V4 PE_NAME=s:x SCHED_NAME=s: }"
	# The same address of another family, protocol, port.
	say "GET_SERVICE SERVICE={ $(with AF u16:10 "$V4") }"
	say "GET_SERVICE SERVICE={ $(with PROTOCOL u16:17 "$V4") }"
	say "GET_SERVICE SERVICE={ $(with PORT be:81 "$V4") }"
	say "GET_SERVICE SERVICE={ $(with ADDR x0a00000100000000000000000000000f "$V4") }"
	say "DEL_SERVICE SERVICE={ $(with PORT be:81 "$V4") }"
	say "NEW_SERVICE $FULL6"
	say "NEW_SERVICE $FULL6"
	say "GET_SERVICE $S6"
	for af in 0 1 3 11 256 65535; do
		say "NEW_SERVICE SERVICE={ $(with AF u16:$af "$V4") $CONF4 }"
		say "GET_SERVICE SERVICE={ $(with AF u16:$af "$V4") }"
		say "GET_DEST dump SERVICE={ $(with AF u16:$af "$V4") }"
		say "NEW_DEST SERVICE={ $(with AF u16:$af "$V4") } $D4"
	done
	for proto in 0 1 17 50 132 255 256 300 65535; do
		say "NEW_SERVICE SERVICE={ $(with PROTOCOL u16:$proto "$V4") $CONF4 }"
		say "GET_SERVICE SERVICE={ $(with PROTOCOL u16:$proto "$V4") }"
		say "NEW_DEST SERVICE={ $(with PROTOCOL u16:$proto "$V4") } $D4"
		say "GET_DEST dump SERVICE={ $(with PROTOCOL u16:$proto "$V4") }"
	done
	say "sort GET_SERVICE dump"
	for proto in 0 300; do
		say "DEL_SERVICE SERVICE={ $(with PROTOCOL u16:$proto "$V4") }"
		say "DEL_SERVICE SERVICE={ $(with PROTOCOL u16:$proto "$V4") }"
	done
	for name in x00000000 xe0000001 xffffffff x7f000001; do
		say "NEW_SERVICE SERVICE={ $(with ADDR $name "$V4") $CONF4 }"
	done
	say "NEW_SERVICE SERVICE={ $(with PORT be:0 "$V4") $CONF4 }"
	say "NEW_SERVICE SERVICE={ $(with ADDR xff020000000000000000000000000001 "$V6") $CONF6 }"
	say "sort GET_SERVICE dump"

	# Schedulers and engines.
	for name in rr wrr lc wlc none nosuch '' 123456789012345 1234567890123456; do
		say "SET_SERVICE SERVICE={ $V4 $(with SCHED_NAME "s:$name" "$CONF4") }"
		say "GET_SERVICE $S4"
	done
	say "SET_SERVICE SERVICE={ $V4 $(with SCHED_NAME r:wrr "$CONF4") }"
	for name in '' nosuch none 1234567890123456 12345678901234567; do
		say "SET_SERVICE SERVICE={ $V4 $CONF4 PE_NAME=s:$name }"
	done
	say "SET_SERVICE SERVICE={ $V4 $CONF4 PE_NAME=r:nosuch }"
	say "SET_SERVICE SERVICE={ $V4 $CONF4 PE_NAME=0 }"
	say "NEW_SERVICE SERVICE={ $(with PORT be:5 "$V4") $CONF4 PE_NAME=s:nosuch }"
	say "GET_SERVICE $S4"

	# Flags and masks.
	for flags in 0 1 2 4 5 0x3f 0x40 0xffffffff; do
		for mask in 0 1 2 0xfffffffd 0xffffffff; do
			say "SET_SERVICE SERVICE={ $V4 $(with FLAGS "w:$flags,$mask" "$CONF4") }"
			say "GET_SERVICE $S4"
		done
	done
	for flags in 0xffffffff,0 0xffffffff,0xffffffff 2,2 4,6; do
		say "NEW_SERVICE SERVICE={ $(with PORT be:6 "$V4") $(with FLAGS "w:$flags" "$CONF4") }"
		say "GET_SERVICE SERVICE={ $(with PORT be:6 "$V4") }"
		say "DEL_SERVICE SERVICE={ $(with PORT be:6 "$V4") }"
	done

	# Timeouts and masks.
	for name in 1 360 8589934 17179869; do
		say "SET_SERVICE SERVICE={ $V4 $(with TIMEOUT u32:$name "$CONF4") }"
		say "GET_SERVICE $S4"
	done
	for name in x00000000 xffffff00 xff00ff00 x00000001; do
		say "SET_SERVICE SERVICE={ $V4 $(with NETMASK $name "$CONF4") }"
		say "GET_SERVICE $S4"
	done
	for name in 0 1 64 127 128 129 256 257 0x80000000 0xffffffff; do
		say "SET_SERVICE SERVICE={ $V6 $(with NETMASK u32:$name "$CONF6") }"
		say "GET_SERVICE $S6"
	done
	say "SET_SERVICE SERVICE={ $V6 $(with NETMASK u32:0 "$(with SCHED_NAME s:nosuch "$CONF6")") }"
	say "NEW_SERVICE SERVICE={ $(with PORT be:6 "$V6") $(with NETMASK u32:0 "$CONF6") }"
	say 'FLUSH'
	say "sort GET_SERVICE dump"
}

ask_marks()
{
	local mark af

	for af in 2 10; do
		for mark in 1 4294967295; do
			say "NEW_SERVICE SERVICE={ AF=u16:$af FWMARK=u32:$mark $CONF6 }"
			say "NEW_SERVICE SERVICE={ AF=u16:$af FWMARK=u32:$mark $CONF6 }"
			say "GET_SERVICE SERVICE={ AF=u16:$af FWMARK=u32:$mark }"
		done
	done
	# Address and protocol mean nothing then.
	say "GET_SERVICE SERVICE={ $V4 FWMARK=u32:1 }"
	say "NEW_SERVICE SERVICE={ $V4 FWMARK=u32:1 $CONF4 }"
	say "GET_SERVICE $S4"
	say "GET_SERVICE SERVICE={ AF=u16:2 FWMARK=u32:2 }"
	say "GET_SERVICE SERVICE={ AF=u16:2 FWMARK=x0100 }"
	say "NEW_DEST SERVICE={ AF=u16:2 FWMARK=u32:1 } $D4"
	say "NEW_DEST SERVICE={ AF=u16:10 FWMARK=u32:1 } $D6"
	say "NEW_DEST SERVICE={ AF=u16:10 FWMARK=u32:1 } $D4"
	say "GET_DEST dump SERVICE={ AF=u16:2 FWMARK=u32:1 }"
	say "GET_DEST dump SERVICE={ AF=u16:10 FWMARK=u32:1 }"
	say "DEL_DEST SERVICE={ AF=u16:2 FWMARK=u32:1 } $D4"
	# The mark 0 is none.
	say "NEW_SERVICE SERVICE={ AF=u16:2 FWMARK=u32:0 $CONF4 }"
	say "NEW_SERVICE SERVICE={ AF=u16:2 FWMARK=u32:0 $CONF4 }"
	say "GET_SERVICE SERVICE={ AF=u16:2 FWMARK=u32:0 }"
	say "GET_SERVICE SERVICE={ AF=u16:2 PROTOCOL=u16:6 ADDR=x00000000 PORT=be:0 }"
	say "DEL_SERVICE SERVICE={ AF=u16:2 FWMARK=u32:0 }"
	say "ZERO SERVICE={ AF=u16:2 FWMARK=u32:1 }"
	say "ZERO SERVICE={ AF=u16:2 FWMARK=u32:7 }"
	say "sort GET_SERVICE dump"
	say "DEL_SERVICE SERVICE={ AF=u16:2 FWMARK=u32:1 }"
	say "DEL_SERVICE SERVICE={ AF=u16:2 FWMARK=u32:1 }"
	say 'FLUSH'
}

ask_dests()
{
	local cmd v

	say "NEW_SERVICE $FULL4"
	say "NEW_SERVICE $FULL6"
	for cmd in SET_DEST DEL_DEST NEW_DEST NEW_DEST SET_DEST; do
		say "$cmd $S4 $D4"
		say "$cmd $S6 $D6"
		say "GET_DEST dump $S4"
		say "GET_DEST dump $S6"
	done
	say "NEW_DEST $S4 DEST={ $(with PORT be:0 "$R4") $DCONF }"
	say "NEW_DEST $S4 DEST={ $(with PORT be:65535 "$R4") $DCONF }"
	say "GET_DEST dump $S4"
	for cmd in NEW_DEST SET_DEST; do
		for v in 0 2147483647 2147483648 4294967295; do
			say "$cmd $S4 DEST={ $R4 $(with WEIGHT u32:$v "$DCONF") }"
		done
		for v in 0,1 1,1 2,1 1,2 2147483647,0 2147483648,0 4294967295,1 1,4294967295; do
			say "$cmd $S4 DEST={ $R4 $(with U_THRESH "u32:${v%,*}" \
				"$(with L_THRESH "u32:${v#*,}" "$DCONF")") }"
			say "GET_DEST dump $S4"
		done
		# More than one mistake: which one is told.
		say "$cmd $S4 DEST={ $R4 $(with WEIGHT u32:0xffffffff "$DCONF") TUN_TYPE=u8:1 }"
		say "$cmd $S4 DEST={ $R4 $(with U_THRESH u32:0xffffffff "$DCONF") TUN_TYPE=u8:1 }"
		say "$cmd $S4 DEST={ $R6 $DCONF ADDR_FAMILY=u16:10 TUN_TYPE=u8:1 }"
		say "$cmd $S4 DEST={ $R4 $(with WEIGHT u32:0xffffffff "$DCONF") ADDR_FAMILY=u16:9 }"
		say "$cmd SERVICE={ $(with PORT be:9 "$V4") } DEST={ $R4 }"
		say "$cmd SERVICE={ $(with PORT be:9 "$V4") } DEST={ $R4 $DCONF ADDR_FAMILY=u16:9 }"
		say "$cmd SERVICE={ $(with PORT be:9 "$V4") } DEST={ $R4 $(with WEIGHT \
			u32:0xffffffff "$DCONF") }"
	done
	for v in 0 1 3 5 6 7 8 9 0xfffffff8 0xffffffff; do
		say "SET_DEST $S4 DEST={ $R4 $(with FWD_METHOD u32:$v "$DCONF") }"
		say "GET_DEST dump $S4"
		say "SET_DEST $S6 DEST={ $R6 $(with FWD_METHOD u32:$v "$DCONF") }"
		say "GET_DEST dump $S6"
	done
	say "SET_DEST $S4 $D4"
	# Addresses.
	for v in 00000000 ffffffff 0a0000ff e0000001 0a000000 7f000001 c0000201 0a0000fe; do
		say "NEW_DEST $S4 DEST={ $(with ADDR x$v "$R4") $DCONF }"
	done
	for v in 00000000000000000000000000000000 00000000000000000000000000000001 \
		 ff020000000000000000000000000001 fe800000000000000000000000000001 \
		 20010db80000000000000000000000fe 20010db9000000000000000000000001 \
		 00000000000000000000ffff0a000001; do
		say "NEW_DEST $S6 DEST={ $(with ADDR x$v "$R6") $DCONF }"
	done
	say "GET_DEST dump $S4"
	say "GET_DEST dump $S6"
	say "DEL_DEST $S4 DEST={ $(with ADDR x7f000001 "$R4") }"
	say "DEL_DEST $S4 DEST={ $(with ADDR x7f000001 "$R4") }"
	say "DEL_DEST $S4 DEST={ }"
	say "DEL_DEST $S4"
	say "GET_DEST dump $S4"
}

ask_families()
{
	local cmd v tun

	tun=$(with FWD_METHOD u32:2 "$DCONF")
	for cmd in NEW_DEST SET_DEST; do
		for v in 0 1 2 9 10 65535; do
			say "$cmd $S4 DEST={ $R4 $DCONF ADDR_FAMILY=u16:$v }"
			say "$cmd $S4 DEST={ $R6 $DCONF ADDR_FAMILY=u16:$v }"
			say "$cmd $S6 DEST={ $R4 $tun ADDR_FAMILY=u16:$v }"
		done
	done
	say "NEW_DEST $S4 DEST={ $R6 $tun ADDR_FAMILY=u16:10 }"
	say "GET_DEST dump $S4"
	say "GET_DEST dump $S6"
	say "NEW_DAEMON DAEMON={ STATE=u32:1 MCAST_IFN=s:d0 SYNC_ID=u32:0 }"
	say "DEL_DEST $S4 DEST={ $R6 ADDR_FAMILY=u16:9 }"
	say "DEL_DEST $S4 DEST={ $R6 ADDR_FAMILY=u16:10 }"
	say "DEL_DEST $S6 DEST={ $R4 ADDR_FAMILY=u16:2 }"
	for v in 0,0,0 0,7,0xffff 1,0,0 1,6080,1 2,0,0 2,5,2 9,0,0; do
		IFS=, read -r type port flags <<<"$v"
		say "SET_DEST $S4 DEST={ $R4 $DCONF TUN_TYPE=u8:$type TUN_PORT=be:$port TUN_FLAGS=u16:$flags }"
		say "GET_DEST dump $S4"
	done
	say "SET_DEST $S4 DEST={ $R4 $tun }"
	say "GET_DEST dump $S4"
	say "SET_DEST $S4 DEST={ $R4 $tun TUN_TYPE=u8:1 }"
	say "ZERO $S4"
	say "ZERO $S6"
	say "ZERO SERVICE={ $(with PORT be:9 "$V4") }"
	say ZERO
	show_all
	say "DEL_SERVICE $S4"
	say FLUSH
	show_all
}

ask_config()
{
	local name v

	for name in TIMEOUT_TCP TIMEOUT_TCP_FIN TIMEOUT_UDP; do
		for v in 0 1 77 8589934 8589935 2147483647 2147483648 4294967295; do
			say "SET_CONFIG $name=u32:$v"
			say 'GET_CONFIG'
		done
	done
	say 'SET_CONFIG'
	say 'SET_CONFIG TIMEOUT_TCP=u32:5 TIMEOUT_UDP=u32:0xffffffff'
	say 'GET_CONFIG'
	say 'SET_CONFIG TIMEOUT_TCP=u32:900 TIMEOUT_TCP_FIN=u32:120 TIMEOUT_UDP=u32:300'
	say 'GET_CONFIG noack'
}

ask_daemons()
{
	local name d='STATE=u32:1 MCAST_IFN=s:d0 SYNC_ID=u32:0' v

	say 'NEW_DAEMON'
	say 'NEW_DAEMON DAEMON={ }'
	say 'DEL_DAEMON'
	say 'DEL_DAEMON DAEMON={ }'
	for name in STATE MCAST_IFN SYNC_ID; do
		say "NEW_DAEMON DAEMON={ $(without $name "$d") }"
		say "NEW_DAEMON DAEMON={ $(with $name x01 "$d") }"
	done
	for v in '' nosuch 123456789012345 1234567890123456; do
		say "NEW_DAEMON DAEMON={ $(with MCAST_IFN "s:$v" "$d") }"
	done
	for v in 0 3 4294967295; do
		say "NEW_DAEMON DAEMON={ $(with STATE u32:$v "$d") }"
		say "DEL_DAEMON DAEMON={ STATE=u32:$v }"
	done
	for v in 1 2; do
		say "DEL_DAEMON DAEMON={ STATE=u32:$v }"
	done
	say "NEW_DAEMON DAEMON={ $d MCAST_GROUP=x0a000001 }"
	say "NEW_DAEMON DAEMON={ $d MCAST_GROUP=xe0 }"
	say "NEW_DAEMON DAEMON={ $d MCAST_GROUP6=x20010db8000000000000000000000001 }"
	say "NEW_DAEMON DAEMON={ $d MCAST_GROUP6=xff02 }"
	say "NEW_DAEMON DAEMON={ $(with MCAST_IFN s:nosuch "$d") MCAST_GROUP=x0a000001 }"
	say "NEW_DAEMON DAEMON={ $(with MCAST_IFN s:nosuch "$d") MCAST_GROUP=xe0000051 \
MCAST_GROUP6=x00 }"
	say 'GET_DAEMON dump'
}

# Dumps that do not fit into one message's room.
ask_many()
{
	local i

	say "NEW_SERVICE $FULL4"
	for ((i = 1; i <= 150; i++)); do
		say "NEW_DEST $S4 DEST={ $(with PORT "be:$i" "$R4") $DCONF }"
	done
	say "GET_DEST dump $S4"
	for ((i = 1; i <= 100; i += 1)); do
		say "NEW_SERVICE SERVICE={ $(with PORT "be:$((1000 + i))" "$V4") $CONF4 }"
	done
	say "sort GET_SERVICE dump"
	say 'FLUSH'
	show_all
}

# ---- what differs on purpose ----

ask_different()
{
	local v

	say "NEW_SERVICE $FULL4"
	say "NEW_DEST $S4 $D4"
	# Tunnels of these kinds do not exist yet, nor does BYPASS: better refused than
	# configured without effect.
	for v in 1,6080 2,0 9,0; do
		say "SET_DEST $S4 DEST={ $R4 $(with FWD_METHOD u32:2 "$DCONF") TUN_TYPE=u8:${v%,*} \
TUN_PORT=be:${v#*,} }"
		but_we_say EOPNOTSUPP
	done
	for v in 4 12; do
		say "SET_DEST $S4 DEST={ $R4 $(with FWD_METHOD u32:$v "$DCONF") }"
		but_we_say EOPNOTSUPP
	done
	say "FLUSH"
	# Seconds are not counted in jiffies: they do not overflow.
	say "NEW_SERVICE SERVICE={ $V4 $(with TIMEOUT u32:4294967295 "$CONF4") }"
	say "GET_SERVICE $S4"
	but_we_say '> * TIMEOUT=u32:4294967295 *'
	say "DEL_SERVICE $S4"
	# Persistence engines do not exist yet.
	say "NEW_SERVICE SERVICE={ $V4 $CONF4 PE_NAME=s:sip }"
	but_we_say ENOENT
	say "DEL_SERVICE $S4"
	but_we_say ESRCH
	# Daemons do not exist yet.
	say 'NEW_DAEMON DAEMON={ STATE=u32:1 MCAST_IFN=s:d0 SYNC_ID=u32:0 }'
	but_we_say EOPNOTSUPP
	say 'DEL_DAEMON DAEMON={ STATE=u32:1 }'
	but_we_say ESRCH
}

ask_permissions()
{
	local who cmd

	for who in 'as 65534' userns; do
		for cmd in 'GET_INFO' 'GET_CONFIG' 'GET_SERVICE dump' 'GET_DEST dump' 'GET_DEST' \
			'GET_DAEMON' 'GET_DAEMON dump' 'SET_CONFIG' 'FLUSH' 'ZERO' 'NEW_SERVICE' \
			'18' "NEW_SERVICE $FULL4"; do
			say "$who $cmd"
		done
	done
}

# Whatever order: to be equal, replies that carry what is measured are made so.
the_same()
{
	local out=$1

	if [[ $out == *' VERSION=x'* ]]; then
		# The connection table grows and shrinks.
		out=${out//CONN_TAB_SIZE=u32:+([0-9])/CONN_TAB_SIZE=N}
		out=${out//0800020000*([0-9a-f])/0800020000N}
		out=${out//08000200+([0-9a-f])/08000200N}
	fi
	printf -v same %s "$out"
}
shopt -s extglob

# run_requests ARRAY: the answers
run_requests()
{
	# An empty line ends each answer.
	mapfile -t -d $'\036' "$1" < <(printf '%s\n' "${requests[@]}" | in_ns "$NS" ipvs_raw |
		awk 'BEGIN { ORS = "" } { print $0 == "" ? "\036" : "\n" $0 }')
}

ask_empty
ask_lengths
ask_services
ask_marks
ask_dests
ask_families
ask_config
ask_daemons
ask_many
ask_permissions
ask_different

NS=genl.$$
SEED=${NFVS_SEED:-$SRANDOM}
plan $((${#requests[@]} + 6))
ip netns add "$NS"
topo_all+=("$NS")
ip -n "$NS" -batch - <<-IP
link set dev lo up
link add name d0 type veth peer name d1
link set dev d0 up
link set dev d1 up
address add 10.0.0.254/24 dev d0
address add 2001:db8::fe/64 dev d0 nodad
IP

declare -a theirs ours
modprobe -a ip_vs ip_vs_rr ip_vs_wrr ip_vs_lc ip_vs_wlc
run_requests theirs

# While ip_vs has the name, nf_vs goes without it.
dmesg -c >/dev/null
IFS=, read -ra deps < <(modinfo -F depends "$NFVS_BUILD/nf_vs.ko")
[[ ${#deps[@]} -eq 0 ]] || modprobe -a "${deps[@]}"
insmod "$NFVS_BUILD/nf_vs.ko"
check_eq "the name is taken: nf_vs says so once" \
	"nf_vs: ip_vs is loaded: the names of IPVS are left to it" \
	"$(dmesg | sed -n 's/^\[[^]]*\] \(nf_vs: ip_vs.*\)/\1/p')"
rmmod nf_vs
modprobe -r ip_vs_pe_sip ip_vs_rr ip_vs_wrr ip_vs_lc ip_vs_wlc ip_vs
# Who asks for the family would have ip_vs loaded.
echo /bin/false >/proc/sys/kernel/modprobe
insmod "$NFVS_BUILD/nf_vs.ko" compat=0
check_fails "compat=0: nobody owns the family" 1 'nobody owns' ipvs_raw </dev/null
echo /sbin/modprobe >/proc/sys/kernel/modprobe
check_eq "compat can be read" N "$(</sys/module/nf_vs/parameters/compat)"
rmmod nf_vs
check_eq "no alias that catches programs by default" '' \
	"$(modinfo -F alias "$NFVS_BUILD/nf_vs.ko" | grep -i -e ip_vs -e IPVS || :)"

insmod "$NFVS_BUILD/nf_vs.ko" dyndbg=+p
run_requests ours
check_eq "an answer to each" "${#requests[@]} ${#requests[@]}" "${#theirs[@]} ${#ours[@]}"
for i in "${!requests[@]}"; do
	the_same "${theirs[i]-nothing}"
	expected=$same
	the_same "${ours[i]-nothing}"
	if [[ -z ${differs[$i]-} ]]; then
		check_eq "${requests[i]}" "$expected" "$same"
	elif [[ $expected == "$same" ]]; then
		check_eq "${requests[i]}: a difference" "another answer" "$same"
	else
		check_match "${requests[i]}" $'\n'"${differs[$i]}" "$same"
	fi
done
note "seed $SEED"
check "random requests do no harm" in_ns "$NS" ipvs_raw --fuzz "$SEED" "$FUZZ_SECONDS"
finish
