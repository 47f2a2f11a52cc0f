// SPDX-License-Identifier: GPL-2.0-only
/*
 * The schedulers' trees and steps against plain models that walk a list, over
 * random weights and changes.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "dest_conns.h"
#include "kernel_sched_world.h"

/* ---- arithmetic ---- */

START_TEST(exact_compare)
{
	static const struct {
		u64 la;
		u32 wa;
		u64 lb;
		u32 wb;
		bool exceeds;
	} rows[] = {
		{ 0, 1, 0, 1, false },
		{ 1, 1, 0, 1, true },
		{ 256, 2, 128, 1, false },
		{ 257, 2, 128, 1, true },
		/* Products beyond 64 bits. */
		{ 1ULL << 40, 1, 1ULL << 40, 0x7fffffff, true },
		{ 1ULL << 40, 0x7fffffff, 1ULL << 40, 1, false },
		{ 1ULL << 40, 0x7fffffff, 1ULL << 40, 0x7fffffff, false },
		{ (1ULL << 40) + 1, 0x7fffffff, 1ULL << 40, 0x7fffffff, true },
		{ 1ULL << 40, 0x7fffffff, (1ULL << 40) + 1, 0x7fffffff, false },
	};
	u64 la, lb;
	u32 wa, wb;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_msg(nfvs_load_exceeds(rows[i].la, rows[i].wa, rows[i].lb,
						rows[i].wb) == rows[i].exceeds, "row %zu", i);
	for (i = 0; i < 100000; i++) {
		la = ((u64)random() << 20 ^ (u64)random()) >> rnd(45);
		lb = rnd(3) ? la + rnd(3) : (u64)random() >> rnd(30);
		wa = 1 + rnd(0x7fffffff) / (1u << rnd(31));
		wb = rnd(3) ? wa : 1 + rnd(0x7fffffff);
		ck_assert_msg(nfvs_load_exceeds(la, wa, lb, wb) ==
			      ((__uint128_t)la * wb > (__uint128_t)lb * wa),
			      "%llu/%u %llu/%u", (unsigned long long)la, wa,
			      (unsigned long long)lb, wb);
	}
}
END_TEST

/* ---- connection counts ---- */

/* Of a destination whose counts other CPUs are about to put right, too. */
START_TEST(conns_never_negative)
{
	static const struct {
		s64 active, inactive;
		u32 shown_active, shown_inactive;
		u64 total, overhead;
	} rows[] = {
		{ 0, 0, 0, 0, 0, 0 },
		{ 3, 5, 3, 5, 8, 3 * 256 + 8 },
		{ 0x7fffffff, 0x7fffffff, 0x7fffffff, 0x7fffffff, 0xfffffffe,
		  0x7fffffffULL * 258 },
		/* Moved to inactive by one CPU, ended by another that counts first. */
		{ 1, -1, 1, 0, 0, 256 },
		{ 4, -2, 4, 0, 2, 4 * 256 + 2 },
		{ 2, 0, 2, 0, 2, 2 * 256 + 2 },
		/* The other way. */
		{ -1, 1, 0, 1, 0, 0 },
		{ -2, 5, 0, 5, 3, 3 },
		/* Worse than can be. */
		{ -1, 0, 0, 0, 0, 0 },
		{ 0, -1, 0, 0, 0, 0 },
		{ -1, -1, 0, 0, 0, 0 },
	};
	s64 conns;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		conns = rows[i].active * nfvs_conns_unit(true) +
			rows[i].inactive * nfvs_conns_unit(false);
		ck_assert_msg(nfvs_conns_active(conns) == rows[i].shown_active &&
			      nfvs_conns_inactive(conns) == rows[i].shown_inactive &&
			      nfvs_conns_total(conns) == rows[i].total &&
			      nfvs_conns_overhead(conns) == rows[i].overhead,
			      "row %zu: %u/%u total %llu overhead %llu", i,
			      nfvs_conns_active(conns), nfvs_conns_inactive(conns),
			      (unsigned long long)nfvs_conns_total(conns),
			      (unsigned long long)nfvs_conns_overhead(conns));
	}
}
END_TEST

