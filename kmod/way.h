/* SPDX-License-Identifier: GPL-2.0-only */
/* Routes of NAT replies towards the clients, shared by all connections that use them. */
#ifndef _NFVS_WAY_H
#define _NFVS_WAY_H

#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct dst_entry;
struct sk_buff;

enum {
	NFVS_WAY_ORDER	= 10,
	NFVS_WAYS	= 1 << NFVS_WAY_ORDER,
};

/**
 * struct nfvs_way - the route that a reply took through the stack
 *
 * Most clients are behind the same few gateways, so there are few of these, if
 * one per CPU, as the kernel keeps its routes; a connection names its own by id. An id is never given to another way while a
 * lease can refer to it: its upper bits count how often its slot was taken.
 *
 * @dst: owns a reference
 * @cookie: for dst->ops->check
 * @id: slot in the lower NFVS_WAY_ORDER bits; never 0
 */
struct nfvs_way {
	struct rcu_head		rcu;
	struct dst_entry	*dst;
	u32			cookie;
	u32			id;
};

/**
 * struct nfvs_ways - those of a namespace
 * @slot: RCU; written under @lock, from softirq
 * @taken: how often, per slot; under @lock
 */
struct nfvs_ways {
	struct nfvs_way __rcu	*slot[NFVS_WAYS];
	u32			taken[NFVS_WAYS];
	spinlock_t		lock;
};

void nfvs_ways_init(struct nfvs_ways *ways);
/* A device goes: lets go of every route; any context. */
void nfvs_ways_flush(struct nfvs_ways *ways);

/*
 * The id of the route of skb, a reply with its final route; 0 if there can be
 * none. Softirq or BH off, RCU read side, as the next.
 */
u32 nfvs_way_of(struct nfvs_ways *ways, const struct sk_buff *skb, u8 af);

/* NULL if the id's way has given place to another. */
static inline const struct nfvs_way *nfvs_way_get(const struct nfvs_ways *ways, u32 id)
{
	const struct nfvs_way *way = rcu_dereference(ways->slot[id % NFVS_WAYS]);

	return way && way->id == id ? way : NULL;
}

#endif /* _NFVS_WAY_H */
