# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# To be sourced by scenarios in place of lib-vs.sh: the same command lines and the same
# traffic on ip_vs and on nf_vs, in one boot. The scenario has the command lines in
# commands[], and "# nfvs: noload".

# shellcheck source=tests/net/lib-vs.sh
. "${BASH_SOURCE[0]%/*}/lib-vs.sh"

REF_MODULES=(ip_vs_rr ip_vs_wrr ip_vs_lc ip_vs_wlc ip_vs)

# run_list PROGRAM [all]: what each line of standard input gives, ended by 0x1e; of
# what is complained about the first line, or all. "<<" gives standard input, with "|"
# between its lines.
run_list()
{
	local prog=$1 end=$'\n' files=${TMPDIR:-/tmp}/diff.$$ line input out msg rc
	local -a words

	[[ ${2-} != all ]] || end=''
	while IFS= read -r line; do
		input=
		[[ $line != *'<<'* ]] || input=${line#*<<}
		read -ra words <<<"${line%%<<*}"
		rc=0
		"$prog" "${words[@]}" >"$files.out" 2>"$files.err" <<<"${input//|/$'\n'}" || rc=$?
		IFS= read -r -d '' out <"$files.out" || :
		IFS= read -r -d "$end" msg <"$files.err" || :
		printf '%s[%s] %s\036' "$out" "$rc" "$msg"
	done
	rm -f "$files".{out,err}
}

# run_commands ARRAY PROGRAM [all]: what commands[] give
run_commands()
{
	mapfile -t -d $'\036' "$1" < <(printf '%s\n' "${commands[@]}" |
		in_ns "$D" bash -c "$(declare -f run_list); run_list $2 ${3-}")
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

# Times are not equal, and the order of rows means nothing.
connections()
{
	adm -L -n -c | sed 's/^\([A-Z]* *\)[0-9][0-9]:[0-9][0-9] /\1mm:ss /' | sort ||
		echo "none could be listed"
}

# The three listings in $listing[1..3].
read_listings()
{
	listing[1]=$(adm -L -n --stats -X)
	listing[2]=$(adm -L -n)
	listing[3]=$(connections)
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

# The topology of all this, with servers.
diff_topology()
{
	local i

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
}

load_reference()
{
	modprobe -a "${REF_MODULES[@]}"
}

# unload_reference [MODULE...]: these, too
unload_reference()
{
	modprobe -r "$@" "${REF_MODULES[@]}"
}

load_ours()
{
	local -a deps

	IFS=, read -ra deps < <(modinfo -F depends "$NFVS_BUILD/nf_vs.ko")
	[[ ${#deps[@]} -eq 0 ]] || modprobe -a "${deps[@]}"
	insmod "$NFVS_BUILD/nf_vs.ko" dyndbg=+p
}
