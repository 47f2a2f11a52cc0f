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
#include "conn_find.h"
#include "dest.h"
#include "ingress.h"
#include "lease.h"
#include "nat_rewrite.h"
#include "net.h"
#include "proto.h"
#include "route.h"
#include "stats.h"
#include "xmit.h"

#include <linux/nf_vs.h>

/**
 * struct flight - a packet on its way through
 * @skb: the packet; headers are linear, skb->data is at the network header
 * @in: device it came in by
 * @cp: its connection
 * @dest: the connection's
 * @eg: requests: egress of @dest
 * @dst: route out
 * @dev: its device; the route may be given another one at any time
 * @neigh: next hop
 * @hash: of its tuple
 * @overhead: bytes of a tunnel's header
 * @proto: IPPROTO_TCP or IPPROTO_UDP
 *
 * Each step exists once, as an inline function that is told the family and the
 * direction: constants where the hook function calls them, so that each of the
 * four ways has only its own instructions.
 */
struct flight {
	struct sk_buff			*skb;
	const struct nfvs_ingress	*in;
	struct nfvs_conn		*cp;
	struct nfvs_dest		*dest;
	const struct nfvs_egress	*eg;
	struct dst_entry		*dst;
	struct net_device		*dev;
	struct neighbour		*neigh;
	u32				hash;
	unsigned int			overhead;
	u8				proto;
};

/* Refusals are counted, so that an operator sees why packets are not fast. */
static noinline bool refuse(struct nfvs_net *nn, enum nfvs_counter reason)
{
	nfvs_count(nn, reason);
	return false;
}

/* Linear up to len. */
static __always_inline bool has_head(struct sk_buff *skb, unsigned int len)
{
	if (likely(skb_headlen(skb) >= len))
		return true;
	return !skb_shared(skb) && pskb_may_pull(skb, len);
}

/*
 * For us, as it came from the wire, and not by a device that belongs to another. What tc
 * has given to a socket is for that one; as a reply the stack would not forward it.
 */
static __always_inline bool is_plain_skb(struct sk_buff *skb)
{
	const struct net_device *dev = skb->dev;

	return skb->pkt_type == PACKET_HOST && !skb_vlan_tag_present(skb) &&
	       !(skb->_nfct | skb->_skb_refdst | skb->mark) && !skb_sk_is_prefetched(skb) &&
	       !nfvs_skb_is_done(skb) && !skb_sec_path(skb) &&
	       !rcu_access_pointer(dev->rx_handler) && !netif_is_l3_slave(dev);
}

/* Padding is not part of the packet. */
static noinline bool trim(struct sk_buff *skb, unsigned int len)
{
	if (skb->len < len || (skb_shared(skb) && skb_is_nonlinear(skb)))
		return false;
	return !pskb_trim_rcsum(skb, len);
}

static __always_inline unsigned int l3_len(bool is_v6)
{
	return is_v6 ? sizeof(struct ipv6hdr) : sizeof(struct iphdr);
}

static __always_inline unsigned int l4_len(u8 proto)
{
	return proto == IPPROTO_TCP ? sizeof(struct tcphdr) : sizeof(struct udphdr);
}

/* Both ports, as they lie in the packet. */
static __always_inline __be32 ports_of(const struct sk_buff *skb, bool is_v6)
{
	return *(const __be32 *)(skb->data + l3_len(is_v6));
}

static __always_inline bool is_plain4(struct sk_buff *skb, u8 proto)
{
	const struct iphdr *iph = (struct iphdr *)skb->data;
	unsigned int len = ntohs(iph->tot_len);

	return iph->version == 4 && iph->ihl == 5 && iph->ttl > 1 && !ip_is_fragment(iph) &&
	       len >= sizeof(*iph) + l4_len(proto) && !ip_fast_csum(iph, 5) &&
	       (likely(skb->len == len) || trim(skb, len));
}

