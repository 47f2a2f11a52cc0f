/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two connection counts of a destination in one word, so that every reader
 * sees a consistent pair. Pure logic: unit tests compile it too.
 *
 * A CPU changes a connection's state first and the counts after it, so that two
 * CPUs with one connection may count in the wrong order: for a moment one count
 * is -1. Their sum is right throughout.
 */
#ifndef _NFVS_DEST_CONNS_H
#define _NFVS_DEST_CONNS_H

#ifdef __KERNEL__
#include <linux/minmax.h>
#include <linux/types.h>
#else
#include "kernel_shim.h"
#endif

/* One connection. The halves hold up to 2^31 - 1 each. */
static inline s64 nfvs_conns_unit(bool is_active)
{
	return is_active ? 1LL << 32 : 1;
}

/* What the lower half holds, below 0 included. */
static inline s32 nfvs_conns_low(s64 conns)
{
	return (s32)(u32)conns;
}

/* The upper half without what a lower one below 0 has borrowed from it. */
static inline s32 nfvs_conns_high(s64 conns)
{
	return (s32)((u64)(conns - nfvs_conns_low(conns)) >> 32);
}

/* For showing: never below 0. */
static inline u32 nfvs_conns_active(s64 conns)
{
	return max(nfvs_conns_high(conns), 0);
}

static inline u32 nfvs_conns_inactive(s64 conns)
{
	return max(nfvs_conns_low(conns), 0);
}

static inline u64 nfvs_conns_total(s64 conns)
{
	return max((s64)nfvs_conns_high(conns) + nfvs_conns_low(conns), (s64)0);
}

/* Load as lc and wlc define it (compat.md 4.1). */
static inline u64 nfvs_conns_overhead(s64 conns)
{
	return (u64)nfvs_conns_active(conns) * 256 + nfvs_conns_total(conns);
}

#endif /* _NFVS_DEST_CONNS_H */
