// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets made by hand: the odd ones no socket sends, and floods.
 *
 * A packet is built from the inside out: layer 4 with its checksum, then the
 * IP header (with options, extension headers or cut into fragments) before it.
 */
#include "traffic.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	PACKET_MAX = 65535,
	PAYLOAD_MAX = 60000,
	FRAGMENTS_MAX = 64,
	EXT_MAX = 8,
	EXT_LEN = 8,
	IP_OPTIONS_MAX = 40,
	QUOTE_V4 = 28,		/* RFC 792: header and 8 bytes */
	QUOTE_V6 = 1232,	/* RFC 4443: as much as fits 1280 */
	FIRST_PORT = 1024,
};

struct raw {
	union addr src, dst, inner_src, inner_dst;
	unsigned int proto, sport, dport, ttl, tos, id, tcp_flags, then_flags;
	uint32_t seq, ack;
	size_t payload;
	bool df, bad_csum, icmp;
	unsigned int icmp_type, icmp_code;
	uint32_t icmp_info;
	uint8_t ip_options[IP_OPTIONS_MAX];
	size_t ip_options_len;
	uint8_t ext[EXT_MAX];		/* IPv6 extension headers by number */
	size_t next;
	size_t frag[FRAGMENTS_MAX], frags;
	size_t order[FRAGMENTS_MAX], orders;
	unsigned long count, ports;
	unsigned long seconds;
	int fd;
};

static uint32_t sum_bytes(uint32_t sum, const void *data, size_t len)
{
	const uint8_t *p = data;
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		sum += p[i] << 8 | p[i + 1];
	if (len & 1)
		sum += p[len - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum & 0xffff);
}

static uint32_t sum_pseudo(const union addr *src, const union addr *dst, unsigned int proto,
			   size_t len)
{
	uint32_t sum = proto + len;

	if (src->sa.sa_family == AF_INET) {
		sum = sum_bytes(sum, &src->v4.sin_addr, 4);
		return sum_bytes(sum, &dst->v4.sin_addr, 4);
	}
	sum = sum_bytes(sum, &src->v6.sin6_addr, 16);
	return sum_bytes(sum, &dst->v6.sin6_addr, 16);
}

/* Layer 4 from @src to @dst with its payload; returns its length. */
static size_t build_l4(const struct raw *r, const union addr *src, const union addr *dst,
		       uint8_t *buf)
{
	struct tcphdr tcp = {
		.source = htons(r->sport), .dest = htons(r->dport), .seq = htonl(r->seq),
		.ack_seq = htonl(r->ack), .doff = 5, .window = htons(65535),
	};
	struct udphdr udp = { .source = htons(r->sport), .dest = htons(r->dport) };
	uint16_t csum;
	size_t len = 0;

	if (r->proto == IPPROTO_TCP) {
		memcpy(buf, &tcp, sizeof(tcp));
		buf[13] = r->tcp_flags;
		len = sizeof(tcp);
	} else if (r->proto == IPPROTO_UDP) {
		udp.len = htons(sizeof(udp) + r->payload);
		memcpy(buf, &udp, sizeof(udp));
		len = sizeof(udp);
	}
	memset(buf + len, 'x', r->payload);
	len += r->payload;
	csum = fold(sum_bytes(sum_pseudo(src, dst, r->proto, len), buf, len));
	if (r->bad_csum)
		csum ^= htons(0x5555);
	if (r->proto == IPPROTO_TCP)
		memcpy(buf + offsetof(struct tcphdr, check), &csum, 2);
	if (!csum)
		csum = 0xffff;
	if (r->proto == IPPROTO_UDP)
		memcpy(buf + offsetof(struct udphdr, check), &csum, 2);
	return len;
}

