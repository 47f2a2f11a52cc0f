// SPDX-License-Identifier: GPL-2.0-only
/* Reading packets: headers, fragments, state that other layers left in the skb. */
#include "packet.h"

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/route.h>

#include "compat.h"
#include "net.h"

static void pkt_init(struct nfvs_pkt *pkt, struct nfvs_net *nn, struct sk_buff *skb,
		     unsigned int l3off, unsigned int hook)
{
	/* Each field by itself: less than to clear them all. */
	pkt->skb = skb;
	pkt->net = nn->net;
	pkt->nn = nn;
	pkt->sport = 0;
	pkt->dport = 0;
	pkt->mark = skb->mark;
	pkt->l3off = l3off;
	pkt->hook = hook;
	pkt->tcp_flags = 0;
	pkt->is_later_frag = false;
	pkt->is_inner = l3off > 0;
	pkt->is_sent = false;
}

static bool parse_ports(struct nfvs_pkt *pkt)
{
	__be16 buf[2], *ports;

	ports = skb_header_pointer(pkt->skb, pkt->l4off, sizeof(buf), buf);
	if (!ports)
		return false;
	pkt->sport = ports[0];
	pkt->dport = ports[1];
	return true;
}

static bool parse_tcp_flags(struct nfvs_pkt *pkt)
{
	struct tcphdr buf;
	const u8 *th;

	th = skb_header_pointer(pkt->skb, pkt->l4off, sizeof(buf), &buf);
	if (!th)
		return false;
	pkt->tcp_flags = th[NFVS_TCP_FLAGS_BYTE];
	return true;
}

static bool has_udp_header(const struct nfvs_pkt *pkt)
{
	struct udphdr buf;

	return skb_header_pointer(pkt->skb, pkt->l4off, sizeof(buf), &buf);
}

/* Of a quoted packet eight bytes of transport header are all one can rely on. */
static bool parse_l4(struct nfvs_pkt *pkt)
{
	switch (pkt->proto) {
	case IPPROTO_TCP:
		return parse_ports(pkt) && (pkt->is_inner || parse_tcp_flags(pkt));
	case IPPROTO_UDP:
		return parse_ports(pkt) && (pkt->is_inner || has_udp_header(pkt));
	default:
		return true;
	}
}

/* A quoted first fragment has its ports; a packet of ours must be whole. */
static bool is_unfit_fragment4(const struct nfvs_pkt *pkt, const struct iphdr *iph)
{
	return iph->frag_off & htons(pkt->is_inner ? IP_OFFSET : IP_OFFSET | IP_MF);
}

bool nfvs_pkt_parse4(struct nfvs_pkt *pkt, struct nfvs_net *nn, struct sk_buff *skb,
		     unsigned int l3off, unsigned int hook)
{
	const struct iphdr *iph;
	struct iphdr buf;

	iph = skb_header_pointer(skb, l3off, sizeof(buf), &buf);
	if (!iph || iph->version != 4 || iph->ihl < 5)
		return false;
	pkt_init(pkt, nn, skb, l3off, hook);
	pkt->af = AF_INET;
	pkt->saddr.ip = iph->saddr;
	pkt->daddr.ip = iph->daddr;
	pkt->proto = iph->protocol;
	pkt->l4off = l3off + iph->ihl * 4;
	if (is_unfit_fragment4(pkt, iph))
		return false;
	return parse_l4(pkt);
}

bool nfvs_pkt_parse6(struct nfvs_pkt *pkt, struct nfvs_net *nn, struct sk_buff *skb,
		     unsigned int l3off, unsigned int hook)
{
	const struct ipv6hdr *iph;
	unsigned short frag_off;
	struct ipv6hdr buf;
	/* An authentication header ends the search: what it protects is not ours. */
	int flags = IP6_FH_F_AUTH;
	int proto;

	iph = skb_header_pointer(skb, l3off, sizeof(buf), &buf);
	if (!iph || iph->version != 6)
		return false;
	pkt_init(pkt, nn, skb, l3off, hook);
	pkt->af = AF_INET6;
	pkt->saddr.in6 = iph->saddr;
	pkt->daddr.in6 = iph->daddr;
	pkt->l4off = l3off;
	proto = ipv6_find_hdr(skb, &pkt->l4off, -1, &frag_off, &flags);
	if (proto < 0)
		return false;
	pkt->proto = proto;
	pkt->is_later_frag = frag_off != 0;
	return pkt->is_later_frag || parse_l4(pkt);
}

static u32 defrag_user(unsigned int hook)
{
	switch (hook) {
	case NF_INET_LOCAL_IN:
		return IP_DEFRAG_VS_IN;
	case NF_INET_FORWARD:
		return IP_DEFRAG_VS_FWD;
	default:
		return IP_DEFRAG_VS_OUT;
	}
}

enum nfvs_verdict nfvs_pkt_defrag4(struct nfvs_net *nn, struct sk_buff *skb, unsigned int hook)
{
	if (!ip_is_fragment(ip_hdr(skb)))
		return NFVS_CONTINUE;
	/* On any error the skb is gone, too. */
	if (ip_defrag(nn->net, skb, defrag_user(hook)))
		return NFVS_STOLEN;
	ip_send_check(ip_hdr(skb));
	/* Fragments with DF came through until here: they may go on as such. */
	skb->ignore_df = 1;
	return NFVS_CONTINUE;
}

bool nfvs_skb_is_local4(const struct sk_buff *skb)
{
	return skb_rtable(skb)->rt_flags & RTCF_LOCAL;
}

bool nfvs_skb_is_local6(const struct sk_buff *skb)
{
	const struct dst_entry *dst = skb_dst(skb);
	const struct rt6_info *rt = container_of(dst, struct rt6_info, dst);

	return rt->rt6i_flags & RTF_LOCAL || dst->dev->flags & IFF_LOOPBACK;
}

bool nfvs_skb_is_exempt(const struct sk_buff *skb, unsigned int hook)
{
	const struct sock *sk;

	if (nfvs_skb_is_done(skb) || !skb_dst(skb))
		return true;
	if (hook != NF_INET_LOCAL_OUT)
		return false;
	sk = skb_to_full_sk(skb);
	return sk && sk->sk_family == PF_INET && nfvs_sk_is_nodefrag(sk);
}

void nfvs_skb_untrack(struct sk_buff *skb)
{
	nf_reset_ct(skb);
	nf_ct_set(skb, NULL, IP_CT_UNTRACKED);
}
