# SPDX-License-Identifier: GPL-2.0-only
"""Packets whose checksums are in all states a device may leave them in, through a director.

usage: fastpath-csum.py SERVER-NS SERVER-MAC DIRECTOR-MAC LEASE COUNTERS

In the director's namespace. COUNTERS is where nf_vs's are kept of the moment when the
devices are ready; those of the rules begin anew then.

Prints what comes out, a line each kind: lengths, what is left for the device to do, a
digest of the bytes, whether the checksums are right. Clients are behind the tun device
cl, most servers behind sv: what is written there goes through the director before the
call returns.
"""
import ctypes
import fcntl
import hashlib
import os
import socket
import struct
import subprocess
import sys
import time

VIP, VIP6 = "10.0.0.100", "2001:db8::100"
CIP, CIP6 = "10.7.0.2", "2001:db8:7::2"
SIP, SIP6 = "10.8.0.2", "2001:db8:8::2"
GRE_FROM, GRE_TO = "10.7.0.9", "10.0.0.254"
SERVER, SERVER6 = "10.1.1.2", "2001:db8:1:1::2"
CLONE_NEWNET = 0x40000000
TUNSETIFF, TUNSETOFFLOAD = 0x400454ca, 0x400454d0
IFF_TUN, IFF_NO_PI, IFF_VNET_HDR = 1, 0x1000, 0x4000
OFFLOAD_CSUM, OFFLOAD_TSO4, OFFLOAD_TSO6 = 1, 2, 4
# struct virtio_net_hdr: flags, gso_type, hdr_len, gso_size, csum_start, csum_offset
VNET = struct.Struct("=BBHHHH")
NEEDS_CSUM, DATA_VALID = 1, 2
GSO_TCPV4, GSO_TCPV6 = 1, 4
UDP, TCP, IPIP, IPV6, GRE = 17, 6, 4, 41, 47
SYN, PSH, ACK = 2, 8, 16
GRE_CSUM = 0x8000
ETHER = {False: 0x0800, True: 0x86dd}


def total(data, start=0):
    data += b"\0" * (len(data) % 2)
    start += sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while start >> 16:
        start = (start & 0xffff) + (start >> 16)
    return start


def pseudo(src, dst, proto, length):
    fam = socket.AF_INET6 if ":" in src else socket.AF_INET
    return total(socket.inet_pton(fam, src) + socket.inet_pton(fam, dst) +
                 struct.pack("!HH", proto, length & 0xffff))


def transport(flow, proto, body, flags=ACK, error=0, finished=True, csum=None):
    """error: added to the checksum; not finished: the sum of the pseudo header only."""
    src, dst, sport, dport = flow
    if proto == UDP:
        head = struct.pack("!HHHH", sport, dport, (8 + len(body)) & 0xffff, 0)
    else:
        head = struct.pack("!HHIIBBHHH", sport, dport, 1, 1, 5 << 4, flags, 512, 0, 0)
    at = 6 if proto == UDP else 16
    value = pseudo(src, dst, proto, len(head) + len(body))
    if finished:
        value = 0xffff - total(head + body, value) or 0xffff
        value = (value + error) % 0xffff or 0xffff
    if csum is not None:
        value = csum
    return head[:at] + struct.pack("!H", value) + head[at + 2:] + body


def ip4(src, dst, proto, data, frag=0x4000):
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(data), 4711, frag, 64, proto, 0,
                       socket.inet_aton(src), socket.inet_aton(dst))
    return head[:10] + struct.pack("!H", 0xffff - total(head)) + head[12:] + data


def ip6(src, dst, proto, data):
    return struct.pack("!IHBB", 6 << 28, len(data), proto, 64) + \
        socket.inet_pton(socket.AF_INET6, src) + socket.inet_pton(socket.AF_INET6, dst) + data


def packet(flow, proto, *args, **kw):
    build = ip6 if ":" in flow[0] else ip4
    return build(flow[0], flow[1], proto, transport(flow, proto, *args, **kw))


def is_right(data, partial):
    """All checksums of an IP packet and of what is in it."""
    if data[0] >> 4 == 4:
        head, proto = data[:20], data[9]
        if total(head) != 0xffff:
            return False
        ends, rest = head[12:], data[20:struct.unpack("!H", data[2:4])[0]]
    else:
        head, proto = data[:40], data[6]
        ends, rest = head[8:], data[40:40 + struct.unpack("!H", data[4:6])[0]]
    if proto in (IPIP, IPV6):
        return is_right(rest, partial)
    at = 6 if proto == UDP else 16
    if proto == UDP and rest[at:at + 2] == b"\0\0":
        return data[0] >> 4 == 4
    start = total(ends + struct.pack("!HH", proto, len(rest)))
    if partial:
        return start == struct.unpack("!H", rest[at:at + 2])[0]
    return total(rest, start) == 0xffff


