// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hash of a connection's tuple: every part of it and the secret count;
 * addresses in a row, as farms have them, spread evenly.
 */
#include <arpa/inet.h>
#include <check.h>

#include "conn_hash.h"

enum {
	BUCKETS = 256,
	FLOWS = 256 * 64,
	/* Of a random spread: mean 64, deviation 8; six deviations. */
	LEAST = 64 - 48,
	MOST = 64 + 48,
};

static const hsiphash_key_t key = { { 0x0706050403020100UL, 0x0f0e0d0c0b0a0908UL } };
static const hsiphash_key_t other_key = { { 0x0706050403020100UL, 0x0f0e0d0c0b0a0909UL } };

struct flow {
	u32 src, dst, sport, dport;
	u8 proto;
};

static const struct flow plain = { 0x0a000002, 0x0a000064, 40000, 80, 6 };

/* plain with one thing changed in each. */
static const struct flow variants[] = {
	{ 0x0a000003, 0x0a000064, 40000, 80, 6 },
	{ 0x0a000002, 0x0a000065, 40000, 80, 6 },
	{ 0x0a000002, 0x0a000064, 40001, 80, 6 },
	{ 0x0a000002, 0x0a000064, 40000, 81, 6 },
	{ 0x0a000002, 0x0a000064, 40000, 80, 17 },
	/* The other direction. */
	{ 0x0a000064, 0x0a000002, 80, 40000, 6 },
	{ 0x0a000064, 0x0a000002, 40000, 80, 6 },
	{ 0x0a000002, 0x0a000064, 80, 40000, 6 },
};

static u32 hash4(const struct flow *f, const hsiphash_key_t *k)
{
	return nfvs_hash4(k, htonl(f->src), htonl(f->dst),
			  nfvs_hash_ports(htons(f->sport), htons(f->dport)), f->proto);
}

/* The IPv4 addresses as the last word of 2001:db8::/96. */
static u32 hash6(const struct flow *f, const hsiphash_key_t *k)
{
	struct in6_addr src = { .s6_addr = { 0x20, 0x01, 0x0d, 0xb8 } };
	struct in6_addr dst = src;

	src.s6_addr32[3] = htonl(f->src);
	dst.s6_addr32[3] = htonl(f->dst);
	return nfvs_hash6(k, &src, &dst,
			  nfvs_hash_ports(htons(f->sport), htons(f->dport)), f->proto);
}

START_TEST(every_part_counts)
{
	ck_assert_msg(hash4(&plain, &key) != hash4(&variants[_i], &key), "IPv4, variant %d", _i);
	ck_assert_msg(hash6(&plain, &key) != hash6(&variants[_i], &key), "IPv6, variant %d", _i);
}
END_TEST

START_TEST(secret_counts)
{
	ck_assert_uint_eq(hash4(&plain, &key), hash4(&plain, &key));
	ck_assert_uint_ne(hash4(&plain, &key), hash4(&plain, &other_key));
	ck_assert_uint_ne(hash6(&plain, &key), hash6(&plain, &other_key));
}
END_TEST

/* A word of IPv6 that is not hashed would leave only one of these. */
START_TEST(every_word_of_ipv6_counts)
{
	struct in6_addr src = { .s6_addr32 = { 1, 2, 3, 4 } };
	struct in6_addr dst = { .s6_addr32 = { 5, 6, 7, 8 } };
	u32 base = nfvs_hash6(&key, &src, &dst, 9, 6);

	src.s6_addr32[_i]++;
	ck_assert_uint_ne(nfvs_hash6(&key, &src, &dst, 9, 6), base);
	src.s6_addr32[_i]--;
	dst.s6_addr32[_i]++;
	ck_assert_uint_ne(nfvs_hash6(&key, &src, &dst, 9, 6), base);
}
END_TEST

static void check_spread(u32 (*hash)(const struct flow *, const hsiphash_key_t *))
{
	unsigned int count[BUCKETS] = { 0 };
	struct flow f = plain;
	int i;

	for (i = 0; i < FLOWS; i++) {
		f.src = 0x0a000000 + i / 16;
		f.sport = 1024 + i % 16;
		count[hash(&f, &key) % BUCKETS]++;
	}
	for (i = 0; i < BUCKETS; i++)
		ck_assert_msg(count[i] >= LEAST && count[i] <= MOST, "bucket %d has %u", i,
			      count[i]);
}

START_TEST(flows_in_a_row_spread)
{
	check_spread(hash4);
	check_spread(hash6);
}
END_TEST

Suite *kernel_hash_suite(void);

Suite *kernel_hash_suite(void)
{
	Suite *s = suite_create("kernel: connection hash");
	TCase *tc = tcase_create("hash");

	tcase_add_loop_test(tc, every_part_counts, 0, sizeof(variants) / sizeof(variants[0]));
	tcase_add_test(tc, secret_counts);
	tcase_add_loop_test(tc, every_word_of_ipv6_counts, 0, 4);
	tcase_add_test(tc, flows_in_a_row_spread);
	suite_add_tcase(s, tc);
	return s;
}
