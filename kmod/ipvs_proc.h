/* SPDX-License-Identifier: GPL-2.0-only */
/* The files /proc/net/ip_vs*: what ipvs_proc.c makes files of. */
#ifndef _NFVS_IPVS_PROC_H
#define _NFVS_IPVS_PROC_H

#include <linux/seq_file.h>
#include <linux/seq_file_net.h>

#include "conn.h"
#include "service.h"

/**
 * struct nfvs_proc_conns - a reader of connections, and templates after them
 * @p: the namespace; comes first
 * @pos: number of the line that comes next
 * @cur: place of its entry in the table
 * @in_tpls: which is that of templates
 * @row: what is shown of it; RCU read side
 */
struct nfvs_proc_conns {
	struct seq_net_private	p;
	loff_t			pos;
	struct nfvs_conn_cursor	cur;
	bool			in_tpls;
	struct nfvs_conn_row	row;
};

/**
 * struct nfvs_proc_svcs - a reader of services and their destinations
 * @p: the namespace; comes first
 * @pos: number of the line that comes next
 * @cur: its service
 * @key: which that was
 * @line: what the line is about
 * @line.svc: a service; RCU read side
 * @line.set: its destinations, as of the time its first line was looked for
 * @line.idx: in that set; -1: the service's own line
 * @id: of the destination of the line; its place may have changed
 */
struct nfvs_proc_svcs {
	struct seq_net_private		p;
	loff_t				pos;
	struct nfvs_svc_cursor_rcu	cur;
	struct nfvs_svc_key		key;
	struct {
		struct nfvs_svc			*svc;
		const struct nfvs_dset		*set;
		s64				idx;
	} line;
	u64				id;
};

enum {
	NFVS_PROTO_NAME_LEN	= sizeof("IP_65535"),
};

/* How IPVS calls a protocol; buf has NFVS_PROTO_NAME_LEN, for those without a name. */
const char *nfvs_ipvs_proto_name(u16 proto, char *buf);

extern const struct seq_operations nfvs_proc_svc_ops;
extern const struct seq_operations nfvs_proc_conn_ops;
extern const struct seq_operations nfvs_proc_conn_sync_ops;
int nfvs_proc_stats_show(struct seq_file *seq, void *v);
int nfvs_proc_stats_percpu_show(struct seq_file *seq, void *v);

#endif /* _NFVS_IPVS_PROC_H */
