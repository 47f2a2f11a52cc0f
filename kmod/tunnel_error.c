// SPDX-License-Identifier: GPL-2.0-only
/*
 * ICMP errors about the director's own tunnel packets: the route learns the
 * path MTU, and the client is told as if the tunnel were a link of the
 * director's. Both families, inside and outside.
 */
#include "tunnel_error.h"

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <net/icmp.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/route.h>

#include "conn.h"
#include "dest.h"
#include "net.h"
#include "route.h"
#include "stats.h"

#include <linux/nf_vs.h>

/**
 * struct report - what the error says
 * @type: ICMP or ICMPv6 type, as @is_v6 tells
 * @code: its code
 * @info: the word behind the checksum, host order
 * @mtu: if it reports a path MTU, else 0
 * @is_v6: family of the error
 */
struct report {
	u8	type;
	u8	code;
	u32	info;
	u32	mtu;
	bool	is_v6;
};

static bool read_report4(const struct nfvs_pkt *outer, struct report *rep)
{
	const struct icmphdr *ic;
	struct icmphdr buf;

	ic = skb_header_pointer(outer->skb, outer->l4off, sizeof(buf), &buf);
	if (!ic)
		return false;
	*rep = (struct report) {
		.type = ic->type,
		.code = ic->code,
		.info = ntohl(ic->un.gateway),
	};
	if (ic->type == ICMP_DEST_UNREACH && ic->code == ICMP_FRAG_NEEDED)
		rep->mtu = ntohs(ic->un.frag.mtu);
	return true;
}

static bool read_report6(const struct nfvs_pkt *outer, struct report *rep)
{
	const struct icmp6hdr *ic;
	struct icmp6hdr buf;

	ic = skb_header_pointer(outer->skb, outer->l4off, sizeof(buf), &buf);
	if (!ic)
		return false;
	*rep = (struct report) {
		.type = ic->icmp6_type,
		.code = ic->icmp6_code,
		.info = ntohl(ic->icmp6_mtu),
		.is_v6 = true,
	};
	if (ic->icmp6_type == ICMPV6_PKT_TOOBIG)
		rep->mtu = rep->info;
	return true;
}

static bool is_mtu_report(const struct report *rep)
{
	if (rep->is_v6)
		return rep->type == ICMPV6_PKT_TOOBIG;
	return rep->type == ICMP_DEST_UNREACH && rep->code == ICMP_FRAG_NEEDED;
}

static bool parse_client(struct nfvs_pkt *inner, const struct nfvs_pkt *quoted)
{
	if (quoted->proto == IPPROTO_IPV6)
		return nfvs_pkt_parse6(inner, quoted->nn, quoted->skb, quoted->l4off,
				       quoted->hook) && !inner->is_later_frag;
	return nfvs_pkt_parse4(inner, quoted->nn, quoted->skb, quoted->l4off, quoted->hook);
}

/* The tunnel of this connection's server, not one that happens to carry its packets. */
static bool is_tunnel_of(const struct nfvs_pkt *quoted, const struct nfvs_conn *cp)
{
	const struct nfvs_dest_key *key = &cp->dest->key;

	if (cp->method != NFVS_METHOD_TUN || key->af != quoted->af)
		return false;
	if (quoted->af == AF_INET6)
		return ipv6_addr_equal(&key->addr.in6, &quoted->daddr.in6);
	return key->addr.ip == quoted->daddr.ip;
}

/* Throws away what is in front of the header at off, which becomes the packet's. */
static bool strip_to(struct sk_buff *skb, unsigned int off, unsigned int hdr_len)
{
	if (!pskb_pull(skb, off) || !pskb_may_pull(skb, hdr_len))
		return false;
	skb_reset_network_header(skb);
	return true;
}

/*
 * Strips the packet to the quoted tunnel header, by which the IP layer finds
 * the route that is to learn the MTU. Returns what fits in the tunnel from now
 * on, 0 if there is no telling.
 */
static unsigned int learn_mtu(const struct nfvs_pkt *quoted, struct nfvs_dest *dest, u32 mtu)
{
	const struct nfvs_egress *eg;

	if (quoted->af == AF_INET6)
		ip6_update_pmtu(quoted->skb, quoted->net, htonl(mtu), 0, 0,
				sock_net_uid(quoted->net, NULL));
	else
		ipv4_update_pmtu(quoted->skb, quoted->net, mtu, 0, 0);
	eg = nfvs_egress_get(dest, NFVS_METHOD_TUN);
	return eg ? nfvs_egress_mtu(eg) : 0;
}

/* Says to an IPv4 client what rep says, as far as it can be said. */
static void tell_client4(struct sk_buff *skb, const struct report *rep, unsigned int mtu)
{
	if (is_mtu_report(rep)) {
		if (mtu && ip_hdr(skb)->frag_off & htons(IP_DF))
			icmp_send(skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, htonl(mtu));
		return;
	}
	if (rep->is_v6)
		icmp_send(skb, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, 0);
	else
		icmp_send(skb, rep->type, rep->code, htonl(rep->info));
}

