# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# To be sourced by scenarios in place of lib.sh: virtual services, their counters,
# and the interfaces' counters that these must agree with.

# shellcheck source=tests/net/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

# ip_vs shows what it counted up to two seconds ago (compat.md 1.7); nf_vs is live.
STATS_LAG=${NFVS_REF:+8}
STATS_LAG=${STATS_LAG:-1}

ETH_HLEN=14

# quiet_links: before topo_create; no probes of known neighbours, so that interface
# counters count the test's packets only (counters_open silences the rest).
quiet_links()
{
	local set=/proc/sys/net family

	for family in ipv4 ipv6; do
		echo 3600000 >$set/$family/neigh/default/base_reachable_time_ms
		echo 3600 >$set/$family/neigh/default/delay_first_probe_time
	done
}

# vs_lines SERVICE SCHEDULER DEST...: lines for adm -R; SERVICE as "-t A:P", DEST
# as "-r A:P -m -w 3"
vs_lines()
{
	local svc=$1 sched=$2 dest

	shift 2
	echo "-A $svc -s $sched"
	for dest; do
		echo "-a $svc $dest"
	done
}

# vs_add SERVICE SCHEDULER DEST...: one process for all
vs_add()
{
	vs_lines "$@" | adm -R
}

# The name of the real server with that address (brackets allowed), or the address.
server_name()
{
	local addr=${1//[][]/} i

	for i in "${!R[@]}"; do
		if [[ $addr == "${RIP[i]}" || $addr == "${RIP6[i]}" ]]; then
			echo "rs$i"
			return
		fi
	done
	echo "$addr"
}

# stats SERVICE...: one line, conns/in/out packets/in/out bytes of the service and
# of each destination: "total=2/10/8/700/600 rs1=1/5/4/350/300 rs2=..."
stats()
{
	local -a f
	local out='' name

	while read -ra f; do
		case ${f[0]-} in
		TCP|UDP|FWM) name=total ;;
		'->') name=$(server_name "${f[1]%:*}") ;;
		*) continue ;;
		esac
		[[ ${f[-1]} =~ ^[0-9]+$ ]] || continue
		out+="$name=${f[-5]}/${f[-4]}/${f[-3]}/${f[-2]}/${f[-1]} "
	done < <(adm -L -n --stats --exact "$@")
	echo "${out% }"
}

# active SERVICE...: "rs1=<active>/<inactive>" of each destination
active()
{
	local -a f
	local out=''

	while read -ra f; do
		[[ ${f[0]-} == '->' && ${f[-1]} =~ ^[0-9]+$ ]] || continue
		out+="$(server_name "${f[1]%:*}")=${f[-2]}/${f[-1]} "
	done < <(adm -L -n "$@")
	echo "${out% }"
}

is_equal()
{
	local expected=$1

	shift
	equal_last=$("$@")
	[[ $equal_last == "$expected" ]]
}

# check_soon SECONDS DESCRIPTION EXPECTED COMMAND...: the output becomes that
check_soon()
{
	local seconds=$1 desc=$2 expected=$3

	shift 3
	poll "$seconds" is_equal "$expected" "$@" || :
	check_eq "$desc" "$expected" "$equal_last"
}

# check_stats DESCRIPTION EXPECTED SERVICE...
check_stats()
{
	local desc=$1 expected=$2

	shift 2
	check_soon "$STATS_LAG" "$desc" "$expected" stats "$@"
}

# who VARIABLE: the sequence of servers that gave the answers on standard input:
# "rs2 rs1"
who()
{
	local line out=''

	while IFS= read -r line; do
		[[ $line == error:* ]] && out+="${line// /-} " || out+="${line%% *} "
	done
	printf -v "$1" %s "${out% }"
}

# answers VARIABLE: the different answers on standard input, in the order of their
# first occurrence from the end, with the client's port left out, a line each with
# its number in front
answers()
{
	local line out=''
	local -a rows=()
	local -A times=()

	while IFS= read -r line; do
		if [[ $line =~ ^(.* peer=.*:)[0-9]+( local=.*)$ ]]; then
			line="${BASH_REMATCH[1]}*${BASH_REMATCH[2]}"
		fi
		[[ -n ${times[$line]-} ]] || rows=("$line" "${rows[@]}")
		times[$line]=$((${times[$line]:-0} + 1))
	done
	for line in "${rows[@]}"; do
		out+="${times[$line]} $line"$'\n'
	done
	printf -v "$1" %s "${out%$'\n'}"
}

declare -A counters_before=() counters_now=() counters_pid=()

# Multicast reports: the kernel sends them when a link has come up, up to a second
# late, and again later at random.
QUIET='table ip6 quiet {
	chain output {
		type filter hook output priority -400;
		icmpv6 type mld2-listener-report drop
	}
}'

# A process in each namespace, so that /proc/<pid>/net is its view: reading that
# costs no further process.
counters_open()
{
	local who ns fd line

	for who in C D "${!R[@]}"; do
		ns=${!who-}
		[[ $who == [CD] ]] || { ns=${R[who]}; who=R$who; }
		# shellcheck disable=SC2016 # for the inner shell
		exec {fd}< <(exec nsenter --net="/run/netns/$ns" \
			sh -c 'nft "$0" && echo && exec sleep infinity' "$QUIET")
		server_pids+=("$!")
		counters_pid[$who]=$!
		read -ru "$fd" line
		exec {fd}<&-
	done
}

