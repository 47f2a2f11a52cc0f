// SPDX-License-Identifier: GPL-2.0-only
/*
 * The connection tables of a namespace: look-up, insertion, and the scanner
 * that reclaims what is over.
 *
 * Who runs beside whom: packets look up, insert and retire on any CPU (RCU read
 * side, BH off), the scanner's work reclaims. Whoever unlinks an entry from the
 * table of client tuples, and nobody else, gives it to RCU: an entry a packet
 * has found stays valid for its read-side section. An expired or killed entry
 * is skipped by the compare functions: for packets it is absent from that
 * moment, whenever the scanner comes by.
 */
#include "conn.h"

#include <linux/err.h>
#include <linux/random.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <net/ipv6.h>

#include "conn_hash.h"
#include "net.h"
#include "packet.h"

enum {
	SCAN_PERIOD_MS	= 500,	/* between two slices */
	SCAN_MIN	= 1024,	/* entries of a slice, at least */
	SCAN_PARTS	= 4,	/* slices of a pass over a large table */
	SCAN_BREATH	= 512,	/* entries in one RCU read-side section */
	REAP_MAX	= 250,	/* entries freed by one RCU callback */
	REPLY_TRIES	= 4,	/* insertions that other CPUs' removals may defeat */
};

/* Key of a look-up: addresses and ports as a packet shows them. */
struct tuple {
	struct nfvs_net			*nn;
	const union nf_inet_addr	*src;
	const union nf_inet_addr	*dst;
	__be16				sport;
	__be16				dport;
	u8				proto;
	bool				is_v6;
};

/* Entries that wait for a grace period. */
struct reap {
	struct rcu_head		rcu;
	u32			n;
	struct nfvs_conn	*cp[];
};

static struct kmem_cache *conn4_cache __ro_after_init;
static struct kmem_cache *conn6_cache __ro_after_init;

static u32 tuple_hash(const void *data, u32 len, u32 seed)
{
	const struct tuple *t = data;
	const hsiphash_key_t *key = &t->nn->conn_key;
	u32 ports = nfvs_hash_ports(t->sport, t->dport);

	if (t->is_v6)
		return nfvs_hash6(key, seed, &t->src->in6, &t->dst->in6, ports, t->proto);
	return nfvs_hash4(key, seed, t->src->ip, t->dst->ip, ports, t->proto);
}

/* Client to virtual address. */
static u32 fwd_hash(const void *data, u32 len, u32 seed)
{
	const struct nfvs_conn *cp = data;
	const hsiphash_key_t *key = &cp->dest->nn->conn_key;
	u32 ports = nfvs_hash_ports(cp->cport, cp->vport);

	if (cp->is_v6)
		return nfvs_hash6(key, seed, &cp->addr6.caddr, &cp->addr6.vaddr, ports, cp->proto);
	return nfvs_hash4(key, seed, cp->addr4.caddr, cp->addr4.vaddr, ports, cp->proto);
}

/* Real server to client. */
static u32 rev_hash(const void *data, u32 len, u32 seed)
{
	const struct nfvs_conn *cp = data;
	const hsiphash_key_t *key = &cp->dest->nn->conn_key;
	const union nf_inet_addr *daddr = nfvs_conn_daddr(cp);
	u32 ports = nfvs_hash_ports(cp->dport, cp->cport);

	if (cp->is_v6)
		return nfvs_hash6(key, seed, &daddr->in6, &cp->addr6.caddr, ports, cp->proto);
	return nfvs_hash4(key, seed, daddr->ip, cp->addr4.caddr, ports, cp->proto);
}

static bool fwd_equals(const struct tuple *t, const struct nfvs_conn *cp)
{
	if (cp->cport != t->sport || cp->vport != t->dport ||
	    cp->proto != t->proto || cp->is_v6 != t->is_v6)
		return false;
	if (t->is_v6)
		return ipv6_addr_equal(&cp->addr6.caddr, &t->src->in6) &&
		       ipv6_addr_equal(&cp->addr6.vaddr, &t->dst->in6);
	return cp->addr4.caddr == t->src->ip && cp->addr4.vaddr == t->dst->ip;
}

static bool rev_equals(const struct tuple *t, const struct nfvs_conn *cp)
{
	const union nf_inet_addr *daddr = nfvs_conn_daddr(cp);

	if (cp->dport != t->sport || cp->cport != t->dport ||
	    cp->proto != t->proto || cp->is_v6 != t->is_v6)
		return false;
	if (t->is_v6)
		return ipv6_addr_equal(&daddr->in6, &t->src->in6) &&
		       ipv6_addr_equal(&cp->addr6.caddr, &t->dst->in6);
	return daddr->ip == t->src->ip && cp->addr4.caddr == t->dst->ip;
}

