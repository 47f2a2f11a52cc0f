/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Binary trees over the slots of a set, in arrays, written and read by any
 * number of CPUs without a lock. Pure logic: unit tests compile it too.
 *
 * A node is a function of its inputs: its two children and, in a winner tree,
 * the ranks of the slots they hold. Whoever changes an input makes the change
 * visible, executes a full barrier and then settles the node:
 *
 *	read the node; smp_mb(); until the node holds what the inputs say:
 *	write it, smp_mb(), look at the inputs again
 *
 * and, if it wrote, goes on with the parent, because the node is an input of
 * that. When nobody is inside such a walk, every node is exact:
 *
 *   Let F be the last one that wrote a node X. F looked at the inputs once more
 *   after its write, so if X is wrong, F missed a change by some C. Of F
 *   (write X, mb, read input) and C (write input, mb, read X) at least one sees
 *   the other: C found F's value in X, compared it with the inputs and was
 *   content, so C missed a change by some C', which for the same reason (C has
 *   a barrier between reading X and reading the inputs) found F's value in X
 *   as well, and so on. Each one missed a change made after it had looked, so
 *   the chain has an end: a last one that missed nothing, found F's value wrong
 *   and wrote X after F. Contradiction.
 *
 * Until then a selection may be wrong by the changes that are in flight on
 * other CPUs, at most nr_cpu_ids of them, each for the length of one walk. A
 * walk repeats a node only when another CPU changed an input under it.
 */
#ifndef _NFVS_SCHED_TREE_H
#define _NFVS_SCHED_TREE_H

#ifdef __KERNEL__
#include <linux/compiler.h>
#include <linux/limits.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/types.h>
#include <asm/barrier.h>
#else
#include "kernel_shim.h"
#endif

#define NFVS_TREE_NONE U32_MAX

/**
 * struct nfvs_tree - nodes 1 (root) to 2 * @size - 1; node k has children 2k, 2k + 1
 * @n: leaves in use
 * @size: leaves, a power of two
 * @node: leaf i is node @size + i
 */
struct nfvs_tree {
	u32	n;
	u32	size;
	u32	node[];
};

/* Leaves of a tree for n slots; never less than 2, so that there is a root. */
static inline u32 nfvs_tree_leaves(u32 n)
{
	return n <= 2 ? 2 : roundup_pow_of_two(n);
}

/* Settles a node (see above); evaluates to true if it wrote. */
#define nfvs_node_settle(nodep, inputs)				\
({								\
	typeof(nodep) __node = (nodep);				\
	typeof(*(nodep)) __cur = READ_ONCE(*__node);		\
	bool __wrote = false;					\
	typeof(*(nodep)) __want;				\
								\
	/* Partner: the barrier of whoever changes an input. */	\
	smp_mb();						\
	while ((__want = (inputs)) != __cur) {			\
		WRITE_ONCE(*__node, __want);			\
		/* Partner: the one above, on another CPU. */	\
		smp_mb();					\
		__cur = __want;					\
		__wrote = true;					\
	}							\
	__wrote;						\
})

/*
 * Max trees: leaf i holds value(ctx, i), an inner node the greater of its
 * children. All start as 0.
 */

/* Any CPU, after value(ctx, i) has changed and a full barrier. */
static __always_inline void
nfvs_maxtree_update(struct nfvs_tree *t, u32 i, u32 (*value)(const void *ctx, u32 i),
		    const void *ctx)
{
	u32 k = t->size + i;

	if (!nfvs_node_settle(&t->node[k], value(ctx, i)))
		return;
	for (k >>= 1; k; k >>= 1)
		if (!nfvs_node_settle(&t->node[k], max(READ_ONCE(t->node[2 * k]),
						       READ_ONCE(t->node[2 * k + 1]))))
			return;
}

/* The whole tree, while nobody else knows it. */
static __always_inline void
nfvs_maxtree_fill(struct nfvs_tree *t, u32 (*value)(const void *ctx, u32 i), const void *ctx)
{
	u32 i, k;

	for (i = 0; i < t->n; i++)
		t->node[t->size + i] = value(ctx, i);
	for (k = t->size - 1; k; k--)
		t->node[k] = max(t->node[2 * k], t->node[2 * k + 1]);
}

static inline u32 nfvs_maxtree_max(const struct nfvs_tree *t)
{
	return READ_ONCE(t->node[1]);
}

