/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The devices of a namespace whose packets the fast path may see first. A hook
 * costs every packet of its device, so a device gets one when the first lease
 * for it is asked for: one that no balanced connection uses pays nothing.
 */
#ifndef _NFVS_INGRESS_H
#define _NFVS_INGRESS_H

#include <linux/netfilter.h>
#include <linux/rcupdate.h>

struct net_device;
struct nfvs_net;

/**
 * struct nfvs_ingress - our hook on one device
 * @ops: what netfilter calls for each packet that the device received
 * @nn: the device's namespace
 * @id: names the device in leases; not 0, unique among the devices of now
 * @is_wanted: a lease was asked for; any context
 * @is_attached: @ops is registered; RTNL to write, READ_ONCE
 * @rcu: for freeing; packets may be inside the hook until a grace period later
 */
struct nfvs_ingress {
	struct nf_hook_ops	ops;
	struct nfvs_net		*nn;
	u16			id;
	bool			is_wanted;
	bool			is_attached;
	struct rcu_head		rcu;
};

/*
 * Gets ready for every device of the namespace, and for those that appear from now
 * on; 0 or -ENOMEM. Process context, without RTNL. Idempotent, both.
 */
int nfvs_ingress_enable(struct nfvs_net *nn);
void nfvs_ingress_disable(struct nfvs_net *nn);
/* Of the device notifier, under RTNL: comes, goes. */
void nfvs_ingress_device_added(struct nfvs_net *nn, struct net_device *dev);
void nfvs_ingress_device_removed(struct nfvs_net *nn, struct net_device *dev);

/*
 * For a lease: the device's id, 0 if its packets are not seen; then they will be,
 * unless it is of a kind that is not eligible. RCU read side, BH off.
 */
u16 nfvs_ingress_id(struct nfvs_net *nn, const struct net_device *dev);

void nfvs_ingress_init(struct nfvs_net *nn);
void nfvs_ingress_uninit(struct nfvs_net *nn);

#endif /* _NFVS_INGRESS_H */
