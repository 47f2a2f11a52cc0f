// SPDX-License-Identifier: GPL-2.0-only
/* The incremental checksums of the module against computing them anew, over random packets. */
#include <arpa/inet.h>
#include <check.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
#ifndef __force
#define __force
#endif

#include "nat_csum.h"

enum {
	ROUNDS		= 20000,
	SEED		= 20240610,
	PAYLOAD_MAX	= 64,
	HDR4		= 20,
	HDR6		= 40,
	TCP_LEN		= 20,
	UDP_LEN		= 8,
};

/* A packet, and where its parts are; both families, both protocols. */
struct packet {
	bool		is_v6;
	bool		is_udp;
	unsigned int	len;
	unsigned int	l4;
	unsigned char	data[HDR6 + TCP_LEN + PAYLOAD_MAX];
};

/* A state of the packet in which nf_vs may meet it. */
enum mode {
	MODE_FULL,	/* CHECKSUM_NONE, CHECKSUM_UNNECESSARY */
	MODE_PARTIAL,
	MODE_COMPLETE,
	MODE_NO_CHECK,	/* UDP without checksum, CHECKSUM_COMPLETE */
	MODE_MAX
};

static u32 sum_bytes(u32 sum, const unsigned char *p, unsigned int len)
{
	for (; len > 1; p += 2, len -= 2) {
		u16 word;

		memcpy(&word, p, sizeof(word));
		sum += word;
		sum = (sum & 0xffff) + (sum >> 16);
	}
	if (len) {
		u16 word = htons((u16)(*p << 8));

		sum += word;
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return sum;
}

static unsigned int addr_len(const struct packet *p)
{
	return p->is_v6 ? 16 : 4;
}

static unsigned char *addr_of(struct packet *p, int end)
{
	return p->data + (p->is_v6 ? 8 : 12) + end * addr_len(p);
}

static __be16 *port_of(struct packet *p, int end)
{
	return (__be16 *)(p->data + p->l4 + 2 * end);
}

static __sum16 *check_of(struct packet *p)
{
	return (__sum16 *)(p->data + p->l4 + (p->is_udp ? 6 : 16));
}

static u32 pseudo_sum(struct packet *p)
{
	u16 word = htons((u16)(p->len - p->l4));
	u32 sum = sum_bytes(0, addr_of(p, 0), 2 * addr_len(p));

	sum = sum_bytes(sum, (unsigned char *)&word, sizeof(word));
	word = htons(p->is_udp ? 17 : 6);
	return sum_bytes(sum, (unsigned char *)&word, sizeof(word));
}

/* The field as the sender computes it. */
static u16 whole_check(struct packet *p)
{
	u16 old = *check_of(p), sum;

	*check_of(p) = 0;
	sum = (u16)~sum_bytes(pseudo_sum(p), p->data + p->l4, p->len - p->l4);
	*check_of(p) = old;
	return sum ? sum : p->is_udp ? 0xffff : 0;
}

static u16 whole_check4(struct packet *p)
{
	u16 *field = (u16 *)(p->data + 10), old = *field, sum;

	*field = 0;
	sum = (u16)~sum_bytes(0, p->data, HDR4);
	*field = old;
	return sum;
}

static void make(struct packet *p, int round)
{
	unsigned int i;

	p->is_v6 = round & 1;
	p->is_udp = round & 2;
	p->l4 = p->is_v6 ? HDR6 : HDR4;
	p->len = p->l4 + (p->is_udp ? UDP_LEN : TCP_LEN) + rand() % PAYLOAD_MAX;
	for (i = 0; i < p->len; i++)
		p->data[i] = rand() >> 8;
	/* Long runs of equal bits are where ones' complement goes wrong. */
	if (round % 7 == 0)
		memset(p->data + p->l4, rand() & 1 ? 0xff : 0, p->len - p->l4);
	if (round % 11 == 0)
		memset(addr_of(p, rand() & 1), rand() & 1 ? 0xff : 0, addr_len(p));
	*check_of(p) = whole_check(p);
	if (!p->is_v6)
		*(u16 *)(p->data + 10) = whole_check4(p);
}

/* As nat.c does it. */
static void rewrite(struct packet *p, int end, const unsigned char *addr, __be16 port,
		    bool is_partial, __wsum *complete)
{
	u32 addr_change, port_change;
	__be32 from[4], to[4];

	memcpy(from, addr_of(p, end), addr_len(p));
	memcpy(to, addr, addr_len(p));
	if (p->is_v6) {
		addr_change = nfvs_csum_change128(0, from, to);
	} else {
		addr_change = nfvs_csum_change32(0, from[0], to[0]);
		*(__sum16 *)(p->data + 10) = nfvs_csum_update(*(__sum16 *)(p->data + 10),
							      addr_change);
	}
	memcpy(addr_of(p, end), addr, addr_len(p));
	port_change = nfvs_csum_change16(0, *port_of(p, end), port);
	*port_of(p, end) = port;
	nfvs_csum_fix_l4(check_of(p), complete, is_partial, p->is_v6, p->is_udp, addr_change,
			 port_change);
}

/* 0 and 0xffff are the same number in a sum. */
static u32 same_zero(u32 sum)
{
	return sum % 0xffff;
}

static void judge(struct packet *p, enum mode mode, __wsum complete, int round)
{
	u32 now = sum_bytes(0, p->data, p->len);
	bool has_complete = mode == MODE_COMPLETE || mode == MODE_NO_CHECK;
	u16 want;

	switch (mode) {
	case MODE_PARTIAL:
		ck_assert_msg(same_zero(*check_of(p)) == same_zero(pseudo_sum(p)),
			      "round %d: partial %04x, pseudo header %04x", round, *check_of(p),
			      pseudo_sum(p));
		break;
	case MODE_NO_CHECK:
		ck_assert_msg(!*check_of(p), "round %d: checksum %04x appeared", round,
			      *check_of(p));
		break;
	default:
		want = whole_check(p);
		ck_assert_msg(*check_of(p) == want, "round %d mode %d v6 %d udp %d: %04x, anew %04x",
			      round, mode, p->is_v6, p->is_udp, *check_of(p), want);
	}
	if (has_complete)
		ck_assert_msg(same_zero(nfvs_csum_fold(complete)) == same_zero(now),
			      "round %d mode %d v6 %d udp %d: complete %04x, anew %04x", round,
			      mode, p->is_v6, p->is_udp, nfvs_csum_fold(complete), now);
	if (!p->is_v6)
		ck_assert_msg(*(u16 *)(p->data + 10) == whole_check4(p),
			      "round %d: IPv4 header %04x, anew %04x", round,
			      *(u16 *)(p->data + 10), whole_check4(p));
}

/* One test per mode. */
START_TEST(rewriting)
{
	enum mode mode = _i;
	int round;

	srand(SEED + _i);
	for (round = 0; round < ROUNDS; round++) {
		unsigned char addr[16];
		struct packet p;
		__wsum complete;
		unsigned int i;

		make(&p, mode == MODE_NO_CHECK ? round | 2 : round);
		if (mode == MODE_PARTIAL)
			*check_of(&p) = (u16)pseudo_sum(&p);
		if (mode == MODE_NO_CHECK)
			*check_of(&p) = 0;
		complete = sum_bytes(0, p.data, p.len);
		/* Devices report sums that are not folded. */
		complete += 0xffffu * (rand() & 0xff);
		for (i = 0; i < sizeof(addr); i++)
			addr[i] = round % 5 ? rand() >> 8 : 0xff * (round & 1);
		rewrite(&p, rand() & 1, addr, htons((u16)rand()), mode == MODE_PARTIAL,
			mode == MODE_COMPLETE || mode == MODE_NO_CHECK ? &complete : NULL);
		judge(&p, mode, complete, round);
	}
}
END_TEST

/* A UDP checksum that comes out as 0 is sent as 0xffff: 0 would mean none. */
START_TEST(udp_zero)
{
	u32 port;
	int seen = 0;

	for (port = 0; port <= 0xffff; port++) {
		__sum16 check = 0x1234;
		u32 change = nfvs_csum_change16(0, 0x4321, (__be16)port);
		__sum16 plain = nfvs_csum_update(check, change);

		nfvs_csum_fix_l4(&check, NULL, false, false, true, 0, change);
		ck_assert_msg(check, "port %u: checksum vanished", port);
		if (plain)
			ck_assert_msg(check == plain, "port %u: %04x, not %04x", port, check, plain);
		else
			seen++;
	}
	ck_assert_int_eq(seen, 1);
}
END_TEST

/* RFC 1624, section 4: the case that the equation of RFC 1141 gets wrong. */
START_TEST(rfc1624)
{
	u32 change = nfvs_csum_change16(0, htons(0x5555), htons(0x3285));

	ck_assert_uint_eq(ntohs(nfvs_csum_update(htons(0xdd2f), change)), 0x0000);
}
END_TEST

Suite *kernel_csum_suite(void);

Suite *kernel_csum_suite(void)
{
	Suite *s = suite_create("kernel: checksums");
	TCase *tc = tcase_create("all");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, rewriting, 0, MODE_MAX);
	tcase_add_test(tc, udp_zero);
	tcase_add_test(tc, rfc1624);
	suite_add_tcase(s, tc);
	return s;
}