/* First leaf at or after from with a value of at least want (> 0), or NFVS_TREE_NONE. */
u32 nfvs_maxtree_next(const struct nfvs_tree *t, u32 from, u32 want);

/*
 * Winner trees: slots have a rank, which is the input of the tree's nodes and
 * itself settled from live values; a node holds the slot that wins among those below
 * it, as best(t, ctx, left, right) says. Slot n stands for nobody.
 */

#define NFVS_RANK_NONE U64_MAX	/* not eligible */

/**
 * struct nfvs_wintree - nodes 1 (root) to 2 * @size - 1; node k has children 2k, 2k + 1
 * @n: slots in use
 * @size: leaves, a power of two
 * @rank: of n + 1 slots; NFVS_RANK_NONE for nobody
 * @node: leaf i is node @size + i and constant
 */
struct nfvs_wintree {
	u32	n;
	u32	size;
	u64	*rank;
	u32	node[];
};

/* t->n, size and rank are set: nobody is eligible. */
static inline void nfvs_wintree_clear(struct nfvs_wintree *t)
{
	u32 i;

	for (i = 0; i <= t->n; i++)
		t->rank[i] = NFVS_RANK_NONE;
	for (i = 0; i < t->size; i++) {
		t->node[i] = t->n;
		t->node[t->size + i] = i < t->n ? i : t->n;
	}
}

/* best() where the lowest rank wins; of equals the left one: it is earlier in the list. */
static __always_inline u32 nfvs_wintree_least(const struct nfvs_wintree *t, const void *ctx,
					      u32 l, u32 r)
{
	u64 rank_l = READ_ONCE(t->rank[l]), rank_r = READ_ONCE(t->rank[r]);

	(void)ctx;
	if (rank_r < rank_l)
		return r;
	return rank_l == NFVS_RANK_NONE ? t->n : l;
}

/* load_a / weight_a > load_b / weight_b, exactly: the products need 96 bits. */
static inline bool nfvs_load_exceeds(u64 load_a, u32 weight_a, u64 load_b, u32 weight_b)
{
	u64 lo_a = (u64)(u32)load_a * weight_b;
	u64 lo_b = (u64)(u32)load_b * weight_a;
	u64 hi_a = (load_a >> 32) * weight_b + (lo_a >> 32);
	u64 hi_b = (load_b >> 32) * weight_a + (lo_b >> 32);

	if (hi_a != hi_b)
		return hi_a > hi_b;
	return (u32)lo_a > (u32)lo_b;
}

/* The same of rank / weight(); nobody has no weight. */
static __always_inline u32 nfvs_wintree_lightest(const struct nfvs_wintree *t, const void *ctx,
						 u32 l, u32 r,
						 u32 (*weight)(const void *ctx, u32 i))
{
	u64 rank_l = READ_ONCE(t->rank[l]), rank_r = READ_ONCE(t->rank[r]);

	if (rank_r == NFVS_RANK_NONE)
		return rank_l == NFVS_RANK_NONE ? t->n : l;
	if (rank_l == NFVS_RANK_NONE)
		return r;
	return nfvs_load_exceeds(rank_l, weight(ctx, l), rank_r, weight(ctx, r)) ? r : l;
}

/*
 * Where i is not the winner of a node and the node stays as it is, nothing above
 * depends on i: whoever took i out of the node walks up.
 */
static __always_inline void
nfvs_wintree_climb(struct nfvs_wintree *t, u32 i,
		   u32 (*best)(const struct nfvs_wintree *t, const void *ctx, u32 l, u32 r),
		   const void *ctx)
{
	u32 k;

	for (k = (t->size + i) >> 1; k; k >>= 1)
		if (!nfvs_node_settle(&t->node[k], best(t, ctx, READ_ONCE(t->node[2 * k]),
							READ_ONCE(t->node[2 * k + 1]))) &&
		    READ_ONCE(t->node[k]) != i)
			return;
}

/* Any CPU, after something that rank() looks at has changed for slot i, and a full barrier. */
static __always_inline void
nfvs_wintree_update(struct nfvs_wintree *t, u32 i, u64 (*rank)(const void *ctx, u32 i),
		    u32 (*best)(const struct nfvs_wintree *t, const void *ctx, u32 l, u32 r),
		    const void *ctx)
{
	if (nfvs_node_settle(&t->rank[i], rank(ctx, i)))
		nfvs_wintree_climb(t, i, best, ctx);
}

