// SPDX-License-Identifier: GPL-2.0-only
/* Unit tests of nfvsadm: the order of lists. */
#include "tools_unit.h"

#include <stdlib.h>
#include <string.h>

#include <sys/socket.h>

/* Pairs in the order of ipvsadm: the first is listed first. */
struct pair {
	uint32_t mark_a;
	const char *a;
	uint16_t port_a;
	uint8_t proto_a;
	uint32_t mark_b;
	const char *b;
	uint16_t port_b;
	uint8_t proto_b;
};

#define T	IPPROTO_TCP
#define U	IPPROTO_UDP

static const struct pair service_pairs[] = {
	{ 0, "10.0.0.1", 80, T, 0, "10.0.0.1", 81, T },
	{ 0, "10.0.0.1", 65535, T, 0, "10.0.0.2", 1, T },
	{ 0, "10.0.0.9", 80, T, 0, "10.0.0.1", 80, U },
	{ 0, "10.0.0.9", 80, U, 0, "::1", 80, T },
	{ 0, "::1", 80, T, 5, NULL, 0, 0 },
	{ 5, NULL, 0, 0, 6, NULL, 0, 0 },
	/* Marks from 2^31 on count as negative. */
	{ 0x80000001, NULL, 0, 0, 0, "10.0.0.1", 80, T },
	{ 0xffffffff, NULL, 0, 0, 1, NULL, 0, 0 },
	/* More than 2^31 apart: the wrong way round, as ipvsadm does. */
	{ 0, "200.0.0.1", 80, T, 0, "10.0.0.1", 80, T },
	{ 0, "10.0.0.1", 80, T, 0, "100.0.0.1", 80, T },
	{ 0, "2001:db8::1", 80, T, 0, "2001:db8::2", 80, T },
	{ 0, "2001:db8:0:1::", 80, T, 0, "2001:db8:0:2::", 80, T },
};

static struct nfvs_service make(uint32_t mark, const char *addr, uint16_t port,
				uint8_t proto)
{
	return mark ? model_fwmark(AF_INET, mark, "rr") :
		      model_service(proto, addr, port, "rr");
}

START_TEST(test_services)
{
	const struct pair *p = &service_pairs[_i];
	struct nfvs_service a = make(p->mark_a, p->a, p->port_a, p->proto_a);
	struct nfvs_service b = make(p->mark_b, p->b, p->port_b, p->proto_b);

	ck_assert_msg(sort_cmp_services(&a, &b) < 0, "%d: a < b", _i);
	ck_assert_msg(sort_cmp_services(&b, &a) > 0, "%d: b > a", _i);
	ck_assert_msg(sort_cmp_services(&a, &a) == 0, "%d: a == a", _i);
}
END_TEST

/* As listed by ipvsadm; the IPv6 one counts as 32.1.13.184. */
static const char * const dest_order[] = {
	"10.0.0.3", "10.0.0.20", "2001:db8::5", "127.0.0.1",
};

START_TEST(test_dest_order)
{
	struct nfvs_service svc = model_service(T, "10.0.0.1", 80, "rr");
	struct table table = { 0 };
	size_t i, j, n = ARRAY_SIZE(dest_order);
	struct nfvs_dest dest;

	/* Every rotation of the list is sorted into the same order. */
	ck_assert_int_eq(table_add_service(&table, &svc), 0);
	for (i = 0; i < n; i++) {
		dest = model_dest(dest_order[(i + (size_t)_i) % n], 80,
				  NFVS_METHOD_TUN, 1);
		ck_assert_int_eq(table_add_dest(table.services, &dest), 0);
	}
	ck_assert_int_eq(table_sort(&table), 0);
	for (j = 0; j < n; j++) {
		dest = model_dest(dest_order[j], 80, NFVS_METHOD_TUN, 1);
		ck_assert_msg(!sort_cmp_dests(&dest, &table.services->dests[j]),
			      "%d: place %zu", _i, j);
	}
	table_free(&table);
}
END_TEST

/* a < b < c < a: the sort must end and lose nothing, in this very order. */
START_TEST(test_circle)
{
	static const char * const in[] = { "10.0.0.1", "100.0.0.1", "200.0.0.1" };
	struct nfvs_service svc = model_service(T, "10.0.0.1", 80, "rr");
	struct table table = { 0 };
	struct nfvs_dest dest;
	size_t i;

	ck_assert_int_eq(table_add_service(&table, &svc), 0);
	for (i = 0; i < ARRAY_SIZE(in); i++) {
		dest = model_dest(in[i], 80, NFVS_METHOD_DR, 1);
		ck_assert_int_eq(table_add_dest(table.services, &dest), 0);
	}
	ck_assert_int_eq(table_sort(&table), 0);
	for (i = 0; i < ARRAY_SIZE(in); i++) {
		dest = model_dest(in[i], 80, NFVS_METHOD_DR, 1);
		ck_assert_msg(!sort_cmp_dests(&dest, &table.services->dests[i]),
			      "place %zu", i);
	}
	table_free(&table);
}
END_TEST

static int cmp_for_qsort(const void *a, const void *b)
{
	return sort_cmp_dests(a, b);
}

/* Against the C library where the order is a real one. */
START_TEST(test_against_qsort)
{
	struct nfvs_service svc = model_service(T, "10.0.0.1", 80, "rr");
	struct nfvs_dest dests[257];
	struct table table = { 0 };
	size_t i, n = (size_t)_i;

	srandom((unsigned int)_i);
	ck_assert_int_eq(table_add_service(&table, &svc), 0);
	for (i = 0; i < n; i++) {
		dests[i] = model_dest("10.0.0.0", 0, NFVS_METHOD_DR,
				      (uint32_t)i);
		dests[i].addr.bytes[3] = (uint8_t)(random() % 16);
		dests[i].port = (uint16_t)(random() % 16);
		ck_assert_int_eq(table_add_dest(table.services, &dests[i]), 0);
	}
	ck_assert_int_eq(table_sort(&table), 0);
	qsort(dests, n, sizeof(dests[0]), cmp_for_qsort);
	for (i = 0; i < n; i++)
		ck_assert_msg(!sort_cmp_dests(&dests[i],
					      &table.services->dests[i]),
			      "%d: place %zu", _i, i);
	table_free(&table);
}
END_TEST

Suite *tools_sort_suite(void)
{
	Suite *suite = suite_create("sort");
	TCase *tcase = tcase_create("sort");

	tcase_add_loop_test(tcase, test_services, 0, ARRAY_SIZE(service_pairs));
	tcase_add_loop_test(tcase, test_dest_order, 0, ARRAY_SIZE(dest_order));
	tcase_add_test(tcase, test_circle);
	tcase_add_loop_test(tcase, test_against_qsort, 0, 40);
	suite_add_tcase(suite, tcase);
	return suite;
}
