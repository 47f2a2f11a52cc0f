// SPDX-License-Identifier: GPL-2.0-only
/*
 * What drop_entry, drop_packet and secure_tcp do: ask once a second whether memory is
 * short, shed connections. And expire_nodest_conn, which sheds those whose destination
 * is gone.
 */
#include "ctl.h"

#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/random.h>

#include "conn.h"
#include "conn_find.h"
#include "net.h"
#include "proto.h"
#include "stats.h"

enum {
	PERIOD_MS	= 1000,
	SAMPLE_PART	= 32,	/* of the table's buckets, in a period */
	STALE_S		= 60,	/* idle for so long, after one short burst of packets */
	STALE_SPARED	= 4,	/* of established TCP connections that are stale one goes */
	BREATH		= 512,	/* connections or buckets in one RCU read-side section */
};

/* Pages missing below amemthresh; 0: memory is not short. */
static u32 missing_pages(u32 threshold)
{
	struct sysinfo info;
	unsigned long free;

	si_meminfo(&info);
	free = info.freeram + info.bufferram;
	return free < threshold ? threshold - free : 0;
}

/* An automatic mode shows what it has come to; a writer who comes between wins. */
static bool is_on(int *mode, bool is_short)
{
	int old = READ_ONCE(*mode);

	switch (old) {
	case NFVS_DEFENSE_OFF:
		return false;
	case NFVS_DEFENSE_ALWAYS:
		return true;
	default:
		cmpxchg(mode, old, is_short ? NFVS_DEFENSE_ALERT : NFVS_DEFENSE_WATCHING);
		return is_short;
	}
}

static u32 drop_rate(struct nfvs_ipvs_ctl *ctl, u32 threshold, u32 missing)
{
	if (!is_on(&ctl->drop_packet, missing))
		return 0;
	if (READ_ONCE(ctl->drop_packet) == NFVS_DEFENSE_ALWAYS)
		return READ_ONCE(ctl->am_droprate);
	/* The less is left, the more is dropped: all of it when there is nothing. */
	return missing ? threshold / missing : 0;
}

/* True: entries are to be shed. */
static bool settle(struct nfvs_ipvs_ctl *ctl)
{
	u32 threshold = max(READ_ONCE(ctl->amemthresh), 0);
	u32 missing = missing_pages(threshold);

	WRITE_ONCE(ctl->drop_rate, drop_rate(ctl, threshold, missing));
	WRITE_ONCE(ctl->is_tcp_secure, is_on(&ctl->secure_tcp, missing));
	return is_on(&ctl->drop_entry, missing);
}

static bool is_quiet(const struct nfvs_ipvs_ctl *ctl)
{
	return !READ_ONCE(ctl->drop_entry) && !READ_ONCE(ctl->drop_packet) &&
	       !READ_ONCE(ctl->secure_tcp);
}

/*
 * ip_vs counts a connection's packets. Here a connection is marked as lasting when
 * packets came more than a second after its last state began; the others had one burst.
 */
static bool is_stale(const struct nfvs_conn *cp)
{
	return !(READ_ONCE(cp->word) & NFVS_CW_LASTING) && nfvs_conn_idle(cp) > STALE_S * HZ;
}

static bool is_worthless(const struct nfvs_conn *cp)
{
	u8 state = nfvs_conn_state(cp);

	if (cp->proto != IPPROTO_TCP)
		return is_stale(cp);
	if (state == NFVS_TCP_SYN_RECV || state == NFVS_TCP_SYNACK)
		return true;
	return state == NFVS_TCP_ESTABLISHED && is_stale(cp) &&
	       !get_random_u32_below(STALE_SPARED);
}

static void shed(struct nfvs_net *nn, struct nfvs_conn *cp)
{
	/* The scanner unlinks it; for packets and listings it is gone from here on. */
	if (!nfvs_conn_is_over(nn, cp) && nfvs_conn_kill(cp))
		nfvs_count(nn, NFVS_C_CONN_EXPIRED);
}

static void shed_bucket(struct nfvs_net *nn, u32 bucket)
{
	struct nfvs_link *link;
	struct nfvs_conn *cp;

	for (link = nfvs_table_bucket(&nn->conns, bucket); link;
	     link = nfvs_table_bucket_next(link)) {
		cp = nfvs_fwd_conn(link);
		if (is_worthless(cp))
			shed(nn, cp);
	}
}

/* At random, so that nobody can tell which connections are next. */
static void shed_some(struct nfvs_net *nn)
{
	u32 left = nfvs_table_size(&nn->conns) / SAMPLE_PART;
	u32 n;

	for (; left; left -= n) {
		local_bh_disable();
		rcu_read_lock();
		for (n = 0; n < min_t(u32, left, BREATH); n++)
			shed_bucket(nn, get_random_u32() & (nfvs_table_size(&nn->conns) - 1));
		rcu_read_unlock();
		local_bh_enable();
		cond_resched();
	}
}

static void wake(struct nfvs_net *nn)
{
	queue_delayed_work(system_unbound_wq, &nn->ctl.watch, msecs_to_jiffies(PERIOD_MS));
}

static void watch_work(struct work_struct *work)
{
	struct nfvs_net *nn = container_of(work, struct nfvs_net, ctl.watch.work);

	if (settle(&nn->ctl))
		shed_some(nn);
	/* Who switches one on now queues the work again. */
	if (!is_quiet(&nn->ctl))
		wake(nn);
}

void nfvs_defense_update(struct nfvs_net *nn)
{
	settle(&nn->ctl);
	if (!is_quiet(&nn->ctl))
		wake(nn);
}

/* One RCU read-side section of the walk; false at its end. */
static bool shed_gone(struct nfvs_net *nn, struct nfvs_conn_cursor *cur)
{
	struct nfvs_conn *cp;
	u32 n = 0;

	local_bh_disable();
	rcu_read_lock();
	cp = nfvs_conn_walk(nn, cur);
	for (; cp && n < BREATH; n++) {
		if (!nfvs_dest_is_available(cp->dest))
			shed(nn, cp);
		cp = nfvs_conn_walk_next(nn, cur, cp);
	}
	rcu_read_unlock();
	local_bh_enable();
	cond_resched();
	return cp;
}

static void nodest_work(struct work_struct *work)
{
	struct nfvs_net *nn = container_of(work, struct nfvs_net, ctl.nodest.work);
	struct nfvs_conn_cursor cur = {};

	while (!READ_ONCE(nn->dying) && shed_gone(nn, &cur))
		;
}

void nfvs_defense_dests_gone(struct nfvs_net *nn)
{
	if (READ_ONCE(nn->ctl.expire_nodest_conn))
		queue_delayed_work(system_unbound_wq, &nn->ctl.nodest, 1);
}

void nfvs_defense_init(struct nfvs_net *nn)
{
	INIT_DELAYED_WORK(&nn->ctl.watch, watch_work);
	INIT_DELAYED_WORK(&nn->ctl.nodest, nodest_work);
}

void nfvs_defense_uninit(struct nfvs_net *nn)
{
	cancel_delayed_work_sync(&nn->ctl.watch);
	cancel_delayed_work_sync(&nn->ctl.nodest);
}
