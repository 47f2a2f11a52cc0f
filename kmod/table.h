/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A hash table that grows and shrinks in small steps, beside look-ups and
 * insertions on any number of CPUs. Pure logic: unit tests compile it too.
 *
 * All entries are in ONE list, sorted by the bits of their hash from the lowest
 * up. The entries of a bucket, whose lowest bits agree, are neighbours in it, and
 * a bucket is but a bookmark into the list: to double the table is to add
 * bookmarks, and no entry ever moves (Shalev, Shavit: "Split-ordered lists", J. ACM
 * 53(3), 2006, here with locks for those who write). So a look-up never has to
 * begin anew, an insertion never waits for a resize, no work item is needed
 * for growing (a flood of packets would starve it just when it matters), and a walk
 * that goes on where it was sees every entry once.
 *
 * A word of the list is the address of an entry, or a mark: (bucket << 1) | 1, the
 * bucket's bookmark comes here and its word leads on. The mark of bucket 0, the
 * list's head, is its end. In the array of buckets 0 stands for a bookmark that is
 * not there yet: it is added by the first insertion that looks for it, or by
 * nfvs_table_tend(); until then one begins at the bucket with a bit less.
 *
 * Readers: RCU. Writers: BH off and RCU; an insertion or removal takes the lock of
 * 1/64 of the list, which the lowest bits of the hash select. An entry that was
 * removed keeps its word for a grace period.
 */
#ifndef _NFVS_TABLE_H
#define _NFVS_TABLE_H

#ifdef __KERNEL__
#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#else
#include "kernel_shim.h"
#endif

enum {
	NFVS_TABLE_PAGE_BITS	= 9,	/* buckets: 4 KB */
	NFVS_TABLE_DIR_BITS	= 9,	/* pages */
	NFVS_TABLE_TOP_BITS	= 8,	/* directories */
	NFVS_TABLE_STRIPES	= 64,
	NFVS_TABLE_MIN		= 1 << NFVS_TABLE_PAGE_BITS,
	NFVS_TABLE_MAX		= 1 << (NFVS_TABLE_PAGE_BITS + NFVS_TABLE_DIR_BITS +
					NFVS_TABLE_TOP_BITS),
};

/* In an entry. */
struct nfvs_link {
	unsigned long	next;
};

/* @n: entries of this part of the list; written under the lock */
struct nfvs_table_stripe {
	spinlock_t	lock;
	u32		n;
} ____cacheline_aligned_in_smp;

/**
 * struct nfvs_table - the table
 * @mask: buckets - 1; doubled by insertions, halved by nfvs_table_tend()
 * @n_settled: all buckets below have their bookmarks; nfvs_table_tend() only
 * @is_shrinking: it may not grow now
 * @hash_of: of an entry
 * @stripes: NFVS_TABLE_STRIPES; NULL: no table yet, and no entries
 * @top: directories of pages of buckets; added at any time, taken away when
 *	 nobody can be looking for their buckets any more
 */
struct nfvs_table {
	u32				mask;
	u32				n_settled;
	bool				is_shrinking;
	u32				(*hash_of)(const struct nfvs_link *link);
	struct nfvs_table_stripe	*stripes;
	unsigned long			**top[1 << NFVS_TABLE_TOP_BITS];
};

static inline bool nfvs_is_mark(unsigned long word)
{
	return word & 1;
}

static inline unsigned long nfvs_mark(u32 bucket)
{
	return (unsigned long)bucket << 1 | 1;
}

/* a comes before b in the list: it has 0 where they differ first. */
static inline bool nfvs_hash_precedes(u32 a, u32 b)
{
	u32 differ = a ^ b;

	return differ & -differ & b;
}

/* Where there is none in memory yet, one that is 0 and never written to. */
static __always_inline unsigned long *nfvs_table_slot(const struct nfvs_table *tab, u32 bucket)
{
	unsigned long **dir = READ_ONCE(tab->top[bucket >> (NFVS_TABLE_PAGE_BITS +
							    NFVS_TABLE_DIR_BITS)]);
	unsigned long *page;

	page = READ_ONCE(dir[bucket >> NFVS_TABLE_PAGE_BITS & ((1 << NFVS_TABLE_DIR_BITS) - 1)]);
	return &page[bucket & ((1 << NFVS_TABLE_PAGE_BITS) - 1)];
}