class Tun:
    def __init__(self, name):
        self.fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR
        fcntl.ioctl(self.fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), flags))

    def send(self, data, vnet=(0, 0, 0, 0, 0, 0)):
        os.write(self.fd, VNET.pack(*vnet) + data)

    def receive(self):
        """Those of the traffic that wait."""
        out = []
        while True:
            try:
                data = os.read(self.fd, 70000)
            except BlockingIOError:
                return out
            vnet, data = VNET.unpack(data[:VNET.size]), data[VNET.size:]
            proto = data[9] if data[0] >> 4 == 4 else data[6]
            if proto in (UDP, TCP, IPIP, IPV6) or proto == 1 or proto == 58 and data[40] < 128:
                out.append((vnet, proto, data))

    def describe(self):
        out = []
        digest = hashlib.md5()
        for vnet, proto, data in self.receive():
            if proto in (1, 58):
                out.append("ICMP")
                continue
            if proto in (IPIP, IPV6) and data[0] >> 4 == 4:
                # The id of a tunnel's packet is the director's choice.
                df = " df" if data[6] & 0x40 else ""
                digest.update(data[:4] + data[6:10] + data[12:])
            else:
                df = ""
                digest.update(data)
            partial = vnet[0] & NEEDS_CSUM
            # Where the checksum is; how segments are made.
            todo = "/%d.%d" % vnet[4:] if partial else "/valid" if vnet[0] & DATA_VALID else ""
            todo += ".gso%d.%d" % (vnet[1], vnet[3]) if vnet[1] else ""
            out.append("%d%s%s %s" % (len(data), todo, df,
                                      "right" if is_right(data, partial) else "wrong"))
        text = ["%d x %s" % (out.count(o), o) for o in dict.fromkeys(out)]
        return "[%s] %s" % (", ".join(text), digest.hexdigest()[:8] if out else "")


