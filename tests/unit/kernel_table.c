// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hash table of connections: the list's order and its bookmarks through all
 * kinds of hashes, sizes and shortages of memory.
 */
#include "kernel_table_world.h"

#include "table.c"

enum {
	SEED		= 20261123,
	SOME		= 3000,
	MODEL_ITEMS	= 1500,
	MODEL_STEPS	= 60000,
	WALKED		= 400,	/* entries that are there all the time */
	PASSING		= 2000,	/* entries that come and go */
	KINDS		= 8,
};

/* ---- the world ---- */

struct nfvs_table table;
struct item items[ITEMS_MAX];
__thread table_hook_fn *table_intruder;
table_hook_fn *table_in_grace;
int table_allocs_left = ALLOCS_ANY;
int table_allocs;

static u64 random_state;
static u32 births;

void table_read_hook(void)
{
	table_hook_fn *intruder = table_intruder;

	if (!intruder)
		return;
	table_intruder = NULL;
	intruder();
	table_intruder = intruder;
}

void table_grace_hook(void)
{
	if (table_in_grace)
		table_in_grace();
}

bool table_alloc_hook(void)
{
	if (table_allocs_left > 0)
		table_allocs_left--;
	return !table_allocs_left;
}

void table_count_hook(int n)
{
	__atomic_add_fetch(&table_allocs, n, __ATOMIC_RELAXED);
}

u32 rnd(u32 n)
{
	random_state = random_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (random_state >> 33) % n;
}

u32 spread(u32 i)
{
	u32 hash = (i + 1) * 2654435761u;

	hash = (hash ^ hash >> 16) * 2246822519u;
	hash = (hash ^ hash >> 13) * 3266489917u;
	return hash ^ hash >> 16;
}

u32 reversed(u32 hash)
{
	u32 r = 0, i;

	for (i = 0; i < 32; i++)
		r |= (hash >> i & 1) << (31 - i);
	return r;
}

struct item *item_of(struct nfvs_link *link)
{
	return (struct item *)link;
}

u32 item_hash(const struct nfvs_link *link)
{
	return ((const struct item *)link)->hash;
}

bool is_item(const void *key, const struct nfvs_link *link)
{
	return ((const struct item *)link)->id == ((const struct item *)key)->id;
}

void table_setup(void)
{
	u32 i;

	random_state = SEED;
	table_intruder = NULL;
	table_in_grace = NULL;
	table_allocs_left = ALLOCS_ANY;
	memset(&table, 0, sizeof(table));
	for (i = 0; i < ITEMS_MAX; i++)
		items[i] = (struct item){ .hash = spread(i), .id = i };
	ck_assert_int_eq(nfvs_table_init(&table, item_hash), 0);
	ck_assert_int_eq(table_allocs, ALLOCS_MIN);
}

void table_teardown(void)
{
	nfvs_table_destroy(&table);
	ck_assert_int_eq(table_allocs, 0);
}

void add(u32 i)
{
	items[i].born = ++births;
	must(!nfvs_table_insert(&table, &items[i].link, item_hash, &items[i], is_item, NULL),
	     "%u", i);
	items[i].is_in = true;
}

void take(u32 i)
{
	must(nfvs_table_remove(&table, &items[i].link, item_hash), "%u", i);
	items[i].is_in = false;
}

bool is_found(const struct nfvs_table *t, u32 i)
{
	return nfvs_table_find(t, items[i].hash, &items[i], is_item) == &items[i].link;
}

void check_found(u32 n)
{
	u32 i;

	for (i = 0; i < n; i++)
		must(is_found(&table, i) == items[i].is_in, "%u, hash %x", i, items[i].hash);
}

static void check_counts(u32 round, const u32 *n_of, u32 n)
{
	struct nfvs_link *link;
	u32 i, walked = 0;

	for (i = 0; i < NFVS_TABLE_STRIPES; i++)
		must(table.stripes[i].n == n_of[i], "round %u stripe %u: %u, not %u", round, i,
		     table.stripes[i].n, n_of[i]);
	must(nfvs_table_count(&table) == n, "round %u: %u, not %u", round, nfvs_table_count(&table), n);
	must(nfvs_table_is_empty(&table) == !n, "round %u", round);
	for (link = nfvs_table_seek(&table, 0); link; link = nfvs_table_next(&table, link))
		walked++;
	must(walked == n, "round %u: %u, not %u", round, walked, n);
}