static __always_inline bool is_plain6(struct sk_buff *skb, u8 proto)
{
	const struct ipv6hdr *iph = (struct ipv6hdr *)skb->data;
	unsigned int len = ntohs(iph->payload_len);

	return iph->version == 6 && iph->hop_limit > 1 && len >= l4_len(proto) &&
	       (likely(skb->len == sizeof(*iph) + len) || trim(skb, sizeof(*iph) + len));
}

/* What leaves an open connection as it is: without any of these flags it ends. */
static __always_inline bool is_plain_tcp(u8 flags)
{
	return (flags & (NFVS_TCP_NOT_FAST | NFVS_TCP_ACK)) == NFVS_TCP_ACK;
}

/* No options, no fragment, nothing odd, and nothing that opens or closes. */
static __always_inline bool is_plain(struct flight *f, bool is_v6)
{
	struct nfvs_net *nn = f->in->nn;
	struct sk_buff *skb = f->skb;

	if (unlikely(!is_plain_skb(skb)))
		return refuse(nn, NFVS_C_REFUSED_SKB);
	if (unlikely(!has_head(skb, l3_len(is_v6) + l4_len(f->proto)) ||
		     !(is_v6 ? is_plain6(skb, f->proto) : is_plain4(skb, f->proto))))
		return refuse(nn, NFVS_C_REFUSED_HEADER);
	if (f->proto == IPPROTO_TCP &&
	    !is_plain_tcp(skb->data[l3_len(is_v6) + NFVS_TCP_FLAGS_BYTE]))
		return refuse(nn, NFVS_C_REFUSED_TCP_FLAGS);
	return true;
}

/* The state in which plain packets change nothing. */
static __always_inline u32 steady_word(u8 proto)
{
	return proto == IPPROTO_TCP ? NFVS_TCP_ESTABLISHED : NFVS_UDP_NORMAL;
}

static __always_inline u32 steady_timeout(const struct nfvs_net *nn, u8 proto)
{
	return proto == IPPROTO_TCP ? READ_ONCE(nn->timeouts.tcp[NFVS_TCP_ESTABLISHED]) :
				      READ_ONCE(nn->timeouts.udp[NFVS_UDP_NORMAL]);
}

static __always_inline bool is_admitted(struct flight *f, enum nfvs_dir dir)
{
	struct nfvs_net *nn = f->in->nn;
	struct nfvs_conn *cp = f->cp;
	u32 lease, idle;

	/* The dead are hardly ever found, but to ask for them, too, costs nothing here. */
	if (unlikely((READ_ONCE(cp->word) & (NFVS_CW_STATE | NFVS_CW_DEAD)) !=
		     steady_word(f->proto)))
		return refuse(nn, NFVS_C_REFUSED_STATE);
	/* First: who sees the end of a silence sees no lease from before it. */
	idle = nfvs_conn_idle(cp);
	lease = READ_ONCE(cp->lease[dir]);
	if (unlikely(!nfvs_lease_runs(lease, READ_ONCE(nn->lease))))
		return refuse(nn, NFVS_C_REFUSED_LEASE);
	if (unlikely(nfvs_lease_id(lease) != f->in->id))
		return refuse(nn, lease ? NFVS_C_REFUSED_DEVICE : NFVS_C_REFUSED_LEASE);

	/* As nfvs_conn_is_over() and nfvs_conn_touch(). */
	if (unlikely(idle >= HZ)) {
		if (idle > steady_timeout(nn, f->proto) + HZ)
			return refuse(nn, NFVS_C_REFUSED_STATE);
		/* It may have ended long ago: lease.h. */
		if (idle > READ_ONCE(nn->lease) + HZ)
			return refuse(nn, NFVS_C_REFUSED_LEASE);
		nfvs_conn_touch_late(cp);
	}
	return likely(nfvs_dest_is_available(f->dest)) || refuse(nn, NFVS_C_REFUSED_STATE);
}

