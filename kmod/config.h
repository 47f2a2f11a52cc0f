/* SPDX-License-Identifier: GPL-2.0-only */
/* Change sets: all configuration passes here. */
#ifndef _NFVS_CONFIG_H
#define _NFVS_CONFIG_H

#include <linux/netlink.h>

#include "dest.h"
#include "sched.h"
#include "service.h"

enum nfvs_op {
	NFVS_OP_NEW_SERVICE,
	NFVS_OP_SET_SERVICE,
	NFVS_OP_DEL_SERVICE,
	NFVS_OP_NEW_DEST,
	NFVS_OP_SET_DEST,
	NFVS_OP_DEL_DEST,
	NFVS_OP_FLUSH,
	NFVS_OP_ZERO,
	NFVS_OP_SET_CONFIG,
};

/**
 * struct nfvs_change - one wished change, as a codec decoded it
 * @op: which
 * @svc: identity of the service (all but FLUSH, SET_CONFIG; ZERO: if @has_svc)
 * @has_svc: for ZERO
 * @goes_on: @svc is that of the change before
 * @svc_conf: NEW/SET_SERVICE; no @sched: the name was not known (-ENOENT)
 * @flags_mask: NEW/SET_SERVICE: the others keep the value they have
 * @keep_fastpath: SET_SERVICE: so does no_fastpath; the family IPVS has no word for it
 * @addr, @port, @af: identity of the destination in the service
 * @conf: NEW/SET_DEST
 * @timeouts: SET_CONFIG: seconds, 0 = unchanged: tcp, tcp_fin, udp
 * @at: what to point at in error reports; each may be NULL, @at.op stands in
 *	for the others
 */
struct nfvs_change {
	enum nfvs_op			op;
	struct nfvs_svc_key		svc;
	bool				has_svc;
	bool				goes_on;
	struct nfvs_svc_conf		svc_conf;
	u32				flags_mask;
	bool				keep_fastpath;
	union nf_inet_addr		addr;
	__be16				port;
	u16				af;
	struct nfvs_dest_conf		conf;
	u32				timeouts[3];
	struct {
		const struct nlattr	*op;
		const struct nlattr	*svc;
		const struct nlattr	*sched;
		const struct nlattr	*pe;
		const struct nlattr	*netmask;
		const struct nlattr	*dest;
		const struct nlattr	*addr;
		const struct nlattr	*weight;
		const struct nlattr	*method;
		const struct nlattr	*upper;
		const struct nlattr	*lower;
		const struct nlattr	*timeouts[3];
	} at;
};

/**
 * struct nfvs_changes - where changes come from, one after the other
 * @next: the next one, good until the next call; NULL after the last, ERR_PTR() with
 *	  extack filled when it cannot be decoded; extack may be NULL
 * @rewind: the next one is the first again
 *
 * Context: process; both are called with nn->config_mutex held.
 */
struct nfvs_changes {
	const struct nfvs_change *(*next)(struct nfvs_changes *from,
					  struct netlink_ext_ack *extack);
	void (*rewind)(struct nfvs_changes *from);
};

/**
 * nfvs_config_apply() - carries out a change set, all or nothing
 * @nn: namespace
 * @from: changes, in order; later ones see the effect of earlier ones
 * @extack: filled on error
 *
 * Prepares everything (may fail: nothing has changed then), then commits
 * (cannot fail): one pointer switch per touched service. Sends one event per
 * change. Packets see the old or the new destinations of a service, never a
 * mixture.
 *
 * Context: process; takes nn->config_mutex.
 * Return: 0; -EEXIST, -ESRCH (service), -ENOENT (destination), -EINVAL,
 *	   -ERANGE, -EAFNOSUPPORT as compat.md 1.8; -EOPNOTSUPP; -ENOMEM; -ESHUTDOWN when the
 *	   namespace is going away; what @from could not decode.
 */
int nfvs_config_apply(struct nfvs_net *nn, struct nfvs_changes *from,
		      struct netlink_ext_ack *extack);
/* The same for a single change. */
int nfvs_config_apply_one(struct nfvs_net *nn, const struct nfvs_change *chg,
			  struct netlink_ext_ack *extack);

/* Namespace exit: removes every service, no events, refuses what comes later. */
void nfvs_config_shutdown(struct nfvs_net *nn);

/* netlink.c: family and events. */
int nfvs_netlink_init(void);
void nfvs_netlink_uninit(void);
/* Is there anybody to tell? */
bool nfvs_netlink_has_listeners(const struct nfvs_net *nn);
/* Called by config.c after a commit, per change, configuration mutex held. */
void nfvs_netlink_notify(struct nfvs_net *nn, const struct nfvs_change *chg);

#endif /* _NFVS_CONFIG_H */
