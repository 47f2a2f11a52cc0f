/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of the hash table share: a table, its entries, a hand in its workings. */
#ifndef KERNEL_TABLE_WORLD_H
#define KERNEL_TABLE_WORLD_H

#include <check.h>
#include <stdbool.h>

void table_read_hook(void);
void table_grace_hook(void);
bool table_alloc_hook(void);
void table_count_hook(int n);
#define shim_after_read() table_read_hook()
#define synchronize_rcu() table_grace_hook()
#define shim_alloc_fails() table_alloc_hook()
#define shim_count_alloc(n) table_count_hook(n)

#include "table.h"

enum {
	ITEMS_MAX	= 70000,
	/* Of a table as small as it gets: stripes, a directory, a page. */
	ALLOCS_MIN	= 3,
	ALLOCS_ANY	= -1,
};

/* @born: counts insertions, to tell the order of equal hashes */
struct item {
	struct nfvs_link	link;
	u32			hash;
	u32			id;
	u32			born;
	bool			is_in;
};

extern struct nfvs_table table;
extern struct item items[ITEMS_MAX];

/* What another CPU does after a read of this thread; it is not interrupted itself. */
typedef void table_hook_fn(void);
extern __thread table_hook_fn *table_intruder;
/* What happens while somebody waits for a grace period. */
extern table_hook_fn *table_in_grace;
/* Allocations until there is no more memory; ALLOCS_ANY: never. */
extern int table_allocs_left;
/* Pieces of memory in use. */
extern int table_allocs;

/* Not ck_assert(), which costs a system call each time. */
#define must(cond, ...)						\
	do {							\
		if (!(cond))					\
			ck_abort_msg(#cond ": " __VA_ARGS__);	\
	} while (0)

u32 rnd(u32 n);
/* Different for each i. */
u32 spread(u32 i);
u32 reversed(u32 hash);
u32 item_hash(const struct nfvs_link *link);
bool is_item(const void *key, const struct nfvs_link *link);
struct item *item_of(struct nfvs_link *link);

void table_setup(void);
/* Looks whether all memory was given back. */
void table_teardown(void);

void add(u32 i);
void take(u32 i);
bool is_found(const struct nfvs_table *t, u32 i);
/* Of the first n: those that are in are found, others not. */
void check_found(u32 n);
/* The list, the bookmarks and the counts of a table that nobody works on. */
void check_table(u32 round);
/* There are bookmarks for all buckets. */
bool is_settled(void);

#endif /* KERNEL_TABLE_WORLD_H */
