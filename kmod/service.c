// SPDX-License-Identifier: GPL-2.0-only
/* Virtual services: their table, the look-up by packets, creation and end. */
#include "service.h"

#include <linux/in.h>
#include <linux/jhash.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <net/ip.h>

#include "dest.h"
#include "net.h"
#include "packet.h"

enum {
	BREATH		= 1024,	/* destinations between two offers to others */
	PORT_FTP_DATA	= 20,
	PORT_FTP	= 21,
};

static struct kmem_cache *svc_cache __ro_after_init;

/* Every packet that opens a connection looks a service up. */
u32 nfvs_svc_key_hash(const struct nfvs_net *nn, const struct nfvs_svc_key *key)
{
	if (likely(key->af == AF_INET))
		return jhash_3words((__force u32)key->addr.ip, key->fwmark,
				    (__force u32)key->port << 16 | key->proto, nn->hash_seed);
	return jhash2((const u32 *)key, sizeof(*key) / sizeof(u32), nn->hash_seed);
}

static u32 link_hash(const struct nfvs_link *link)
{
	return container_of(link, struct nfvs_svc, link)->hash;
}

static bool is_svc(const void *key, const struct nfvs_link *link)
{
	const struct nfvs_svc_key *a = key;
	const struct nfvs_svc_key *b = &container_of(link, struct nfvs_svc, link)->key;

	return a->port == b->port && a->proto == b->proto && a->af == b->af &&
	       a->fwmark == b->fwmark && nf_inet_addr_cmp(&a->addr, &b->addr);
}

/* RCU read side. */
static struct nfvs_svc *find(struct nfvs_net *nn, const struct nfvs_svc_key *key)
{
	struct nfvs_link *link;

	link = nfvs_table_find(&nn->svcs, nfvs_svc_key_hash(nn, key), key, is_svc);
	return link ? container_of(link, struct nfvs_svc, link) : NULL;
}

/* A service without a set is not committed yet: absent for packets. */
static struct nfvs_svc *lookup(struct nfvs_net *nn, const struct nfvs_svc_key *key)
{
	struct nfvs_svc *svc = find(nn, key);

	return svc && rcu_access_pointer(svc->dset) ? svc : NULL;
}

static struct nfvs_svc *lookup_fwmark(struct nfvs_net *nn, const struct nfvs_pkt *pkt)
{
	struct nfvs_svc_key key = { .fwmark = pkt->mark, .af = pkt->af };

	if (!pkt->mark || !READ_ONCE(nn->n_fwmark))
		return NULL;
	return lookup(nn, &key);
}

/* Might this be a data connection of FTP, active or passive? */
static bool is_ftp_data(struct nfvs_net *nn, const struct nfvs_pkt *pkt)
{
	u16 port = ntohs(pkt->dport);

	if (pkt->proto != IPPROTO_TCP || !READ_ONCE(nn->n_ftp))
		return false;
	return port == PORT_FTP_DATA || !inet_port_requires_bind_service(pkt->net, port);
}

struct nfvs_svc *nfvs_svc_find(struct nfvs_net *nn, const struct nfvs_pkt *pkt)
{
	struct nfvs_svc_key key = {
		.addr	= pkt->daddr,
		.port	= pkt->dport,
		.proto	= pkt->proto,
		.af	= pkt->af,
	};
	struct nfvs_svc *svc;

	svc = lookup_fwmark(nn, pkt);
	if (svc)
		return svc;

	/* Bytes of the union beyond an IPv4 address are not the packet's. */
	if (pkt->af == AF_INET)
		key.addr = (union nf_inet_addr) { .ip = pkt->daddr.ip };
	svc = lookup(nn, &key);
	if (svc)
		return svc;

	if (is_ftp_data(nn, pkt)) {
		key.port = htons(PORT_FTP);
		svc = lookup(nn, &key);
		if (svc)
			return svc;
	}
	if (READ_ONCE(nn->n_portzero)) {
		key.port = 0;
		svc = lookup(nn, &key);
	}
	return svc;
}

/* The next that is committed, from link on; moves the cursor past those that are not. */
static struct nfvs_svc *walk_on(struct nfvs_net *nn, struct nfvs_svc_cursor_rcu *cur,
				struct nfvs_link *link)
{
	struct nfvs_svc *svc;

	while (link) {
		svc = container_of(link, struct nfvs_svc, link);
		if (rcu_access_pointer(svc->dset))
			return svc;
		cur->n = svc->hash == cur->hash ? cur->n + 1 : 1;
		cur->hash = svc->hash;
		link = nfvs_table_next(&nn->svcs, link);
	}
	return NULL;
}

struct nfvs_svc *nfvs_svc_walk(struct nfvs_net *nn, struct nfvs_svc_cursor_rcu *cur)
{
	struct nfvs_link *link = nfvs_table_seek(&nn->svcs, cur->hash);
	u32 i;

	for (i = 0; link && i < cur->n && link_hash(link) == cur->hash; i++)
		link = nfvs_table_next(&nn->svcs, link);
	return walk_on(nn, cur, link);
}

struct nfvs_svc *nfvs_svc_walk_next(struct nfvs_net *nn, struct nfvs_svc_cursor_rcu *cur,
				    const struct nfvs_svc *svc)
{
	cur->n = svc->hash == cur->hash ? cur->n + 1 : 1;
	cur->hash = svc->hash;
	return walk_on(nn, cur, nfvs_table_next(&nn->svcs, &svc->link));
}

