// SPDX-License-Identifier: GPL-2.0-only
/* Tunnel: IPv4 or IPv6 in IPv4 or IPv6 (IPIP); the family of the outside is the server's. */
#include "xmit.h"

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ip_tunnels.h>
#include <net/ipv6.h>

#include "dest.h"
#include "net.h"
#include "stats.h"

/* What the outer header takes over from the inner one. */
struct tun_inner {
	__be16	df;
	u8	proto;
	u8	dsfield;
	u8	ttl;
};

/*
 * A packet that was put together from fragments cannot keep DF outside: its
 * tunnel packet has to be fragmented.
 */
static void read_inner4(const struct sk_buff *skb, const struct nfvs_net *nn,
			struct tun_inner *in)
{
	const struct iphdr *iph = ip_hdr(skb);

	in->proto = IPPROTO_IPIP;
	in->df = IPCB(skb)->frag_max_size ? 0 : iph->frag_off & htons(IP_DF);
	if (in->df && unlikely(!READ_ONCE(nn->ctl.pmtu_disc)))
		in->df = 0;
	in->ttl = iph->ttl;
	in->dsfield = ipv4_get_dsfield(iph);
}

static void read_inner6(const struct sk_buff *skb, struct tun_inner *in)
{
	const struct ipv6hdr *iph = ipv6_hdr(skb);

	in->proto = IPPROTO_IPV6;
	in->df = 0;
	in->ttl = iph->hop_limit;
	in->dsfield = ipv6_get_dsfield(iph);
}

/* Room in front, and offloads that know of the new header. */
static __always_inline bool make_room(struct sk_buff *skb, unsigned int len, int gso_type, u8 proto)
{
	if (skb_cow_head(skb, LL_RESERVED_SPACE(skb_dst(skb)->dev) + len))
		return false;
	if (unlikely(skb->ip_summed == CHECKSUM_PARTIAL || skb_is_gso(skb))) {
		if (iptunnel_handle_offloads(skb, gso_type))
			return false;
		skb_set_inner_ipproto(skb, proto);
	} else {
		skb->encapsulation = 0;
		skb->ip_summed = CHECKSUM_NONE;
	}
	skb->transport_header = skb->network_header;
	skb_push(skb, len);
	skb_reset_network_header(skb);
	return true;
}

/*
 * Tunnel packets are new ones: connection tracking starts afresh with them, and
 * nothing the IP layer noted about the inner packet holds any more.
 */
static void start_afresh(struct nfvs_pkt *pkt)
{
	nfvs_xmit_prepare(pkt);
	nf_reset_ct(pkt->skb);
	/* The MTU has been judged; without DF the outer packet may be fragmented. */
	pkt->skb->ignore_df = 1;
}

static __always_inline bool encap4(struct sk_buff *skb, struct net *net,
				   const struct nfvs_dest *dest, const struct nfvs_egress *eg,
				   const struct tun_inner *in)
{
	struct iphdr *iph;

	if (!make_room(skb, sizeof(*iph), SKB_GSO_IPXIP4, in->proto))
		return false;
	memset(IPCB(skb), 0, sizeof(*IPCB(skb)));

	iph = ip_hdr(skb);
	iph->version = 4;
	iph->ihl = sizeof(*iph) / 4;
	iph->tos = INET_ECN_encapsulate(in->dsfield, in->dsfield);
	iph->frag_off = in->df;
	iph->ttl = in->ttl;
	iph->protocol = in->proto;
	iph->saddr = eg->saddr.ip;
	iph->daddr = dest->key.addr.ip;
	/* Before ignore_df: whole packets with DF have ID 0. */
	skb->ignore_df = 0;
	ip_select_ident_segs(net, skb, NULL, skb_shinfo(skb)->gso_segs ?: 1);
	iph->tot_len = htons(skb->len);
	ip_send_check(iph);
	skb->protocol = htons(ETH_P_IP);
	return true;
}

static __always_inline bool encap6(struct sk_buff *skb, const struct nfvs_dest *dest,
				   const struct nfvs_egress *eg, const struct tun_inner *in)
{
	struct ipv6hdr *iph;

	if (!make_room(skb, sizeof(*iph), SKB_GSO_IPXIP6, in->proto))
		return false;
	memset(IP6CB(skb), 0, sizeof(*IP6CB(skb)));

	iph = ipv6_hdr(skb);
	ip6_flow_hdr(iph, INET_ECN_encapsulate(in->dsfield, in->dsfield), 0);
	iph->nexthdr = in->proto;
	iph->hop_limit = in->ttl;
	iph->saddr = eg->saddr.in6;
	iph->daddr = dest->key.addr.in6;
	iph->payload_len = htons(skb->len - sizeof(*iph));
	skb->protocol = htons(ETH_P_IPV6);
	return true;
}

bool nfvs_tun_encap(struct sk_buff *skb, const struct nfvs_net *nn, u8 af, const struct nfvs_dest *dest,
		    const struct nfvs_egress *eg)
{
	struct tun_inner in;

	if (af == AF_INET6)
		read_inner6(skb, &in);
	else
		read_inner4(skb, nn, &in);
	if (dest->key.af == AF_INET6)
		return encap6(skb, dest, eg, &in);
	return encap4(skb, nn->net, dest, eg, &in);
}

enum nfvs_verdict nfvs_xmit_tun(struct nfvs_pkt *pkt, const struct nfvs_conn *cp,
				const struct nfvs_egress *eg)
{
	struct sk_buff *skb = pkt->skb;
	int err;

	if (!nfvs_tun_encap(skb, pkt->nn, pkt->af, cp->dest, eg))
		return nfvs_drop(pkt->nn, skb, NFVS_C_DROP_NO_MEMORY);
	start_afresh(pkt);
	/* These set length and checksum once more, for GSO packets of any size. */
	err = cp->dest->key.af == AF_INET6 ? ip6_local_out(pkt->net, skb->sk, skb) :
					     ip_local_out(pkt->net, skb->sk, skb);
	pkt->is_sent = err >= 0;
	return NFVS_STOLEN;
}
