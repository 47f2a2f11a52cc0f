#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What waits on a packet's way in and out: a device that puts much in front of it, also
# when the packet is somebody else's too; a tunnel that hands over packets of many
# segments; a queue that keeps it for long; a bridge whose rules ask for its state; a
# detour that brings it back; the director's own clients, a VRF.  How leases end that
# were cut short, and connections that nobody uses.  What the ends see is the same with
# lease 0.
#
#   C 10.0.0.2 -- 10.0.0.254 D rs1 -- R1 10.1.1.2 -- lo 10.9.3.2        NAT
#      tunnel i1                 tunnel gn
# nfvs: mods ip_gre ipip sch_tbf sch_ingress cls_matchall cls_flower act_mirred bridge vrf pktgen
set -euo pipefail
# shellcheck source=tests/net/lib-fast.sh
. "${BASH_SOURCE[0]%/*}/lib-fast.sh"

[[ -z ${NFVS_REF:-} ]] || skip_all "ip_vs has no fast path"
plan $((15 + (${#RUNS[@]} - 1) * 13))
FAR_RIP=10.9.3.2
# The debug kernel tracks no connections for bridges.
has_state=0
[[ $(uname -r) != *-amd64 ]] || has_state=1
LARGER=$(printf 'x%.0s' {1..4320})

director()
{
	topo_create 1 nat
	in_ns "$D" sysctl -qw net.ipv4.icmp_ratelimit=0
	ip -n "$C" -batch - <<-IP
	link add i1 type ipip local $CIP remote $DIP
	link set i1 up
	IP
	# It does not know the other end: its neighbours do, and it has all the options.
	ip -n "$D" -batch - <<-IP
	link add i1 type ipip local $DIP remote $CIP
	link set i1 up
	link add gn type gre local 10.1.1.1 key 5 csum seq
	link set gn up
	route add $FAR_RIP/32 dev gn
	neighbour replace $FAR_RIP lladdr ${RIP[1]} dev gn nud permanent
	neighbour replace 10.1.1.9 lladdr $(mac_of "$R1" eth0) dev rs1 nud permanent
	IP
	in_ns "$D" ethtool -K i1 gro off >/dev/null
	ip -n "$R1" -batch - <<-IP
	address add $FAR_RIP/32 dev lo
	link add gn type gre local ${RIP[1]} remote 10.1.1.1 key 5 csum seq
	link set gn up
	IP
	start_server "$R1" rs1 --udp 8080 --tcp 8080
	start_server "$D" d --udp 82
	{
		vs_lines "-u $VIP:80" rr "-r ${RIP[1]}:8080 -m"
		vs_lines "-t $VIP:80" rr "-r ${RIP[1]}:8080 -m"
		vs_lines "-u $VIP:81" rr "-r $FAR_RIP:8080 -m"
		vs_lines "-u $VIP:82" rr "-r 10.1.1.9:82 -g"
		vs_lines "-u $VIP:83" rr "-r $DIP:82 -m"
	} | adm -R
	watch_rules
	set_lease "$lease"
	flow_open udp "$VIP" 80 --udp --source "$CIP" --timeout 3000
	ask "$udp" 2
}

# pktgen COUNT: datagrams from port 9 to VIP:81, which pktgen keeps while they are looked at
pktgen()
{
	in_ns "$D" bash -c "
		set -e
		echo rem_device_all >/proc/net/pktgen/kpktgend_0
		echo add_device eth0 >/proc/net/pktgen/kpktgend_0
		for line in 'xmit_mode netif_receive' 'count $1' 'pkt_size 60' 'delay 0' \
			'dst $VIP' 'src_min $CIP' 'src_max $CIP' 'udp_src_min 9' \
			'udp_src_max 9' 'udp_dst_min 81' 'udp_dst_max 81' \
			'dst_mac $(mac_of "$D" eth0)'; do
			echo \"\$line\" >/proc/net/pktgen/eth0
		done
		echo start >/proc/net/pktgen/pgctrl
		echo rem_device_all >/proc/net/pktgen/kpktgend_0"
}

headers()
{
	local far before why

	flow_open far "$VIP" 81 --udp
	ask "$far" 2
	step "a device with a header of 36 bytes" 5 s rs1=5 0/0 "" "$far"
	flow_close "$far"
	# It never asked, and would say so.
	in_ns "$C" nft -f - <<-NFT
	table inet mute { chain c { type filter hook prerouting priority 0; udp dport 9 drop; }; }
	NFT
	before=$(iface_count "$R1" gn rx_packets)
	refused why
	pktgen 10
	check_soon 10 "${prefix}packets that are somebody else's too, to such a device" \
		$((before + 10)) iface_count "$R1" gn rx_packets
	refused why
	[[ $lease -eq 0 ]] ||
		check_eq "these get their room in the stack" "skb=9 new=1 lease=1" "$why"
}

# A packet of three segments each, which are too large by less than their headers.
segments()
{
	local tcp

	ip -n "$C" route add "$VIP/32" dev i1 src "$CIP"
	ip -n "$D" route replace 10.1.1.0/24 dev rs1 proto kernel scope link src 10.1.1.1 mtu 1455
	flow_open tcp "$VIP" 80
	ask "$tcp" 2
	leases "$tcp"
	step "a tunnel whose segments are too large" 2 "$LARGER" rs1=2 1/0 mtu=1 "$tcp"
	ip -n "$D" route replace 10.1.1.0/24 dev rs1 proto kernel scope link src 10.1.1.1
	flow_close "$tcp"
	ip -n "$C" route flush cache
	flow_open tcp "$VIP" 80
	ask "$tcp" 2
	leases "$tcp"
	step "a tunnel whose segments fit" 2 "$LARGER" rs1=2 0/0 "" "$tcp"
	flow_close "$tcp"
	ip -n "$C" route del "$VIP/32"
}

# The sender's own queue must not be full of what waits in the director's.
queues()
{
	local out

	# shellcheck disable=SC2016 # not for the shell
	out=$(in_ns "$C" /usr/bin/python3 -c '
import select, fcntl, socket, struct, subprocess, sys, time
vip, director = sys.argv[1:]
def tc(*args):
    command = ["nsenter", "--net=/run/netns/" + director, "tc", "qdisc"]
    subprocess.run(command + list(args), check=True)
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(10)
s.connect((vip, 80))
for i in range(2):
    s.send(b"\n")
    s.recv(2000)
# A byte per second: the second waits.
tc("replace", "dev", "rs1", "root", "tbf", "rate", "8bit", "burst", "1540", "limit", "100000")
for i in range(2):
    s.send(b"x" * 1300)
end = time.monotonic() + 5
while time.monotonic() < end:
    left = struct.unpack("i", fcntl.ioctl(s, 0x5411, bytes(4)))[0] # SIOCOUTQ
    if not left:
        break
    select.select([], [], [], 0.05)
print("nothing is left" if not left else "%d bytes are left" % left)
tc("del", "dev", "rs1", "root")' "$VIP" "$D" 2>&1) || :
	check_eq "${prefix}what waits in a queue is the sender's no more" "nothing is left" "$out"
}

# Sent to the server, it is brought back: it is for this host then, as in the stack.
detour()
{
	local back

	in_ns "$D" tc qdisc add dev rs1 clsact
	in_ns "$D" tc filter add dev rs1 egress protocol ip flower dst_ip "$VIP" \
		action mirred ingress redirect dev eth0
	flow_open back "$VIP" 82 --udp --timeout 500
	ask "$back" 2
	step "what comes back is for this host" 5 s d=5 0/0 skb=5 "$back"
	flow_close "$back"
	in_ns "$D" tc qdisc del dev rs1 clsact
}

# Its rules, too, may ask for the state of packets: these are not invalid.
bridge()
{
	ip -n "$D" -batch - <<-IP
	link add br9 type bridge forward_delay 0 mcast_snooping 0
	link set br9 up
	address del 10.1.1.1/24 dev rs1
	link set rs1 master br9
	address add 10.1.1.1/24 dev br9
	IP
	poll 20 is_answered "$udp"
	[[ $has_state -eq 0 ]] || in_ns "$D" nft -f - <<-NFT
	table bridge state {
		chain c { type filter hook output priority 0; ip protocol udp ct state invalid drop; }
	}
	NFT
	leases "$udp"
	# What tracks connections for these rules sees replies as they come in.
	step "a bridge with rules on its way out" 5 s rs1=5 "0/[05]" "skb=*" "$udp"
	[[ $has_state -eq 0 ]] || in_ns "$D" nft delete table bridge state
	ip -n "$D" -batch - <<-IP
	link delete br9
	address add 10.1.1.1/24 dev rs1
	IP
	poll 20 is_answered "$udp"
}

# own_answers PORT: 5 questions of a client on the director
own_answers()
{
	in_ns "$D" traffic get "$VIP" "$1" -n 5 --udp --source-port 4000 2>&1 | tally
}

# Nothing of what does not come from outside is asked for a lease, or given one.
own_clients()
{
	local why before

	before=$(counter fast_readmitted)
	refused why
	check_eq "${prefix}the director's own client and a server" rs1=5 "$(own_answers 80)"
	check_eq "${prefix}the director's own client and server" d=5 "$(own_answers 83)"
	refused why
	check_match "${prefix}these have no lease" "+(|new=*|lease=5) 0" \
		"$why $(($(counter fast_readmitted) - before))"
}

# Replies may still have leases from before, which last longer than leases do now.  They
# meet a drop, and none may fly in the last moments of its lease.
shorter()
{
	local start end n try

	[[ $lease -ne 0 ]] || return 0
	flow_open flow "$VIP" 80 --udp --timeout 50
	# Not where the machine is so slow that the lease has nearly ended before.
	for try in 1 2 3 4; do
		set_lease 2000
		ask "$flow" 2
		start=${EPOCHREALTIME/[.,]/}
		in_ns "$D" nft -f - <<-NFT
		table inet guard {
			chain c { type filter hook forward priority 0; udp sport 8080 drop; }
		}
		NFT
		set_lease 300
		ask "$flow" 1
		n=$answers end=$((start + 2200000))
		((${EPOCHREALTIME/[.,]/} - start > 1200000)) || break
		note "try $try was slow"
		in_ns "$D" nft delete table inet guard
	done
	while ((${EPOCHREALTIME/[.,]/} < end)); do
		ask "$flow" 1
		n=$((n + answers))
	done
	check_eq "a lease that is cut short does not come back" 0 "$n"
	in_ns "$D" nft delete table inet guard
	flow_close "$flow"
	set_lease 10000
}

# shellcheck disable=SC2317 # poll calls it
none_is_left()
{
	[[ $(conns "$CIP:* $VIP:80") != *UDP* ]]
}

# A connection that has timed out is not there, although nobody has cleared it away yet.
timeouts()
{
	local before

	flow_close "$udp"
	adm --set 0 0 1
	poll 20 none_is_left
	before=$(conns_of -u "$VIP:80")
	in_ns "$C" traffic flood "$CIP" "$VIP" --proto udp --dport 80 --ports 20 -n 20 >/dev/null
	check_soon 10 "${prefix}twenty connections" 20 opened_since "$before"
	poll 20 none_is_left
	in_ns "$C" traffic flood "$CIP" "$VIP" --proto udp --dport 80 --ports 20 -n 20 >/dev/null
	check_soon 10 "${prefix}after their timeout twenty others" 40 opened_since "$before"
	adm --set 0 0 300
}

# opened_since COUNT
# shellcheck disable=SC2317 # check_soon calls it
opened_since()
{
	echo "$(($(conns_of -u "$VIP:80") - $1))"
}

# The last, because nothing is as before.
vrf()
{
	local flow before

	ip -n "$D" -batch - <<-IP
	link add vrf9 type vrf table 9
	link set vrf9 up
	link set eth0 master vrf9
	neighbour replace $CIP lladdr $(mac_of "$C" eth0) dev eth0 nud permanent
	route add $CIP/32 dev eth0
	IP
	flow_open flow "$VIP" 80 --udp --timeout 3000
	poll 20 is_answered "$flow"
	before=$(counter fast_readmitted)
	ask "$flow" 5
	check_eq "${prefix}what comes through a VRF has no lease" "5 0" \
		"$answers $(($(counter fast_readmitted) - before))"
	flow_close "$flow"
}

shopt -s extglob
for ms in "${RUNS[@]}"; do
	with_lease "$ms"
	director
	headers
	segments
	queues
	detour
	bridge
	own_clients
	shorter
	timeouts
	vrf
	topo_destroy
done
finish
