// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hash table while several CPUs look, write and change its size: played by one,
 * each time at the worst moment, and by threads.
 */
#include "kernel_table_world.h"

#include <pthread.h>
#include <semaphore.h>
#include <time.h>

enum {
	STAY		= 1200,	/* entries that are there all the time */
	PASS		= 2400,	/* up to here: that come and go */
	GROWN_MAX	= 1 << 15,
	ROUNDS		= 8,
	STRESS_MS	= 300,	/* at least */
	STRESS_SIZES	= 6,	/* changes of size seen, at least */
	BATCH		= 100,
	STRESSED	= 200,	/* entries that are there all the time */
	PREEMPTED	= 211,	/* one read in so many */
	HALVED		= 4 * NFVS_TABLE_MIN,
};

/* ---- several CPUs, played by one ---- */

static u32 chance;	/* one read in so many is intruded on */
static u32 intrusions;
static u32 sought;

/* Near to what is sought: before it, its own bucket, or just anything. */
static void intrude(void)
{
	u32 i = STAY + rnd(PASS - STAY), mask = READ_ONCE(table.mask);

	if (rnd(chance))
		return;
	intrusions++;
	if (items[i].is_in) {
		take(i);
	} else {
		/* Comes before in the same bucket, or with the very same hash. */
		items[i].hash = items[sought].hash & ~(rnd(2) << (31 - rnd(23)));
		add(i);
	}
	nfvs_table_make_slot(&table, (rnd(4) ? items[sought].hash : spread(rnd(1 << 30))) & mask);
	if (mask < GROWN_MAX - 1 && !rnd(20))
		nfvs_table_grow(&table);
}

/* Many entries and few bookmarks. */
static void unsettled_table(void)
{
	u32 i;

	table_teardown();
	table_setup();
	table_allocs_left = 1;
	for (i = 0; i < STAY; i++)
		add(i);
	table_allocs_left = ALLOCS_ANY;
	must(!is_settled(), "%u buckets", nfvs_table_size(&table));
}

START_TEST(find_when_intruded)
{
	u32 round, i;

	chance = 6;
	intrusions = 0;
	for (round = 0; round < ROUNDS; round++) {
		unsettled_table();
		for (i = 0; i < STAY; i++) {
			sought = i;
			table_intruder = intrude;
			must(is_found(&table, i), "round %u item %u", round, i);
			table_intruder = NULL;
		}
		check_table(round);
		check_found(PASS);
	}
	ck_assert_uint_gt(intrusions, ROUNDS * STAY / 4);
}
END_TEST

/* Left and taken up again at each entry. */
START_TEST(walk_when_intruded)
{
	static u8 seen[STAY];
	struct nfvs_link *link;
	u32 round, i;

	chance = 60;
	intrusions = 0;
	for (round = 0; round < ROUNDS / 2; round++) {
		unsettled_table();
		memset(seen, 0, sizeof(seen));
		sought = 0;
		table_intruder = intrude;
		link = nfvs_table_seek(&table, 0);
		while (link) {
			if (item_of(link)->id < STAY)
				must(!seen[item_of(link)->id]++, "round %u item %u", round,
				     item_of(link)->id);
			else
				goto next;
			sought = item_of(link)->id;
			link = nfvs_table_seek(&table, items[sought].hash);
			/* What came in with the same hash is before it. */
			while (link != &items[sought].link) {
				must(link && item_hash(link) == items[sought].hash,
				     "round %u item %u", round, sought);
				link = nfvs_table_next(&table, link);
			}
next:
			link = nfvs_table_next(&table, link);
		}
		table_intruder = NULL;
		for (i = 0; i < STAY; i++)
			must(seen[i], "round %u item %u", round, i);
		check_table(round);
	}
	ck_assert_uint_gt(intrusions, ROUNDS / 2 * STAY / 10);
}
END_TEST

/* ---- shrinking, seen by those it waits for ---- */

static u32 graces, passer;
static struct nfvs_table early;			/* as one sees it who read the mask before */
static unsigned long leads_to[HALVED];		/* the bookmarks then; upper half */

static void add_to(u32 hash)
{
	items[passer].hash = hash;
	add(passer++);
}

/* Entries still come; who began before finds all, who begins now too. */
static void check_first_grace(void)
{
	u32 i;

	must(table.mask == early.mask / 2, "%x", table.mask);
	for (i = table.mask + 1; i <= early.mask; i += 7)
		add_to(i);
	for (i = 0; i < passer; i++) {
		must(is_found(&early, i) == items[i].is_in, "%u", i);
		must(is_found(&table, i) == items[i].is_in, "%u", i);
	}
	for (i = table.mask + 1; i <= early.mask; i++)
		leads_to[i] = *nfvs_table_slot(&table, i);
}

