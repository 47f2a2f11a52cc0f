// SPDX-License-Identifier: GPL-2.0-only
/*
 * Searching a max tree, and the steps of rr and wrr on it. Pure logic: compiled
 * into the module and, unchanged, into the unit tests.
 */
#include "sched_tree.h"

#ifdef __KERNEL__
#include <linux/gcd.h>
#include <linux/math.h>
#endif

enum {
	STEP_TRIES = 4,	/* searches that other CPUs' changes may defeat */
};

/* Down to the first leaf below node k with a value >= want. */
static u32 descend(const struct nfvs_tree *t, u32 k, u32 want)
{
	while (k < t->size) {
		k *= 2;
		if (READ_ONCE(t->node[k]) < want)
			k++;
	}
	return k - t->size;
}

u32 nfvs_maxtree_next(const struct nfvs_tree *t, u32 from, u32 want)
{
	u32 k, i;

	while (from < t->n) {
		/* Up until a subtree at or right of from has one. */
		k = t->size + from;
		while (READ_ONCE(t->node[k]) < want) {
			/* From a right child to the parent's right sibling. */
			while (k & 1)
				k >>= 1;
			if (!k)
				return NFVS_TREE_NONE;
			k++;
		}
		i = descend(t, k, want);
		if (i >= t->n)
			return NFVS_TREE_NONE;
		if (READ_ONCE(t->node[t->size + i]) >= want)
			return i;
		/* It was changed while we went down. */
		from = i + 1;
	}
	return NFVS_TREE_NONE;
}

u32 nfvs_rr_step(const struct nfvs_tree *t, u32 *next)
{
	u32 i = nfvs_maxtree_next(t, *next, 1);

	if (i == NFVS_TREE_NONE)
		i = nfvs_maxtree_next(t, 0, 1);
	if (i != NFVS_TREE_NONE)
		*next = i + 1;
	return i;
}

void nfvs_wrr_add_weight(struct nfvs_wrr *wrr, u32 weight)
{
	if (!weight)
		return;
	wrr->di = wrr->di ? gcd(wrr->di, weight) : weight;
	wrr->mw = max(wrr->mw, weight);
}

/* The last round's cw is then 1, whatever the weights are. */
void nfvs_wrr_done(struct nfvs_wrr *wrr)
{
	if (!wrr->di)
		wrr->di = 1;
	wrr->mw -= wrr->mw ? wrr->di - 1 : 0;
}

static void weights_join(struct nfvs_weights *w, u32 k)
{
	w->node[k].gcd = gcd(w->node[2 * k].gcd, w->node[2 * k + 1].gcd);
	w->node[k].max = max(w->node[2 * k].max, w->node[2 * k + 1].max);
}

void nfvs_weights_fill(struct nfvs_weights *w, u32 n, u32 (*weight)(const void *ctx, u32 i),
		       const void *ctx)
{
	u32 i, k;

	for (i = 0; i < n; i++) {
		w->node[w->size + i].gcd = weight(ctx, i);
		w->node[w->size + i].max = weight(ctx, i);
	}
	for (k = w->size - 1; k; k--)
		weights_join(w, k);
}

void nfvs_weights_set(struct nfvs_weights *w, u32 i, u32 weight)
{
	u32 k = w->size + i;

	w->node[k].gcd = weight;
	w->node[k].max = weight;
	for (k >>= 1; k; k >>= 1)
		weights_join(w, k);
}

struct nfvs_wrr nfvs_weights_wrr(const struct nfvs_weights *w)
{
	struct nfvs_wrr wrr = { .di = w->node[1].gcd, .mw = w->node[1].max };

	nfvs_wrr_done(&wrr);
	return wrr;
}

struct nfvs_wrr_pos nfvs_wrr_start(const struct nfvs_wrr *wrr, u32 cw)
{
	struct nfvs_wrr_pos pos = { .cw = cw };

	if (!cw || cw > wrr->mw)
		pos.cw = wrr->mw;
	else if (wrr->di > 1)
		pos.cw = cw / wrr->di * wrr->di + 1;
	return pos;
}

/*
 * Nobody is eligible. Where the walk ends, because that is where the next one
 * starts: a walk that began at the head, or in a round before the last, gives
 * up at the end of the last round; one that began in the last round goes once
 * more through all of them, up to the slot where it began.
 */
static void wrr_exhausted(const struct nfvs_wrr *wrr, struct nfvs_wrr_pos *pos)
{
	if (pos->next && pos->cw <= wrr->di) {
		pos->cw = (wrr->mw - 1) % wrr->di + 1;
		return;
	}
	pos->next = 0;
	pos->cw = wrr->mw;
}

/* cw of the first round after cw in which somebody with at most weight top is taken. */
static u32 wrr_next_round(const struct nfvs_wrr *wrr, u32 cw, u32 top)
{
	u64 skip;

	cw = cw > wrr->di ? cw - wrr->di : wrr->mw;
	if (cw <= top)
		return cw;
	skip = (u64)DIV_ROUND_UP(cw - top, wrr->di) * wrr->di;
	return skip < cw ? cw - skip : 1;
}

u32 nfvs_wrr_step(const struct nfvs_wrr *wrr, const struct nfvs_tree *t, struct nfvs_wrr_pos *pos)
{
	u32 i, cw = pos->cw, top;
	int tries;

	if (!wrr->mw)
		return NFVS_TREE_NONE;
	i = nfvs_maxtree_next(t, pos->next, cw);
	for (tries = 0; i == NFVS_TREE_NONE && tries < STEP_TRIES; tries++) {
		top = nfvs_maxtree_max(t);
		if (!top) {
			wrr_exhausted(wrr, pos);
			return NFVS_TREE_NONE;
		}
		cw = wrr_next_round(wrr, cw, top);
		i = nfvs_maxtree_next(t, 0, cw);
	}
	if (i != NFVS_TREE_NONE) {
		pos->next = i + 1;
		pos->cw = cw;
	}
	return i;
}