static void tell_client6(struct sk_buff *skb, const struct report *rep, unsigned int mtu)
{
	if (is_mtu_report(rep)) {
		if (mtu)
			icmpv6_send(skb, ICMPV6_PKT_TOOBIG, 0,
				    max_t(unsigned int, mtu, IPV6_MIN_MTU));
		return;
	}
	if (rep->is_v6)
		icmpv6_send(skb, rep->type, rep->code, rep->info);
	else
		icmpv6_send(skb, ICMPV6_DEST_UNREACH, ICMPV6_ADDR_UNREACH, 0);
}

/*
 * icmp_send() answers from the packet's destination if its route is local. An
 * error of the other family brought no IPv4 route along: take the one to the
 * virtual address.
 */
static bool route_to_self4(struct nfvs_pkt *inner)
{
	struct flowi4 fl4 = { .daddr = inner->daddr.ip };
	struct rtable *rt = ip_route_output_key(inner->net, &fl4);

	if (IS_ERR(rt))
		return false;
	skb_dst_drop(inner->skb);
	skb_dst_set(inner->skb, &rt->dst);
	return true;
}

/* The client's packet at the front of the skb, as it was when it came in. */
static bool become_client4(struct nfvs_pkt *inner, const struct report *rep)
{
	struct sk_buff *skb = inner->skb;

	memset(IPCB(skb), 0, sizeof(*IPCB(skb)));
	skb_set_transport_header(skb, inner->l4off - inner->l3off);
	skb->protocol = htons(ETH_P_IP);
	return !rep->is_v6 || route_to_self4(inner);
}

static void become_client6(struct nfvs_pkt *inner, const struct report *rep)
{
	struct sk_buff *skb = inner->skb;

	memset(IP6CB(skb), 0, sizeof(*IP6CB(skb)));
	IP6CB(skb)->iif = skb->skb_iif;
	skb_set_transport_header(skb, inner->l4off - inner->l3off);
	skb->protocol = htons(ETH_P_IPV6);
	/* icmpv6_send() takes any route for one of IPv6, and none for good. */
	if (!rep->is_v6)
		skb_dst_drop(skb);
}

static enum nfvs_verdict tell_client(struct nfvs_pkt *inner, const struct nfvs_conn *cp,
				     const struct nfvs_pkt *quoted, const struct report *rep)
{
	unsigned int quoted_len = quoted->l4off - quoted->l3off;
	struct sk_buff *skb = inner->skb;
	unsigned int mtu = 0;

	if (!strip_to(skb, quoted->l3off, quoted_len))
		return nfvs_drop(inner->nn, skb, NFVS_C_DROP_ICMP);
	if (is_mtu_report(rep))
		mtu = learn_mtu(quoted, cp->dest, rep->mtu);
	if (!strip_to(skb, quoted_len, inner->l4off - inner->l3off))
		return nfvs_drop(inner->nn, skb, NFVS_C_DROP_ICMP);

	if (inner->af == AF_INET6) {
		become_client6(inner, rep);
		tell_client6(skb, rep, mtu);
	} else {
		if (!become_client4(inner, rep))
			return nfvs_drop(inner->nn, skb, NFVS_C_DROP_NO_ROUTE);
		tell_client4(skb, rep, mtu);
	}
	if (nfvs_dest_is_available(cp->dest))
		nfvs_stats_out(cp->dest->stats, skb->len);
	consume_skb(skb);
	return NFVS_STOLEN;
}

enum nfvs_verdict nfvs_tunnel_error(struct nfvs_pkt *outer, const struct nfvs_pkt *quoted)
{
	struct nfvs_conn *cp;
	struct nfvs_pkt inner;
	struct report rep;
	bool is_local;

	is_local = outer->af == AF_INET6 ? nfvs_skb_is_local6(outer->skb) :
					   nfvs_skb_is_local4(outer->skb);
	if (!is_local || !parse_client(&inner, quoted))
		return NFVS_CONTINUE;
	/* The tunnel carried the client's packet: the same direction. */
	cp = nfvs_conn_find(&inner);
	if (!cp || !is_tunnel_of(quoted, cp))
		return NFVS_CONTINUE;
	if (!(outer->af == AF_INET6 ? read_report6(outer, &rep) : read_report4(outer, &rep)))
		return NFVS_CONTINUE;
	if (nf_checksum(outer->skb, outer->hook, outer->l4off, outer->proto, outer->af))
		return nfvs_drop(outer->nn, outer->skb, NFVS_C_DROP_ICMP);
	return tell_client(&inner, cp, quoted, &rep);
}
