# SPDX-License-Identifier: GPL-2.0-only
"""Frames of all kinds through a director; prints what comes out, byte by byte.

usage: fastpath-odd.py CLIENT-NS SERVER-NS MAC-FOR-CLIENT MAC-FOR-SERVER

Every method and family has a connection of its own. After each kind an ordinary
packet goes the same way: when it arrives, what was caused before has arrived.
"""
import ctypes
import os
import select
import socket
import struct
import sys

VIP, CIP, RIP = "10.0.0.100", "10.0.0.2", "10.1.1.2"
VIP6, CIP6, RIP6 = "2001:db8::100", "2001:db8::2", "2001:db8:1:1::2"
CLONE_NEWNET = 0x40000000
OUTGOING = 4
UDP, TCP = 17, 6
FIN, SYN, RST, PSH, ACK, URG = 1, 2, 4, 8, 16, 32


def fold(data, total=0):
    data += b"\0" * (len(data) % 2)
    total += sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff


class Port:
    """A device eth0 of a namespace: its wire, and what the other end's address is."""

    def __init__(self, ns):
        libc = ctypes.CDLL(None, use_errno=True)
        with open("/run/netns/" + ns) as f:
            if libc.setns(f.fileno(), CLONE_NEWNET):
                sys.exit("setns: " + os.strerror(ctypes.get_errno()))
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.sock.bind(("eth0", 0))
        self.mac = self.sock.getsockname()[4]
        self.peer = None

    def send(self, payload, is_v6):
        mac, tag = getattr(payload, "frame", (self.peer, b""))
        self.sock.send((mac or self.peer) + self.mac + tag +
                       (b"\x86\xdd" if is_v6 else b"\x08\0") + payload)


class Framed(bytes):
    """A packet for another MAC, or with a VLAN tag."""

    def __new__(cls, packet, mac=None, tag=b""):
        self = super().__new__(cls, packet)
        self.frame = mac, tag
        return self


def kinds_of_frame(packet):
    yield "for another host", [Framed(packet, mac=b"\x02\0\0\0\0\x77")]
    yield "for all hosts", [Framed(packet, mac=b"\xff" * 6)]
    yield "for a group of hosts", [Framed(packet, mac=b"\x01\0\x5e\0\0\x77")]
    yield "of a VLAN that is not there", [Framed(packet, tag=b"\x81\0\0\x05")]
    yield "of no VLAN but a priority", [Framed(packet, tag=b"\x81\0\xa0\0")]


def is_noise(frame):
    if frame[12:14] == b"\x86\xdd":
        p = frame[14:]
        return p[6] == 0 and p[40] == 58 or p[6] == 58 and 130 <= p[40] <= 143
    return frame[12:14] != b"\x08\0"


def shown(frame):
    """ICMP errors, tunnels and IPv6 fragments have ids that the director chooses."""
    p = bytearray(frame[14:])
    if p[0] >> 4 == 4 and p[9] in (1, 4, 41):
        p[4:6] = p[10:12] = b"\0\0"
    if p[0] >> 4 == 6 and p[6] == 44:
        p[44:48] = b"\0" * 4
    return p.hex()


def transport(flow, proto, body, flags=ACK, seq=1, csum=None, ulen=None, doff=5, opts=b""):
    src, dst, sport, dport = flow
    if proto == UDP:
        head = struct.pack("!HHHH", sport, dport, 8 + len(body) if ulen is None else ulen, 0)
        at = 6
    else:
        head = struct.pack("!HHIIBBHHH", sport, dport, seq, 1, doff << 4, flags, 512, 0, 0) + opts
        at = 16
    fam = socket.AF_INET6 if ":" in src else socket.AF_INET
    pseudo = socket.inet_pton(fam, src) + socket.inet_pton(fam, dst)
    pseudo += struct.pack("!HH", proto, len(head) + len(body))
    value = fold(pseudo + head + body) or 0xffff
    if csum == "bad":
        value ^= 0x1111
    elif csum is not None:
        value = csum
    return head[:at] + struct.pack("!H", value) + head[at + 2:] + body


def ip4(flow, proto, data, ttl=64, tos=0, opts=b"", frag=0, tail=b"", csum=0, more=0, first=None):
    head = struct.pack("!BBHHHBBH4s4s", 0x45 + len(opts) // 4, tos,
                       20 + len(opts) + len(data) + more, 4711, frag, ttl, proto, 0,
                       socket.inet_aton(flow[0]), socket.inet_aton(flow[1])) + opts
    if first is not None:
        head = bytes([first]) + head[1:]
    head = head[:10] + struct.pack("!H", fold(head) ^ csum) + head[12:]
    return head + data + tail


