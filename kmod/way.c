// SPDX-License-Identifier: GPL-2.0-only
/* Finding, adding and forgetting the routes of NAT replies. */
#include "way.h"

#include <linux/hash.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <net/dst.h>
#include <net/ip6_fib.h>

#include "route.h"

enum {
	PROBE = 4,	/* slots a route may be in */
};

static void way_free_rcu(struct rcu_head *head)
{
	struct nfvs_way *way = container_of(head, struct nfvs_way, rcu);

	dst_release(way->dst);
	kfree(way);
}

static bool is_current(const struct nfvs_way *way)
{
	return dst_check(way->dst, way->cookie);
}

/* The slot of dst; else the best one for it. */
static u32 find_slot(struct nfvs_ways *ways, const struct dst_entry *dst)
{
	u32 home = hash_ptr(dst, NFVS_WAY_ORDER);
	u32 i, slot, best = home;
	const struct nfvs_way *way;

	for (i = 0; i < PROBE; i++) {
		slot = (home + i) % NFVS_WAYS;
		way = rcu_dereference(ways->slot[slot]);
		if (way && way->dst == dst)
			return slot;
		if (!way || !is_current(way))
			best = slot;
	}
	return best;
}

/* Takes over the reference to dst. */
static struct nfvs_way *way_create(struct dst_entry *dst, u8 af)
{
	struct nfvs_way *way = kzalloc(sizeof(*way), GFP_ATOMIC | __GFP_NOWARN);

	if (!way)
		return NULL;
	way->dst = dst;
	if (af == AF_INET6)
		way->cookie = rt6_get_cookie(container_of(dst, struct rt6_info, dst));
	return way;
}

static u32 add(struct nfvs_ways *ways, u32 slot, struct dst_entry *dst, u8 af)
{
	struct nfvs_way *way, *old;
	u32 id;

	if (!dst_hold_safe(dst))
		return 0;
	way = way_create(dst, af);
	if (!way) {
		dst_release(dst);
		return 0;
	}
	spin_lock_bh(&ways->lock);
	id = ++ways->taken[slot] << NFVS_WAY_ORDER | slot;
	way->id = id;
	old = rcu_replace_pointer(ways->slot[slot], way, lockdep_is_held(&ways->lock));
	spin_unlock_bh(&ways->lock);
	if (old)
		call_rcu(&old->rcu, way_free_rcu);
	return id;
}

u32 nfvs_way_of(struct nfvs_ways *ways, const struct sk_buff *skb, u8 af)
{
	struct dst_entry *dst = skb_dst(skb);
	const struct nfvs_way *way;
	u32 slot;

	if (!nfvs_dst_is_plain(dst))
		return 0;
	slot = find_slot(ways, dst);
	way = rcu_dereference(ways->slot[slot]);
	if (way && way->dst == dst && is_current(way))
		return way->id;
	return add(ways, slot, dst, af);
}

void nfvs_ways_init(struct nfvs_ways *ways)
{
	spin_lock_init(&ways->lock);
}

void nfvs_ways_flush(struct nfvs_ways *ways)
{
	struct nfvs_way *old;
	u32 slot;

	for (slot = 0; slot < NFVS_WAYS; slot++) {
		spin_lock_bh(&ways->lock);
		old = rcu_replace_pointer(ways->slot[slot], NULL,
					  lockdep_is_held(&ways->lock));
		spin_unlock_bh(&ways->lock);
		if (old)
			call_rcu(&old->rcu, way_free_rcu);
	}
}
