// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rate sampler: every two seconds it looks at the destinations that have
 * traffic, and at no others. A destination enters when a packet touches it and
 * leaves when its rates have decayed to nothing; with none left, and the
 * namespace's own rates down, too, the sampler sleeps. (Not a deferrable timer: it
 * runs only while there is traffic, and a deferred one would show old rates on a
 * system gone idle.)
 */
#include <linux/jiffies.h>
#include <linux/llist.h>
#include <linux/sched.h>

#include "dest.h"
#include "net.h"

enum {
	EST_PERIOD_MS	= 2000,
	EST_PKT_SHIFT	= 10,	/* fixed point of conns and packets per second */
	EST_BYTE_SHIFT	= 5,	/* of bytes per second */
	EST_DECAY_SHIFT	= 2,	/* a sample counts for a quarter */
	BREATH		= 256,	/* samples between two offers to reschedule */
};

void nfvs_est_touch(struct nfvs_dest *dest)
{
	struct nfvs_net *nn = dest->nn;

	if (likely(test_bit(NFVS_DEST_F_SAMPLED, &dest->flags)))
		return;
	if (test_and_set_bit(NFVS_DEST_F_SAMPLED, &dest->flags))
		return;
	if (!nfvs_dest_hold(dest))
		return;
	if (llist_add(&dest->est_node, &nn->est_new))
		queue_delayed_work(system_unbound_wq, &nn->est,
				   msecs_to_jiffies(EST_PERIOD_MS));
}

/* Moves avg a quarter of the way towards delta events in elapsed jiffies. */
static void filter(u64 *avg, u64 delta, int shift, unsigned long elapsed)
{
	s64 rate = div64_u64((delta << shift) * HZ, elapsed);

	WRITE_ONCE(*avg, *avg + ((rate - (s64)*avg) >> EST_DECAY_SHIFT));
}

static void filter_all(struct nfvs_rates *r, const struct nfvs_stats_sum *delta,
		       unsigned long elapsed)
{
	filter(&r->cps, delta->conns, EST_PKT_SHIFT, elapsed);
	filter(&r->in_pps, delta->in_pkts, EST_PKT_SHIFT, elapsed);
	filter(&r->out_pps, delta->out_pkts, EST_PKT_SHIFT, elapsed);
	filter(&r->in_bps, delta->in_bytes, EST_BYTE_SHIFT, elapsed);
	filter(&r->out_bps, delta->out_bytes, EST_BYTE_SHIFT, elapsed);
}

/* What happened since the last time; adds it to the namespace's. */
static void take_delta(struct nfvs_dest *dest, struct nfvs_stats_sum *delta,
		       struct nfvs_stats_sum *total)
{
	struct nfvs_stats_sum now;

	nfvs_stats_read(dest->stats, &now);
	*delta = now;
	nfvs_stats_sub(delta, &dest->last);
	nfvs_stats_add(total, delta);
	dest->last = now;
}

/* False when the destination is quiet: no traffic, and its rates are down to 0. */
static bool sample(struct nfvs_dest *dest, unsigned long elapsed, struct nfvs_stats_sum *total)
{
	struct nfvs_stats_sum d;

	take_delta(dest, &d, total);
	if (!nfvs_dest_is_available(dest)) {
		/* It may come back, without any traffic. */
		memset(&dest->rates, 0, sizeof(dest->rates));
		return false;
	}
	filter_all(&dest->rates, &d, elapsed);
	return d.in_pkts || d.out_pkts || d.conns || !nfvs_rates_are_zero(&dest->rates);
}

/* The newcomers join; they have been counting since their last sample. */
static struct llist_node *take_all(struct nfvs_net *nn)
{
	struct llist_node *new = llist_del_all(&nn->est_new);
	struct llist_node *last = new;

	if (!new)
		return nn->est_active;
	while (last->next)
		last = last->next;
	last->next = nn->est_active;
	return new;
}

static void rates_reset(struct nfvs_rates *r)
{
	WRITE_ONCE(r->cps, 0);
	WRITE_ONCE(r->in_pps, 0);
	WRITE_ONCE(r->out_pps, 0);
	WRITE_ONCE(r->in_bps, 0);
	WRITE_ONCE(r->out_bps, 0);
}

/*
 * Totals begin at zero: what was counted and not sampled yet must not show in their
 * rates, be it by destinations that are gone. Configuration mutex.
 */
void nfvs_est_zero(struct nfvs_net *nn)
{
	struct nfvs_dest *dest;

	nn->est_active = take_all(nn);
	llist_for_each_entry(dest, nn->est_active, est_node)
		nfvs_stats_read(dest->stats, &dest->last);
	rates_reset(&nn->rates);
}

/* From here on packets may put it into est_new: its link has been read by now. */
static void release(struct nfvs_dest *dest)
{
	clear_bit_unlock(NFVS_DEST_F_SAMPLED, &dest->flags);
	nfvs_dest_put(dest);
}

/* The namespace's rates have to come down when nothing happens any more. */
static bool is_busy(const struct nfvs_net *nn)
{
	return nn->est_active || !nfvs_rates_are_zero(&nn->rates);
}

/* While nobody wants to know: rates stay, but for those of who has gone. */
static bool is_kept(struct nfvs_dest *dest)
{
	if (nfvs_dest_is_available(dest))
		return true;
	memset(&dest->rates, 0, sizeof(dest->rates));
	return false;
}

static void est_work(struct work_struct *work)
{
	struct nfvs_net *nn = container_of(work, struct nfvs_net, est.work);
	struct nfvs_stats_sum total = {};
	struct nfvs_dest *dest, *tmp;
	struct llist_node *all;
	unsigned long elapsed;
	bool is_stopped;
	u32 done = 0;

	mutex_lock(&nn->config_mutex);
	is_stopped = nfvs_ctl_est_stopped(&nn->ctl);
	/* After a sleep est_last is old, but the newcomers came one period ago. */
	elapsed = msecs_to_jiffies(EST_PERIOD_MS);
	if (is_busy(nn))
		elapsed = max(jiffies - nn->est_last, 1UL);
	/* When it goes on, the time until then counts. */
	if (!is_stopped)
		nn->est_last = jiffies;
	all = take_all(nn);
	nn->est_active = NULL;
	llist_for_each_entry_safe(dest, tmp, all, est_node) {
		if (++done % BREATH == 0)
			cond_resched();
		if (is_stopped ? is_kept(dest) : sample(dest, elapsed, &total)) {
			dest->est_node.next = nn->est_active;
			nn->est_active = &dest->est_node;
		} else {
			release(dest);
		}
	}
	if (!is_stopped)
		filter_all(&nn->rates, &total, elapsed);
	if (is_busy(nn))
		queue_delayed_work(system_unbound_wq, &nn->est,
				   msecs_to_jiffies(EST_PERIOD_MS));
	mutex_unlock(&nn->config_mutex);
}

void nfvs_est_init(struct nfvs_net *nn)
{
	init_llist_head(&nn->est_new);
	INIT_DELAYED_WORK(&nn->est, est_work);
	nn->est_last = jiffies;
}

/* No packets any more. */
void nfvs_est_uninit(struct nfvs_net *nn)
{
	struct nfvs_dest *dest, *tmp;

	cancel_delayed_work_sync(&nn->est);
	llist_for_each_entry_safe(dest, tmp, take_all(nn), est_node)
		release(dest);
	nn->est_active = NULL;
}