static __always_inline bool find_route(struct flight *f, enum nfvs_dir dir)
{
	struct nfvs_net *nn = f->in->nn;
	const struct nfvs_way *way;

	if (dir == NFVS_DIR_IN) {
		f->eg = rcu_dereference(f->dest->egress[f->cp->method]);
		if (unlikely(!f->eg || !f->eg->is_plain || !dst_check(f->eg->dst, f->eg->cookie)))
			return refuse(nn, NFVS_C_REFUSED_ROUTE);
		f->dst = f->eg->dst;
		f->dev = READ_ONCE(f->dst->dev);
		f->overhead = f->eg->overhead;
		return true;
	}
	way = nfvs_way_get(&nn->fast->ways, READ_ONCE(f->cp->way));
	if (unlikely(!way || !dst_check(way->dst, way->cookie)))
		return refuse(nn, NFVS_C_REFUSED_ROUTE);
	f->dst = way->dst;
	f->dev = READ_ONCE(f->dst->dev);
	f->overhead = 0;
	return true;
}

static __always_inline unsigned int mtu_of(const struct dst_entry *dst, bool is_v6)
{
	return is_v6 ? dst_mtu(dst) : ip_dst_mtu_maybe_forward(dst, false);
}

static noinline bool fits_in_segments(const struct sk_buff *skb, unsigned int overhead,
				      unsigned int mtu)
{
	return skb_is_gso(skb) && skb->len + overhead <= IP_MAX_MTU && mtu > overhead &&
	       skb_gso_validate_network_len(skb, mtu - overhead);
}

/* A next hop of the other family is left to the stack. */
static __always_inline struct neighbour *find_neigh4(const struct flight *f, __be32 daddr)
{
	const struct rtable *rt = container_of(f->dst, struct rtable, dst);

	if (rt->rt_gw_family == AF_INET)
		daddr = rt->rt_gw4;
	else if (rt->rt_gw_family)
		return NULL;
	return __ipv4_neigh_lookup_noref(f->dev, (__force u32)daddr);
}

static __always_inline struct neighbour *find_neigh6(const struct flight *f,
						     const struct in6_addr *daddr)
{
	const struct rt6_info *rt = container_of(f->dst, struct rt6_info, dst);

	return __ipv6_neigh_lookup_noref(f->dev, rt6_nexthop(rt, daddr));
}

/* to_v6: family of the way out, which with tunnels may be another. */
static __always_inline bool find_neigh(struct flight *f, bool to_v6, enum nfvs_dir dir)
{
	const union nf_inet_addr *server = &f->dest->key.addr;
	void *head = f->skb->data;

	if (to_v6)
		f->neigh = find_neigh6(f, dir == NFVS_DIR_IN ? &server->in6 :
						&((struct ipv6hdr *)head)->daddr);
	else
		f->neigh = find_neigh4(f, dir == NFVS_DIR_IN ? server->ip :
						((struct iphdr *)head)->daddr);
	return likely(f->neigh && READ_ONCE(f->neigh->nud_state) & NUD_VALID);
}

/* Room for what comes in front, headers that may be written to. */
static __always_inline bool make_writable(const struct flight *f, bool is_v6)
{
	struct sk_buff *skb = f->skb;
	unsigned int room = LL_RESERVED_SPACE(f->dev) + f->overhead;

	if (likely(skb_headroom(skb) >= room &&
		   (!skb_cloned(skb) ||
		    skb_clone_writable(skb, l3_len(is_v6) + l4_len(f->proto)))))
		return true;
	return !skb_shared(skb) && !skb_cow(skb, room);
}

/* The last question; from here on the packet is ours. */
static __always_inline bool may_fly(struct flight *f, bool is_v6, enum nfvs_dir dir)
{
	struct nfvs_net *nn = f->in->nn;
	unsigned int mtu;
	bool to_v6;

	f->dest = f->cp->dest;
	if (!is_admitted(f, dir) || !find_route(f, dir))
		return false;
	/* Where GSO packets are cut; what the stack would set itself. */
	skb_set_transport_header(f->skb, l3_len(is_v6));
	to_v6 = f->dest->key.af == AF_INET6;
	mtu = mtu_of(f->dst, to_v6);
	if (unlikely(f->skb->len + f->overhead > mtu) && !fits_in_segments(f->skb, f->overhead, mtu))
		return refuse(nn, NFVS_C_REFUSED_MTU);
	if (!find_neigh(f, to_v6, dir))
		return refuse(nn, NFVS_C_REFUSED_NEIGH);
	return make_writable(f, is_v6) || refuse(nn, NFVS_C_REFUSED_SKB);
}

