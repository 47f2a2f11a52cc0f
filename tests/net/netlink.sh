#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The netlink family nf_vs as its users see it: errno, text and place of every
# refusal, all-or-nothing batches, consistent dumps, echoes, events, permissions.
#
#   D  services only; no traffic
#
# nltest (see tests/net/nltest.c) sends the messages; "@!" in its answer says that
# the kernel blames the attribute marked with "!".
set -euo pipefail
# shellcheck source=tests/net/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
: "${NFVS_REF:+$(skip_all 'ip_vs has no such family')}"

V='af=2 proto=6 addr=10.0.0.100 port=80'	# a service that is there
W='af=2 proto=6 addr=10.0.0.101 port=80'	# one that is not
V6='af=10 proto=17 addr=2001:db8::100 port=53'
SD="S{ $V } D{ addr=10.0.0.11 port=80"		# a destination that is there

# errno | text | request | what is wrong with it
# Text with "?": older kernels do not pass on why a dump does not even start.
mapfile -t refused <<TABLE
EEXIST|SERVICE: exists already|NEW_SERVICE !S{ $V }|duplicate
EEXIST|SERVICE: exists already|NEW_SERVICE !S{ $V sched=nosuch }|duplicate before unknown scheduler
ENOENT|SERVICE.SCHED: unknown scheduler|NEW_SERVICE S{ $W !sched=nosuch }|unknown scheduler
ENOENT|SERVICE.SCHED: unknown scheduler|NEW_SERVICE S{ $W !sched= }|empty scheduler
ENOENT|SERVICE.SCHED: unknown scheduler|SET_SERVICE S{ $V !sched=nosuch }|unknown scheduler
EINVAL|SERVICE.SCHED: name too long|NEW_SERVICE S{ $W !sched=abcdefghijklmnop }|scheduler of 16 characters
ENOENT|SERVICE.SCHED: unknown scheduler|NEW_SERVICE S{ $W !sched=abcdefghijklmno }|scheduler of 15 characters
EINVAL|Attribute failed policy validation|NEW_SERVICE S{ $W !sched:hex=7272 }|scheduler without NUL
ERANGE|Attribute failed policy validation|NEW_SERVICE S{ $W !nofast:u8=1 }|flag with a value
EINVAL|SERVICE is missing|NEW_SERVICE|no service
EINVAL|SERVICE is missing|SET_SERVICE|no service
EINVAL|SERVICE is missing|DEL_SERVICE|no service
EINVAL|SERVICE is missing|GET_SERVICE|no service
EINVAL|SERVICE is missing|NEW_DEST D{ addr=10.0.0.12 port=80 }|no service
EINVAL|SERVICE is missing|SET_DEST D{ addr=10.0.0.11 port=80 }|no service
EINVAL|SERVICE is missing|DEL_DEST D{ addr=10.0.0.11 port=80 }|no service
EINVAL|?SERVICE is missing|GET_DEST+DUMP|no service
EINVAL|SERVICE.AF is missing|NEW_SERVICE !S{ }|empty service
EINVAL|SERVICE.AF is missing|ZERO !S{ }|empty service
EINVAL|SERVICE.AF is missing|NEW_SERVICE !S{ proto=6 addr=10.0.0.101 port=80 }|no address family
EINVAL|SERVICE: identity needs FWMARK or PROTO, ADDR and PORT|NEW_SERVICE !S{ af=2 addr=10.0.0.101 port=80 }|no protocol
EINVAL|SERVICE: identity needs FWMARK or PROTO, ADDR and PORT|NEW_SERVICE !S{ af=2 proto=6 port=80 }|no address
EINVAL|SERVICE: identity needs FWMARK or PROTO, ADDR and PORT|DEL_SERVICE !S{ af=2 proto=6 addr=10.0.0.100 }|no port
EAFNOSUPPORT|AF: neither AF_INET nor AF_INET6|NEW_SERVICE S{ !af=3 mark=1 }|address family 3
EAFNOSUPPORT|AF: neither AF_INET nor AF_INET6|GET_SERVICE S{ !af=0 mark=1 }|address family 0
EINVAL|SERVICE.PROTO: neither TCP nor UDP|NEW_SERVICE S{ af=2 !proto=132 addr=10.0.0.101 port=80 }|SCTP
EINVAL|SERVICE.PROTO: neither TCP nor UDP|NEW_SERVICE S{ af=2 !proto=262 addr=10.0.0.101 port=80 }|TCP and 256
EINVAL|invalid attribute length|NEW_SERVICE S{ af=2 !proto:u8=6 addr=10.0.0.101 port=80 }|protocol of 1 byte
ESRCH|SERVICE: no such service|DEL_SERVICE !S{ af=2 proto=262 addr=10.0.0.100 port=80 }|TCP and 256
EINVAL|ADDR: length does not fit AF|NEW_SERVICE S{ af=2 proto=6 !addr=2001:db8::1 port=80 }|IPv6 address in AF_INET
EINVAL|ADDR: length does not fit AF|NEW_SERVICE S{ af=10 proto=6 !addr=10.0.0.101 port=80 }|IPv4 address in AF_INET6
EINVAL|ADDR: length does not fit AF|NEW_SERVICE S{ af=2 proto=6 !addr:hex=0a000001ff port=80 }|address of 5 bytes
EINVAL|ADDR: length does not fit AF|NEW_SERVICE S{ af=2 proto=6 !addr:hex= port=80 }|address of 0 bytes
EINVAL|SERVICE.FWMARK: not together with PROTO, ADDR, PORT|NEW_SERVICE S{ $W !mark=1 }|mark and address
EINVAL|SERVICE.FWMARK: 0 is no mark|NEW_SERVICE S{ af=2 !mark=0 }|mark 0
EINVAL|invalid attribute length|NEW_SERVICE S{ !af:u16=2 mark=1 }|address family of 2 bytes
EINVAL|invalid attribute length|NEW_SERVICE S{ af=2 !mark:u16=1 }|mark of 2 bytes
EINVAL|invalid attribute length|NEW_SERVICE S{ af=2 !mark:u64=1 }|mark of 8 bytes
EINVAL|invalid attribute length|NEW_SERVICE S{ af=2 proto=6 addr=10.0.0.101 !port:u8=80 }|port of 1 byte
EINVAL|Unknown attribute type|NEW_SERVICE S{ $W !#60:u32=1 }|attribute beyond all
EINVAL|Unsupported attribute|NEW_SERVICE S{ $W !dests=1 }|attribute of replies
EINVAL|NLA_F_NESTED is missing|NEW_SERVICE !S-{ $W }|nest without its flag
EINVAL|DEST: this operation does not take it|NEW_SERVICE S{ $W } !D{ addr=10.0.0.12 port=80 }|surplus destination
EINVAL|Unknown attribute type|NEW_SERVICE S{ $W } !#60:u32=1|attribute beyond all
EINVAL|Unsupported attribute|BATCH !S{ $W }|service outside of an operation
EINVAL|bytes leftover after parsing attributes|NEW_SERVICE S{ $W } raw=0300|half an attribute
EINVAL|genlmsghdr.reserved field is not 0|NEW_SERVICE+RESERVED S{ $W }|reserved header field
EINVAL|ambiguous or reserved bits set in nlmsg_flags|NEW_SERVICE+CREATE S{ $W }|surplus header flag
ESRCH|SERVICE: no such service|SET_SERVICE !S{ $W }|unknown service
ESRCH|SERVICE: no such service|DEL_SERVICE !S{ $W }|unknown service
ESRCH|SERVICE: no such service|GET_SERVICE !S{ $W }|unknown service
ESRCH|SERVICE: no such service|ZERO !S{ $W }|unknown service
ESRCH|?SERVICE: no such service|GET_DEST+DUMP !S{ $W }|unknown service
ESRCH|SERVICE: no such service|NEW_DEST !S{ $W } D{ addr=10.0.0.12 port=80 }|unknown service
ESRCH|SERVICE: no such service|SET_DEST !S{ $W } D{ addr=10.0.0.12 port=80 }|unknown service
ESRCH|SERVICE: no such service|DEL_DEST !S{ $W } D{ addr=10.0.0.12 port=80 }|unknown service
ESRCH|SERVICE: no such service|DEL_SERVICE !S{ af=2 proto=17 addr=10.0.0.100 port=80 }|other protocol
ESRCH|SERVICE: no such service|DEL_SERVICE !S{ af=2 proto=6 addr=10.0.0.100 port=81 }|other port
ESRCH|SERVICE: no such service|DEL_SERVICE !S{ af=2 mark=7 }|mark of the other family
EINVAL|DEST is missing|NEW_DEST S{ $V }|no destination
EINVAL|DEST is missing|DEL_DEST S{ $V }|no destination
EINVAL|DEST: identity needs ADDR and PORT|NEW_DEST S{ $V } !D{ port=80 }|no address
EINVAL|DEST: identity needs ADDR and PORT|DEL_DEST S{ $V } !D{ addr=10.0.0.11 }|no port
EEXIST|DEST: is in the service already|NEW_DEST S{ $V } !D{ addr=10.0.0.11 port=80 }|duplicate
ENOENT|DEST: not in the service|SET_DEST S{ $V } !D{ addr=10.0.0.12 port=80 }|unknown destination
ENOENT|DEST: not in the service|DEL_DEST S{ $V } !D{ addr=10.0.0.11 port=81 }|unknown port
EAFNOSUPPORT|AF: neither AF_INET nor AF_INET6|NEW_DEST S{ $V } D{ !af=1 addr=10.0.0.12 port=80 }|address family 1
EINVAL|ADDR: length does not fit AF|NEW_DEST S{ $V } D{ !addr=2001:db8::1 port=80 }|IPv6 address, family not given
EINVAL|DEST.METHOD: a server of the other family needs TUN|NEW_DEST S{ $V } D{ af=10 addr=2001:db8::1 port=80 !method=0 }|mixed family with NAT
EINVAL|DEST.METHOD: a server of the other family needs TUN|NEW_DEST S{ $V6 } D{ af=2 addr=10.0.0.12 port=80 !method=3 }|mixed family with DR
EINVAL|DEST.METHOD: none of NAT, TUN, DR|NEW_DEST S{ $V } D{ addr=10.0.0.12 port=80 !method=1 }|method local
EINVAL|DEST.METHOD: none of NAT, TUN, DR|SET_DEST $SD !method=255 }|method 255
EINVAL|DEST.TUN_TYPE: only with METHOD TUN|NEW_DEST S{ $V } D{ addr=10.0.0.12 port=80 method=3 !tun=0 }|tunnel type with DR
EINVAL|DEST.TUN_TYPE: not IPIP|NEW_DEST S{ $V } D{ addr=10.0.0.12 port=80 method=2 !tun=1 }|tunnel type GUE
ERANGE|DEST.WEIGHT: out of range|NEW_DEST S{ $V } D{ addr=10.0.0.12 port=80 !weight=0x80000000 }|weight 2^31
ERANGE|DEST.WEIGHT: out of range|SET_DEST $SD !weight=0xffffffff }|weight -1
ERANGE|DEST.LOWER_THRESHOLD: greater than UPPER_THRESHOLD|NEW_DEST S{ $V } D{ addr=10.0.0.12 port=80 !lower=1 }|lower threshold alone
ERANGE|DEST.LOWER_THRESHOLD: greater than UPPER_THRESHOLD|SET_DEST $SD upper=4 !lower=5 }|thresholds the wrong way round
EINVAL|DEST.UPPER_THRESHOLD: out of range|NEW_DEST S{ $V } D{ addr=10.0.0.12 port=80 !upper=0x80000000 }|upper threshold 2^31
EINVAL|invalid attribute length|NEW_DEST S{ $V } D{ addr=10.0.0.12 port=80 !weight:u8=1 }|weight of 1 byte
EINVAL|Unsupported attribute|NEW_DEST S{ $V } D{ addr=10.0.0.12 port=80 !active=1 }|attribute of replies
EINVAL|DEST.ADDR: not a server's address|NEW_DEST S{ $V } D{ !addr=224.0.0.1 port=80 }|multicast
EINVAL|DEST.ADDR: not a server's address|NEW_DEST S{ $V } D{ !addr=255.255.255.255 port=80 }|broadcast
EINVAL|DEST.ADDR: not a server's address|NEW_DEST S{ $V } D{ !addr=10.0.0.255 port=80 }|broadcast of the subnet
EINVAL|DEST.ADDR: not a server's address|NEW_DEST S{ $V } D{ !addr=0.0.0.0 port=80 }|no address at all
EINVAL|DEST.ADDR: not a server's address|NEW_DEST S{ $V6 } D{ !addr=ff02::1 port=53 }|multicast
EINVAL|DEST.ADDR: not a server's address|NEW_DEST S{ $V6 } D{ !addr=:: port=53 }|no address at all
EINVAL|DEST.ADDR: not a server's address|NEW_DEST S{ $V6 } D{ !addr=fe80::99 port=53 }|link-local, not here
EINVAL|CONFIG is missing|SET_CONFIG|no timeouts
EINVAL|CONFIG.TIMEOUT_TCP: out of range|SET_CONFIG C{ !tcp=0x80000000 fin=1 }|timeout -2^31
EINVAL|CONFIG.TIMEOUT_TCP_FIN: out of range|SET_CONFIG C{ tcp=1 !fin=0x7fffffff }|timeout beyond jiffies
EINVAL|CONFIG.TIMEOUT_UDP: out of range|SET_CONFIG C{ !udp=0xffffffff }|timeout -1
EINVAL|Unknown attribute type|SET_CONFIG C{ !#4:u32=1 }|attribute beyond all
EINVAL|Unknown attribute type|SET_CONFIG C{ tcp=1 } !#60:u32=1|attribute beyond all
EINVAL|OP.CMD is missing|BATCH !O{ S{ $W } }|operation without a command
EINVAL|OP.CMD is missing|BATCH !O{ }|empty operation
EINVAL|OP.CMD: not a command that changes something|BATCH O{ !cmd=GET_INFO }|reading command
EINVAL|OP.CMD: not a command that changes something|BATCH O{ !cmd=BATCH }|batch in a batch
EINVAL|OP.CMD: not a command that changes something|BATCH O{ !cmd=0 }|command 0
EINVAL|OP.CMD: not a command that changes something|BATCH O{ !cmd=255 }|command 255
EINVAL|SERVICE is missing|BATCH !O{ cmd=NEW_SERVICE }|operation without a service
EINVAL|DEST is missing|BATCH !O{ cmd=NEW_DEST S{ $V } }|operation without a destination
EINVAL|SERVICE is missing|BATCH !O{ cmd=NEW_DEST D{ addr=10.0.0.99 port=80 } }|first one, without a service
EINVAL|SERVICE is missing|BATCH O{ cmd=FLUSH } !O{ cmd=NEW_DEST D{ addr=10.0.0.99 port=80 } }|none before it either
EINVAL|SERVICE is missing|BATCH O{ cmd=SET_SERVICE S{ $V } } !O{ cmd=DEL_SERVICE }|a service goes on with none
ENOENT|DEST: not in the service|BATCH O{ cmd=SET_SERVICE S{ $V } } O{ cmd=DEL_DEST !D{ addr=10.0.0.99 port=80 } }|goes on with the service
ESRCH|SERVICE: no such service|BATCH O{ cmd=DEL_SERVICE S{ $V } } !O{ cmd=DEL_DEST D{ addr=10.0.0.11 port=80 } }|goes on with one that is gone
EINVAL|CONFIG is missing|BATCH !O{ cmd=SET_CONFIG }|operation without timeouts
EINVAL|SERVICE: this operation does not take it|BATCH O{ cmd=FLUSH !S{ $V } }|surplus service
EINVAL|DEST: this operation does not take it|BATCH O{ cmd=DEL_SERVICE S{ $V } !D{ addr=10.0.0.11 port=80 } }|surplus destination
EINVAL|CONFIG: this operation does not take it|BATCH O{ cmd=NEW_SERVICE S{ $W } !C{ tcp=5 } }|surplus timeouts
EINVAL|Unknown attribute type|BATCH O{ cmd=FLUSH !#5:u32=1 }|attribute beyond all
EINVAL|NLA_F_NESTED is missing|BATCH !O-{ cmd=FLUSH }|operation without its flag
EINVAL|invalid attribute length|BATCH O{ !cmd:u32=10 }|command of 4 bytes
EINVAL|SERVICE: this operation does not take it|FLUSH !S{ $V }|surplus service
EINVAL|SERVICE: this operation does not take it|FLUSH !S{ }|surplus service, empty
EINVAL|NLA_F_NESTED is missing|FLUSH !S-{ $V }|surplus service, without its flag
EINVAL|DEST: this operation does not take it|FLUSH !D{ addr=10.0.0.11 port=80 }|surplus destination
EINVAL|CONFIG: this operation does not take it|FLUSH !C{ tcp=5 }|surplus timeouts
EINVAL|SERVICE: this operation does not take it|SET_CONFIG C{ tcp=5 } !S{ $V }|surplus service
EINVAL|DEST: this operation does not take it|ZERO S{ $V } !D{ addr=10.0.0.11 port=80 }|surplus destination
EINVAL|CONFIG: this operation does not take it|NEW_DEST S{ $V } D{ addr=10.0.0.12 port=80 } !C{ tcp=5 }|surplus timeouts
EINVAL|Unknown attribute type|GET_INFO !gen=1|surplus attribute
EINVAL|Unsupported attribute|GET_INFO !S{ $V }|surplus service
EINVAL|Unsupported attribute|GET_CONN+DUMP !S{ $V }|surplus service
EOPNOTSUPP||GET_DEST S{ $V }|only to be dumped
EOPNOTSUPP||GET_CONN|only to be dumped
EOPNOTSUPP||NEW_SERVICE+DUMP S{ $W }|not to be dumped
EOPNOTSUPP||GET_INFO+DUMP|not to be dumped
EOPNOTSUPP||0|command 0
EOPNOTSUPP||17|command beyond all
EOPNOTSUPP||64|event as a request
TABLE

# errno | text | operations after 5 good ones | why the batch is refused
mapfile -t batches <<TABLE
EEXIST|SERVICE: exists already|O{ cmd=NEW_SERVICE !S{ $W } }|service that the batch has made
ESRCH|SERVICE: no such service|O{ cmd=DEL_SERVICE S{ $W } } O{ cmd=NEW_DEST !S{ $W } D{ addr=10.0.0.13 port=80 } }|service that the batch has deleted
EEXIST|DEST: is in the service already|O{ cmd=NEW_DEST S{ $W } !D{ addr=10.0.0.12 port=80 } }|destination that the batch has made
ENOENT|DEST: not in the service|O{ cmd=DEL_DEST S{ $V } !D{ addr=10.0.0.11 port=80 } }|destination that the batch has deleted
ESRCH|SERVICE: no such service|O{ cmd=FLUSH } O{ cmd=SET_SERVICE !S{ $V } }|all services flushed
EINVAL|DEST.ADDR: not a server's address|O{ cmd=SET_CONFIG C{ tcp=7 } } O{ cmd=NEW_DEST S{ $V } D{ !addr=224.0.0.1 port=80 } }|timeouts set before
EINVAL|CONFIG.TIMEOUT_UDP: out of range|O{ cmd=ZERO } O{ cmd=SET_CONFIG C{ !udp=0x80000000 } }|timeouts
EINVAL|OP.CMD is missing|O{ cmd=FLUSH } !O{ }|last one not understood
EEXIST|SERVICE: exists already|O{ cmd=SET_SERVICE S{ $V sched=wrr nofast= } } O{ cmd=NEW_SERVICE !S{ $V } }|fast path switched off before
EEXIST|SERVICE: exists already|O{ cmd=SET_SERVICE S{ $V6 sched=lc } } O{ cmd=NEW_SERVICE !S{ $V } }|fast path switched on before
EEXIST|SERVICE: exists already|O{ cmd=DEL_SERVICE S{ $V } } O{ cmd=NEW_SERVICE S{ $V sched=lc } } O{ cmd=NEW_DEST S{ $V } D{ addr=10.0.0.11 port=80 weight=9 } } O{ cmd=NEW_SERVICE !S{ $V } }|service deleted and made again
EINVAL|DEST.METHOD: none of NAT, TUN, DR|500*O{ cmd=NEW_DEST S{ $W } D{ addr=10.1.0.0+ port=80 } } O{ cmd=NEW_DEST S{ $W } D{ addr=10.2.0.0 port=80 !method=9 } } 500*O{ cmd=NEW_DEST S{ $W } D{ addr=10.3.0.0+ port=80 } }|operation 506 of 1006
TABLE
GOOD="O{ cmd=NEW_SERVICE S{ $W } } O{ cmd=NEW_DEST S{ $W } D{ addr=10.0.0.12 port=80 } }"
GOOD+=" O{ cmd=SET_SERVICE S{ $V sched=lc } } O{ cmd=SET_DEST $SD method=3 weight=7 } }"
GOOD+=" O{ cmd=DEL_DEST S{ $V } D{ addr=10.0.0.11 port=80 } }"

# ask REQUEST: lines in $said, the end of the answer in $answer
ask()
{
	local line

	said=
	answer=nothing
	echo "$1" >&"${nl[1]}"
	while IFS= read -rt 60 -u "${nl[0]}" line; do
		if [[ $line != '> '* ]]; then
			answer=$line
			return
		fi
		said+=${said:+$'\n'}${line#> }
	done
}

# check_refused: a line of a table, "|" between fields; changes nothing
check_refused()
{
	local errno=$1 text=$2 request=$3 what=$4 expected

	expected=$errno${text:+ ${text#\?}}
	[[ $request != *!* ]] || expected+=' @!'
	ask "$request"
	[[ $text != \?* || $answer != "$errno" ]] || expected=$errno
	check_eq "${request%%[ +]*}: $what" "$expected" "$answer$said"
}

check_same()
{
	ask compare
	[[ $answer == OK ]] || note "$said"
	check_eq "$1" OK "$answer"
}

# check_reply DESCRIPTION REQUEST EXPECTED-LINES
check_reply()
{
	ask "$2"
	check_eq "$1" "$3${3:+$'\n'}OK" "$said${said:+$'\n'}$answer"
}

# check_event DESCRIPTION REQUEST EXPECTED: the change is announced as that
check_event()
{
	ask "$2"
	[[ $answer == OK ]] || note "$answer"
	ask events
	check_eq "$1" "$3" "$said"
}

plan $((${#refused[@]} + 2 * ${#batches[@]} + 58))
topo_create 0
in_ns "$D" ip link set eth0 up
coproc nl { in_ns "$D" nltest 2>&1; }

ask "BATCH O{ cmd=NEW_SERVICE S{ $V sched=wrr } } \
 O{ cmd=NEW_DEST $SD method=0 weight=3 upper=20 lower=10 } } \
 O{ cmd=NEW_SERVICE S{ $V6 sched=lc nofast= } } O{ cmd=NEW_SERVICE S{ af=10 mark=7 } }"
check_eq "a batch of four" OK "$answer"

# ---- refusals ----

ask snapshot
for line in "${refused[@]}"; do
	IFS='|' read -r errno text request what <<<"$line"
	check_refused "$errno" "$text" "$request" "$what"
done
check_same "refusals change nothing, nor the generation"

for line in "${batches[@]}"; do
	IFS='|' read -r errno text request what <<<"$line"
	check_refused "$errno" "$text" "BATCH $GOOD $request" "$what"
	check_same "batch refused, nothing changed: $what"
done

# ---- what is accepted, and replies ----

ZEROS='stats{ conns=0 inpkts=0 outpkts=0 inbytes=0 outbytes=0 cps=0 inpps=0 outpps=0 inbps=0 outbps=0 fast=0 }'

check_reply "an empty batch is accepted" BATCH ''
check_reply "and still nothing has changed" \
	"GET_SERVICE S{ $V }" "GET_SERVICE S{ $V sched=wrr dests=1 $ZEROS }"
check_reply "dump of a service's destinations, its options ignored" "GET_DEST+DUMP S{ $V sched=rr }" \
	"GET_DEST D{ af=2 addr=10.0.0.11 port=80 method=0 weight=3 upper=20 lower=10 active=0 inactive=0 persist=0 $ZEROS } gen=1"
check_reply "dump of services, newest first" GET_SERVICE+DUMP \
	"GET_SERVICE S{ af=10 mark=7 sched=wlc dests=0 $ZEROS } gen=1
GET_SERVICE S{ $V6 sched=lc nofast= dests=0 $ZEROS } gen=1
GET_SERVICE S{ $V sched=wrr dests=1 $ZEROS } gen=1"
check_reply "facts" GET_INFO "GET_INFO INFO{ version=66049 size=512 services=3 conns=0 }"
check_reply "timeouts" GET_CONFIG "GET_CONFIG C{ tcp=900 fin=120 udp=300 }"
ask GET_COUNTERS
check_match "named counters" "GET_COUNTERS COUNTER{ name=* value=0 } COUNTER{ name=*" "$said"
check_reply "no connections" GET_CONN+DUMP ''

check_reply "echo of a service, the scheduler filled in" "NEW_SERVICE+ECHO S{ $W }" \
	"NEW_SERVICE S{ $W sched=wlc } gen=2"
check_reply "echo of a destination, defaults filled in" \
	"NEW_DEST+ECHO S{ $W sched=rr } D{ addr=10.0.0.12 port=81 }" \
	"NEW_DEST S{ $W } D{ af=2 addr=10.0.0.12 port=81 method=3 weight=1 upper=0 lower=0 } gen=3"
check_reply "SET_DEST has no echo" "SET_DEST+ECHO S{ $W } D{ addr=10.0.0.12 port=81 }" ''
check_reply "a mixed family is accepted with TUN" \
	"NEW_DEST+ECHO S{ $W } D{ af=10 addr=2001:db8::12 port=80 method=2 }" \
	"NEW_DEST S{ $W } D{ af=10 addr=2001:db8::12 port=80 method=2 weight=1 upper=0 lower=0 tun=0 } gen=5"
for addr in 127.0.0.1 192.0.2.1 10.0.0.0; do
	check_reply "accepted as in ip_vs: $addr" "NEW_DEST S{ $W } D{ addr=$addr port=80 }" ''
done
check_reply "accepted as in ip_vs: ::1" "NEW_DEST S{ $V6 } D{ addr=::1 port=53 }" ''
check_reply "accepted: biggest weight and thresholds" \
	"NEW_DEST S{ $W } D{ addr=10.0.0.13 port=0 weight=0x7fffffff upper=0x7fffffff lower=0x7fffffff }" ''
check_reply "SET_DEST resets what is not given" "SET_DEST S{ $W } D{ addr=10.0.0.13 port=0 }" ''
ask "GET_DEST+DUMP S{ $W }"
check_match "and so it is listed, first because newest" \
	"GET_DEST D{ af=2 addr=10.0.0.13 port=0 method=3 weight=1 upper=0 lower=0 active=0*" "$said"

check_reply "echo of a service without fast path" "NEW_SERVICE+ECHO S{ af=2 mark=9 nofast= }" \
	"NEW_SERVICE S{ af=2 mark=9 sched=wlc nofast= } gen=12"

# ---- events ----

ask subscribe
check_eq "multicast group" OK "$answer"
gen=12
check_event "event: FLUSH" FLUSH "FLUSHED gen=$((++gen))"
check_event "event: new service" "NEW_SERVICE S{ $V }" "SERVICE_NEW S{ $V sched=wlc } gen=$((++gen))"
check_event "event: service set" "SET_SERVICE S{ $V sched=rr }" "SERVICE_SET S{ $V sched=rr } gen=$((++gen))"
check_event "event: service set, its fast path off" "SET_SERVICE S{ $V sched=rr nofast= }" \
	"SERVICE_SET S{ $V sched=rr nofast= } gen=$((++gen))"
check_reply "and so it is" "GET_SERVICE S{ $V }" "GET_SERVICE S{ $V sched=rr nofast= dests=0 $ZEROS }"
check_event "event: service set, its fast path is on unless refused" "SET_SERVICE S{ $V sched=rr }" \
	"SERVICE_SET S{ $V sched=rr } gen=$((++gen))"
check_reply "and so it is" "GET_SERVICE S{ $V }" "GET_SERVICE S{ $V sched=rr dests=0 $ZEROS }"
check_event "event: new destination" "NEW_DEST S{ $V } D{ addr=10.0.0.11 port=80 method=2 }" \
	"DEST_NEW S{ $V } D{ af=2 addr=10.0.0.11 port=80 method=2 weight=1 upper=0 lower=0 tun=0 } gen=$((++gen))"
check_event "event: destination set" "SET_DEST S{ $V } D{ addr=10.0.0.11 port=80 weight=5 upper=2 }" \
	"DEST_SET S{ $V } D{ af=2 addr=10.0.0.11 port=80 method=3 weight=5 upper=2 lower=0 } gen=$((++gen))"
check_event "event: ZERO of a service" "ZERO S{ $V }" "ZEROED S{ $V } gen=$((++gen))"
check_event "event: ZERO of all" ZERO "ZEROED gen=$((++gen))"
check_event "event: timeouts, all three" "SET_CONFIG C{ fin=77 udp=0 }" \
	"CONFIG_SET C{ tcp=900 fin=77 udp=300 } gen=$((++gen))"
check_event "event: destination deleted" "DEL_DEST S{ $V } D{ addr=10.0.0.11 port=80 }" \
	"DEST_DEL S{ $V } D{ af=2 addr=10.0.0.11 port=80 } gen=$((++gen))"
check_event "event: service deleted" "DEL_SERVICE S{ $V }" "SERVICE_DEL S{ $V } gen=$((++gen))"
check_event "no event of a refusal" "DEL_SERVICE S{ $V }" ''
check_event "no event of a refused batch" "BATCH $GOOD" ''
check_event "no event of reading" GET_SERVICE+DUMP ''
check_event "a batch: an event per operation, in order, one generation" \
	"BATCH O{ cmd=NEW_SERVICE S{ $V } } O{ cmd=NEW_DEST D{ addr=10.0.0.11 port=80 } } \
 O{ cmd=DEL_SERVICE S{ $V } } O{ cmd=SET_CONFIG C{ tcp=5 } } O{ cmd=FLUSH }" \
	"SERVICE_NEW S{ $V sched=wlc } gen=$((++gen))
DEST_NEW S{ $V } D{ af=2 addr=10.0.0.11 port=80 method=3 weight=1 upper=0 lower=0 } gen=$gen
SERVICE_DEL S{ $V } gen=$gen
CONFIG_SET C{ tcp=5 fin=77 udp=300 } gen=$gen
FLUSHED gen=$gen"

# ---- big batches, dumps while the configuration changes ----

MANY="O{ cmd=NEW_SERVICE S{ $V } } 19999*O{ cmd=NEW_DEST S{ $V } D{ addr=10.1.0.0+ port=80 } }"
ask snapshot
check_refused ESRCH "SERVICE: no such service" "BATCH $MANY O{ cmd=DEL_SERVICE !S{ $W } }" \
	"operation 20001 of 20001"
check_same "and nothing of the other 20000 is there"
check_reply "no event of it either" "events count" "0 messages"
check_reply "20000 operations" "BATCH $MANY" ''
ask "events count"
check_eq "a listener is told that it has missed events" ENOBUFS "$answer"
check_reply "19999 destinations listed" "GET_DEST+DUMP+COUNT S{ $V }" "19999 messages"

ask "hold GET_DEST+DUMP S{ $V }"
ask "other SET_SERVICE S{ $V sched=rr }"
ask resume
check_eq "a dump that a change came into says so" "19999 messages, OK (interrupted)" \
	"$said, $answer"
ask "hold GET_DEST+DUMP S{ $V }"
ask "other DEL_SERVICE S{ $V }"
ask resume
check_match "also when the service goes" "*[0-9] messages, OK (interrupted)" "$said, $answer"
ask "BATCH 1000*O{ cmd=NEW_SERVICE S{ af=2 mark=1+ } }"
ask "hold GET_SERVICE+DUMP"
ask "other DEL_SERVICE S{ af=2 mark=1 }"
ask resume
check_eq "also of services" "999 messages, OK (interrupted)" "$said, $answer"
check_reply "and the next one is consistent" GET_SERVICE+DUMP+COUNT "999 messages"

# ---- protocols that only the family IPVS takes ----

ask FLUSH
odd='AF=u16:2 PROTOCOL=u16:262 ADDR=x0a000064 PORT=be:80'
check_eq "IPVS takes protocol 262" OK "$(in_ns "$D" ipvs_raw <<<"NEW_SERVICE SERVICE={ $odd \
SCHED_NAME=s:rr FLAGS=w:0,0xffffffff TIMEOUT=u32:0 NETMASK=xffffffff }" | xargs)"
odd='af=2 proto=262 addr=10.0.0.100 port=80'
check_reply "it is shown, not protocol 6" GET_SERVICE+DUMP \
	"GET_SERVICE S{ $odd sched=rr dests=0 $ZEROS } gen=$((gen + 7))"
check_match "nfvsadm lists it" '*IP  *10.0.0.100:80 rr*' "$(in_ns "$D" nfvsadm -L -n)"
check_reply "and it can be removed" "DEL_SERVICE S{ $odd }" ''

# ---- permissions ----

ask snapshot
ask "uid 65534"
denied=
for cmd in {1..8} {10..14} 16 {5,9,15}+DUMP; do
	ask "$cmd S{ $V } D{ addr=10.0.0.11 port=80 }"
	[[ $answer == EPERM ]] || denied+="$cmd: $answer "
done
check_eq "nobody may do anything" '' "$denied"
eval "exec ${nl[1]}>&-"
check_eq "root of a user namespace may do nothing in the director's" "EPERM" \
	"$(in_ns "$D" unshare -r nltest <<<GET_INFO)"
own=$(in_ns "$D" unshare -rn nltest <<<"NEW_SERVICE S{ af=2 mark=9 }
GET_SERVICE S{ af=2 mark=9 }")
check_eq "but everything in its own" \
	"OK
> GET_SERVICE S{ af=2 mark=9 sched=wlc dests=0 $ZEROS }
OK" "$own"
finish
