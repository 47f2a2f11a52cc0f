// SPDX-License-Identifier: GPL-2.0-only
/* Going through services and destinations in steps: dumps of all families. */
#include "dump.h"

#include "dest.h"
#include "net.h"

/*
 * Adds up a service's counters; others get the mutex meanwhile, unless that went
 * wrong before. False: configuration has changed, look for the service again.
 */
static bool sum_up(const struct nfvs_svc *svc, bool *insist, struct nfvs_shown *shown)
{
	if (*insist) {
		nfvs_svc_stats(svc, &shown->sum, &shown->rates);
	} else if (!nfvs_svc_stats_relaxed(svc, &shown->sum, &shown->rates)) {
		*insist = true;
		return false;
	}
	nfvs_stats_sub(&shown->sum, &svc->zero);
	return true;
}

struct nfvs_svc *nfvs_shown_get(struct nfvs_net *nn, const struct nfvs_svc_key *key,
				struct nfvs_shown *shown)
{
	struct nfvs_svc *svc;
	bool insist = false;

	do {
		svc = nfvs_svc_get(nn, key);
	} while (svc && !sum_up(svc, &insist, shown));
	return svc;
}

/* Ids descend in the list. */
static struct nfvs_svc *svc_after(const struct nfvs_net *nn, const struct nfvs_svc_cursor *cur)
{
	struct list_head *pos = nn->svc_list.next;

	if (cur->last && cur->generation == nn->generation) {
		pos = cur->last->list.next;
	} else if (cur->last) {
		while (pos != &nn->svc_list &&
		       list_entry(pos, struct nfvs_svc, list)->id >= cur->below)
			pos = pos->next;
	}
	return pos == &nn->svc_list ? NULL : list_entry(pos, struct nfvs_svc, list);
}

struct nfvs_svc *nfvs_shown_next(struct nfvs_net *nn, const struct nfvs_svc_cursor *cur,
				 struct nfvs_shown *shown)
{
	struct nfvs_svc *svc;
	bool insist = false;

	do {
		svc = svc_after(nn, cur);
	} while (svc && !sum_up(svc, &insist, shown));
	return svc;
}

void nfvs_svc_cursor_set(struct nfvs_svc_cursor *cur, struct nfvs_svc *svc)
{
	cur->last = svc;
	cur->below = svc->id;
	cur->generation = svc->nn->generation;
}

void nfvs_shown_dest(const struct nfvs_dest *dest, struct nfvs_shown *shown)
{
	nfvs_stats_read(dest->stats, &shown->sum);
	nfvs_stats_sub(&shown->sum, &dest->zero);
	shown->rates = dest->rates;
}

u32 nfvs_dset_first_below(const struct nfvs_dset *set, u64 below)
{
	u32 lo = READ_ONCE(set->first), hi = set->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (set->slot[mid].id >= below)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}
