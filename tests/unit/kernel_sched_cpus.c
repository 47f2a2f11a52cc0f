// SPDX-License-Identifier: GPL-2.0-only
/*
 * The schedulers' trees while several CPUs change and read them: played by one,
 * each time at the worst moment, and by threads.
 */
#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static void intrude(void);
#define shim_after_read() intrude()

#include "kernel_sched_world.h"

enum {
	THREADS		= 4,
	THREAD_STEPS	= 20000,
	THREAD_ROUNDS	= 20,
	RR_STEPS	= 200000,
	INTRUSIONS	= 3,	/* at most, one inside the other */
};

/* ---- several CPUs, played by one: each time the worst moment ---- */

/* What the other CPUs do at random moments of a walk; NULL: nothing. */
static void (*intruder)(void);
static int intrusions;

static void intrude(void)
{
	if (!intruder || intrusions == INTRUSIONS || rnd(12))
		return;
	intrusions++;
	intruder();
	intrusions--;
}

static void change_load(void)
{
	u32 i = rnd(world.n);

	if (rnd(4))
		world.load[i] = rnd(6);
	else
		world.over[i] ^= 1;
	wintree_update(i);
}

static void change_over(void)
{
	u32 i = rnd(world.n);

	world.over[i] ^= 1;
	nfvs_maxtree_update(tree, i, weight_value, NULL);
}

static void check_wintree(u32 round, u32 step)
{
	u32 k, least, span;

	for (k = 0; k < world.n; k++)
		ck_assert_msg(wintree->rank[k] == rank(NULL, k), "round %u step %u n %u slot %u",
			      round, step, world.n, k);
	for (k = wintree->size - 1; k; k--) {
		/* Slots below a node: those of its level side by side. */
		span = wintree->size / rounddown_pow_of_two(k);
		least = model_least_of(k * span - wintree->size, span);
		ck_assert_msg(wintree->node[k] == (least == NFVS_TREE_NONE ? world.n : least),
			      "round %u step %u n %u node %u", round, step, world.n, k);
	}
	ck_assert_msg(nfvs_wintree_winner(wintree) == model_least(), "round %u step %u n %u",
		      round, step, world.n);
}

static void check_maxtree(u32 round, u32 step)
{
	u32 i, k;

	for (i = 0; i < world.n; i++)
		ck_assert_msg(tree->node[tree->size + i] == weight_value(NULL, i),
			      "round %u step %u n %u leaf %u", round, step, world.n, i);
	for (k = tree->size - 1; k; k--)
		ck_assert_msg(tree->node[k] == max(tree->node[2 * k], tree->node[2 * k + 1]),
			      "round %u step %u n %u node %u", round, step, world.n, k);
}

START_TEST(winner_when_intruded)
{
	u32 round, step;

	for (round = 0; round < SETS / 8; round++) {
		random_world(round % 3 ? 5 : 1);
		if (!world.n)
			continue;
		wintree_init();
		wintree_refresh();
		for (step = 0; step < STEPS; step++) {
			intruder = change_load;
			if (rnd(30))
				change_load();
			else
				wintree_refresh();
			intruder = NULL;
			check_wintree(round, step);
		}
	}
}
END_TEST

START_TEST(max_when_intruded)
{
	u32 round, step;

	for (round = 0; round < SETS / 8; round++) {
		random_world(5);
		if (!world.n)
			continue;
		tree_init();
		nfvs_maxtree_fill(tree, weight_value, NULL);
		for (step = 0; step < STEPS; step++) {
			intruder = change_over;
			change_over();
			intruder = NULL;
			check_maxtree(round, step);
		}
	}
}
END_TEST

/* ---- several CPUs ---- */

static pthread_barrier_t start_line;
static u32 rr_next;
static u32 rr_hits[MAX_N];

static void run_threads(void *(*fn)(void *arg))
{
	pthread_t thread[THREADS];
	uintptr_t i;

	pthread_barrier_init(&start_line, NULL, THREADS);
	for (i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, fn, (void *)(i + 1)), 0);
	for (i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	pthread_barrier_destroy(&start_line);
}

