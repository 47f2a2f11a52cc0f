// SPDX-License-Identifier: GPL-2.0-only
/* Birth and end of our part of a network namespace. */
#include "net.h"

#include <linux/netdevice.h>
#include <net/netns/generic.h>

#include "config.h"
#include "conn.h"
#include "dest.h"
#include "service.h"

static unsigned int nfvs_net_id __ro_after_init;

struct nfvs_net *nfvs_net(const struct net *net)
{
	return net_generic(net, nfvs_net_id);
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

	err = nfvs_counters_init(nn);
	if (err)
		return err;
	err = nfvs_conn_table_init(nn);
	if (err)
		goto err_counters;
	err = nfvs_dest_table_init(nn);
	if (err)
		goto err_conns;
	err = nfvs_svc_table_init(nn);
	if (err)
		goto err_dests;
	return 0;

err_dests:
	nfvs_dest_table_uninit(nn);
err_conns:
	nfvs_conn_table_uninit(nn);
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
		nfvs_est_uninit(nfvs_net(net));
		nfvs_conn_table_uninit(nfvs_net(net));
	}
	rcu_barrier();
	rcu_barrier();
	rcu_barrier();
	list_for_each_entry(net, nets, exit_list) {
		nfvs_dest_table_uninit(nfvs_net(net));
		nfvs_svc_table_uninit(nfvs_net(net));
		nfvs_counters_uninit(nfvs_net(net));
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
static int device_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct nfvs_net *nn = nfvs_net(dev_net(netdev_notifier_info_to_dev(ptr)));

	if (event != NETDEV_UNREGISTER)
		return NOTIFY_DONE;
	rcu_read_lock();
	if (!READ_ONCE(nn->dying))
		nfvs_dest_forget_routes(nn);
	rcu_read_unlock();
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
