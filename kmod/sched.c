// SPDX-License-Identifier: GPL-2.0-only
/* The table of schedulers, and the sets they work on. */
#include "sched.h"

#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "net.h"

enum {
	BREATH		= 1024,	/* destinations between two offers to reschedule */
	MIN_ROOM	= 8,	/* slots */
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

static void none_edit(struct nfvs_dset *set, u32 idx)
{
}

static const struct nfvs_sched_ops none = {
	.name		= "none",
	.build		= none_build,
	.destroy	= none_destroy,
	.edit		= none_edit,
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

	/* Those that are gone have no destination any more. */
	for (idx = nfvs_sched_remaining(old, idx); idx != NFVS_NO_SLOT;
	     idx = idx ? nfvs_sched_remaining(old, idx - 1) : NFVS_NO_SLOT) {
		dest = old->slot[idx].dest;
		if (dest->svc == set->svc)
			return dest->idx;
	}
	return NFVS_NO_SLOT;
}

u32 nfvs_sched_remaining(const struct nfvs_dset *set, u32 idx)
{
	for (idx++; idx-- > set->first; )
		if (!set->slot[idx].is_gone)
			return idx;
	return NFVS_NO_SLOT;
}

/* So much that the cost of building a set is spread over as many changes as it has slots. */
static u32 room_for(u32 n)
{
	return max_t(u32, MIN_ROOM, n / 2);
}

struct nfvs_dset *nfvs_dset_create(struct nfvs_svc *svc, u64 last_id, bool has_room)
{
	u32 first = has_room ? room_for(svc->n_dests) : 0;
	u32 n = first + svc->n_dests;
	struct nfvs_dset *set;
	struct nfvs_dest *dest;
	u32 i = first;
	int err;

	set = kvzalloc(struct_size(set, slot, n), GFP_KERNEL_ACCOUNT);
	if (!set)
		return ERR_PTR(-ENOMEM);
	set->svc = svc;
	set->conf = svc->conf;
	set->ops = svc->conf.sched;
	set->n = n;
	set->first = first;
	set->has_room = has_room;
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

static bool fits(const struct nfvs_dset *set, u32 weight)
{
	return !set->ops->fits || set->ops->fits(set, weight);
}

bool nfvs_dset_can_edit(const struct nfvs_dset *set, const struct nfvs_dest *dest,
			enum nfvs_edit edit)
{
	if (!set->has_room)
		return false;
	switch (edit) {
	case NFVS_EDIT_ADD:
		return set->first && fits(set, dest->conf.weight);
	case NFVS_EDIT_SET:
		return fits(set, dest->conf.weight);
	case NFVS_EDIT_DEL:
		/* One that is mostly holes is to be built anew. */
		return set->n_gone < MIN_ROOM || set->n_gone < (set->n - set->first) / 2;
	case NFVS_EDIT_NONE:
		break;
	}
	return false;
}

/* A new slot at the head of the list. */
static struct nfvs_dslot *slot_give(struct nfvs_dset *set, struct nfvs_dest *dest)
{
	u32 idx = set->first - 1;

	nfvs_dslot_init(&set->slot[idx], dest, idx);
	/* Partner: who walks a set without lock. */
	smp_store_release(&set->first, idx);
	rcu_assign_pointer(dest->slot, &set->slot[idx]);
	return &set->slot[idx];
}

static struct nfvs_dslot *slot_of(const struct nfvs_dest *dest)
{
	return rcu_dereference_protected(dest->slot, lockdep_is_held(&dest->nn->config_mutex));
}

void nfvs_dset_edit(struct nfvs_dset *set, struct nfvs_dest *dest, enum nfvs_edit edit)
{
	struct nfvs_dslot *slot;

	if (edit == NFVS_EDIT_ADD) {
		slot = slot_give(set, dest);
	} else {
		slot = slot_of(dest);
		WRITE_ONCE(slot->weight, edit == NFVS_EDIT_DEL ? 0 : dest->conf.weight);
	}
	if (edit == NFVS_EDIT_SET)
		WRITE_ONCE(slot->limits, nfvs_limits(&dest->conf));
	if (edit == NFVS_EDIT_DEL) {
		WRITE_ONCE(slot->is_gone, true);
		set->n_gone++;
	}
	/* The slot before the counts: partner in conns_add(); and before the scheduler's nodes. */
	smp_mb();
	nfvs_dslot_settle(slot);
	set->ops->edit(set, slot->idx);
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
