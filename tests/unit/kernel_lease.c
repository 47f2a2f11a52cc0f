// SPDX-License-Identifier: GPL-2.0-only
/*
 * Leases: how long one runs, also when the jiffies come round; which packets grant one;
 * what is taken away and when. lease.c sees as much of a connection as is told here.
 */
#include "kernel_shim.h"

#include <check.h>
#include <linux/jiffies.h>
#include <linux/types.h>

/* In place of headers that want more of the kernel than lease.c does. */
#define _NFVS_CONN_H
#define _NFVS_DEST_H
#define _NFVS_FASTPATH_H
#define _NFVS_INGRESS_H
#define _NFVS_NET_H
#define _NFVS_STATS_H

#include <linux/netdevice.h>
#include <linux/rcupdate.h>

enum {
	NF_INET_PRE_ROUTING,
	NF_INET_LOCAL_IN,
	NF_INET_FORWARD,
	NF_INET_LOCAL_OUT,
	NF_INET_POST_ROUTING,
	NF_INET_NUMHOOKS,
};

struct sk_buff {
	struct net_device *dev;
	bool is_from_ipsec;
};

static bool skb_sec_path(const struct sk_buff *skb)
{
	return skb->is_from_ipsec;
}

#include "packet.h"

enum {
	NFVS_TCP_NOT_FAST = NFVS_TCP_SYN | NFVS_TCP_FIN | NFVS_TCP_RST,
};

enum nfvs_counter {
	NFVS_C_LEASES,
};

struct nfvs_ways {
	u32 id;
};

struct nfvs_fast {
	struct nfvs_ways ways;
};

struct nfvs_net {
	u32 lease;
	struct nfvs_fast *fast;
	u32 granted;
};

struct nfvs_dslot {
	bool no_fastpath;
};

struct nfvs_dest {
	struct nfvs_net *nn;
	struct nfvs_dslot *slot;
};

struct nfvs_conn {
	struct nfvs_dest *dest;
	u32 idle;
	u32 lease[2];
	u32 way;
};

static u16 ingress_id;

static u16 nfvs_ingress_id(const struct nfvs_net *nn, const struct net_device *dev)
{
	(void)nn;
	return dev ? ingress_id : 0;
}

static u32 nfvs_conn_idle(const struct nfvs_conn *cp)
{
	return cp->idle;
}

static void nfvs_count(struct nfvs_net *nn, enum nfvs_counter counter)
{
	(void)counter;
	nn->granted++;
}

static u32 nfvs_way_of(const struct nfvs_ways *ways, const struct sk_buff *skb, u8 af)
{
	(void)skb;
	(void)af;
	return ways->id;
}

#ifndef smp_wmb
#define smp_wmb() smp_mb()
#endif

#include "lease.c"

enum {
	LENGTH	= HZ,
	ID	= 77,
	SILENCE	= NFVS_LEASE_MAX_MS * HZ / 1000 + HZ,	/* the longest that is none */
};

static struct net_device dev;
static struct sk_buff skb;
static struct nfvs_fast fast;
static struct nfvs_net nn;
static struct nfvs_dslot slot;
static struct nfvs_dest dest;
static struct nfvs_conn conn;
static struct nfvs_pkt pkt;

static void setup(void)
{
	memset(&pkt, 0, sizeof(pkt));
	memset(&conn, 0, sizeof(conn));
	jiffies = 123456;
	ingress_id = ID;
	skb.dev = &dev;
	fast.ways.id = 4711;
	nn = (struct nfvs_net){ .lease = LENGTH, .fast = &fast };
	slot.no_fastpath = false;
	dest.nn = &nn;
	dest.slot = &slot;
	conn.dest = &dest;
	pkt.skb = &skb;
	pkt.nn = &nn;
	pkt.hook = NF_INET_LOCAL_IN;
}

static bool runs(enum nfvs_dir dir)
{
	return nfvs_lease_runs(conn.lease[dir], nn.lease);
}

static void grant(u32 length)
{
	conn.lease[NFVS_DIR_IN] = nfvs_lease_make(ID, jiffies + length);
	conn.lease[NFVS_DIR_OUT] = nfvs_lease_make(ID, jiffies + length);
}