/* The nearest bookmark before hash. The first NFVS_TABLE_STRIPES are always there. */
static inline unsigned long *nfvs_table_start(const struct nfvs_table *tab, u32 hash)
{
	unsigned long *slot;
	u32 mask;

	for (mask = READ_ONCE(tab->mask); ; mask >>= 1) {
		slot = nfvs_table_slot(tab, hash & mask);
		if (likely(READ_ONCE(*slot)))
			return slot;
	}
}

/* The first entry of which is_it() says so; RCU read side. */
static __always_inline
struct nfvs_link *nfvs_table_find(const struct nfvs_table *tab, u32 hash, const void *key,
				  bool (*is_it)(const void *key, const struct nfvs_link *link))
{
	struct nfvs_link *link;
	unsigned long word;
	u32 bucket;

	word = READ_ONCE(*nfvs_table_slot(tab, hash & READ_ONCE(tab->mask)));
	if (unlikely(!word))
		word = READ_ONCE(*nfvs_table_start(tab, hash));
	for (;;) {
		while (!nfvs_is_mark(word)) {
			link = (struct nfvs_link *)word;
			if (is_it(key, link))
				return link;
			word = READ_ONCE(link->next);
		}
		bucket = word >> 1;
		/* The next bucket, or one before hash that has got its bookmark meanwhile? */
		if (likely(!bucket || nfvs_hash_precedes(hash, bucket)))
			return NULL;
		word = READ_ONCE(*nfvs_table_slot(tab, bucket));
	}
}

/* From word on to the one that leads to the first entry not before hash. */
static __always_inline
unsigned long *nfvs_table_advance(const struct nfvs_table *tab, unsigned long *word, u32 hash,
				  u32 (*hash_of)(const struct nfvs_link *link))
{
	struct nfvs_link *link;
	unsigned long next;
	u32 bucket;

	for (;;) {
		next = READ_ONCE(*word);
		if (nfvs_is_mark(next)) {
			bucket = next >> 1;
			if (!bucket || nfvs_hash_precedes(hash, bucket))
				return word;
			word = nfvs_table_slot(tab, bucket);
		} else {
			link = (struct nfvs_link *)next;
			if (!nfvs_hash_precedes(hash_of(link), hash))
				return word;
			word = &link->next;
		}
	}
}

/* table.c: for an insertion, with the lock: bucket's own bookmark, or one before it. */
unsigned long *nfvs_table_make_slot(struct nfvs_table *tab, u32 bucket);
void nfvs_table_grow(struct nfvs_table *tab);

static inline struct nfvs_table_stripe *nfvs_table_stripe(const struct nfvs_table *tab, u32 hash)
{
	return &tab->stripes[hash % NFVS_TABLE_STRIPES];
}

/* Where an insertion or a removal of hash begins to look; with the lock. */
static __always_inline unsigned long *nfvs_table_enter(struct nfvs_table *tab, u32 hash)
{
	u32 bucket = hash & READ_ONCE(tab->mask);
	unsigned long *slot = nfvs_table_slot(tab, bucket);

	return likely(*slot) ? slot : nfvs_table_make_slot(tab, bucket);
}

/*
 * Adds link before all others of its hash. If there is one that is_twin() says
 * is the same: returns that, and link is not added. BH off.
 *
 * With is_wanted() link takes the twin's place, who is removed. It is for an entry that
 * others know already and may want to remove: they first make is_wanted() say no and
 * then remove it. Asked with the lock, so that it is never added after that.
 */
