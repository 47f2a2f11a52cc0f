// SPDX-License-Identifier: GPL-2.0-only
/* The end of a change set: prepare and commit, or rollback. */
#include "config_txn.h"

#include <linux/list_sort.h>
#include <linux/sched.h>

#include "conn.h"
#include "net.h"
#include "route.h"

enum {
	BREATH	= 1024,	/* objects between two offers to reschedule */
	PORT_FTP = 21,
};

/* A loop over all touched objects may be long. */
static void breathe(u32 *done)
{
	if (++*done % BREATH == 0)
		cond_resched();
}

void nfvs_txn_init(struct nfvs_txn *txn, struct nfvs_net *nn, struct netlink_ext_ack *extack)
{
	memset(txn, 0, sizeof(*txn));
	txn->nn = nn;
	txn->extack = extack;
	txn->last_id = nn->last_id;
	INIT_LIST_HEAD(&txn->svcs);
	INIT_LIST_HEAD(&txn->dests);
}

void nfvs_txn_touch_svc(struct nfvs_txn *txn, struct nfvs_svc *svc)
{
	if (!list_empty(&svc->txn.link))
		return;
	list_add_tail(&svc->txn.link, &txn->svcs);
	svc->txn.set = NULL;
	svc->txn.old_conf = svc->conf;
	svc->txn.old_id = svc->id;
	svc->txn.old_n_dests = svc->n_dests;
	svc->txn.was_present = svc->present;
	svc->txn.needs_set = false;
	svc->txn.zero = false;
}

void nfvs_txn_touch_dest(struct nfvs_txn *txn, struct nfvs_dest *dest)
{
	if (!list_empty(&dest->txn.link))
		return;
	list_add_tail(&dest->txn.link, &txn->dests);
	dest->txn.old_svc = dest->svc;
	dest->txn.old_id = dest->id;
	dest->txn.old_conf = dest->conf;
}

/* Deleted and created again: same object, but nothing is carried over. */
static bool is_reborn(const struct nfvs_svc *svc)
{
	return svc->txn.was_present && svc->present && svc->id != svc->txn.old_id;
}

/* Reached through a tunnel of the other family. */
static bool is_mixed(const struct nfvs_dest *dest)
{
	return dest->key.af != dest->key.svc.af;
}

/* In the service before and not any more, or taken out and put in again. */
static bool has_left(const struct nfvs_dest *dest)
{
	return dest->txn.old_svc && (!dest->svc || dest->id != dest->txn.old_id);
}

static bool has_come(const struct nfvs_dest *dest)
{
	return dest->svc && (!dest->txn.old_svc || dest->id != dest->txn.old_id);
}

static struct nfvs_dset *svc_dset(const struct nfvs_svc *svc)
{
	return rcu_dereference_protected(svc->dset, lockdep_is_held(&svc->nn->config_mutex));
}

static struct nfvs_dslot *dest_slot(const struct nfvs_dest *dest)
{
	return rcu_dereference_protected(dest->slot, lockdep_is_held(&dest->nn->config_mutex));
}

/* Hooks of families without services go; see n_af4, n_af6. */
static void drop_unused_hooks(struct nfvs_net *nn)
{
	if (!nn->n_af4)
		nfvs_hooks_disable(nn, AF_INET);
	if (!nn->n_af6)
		nfvs_hooks_disable(nn, AF_INET6);
}

static int enable_hooks(struct nfvs_txn *txn, u16 af)
{
	int err = nfvs_hooks_enable(txn->nn, af);

	if (err)
		NL_SET_ERR_MSG(txn->extack, "cannot register netfilter hooks");
	return err;
}

/* May what happened to dest be told to packets without a new set? */
static enum nfvs_edit dest_edit(const struct nfvs_dest *dest)
{
	const struct nfvs_dest_conf *old = &dest->txn.old_conf, *new = &dest->conf;

	if (!dest->txn.old_svc)
		return dest->svc ? NFVS_EDIT_ADD : NFVS_EDIT_NONE;
	if (!dest->svc)
		return NFVS_EDIT_DEL;
	if (dest->id != dest->txn.old_id || new->method != old->method ||
	    new->tun_type != old->tun_type)
		return NFVS_EDIT_NONE;
	return NFVS_EDIT_SET;
}

