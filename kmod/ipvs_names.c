// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whose the names of IPVS are: the netlink family, /proc/net/ip_vs* and net.ipv4.vs
 * belong to the module that came first, ip_vs or this one.
 */
#include "ipvs.h"

#include <linux/module.h>
#include <linux/notifier.h>
#include <net/genetlink.h>
#include <linux/ip_vs.h>

bool nfvs_compat __ro_after_init = true;
module_param_named(compat, nfvs_compat, bool, 0444);
MODULE_PARM_DESC(compat, "answer to the names of ip_vs, too (default on)");

/*
 * ip_vs would find its names taken, warn of that with a backtrace and fail as if memory
 * had run out. Something may want it whatever modprobe.d says: xt_ipvs depends on it.
 */
static int refuse_ip_vs(struct notifier_block *nb, unsigned long state, void *data)
{
	const struct module *mod = data;

	if (state != MODULE_STATE_COMING || strcmp(mod->name, "ip_vs"))
		return NOTIFY_DONE;
	pr_notice("ip_vs is not loaded beside nf_vs, which has its names (but with compat=0)\n");
	return notifier_from_errno(-EBUSY);
}

static struct notifier_block modules = {
	.notifier_call = refuse_ip_vs,
};

/* Who has the family has the rest, too, which cannot be tried without noise in the log. */
static bool __init is_taken(void)
{
	static struct genl_family probe __initdata = {
		.name	= IPVS_GENL_NAME,
		.module	= THIS_MODULE,
	};
	int err = genl_register_family(&probe);

	if (!err)
		genl_unregister_family(&probe);
	return err == -EEXIST;
}

int __init nfvs_ipvs_names_init(void)
{
	int err;

	if (!nfvs_compat)
		return 0;
	err = register_module_notifier(&modules);
	if (err || !is_taken())
		return err;
	unregister_module_notifier(&modules);
	pr_info("ip_vs is loaded: the names of IPVS are left to it\n");
	nfvs_compat = false;
	return 0;
}

void nfvs_ipvs_names_uninit(void)
{
	if (nfvs_compat)
		unregister_module_notifier(&modules);
}
