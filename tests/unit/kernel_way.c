// SPDX-License-Identifier: GPL-2.0-only
/*
 * Routes of replies: each has an id as long as it is the one that packets take, ids come
 * not back, routes that are obsolete make room, none that is not plain gets one; and
 * each reference is given back.
 */
#include <stdbool.h>

static bool way_alloc_fails;
static int way_allocs;
#define shim_alloc_fails() way_alloc_fails
#define shim_count_alloc(n) (way_allocs += (n))

#include <check.h>
#include <sys/socket.h>

/* Its static functions, too. */
#include "way.c"

enum {
	ROUTES = PROBE + 2,	/* more than there is room for with the same hash */
};

static struct nfvs_ways ways;
static struct net_device dev;
static struct rt6_info routes[ROUTES];

static void setup(void)
{
	int i;

	memset(&ways, 0, sizeof(ways));
	memset(&dev, 0, sizeof(dev));
	memset(routes, 0, sizeof(routes));
	way_alloc_fails = false;
	way_allocs = 0;
	nfvs_ways_init(&ways);
	for (i = 0; i < ROUTES; i++) {
		routes[i].dst.dev = &dev;
		routes[i].dst.refs = 1;
		routes[i].dst.shim_home = 7;
	}
}

static void teardown(void)
{
	int i;

	nfvs_ways_flush(&ways);
	shim_rcu_grace_period();
	for (i = 0; i < ROUTES; i++)
		ck_assert_int_eq(routes[i].dst.refs, !!routes[i].dst.refs);
	ck_assert_int_eq(way_allocs, 0);
}

static u32 take_as(int route, u8 af)
{
	struct sk_buff skb = { &routes[route].dst };

	return nfvs_way_of(&ways, &skb, af);
}

/* A packet goes by that route: its id. */
static u32 take(int route)
{
	return take_as(route, AF_INET);
}

/* Does the id still lead there? */
static bool leads_to(u32 id, int route)
{
	const struct nfvs_way *way = nfvs_way_get(&ways, id);

	return way && way->dst == &routes[route].dst;
}

START_TEST(a_route_keeps_its_id)
{
	u32 first = take(0), second = take(1);

	ck_assert_uint_ne(first, 0);
	ck_assert_uint_ne(second, 0);
	ck_assert_uint_ne(first, second);
	ck_assert_uint_eq(take(0), first);
	ck_assert_uint_eq(take(1), second);
	ck_assert(leads_to(first, 0));
	ck_assert(leads_to(second, 1));
	ck_assert_int_eq(routes[0].dst.refs, 2);
	ck_assert_ptr_null(nfvs_way_get(&ways, 0));
	ck_assert_ptr_null(nfvs_way_get(&ways, first + NFVS_WAYS));
}
END_TEST

/* With one route more than there is room for, one gives place. */
START_TEST(an_id_is_not_given_again)
{
	u32 ids[ROUTES], again;
	int i, j;

	for (i = 0; i <= PROBE; i++) {
		ids[i] = take(i);
		ck_assert(leads_to(ids[i], i));
		for (j = 0; j < i; j++)
			ck_assert_uint_ne(ids[i], ids[j]);
	}
	for (i = 0, j = 0; i <= PROBE; i++)
		j += leads_to(ids[i], i);
	ck_assert_int_eq(j, PROBE);
	for (i = 0; leads_to(ids[i], i); i++)
		;
	/* That of the one that had to go leads nowhere, although its slot is in use. */
	ck_assert_ptr_null(nfvs_way_get(&ways, ids[i]));
	ck_assert_int_eq(routes[i].dst.refs, 2);
	shim_rcu_grace_period();
	ck_assert_int_eq(routes[i].dst.refs, 1);
	again = take(i);
	for (j = 0; j <= PROBE; j++)
		ck_assert_uint_ne(again, ids[j]);
	ck_assert(leads_to(again, i));
}
END_TEST

