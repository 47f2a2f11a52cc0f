// SPDX-License-Identifier: GPL-2.0-only
/* Destinations: their table, references, connection accounting, thresholds. */
#include "dest.h"

#include <linux/err.h>
#include <linux/jhash.h>
#include <linux/slab.h>

#include "net.h"
#include "route.h"
#include "sched.h"

static struct kmem_cache *dest_cache __ro_after_init;

static u32 key_hash(const struct nfvs_net *nn, const struct nfvs_dest_key *key)
{
	u32 svc = nfvs_svc_key_hash(nn, &key->svc);
	u32 port = (__force u32)key->port;

	if (key->af == AF_INET)
		return jhash_3words((__force u32)key->addr.ip, port, svc, nn->hash_seed);
	return jhash2((const u32 *)&key->addr, sizeof(key->addr) / sizeof(u32), svc ^ port);
}

static u32 link_hash(const struct nfvs_link *link)
{
	return container_of(link, struct nfvs_dest, link)->hash;
}

static bool is_dest(const void *key, const struct nfvs_link *link)
{
	const struct nfvs_dest_key *a = key;
	const struct nfvs_dest_key *b = &container_of(link, struct nfvs_dest, link)->key;

	/* Neighbours in the table differ here, most of them. */
	if (a->addr.all[0] != b->addr.all[0] || a->addr.all[3] != b->addr.all[3])
		return false;
	return !memcmp(a, b, sizeof(*a));
}

/* Any context. */
static void unlink_dest(struct nfvs_dest *dest)
{
	local_bh_disable();
	rcu_read_lock();
	nfvs_table_remove(&dest->nn->dests, &dest->link, link_hash);
	rcu_read_unlock();
	local_bh_enable();
}

/* nfvs_dest_get() has looked for it; configuration mutex. */
static void link_dest(struct nfvs_dest *dest)
{
	local_bh_disable();
	rcu_read_lock();
	nfvs_table_insert(&dest->nn->dests, &dest->link, link_hash, &dest->key, is_dest, NULL);
	rcu_read_unlock();
	local_bh_enable();
}

/* Does it have to change, at this moment, given that it is is_over? */
static bool is_over_stale(const struct nfvs_dslot *slot, bool is_over)
{
	u64 n = nfvs_conns_total(atomic64_read(&slot->dest->conns));
	u64 limits = READ_ONCE(slot->limits);

	if (!limits)
		return is_over;
	return is_over ? n < (u32)limits : n >= limits >> 32;
}

/*
 * Between the two marks it keeps its value (compat.md 4.1). The caller has
 * changed a count or the destination's slot with full ordering. A CPU that acts
 * on an old count looks again after changing the slot (a fully ordered
 * operation): it sees the newer count, or the CPU with the newer count sees
 * its change.
 */
bool nfvs_dslot_settle_over(struct nfvs_dslot *slot)
{
	bool changed = false;
	u32 is_over;

	for (;;) {
		is_over = READ_ONCE(slot->over);
		if (!is_over_stale(slot, is_over))
			return changed;
		/* Two CPUs that both find it stale write the same. */
		changed |= xchg(&slot->over, !is_over) == is_over;
	}
}

/* As in IPVS a packet stays here by any method that is none. */
static u8 effective_method(u8 method)
{
	switch (method) {
	case NFVS_METHOD_NAT:
	case NFVS_METHOD_TUN:
	case NFVS_METHOD_DR:
		return method;
	default:
		return NFVS_METHOD_LOCAL;
	}
}

void nfvs_dslot_init(struct nfvs_dslot *slot, struct nfvs_dest *dest, u32 idx)
{
	const struct nfvs_dest_conf *conf = &dest->conf;
	const struct nfvs_dslot *old;

	old = rcu_dereference_protected(dest->slot, lockdep_is_held(&dest->nn->config_mutex));
	*slot = (struct nfvs_dslot) {
		.dest	= dest,
		.id	= dest->id,
		.limits	= nfvs_limits(conf),
		.weight	= conf->weight,
		.idx	= idx,
		.method	= effective_method(conf->method),
		.tun_type = conf->tun_type,
		.no_fastpath = dest->svc->conf.no_fastpath,
		.conf_method = conf->method,
		.over	= old ? READ_ONCE(old->over) :
				test_bit(NFVS_DEST_F_OVERLOAD, &dest->flags),
	};
	nfvs_dslot_settle(slot);
}

/* RCU read side: the slot's set lives as long as that. */
static void load_changed(struct nfvs_dest *dest)
{
	struct nfvs_dslot *slot = rcu_dereference(dest->slot);
	struct nfvs_dset *set;
	bool crossed;

	if (!slot)
		return;
	set = nfvs_slot_set(slot);
	crossed = nfvs_dslot_settle(slot);
	if (crossed || set->ops->uses_load)
		set->ops->changed(set, slot->idx);
}

/*
 * atomic64_add_return() orders the new count before the look at the slot
 * (partner: the commit, which points to the slot before it settles it), at what
 * is in the slot and at the scheduler's nodes.
 */
static void conns_add(struct nfvs_dest *dest, s64 delta)
{
	atomic64_add_return(delta, &dest->conns);
	rcu_read_lock();
	load_changed(dest);
	rcu_read_unlock();
}

void nfvs_dest_conn_add(struct nfvs_dest *dest, bool is_active)
{
	conns_add(dest, nfvs_conns_unit(is_active));
}

void nfvs_dest_conn_del(struct nfvs_dest *dest, bool is_active)
{
	conns_add(dest, -nfvs_conns_unit(is_active));
}

