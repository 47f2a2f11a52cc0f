// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ingress hook. Softirq or BH off, RCU read side, any number of CPUs.
 *
 * It forwards a packet or leaves it untouched to the stack, which knows what to
 * do with everything that is not plain: whatever is refused here has no other
 * consequence than that it costs more. Nothing but padding changes in a packet
 * before all that could refuse it has been asked.
 *
 * Shared skbs (skb->users > 1) are taken as they come, as nf_flow_table and
 * act_mirred take them: at this point other holders only wait for the end. What
 * would have to reallocate such an skb refuses it.
 */
#include "fastpath.h"

#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/arp.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/ndisc.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/route.h>

#include "compat.h"
#include "conn.h"
#include "dest.h"
#include "ingress.h"
#include "lease.h"
#include "nat.h"
#include "net.h"
#include "proto.h"
#include "route.h"
#include "stats.h"
#include "xmit.h"

#include <linux/nf_vs.h>

/**
 * struct flight - a packet on its way through
 * @pkt: the parsed packet; its skb is all that the first steps have
 * @in: device it came in by
 * @cp: its connection
 * @dir: its direction
 * @dst: route out
 * @neigh: next hop
 * @eg: requests: egress of the destination
 * @overhead: bytes of a tunnel's header
 */
struct flight {
	struct nfvs_pkt			pkt;
	const struct nfvs_ingress	*in;
	struct nfvs_conn		*cp;
	enum nfvs_dir			dir;
	struct dst_entry		*dst;
	struct neighbour		*neigh;
	const struct nfvs_egress	*eg;
	unsigned int			overhead;
};

/* Refusals: counted, so that an operator sees why packets are not fast. */
static bool refuse(struct nfvs_net *nn, enum nfvs_counter reason)
{
	nfvs_count(nn, reason);
	return false;
}

/* Linear up to len. */
static bool has_head(struct sk_buff *skb, unsigned int len)
{
	if (likely(skb_headlen(skb) >= len))
		return true;
	return !skb_shared(skb) && pskb_may_pull(skb, len);
}

/* For us, as it came from the wire, and not by a device that belongs to another. */
static bool is_plain_skb(struct sk_buff *skb)
{
	const struct net_device *dev = skb->dev;

	return skb->pkt_type == PACKET_HOST && !skb->mark && !skb_vlan_tag_present(skb) &&
	       !skb->_nfct && !skb->_skb_refdst && !skb_sk_is_prefetched(skb) &&
	       !nfvs_skb_is_done(skb) && !skb_sec_path(skb) && !rcu_access_pointer(dev->rx_handler) &&
	       !netif_is_l3_slave(dev);
}

/* Padding is not part of the packet. */
static bool trim(struct sk_buff *skb, unsigned int len)
{
	if (likely(skb->len == len))
		return true;
	if (skb->len < len || (skb_shared(skb) && skb_is_nonlinear(skb)))
		return false;
	return !pskb_trim_rcsum(skb, len);
}

static bool parse_l4(struct nfvs_pkt *pkt)
{
	const struct sk_buff *skb = pkt->skb;
	const struct tcphdr *th = (void *)(skb->data + pkt->l4off);

	pkt->sport = th->source;
	pkt->dport = th->dest;
	if (pkt->proto == IPPROTO_UDP)
		return true;
	pkt->tcp_flags = ((const u8 *)th)[NFVS_TCP_FLAGS_BYTE];
	return !(pkt->tcp_flags & NFVS_TCP_NOT_FAST) ||
	       refuse(pkt->nn, NFVS_C_REFUSED_TCP_FLAGS);
}

static unsigned int l4_len(u8 proto)
{
	return proto == IPPROTO_TCP ? sizeof(struct tcphdr) : sizeof(struct udphdr);
}

static bool is_balanced(u8 proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP;
}

static bool parse4(struct nfvs_pkt *pkt)
{
	struct sk_buff *skb = pkt->skb;
	const struct iphdr *iph = (struct iphdr *)skb->data;

	pkt->l4off = sizeof(*iph);
	if (iph->version != 4 || iph->ihl != 5 || iph->ttl <= 1 || ip_is_fragment(iph) ||
	    !has_head(skb, sizeof(*iph) + l4_len(pkt->proto)))
		return refuse(pkt->nn, NFVS_C_REFUSED_HEADER);
	iph = (struct iphdr *)skb->data;
	if (ntohs(iph->tot_len) < sizeof(*iph) + l4_len(pkt->proto) ||
	    ip_fast_csum(iph, 5) || !trim(skb, ntohs(iph->tot_len)))
		return refuse(pkt->nn, NFVS_C_REFUSED_HEADER);
	return parse_l4(pkt);
}

