#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# nfvs: kernels 6.12
# nfvsadm --json: every listing is JSON, also of nothing; its keys are the attributes
# of the uapi header, each with one type everywhere; its values are those of the text.
# The shell's completion, which asks nfvsadm.
#
#   C -- D -- R1
set -euo pipefail
# shellcheck source=tests/net/lib-vs.sh
. "${BASH_SOURCE[0]%/*}/lib-vs.sh"
: "${NFVS_REF:+$(skip_all 'ipvsadm has no JSON')}"

HEADER=$NFVS_TOP/include/uapi/linux/nf_vs.h

# The header and files: each file one document, each key an attribute, each attribute
# with one type.
read -r -d '' KEYS <<'PYTHON' || :
import json, re, sys
names = set(re.findall(r"\b(NFVS_(?:[A-Z]+_)?A_[A-Z0-9_]+)\b", open(sys.argv[1]).read()))
nests = {"service": "SVC_", "dest": "DEST_", "stats": "STATS_", "config": "CONFIG_",
	 "conn": "CONN_", "info": "INFO_", "counter": "COUNTER_"}
# What the header has no attribute for: a name of an event, daemons to come.
others = {"event", "daemon"}
types = {}

def walk(object, nest):
	for key, value in object.items():
		own = "" if key in ("service", "dest") else nest
		attr = "NFVS_%sA_%s" % (own, key.upper())
		if key not in others and attr not in names:
			print("no attribute:", attr)
		if types.setdefault(attr, type(value)) != type(value):
			print("two types:", attr)
		for item in value if isinstance(value, list) else [value]:
			if isinstance(item, dict):
				walk(item, nests[key])

for name in sys.argv[2:]:
	try:
		walk(json.load(open(name)), "")
	except ValueError as error:
		print(name, "is no JSON:", error)
PYTHON

# listings: all that can be listed
listings()
{
	local i rc

	rm -f "$file".*
	for i in "${!LISTINGS[@]}"; do
		rc=0
		# shellcheck disable=SC2086 # words
		adm ${LISTINGS[i]} --json >"$file.$i" || rc=$?
		check_eq "$1: ${LISTINGS[i]}" 0 "$rc"
	done
	check_eq "$1: all is JSON, keys are attributes of one type" '' \
		"$(/usr/bin/python3 -c "$KEYS" "$HEADER" "$file".*)"
}

# value EXPRESSION ARGUMENT...: of the listing d
value()
{
	local expression=$1

	shift
	adm "$@" --json | /usr/bin/python3 -c "import json, sys
d = json.load(sys.stdin)
print($expression)"
}

LISTINGS=('-L' '-L -n' '-L --stats' '-L --rate --exact' '-L --thresholds' '-L --tun-info'
	'-L --persistent-conn' '-L --nosort' '-L -c' '-L -n -c --persistent-conn'
	'-L --timeout' '-L --daemon' '-L --counters' '-L --stats --fastpath')

