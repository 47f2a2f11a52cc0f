// SPDX-License-Identifier: GPL-2.0-only
/* net.nf_vs: settings that IPVS does not have. */
#include "sysctl.h"

#include <linux/jiffies.h>
#include <linux/slab.h>

#include "lease.h"
#include "net.h"

enum {
	LEASE_MS_DEFAULT = 1000,
};

/* Rules that are added must not wait for longer. */
static int lease_ms_max = NFVS_LEASE_MAX_MS;

void nfvs_lease_length_update(struct nfvs_net *nn)
{
	u32 ms;

	/* Two settings may be changed at once: the later look sees both. */
	mutex_lock(&nn->config_mutex);
	ms = READ_ONCE(nn->lease_ms);
	/* Whoever wants to see all connections wants to see all packets. */
	if (READ_ONCE(nn->ctl.conntrack))
		ms = 0;
	WRITE_ONCE(nn->lease, ms ? max(msecs_to_jiffies(ms), 1UL) : 0);
	mutex_unlock(&nn->config_mutex);
}

static int set_lease(nfvs_ctl_table *ctl, int write, void *buf, size_t *len, loff_t *pos)
{
	struct nfvs_net *nn = container_of(ctl->data, struct nfvs_net, lease_ms);
	int err = proc_dointvec_minmax(ctl, write, buf, len, pos);

	if (write && !err)
		nfvs_lease_length_update(nn);
	return err;
}

static const struct ctl_table templates[] = {
	{
		.procname	= "fastpath_lease_ms",
		.maxlen		= sizeof(int),
		.mode		= 0644,
		.proc_handler	= set_lease,
		.extra1		= SYSCTL_ZERO,
		.extra2		= &lease_ms_max,
	},
};

int nfvs_sysctl_init(struct nfvs_net *nn)
{
	struct ctl_table *table;

	nn->lease_ms = LEASE_MS_DEFAULT;
	nfvs_lease_length_update(nn);

	table = kcalloc(ARRAY_SIZE(templates) + 1, sizeof(*table), GFP_KERNEL);
	if (!table)
		return -ENOMEM;
	memcpy(table, templates, sizeof(templates));
	table[0].data = &nn->lease_ms;
	nn->sysctl = nfvs_register_sysctl(nn->net, "net/nf_vs", table, ARRAY_SIZE(templates));
	if (!nn->sysctl) {
		kfree(table);
		return -ENOMEM;
	}
	return 0;
}

void nfvs_sysctl_uninit(struct nfvs_net *nn)
{
	const struct ctl_table *table = nn->sysctl->ctl_table_arg;

	unregister_net_sysctl_table(nn->sysctl);
	kfree(table);
}
