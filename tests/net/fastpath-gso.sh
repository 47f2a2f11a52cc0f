#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Large packets that a device would cut (veth with TSO) stay whole on the fast path:
# megabytes to and from a server arrive as they were sent, all methods, both families;
# rules see next to nothing of them.  With lease 0 the same arrives.
#
#   C 10.0.0.2 -- 10.0.0.254 D rs1 -- R1 10.1.1.2        NAT
#   C, D, R1 on a switch                                 DR, TUN
# nfvs: mods ipip ip6_tunnel
set -euo pipefail
# shellcheck source=tests/net/lib-fast.sh
. "${BASH_SOURCE[0]%/*}/lib-fast.sh"

[[ -z ${NFVS_REF:-} ]] || skip_all "ip_vs has no fast path"
plan 31
# Emulated, 100 MB to and from each would take half a minute.  Some of what leaves is
# not TCP.
MB=100
[[ $(uname -r) != *-amd64 ]] || MB=5

# A request is "u" and data, answered with their digest, or "d", answered with a
# digest and data.
# shellcheck disable=SC2016 # not for the shell
PROGRAM='
import hashlib, os, socket, sys
def read(s):
    h, n = hashlib.md5(), 0
    while True:
        b = s.recv(1 << 20)
        if not b:
            return h.hexdigest(), n
        h.update(b)
        n += len(b)
def write(s, mb, hello):
    block = [os.urandom(1 << 20) for i in range(4)]
    h = hashlib.md5()
    for i in range(mb):
        h.update(block[i % 4])
    s.sendall(hello(h.hexdigest()))
    for i in range(mb):
        s.sendall(block[i % 4])
    return h.hexdigest()
def exactly(s, n):
    b = b""
    while len(b) < n:
        b += s.recv(n - len(b)) or sys.exit("ended early")
    return b.decode()
mb = int(sys.argv[2])
if sys.argv[1] == "serve":
    l = socket.create_server(("::", 80), family=socket.AF_INET6, dualstack_ipv6=True)
    print("ready", flush=True)
    while True:
        s = l.accept()[0]
        if exactly(s, 1) == "u":
            s.sendall(read(s)[0].encode())
        else:
            write(s, mb, lambda d: d.encode())
        s.close()
for addr in sys.argv[3:]:
    s = socket.create_connection((addr, 80), 60)
    sent = write(s, mb, lambda d: b"u")
    s.shutdown(socket.SHUT_WR)
    up = exactly(s, 32) == sent
    s = socket.create_connection((addr, 80), 60)
    s.sendall(b"d")
    sent = exactly(s, 32)
    got, n = read(s)
    print("same" if up else "different", "same" if got == sent else "different", n >> 20)
'

rules_saw()
{
	local saw

	saw=$(seen)
	echo "$((${saw/\//+}))"
}

# transfer NAME DEVICE-OUT VIP: both ways
transfer()
{
	local name=$1 dev=$2 bytes pkts out packets octets

	rules_saw >/dev/null
	pkts=$(iface_count "$D" "$dev" tx_packets)
	bytes=$(iface_count "$D" "$dev" tx_bytes)
	out=$(in_ns "$C" /usr/bin/python3 -c "$PROGRAM" get "$MB" "$3" 2>&1 || :)
	check_eq "$name: $MB MB to and from the server arrive as they were sent" \
		"same same $MB" "$out"
	packets=$(($(iface_count "$D" "$dev" tx_packets) - pkts))
	octets=$(($(iface_count "$D" "$dev" tx_bytes) - bytes))
	large=$((octets / packets)) total=$packets saw=$(rules_saw)
}

# fast NAME DEVICE-OUT VIP
fast()
{
	transfer "$@"
	check_eq "$1: as packets of many segments (mean $large)" 1 "$((large > 6000))"
	# What opens and closes two connections, and one a second.
	check_eq "$1: past the rules, which saw $saw of $total and more" 1 "$((saw <= 60))"
}

# slow NAME DEVICE-OUT VIP
slow()
{
	transfer "$1, lease 0" "$2" "$3"
	check_eq "$1, lease 0: rules saw what left" 1 "$((saw + 20 >= total))"
}

# director KIND LETTER
director()
{
	local fd line

	topo_create 1 "$1"
	exec {fd}< <(exec nsenter --net="/run/netns/$R1" \
		/usr/bin/python3 -c "$PROGRAM" serve "$MB")
	server_pids+=("$!")
	read -rt 60 -u "$fd" line
	exec {fd}<&-
	start_server "$R1" rs1 --udp 80
	[[ $2 != -i ]] || ip -n "$R1" -batch - <<-IP
	link add t4 type ipip local ${RIP[1]}
	link set t4 up
	link add t6 type ip6tnl mode any local ${RIP6[1]}
	link set t6 up
	IP
	{
		vs_lines "-t $VIP:80" rr "-r ${RIP[1]}:80 $2"
		vs_lines "-u $VIP:80" rr "-r ${RIP[1]}:80 $2"
		vs_lines "-t [$VIP6]:80" rr "-r [${RIP6[1]}]:80 $2"
	} | adm -R
	watch_rules 80
	warm_up "$VIP" 80 --udp
}

director nat -m
fast "NAT v4" rs1 "$VIP"
fast "NAT v6" rs1 "$VIP6"
set_lease 0
slow "NAT v4" rs1 "$VIP"
slow "NAT v6" rs1 "$VIP6"
topo_destroy
director dr -g
fast "DR v4" eth0 "$VIP"
fast "DR v6" eth0 "$VIP6"
set_lease 0
slow "DR v4" eth0 "$VIP"
slow "DR v6" eth0 "$VIP6"
topo_destroy

# Only requests go through the director, and the first ones are too large.
director dr -i
ip -n "$D" address change "$VIP6/128" dev eth0 preferred_lft 0
fast "TUN v4" eth0 "$VIP"
fast "TUN v6" eth0 "$VIP6"
set_lease 0
slow "TUN v4" eth0 "$VIP"
slow "TUN v6" eth0 "$VIP6"
check_eq "nothing was dropped but what was too large" "" \
	"$(adm -L --counters | awk '$1 ~ /^drop_/ && $1 != "drop_too_big" && $2')"
finish
