// SPDX-License-Identifier: GPL-2.0-only
/* net.ipv4.vs: settings under the names of IPVS (compat.md 3). */
#include "sysctl.h"

#include <linux/slab.h>

#include "ipvs.h"
#include "net.h"

static int set_conntrack(nfvs_ctl_table *ctl, int write, void *buf, size_t *len, loff_t *pos)
{
	struct nfvs_net *nn = container_of(ctl->data, struct nfvs_net, conntrack);
	int err = proc_dointvec(ctl, write, buf, len, pos);

	if (write && !err)
		nfvs_lease_length_update(nn);
	return err;
}

static const struct ctl_table templates[] = {
	{
		.procname	= "conntrack",
		.maxlen		= sizeof(int),
		.mode		= 0644,
		.proc_handler	= set_conntrack,
	},
};

void nfvs_ipvs_sysctl_init(struct nfvs_net *nn)
{
	struct ctl_table *table;

	if (!nfvs_compat)
		return;
	table = kcalloc(ARRAY_SIZE(templates) + 1, sizeof(*table), GFP_KERNEL);
	if (!table)
		return;
	memcpy(table, templates, sizeof(templates));
	table[0].data = &nn->conntrack;
	nn->ipvs_sysctl = nfvs_register_sysctl(nn->net, "net/ipv4/vs", table,
					       ARRAY_SIZE(templates));
	if (!nn->ipvs_sysctl)
		kfree(table);
}

void nfvs_ipvs_sysctl_uninit(struct nfvs_net *nn)
{
	const struct ctl_table *table;

	if (!nn->ipvs_sysctl)
		return;
	table = nn->ipvs_sysctl->ctl_table_arg;
	unregister_net_sysctl_table(nn->ipvs_sysctl);
	kfree(table);
}