/* ---- max tree ---- */

START_TEST(next_is_first)
{
	u32 round, i, from, want, expect;

	for (round = 0; round < SETS; round++) {
		random_world(10);
		tree_init();
		nfvs_maxtree_fill(tree, weight_value, NULL);
		for (i = 0; i < STEPS && world.n; i++) {
			from = rnd(world.n);
			world.over[from] = !world.over[from];
			nfvs_maxtree_update(tree, from, weight_value, NULL);
			from = rnd(world.n + 1);
			want = 1 + rnd(30);
			for (expect = from; expect < world.n; expect++)
				if (weight_value(NULL, expect) >= want)
					break;
			if (expect == world.n)
				expect = NFVS_TREE_NONE;
			ck_assert_msg(nfvs_maxtree_next(tree, from, want) == expect,
				      "round %u step %u n %u from %u want %u", round, i,
				      world.n, from, want);
		}
	}
}
END_TEST

/* ---- rr ---- */

/* The next one in the list after the last, going round once, the last itself included. */
static u32 model_rr(u32 *next)
{
	u32 i, k;

	for (k = 0; k < world.n; k++) {
		i = (*next + k) % world.n;
		if (is_eligible(i)) {
			*next = i + 1;
			return i;
		}
	}
	return NFVS_TREE_NONE;
}

START_TEST(rr_order)
{
	u32 round, step, i, got_next, model_next;

	for (round = 0; round < SETS; round++) {
		random_world(3);
		tree_init();
		nfvs_maxtree_fill(tree, eligible_value, NULL);
		got_next = 0;
		model_next = 0;
		for (step = 0; step < STEPS && world.n; step++) {
			if (!rnd(4)) {
				i = rnd(world.n);
				world.over[i] = !world.over[i];
				nfvs_maxtree_update(tree, i, eligible_value, NULL);
			}
			i = model_rr(&model_next);
			ck_assert_msg(nfvs_rr_step(tree, &got_next) == i,
				      "round %u step %u n %u", round, step, world.n);
		}
	}
}
END_TEST

/* ---- wrr ---- */

/* Where the model stands: cl is an index, -1 for the head of the list. */
struct model {
	int	cl;
	int	cw;
	int	di;
	int	mw;
};

/* compat.md 4.2: di, mw; the walk starts anew at the head; cw is kept where it fits. */
static void model_changed(struct model *m)
{
	u32 i;

	m->di = 0;
	m->mw = 0;
	for (i = 0; i < world.n; i++) {
		if (!world.weight[i])
			continue;
		m->di = gcd(m->di, world.weight[i]);
		if ((int)world.weight[i] > m->mw)
			m->mw = world.weight[i];
	}
	if (!m->di)
		m->di = 1;
	m->mw -= m->di - 1;
	m->cl = -1;
	if (m->cw == 0 || m->cw > m->mw)
		m->cw = m->mw;
	else if (m->di > 1)
		m->cw = m->cw / m->di * m->di + 1;
}

/* One destination after the other, one round after the other, until all have had their chance. */
static u32 model_wrr(struct model *m)
{
	bool was_last_round = false, has_wrapped = false;
	int start = m->cl, stop = -1, i;

	if (m->mw == 0)
		return NFVS_TREE_NONE;
	for (i = start + 1;; i++) {
		if (i < (int)world.n) {
			if (is_eligible(i) && (int)world.weight[i] >= m->cw) {
				m->cl = i;
				return i;
			}
			if (stop >= 0 && i == stop) {
				m->cl = i;
				return NFVS_TREE_NONE;
			}
			continue;
		}
		i = -1;
		m->cw -= m->di;
		if (m->cw <= 0) {
			m->cw = m->mw;
			if (was_last_round || start == -1) {
				m->cl = -1;
				return NFVS_TREE_NONE;
			}
			has_wrapped = true;
		}
		was_last_round = m->cw <= m->di;
		if (was_last_round && has_wrapped)
			stop = start;
	}
}