/* One destination, and nothing else: this is what ipvsadm and keepalived do all day. */
static bool is_single_change(const struct nfvs_txn *txn)
{
	const struct nfvs_svc *svc;

	if (!list_is_singular(&txn->svcs) || !list_is_singular(&txn->dests))
		return false;
	svc = list_first_entry(&txn->svcs, struct nfvs_svc, txn.link);
	return svc->present && svc->txn.was_present && svc->id == svc->txn.old_id &&
	       nfvs_svc_conf_equal(&svc->conf, &svc->txn.old_conf);
}

/* Takes the place of a new set, if it can. */
static bool prepare_edit(struct nfvs_txn *txn)
{
	const struct nfvs_dest *dest = list_first_entry(&txn->dests, struct nfvs_dest, txn.link);
	const struct nfvs_svc *svc = list_first_entry(&txn->svcs, struct nfvs_svc, txn.link);
	enum nfvs_edit edit = dest_edit(dest);

	if (!nfvs_dset_can_edit(svc_dset(svc), dest, edit))
		return false;
	txn->edit = edit;
	return true;
}

int nfvs_txn_prepare(struct nfvs_txn *txn)
{
	bool is_single = is_single_change(txn);
	struct nfvs_dest *dest;
	struct nfvs_dset *set;
	struct nfvs_svc *svc;
	int err;

	list_for_each_entry(svc, &txn->svcs, txn.link) {
		if (!svc->present || !svc->txn.needs_set)
			continue;
		if (is_single && prepare_edit(txn))
			break;
		set = nfvs_dset_create(svc, txn->last_id, is_single);
		if (IS_ERR(set)) {
			NL_SET_ERR_MSG(txn->extack, "no memory for a service's destinations");
			return PTR_ERR(set);
		}
		svc->txn.set = set;
		err = enable_hooks(txn, svc->key.af);
		if (err)
			return err;
		cond_resched();
	}
	list_for_each_entry(dest, &txn->dests, txn.link) {
		if (!dest->svc || !is_mixed(dest))
			continue;
		err = enable_hooks(txn, dest->key.af);
		if (err)
			return err;
	}
	return 0;
}

/* ---- commit ---- */

static void count_family(struct nfvs_net *nn, u16 af, int delta)
{
	if (af == AF_INET6)
		nn->n_af6 += delta;
	else
		nn->n_af4 += delta;
}

static void count_service(struct nfvs_net *nn, const struct nfvs_svc *svc, int delta)
{
	nn->n_services += delta;
	count_family(nn, svc->key.af, delta);
	if (svc->key.fwmark)
		WRITE_ONCE(nn->n_fwmark, nn->n_fwmark + delta);
	else if (svc->key.port == htons(PORT_FTP))
		WRITE_ONCE(nn->n_ftp, nn->n_ftp + delta);
	else if (!svc->key.port)
		WRITE_ONCE(nn->n_portzero, nn->n_portzero + delta);
}

static void count_mixed(struct nfvs_net *nn, const struct nfvs_dest *dest)
{
	int delta = !!dest->svc - !!dest->txn.old_svc;

	count_family(nn, dest->key.af, delta);
	WRITE_ONCE(nn->n_mixed, nn->n_mixed + delta);
}

static void dest_withdraw(struct nfvs_dest *dest)
{
	const struct nfvs_dslot *slot = dest_slot(dest);

	if (slot)
		assign_bit(NFVS_DEST_F_OVERLOAD, &dest->flags, READ_ONCE(slot->over));
	clear_bit(NFVS_DEST_F_AVAILABLE, &dest->flags);
	RCU_INIT_POINTER(dest->slot, NULL);
	nfvs_egress_flush(dest);
}

static void dest_zero(struct nfvs_dest *dest)
{
	nfvs_stats_read(dest->stats, &dest->zero);
	dest->last = dest->zero;
	memset(&dest->rates, 0, sizeof(dest->rates));
}

/*
 * A service's sums are those of its destinations now, from their base on, and
 * of those that left. A destination that returns to its service goes on
 * counting where it was; in a new service it starts at zero, as in IPVS.
 */
static void dest_settle_stats(struct nfvs_dest *dest)
{
	struct nfvs_stats_sum sum;

	if (has_left(dest)) {
		nfvs_stats_read(dest->stats, &sum);
		nfvs_stats_sub(&sum, &dest->base);
		nfvs_stats_add(&dest->txn.old_svc->gone, &sum);
	}
	/* One that the transaction has made has counted next to nothing. */
	if (has_come(dest) && !dest->svc_id) {
		dest->svc_id = dest->svc->id;
	} else if (has_come(dest)) {
		nfvs_stats_read(dest->stats, &dest->base);
		if (dest->svc_id != dest->svc->id)
			dest_zero(dest);
		dest->svc_id = dest->svc->id;
	}
}

