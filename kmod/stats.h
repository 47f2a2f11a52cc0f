/* SPDX-License-Identifier: GPL-2.0-only */
/* Traffic counters of destinations and named counters of a namespace. */
#ifndef _NFVS_STATS_H
#define _NFVS_STATS_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/spinlock.h>
#include <linux/u64_stats_sync.h>

struct nfvs_net;
struct nfvs_pkt;
struct sk_buff;

/* One CPU's counters of one destination; written in softirq only. */
struct nfvs_stats_cpu {
	u64_stats_t		conns;
	u64_stats_t		in_pkts;
	u64_stats_t		out_pkts;
	u64_stats_t		in_bytes;
	u64_stats_t		out_bytes;
	u64_stats_t		fast_pkts;
	struct u64_stats_sync	sync;
} __aligned(64);

/* A sum, or the zero point that is taken off a sum. */
struct nfvs_stats_sum {
	u64 conns;
	u64 in_pkts;
	u64 out_pkts;
	u64 in_bytes;
	u64 out_bytes;
	u64 fast_pkts;	/* of in_pkts and out_pkts: those of the ingress hook */
};

/*
 * Rates in the fixed point of IPVS: conns and packets times 1024, bytes times
 * 32; written by the sampler only, read locklessly (READ_ONCE).
 */
struct nfvs_rates {
	u64 cps;
	u64 in_pps;
	u64 out_pps;
	u64 in_bps;
	u64 out_bps;
};

/*
 * Named counters of a namespace: X(symbol, name). drop_* are reasons for which
 * a packet was dropped; the tracepoint nf_vs:nfvs_drop carries the same names.
 * refused_* are reasons for which the ingress hook left a packet to the stack
 * that was for a virtual address or of a connection; fast_readmitted counts leases.
 */
#define NFVS_COUNTERS(X)						\
	X(DROP_NO_DEST,		"drop_no_dest")				\
	X(DROP_DEST_GONE,	"drop_dest_gone")			\
	X(DROP_TTL,		"drop_ttl")				\
	X(DROP_TOO_BIG,		"drop_too_big")				\
	X(DROP_NO_ROUTE,	"drop_no_route")			\
	X(DROP_NO_MEMORY,	"drop_no_memory")			\
	X(DROP_LOOP,		"drop_loop")				\
	X(DROP_ICMP,		"drop_icmp")				\
	X(DROP_CONN_RACE,	"drop_conn_race")			\
	X(DROP_DEFENSE,		"drop_defense")				\
	X(DROP_NO_CONN,		"drop_no_conn")				\
	X(CONN_NEW,		"conn_new")				\
	X(CONN_EXPIRED,		"conn_expired")				\
	X(CONN_REUSED,		"conn_reused")				\
	X(LEASES,		"fast_readmitted")			\
	X(REFUSED_SKB,		"refused_skb")				\
	X(REFUSED_HEADER,	"refused_header")			\
	X(REFUSED_TCP_FLAGS,	"refused_tcp_flags")			\
	X(REFUSED_NEW,		"refused_new")				\
	X(REFUSED_STATE,	"refused_state")			\
	X(REFUSED_LEASE,	"refused_lease")			\
	X(REFUSED_DEVICE,	"refused_device")			\
	X(REFUSED_ROUTE,	"refused_route")			\
	X(REFUSED_MTU,		"refused_mtu")				\
	X(REFUSED_NEIGH,	"refused_neighbour")

enum nfvs_counter {
#define X(sym, name) NFVS_C_##sym,
	NFVS_COUNTERS(X)
#undef X
	NFVS_C_MAX
};

extern const char * const nfvs_counter_names[NFVS_C_MAX];

struct nfvs_counters_cpu {
	u64_stats_t		v[NFVS_C_MAX];
	struct u64_stats_sync	sync;
};

void nfvs_count(struct nfvs_net *nn, enum nfvs_counter c);
u64 nfvs_counter_read(const struct nfvs_net *nn, enum nfvs_counter c);

/* Counts the reason, fires the tracepoint; returns NFVS_DROP for `return`. */
enum nfvs_verdict nfvs_drop(struct nfvs_net *nn, const struct sk_buff *skb,
			    enum nfvs_counter reason);

