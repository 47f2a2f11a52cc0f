/* SPDX-License-Identifier: GPL-2.0-only */
/* Destinations: the real servers of a service. */
#ifndef _NFVS_DEST_H
#define _NFVS_DEST_H

#include <linux/atomic.h>
#include <linux/llist.h>
#include <linux/nf_vs.h>
#include <linux/refcount.h>

#include "dest_conns.h"
#include "service.h"
#include "stats.h"
#include "table.h"

struct nfvs_egress;

/*
 * Identity of a destination: the service it serves and its own address.
 * Hashed and compared as bytes: always zero it first.
 */
struct nfvs_dest_key {
	struct nfvs_svc_key	svc;
	union nf_inet_addr	addr;
	__be16			port;
	u16			af;
};

/* What the family IPVS can say beside enum nfvs_method and enum nfvs_tun_type. */
enum {
	NFVS_METHOD_BYPASS	= 4,	/* to the original address */
	NFVS_METHOD_MASK	= 7,
	NFVS_TUN_GUE		= 1,
};

/* What an administrator can change of a destination. */
struct nfvs_dest_conf {
	u32	weight;
	u32	upper;		/* connections; 0 = no limit */
	u32	lower;
	u8	method;		/* enum nfvs_method, or what the family IPVS was given: 0..7 */
	u8	tun_type;	/* enum nfvs_tun_type, the same */
	__be16	tun_port;	/* the family IPVS shows them as it got them */
	u16	tun_flags;
};

/**
 * struct nfvs_dest - a real server of one service
 *
 * Life: created by a prepare; in nfvs_net.dests from then on; AVAILABLE from
 * its commit until the commit that removes it. A removed destination whose
 * connections remain stays in nfvs_net.dests without AVAILABLE and in no
 * service: their packets are dropped, adding the same destination to the same
 * service again revives it with its connections (compat.md 1.9). The
 * configuration holds one reference while AVAILABLE, each connection one.
 * The last reference unlinks it from nfvs_net.dests and frees it after a grace
 * period (nfvs_dest_put).
 *
 * @key: identity; constant
 * @nn: namespace; constant
 * @stats: per-CPU traffic counters
 * @egress: precomputed routes by method; RCU, replaced by route.c under @egress_lock
 * @flags: NFVS_DEST_F_* bit numbers
 * @slot: place in the published set of its service, NULL while in none; RCU
 * @conns: connections, active and inactive: dest_conns.h; any context
 * @refs: see above
 * @link, @hash: in nfvs_net.dests
 * @stats_block: where @stats are from
 * @svc: owner; configuration mutex; NULL while not AVAILABLE
 * @list: in nfvs_svc.dests; configuration mutex
 * @id: order of creation, cursor of dumps; configuration mutex
 * @conf: newest configured; packets use what their slot has; configuration
 *	  mutex, as the following
 * @zero: subtracted from sums shown
 * @base: sum at which its share of the service's sums begins
 * @svc_id: nfvs_svc.id of the service it was in last
 * @idx: in the set that is being built
 * @has_config_ref: the configuration's reference
 * @txn: what the running transaction must know: the state before;
 *	 @txn.link is empty outside of transactions
 * @last, @rates: the sampler's (est.c); configuration mutex
 * @n_tpls: templates that lead here (PersistConn)
 * @est_node: in nfvs_net.est_new or est_active while NFVS_DEST_F_SAMPLED
 */
struct nfvs_dest {
	struct nfvs_dest_key		key;
	struct nfvs_net			*nn;
	struct nfvs_stats_cpu __percpu	*stats;
	struct nfvs_egress __rcu	*egress[NFVS_METHOD_DR + 1];
	unsigned long			flags;
	struct nfvs_dslot __rcu		*slot;

	atomic64_t			conns ____cacheline_aligned;
	refcount_t			refs;

