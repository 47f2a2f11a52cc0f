// SPDX-License-Identifier: GPL-2.0-only
/*
 * Persistence: templates, which keep a client with its real server (compat.md 6.5).
 *
 * A template is an object of its own, in a table of its own. Only packets that open a
 * connection to a persistent service look for one. Established connections
 * know nothing of it, but that each points to its template and is in its list, for
 * the day it ends: a template lasts as long as its connections, and longer.
 *
 * Who runs beside whom: packets on any CPU (RCU read side, BH off) look up, make, join
 * and leave; the scanner's work reclaims.
 *
 * - nfvs_tpl.lock makes joining, leaving and ending exclude each other: nobody joins a
 *   template that is_over or is_invalid, and who finds it so chooses again. Two CPUs that
 *   make the template of one client meet in the lock of the table: the second finds the
 *   first one's, which is alive, and uses that; its own was never seen by anybody.
 * - Whether a template is over is decided when somebody looks: its timer has fired, and
 *   no connection was there at that moment (persist_timer.h). Once it was found to be
 *   over it stays so. A look-up that finds a timer running takes no lock.
 * - A child is in the list from before it can be found until it was killed, so as long as
 *   a packet may find it alive. Only a template that is over and has an empty list
 *   is unlinked, by the scanner alone, and freed a grace period later: who has found a
 *   child, even one that was killed meanwhile, may look at its template until
 *   the end of the read side. (A child that was judged dead here and is brought to life
 *   by a packet at the same moment goes on without a template that anybody finds.)
 * - A template owns a reference of its destination: one that was removed stays in memory
 *   for it, as for connections, and comes back with it when it is added again.
 */
#include "persist.h"

#include <linux/err.h>
#include <linux/in.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <net/ipv6.h>

#include "conn_hash.h"
#include "net.h"
#include "sched.h"

#include <linux/nf_vs.h>

enum {
	FTP_PORT	= 21,
	INVALID_PORT	= 0xffff,	/* what listings show of invalid ones */
	LOOK_MAX	= 1024,		/* children that are asked whether they live */
	SCAN_MIN	= 1024,		/* buckets of a slice, at least */
	SCAN_PARTS	= 4,		/* slices of a pass over a large table */
	SCAN_BREATH	= 512,		/* buckets in one RCU read-side section */
};

static struct kmem_cache *tpl_cache __ro_after_init;

static struct nfvs_tpl *tpl_of(const struct nfvs_link *link)
{
	return container_of(link, struct nfvs_tpl, link);
}

static u32 hash_of(const struct nfvs_link *link)
{
	return tpl_of(link)->key.hash;
}

/* ---- the key ---- */

static u32 hash_key(const struct nfvs_net *nn, const struct nfvs_tpl_key *key)
{
	u32 ports = nfvs_hash_ports(0, key->vport);

	if (key->af == AF_INET6)
		return nfvs_hash6(&nn->conn_key, &key->caddr.in6, &key->vaddr.in6, ports,
				  key->proto);
	return nfvs_hash4(&nn->conn_key, key->caddr.ip, key->vaddr.ip, ports, key->proto);
}

/* FTP's data goes to other ports, and to the server that the commands go to. */
static bool is_for_its_port(const struct nfvs_pkt *pkt, const struct nfvs_svc_key *svc)
{
	return pkt->dport == svc->port && svc->port != htons(FTP_PORT);
}

static void make_key(const struct nfvs_pkt *pkt, const struct nfvs_dset *set,
		     struct nfvs_tpl_key *key)
{
	const struct nfvs_svc_key *svc = &set->svc->key;

	memset(key, 0, sizeof(*key));
	key->af = pkt->af;
	key->proto = pkt->proto;
	if (pkt->af == AF_INET6) {
		ipv6_addr_prefix(&key->caddr.in6, &pkt->saddr.in6, set->conf.plen);
		key->vaddr.in6 = pkt->daddr.in6;
	} else {
		key->caddr.ip = pkt->saddr.ip & set->conf.netmask;
		key->vaddr.ip = pkt->daddr.ip;
	}
	if (is_for_its_port(pkt, svc)) {
		key->vport = pkt->dport;
	} else if (svc->fwmark) {
		key->proto = IPPROTO_IP;
		memset(&key->vaddr, 0, sizeof(key->vaddr));
		key->vaddr.ip = htonl(svc->fwmark);
	}
	key->hash = hash_key(pkt->nn, key);
}

static bool is_same_key(const struct nfvs_tpl_key *a, const struct nfvs_tpl_key *b)
{
	return a->hash == b->hash && a->vport == b->vport && a->proto == b->proto &&
	       a->af == b->af && nf_inet_addr_cmp(&a->caddr, &b->caddr) &&
	       nf_inet_addr_cmp(&a->vaddr, &b->vaddr);
}