def ip6(flow, proto, data, ttl=64, cls=0, exts=(), tail=b"", more=0, first=6):
    for kind, ext in reversed(exts):
        data = bytes([proto]) + ext + data
        proto = kind
    return struct.pack("!IHBB", first << 28 | cls << 20 | 0x12345, len(data) + more, proto, ttl) + \
        socket.inet_pton(socket.AF_INET6, flow[0]) + \
        socket.inet_pton(socket.AF_INET6, flow[1]) + data + tail


def kinds_of_transport(flow):
    """name, protocol, bytes"""
    yield "udp", UDP, transport(flow, UDP, b"plain")
    yield "udp odd and long", UDP, transport(flow, UDP, b"x" * 1201)
    yield "udp csum 0", UDP, transport(flow, UDP, b"zero", csum=0)
    yield "udp csum ffff", UDP, transport(flow, UDP, b"ones", csum=0xffff)
    yield "udp bad csum", UDP, transport(flow, UDP, b"bad", csum="bad")
    yield "udp length wrong", UDP, transport(flow, UDP, b"length", ulen=400)
    yield "udp without data", UDP, transport(flow, UDP, b"")
    yield "udp cut", UDP, transport(flow, UDP, b"")[:7]
    yield "tcp ack", TCP, transport(flow, TCP, b"")
    yield "tcp data", TCP, transport(flow, TCP, b"data", PSH | ACK)
    yield "tcp options", TCP, transport(flow, TCP, b"", doff=8,
                                        opts=b"\x01\x01\x08\x0a" + b"\x05" * 8)
    yield "tcp urgent", TCP, transport(flow, TCP, b"u", URG | ACK)
    yield "tcp ecn", TCP, transport(flow, TCP, b"e", 0xc0 | ACK)
    yield "tcp doff 4", TCP, transport(flow, TCP, b"o", doff=4)
    yield "tcp bad csum", TCP, transport(flow, TCP, b"bad", csum="bad")
    yield "tcp cut", TCP, transport(flow, TCP, b"")[:19]
    yield "tcp no flags", TCP, transport(flow, TCP, b"n", 0)
    yield "tcp fin", TCP, transport(flow, TCP, b"f", FIN | ACK)


def kinds4(flow):
    for name, proto, data in kinds_of_transport(flow):
        yield name, [ip4(flow, proto, data)]
    short, large = transport(flow, UDP, b"1234"), transport(flow, UDP, b"y" * 1400)
    nearly = transport(flow, UDP, b"z" * 1300)
    yield from kinds_of_frame(ip4(flow, UDP, short))
    yield "padded", [ip4(flow, UDP, short, tail=b"\x55" * 14)]
    yield "padded, csum 0", [ip4(flow, UDP, transport(flow, UDP, b"1", csum=0), tail=b"\x55" * 17)]
    yield "truncated", [ip4(flow, UDP, short, more=8)]
    yield "header only", [ip4(flow, UDP, b"")]
    yield "header only, then what would be UDP", [ip4(flow, UDP, short, more=-len(short))]
    yield "ports only, then what would be UDP", [ip4(flow, UDP, short, more=4 - len(short))]
    yield "ttl 2", [ip4(flow, UDP, short, ttl=2)]
    yield "ttl 1", [ip4(flow, UDP, short, ttl=1)]
    yield "ttl 0", [ip4(flow, UDP, short, ttl=0)]
    yield "ttl carries", [ip4(flow, UDP, short, ttl=1 + i * 32, tos=i) for i in range(1, 8)]
    yield "tos", [ip4(flow, UDP, short, tos=0xbb)]
    yield "df", [ip4(flow, UDP, short, frag=0x4000)]
    yield "reserved bit", [ip4(flow, UDP, short, frag=0x8000)]
    yield "bad ip csum", [ip4(flow, UDP, short, csum=0x0101)]
    yield "options", [ip4(flow, UDP, short, opts=b"\x01\x01\x01\x00")]
    yield "record route", [ip4(flow, UDP, short, opts=b"\x07\x0b\x04" + b"\0" * 9)]
    yield "ihl 4", [ip4(flow, UDP, short, first=0x44)]
    yield "version 5", [ip4(flow, UDP, short, first=0x55)]
    yield "too big", [ip4(flow, UDP, large)]
    yield "too big, df", [ip4(flow, UDP, large, frag=0x4000)]
    yield "too big for a tunnel", [ip4(flow, UDP, nearly)]
    yield "too big for a tunnel, df", [ip4(flow, UDP, nearly, frag=0x4000)]
    yield "fragments", [ip4(flow, UDP, large[:800], frag=0x2000),
                        ip4(flow, UDP, large[800:], frag=100)]
    yield "fragments the wrong way round", [ip4(flow, UDP, large[800:], frag=100),
                                            ip4(flow, UDP, large[:800], frag=0x2000)]