/* What a commit does: a new set that takes over cw. */
static void wrr_rebuild(struct nfvs_wrr *wrr, struct nfvs_wrr_pos *pos)
{
	u32 i;

	*wrr = (struct nfvs_wrr) {};
	tree_init();
	nfvs_maxtree_fill(tree, weight_value, NULL);
	for (i = 0; i < world.n; i++)
		nfvs_wrr_add_weight(wrr, world.weight[i]);
	nfvs_wrr_done(wrr);
	*pos = nfvs_wrr_start(wrr, pos->cw);
}

START_TEST(wrr_order)
{
	struct nfvs_wrr_pos pos;
	struct nfvs_wrr wrr;
	u32 round, step, i;
	struct model m;

	for (round = 0; round < SETS; round++) {
		random_world(round % 2 ? 6 : 40);
		m = (struct model) {};
		pos = (struct nfvs_wrr_pos) {};
		model_changed(&m);
		wrr_rebuild(&wrr, &pos);
		for (step = 0; step < STEPS; step++) {
			if (world.n && !rnd(7)) {
				i = rnd(world.n);
				world.over[i] = !world.over[i];
				nfvs_maxtree_update(tree, i, weight_value, NULL);
			}
			if (world.n && !rnd(20)) {
				world.weight[rnd(world.n)] = rnd(12) * (1 + rnd(3));
				model_changed(&m);
				wrr_rebuild(&wrr, &pos);
			}
			i = model_wrr(&m);
			ck_assert_msg(nfvs_wrr_step(&wrr, tree, &pos) == i &&
				      (int)pos.cw == m.cw && (int)pos.next == m.cl + 1,
				      "round %u step %u n %u: model %d cw %d next %d, got cw %u next %u",
				      round, step, world.n, (int)i, m.cw, m.cl + 1, pos.cw,
				      pos.next);
		}
	}
}
END_TEST

static u32 weights_mem[1 + 8 * MAX_N];
static struct nfvs_weights *const weights = (struct nfvs_weights *)weights_mem;

/* A set that is changed in place has the constants of one that is built anew. */
START_TEST(weights_one_by_one)
{
	u32 round, step, i;

	for (round = 0; round < SETS; round++) {
		random_world(round % 2 ? 6 : 40);
		memset(weights_mem, 0, sizeof(weights_mem));
		weights->size = nfvs_tree_leaves(world.n);
		nfvs_weights_fill(weights, world.n, world_weight, NULL);
		for (step = 0; step < STEPS; step++) {
			struct nfvs_wrr got = nfvs_weights_wrr(weights), wrr = {};

			for (i = 0; i < world.n; i++)
				nfvs_wrr_add_weight(&wrr, world.weight[i]);
			nfvs_wrr_done(&wrr);
			ck_assert_msg(got.di == wrr.di && got.mw == wrr.mw,
				      "round %u step %u n %u: di %u mw %u, got di %u mw %u",
				      round, step, world.n, wrr.di, wrr.mw, got.di, got.mw);
			if (!world.n)
				break;
			i = rnd(world.n);
			world.weight[i] = rnd(3) ? rnd(12) * (1 + rnd(3)) : 0;
			nfvs_weights_set(weights, i, world.weight[i]);
		}
	}
}
END_TEST