/* For rhashtable: 0 if equal; and alive. */
static int fwd_cmp(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct tuple *t = arg->key;

	return !fwd_equals(t, obj) || nfvs_conn_is_over(t->nn, obj);
}

static int rev_cmp(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct tuple *t = arg->key;

	return !rev_equals(t, obj) || nfvs_conn_is_over(t->nn, obj);
}

static const struct rhashtable_params fwd_params = {
	.head_offset		= offsetof(struct nfvs_conn, fwd),
	.hashfn			= tuple_hash,
	.obj_hashfn		= fwd_hash,
	.obj_cmpfn		= fwd_cmp,
	.automatic_shrinking	= true,
};

static const struct rhashtable_params rev_params = {
	.head_offset		= offsetof(struct nfvs_conn, rev),
	.hashfn			= tuple_hash,
	.obj_hashfn		= rev_hash,
	.obj_cmpfn		= rev_cmp,
	.automatic_shrinking	= true,
};

/* What replies to cp look like. */
static struct tuple tuple_of_reply(struct nfvs_net *nn, const struct nfvs_conn *cp,
				   union nf_inet_addr *src, union nf_inet_addr *dst)
{
	if (cp->is_v6) {
		src->in6 = nfvs_conn_daddr(cp)->in6;
		dst->in6 = cp->addr6.caddr;
	} else {
		src->ip = nfvs_conn_daddr(cp)->ip;
		dst->ip = cp->addr4.caddr;
	}
	return (struct tuple) {
		.nn	= nn,
		.src	= src,
		.dst	= dst,
		.sport	= cp->dport,
		.dport	= cp->cport,
		.proto	= cp->proto,
		.is_v6	= cp->is_v6,
	};
}

static struct tuple tuple_of_pkt(const struct nfvs_pkt *pkt)
{
	return (struct tuple) {
		.nn	= pkt->nn,
		.src	= &pkt->saddr,
		.dst	= &pkt->daddr,
		.sport	= pkt->sport,
		.dport	= pkt->dport,
		.proto	= pkt->proto,
		.is_v6	= pkt->af == AF_INET6,
	};
}

/* Of the flow that the quoted packet belonged to, seen from its other end. */
static struct tuple tuple_of_inverse(const struct nfvs_pkt *pkt)
{
	return (struct tuple) {
		.nn	= pkt->nn,
		.src	= &pkt->daddr,
		.dst	= &pkt->saddr,
		.sport	= pkt->dport,
		.dport	= pkt->sport,
		.proto	= pkt->proto,
		.is_v6	= pkt->af == AF_INET6,
	};
}

struct nfvs_conn *nfvs_conn_find(const struct nfvs_pkt *pkt)
{
	struct tuple t = tuple_of_pkt(pkt);

	return rhashtable_lookup(&pkt->nn->conns, &t, fwd_params);
}

struct nfvs_conn *nfvs_conn_find_reply(const struct nfvs_pkt *pkt)
{
	struct tuple t = tuple_of_pkt(pkt);

	return rhashtable_lookup(&pkt->nn->replies, &t, rev_params);
}

struct nfvs_conn *nfvs_conn_find_inverse(const struct nfvs_pkt *pkt)
{
	struct tuple t = tuple_of_inverse(pkt);

	return rhashtable_lookup(&pkt->nn->conns, &t, fwd_params);
}

struct nfvs_conn *nfvs_conn_find_reply_inverse(const struct nfvs_pkt *pkt)
{
	struct tuple t = tuple_of_inverse(pkt);

	return rhashtable_lookup(&pkt->nn->replies, &t, rev_params);
}

struct nfvs_conn *nfvs_conn_alloc(bool is_v6)
{
	struct nfvs_conn *cp = kmem_cache_alloc(is_v6 ? conn6_cache : conn4_cache, GFP_ATOMIC);

	if (cp)
		cp->is_v6 = is_v6;
	return cp;
}

void nfvs_conn_free(struct nfvs_conn *cp)
{
	kmem_cache_free(cp->is_v6 ? conn6_cache : conn4_cache, cp);
}

/* The scanner sleeps while the table is empty; the first entry wakes it. */
static void scan_wake(struct nfvs_net *nn)
{
	/* The entry was counted by an atomic_inc() of rhashtable's. */
	smp_mb__after_atomic();
	if (READ_ONCE(nn->scan_idle) && xchg(&nn->scan_idle, 0))
		queue_delayed_work(system_unbound_wq, &nn->scan,
				   msecs_to_jiffies(SCAN_PERIOD_MS));
}