static size_t put_ipv4(const struct raw *r, const union addr *src, const union addr *dst,
		       unsigned int proto, size_t offset, bool more, size_t len, uint8_t *buf)
{
	size_t hlen = sizeof(struct iphdr) + r->ip_options_len;
	struct iphdr ip = {
		.version = 4, .ihl = hlen / 4, .tos = r->tos, .tot_len = htons(hlen + len),
		.id = htons(r->id), .ttl = r->ttl, .protocol = proto,
		.frag_off = htons(offset / 8 | (more ? IP_MF : 0) | (r->df ? IP_DF : 0)),
		.saddr = src->v4.sin_addr.s_addr, .daddr = dst->v4.sin_addr.s_addr,
	};

	memcpy(buf, &ip, sizeof(ip));
	memcpy(buf + sizeof(ip), r->ip_options, r->ip_options_len);
	ip.check = fold(sum_bytes(0, buf, hlen));
	memcpy(buf, &ip, sizeof(ip));
	return hlen;
}

/* IPv6 header, the extension headers asked for, and a fragment header if cut. */
static size_t put_ipv6(const struct raw *r, const union addr *src, const union addr *dst,
		       unsigned int proto, size_t offset, bool more, size_t len, uint8_t *buf)
{
	bool cut = offset || more;
	size_t hlen = sizeof(struct ip6_hdr) + r->next * EXT_LEN + (cut ? EXT_LEN : 0);
	struct ip6_hdr ip = {
		.ip6_flow = htonl(6U << 28 | r->tos << 20), .ip6_hlim = r->ttl,
		.ip6_plen = htons(hlen - sizeof(struct ip6_hdr) + len),
		.ip6_src = src->v6.sin6_addr, .ip6_dst = dst->v6.sin6_addr,
	};
	struct ip6_frag frag = {
		.ip6f_nxt = proto, .ip6f_ident = htonl(r->id),
		.ip6f_offlg = htons(offset | more),
	};
	uint8_t after = cut ? IPPROTO_FRAGMENT : proto;
	uint8_t *p = buf + sizeof(ip);
	size_t i;

	ip.ip6_nxt = r->next ? r->ext[0] : after;
	memcpy(buf, &ip, sizeof(ip));
	for (i = 0; i < r->next; i++, p += EXT_LEN) {
		memset(p, 0, EXT_LEN);
		p[0] = i + 1 < r->next ? r->ext[i + 1] : after;
		/* Options headers hold a PadN of six bytes; routing type 0xfd has none left. */
		p[2] = r->ext[i] == IPPROTO_ROUTING ? 253 : 1;
		p[3] = r->ext[i] == IPPROTO_ROUTING ? 0 : 4;
	}
	if (cut)
		memcpy(p, &frag, sizeof(frag));
	return hlen;
}

static size_t put_ip(const struct raw *r, const union addr *src, const union addr *dst,
		     unsigned int proto, size_t offset, bool more, size_t len, uint8_t *buf)
{
	if (src->sa.sa_family == AF_INET)
		return put_ipv4(r, src, dst, proto, offset, more, len, buf);
	return put_ipv6(r, src, dst, proto, offset, more, len, buf);
}

/* An ICMP error that quotes the packet the other options describe. */
static size_t build_icmp(const struct raw *r, uint8_t *buf)
{
	static uint8_t inner[PACKET_MAX], l4[PACKET_MAX];
	bool v4 = r->src.sa.sa_family == AF_INET;
	uint32_t info = htonl(r->icmp_info), sum = 0;
	struct raw quoted = *r;
	uint16_t csum;
	size_t len, n;

	quoted.ip_options_len = 0;
	len = build_l4(&quoted, &r->inner_src, &r->inner_dst, l4);
	n = put_ip(&quoted, &r->inner_src, &r->inner_dst, r->proto, 0, false, len, inner);
	memcpy(inner + n, l4, len);
	n += len;
	if (n > (v4 ? QUOTE_V4 : QUOTE_V6))
		n = v4 ? QUOTE_V4 : QUOTE_V6;

	memset(buf, 0, 8);
	buf[0] = r->icmp_type;
	buf[1] = r->icmp_code;
	memcpy(buf + 4, &info, 4);
	memcpy(buf + 8, inner, n);
	n += 8;
	if (!v4)
		sum = sum_pseudo(&r->src, &r->dst, IPPROTO_ICMPV6, n);
	csum = fold(sum_bytes(sum, buf, n));
	if (r->bad_csum)
		csum ^= htons(0x5555);
	memcpy(buf + 2, &csum, 2);
	return n;
}

