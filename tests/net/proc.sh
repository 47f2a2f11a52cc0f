#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# nfvs: timeout 600
# /proc/net/ip_vs*, byte by byte: the same commands, the same traffic and the same
# expected text for ip_vs (tests/vm/run --reference) and nf_vs. Rules are given by
# ipvsadm to both, so that nothing but the kernel's side differs. Where order means
# nothing, text is sorted; sizes of hash tables and seconds are replaced by words.
#
#   C -- D -- R1, R2 (NAT)
set -euo pipefail
# shellcheck source=tests/net/lib-vs.sh
. "${BASH_SOURCE[0]%/*}/lib-vs.sh"
export LC_ALL=C

FILES=(ip_vs ip_vs_app ip_vs_conn ip_vs_conn_sync ip_vs_stats ip_vs_stats_percpu)

mapfile -t cpus < <(cd /sys/devices/system/cpu && printf '%s\n' cpu[0-9]* | sed 's/cpu//' | sort -n)

plan $((35 + ${#cpus[@]}))
topo_create 2 nat
start_servers --tcp 80 --udp 53

vs()
{
	in_ns "$D" ipvsadm "$@"
}

# file NAME: as the director sees it; $text
file()
{
	text=$(in_ns "$D" cat "/proc/net/$1" && echo .)
	text=${text%.}
}

HEAD='IP Virtual Server version 1.2.1 (size=SIZE)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
'
CONN_HEAD='Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData
'
SYNC_HEAD='Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Origin Expires
'

# rules: /proc/net/ip_vs with each service's lines kept together
rules()
{
	local line svc='' head='' i=0
	local -a svcs=()

	while IFS= read -r line; do
		if ((i++ < 3)); then
			[[ ! $line =~ ^(.*size=)[0-9]+\)$ ]] || line="${BASH_REMATCH[1]}SIZE)"
			head+=$line$'\n'
		elif [[ $line == '  -> '* ]]; then
			svc+=$'\v'$line
		else
			[[ -z $svc ]] || svcs+=("$svc")
			svc=$line
		fi
	done < <(in_ns "$D" cat /proc/net/ip_vs)
	[[ -z $svc ]] || svcs+=("$svc")
	printf %s "$head"
	[[ ${#svcs[@]} -eq 0 ]] || printf '%s\n' "${svcs[@]}" | sort | tr '\v' '\n'
	# Not to be stripped: what comes before.
	echo .
}

# rows FILE: its rows, with SECONDS for the last seven characters if those are some
rows()
{
	local line

	in_ns "$D" cat "/proc/net/$1" | while IFS= read -r line; do
		[[ ! ${line: -7} =~ ^\ *[0-9]+$ ]] || line=${line%???????}SECONDS
		echo "$line"
	done | sort
}

# sum: what ip_vs_stats has before its rates
sum()
{
	in_ns "$D" head -n 5 /proc/net/ip_vs_stats
}

# total: the line of the sum
total()
{
	in_ns "$D" sed -n 3p /proc/net/ip_vs_stats
}

# ---- nothing yet ----

names=$(in_ns "$D" sh -c 'cd /proc/net && stat -c "%n %a %u" ip_vs*' | sort)
check_eq "six files, for everybody to read" "$(printf '%s 444 0\n' "${FILES[@]}")" "$names"
check_eq "readable without any right" 3 "$(in_ns "$D" setpriv --reuid 65534 --clear-groups \
	--bounding-set=-all --inh-caps=-all cat /proc/net/ip_vs | wc -l)"
check_eq "ip_vs, empty" "$HEAD." "$(rules)"
file ip_vs_app
check_eq "ip_vs_app, empty" $'prot port    usecnt name\n' "$text"
file ip_vs_conn
check_eq "ip_vs_conn, empty" "$CONN_HEAD" "$text"
file ip_vs_conn_sync
check_eq "ip_vs_conn_sync, empty" "$SYNC_HEAD" "$text"
file ip_vs_stats
check_eq "ip_vs_stats, nothing counted" "\
   Total Incoming Outgoing         Incoming         Outgoing
   Conns  Packets  Packets            Bytes            Bytes
       0        0        0                0                0

 Conns/s   Pkts/s   Pkts/s          Bytes/s          Bytes/s
       0        0        0                0                0
" "$text"
file ip_vs_stats_percpu
check_eq "ip_vs_stats_percpu, nothing counted" "\
       Total Incoming Outgoing         Incoming         Outgoing
CPU    Conns  Packets  Packets            Bytes            Bytes
$(printf '%3X        0        0        0                0                0\n' "${cpus[@]}")
  ~        0        0        0                0                0

     Conns/s   Pkts/s   Pkts/s          Bytes/s          Bytes/s
           0        0        0                0                0
" "$text"

# ---- services and destinations ----

vs -A -t "$VIP:0" -s rr -p 360
file ip_vs
jiffies=$(awk '$1 == "TCP" { print $5 }' <<<"$text")
HZ=$((jiffies / 360))
check_match "six minutes in jiffies, of which a second has $HZ" '36000|90000|108000|360000' \
	"$(case $jiffies in 36000|90000|108000|360000) echo '36000|90000|108000|360000' ;; *) echo "$jiffies" ;; esac)"
check_eq "a persistent service" "${HEAD}TCP  0A000064:0000 rr  persistent $jiffies FFFFFFFF
." "$(rules)"
vs -C
vs -R <<-TEXT
	-A -t $VIP:80 -s rr
	-a -t $VIP:80 -r ${RIP[1]}:80 -m
	-a -t $VIP:80 -r ${RIP[2]}:80 -g -w 7
	-a -t $VIP:80 -r ${RIP[2]}:8080 -m -w 65535
	-a -t $VIP:80 -r [${RIP6[1]}]:80 -i -w 0
	-A -t $VIP:443 -s wlc -p 100 -M 255.255.255.0
	-A -u $VIP:53 -s wrr -o
	-A -u $VIP:54 -s wrr -o -p 7
	-A -t [$VIP6]:443 -s wlc -p 100 -M 64
	-a -t [$VIP6]:443 -r [${RIP6[1]}]:443 -m -w 100
	-a -t [$VIP6]:443 -r [${RIP6[2]}]:443 -g
	-A -u [$VIP6]:53 -s rr -o
	-A -f 1 -s rr -p 360
	-a -f 1 -r ${RIP[1]}:0 -m
	-A -f 3 -s lc -o
	-A -f 4294967295 -s lc
	-A -f 7 -6 -s rr -p 9 -M 96
	-A -t $VIP:81 -s none
TEXT
check_eq "services of all kinds" "${HEAD}FWM  00000001 rr persistent $jiffies FFFFFFFF
  -> 0A010102:0000      Masq    1      0          0         
FWM  00000003 lc ops 
FWM  00000007 rr persistent $((9 * HZ)) 60000000
FWM  FFFFFFFF lc 
TCP  0A000064:0050 rr  
  -> [2001:0db8:0001:0001:0000:0000:0000:0002]:0050      Tunnel  0      0          0         
  -> 0A010202:1F90      Masq    65535  0          0         
  -> 0A010202:0050      Route   7      0          0         
  -> 0A010102:0050      Masq    1      0          0         
TCP  0A000064:0051 none  
TCP  0A000064:01BB wlc  persistent $((100 * HZ)) FFFFFF00
TCP  [2001:0db8:0000:0000:0000:0000:0000:0100]:01BB wlc persistent $((100 * HZ)) 40000000
  -> [2001:0db8:0001:0002:0000:0000:0000:0002]:01BB      Route   1      0          0         
  -> [2001:0db8:0001:0001:0000:0000:0000:0002]:01BB      Masq    100    0          0         
UDP  0A000064:0035 wrr ops  
UDP  0A000064:0036 wrr ops  persistent $((7 * HZ)) FFFFFFFF
UDP  [2001:0db8:0000:0000:0000:0000:0000:0100]:0035 rr 
." "$(rules)"
check_eq "another namespace has none of it" 3 "$(in_ns "$C" cat /proc/net/ip_vs | wc -l)"
vs -E -t "$VIP:80" -s wlc -p 1
vs -e -t "$VIP:80" -r "${RIP[2]}:80" -m -w 3
vs -d -t "$VIP:80" -r "${RIP[2]}:8080"
check_match "what is changed is seen at once" "*
TCP  0A000064:0050 wlc  persistent $HZ FFFFFFFF
  -> \[2001:0db8:0001:0001:0000:0000:0000:0002\]:0050      Tunnel  0      0          0         
  -> 0A010202:0050      Masq    3      0          0         
  -> 0A010102:0050      Masq    1      0          0         
TCP*" "$(rules)"
vs -C
check_eq "and what is gone is gone" "$HEAD." "$(rules)"

# ---- connections ----

vs -R <<-TEXT
	-A -t $VIP:80 -s rr
	-a -t $VIP:80 -r ${RIP[1]}:80 -m
	-A -t [$VIP6]:80 -s rr
	-a -t [$VIP6]:80 -r [${RIP6[1]}]:80 -m
	-A -t $VIP:82 -s rr
	-a -t $VIP:82 -r 10.1.1.99:8080 -m
	-A -u $VIP:83 -s rr
	-a -u $VIP:83 -r ${RIP[2]} -g
	-A -t $VIP:84 -s rr
	-a -t $VIP:84 -r [${RIP6[2]}]:84 -i
TEXT
tcp='' tcp6='' closed='' answer=''
flow_open tcp "$VIP" 80 --source-port 5000
flow_ask answer "$tcp"
flow_open tcp6 "$VIP6" 80 --source-port 5001
flow_ask answer "$tcp6"
flow_open closed "$VIP" 80 --source-port 5002
flow_ask answer "$closed"
flow_close "$closed"
in_ns "$C" traffic send "$CIP" "$VIP" --proto tcp --flags S --sport 5003 --dport 82
in_ns "$C" traffic send "$CIP" "$VIP" --proto udp --sport 5004 --dport 83
in_ns "$C" traffic send "$CIP" "$VIP" --proto tcp --flags S --sport 5005 --dport 84

# Entries by client port; IPv6 addresses are last.
ROWS="\
TCP 0A000002 1388 0A000064 0050 0A010102 0050 ESTABLISHED SECONDS
TCP 0A000002 138A 0A000064 0050 0A010102 0050 TIME_WAIT   SECONDS
TCP 0A000002 138B 0A000064 0052 0A010163 1F90 SYN_RECV    SECONDS
TCP 0A000002 138D 0A000064 0054 2001:0db8:0001:0002:0000:0000:0000:0002 0054 SYN_RECV    SECONDS
TCP 2001:0db8:0000:0000:0000:0000:0000:0002 1389 2001:0db8:0000:0000:0000:0000:0000:0100 0050 \
2001:0db8:0001:0001:0000:0000:0000:0002 0050 ESTABLISHED SECONDS
UDP 0A000002 138C 0A000064 0053 0A010202 0053 UDP         SECONDS"
check_soon 20 "connections in several states" "${CONN_HEAD%$'\n'}
$ROWS" rows ip_vs_conn
check_eq "the same with their origin" "${SYNC_HEAD%$'\n'}
${ROWS// SECONDS/ LOCAL  SECONDS}" "$(rows ip_vs_conn_sync)"
check_eq "another namespace has none of them" "$CONN_HEAD" "$(in_ns "$C" cat /proc/net/ip_vs_conn)
"
seconds=$(in_ns "$D" sed -n '/138B/s/.* //p' /proc/net/ip_vs_conn)
check "seconds are those left of a minute" test "$seconds" -ge 30 -a "$seconds" -le 60
check_eq "the destinations count them" "\
  -> 0A010102:0050      Masq    1      1          1         
  -> 0A010163:1F90      Masq    1      1          0         
  -> 0A010202:0053      Route   1      0          1         
  -> [2001:0db8:0001:0001:0000:0000:0000:0002]:0050      Masq    1      1          0         
  -> [2001:0db8:0001:0002:0000:0000:0000:0002]:0054      Tunnel  1      1          0         " \
	"$(rules | grep '^  -> [0[]' | sort)"
flow_close "$tcp"
flow_close "$tcp6"
vs -C

# ---- templates of persistent services ----

topo_destroy
topo_create 2 nat
start_servers --tcp 80
in_ns "$D" nft 'table ip marks {
	chain pre { type filter hook prerouting priority -150; udp dport 88 meta mark set 5; }
}'
vs -R <<-TEXT
	-A -t $VIP:85 -s rr -p 100
	-a -t $VIP:85 -r ${RIP[1]}:80 -m
	-A -t [$VIP6]:85 -s rr -p 100 -M 64
	-a -t [$VIP6]:85 -r [${RIP6[1]}]:80 -m
	-A -t $VIP:0 -s rr -p 100
	-a -t $VIP:0 -r 10.1.1.99:0 -m
	-A -u $VIP:87 -s rr -p 100 -M 255.255.255.0
	-a -u $VIP:87 -r ${RIP[2]} -g
	-A -f 5 -s rr -p 100
	-a -f 5 -r ${RIP[1]}:0 -m
TEXT
again=''
flow_open tcp "$VIP" 85 --source-port 5010
flow_ask answer "$tcp"
flow_open tcp6 "$VIP6" 85 --source-port 5011
flow_ask answer "$tcp6"
in_ns "$C" traffic send "$CIP" "$VIP" --proto tcp --flags S --sport 5012 --dport 86
in_ns "$C" traffic send "$CIP" "$VIP" --proto udp --sport 5013 --dport 87
in_ns "$C" traffic send "$CIP" "$VIP" --proto udp --sport 5014 --dport 88
ROWS="\
IP  0A000002 0000 00000005 0000 0A010102 0000 NONE        SECONDS
TCP 0A000002 0000 0A000064 0000 0A010163 0000 NONE        SECONDS
TCP 0A000002 0000 0A000064 0055 0A010102 0050 ASSURED     SECONDS
TCP 0A000002 1392 0A000064 0055 0A010102 0050 ESTABLISHED SECONDS
TCP 0A000002 1394 0A000064 0056 0A010163 0056 SYN_RECV    SECONDS
TCP 2001:0db8:0000:0000:0000:0000:0000:0000 0000 2001:0db8:0000:0000:0000:0000:0000:0100 0055 \
2001:0db8:0001:0001:0000:0000:0000:0002 0050 ASSURED     SECONDS
TCP 2001:0db8:0000:0000:0000:0000:0000:0002 1393 2001:0db8:0000:0000:0000:0000:0000:0100 0055 \
2001:0db8:0001:0001:0000:0000:0000:0002 0050 ESTABLISHED SECONDS
UDP 0A000000 0000 0A000064 0057 0A010202 0057 NONE        SECONDS
UDP 0A000002 1395 0A000064 0057 0A010202 0057 UDP         SECONDS
UDP 0A000002 1396 0A000064 0058 0A010102 0058 UDP         SECONDS"
check_soon 20 "templates beside their connections" "$(printf '%s\n' "${CONN_HEAD%$'\n'}" "$ROWS" |
	sort)" rows ip_vs_conn
check_soon 20 "the same with their origin" "$(printf '%s\n' "${SYNC_HEAD%$'\n'}" \
	"${ROWS// SECONDS/ LOCAL  SECONDS}" | sort)" rows ip_vs_conn_sync
check_eq "the destinations do not count them" "\
  -> 0A010102:0000      Masq    1      0          1         
  -> 0A010102:0050      Masq    1      1          0         
  -> 0A010163:0000      Masq    1      1          0         
  -> 0A010202:0057      Route   1      0          1         
  -> [2001:0db8:0001:0001:0000:0000:0000:0002]:0050      Masq    1      1          0         " \
	"$(rules | grep '^  -> [0[]' | sort)"

# One whose client went elsewhere is under a port that no packet asks for.
in_ns "$D" sysctl -qw net.ipv4.vs.expire_quiescent_template=1
vs -e -t "$VIP:85" -r "${RIP[1]}:80" -m -w 0
vs -a -t "$VIP:85" -r "${RIP[2]}:80" -m
flow_open again "$VIP" 85 --source-port 5015
flow_ask answer "$again"
check_soon 20 "a template that does not count any more" "\
TCP 0A000002 0000 0A000064 0055 0A010202 0050 ASSURED     SECONDS
TCP 0A000002 0000 0A000064 FFFF 0A010102 FFFF ASSURED     SECONDS
TCP 0A000002 1392 0A000064 0055 0A010102 0050 ESTABLISHED SECONDS
TCP 0A000002 1397 0A000064 0055 0A010202 0050 ESTABLISHED SECONDS" eval \
	"rows ip_vs_conn | grep -E '^TCP 0A.* (0055|FFFF) '"
flow_close "$tcp"
flow_close "$tcp6"
flow_close "$again"
vs -C

# ---- counters ----

topo_destroy
topo_create 2 nat
start_servers --udp 53
vs -R <<-TEXT
	-A -u $VIP:53 -s rr
	-a -u $VIP:53 -r ${RIP[1]}:53 -m
	-a -u $VIP:53 -r ${RIP[2]}:53 -m
	-A -u [$VIP6]:53 -s rr
	-a -u [$VIP6]:53 -r [${RIP6[1]}]:53 -m
TEXT
# 4 times 128 bytes in, 228 out; 3 times 148 in, 248 out
in_ns "$C" traffic get "$VIP" 53 --udp --source-port 7000 --next-port -n 4 --bytes 100 \
	--reply 200 >/dev/null
in_ns "$C" traffic get "$VIP6" 53 --udp --source-port 7000 --next-port -n 3 --bytes 100 \
	--reply 200 >/dev/null
SUM='   Total Incoming Outgoing         Incoming         Outgoing
   Conns  Packets  Packets            Bytes            Bytes
       7        7        7              3BC              678

 Conns/s   Pkts/s   Pkts/s          Bytes/s          Bytes/s'
check_soon "$STATS_LAG" "totals of both families" "$SUM" sum
file ip_vs_stats
check "a line of rates" grep -qxE ' *[0-9A-F]+( +[0-9A-F]+){4}' <<<"${text##*s$'\n'}"
check_eq "as wide as the line of counters" 60 "$(tail -n 1 <<<"${text%$'\n'}" | awk '{ print length }')"
file ip_vs_stats_percpu
check_match "the total of all CPUs" "*
  ~        7        7        7              3BC              678

     Conns/s   Pkts/s   Pkts/s          Bytes/s          Bytes/s
*" "$text"

# row CPU: what that CPU's row has
# shellcheck disable=SC2016 # awk's
row()
{
	in_ns "$D" awk -v cpu="$1" '$1 == cpu { print $2, $3, $4, $5, $6 }' \
		/proc/net/ip_vs_stats_percpu
}

# Client and servers on one CPU: all the way of the packets is on that.
n=0
for cpu in "${cpus[@]}"; do
	for pid in "${server_pids[@]}"; do
		taskset -pc "$cpu" "$pid" >/dev/null
	done
	read -ra before <<<"$(row "$(printf %X "$cpu")")"
	in_ns "$C" taskset -c "$cpu" traffic get "$VIP" 53 --udp --source-port $((8000 + n)) \
		--next-port -n 5 --bytes 100 --reply 200 >/dev/null
	read -ra after <<<"$(row "$(printf %X "$cpu")")"
	check_eq "CPU $cpu counts what is on it" "5 5 5 640 1140" "$(for i in 0 1 2 3 4; do
		echo $((0x${after[i]} - 0x${before[i]})); done | xargs)"
	n=$((n + 5))
done
printf -v line '%8X %8X %8X %16X %16X' $((7 + n)) $((7 + n)) $((7 + n)) \
	$((956 + n * 128)) $((1656 + n * 228))
check_soon "$STATS_LAG" "all of that in the totals" "$line" total

vs -Z -u "$VIP:53"
check_eq "zeroing a service leaves the totals" "$line" "$(total)"
vs -d -u "$VIP:53" -r "${RIP[1]}:53"
check_eq "so does removing a destination" "$line" "$(total)"
vs -C
check_eq "and everything" "$line" "$(total)"
vs -A -u "$VIP:53" -s rr
vs -a -u "$VIP:53" -r "${RIP[1]}:53" -m
check_eq "and adding it again" "$line" "$(total)"
rows_before=$(in_ns "$D" grep -E '^ +[0-9A-F] ' /proc/net/ip_vs_stats_percpu | head -n ${#cpus[@]})
vs -Z
file ip_vs_stats
check_eq "zeroing everything makes totals and rates zero at once" "\
   Total Incoming Outgoing         Incoming         Outgoing
   Conns  Packets  Packets            Bytes            Bytes
       0        0        0                0                0

 Conns/s   Pkts/s   Pkts/s          Bytes/s          Bytes/s
       0        0        0                0                0
" "$text"
check_eq "but not what each CPU has counted" "$rows_before" \
	"$(in_ns "$D" grep -E '^ +[0-9A-F] ' /proc/net/ip_vs_stats_percpu | head -n ${#cpus[@]})"
in_ns "$C" traffic get "$VIP" 53 --udp --source-port 9000 --next-port -n 2 --bytes 100 \
	--reply 200 >/dev/null
check_soon "$STATS_LAG" "they go on from there" \
	"       2        2        2              100              1C8" total
finish