/**
 * struct nfvs_stats_pool - what counters of destinations are taken from
 * @lock: of the following; any context
 * @all: blocks
 * @room: those that have some left
 * @gone: what was counted in blocks that are not there any more
 * @is_read: no block may go
 * @has_empty: one should have gone
 * @read_mutex: one who adds up at a time; process context, inside config_mutex
 * @zero: taken off totals; with @read_mutex
 *
 * Memory per CPU is dear to ask for: one block serves many.
 */
struct nfvs_stats_pool {
	spinlock_t			lock;
	struct list_head		all;
	struct list_head		room;
	struct nfvs_stats_sum __percpu	*gone;
	bool				is_read;
	bool				has_empty;
	struct mutex			read_mutex;
	struct nfvs_stats_sum		zero;
};

struct nfvs_stats_block;

/* 0 or -ENOMEM. */
int nfvs_stats_pool_init(struct nfvs_stats_pool *pool);
/* All have been given back. */
void nfvs_stats_pool_uninit(struct nfvs_stats_pool *pool);
/* Zeroed counters, and the block to give them back to; process context; NULL: no memory. */
struct nfvs_stats_cpu __percpu *nfvs_stats_get(struct nfvs_stats_pool *pool,
					       struct nfvs_stats_block **block);
/* Any context; nobody reads or writes them any more. */
void nfvs_stats_put(struct nfvs_stats_pool *pool, struct nfvs_stats_block *block,
		    struct nfvs_stats_cpu __percpu *stats);

/**
 * nfvs_stats_total() - all that was ever counted in a pool
 * @pool: of a namespace
 * @sum: since nfvs_stats_total_zero()
 * @by_cpu: since ever, an element per CPU number, zeroed; may be NULL
 *
 * Takes time: as much as there are destinations. Process context.
 */
void nfvs_stats_total(struct nfvs_stats_pool *pool, struct nfvs_stats_sum *sum,
		      struct nfvs_stats_sum *by_cpu);
void nfvs_stats_total_zero(struct nfvs_stats_pool *pool);

void nfvs_stats_conn(struct nfvs_stats_cpu __percpu *stats);
void nfvs_stats_in(struct nfvs_stats_cpu __percpu *stats, unsigned int bytes);
void nfvs_stats_out(struct nfvs_stats_cpu __percpu *stats, unsigned int bytes);

/* The same for the ingress hook's packets. */
static inline void nfvs_stats_fast_in(struct nfvs_stats_cpu __percpu *stats, unsigned int bytes)
{
	struct nfvs_stats_cpu *s = this_cpu_ptr(stats);

	u64_stats_update_begin(&s->sync);
	u64_stats_inc(&s->in_pkts);
	u64_stats_add(&s->in_bytes, bytes);
	u64_stats_inc(&s->fast_pkts);
	u64_stats_update_end(&s->sync);
}

static inline void nfvs_stats_fast_out(struct nfvs_stats_cpu __percpu *stats, unsigned int bytes)
{
	struct nfvs_stats_cpu *s = this_cpu_ptr(stats);

	u64_stats_update_begin(&s->sync);
	u64_stats_inc(&s->out_pkts);
	u64_stats_add(&s->out_bytes, bytes);
	u64_stats_inc(&s->fast_pkts);
	u64_stats_update_end(&s->sync);
}

/* What one CPU has counted. */
void nfvs_stats_read_cpu(const struct nfvs_stats_cpu __percpu *stats, int cpu,
			 struct nfvs_stats_sum *one);
void nfvs_stats_read(const struct nfvs_stats_cpu __percpu *stats, struct nfvs_stats_sum *sum);
void nfvs_stats_add(struct nfvs_stats_sum *to, const struct nfvs_stats_sum *from);
void nfvs_stats_sub(struct nfvs_stats_sum *from, const struct nfvs_stats_sum *zero);
void nfvs_rates_add(struct nfvs_rates *to, const struct nfvs_rates *from);
/* Are they down to nothing? */
bool nfvs_rates_are_zero(const struct nfvs_rates *r);
/* Turns fixed point into whole conns, packets, bytes per second. */
void nfvs_rates_show(const struct nfvs_rates *in, struct nfvs_rates *out);

int nfvs_counters_init(struct nfvs_net *nn);
void nfvs_counters_uninit(struct nfvs_net *nn);

#endif /* _NFVS_STATS_H */