/* No mark leads there, but whoever stands before one may go on. */
static void check_second_grace(void)
{
	u32 i;

	check_table(graces);
	for (i = table.mask + 1; i <= early.mask; i++)
		must(*nfvs_table_slot(&table, i) == leads_to[i], "bucket %u", i);
	for (i = 0; i < STAY / 50; i++)
		take(i);
	for (i = 0; i < STAY / 50; i++)
		add(i);
	/* Nobody may take up the place before it is free. */
	nfvs_table_grow(&table);
	must(table.mask == early.mask / 2, "%x", table.mask);
}

static void check_grace(void)
{
	if (graces++ % 2 == 0) {
		check_first_grace();
		return;
	}
	check_second_grace();
	early.mask = table.mask;
}

START_TEST(two_grace_periods)
{
	u32 i;

	while (nfvs_table_size(&table) < HALVED)
		nfvs_table_grow(&table);
	table_in_grace = NULL;
	graces = 0;
	passer = STAY / 50;
	for (i = 0; i < passer; i++)
		add(i);
	for (i = 0; i < HALVED; i++)
		nfvs_table_make_slot(&table, i);
	check_table(0);
	early = table;
	table_in_grace = check_grace;
	nfvs_table_tend(&table);
	table_in_grace = NULL;
	/* From so many entries it did not go on. */
	ck_assert_uint_eq(graces, 2);
	ck_assert_uint_eq(nfvs_table_size(&table), HALVED / 2);
	check_table(1);
	check_found(passer);
	/* A directory, stripes, and the lower half. */
	ck_assert_int_eq(table_allocs, 2 + HALVED / 2 / NFVS_TABLE_MIN);
	nfvs_table_grow(&table);
	ck_assert_uint_eq(nfvs_table_size(&table), HALVED);
	nfvs_table_tend(&table);
	ck_assert(is_settled());
	check_table(2);
}
END_TEST

static sem_t in_grace, end_of_grace;
static pthread_t tender;
static u32 reads;

static void wait_in_grace(void)
{
	if (!graces++) {
		sem_post(&in_grace);
		sem_wait(&end_of_grace);
		return;
	}
	/* Those who come now begin at the upper half's bookmarks, or they do not. */
	add_to(NFVS_TABLE_MIN + 1);
	add_to(NFVS_TABLE_MIN + 2);
}

static void *tend_once(void *arg)
{
	nfvs_table_tend(&table);
	return arg;
}

/* Just after one has seen that it may grow: others grow it, and then it shrinks. */
static void outrun(void)
{
	if (reads++ != 1)
		return;
	nfvs_table_grow(&table);
	must(nfvs_table_size(&table) == 2 * NFVS_TABLE_MIN, "%u", nfvs_table_size(&table));
	nfvs_table_make_slot(&table, NFVS_TABLE_MIN + 1);
	nfvs_table_make_slot(&table, NFVS_TABLE_MIN + 2);
	pthread_create(&tender, NULL, tend_once, NULL);
	sem_wait(&in_grace);
	must(nfvs_table_size(&table) == NFVS_TABLE_MIN, "%u", nfvs_table_size(&table));
}

/* Grown from a size that it had twice: it may not go on shrinking then. */
START_TEST(late_grower)
{
	sem_init(&in_grace, 0, 0);
	sem_init(&end_of_grace, 0, 0);
	graces = 0;
	passer = 1;
	reads = 0;
	table_in_grace = wait_in_grace;
	table_intruder = outrun;
	nfvs_table_grow(&table);
	table_intruder = NULL;
	ck_assert_uint_gt(reads, 1);
	ck_assert_uint_eq(nfvs_table_size(&table), 2 * NFVS_TABLE_MIN);
	sem_post(&end_of_grace);
	pthread_join(tender, NULL);
	check_table(0);
	check_found(passer);
}
END_TEST

/* ---- several CPUs ---- */

enum cpu { FINDER, WALKER, CHURNER1, CHURNER2, TENDER, CPUS };

/* Odd while it is on a read side. */
static u32 side[CPUS];
static bool is_end;
static u32 sizes_seen;

static void side_change(enum cpu cpu)
{
	__atomic_add_fetch(&side[cpu], 1, __ATOMIC_SEQ_CST);
}

/* All others have been off the read side since. */
static void wait_for_others(void)
{
	u32 cpu, before;

	for (cpu = 0; cpu < CPUS; cpu++) {
		before = __atomic_load_n(&side[cpu], __ATOMIC_SEQ_CST);
		while (before % 2 && __atomic_load_n(&side[cpu], __ATOMIC_SEQ_CST) == before)
			sched_yield();
	}
}

/* Two CPUs are few: each may be taken away at any time. */
static void preempt(void)
{
	static __thread u32 n;

	if (++n % PREEMPTED == 0)
		sched_yield();
}

