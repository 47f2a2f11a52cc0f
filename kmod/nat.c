// SPDX-License-Identifier: GPL-2.0-only
/* Rewriting addresses and ports, with incremental checksums. */
#include "nat.h"

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/checksum.h>
#include <net/ip6_checksum.h>

#include "conn.h"
#include "nat_csum.h"
#include "packet.h"

/* Which of a header's two addresses and ports; index of the ports. */
enum nat_end {
	NAT_SRC,
	NAT_DST,
};

static unsigned int l4_len(u8 proto)
{
	return proto == IPPROTO_TCP ? sizeof(struct tcphdr) : sizeof(struct udphdr);
}

static unsigned int l4_check_offset(u8 proto)
{
	return proto == IPPROTO_TCP ? offsetof(struct tcphdr, check) :
				      offsetof(struct udphdr, check);
}

static void fix_l4(struct nfvs_pkt *pkt, u32 addr, u32 port)
{
	struct sk_buff *skb = pkt->skb;
	__sum16 *check = (__sum16 *)(skb->data + pkt->l4off + l4_check_offset(pkt->proto));

	nfvs_csum_fix_l4(check, skb->ip_summed == CHECKSUM_COMPLETE ? &skb->csum : NULL,
			 skb->ip_summed == CHECKSUM_PARTIAL, pkt->af == AF_INET6,
			 pkt->proto == IPPROTO_UDP, addr, port);
}

static u32 rewrite_port(struct nfvs_pkt *pkt, enum nat_end end, __be16 port)
{
	__be16 *ports = (__be16 *)(pkt->skb->data + pkt->l4off);
	u32 change = nfvs_csum_change16(0, ports[end], port);

	ports[end] = port;
	return change;
}

/* The header at off; returns the change of the address. */
static u32 rewrite_addr4(struct sk_buff *skb, unsigned int off, enum nat_end end, __be32 addr)
{
	struct iphdr *iph = (struct iphdr *)(skb->data + off);
	__be32 *field = end == NAT_SRC ? &iph->saddr : &iph->daddr;
	u32 change = nfvs_csum_change32(0, *field, addr);

	*field = addr;
	iph->check = nfvs_csum_update(iph->check, change);
	return change;
}

static u32 rewrite_addr6(struct sk_buff *skb, unsigned int off, enum nat_end end,
			 const struct in6_addr *addr)
{
	struct ipv6hdr *iph = (struct ipv6hdr *)(skb->data + off);
	struct in6_addr *field = end == NAT_SRC ? &iph->saddr : &iph->daddr;
	u32 change = nfvs_csum_change128(0, field->s6_addr32, addr->s6_addr32);

	*field = *addr;
	return change;
}

static bool rewrite4(struct nfvs_pkt *pkt, enum nat_end end, __be32 addr, __be16 port)
{
	u32 addr_change, port_change;

	if (skb_ensure_writable(pkt->skb, pkt->l4off + l4_len(pkt->proto)))
		return false;
	addr_change = rewrite_addr4(pkt->skb, pkt->l3off, end, addr);
	port_change = rewrite_port(pkt, end, port);
	fix_l4(pkt, addr_change, port_change);
	return true;
}

static bool rewrite6(struct nfvs_pkt *pkt, enum nat_end end, const struct in6_addr *addr,
		     __be16 port)
{
	u32 addr_change, port_change;

	if (skb_ensure_writable(pkt->skb, pkt->l4off + l4_len(pkt->proto)))
		return false;
	addr_change = rewrite_addr6(pkt->skb, pkt->l3off, end, addr);
	port_change = rewrite_port(pkt, end, port);
	fix_l4(pkt, addr_change, port_change);
	return true;
}

bool nfvs_nat_request(struct nfvs_pkt *pkt, const struct nfvs_conn *cp)
{
	if (cp->is_v6)
		return rewrite6(pkt, NAT_DST, &nfvs_conn_daddr(cp)->in6, cp->dport);
	return rewrite4(pkt, NAT_DST, nfvs_conn_daddr(cp)->ip, cp->dport);
}

bool nfvs_nat_reply(struct nfvs_pkt *pkt, const struct nfvs_conn *cp)
{
	if (cp->is_v6)
		return rewrite6(pkt, NAT_SRC, &cp->addr6.vaddr, cp->vport);
	return rewrite4(pkt, NAT_SRC, cp->addr4.vaddr, cp->vport);
}