/* ---- life ---- */

static struct nfvs_conn *child_conn(const struct nfvs_tpl *tpl, struct nfvs_child *child)
{
	return tpl->key.af == AF_INET6 ? container_of(child, struct nfvs_conn, addr6.child) :
					 container_of(child, struct nfvs_conn, addr4.child);
}

/* Jiffies just after the last at which the connection was there; at most now + 1. */
static unsigned long end_of(const struct nfvs_tpl *tpl, struct nfvs_conn *cp, unsigned long now)
{
	/* nfvs_conn_is_over() grants a second. */
	return now + min(nfvs_conn_left(tpl->dest->nn, cp) + HZ, 0L) + 1;
}

static void finish(struct nfvs_tpl *tpl)
{
	lockdep_assert_held(&tpl->lock);

	if (tpl->is_over)
		return;
	WRITE_ONCE(tpl->is_over, true);
	atomic_dec(&tpl->dest->n_tpls);
}

/*
 * Brings it up to date: true if it lives. Of many children that are all dead, which the
 * scanner takes out soon, only so many are asked: then it lives a minute longer.
 */
static bool settle(struct nfvs_tpl *tpl, unsigned long now)
{
	struct nfvs_child *child;
	u32 seen = 0;

	lockdep_assert_held(&tpl->lock);

	if (tpl->is_over)
		return false;
	list_for_each_entry(child, &tpl->children, sibling) {
		if (!nfvs_tpl_timer_has_fired(&tpl->timer, now))
			return true;
		nfvs_tpl_timer_extend(&tpl->timer, ++seen < LOOK_MAX ?
				      end_of(tpl, child_conn(tpl, child), now) : now + 1, HZ);
	}
	if (!nfvs_tpl_timer_has_fired(&tpl->timer, now))
		return true;
	finish(tpl);
	return false;
}

/* At this moment: the next one it may be over. */
static bool is_alive(struct nfvs_tpl *tpl)
{
	bool alive;

	if (READ_ONCE(tpl->is_over))
		return false;
	if (!nfvs_tpl_timer_has_fired(&tpl->timer, jiffies))
		return true;
	spin_lock_bh(&tpl->lock);
	alive = settle(tpl, jiffies);
	spin_unlock_bh(&tpl->lock);
	return alive;
}

/* Its timer starts anew, unless it has ended. */
static bool renew(struct nfvs_tpl *tpl)
{
	unsigned long now = jiffies;

	if (tpl->is_invalid || !settle(tpl, now))
		return false;
	nfvs_tpl_timer_start(&tpl->timer, now);
	return true;
}

bool nfvs_persist_join(struct nfvs_tpl *tpl, struct nfvs_conn *cp)
{
	struct nfvs_child *child = nfvs_conn_child(cp);
	bool ok;

	spin_lock_bh(&tpl->lock);
	ok = renew(tpl);
	if (ok) {
		child->tpl = tpl;
		list_add(&child->sibling, &tpl->children);
	}
	spin_unlock_bh(&tpl->lock);
	return ok;
}

bool nfvs_persist_use(struct nfvs_tpl *tpl)
{
	bool ok;

	spin_lock_bh(&tpl->lock);
	ok = renew(tpl);
	spin_unlock_bh(&tpl->lock);
	return ok;
}

void nfvs_persist_unjoin(struct nfvs_conn *cp)
{
	struct nfvs_child *child = nfvs_conn_child(cp);
	struct nfvs_tpl *tpl = child->tpl;

	spin_lock_bh(&tpl->lock);
	list_del(&child->sibling);
	spin_unlock_bh(&tpl->lock);
}

/* A connection that is taken away before its time takes a template with it that was of no use. */
void nfvs_persist_leave(struct nfvs_conn *cp)
{
	struct nfvs_child *child = nfvs_conn_child(cp);
	struct nfvs_tpl *tpl = child->tpl;
	unsigned long now, end;

	spin_lock_bh(&tpl->lock);
	now = jiffies;
	end = end_of(tpl, cp, now);
	nfvs_tpl_timer_extend(&tpl->timer, end, HZ);
	list_del(&child->sibling);
	if (end == now + 1 && list_empty(&tpl->children) && !READ_ONCE(tpl->is_assured))
		finish(tpl);
	spin_unlock_bh(&tpl->lock);
}

void nfvs_persist_assure(struct nfvs_conn *cp)
{
	struct nfvs_tpl *tpl = nfvs_conn_child(cp)->tpl;

	if (!READ_ONCE(tpl->is_assured))
		WRITE_ONCE(tpl->is_assured, true);
}

/* ---- finding and making ---- */