/* compat.md 4.2, observed: r1 with weight 3, then r2 with weight 1: r2 r1 r1 r1. */
START_TEST(wrr_observed)
{
	static const u32 expect[] = { 0, 1, 1, 1, 0, 1, 1, 1 };
	struct nfvs_wrr_pos pos = {};
	struct nfvs_wrr wrr;
	size_t i;

	world = (struct world) { .n = 0 };
	wrr_rebuild(&wrr, &pos);
	ck_assert_uint_eq(nfvs_wrr_step(&wrr, tree, &pos), NFVS_TREE_NONE);
	world = (struct world) { .n = 1, .weight = { 3 } };
	wrr_rebuild(&wrr, &pos);
	world = (struct world) { .n = 2, .weight = { 1, 3 } };
	wrr_rebuild(&wrr, &pos);
	for (i = 0; i < sizeof(expect) / sizeof(expect[0]); i++)
		ck_assert_msg(nfvs_wrr_step(&wrr, tree, &pos) == expect[i], "selection %zu", i);
}
END_TEST

/* Rounds in which nobody can be taken must cost nothing: weights as great as they get. */
START_TEST(wrr_greatest_weights)
{
	struct nfvs_wrr_pos pos = {};
	struct nfvs_wrr wrr;
	u32 i;

	world = (struct world) { .n = 2, .weight = { 0x7fffffff, 1 }, .over = { 1, 0 } };
	wrr_rebuild(&wrr, &pos);
	for (i = 0; i < STEPS; i++)
		ck_assert_uint_eq(nfvs_wrr_step(&wrr, tree, &pos), 1);
	world.over[0] = 0;
	world.over[1] = 1;
	wrr_rebuild(&wrr, &pos);
	for (i = 0; i < STEPS; i++)
		ck_assert_uint_eq(nfvs_wrr_step(&wrr, tree, &pos), 0);
}
END_TEST

/* ---- winner tree ---- */

START_TEST(winner_is_least)
{
	u32 round, step, i;

	for (round = 0; round < SETS; round++) {
		random_world(round % 3 ? 5 : 1);
		wintree_init();
		wintree_fill();
		for (step = 0; step < STEPS; step++) {
			ck_assert_msg(nfvs_wintree_winner(wintree) == model_least(),
				      "round %u step %u n %u", round, step, world.n);
			if (!world.n)
				break;
			/* Mostly a new connection to the winner, as in life. */
			i = model_least();
			if (i == NFVS_TREE_NONE || !rnd(3))
				i = rnd(world.n);
			if (!rnd(5))
				world.over[i] = !world.over[i];
			else if (rnd(3))
				world.load[i] += 257;
			else
				world.load[i] -= world.load[i] > 256 ? 256 : world.load[i];
			wintree_update(i);
		}
	}
}
END_TEST

/* Weights change under a tree that is in use, the ranks stay. */
START_TEST(winner_is_least_reweighed)
{
	u32 round, step, i;

	for (round = 0; round < SETS; round++) {
		random_world(5);
		wintree_init();
		nfvs_wintree_fill(wintree, rank, lightest, NULL);
		for (step = 0; step < STEPS && world.n; step++) {
			i = rnd(world.n);
			world.weight[i] = rnd(5) ? 1 + rnd(5) : 0;
			if (!rnd(3))
				world.load[i] = rnd(2000);
			nfvs_wintree_reweigh(wintree, i, rank, lightest, NULL);
			ck_assert_msg(nfvs_wintree_winner(wintree) == model_least(),
				      "round %u step %u n %u", round, step, world.n);
		}
	}
}
END_TEST

Suite *kernel_sched_suite(void);

Suite *kernel_sched_suite(void)
{
	Suite *s = suite_create("kernel: schedulers");
	TCase *tc = tcase_create("sched");

	tcase_add_checked_fixture(tc, seed_random, NULL);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, exact_compare);
	tcase_add_test(tc, conns_never_negative);
	tcase_add_test(tc, next_is_first);
	tcase_add_test(tc, rr_order);
	tcase_add_test(tc, wrr_order);
	tcase_add_test(tc, weights_one_by_one);
	tcase_add_test(tc, wrr_observed);
	tcase_add_test(tc, wrr_greatest_weights);
	tcase_add_test(tc, winner_is_least);
	tcase_add_test(tc, winner_is_least_reweighed);
	suite_add_tcase(s, tc);
	return s;
}