static bool parse6(struct nfvs_pkt *pkt)
{
	struct sk_buff *skb = pkt->skb;
	const struct ipv6hdr *iph = (struct ipv6hdr *)skb->data;

	pkt->l4off = sizeof(*iph);
	if (iph->version != 6 || iph->hop_limit <= 1 ||
	    !has_head(skb, sizeof(*iph) + l4_len(pkt->proto)))
		return refuse(pkt->nn, NFVS_C_REFUSED_HEADER);
	iph = (struct ipv6hdr *)skb->data;
	if (ntohs(iph->payload_len) < l4_len(pkt->proto) ||
	    !trim(skb, sizeof(*iph) + ntohs(iph->payload_len)))
		return refuse(pkt->nn, NFVS_C_REFUSED_HEADER);
	return parse_l4(pkt);
}

/*
 * Finds the connection. Only what goes to a virtual address, or comes from a
 * real server and belongs to a connection, is counted when it is refused.
 */
static bool find_conn(struct flight *f, bool is_virtual, bool is_real)
{
	struct nfvs_tuple t = {
		.nn	= f->pkt.nn,
		.src	= &f->pkt.saddr,
		.dst	= &f->pkt.daddr,
		.sport	= f->pkt.sport,
		.dport	= f->pkt.dport,
		.proto	= f->pkt.proto,
		.is_v6	= f->pkt.af == AF_INET6,
	};

	if (is_virtual) {
		f->dir = NFVS_DIR_IN;
		f->cp = nfvs_conn_peek(&t);
		if (f->cp)
			return true;
	}
	if (is_real) {
		f->dir = NFVS_DIR_OUT;
		f->cp = nfvs_conn_peek_reply(&t);
		if (f->cp)
			return true;
	}
	if (is_virtual)
		nfvs_count(f->pkt.nn, NFVS_C_REFUSED_NEW);
	return false;
}

/* Nothing in a plain packet changes these states. */
static u32 steady_word(u8 proto)
{
	return proto == IPPROTO_TCP ? NFVS_TCP_ESTABLISHED : NFVS_UDP_NORMAL;
}

/* As nfvs_conn_is_over() has it. */
static bool is_expired(const struct nfvs_net *nn, const struct nfvs_conn *cp)
{
	u32 timeout = cp->proto == IPPROTO_TCP ? READ_ONCE(nn->timeouts.tcp[NFVS_TCP_ESTABLISHED]) :
						 READ_ONCE(nn->timeouts.udp[NFVS_UDP_NORMAL]);

	return nfvs_conn_idle(cp) > timeout + HZ;
}

static bool is_admitted(struct flight *f)
{
	struct nfvs_net *nn = f->pkt.nn;
	const struct nfvs_conn *cp = f->cp;

	if ((READ_ONCE(cp->word) & (NFVS_CW_STATE | NFVS_CW_DEAD)) != steady_word(f->pkt.proto))
		return refuse(nn, NFVS_C_REFUSED_STATE);
	if (!nfvs_lease_runs(cp, f->dir, READ_ONCE(nn->lease)))
		return refuse(nn, NFVS_C_REFUSED_LEASE);
	/* Partner: lease.c. */
	smp_rmb();
	if (READ_ONCE(cp->lease_dev[f->dir]) != f->in->id)
		return refuse(nn, NFVS_C_REFUSED_DEVICE);
	if (is_expired(nn, cp) || !nfvs_dest_is_available(cp->dest))
		return refuse(nn, NFVS_C_REFUSED_STATE);
	return true;
}

static bool find_route(struct flight *f)
{
	const struct nfvs_egress *eg;
	const struct nfvs_way *way;

	if (f->dir == NFVS_DIR_IN) {
		eg = rcu_dereference(f->cp->dest->egress[f->cp->method]);
		if (!eg || !eg->is_plain || !dst_check(eg->dst, eg->cookie))
			return refuse(f->pkt.nn, NFVS_C_REFUSED_ROUTE);
		f->eg = eg;
		f->dst = eg->dst;
		f->overhead = eg->overhead;
		return true;
	}
	way = nfvs_way_get(&f->pkt.nn->fast->ways, READ_ONCE(f->cp->way));
	if (!way || !dst_check(way->dst, way->cookie))
		return refuse(f->pkt.nn, NFVS_C_REFUSED_ROUTE);
	f->dst = way->dst;
	f->overhead = 0;
	return true;
}

