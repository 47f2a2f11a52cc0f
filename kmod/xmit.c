// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sending a client's packet to its real server: what all methods have in
 * common. Order as in IPVS, because it can be observed: route, loops, TTL, MTU,
 * rewriting; answers by ICMP are sent while the packet has its old route.
 */
#include "xmit.h"

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/route.h>

#include "compat.h"
#include "dest.h"
#include "icmp.h"
#include "net.h"
#include "stats.h"

#include <linux/nf_vs.h>

enum {
	MIN_MTU4 = 68,	/* RFC 791; below, a tunnel is of no use */
};

static bool is_icmp(const struct nfvs_pkt *pkt)
{
	return pkt->proto == IPPROTO_ICMP || pkt->proto == IPPROTO_ICMPV6;
}

static enum nfvs_verdict drop(const struct nfvs_pkt *pkt, enum nfvs_counter reason)
{
	return nfvs_drop(pkt->nn, pkt->skb, reason);
}

/* Whole packets; of GSO packets the segments count. */
static bool exceeds(const struct sk_buff *skb, unsigned int mtu)
{
	if (skb->len <= mtu)
		return false;
	return !skb_is_gso(skb) || !skb_gso_validate_network_len(skb, mtu);
}

/* A reassembled packet leaves as fragments no longer than those that came. */
static bool is_too_big4(const struct sk_buff *skb, unsigned int mtu)
{
	unsigned int frag_max = IPCB(skb)->frag_max_size;

	if (!(ip_hdr(skb)->frag_off & htons(IP_DF)))
		return false;
	return frag_max ? frag_max > mtu : exceeds(skb, mtu);
}

static bool is_too_big6(const struct sk_buff *skb, unsigned int mtu)
{
	unsigned int frag_max = IP6CB(skb)->frag_max_size;

	return frag_max ? frag_max > mtu : exceeds(skb, mtu);
}

static bool is_source_loopback4(const struct nfvs_pkt *pkt)
{
	return ipv4_is_loopback(ip_hdr(pkt->skb)->saddr);
}

static bool is_source_loopback6(const struct nfvs_pkt *pkt)
{
	const struct net_device *dev = pkt->skb->dev;

	if (dev && !(dev->flags & IFF_LOOPBACK))
		return false;
	return ipv6_addr_loopback(&ipv6_hdr(pkt->skb)->saddr);
}

static enum nfvs_verdict decrease_ttl4(struct nfvs_pkt *pkt)
{
	struct sk_buff *skb = pkt->skb;

	if (ip_hdr(skb)->ttl <= 1) {
		IP_INC_STATS(pkt->net, IPSTATS_MIB_INHDRERRORS);
		nfvs_tell_expired(pkt);
		return drop(pkt, NFVS_C_DROP_TTL);
	}
	if (skb_ensure_writable(skb, sizeof(struct iphdr)))
		return drop(pkt, NFVS_C_DROP_NO_MEMORY);
	ip_decrease_ttl(ip_hdr(skb));
	return NFVS_CONTINUE;
}

static enum nfvs_verdict decrease_ttl6(struct nfvs_pkt *pkt)
{
	struct sk_buff *skb = pkt->skb;

	if (ipv6_hdr(skb)->hop_limit <= 1) {
		IP6_INC_STATS(pkt->net, __in6_dev_get_safely(skb->dev), IPSTATS_MIB_INHDRERRORS);
		nfvs_tell_expired(pkt);
		return drop(pkt, NFVS_C_DROP_TTL);
	}
	if (skb_ensure_writable(skb, sizeof(struct ipv6hdr)))
		return drop(pkt, NFVS_C_DROP_NO_MEMORY);
	ipv6_hdr(skb)->hop_limit--;
	return NFVS_CONTINUE;
}

/*
 * The largest packet of ours that goes through; 0 if a tunnel leaves too
 * little. IPv6 in IPv4 is never sent with DF, so the smallest IPv6 packet
 * always fits, in fragments if need be (RFC 4213 3.2).
 */
static unsigned int usable_mtu(const struct nfvs_pkt *pkt, const struct nfvs_dest *dest,
			       const struct nfvs_egress *eg)
{
	unsigned int mtu = nfvs_egress_mtu(eg);

	if (!eg->overhead)
		return mtu;
	if (mtu < (dest->key.af == AF_INET6 ? IPV6_MIN_MTU : MIN_MTU4))
		return 0;
	return pkt->af == AF_INET6 ? max_t(unsigned int, mtu, IPV6_MIN_MTU) : mtu;
}

