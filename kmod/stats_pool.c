// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the counters of destinations live, and the sum of all of them: the totals
 * of a namespace, for which no packet writes anything.
 *
 * Nothing that was ever counted may be missing or be there twice in a sum: what a
 * destination has counted stays in its block when it goes, and what a block has, in
 * the pool. A sum looks at a block with the lock, at the pool's rest first, and
 * keeps blocks from going meanwhile: so each counter is seen once, and a later sum
 * is never smaller.
 */
#include <linux/bits.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "stats.h"

enum {
	BLOCK_CELLS	= 32,
	CELL_ENDED	= BLOCK_CELLS - 1,	/* what those counted who have gone */
	BREATH		= 8,			/* blocks between two offers to others */
};

/*
 * @all: in nfvs_stats_pool.all; @room: in .room, empty when all are used; @used: bit
 * per cell
 */
struct nfvs_stats_block {
	struct list_head		all;
	struct list_head		room;
	struct nfvs_stats_cpu __percpu	*cells;
	u32				used;
};

static bool is_empty(const struct nfvs_stats_block *block)
{
	return block->used == BIT(CELL_ENDED);
}

/* With its first cell used, and not in the pool yet. */
static struct nfvs_stats_block *block_alloc(void)
{
	struct nfvs_stats_block *block = kmalloc(sizeof(*block), GFP_KERNEL_ACCOUNT);
	int cpu, i;

	if (!block)
		return NULL;
	block->cells = __alloc_percpu_gfp(BLOCK_CELLS * sizeof(*block->cells),
					  __alignof__(*block->cells), GFP_KERNEL_ACCOUNT);
	if (!block->cells) {
		kfree(block);
		return NULL;
	}
	for_each_possible_cpu(cpu)
		for (i = 0; i < BLOCK_CELLS; i++)
			u64_stats_init(&per_cpu_ptr(block->cells + i, cpu)->sync);
	block->used = BIT(CELL_ENDED) | BIT(0);
	return block;
}

static void block_free(struct nfvs_stats_block *block)
{
	free_percpu(block->cells);
	kfree(block);
}

static struct nfvs_stats_block *block_from(struct nfvs_stats_pool *pool, u32 *cell)
{
	struct nfvs_stats_block *block;

	spin_lock_bh(&pool->lock);
	block = list_first_entry_or_null(&pool->room, struct nfvs_stats_block, room);
	if (block) {
		*cell = ffz(block->used);
		block->used |= BIT(*cell);
		if (block->used == U32_MAX)
			list_del_init(&block->room);
	}
	spin_unlock_bh(&pool->lock);
	return block;
}

struct nfvs_stats_cpu __percpu *nfvs_stats_get(struct nfvs_stats_pool *pool,
					       struct nfvs_stats_block **block)
{
	u32 cell = 0;

	*block = block_from(pool, &cell);
	if (!*block) {
		*block = block_alloc();
		if (!*block)
			return NULL;
		spin_lock_bh(&pool->lock);
		list_add(&(*block)->room, &pool->room);
		/* A sum that is under way comes by, or it need not. */
		list_add_tail(&(*block)->all, &pool->all);
		spin_unlock_bh(&pool->lock);
	}
	return (*block)->cells + cell;
}

/* Moves what a cell has to the block's own; nobody else writes to either. */
static void cell_end(struct nfvs_stats_block *block, u32 cell)
{
	struct nfvs_stats_cpu *to, *s;
	struct nfvs_stats_sum one;
	int cpu;

	for_each_possible_cpu(cpu) {
		nfvs_stats_read_cpu(block->cells + cell, cpu, &one);
		to = per_cpu_ptr(block->cells + CELL_ENDED, cpu);
		u64_stats_add(&to->conns, one.conns);
		u64_stats_add(&to->in_pkts, one.in_pkts);
		u64_stats_add(&to->out_pkts, one.out_pkts);
		u64_stats_add(&to->in_bytes, one.in_bytes);
		u64_stats_add(&to->out_bytes, one.out_bytes);
		u64_stats_add(&to->fast_pkts, one.fast_pkts);
		s = per_cpu_ptr(block->cells + cell, cpu);
		memset(s, 0, sizeof(*s));
		u64_stats_init(&s->sync);
	}
}