START_TEST(a_lease_runs_for_its_length)
{
	static const unsigned long starts[] = {
		0, 1, 0x7fff, 0x8000, 0xffff, 0x10000, 0xffff - LENGTH, 0x10000 - LENGTH,
		0xffffffff, 0x100000000 - LENGTH, 0xffffffffffffffff,
	};
	static const u32 lengths[] = { 1, 2, LENGTH, NFVS_LEASE_MAX_MS };
	unsigned long start;
	u32 lease, i, n, t;

	for (i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		start = starts[i];
		for (n = 0; n < sizeof(lengths) / sizeof(lengths[0]); n++) {
			jiffies = start;
			lease = nfvs_lease_make(ID, jiffies + lengths[n]);
			ck_assert_uint_eq(nfvs_lease_id(lease), ID);
			for (t = 0; t < 0x10000; t++) {
				jiffies = start + t;
				/* Not ck_assert(), which costs a system call each time. */
				if (nfvs_lease_runs(lease, lengths[n]) != (t < lengths[n]))
					ck_abort_msg("start %u, length %u, after %u", i, lengths[n],
						     t);
			}
		}
	}
	jiffies = 5;
	ck_assert(!nfvs_lease_runs(nfvs_lease_make(ID, 6), 0));
}
END_TEST

/* A packet that grants a lease, with one thing changed in each. */
START_TEST(only_ordinary_packets_of_a_wire_grant_one)
{
	u8 hook;
	int flags;

	for (hook = 0; hook < NF_INET_NUMHOOKS; hook++) {
		pkt.hook = hook;
		ck_assert_uint_eq(nfvs_lease_dev(&pkt, &conn),
				  hook == NF_INET_LOCAL_IN || hook == NF_INET_FORWARD ? ID : 0);
	}
	pkt.hook = NF_INET_LOCAL_IN;
	for (flags = 0; flags <= UINT8_MAX; flags++) {
		pkt.tcp_flags = flags;
		ck_assert_uint_eq(nfvs_lease_dev(&pkt, &conn), flags & 7 ? 0 : ID);
	}
	pkt.tcp_flags = 0;
	pkt.mark = 0x80000000;
	ck_assert_uint_eq(nfvs_lease_dev(&pkt, &conn), 0);
	pkt.mark = 0;
	skb.is_from_ipsec = true;
	ck_assert_uint_eq(nfvs_lease_dev(&pkt, &conn), 0);
	skb.is_from_ipsec = false;
	nn.lease = 0;
	ck_assert_uint_eq(nfvs_lease_dev(&pkt, &conn), 0);
	nn.lease = LENGTH;
	slot.no_fastpath = true;
	ck_assert_uint_eq(nfvs_lease_dev(&pkt, &conn), 0);
	slot.no_fastpath = false;
	dest.slot = NULL;
	ck_assert_uint_eq(nfvs_lease_dev(&pkt, &conn), 0);
	dest.slot = &slot;
	ingress_id = 0;
	ck_assert_uint_eq(nfvs_lease_dev(&pkt, &conn), 0);
}
END_TEST

START_TEST(each_direction_has_its_own)
{
	nfvs_lease_renew(&nn, &conn, NFVS_DIR_IN, ID);
	ck_assert_uint_eq(nn.granted, 1);
	ck_assert(runs(NFVS_DIR_IN));
	ck_assert_uint_eq(nfvs_lease_id(conn.lease[NFVS_DIR_IN]), ID);
	ck_assert_uint_eq(conn.lease[NFVS_DIR_OUT], 0);

	pkt.hook = NF_INET_FORWARD;
	ingress_id = ID + 1;
	nfvs_lease_renew_reply(&pkt, &conn);
	ck_assert_uint_eq(nn.granted, 2);
	ck_assert(runs(NFVS_DIR_OUT));
	ck_assert_uint_eq(nfvs_lease_id(conn.lease[NFVS_DIR_OUT]), ID + 1);
	ck_assert_uint_eq(nfvs_lease_id(conn.lease[NFVS_DIR_IN]), ID);
	ck_assert_uint_eq(conn.way, 4711);

	/* The newest route counts. */
	fast.ways.id = 4712;
	nfvs_lease_renew_reply(&pkt, &conn);
	ck_assert_uint_eq(conn.way, 4712);
}
END_TEST

