/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rewriting one end of a packet whose headers are linear and writable, with all
 * its checksums; inline for the ingress hook.
 */
#ifndef _NFVS_NAT_REWRITE_H
#define _NFVS_NAT_REWRITE_H

#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <linux/udp.h>

#include "nat_csum.h"

/* Which of a header's two addresses and ports; index of the ports. */
enum nfvs_nat_end {
	NFVS_NAT_SRC,
	NFVS_NAT_DST,
};

static __always_inline unsigned int nfvs_l4_check_offset(u8 proto)
{
	return proto == IPPROTO_TCP ? offsetof(struct tcphdr, check) :
				      offsetof(struct udphdr, check);
}

static __always_inline u32 nfvs_rewrite_port(struct sk_buff *skb, unsigned int l4off,
					     enum nfvs_nat_end end, __be16 port)
{
	__be16 *ports = (__be16 *)(skb->data + l4off);
	u32 change = nfvs_csum_change16(0, ports[end], port);

	ports[end] = port;
	return change;
}

/* The header at off; returns the change of the address. */
static __always_inline u32 nfvs_rewrite_addr4(struct sk_buff *skb, unsigned int off,
					      enum nfvs_nat_end end, __be32 addr)
{
	struct iphdr *iph = (struct iphdr *)(skb->data + off);
	__be32 *field = end == NFVS_NAT_SRC ? &iph->saddr : &iph->daddr;
	u32 change = nfvs_csum_change32(0, *field, addr);

	*field = addr;
	iph->check = nfvs_csum_update(iph->check, change);
	return change;
}

static __always_inline u32 nfvs_rewrite_addr6(struct sk_buff *skb, unsigned int off,
					      enum nfvs_nat_end end, const struct in6_addr *addr)
{
	struct ipv6hdr *iph = (struct ipv6hdr *)(skb->data + off);
	struct in6_addr *field = end == NFVS_NAT_SRC ? &iph->saddr : &iph->daddr;
	u32 change = nfvs_csum_change128(0, field->s6_addr32, addr->s6_addr32);

	*field = *addr;
	return change;
}

/*
 * Is it left to the device to finish this checksum? The one that is left may be of a packet
 * inside a UDP tunnel: then the tunnel's own is finished, or there is none, but a GSO
 * packet's is finished segment by segment.
 */
static __always_inline bool nfvs_is_check_partial(const struct sk_buff *skb, unsigned int l4off,
						  __sum16 check)
{
	if (skb->ip_summed != CHECKSUM_PARTIAL)
		return false;
	return likely(skb_checksum_start_offset(skb) == l4off) || (skb_is_gso(skb) && check);
}

static __always_inline void nfvs_rewrite_l4(struct sk_buff *skb, unsigned int l4off, u8 proto,
					    bool is_v6, enum nfvs_nat_end end, u32 addr_change,
					    __be16 port)
{
	u32 port_change = nfvs_rewrite_port(skb, l4off, end, port);
	__sum16 *check = (__sum16 *)(skb->data + l4off + nfvs_l4_check_offset(proto));

	nfvs_csum_fix_l4(check, skb->ip_summed == CHECKSUM_COMPLETE ? &skb->csum : NULL,
			 nfvs_is_check_partial(skb, l4off, *check), is_v6, proto == IPPROTO_UDP,
			 addr_change, port_change);
}

/* Address and port of the packet's own headers (network header at skb->data). */
static __always_inline void nfvs_rewrite4(struct sk_buff *skb, unsigned int l4off, u8 proto,
					  enum nfvs_nat_end end, __be32 addr, __be16 port)
{
	u32 change = nfvs_rewrite_addr4(skb, 0, end, addr);

	nfvs_rewrite_l4(skb, l4off, proto, false, end, change, port);
}

static __always_inline void nfvs_rewrite6(struct sk_buff *skb, unsigned int l4off, u8 proto,
					  enum nfvs_nat_end end, const struct in6_addr *addr,
					  __be16 port)
{
	u32 change = nfvs_rewrite_addr6(skb, 0, end, addr);

	nfvs_rewrite_l4(skb, l4off, proto, true, end, change, port);
}

#endif /* _NFVS_NAT_REWRITE_H */