static bool fits(const struct flight *f)
{
	const struct sk_buff *skb = f->pkt.skb;
	unsigned int mtu = dst_mtu(f->dst);

	mtu = mtu > f->overhead ? mtu - f->overhead : 0;
	if (likely(skb->len <= mtu))
		return true;
	return skb_is_gso(skb) && skb->len + f->overhead <= IP_MAX_MTU &&
	       skb_gso_validate_network_len(skb, mtu);
}

/* A next hop of the other family is left to the stack. */
static struct neighbour *find_neigh4(const struct dst_entry *dst, __be32 daddr)
{
	const struct rtable *rt = container_of(dst, struct rtable, dst);

	if (rt->rt_gw_family == AF_INET)
		daddr = rt->rt_gw4;
	else if (rt->rt_gw_family)
		return NULL;
	return __ipv4_neigh_lookup_noref(dst->dev, (__force u32)daddr);
}

static struct neighbour *find_neigh6(const struct dst_entry *dst, const struct in6_addr *daddr)
{
	const struct rt6_info *rt = container_of(dst, struct rt6_info, dst);

	return __ipv6_neigh_lookup_noref(dst->dev, rt6_nexthop(rt, daddr));
}

static bool find_neigh(struct flight *f)
{
	const struct nfvs_dest *dest = f->cp->dest;
	const union nf_inet_addr *to;

	to = f->dir == NFVS_DIR_IN ? &dest->key.addr : &f->pkt.daddr;
	if (dest->key.af == AF_INET6)
		f->neigh = find_neigh6(f->dst, &to->in6);
	else
		f->neigh = find_neigh4(f->dst, to->ip);
	return f->neigh && READ_ONCE(f->neigh->nud_state) & NUD_VALID;
}

/* Room for what comes in front, headers that may be written to. */
static bool make_writable(const struct flight *f)
{
	struct sk_buff *skb = f->pkt.skb;
	unsigned int room = LL_RESERVED_SPACE(f->dst->dev) + f->overhead;

	if (likely(skb_headroom(skb) >= room &&
		   (!skb_cloned(skb) ||
		    skb_clone_writable(skb, f->pkt.l4off + l4_len(f->pkt.proto)))))
		return true;
	return !skb_shared(skb) && !skb_cow(skb, room);
}

static void decrease_ttl(struct nfvs_pkt *pkt)
{
	if (pkt->af == AF_INET6)
		((struct ipv6hdr *)pkt->skb->data)->hop_limit--;
	else
		ip_decrease_ttl((struct iphdr *)pkt->skb->data);
}

/* The fields that the stack would have set, and that devices look at. */
static void dress(const struct flight *f)
{
	struct sk_buff *skb = f->pkt.skb;

	skb_orphan(skb);
	skb_forward_csum(skb);
	skb_clear_tstamp(skb);
	nfvs_skb_set_done(skb);
	nf_ct_set(skb, NULL, IP_CT_UNTRACKED);
	memset(skb->cb, 0, sizeof(struct inet6_skb_parm));
	skb_dst_set_noref(skb, f->dst);
}

static bool rewrite(struct flight *f)
{
	if (f->cp->method == NFVS_METHOD_DR)
		return true;
	if (f->dir == NFVS_DIR_OUT)
		return nfvs_nat_reply(&f->pkt, f->cp);
	if (f->cp->method == NFVS_METHOD_NAT)
		return nfvs_nat_request(&f->pkt, f->cp);
	return nfvs_tun_encap(&f->pkt, f->cp->dest, f->eg);
}

static void account(const struct flight *f)
{
	struct nfvs_dest *dest = f->cp->dest;

	nfvs_conn_touch(f->cp);
	if (f->dir == NFVS_DIR_IN)
		nfvs_stats_fast_in(dest->stats, f->pkt.skb->len);
	else
		nfvs_stats_fast_out(dest->stats, f->pkt.skb->len);
}