struct nfvs_conn *nfvs_conn_insert(struct nfvs_net *nn, struct nfvs_conn *cp)
{
	union nf_inet_addr src = {}, dst = {};
	struct tuple t = {
		.nn	= nn,
		.src	= &src,
		.dst	= &dst,
		.sport	= cp->cport,
		.dport	= cp->vport,
		.proto	= cp->proto,
		.is_v6	= cp->is_v6,
	};
	struct nfvs_conn *twin;

	if (cp->is_v6) {
		src.in6 = cp->addr6.caddr;
		dst.in6 = cp->addr6.vaddr;
	} else {
		src.ip = cp->addr4.caddr;
		dst.ip = cp->addr4.vaddr;
	}
	twin = rhashtable_lookup_get_insert_key(&nn->conns, &t, &cp->fwd, fwd_params);
	if (twin)
		return twin;
	scan_wake(nn);
	return cp;
}

/*
 * Flows of one client port towards different virtual addresses may end at the
 * same real server with the same reply tuple. The newest connection takes the
 * place of the one before it, which cannot be told apart on the wire any more.
 * Side by side they would make a chain that no hash function can split, and
 * rhashtable answers long chains by hashing the whole table anew.
 */
int nfvs_conn_insert_reply(struct nfvs_net *nn, struct nfvs_conn *cp)
{
	union nf_inet_addr src = {}, dst = {};
	struct tuple t = tuple_of_reply(nn, cp, &src, &dst);
	struct nfvs_conn *old;
	int tries;

	for (tries = 0; tries < REPLY_TRIES; tries++) {
		old = rhashtable_lookup_get_insert_key(&nn->replies, &t, &cp->rev, rev_params);
		if (IS_ERR(old))
			return PTR_ERR(old);
		/* Fails when the old one has just been unlinked. */
		if (!old || !rhashtable_replace_fast(&nn->replies, &old->rev, &cp->rev,
						     rev_params))
			goto out;
	}
	return -EBUSY;

out:
	/*
	 * Who killed it meanwhile may have come too early to unlink this. Partner:
	 * the cmpxchg in nfvs_conn_kill(), which comes before unlinking.
	 */
	smp_mb();
	if (READ_ONCE(cp->word) & NFVS_CW_DEAD)
		rhashtable_remove_fast(&nn->replies, &cp->rev, rev_params);
	return 0;
}

static void conn_release(struct nfvs_conn *cp)
{
	nfvs_dest_put(cp->dest);
	nfvs_conn_free(cp);
}

static void reap_rcu(struct rcu_head *head)
{
	struct reap *reap = container_of(head, struct reap, rcu);
	u32 i;

	for (i = 0; i < reap->n; i++)
		conn_release(reap->cp[i]);
	kfree(reap);
}

/* A killed entry. True: it is the caller's, who must give it to RCU. */
static bool conn_unlink(struct nfvs_net *nn, struct nfvs_conn *cp)
{
	if (cp->method == NFVS_METHOD_NAT)
		rhashtable_remove_fast(&nn->replies, &cp->rev, rev_params);
	return !rhashtable_remove_fast(&nn->conns, &cp->fwd, fwd_params);
}

bool nfvs_conn_retire(struct nfvs_net *nn, struct nfvs_conn *cp)
{
	struct reap *reap;

	if (!nfvs_conn_kill(cp))
		return false;
	/* Without memory it is left to the scanner. */
	reap = kmalloc(struct_size(reap, cp, 1), GFP_ATOMIC | __GFP_NOWARN);
	if (!reap)
		return true;
	if (!conn_unlink(nn, cp)) {
		kfree(reap);
		return true;
	}
	reap->n = 1;
	reap->cp[0] = cp;
	call_rcu(&reap->rcu, reap_rcu);
	return true;
}

/* Unlinks cp if it is over. The killer has done the accounting, or we do it. */
static bool conn_reclaim(struct nfvs_net *nn, struct nfvs_conn *cp)
{
	if (!nfvs_conn_is_over(nn, cp))
		return false;
	if (nfvs_conn_kill(cp))
		nfvs_count(nn, NFVS_C_CONN_EXPIRED);
	return conn_unlink(nn, cp);
}

/*
 * One RCU read-side section of the scan. Fills reap; returns how many entries
 * were looked at, 0 at the end of the table.
 */
static u32 scan_some(struct nfvs_net *nn, struct reap *reap, u32 budget)
{
	struct nfvs_conn *cp;
	u32 seen = 0;

	local_bh_disable();
	rhashtable_walk_start(&nn->scan_iter);
	while (seen < budget && reap->n < REAP_MAX) {
		cp = rhashtable_walk_next(&nn->scan_iter);
		if (!cp)
			break;
		/* The table is being resized: the walk begins anew. */
		if (IS_ERR(cp))
			continue;
		seen++;
		if (conn_reclaim(nn, cp))
			reap->cp[reap->n++] = cp;
	}
	rhashtable_walk_stop(&nn->scan_iter);
	local_bh_enable();
	return seen;
}

