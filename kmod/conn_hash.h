/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hash of a connection's 5-tuple: keyed, so that nobody without the key can
 * make chains grow. Pure logic: unit tests compile it too.
 */
#ifndef _NFVS_CONN_HASH_H
#define _NFVS_CONN_HASH_H

#include <linux/in6.h>
#include <linux/siphash.h>
#include <linux/types.h>

/* Source first: the two directions of a flow have different hashes. */
static inline u32 nfvs_hash_ports(__be16 sport, __be16 dport)
{
	return (__force u32)sport << 16 | (__force u32)dport;
}

static inline u32 nfvs_hash4(const hsiphash_key_t *key, __be32 src, __be32 dst, u32 ports,
			     u8 proto)
{
	return hsiphash_4u32((__force u32)src, (__force u32)dst, ports, proto, key);
}

static inline u32 nfvs_hash6(const hsiphash_key_t *key, const struct in6_addr *src,
			     const struct in6_addr *dst, u32 ports, u8 proto)
{
	struct {
		struct in6_addr src;
		struct in6_addr dst;
		u32 ports;
		u32 proto;
	} data = { *src, *dst, ports, proto };

	return hsiphash(&data, sizeof(data), key);
}

#endif /* _NFVS_CONN_HASH_H */