START_TEST(a_route_that_was_obsolete_is_another)
{
	u32 first = take_as(0, AF_INET6), second;

	routes[0].dst.shim_cookie++;
	second = take_as(0, AF_INET6);
	ck_assert_uint_ne(second, first);
	ck_assert(leads_to(second, 0));
	ck_assert(!leads_to(first, 0));
	ck_assert_uint_eq(take_as(0, AF_INET6), second);
	ck_assert_uint_eq(nfvs_way_get(&ways, second)->cookie, routes[0].dst.shim_cookie);
	/* Those of IPv4 have none. */
	routes[1].dst.shim_cookie = 5;
	ck_assert_uint_eq(nfvs_way_get(&ways, take(1))->cookie, 0);
}
END_TEST

START_TEST(what_is_obsolete_makes_room)
{
	u32 ids[ROUTES];
	int i;

	for (i = 0; i < PROBE; i++)
		ids[i] = take(i);
	routes[1].dst.shim_cookie++;
	ids[PROBE] = take(PROBE);
	ck_assert(leads_to(ids[PROBE], PROBE));
	for (i = 0; i < PROBE; i++)
		ck_assert_int_eq(leads_to(ids[i], i), i != 1);
}
END_TEST

START_TEST(the_last_places_are_next_to_the_first)
{
	u32 ids[PROBE];
	int i;

	for (i = 0; i < PROBE; i++) {
		routes[i].dst.shim_home = NFVS_WAYS - 1;
		ids[i] = take(i);
	}
	for (i = 0; i < PROBE; i++)
		ck_assert(leads_to(ids[i], i));
}
END_TEST

START_TEST(only_plain_routes_get_an_id)
{
	struct dst_entry *dst = &routes[0].dst;
	struct net_device lo = { .flags = IFF_LOOPBACK };
	struct net_device slave = { .is_l3_slave = true };
	struct net_device master = { .is_l3_master = true };

	dst->xfrm = dst;
	ck_assert_uint_eq(take(0), 0);
	dst->xfrm = NULL;
	dst->lwtstate = dst;
	ck_assert_uint_eq(take(0), 0);
	dst->lwtstate = NULL;
	dst->dev = &lo;
	ck_assert_uint_eq(take(0), 0);
	dst->dev = &slave;
	ck_assert_uint_eq(take(0), 0);
	dst->dev = &master;
	ck_assert_uint_eq(take(0), 0);
	ck_assert_int_eq(dst->refs, 1);
	dst->dev = &dev;
	ck_assert_uint_ne(take(0), 0);
}
END_TEST

START_TEST(a_route_that_is_being_freed_gets_none)
{
	routes[0].dst.refs = 0;
	ck_assert_uint_eq(take(0), 0);
	ck_assert_int_eq(routes[0].dst.refs, 0);
}
END_TEST

START_TEST(without_memory_there_is_none)
{
	way_alloc_fails = true;
	ck_assert_uint_eq(take(0), 0);
	ck_assert_int_eq(routes[0].dst.refs, 1);
	way_alloc_fails = false;
	ck_assert_uint_ne(take(0), 0);
}
END_TEST

START_TEST(a_flush_lets_go_of_all)
{
	u32 ids[PROBE];
	int i;

	for (i = 0; i < PROBE; i++)
		ids[i] = take(i);
	nfvs_ways_flush(&ways);
	for (i = 0; i < PROBE; i++) {
		ck_assert_ptr_null(nfvs_way_get(&ways, ids[i]));
		/* A packet may still be on its way. */
		ck_assert_int_eq(routes[i].dst.refs, 2);
	}
	shim_rcu_grace_period();
	for (i = 0; i < PROBE; i++) {
		ck_assert_int_eq(routes[i].dst.refs, 1);
		ck_assert_uint_ne(take(i), ids[i]);
	}
}
END_TEST

Suite *kernel_way_suite(void);

Suite *kernel_way_suite(void)
{
	Suite *suite = suite_create("way");
	TCase *tc = tcase_create("way");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_route_keeps_its_id);
	tcase_add_test(tc, an_id_is_not_given_again);
	tcase_add_test(tc, a_route_that_was_obsolete_is_another);
	tcase_add_test(tc, what_is_obsolete_makes_room);
	tcase_add_test(tc, the_last_places_are_next_to_the_first);
	tcase_add_test(tc, only_plain_routes_get_an_id);
	tcase_add_test(tc, a_route_that_is_being_freed_gets_none);
	tcase_add_test(tc, without_memory_there_is_none);
	tcase_add_test(tc, a_flush_lets_go_of_all);
	suite_add_tcase(suite, tc);
	return suite;
}
