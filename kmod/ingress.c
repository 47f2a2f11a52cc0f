// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attaching to devices. All of it happens under RTNL, by the device notifier, by
 * the configuration (which takes RTNL inside its mutex; the notifier takes no
 * mutex of ours), or by the work that packets ask for. Packets look
 * nfvs_net.ingress up under RCU.
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

static int add(struct nfvs_net *nn, struct net_device *dev)
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
	rcu_assign_pointer(*recent(nn, dev->ifindex), in);
	return 0;

err_free:
	kfree(in);
	return err;
}

static void del(struct nfvs_net *nn, unsigned long ifindex)
{
	struct nfvs_ingress *in = xa_erase(&nn->ingress, ifindex);

	if (!in)
		return;
	if (rtnl_dereference(*recent(nn, ifindex)) == in)
		RCU_INIT_POINTER(*recent(nn, ifindex), NULL);
	if (in->is_attached)
		nf_unregister_net_hook(nn->net, &in->ops);
	kfree_rcu(in, rcu);
}

static void del_all(struct nfvs_net *nn)
{
	struct nfvs_ingress *in;
	unsigned long ifindex;

	nn->has_ingress = false;
	xa_for_each(&nn->ingress, ifindex, in)
		del(nn, ifindex);
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
		err = add(nn, dev);
		if (err) {
			del_all(nn);
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
	del_all(nn);
	rtnl_unlock();
}

/* Without memory its packets go through the stack. */
void nfvs_ingress_device_added(struct nfvs_net *nn, struct net_device *dev)
{
	ASSERT_RTNL();

	if (!nn->has_ingress || !is_eligible(dev) || xa_load(&nn->ingress, dev->ifindex))
		return;
	if (add(nn, dev))
		netdev_warn(dev, "nf_vs: no memory for the fast path\n");
}

/* The core may repeat this after another device has got the number. */
void nfvs_ingress_device_removed(struct nfvs_net *nn, struct net_device *dev)
{
	const struct nfvs_ingress *in;

	ASSERT_RTNL();
	in = xa_load(&nn->ingress, dev->ifindex);
	if (in && in->ops.dev == dev)
		del(nn, dev->ifindex);
}

static void attach_wanted(struct work_struct *work)
{
	struct nfvs_net *nn = container_of(work, struct nfvs_net, ingress_work);
	struct nfvs_ingress *in;
	unsigned long ifindex;

	rtnl_lock();
	xa_for_each(&nn->ingress, ifindex, in) {
		if (!READ_ONCE(in->is_wanted) || in->is_attached)
			continue;
		if (nf_register_net_hook(nn->net, &in->ops)) {
			netdev_warn_once(in->ops.dev, "nf_vs: no memory for the fast path\n");
			/* The next packet asks again. */
			WRITE_ONCE(in->is_wanted, false);
			continue;
		}
		WRITE_ONCE(in->is_attached, true);
	}
	rtnl_unlock();
}

static void want(struct nfvs_net *nn, struct nfvs_ingress *in)
{
	if (READ_ONCE(in->is_wanted))
		return;
	WRITE_ONCE(in->is_wanted, true);
	queue_work(system_unbound_wq, &nn->ingress_work);
}

u16 nfvs_ingress_id(struct nfvs_net *nn, const struct net_device *dev)
{
	struct nfvs_ingress *in = rcu_dereference(*recent(nn, dev->ifindex));

	if (unlikely(!in || in->ops.dev != dev))
		in = xa_load(&nn->ingress, dev->ifindex);
	if (unlikely(!in || in->ops.dev != dev))
		return 0;
	if (likely(READ_ONCE(in->is_attached)))
		return in->id;
	want(nn, in);
	return 0;
}

void nfvs_ingress_init(struct nfvs_net *nn)
{
	xa_init(&nn->ingress);
	INIT_WORK(&nn->ingress_work, attach_wanted);
}

void nfvs_ingress_uninit(struct nfvs_net *nn)
{
	/* It is empty: what packets have asked for finds nothing. */
	cancel_work_sync(&nn->ingress_work);
	xa_destroy(&nn->ingress);
}
