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
#include "nat_rewrite.h"
#include "packet.h"

static unsigned int l4_len(u8 proto)
{
	return proto == IPPROTO_TCP ? sizeof(struct tcphdr) : sizeof(struct udphdr);
}

static bool rewrite4(struct nfvs_pkt *pkt, enum nfvs_nat_end end, __be32 addr, __be16 port)
{
	if (skb_ensure_writable(pkt->skb, pkt->l4off + l4_len(pkt->proto)))
		return false;
	nfvs_rewrite4(pkt->skb, pkt->l4off, pkt->proto, end, addr, port);
	return true;
}

static bool rewrite6(struct nfvs_pkt *pkt, enum nfvs_nat_end end, const struct in6_addr *addr,
		     __be16 port)
{
	if (skb_ensure_writable(pkt->skb, pkt->l4off + l4_len(pkt->proto)))
		return false;
	nfvs_rewrite6(pkt->skb, pkt->l4off, pkt->proto, end, addr, port);
	return true;
}

bool nfvs_nat_request(struct nfvs_pkt *pkt, const struct nfvs_conn *cp)
{
	if (cp->is_v6)
		return rewrite6(pkt, NFVS_NAT_DST, &nfvs_conn_daddr(cp)->in6, nfvs_conn_dport(cp));
	return rewrite4(pkt, NFVS_NAT_DST, nfvs_conn_daddr(cp)->ip, nfvs_conn_dport(cp));
}

bool nfvs_nat_reply(struct nfvs_pkt *pkt, const struct nfvs_conn *cp)
{
	if (cp->is_v6)
		return rewrite6(pkt, NFVS_NAT_SRC, &cp->addr6.vaddr, cp->vport);
	return rewrite4(pkt, NFVS_NAT_SRC, cp->addr4.vaddr, cp->vport);
}

/*
 * The quoted packet's own checksum, if the quotation is long enough to have it:
 * who reads the error may compare it with what was sent.
 */
static void fix_quoted_l4(const struct nfvs_pkt *inner, u32 change)
{
	unsigned int off = inner->l4off + nfvs_l4_check_offset(inner->proto);
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
			  enum nfvs_nat_end end, __be32 addr, __be16 port)
{
	enum nfvs_nat_end quoted = end == NFVS_NAT_SRC ? NFVS_NAT_DST : NFVS_NAT_SRC;
	u32 addr_change, port_change;

	nfvs_rewrite_addr4(outer->skb, outer->l3off, end, addr);
	addr_change = nfvs_rewrite_addr4(inner->skb, inner->l3off, quoted, addr);
	port_change = nfvs_rewrite_port(inner->skb, inner->l4off, quoted, port);
	fix_quoted_l4(inner, nfvs_csum_fold((u64)addr_change + port_change));
	finish_icmp4(outer);
}

static void icmp_rewrite6(struct nfvs_pkt *outer, const struct nfvs_pkt *inner,
			  enum nfvs_nat_end end, const struct in6_addr *addr, __be16 port)
{
	enum nfvs_nat_end quoted = end == NFVS_NAT_SRC ? NFVS_NAT_DST : NFVS_NAT_SRC;
	u32 addr_change, port_change;

	nfvs_rewrite_addr6(outer->skb, outer->l3off, end, addr);
	addr_change = nfvs_rewrite_addr6(inner->skb, inner->l3off, quoted, addr);
	port_change = nfvs_rewrite_port(inner->skb, inner->l4off, quoted, port);
	fix_quoted_l4(inner, nfvs_csum_fold((u64)addr_change + port_change));
	finish_icmp6(outer);
}

bool nfvs_nat_icmp(struct nfvs_pkt *outer, const struct nfvs_pkt *inner,
		   const struct nfvs_conn *cp, bool towards_server)
{
	enum nfvs_nat_end end = towards_server ? NFVS_NAT_DST : NFVS_NAT_SRC;
	__be16 port = towards_server ? nfvs_conn_dport(cp) : cp->vport;

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