/* Each mark comes once, before all that its bucket has; newest first. */
void check_table(u32 round)
{
	u32 n_of[NFVS_TABLE_STRIPES] = { 0 }, bucket, n = 0, born = 0;
	unsigned long word = *nfvs_table_slot(&table, 0);
	u8 *has_mark = calloc(table.mask + 1, 1);
	u64 last = 0, here;
	struct item *item;

	while (word != nfvs_mark(0)) {
		if (nfvs_is_mark(word)) {
			bucket = word >> 1;
			must(bucket <= table.mask, "round %u bucket %u", round, bucket);
			must(!has_mark[bucket]++, "round %u bucket %u", round, bucket);
			here = (u64)reversed(bucket) * 2;
			must(here > last, "round %u bucket %u", round, bucket);
			word = *nfvs_table_slot(&table, bucket);
			must(word, "round %u bucket %u", round, bucket);
		} else {
			item = item_of((struct nfvs_link *)word);
			here = (u64)reversed(item->hash) * 2 + 1;
			must(here > last || (here == last && item->born < born),
			     "round %u hash %x", round, item->hash);
			must(item->is_in, "round %u id %u", round, item->id);
			born = item->born;
			n_of[item->hash % NFVS_TABLE_STRIPES]++;
			n++;
			word = item->link.next;
		}
		last = here;
	}
	for (bucket = 1; bucket <= table.mask; bucket++)
		must(has_mark[bucket] == !!*nfvs_table_slot(&table, bucket), "round %u bucket %u",
		     round, bucket);
	free(has_mark);
	check_counts(round, n_of, n);
}

bool is_settled(void)
{
	u32 bucket;

	for (bucket = 0; bucket <= table.mask; bucket++) {
		if (!*nfvs_table_slot(&table, bucket))
			return false;
	}
	return true;
}

/* ---- tests ---- */

static void check_smallest(void)
{
	nfvs_table_tend(&table);
	must(nfvs_table_size(&table) == NFVS_TABLE_MIN, "%u", nfvs_table_size(&table));
	check_table(0);
	must(table_allocs == ALLOCS_MIN, "%d", table_allocs);
}

/* The bit that is lowest decides, whatever the others say. */
START_TEST(order_of_hashes)
{
	static const u32 sorted[] = {
		0, 0x80000000, 0x40000000, 0xc0000000, 2, 0x80000002, 0xfffffffe, 1, 0x80000001,
		3, 0x7fffffff, 0xffffffff,
	};
	enum { N = sizeof(sorted) / sizeof(sorted[0]) };
	u32 a, b;

	for (a = 0; a < N; a++)
		for (b = 0; b < N; b++)
			must(nfvs_hash_precedes(sorted[a], sorted[b]) == (a < b), "%x %x",
			     sorted[a], sorted[b]);
}
END_TEST

START_TEST(a_table_that_was_never_made)
{
	nfvs_table_destroy(&table);
	memset(&table, 0, sizeof(table));
	ck_assert_ptr_null(nfvs_table_seek(&table, 0));
	ck_assert_uint_eq(nfvs_table_count(&table), 0);
	ck_assert_uint_eq(nfvs_table_size(&table), 0);
	ck_assert(nfvs_table_is_empty(&table));
	nfvs_table_tend(&table);
}
END_TEST

static u32 hash_of_kind(int kind, u32 i)
{
	switch (kind) {
	case 0:
		return spread(i);
	case 1:
		return 0;
	case 2:
		return 0xffffffff;
	case 3:
		return 0x12345678;
	case 4:		/* each the first of a bucket */
		return i;
	case 5:		/* high bits only */
		return i << 20;
	case 6:		/* one stripe */
		return i * NFVS_TABLE_STRIPES + 5;
	default:
		return spread(i % 8);
	}
}

START_TEST(hashes_of_all_kinds)
{
	u32 i;

	for (i = 0; i < SOME; i++)
		items[i].hash = hash_of_kind(_i, i);
	for (i = 0; i < SOME; i++)
		add(i);
	check_table(1);
	check_found(SOME);
	nfvs_table_tend(&table);
	must(is_settled(), "kind %d", _i);
	check_table(2);
	check_found(SOME);
	for (i = 0; i < SOME; i++)
		if (rnd(2))
			take(i);
	check_table(3);
	check_found(SOME);
	for (i = 0; i < SOME; i++)
		if (items[i].is_in)
			take(i);
	check_smallest();
	check_found(SOME);
}
END_TEST

