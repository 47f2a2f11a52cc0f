// SPDX-License-Identifier: GPL-2.0-only
/* Round robin: the next eligible destination after the last one, in list order. */
#include <linux/atomic.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "sched.h"
#include "sched_tree.h"

/* @next: slot after the one chosen last; @tree: 1 where eligible */
struct rr {
	atomic_t		next;
	struct nfvs_tree	tree;
};

static u32 value(const void *ctx, u32 i)
{
	const struct nfvs_dset *set = ctx;

	return nfvs_slot_is_eligible(&set->slot[i]);
}

static int rr_build(struct nfvs_dset *set)
{
	u32 size = nfvs_tree_leaves(set->n);
	struct rr *rr;

	rr = kvzalloc(struct_size(rr, tree.node, 2 * (size_t)size), GFP_KERNEL_ACCOUNT);
	if (!rr)
		return -ENOMEM;
	rr->tree.n = set->n;
	rr->tree.size = size;
	set->sched = rr;
	nfvs_maxtree_fill(&rr->tree, value, set);
	return 0;
}

static void rr_carry(struct nfvs_dset *set, const struct nfvs_dset *old)
{
	struct rr *rr = set->sched, *old_rr = old->sched;
	u32 next = atomic_read(&old_rr->next);

	/* NFVS_NO_SLOT + 1 is 0, the head. */
	if (next)
		next = nfvs_sched_carry(set, old, next - 1) + 1;
	atomic_set(&rr->next, next);
}

static void rr_destroy(struct nfvs_dset *set)
{
	kvfree(set->sched);
	set->sched = NULL;
}

static void rr_changed(struct nfvs_dset *set, u32 idx)
{
	struct rr *rr = set->sched;

	nfvs_maxtree_update(&rr->tree, idx, value, set);
}

/* If the one chosen last has gone, who followed it is next; see nfvs_sched_carry(). */
static void rr_edit(struct nfvs_dset *set, u32 idx)
{
	struct rr *rr = set->sched;
	int old = idx + 1;

	if (set->slot[idx].is_gone)
		atomic_try_cmpxchg(&rr->next, &old, (int)(nfvs_sched_remaining(set, idx) + 1));
	rr_changed(set, idx);
}

/* CPUs that choose at the same time take one slot each: the loser tries again. */
static const struct nfvs_dslot *rr_pick(struct nfvs_dset *set, const struct nfvs_pkt *pkt)
{
	struct rr *rr = set->sched;
	int old = atomic_read(&rr->next);
	u32 next, i;

	do {
		next = old;
		i = nfvs_rr_step(&rr->tree, &next);
		if (i == NFVS_TREE_NONE)
			return NULL;
	} while (!atomic_try_cmpxchg(&rr->next, &old, next));
	return &set->slot[i];
}

const struct nfvs_sched_ops nfvs_sched_rr = {
	.name		= "rr",
	.build		= rr_build,
	.carry		= rr_carry,
	.destroy	= rr_destroy,
	.edit		= rr_edit,
	.pick		= rr_pick,
	.changed	= rr_changed,
};