/*
 * The quoted packet's own checksum, if the quotation is long enough to have it:
 * who reads the error may compare it with what was sent.
 */
static void fix_quoted_l4(const struct nfvs_pkt *inner, u32 change)
{
	unsigned int off = inner->l4off + l4_check_offset(inner->proto);
	struct sk_buff *skb = inner->skb;
	__sum16 *check;

	if (off + sizeof(*check) > skb_headlen(skb))
		return;
	check = (__sum16 *)(skb->data + off);
	if (inner->proto == IPPROTO_UDP && !*check)
		return;
	*check = nfvs_csum_update(*check, change);
	if (inner->proto == IPPROTO_UDP && !*check)
		*check = CSUM_MANGLED_0;
}

/* As much of the quoted headers as there is must be linear and our own. */
static bool make_quote_writable(const struct nfvs_pkt *inner)
{
	unsigned int len = inner->l4off + l4_len(inner->proto);

	return !skb_ensure_writable(inner->skb, min(len, inner->skb->len));
}

/* The sum over an ICMP message changes in too many places: computed anew. */
static void finish_icmp4(struct nfvs_pkt *outer)
{
	struct sk_buff *skb = outer->skb;
	struct icmphdr *ic = (struct icmphdr *)(skb->data + outer->l4off);
	unsigned int len = skb->len - outer->l4off;

	ic->checksum = 0;
	ic->checksum = csum_fold(skb_checksum(skb, outer->l4off, len, 0));
	skb->ip_summed = CHECKSUM_NONE;
}

static void finish_icmp6(struct nfvs_pkt *outer)
{
	struct sk_buff *skb = outer->skb;
	struct icmp6hdr *ic = (struct icmp6hdr *)(skb->data + outer->l4off);
	const struct ipv6hdr *iph = (struct ipv6hdr *)(skb->data + outer->l3off);
	unsigned int len = skb->len - outer->l4off;

	ic->icmp6_cksum = 0;
	ic->icmp6_cksum = csum_ipv6_magic(&iph->saddr, &iph->daddr, len, IPPROTO_ICMPV6,
					  skb_checksum(skb, outer->l4off, len, 0));
	skb->ip_summed = CHECKSUM_NONE;
}

/* The error comes back to where the quoted packet came from: opposite ends. */
static void icmp_rewrite4(struct nfvs_pkt *outer, const struct nfvs_pkt *inner,
			  enum nat_end end, __be32 addr, __be16 port)
{
	enum nat_end quoted = end == NAT_SRC ? NAT_DST : NAT_SRC;
	struct nfvs_pkt in = *inner;
	u32 change;

	rewrite_addr4(outer->skb, outer->l3off, end, addr);
	change = rewrite_addr4(in.skb, in.l3off, quoted, addr);
	fix_quoted_l4(&in, nfvs_csum_fold((u64)change + rewrite_port(&in, quoted, port)));
	finish_icmp4(outer);
}

static void icmp_rewrite6(struct nfvs_pkt *outer, const struct nfvs_pkt *inner,
			  enum nat_end end, const struct in6_addr *addr, __be16 port)
{
	enum nat_end quoted = end == NAT_SRC ? NAT_DST : NAT_SRC;
	struct nfvs_pkt in = *inner;
	u32 change;

	rewrite_addr6(outer->skb, outer->l3off, end, addr);
	change = rewrite_addr6(in.skb, in.l3off, quoted, addr);
	fix_quoted_l4(&in, nfvs_csum_fold((u64)change + rewrite_port(&in, quoted, port)));
	finish_icmp6(outer);
}

bool nfvs_nat_icmp(struct nfvs_pkt *outer, const struct nfvs_pkt *inner,
		   const struct nfvs_conn *cp, bool towards_server)
{
	enum nat_end end = towards_server ? NAT_DST : NAT_SRC;
	__be16 port = towards_server ? cp->dport : cp->vport;

	if (!make_quote_writable(inner))
		return false;
	if (cp->is_v6)
		icmp_rewrite6(outer, inner, end,
			      towards_server ? &nfvs_conn_daddr(cp)->in6 : &cp->addr6.vaddr, port);
	else
		icmp_rewrite4(outer, inner, end,
			      towards_server ? nfvs_conn_daddr(cp)->ip : cp->addr4.vaddr, port);
	return true;
}
