/* SPDX-License-Identifier: GPL-2.0-only */
/* A change set being executed: what it touched, and how it ends. */
#ifndef _NFVS_CONFIG_TXN_H
#define _NFVS_CONFIG_TXN_H

#include "config.h"

/**
 * struct nfvs_txn - a running transaction; configuration mutex held throughout
 *
 * config.c executes the changes on the control plane's view at once: lists,
 * nfvs_svc.conf and present, nfvs_dest.svc, id and conf. Packets see none of
 * that. The first touch of an object saves its state in the object, which makes
 * going back possible without a log: order in lists is order of ids.
 * Then either nfvs_txn_prepare() and nfvs_txn_commit(), or nfvs_txn_rollback().
 *
 * @nn: namespace
 * @extack: for refusals
 * @svcs: touched services, by txn.link
 * @dests: touched destinations, by txn.link
 * @last_svc: the one changed last, or NULL
 * @last_id: nfvs_net.last_id before the first change
 * @edit: all there is to do in the published set of the only service, for the only
 *	  destination touched; NFVS_EDIT_NONE if services get new sets
 * @zero_all: the namespace's own counters begin anew
 * @timeouts: as nfvs_change.timeouts; 0 = unchanged
 */
struct nfvs_txn {
	struct nfvs_net		*nn;
	struct netlink_ext_ack	*extack;
	struct list_head	svcs;
	struct list_head	dests;
	struct nfvs_svc		*last_svc;
	u64			last_id;
	enum nfvs_edit		edit;
	bool			zero_all;
	u32			timeouts[3];
};

void nfvs_txn_init(struct nfvs_txn *txn, struct nfvs_net *nn, struct netlink_ext_ack *extack);

/* Before the first change of an object, and any number of times after it. */
void nfvs_txn_touch_svc(struct nfvs_txn *txn, struct nfvs_svc *svc);
void nfvs_txn_touch_dest(struct nfvs_txn *txn, struct nfvs_dest *dest);

/**
 * nfvs_txn_prepare() - allocates everything that the commit needs
 * Return: 0, or -errno: nfvs_txn_rollback() must follow.
 */
int nfvs_txn_prepare(struct nfvs_txn *txn);
/* Publishes; cannot fail. */
void nfvs_txn_commit(struct nfvs_txn *txn);
/* Restores the state before the transaction. */
void nfvs_txn_rollback(struct nfvs_txn *txn);

#endif /* _NFVS_CONFIG_TXN_H */
