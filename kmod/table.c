// SPDX-License-Identifier: GPL-2.0-only
/* The hash table's slower parts: memory, bookmarks, size, walks. See table.h. */
#ifdef __KERNEL__
#include <linux/log2.h>
#include <linux/prefetch.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#endif

#include "table.h"

enum {
	PAGE_BUCKETS	= 1 << NFVS_TABLE_PAGE_BITS,
	DIR_PAGES	= 1 << NFVS_TABLE_DIR_BITS,
	TOP_DIRS	= 1 << NFVS_TABLE_TOP_BITS,
	DIR_BUCKETS	= PAGE_BUCKETS * DIR_PAGES,
	AHEAD		= 8,	/* buckets */
	SPARSE		= 4,	/* this part of what makes it grow is little */
};

/* What is not there is full of 0, so that nobody need ask whether it is there. */
static unsigned long no_page[PAGE_BUCKETS];
static unsigned long *no_dir[DIR_PAGES] = { [0 ... DIR_PAGES - 1] = no_page };

static unsigned long ***top_of(struct nfvs_table *tab, u32 bucket)
{
	return &tab->top[bucket / PAGE_BUCKETS / DIR_PAGES];
}

static u32 index_in_dir(u32 bucket)
{
	return bucket / PAGE_BUCKETS % DIR_PAGES;
}

static bool has_page(struct nfvs_table *tab, u32 bucket)
{
	return READ_ONCE((*top_of(tab, bucket))[index_in_dir(bucket)]) != no_page;
}

/* Others may be doing the same. */
static bool add_page(struct nfvs_table *tab, u32 bucket, gfp_t gfp)
{
	unsigned long ***top = top_of(tab, bucket);
	unsigned long **dir, *page;

	if (READ_ONCE(*top) == no_dir) {
		dir = kmemdup(no_dir, sizeof(no_dir), gfp);
		if (!dir)
			return false;
		if (cmpxchg(top, no_dir, dir) != no_dir)
			kfree(dir);
	}
	dir = READ_ONCE(*top);
	if (has_page(tab, bucket))
		return true;
	page = kcalloc(PAGE_BUCKETS, sizeof(*page), gfp);
	if (!page)
		return false;
	if (cmpxchg(&dir[index_in_dir(bucket)], no_page, page) != no_page)
		kfree(page);
	return true;
}

/* With the lock of its stripe; slot is empty. */
static void add_bookmark(struct nfvs_table *tab, u32 bucket, unsigned long *slot)
{
	unsigned long *word;

	word = nfvs_table_start(tab, bucket);
	word = nfvs_table_advance(tab, word, bucket, tab->hash_of);
	/* From here on look-ups may begin at it, and then pass it. They see entries whole. */
	smp_store_release(slot, *word);
	/* Who sees the mark sees where it leads. */
	smp_store_release(word, nfvs_mark(bucket));
}

unsigned long *nfvs_table_make_slot(struct nfvs_table *tab, u32 bucket)
{
	unsigned long *slot;

	/* Without memory it is done later. */
	if (!has_page(tab, bucket) && !add_page(tab, bucket, GFP_ATOMIC | __GFP_NOWARN))
		return nfvs_table_start(tab, bucket);
	slot = nfvs_table_slot(tab, bucket);
	if (!*slot)
		add_bookmark(tab, bucket, slot);
	return slot;
}

/* Whoever fails has company: others grow it, or it has just been halved. */
void nfvs_table_grow(struct nfvs_table *tab)
{
	u32 mask = READ_ONCE(tab->mask);

	if (mask < NFVS_TABLE_MAX - 1 && !READ_ONCE(tab->is_shrinking))
		cmpxchg(&tab->mask, mask, mask * 2 + 1);
}

static struct nfvs_link *skip_marks(const struct nfvs_table *tab, unsigned long word)
{
	while (nfvs_is_mark(word)) {
		if (word == nfvs_mark(0))
			return NULL;
		word = READ_ONCE(*nfvs_table_slot(tab, word >> 1));
	}
	return (struct nfvs_link *)word;
}

struct nfvs_link *nfvs_table_seek(const struct nfvs_table *tab, u32 hash)
{
	struct nfvs_link *link;
	unsigned long *word;