/* Counted, and written, when there is anything new. */
START_TEST(the_same_is_granted_once)
{
	int i;

	for (i = 0; i < 5; i++) {
		nfvs_lease_renew(&nn, &conn, NFVS_DIR_IN, ID);
		nfvs_lease_renew_reply(&pkt, &conn);
	}
	ck_assert_uint_eq(nn.granted, 2);
	jiffies++;
	nfvs_lease_renew(&nn, &conn, NFVS_DIR_IN, ID);
	ck_assert_uint_eq(nn.granted, 3);
	nfvs_lease_renew(&nn, &conn, NFVS_DIR_IN, ID + 1);
	ck_assert_uint_eq(nn.granted, 4);
}
END_TEST

START_TEST(what_can_grant_none_changes_nothing)
{
	grant(5);
	conn.way = 9;
	nfvs_lease_renew(&nn, &conn, NFVS_DIR_IN, 0);
	pkt.mark = 1;
	nfvs_lease_renew_reply(&pkt, &conn);
	pkt.mark = 0;
	fast.ways.id = 0;
	nfvs_lease_renew_reply(&pkt, &conn);
	ck_assert_uint_eq(nn.granted, 0);
	ck_assert_uint_eq(conn.way, 9);
	ck_assert_uint_eq(conn.lease[NFVS_DIR_IN], nfvs_lease_make(ID, jiffies + 5));
	ck_assert_uint_eq(conn.lease[NFVS_DIR_OUT], nfvs_lease_make(ID, jiffies + 5));
}
END_TEST

/* From jiffies on, after so many; with leases of @now; silent for @idle. */
static int left_after(u32 t, u32 now, u32 idle)
{
	grant(LENGTH);
	jiffies += t;
	nn.lease = now;
	conn.idle = idle;
	nfvs_lease_tidy(&conn);
	ck_assert_int_eq(!conn.lease[NFVS_DIR_IN], !conn.lease[NFVS_DIR_OUT]);
	nn.lease = LENGTH;
	return !!conn.lease[NFVS_DIR_IN];
}

START_TEST(what_is_over_is_taken_away)
{
	ck_assert_int_eq(left_after(0, LENGTH, 0), 1);
	ck_assert_int_eq(left_after(LENGTH - 1, LENGTH, 0), 1);
	ck_assert_int_eq(left_after(LENGTH, LENGTH, 0), 0);
	ck_assert_int_eq(left_after(0xfff0, LENGTH, 0), 0);
	/* It would run longer than leases do now. */
	ck_assert_int_eq(left_after(0, LENGTH - 1, 0), 0);
	ck_assert_int_eq(left_after(1, LENGTH - 1, 0), 1);
	ck_assert_int_eq(left_after(0, LENGTH + 1, 0), 1);
	ck_assert_int_eq(left_after(0, 0, 0), 0);
	/* From before a silence in which the jiffies may have come round. */
	ck_assert_int_eq(left_after(0, LENGTH, SILENCE), 1);
	ck_assert_int_eq(left_after(0, LENGTH, SILENCE + 1), 0);
	/* One of the two. */
	grant(LENGTH);
	conn.idle = 0;
	conn.lease[NFVS_DIR_IN] = nfvs_lease_make(ID, jiffies);
	nfvs_lease_tidy(&conn);
	ck_assert_uint_eq(conn.lease[NFVS_DIR_IN], 0);
	ck_assert(runs(NFVS_DIR_OUT));
}
END_TEST

Suite *kernel_lease_suite(void);

Suite *kernel_lease_suite(void)
{
	Suite *suite = suite_create("lease");
	TCase *tc = tcase_create("lease");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, a_lease_runs_for_its_length);
	tcase_add_test(tc, only_ordinary_packets_of_a_wire_grant_one);
	tcase_add_test(tc, each_direction_has_its_own);
	tcase_add_test(tc, the_same_is_granted_once);
	tcase_add_test(tc, what_can_grant_none_changes_nothing);
	tcase_add_test(tc, what_is_over_is_taken_away);
	suite_add_tcase(suite, tc);
	return suite;
}
