/* SPDX-License-Identifier: GPL-2.0-only */
/* The settings of net.ipv4.vs (compat.md 3) as the rest of the module sees them. */
#ifndef _NFVS_CTL_H
#define _NFVS_CTL_H

#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/workqueue.h>

struct nfvs_dest;
struct nfvs_net;

/* Of drop_entry, drop_packet and secure_tcp. */
enum nfvs_defense_mode {
	NFVS_DEFENSE_OFF,
	NFVS_DEFENSE_WATCHING,	/* on when memory is short; it is not */
	NFVS_DEFENSE_ALERT,	/* the same, and it is */
	NFVS_DEFENSE_ALWAYS,
};

/**
 * struct nfvs_ipvs_ctl - settings of one namespace
 *
 * Each int bears the name of its file. Packets read with READ_ONCE what a handler of
 * the sysctl core or of ours writes. At the defaults the packet path does not get
 * further than that read.
 *
 * Packets, beside settings:
 * @drop_rate: of packets that would open a connection every so manieth is dropped;
 *	       0 = none: what drop_packet has come to
 * @drop_count: these packets until the next drop
 * @is_tcp_secure: what secure_tcp has come to
 * @bypass: hidden destinations of cache_bypass, IPv4 and IPv6: their connections go
 *	    where their packets say; NULL until it is switched on, then constant
 *
 * Control: net->config_mutex of the writers of @est_cpulist, @sync_threshold.
 *
 * @est_cpulist: valid if @has_est_cpulist
 * @watch: recurs every second while one of the three modes is on
 * @nodest: ends connections of destinations that are gone
 */
struct nfvs_ipvs_ctl {
	int			sloppy_tcp;
	int			conn_reuse_mode;
	int			expire_nodest_conn;
	int			snat_reroute;
	int			nat_icmp_send;
	int			pmtu_disc;
	int			schedule_icmp;
	int			cache_bypass;
	int			ignore_tunneled;
	u32			drop_rate;
	atomic_t		drop_count;
	bool			is_tcp_secure;
	struct nfvs_dest	*bypass[2];

	int			conntrack;
	int			amemthresh;
	int			am_droprate;
	int			drop_entry;
	int			drop_packet;
	int			secure_tcp;
	struct delayed_work	watch;
	struct delayed_work	nodest;

	int			run_estimation;
	int			est_nice;
	bool			has_est_cpulist;
	cpumask_var_t		est_cpulist;

	/* Kept for those who set them: no effect yet. */
	int			backup_only;
	int			sloppy_sctp;
	int			sync_version;
	int			sync_ports;
	int			sync_persist_mode;
	int			sync_sock_size;
	int			sync_refresh_period;
	int			sync_retries;
	int			sync_threshold[2];
	unsigned long		sync_qlen_max;
};

/*
 * defense.c. Init before any sysctl can be written; uninit when none can and the
 * hooks are gone, before the connection table ends.
 */
void nfvs_defense_init(struct nfvs_net *nn);
void nfvs_defense_uninit(struct nfvs_net *nn);
/* A mode was written: acts on it at once. Process context. */
void nfvs_defense_update(struct nfvs_net *nn);
/* Some destinations have been removed: expire_nodest_conn. Any context. */
void nfvs_defense_dests_gone(struct nfvs_net *nn);

/* Is it this packet's turn? For packets that would open a connection; any context. */
static inline bool nfvs_ctl_drops(struct nfvs_ipvs_ctl *ctl)
{
	u32 rate = READ_ONCE(ctl->drop_rate);

	if (likely(!rate) || atomic_dec_return(&ctl->drop_count) > 0)
		return false;
	atomic_set(&ctl->drop_count, rate);
	return true;
}

/* Nobody wants to know of rates. */
static inline bool nfvs_ctl_est_stopped(const struct nfvs_ipvs_ctl *ctl)
{
	return !READ_ONCE(ctl->run_estimation) ||
	       (ctl->has_est_cpulist && cpumask_empty(ctl->est_cpulist));
}

#endif /* _NFVS_CTL_H */
