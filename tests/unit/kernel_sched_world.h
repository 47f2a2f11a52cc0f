/* SPDX-License-Identifier: GPL-2.0-only */
/* A random set of destinations and the trees over it, for the tests of the schedulers. */
#ifndef KERNEL_SCHED_WORLD_H
#define KERNEL_SCHED_WORLD_H

#include <stdlib.h>

#include "sched_tree.h"

enum {
	MAX_N		= 70,
	SETS		= 400,	/* random sets per test */
	STEPS		= 300,	/* selections in one */
	SEED		= 20240611,
};

/* A set of destinations; what the trees read live. */
static struct world {
	u32	n;
	u32	weight[MAX_N];
	u32	over[MAX_N];	/* threshold reached */
	u64	load[MAX_N];
} world;

static u32 tree_mem[2 + 4 * MAX_N];
static struct nfvs_tree *const tree = (struct nfvs_tree *)tree_mem;

static inline u32 rnd(u32 n)
{
	return (u32)random() % n;
}

static inline bool is_eligible(u32 i)
{
	return world.weight[i] && !READ_ONCE(world.over[i]);
}

static inline u32 eligible_value(const void *ctx, u32 i)
{
	(void)ctx;
	return is_eligible(i);
}

static inline u32 weight_value(const void *ctx, u32 i)
{
	(void)ctx;
	return is_eligible(i) ? world.weight[i] : 0;
}

static u64 rank_mem[MAX_N + 1];
static u32 wintree_mem[4 + 4 * MAX_N] __attribute__((aligned(8)));
static struct nfvs_wintree *const wintree = (struct nfvs_wintree *)wintree_mem;

static inline u64 rank(const void *ctx, u32 i)
{
	(void)ctx;
	return is_eligible(i) ? READ_ONCE(world.load[i]) : NFVS_RANK_NONE;
}

static inline u32 world_weight(const void *ctx, u32 i)
{
	(void)ctx;
	return world.weight[i];
}

static inline u32 lightest(const struct nfvs_wintree *t, const void *ctx, u32 l, u32 r)
{
	return nfvs_wintree_lightest(t, ctx, l, r, world_weight);
}

/* Worlds whose weights are all 1 are for the simpler way to choose. */
static inline bool is_even(void)
{
	u32 i;

	for (i = 0; i < world.n; i++)
		if (world.weight[i] != 1)
			return false;
	return true;
}

static inline void wintree_init(void)
{
	wintree->n = world.n;
	wintree->size = nfvs_tree_leaves(world.n);
	wintree->rank = rank_mem;
	nfvs_wintree_clear(wintree);
}

static inline void wintree_refresh(void)
{
	if (is_even())
		nfvs_wintree_refresh(wintree, rank, nfvs_wintree_least, NULL);
	else
		nfvs_wintree_refresh(wintree, rank, lightest, NULL);
}

static inline void wintree_fill(void)
{
	if (is_even())
		nfvs_wintree_fill(wintree, rank, nfvs_wintree_least, NULL);
	else
		nfvs_wintree_fill(wintree, rank, lightest, NULL);
}

static inline void wintree_update(u32 i)
{
	if (is_even())
		nfvs_wintree_update(wintree, i, rank, nfvs_wintree_least, NULL);
	else
		nfvs_wintree_update(wintree, i, rank, lightest, NULL);
}

static inline void tree_init(void)
{
	u32 i;

	tree->n = world.n;
	tree->size = nfvs_tree_leaves(world.n);
	for (i = 0; i < 2 * tree->size; i++)
		tree->node[i] = 0;
}

/* max_weight 1: all weights are. */
static inline void random_world(u32 max_weight)
{
	u32 i, unit = 1 + rnd(3);

	world.n = rnd(4) ? rnd(8) : rnd(MAX_N + 1);
	for (i = 0; i < world.n; i++) {
		world.weight[i] = max_weight == 1 ? 1 : rnd(5) ? rnd(max_weight) * unit : 0;
		world.over[i] = !rnd(6);
		world.load[i] = 0;
	}
}

/* Of the slots from first on, count of them. */
static inline u32 model_least_of(u32 first, u32 count)
{
	u32 i, least = NFVS_TREE_NONE;

	for (i = first; i < world.n && i < first + count; i++)
		if (is_eligible(i) &&
		    (least == NFVS_TREE_NONE ||
		     (__uint128_t)world.load[least] * world.weight[i] >
		     (__uint128_t)world.load[i] * world.weight[least]))
			least = i;
	return least;
}

static inline u32 model_least(void)
{
	return model_least_of(0, world.n);
}

static inline void seed_random(void)
{
	srandom(SEED);
}

#endif /* KERNEL_SCHED_WORLD_H */
