#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# nfvs: kernels 6.12
# nfvsadm with the real module: listings to the column, exit codes, error texts with
# the kernel's own words on the second line, save and restore, all or nothing.
# (Equality with ipvsadm is the subject of diff.sh.)
#
#   C -- D -- R1
set -euo pipefail
# shellcheck source=tests/net/lib-vs.sh
. "${BASH_SOURCE[0]%/*}/lib-vs.sh"
: "${NFVS_REF:+$(skip_all 'ipvsadm says less')}"

INVALID='Invalid operation.  Possibly wrong module version, address not unicast, ...'
LOWER='DEST.LOWER_THRESHOLD: greater than UPPER_THRESHOLD'

# exit status | standard error, "/" between lines | arguments
mapfile -t mistakes <<TABLE
255|Service already exists/SERVICE: exists already|-A -t 10.0.0.1:80
255|Scheduler or persistence engine not found/SERVICE.SCHED: unknown scheduler|-A -t 10.0.0.8:80 -s nosuch
255|Scheduler or persistence engine not found|-A -t 10.0.0.8:80 -s abcdefghijklmnop
255|Scheduler or persistence engine not found/SERVICE.PE: unknown persistence engine|-A -u 10.0.0.8:5060 --pe sip
255|Scheduler or persistence engine not found/SERVICE.PE: unknown persistence engine|-E -f 3 --pe sip
255|Service already exists/SERVICE: exists already|-A -f 3 --pe sip
255|Scheduler or persistence engine not found|-A -t 10.0.0.8:80 --pe abcdefghijklmnop
2|invalid timeout value \`0' specified|-A -t 10.0.0.8:80 -p 0
2|illegal ipv6 netmask specified|-A -t [2001:db8::8]:80 -p -M 129
2|incompatible scheduler flag \`sh-port'|-A -t 10.0.0.8:80 -b sh-port
2|One-Packet Scheduling is only for UDP virtual services|-A -t 10.0.0.8:80 -o
2|Illegal 'json' option with the 'save' command|-S --json
255|No such service/SERVICE: no such service|-E -t 10.0.0.8:80
255|No such service/SERVICE: no such service|-D -t 10.0.0.8:80
255|No such service/SERVICE: no such service|-Z -f 99
1|No such service/SERVICE: no such service|-L -t 10.0.0.8:80
1|No such service/SERVICE: no such service|-L -n --stats -f 99 -6
255|Service not defined/SERVICE: no such service|-a -t 10.0.0.8:80 -r 10.1.1.2
255|Service not defined/SERVICE: no such service|-d -f 99 -r 10.1.1.2
255|Destination already exists/DEST: is in the service already|-a -t 10.0.0.1:80 -r 10.1.1.2:80
255|No such destination/DEST: not in the service|-e -t 10.0.0.1:80 -r 10.1.1.2:81 -m
255|No such destination/DEST: not in the service|-d -t 10.0.0.1:80 -r 10.1.1.3
255|$INVALID/DEST.ADDR: not a server's address|-a -t 10.0.0.1:80 -r 224.0.0.1
255|Numerical result out of range/$LOWER|-a -t 10.0.0.1:80 -r 10.1.1.3 -x 3 -y 4
2|Different address family is allowed only for tunneling servers|-a -t 10.0.0.1:80 -r [2001:db8::3]:80 -m
2|You need to supply the 'service-address' option for the 'add-service' command|-A
2|You need to supply the 'real-server' option for the 'add-server' command|-a -t 10.0.0.1:80
2|Illegal 'weight' option with the 'add-service' command|-A -t 10.0.0.8:80 -w 1
2|Zero port specified for non-persistent service|-A -t 10.0.0.8
2|illegal weight specified|-a -t 10.0.0.1:80 -r 10.1.1.3 -w 2147483648
2|Illegal 'no-fastpath' option with the 'add-server' command|-a -t 10.0.0.1:80 -r 10.1.1.3 --no-fastpath
2|You need to supply the 'stats' option for the 'fastpath' option|-L --fastpath
2|options conflicts in the list command|-L -c --stats --fastpath
2|unexpected argument foo|-L foo
2|--set option requires 3 timeout values|--set 1 2
255|--nosuch: unknown option|-L --nosuch
255|-s: missing argument|-A -t 10.0.0.8:80 -s
TABLE

# What later versions will do, and nobody shall believe it is done now.
mapfile -t later <<'TABLE'
sctp-service|-A --sctp-service 10.0.0.8:80
tun-type|-a -t 10.0.0.1:80 -r 10.1.1.3 -i --tun-type gre
start-daemon|--start-daemon master
stop-daemon|--stop-daemon master
TABLE

# check_run DESCRIPTION STATUS STDOUT STDERR ARGUMENT...: patterns; standard input
# is the function's
check_run()
{
	local desc=$1 expected="[$2] $3|$4" rc=0

	shift 4
	adm "$@" >"$file.out" 2>"$file.err" || rc=$?
	check_match "$desc" "${expected//[/\\[}" "[$rc] $(<"$file.out")|$(<"$file.err")"
}

# check_list DESCRIPTION EXPECTED ARGUMENT...: standard output to the last blank
check_list()
{
	local desc=$1 expected=$2 out

	shift 2
	out=$(adm "$@" 2>&1) || out+="[$?]"
	# The table of connections grows and shrinks.
	[[ ! $out =~ ^(.*\(size=)[0-9]+(\).*)$ ]] || out=${BASH_REMATCH[1]}N${BASH_REMATCH[2]}
	check_eq "$desc" "$expected" "$out"
}

# check_same DESCRIPTION: the configuration is what it was at first
check_same()
{
	check_eq "$1" "$saved" "$(adm -S -n)"
}

plan $((${#mistakes[@]} + ${#later[@]} + 47))
topo_create 1 nat
start_server "$R1" rs1 --udp 53
file=$(mktemp)

check_list "nothing configured" "IP Virtual Server version 1.2.1 (size=N)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn" -L -n

# Every way to write it.
check_run "restore: comments, blanks, program names, CR" 0 '' '' -R <<EOT
# comment
ipvsadm -A -t 10.0.0.1:80 -s rr
-a -t 10.0.0.1:80 -r 10.1.1.2 -g -w 7	# tail

  -a  -t 10.0.0.1:80   -r 10.1.1.2:8080 -m -w 0 -x 2000000000 -y 5
nfvsadm --add-server --tcp-service 10.0.0.1:80 --real-server=10.1.1.9:80 -i
-a -t 10.0.0.1:80 -r [2001:db8::5]:80 -i -w 2147483647
-A -t 200.0.0.1:80
-A -f 4294967295 -s wrr
-A -f 3 -s lc
-a -f 3 -r 10.1.1.2 -m
-A -f 3 -6 -o -s rr -b flag-2,flag-1
-A -t 10.0.0.3 -p
-A -u 10.0.0.4:53 -p 2678400 -M 255.255.240.0 -o
-A -t [2001:db8::4]:80 -p 7 -M 64 -s none
-A -u $VIP:53 -s wlc
-a -u $VIP:53 -r 10.1.1.2:53 -m$(printf '\r')
-A -t [2001:db8::1]:443 -s wlc --no-fastpath
-a -t [2001:db8::1]:443 -r [2001:db8:1111:2222:3333:4444:5555:6666]:443 -m
--set 900 121 300
EOT
saved="-A -f 4294967295 -s wrr
-A -t 200.0.0.1:80 -s wlc
-A -t 10.0.0.1:80 -s rr
-a -t 10.0.0.1:80 -r 10.1.1.2:80 -g -w 7
-a -t 10.0.0.1:80 -r 10.1.1.2:8080 -m -w 0 -x 2000000000 -y 5
-a -t 10.0.0.1:80 -r 10.1.1.9:80 -i -w 1 --tun-type ipip
-a -t 10.0.0.1:80 -r [2001:db8::5]:80 -i -w 2147483647 --tun-type ipip
-A -t 10.0.0.3:0 -s wlc -p 360
-A -u 10.0.0.4:53 -s wlc -p 2678400 -M 255.255.240.0 -o
-A -u 10.0.0.100:53 -s wlc
-a -u 10.0.0.100:53 -r 10.1.1.2:53 -m -w 1
-A -t [2001:db8::1]:443 -s wlc --no-fastpath
-a -t [2001:db8::1]:443 -r [2001:db8:1111:2222:3333:4444:5555:6666]:443 -m -w 1
-A -t [2001:db8::4]:80 -s none -p 7 -M 64
-A -f 3 -s lc
-a -f 3 -r 10.1.1.2:0 -m -w 1
-A -f 3 -6 -s rr -o -b flag-1,flag-2"
check_same "save: sorted, thresholds included"
check_match "restored in one transaction: generation 1" '*gen=1
OK' "$(in_ns "$D" nltest <<<GET_SERVICE+DUMP)"
check_list "timeouts" "Timeout (tcp tcpfin udp): 900 121 300" -L --timeout

# ---- listings ----

full="IP Virtual Server version 1.2.1 (size=N)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
FWM  4294967295 wrr
TCP  200.0.0.1:80 wlc
TCP  10.0.0.1:80 rr
  -> 10.1.1.2:80                  Route   7      0          0         
  -> 10.1.1.2:8080                Masq    0      0          0         
  -> 10.1.1.9:80                  Tunnel  1      0          0         
  -> [2001:db8::5]:80             Tunnel  2147483647 0          0         
TCP  10.0.0.3:0 wlc persistent 360
UDP  10.0.0.4:53 wlc persistent 2678400 mask 255.255.240.0 ops
UDP  10.0.0.100:53 wlc
  -> 10.1.1.2:53                  Masq    1      0          0         
TCP  [2001:db8::1]:443 wlc no-fastpath
  -> [2001:db8:1111:2222:3333:4444:5555:6666]:443 Masq    1      0          0         
TCP  [2001:db8::4]:80 none persistent 7 mask 64
FWM  3 lc
  -> 10.1.1.2:0                   Masq    1      0          0         
FWM  3 IPv6 rr (flag-1,flag-2) ops"
check_list "list" "$full" -L -n
check_list "list, letters together" "$full" -ln
check_list "one service, no version line" "Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
FWM  3 lc
  -> 10.1.1.2:0                   Masq    1      0          0         " -L -n -f 3
check_list "unsorted: newest first" "Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
TCP  10.0.0.1:80 rr
  -> [2001:db8::5]:80             Tunnel  2147483647 0          0         
  -> 10.1.1.9:80                  Tunnel  1      0          0         
  -> 10.1.1.2:8080                Masq    0      0          0         
  -> 10.1.1.2:80                  Route   7      0          0         " \
	-L -n --nosort -t 10.0.0.1:80
check_list "thresholds" "Prot LocalAddress:Port            Uthreshold Lthreshold ActiveConn InActConn 
  -> RemoteAddress:Port
TCP  10.0.0.1:80 rr
  -> 10.1.1.2:80                  0          0          0          0         
  -> 10.1.1.2:8080                2000000000 5          0          0         
  -> 10.1.1.9:80                  0          0          0          0         
  -> [2001:db8::5]:80             0          0          0          0         " \
	-L -n --thresholds -t 10.0.0.1:80
check_list "persistent connections" "Prot LocalAddress:Port            Weight    PersistConn ActiveConn InActConn 
  -> RemoteAddress:Port
FWM  3 lc
  -> 10.1.1.2:0                   1         0           0          0         " \
	-L -n --persistent-conn -f 3
check_list "tunnels" "Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward TunnelInfo    Weight ActiveConn InActConn
TCP  10.0.0.1:80 rr
  -> 10.1.1.2:80                  Route   n/a           7      0          0         
  -> 10.1.1.2:8080                Masq    n/a           0      0          0         
  -> 10.1.1.9:80                  Tunnel  ipip          1      0          0         
  -> [2001:db8::5]:80             Tunnel  ipip          2147483647 0          0         " \
	-L -n --tun-info -t 10.0.0.1:80
check_list "no daemons" '' -L --daemon
check_list "rates" "Prot LocalAddress:Port                 CPS    InPPS   OutPPS    InBPS   OutBPS
  -> RemoteAddress:Port
FWM  4294967295                          0        0        0        0        0" \
	-L -n --rate -f 4294967295
check_list "no connections" "IPVS connection entries
pro expire state       source             virtual            destination" -L -n -c

# ---- counters: three datagrams of 100 bytes, answers of 200 ----

# Longer than the three take: the first of each direction grants it. Devices get their
# hooks a moment after their first lease: another service's packets see to that.
in_ns "$D" sysctl -qw net.nf_vs.fastpath_lease_ms=10000
is_fast()
{
	in_ns "$C" traffic get "$VIP" 54 --udp -n 3 --source-port 29000 >/dev/null
	[[ $(adm -L -n --stats --fastpath -u "$VIP:54" | awk 'END { print $4 }') -ge 4 ]]
}
is_forgotten()
{
	[[ $(adm -L -n -c | wc -l) -eq 2 ]]
}
adm -R <<<"-A -u $VIP:54
-a -u $VIP:54 -r 10.1.1.2:53 -m
--set 0 0 1"
poll 30 is_fast || note "nothing was fast"
poll 30 is_forgotten || note "connections stayed"
adm -R <<<"-D -u $VIP:54
--set 0 0 300"
in_ns "$C" traffic get "$VIP" 53 --udp -n 3 --bytes 100 --reply 200 --source-port 30000 \
	>/dev/null
stats="Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
  -> RemoteAddress:Port
UDP  10.0.0.100:53                       1        3        3      384      684
  -> 10.1.1.2:53                         1        3        3      384      684"
check_list "statistics" "$stats" -L -n --stats -u "$VIP:53"
check_list "statistics win over other modes" "$stats" -L -n --stats --rate --thresholds -u "$VIP:53"
fast="Prot LocalAddress:Port               Conns FastPkts SlowPkts
  -> RemoteAddress:Port
UDP  10.0.0.100:53                       1        4        2
  -> 10.1.1.2:53                         1        4        2"
check_list "by way" "$fast" -L -n --stats --fastpath -u "$VIP:53"
check_match "by way, whole table: then why some were slow" "IP Virtual Server version *
${fast#*$'\n'*$'\n'}
*
fast_readmitted *[0-9]
refused_skb                              0
*
refused_new *[0-9]
*
refused_neighbour                        0" "$(adm -L -n --stats --fastpath)"
check_match "a connection" "IPVS connection entries
pro expire state       source             virtual            destination
UDP 0[45]:??  UDP         10.0.0.2:30000     10.0.0.100:53      10.1.1.2:53" "$(adm -Lnc)"
check_match "named counters" "*drop_no_dest 0*" "$(adm -L --counters)"
adm -Z -t 10.0.0.1:80
check_list "zero of another service" "$stats" -L -n --stats -u "$VIP:53"
adm -Z -u "$VIP:53"
check_list "zero" "Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
  -> RemoteAddress:Port
UDP  10.0.0.100:53                       0        0        0        0        0
  -> 10.1.1.2:53                         0        0        0        0        0" \
	-L -n --stats -u "$VIP:53"

check_list "zero by way" "Prot LocalAddress:Port               Conns FastPkts SlowPkts
  -> RemoteAddress:Port
UDP  10.0.0.100:53                       0        0        0
  -> 10.1.1.2:53                         0        0        0" \
	-L -n --stats --fastpath -u "$VIP:53"

# ---- mistakes ----

for line in "${mistakes[@]}"; do
	IFS='|' read -r status text args <<<"$line"
	read -ra words <<<"$args"
	check_run "$args" "$status" '' "${text//\//$'\n'}" "${words[@]}" </dev/null
done
for line in "${later[@]}"; do
	IFS='|' read -r option args <<<"$line"
	read -ra words <<<"$args"
	check_run "not yet: $args" 2 '' "nfvsadm: option \`--$option' is not supported yet" \
		"${words[@]}" </dev/null
done
check_same "nothing of that has changed anything"

# ---- restore: all or nothing ----

check_run "the kernel refuses a line: named, with its words" 255 '' "Destination already exists
line 5: -a -t 10.0.0.7:80 -r 10.1.1.2 -m: DEST: is in the service already" -R <<EOT
-C

-A -t 10.0.0.7:80
-a -t 10.0.0.7:80 -r 10.1.1.2
-a -t 10.0.0.7:80 -r 10.1.1.2 -m
-A -t 10.0.0.6:80
EOT
check_same "and nothing has changed, not even by the lines before"
check_run "a mistake in a line: named" 2 '' "illegal weight specified
line 2: -a -t 10.0.0.7:80 -r 10.1.1.2 -w x" -R <<EOT
-A -t 10.0.0.7:80
-a -t 10.0.0.7:80 -r 10.1.1.2 -w x
EOT
check_run "a listing is nothing to restore" 2 '' "Only commands that change something can be restored
line 1: -L -n" -R <<<"-L -n"
check_same "nothing has changed"
check_run "replace: refused, all is as it was" 255 '' "Service already exists
line 3: -A -f 9: SERVICE: exists already" -R --replace <<EOT
# first
-A -f 9
-A -f 9
EOT
check_same "and so it is"
check_run "replace: what was there is gone" 0 '' '' -R --replace <<<"-A -f 9 -s rr"
check_list "it is" '-A -f 9 -s rr' -S -n
in_ns "$D" "$NFVS_TOP/tools/nfvsadm-restore" <<<"$saved"
check_same "nfvsadm-restore does the same"
check_eq "nfvsadm-save" "$saved" "$(in_ns "$D" "$NFVS_TOP/tools/nfvsadm-save" -n)"
check_run "clear" 0 '' '' -C </dev/null
check_list "is empty" '' -S -n
adm -R <<<"$saved"
check_same "save, clear, restore, save: the same"
# A server that comes back has its connections back (compat.md 1.9).
udp="  -> 10.1.1.2:53                  Masq    1      0          "
check_list "the list, too, with the connection that outlived its service" \
	"${full/"${udp}0"/"${udp}1"}" -L -n
check_list "0 keeps a timeout" '' --set 0 7 0
check_list "and the others stay" "Timeout (tcp tcpfin udp): 900 7 300" -L --timeout

# ---- no permission, no space, no module ----

rc=0
text=$(adm -L -n 2>&1 >/dev/full) || rc=$?
check_eq "output that cannot be written" "[1] cannot write to standard output" "[$rc] $text"
rc=0
text=$(adm -S -n 2>&1 >&-) || rc=$?
check_eq "output that nobody receives" "[1] cannot write to standard output" "[$rc] $text"
check_fails "nobody may list" 2 "Can't initialize ipvs: Permission denied (you must be root)" \
	in_ns "$D" setpriv --reuid 65534 --regid 65534 --clear-groups nfvsadm -L
rmmod nf_vs
check_fails "no module" 2 "Can't initialize ipvs: Protocol not available
Are you sure that IP Virtual Server is built in the kernel or as module?" adm -L

# ---- the unit ----

if command -v systemd-analyze >/dev/null; then
	# Where the programs are is told when it is installed.
	sed "s|@SBINDIR@|$NFVS_TOP/tools|; s/^Documentation/#&/" \
		"$NFVS_TOP/tools/systemd/nfvsadm.service" >"$file.service"
	check "the unit for systemd" systemd-analyze verify "$file.service"
else
	check "the unit for systemd: nothing to verify it with" true
fi
rm -f "$file" "$file".{out,err,service}
finish
