// SPDX-License-Identifier: GPL-2.0-only
/* The table of schedulers, and the sets they work on. */
#include "sched.h"

#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

enum {
	BREATH	= 1024,	/* destinations between two offers to reschedule */
};

/* A service without scheduler: it exists, and has nobody for a new connection. */
static int none_build(struct nfvs_dset *set)
{
	return 0;
}

static void none_destroy(struct nfvs_dset *set)
{
}

static const struct nfvs_dslot *none_pick(struct nfvs_dset *set, const struct nfvs_pkt *pkt)
{
	return NULL;
}

static void none_changed(struct nfvs_dset *set, u32 idx)
{
}

static const struct nfvs_sched_ops none = {
	.name		= "none",
	.build		= none_build,
	.destroy	= none_destroy,
	.pick		= none_pick,
	.changed	= none_changed,
};

static const struct nfvs_sched_ops * const scheds[] = {
	&none,
	&nfvs_sched_rr,
	&nfvs_sched_wrr,
	&nfvs_sched_lc,
	&nfvs_sched_wlc,
};

const struct nfvs_sched_ops *nfvs_sched_find(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(scheds); i++)
		if (!strcmp(scheds[i]->name, name))
			return scheds[i];
	return NULL;
}

u32 nfvs_sched_carry(const struct nfvs_dset *set, const struct nfvs_dset *old, u32 idx)
{
	const struct nfvs_dest *dest;

	for (idx++; idx--; ) {
		dest = old->slot[idx].dest;
		if (dest->svc == set->svc)
			return dest->idx;
	}
	return NFVS_NO_SLOT;
}

struct nfvs_dset *nfvs_dset_create(struct nfvs_svc *svc, u64 last_id)
{
	struct nfvs_dset *set;
	struct nfvs_dest *dest;
	u32 n = svc->n_dests;
	u32 i = 0;
	int err;

	set = kvzalloc(struct_size(set, slot, n), GFP_KERNEL_ACCOUNT);
	if (!set)
		return ERR_PTR(-ENOMEM);
	set->svc = svc;
	set->conf = svc->conf;
	set->ops = svc->conf.sched;
	set->n = n;
	list_for_each_entry(dest, &svc->dests, list) {
		nfvs_dslot_init(&set->slot[i], dest, i);
		set->n_new += dest->id > last_id;
		dest->idx = i++;
		if (i % BREATH == 0)
			cond_resched();
	}
	err = set->ops->build(set);
	if (err) {
		kvfree(set);
		return ERR_PTR(err);
	}
	pr_debug("dset %p created\n", set);
	return set;
}

void nfvs_dset_free(struct nfvs_dset *set)
{
	if (!set)
		return;
	set->ops->destroy(set);
	pr_debug("dset %p destroyed\n", set);
	kvfree(set);
}

static void dset_free_cb(struct rcu_head *rcu)
{
	nfvs_dset_free(container_of(rcu, struct nfvs_dset, rcu));
}

void nfvs_dset_free_rcu(struct nfvs_dset *set)
{
	if (set)
		call_rcu(&set->rcu, dset_free_cb);
}