/* An insertion comes before all others of its key: the first one is the only one. */
static bool is_it(const void *key, const struct nfvs_link *link)
{
	const struct nfvs_tpl *tpl = tpl_of(link);

	return is_same_key(&tpl->key, key) && !READ_ONCE(tpl->is_invalid) &&
	       !READ_ONCE(tpl->is_over);
}

static bool is_twin(const void *key, const struct nfvs_link *link)
{
	return is_it(key, link) && is_alive(tpl_of(link));
}

static struct nfvs_tpl *find(struct nfvs_net *nn, const struct nfvs_tpl_key *key)
{
	struct nfvs_link *link = nfvs_table_find(&nn->tpls, key->hash, key, is_it);

	return link && is_alive(tpl_of(link)) ? tpl_of(link) : NULL;
}

/*
 * NULL: its destination is not to be had. One with weight 0, or with more connections
 * than it should have, keeps its clients.
 */
static const struct nfvs_dslot *slot_of(const struct nfvs_tpl *tpl)
{
	const struct nfvs_dslot *slot = rcu_dereference(tpl->dest->slot);

	if (slot && !READ_ONCE(slot->weight) && READ_ONCE(tpl->dest->nn->expire_quiescent_template))
		return NULL;
	return slot;
}

static void invalidate(struct nfvs_tpl *tpl)
{
	spin_lock_bh(&tpl->lock);
	WRITE_ONCE(tpl->is_invalid, true);
	spin_unlock_bh(&tpl->lock);
}

static void tpl_release(struct nfvs_tpl *tpl)
{
	nfvs_dest_put(tpl->dest);
	kmem_cache_free(tpl_cache, tpl);
}

static void tpl_release_rcu(struct rcu_head *rcu)
{
	tpl_release(container_of(rcu, struct nfvs_tpl, rcu));
}

static struct nfvs_tpl *tpl_new(const struct nfvs_tpl_key *key, const struct nfvs_dslot *slot,
				u32 timeout)
{
	struct nfvs_tpl *tpl;

	if (!nfvs_dest_hold(slot->dest))
		return ERR_PTR(-EBUSY);
	tpl = kmem_cache_zalloc(tpl_cache, GFP_ATOMIC | __GFP_NOWARN);
	if (!tpl) {
		nfvs_dest_put(slot->dest);
		return ERR_PTR(-ENOMEM);
	}
	tpl->key = *key;
	tpl->dest = slot->dest;
	tpl->method = slot->method;
	spin_lock_init(&tpl->lock);
	INIT_LIST_HEAD(&tpl->children);
	/* A second at least, until the one joins whom it is made for. */
	tpl->timer.expires = jiffies + max_t(unsigned long, timeout, 1) * HZ;
	tpl->timer.timeout = (unsigned long)timeout * HZ;
	return tpl;
}

/* The scheduler's choice becomes the client's template, or another CPU's does. */
static int make(const struct nfvs_pkt *pkt, struct nfvs_dset *set, const struct nfvs_tpl_key *key,
		struct nfvs_choice *to)
{
	struct nfvs_link *twin;
	struct nfvs_dest *dest;
	struct nfvs_tpl *tpl;

	to->slot = set->ops->pick(set, pkt);
	if (!to->slot)
		return -ESRCH;
	dest = to->slot->dest;
	tpl = tpl_new(key, to->slot, set->conf.timeout);
	if (IS_ERR(tpl))
		return PTR_ERR(tpl);
	if (is_for_its_port(pkt, &set->svc->key))
		tpl->dport = dest->key.port;
	to->tpl = tpl;
	atomic_inc(&dest->n_tpls);
	twin = nfvs_table_insert(&pkt->nn->tpls, &tpl->link, hash_of, key, is_twin, NULL);
	if (!twin) {
		nfvs_conn_scan_wake(pkt->nn);
		return 0;
	}
	atomic_dec(&dest->n_tpls);
	tpl_release(tpl);
	to->tpl = tpl_of(twin);
	to->slot = slot_of(to->tpl);
	return to->slot ? 0 : -EBUSY;
}

int nfvs_persist_choose(const struct nfvs_pkt *pkt, struct nfvs_dset *set,
			struct nfvs_choice *to)
{
	struct nfvs_tpl_key key;

	make_key(pkt, set, &key);
	/* Only who asks for the service's port gets the destination's. */
	to->keeps_port = pkt->dport != set->svc->key.port;
	to->tpl = find(pkt->nn, &key);
	if (to->tpl) {
		to->slot = slot_of(to->tpl);
		if (to->slot)
			return 0;
		invalidate(to->tpl);
	}
	return make(pkt, set, &key, to);
}

/* ---- listings ---- */