static enum nfvs_verdict too_big(struct nfvs_pkt *pkt, const struct nfvs_egress *eg,
				 unsigned int mtu)
{
	/* A local sender need not wait for the ICMP error: its own route learns. */
	if (eg->overhead && pkt->hook == NF_INET_LOCAL_OUT)
		skb_dst_update_pmtu(pkt->skb, mtu);
	nfvs_tell_too_big(pkt, mtu);
	return drop(pkt, NFVS_C_DROP_TOO_BIG);
}

/* Without pmtu_disc what is too big for a tunnel goes in fragments, DF or not. */
static bool minds_size(const struct nfvs_pkt *pkt, const struct nfvs_egress *eg)
{
	return !eg->overhead || READ_ONCE(pkt->nn->ctl.pmtu_disc);
}

static enum nfvs_verdict check4(struct nfvs_pkt *pkt, const struct nfvs_dest *dest,
				const struct nfvs_egress *eg)
{
	unsigned int mtu = usable_mtu(pkt, dest, eg);
	enum nfvs_verdict verdict;

	if (is_source_loopback4(pkt))
		return drop(pkt, NFVS_C_DROP_LOOP);
	verdict = decrease_ttl4(pkt);
	if (verdict != NFVS_CONTINUE)
		return verdict;
	if (!mtu)
		return drop(pkt, NFVS_C_DROP_TOO_BIG);
	if (is_too_big4(pkt->skb, mtu) && !is_icmp(pkt) && minds_size(pkt, eg))
		return too_big(pkt, eg, mtu);
	return NFVS_CONTINUE;
}

static enum nfvs_verdict check6(struct nfvs_pkt *pkt, const struct nfvs_dest *dest,
				const struct nfvs_egress *eg)
{
	unsigned int mtu = usable_mtu(pkt, dest, eg);
	enum nfvs_verdict verdict;

	if (is_source_loopback6(pkt))
		return drop(pkt, NFVS_C_DROP_LOOP);
	verdict = decrease_ttl6(pkt);
	if (verdict != NFVS_CONTINUE)
		return verdict;
	if (!mtu)
		return drop(pkt, NFVS_C_DROP_TOO_BIG);
	if (is_too_big6(pkt->skb, mtu))
		return too_big(pkt, eg, mtu);
	return NFVS_CONTINUE;
}

void nfvs_xmit_prepare(const struct nfvs_pkt *pkt)
{
	struct sk_buff *skb = pkt->skb;

	nfvs_skb_set_done(skb);
	skb_forward_csum(skb);
	if (pkt->hook == NF_INET_LOCAL_OUT)
		return;
	/* The socket that early demux found is not the receiver's. */
	skb_orphan(skb);
	skb_clear_tstamp(skb);
}

/* Takes the packet: the LOCAL_OUT hooks and the device free it. */
enum nfvs_verdict nfvs_xmit_send(struct nfvs_pkt *pkt)
{
	struct sk_buff *skb = pkt->skb;

	nfvs_xmit_prepare(pkt);
	nfvs_skb_untrack(skb);
	/* The MTU has been judged here; what is left may be fragmented. */
	skb->ignore_df = 1;
	if (nf_hook(pkt->af, NF_INET_LOCAL_OUT, pkt->net, NULL, skb, NULL, skb_dst(skb)->dev,
		    dst_output) == 1)
		pkt->is_sent = dst_output(pkt->net, NULL, skb) >= 0;
	return NFVS_STOLEN;
}

static enum nfvs_verdict send_remote(struct nfvs_pkt *pkt, const struct nfvs_pkt *inner,
				     const struct nfvs_conn *cp, const struct nfvs_egress *eg)
{
	enum nfvs_verdict verdict;

	verdict = pkt->af == AF_INET6 ? check6(pkt, cp->dest, eg) : check4(pkt, cp->dest, eg);
	if (verdict != NFVS_CONTINUE)
		return verdict;

	/* No reference: eg outlives our RCU section; what queues the packet takes one. */
	skb_dst_drop(pkt->skb);
	skb_dst_set_noref(pkt->skb, eg->dst);

	switch (cp->method) {
	case NFVS_METHOD_NAT:
		return nfvs_xmit_nat(pkt, inner, cp);
	case NFVS_METHOD_TUN:
		return nfvs_xmit_tun(pkt, cp, eg);
	default:
		return nfvs_xmit_dr(pkt);
	}
}