void nfvs_dest_conn_move(struct nfvs_dest *dest, bool to_active)
{
	conns_add(dest, nfvs_conns_unit(to_active) - nfvs_conns_unit(!to_active));
}

struct nfvs_dest *nfvs_dest_create(struct nfvs_net *nn, const struct nfvs_dest_key *key)
{
	struct nfvs_dest *dest;

	lockdep_assert_held(&nn->config_mutex);

	dest = kmem_cache_zalloc(dest_cache, GFP_KERNEL_ACCOUNT);
	if (!dest)
		return ERR_PTR(-ENOMEM);
	dest->stats = nfvs_stats_get(&nn->stats_pool, &dest->stats_block);
	if (!dest->stats) {
		kmem_cache_free(dest_cache, dest);
		return ERR_PTR(-ENOMEM);
	}
	dest->key = *key;
	dest->nn = nn;
	refcount_set(&dest->refs, 1);
	spin_lock_init(&dest->egress_lock);
	INIT_LIST_HEAD(&dest->list);
	INIT_LIST_HEAD(&dest->txn.link);
	dest->hash = key_hash(nn, key);
	link_dest(dest);
	nfvs_net_add_addr(nn, NFVS_FILTER_REAL, key->af, &key->addr);
	pr_debug("dest %p created\n", dest);
	return dest;
}

static bool serves_nat(struct nfvs_net *nn, const struct nfvs_dest_key *key)
{
	const struct nfvs_dslot *slot;
	struct nfvs_link *link;

	link = nfvs_table_find(&nn->dests, key_hash(nn, key), key, is_dest);
	if (!link)
		return false;
	slot = rcu_dereference(container_of(link, struct nfvs_dest, link)->slot);
	return slot && slot->method == NFVS_METHOD_NAT;
}

bool nfvs_dest_serves_nat(struct nfvs_net *nn, const struct nfvs_pkt *pkt)
{
	struct nfvs_dest_key key = { .port = pkt->sport, .af = pkt->af };
	struct nfvs_link *link;

	if (pkt->af == AF_INET6)
		key.addr.in6 = pkt->saddr.in6;
	else
		key.addr.ip = pkt->saddr.ip;
	for (link = nfvs_table_seek(&nn->svcs, 0); link; link = nfvs_table_next(&nn->svcs, link)) {
		key.svc = container_of(link, struct nfvs_svc, link)->key;
		if ((key.svc.fwmark || key.svc.proto == pkt->proto) && serves_nat(nn, &key))
			return true;
	}
	return false;
}

bool nfvs_dest_hold(struct nfvs_dest *dest)
{
	return refcount_inc_not_zero(&dest->refs);
}

struct nfvs_dest *nfvs_dest_get(struct nfvs_net *nn, const struct nfvs_dest_key *key)
{
	struct nfvs_dest *dest = NULL;
	struct nfvs_link *link;

	lockdep_assert_held(&nn->config_mutex);

	rcu_read_lock();
	link = nfvs_table_find(&nn->dests, key_hash(nn, key), key, is_dest);
	if (link)
		dest = container_of(link, struct nfvs_dest, link);
	if (dest && !nfvs_dest_hold(dest)) {
		/* Its last reference is being dropped: make room for a new one. */
		unlink_dest(dest);
		dest = NULL;
	}
	rcu_read_unlock();
	return dest;
}

static void dest_free_cb(struct rcu_head *rcu)
{
	struct nfvs_dest *dest = container_of(rcu, struct nfvs_dest, rcu);

	/* A packet may have built one until the end of the grace period. */
	nfvs_egress_release(dest);
	nfvs_stats_put(&dest->nn->stats_pool, dest->stats_block, dest->stats);
	nfvs_net_del_addr(dest->nn, NFVS_FILTER_REAL, dest->key.af, &dest->key.addr);
	pr_debug("dest %p destroyed\n", dest);
	kmem_cache_free(dest_cache, dest);
}

/*
 * Without references it is in no set that a packet can still find: the
 * configuration dropped its own after publishing the sets without it. Packets
 * that have it from an older set or from its last connection are inside the
 * read side that call_rcu() waits for; nfvs_dest_hold() refuses them.
 */
void nfvs_dest_put(struct nfvs_dest *dest)
{
	if (!dest || !refcount_dec_and_test(&dest->refs))
		return;
	/* Unless nfvs_dest_get() was here first. */
	unlink_dest(dest);
	call_rcu(&dest->rcu, dest_free_cb);
}

void nfvs_dest_forget_routes(struct nfvs_net *nn)
{
	struct nfvs_link *link;
	struct nfvs_dest *dest;

	for (link = nfvs_table_seek(&nn->dests, 0); link;
	     link = nfvs_table_next(&nn->dests, link)) {
		dest = container_of(link, struct nfvs_dest, link);
		if (dest->key.af == AF_INET6)
			nfvs_egress_flush(dest);
	}
}

int nfvs_dest_table_prepare(struct nfvs_net *nn)
{
	return nfvs_table_size(&nn->dests) ? 0 : nfvs_table_init(&nn->dests, link_hash);
}

/* No services and no connections any more: it is empty. */
void nfvs_dest_table_uninit(struct nfvs_net *nn)
{
	WARN_ON_ONCE(nfvs_table_count(&nn->dests));
	nfvs_table_destroy(&nn->dests);
}

int __init nfvs_dest_cache_init(void)
{
	dest_cache = KMEM_CACHE(nfvs_dest, SLAB_HWCACHE_ALIGN);
	return dest_cache ? 0 : -ENOMEM;
}

/* After rcu_barrier(). */
void nfvs_dest_cache_uninit(void)
{
	kmem_cache_destroy(dest_cache);
}
