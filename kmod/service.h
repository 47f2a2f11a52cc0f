/* SPDX-License-Identifier: GPL-2.0-only */
/* Virtual services and the destination sets that packets see. */
#ifndef _NFVS_SERVICE_H
#define _NFVS_SERVICE_H

#include <linux/list.h>
#include <linux/netfilter.h>
#include <linux/rcupdate.h>

#include "stats.h"
#include "table.h"

struct nfvs_dest;
struct nfvs_net;
struct nfvs_pkt;
struct nfvs_sched_ops;

/*
 * Identity of a service. Hashed and compared as bytes: always zero it first.
 * Firewall-mark services have fwmark != 0 and addr, port, proto 0.
 */
struct nfvs_svc_key {
	union nf_inet_addr	addr;
	u32			fwmark;
	__be16			port;
	u16			proto;
	u16			af;
	u16			zero;
};

/**
 * struct nfvs_svc_conf - what an administrator can change of a service
 * @sched: scheduler
 * @flags: enum nfvs_svc_flag; the family IPVS stores unknown bits, too
 * @timeout: seconds that persistence lasts
 * @netmask: IPv4: which bits of a client's address tell it from others
 * @plen: IPv6: how many do; 1..128
 * @no_fastpath: its packets all go through the stack
 */
struct nfvs_svc_conf {
	const struct nfvs_sched_ops	*sched;
	u32				flags;
	u32				timeout;
	__be32				netmask;
	u8				plen;
	bool				no_fastpath;
};

static inline bool nfvs_svc_conf_equal(const struct nfvs_svc_conf *a,
				       const struct nfvs_svc_conf *b)
{
	return a->sched == b->sched && a->flags == b->flags && a->timeout == b->timeout &&
	       a->netmask == b->netmask && a->plen == b->plen && a->no_fastpath == b->no_fastpath;
}

/**
 * struct nfvs_dslot - one destination as a set holds it
 *
 * Constant once the set is published, but for @weight and @limits, which the
 * commit that changes nothing else may write (nfvs_dset_edit()), and @over.
 *
 * @dest: which; a grace period after @is_gone it is no more
 * @id: nfvs_dest.id when it was put into the set
 * @limits: thresholds in one word: nfvs_limits()
 * @weight: as configured, as @method (what it comes to: one of enum
 *	    nfvs_method) and @tun_type; 0 for good if it is gone
 * @idx: of this slot in its set
 * @over: full (compat.md 4.1), by this slot's thresholds; kept up to date while
 *	  nfvs_dest.slot points here
 * @is_gone: taken out of the service since the set was built
 * @method, @tun_type: of the connections that are made through this slot
 * @no_fastpath: no packet of its connections is granted a lease
 * @conf_method: nfvs_dest_conf.method; for who shows it without a lock
 */
struct nfvs_dslot {
	struct nfvs_dest	*dest;
	u64			id;
	u64			limits;
	u32			weight;
	u32			idx;
	u32			over;
	u8			method;
	u8			tun_type;
	bool			no_fastpath;
	bool			is_gone;
	u8			conf_method;
};

/**
 * struct nfvs_dset - the destinations of a service, as one packet sees them
 *
 * Built by a commit, published with one pointer switch in nfvs_svc.dset, freed
 * a grace period after it was replaced. Slots are newest first: the order in
 * which IPVS lists and walks destinations. One built for a single change has
 * room at its front: the next commits that change a single destination work
 * in it (nfvs_dset_edit()). A slot is given to one destination only. A set does not own references: a
 * destination outlives every set it is in, because it is released only a grace
 * period after the set without it was published.
 *
 * @rcu: for freeing
 * @svc: owner; valid as long as the set
 * @conf: the service's when the set was built
 * @ops: scheduler that built @sched
 * @sched: scheduler's private tables, allocated by @ops->build
 * @n: length of @slot
 * @first: slots from here on have been given to destinations; grows downwards
 * @n_new: of these, the first ones, that the commit that built it has added
 * @n_gone: of these, those that are gone; configuration mutex
 * @has_room: built to be changed
 * @slot: in list order
 */
struct nfvs_dset {
	struct rcu_head			rcu;
	struct nfvs_svc			*svc;
	struct nfvs_svc_conf		conf;
	const struct nfvs_sched_ops	*ops;
	void				*sched;
	u32				n;
	u32				first;
	u32				n_new;
	u32				n_gone;
	bool				has_room;
	struct nfvs_dslot		slot[];
};

/**
 * struct nfvs_svc - a virtual service
 *
 * Read by packets: key, dset (RCU). Everything else: configuration mutex of
 * the namespace. Found by packets through nfvs_net.svcs, listed by nfvs_net.svc_list.
 *
 * @link, @hash: in nfvs_net.svcs
 * @key: identity
 * @dset: NULL until the commit that creates the service; packets treat such a
 *	  service as absent
 * @nn: namespace
 * @rcu: for freeing
 * @list: in nfvs_net.svc_list, newest first
 * @id: number in order of creation, never reused; cursor of dumps
 * @conf: of the newest commit
 * @dests: struct nfvs_dest.list, newest first: the configured destinations
 * @n_dests: length of @dests
 * @gone: counters of destinations that were removed
 * @zero: subtracted from sums shown
 * @present: configured, as of the changes executed so far; false in a service
 *	     that the running transaction removes
 * @txn: what the running transaction must know (config_txn.c): its state
 *	 before, the set to publish and then the one it replaced; @txn.link is
 *	 empty outside of transactions
 */
