// SPDX-License-Identifier: GPL-2.0-only
/*
 * net.ipv4.vs: settings under the names of IPVS (compat.md 3). The same set on every
 * kernel. What a file accepts and refuses, and how, is what ip_vs does.
 */
#include "sysctl.h"

#include <linux/log2.h>
#include <linux/sched.h>
#include <linux/sched/isolation.h>
#include <linux/slab.h>
#include <linux/swap.h>

#include "ctl.h"
#include "dest.h"
#include "ipvs.h"
#include "net.h"

#include <linux/nf_vs.h>

/**
 * struct setting - a file
 * @name: of the file
 * @handler: NULL: any int
 * @offset: of the value in struct nfvs_net
 * @size: of the value; 0: an int
 * @is_host: read-only in namespaces of other user namespaces: it binds resources of
 *	     the host
 * @min: for proc_dointvec_minmax, as @max; handlers of ours find nn in extra2
 * @max: see @min
 */
struct setting {
	const char	*name;
	proc_handler	*handler;
	u16		offset;
	u16		size;
	bool		is_host;
	int		*min;
	int		*max;
};

static struct nfvs_net *nn_of(nfvs_ctl_table *ctl)
{
	return ctl->extra2;
}

/*
 * Handlers whose value needs a look before it is taken work on a copy: data is what
 * they fill in place of the value itself.
 */
static int copy_ints(nfvs_ctl_table *ctl, int *data, int write, void *buf, size_t *len,
		     loff_t *pos)
{
	struct ctl_table copy = { .data = data, .maxlen = ctl->maxlen, .mode = ctl->mode };

	return proc_dointvec(&copy, write, buf, len, pos);
}

static int set_conntrack(nfvs_ctl_table *ctl, int write, void *buf, size_t *len, loff_t *pos)
{
	int err = proc_dointvec(ctl, write, buf, len, pos);

	if (write && !err)
		nfvs_lease_length_update(nn_of(ctl));
	return err;
}

static int set_defense(nfvs_ctl_table *ctl, int write, void *buf, size_t *len, loff_t *pos)
{
	int *value = ctl->data;
	int new = READ_ONCE(*value);
	int err = copy_ints(ctl, &new, write, buf, len, pos);

	if (!write || err)
		return err;
	if (new < NFVS_DEFENSE_OFF || new > NFVS_DEFENSE_ALWAYS)
		return -EINVAL;
	WRITE_ONCE(*value, new);
	nfvs_defense_update(nn_of(ctl));
	return 0;
}

static int set_threshold(nfvs_ctl_table *ctl, int write, void *buf, size_t *len, loff_t *pos)
{
	struct nfvs_net *nn = nn_of(ctl);
	int *value = ctl->data;
	int new[2];
	int err;

	mutex_lock(&nn->config_mutex);
	memcpy(new, value, sizeof(new));
	err = copy_ints(ctl, new, write, buf, len, pos);
	if (write && !err) {
		if (new[0] < 0 || new[1] < 0 || (new[1] && new[0] >= new[1]))
			err = -EINVAL;
		else
			memcpy(value, new, sizeof(new));
	}
	mutex_unlock(&nn->config_mutex);
	return err;
}

static int set_ports(nfvs_ctl_table *ctl, int write, void *buf, size_t *len, loff_t *pos)
{
	int *value = ctl->data;
	int new = READ_ONCE(*value);
	int err = copy_ints(ctl, &new, write, buf, len, pos);

	if (!write || err)
		return err;
	if (new < 1 || !is_power_of_2(new))
		return -EINVAL;
	WRITE_ONCE(*value, new);
	return 0;
}

static struct nfvs_dest *create_bypass(struct nfvs_net *nn, u16 af)
{
	struct nfvs_dest_key key = {};
	struct nfvs_dest *dest;

	key.af = af;
	key.svc.af = af;
	dest = nfvs_dest_create(nn, &key);
	if (!IS_ERR(dest))
		set_bit(NFVS_DEST_F_AVAILABLE, &dest->flags);
	return dest;
}