# counters_read ARRAY: <C|D|R1...>.<device>.<rx|tx|rb|tb>, packets and bytes without
# Ethernet headers, and "busy": how many TCP connections the servers still have
counters_read()
{
	# shellcheck disable=SC2034,SC2178 # a name reference
	local -n into=$1
	local who dev line busy=0
	local -a f

	for who in "${!counters_pid[@]}"; do
		while IFS=': ' read -r dev line; do
			read -ra f <<<"$line"
			[[ ${#f[@]} -eq 16 && $dev != *face* ]] || continue
			into[$who.$dev.rx]=${f[1]}
			into[$who.$dev.tx]=${f[9]}
			into[$who.$dev.rb]=$((f[0] - ETH_HLEN * f[1]))
			into[$who.$dev.tb]=$((f[8] - ETH_HLEN * f[9]))
		done <"/proc/${counters_pid[$who]}/net/dev"
		[[ $who == R* ]] || continue
		# Those that listen, and those that only wait in TIME_WAIT, are at rest.
		for dev in tcp tcp6; do
			while read -ra f; do
				[[ ${f[3]} == 0A || ${f[3]} == 06 || ${f[3]} == st ]] ||
					busy=$((busy + 1))
			done <"/proc/${counters_pid[$who]}/net/$dev"
		done
	done
	# shellcheck disable=SC2034 # as above
	into[busy]=$busy
}

# traffic_begin, then traffic, then traffic_end: moved tells how much counters grew
traffic_begin()
{
	[[ ${#counters_pid[@]} -gt 0 ]] || counters_open
	counters_read counters_before
}

# moved VARIABLE NAME...: sum of how much these counters grew
moved()
{
	local name total=0

	for name in "${@:2}"; do
		total=$((total + counters_now[$name] - counters_before[$name]))
	done
	printf -v "$1" %s "$total"
}

# moved_both VARIABLE NAME...: "packets/bytes" of <host>.<device>.<rx|tx>
moved_both()
{
	local pkts bytes
	local -a names=("${@:2}")

	moved pkts "${names[@]}"
	moved bytes "${names[@]/%x/b}"
	printf -v "$1" %s "$pkts/$bytes"
}

# What one side sent has arrived at the other, and no connection is open.
is_settled()
{
	local i sent got answered back rx=() tx=()

	counters_read counters_now
	for i in "${!R[@]}"; do
		rx+=("R$i.eth0.rx")
		tx+=("R$i.eth0.tx")
	done
	moved sent C.eth0.tx
	moved got "${rx[@]}"
	moved answered "${tx[@]}"
	moved back C.eth0.rx
	[[ ${counters_now[busy]} -eq 0 && $sent -eq $got && $answered -eq $back ]]
}

# Does not judge: the checks that follow do.
traffic_end()
{
	poll 30 is_settled || note 'the traffic did not settle'
}

held_nr=0
held_pids=()
export held='' held_pid=''

# hold_open COUNT ARGUMENT...: that many connections of the client (traffic get)
# that stay open; held_pid is the process, held the sequence of servers
hold_open()
{
	local nr=$1 fifo fd line lines='' i

	shift
	fifo=${TMPDIR:-/tmp}/hold.$$.$((++held_nr))
	mkfifo "$fifo"
	exec {fd}< <(exec nsenter --net="/run/netns/$C" \
		traffic get "$@" -n "$nr" --hold "$fifo")
	held_pid=$!
	held_pids+=("$held_pid")
	for ((i = 0; i < nr; i++)); do
		read -rt 20 -u "$fd" line || line='error: ended'
		lines+=$line$'\n'
	done
	exec {fd}<&-
	rm -f "$fifo"
	who held <<<"${lines%$'\n'}"
}

# hold_close PID: closes what that process holds
hold_close()
{
	kill "$1"
}

# conns [PATTERN]: the rows of the connection table without expiry, sorted; PATTERN
# for "client virtual", where brackets are those of IPv6
conns()
{
	local pattern=${1:-*} proto expire state src dst real

	pattern=${pattern//[/\\[}
	while read -r proto expire state src dst real; do
		[[ $expire == [0-9]*:* ]] || continue
		# shellcheck disable=SC2053 # a pattern is meant
		[[ "$src $dst" == $pattern ]] || continue
		echo "$proto $state $src $dst $real"
	done < <(adm -L -n -c) | sort
}

# flow_open VARIABLE ARGUMENT...: a connection of the client (traffic flow) for
# flow_ask; flow_close ends it
flow_open()
{
	local fifo in out

	fifo=${TMPDIR:-/tmp}/flow.$$.$((++held_nr))
	mkfifo "$fifo"
	exec {out}< <(exec nsenter --net="/run/netns/$C" traffic flow "${@:2}" <"$fifo")
	held_pids+=("$!")
	exec {in}>"$fifo"
	rm -f "$fifo"
	printf -v "$1" %s "$in $out"
}

# flow_ask VARIABLE FLOW: a request and its answer
flow_ask()
{
	local in out line

	read -r in out <<<"$2"
	{ echo >&"$in"; } 2>/dev/null || :
	read -rt 20 -u "$out" line || line='error: ended'
	printf -v "$1" %s "$line"
}

flow_close()
{
	local in out

	read -r in out <<<"$1"
	exec {in}>&- {out}<&-
}

# conns_of SERVICE...: the service's counter of connections
conns_of()
{
	local all

	all=$(stats "$@")
	all=${all#total=}
	echo "${all%%/*}"
}
