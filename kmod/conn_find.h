/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Look-ups of connections, made for one family and direction each and inlined into
 * those who look, because every instruction counts. RCU read side.
 *
 * An insertion puts an entry before all others of its tuple, which are over: the
 * first one found is the only one that can be alive.
 */
#ifndef _NFVS_CONN_FIND_H
#define _NFVS_CONN_FIND_H

#include <linux/ip.h>
#include <net/ipv6.h>

#include "conn.h"
#include "conn_hash.h"
#include "net.h"

/* A tuple as a packet shows it; src and dst point to struct in6_addr with IPv6. */
struct nfvs_key4 {
	__be32	src;
	__be32	dst;
	__be32	ports;
	u8	proto;
};

struct nfvs_key6 {
	const struct in6_addr	*src;
	const struct in6_addr	*dst;
	__be32			ports;
	u8			proto;
};

/* nfvs_hash_ports() of two ports that lie side by side. */
static __always_inline u32 nfvs_hash_joined(__be32 ports)
{
	const __be16 *p = (const __be16 *)&ports;

	return nfvs_hash_ports(p[0], p[1]);
}

static __always_inline __be32 nfvs_join_ports(__be16 sport, __be16 dport)
{
	__be16 p[2] = { sport, dport };

	return *(__be32 *)p;
}

/* Both ports of a packet against two of the entry's. */
static __always_inline bool nfvs_has_ports(__be32 ports, __be16 sport, __be16 dport)
{
	return ports == nfvs_join_ports(sport, dport);
}

static __always_inline struct nfvs_conn *nfvs_fwd_conn(const struct nfvs_link *link)
{
	return container_of(link, struct nfvs_conn, fwd);
}

static __always_inline struct nfvs_conn *nfvs_rev_conn(const struct nfvs_link *link)
{
	return container_of(link, struct nfvs_conn, rev);
}

static __always_inline bool nfvs_is_fwd4(const void *key, const struct nfvs_link *link)
{
	const struct nfvs_conn *cp = nfvs_fwd_conn(link);
	const struct nfvs_key4 *k = key;

	return cp->addr4.caddr == k->src && cp->addr4.vaddr == k->dst &&
	       nfvs_has_ports(k->ports, cp->cport, cp->vport) && cp->proto == k->proto && !cp->is_v6;
}

static __always_inline bool nfvs_is_rev4(const void *key, const struct nfvs_link *link)
{
	const struct nfvs_conn *cp = nfvs_rev_conn(link);
	const struct nfvs_key4 *k = key;

	return cp->addr4.caddr == k->dst && nfvs_has_ports(k->ports, nfvs_conn_dport(cp), cp->cport) &&
	       nfvs_conn_daddr(cp)->ip == k->src && cp->proto == k->proto && !cp->is_v6;
}

static __always_inline bool nfvs_is_fwd6(const void *key, const struct nfvs_link *link)
{
	const struct nfvs_conn *cp = nfvs_fwd_conn(link);
	const struct nfvs_key6 *k = key;

	return nfvs_has_ports(k->ports, cp->cport, cp->vport) && cp->proto == k->proto &&
	       cp->is_v6 && ipv6_addr_equal(&cp->addr6.caddr, k->src) &&
	       ipv6_addr_equal(&cp->addr6.vaddr, k->dst);
}

static __always_inline bool nfvs_is_rev6(const void *key, const struct nfvs_link *link)
{
	const struct nfvs_conn *cp = nfvs_rev_conn(link);
	const struct nfvs_key6 *k = key;

	return nfvs_has_ports(k->ports, nfvs_conn_dport(cp), cp->cport) &&
	       cp->proto == k->proto && cp->is_v6 &&
	       ipv6_addr_equal(&cp->addr6.caddr, k->dst) &&
	       ipv6_addr_equal(&nfvs_conn_daddr(cp)->in6, k->src);
}

static __always_inline struct nfvs_conn *nfvs_find4(struct nfvs_net *nn,
						    const struct nfvs_key4 *k, u32 hash,
						    enum nfvs_dir dir)
{
	struct nfvs_link *link;

	if (dir == NFVS_DIR_IN) {
		link = nfvs_table_find(&nn->conns, hash, k, nfvs_is_fwd4);
		return link ? nfvs_fwd_conn(link) : NULL;
	}
	link = nfvs_table_find(&nn->replies, hash, k, nfvs_is_rev4);
	return link ? nfvs_rev_conn(link) : NULL;
}

static __always_inline struct nfvs_conn *nfvs_find6(struct nfvs_net *nn,
						    const struct nfvs_key6 *k, u32 hash,
						    enum nfvs_dir dir)
{
	struct nfvs_link *link;

	if (dir == NFVS_DIR_IN) {
		link = nfvs_table_find(&nn->conns, hash, k, nfvs_is_fwd6);
		return link ? nfvs_fwd_conn(link) : NULL;
	}
	link = nfvs_table_find(&nn->replies, hash, k, nfvs_is_rev6);
	return link ? nfvs_rev_conn(link) : NULL;
}

/*
 * For the ingress hook: the newest entry of the tuple, which may be over, and
 * the tuple's hash; a packet client -> virtual service, or real server -> client.
 * ports: the two as they lie in the packet.
 */
static __always_inline struct nfvs_conn *nfvs_conn_peek4(struct nfvs_net *nn,
							 const struct iphdr *iph, __be32 ports,
							 enum nfvs_dir dir, u32 *hash)
{
	struct nfvs_key4 k = { iph->saddr, iph->daddr, ports, iph->protocol };

	*hash = nfvs_hash4(&nn->conn_key, k.src, k.dst, nfvs_hash_joined(ports), k.proto);
	return nfvs_find4(nn, &k, *hash, dir);
}

static __always_inline struct nfvs_conn *nfvs_conn_peek6(struct nfvs_net *nn,
							 const struct ipv6hdr *iph, __be32 ports,
							 enum nfvs_dir dir, u32 *hash)
{
	struct nfvs_key6 k = { &iph->saddr, &iph->daddr, ports, iph->nexthdr };

	*hash = nfvs_hash6(&nn->conn_key, k.src, k.dst, nfvs_hash_joined(ports), k.proto);
	return nfvs_find6(nn, &k, *hash, dir);
}

#endif /* _NFVS_CONN_FIND_H */
