// SPDX-License-Identifier: GPL-2.0-only
/*
 * The precomputed way to a destination.
 *
 * A destination keeps an egress per method: after a change of its method the
 * connections made with the old one go on beside the new ones. Routes over a
 * device that is going down get one that is not kept: it is queued for freeing
 * at once and lasts as long as the caller's RCU section.
 */
#include "route.h"

#include <linux/ipv6.h>
#include <linux/slab.h>
#include <net/addrconf.h>
#include <net/ip6_route.h>
#include <net/route.h>
#include <net/xfrm.h>

#include "dest.h"
#include "net.h"
#include "packet.h"

#include <linux/nf_vs.h>

static struct kmem_cache *egress_cache;

static void egress_free(struct nfvs_egress *eg)
{
	dst_release(eg->dst);
	pr_debug("egress %p destroyed\n", eg);
	kmem_cache_free(egress_cache, eg);
}

static void egress_free_rcu(struct rcu_head *head)
{
	egress_free(container_of(head, struct nfvs_egress, rcu));
}

static void egress_retire(struct nfvs_egress *eg)
{
	if (eg)
		call_rcu(&eg->rcu, egress_free_rcu);
}

/*
 * The outer source of tunnels is the address the kernel would choose; asking a
 * second time with it lets rules on the source address pick the route.
 */
static struct dst_entry *bind_source4(struct net *net, struct rtable *rt, struct flowi4 *fl4)
{
	struct flowi4 bound = { .daddr = fl4->daddr, .saddr = fl4->saddr };

	ip_rt_put(rt);
	rt = ip_route_output_key(net, &bound);
	return IS_ERR(rt) ? NULL : &rt->dst;
}

/*
 * DR sends a packet whose destination is not the next hop: KNOWN_NH makes the
 * route name the server as its gateway.
 */
static struct dst_entry *find_route4(struct nfvs_egress *eg, struct net *net,
				     const union nf_inet_addr *daddr)
{
	struct flowi4 fl4 = { .daddr = daddr->ip };
	struct rtable *rt;

	if (eg->method == NFVS_METHOD_DR)
		fl4.flowi4_flags = FLOWI_FLAG_KNOWN_NH;
	rt = ip_route_output_key(net, &fl4);
	if (IS_ERR(rt))
		return NULL;
	eg->is_local = rt->rt_flags & RTCF_LOCAL;
	eg->saddr.ip = fl4.saddr;
	if (eg->method != NFVS_METHOD_TUN || eg->is_local)
		return &rt->dst;
	eg->overhead = sizeof(struct iphdr);
	return bind_source4(net, rt, &fl4);
}

/* Source address and, as for any other local sender, IPsec policy of a tunnel. */
static struct dst_entry *bind_source6(struct nfvs_egress *eg, struct net *net,
				      struct dst_entry *dst, struct flowi6 *fl6)
{
	if (ipv6_addr_any(&fl6->saddr) &&
	    ipv6_dev_get_saddr(net, dst->dev, &fl6->daddr, 0, &fl6->saddr)) {
		dst_release(dst);
		return NULL;
	}
	eg->saddr.in6 = fl6->saddr;
	/* Takes over the reference, also when it fails. */
	dst = xfrm_lookup(net, dst, flowi6_to_flowi(fl6), NULL, 0);
	return IS_ERR(dst) ? NULL : dst;
}

static struct dst_entry *find_route6(struct nfvs_egress *eg, struct net *net,
				     const union nf_inet_addr *daddr)
{
	struct flowi6 fl6 = { .daddr = daddr->in6 };
	struct rt6_info *rt;
	struct dst_entry *dst;

	if (eg->method == NFVS_METHOD_DR)
		fl6.flowi6_flags = FLOWI_FLAG_KNOWN_NH;
	dst = ip6_route_output(net, NULL, &fl6);
	if (dst->error) {
		dst_release(dst);
		return NULL;
	}
	rt = container_of(dst, struct rt6_info, dst);
	eg->cookie = rt6_get_cookie(rt);
	eg->is_local = rt->rt6i_flags & RTF_LOCAL || dst->dev->flags & IFF_LOOPBACK;
	if (eg->method != NFVS_METHOD_TUN || eg->is_local)
		return dst;
	eg->overhead = sizeof(struct ipv6hdr);
	return bind_source6(eg, net, dst, &fl6);
}