/* The fields that the stack would have set, and that devices look at. */
static __always_inline void dress(const struct flight *f)
{
	struct sk_buff *skb = f->skb;

	skb_orphan(skb);
	skb_forward_csum(skb);
	skb_clear_tstamp(skb);
	skb_reset_redirect(skb);
	nfvs_skb_set_done(skb);
	nf_ct_set(skb, NULL, IP_CT_UNTRACKED);
	memset(skb->cb, 0, sizeof(struct inet6_skb_parm));
	skb_dst_set_noref(skb, f->dst);
}

static __always_inline void rewrite(const struct flight *f, bool is_v6, enum nfvs_dir dir)
{
	enum nfvs_nat_end end = dir == NFVS_DIR_IN ? NFVS_NAT_DST : NFVS_NAT_SRC;
	const struct nfvs_conn *cp = f->cp;
	__be16 port = dir == NFVS_DIR_IN ? nfvs_conn_dport(cp) : cp->vport;

	if (is_v6)
		nfvs_rewrite6(f->skb, l3_len(true), f->proto, end,
			      dir == NFVS_DIR_IN ? &f->dest->key.addr.in6 : &cp->addr6.vaddr, port);
	else
		nfvs_rewrite4(f->skb, l3_len(false), f->proto, end,
			      dir == NFVS_DIR_IN ? f->dest->key.addr.ip : cp->addr4.vaddr, port);
}

static __always_inline void decrease_ttl(struct sk_buff *skb, bool is_v6)
{
	if (is_v6)
		((struct ipv6hdr *)skb->data)->hop_limit--;
	else
		ip_decrease_ttl((struct iphdr *)skb->data);
}

static __always_inline unsigned int fly(const struct flight *f, bool is_v6, enum nfvs_dir dir)
{
	struct sk_buff *skb = f->skb;

	if (dir == NFVS_DIR_IN)
		nfvs_stats_fast_in(f->dest->stats, skb->len);
	else
		nfvs_stats_fast_out(f->dest->stats, skb->len);
	decrease_ttl(skb, is_v6);
	/* As ip_forward(), through which replies go otherwise. */
	if (dir == NFVS_DIR_OUT && !is_v6)
		skb->priority = rt_tos2priority(((struct iphdr *)skb->data)->tos);
	dress(f);
	if (dir == NFVS_DIR_OUT || f->cp->method == NFVS_METHOD_NAT) {
		rewrite(f, is_v6, dir);
	} else if (f->overhead && !nfvs_tun_encap(skb, f->in->nn,
						  is_v6 ? AF_INET6 : AF_INET, f->dest, f->eg)) {
		nfvs_drop(f->in->nn, skb, NFVS_C_DROP_NO_MEMORY);
		return NF_DROP;
	}
	skb->dev = f->dev;
	neigh_output(f->neigh, skb, false);
	return NF_STOLEN;
}

static __always_inline struct nfvs_conn *peek(struct flight *f, bool is_v6, enum nfvs_dir dir)
{
	__be32 ports = ports_of(f->skb, is_v6);
	const void *head = f->skb->data;

	return is_v6 ? nfvs_conn_peek6(f->in->nn, head, ports, dir, &f->hash) :
		       nfvs_conn_peek4(f->in->nn, head, ports, dir, &f->hash);
}

