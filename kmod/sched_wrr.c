// SPDX-License-Identifier: GPL-2.0-only
/* Interleaved weighted round robin, in the exact order of IPVS (compat.md 4.2). */
#include <linux/atomic.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "sched.h"
#include "sched_tree.h"

/*
 * @pos: struct nfvs_wrr_pos in one word: cw in the upper half, next in the lower
 * @constants: struct nfvs_wrr in one word: mw in the upper half, di in the lower
 * @weights: in a set with room: what @constants come from; configuration mutex
 * @tree: the weight where eligible, else 0
 */
struct wrr {
	atomic64_t		pos;
	u64			constants;
	struct nfvs_weights	*weights;
	struct nfvs_tree	tree;
};

static s64 pos_pack(const struct nfvs_wrr_pos *pos)
{
	return (u64)pos->cw << 32 | pos->next;
}

static struct nfvs_wrr_pos pos_unpack(s64 word)
{
	return (struct nfvs_wrr_pos) {
		.next	= (u32)word,
		.cw	= (u64)word >> 32,
	};
}

static u64 wrr_pack(struct nfvs_wrr weights)
{
	return (u64)weights.mw << 32 | weights.di;
}

static struct nfvs_wrr wrr_constants(const struct wrr *wrr)
{
	u64 word = READ_ONCE(wrr->constants);

	return (struct nfvs_wrr) {
		.di	= (u32)word,
		.mw	= word >> 32,
	};
}

static u32 weight(const void *ctx, u32 i)
{
	const struct nfvs_dset *set = ctx;

	return set->slot[i].weight;
}

static u32 value(const void *ctx, u32 i)
{
	const struct nfvs_dset *set = ctx;

	return nfvs_slot_is_eligible(&set->slot[i]) ? READ_ONCE(set->slot[i].weight) : 0;
}

static u32 realign(struct nfvs_wrr weights, u32 cw)
{
	nfvs_wrr_done(&weights);
	return nfvs_wrr_start(&weights, cw).cw;
}

/*
 * Where the walk begins. IPVS fits cw to the weights after every change, and so
 * the order in which destinations come decides: first those that were there,
 * then one newcomer after the other.
 */
static void set_start(struct nfvs_dset *set, u32 cw)
{
	struct nfvs_wrr weights = {};
	struct wrr *wrr = set->sched;
	struct nfvs_wrr_pos pos = {};
	u32 i = set->n;

	while (i > set->first + set->n_new)
		nfvs_wrr_add_weight(&weights, set->slot[--i].weight);
	cw = realign(weights, cw);
	while (i > set->first) {
		nfvs_wrr_add_weight(&weights, set->slot[--i].weight);
		cw = realign(weights, cw);
	}
	pos.cw = cw;
	atomic64_set(&wrr->pos, pos_pack(&pos));
}

/* For changes to come. */
static int weights_build(struct nfvs_dset *set)
{
	u32 size = nfvs_tree_leaves(set->n);
	struct wrr *wrr = set->sched;

	wrr->weights = kvzalloc(struct_size(wrr->weights, node, 2 * (size_t)size),
				GFP_KERNEL_ACCOUNT);
	if (!wrr->weights)
		return -ENOMEM;
	wrr->weights->size = size;
	nfvs_weights_fill(wrr->weights, set->n, weight, set);
	return 0;
}

static void wrr_destroy(struct nfvs_dset *set)
{
	struct wrr *wrr = set->sched;

	if (wrr)
		kvfree(wrr->weights);
	kvfree(wrr);
	set->sched = NULL;
}

static int wrr_build(struct nfvs_dset *set)
{
	u32 size = nfvs_tree_leaves(set->n);
	struct nfvs_wrr weights = {};
	struct wrr *wrr;
	u32 i;

	wrr = kvzalloc(struct_size(wrr, tree.node, 2 * (size_t)size), GFP_KERNEL_ACCOUNT);
	if (!wrr)
		return -ENOMEM;
	wrr->tree.n = set->n;
	wrr->tree.size = size;
	set->sched = wrr;
	nfvs_maxtree_fill(&wrr->tree, value, set);

	for (i = set->first; i < set->n; i++)
		nfvs_wrr_add_weight(&weights, set->slot[i].weight);
	nfvs_wrr_done(&weights);
	wrr->constants = wrr_pack(weights);
	set_start(set, 0);
	if (!set->has_room || !weights_build(set))
		return 0;
	wrr_destroy(set);
	return -ENOMEM;
}

static void wrr_carry(struct nfvs_dset *set, const struct nfvs_dset *old)
{
	struct wrr *old_wrr = old->sched;

	set_start(set, pos_unpack(atomic64_read(&old_wrr->pos)).cw);
}

static void wrr_changed(struct nfvs_dset *set, u32 idx)
{
	struct wrr *wrr = set->sched;

	nfvs_maxtree_update(&wrr->tree, idx, value, set);
}

/*
 * As in IPVS the walk starts at the head again, with cw fitted to the weights. Who
 * picks meanwhile may go by old weights once more; where that moved the
 * position is forgotten.
 */
static void wrr_edit(struct nfvs_dset *set, u32 idx)
{
	struct wrr *wrr = set->sched;
	struct nfvs_wrr weights;
	struct nfvs_wrr_pos pos;

	nfvs_weights_set(wrr->weights, idx, set->slot[idx].weight);
	weights = nfvs_weights_wrr(wrr->weights);
	WRITE_ONCE(wrr->constants, wrr_pack(weights));
	wrr_changed(set, idx);
	pos = nfvs_wrr_start(&weights, pos_unpack(atomic64_read(&wrr->pos)).cw);
	atomic64_set(&wrr->pos, pos_pack(&pos));
}

/* CPUs that choose at the same time take one step each: the loser tries again. */
static const struct nfvs_dslot *wrr_pick(struct nfvs_dset *set, const struct nfvs_pkt *pkt)
{
	struct wrr *wrr = set->sched;
	struct nfvs_wrr weights = wrr_constants(wrr);
	s64 old = atomic64_read(&wrr->pos);
	struct nfvs_wrr_pos pos;
	u32 i;

	do {
		pos = pos_unpack(old);
		i = nfvs_wrr_step(&weights, &wrr->tree, &pos);
	} while (!atomic64_try_cmpxchg(&wrr->pos, &old, pos_pack(&pos)));
	return i == NFVS_TREE_NONE ? NULL : &set->slot[i];
}

const struct nfvs_sched_ops nfvs_sched_wrr = {
	.name		= "wrr",
	.build		= wrr_build,
	.carry		= wrr_carry,
	.destroy	= wrr_destroy,
	.edit		= wrr_edit,
	.pick		= wrr_pick,
	.changed	= wrr_changed,
};
