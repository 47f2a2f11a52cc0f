// SPDX-License-Identifier: GPL-2.0-only
/* /proc/net/ip_vs_stats and ip_vs_stats_percpu: totals of a namespace. */
#include "ipvs_proc.h"

#include <linux/slab.h>

#include "net.h"

static void show_sum(struct seq_file *seq, const struct nfvs_stats_sum *sum)
{
	seq_printf(seq, "%8llX %8llX %8llX %16llX %16llX\n", sum->conns, sum->in_pkts,
		   sum->out_pkts, sum->in_bytes, sum->out_bytes);
}

static void show_rates(struct seq_file *seq, const struct nfvs_net *nn)
{
	const struct nfvs_rates now = {
		.cps		= READ_ONCE(nn->rates.cps),
		.in_pps		= READ_ONCE(nn->rates.in_pps),
		.out_pps	= READ_ONCE(nn->rates.out_pps),
		.in_bps		= READ_ONCE(nn->rates.in_bps),
		.out_bps	= READ_ONCE(nn->rates.out_bps),
	};
	struct nfvs_rates r;

	nfvs_rates_show(&now, &r);
	seq_printf(seq, "%8llX %8llX %8llX %16llX %16llX\n", r.cps, r.in_pps, r.out_pps,
		   r.in_bps, r.out_bps);
}

int nfvs_proc_stats_show(struct seq_file *seq, void *v)
{
	struct nfvs_net *nn = nfvs_net(seq_file_single_net(seq));
	struct nfvs_stats_sum sum;

	nfvs_stats_total(&nn->stats_pool, &sum, NULL);
	seq_puts(seq, "   Total Incoming Outgoing         Incoming         Outgoing\n");
	seq_puts(seq, "   Conns  Packets  Packets            Bytes            Bytes\n");
	show_sum(seq, &sum);
	seq_puts(seq, "\n Conns/s   Pkts/s   Pkts/s          Bytes/s          Bytes/s\n");
	show_rates(seq, nn);
	return 0;
}

/* As in IPVS zeroing is for the sum alone: a CPU's row goes on from module load. */
int nfvs_proc_stats_percpu_show(struct seq_file *seq, void *v)
{
	struct nfvs_net *nn = nfvs_net(seq_file_single_net(seq));
	struct nfvs_stats_sum *by_cpu, sum;
	int cpu;

	by_cpu = kvcalloc(nr_cpu_ids, sizeof(*by_cpu), GFP_KERNEL);
	if (!by_cpu)
		return -ENOMEM;
	nfvs_stats_total(&nn->stats_pool, &sum, by_cpu);
	seq_puts(seq, "       Total Incoming Outgoing         Incoming         Outgoing\n");
	seq_puts(seq, "CPU    Conns  Packets  Packets            Bytes            Bytes\n");
	for_each_possible_cpu(cpu) {
		seq_printf(seq, "%3X ", cpu);
		show_sum(seq, &by_cpu[cpu]);
	}
	seq_puts(seq, "  ~ ");
	show_sum(seq, &sum);
	seq_puts(seq, "\n     Conns/s   Pkts/s   Pkts/s          Bytes/s          Bytes/s\n    ");
	show_rates(seq, nn);
	kvfree(by_cpu);
	return 0;
}
