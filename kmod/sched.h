/* SPDX-License-Identifier: GPL-2.0-only */
/* Schedulers: which destination of a set gets a new connection. */
#ifndef _NFVS_SCHED_H
#define _NFVS_SCHED_H

#include "dest.h"
#include "service.h"

struct nfvs_pkt;

/**
 * struct nfvs_sched_ops - one scheduler
 * @name: as users type it
 * @build: process context, configuration mutex: allocates and fills set->sched.
 *	   May fail, changes nothing else.
 * @carry: the same context, immediately before publication; may be NULL: the
 *	   position goes on from @old, the set that @set is to replace, which has
 *	   the same ops and is being picked from. Forgotten are only the picks
 *	   that other CPUs make during this call and until they see @set.
 * @destroy: process context or RCU callback: frees set->sched; NULL-safe
 * @pick: softirq, RCU read side, any number of CPUs at once: the slot of set
 *	  for a new connection, NULL if none is eligible. Must not scan all slots.
 * @fits: configuration mutex: can a set with room take up a slot of this weight?
 *	  NULL: always
 * @edit: the same, concurrent with all below: slot idx has come, has another weight
 *	  or is gone. Called after the change is visible; cannot fail.
 * @changed: any context, RCU read side: slot idx's destination crossed a
 *	     threshold (nfvs_dslot.over) or, if @uses_load, its connection
 *	     counts changed. Called after the change is visible.
 * @uses_load: wants @changed for every change of active or inactive
 * @refresh: with @uses_load: after publication, when the slots have been settled:
 *	     recompute from live values, concurrent with all of the above. Changes
 *	     between build and publication went to the old set.
 */
struct nfvs_sched_ops {
	const char		*name;
	bool			uses_load;
	int			(*build)(struct nfvs_dset *set);
	void			(*carry)(struct nfvs_dset *set, const struct nfvs_dset *old);
	void			(*destroy)(struct nfvs_dset *set);
	bool			(*fits)(const struct nfvs_dset *set, u32 weight);
	void			(*edit)(struct nfvs_dset *set, u32 idx);
	const struct nfvs_dslot	*(*pick)(struct nfvs_dset *set, const struct nfvs_pkt *pkt);
	void			(*changed)(struct nfvs_dset *set, u32 idx);
	void			(*refresh)(struct nfvs_dset *set);
};

extern const struct nfvs_sched_ops nfvs_sched_rr;
extern const struct nfvs_sched_ops nfvs_sched_wrr;
extern const struct nfvs_sched_ops nfvs_sched_lc;
extern const struct nfvs_sched_ops nfvs_sched_wlc;

/*
 * For @carry: the place in set of the destination that was at idx in old. If it
 * has gone: that of the nearest one before it that remains, so that what
 * followed it follows now. NFVS_NO_SLOT: there is none.
 */
#define NFVS_NO_SLOT U32_MAX
u32 nfvs_sched_carry(const struct nfvs_dset *set, const struct nfvs_dset *old, u32 idx);
/* For @edit: idx itself, or the nearest one before it that is not gone. NFVS_NO_SLOT. */
u32 nfvs_sched_remaining(const struct nfvs_dset *set, u32 idx);

/* NULL if there is no scheduler of that name. */
const struct nfvs_sched_ops *nfvs_sched_find(const char *name);

/* New connections only; RCU read side. */
static inline bool nfvs_slot_is_eligible(const struct nfvs_dslot *slot)
{
	return READ_ONCE(slot->weight) && !READ_ONCE(slot->over);
}

static inline struct nfvs_dset *nfvs_slot_set(struct nfvs_dslot *slot)
{
	return container_of(slot - slot->idx, struct nfvs_dset, slot[0]);
}

#endif /* _NFVS_SCHED_H */
