// SPDX-License-Identifier: GPL-2.0-only
/*
 * The connection tables of a namespace: insertion, walks, and the scanner that
 * reclaims what is over. Look-ups: conn_find.c.
 *
 * Who runs beside whom: packets look up, insert and retire on any CPU (RCU read
 * side, BH off), the scanner's work reclaims. Whoever unlinks an entry from the
 * table of client tuples, and nobody else, gives it to RCU: an entry a packet
 * has found stays valid for its read-side section. An expired or killed entry
 * is not found any more: for packets it is absent from that moment, whenever the
 * scanner comes by.
 */
#include "conn.h"

#include <linux/err.h>
#include <linux/prefetch.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <net/ipv6.h>

#include "conn_find.h"
#include "packet.h"
#include "persist.h"

enum {
	SCAN_PERIOD_MS	= 500,	/* between two slices */
	SCAN_MIN	= 1024,	/* buckets of a slice, at least */
	SCAN_PARTS	= 4,	/* slices of a pass over a large table */
	SCAN_BREATH	= 512,	/* buckets in one RCU read-side section */
	SCAN_AHEAD	= 8,	/* buckets */
	REAP_MAX	= 250,	/* entries freed by one RCU callback */
};

/* Entries that wait for a grace period. */
struct reap {
	struct rcu_head		rcu;
	u32			n;
	struct nfvs_conn	*cp[];
};

static struct kmem_cache *conn4_cache __ro_after_init;
static struct kmem_cache *child4_cache __ro_after_init;
static struct kmem_cache *conn6_cache __ro_after_init;

static u32 fwd_hash(const struct nfvs_link *link)
{
	return nfvs_fwd_conn(link)->fwd_hash;
}

static u32 rev_hash(const struct nfvs_link *link)
{
	return nfvs_rev_conn(link)->rev_hash;
}

/* Real server to client. */
static u32 hash_reply(const struct nfvs_conn *cp)
{
	const hsiphash_key_t *key = &cp->dest->nn->conn_key;
	const union nf_inet_addr *daddr = nfvs_conn_daddr(cp);
	u32 ports = nfvs_hash_ports(nfvs_conn_dport(cp), cp->cport);

	if (cp->is_v6)
		return nfvs_hash6(key, &daddr->in6, &cp->addr6.caddr, ports, cp->proto);
	return nfvs_hash4(key, daddr->ip, cp->addr4.caddr, ports, cp->proto);
}

static bool has_same_client(const struct nfvs_conn *a, const struct nfvs_conn *b)
{
	if (a->cport != b->cport || a->proto != b->proto || a->is_v6 != b->is_v6)
		return false;
	return a->is_v6 ? ipv6_addr_equal(&a->addr6.caddr, &b->addr6.caddr) :
			  a->addr4.caddr == b->addr4.caddr;
}

/* The same client tuple, and alive. */
static bool is_twin(const void *key, const struct nfvs_link *link)
{
	const struct nfvs_conn *a = key, *b = nfvs_fwd_conn(link);

	if (!has_same_client(a, b) || a->vport != b->vport)
		return false;
	if (a->is_v6 ? !ipv6_addr_equal(&a->addr6.vaddr, &b->addr6.vaddr) :
		       a->addr4.vaddr != b->addr4.vaddr)
		return false;
	return !nfvs_conn_is_over(a->dest->nn, b);
}

/* The same reply tuple. */
static bool is_reply_twin(const void *key, const struct nfvs_link *link)
{
	const struct nfvs_conn *a = key, *b = nfvs_rev_conn(link);

	if (!has_same_client(a, b) || nfvs_conn_dport(a) != nfvs_conn_dport(b))
		return false;
	return a->is_v6 ? ipv6_addr_equal(&nfvs_conn_daddr(a)->in6, &nfvs_conn_daddr(b)->in6) :
			  nfvs_conn_daddr(a)->ip == nfvs_conn_daddr(b)->ip;
}

static struct kmem_cache *cache_of(bool is_v6, bool is_child)
{
	if (is_v6)
		return conn6_cache;
	return is_child ? child4_cache : conn4_cache;
}

struct nfvs_conn *nfvs_conn_alloc(bool is_v6, bool is_child)
{
	struct nfvs_conn *cp = kmem_cache_alloc(cache_of(is_v6, is_child), GFP_ATOMIC);

	if (cp) {
		cp->is_v6 = is_v6;
		cp->is_child = is_child;
	}
	return cp;
}

void nfvs_conn_free(struct nfvs_conn *cp)
{
	kmem_cache_free(cache_of(cp->is_v6, cp->is_child), cp);
}

/*
 * The scanner sleeps while the tables are empty; the first entry wakes it. The
 * lock that it was inserted with comes between this and nfvs_table_is_empty().
 */
