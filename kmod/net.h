/* SPDX-License-Identifier: GPL-2.0-only */
/* Everything nf_vs keeps of one network namespace. */
#ifndef _NFVS_NET_H
#define _NFVS_NET_H

#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/siphash.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <net/net_namespace.h>

#include "addr_filter.h"
#include "ctl.h"
#include "proto.h"
#include "stats.h"
#include "table.h"

struct ctl_table_header;
struct nfvs_dest;
struct nfvs_fast;
struct nfvs_hash_memo;

/**
 * struct nfvs_net - one namespace
 *
 * Packets: @svcs, @dests (only through services), @conns, @replies, @timeouts,
 * @counters, the n_* hints; all RCU, per-CPU or READ_ONCE.
 * Control: @config_mutex is held by every writer, for the whole transaction.
 *
 * @net: the namespace
 * @svcs: struct nfvs_svc by key
 * @hash_seed: secret of the hashes of @svcs and @dests; constant
 * @n_fwmark, @n_ftp, @n_portzero: services of that kind; spare look-ups
 * @memo: conn_find.c's; per CPU, BH off
 * @conn_key: secret of the two hashes; constant
 * @timeouts: of states
 * @counters: per CPU
 * @lease: of the fast path, jiffies; 0 = no fast path; READ_ONCE/WRITE_ONCE
 * @fast: see fastpath.h; constant from the first service on, NULL before
 * @ingress: struct nfvs_ingress by ifindex; RTNL to write, RCU to read
 * @has_ingress, @last_ingress_id: ingress.c's; RTNL
 * @ingress_work: attaches to the devices that packets asked for
 * @lease_ms: net.nf_vs.fastpath_lease_ms; @lease depends on it and net.ipv4.vs.conntrack
 * @ctl: net.ipv4.vs
 * @sysctl, @ipvs_sysctl: net.nf_vs, net.ipv4.vs; the latter NULL if it is taken
 * @config_mutex: process context; taken inside genl's lock, outside everything else
 * @dests: struct nfvs_dest by key, AVAILABLE or still referenced by connections
 * @stats_pool: where their counters come from
 * @svc_list: services, newest first
 * @n_services: length of @svc_list
 * @n_af4, @n_af6: services per family, and destinations of the other family than
 *		    their service's (ICMP errors about the tunnels to them come in
 *		    their own); hooks of a family are there while > 0
 * @n_mixed: destinations of the other family than their service's; READ_ONCE/WRITE_ONCE
 * @hooks4, @hooks6: hooks of the family are registered
 * @last_id: of services and destinations
 * @generation: number of commits; READ_ONCE/WRITE_ONCE
 * @scan: conn_table.c's incremental scanner
 * @scan_pos: bucket it goes on with; the work only
 * @scan_idle: no work is queued; xchg
 * @est: est.c's sampler
 * @est_new: destinations that saw traffic and are not sampled yet; any context
 * @est_active: those being sampled; configuration mutex
 * @est_last: jiffies of the last sample; configuration mutex
 * @rates: of all destinations together, as @est sees them; configuration mutex
 *	   to write, READ_ONCE
 * @dying: namespace exit has begun: no new services; configuration mutex to write
 * @conns: struct nfvs_conn by client tuple, IPv4 and IPv6
 * @replies: NAT connections by reply tuple
 * @tpls: struct nfvs_tpl, the templates of persistent services
 * @tpl_scan_pos: as @scan_pos
 * @expire_quiescent_template: net.ipv4.vs: a template whose destination has weight 0
 *			       is given up when its client comes again; READ_ONCE
 */
struct nfvs_net {
	struct net			*net;
	struct nfvs_table		svcs;
	u32				hash_seed;
	u32				n_fwmark;
	u32				n_ftp;
	u32				n_portzero;
	struct nfvs_hash_memo __percpu	*memo;
	hsiphash_key_t			conn_key;
	struct nfvs_timeouts		timeouts;
	struct nfvs_counters_cpu __percpu *counters;
	u32				lease;
	struct nfvs_fast		*fast;
	struct xarray			ingress;
	bool				has_ingress;
	u32				last_ingress_id;
	struct work_struct		ingress_work;
	int				lease_ms;
	struct nfvs_ipvs_ctl		ctl;
	struct ctl_table_header		*sysctl;
	struct ctl_table_header		*ipvs_sysctl;

	struct mutex			config_mutex;
	struct nfvs_table		dests;
	struct nfvs_stats_pool		stats_pool;
	struct list_head		svc_list;
	u32				n_services;
	u32				n_af4;
	u32				n_af6;
	u32				n_mixed;
	bool				hooks4;
	bool				hooks6;
	bool				dying;
	u64				last_id;
	u32				generation;

	struct delayed_work		scan;
	u32				scan_pos;
	int				scan_idle;

	struct delayed_work		est;
	struct llist_head		est_new;
	struct llist_node		*est_active;
	unsigned long			est_last;
	struct nfvs_rates		rates;

	struct nfvs_table		conns;
	struct nfvs_table		replies;
	struct nfvs_table		tpls;
	u32				tpl_scan_pos;
	int				expire_quiescent_template;
};

/* NULL never: allocated with the namespace. */
struct nfvs_net *nfvs_net(const struct net *net);

int nfvs_net_init(void);
void nfvs_net_uninit(void);

/*
 * Before a namespace's first service: what the fast path needs; 0 or -ENOMEM.
 * Configuration mutex. Idempotent.
 */
int nfvs_net_prepare_fast(struct nfvs_net *nn);

/*
 * Addresses that the fast path shall look at; after nfvs_net_prepare_fast(), any
 * context.
 */
void nfvs_net_add_addr(struct nfvs_net *nn, enum nfvs_filter_role role, u16 af,
		       const union nf_inet_addr *addr);
void nfvs_net_del_addr(struct nfvs_net *nn, enum nfvs_filter_role role, u16 af,
		       const union nf_inet_addr *addr);

/* hook.c: configuration mutex held. Idempotent. */
int nfvs_hooks_enable(struct nfvs_net *nn, u16 af);
void nfvs_hooks_disable(struct nfvs_net *nn, u16 af);

/* est.c: packet path, once a second per connection: dest has traffic. */
void nfvs_est_touch(struct nfvs_dest *dest);
void nfvs_est_zero(struct nfvs_net *nn);
void nfvs_est_init(struct nfvs_net *nn);
void nfvs_est_uninit(struct nfvs_net *nn);

#endif /* _NFVS_NET_H */