	/* Partner: the release in nfvs_table_init(). */
	if (!smp_load_acquire(&tab->stripes))
		return NULL;
	word = nfvs_table_advance(tab, nfvs_table_start(tab, hash), hash, tab->hash_of);
	link = skip_marks(tab, READ_ONCE(*word));
	/* Since then others may have come in between. */
	while (link && nfvs_hash_precedes(tab->hash_of(link), hash))
		link = nfvs_table_next(tab, link);
	return link;
}

struct nfvs_link *nfvs_table_next(const struct nfvs_table *tab, const struct nfvs_link *link)
{
	return skip_marks(tab, READ_ONCE(link->next));
}

u32 nfvs_table_count(const struct nfvs_table *tab)
{
	const struct nfvs_table_stripe *stripes = READ_ONCE(tab->stripes);
	u32 i, n = 0;

	for (i = 0; stripes && i < NFVS_TABLE_STRIPES; i++)
		n += READ_ONCE(stripes[i].n);
	return n;
}

bool nfvs_table_is_empty(const struct nfvs_table *tab)
{
	u32 i, n = 0;

	for (i = 0; tab->stripes && !n && i < NFVS_TABLE_STRIPES; i++) {
		spin_lock_bh(&tab->stripes[i].lock);
		n = tab->stripes[i].n;
		spin_unlock_bh(&tab->stripes[i].lock);
	}
	return !n;
}

u32 nfvs_table_size(const struct nfvs_table *tab)
{
	return READ_ONCE(tab->stripes) ? READ_ONCE(tab->mask) + 1 : 0;
}

/* What a bookmark for bucket begins to look at: in a large table a cache miss. */
static void prefetch_before(const struct nfvs_table *tab, u32 bucket)
{
	prefetch(nfvs_table_bucket(tab, bucket - rounddown_pow_of_two(bucket)));
}

/* Where nothing is missing, this is a look at every bucket of a page. */
static bool settle_page(struct nfvs_table *tab, u32 first)
{
	struct nfvs_table_stripe *stripe;
	unsigned long *slot;
	u32 bucket;

	if (!add_page(tab, first, GFP_KERNEL | __GFP_NOWARN))
		return false;
	for (bucket = first; bucket < first + PAGE_BUCKETS; bucket++) {
		slot = nfvs_table_slot(tab, bucket);
		if (READ_ONCE(*slot))
			continue;
		prefetch_before(tab, bucket + AHEAD);
		stripe = nfvs_table_stripe(tab, bucket);
		spin_lock_bh(&stripe->lock);
		if (!*slot)
			add_bookmark(tab, bucket, slot);
		spin_unlock_bh(&stripe->lock);
	}
	cond_resched();
	return true;
}

/* With the lock; the mark is in the list. */
static void remove_bookmark(struct nfvs_table *tab, u32 bucket, unsigned long *slot)
{
	unsigned long *word;

	word = nfvs_table_start(tab, bucket);
	while (*word != nfvs_mark(bucket))
		word = nfvs_is_mark(*word) ? nfvs_table_slot(tab, *word >> 1) :
					     &((struct nfvs_link *)*word)->next;
	/* As in add_bookmark(). */
	smp_store_release(word, *slot);
}

static void remove_bookmarks(struct nfvs_table *tab, u32 from, u32 to)
{
	struct nfvs_table_stripe *stripe;
	unsigned long *slot;
	u32 bucket;

	for (bucket = from; bucket < to; bucket++) {
		slot = nfvs_table_slot(tab, bucket);
		if (READ_ONCE(*slot)) {
			stripe = nfvs_table_stripe(tab, bucket);
			spin_lock_bh(&stripe->lock);
			remove_bookmark(tab, bucket, slot);
			spin_unlock_bh(&stripe->lock);
		}
		if (bucket % PAGE_BUCKETS == 0)
			cond_resched();
	}
}

static void free_pages_of(struct nfvs_table *tab, u32 from, u32 to)
{
	unsigned long **dir, *page;
	u32 bucket;

	for (bucket = from; bucket < to; bucket += PAGE_BUCKETS) {
		dir = *top_of(tab, bucket);
		page = dir[index_in_dir(bucket)];
		if (page == no_page)
			continue;
		WRITE_ONCE(dir[index_in_dir(bucket)], no_page);
		kfree(page);
	}
}