static void svc_settle_stats(struct nfvs_svc *svc)
{
	struct nfvs_dest *dest;
	u32 done = 0;

	if (is_reborn(svc)) {
		memset(&svc->gone, 0, sizeof(svc->gone));
		memset(&svc->zero, 0, sizeof(svc->zero));
	}
	if (svc->txn.zero) {
		list_for_each_entry(dest, &svc->dests, list) {
			dest_zero(dest);
			breathe(&done);
		}
		nfvs_svc_stats(svc, &svc->zero, NULL);
	}
}

/*
 * One pointer switch: packets have the old destinations before it, the new ones
 * after it. Connection counts that change from now on go to the new set (the
 * slots); those that went to the old one are taken up by settling and refresh.
 * Partner of the barrier: atomic64_add_return() in conns_add(): either it sees
 * the new slot, or we see its count.
 *
 * The old set stays in txn.set for now: destinations that are leaving still
 * have their slots in it, where readers that begin today find it.
 */
static void svc_publish(struct nfvs_svc *svc)
{
	struct nfvs_dset *set = svc->txn.set;
	struct nfvs_dset *old = svc_dset(svc);
	u32 i;

	if (old && old->ops == set->ops && set->ops->carry && !is_reborn(svc))
		set->ops->carry(set, old);
	rcu_assign_pointer(svc->dset, set);
	/* Not to be interrupted for long: until refresh, nobody sees the load change. */
	for (i = set->first; i < set->n; i++)
		rcu_assign_pointer(set->slot[i].dest->slot, &set->slot[i]);
	/* The slots before the counts: partner in conns_add(), see above. */
	smp_mb();
	for (i = set->first; i < set->n; i++)
		if (nfvs_dslot_settle(&set->slot[i]))
			set->ops->changed(set, i);
	if (set->ops->uses_load)
		set->ops->refresh(set);
	svc->txn.set = old;
}

/* Packets that found it finish with its last set. */
static void svc_withdraw(struct nfvs_svc *svc)
{
	struct nfvs_dset *old = svc_dset(svc);

	nfvs_svc_destroy(svc);
	nfvs_dset_free_rcu(old);
}

static void commit_timeouts(struct nfvs_txn *txn)
{
	struct nfvs_timeouts *t = &txn->nn->timeouts;

	if (txn->timeouts[0])
		WRITE_ONCE(t->tcp[NFVS_TCP_ESTABLISHED], txn->timeouts[0] * HZ);
	if (txn->timeouts[1])
		WRITE_ONCE(t->tcp[NFVS_TCP_FIN_WAIT], txn->timeouts[1] * HZ);
	if (txn->timeouts[2])
		WRITE_ONCE(t->udp[NFVS_UDP_NORMAL], txn->timeouts[2] * HZ);
}

static void commit_zero_all(struct nfvs_net *nn)
{
	nfvs_stats_total_zero(&nn->stats_pool);
	nfvs_est_zero(nn);
}

/* First what appears: everything must be there before a set refers to it. */
static void commit_appear(struct nfvs_txn *txn)
{
	struct nfvs_dest *dest;
	struct nfvs_svc *svc;
	u32 done = 0;

	list_for_each_entry(svc, &txn->svcs, txn.link) {
		if (svc->present && !svc->txn.was_present)
			count_service(txn->nn, svc, 1);
		breathe(&done);
	}
	list_for_each_entry(dest, &txn->dests, txn.link) {
		if (dest->svc)
			set_bit(NFVS_DEST_F_AVAILABLE, &dest->flags);
		if (is_mixed(dest))
			count_mixed(txn->nn, dest);
		breathe(&done);
	}
	list_for_each_entry(svc, &txn->svcs, txn.link) {
		if (svc->txn.set)
			svc_publish(svc);
		breathe(&done);
	}
	if (txn->edit == NFVS_EDIT_NONE)
		return;
	svc = list_first_entry(&txn->svcs, struct nfvs_svc, txn.link);
	dest = list_first_entry(&txn->dests, struct nfvs_dest, txn.link);
	nfvs_dset_edit(svc_dset(svc), dest, txn->edit);
}