static int transmit(const struct raw *r, const uint8_t *buf, size_t len)
{
	union addr to = r->dst;

	/* A raw IPv6 socket takes a port for a protocol. */
	if (to.sa.sa_family == AF_INET6)
		to.v6.sin6_port = 0;
	if (sendto(r->fd, buf, len, 0, &to.sa, addr_len(&to)) >= 0)
		return 0;
	fprintf(stderr, "traffic: send: %s\n", strerror(errno));
	return EXIT_NO_ANSWER;
}

/* One packet, whole or in the fragments and the order that were asked for. */
static int send_packet(const struct raw *r)
{
	static uint8_t body[PACKET_MAX + 8], packet[PACKET_MAX + 256];
	size_t starts[FRAGMENTS_MAX + 1] = { 0 }, len, hlen, i, n, f, pieces = r->frags + 1;
	unsigned int proto = r->proto;
	int rc = 0;

	if (r->icmp) {
		len = build_icmp(r, body);
		proto = r->src.sa.sa_family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	} else {
		len = build_l4(r, &r->src, &r->dst, body);
	}
	for (i = 0; i < r->frags; i++)
		starts[i + 1] = starts[i] + r->frag[i];
	if (starts[r->frags] >= len)
		die("fragments are longer than the packet of %zu bytes", len);

	for (i = 0; i < (r->orders ? r->orders : pieces) && !rc; i++) {
		f = r->orders ? r->order[i] : i;
		if (f >= pieces)
			die("there is no fragment %zu", f);
		n = (f + 1 < pieces ? starts[f + 1] : len) - starts[f];
		hlen = put_ip(r, &r->src, &r->dst, proto, starts[f], f + 1 < pieces, n, packet);
		memcpy(packet + hlen, body + starts[f], n);
		rc = transmit(r, packet, hlen + n);
	}
	return rc;
}

static void open_raw(struct raw *r)
{
	if (r->src.sa.sa_family != r->dst.sa.sa_family)
		die("SRC and DST are of different families");
	r->fd = socket(r->src.sa.sa_family, SOCK_RAW, IPPROTO_RAW);
	if (r->fd < 0)
		die("raw socket: %s", strerror(errno));
}

static unsigned int parse_flags(const char *text)
{
	static const char names[] = "FSRPAU";
	unsigned int flags = 0;
	const char *at;

	for (; *text; text++) {
		at = strchr(names, *text);
		if (!at)
			die("flags: '%c' is none of %s", *text, names);
		flags |= 1U << (at - names);
	}
	return flags;
}

static size_t parse_list(const char *what, char *text, size_t *list)
{
	size_t n = 0;
	char *item;

	for (item = strtok(text, ","); item; item = strtok(NULL, ",")) {
		if (n == FRAGMENTS_MAX)
			die("%s: more than %d", what, FRAGMENTS_MAX);
		list[n++] = parse_number(what, item, PACKET_MAX);
	}
	return n;
}

static void parse_hex(struct raw *r, const char *text)
{
	size_t len = strlen(text);
	unsigned int byte;

	if (len % 8 || len / 2 > IP_OPTIONS_MAX)
		die("ip-options: a multiple of 4 bytes, 40 at most");
	for (; *text; text += 2) {
		if (sscanf(text, "%2x", &byte) != 1)
			die("ip-options: not hexadecimal");
		r->ip_options[r->ip_options_len++] = byte;
	}
}

static void parse_ext(struct raw *r, const char *text)
{
	static const struct {
		const char *name;
		uint8_t number;
	} exts[] = {
		{ "hbh", IPPROTO_HOPOPTS },
		{ "dst", IPPROTO_DSTOPTS },
		{ "route", IPPROTO_ROUTING },
	};
	size_t i;

	if (r->next == EXT_MAX)
		die("ext: more than %d", EXT_MAX);
	for (i = 0; i < sizeof(exts) / sizeof(exts[0]); i++)
		if (!strcmp(text, exts[i].name)) {
			r->ext[r->next++] = exts[i].number;
			return;
		}
	die("ext: '%s' is none of hbh, dst, route", text);
}

