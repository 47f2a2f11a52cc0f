// SPDX-License-Identifier: GPL-2.0-only
/*
 * Least connections, plain (lc) and weighted (wlc). A winner tree over the
 * slots is kept up to date by every change of a connection count, so that
 * choosing is reading its root. How far behind it can be: sched_tree.h.
 */
#include <linux/mm.h>
#include <linux/slab.h>

#include "sched.h"
#include "sched_tree.h"

/**
 * struct lc - what the two keep of a set
 * @is_even: those that count have one weight, or it is lc: loads alone decide
 * @weight: that one; 0 if there is none; configuration mutex
 * @tree: whose rank is the load
 */
struct lc {
	bool			is_even;
	u32			weight;
	struct nfvs_wintree	tree;
};

static __always_inline u64 rank(const void *ctx, u32 i)
{
	const struct nfvs_dset *set = ctx;
	const struct nfvs_dslot *slot = &set->slot[i];

	return nfvs_slot_is_eligible(slot) ? nfvs_dest_overhead(slot->dest) : NFVS_RANK_NONE;
}

static __always_inline u32 weight(const void *ctx, u32 i)
{
	const struct nfvs_dset *set = ctx;

	return READ_ONCE(set->slot[i].weight);
}

static __always_inline u32 lightest(const struct nfvs_wintree *t, const void *ctx, u32 l, u32 r)
{
	return nfvs_wintree_lightest(t, ctx, l, r, weight);
}

static void lc_changed(struct nfvs_dset *set, u32 idx)
{
	struct lc *lc = set->sched;

	if (lc->is_even)
		nfvs_wintree_update(&lc->tree, idx, rank, nfvs_wintree_least, set);
	else
		nfvs_wintree_update(&lc->tree, idx, rank, lightest, set);
}

static void lc_edit(struct nfvs_dset *set, u32 idx)
{
	struct lc *lc = set->sched;

	lc->weight = set->slot[idx].weight ?: lc->weight;
	if (lc->is_even)
		nfvs_wintree_update(&lc->tree, idx, rank, nfvs_wintree_least, set);
	else
		nfvs_wintree_reweigh(&lc->tree, idx, rank, lightest, set);
}

/* A second weight takes a tree that looks at weights. */
static bool wlc_fits(const struct nfvs_dset *set, u32 weight)
{
	const struct lc *lc = set->sched;

	return !lc->is_even || !weight || !lc->weight || weight == lc->weight;
}

static void lc_refresh(struct nfvs_dset *set)
{
	struct lc *lc = set->sched;

	if (lc->is_even)
		nfvs_wintree_refresh(&lc->tree, rank, nfvs_wintree_least, set);
	else
		nfvs_wintree_refresh(&lc->tree, rank, lightest, set);
}

/* Slots of weight 0 are never eligible. */
static bool has_one_weight(const struct nfvs_dset *set, u32 *weight)
{
	u32 i;

	for (i = set->first; i < set->n; i++) {
		if (*weight && set->slot[i].weight && set->slot[i].weight != *weight)
			return false;
		*weight = set->slot[i].weight ?: *weight;
	}
	return true;
}

static int lc_build(struct nfvs_dset *set)
{
	u32 size = nfvs_tree_leaves(set->n);
	struct lc *lc;

	/* An even number of u32: the ranks follow. */
	lc = kvzalloc(struct_size(lc, tree.node, 2 * (size_t)size) +
		      array_size(set->n + 1, sizeof(u64)), GFP_KERNEL_ACCOUNT);
	if (!lc)
		return -ENOMEM;
	/* lc does not look at weights. */
	lc->is_even = set->ops == &nfvs_sched_lc || has_one_weight(set, &lc->weight);
	lc->tree.n = set->n;
	lc->tree.size = size;
	lc->tree.rank = (u64 *)&lc->tree.node[2 * size];
	nfvs_wintree_clear(&lc->tree);
	if (lc->is_even)
		nfvs_wintree_fill(&lc->tree, rank, nfvs_wintree_least, set);
	else
		nfvs_wintree_fill(&lc->tree, rank, lightest, set);
	set->sched = lc;
	return 0;
}

static void lc_destroy(struct nfvs_dset *set)
{
	kvfree(set->sched);
	set->sched = NULL;
}

static const struct nfvs_dslot *lc_pick(struct nfvs_dset *set, const struct nfvs_pkt *pkt)
{
	const struct lc *lc = set->sched;
	u32 i = nfvs_wintree_winner(&lc->tree);

	return i == NFVS_TREE_NONE ? NULL : &set->slot[i];
}

const struct nfvs_sched_ops nfvs_sched_lc = {
	.name		= "lc",
	.uses_load	= true,
	.build		= lc_build,
	.destroy	= lc_destroy,
	.edit		= lc_edit,
	.pick		= lc_pick,
	.changed	= lc_changed,
	.refresh	= lc_refresh,
};

const struct nfvs_sched_ops nfvs_sched_wlc = {
	.name		= "wlc",
	.uses_load	= true,
	.build		= lc_build,
	.destroy	= lc_destroy,
	.fits		= wlc_fits,
	.edit		= lc_edit,
	.pick		= lc_pick,
	.changed	= lc_changed,
	.refresh	= lc_refresh,
};