struct nfvs_svc {
	struct nfvs_link		link;
	u32				hash;
	struct nfvs_svc_key		key;
	struct nfvs_dset __rcu		*dset;

	struct nfvs_net			*nn;
	struct rcu_head			rcu;
	struct list_head		list;
	u64				id;
	struct nfvs_svc_conf		conf;
	struct list_head		dests;
	u32				n_dests;
	struct nfvs_stats_sum		gone;
	struct nfvs_stats_sum		zero;
	bool				present;
	struct {
		struct list_head		link;
		struct nfvs_dset		*set;
		struct nfvs_svc_conf		old_conf;
		u64				old_id;
		u32				old_n_dests;
		bool				was_present;
		bool				needs_set;
		bool				zero;
	} txn;
};

/* Before the first service. 0 or -ENOMEM. Idempotent. */
int nfvs_svc_table_prepare(struct nfvs_net *nn);
u32 nfvs_svc_key_hash(const struct nfvs_net *nn, const struct nfvs_svc_key *key);
void nfvs_svc_table_uninit(struct nfvs_net *nn);
int nfvs_svc_cache_init(void);
void nfvs_svc_cache_uninit(void);

/* Packet path; RCU read side. Lookup order of compat.md 5.4; NULL if none. */
struct nfvs_svc *nfvs_svc_find(struct nfvs_net *nn, const struct nfvs_pkt *pkt);
/* Control path; configuration mutex. Configured services only. */
struct nfvs_svc *nfvs_svc_get(struct nfvs_net *nn, const struct nfvs_svc_key *key);

/**
 * struct nfvs_svc_cursor_rcu - place of a walk over all services, zeroed to begin
 * @hash: of the last one that was left
 * @n: how many of that hash were left
 *
 * What is said of struct nfvs_conn_cursor goes for this, too.
 */
struct nfvs_svc_cursor_rcu {
	u32	hash;
	u32	n;
};

/*
 * The service at the cursor, and the one behind svc, of those that packets can find;
 * NULL at the end. RCU read side.
 */
struct nfvs_svc *nfvs_svc_walk(struct nfvs_net *nn, struct nfvs_svc_cursor_rcu *cur);
struct nfvs_svc *nfvs_svc_walk_next(struct nfvs_net *nn, struct nfvs_svc_cursor_rcu *cur,
				    const struct nfvs_svc *svc);

/* The rest is config_txn.c's; configuration mutex. */

/* The one just removed by the running transaction, too. */
struct nfvs_svc *nfvs_svc_get_any(struct nfvs_net *nn, const struct nfvs_svc_key *key);
/* In nfvs_net.svcs, but absent until it has a set. ERR_PTR on failure. */
struct nfvs_svc *nfvs_svc_create(struct nfvs_net *nn, const struct nfvs_svc_key *key);
/* Unlinks from nfvs_net.svcs and frees after a grace period. */
void nfvs_svc_destroy(struct nfvs_svc *svc);
/* Live sums, without taking off @zero; rates may be NULL; configuration mutex. */
void nfvs_svc_stats(const struct nfvs_svc *svc, struct nfvs_stats_sum *sum,
		    struct nfvs_rates *rates);
/*
 * The same, but a large service releases the mutex now and then. False if the
 * configuration has changed meanwhile: svc may be gone.
 */
bool nfvs_svc_stats_relaxed(const struct nfvs_svc *svc, struct nfvs_stats_sum *sum,
			    struct nfvs_rates *rates);

/*
 * Of svc's dests and conf; destinations with ids after last_id are new to
 * the service. With room for single changes to come, or of exact size.
 * ERR_PTR(-ENOMEM) on failure.
 */
struct nfvs_dset *nfvs_dset_create(struct nfvs_svc *svc, u64 last_id, bool has_room);

/* What a commit that changes one destination alone can do in the published set. */
enum nfvs_edit {
	NFVS_EDIT_NONE,		/* nothing: it takes a new set */
	NFVS_EDIT_ADD,
	NFVS_EDIT_SET,		/* weight and thresholds */
	NFVS_EDIT_DEL,
};

/* Has set room for it? Configuration mutex, as the following. */
bool nfvs_dset_can_edit(const struct nfvs_dset *set, const struct nfvs_dest *dest,
			enum nfvs_edit edit);
/*
 * The pointer switch of such a commit: packets choose by the old state before the
 * scheduler has been told, by the new one after it. Nothing allocates or fails,
 * and its cost does not depend on the number of slots but for a logarithm.
 */
void nfvs_dset_edit(struct nfvs_dset *set, struct nfvs_dest *dest, enum nfvs_edit edit);
/* Never published. NULL-safe. */
void nfvs_dset_free(struct nfvs_dset *set);
/* After a grace period. NULL-safe. */
void nfvs_dset_free_rcu(struct nfvs_dset *set);

#endif /* _NFVS_SERVICE_H */