/* The stack will look for it once more. */
static __always_inline unsigned int leave(const struct flight *f, bool is_v6)
{
	__be32 ports = ports_of(f->skb, is_v6);
	const void *head = f->skb->data;

	if (is_v6)
		nfvs_conn_note6(f->in->nn, head, ports, f->hash);
	else
		nfvs_conn_note4(f->in->nn, head, ports, f->hash);
	return NF_ACCEPT;
}

static __always_inline bool may_be_request(const struct nfvs_fast *fast, const void *head,
					   bool is_v6)
{
	const struct ipv6hdr *ip6 = head;
	const struct iphdr *ip4 = head;

	return nfvs_filter_has(&fast->filter, is_v6 ?
			       nfvs_filter_hash6(NFVS_FILTER_VIRTUAL, &ip6->daddr) :
			       nfvs_filter_hash4(NFVS_FILTER_VIRTUAL, ip4->daddr));
}

static __always_inline bool may_be_reply(const struct nfvs_fast *fast, const void *head,
					 bool is_v6)
{
	return is_v6 ? nfvs_may_be_reply6(fast, head) : nfvs_may_be_reply4(fast, head);
}

/*
 * An address may be a virtual one and a real server's. What only comes from a
 * real server and is of no connection is none of ours, and not counted.
 */
static __always_inline unsigned int forward(struct flight *f, bool is_v6, bool is_request)
{
	f->proto = is_v6 ? ((struct ipv6hdr *)f->skb->data)->nexthdr :
			   ((struct iphdr *)f->skb->data)->protocol;
	if (f->proto != IPPROTO_TCP && f->proto != IPPROTO_UDP)
		return NF_ACCEPT;
	if (!is_plain(f, is_v6))
		return NF_ACCEPT;

	if (is_request) {
		f->cp = peek(f, is_v6, NFVS_DIR_IN);
		if (f->cp)
			return may_fly(f, is_v6, NFVS_DIR_IN) ? fly(f, is_v6, NFVS_DIR_IN) :
								leave(f, is_v6);
	}
	if (may_be_reply(f->in->nn->fast, f->skb->data, is_v6)) {
		f->cp = peek(f, is_v6, NFVS_DIR_OUT);
		if (f->cp)
			return may_fly(f, is_v6, NFVS_DIR_OUT) ? fly(f, is_v6, NFVS_DIR_OUT) :
								 leave(f, is_v6);
	}
	if (!is_request)
		return NF_ACCEPT;
	nfvs_count(f->in->nn, NFVS_C_REFUSED_NEW);
	return leave(f, is_v6);
}

static noinline unsigned int forward4(const struct nfvs_ingress *in, struct sk_buff *skb,
				      bool is_request)
{
	struct flight f;

	f.in = in;
	f.skb = skb;
	return forward(&f, false, is_request);
}

static noinline unsigned int forward6(const struct nfvs_ingress *in, struct sk_buff *skb,
				      bool is_request)
{
	struct flight f;

	f.in = in;
	f.skb = skb;
	return forward(&f, true, is_request);
}

/* Most of a router's packets have to do with no service: they cost no more than this. */
static __always_inline unsigned int filter(const struct nfvs_ingress *in, struct sk_buff *skb,
					   bool is_v6)
{
	const struct nfvs_fast *fast = in->nn->fast;
	bool is_request;

	if (unlikely(!has_head(skb, l3_len(is_v6))))
		return NF_ACCEPT;
	is_request = may_be_request(fast, skb->data, is_v6);
	if (!is_request && !may_be_reply(fast, skb->data, is_v6))
		return NF_ACCEPT;
	return is_v6 ? forward6(in, skb, is_request) : forward4(in, skb, is_request);
}

unsigned int nfvs_fastpath(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	const struct nfvs_ingress *in = priv;

	if (unlikely(!READ_ONCE(in->nn->lease)))
		return NF_ACCEPT;
	switch (skb->protocol) {
	case htons(ETH_P_IP):
		return filter(in, skb, false);
	case htons(ETH_P_IPV6):
		return filter(in, skb, true);
	default:
		return NF_ACCEPT;
	}
}