def kinds(flow, proto):
    """name, packet, virtio header"""
    l3 = 40 if ":" in flow[0] else 20
    where = (l3, 6 if proto == UDP else 16)
    hdr_len = l3 + (8 if proto == UDP else 20)
    yield "unchecked", packet(flow, proto, b"unchecked", PSH | ACK), (0, 0, 0, 0, 0, 0)
    yield "checked", packet(flow, proto, b"checked", PSH | ACK), (DATA_VALID, 0, 0, 0, 0, 0)
    yield "wrong", packet(flow, proto, b"wrong", error=0x101), (0, 0, 0, 0, 0, 0)
    yield "wrong, not seen", packet(flow, proto, b"wrong", error=1), (DATA_VALID, 0, 0, 0, 0, 0)
    for body in (b"even", b"odd", b"", b"x" * 1301):
        yield "not finished, %d" % len(body), packet(flow, proto, body, finished=False), \
            (NEEDS_CSUM, 0, hdr_len, 0) + where
    if proto == UDP:
        if l3 == 20:
            yield "none", packet(flow, proto, b"none", csum=0), (0, 0, 0, 0, 0, 0)
        return
    gso = GSO_TCPV6 if l3 == 40 else GSO_TCPV4
    most = 65535 - hdr_len + (l3 if l3 == 40 else 0)
    for name, length, size in ("segments", 5000, 1000), ("segments that fit, just", 4000, 1400), \
            ("segments that do not", 4000, 1500), ("as many segments as can be", most, 1200):
        yield name, packet(flow, proto, bytes(range(250)) * (length // 250) + b"y" * (length % 250),
                           PSH | ACK, finished=False), (NEEDS_CSUM, gso, hdr_len, size) + where


def settle(cl, sv):
    cl.receive()
    sv.receive()


def open_flow(cl, sv, flow, reply, proto):
    for flags in (SYN, ACK) if proto == TCP else (0, 0):
        cl.send(packet(flow, proto, b"", flags))
        if reply:
            sv.send(packet(reply, proto, b"", flags | ACK))
    settle(cl, sv)


def send_all(src, dst, label, flow, proto):
    for name, data, vnet in kinds(flow, proto):
        src.send(data, vnet)
        print("%s, %s: %s, back %s" % (label, name, dst.describe(), src.describe()))


def devices(cl, sv, offload):
    fcntl.ioctl(sv.fd, TUNSETOFFLOAD, offload)
    fcntl.ioctl(cl.fd, TUNSETOFFLOAD, offload)
    for vip, cip, sip in (VIP, CIP, SIP), (VIP6, CIP6, SIP6):
        for proto in TCP, UDP:
            for method, dport in ("NAT", 80), ("DR", 81), ("TUN", 82):
                label = "v%d %s %s, device does %s" % (
                    6 if ":" in vip else 4, "TCP" if proto == TCP else "UDP", method,
                    "all" if offload else "nothing")
                flow = (cip, vip, 4000 + offload, dport)
                reply = (sip, cip, 8080, flow[2]) if method == "NAT" else None
                open_flow(cl, sv, flow, reply, proto)
                send_all(cl, sv, label, flow, proto)
                if reply:
                    send_all(sv, cl, label + " reply", reply, proto)


def tunnelled(inner):
    is_v6 = inner[0] >> 4 == 6
    head = struct.pack("!HHI", GRE_CSUM, ETHER[is_v6], 0)
    value = 0xffff - total(head + inner)
    return ip4(GRE_FROM, GRE_TO, GRE, head[:4] + struct.pack("!HH", value, 0) + inner)


def socket_in(ns, addr, port):
    """Of another namespace."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/self/ns/net") as own, open("/run/netns/" + ns) as other:
        libc.setns(other.fileno(), CLONE_NEWNET)
        sock = socket.socket(socket.AF_INET6 if ":" in addr else socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind((addr, port))
        sock.settimeout(10)
        libc.setns(own.fileno(), CLONE_NEWNET)
    return sock


def complete(cl, sv, ns, macs):
    """Summed up by a tunnel; a sum that was not kept up to date must not be believed.

    It would take such wrong packets for right: those whose error is the Ethernet header,
    which the server takes off, and a hop of IPv6.
    """
    link = total(b"".join(bytes.fromhex(m.replace(":", "")) for m in macs))
    for vip, cip, sip in (VIP, CIP, SERVER), (VIP6, CIP6, SERVER6):
        for method, dport, bound in ("NAT", 83, (sip, 8083)), ("DR", 84, (vip, 84)):
            sock = socket_in(ns, *bound)
            flow = (cip, vip, 5000, dport)
            got = []
            link6 = link + ETHER[":" in vip]
            for error, body in (0, b"first"), (0, b"second"), (1, b"one"), (-1, b"minus one"), \
                    (link6, b"link"), (-link6, b"minus link"), (link6 - 1, b"link and hop"), \
                    (1 - link6, b"minus link and hop"), (0, b"last"):
                cl.send(tunnelled(packet(flow, UDP, body, error=error)))
            while not got or got[-1] != "last":
                try:
                    got.append(sock.recv(2000).decode())
                except socket.timeout:
                    got.append("nothing")
                    break
            print("v%d %s, through a tunnel with checksums: %s" % (
                6 if ":" in vip else 4, method, ", ".join(got)))
        flow = (cip, vip, 5001, 82)
        for _ in range(3):
            cl.send(tunnelled(packet(flow, UDP, b"tunnel")))
        print("v%d TUN, through a tunnel with checksums: %s" % (
            6 if ":" in vip else 4, sv.describe()))


def counters():
    return subprocess.run(["nfvsadm", "-L", "--counters"], check=True, text=True,
                          stdout=subprocess.PIPE).stdout


def hook(sends):
    """The first lease for its packets hooks a device, which only a hook can count."""
    for first, (send, src) in enumerate(sends):
        for port in range(6000 + 500 * first, 6500 + 500 * first):
            before = counters().split("refused_new ")[1].split()[0]
            send(packet((src, VIP, port, 80), UDP, b"new"))
            if counters().split("refused_new ")[1].split()[0] != before:
                break
            time.sleep(0.02)
        else:
            sys.exit("not hooked")


def main():
    cl, sv = Tun("cl"), Tun("sv")
    subprocess.run(["ip", "-batch", "-"], check=True, text=True, input="""\
link set cl up
link set sv up
route add 10.7.0.0/24 dev cl
route add 10.8.0.0/24 dev sv
route add 2001:db8:7::/64 dev cl
route add 2001:db8:8::/64 dev sv
link add g type gre local %s remote %s csum
link set g up
""" % (GRE_TO, GRE_FROM))
    if sys.argv[4] != "0":
        hook(((cl.send, CIP), (sv.send, SIP), (lambda data: cl.send(tunnelled(data)), CIP)))
    settle(cl, sv)
    subprocess.run(["nft", "reset", "counters", "table", "inet", "watch"], check=True,
                   stdout=subprocess.DEVNULL)
    with open(sys.argv[5], "w") as file:
        file.write(counters())
    devices(cl, sv, 0)
    devices(cl, sv, OFFLOAD_CSUM | OFFLOAD_TSO4 | OFFLOAD_TSO6)
    complete(cl, sv, sys.argv[1], sys.argv[2:4])


main()
