// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets as they arrive at a device, a line each, every field that a load
 * balancer may rewrite included:
 *
 *	10.0.0.2>10.0.0.100 ttl=63 tos=0 id=4711 DF len=48 udp 4000>80
 *	10.0.0.2>10.0.0.100 ttl=63 tos=0 id=0 len=56 icmp 3,4 info=1400 { <quoted> }
 *	10.0.0.254>10.1.1.2 ttl=63 tos=0 id=0 DF len=68 ipip { <inner> }
 *
 * A wrong checksum is told by "BAD-..."; silence about one means that it was
 * verified, or that it is left to the device, or that the packet is not whole.
 * Of what an ICMP error quotes only the IP header's is verified: nobody looks at
 * the others, and the reference leaves them as they are.
 */
#include "traffic.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	FRAME_MAX = 65536 + 64,
	DEPTH_MAX = 4,
	NO_PROTO = -1,
};

struct capture {
	int proto;		/* NO_PROTO: all */
	int unwanted;		/* NO_PROTO: none */
	bool outgoing, text;
	unsigned long count;	/* 0: without end */
	unsigned long idle_ms;	/* 0: wait for ever */
	int fd;
};

/* What is left of a packet, and what is known about it. */
struct view {
	const uint8_t *at;
	size_t len;		/* of what is there */
	size_t whole;		/* of what the IP header promises */
	int proto;
	uint32_t pseudo;	/* sum of the pseudo header without length */
	bool is_v6, is_frag, is_later_frag, partial, quoted, text;
};

static void show(struct view v, int depth);

static uint16_t word(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}