START_TEST(grows_and_shrinks)
{
	u32 i;

	for (i = 0; i < ITEMS_MAX; i++)
		add(i);
	ck_assert_uint_ge(nfvs_table_size(&table), 1 << 16);
	check_table(1);
	nfvs_table_tend(&table);
	ck_assert(is_settled());
	check_found(ITEMS_MAX);
	for (i = 200; i < ITEMS_MAX; i++)
		take(i);
	nfvs_table_tend(&table);
	ck_assert_uint_le(nfvs_table_size(&table), 2048);
	check_table(2);
	check_found(ITEMS_MAX);
	for (i = 0; i < 200; i++)
		take(i);
	check_smallest();
}
END_TEST

/* The fullest part alone makes it grow; so it alone must keep it from shrinking. */
START_TEST(does_not_swing)
{
	u32 i;

	for (i = 0; nfvs_table_size(&table) == NFVS_TABLE_MIN; i++) {
		items[i].hash *= NFVS_TABLE_STRIPES;
		add(i);
	}
	ck_assert_uint_le(i, NFVS_TABLE_MIN / NFVS_TABLE_STRIPES);
	nfvs_table_tend(&table);
	ck_assert_uint_eq(nfvs_table_size(&table), 2 * NFVS_TABLE_MIN);
	ck_assert(is_settled());
}
END_TEST

static void check_seek(u32 hash)
{
	struct nfvs_link *link = nfvs_table_seek(&table, hash);
	struct item *best = NULL, *item;
	u32 i;

	for (i = 0; i < MODEL_ITEMS; i++) {
		item = &items[i];
		if (!item->is_in || reversed(item->hash) < reversed(hash))
			continue;
		if (!best || reversed(item->hash) < reversed(best->hash) ||
		    (item->hash == best->hash && item->born > best->born))
			best = item;
	}
	must(link == (best ? &best->link : NULL), "hash %x", hash);
}

START_TEST(random_steps)
{
	u32 step, i, n = MODEL_ITEMS;

	for (i = 0; i < MODEL_ITEMS; i += 3)
		items[i].hash = rnd(2) ? rnd(4096) : items[rnd(MODEL_ITEMS)].hash;
	for (step = 0; step < MODEL_STEPS; step++) {
		i = rnd(n);
		if (items[i].is_in)
			take(i);
		else
			add(i);
		must(is_found(&table, i) == items[i].is_in, "step %u", step);
		i = rnd(MODEL_ITEMS);
		must(is_found(&table, i) == items[i].is_in, "step %u", step);
		if (step % 500)
			continue;
		check_seek(items[rnd(MODEL_ITEMS)].hash);
		check_seek(spread(rnd(1 << 30)));
		nfvs_table_tend(&table);
		check_table(step);
		/* Now and then nearly all of them go. */
		n = step % 2000 ? MODEL_ITEMS : 40;
		for (i = n; i < MODEL_ITEMS; i++)
			if (items[i].is_in)
				take(i);
	}
}
END_TEST

/* As nfvs_conn_walk() does it: all hashes are different. */
START_TEST(interrupted_walk)
{
	static u8 seen[WALKED];
	struct nfvs_link *link;
	u32 hash = 0, i, round, n = 0;

	for (i = 0; i < WALKED; i++)
		add(i);
	for (round = 0; ; round++) {
		link = nfvs_table_seek(&table, hash);
		if (link && n && item_hash(link) == hash)
			link = nfvs_table_next(&table, link);
		for (i = rnd(5); link; i--) {
			if (item_of(link)->id < WALKED)
				seen[item_of(link)->id]++;
			hash = item_hash(link);
			n++;
			if (!i)
				break;
			link = nfvs_table_next(&table, link);
		}
		if (!link)
			break;
		for (i = WALKED; i < WALKED + PASSING; i++) {
			if (items[i].is_in != (round / 8 % 2 == 0))
				(items[i].is_in ? take : add)(i);
		}
		nfvs_table_tend(&table);
	}
	for (i = 0; i < WALKED; i++)
		must(seen[i] == 1, "%u seen %u times", i, seen[i]);
	ck_assert_uint_gt(round, WALKED / 5);
}
END_TEST

static bool wanted = true;

static bool is_wanted(const void *key)
{
	const struct item *item = key;

	must(nfvs_table_stripe(&table, item->hash)->lock.is_taken, "item %u", item->id);
	return wanted;
}