/* Looks at budget entries; true when the end of the table was reached. */
static bool scan_slice(struct nfvs_net *nn, u32 budget)
{
	struct reap *reap = NULL;
	bool at_end = false;
	u32 seen;

	while (budget && !at_end) {
		if (!reap) {
			reap = kmalloc(struct_size(reap, cp, REAP_MAX), GFP_KERNEL);
			if (!reap)
				return false;
			reap->n = 0;
		}
		seen = scan_some(nn, reap, min_t(u32, budget, SCAN_BREATH));
		at_end = !seen;
		budget -= seen;
		if (reap->n == REAP_MAX) {
			call_rcu(&reap->rcu, reap_rcu);
			reap = NULL;
		}
		cond_resched();
	}
	if (reap && reap->n)
		call_rcu(&reap->rcu, reap_rcu);
	else
		kfree(reap);
	return at_end;
}

static void scan_work(struct work_struct *work)
{
	struct nfvs_net *nn = container_of(work, struct nfvs_net, scan.work);
	u32 count = nfvs_conn_table_count(nn);

	if (scan_slice(nn, max_t(u32, SCAN_MIN, count / SCAN_PARTS))) {
		rhashtable_walk_exit(&nn->scan_iter);
		rhashtable_walk_enter(&nn->conns, &nn->scan_iter);
	}
	if (!nfvs_conn_table_count(nn)) {
		/* Pairs with scan_wake(): either we see its entry or it sees idle. */
		smp_store_mb(nn->scan_idle, 1);
		if (!nfvs_conn_table_count(nn) || !xchg(&nn->scan_idle, 0))
			return;
	}
	queue_delayed_work(system_unbound_wq, &nn->scan,
			   msecs_to_jiffies(SCAN_PERIOD_MS));
}

u32 nfvs_conn_table_size(const struct nfvs_net *nn)
{
	const struct bucket_table *tbl;
	u32 size;

	rcu_read_lock();
	tbl = rcu_dereference(nn->conns.tbl);
	size = tbl->size;
	rcu_read_unlock();
	return size;
}

u32 nfvs_conn_table_count(const struct nfvs_net *nn)
{
	return atomic_read(&nn->conns.nelems);
}

int nfvs_conn_table_init(struct nfvs_net *nn)
{
	int err;

	get_random_bytes(&nn->conn_key, sizeof(nn->conn_key));
	err = rhashtable_init(&nn->conns, &fwd_params);
	if (err)
		return err;
	err = rhashtable_init(&nn->replies, &rev_params);
	if (err)
		goto err_conns;
	rhashtable_walk_enter(&nn->conns, &nn->scan_iter);
	INIT_DELAYED_WORK(&nn->scan, scan_work);
	nn->scan_idle = 1;
	return 0;

err_conns:
	rhashtable_destroy(&nn->conns);
	return err;
}

static void conn_destroy(void *obj, void *arg)
{
	conn_release(obj);
}

/*
 * The hooks are gone and a grace period has passed: nobody looks up or inserts.
 * Batches given to RCU before this still refer to destinations of nn: the
 * caller waits for them with rcu_barrier().
 */
void nfvs_conn_table_uninit(struct nfvs_net *nn)
{
	cancel_delayed_work_sync(&nn->scan);
	rhashtable_walk_exit(&nn->scan_iter);
	rhashtable_destroy(&nn->replies);
	rhashtable_free_and_destroy(&nn->conns, conn_destroy, NULL);
}

int nfvs_conn_cache_init(void)
{
	BUILD_BUG_ON(NFVS_CONN4_SIZE > 64);
	BUILD_BUG_ON(sizeof(struct nfvs_conn) > 128);

	conn4_cache = kmem_cache_create("nfvs_conn4", NFVS_CONN4_SIZE, 64, SLAB_HWCACHE_ALIGN, NULL);
	if (!conn4_cache)
		return -ENOMEM;
	conn6_cache = kmem_cache_create("nfvs_conn6", sizeof(struct nfvs_conn), 64,
					SLAB_HWCACHE_ALIGN, NULL);
	if (!conn6_cache) {
		kmem_cache_destroy(conn4_cache);
		return -ENOMEM;
	}
	return 0;
}

void nfvs_conn_cache_uninit(void)
{
	kmem_cache_destroy(conn6_cache);
	kmem_cache_destroy(conn4_cache);
}
