// SPDX-License-Identifier: GPL-2.0-only
/* Birth and end of our part of a network namespace. */
#include "net.h"

#include <linux/netdevice.h>
#include <linux/slab.h>
#include <net/netns/generic.h>

#include "config.h"
#include "conn.h"
#include "dest.h"
#include "fastpath.h"
#include "ingress.h"
#include "ipvs.h"
#include "service.h"
#include "sysctl.h"

static unsigned int nfvs_net_id __ro_after_init;

struct nfvs_net *nfvs_net(const struct net *net)
{
	return net_generic(net, nfvs_net_id);
}

int nfvs_net_prepare_fast(struct nfvs_net *nn)
{
	struct nfvs_fast *fast;
	int err;

	if (nn->fast)
		return 0;
	err = nfvs_conn_table_prepare(nn);
	if (!err)
		err = nfvs_svc_table_prepare(nn);
	if (!err)
		err = nfvs_dest_table_prepare(nn);
	if (err)
		return err;
	fast = kvzalloc(sizeof(*fast), GFP_KERNEL_ACCOUNT);
	if (!fast)
		return -ENOMEM;
	spin_lock_init(&fast->lock);
	nfvs_ways_init(&fast->ways);
	nfvs_hooks_init(nn, fast);
	/* Partner: device_gone(), which holds no mutex of ours. */
	smp_store_release(&nn->fast, fast);
	return 0;
}

static u32 addr_hash(enum nfvs_filter_role role, u16 af, const union nf_inet_addr *addr)
{
	return af == AF_INET6 ? nfvs_filter_hash6(role, &addr->in6) :
				nfvs_filter_hash4(role, addr->ip);
}

void nfvs_net_add_addr(struct nfvs_net *nn, enum nfvs_filter_role role, u16 af,
		       const union nf_inet_addr *addr)
{
	spin_lock_bh(&nn->fast->lock);
	nfvs_filter_add(&nn->fast->filter, addr_hash(role, af, addr));
	spin_unlock_bh(&nn->fast->lock);
}

void nfvs_net_del_addr(struct nfvs_net *nn, enum nfvs_filter_role role, u16 af,
		       const union nf_inet_addr *addr)
{
	spin_lock_bh(&nn->fast->lock);
	nfvs_filter_del(&nn->fast->filter, addr_hash(role, af, addr));
	spin_unlock_bh(&nn->fast->lock);
}

static int __net_init net_init_one(struct net *net)
{
	struct nfvs_net *nn = nfvs_net(net);
	int err;

	nn->net = net;
	mutex_init(&nn->config_mutex);
	INIT_LIST_HEAD(&nn->svc_list);
	nfvs_timeouts_init(&nn->timeouts);
	nfvs_est_init(nn);
	nfvs_ingress_init(nn);

	err = nfvs_counters_init(nn);
	if (err)
		return err;
	err = nfvs_stats_pool_init(&nn->stats_pool);
	if (err)
		goto err_counters;
	get_random_bytes(&nn->hash_seed, sizeof(nn->hash_seed));
	nfvs_conn_table_init(nn);
	err = nfvs_sysctl_init(nn);
	if (err)
		goto err_stats_pool;
	err = nfvs_ipvs_proc_init(nn);
	if (err)
		goto err_sysctl;
	nfvs_ipvs_sysctl_init(nn);
	return 0;

err_sysctl:
	nfvs_sysctl_uninit(nn);
err_stats_pool:
	nfvs_stats_pool_uninit(&nn->stats_pool);
err_counters:
	nfvs_counters_uninit(nn);
	return err;
}

/*
 * First phase: services and hooks go. The core waits for a grace period before
 * the second one, so that no packet is inside our hooks then.
 */
static void __net_exit net_pre_exit_one(struct net *net)
{
	/* Whoever reads these has ended when that returns. */
	nfvs_ipvs_proc_uninit(nfvs_net(net));
	nfvs_config_shutdown(nfvs_net(net));
}

/*
 * Second phase. Connections refer to destinations, and batches of dead ones
 * wait in RCU callbacks for the same destinations: the barrier comes between
 * stopping the scanner (inside nfvs_conn_table_uninit) and the end of the
 * destination table. Three of them, because each link of the chain connection
 * -> destination -> route is let go by the RCU callback of the one before, and
 * IPv6 routes must be gone before the namespace's IPv6 goes.
 */
static void __net_exit net_exit_all(struct list_head *nets)
{
	struct net *net;

	list_for_each_entry(net, nets, exit_list) {
		nfvs_ipvs_sysctl_uninit(nfvs_net(net));
		nfvs_est_uninit(nfvs_net(net));
		nfvs_conn_table_uninit(nfvs_net(net));
		if (nfvs_net(net)->fast)
			nfvs_ways_flush(&nfvs_net(net)->fast->ways);
	}
	rcu_barrier();
	rcu_barrier();
	rcu_barrier();
	list_for_each_entry(net, nets, exit_list) {
		nfvs_dest_table_uninit(nfvs_net(net));
		nfvs_svc_table_uninit(nfvs_net(net));
		nfvs_stats_pool_uninit(&nfvs_net(net)->stats_pool);
		nfvs_counters_uninit(nfvs_net(net));
		nfvs_sysctl_uninit(nfvs_net(net));
		nfvs_ingress_uninit(nfvs_net(net));
		kvfree(nfvs_net(net)->fast);
	}
}

static struct pernet_operations net_ops = {
	.init		= net_init_one,
	.pre_exit	= net_pre_exit_one,
	.exit_batch	= net_exit_all,
	.id		= &nfvs_net_id,
	.size		= sizeof(struct nfvs_net),
};

/*
 * Under RTNL. Routes built meanwhile may refer to the device once more: the
 * core repeats the event until it is free. Without nn->config_mutex, which a
 * large change set holds for long: nn->dying is set a grace period before the
 * table is destroyed.
 */
static void device_gone(struct nfvs_net *nn, struct net_device *dev)
{
	struct nfvs_fast *fast;

	nfvs_ingress_device_removed(nn, dev);
	rcu_read_lock();
	if (!READ_ONCE(nn->dying)) {
		nfvs_dest_forget_routes(nn);
		fast = READ_ONCE(nn->fast);
		if (fast)
			nfvs_ways_flush(&fast->ways);
	}
	rcu_read_unlock();
}

static int device_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct nfvs_net *nn = nfvs_net(dev_net(dev));

	if (event == NETDEV_REGISTER)
		nfvs_ingress_device_added(nn, dev);
	else if (event == NETDEV_UNREGISTER)
		device_gone(nn, dev);
	return NOTIFY_DONE;
}

static struct notifier_block device_notifier = {
	.notifier_call	= device_event,
};

int __init nfvs_net_init(void)
{
	int err;

	err = register_pernet_subsys(&net_ops);
	if (err)
		return err;
	err = register_netdevice_notifier(&device_notifier);
	if (err)
		unregister_pernet_subsys(&net_ops);
	return err;
}

void nfvs_net_uninit(void)
{
	unregister_netdevice_notifier(&device_notifier);
	unregister_pernet_subsys(&net_ops);
}