/* Then what disappears: no set that a packet can still find refers to it. */
static void commit_disappear(struct nfvs_txn *txn)
{
	struct nfvs_dest *dest, *next;
	struct nfvs_svc *svc, *tmp;
	bool are_gone = false;
	u32 done = 0;

	list_for_each_entry(dest, &txn->dests, txn.link) {
		if (!dest->svc) {
			dest_withdraw(dest);
			are_gone = true;
		} else if (dest->conf.method != dest->txn.old_conf.method) {
			nfvs_egress_flush(dest);
		}
		dest_settle_stats(dest);
		breathe(&done);
	}
	if (are_gone)
		nfvs_defense_dests_gone(txn->nn);
	list_for_each_entry_safe(svc, tmp, &txn->svcs, txn.link) {
		svc_settle_stats(svc);
		list_del_init(&svc->txn.link);
		if (svc->present) {
			/* The slots that pointed into it are gone, see above. */
			nfvs_dset_free_rcu(svc->txn.set);
			svc->txn.set = NULL;
			breathe(&done);
			continue;
		}
		if (svc->txn.was_present)
			count_service(txn->nn, svc, -1);
		svc_withdraw(svc);
		breathe(&done);
	}
	list_for_each_entry_safe(dest, next, &txn->dests, txn.link) {
		list_del_init(&dest->txn.link);
		if (!dest->svc) {
			dest->has_config_ref = false;
			nfvs_dest_put(dest);
		}
		breathe(&done);
	}
}

void nfvs_txn_commit(struct nfvs_txn *txn)
{
	struct nfvs_net *nn = txn->nn;

	lockdep_assert_held(&nn->config_mutex);

	commit_timeouts(txn);
	commit_appear(txn);
	commit_disappear(txn);
	if (txn->zero_all)
		commit_zero_all(nn);
	drop_unused_hooks(nn);
	WRITE_ONCE(nn->generation, nn->generation + 1);
	if (nfvs_table_is_untidy(&nn->svcs) || nfvs_table_is_untidy(&nn->dests))
		nfvs_conn_scan_wake(nn);
}

/* ---- rollback ---- */

static int svc_cmp(void *priv, const struct list_head *a, const struct list_head *b)
{
	return list_entry(a, struct nfvs_svc, list)->id < list_entry(b, struct nfvs_svc, list)->id;
}

static int dest_cmp(void *priv, const struct list_head *a, const struct list_head *b)
{
	return list_entry(a, struct nfvs_dest, list)->id <
	       list_entry(b, struct nfvs_dest, list)->id;
}

/* Out of whatever list it is in, and back to where it was; order comes later. */
static void dest_restore(struct nfvs_dest *dest)
{
	list_del_init(&dest->list);
	dest->svc = dest->txn.old_svc;
	dest->id = dest->txn.old_id;
	dest->conf = dest->txn.old_conf;
	if (dest->svc)
		list_add(&dest->list, &dest->svc->dests);
}

static void svc_restore(struct nfvs_net *nn, struct nfvs_svc *svc)
{
	nfvs_dset_free(svc->txn.set);
	svc->txn.set = NULL;
	list_del_init(&svc->list);
	svc->conf = svc->txn.old_conf;
	svc->id = svc->txn.old_id;
	svc->n_dests = svc->txn.old_n_dests;
	svc->present = svc->txn.was_present;
	if (svc->present) {
		list_add(&svc->list, &nn->svc_list);
		list_sort(NULL, &svc->dests, dest_cmp);
	} else {
		nfvs_svc_destroy(svc);
	}
}

void nfvs_txn_rollback(struct nfvs_txn *txn)
{
	struct nfvs_dest *dest, *next;
	struct nfvs_svc *svc, *tmp;
	u32 done = 0;

	lockdep_assert_held(&txn->nn->config_mutex);

	list_for_each_entry(dest, &txn->dests, txn.link) {
		dest_restore(dest);
		breathe(&done);
	}
	list_for_each_entry_safe(svc, tmp, &txn->svcs, txn.link) {
		list_del_init(&svc->txn.link);
		svc_restore(txn->nn, svc);
		breathe(&done);
	}
	list_sort(NULL, &txn->nn->svc_list, svc_cmp);
	list_for_each_entry_safe(dest, next, &txn->dests, txn.link) {
		list_del_init(&dest->txn.link);
		if (!dest->svc) {
			dest->has_config_ref = false;
			nfvs_dest_put(dest);
		}
		breathe(&done);
	}
	drop_unused_hooks(txn->nn);
}
