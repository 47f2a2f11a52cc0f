// SPDX-License-Identifier: GPL-2.0-only
/* The timer of templates: started, fired, set again while there were connections. */
#include <check.h>
#include <limits.h>

#include "persist_timer.h"

enum {
	HZ = 250,
	AGAIN = NFVS_TPL_AGAIN_S * HZ,
};

/* Jiffies come round. */
static const unsigned long starts[] = { 0, 1000000, ULONG_MAX - 100, ULONG_MAX - 3 * AGAIN };

/*
 * After a start with a timeout there was a connection until just before that moment.
 * Relative to the start.
 */
static const struct {
	long timeout;
	long until;
	long expires, timeout_then;
} rows[] = {
	/* It ended before, or with the timer: once is enough. */
	{ 100, 0, 100, 100 },
	{ 100, 99, 100, 100 },
	{ 100, 100, 100, 100 },
	/* It was there when the timer fired. */
	{ 100, 101, 100 + AGAIN, AGAIN },
	{ 100, 100 + AGAIN, 100 + AGAIN, AGAIN },
	/* And when it fired once more. */
	{ 100, 101 + AGAIN, 100 + 2 * AGAIN, AGAIN },
	{ 100, 100 + 10 * AGAIN, 100 + 10 * AGAIN, AGAIN },
	{ 100, 101 + 10 * AGAIN, 100 + 11 * AGAIN, AGAIN },
	/* No time at all. */
	{ 0, 0, 0, 0 },
	{ 0, 1, AGAIN, AGAIN },
	/* Longer than a minute. */
	{ 5 * AGAIN, 5 * AGAIN, 5 * AGAIN, 5 * AGAIN },
	{ 5 * AGAIN, 5 * AGAIN + 1, 6 * AGAIN, AGAIN },
	/* A time that is over by far. */
	{ 100, -1000000, 100, 100 },
};

START_TEST(extend)
{
	unsigned long start;
	size_t i;

	for (i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		struct nfvs_tpl_timer t = { .timeout = rows[_i].timeout };

		start = starts[i];
		nfvs_tpl_timer_start(&t, start);
		nfvs_tpl_timer_extend(&t, start + rows[_i].until, HZ);
		ck_assert_msg(t.expires - start == (unsigned long)rows[_i].expires &&
			      t.timeout == (unsigned long)rows[_i].timeout_then,
			      "row %d start %zu: expires %ld, timeout %lu", _i, i,
			      (long)(t.expires - start), t.timeout);
		ck_assert(!nfvs_tpl_timer_has_fired(&t, t.expires - 1));
		ck_assert(nfvs_tpl_timer_has_fired(&t, t.expires));
		ck_assert(nfvs_tpl_timer_has_fired(&t, t.expires + AGAIN));
	}
}
END_TEST

/* In small steps or in one: the same. */
START_TEST(steps)
{
	struct nfvs_tpl_timer one = { .timeout = 77 }, many = { .timeout = 77 };
	unsigned long now;

	nfvs_tpl_timer_start(&one, starts[_i]);
	nfvs_tpl_timer_start(&many, starts[_i]);
	for (now = 0; now <= 4 * AGAIN; now += 13)
		nfvs_tpl_timer_extend(&many, starts[_i] + now, HZ);
	nfvs_tpl_timer_extend(&one, starts[_i] + now - 13, HZ);
	ck_assert_uint_eq(one.expires, many.expires);
	ck_assert_uint_eq(one.timeout, many.timeout);
}
END_TEST

/* A connection starts it with a minute once it was set to one. */
START_TEST(start_again)
{
	struct nfvs_tpl_timer t = { .timeout = 100 };

	nfvs_tpl_timer_start(&t, 0);
	nfvs_tpl_timer_start(&t, 50);
	ck_assert_uint_eq(t.expires, 150);
	nfvs_tpl_timer_extend(&t, 151, HZ);
	nfvs_tpl_timer_start(&t, 200);
	ck_assert_uint_eq(t.expires, 200 + AGAIN);
}
END_TEST

Suite *kernel_persist_suite(void);

Suite *kernel_persist_suite(void)
{
	Suite *s = suite_create("kernel: timer of templates");
	TCase *tc = tcase_create("timer");

	tcase_add_loop_test(tc, extend, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_loop_test(tc, steps, 0, sizeof(starts) / sizeof(starts[0]));
	tcase_add_test(tc, start_again);
	suite_add_tcase(s, tc);
	return s;
}