/* What connections past all servers need; the first time somebody wants them. */
static int prepare_bypass(struct nfvs_net *nn)
{
	static const u16 families[] = { AF_INET, AF_INET6 };
	struct nfvs_dest *dest;
	int err = 0, i;

	mutex_lock(&nn->config_mutex);
	if (nn->dying)
		err = -ENODEV;
	if (!err)
		err = nfvs_net_prepare_fast(nn);
	for (i = 0; !err && i < ARRAY_SIZE(nn->ctl.bypass); i++) {
		if (nn->ctl.bypass[i])
			continue;
		dest = create_bypass(nn, families[i]);
		err = PTR_ERR_OR_ZERO(dest);
		if (!err)
			/* Partner: nfvs_input's READ_ONCE; what it depends on is in the object. */
			smp_store_release(&nn->ctl.bypass[i], dest);
	}
	mutex_unlock(&nn->config_mutex);
	return err;
}

static int set_bypass(nfvs_ctl_table *ctl, int write, void *buf, size_t *len, loff_t *pos)
{
	int *value = ctl->data;
	int new = READ_ONCE(*value);
	int err = copy_ints(ctl, &new, write, buf, len, pos);

	if (!write || err)
		return err;
	if (new)
		err = prepare_bypass(nn_of(ctl));
	if (!err)
		WRITE_ONCE(*value, new);
	return err;
}

static int set_nice(nfvs_ctl_table *ctl, int write, void *buf, size_t *len, loff_t *pos)
{
	int *value = ctl->data;
	int new = READ_ONCE(*value);
	int err = copy_ints(ctl, &new, write, buf, len, pos);

	if (!write || err)
		return err;
	if (new < MIN_NICE || new > MAX_NICE)
		return -EINVAL;
	WRITE_ONCE(*value, new);
	return 0;
}

static int write_cpulist(struct nfvs_net *nn, const char *text)
{
	struct nfvs_ipvs_ctl *ctl = &nn->ctl;
	cpumask_var_t new;
	int err;

	if (!zalloc_cpumask_var(&new, GFP_KERNEL))
		return -ENOMEM;
	err = cpulist_parse(text, new);
	if (err)
		goto out;
	mutex_lock(&nn->config_mutex);
	if (!ctl->has_est_cpulist && !zalloc_cpumask_var(&ctl->est_cpulist, GFP_KERNEL)) {
		err = -ENOMEM;
	} else {
		cpumask_and(ctl->est_cpulist, new, &current->cpus_mask);
		ctl->has_est_cpulist = true;
	}
	mutex_unlock(&nn->config_mutex);
out:
	free_cpumask_var(new);
	return err;
}

static size_t show_cpulist(struct nfvs_net *nn, char *text, size_t size)
{
	const struct cpumask *mask = housekeeping_cpumask(HK_TYPE_KTHREAD);
	size_t n;

	mutex_lock(&nn->config_mutex);
	if (nn->ctl.has_est_cpulist)
		mask = nn->ctl.est_cpulist;
	n = scnprintf(text, size, "%*pbl\n", cpumask_pr_args(mask));
	mutex_unlock(&nn->config_mutex);
	return n;
}

/* The core has room for a terminator behind *len in both directions. */
static int set_cpulist(nfvs_ctl_table *ctl, int write, void *buf, size_t *len, loff_t *pos)
{
	int err = 0;

	if (*pos || !*len) {
		*len = 0;
		return 0;
	}
	if (write)
		err = write_cpulist(nn_of(ctl), buf);
	else
		*len = show_cpulist(nn_of(ctl), buf, *len + 1);
	if (!err)
		*pos += *len;
	return err;
}

#define CTL(field)	.offset = offsetof(struct nfvs_net, ctl.field)
#define PLAIN(field)	{ #field, .offset = offsetof(struct nfvs_net, ctl.field) }