	spinlock_t			egress_lock;	/* serialises replacing @egress; softirq */
	struct nfvs_link		link;
	u32				hash;
	struct nfvs_stats_block		*stats_block;
	struct nfvs_svc			*svc;
	struct list_head		list;
	u64				id;
	struct nfvs_dest_conf		conf;
	struct nfvs_stats_sum		zero;
	struct nfvs_stats_sum		base;
	u64				svc_id;
	u32				idx;
	bool				has_config_ref;
	struct {
		struct list_head		link;
		struct nfvs_svc			*old_svc;
		u64				old_id;
		struct nfvs_dest_conf		old_conf;
	} txn;
	struct nfvs_stats_sum		last;
	struct nfvs_rates		rates;
	atomic_t			n_tpls;
	struct llist_node		est_node;
	struct rcu_head			rcu;
};

enum {
	NFVS_DEST_F_AVAILABLE,	/* configured; its connections may pass */
	NFVS_DEST_F_OVERLOAD,	/* its slot was over when it was taken out of its service */
	NFVS_DEST_F_SAMPLED,	/* the sampler holds a reference */
};

static inline bool nfvs_dest_is_available(const struct nfvs_dest *dest)
{
	return test_bit(NFVS_DEST_F_AVAILABLE, &dest->flags);
}

static inline u32 nfvs_dest_active(const struct nfvs_dest *dest)
{
	return nfvs_conns_active(atomic64_read(&dest->conns));
}

static inline u32 nfvs_dest_inactive(const struct nfvs_dest *dest)
{
	return nfvs_conns_inactive(atomic64_read(&dest->conns));
}

static inline u64 nfvs_dest_overhead(const struct nfvs_dest *dest)
{
	return nfvs_conns_overhead(atomic64_read(&dest->conns));
}

/*
 * A device is going: an IPv6 route keeps the one its prefix or address was on,
 * even where it leads over loopback, and the kernel takes it back from no
 * route that is not its own. RCU read side.
 */
void nfvs_dest_forget_routes(struct nfvs_net *nn);
/* Before the first service. 0 or -ENOMEM. Idempotent. */
int nfvs_dest_table_prepare(struct nfvs_net *nn);
void nfvs_dest_table_uninit(struct nfvs_net *nn);
int nfvs_dest_cache_init(void);
void nfvs_dest_cache_uninit(void);

/* In nfvs_net.dests, not AVAILABLE; the caller owns the reference. ERR_PTR on failure. */
struct nfvs_dest *nfvs_dest_create(struct nfvs_net *nn, const struct nfvs_dest_key *key);
/* Configured or not; takes a reference; NULL if there is none. */
struct nfvs_dest *nfvs_dest_get(struct nfvs_net *nn, const struct nfvs_dest_key *key);
/*
 * Do pkt's source address and port belong to a destination with NAT, of a service of its
 * protocol or of a mark? Asks every service. RCU read side.
 */
bool nfvs_dest_serves_nat(struct nfvs_net *nn, const struct nfvs_pkt *pkt);
/* False when the last reference is gone already; RCU read side or a reference held. */
bool nfvs_dest_hold(struct nfvs_dest *dest);
void nfvs_dest_put(struct nfvs_dest *dest);

/*
 * Connection accounting; any context, RCU read side. Re-evaluates the
 * thresholds and tells the scheduler.
 */
void nfvs_dest_conn_add(struct nfvs_dest *dest, bool is_active);
void nfvs_dest_conn_del(struct nfvs_dest *dest, bool is_active);
void nfvs_dest_conn_move(struct nfvs_dest *dest, bool to_active);

/*
 * Fills in a slot of a set that is being built; configuration mutex. Whether it
 * is over goes on from the slot before it, as between the two marks it must.
 */
void nfvs_dslot_init(struct nfvs_dslot *slot, struct nfvs_dest *dest, u32 idx);
/* Both thresholds as nfvs_dslot.limits: they change together. 0: no limit. */
static inline u64 nfvs_limits(const struct nfvs_dest_conf *conf)
{
	u32 lower = conf->lower ?: conf->upper - conf->upper / 4;

	return (u64)conf->upper << 32 | lower;
}

/* Brings @over up to date; any context. True if it changed. */
bool nfvs_dslot_settle_over(struct nfvs_dslot *slot);

static inline bool nfvs_dslot_settle(struct nfvs_dslot *slot)
{
	/* Without threshold it is over only if it was before it had none. */
	if (!READ_ONCE(slot->limits) && !READ_ONCE(slot->over))
		return false;
	return nfvs_dslot_settle_over(slot);
}

#endif /* _NFVS_DEST_H */