/*
 * The packet of a local client was about to leave and now stays: it needs the
 * local route. With a reference, since it goes on after our RCU section.
 */
static bool turn_inwards(struct nfvs_pkt *pkt, const struct nfvs_egress *eg)
{
	if (!dst_hold_safe(eg->dst))
		return false;
	skb_dst_drop(pkt->skb);
	skb_dst_set(pkt->skb, eg->dst);
	return true;
}

static enum nfvs_verdict deliver(const struct nfvs_pkt *pkt)
{
	nfvs_skb_set_done(pkt->skb);
	nfvs_skb_untrack(pkt->skb);
	return NFVS_ACCEPT;
}

/* The real server is this host: the packet goes on, with the route it has. */
static enum nfvs_verdict keep_local(struct nfvs_pkt *pkt, const struct nfvs_pkt *inner,
				    const struct nfvs_conn *cp, const struct nfvs_egress *eg)
{
	bool was_local = pkt->af == AF_INET6 ? nfvs_skb_is_local6(pkt->skb) :
					       nfvs_skb_is_local4(pkt->skb);
	enum nfvs_verdict verdict;

	/* Only NAT gives a packet for elsewhere an address of this host. */
	if (!was_local && (cp->method != NFVS_METHOD_NAT || pkt->hook != NF_INET_LOCAL_OUT))
		return drop(pkt, NFVS_C_DROP_LOOP);
	if (cp->method == NFVS_METHOD_NAT) {
		verdict = nfvs_xmit_nat_local(pkt, inner, cp);
		if (verdict != NFVS_CONTINUE)
			return verdict;
		if (!was_local && !turn_inwards(pkt, eg))
			return drop(pkt, NFVS_C_DROP_NO_ROUTE);
	}
	return deliver(pkt);
}

/*
 * Where the packet's own address leads. Not for this host: it would come by again.
 * The route is released after the packet has got its reference or is gone.
 */
static enum nfvs_verdict send_past(struct nfvs_pkt *pkt, const struct nfvs_pkt *inner,
				   const struct nfvs_conn *cp)
{
	enum nfvs_verdict verdict;
	struct nfvs_egress eg;

	if (!nfvs_egress_past(&eg, pkt)) {
		nfvs_tell_host_unreach(pkt);
		return drop(pkt, NFVS_C_DROP_NO_ROUTE);
	}
	if (eg.is_local)
		verdict = drop(pkt, NFVS_C_DROP_LOOP);
	else
		verdict = send_remote(pkt, inner, cp, &eg);
	dst_release(eg.dst);
	return verdict;
}

static enum nfvs_verdict transmit(struct nfvs_pkt *pkt, const struct nfvs_pkt *inner,
				  const struct nfvs_conn *cp)
{
	const struct nfvs_egress *eg;

	/* The server's address means nothing, nor does its route. */
	if (cp->method == NFVS_METHOD_LOCAL)
		return deliver(pkt);
	if (unlikely(cp->method == NFVS_METHOD_BYPASS))
		return send_past(pkt, inner, cp);
	eg = nfvs_egress_get(cp->dest, cp->method);
	if (!eg) {
		nfvs_tell_host_unreach(pkt);
		return drop(pkt, NFVS_C_DROP_NO_ROUTE);
	}
	if (eg->is_local)
		return keep_local(pkt, inner, cp, eg);
	return send_remote(pkt, inner, cp, eg);
}

/*
 * The sender of a packet dropped at LOCAL_OUT would be told -EPERM. It was not
 * forbidden to send, it lost a packet on the way: as with IPVS it is not told.
 */
static enum nfvs_verdict conceal(struct nfvs_pkt *pkt, enum nfvs_verdict verdict)
{
	if (verdict != NFVS_DROP || pkt->hook != NF_INET_LOCAL_OUT)
		return verdict;
	kfree_skb(pkt->skb);
	return NFVS_STOLEN;
}

enum nfvs_verdict nfvs_xmit(struct nfvs_pkt *pkt, struct nfvs_conn *cp)
{
	return conceal(pkt, transmit(pkt, NULL, cp));
}

enum nfvs_verdict nfvs_xmit_icmp(struct nfvs_pkt *outer, const struct nfvs_pkt *inner,
				 struct nfvs_conn *cp)
{
	return conceal(outer, transmit(outer, inner, cp));
}