/* In the order of ip_vs, which nobody sees. */
static const struct setting settings[] = {
	PLAIN(amemthresh),
	PLAIN(am_droprate),
	{ "drop_entry", set_defense, CTL(drop_entry) },
	{ "drop_packet", set_defense, CTL(drop_packet) },
	{ "secure_tcp", set_defense, CTL(secure_tcp) },
	{ "conntrack", set_conntrack, CTL(conntrack) },
	PLAIN(snat_reroute),
	{ "sync_version", proc_dointvec_minmax, CTL(sync_version),
	  .min = SYSCTL_ZERO, .max = SYSCTL_ONE },
	{ "sync_ports", set_ports, CTL(sync_ports) },
	PLAIN(sync_persist_mode),
	{ "sync_qlen_max", proc_doulongvec_minmax, CTL(sync_qlen_max),
	  .size = sizeof(unsigned long), .is_host = true },
	{ "sync_sock_size", NULL, CTL(sync_sock_size), .is_host = true },
	{ "cache_bypass", set_bypass, CTL(cache_bypass) },
	PLAIN(expire_nodest_conn),
	PLAIN(sloppy_tcp),
	PLAIN(sloppy_sctp),
	{ "expire_quiescent_template", NULL,
	  offsetof(struct nfvs_net, expire_quiescent_template) },
	{ "sync_threshold", set_threshold, CTL(sync_threshold), .size = 2 * sizeof(int) },
	{ "sync_refresh_period", proc_dointvec_jiffies, CTL(sync_refresh_period) },
	{ "sync_retries", proc_dointvec_minmax, CTL(sync_retries),
	  .min = SYSCTL_ZERO, .max = SYSCTL_THREE },
	PLAIN(nat_icmp_send),
	PLAIN(pmtu_disc),
	PLAIN(backup_only),
	PLAIN(conn_reuse_mode),
	PLAIN(schedule_icmp),
	PLAIN(ignore_tunneled),
	{ "run_estimation", NULL, CTL(run_estimation), .is_host = true },
	{ "est_cpulist", set_cpulist, CTL(est_cpulist), .size = sizeof(cpumask_var_t),
	  .is_host = true },
	{ "est_nice", set_nice, CTL(est_nice), .is_host = true },
};

#undef CTL
#undef PLAIN

static void fill(struct ctl_table *to, const struct setting *from, struct nfvs_net *nn)
{
	bool is_foreign = nn->net->user_ns != &init_user_ns;

	to->procname = from->name;
	to->data = (void *)nn + from->offset;
	to->maxlen = from->size ?: sizeof(int);
	to->mode = from->is_host && is_foreign ? 0444 : 0644;
	to->proc_handler = from->handler ?: proc_dointvec;
	to->extra1 = from->min;
	to->extra2 = from->max;
	/* Those handlers of the core that look there take it for a limit. */
	if (!from->max && from->handler != proc_doulongvec_minmax)
		to->extra2 = nn;
}

static void set_defaults(struct nfvs_net *nn)
{
	nn->ctl.amemthresh = 1024;
	nn->ctl.am_droprate = 10;
	nn->ctl.snat_reroute = 1;
	nn->ctl.pmtu_disc = 1;
	nn->ctl.conn_reuse_mode = 1;
	nn->ctl.run_estimation = 1;
	nn->ctl.sync_version = 1;
	nn->ctl.sync_ports = 1;
	nn->ctl.sync_threshold[0] = 3;
	nn->ctl.sync_threshold[1] = 50;
	nn->ctl.sync_qlen_max = nr_free_buffer_pages() / 32;
}

void nfvs_ipvs_sysctl_init(struct nfvs_net *nn)
{
	struct ctl_table *table;
	int i;

	set_defaults(nn);
	nfvs_defense_init(nn);
	if (!nfvs_compat)
		return;
	table = kcalloc(ARRAY_SIZE(settings) + 1, sizeof(*table), GFP_KERNEL);
	if (!table)
		return;
	for (i = 0; i < ARRAY_SIZE(settings); i++)
		fill(&table[i], &settings[i], nn);
	nn->ipvs_sysctl = nfvs_register_sysctl(nn->net, "net/ipv4/vs", table,
					       ARRAY_SIZE(settings));
	if (!nn->ipvs_sysctl)
		kfree(table);
}

/* No packets and no changes of the configuration any more. */
void nfvs_ipvs_sysctl_uninit(struct nfvs_net *nn)
{
	const struct ctl_table *table;
	int i;

	if (nn->ipvs_sysctl) {
		table = nn->ipvs_sysctl->ctl_table_arg;
		unregister_net_sysctl_table(nn->ipvs_sysctl);
		kfree(table);
	}
	/* Nobody can switch them on any more. */
	nfvs_defense_uninit(nn);
	for (i = 0; i < ARRAY_SIZE(nn->ctl.bypass); i++)
		nfvs_dest_put(nn->ctl.bypass[i]);
	if (nn->ctl.has_est_cpulist)
		free_cpumask_var(nn->ctl.est_cpulist);
}
