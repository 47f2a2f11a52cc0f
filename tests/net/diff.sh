#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# nfvs: noload
# nfvs: timeout 600
# The same command lines and the same traffic, first ipvsadm on ip_vs, then nfvsadm on
# nf_vs, in one boot: what is printed, the first line of what is complained about,
# exit codes, distribution, counters and connections are equal. What differs on
# purpose is listed in deliberate() and nowhere else.
#
#   C -- D -- R1, R2 (NAT)
set -euo pipefail
# shellcheck source=tests/net/lib-diff.sh
. "${BASH_SOURCE[0]%/*}/lib-diff.sh"
: "${NFVS_REF:+$(skip_all 'is about both')}"

REF=/sbin/ipvsadm
OUR=$NFVS_TOP/build/nfvsadm

mapfile -t commands <<'LIST'
-L -n
-L
-Ln
-L -n --nosort
-L -n --stats
-L -n --thresholds
-L -n -c
-L --timeout
-S -n
-A -t 10.0.0.1:80 -s rr
-A -t 10.0.0.1:80
-A -t 10.0.0.2:80
-A -t 10.0.0.3:http -s wrr
-A -u 10.0.0.1:53 -s lc
-A -t [2001:db8::1]:80 -s wlc
-A -u [2001:db8::1]:53
-A -f 1 -s rr
-A -f 1 -6 -s wrr
-A -f 1 -6
-A -f 4294967295 -s lc
-A -t 200.0.0.1:80
-A --tcp-service 10.0.0.4:443 --scheduler wlc
--add-service -t10.0.0.5:443 --scheduler=lc
-A -t 10.0.0.6:80 -s nosuch
-A -t 10.0.0.6:80 -s
-A -t 10.0.0.6:80 --scheduler=
-L -n
-L -n -t 10.0.0.1:80
-L -n -t [2001:db8::1]:80
-L -n -f 1
-L -n -f 1 -6
-L -n -f 2
-L -n -t 10.0.0.99:80
-L -n -u 10.0.0.1:80
-a -t 10.0.0.1:80 -r 10.0.0.11
-a -t 10.0.0.1:80 -r 10.0.0.11
-a -t 10.0.0.1:80 -r 10.0.0.11:80 -m
-a -t 10.0.0.1:80 -r 10.0.0.12:8080 -m -w 5
-a -t 10.0.0.1:80 -r 10.0.0.12:8081 -m -w 0
-a -t 10.0.0.1:80 -r 10.0.0.13:8080 -g -w 2147483647
-a -t 10.0.0.1:80 -r 10.0.0.14 -i -w 3
-a -t 10.0.0.1:80 -r 10.0.0.15 -i --tun-type ipip
-a -t 10.0.0.1:80 -r 10.0.0.16 -m -x 100 -y 50
-a -t 10.0.0.1:80 -r 10.0.0.17 -x 0 -y 1
-a -t 10.0.0.1:80 -r 10.0.0.17 -x 10 -y 11
-a -t 10.0.0.1:80 -r 224.0.0.1
-a -t 10.0.0.1:80 -r 255.255.255.255
-a -t 10.0.0.1:80 -r 0.0.0.0
-a -t 10.0.0.1:80 -r 10.0.0.255
-a -t 10.0.0.1:80 -r 127.0.0.1
-a -t 10.0.0.1:80 -r 192.0.2.1 -m
-a -t 10.0.0.1:80 -r [2001:db8::11]:80
-a -t 10.0.0.1:80 -r [2001:db8::11]:80 -m
-a -t 10.0.0.1:80 -r [2001:db8::11]:80 -i
-a -t 10.0.0.99:80 -r 10.0.0.11
-a -u 10.0.0.1:53 -r 10.0.0.11:5353 -m
-a -t [2001:db8::1]:80 -r [2001:db8::11]:80
-a -t [2001:db8::1]:80 -r [2001:db8::12]:8080 -m -w 2
-a -t [2001:db8::1]:80 -r [ff02::1]:80
-a -t [2001:db8::1]:80 -r [::]:80
-a -t [2001:db8::1]:80 -r [::1]:80
-a -t [2001:db8::1]:80 -r 10.0.0.11
-a -t [2001:db8::1]:80 -r 10.0.0.11:80 -i
-a -f 1 -r 10.0.0.11
-a -f 1 -r 10.0.0.12:80 -m -w 2
-a -f 1 -6 -r [2001:db8::11]:0
-a -f 1 -6 -r 10.0.0.11
-a -f 2 -r 10.0.0.11
-a -t 10.0.0.1:80 -r 10.0.0.11:99999
-a -t 10.0.0.1:80 -r [2001:db8::11
-L -n
-L -n -t 10.0.0.1:80
-L -n --nosort -t 10.0.0.1:80
-L -n --stats
-L -n --stats -X
-L -n --rate
-L -n --thresholds
-L -n --thresholds -t 10.0.0.1:80
-L -n --persistent-conn
-L -n --stats --rate
-S -n
-e -t 10.0.0.1:80 -r 10.0.0.12:8080 -m -w 7 -x 9
-e -t 10.0.0.1:80 -r 10.0.0.12:8080 -w 7
-e -t 10.0.0.1:80 -r 10.0.0.11:80 -i -w 4
-e -t 10.0.0.1:80 -r 10.0.0.99
-e -t 10.0.0.99:80 -r 10.0.0.11
-e -t 10.0.0.1:80 -r 10.0.0.16 -y 5
-e -t 10.0.0.1:80 -r 224.0.0.1
-E -t 10.0.0.1:80 -s wlc
-E -t 10.0.0.2:80
-E -t 10.0.0.99:80 -s rr
-E -f 1 -6 -s lc
-d -t 10.0.0.1:80 -r 10.0.0.13:80
-d -t 10.0.0.1:80 -r 10.0.0.13:80
-d -t 10.0.0.1:80 -r 10.0.0.11:81
-d -t 10.0.0.99:80 -r 10.0.0.11
-d -f 1 -r 10.0.0.11
-D -t 10.0.0.2:80
-D -t 10.0.0.2:80
-D -f 4294967295
-L -n
-S -n
-Z
-Z -t 10.0.0.1:80
-Z -t 10.0.0.99:80
-Z -f 1 -6
--set 0 0 0
-L --timeout
--set 100 20 30
-L --timeout
--set 0 7 0
-L --timeout
--set 1 2
--set -1 2 3
--set 2678401 1 1
--set 900 120 300
-R <<-A -t 10.1.0.1:80 -s rr|-a -t 10.1.0.1:80 -r 10.0.0.11:80 -m -w 3
-R <<ipvsadm -A -t 10.1.0.2:80 -s wrr||  -a   -t 10.1.0.2:80 -r 10.0.0.11
-R <<-D -t 10.1.0.2:80|--set 11 12 13|-E -t 10.1.0.1:80 -s lc
-R <<-A -t 10.1.0.3:80 -s rr -w 1
-R <<-A -t 10.1.0.3:80 -R
-L -n
-L --timeout
-C
-C
-L -n
-S
-A -t 127.0.0.1:80 -s rr
-a -t 127.0.0.1:80 -r 127.0.0.1 -w 2
-L -t 127.0.0.1:80
-L -t localhost:http
-S
-C
-A -t 10.0.0.1:80 -s rr
-A -f 7 -6 -6
-A -t 10.0.0.2:+80
-A -t 0x0a000004:81
-A -t 10.5:82
-A -t 2001:db8::9:80
-A -f +17
-A -f 010
-A -f 0x10
-A -f 99999999999999999999
-A -- -t 10.0.0.48:80
-At10.0.0.51:80 -srr
-A -t=10.0.0.52:80
-A --tcp-serv 10.0.0.54:80
-A -t [::ffff:1.2.3.4]:80
-a -t 10.0.0.1:80 -r 10.0.0.9 -w +3 -m
-a -t 10.0.0.1:80 -r 10.0.0.8 -w 010 -m
-a -t 10.0.0.1:80 -r 10.0.0.7 -w 99999999999999999999
-a -r 10.0.0.6 -t 10.0.0.1:80 -m
-a -t 10.0.0.1:80 -r [fe80::1%lo]:80 -i
-a -f 7 -6 -r 2001:db8::11
-a -f 17 -r 10.0.0.6:domain -m
--set +5 010 0
--set 5 -n 6 7
-L --timeout -X
-L --timeout --timeout
-L -n=1
-L -n -- foo
-L -n --sort --nosort -t 10.0.0.1:80
-- -L
-n -L
--lis
-R <<   |ipvsadm -A -t 10.0.0.70:80|	-A	-t	10.0.0.71:80
-S -n
--set 900 120 300
-C
-A
-a
-d
-A -t
-A -t 10.0.0.1
-A -t 10.0.0.1:0
-A -t :80
-A -t 10.0.0.1:65536
-A -t 1.2.3.4.5:80
-A -t [2001:db8::1]
-A -t [10.0.0.1]:80
-A -t 10.0.0.1:80 -u 10.0.0.1:80
-A -t 10.0.0.1:80 -s rr -s rr
-A -t 10.0.0.1:80 -r 10.0.0.2
-A -t 10.0.0.1:80 -w 1
-A -t 10.0.0.1:80 --stats
-A -t 10.0.0.1:80 foo
-A -t 10.0.0.1:80 -D
-A -f 0
-A -f 4294967296
-A -6 -f 1
-a -t 10.0.0.1:80
-a -t 10.0.0.1:80 -r 10.0.0.2 -s rr
-a -t 10.0.0.1:80 -r 10.0.0.2 -g -i
-a -t 10.0.0.1:80 -r 10.0.0.2 -w -1
-a -t 10.0.0.1:80 -r 10.0.0.2 -w 2147483648
-a -t 10.0.0.1:80 -r 10.0.0.2 -w
-a -t 10.0.0.1:80 -r 10.0.0.2 -x -1
-a -t 10.0.0.1:80 -r 10.0.0.2 --tun-type ipip
-a -t 10.0.0.1:80 -r 10.0.0.2 -i --tun-type nosuch
-d -t 10.0.0.1:80 -r 10.0.0.2 -w 1
-D -t 10.0.0.1:80 -s rr
-C -t 10.0.0.1:80
-L -s rr
-L -r 10.0.0.1
-L foo
-L -c --stats
-L -c --timeout
-L -t 10.0.0.1:80 --timeout
-L --nosuch
-L -Z
-S foo
-R foo
-Z -n
--nosuch
foo
LIST

# What differs on purpose, of the output $1, which is the reference's or ours ($2),
# of the command $3.
deliberate()
{
	local out=$1

	# Programs have names.
	out=${out//$REF/PROGRAM}
	out=${out//$OUR/PROGRAM}
	# The connection table grows and shrinks.
	[[ ! $out =~ \(size=[0-9]+\) ]] || out=${out//"${BASH_REMATCH[0]}"/(size=N)}
	if [[ $2 == reference ]]; then
		# Big marks are no negative numbers.
		out=${out//FWM  -1        /FWM  4294967295}
		out=${out//FWM  -1 /FWM  4294967295 }
		out=${out//-f -1 /-f 4294967295 }
		# An IPv4 address in brackets is a mistake, not an address without a port.
		[[ $3 != '-A -t [10.0.0.1]:80' ]] ||
			out=${out/Zero port * service/illegal virtual server address[:port] specified}
	else
		# Thresholds are saved.
		while [[ $out =~ ^(.*-a\ .*-w\ [0-9]+)\ -[xy]\ [0-9]+(.*)$ ]]; do
			out=${BASH_REMATCH[1]}${BASH_REMATCH[2]}
		done
	fi
	printf -v normal %s "$out"
}

plan $((${#commands[@]} + ${#ANSWERS[@]}))
diff_topology

declare -a ref_out our_out ref_traffic our_traffic

ADM=ipvsadm STATS_LAG=8
load_reference
run_commands ref_out $REF
adm -C
run_traffic ref_traffic
unload_reference

ADM=nfvsadm STATS_LAG=1
load_ours
run_commands our_out "$OUR"
adm -C
run_traffic our_traffic

for i in "${!commands[@]}"; do
	deliberate "${ref_out[i]-nothing}" reference "${commands[i]}"
	expected=$normal
	deliberate "${our_out[i]-nothing}" ours "${commands[i]}"
	check_eq "${commands[i]//#/\\#}" "$expected" "$normal"
done
for i in "${!ANSWERS[@]}"; do
	deliberate "${ref_traffic[i]-nothing}" reference ''
	expected=$normal
	deliberate "${our_traffic[i]-nothing}" ours ''
	check_eq "traffic: ${ANSWERS[i]}" "$expected" "$normal"
done
finish