static struct nfvs_egress *egress_create(const struct nfvs_dest *dest, u8 method)
{
	struct net *net = dest->nn->net;
	struct nfvs_egress *eg;

	eg = kmem_cache_zalloc(egress_cache, GFP_ATOMIC);
	if (!eg)
		return NULL;
	eg->method = method;
	if (dest->key.af == AF_INET6)
		eg->dst = find_route6(eg, net, &dest->key.addr);
	else
		eg->dst = find_route4(eg, net, &dest->key.addr);
	if (!eg->dst) {
		kmem_cache_free(egress_cache, eg);
		return NULL;
	}
	eg->is_plain = !eg->is_local && nfvs_dst_is_plain(eg->dst);
	pr_debug("egress %p created\n", eg);
	return eg;
}

bool nfvs_egress_past(struct nfvs_egress *eg, const struct nfvs_pkt *pkt)
{
	union nf_inet_addr daddr;

	memset(eg, 0, sizeof(*eg));
	eg->method = NFVS_METHOD_BYPASS;
	if (pkt->af == AF_INET6) {
		daddr.in6 = ipv6_hdr(pkt->skb)->daddr;
		eg->dst = find_route6(eg, pkt->net, &daddr);
	} else {
		daddr.ip = ip_hdr(pkt->skb)->daddr;
		eg->dst = find_route4(eg, pkt->net, &daddr);
	}
	return eg->dst;
}

/* eg may be NULL. */
static void egress_publish(struct nfvs_dest *dest, u8 method, struct nfvs_egress *eg)
{
	struct nfvs_egress *old;

	spin_lock_bh(&dest->egress_lock);
	old = rcu_replace_pointer(dest->egress[method], eg, lockdep_is_held(&dest->egress_lock));
	spin_unlock_bh(&dest->egress_lock);
	egress_retire(old);
}

static const struct nfvs_egress *egress_renew(struct nfvs_dest *dest, u8 method)
{
	struct nfvs_egress *eg = egress_create(dest, method);

	if (eg && !netif_running(eg->dst->dev))
		egress_retire(eg);
	/* Packets for an unreachable server need not meet at the lock. */
	else if (eg || rcu_access_pointer(dest->egress[method]))
		egress_publish(dest, method, eg);
	return eg;
}

const struct nfvs_egress *nfvs_egress_get(struct nfvs_dest *dest, u8 method)
{
	const struct nfvs_egress *eg = rcu_dereference(dest->egress[method]);

	if (likely(eg && dst_check(eg->dst, eg->cookie)))
		return eg;
	return egress_renew(dest, method);
}

void nfvs_egress_flush(struct nfvs_dest *dest)
{
	u8 method;

	for (method = 0; method < ARRAY_SIZE(dest->egress); method++)
		egress_publish(dest, method, NULL);
}

void nfvs_egress_release(struct nfvs_dest *dest)
{
	struct nfvs_egress *eg;
	u8 method;

	for (method = 0; method < ARRAY_SIZE(dest->egress); method++) {
		eg = rcu_dereference_protected(dest->egress[method], true);
		if (eg)
			egress_free(eg);
		RCU_INIT_POINTER(dest->egress[method], NULL);
	}
}

int nfvs_egress_cache_init(void)
{
	egress_cache = KMEM_CACHE(nfvs_egress, 0);
	return egress_cache ? 0 : -ENOMEM;
}

void nfvs_egress_cache_uninit(void)
{
	rcu_barrier();
	kmem_cache_destroy(egress_cache);
}