/*
 * The same after weight() has changed for slot i, too: it is an input of the parents
 * of the nodes that slot i holds, even where its rank stays.
 */
static __always_inline void
nfvs_wintree_reweigh(struct nfvs_wintree *t, u32 i, u64 (*rank)(const void *ctx, u32 i),
		     u32 (*best)(const struct nfvs_wintree *t, const void *ctx, u32 l, u32 r),
		     const void *ctx)
{
	nfvs_node_settle(&t->rank[i], rank(ctx, i));
	nfvs_wintree_climb(t, i, best, ctx);
}

/* The whole tree, after nfvs_wintree_clear(), while nobody else knows it. */
static __always_inline void
nfvs_wintree_fill(struct nfvs_wintree *t, u64 (*rank)(const void *ctx, u32 i),
		  u32 (*best)(const struct nfvs_wintree *t, const void *ctx, u32 l, u32 r),
		  const void *ctx)
{
	u32 i, k;

	for (i = 0; i < t->n; i++)
		t->rank[i] = rank(ctx, i);
	for (k = t->size - 1; k; k--)
		t->node[k] = best(t, ctx, t->node[2 * k], t->node[2 * k + 1]);
}

/* Everything anew, concurrently with updates. */
static __always_inline void
nfvs_wintree_refresh(struct nfvs_wintree *t, u64 (*rank)(const void *ctx, u32 i),
		     u32 (*best)(const struct nfvs_wintree *t, const void *ctx, u32 l, u32 r),
		     const void *ctx)
{
	u32 i, k;

	for (i = 0; i < t->n; i++)
		nfvs_node_settle(&t->rank[i], rank(ctx, i));
	for (k = t->size - 1; k; k--)
		nfvs_node_settle(&t->node[k], best(t, ctx, READ_ONCE(t->node[2 * k]),
						   READ_ONCE(t->node[2 * k + 1])));
}

static inline u32 nfvs_wintree_winner(const struct nfvs_wintree *t)
{
	u32 i = READ_ONCE(t->node[1]);

	return i == t->n ? NFVS_TREE_NONE : i;
}

/* Arithmetic of the schedulers. */

/* Where round robin stands: after slot @next - 1; wrr: takes weights >= @cw. */
struct nfvs_wrr_pos {
	u32	next;
	u32	cw;
};

/* Interleaved weighted round robin (compat.md 4.2): constants of a set. */
struct nfvs_wrr {
	u32	di;	/* gcd of the weights, 1 if all are 0 */
	u32	mw;	/* greatest weight - (di - 1); 0 if all weights are 0 */
};

/* All weights of a set, one call each; then nfvs_wrr_done(). Starts as {0, 0}. */
void nfvs_wrr_add_weight(struct nfvs_wrr *wrr, u32 weight);
void nfvs_wrr_done(struct nfvs_wrr *wrr);

/*
 * The same constants while weights change one by one: a tree of greatest common
 * divisors and maxima. One writer.
 */
struct nfvs_weights {
	u32	size;
	struct {
		u32	gcd;
		u32	max;
	} node[];
};

/* Of n weights; w->size is set, to nfvs_tree_leaves(n). */
void nfvs_weights_fill(struct nfvs_weights *w, u32 n, u32 (*weight)(const void *ctx, u32 i),
		       const void *ctx);
void nfvs_weights_set(struct nfvs_weights *w, u32 i, u32 weight);
struct nfvs_wrr nfvs_weights_wrr(const struct nfvs_weights *w);

/* Position in a set with other weights; cw is that of the old set, 0 if none. */
struct nfvs_wrr_pos nfvs_wrr_start(const struct nfvs_wrr *wrr, u32 cw);
/* Moves pos to the next slot and returns it; NFVS_TREE_NONE if none is eligible. */
u32 nfvs_wrr_step(const struct nfvs_wrr *wrr, const struct nfvs_tree *t, struct nfvs_wrr_pos *pos);
/* The same for round robin; a value of 1 in the tree means eligible. */
u32 nfvs_rr_step(const struct nfvs_tree *t, u32 *next);

#endif /* _NFVS_SCHED_TREE_H */
