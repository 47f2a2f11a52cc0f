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
# shellcheck source=tests/net/lib-vs.sh
. "${BASH_SOURCE[0]%/*}/lib-vs.sh"
: "${NFVS_REF:+$(skip_all 'is about both')}"

REF=/sbin/ipvsadm
OUR=$NFVS_TOP/build/nfvsadm

# "<<" gives standard input, with "|" between its lines.
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

# run_list PROGRAM: what each line of standard input gives, ended by 0x1e
run_list()
{
	local prog=$1 files=${TMPDIR:-/tmp}/diff.$$ line input out msg rc
	local -a words

	while IFS= read -r line; do
		input=
		[[ $line != *'<<'* ]] || input=${line#*<<}
		read -ra words <<<"${line%%<<*}"
		rc=0
		"$prog" "${words[@]}" >"$files.out" 2>"$files.err" <<<"${input//|/$'\n'}" || rc=$?
		IFS= read -r -d '' out <"$files.out" || :
		IFS= read -r msg <"$files.err" || :
		printf '%s[%s] %s\036' "$out" "$rc" "$msg"
	done
	rm -f "$files".{out,err}
}

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

# Into the array $1: what the list gives.
run_commands()
{
	mapfile -t -d $'\036' "$1" < <(printf '%s\n' "${commands[@]}" |
		in_ns "$D" bash -c "$(declare -f run_list); run_list $2")
}

SERVICES=("-t $VIP:80" "-u $VIP:53" "-t [$VIP6]:80" "-u [$VIP6]:53" "-f 8")

is_counted()
{
	local -a f
	local total=0

	while read -ra f; do
		[[ ${f[0]-} != TCP && ${f[0]-} != UDP && ${f[0]-} != FWM ]] ||
			total=$((total + f[-4]))
	done < <(adm -L -n --stats -X)
	[[ $total -eq $sent ]]
}

# The three listings in $listing[1..3].
read_listings()
{
	listing[1]=$(adm -L -n --stats -X)
	listing[2]=$(adm -L -n)
	# Times are not equal, and the order of rows means nothing.
	listing[3]=$(adm -L -n -c | sed 's/^\([A-Z]* *\)[0-9][0-9]:[0-9][0-9] /\1mm:ss /' | sort)
}

# run_traffic ARRAY: the answers, then the listings
run_traffic()
{
	# shellcheck disable=SC2178 # a name reference
	local -n into=$1
	local sent svc i
	local -a listing words

	# Not at once: where wrr begins its round depends on how its servers came.
	while read -ra words; do
		adm "${words[@]}"
	done < <(
		for svc in "${SERVICES[@]}"; do
			i=${svc##*:}
			[[ $svc != -f* ]] || i=90
			if [[ $svc == *'['* ]]; then
				vs_lines "$svc" wlc "-r [${RIP6[1]}]:$i -m" "-r [${RIP6[2]}]:$i -m -w 2"
			else
				vs_lines "$svc" wrr "-r ${RIP[1]}:$i -m" "-r ${RIP[2]}:$i -m -w 2"
			fi
		done
		echo "--set 900 120 300"
	)
	traffic_begin
	into[0]=$(in_ns "$C" traffic get "$VIP" 80 -n 6 --source-port 20000 --next-port
		in_ns "$C" traffic get "$VIP" 53 --udp -n 7 --source-port 21000 --next-port
		in_ns "$C" traffic get "$VIP" 90 -n 3 --source-port 22000 --next-port
		in_ns "$C" traffic get "$VIP6" 80 -n 5 --source-port 23000 --next-port --bytes 1000
		in_ns "$C" traffic get "$VIP6" 53 --udp -n 5 --source-port 24000 --next-port)
	traffic_end
	moved sent C.eth0.tx
	poll "$STATS_LAG" is_counted || note "not all of $sent packets were counted"
	read_listings
	into+=("${listing[@]:0}")
	adm -Z -t "$VIP:80"
	printf '%s\n' "-d -u $VIP:53 -r ${RIP[1]}:53" "-e -f 8 -r ${RIP[2]}:90 -m -w 0" | adm -R
	into[4]=$(adm -L -n --stats -X)
	into[5]=$(adm -L -n)
	adm -C
	into[6]=$(adm -L -n --stats -X)
}

ANSWERS=("who answered whom" "-L -n --stats -X" "-L -n" "-L -n -c"
	"-L -n --stats -X after -Z, -d and -e" "-L -n after that" "and after -C")

plan $((${#commands[@]} + ${#ANSWERS[@]}))
quiet_links
topo_create 2 nat
start_servers --tcp 80 --udp 53 --tcp 90
in_ns "$D" nft -f - <<-NFT
table inet marks {
	chain pre {
		type filter hook prerouting priority -150;
		iifname eth0 tcp dport 90 meta mark set 8
	}
}
NFT
# Counters are compared: what TCP does on account of time must not happen, whatever
# the speed: no retransmission soon, no probe of the tail, every segment acknowledged.
# steady NAMESPACE ROUTE...
steady()
{
	local ns=$1 route

	shift
	in_ns "$ns" sh -c 'echo 0 >/proc/sys/net/ipv4/tcp_early_retrans'
	for route; do
		echo "route change $route rto_min 5s quickack 1"
	done | ip -n "$ns" -batch -
}
steady "$C" "10.0.0.0/24 dev eth0 src $CIP" "2001:db8::/64 dev eth0 proto kernel metric 256"
for i in 1 2; do
	steady "${R[i]}" "default via 10.1.$i.1" "default via 2001:db8:1:$i::1"
done

# All neighbours known; nobody listens on the virtual addresses yet.
in_ns "$C" traffic get "$VIP" 80 >/dev/null || :
in_ns "$C" traffic get "$VIP6" 80 >/dev/null || :
for i in 1 2; do
	in_ns "$C" traffic get "${RIP[i]}" 80 >/dev/null
	in_ns "$C" traffic get "${RIP6[i]}" 80 >/dev/null
done

declare -a ref_out our_out ref_traffic our_traffic

ADM=ipvsadm STATS_LAG=8
modprobe -a ip_vs ip_vs_rr ip_vs_wrr ip_vs_lc ip_vs_wlc
run_commands ref_out $REF
adm -C
run_traffic ref_traffic
modprobe -r ip_vs_rr ip_vs_wrr ip_vs_lc ip_vs_wlc ip_vs

ADM=nfvsadm STATS_LAG=1
IFS=, read -ra deps < <(modinfo -F depends "$NFVS_BUILD/nf_vs.ko")
[[ ${#deps[@]} -eq 0 ]] || modprobe -a "${deps[@]}"
insmod "$NFVS_BUILD/nf_vs.ko" dyndbg=+p
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
