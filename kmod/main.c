// SPDX-License-Identifier: GPL-2.0-only
/* Module init and exit: each step undone in reverse. */
#include <linux/module.h>
#include <linux/rcupdate.h>

#include "config.h"
#include "conn.h"
#include "dest.h"
#include "ipvs.h"
#include "net.h"
#include "persist.h"
#include "route.h"
#include "service.h"

static int __init nfvs_init(void)
{
	int err;

	err = nfvs_ipvs_names_init();
	if (err)
		return err;
	err = nfvs_conn_cache_init();
	if (err)
		goto err_names;
	err = nfvs_tpl_cache_init();
	if (err)
		goto err_conn_cache;
	err = nfvs_dest_cache_init();
	if (err)
		goto err_tpl_cache;
	err = nfvs_egress_cache_init();
	if (err)
		goto err_dest_cache;
	err = nfvs_svc_cache_init();
	if (err)
		goto err_egress_cache;
	err = nfvs_net_init();
	if (err)
		goto err_svc_cache;
	err = nfvs_netlink_init();
	if (err)
		goto err_net;
	err = nfvs_ipvs_genl_init();
	if (err)
		goto err_netlink;
	return 0;

err_netlink:
	nfvs_netlink_uninit();
err_net:
	nfvs_net_uninit();
	rcu_barrier();
err_svc_cache:
	nfvs_svc_cache_uninit();
err_egress_cache:
	nfvs_egress_cache_uninit();
err_dest_cache:
	nfvs_dest_cache_uninit();
err_tpl_cache:
	nfvs_tpl_cache_uninit();
err_conn_cache:
	nfvs_conn_cache_uninit();
err_names:
	nfvs_ipvs_names_uninit();
	return err;
}

/*
 * The families go first: no new configuration. The namespaces' exit removes
 * services, hooks and connections. What waits in RCU callbacks may queue
 * further ones (a connection's end drops a destination): hence two barriers.
 */
static void __exit nfvs_exit(void)
{
	nfvs_ipvs_genl_uninit();
	nfvs_netlink_uninit();
	nfvs_net_uninit();
	rcu_barrier();
	rcu_barrier();
	nfvs_svc_cache_uninit();
	nfvs_egress_cache_uninit();
	nfvs_dest_cache_uninit();
	nfvs_tpl_cache_uninit();
	nfvs_conn_cache_uninit();
	nfvs_ipvs_names_uninit();
}

module_init(nfvs_init);
module_exit(nfvs_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Layer-4 load balancer (virtual server)");
MODULE_VERSION("0.1");