static unsigned int fly(struct flight *f)
{
	struct sk_buff *skb = f->pkt.skb;

	account(f);
	decrease_ttl(&f->pkt);
	dress(f);
	if (!rewrite(f)) {
		nfvs_drop(f->pkt.nn, skb, NFVS_C_DROP_NO_MEMORY);
		return NF_DROP;
	}
	skb->dev = f->dst->dev;
	neigh_output(f->neigh, skb, false);
	return NF_STOLEN;
}

static bool may_fly(struct flight *f)
{
	struct nfvs_net *nn = f->pkt.nn;

	if (!is_admitted(f) || !find_route(f))
		return false;
	/* Where GSO packets are cut; what the stack would set itself. */
	skb_set_transport_header(f->pkt.skb, f->pkt.l4off);
	if (!fits(f))
		return refuse(nn, NFVS_C_REFUSED_MTU);
	if (!find_neigh(f))
		return refuse(nn, NFVS_C_REFUSED_NEIGH);
	return make_writable(f) || refuse(nn, NFVS_C_REFUSED_SKB);
}

static unsigned int fast4(const struct nfvs_ingress *in, struct sk_buff *skb)
{
	struct nfvs_net *nn = in->nn;
	const struct nfvs_addr_filter *filter = &nn->fast->filter;
	bool is_virtual, is_real;
	const struct iphdr *iph;
	struct flight f;

	if (!has_head(skb, sizeof(*iph)))
		return NF_ACCEPT;
	iph = (struct iphdr *)skb->data;
	is_virtual = nfvs_filter_has(filter, nfvs_filter_hash4(NFVS_FILTER_VIRTUAL, iph->daddr));
	is_real = nfvs_filter_has(filter, nfvs_filter_hash4(NFVS_FILTER_REAL, iph->saddr));
	if ((!is_virtual && !is_real) || !is_balanced(iph->protocol))
		return NF_ACCEPT;

	f.in = in;
	f.pkt.skb = skb;
	f.pkt.nn = nn;
	f.pkt.net = nn->net;
	f.pkt.af = AF_INET;
	f.pkt.proto = iph->protocol;
	f.pkt.saddr.ip = iph->saddr;
	f.pkt.daddr.ip = iph->daddr;
	f.pkt.l3off = 0;
	if (!is_plain_skb(skb)) {
		nfvs_count(nn, NFVS_C_REFUSED_SKB);
		return NF_ACCEPT;
	}
	if (!parse4(&f.pkt) || !find_conn(&f, is_virtual, is_real) || !may_fly(&f))
		return NF_ACCEPT;
	return fly(&f);
}

static unsigned int fast6(const struct nfvs_ingress *in, struct sk_buff *skb)
{
	struct nfvs_net *nn = in->nn;
	const struct nfvs_addr_filter *filter = &nn->fast->filter;
	bool is_virtual, is_real;
	const struct ipv6hdr *iph;
	struct flight f;

	if (!has_head(skb, sizeof(*iph)))
		return NF_ACCEPT;
	iph = (struct ipv6hdr *)skb->data;
	is_virtual = nfvs_filter_has(filter, nfvs_filter_hash6(NFVS_FILTER_VIRTUAL, &iph->daddr));
	is_real = nfvs_filter_has(filter, nfvs_filter_hash6(NFVS_FILTER_REAL, &iph->saddr));
	if ((!is_virtual && !is_real) || !is_balanced(iph->nexthdr))
		return NF_ACCEPT;

	f.in = in;
	f.pkt.skb = skb;
	f.pkt.nn = nn;
	f.pkt.net = nn->net;
	f.pkt.af = AF_INET6;
	f.pkt.proto = iph->nexthdr;
	f.pkt.saddr.in6 = iph->saddr;
	f.pkt.daddr.in6 = iph->daddr;
	f.pkt.l3off = 0;
	if (!is_plain_skb(skb)) {
		nfvs_count(nn, NFVS_C_REFUSED_SKB);
		return NF_ACCEPT;
	}
	if (!parse6(&f.pkt) || !find_conn(&f, is_virtual, is_real) || !may_fly(&f))
		return NF_ACCEPT;
	return fly(&f);
}

unsigned int nfvs_fastpath(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	const struct nfvs_ingress *in = priv;

	if (!READ_ONCE(in->nn->lease))
		return NF_ACCEPT;
	switch (skb->protocol) {
	case htons(ETH_P_IP):
		return fast4(in, skb);
	case htons(ETH_P_IPV6):
		return fast6(in, skb);
	default:
		return NF_ACCEPT;
	}
}
