/* SPDX-License-Identifier: GPL-2.0-only */
/* What nf_vs needs to know of one packet, read once from the skb. */
#ifndef _NFVS_PACKET_H
#define _NFVS_PACKET_H

#include <linux/netfilter.h>
#include <linux/skbuff.h>

struct nfvs_net;

/**
 * enum nfvs_verdict - what a packet step decided
 * @NFVS_CONTINUE: not decided, the next step goes on
 * @NFVS_ACCEPT: the stack goes on with the packet (perhaps rewritten)
 * @NFVS_DROP: the caller frees the packet; a drop reason has been counted
 * @NFVS_STOLEN: the packet is gone, the skb may not be touched any more
 */
enum nfvs_verdict {
	NFVS_CONTINUE,
	NFVS_ACCEPT,
	NFVS_DROP,
	NFVS_STOLEN,
};

/* Direction of a packet relative to its connection. */
enum nfvs_dir {
	NFVS_DIR_IN,	/* client to virtual service */
	NFVS_DIR_OUT,	/* real server to client (NAT) */
};

/**
 * struct nfvs_pkt - parsed view of a packet; lives on the stack of the hook
 * @skb: the packet; skb->data is at the network header
 * @net: namespace
 * @nn: our part of it
 * @saddr: source address as in the packet (of the inner header for ICMP errors)
 * @daddr: destination address
 * @sport: source port, 0 in fragments that carry none
 * @dport: destination port
 * @mark: skb->mark
 * @hash: of the tuple, by nfvs_conn_find()
 * @l4off: offset of the transport header from skb->data
 * @l3off: offset of the network header from skb->data (0; > 0 for quoted headers)
 * @proto: transport protocol
 * @af: AF_INET or AF_INET6
 * @hook: NF_INET_* the packet is at
 * @tcp_flags: byte 13 of the TCP header, 0 for others
 * @is_later_frag: a fragment without transport header (IPv6; IPv4 is defragmented).
 *		   sport, dport hold those of the first fragment if known.
 * @is_inner: describes the header quoted in an ICMP error, not the packet
 * @is_sent: it passed the rules for outgoing packets, as far as we can tell
 *
 * Offsets, not pointers: headers move when the skb is pulled or made writable.
 */
struct nfvs_pkt {
	struct sk_buff		*skb;
	struct net		*net;
	struct nfvs_net		*nn;
	union nf_inet_addr	saddr;
	union nf_inet_addr	daddr;
	__be16			sport;
	__be16			dport;
	u32			mark;
	u32			hash;
	unsigned int		l3off;
	unsigned int		l4off;
	u8			proto;
	u8			af;
	u8			hook;
	u8			tcp_flags;
	bool			is_later_frag;
	bool			is_inner;
	bool			is_sent;
};

/*
 * Fill *pkt from the header at l3off: the packet's own (0), or one quoted in an
 * ICMP error (> 0: is_inner, no TCP flags). Ports only of TCP and UDP; other
 * protocols have 0. False if the headers are cut short or, IPv4, the packet is
 * a fragment: it is none of ours then.
 */
bool nfvs_pkt_parse4(struct nfvs_pkt *pkt, struct nfvs_net *nn, struct sk_buff *skb,
		     unsigned int l3off, unsigned int hook);
bool nfvs_pkt_parse6(struct nfvs_pkt *pkt, struct nfvs_net *nn, struct sk_buff *skb,
		     unsigned int l3off, unsigned int hook);

/*
 * Collects the fragments of an IPv4 packet: NFVS_CONTINUE when the packet is
 * whole (headers may have moved), NFVS_STOLEN when it waits for the others.
 */
enum nfvs_verdict nfvs_pkt_defrag4(struct nfvs_net *nn, struct sk_buff *skb, unsigned int hook);

/* The route of the packet leads to this host. */
bool nfvs_skb_is_local4(const struct sk_buff *skb);
bool nfvs_skb_is_local6(const struct sk_buff *skb);

/* Packets no hook may touch: handled before, without route, of a raw IP_NODEFRAG socket. */
bool nfvs_skb_is_exempt(const struct sk_buff *skb, unsigned int hook);

/* Takes the packet out of connection tracking: no nat rule applies to it any more. */
void nfvs_skb_untrack(struct sk_buff *skb);

enum {
	NFVS_TCP_FLAGS_BYTE = 13,	/* of the header */
};

/* TCP flag bits of nfvs_pkt.tcp_flags. */
enum {
	NFVS_TCP_FIN = 0x01,
	NFVS_TCP_SYN = 0x02,
	NFVS_TCP_RST = 0x04,
	NFVS_TCP_ACK = 0x10,
};

#endif /* _NFVS_PACKET_H */