/* With the lock: takes an empty block out of the pool, to be freed. */
static void block_end(struct nfvs_stats_pool *pool, struct nfvs_stats_block *block)
{
	struct nfvs_stats_sum one;
	int cpu;

	for_each_possible_cpu(cpu) {
		nfvs_stats_read_cpu(block->cells + CELL_ENDED, cpu, &one);
		nfvs_stats_add(per_cpu_ptr(pool->gone, cpu), &one);
	}
	list_del(&block->all);
	list_del(&block->room);
}

void nfvs_stats_put(struct nfvs_stats_pool *pool, struct nfvs_stats_block *block,
		    struct nfvs_stats_cpu __percpu *stats)
{
	u32 cell = stats - block->cells;
	bool is_over;

	spin_lock_bh(&pool->lock);
	cell_end(block, cell);
	block->used &= ~BIT(cell);
	if (list_empty(&block->room))
		list_add(&block->room, &pool->room);
	is_over = is_empty(block) && !pool->is_read;
	if (is_over)
		block_end(pool, block);
	else if (is_empty(block))
		pool->has_empty = true;
	spin_unlock_bh(&pool->lock);
	if (is_over)
		block_free(block);
}

/* With the lock. */
static void block_sum(const struct nfvs_stats_block *block, int cpu, struct nfvs_stats_sum *sum)
{
	unsigned long used = block->used;
	struct nfvs_stats_sum one;
	u32 cell;

	for_each_set_bit(cell, &used, BLOCK_CELLS) {
		nfvs_stats_read_cpu(block->cells + cell, cpu, &one);
		nfvs_stats_add(sum, &one);
	}
}

/* Those that had to wait until nobody reads. */
static void free_empty(struct nfvs_stats_pool *pool)
{
	struct nfvs_stats_block *block, *tmp;
	LIST_HEAD(over);

	spin_lock_bh(&pool->lock);
	pool->is_read = false;
	if (pool->has_empty) {
		pool->has_empty = false;
		list_for_each_entry_safe(block, tmp, &pool->room, room) {
			if (!is_empty(block))
				continue;
			block_end(pool, block);
			list_add(&block->all, &over);
		}
	}
	spin_unlock_bh(&pool->lock);
	list_for_each_entry_safe(block, tmp, &over, all)
		block_free(block);
}

static void add_up(struct nfvs_stats_pool *pool, struct nfvs_stats_sum *sum,
		   struct nfvs_stats_sum *by_cpu)
{
	struct nfvs_stats_block *block;
	u32 done = 0;
	int cpu;

	lockdep_assert_held(&pool->read_mutex);

	memset(sum, 0, sizeof(*sum));
	spin_lock_bh(&pool->lock);
	pool->is_read = true;
	for_each_possible_cpu(cpu)
		nfvs_stats_add(by_cpu ? &by_cpu[cpu] : sum, per_cpu_ptr(pool->gone, cpu));
	list_for_each_entry(block, &pool->all, all) {
		for_each_possible_cpu(cpu)
			block_sum(block, cpu, by_cpu ? &by_cpu[cpu] : sum);
		if (++done % BREATH)
			continue;
		spin_unlock_bh(&pool->lock);
		cond_resched();
		spin_lock_bh(&pool->lock);
	}
	spin_unlock_bh(&pool->lock);
	free_empty(pool);
	if (!by_cpu)
		return;
	for_each_possible_cpu(cpu)
		nfvs_stats_add(sum, &by_cpu[cpu]);
}

void nfvs_stats_total(struct nfvs_stats_pool *pool, struct nfvs_stats_sum *sum,
		      struct nfvs_stats_sum *by_cpu)
{
	mutex_lock(&pool->read_mutex);
	add_up(pool, sum, by_cpu);
	nfvs_stats_sub(sum, &pool->zero);
	mutex_unlock(&pool->read_mutex);
}

void nfvs_stats_total_zero(struct nfvs_stats_pool *pool)
{
	mutex_lock(&pool->read_mutex);
	add_up(pool, &pool->zero, NULL);
	mutex_unlock(&pool->read_mutex);
}

int nfvs_stats_pool_init(struct nfvs_stats_pool *pool)
{
	spin_lock_init(&pool->lock);
	mutex_init(&pool->read_mutex);
	INIT_LIST_HEAD(&pool->all);
	INIT_LIST_HEAD(&pool->room);
	pool->gone = alloc_percpu(struct nfvs_stats_sum);
	return pool->gone ? 0 : -ENOMEM;
}

void nfvs_stats_pool_uninit(struct nfvs_stats_pool *pool)
{
	WARN_ON_ONCE(!list_empty(&pool->all));
	free_percpu(pool->gone);
}