static __always_inline
struct nfvs_link *nfvs_table_insert(struct nfvs_table *tab, struct nfvs_link *link,
				    u32 (*hash_of)(const struct nfvs_link *link),
				    const void *key,
				    bool (*is_twin)(const void *key, const struct nfvs_link *link),
				    bool (*is_wanted)(const void *key))
{
	u32 hash = hash_of(link);
	struct nfvs_table_stripe *stripe = nfvs_table_stripe(tab, hash);
	struct nfvs_link *twin = NULL;
	unsigned long *pred, *word;

	spin_lock(&stripe->lock);
	if (is_wanted && !is_wanted(key))
		goto out;
	pred = nfvs_table_advance(tab, nfvs_table_enter(tab, hash), hash, hash_of);
	for (word = pred; !nfvs_is_mark(*word); word = &twin->next) {
		twin = (struct nfvs_link *)*word;
		if (hash_of(twin) != hash) {
			twin = NULL;
			break;
		}
		if (is_twin(key, twin))
			goto found;
	}
	twin = NULL;
	link->next = *pred;
	/* Readers see the entry whole. */
	smp_store_release(pred, (unsigned long)link);
	WRITE_ONCE(stripe->n, stripe->n + 1);
	if (unlikely(stripe->n > READ_ONCE(tab->mask) / NFVS_TABLE_STRIPES))
		nfvs_table_grow(tab);
	goto out;

found:
	if (is_wanted) {
		link->next = twin->next;
		/* As above. */
		smp_store_release(word, (unsigned long)link);
	}
out:
	spin_unlock(&stripe->lock);
	return twin;
}

/* False: it was not there any more. BH off. */
static __always_inline bool nfvs_table_remove(struct nfvs_table *tab, struct nfvs_link *link,
					      u32 (*hash_of)(const struct nfvs_link *link))
{
	u32 hash = hash_of(link);
	struct nfvs_table_stripe *stripe = nfvs_table_stripe(tab, hash);
	bool is_found = false;
	unsigned long *word;

	spin_lock(&stripe->lock);
	word = nfvs_table_advance(tab, nfvs_table_start(tab, hash), hash, hash_of);
	while (!nfvs_is_mark(*word) && *word != (unsigned long)link &&
	       hash_of((struct nfvs_link *)*word) == hash)
		word = &((struct nfvs_link *)*word)->next;
	if (*word == (unsigned long)link) {
		/* As above, the entry that comes next. */
		smp_store_release(word, link->next);
		WRITE_ONCE(stripe->n, stripe->n - 1);
		is_found = true;
	}
	spin_unlock(&stripe->lock);
	return is_found;
}

/*
 * A walk in the order of the list: the first entry at or behind hash (0: of all),
 * and the one behind link; NULL at the end. RCU read side; it may be left and
 * taken up again with the hash of the last entry.
 */
struct nfvs_link *nfvs_table_seek(const struct nfvs_table *tab, u32 hash);
struct nfvs_link *nfvs_table_next(const struct nfvs_table *tab, const struct nfvs_link *link);

/*
 * Another walk, through the buckets by number, for who can look ahead and need not
 * see everything each time: an entry whose bucket has no bookmark yet comes with
 * the bucket before it; NULL at the end of a bucket. RCU read side.
 */
static inline struct nfvs_link *nfvs_table_bucket(const struct nfvs_table *tab, u32 bucket)
{
	unsigned long word = READ_ONCE(*nfvs_table_slot(tab, bucket));

	return nfvs_is_mark(word) ? NULL : (struct nfvs_link *)word;
}

static inline struct nfvs_link *nfvs_table_bucket_next(const struct nfvs_link *link)
{
	unsigned long word = READ_ONCE(link->next);

	return nfvs_is_mark(word) ? NULL : (struct nfvs_link *)word;
}

/* Of one word: no lock, not exact while others write. */
u32 nfvs_table_count(const struct nfvs_table *tab);
/* With the locks: whoever inserts later has seen what was written before this. */
bool nfvs_table_is_empty(const struct nfvs_table *tab);
/* Buckets; 0 without a table. */
u32 nfvs_table_size(const struct nfvs_table *tab);

/*
 * What insertions leave to be done at leisure: bookmarks nobody has asked for yet,
 * and halving a table that is nearly empty. Process context, one caller.
 */
void nfvs_table_tend(struct nfvs_table *tab);
/* Is there any such thing? A hint. */
bool nfvs_table_is_untidy(const struct nfvs_table *tab);

/* 0 or -ENOMEM. */
int nfvs_table_init(struct nfvs_table *tab, u32 (*hash_of)(const struct nfvs_link *link));
/* Nobody looks; the entries are the caller's. */
void nfvs_table_destroy(struct nfvs_table *tab);

#endif /* _NFVS_TABLE_H */