void nfvs_conn_scan_wake(struct nfvs_net *nn)
{
	if (READ_ONCE(nn->scan_idle) && xchg(&nn->scan_idle, 0))
		queue_delayed_work(system_unbound_wq, &nn->scan,
				   msecs_to_jiffies(SCAN_PERIOD_MS));
}

struct nfvs_conn *nfvs_conn_insert(struct nfvs_net *nn, struct nfvs_conn *cp)
{
	struct nfvs_link *twin;

	/* Before others see it: they may kill it at once, and look for it in both tables. */
	if (cp->method == NFVS_METHOD_NAT)
		cp->rev_hash = hash_reply(cp);
	twin = nfvs_table_insert(&nn->conns, &cp->fwd, fwd_hash, cp, is_twin, NULL);
	if (twin)
		return nfvs_fwd_conn(twin);
	nfvs_conn_scan_wake(nn);
	return cp;
}

/* Partner: the cmpxchg in nfvs_conn_kill(), which comes before unlinking. */
static bool is_alive(const void *key)
{
	const struct nfvs_conn *cp = key;

	return !(READ_ONCE(cp->word) & NFVS_CW_DEAD);
}

/*
 * Flows of one client port towards different virtual addresses may end at the
 * same real server with the same reply tuple. The newest connection takes the
 * place of the one before it, which cannot be told apart on the wire any more.
 * Who has killed cp meanwhile may have given it to RCU: nobody must find it then.
 */