plan $((2 * ${#LISTINGS[@]} + 2 + 24))
topo_create 1 nat
start_server "$R1" rs1 --udp 53
file=$(mktemp)

listings empty
check_eq "no services" '[]' "$(value "d['service']" -L)"
check_eq "no connections" '{"conn":[]}' "$(adm -L -c --json)"
adm -R <<EOT
-A -u $VIP:53 -s rr
-a -u $VIP:53 -r ${RIP[1]}:53 -m -w 2147483647 -x 9 -y 8
-A -t 10.0.0.1 -p 77 -M 255.255.240.0 --no-fastpath
-a -t 10.0.0.1 -r [2001:db8::9]:0 -i
-A -f 4294967295 -6 -s none -p -M 64 -o -b flag-1
-A -t [2001:db8::1]:443
EOT
in_ns "$C" traffic get "$VIP" 53 --udp -n 3 --bytes 100 --reply 200 --source-port 30000 \
	>/dev/null
listings full

svc="next(s for s in d['service'] if s.get('port') == 53)"
check_eq "a service" "2 17 10.0.0.100 rr 0 0 255.255.255.255 False 1" \
	"$(value "*[($svc)[k] for k in 'af proto addr sched flags timeout netmask no_fastpath dest_count'.split()]" -L)"
check_eq "its counters" "1 3 3 384 684" \
	"$(value "*[($svc)['stats'][k] for k in 'conns in_pkts out_pkts in_bytes out_bytes'.split()]" -L)"
check_eq "its server" "2 10.1.1.2 53 0 2147483647 9 8 0" \
	"$(value "*[($svc)['dest'][0][k] for k in 'af addr port method weight upper_threshold lower_threshold tun_type'.split()]" -L)"
check_eq "persistence" "1 77 255.255.240.0 True" \
	"$(value "*[d['service'][0][k] for k in 'flags timeout netmask no_fastpath'.split()]" -L -t 10.0.0.1)"
check_eq "of one service there is no information on all" "['service'] 1" \
	"$(value "[*d], len(d['service'])" -L -t 10.0.0.1 | tr -d '(),')"
check_eq "another family's server" "10 2001:db8::9 2" \
	"$(value "*[d['service'][0]['dest'][0][k] for k in ('af', 'addr', 'method')]" -L -t 10.0.0.1)"
check_eq "a mark" "10 4294967295 13 360 64" \
	"$(value "*[d['service'][0][k] for k in 'af fwmark flags timeout plen'.split()]" -L -f 4294967295 -6)"
check_eq "the order of the text" "$(adm -S -n | grep -c ^-A) 4294967295" \
	"$(value "len(d['service']), d['service'][0]['fwmark']" -L | tr -d '(),')"
check_eq "information" "66049 4 1" \
	"$(value "*[d['info'][k] for k in ('version', 'services', 'conns')]" -L)"
check_eq "a connection" "2 17 UDP 10.0.0.2 30000 10.0.0.100 53 2 10.1.1.2 53 0" \
	"$(value "*[d['conn'][0][k] for k in 'af proto state client_addr client_port virtual_addr virtual_port dest_af dest_addr dest_port method'.split()]" -L -c)"
check_eq "timeouts" "{'timeout_tcp': 900, 'timeout_tcp_fin': 120, 'timeout_udp': 300}" \
	"$(value "d['config']" -L --timeout)"
check_eq "counters, all of them" "$(adm -L --counters | wc -l)" \
	"$(value "len(d['counter'])" -L --counters)"
check_eq "names are not looked up" 127.0.0.1 \
	"$(adm -A -t 127.0.0.1:80 && value "d['service'][0]['addr']" -L -t 127.0.0.1:80)"
check_fails "no such service: nothing but the error" 1 'No such service' \
	adm -L --json -t 10.9.9.9:80

# ---- many rows: they do not gather in memory ----

for ((i = 0; i < 250; i++)); do
	printf '%s\n' "-a -f 4294967295 -6 -r [2001:db8::5:$((i / 50)):$((i % 50))]:0"
done | adm -R
check "json.tool takes it" /usr/bin/python3 -m json.tool "$file".0
check_eq "250 servers" 250 \
	"$(value "len(d['service'][0]['dest'])" -L -f 4294967295 -6)"

# ---- completion ----

# complete_line LINE: what bash would offer
complete_line()
{
	# shellcheck disable=SC2016 # for the other shell
	in_ns "$D" bash -c '
		COMP_WORDBREAKS="><=;|&(: "
		. "$1"
		COMP_LINE=$2 COMP_POINT=${#2}
		_nfvsadm
		echo "${COMPREPLY[*]}"' bash "$NFVS_TOP/tools/completion/nfvsadm" "$1"
}

check_eq "completion: a command" '--monitor' "$(complete_line 'nfvsadm --mon')"
check_eq "completion: an option" '--json' "$(complete_line 'nfvsadm -L --js')"
check_eq "completion: a scheduler" 'wrr wlc' "$(complete_line 'nfvsadm -A -s w')"
check_eq "completion: a service" '10.0.0.100:53' "$(complete_line 'nfvsadm -D -u ')"
check_eq "completion: behind a colon bash has only the rest" '53' \
	"$(complete_line 'nfvsadm -D -u 10.0.0.100:')"
check_eq "completion: a server" '10.1.1.2:53' "$(complete_line "nfvsadm -d -u $VIP:53 -r 10")"
rm -f "$file" "$file".*
finish
