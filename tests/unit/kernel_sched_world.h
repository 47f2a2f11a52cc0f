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

static inline u32 best(const void *ctx, u32 l, u32 r)
{
	(void)ctx;
	if (r == NFVS_TREE_NONE || !is_eligible(r))
		return l != NFVS_TREE_NONE && is_eligible(l) ? l : NFVS_TREE_NONE;
	if (l == NFVS_TREE_NONE || !is_eligible(l))
		return r;
	return nfvs_load_exceeds(READ_ONCE(world.load[l]), world.weight[l],
				 READ_ONCE(world.load[r]), world.weight[r]) ? r : l;
}

static inline void tree_init(u32 empty)
{
	u32 i;

	tree->n = world.n;
	tree->size = nfvs_tree_leaves(world.n);
	for (i = 0; i < 2 * tree->size; i++)
		tree->node[i] = empty;
}

static inline void random_world(u32 max_weight)
{
	u32 i, unit = 1 + rnd(3);

	world.n = rnd(4) ? rnd(8) : rnd(MAX_N + 1);
	for (i = 0; i < world.n; i++) {
		world.weight[i] = rnd(5) ? rnd(max_weight) * unit : 0;
		world.over[i] = !rnd(6);
		world.load[i] = 0;
	}
}

static inline u32 model_least(void)
{
	u32 i, least = NFVS_TREE_NONE;

	for (i = 0; i < world.n; i++)
		if (is_eligible(i) &&
		    (least == NFVS_TREE_NONE ||
		     (__uint128_t)world.load[least] * world.weight[i] >
		     (__uint128_t)world.load[i] * world.weight[least]))
			least = i;
	return least;
}

static inline void seed_random(void)
{
	srandom(SEED);
}

#endif /* KERNEL_SCHED_WORLD_H */
