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

static __always_inline bool is_candidate(const struct nfvs_dset *set, u32 i)
{
	return i != NFVS_TREE_NONE && nfvs_slot_is_eligible(&set->slot[i]);
}

/* Of equals the left one wins: it is earlier in the list. */
static __always_inline u32 best(const struct nfvs_dset *set, u32 l, u32 r, bool weighted)
{
	const struct nfvs_dslot *sl, *sr;
	u64 load_l, load_r;

	if (!is_candidate(set, r))
		return is_candidate(set, l) ? l : NFVS_TREE_NONE;
	if (!is_candidate(set, l))
		return r;
	sl = &set->slot[l];
	sr = &set->slot[r];
	load_l = nfvs_dest_overhead(sl->dest);
	load_r = nfvs_dest_overhead(sr->dest);
	if (!weighted || likely(sl->weight == sr->weight))
		return load_l > load_r ? r : l;
	return nfvs_load_exceeds(load_l, sl->weight, load_r, sr->weight) ? r : l;
}

static __always_inline u32 best_lc(const void *ctx, u32 l, u32 r)
{
	return best(ctx, l, r, false);
}

static __always_inline u32 best_wlc(const void *ctx, u32 l, u32 r)
{
	return best(ctx, l, r, true);
}

static void lc_changed(struct nfvs_dset *set, u32 idx)
{
	nfvs_wintree_update(set->sched, idx, best_lc, set);
}

static void wlc_changed(struct nfvs_dset *set, u32 idx)
{
	nfvs_wintree_update(set->sched, idx, best_wlc, set);
}

static void lc_refresh(struct nfvs_dset *set)
{
	nfvs_wintree_refresh(set->sched, best_lc, set);
}

static void wlc_refresh(struct nfvs_dset *set)
{
	nfvs_wintree_refresh(set->sched, best_wlc, set);
}

static int lc_build(struct nfvs_dset *set)
{
	u32 size = nfvs_tree_leaves(set->n);
	struct nfvs_tree *tree;

	tree = kvzalloc(struct_size(tree, node, size), GFP_KERNEL_ACCOUNT);
	if (!tree)
		return -ENOMEM;
	tree->n = set->n;
	tree->size = size;
	set->sched = tree;
	/* Node 0 is not used; 0 anywhere else would be a slot. */
	memset(tree->node, 0xff, size * sizeof(tree->node[0]));
	set->ops->refresh(set);
	return 0;
}

static void lc_destroy(struct nfvs_dset *set)
{
	kvfree(set->sched);
	set->sched = NULL;
}

static const struct nfvs_dslot *lc_pick(struct nfvs_dset *set, const struct nfvs_pkt *pkt)
{
	u32 i = nfvs_wintree_winner(set->sched);

	return i == NFVS_TREE_NONE ? NULL : &set->slot[i];
}

const struct nfvs_sched_ops nfvs_sched_lc = {
	.name		= "lc",
	.uses_load	= true,
	.build		= lc_build,
	.destroy	= lc_destroy,
	.pick		= lc_pick,
	.changed	= lc_changed,
	.refresh	= lc_refresh,
};

const struct nfvs_sched_ops nfvs_sched_wlc = {
	.name		= "wlc",
	.uses_load	= true,
	.build		= lc_build,
	.destroy	= lc_destroy,
	.pick		= lc_pick,
	.changed	= wlc_changed,
	.refresh	= wlc_refresh,
};
