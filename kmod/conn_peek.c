// SPDX-License-Identifier: GPL-2.0-only
/*
 * Look-ups of the ingress hook. The same tables and hashes as conn_table.c's,
 * made for one family and direction each, because every instruction counts;
 * whether an entry is over is asked by the caller, with what else it asks.
 *
 * rhashtable_lookup() would do only as long as the compiler inlines it: where it
 * does not, it calls the functions the table was made with, with our kind of key.
 */
#include <linux/rhashtable.h>
#include <net/ipv6.h>

#include "conn.h"
#include "conn_hash.h"
#include "net.h"

struct key4 {
	const hsiphash_key_t	*hash_key;
	__be32			src;
	__be32			dst;
	__be32			ports;	/* as in the packet */
	u8			proto;
};

struct key6 {
	const hsiphash_key_t	*hash_key;
	const struct in6_addr	*src;
	const struct in6_addr	*dst;
	__be32			ports;
	u8			proto;
};

/* nfvs_hash_ports() of two ports that lie side by side. */
static __always_inline u32 hash_ports(__be32 ports)
{
	const __be16 *p = (const __be16 *)&ports;

	return nfvs_hash_ports(p[0], p[1]);
}

static __always_inline u32 hash4(const void *key, u32 seed)
{
	const struct key4 *k = key;

	return nfvs_hash4(k->hash_key, seed, k->src, k->dst, hash_ports(k->ports), k->proto);
}

static __always_inline u32 hash6(const void *key, u32 seed)
{
	const struct key6 *k = key;

	return nfvs_hash6(k->hash_key, seed, k->src, k->dst, hash_ports(k->ports), k->proto);
}

/* Both ports of a packet against two of the entry's. */
static __always_inline bool has_ports(__be32 ports, __be16 sport, __be16 dport)
{
	const __be16 *p = (const __be16 *)&ports;

	return p[0] == sport && p[1] == dport;
}

static __always_inline bool is_fwd4(const void *key, const struct nfvs_conn *cp)
{
	const struct key4 *k = key;

	return cp->addr4.caddr == k->src && cp->addr4.vaddr == k->dst &&
	       has_ports(k->ports, cp->cport, cp->vport) && cp->proto == k->proto && !cp->is_v6;
}

static __always_inline bool is_rev4(const void *key, const struct nfvs_conn *cp)
{
	const struct key4 *k = key;

	return cp->addr4.caddr == k->dst && has_ports(k->ports, cp->dport, cp->cport) &&
	       cp->proto == k->proto && !cp->is_v6 && nfvs_conn_daddr(cp)->ip == k->src;
}

static __always_inline bool is_fwd6(const void *key, const struct nfvs_conn *cp)
{
	const struct key6 *k = key;

	return has_ports(k->ports, cp->cport, cp->vport) && cp->proto == k->proto && cp->is_v6 &&
	       ipv6_addr_equal(&cp->addr6.caddr, k->src) &&
	       ipv6_addr_equal(&cp->addr6.vaddr, k->dst);
}

static __always_inline bool is_rev6(const void *key, const struct nfvs_conn *cp)
{
	const struct key6 *k = key;

	return has_ports(k->ports, cp->dport, cp->cport) && cp->proto == k->proto && cp->is_v6 &&
	       ipv6_addr_equal(&cp->addr6.caddr, k->dst) &&
	       ipv6_addr_equal(&nfvs_conn_daddr(cp)->in6, k->src);
}

/* What rhashtable_lookup() does; link: offset of the entry's rhash_head. */
static __always_inline
struct nfvs_conn *lookup(struct rhashtable *ht, size_t link, const void *key,
			 u32 (*hash_of)(const void *key, u32 seed),
			 bool (*is_it)(const void *key, const struct nfvs_conn *cp))
{
	struct rhash_lock_head __rcu *const *bkt;
	struct bucket_table *tbl;
	struct nfvs_conn *cp;
	struct rhash_head *he;
	u32 hash;

	tbl = rht_dereference_rcu(ht->tbl, ht);
	do {
		hash = rht_bucket_index(tbl, hash_of(key, tbl->hash_rnd));
		bkt = rht_bucket(tbl, hash);
		do {
			rht_for_each_rcu_from(he, rht_ptr_rcu(bkt), tbl, hash) {
				cp = (void *)he - link;
				if (is_it(key, cp))
					return cp;
			}
			/* Moved to another chain meanwhile: once more. */
		} while (he != RHT_NULLS_MARKER(bkt));
		/* See any new table: it may be there. Partner: rhashtable's rehash. */
		smp_rmb();
		tbl = rht_dereference_rcu(tbl->future_tbl, ht);
	} while (unlikely(tbl));
	return NULL;
}

struct nfvs_conn *nfvs_conn_peek4(struct nfvs_net *nn, __be32 src, __be32 dst, __be32 ports,
				  u8 proto)
{
	struct key4 k = { &nn->conn_key, src, dst, ports, proto };

	return lookup(&nn->conns, offsetof(struct nfvs_conn, fwd), &k, hash4, is_fwd4);
}

struct nfvs_conn *nfvs_conn_peek4_reply(struct nfvs_net *nn, __be32 src, __be32 dst,
					__be32 ports, u8 proto)
{
	struct key4 k = { &nn->conn_key, src, dst, ports, proto };

	return lookup(&nn->replies, offsetof(struct nfvs_conn, rev), &k, hash4, is_rev4);
}

struct nfvs_conn *nfvs_conn_peek6(struct nfvs_net *nn, const struct in6_addr *src,
				  const struct in6_addr *dst, __be32 ports, u8 proto)
{
	struct key6 k = { &nn->conn_key, src, dst, ports, proto };

	return lookup(&nn->conns, offsetof(struct nfvs_conn, fwd), &k, hash6, is_fwd6);
}

struct nfvs_conn *nfvs_conn_peek6_reply(struct nfvs_net *nn, const struct in6_addr *src,
					const struct in6_addr *dst, __be32 ports, u8 proto)
{
	struct key6 k = { &nn->conn_key, src, dst, ports, proto };

	return lookup(&nn->replies, offsetof(struct nfvs_conn, rev), &k, hash6, is_rev6);
}