static void parse_icmp(struct raw *r, char *text)
{
	size_t part[FRAGMENTS_MAX] = { 0 };

	if (parse_list("icmp", text, part) < 2)
		die("icmp: TYPE,CODE[,INFO]");
	r->icmp = true;
	r->icmp_type = part[0];
	r->icmp_code = part[1];
	r->icmp_info = part[2];
}

unsigned int parse_proto(const char *text)
{
	if (!strcmp(text, "icmp"))
		return IPPROTO_ICMP;
	if (!strcmp(text, "tcp"))
		return IPPROTO_TCP;
	if (!strcmp(text, "udp"))
		return IPPROTO_UDP;
	return parse_number("proto", text, 255);
}

enum {
	OPT_PROTO = 256, OPT_SPORT, OPT_DPORT, OPT_FLAGS, OPT_THEN, OPT_SEQ, OPT_ACK, OPT_PAYLOAD, OPT_TTL,
	OPT_TOS, OPT_ID, OPT_DF, OPT_IPOPT, OPT_EXT, OPT_FRAG, OPT_ORDER, OPT_BAD, OPT_ICMP,
	OPT_ISRC, OPT_IDST, OPT_PORTS, OPT_SECONDS,
};

static const struct option raw_options[] = {
	{ "proto", required_argument, NULL, OPT_PROTO },
	{ "sport", required_argument, NULL, OPT_SPORT },
	{ "dport", required_argument, NULL, OPT_DPORT },
	{ "flags", required_argument, NULL, OPT_FLAGS },
	{ "then", required_argument, NULL, OPT_THEN },
	{ "seq", required_argument, NULL, OPT_SEQ },
	{ "ack", required_argument, NULL, OPT_ACK },
	{ "payload", required_argument, NULL, OPT_PAYLOAD },
	{ "ttl", required_argument, NULL, OPT_TTL },
	{ "tos", required_argument, NULL, OPT_TOS },
	{ "id", required_argument, NULL, OPT_ID },
	{ "df", no_argument, NULL, OPT_DF },
	{ "ip-options", required_argument, NULL, OPT_IPOPT },
	{ "ext", required_argument, NULL, OPT_EXT },
	{ "frag", required_argument, NULL, OPT_FRAG },
	{ "order", required_argument, NULL, OPT_ORDER },
	{ "bad-csum", no_argument, NULL, OPT_BAD },
	{ "icmp", required_argument, NULL, OPT_ICMP },
	{ "inner-src", required_argument, NULL, OPT_ISRC },
	{ "inner-dst", required_argument, NULL, OPT_IDST },
	{ "ports", required_argument, NULL, OPT_PORTS },
	{ "seconds", required_argument, NULL, OPT_SECONDS },
	{ "count", required_argument, NULL, 'n' },
	{ }
};

static void parse_option(struct raw *r, int opt)
{
	switch (opt) {
	case OPT_PROTO: r->proto = parse_proto(optarg); break;
	case OPT_SPORT: r->sport = parse_number("sport", optarg, 65535); break;
	case OPT_DPORT: r->dport = parse_number("dport", optarg, 65535); break;
	case OPT_FLAGS: r->tcp_flags = parse_flags(optarg); break;
	case OPT_THEN: r->then_flags = parse_flags(optarg); break;
	case OPT_SEQ: r->seq = parse_number("seq", optarg, UINT32_MAX); break;
	case OPT_ACK: r->ack = parse_number("ack", optarg, UINT32_MAX); break;
	case OPT_PAYLOAD: r->payload = parse_number("payload", optarg, PAYLOAD_MAX); break;
	case OPT_TTL: r->ttl = parse_number("ttl", optarg, 255); break;
	case OPT_TOS: r->tos = parse_number("tos", optarg, 255); break;
	case OPT_ID: r->id = parse_number("id", optarg, 65535); break;
	case OPT_DF: r->df = true; break;
	case OPT_IPOPT: parse_hex(r, optarg); break;
	case OPT_EXT: parse_ext(r, optarg); break;
	case OPT_FRAG: r->frags = parse_list("frag", optarg, r->frag); break;
	case OPT_ORDER: r->orders = parse_list("order", optarg, r->order); break;
	case OPT_BAD: r->bad_csum = true; break;
	case OPT_ICMP: parse_icmp(r, optarg); break;
	case OPT_ISRC: parse_addr(&r->inner_src, optarg, 0); break;
	case OPT_IDST: parse_addr(&r->inner_dst, optarg, 0); break;
	case OPT_PORTS: r->ports = parse_number("ports", optarg, 65535 - FIRST_PORT); break;
	case OPT_SECONDS: r->seconds = parse_number("seconds", optarg, 3600); break;
	case 'n': r->count = parse_number("count", optarg, UINT32_MAX); break;
	default: exit(EXIT_USAGE);
	}
}