static void *finder(void *arg)
{
	u32 i;

	table_intruder = preempt;
	while (!__atomic_load_n(&is_end, __ATOMIC_RELAXED)) {
		for (i = 0; i < STRESSED; i++) {
			side_change(FINDER);
			must(is_found(&table, i), "item %u of %u buckets", i, nfvs_table_size(&table));
			side_change(FINDER);
		}
		sched_yield();
	}
	return arg;
}

static void *walker(void *arg)
{
	static u32 seen[STRESSED];
	u32 hash, i, n, round;
	struct nfvs_link *link;

	table_intruder = preempt;
	for (round = 1; !__atomic_load_n(&is_end, __ATOMIC_RELAXED); round++) {
		for (hash = 0, link = NULL, n = 1; n; ) {
			side_change(WALKER);
			link = nfvs_table_seek(&table, hash);
			if (hash && link && item_hash(link) == hash)
				link = nfvs_table_next(&table, link);
			for (n = 0; link && n < 100; n++) {
				hash = item_hash(link);
				i = ((struct item *)link)->id;
				if (i < STRESSED)
					must(++seen[i] == round, "item %u round %u: %u", i, round,
					     seen[i]);
				link = nfvs_table_next(&table, link);
			}
			side_change(WALKER);
			sched_yield();
		}
		for (i = 0; i < STRESSED; i++)
			must(seen[i] == round, "item %u round %u: %u", i, round, seen[i]);
	}
	return arg;
}

/* Entries of their own, in memory of their own, freed after a grace period. */
static void *churner(void *arg)
{
	static struct item *mine[CPUS][BATCH];
	enum cpu cpu = (uintptr_t)arg;
	struct item *item;
	u32 i, round;

	table_intruder = preempt;
	for (round = 0; !__atomic_load_n(&is_end, __ATOMIC_RELAXED); round++) {
		for (i = 0; i < BATCH; i++) {
			item = malloc(sizeof(*item));
			item->id = ITEMS_MAX + cpu * BATCH + i;
			/* One part of the list, one lock. */
			item->hash = spread(item->id) & -NFVS_TABLE_STRIPES;
			mine[cpu][i] = item;
			side_change(cpu);
			must(!nfvs_table_insert(&table, &item->link, item_hash, item, is_item, NULL),
			     "item %u", i);
			side_change(cpu);
		}
		for (i = 0; i < BATCH; i++) {
			side_change(cpu);
			must(nfvs_table_remove(&table, &mine[cpu][i]->link, item_hash), "item %u", i);
			side_change(cpu);
		}
		wait_for_others();
		for (i = 0; i < BATCH; i++)
			free(mine[cpu][i]);
	}
	return arg;
}

static void *tender_of(void *arg)
{
	u32 before = 0;

	while (!__atomic_load_n(&is_end, __ATOMIC_RELAXED)) {
		nfvs_table_tend(&table);
		if (nfvs_table_size(&table) != before)
			__atomic_add_fetch(&sizes_seen, 1, __ATOMIC_RELAXED);
		before = nfvs_table_size(&table);
		sched_yield();
	}
	return arg;
}

START_TEST(threads)
{
	static void *(*const job[CPUS])(void *arg) = {
		finder, walker, churner, churner, tender_of,
	};
	struct timespec t = { .tv_nsec = STRESS_MS * 1000000L };
	pthread_t thread[CPUS];
	uintptr_t i;

	/* Few, so that it shrinks whenever the others are gone. */
	for (i = 0; i < STRESSED; i++)
		add(i);
	table_in_grace = wait_for_others;
	is_end = false;
	sizes_seen = 0;
	for (i = 0; i < CPUS; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, job[i], (void *)i), 0);
	do {
		nanosleep(&t, NULL);
	} while (__atomic_load_n(&sizes_seen, __ATOMIC_RELAXED) < STRESS_SIZES);
	__atomic_store_n(&is_end, true, __ATOMIC_RELAXED);
	for (i = 0; i < CPUS; i++)
		pthread_join(thread[i], NULL);
	check_table(0);
	check_found(STRESSED);
	for (i = 0; i < STRESSED; i++)
		take(i);
	nfvs_table_tend(&table);
	ck_assert_uint_eq(nfvs_table_size(&table), NFVS_TABLE_MIN);
	ck_assert_int_eq(table_allocs, ALLOCS_MIN);
}
END_TEST

Suite *kernel_table_cpus_suite(void);

Suite *kernel_table_cpus_suite(void)
{
	Suite *s = suite_create("kernel: hash table, several CPUs");
	TCase *tc = tcase_create("cpus");

	tcase_add_checked_fixture(tc, table_setup, table_teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, find_when_intruded);
	tcase_add_test(tc, walk_when_intruded);
	tcase_add_test(tc, two_grace_periods);
	tcase_add_test(tc, late_grower);
	tcase_add_test(tc, threads);
	suite_add_tcase(s, tc);
	return s;
}
