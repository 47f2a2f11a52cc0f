/* SPDX-License-Identifier: GPL-2.0-only */
/* Inserting many objects into a growing rhashtable, from process context. */
#ifndef _NFVS_RHT_H
#define _NFVS_RHT_H

#include <linux/delay.h>
#include <linux/rhashtable.h>

enum {
	NFVS_RHT_TRIES		= 50,
	NFVS_RHT_WAIT_US	= 1000,
};

/*
 * rhashtable enlarges itself from a work item. A burst of insertions outruns
 * it: -EBUSY, or -ENOMEM from its atomic allocations, which the work item makes
 * up for with those that may sleep. Waiting lets it catch up: a tenth of a second
 * at most, under the configuration mutex, which packets never wait for. A batch
 * ends at the first insertion for which that was not enough.
 */
static __always_inline int nfvs_rht_insert(struct rhashtable *ht, struct rhash_head *obj,
					   const struct rhashtable_params params)
{
	int err, i;

	for (i = 0; i < NFVS_RHT_TRIES; i++) {
		err = rhashtable_insert_fast(ht, obj, params);
		if (err != -EBUSY && err != -ENOMEM)
			break;
		usleep_range(NFVS_RHT_WAIT_US, 2 * NFVS_RHT_WAIT_US);
	}
	/* The larger table could not be had in time: the errno that its users know. */
	return err == -EBUSY ? -ENOMEM : err;
}

#endif /* _NFVS_RHT_H */