static void parse_raw(struct raw *r, int argc, char **argv)
{
	size_t i;
	int opt;

	while ((opt = getopt_long(argc, argv, "n:", raw_options, NULL)) != -1)
		parse_option(r, opt);
	if (argc - optind != 2)
		die("SRC and DST, please");
	parse_addr(&r->src, argv[optind], 0);
	parse_addr(&r->dst, argv[optind + 1], 0);
	if (r->frags == FRAGMENTS_MAX)
		die("frag: more than %d", FRAGMENTS_MAX - 1);
	for (i = 0; i < r->frags; i++)
		if (!r->frag[i] || r->frag[i] % 8)
			die("frag: %zu is not a multiple of 8", r->frag[i]);
	if (r->icmp && (r->inner_src.sa.sa_family != r->src.sa.sa_family ||
			r->inner_dst.sa.sa_family != r->src.sa.sa_family))
		die("icmp needs --inner-src and --inner-dst of the outer family");
	open_raw(r);
}

int cmd_send(int argc, char **argv)
{
	struct raw r = {
		.proto = IPPROTO_UDP, .sport = 4000, .dport = 80, .ttl = 64, .id = 4711,
		.tcp_flags = TH_SYN, .seq = 1000, .count = 1,
	};
	unsigned int first_flags;
	int rc = 0;

	parse_raw(&r, argc, argv);
	first_flags = r.tcp_flags;
	while (r.count-- && !rc) {
		r.tcp_flags = first_flags;
		rc = send_packet(&r);
		r.tcp_flags = r.then_flags;
		if (r.then_flags && !rc)
			rc = send_packet(&r);
	}
	return rc;
}

/* As many packets as can be, from one source port after the other. */
int cmd_flood(int argc, char **argv)
{
	struct raw r = {
		.proto = IPPROTO_UDP, .dport = 80, .ttl = 64, .id = 4711,
		.tcp_flags = TH_SYN, .seq = 1000, .ports = 1000,
	};
	unsigned long sent = 0, lost = 0;
	static uint8_t body[PACKET_MAX + 8], packet[PACKET_MAX + 256];
	size_t len, hlen;
	long long end;

	parse_raw(&r, argc, argv);
	if (!r.ports || (!r.count && !r.seconds))
		die("flood needs --ports above 0, and -n or --seconds");
	end = now_ms() + r.seconds * 1000;
	while ((!r.count || sent + lost < r.count) && (!r.seconds || now_ms() < end)) {
		union addr to = r.dst;

		r.sport = FIRST_PORT + (sent + lost) % r.ports;
		len = build_l4(&r, &r.src, &r.dst, body);
		hlen = put_ip(&r, &r.src, &r.dst, r.proto, 0, false, len, packet);
		memcpy(packet + hlen, body, len);
		if (sendto(r.fd, packet, hlen + len, 0, &to.sa, addr_len(&to)) >= 0)
			sent++;
		else
			lost++;
	}
	printf("sent=%lu lost=%lu\n", sent, lost);
	return sent ? 0 : EXIT_NO_ANSWER;
}