/* The same key twice: the first one stays, or goes. */
START_TEST(twins)
{
	struct item twin, other;
	u32 i;

	for (i = 0; i < 200; i++) {
		items[i].hash = i % 4;
		add(i);
	}
	for (i = 0; i < 200; i++) {
		twin = items[i];
		must(nfvs_table_insert(&table, &twin.link, item_hash, &twin, is_item, NULL) ==
		     &items[i].link, "%u", i);
	}
	check_table(1);
	check_found(200);
	for (i = 0; i < 200; i++) {
		twin = items[i];
		must(nfvs_table_insert(&table, &twin.link, item_hash, &twin, is_item, is_wanted) ==
		     &items[i].link, "%u", i);
		must(nfvs_table_find(&table, twin.hash, &twin, is_item) == &twin.link, "%u", i);
		check_table(2);
		must(!nfvs_table_remove(&table, &items[i].link, item_hash), "%u", i);
		other = twin;
		must(nfvs_table_insert(&table, &items[i].link, item_hash, &other, is_item, is_wanted) ==
		     &twin.link, "%u", i);
	}
	check_table(3);
	check_found(200);
	for (i = 0; i < 200; i++) {
		take(i);
		must(!nfvs_table_remove(&table, &items[i].link, item_hash), "%u", i);
	}
	check_table(4);
}
END_TEST

static u32 late;

static void not_found(void)
{
	must(!is_found(&table, late), "%u", late);
}

/*
 * Bug: what had been removed, and given to RCU, before it was in the second of its tables
 * got into that for a moment, and whoever found it there had it when it was freed.
 */
START_TEST(removed_before_it_comes)
{
	struct item twin;
	u32 i;

	wanted = false;
	for (i = 0; i < 400; i++) {
		items[i].hash = i % 4;
		if (i < 200)
			add(i);
	}
	for (late = 200; late < 400; late++) {
		table_intruder = not_found;
		must(!nfvs_table_insert(&table, &items[late].link, item_hash, &items[late], is_item,
					is_wanted), "%u", late);
		table_intruder = NULL;
		not_found();
	}
	for (i = 0; i < 200; i++) {
		twin = items[i];
		must(!nfvs_table_insert(&table, &twin.link, item_hash, &twin, is_item, is_wanted),
		     "%u", i);
	}
	wanted = true;
	check_table(1);
	check_found(400);
}
END_TEST

/* Memory for only so many pieces: then all works, slower; with memory it settles. */
START_TEST(out_of_memory)
{
	u32 i;
	int err;

	nfvs_table_destroy(&table);
	memset(&table, 0, sizeof(table));
	table_allocs_left = _i + 1;
	err = nfvs_table_init(&table, item_hash);
	if (_i < ALLOCS_MIN) {
		ck_assert_int_eq(err, -ENOMEM);
		ck_assert_int_eq(table_allocs, 0);
		ck_assert_uint_eq(nfvs_table_size(&table), 0);
		table_allocs_left = ALLOCS_ANY;
		err = nfvs_table_init(&table, item_hash);
		table_allocs_left = 1;
	}
	ck_assert_int_eq(err, 0);
	for (i = 0; i < SOME; i++)
		add(i);
	check_table(1);
	check_found(SOME);
	nfvs_table_tend(&table);
	check_table(2);
	ck_assert(_i > 8 || !is_settled());
	for (i = 0; i < SOME; i += 2)
		take(i);
	check_table(3);
	table_allocs_left = ALLOCS_ANY;
	nfvs_table_tend(&table);
	ck_assert(is_settled());
	check_table(4);
	check_found(SOME);
	for (i = 1; i < SOME; i += 2)
		take(i);
	check_smallest();
}
END_TEST

Suite *kernel_table_suite(void);

Suite *kernel_table_suite(void)
{
	Suite *s = suite_create("kernel: hash table");
	TCase *tc = tcase_create("table");

	tcase_add_checked_fixture(tc, table_setup, table_teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, order_of_hashes);
	tcase_add_test(tc, a_table_that_was_never_made);
	tcase_add_loop_test(tc, hashes_of_all_kinds, 0, KINDS);
	tcase_add_test(tc, grows_and_shrinks);
	tcase_add_test(tc, does_not_swing);
	tcase_add_test(tc, random_steps);
	tcase_add_test(tc, interrupted_walk);
	tcase_add_test(tc, twins);
	tcase_add_test(tc, removed_before_it_comes);
	tcase_add_loop_test(tc, out_of_memory, 0, 12);
	suite_add_tcase(s, tc);
	return s;
}
