// SPDX-License-Identifier: GPL-2.0-only
/* /proc/net/ip_vs*: the files, for programs written for ip_vs (compat.md 2). */
#include "ipvs_proc.h"

#include <linux/in.h>
#include <linux/proc_fs.h>

#include "ipvs.h"
#include "net.h"

const char *nfvs_ipvs_proto_name(u16 proto, char *buf)
{
	switch (proto) {
	case IPPROTO_IP:
		return "IP";
	case IPPROTO_ICMP:
		return "ICMP";
	case IPPROTO_TCP:
		return "TCP";
	case IPPROTO_UDP:
		return "UDP";
	case IPPROTO_ICMPV6:
		return "ICMPv6";
	case IPPROTO_SCTP:
		return "SCTP";
	default:
		snprintf(buf, NFVS_PROTO_NAME_LEN, "IP_%u", proto);
		return buf;
	}
}

/* No helpers for protocols so far. */
static int app_show(struct seq_file *seq, void *v)
{
	seq_puts(seq, "prot port    usecnt name\n");
	return 0;
}

static const struct {
	const char			*name;
	int				(*show)(struct seq_file *seq, void *v);
	const struct seq_operations	*ops;
	unsigned int			state_size;
} files[] = {
	{ "ip_vs", .ops = &nfvs_proc_svc_ops, .state_size = sizeof(struct nfvs_proc_svcs) },
	{ "ip_vs_app", .show = app_show },
	{ "ip_vs_conn", .ops = &nfvs_proc_conn_ops, .state_size = sizeof(struct nfvs_proc_conns) },
	{ "ip_vs_conn_sync", .ops = &nfvs_proc_conn_sync_ops,
	  .state_size = sizeof(struct nfvs_proc_conns) },
	{ "ip_vs_stats", .show = nfvs_proc_stats_show },
	{ "ip_vs_stats_percpu", .show = nfvs_proc_stats_percpu_show },
};

static bool has_files(void)
{
	return IS_ENABLED(CONFIG_PROC_FS) && nfvs_compat;
}

static void remove_some(struct nfvs_net *nn, int n)
{
	while (n--)
		remove_proc_entry(files[n].name, nn->net->proc_net);
}

int nfvs_ipvs_proc_init(struct nfvs_net *nn)
{
	struct proc_dir_entry *dir = nn->net->proc_net;
	const void *file;
	int i;

	if (!has_files())
		return 0;
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		if (files[i].ops)
			file = proc_create_net(files[i].name, 0444, dir, files[i].ops,
					       files[i].state_size);
		else
			file = proc_create_net_single(files[i].name, 0444, dir, files[i].show,
						      NULL);
		if (!file) {
			remove_some(nn, i);
			return -ENOMEM;
		}
	}
	return 0;
}

void nfvs_ipvs_proc_uninit(struct nfvs_net *nn)
{
	if (has_files())
		remove_some(nn, ARRAY_SIZE(files));
}