static void *load_thread(void *arg)
{
	unsigned int seed = (uintptr_t)arg * SEED;
	u32 i, step;
	u64 delta;

	pthread_barrier_wait(&start_line);
	for (step = 0; step < THREAD_STEPS; step++) {
		i = nfvs_wintree_winner(wintree);
		if (i == NFVS_TREE_NONE || step % 3)
			i = (u32)rand_r(&seed) % world.n;
		if (step % 16 == 0) {
			__atomic_xor_fetch(&world.over[i], 1, __ATOMIC_SEQ_CST);
		} else {
			delta = step % 2 ? 257 : (u64)-1;
			__atomic_add_fetch(&world.load[i], delta, __ATOMIC_SEQ_CST);
		}
		smp_mb();
		wintree_update(i);
	}
	return NULL;
}

/* When all are done every node must be exact, not only the root. */
START_TEST(winner_after_threads)
{
	u32 round, i;

	for (round = 0; round < THREAD_ROUNDS; round++) {
		world.n = 2 + rnd(MAX_N - 1);
		for (i = 0; i < world.n; i++) {
			world.weight[i] = round % 3 ? 1 + rnd(3) : 1;
			world.over[i] = 0;
			world.load[i] = 1u << 30;
		}
		wintree_init();
		wintree_refresh();
		run_threads(load_thread);
		check_wintree(round, 0);
	}
}
END_TEST

static void *over_thread(void *arg)
{
	unsigned int seed = (uintptr_t)arg * SEED;
	u32 i, step;

	pthread_barrier_wait(&start_line);
	for (step = 0; step < THREAD_STEPS; step++) {
		i = (u32)rand_r(&seed) % world.n;
		__atomic_xor_fetch(&world.over[i], 1, __ATOMIC_SEQ_CST);
		smp_mb();
		nfvs_maxtree_update(tree, i, weight_value, NULL);
	}
	return NULL;
}

START_TEST(max_after_threads)
{
	u32 round, i;

	for (round = 0; round < THREAD_ROUNDS; round++) {
		world.n = 2 + rnd(MAX_N - 1);
		for (i = 0; i < world.n; i++) {
			world.weight[i] = 1 + rnd(30);
			world.over[i] = 0;
		}
		tree_init();
		nfvs_maxtree_fill(tree, weight_value, NULL);
		run_threads(over_thread);
		check_maxtree(round, 0);
	}
}
END_TEST

static void *rr_thread(void *arg)
{
	u32 step, old, next, i;

	(void)arg;
	pthread_barrier_wait(&start_line);
	for (step = 0; step < RR_STEPS; step++) {
		old = READ_ONCE(rr_next);
		do {
			next = old;
			i = nfvs_rr_step(tree, &next);
		} while (!__atomic_compare_exchange_n(&rr_next, &old, next, false,
						      __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
		__atomic_add_fetch(&rr_hits[i], 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

/* CPUs that choose at the same time take one slot each: the split is exact. */
START_TEST(rr_after_threads)
{
	u32 i;

	world.n = 5;
	for (i = 0; i < world.n; i++) {
		world.weight[i] = 1;
		world.over[i] = 0;
		rr_hits[i] = 0;
	}
	rr_next = 0;
	tree_init();
	nfvs_maxtree_fill(tree, eligible_value, NULL);
	run_threads(rr_thread);
	for (i = 0; i < world.n; i++)
		ck_assert_uint_eq(rr_hits[i], THREADS * RR_STEPS / 5);
}
END_TEST

Suite *kernel_sched_cpus_suite(void);

Suite *kernel_sched_cpus_suite(void)
{
	Suite *s = suite_create("kernel: schedulers, several CPUs");
	TCase *tc = tcase_create("cpus");

	tcase_add_checked_fixture(tc, seed_random, NULL);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, winner_when_intruded);
	tcase_add_test(tc, max_when_intruded);
	tcase_add_test(tc, winner_after_threads);
	tcase_add_test(tc, max_after_threads);
	tcase_add_test(tc, rr_after_threads);
	suite_add_tcase(s, tc);
	return s;
}
