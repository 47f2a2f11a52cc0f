// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attaching to devices. All of it happens under RTNL, by the device notifier or
 * by the configuration (which takes RTNL inside its mutex; the notifier takes
 * no mutex of ours). Packets look nfvs_net.ingress up under RCU.
 */
#include "ingress.h"

#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "fastpath.h"
#include "net.h"

/*
 * The director's own packets and those of a VRF, which come by a second time
 * with another device, always go through the stack.
 */
static bool is_eligible(const struct net_device *dev)
{
	return !(dev->flags & IFF_LOOPBACK) && !netif_is_l3_master(dev);
}

static bool is_used(struct nfvs_net *nn, u16 id)
{
	struct nfvs_ingress *in;
	unsigned long ifindex;

	xa_for_each(&nn->ingress, ifindex, in)
		if (in->id == id)
			return true;
	return false;
}

/*
 * A lease names a device by id: the next one is taken, so that one given back
 * is not used again before all leases for it are long over. Only after the last
 * one does it matter which are in use.
 */
static bool find_id(struct nfvs_net *nn, u16 *id)
{
	u32 tries;

	for (tries = 0; tries <= U16_MAX; tries++) {
		nn->last_ingress_id++;
		*id = nn->last_ingress_id;
		if (*id && (nn->last_ingress_id <= U16_MAX || !is_used(nn, *id)))
			return true;
	}
	return false;
}

static struct nfvs_ingress __rcu **recent(struct nfvs_net *nn, unsigned long ifindex)
{
	return &nn->fast->recent[ifindex % NFVS_INGRESS_RECENT];
}

static int attach(struct nfvs_net *nn, struct net_device *dev)
{
	struct nfvs_ingress *in;
	int err;

	in = kzalloc(sizeof(*in), GFP_KERNEL);
	if (!in)
		return -ENOMEM;
	err = -ENOSPC;
	if (!find_id(nn, &in->id))
		goto err_free;
	in->nn = nn;
	in->ops.hook = nfvs_fastpath;
	in->ops.priv = in;
	in->ops.dev = dev;
	in->ops.pf = NFPROTO_NETDEV;
	in->ops.hooknum = NF_NETDEV_INGRESS;
	in->ops.priority = NFVS_INGRESS_PRIORITY;
	err = xa_err(xa_store(&nn->ingress, dev->ifindex, in, GFP_KERNEL));
	if (err)
		goto err_free;
	err = nf_register_net_hook(nn->net, &in->ops);
	if (err)
		goto err_erase;
	rcu_assign_pointer(*recent(nn, dev->ifindex), in);
	return 0;

err_erase:
	xa_erase(&nn->ingress, dev->ifindex);
err_free:
	kfree_rcu(in, rcu);
	return err;
}

static void detach(struct nfvs_net *nn, unsigned long ifindex)
{
	struct nfvs_ingress *in = xa_erase(&nn->ingress, ifindex);

	if (!in)
		return;
	if (rtnl_dereference(*recent(nn, ifindex)) == in)
		RCU_INIT_POINTER(*recent(nn, ifindex), NULL);
	nf_unregister_net_hook(nn->net, &in->ops);
	kfree_rcu(in, rcu);
}

static void detach_all(struct nfvs_net *nn)
{
	struct nfvs_ingress *in;
	unsigned long ifindex;

	nn->has_ingress = false;
	xa_for_each(&nn->ingress, ifindex, in)
		detach(nn, ifindex);
}

int nfvs_ingress_enable(struct nfvs_net *nn)
{
	struct net_device *dev;
	int err = 0;

	lockdep_assert_held(&nn->config_mutex);

	/* Written under both locks: only who has something to do waits for RTNL. */
	if (nn->has_ingress)
		return 0;
	rtnl_lock();
	nn->has_ingress = true;
	for_each_netdev(nn->net, dev) {
		if (!is_eligible(dev))
			continue;
		err = attach(nn, dev);
		if (err) {
			detach_all(nn);
			break;
		}
	}
	rtnl_unlock();
	return err;
}

void nfvs_ingress_disable(struct nfvs_net *nn)
{
	lockdep_assert_held(&nn->config_mutex);

	if (!nn->has_ingress)
		return;
	rtnl_lock();
	detach_all(nn);
	rtnl_unlock();
}

/* Without memory its packets go through the stack. */
void nfvs_ingress_device_added(struct nfvs_net *nn, struct net_device *dev)
{
	ASSERT_RTNL();

	if (!nn->has_ingress || !is_eligible(dev) || xa_load(&nn->ingress, dev->ifindex))
		return;
	if (attach(nn, dev))
		netdev_warn(dev, "nf_vs: no memory for the fast path\n");
}

/* The core may repeat this after another device has got the number. */
void nfvs_ingress_device_removed(struct nfvs_net *nn, struct net_device *dev)
{
	const struct nfvs_ingress *in;

	ASSERT_RTNL();
	in = xa_load(&nn->ingress, dev->ifindex);
	if (in && in->ops.dev == dev)
		detach(nn, dev->ifindex);
}

u16 nfvs_ingress_id(struct nfvs_net *nn, const struct net_device *dev)
{
	const struct nfvs_ingress *in = rcu_dereference(*recent(nn, dev->ifindex));

	if (unlikely(!in || in->ops.dev != dev))
		in = xa_load(&nn->ingress, dev->ifindex);
	return in && in->ops.dev == dev ? in->id : 0;
}

void nfvs_ingress_init(struct nfvs_net *nn)
{
	xa_init(&nn->ingress);
}

void nfvs_ingress_uninit(struct nfvs_net *nn)
{
	xa_destroy(&nn->ingress);
}