static uint32_t sum_bytes(uint32_t sum, const uint8_t *p, size_t len)
{
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		sum += word(p + i);
	if (len & 1)
		sum += p[len - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* Verifies what can be verified: all of it is here and nobody else will fill it in. */
static void show_csum(const struct view *v, const char *name, uint32_t sum)
{
	if (v->partial || v->quoted || v->is_frag || v->len < v->whole)
		return;
	if (sum_bytes(sum, v->at, v->whole) != 0xffff)
		printf(" BAD-%s-CSUM", name);
}

static uint32_t pseudo(const struct view *v)
{
	return v->pseudo + v->proto + v->whole;
}

static void show_text(const struct view *v, size_t off)
{
	size_t n, max = v->len - off;

	if (!v->text || off >= v->len)
		return;
	for (n = 0; n < max && v->at[off + n] >= ' ' && v->at[off + n] < 127 &&
	     v->at[off + n] != '|'; n++)
		;
	printf(" \"%.*s\"", (int)n, v->at + off);
}

static void show_tcp(const struct view *v)
{
	static const char names[] = "FSRPAU";
	size_t i;

	if (v->len < 8) {
		printf(" tcp cut");
		return;
	}
	printf(" tcp %u>%u seq=%u", word(v->at), word(v->at + 2),
	       (unsigned int)word(v->at + 4) << 16 | word(v->at + 6));
	if (v->len < sizeof(struct tcphdr))
		return;
	putchar(' ');
	for (i = 0; names[i]; i++)
		if (v->at[13] & 1 << i)
			putchar(names[i]);
	show_csum(v, "TCP", pseudo(v));
	show_text(v, (v->at[12] >> 4) * 4);
}

static void show_udp(const struct view *v)
{
	if (v->len < 8) {
		printf(" udp cut");
		return;
	}
	printf(" udp %u>%u", word(v->at), word(v->at + 2));
	if (word(v->at + 6))
		show_csum(v, "UDP", pseudo(v));
	show_text(v, 8);
}

static bool is_error(const struct view *v)
{
	if (v->is_v6)
		return v->at[0] < 128;
	return v->at[0] == ICMP_DEST_UNREACH || v->at[0] == ICMP_TIME_EXCEEDED ||
	       v->at[0] == ICMP_SOURCE_QUENCH || v->at[0] == ICMP_PARAMETERPROB;
}

static void show_icmp(const struct view *v, int depth)
{
	struct view inner = {
		.at = v->at + 8, .len = v->len - 8, .proto = v->is_v6 ? IPPROTO_IPV6 : IPPROTO_IPIP,
		.quoted = true,
	};

	if (v->len < 8) {
		printf(" icmp cut");
		return;
	}
	printf(" icmp %u,%u", v->at[0], v->at[1]);
	show_csum(v, "ICMP", v->is_v6 ? pseudo(v) : 0);
	if (!is_error(v))
		return;
	printf(" info=%u { ", (unsigned int)word(v->at + 4) << 16 | word(v->at + 6));
	show(inner, depth + 1);
	printf(" }");
}

static void show_inner(struct view v, int depth)
{
	printf(" %s { ", v.proto == IPPROTO_IPIP ? "ipip" : "ipv6");
	show(v, depth + 1);
	printf(" }");
}

static void show_l4(const struct view *v, int depth)
{
	if (v->is_later_frag)
		return;
	switch (v->proto) {
	case IPPROTO_TCP:
		show_tcp(v);
		break;
	case IPPROTO_UDP:
		show_udp(v);
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		show_icmp(v, depth);
		break;
	case IPPROTO_IPIP:
	case IPPROTO_IPV6:
		show_inner(*v, depth);
		break;
	default:
		printf(" proto %d", v->proto);
	}
}

static void show_v4(struct view v, int depth)
{
	size_t hlen = (v.at[0] & 15) * 4, total = word(v.at + 2);
	unsigned int frag = word(v.at + 6);
	char s[INET_ADDRSTRLEN], d[INET_ADDRSTRLEN];

	if (hlen < 20 || v.len < hlen || total < hlen) {
		printf("cut");
		return;
	}
	inet_ntop(AF_INET, v.at + 12, s, sizeof(s));
	inet_ntop(AF_INET, v.at + 16, d, sizeof(d));
	printf("%s>%s ttl=%u tos=%u id=%u%s len=%zu", s, d, v.at[8], v.at[1], word(v.at + 4),
	       frag & IP_DF ? " DF" : "", total);
	if (frag & (IP_MF | IP_OFFMASK))
		printf(" frag=%u%s", (frag & IP_OFFMASK) * 8, frag & IP_MF ? "+" : "");
	if (sum_bytes(0, v.at, hlen) != 0xffff)
		printf(" BAD-IP-CSUM");
	v.is_v6 = false;
	v.is_frag = frag & (IP_MF | IP_OFFMASK);
	v.is_later_frag = frag & IP_OFFMASK;
	v.proto = v.at[9];
	v.pseudo = sum_bytes(0, v.at + 12, 8);
	v.at += hlen;
	v.len -= hlen;
	v.whole = total - hlen;
	if (v.len > v.whole)
		v.len = v.whole;
	show_l4(&v, depth);
}

static bool is_ext(int proto)
{
	return proto == IPPROTO_HOPOPTS || proto == IPPROTO_DSTOPTS || proto == IPPROTO_ROUTING ||
	       proto == IPPROTO_FRAGMENT;
}

/* Goes past the extension headers; false if they do not end. */
static bool skip_ext(struct view *v)
{
	size_t len;

	while (is_ext(v->proto)) {
		if (v->len < 8)
			return false;
		len = v->proto == IPPROTO_FRAGMENT ? 8 : (v->at[1] + 1) * 8;
		if (v->proto == IPPROTO_FRAGMENT) {
			v->is_frag = word(v->at + 2) & ~6;
			v->is_later_frag = word(v->at + 2) & ~7;
			printf(" frag=%u%s", word(v->at + 2) & ~7, v->at[3] & 1 ? "+" : "");
		} else {
			printf(" ext=%d", v->proto);
		}
		if (v->len < len || v->whole < len)
			return false;
		v->proto = v->at[0];
		v->at += len;
		v->len -= len;
		v->whole -= len;
	}
	return true;
}

static void show_v6(struct view v, int depth)
{
	char s[INET6_ADDRSTRLEN], d[INET6_ADDRSTRLEN];

	if (v.len < 40) {
		printf("cut");
		return;
	}
	inet_ntop(AF_INET6, v.at + 8, s, sizeof(s));
	inet_ntop(AF_INET6, v.at + 24, d, sizeof(d));
	printf("%s>%s ttl=%u tos=%u len=%u", s, d, v.at[7], word(v.at) >> 4 & 255,
	       40 + word(v.at + 4));
	v.is_v6 = true;
	v.proto = v.at[6];
	v.whole = word(v.at + 4);
	v.pseudo = sum_bytes(0, v.at + 8, 32);
	v.at += 40;
	v.len -= 40;
	if (v.len > v.whole)
		v.len = v.whole;
	if (skip_ext(&v))
		show_l4(&v, depth);
	else
		printf(" cut");
}

/* The packet at v.at, of the family its first byte says. */
static void show(struct view v, int depth)
{
	v.is_frag = v.is_later_frag = false;
	if (depth > DEPTH_MAX || v.len < 20)
		printf("cut");
	else if (v.at[0] >> 4 == 4)
		show_v4(v, depth);
	else if (v.at[0] >> 4 == 6)
		show_v6(v, depth);
	else
		printf("no IP");
}

/* Neighbour discovery and the like, which come at any time. */
static bool is_noise(const uint8_t *p, size_t len)
{
	if (len < 48 || p[0] >> 4 != 6)
		return len < 20;
	if (p[6] == IPPROTO_HOPOPTS)
		return true;
	return p[6] == IPPROTO_ICMPV6 && p[40] >= 130 && p[40] <= 143;
}

static bool is_wanted(const struct capture *c, const uint8_t *p, size_t len)
{
	int proto;

	if (is_noise(p, len))
		return false;
	proto = p[0] >> 4 == 6 ? p[6] : p[9];
	if (proto == IPPROTO_ICMPV6)
		proto = IPPROTO_ICMP;
	return proto != c->unwanted && (c->proto == NO_PROTO || proto == c->proto);
}

/* Returns the length, -1 for what is not to be shown; *partial as the kernel says. */
static ssize_t next_frame(const struct capture *c, uint8_t *buf, bool *partial)
{
	union {
		char data[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
		struct cmsghdr align;
	} control;
	struct sockaddr_ll from;
	struct iovec iov = { buf, FRAME_MAX };
	struct msghdr msg = {
		.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control.data, .msg_controllen = sizeof(control.data),
	};
	struct tpacket_auxdata aux;
	struct cmsghdr *cmsg;
	ssize_t n;

	n = recvmsg(c->fd, &msg, 0);
	if (n < 0 && errno != EINTR && errno != ENETDOWN)
		die("capture: %s", strerror(errno));
	if (n < 0 || (from.sll_pkttype == PACKET_OUTGOING) != c->outgoing ||
	    (from.sll_protocol != htons(ETH_P_IP) && from.sll_protocol != htons(ETH_P_IPV6)) ||
	    !is_wanted(c, buf, n))
		return -1;
	*partial = false;
	cmsg = CMSG_FIRSTHDR(&msg);
	if (cmsg && cmsg->cmsg_level == SOL_PACKET && cmsg->cmsg_type == PACKET_AUXDATA) {
		memcpy(&aux, CMSG_DATA(cmsg), sizeof(aux));
		*partial = aux.tp_status & TP_STATUS_CSUMNOTREADY;
	}
	return n;
}

static const struct option capture_options[] = {
	{ "proto", required_argument, NULL, 'p' },
	{ "not", required_argument, NULL, 'N' },
	{ "count", required_argument, NULL, 'n' },
	{ "idle", required_argument, NULL, 'i' },
	{ "out", no_argument, NULL, 'o' },
	{ "text", no_argument, NULL, 't' },
	{ }
};

static void open_capture(struct capture *c, const char *device)
{
	struct sockaddr_ll a = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	int one = 1, size = 8 << 20;

	a.sll_ifindex = if_nametoindex(device);
	if (!a.sll_ifindex)
		die("capture: no device '%s'", device);
	c->fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		die("packet socket: %s", strerror(errno));
	setsockopt(c->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	if (setsockopt(c->fd, SOL_PACKET, PACKET_AUXDATA, &one, sizeof(one)) ||
	    bind(c->fd, (struct sockaddr *)&a, sizeof(a)))
		die("capture on %s: %s", device, strerror(errno));
}

static void parse_capture(struct capture *c, int argc, char **argv)
{
	int opt;

	while ((opt = getopt_long(argc, argv, "n:", capture_options, NULL)) != -1) {
		switch (opt) {
		case 'p': c->proto = parse_proto(optarg); break;
		case 'N': c->unwanted = parse_proto(optarg); break;
		case 'n': c->count = parse_number("count", optarg, 10000000); break;
		case 'i': c->idle_ms = parse_number("idle", optarg, 3600000); break;
		case 'o': c->outgoing = true; break;
		case 't': c->text = true; break;
		default: exit(EXIT_USAGE);
		}
	}
	if (argc - optind != 1)
		die("capture: DEVICE, please");
	open_capture(c, argv[optind]);
}

int cmd_capture(int argc, char **argv)
{
	struct capture c = { .proto = NO_PROTO, .unwanted = NO_PROTO };
	static uint8_t buf[FRAME_MAX];
	unsigned long seen = 0;
	struct pollfd p;
	bool partial;
	ssize_t n;

	parse_capture(&c, argc, argv);
	puts("ready");
	fflush(stdout);
	p = (struct pollfd){ .fd = c.fd, .events = POLLIN };
	while (!c.count || seen < c.count) {
		if (c.idle_ms && !poll(&p, 1, c.idle_ms))
			return seen ? 0 : EXIT_NO_ANSWER;
		n = next_frame(&c, buf, &partial);
		if (n < 0)
			continue;
		seen++;
		show((struct view){ .at = buf, .len = n, .partial = partial, .text = c.text }, 0);
		putchar('\n');
		fflush(stdout);
	}
	return 0;
}
