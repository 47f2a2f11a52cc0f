/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which addresses matter: a bit per hash value of the virtual addresses and the
 * real servers'. A packet whose addresses have no bit is none of ours; all
 * others are looked at. Pure logic: unit tests compile it too.
 */
#ifndef _NFVS_ADDR_FILTER_H
#define _NFVS_ADDR_FILTER_H

#include <linux/bitops.h>
#include <linux/hash.h>
#include <linux/in6.h>
#include <linux/socket.h>
#include <linux/types.h>

enum {
	NFVS_FILTER_ORDER = 12,
	NFVS_FILTER_BITS = 1 << NFVS_FILTER_ORDER,
};

/* What an address is: each has its own bits, unless they meet by chance. */
enum nfvs_filter_role {
	NFVS_FILTER_VIRTUAL = 0,
	NFVS_FILTER_REAL = 1,
};

/**
 * struct nfvs_addr_filter - counted bits
 * @bits: read by packets at any time
 * @n: addresses per bit; at U8_MAX it stays there, and so does the bit. Whoever
 *     writes holds a lock of its own.
 */
struct nfvs_addr_filter {
	unsigned long	bits[NFVS_FILTER_BITS / BITS_PER_LONG];
	u8		n[NFVS_FILTER_BITS];
};

static inline u32 nfvs_filter_hash4(enum nfvs_filter_role role, __be32 addr)
{
	return hash_32((__force u32)addr + role, NFVS_FILTER_ORDER);
}

static inline u32 nfvs_filter_hash6(enum nfvs_filter_role role, const struct in6_addr *addr)
{
	const __be32 *a = addr->s6_addr32;

	return nfvs_filter_hash4(role, a[0] ^ a[1] ^ a[2] ^ a[3]);
}

static inline bool nfvs_filter_has(const struct nfvs_addr_filter *f, u32 hash)
{
	return READ_ONCE(f->bits[hash / BITS_PER_LONG]) & BIT(hash % BITS_PER_LONG);
}

static inline void nfvs_filter_add(struct nfvs_addr_filter *f, u32 hash)
{
	unsigned long *word = &f->bits[hash / BITS_PER_LONG];

	if (f->n[hash] < U8_MAX)
		f->n[hash]++;
	WRITE_ONCE(*word, *word | BIT(hash % BITS_PER_LONG));
}

static inline void nfvs_filter_del(struct nfvs_addr_filter *f, u32 hash)
{
	unsigned long *word = &f->bits[hash / BITS_PER_LONG];

	if (f->n[hash] == U8_MAX || --f->n[hash])
		return;
	WRITE_ONCE(*word, *word & ~BIT(hash % BITS_PER_LONG));
}

#endif /* _NFVS_ADDR_FILTER_H */