struct nfvs_svc *nfvs_svc_get_any(struct nfvs_net *nn, const struct nfvs_svc_key *key)
{
	struct nfvs_svc *svc;

	lockdep_assert_held(&nn->config_mutex);

	/* There is no table before the first service. */
	if (!nfvs_table_size(&nn->svcs))
		return NULL;
	/* Services are freed by us alone: the pointer outlives the read side. */
	rcu_read_lock();
	svc = find(nn, key);
	rcu_read_unlock();
	return svc;
}

struct nfvs_svc *nfvs_svc_get(struct nfvs_net *nn, const struct nfvs_svc_key *key)
{
	struct nfvs_svc *svc = nfvs_svc_get_any(nn, key);

	return svc && svc->present ? svc : NULL;
}

struct nfvs_svc *nfvs_svc_create(struct nfvs_net *nn, const struct nfvs_svc_key *key)
{
	struct nfvs_svc *svc;
	int err;

	err = nfvs_net_prepare_fast(nn);
	if (err)
		return ERR_PTR(err);
	svc = kmem_cache_zalloc(svc_cache, GFP_KERNEL_ACCOUNT);
	if (!svc)
		return ERR_PTR(-ENOMEM);
	svc->key = *key;
	svc->nn = nn;
	INIT_LIST_HEAD(&svc->list);
	INIT_LIST_HEAD(&svc->dests);
	INIT_LIST_HEAD(&svc->txn.link);
	svc->hash = nfvs_svc_key_hash(nn, key);
	local_bh_disable();
	rcu_read_lock();
	nfvs_table_insert(&nn->svcs, &svc->link, link_hash, key, is_svc, NULL);
	rcu_read_unlock();
	local_bh_enable();
	if (!key->fwmark)
		nfvs_net_add_addr(nn, NFVS_FILTER_VIRTUAL, key->af, &key->addr);
	pr_debug("svc %p created\n", svc);
	return svc;
}

static void svc_free_cb(struct rcu_head *rcu)
{
	struct nfvs_svc *svc = container_of(rcu, struct nfvs_svc, rcu);

	pr_debug("svc %p destroyed\n", svc);
	kmem_cache_free(svc_cache, svc);
}

/*
 * No look-up finds it any more, but packets that did may use it and its set
 * until a grace period from now.
 */
void nfvs_svc_destroy(struct nfvs_svc *svc)
{
	lockdep_assert_held(&svc->nn->config_mutex);

	local_bh_disable();
	rcu_read_lock();
	nfvs_table_remove(&svc->nn->svcs, &svc->link, link_hash);
	rcu_read_unlock();
	local_bh_enable();
	if (!svc->key.fwmark)
		nfvs_net_del_addr(svc->nn, NFVS_FILTER_VIRTUAL, svc->key.af, &svc->key.addr);
	call_rcu(&svc->rcu, svc_free_cb);
}

static void add_dest(const struct nfvs_dest *dest, struct nfvs_stats_sum *sum,
		     struct nfvs_rates *rates)
{
	struct nfvs_stats_sum one;

	nfvs_stats_read(dest->stats, &one);
	nfvs_stats_sub(&one, &dest->base);
	nfvs_stats_add(sum, &one);
	if (rates)
		nfvs_rates_add(rates, &dest->rates);
}

void nfvs_svc_stats(const struct nfvs_svc *svc, struct nfvs_stats_sum *sum,
		    struct nfvs_rates *rates)
{
	struct nfvs_dest *dest;
	u32 done = 0;

	lockdep_assert_held(&svc->nn->config_mutex);

	*sum = svc->gone;
	if (rates)
		*rates = (struct nfvs_rates) {};
	list_for_each_entry(dest, &svc->dests, list) {
		add_dest(dest, sum, rates);
		if (++done % BREATH == 0)
			cond_resched();
	}
}

/*
 * Objects go, and lists change for good, only in commits. A transaction that was
 * rolled back meanwhile has put everything back in its place.
 */
bool nfvs_svc_stats_relaxed(const struct nfvs_svc *svc, struct nfvs_stats_sum *sum,
			    struct nfvs_rates *rates)
{
	struct nfvs_net *nn = svc->nn;
	u32 generation = nn->generation;
	struct nfvs_dest *dest;
	u32 done = 0;

	lockdep_assert_held(&nn->config_mutex);

	*sum = svc->gone;
	*rates = (struct nfvs_rates) {};
	list_for_each_entry(dest, &svc->dests, list) {
		add_dest(dest, sum, rates);
		if (++done % BREATH)
			continue;
		mutex_unlock(&nn->config_mutex);
		cond_resched();
		mutex_lock(&nn->config_mutex);
		if (nn->generation != generation)
			return false;
	}
	return true;
}

int nfvs_svc_table_prepare(struct nfvs_net *nn)
{
	return nfvs_table_size(&nn->svcs) ? 0 : nfvs_table_init(&nn->svcs, link_hash);
}

/* nfvs_config_shutdown() has emptied it. */
void nfvs_svc_table_uninit(struct nfvs_net *nn)
{
	WARN_ON_ONCE(nfvs_table_count(&nn->svcs));
	nfvs_table_destroy(&nn->svcs);
}

int __init nfvs_svc_cache_init(void)
{
	svc_cache = KMEM_CACHE(nfvs_svc, 0);
	return svc_cache ? 0 : -ENOMEM;
}

/* After rcu_barrier(). */
void nfvs_svc_cache_uninit(void)
{
	kmem_cache_destroy(svc_cache);
}