/*
 * In every part of the list: one that is fuller than the others would make the
 * half grow again at once.
 */
static bool is_sparse(const struct nfvs_table *tab, u32 mask)
{
	u32 i;

	for (i = 0; i < NFVS_TABLE_STRIPES; i++) {
		if (READ_ONCE(tab->stripes[i].n) > mask / NFVS_TABLE_STRIPES / SPARSE)
			return false;
	}
	return true;
}

/*
 * The first grace period is for those who begin at the upper half's bookmarks,
 * the second one for those who are on their way over them.
 */
static bool halve(struct nfvs_table *tab)
{
	u32 mask = READ_ONCE(tab->mask);

	if (mask < NFVS_TABLE_MIN || !is_sparse(tab, mask))
		return false;
	WRITE_ONCE(tab->is_shrinking, true);
	/* Who has not seen this fails, or makes us fail, at the mask. */
	smp_mb();
	if (cmpxchg(&tab->mask, mask, mask / 2) != mask) {
		WRITE_ONCE(tab->is_shrinking, false);
		return false;
	}
	synchronize_rcu();
	/*
	 * Whoever had read the mask when it was this small before, and had not seen
	 * that it shrinks, may have grown it since; from here on nobody can.
	 */
	if (READ_ONCE(tab->mask) != mask / 2) {
		WRITE_ONCE(tab->is_shrinking, false);
		return false;
	}
	remove_bookmarks(tab, mask / 2 + 1, mask + 1);
	synchronize_rcu();
	free_pages_of(tab, mask / 2 + 1, mask + 1);
	if (tab->n_settled > mask / 2 + 1)
		WRITE_ONCE(tab->n_settled, mask / 2 + 1);
	/* Nobody grows into the pages before they are gone. */
	smp_store_release(&tab->is_shrinking, false);
	return true;
}

bool nfvs_table_is_untidy(const struct nfvs_table *tab)
{
	u32 mask = READ_ONCE(tab->mask);

	if (!READ_ONCE(tab->stripes))
		return false;
	return READ_ONCE(tab->n_settled) <= mask || (mask >= NFVS_TABLE_MIN && is_sparse(tab, mask));
}

void nfvs_table_tend(struct nfvs_table *tab)
{
	if (!tab->stripes)
		return;
	while (halve(tab))
		;
	while (tab->n_settled <= READ_ONCE(tab->mask)) {
		if (!settle_page(tab, tab->n_settled))
			break;
		WRITE_ONCE(tab->n_settled, tab->n_settled + PAGE_BUCKETS);
	}
}

int nfvs_table_init(struct nfvs_table *tab, u32 (*hash_of)(const struct nfvs_link *link))
{
	struct nfvs_table_stripe *stripes;
	u32 i;

	stripes = kcalloc(NFVS_TABLE_STRIPES, sizeof(*stripes), GFP_KERNEL);
	if (!stripes)
		return -ENOMEM;
	for (i = 0; i < NFVS_TABLE_STRIPES; i++)
		spin_lock_init(&stripes[i].lock);
	tab->hash_of = hash_of;
	tab->mask = NFVS_TABLE_MIN - 1;
	tab->n_settled = 0;
	for (i = 0; i < TOP_DIRS; i++)
		tab->top[i] = no_dir;
	if (!add_page(tab, 0, GFP_KERNEL)) {
		kfree(stripes);
		nfvs_table_destroy(tab);
		return -ENOMEM;
	}
	/* The end of the list, and the head of each part. */
	*nfvs_table_slot(tab, 0) = nfvs_mark(0);
	for (i = 1; i < NFVS_TABLE_STRIPES; i++)
		add_bookmark(tab, i, nfvs_table_slot(tab, i));
	/* Walks may come before the first service. */
	smp_store_release(&tab->stripes, stripes);
	return 0;
}

void nfvs_table_destroy(struct nfvs_table *tab)
{
	u32 i;

	/* Never made: NULL. */
	for (i = 0; i < TOP_DIRS; i++) {
		if (!tab->top[i] || tab->top[i] == no_dir)
			continue;
		free_pages_of(tab, i * DIR_BUCKETS, (i + 1) * DIR_BUCKETS);
		kfree(tab->top[i]);
		tab->top[i] = no_dir;
	}
	kfree(tab->stripes);
	tab->stripes = NULL;
}