struct nfvs_tpl *nfvs_tpl_walk(struct nfvs_net *nn, struct nfvs_conn_cursor *cur)
{
	struct nfvs_link *link = nfvs_table_seek(&nn->tpls, cur->hash);
	u32 i;

	for (i = 0; link && i < cur->n && hash_of(link) == cur->hash; i++)
		link = nfvs_table_next(&nn->tpls, link);
	return link ? tpl_of(link) : NULL;
}

struct nfvs_tpl *nfvs_tpl_walk_next(struct nfvs_net *nn, struct nfvs_conn_cursor *cur,
				    const struct nfvs_tpl *tpl)
{
	struct nfvs_link *link = nfvs_table_next(&nn->tpls, &tpl->link);

	cur->n = tpl->key.hash == cur->hash ? cur->n + 1 : 1;
	cur->hash = tpl->key.hash;
	return link ? tpl_of(link) : NULL;
}

bool nfvs_tpl_show(struct nfvs_tpl *tpl, struct nfvs_conn_row *row)
{
	bool is_invalid = READ_ONCE(tpl->is_invalid);
	long left;

	if (!is_alive(tpl))
		return false;
	left = READ_ONCE(tpl->timer.expires) - jiffies;
	*row = (struct nfvs_conn_row) {
		.dest		= tpl->dest,
		.caddr		= tpl->key.caddr,
		.vaddr		= tpl->key.vaddr,
		.vport		= is_invalid ? htons(INVALID_PORT) : tpl->key.vport,
		.dport		= is_invalid ? htons(INVALID_PORT) : tpl->dport,
		.af		= tpl->key.af,
		.proto		= tpl->key.proto,
		.method		= tpl->method,
		.state		= READ_ONCE(tpl->is_assured) ? "ASSURED" : "NONE",
		.expires	= max(left, 0L) / HZ,
	};
	return true;
}

/* ---- the scanner ---- */

static void reclaim(struct nfvs_net *nn, struct nfvs_tpl *tpl)
{
	bool is_free;

	if (is_alive(tpl))
		return;
	spin_lock_bh(&tpl->lock);
	is_free = list_empty(&tpl->children);
	spin_unlock_bh(&tpl->lock);
	if (is_free && nfvs_table_remove(&nn->tpls, &tpl->link, hash_of))
		call_rcu(&tpl->rcu, tpl_release_rcu);
}

static void scan_some(struct nfvs_net *nn, u32 budget)
{
	struct nfvs_link *link, *next;
	u32 end;

	local_bh_disable();
	rcu_read_lock();
	end = min(nn->tpl_scan_pos + budget, nfvs_table_size(&nn->tpls));
	for (; nn->tpl_scan_pos < end; nn->tpl_scan_pos++) {
		for (link = nfvs_table_bucket(&nn->tpls, nn->tpl_scan_pos); link; link = next) {
			next = nfvs_table_bucket_next(link);
			reclaim(nn, tpl_of(link));
		}
	}
	rcu_read_unlock();
	local_bh_enable();
}

void nfvs_persist_scan(struct nfvs_net *nn)
{
	u32 budget = max_t(u32, SCAN_MIN, nfvs_table_size(&nn->tpls) / SCAN_PARTS);
	u32 n;

	if (nn->tpl_scan_pos >= nfvs_table_size(&nn->tpls))
		nn->tpl_scan_pos = 0;
	for (; budget; budget -= n) {
		n = min_t(u32, budget, SCAN_BREATH);
		scan_some(nn, n);
		cond_resched();
	}
	nfvs_table_tend(&nn->tpls);
}

bool nfvs_persist_is_empty(const struct nfvs_net *nn)
{
	return nfvs_table_is_empty(&nn->tpls);
}

int nfvs_persist_prepare(struct nfvs_net *nn)
{
	return nfvs_table_size(&nn->tpls) ? 0 : nfvs_table_init(&nn->tpls, hash_of);
}

/* Nobody looks, and what is in RCU callbacks has been unlinked. */
void nfvs_persist_uninit(struct nfvs_net *nn)
{
	struct nfvs_link *link, *next;

	for (link = nfvs_table_seek(&nn->tpls, 0); link; link = next) {
		next = nfvs_table_next(&nn->tpls, link);
		tpl_release(tpl_of(link));
		cond_resched();
	}
	nfvs_table_destroy(&nn->tpls);
}

int __init nfvs_tpl_cache_init(void)
{
	tpl_cache = KMEM_CACHE(nfvs_tpl, 0);
	return tpl_cache ? 0 : -ENOMEM;
}

/* After rcu_barrier(). */
void nfvs_tpl_cache_uninit(void)
{
	kmem_cache_destroy(tpl_cache);
}
