/* SPDX-License-Identifier: GPL-2.0-only */
/* Going through services and destinations in steps: dumps of all families. */
#ifndef _NFVS_DUMP_H
#define _NFVS_DUMP_H

#include "service.h"

/* Counters as they are shown: since the last zeroing. */
struct nfvs_shown {
	struct nfvs_stats_sum	sum;
	struct nfvs_rates	rates;
};

/**
 * struct nfvs_svc_cursor - place in the list of services; all 0: its beginning
 * @last: shown last; valid as long as @generation is
 * @below: its id: services with smaller ones are still to come
 * @generation: of the namespace at that time
 */
struct nfvs_svc_cursor {
	struct nfvs_svc	*last;
	u64		below;
	u32		generation;
};

/*
 * All of these: configuration mutex. Adding up the counters of a service takes
 * long with very many destinations, so others may get the mutex meanwhile.
 */

/* The service of that key with what is shown of it; NULL if there is none. */
struct nfvs_svc *nfvs_shown_get(struct nfvs_net *nn, const struct nfvs_svc_key *key,
				struct nfvs_shown *shown);
/* The one behind the cursor; NULL at the end. */
struct nfvs_svc *nfvs_shown_next(struct nfvs_net *nn, const struct nfvs_svc_cursor *cur,
				 struct nfvs_shown *shown);
/* This one has been shown. */
void nfvs_svc_cursor_set(struct nfvs_svc_cursor *cur, struct nfvs_svc *svc);

/* What is shown of a destination. */
void nfvs_shown_dest(const struct nfvs_dest *dest, struct nfvs_shown *shown);
/* First slot of a destination with an id below that: ids descend in a set. */
u32 nfvs_dset_first_below(const struct nfvs_dset *set, u64 below);

#endif /* _NFVS_DUMP_H */