void nfvs_conn_insert_reply(struct nfvs_net *nn, struct nfvs_conn *cp)
{
	nfvs_table_insert(&nn->replies, &cp->rev, rev_hash, cp, is_reply_twin, is_alive);
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
		nfvs_table_remove(&nn->replies, &cp->rev, rev_hash);
	return nfvs_table_remove(&nn->conns, &cp->fwd, fwd_hash);
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

/* False: reap is full before the bucket's end. */
static bool scan_bucket(struct nfvs_net *nn, struct reap *reap, u32 bucket)
{
	struct nfvs_link *link = nfvs_table_bucket(&nn->conns, bucket);
	struct nfvs_conn *cp;

	while (link) {
		if (reap->n == REAP_MAX)
			return false;
		cp = nfvs_fwd_conn(link);
		link = nfvs_table_bucket_next(link);
		if (conn_reclaim(nn, cp))
			reap->cp[reap->n++] = cp;
	}
	return true;
}

/*
 * One RCU read-side section of the scan. Returns how many buckets it left behind. Each
 * entry is a cache miss in a large table: they are asked for some buckets ahead.
 */
static u32 scan_some(struct nfvs_net *nn, struct reap *reap, u32 budget)
{
	u32 mask = nfvs_conn_table_size(nn) - 1;
	u32 n = 0;

	local_bh_disable();
	rcu_read_lock();
	while (n < budget && nn->scan_pos <= mask) {
		prefetch(nfvs_table_bucket(&nn->conns, (nn->scan_pos + SCAN_AHEAD) & mask));
		if (!scan_bucket(nn, reap, nn->scan_pos))
			break;
		nn->scan_pos++;
		n++;
	}
	rcu_read_unlock();
	local_bh_enable();
	return n;
}

/* Looks at budget buckets, or those up to the end of the table. */
static void scan_slice(struct nfvs_net *nn, u32 budget)
{
	struct reap *reap = NULL;

	do {
		if (!reap) {
			reap = kmalloc(struct_size(reap, cp, REAP_MAX), GFP_KERNEL);
			if (!reap)
				return;
			reap->n = 0;
		}
		budget -= scan_some(nn, reap, min_t(u32, budget, SCAN_BREATH));
		if (reap->n == REAP_MAX) {
			call_rcu(&reap->rcu, reap_rcu);
			reap = NULL;
		}
		cond_resched();
	} while (budget && nn->scan_pos < nfvs_conn_table_size(nn));
	if (reap && reap->n)
		call_rcu(&reap->rcu, reap_rcu);
	else
		kfree(reap);
	if (nn->scan_pos >= nfvs_conn_table_size(nn))
		nn->scan_pos = 0;
}

/* Nothing to look at, and the tables are as small as they get. */
static bool is_done(const struct nfvs_net *nn)
{
	return nfvs_table_is_empty(&nn->conns) && nfvs_persist_is_empty(nn) &&
	       nfvs_table_size(&nn->conns) == NFVS_TABLE_MIN &&
	       nfvs_table_size(&nn->replies) == NFVS_TABLE_MIN &&
	       nfvs_table_size(&nn->tpls) == NFVS_TABLE_MIN &&
	       !nfvs_table_is_untidy(&nn->svcs) && !nfvs_table_is_untidy(&nn->dests);
}

static void scan_work(struct work_struct *work)
{
	struct nfvs_net *nn = container_of(work, struct nfvs_net, scan.work);

	scan_slice(nn, max_t(u32, SCAN_MIN, nfvs_conn_table_size(nn) / SCAN_PARTS));
	nfvs_table_tend(&nn->conns);
	nfvs_table_tend(&nn->replies);
	nfvs_table_tend(&nn->svcs);
	nfvs_table_tend(&nn->dests);
	/* After the connections: a template remains while it has some. */
	nfvs_persist_scan(nn);
	if (is_done(nn)) {
		/* Pairs with nfvs_conn_scan_wake(): either we see its entry or it sees idle. */
		smp_store_mb(nn->scan_idle, 1);
		if (is_done(nn) || !xchg(&nn->scan_idle, 0))
			return;
	}
	queue_delayed_work(system_unbound_wq, &nn->scan,
			   msecs_to_jiffies(SCAN_PERIOD_MS));
}

struct nfvs_conn *nfvs_conn_walk(struct nfvs_net *nn, struct nfvs_conn_cursor *cur)
{
	struct nfvs_link *link = nfvs_table_seek(&nn->conns, cur->hash);
	u32 i;

	for (i = 0; link && i < cur->n && nfvs_fwd_conn(link)->fwd_hash == cur->hash; i++)
		link = nfvs_table_next(&nn->conns, link);
	return link ? nfvs_fwd_conn(link) : NULL;
}

struct nfvs_conn *nfvs_conn_walk_next(struct nfvs_net *nn, struct nfvs_conn_cursor *cur,
				      const struct nfvs_conn *cp)
{
	struct nfvs_link *link = nfvs_table_next(&nn->conns, &cp->fwd);

	cur->n = cp->fwd_hash == cur->hash ? cur->n + 1 : 1;
	cur->hash = cp->fwd_hash;
	return link ? nfvs_fwd_conn(link) : NULL;
}

u32 nfvs_conn_table_size(const struct nfvs_net *nn)
{
	/* Before the first service: what it will be. */
	return max_t(u32, nfvs_table_size(&nn->conns), NFVS_TABLE_MIN);
}

u32 nfvs_conn_table_count(const struct nfvs_net *nn)
{
	return nfvs_table_count(&nn->conns);
}

void nfvs_conn_table_init(struct nfvs_net *nn)
{
	get_random_bytes(&nn->conn_key, sizeof(nn->conn_key));
	INIT_DELAYED_WORK(&nn->scan, scan_work);
	nn->scan_idle = 1;
}

int nfvs_conn_table_prepare(struct nfvs_net *nn)
{
	int err;

	if (!nn->memo) {
		err = nfvs_hash_memo_init(nn);
		if (err)
			return err;
	}
	if (!nfvs_table_size(&nn->replies)) {
		err = nfvs_table_init(&nn->replies, rev_hash);
		if (err)
			return err;
	}
	err = nfvs_persist_prepare(nn);
	if (err)
		return err;
	return nfvs_table_size(&nn->conns) ? 0 : nfvs_table_init(&nn->conns, fwd_hash);
}

/*
 * The hooks are gone and a grace period has passed: nobody looks up or inserts.
 * Batches given to RCU before this still refer to destinations of nn: the
 * caller waits for them with rcu_barrier().
 */
void nfvs_conn_table_uninit(struct nfvs_net *nn)
{
	struct nfvs_link *link, *next;

	cancel_delayed_work_sync(&nn->scan);
	for (link = nfvs_table_seek(&nn->conns, 0); link; link = next) {
		next = nfvs_table_next(&nn->conns, link);
		conn_release(nfvs_fwd_conn(link));
		cond_resched();
	}
	nfvs_table_destroy(&nn->replies);
	nfvs_table_destroy(&nn->conns);
	nfvs_persist_uninit(nn);
	nfvs_hash_memo_uninit(nn);
}

int nfvs_conn_cache_init(void)
{
	BUILD_BUG_ON(NFVS_CONN4_SIZE > 64);
	BUILD_BUG_ON(NFVS_CHILD4_SIZE > 128);
	BUILD_BUG_ON(NFVS_CONN6_SIZE > 128);

	conn4_cache = kmem_cache_create("nfvs_conn4", NFVS_CONN4_SIZE, 64, SLAB_HWCACHE_ALIGN, NULL);
	child4_cache = kmem_cache_create("nfvs_child4", NFVS_CHILD4_SIZE, 64, SLAB_HWCACHE_ALIGN,
					 NULL);
	conn6_cache = kmem_cache_create("nfvs_conn6", NFVS_CONN6_SIZE, 64, SLAB_HWCACHE_ALIGN, NULL);
	if (conn4_cache && child4_cache && conn6_cache)
		return 0;
	nfvs_conn_cache_uninit();
	return -ENOMEM;
}

/* Those that are not there are NULL. */
void nfvs_conn_cache_uninit(void)
{
	kmem_cache_destroy(conn6_cache);
	kmem_cache_destroy(child4_cache);
	kmem_cache_destroy(conn4_cache);
}
