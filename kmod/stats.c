// SPDX-License-Identifier: GPL-2.0-only
/* Per-CPU counters: written by packets in softirq, summed by readers. */
#include "stats.h"

#include <linux/percpu.h>

#include "compat.h"
#include "net.h"
#include "packet.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

const char * const nfvs_counter_names[NFVS_C_MAX] = {
#define X(sym, name) [NFVS_C_##sym] = name,
	NFVS_COUNTERS(X)
#undef X
};

void nfvs_count(struct nfvs_net *nn, enum nfvs_counter c)
{
	struct nfvs_counters_cpu *cnt = this_cpu_ptr(nn->counters);

	u64_stats_update_begin(&cnt->sync);
	u64_stats_inc(&cnt->v[c]);
	u64_stats_update_end(&cnt->sync);
}

u64 nfvs_counter_read(const struct nfvs_net *nn, enum nfvs_counter c)
{
	const struct nfvs_counters_cpu *cnt;
	unsigned int start;
	u64 v, sum = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		cnt = per_cpu_ptr(nn->counters, cpu);
		do {
			start = u64_stats_fetch_begin(&cnt->sync);
			v = u64_stats_read(&cnt->v[c]);
		} while (u64_stats_fetch_retry(&cnt->sync, start));
		sum += v;
	}
	return sum;
}

enum nfvs_verdict nfvs_drop(struct nfvs_net *nn, const struct sk_buff *skb,
			    enum nfvs_counter reason)
{
	nfvs_count(nn, reason);
	trace_nfvs_drop(skb, nfvs_counter_names[reason]);
	return NFVS_DROP;
}

void nfvs_stats_conn(struct nfvs_stats_cpu __percpu *stats)
{
	struct nfvs_stats_cpu *s = this_cpu_ptr(stats);

	u64_stats_update_begin(&s->sync);
	u64_stats_inc(&s->conns);
	u64_stats_update_end(&s->sync);
}

void nfvs_stats_in(struct nfvs_stats_cpu __percpu *stats, unsigned int bytes)
{
	struct nfvs_stats_cpu *s = this_cpu_ptr(stats);

	u64_stats_update_begin(&s->sync);
	u64_stats_inc(&s->in_pkts);
	u64_stats_add(&s->in_bytes, bytes);
	u64_stats_update_end(&s->sync);
}

void nfvs_stats_out(struct nfvs_stats_cpu __percpu *stats, unsigned int bytes)
{
	struct nfvs_stats_cpu *s = this_cpu_ptr(stats);

	u64_stats_update_begin(&s->sync);
	u64_stats_inc(&s->out_pkts);
	u64_stats_add(&s->out_bytes, bytes);
	u64_stats_update_end(&s->sync);
}

void nfvs_stats_read_cpu(const struct nfvs_stats_cpu __percpu *stats, int cpu,
			 struct nfvs_stats_sum *one)
{
	const struct nfvs_stats_cpu *s = per_cpu_ptr(stats, cpu);
	unsigned int start;

	do {
		start = u64_stats_fetch_begin(&s->sync);
		one->conns = u64_stats_read(&s->conns);
		one->in_pkts = u64_stats_read(&s->in_pkts);
		one->out_pkts = u64_stats_read(&s->out_pkts);
		one->in_bytes = u64_stats_read(&s->in_bytes);
		one->out_bytes = u64_stats_read(&s->out_bytes);
		one->fast_pkts = u64_stats_read(&s->fast_pkts);
	} while (u64_stats_fetch_retry(&s->sync, start));
}

void nfvs_stats_read(const struct nfvs_stats_cpu __percpu *stats, struct nfvs_stats_sum *sum)
{
	struct nfvs_stats_sum one;
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		nfvs_stats_read_cpu(stats, cpu, &one);
		nfvs_stats_add(sum, &one);
	}
}

void nfvs_stats_add(struct nfvs_stats_sum *to, const struct nfvs_stats_sum *from)
{
	to->conns += from->conns;
	to->in_pkts += from->in_pkts;
	to->out_pkts += from->out_pkts;
	to->in_bytes += from->in_bytes;
	to->out_bytes += from->out_bytes;
	to->fast_pkts += from->fast_pkts;
}

void nfvs_stats_sub(struct nfvs_stats_sum *from, const struct nfvs_stats_sum *zero)
{
	from->conns -= zero->conns;
	from->in_pkts -= zero->in_pkts;
	from->out_pkts -= zero->out_pkts;
	from->in_bytes -= zero->in_bytes;
	from->out_bytes -= zero->out_bytes;
	from->fast_pkts -= zero->fast_pkts;
}

void nfvs_rates_add(struct nfvs_rates *to, const struct nfvs_rates *from)
{
	to->cps += from->cps;
	to->in_pps += from->in_pps;
	to->out_pps += from->out_pps;
	to->in_bps += from->in_bps;
	to->out_bps += from->out_bps;
}

bool nfvs_rates_are_zero(const struct nfvs_rates *r)
{
	return !(r->cps | r->in_pps | r->out_pps | r->in_bps | r->out_bps);
}

void nfvs_rates_show(const struct nfvs_rates *in, struct nfvs_rates *out)
{
	out->cps = (in->cps + 0x1ff) >> 10;
	out->in_pps = (in->in_pps + 0x1ff) >> 10;
	out->out_pps = (in->out_pps + 0x1ff) >> 10;
	out->in_bps = (in->in_bps + 0xf) >> 5;
	out->out_bps = (in->out_bps + 0xf) >> 5;
}

int nfvs_counters_init(struct nfvs_net *nn)
{
	int cpu;

	nn->counters = alloc_percpu(struct nfvs_counters_cpu);
	if (!nn->counters)
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		u64_stats_init(&per_cpu_ptr(nn->counters, cpu)->sync);
	return 0;
}

void nfvs_counters_uninit(struct nfvs_net *nn)
{
	free_percpu(nn->counters);
}
