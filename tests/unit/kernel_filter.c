// SPDX-License-Identifier: GPL-2.0-only
/*
 * The filter of addresses: what was added is found for as long as it has not been
 * taken away as often, also where addresses share a bit and where the count of a bit
 * is full; what was never added is almost never found.
 */
#include "kernel_shim.h"

#include <arpa/inet.h>
#include <check.h>
#include <string.h>

#include "addr_filter.h"

enum {
	FARM = 64,		/* addresses in a filter that is asked for others */
	STRANGERS = 20000,
	/* 64 of 4096 bits: 312 of 20000 on average, deviation 18; six deviations. */
	STRANGERS_MAX = 312 + 6 * 18,
};

static struct nfvs_addr_filter filter;

static void setup(void)
{
	memset(&filter, 0, sizeof(filter));
}

static u32 bits_set(void)
{
	u32 i, n = 0;

	for (i = 0; i < NFVS_FILTER_BITS; i++)
		n += nfvs_filter_has(&filter, i);
	return n;
}

static struct in6_addr addr6(u32 host)
{
	struct in6_addr a = { .s6_addr = { 0x20, 0x01, 0x0d, 0xb8 } };

	a.s6_addr32[3] = htonl(host);
	return a;
}

START_TEST(every_hash_has_a_bit_of_its_own)
{
	u32 i;

	for (i = 0; i < NFVS_FILTER_BITS; i++) {
		nfvs_filter_add(&filter, i);
		ck_assert_uint_eq(bits_set(), 1);
		ck_assert(nfvs_filter_has(&filter, i));
		nfvs_filter_del(&filter, i);
		ck_assert_uint_eq(bits_set(), 0);
	}
}
END_TEST

START_TEST(hashes_are_in_range)
{
	static const u32 words[] = { 0, 1, 0x7fffffff, 0x80000000, 0xffffffff };
	struct in6_addr a = addr6(0);
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		a.s6_addr32[0] = words[i];
		ck_assert_uint_lt(nfvs_filter_hash4(NFVS_FILTER_VIRTUAL, words[i]),
				  NFVS_FILTER_BITS);
		ck_assert_uint_lt(nfvs_filter_hash4(NFVS_FILTER_REAL, words[i]),
				  NFVS_FILTER_BITS);
		ck_assert_uint_lt(nfvs_filter_hash6(NFVS_FILTER_REAL, &a), NFVS_FILTER_BITS);
	}
}
END_TEST

START_TEST(an_address_counts_as_often_as_it_was_added)
{
	u32 hash = nfvs_filter_hash4(NFVS_FILTER_VIRTUAL, htonl(0x0a000064));
	int i;

	for (i = 0; i < _i; i++)
		nfvs_filter_add(&filter, hash);
	for (i = 0; i < _i; i++) {
		ck_assert_msg(nfvs_filter_has(&filter, hash), "after %d of %d", i, _i);
		nfvs_filter_del(&filter, hash);
	}
	/* Where the count was full nobody knows: the bit stays. */
	ck_assert_msg(nfvs_filter_has(&filter, hash) == (_i >= UINT8_MAX), "of %d", _i);
}
END_TEST

START_TEST(roles_differ)
{
	u32 addr = htonl(0x0a000064);
	struct in6_addr a = addr6(0x64);

	ck_assert_uint_ne(nfvs_filter_hash4(NFVS_FILTER_VIRTUAL, addr),
			  nfvs_filter_hash4(NFVS_FILTER_REAL, addr));
	ck_assert_uint_ne(nfvs_filter_hash6(NFVS_FILTER_VIRTUAL, &a),
			  nfvs_filter_hash6(NFVS_FILTER_REAL, &a));
}
END_TEST

/* A word that is not hashed would leave the hash as it was. */
START_TEST(every_word_of_ipv6_counts)
{
	struct in6_addr a = addr6(0x64);
	u32 before = nfvs_filter_hash6(NFVS_FILTER_REAL, &a);

	a.s6_addr32[_i] ^= htonl(0x00010000);
	ck_assert_uint_ne(nfvs_filter_hash6(NFVS_FILTER_REAL, &a), before);
}
END_TEST

static void check_strangers(u32 (*hash)(u32 host))
{
	u32 i, found = 0;

	for (i = 0; i < FARM; i++)
		nfvs_filter_add(&filter, hash(0x0a010000 + i));
	for (i = 0; i < FARM; i++)
		ck_assert_msg(nfvs_filter_has(&filter, hash(0x0a010000 + i)), "%u", i);
	for (i = 0; i < STRANGERS; i++)
		found += nfvs_filter_has(&filter, hash(0xc0a80000 + i));
	ck_assert_uint_le(found, STRANGERS_MAX);
}

static u32 hash4(u32 host)
{
	return nfvs_filter_hash4(NFVS_FILTER_REAL, htonl(host));
}

static u32 hash6(u32 host)
{
	struct in6_addr a = addr6(host);

	return nfvs_filter_hash6(NFVS_FILTER_REAL, &a);
}

START_TEST(strangers_pass)
{
	check_strangers(hash4);
	setup();
	check_strangers(hash6);
}
END_TEST

Suite *kernel_filter_suite(void);

Suite *kernel_filter_suite(void)
{
	Suite *s = suite_create("kernel: address filter");
	TCase *tc = tcase_create("filter");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, every_hash_has_a_bit_of_its_own);
	tcase_add_test(tc, hashes_are_in_range);
	tcase_add_loop_test(tc, an_address_counts_as_often_as_it_was_added, 1, 258);
	tcase_add_test(tc, roles_differ);
	tcase_add_loop_test(tc, every_word_of_ipv6_counts, 0, 4);
	tcase_add_test(tc, strangers_pass);
	suite_add_tcase(s, tc);
	return s;
}