def kinds6(flow):
    for name, proto, data in kinds_of_transport(flow):
        yield name, [ip6(flow, proto, data)]
    short, large = transport(flow, UDP, b"1234"), transport(flow, UDP, b"y" * 1400)
    nearly = transport(flow, UDP, b"z" * 1280)
    yield from kinds_of_frame(ip6(flow, UDP, short))
    pad = b"\0\x01\x04\0\0\0\0"
    yield "padded", [ip6(flow, UDP, short, tail=b"\x55" * 11)]
    yield "truncated", [ip6(flow, UDP, short, more=8)]
    yield "payload length 0", [ip6(flow, UDP, short, more=-len(short))]
    yield "hops 2", [ip6(flow, UDP, short, ttl=2)]
    yield "hops 1", [ip6(flow, UDP, short, ttl=1)]
    yield "class", [ip6(flow, UDP, short, cls=0xbb)]
    yield "version 5", [ip6(flow, UDP, short, first=5)]
    yield "hop by hop", [ip6(flow, UDP, short, exts=((0, pad),))]
    yield "destination options", [ip6(flow, UDP, short, exts=((60, pad),))]
    yield "atomic fragment", [ip6(flow, UDP, short, exts=((44, b"\0\0\0\0\0\0\x07"),))]
    yield "too big", [ip6(flow, UDP, large)]
    yield "too big for a tunnel", [ip6(flow, UDP, nearly)]
    yield "fragments", [ip6(flow, UDP, large[:800], exts=((44, b"\0\0\x01\0\0\0\x09"),)),
                        ip6(flow, UDP, large[800:], exts=((44, b"\0\x03\x20\0\0\0\x09"),))]


def pump(ports, until, name):
    """What arrives at either end until that packet arrives, in order for each end."""
    out = [[], []]
    while True:
        ready = select.select([p.sock for p in ports], [], [], 10)[0]
        if not ready:
            return [["nothing came after " + name], out]
        for i, port in enumerate(ports):
            if port.sock not in ready:
                continue
            frame, addr = port.sock.recvfrom(65536)
            if addr[2] == OUTGOING or is_noise(frame):
                continue
            if until in frame:
                # The other end has what it got before.
                for j, other in enumerate(ports):
                    while select.select([other.sock], [], [], 0)[0]:
                        frame, addr = other.sock.recvfrom(65536)
                        if addr[2] != OUTGOING and not is_noise(frame):
                            out[j].append(shown(frame))
                return out
            out[i].append(shown(frame))


def send_all(ports, which, label, flow, marker_flow):
    """All kinds from one end."""
    is_v6 = ":" in flow[0]
    build = ip6 if is_v6 else ip4
    for nr, (name, packets) in enumerate((kinds6 if is_v6 else kinds4)(flow)):
        for packet in packets:
            ports[which].send(packet, is_v6)
        until = b"marker %s %d!" % (label.encode(), nr)
        ports[which].send(build(marker_flow, UDP, transport(marker_flow, UDP, until)), is_v6)
        out = pump(ports, until, name)
        print("%s, %s: server %s client %s" % (label, name, out[1], out[0]))


def open_flows(ports, cip, vip, dport, sport):
    """A TCP connection and two of UDP, established as far as the client can."""
    is_v6 = ":" in cip
    build = ip6 if is_v6 else ip4
    flow, marker = (cip, vip, sport, dport), (cip, vip, sport + 1, dport)
    for flags in (SYN, ACK):
        ports[0].send(build(flow, TCP, transport(flow, TCP, b"", flags)), is_v6)
    ports[0].send(build(flow, UDP, transport(flow, UDP, b"first")), is_v6)
    ports[0].send(build(marker, UDP, transport(marker, UDP, b"opened!")), is_v6)
    pump(ports, b"opened!", "opening")
    return flow, marker


def main():
    ports = [Port(ns) for ns in sys.argv[1:3]]
    ports[0].peer, ports[1].peer = (bytes.fromhex(m.replace(":", "")) for m in sys.argv[3:5])
    for cip, vip, rip in ((CIP, VIP, RIP), (CIP6, VIP6, RIP6)):
        for method, dport in (("NAT", 80), ("DR", 81), ("TUN", 82)):
            label = "v%d %s" % (6 if ":" in cip else 4, method)
            flow, marker = open_flows(ports, cip, vip, dport, 4000)
            send_all(ports, 0, label + " request", flow, marker)
            if method != "NAT":
                continue
            flow, marker = open_flows(ports, cip, vip, dport, 4100)
            replies = [(rip, cip, 8080, f[2]) for f in (flow, marker)]
            for reply in replies:
                ports[1].send((ip6 if ":" in cip else ip4)(
                    reply, UDP, transport(reply, UDP, b"answered!")), ":" in cip)
                pump(ports, b"answered!", "the first answer")
            send_all(ports, 1, label + " reply", *replies)


main()
