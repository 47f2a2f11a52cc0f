// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/net/ip_vs_conn and ip_vs_conn_sync: the connection table. One who reads on
 * begins where the cursor is, not by counting lines, so that the cost is linear.
 */
#include "ipvs_proc.h"

#include <linux/sched.h>

#include "net.h"

enum {
	BREATH	= 512,	/* entries passed over in one RCU read-side section */
};

static struct nfvs_net *seq_nn(const struct seq_file *seq)
{
	return nfvs_net(seq_file_net((struct seq_file *)seq));
}

/* From cp on, which the cursor leads to, the first that is not over. */
static struct nfvs_conn *skip_over(struct nfvs_net *nn, struct nfvs_conn_cursor *cur,
				   struct nfvs_conn *cp)
	__must_hold(RCU)
{
	u32 seen = 0;

	while (cp && nfvs_conn_is_over(nn, cp)) {
		cp = nfvs_conn_walk_next(nn, cur, cp);
		if (++seen % BREATH)
			continue;
		rcu_read_unlock();
		cond_resched();
		rcu_read_lock();
		cp = nfvs_conn_walk(nn, cur);
	}
	return cp;
}

/* Line 0 is the head, entries follow. */
static void *conn_start(struct seq_file *seq, loff_t *pos)
	__acquires(RCU)
{
	struct nfvs_proc_conns *state = seq->private;
	struct nfvs_net *nn = seq_nn(seq);
	struct nfvs_conn *cp;

	rcu_read_lock();
	if (!*pos)
		return SEQ_START_TOKEN;
	if (*pos < state->pos || !state->pos) {
		state->cur = (struct nfvs_conn_cursor) {};
		state->pos = 1;
	}
	cp = skip_over(nn, &state->cur, nfvs_conn_walk(nn, &state->cur));
	while (cp && state->pos < *pos) {
		cp = skip_over(nn, &state->cur, nfvs_conn_walk_next(nn, &state->cur, cp));
		state->pos++;
	}
	return cp;
}

static void *conn_next(struct seq_file *seq, void *v, loff_t *pos)
{
	struct nfvs_proc_conns *state = seq->private;
	struct nfvs_net *nn = seq_nn(seq);
	struct nfvs_conn *cp;

	if (v == SEQ_START_TOKEN) {
		state->cur = (struct nfvs_conn_cursor) {};
		cp = nfvs_conn_walk(nn, &state->cur);
	} else {
		cp = nfvs_conn_walk_next(nn, &state->cur, v);
	}
	state->pos = ++*pos;
	return skip_over(nn, &state->cur, cp);
}

static void conn_stop(struct seq_file *seq, void *v)
	__releases(RCU)
{
	rcu_read_unlock();
}

static void show_tuple4(struct seq_file *seq, const struct nfvs_conn *cp)
{
	seq_printf(seq, "%08X %04X %08X %04X", ntohl(cp->addr4.caddr), ntohs(cp->cport),
		   ntohl(cp->addr4.vaddr), ntohs(cp->vport));
}

static void show_tuple6(struct seq_file *seq, const struct nfvs_conn *cp)
{
	seq_printf(seq, "%pI6 %04X %pI6 %04X", &cp->addr6.caddr, ntohs(cp->cport),
		   &cp->addr6.vaddr, ntohs(cp->vport));
}

/* Up to and with the state; the destination has a family of its own. */
static void show_conn(struct seq_file *seq, const struct nfvs_conn *cp)
{
	const union nf_inet_addr *daddr = nfvs_conn_daddr(cp);
	char buf[NFVS_PROTO_NAME_LEN];

	seq_printf(seq, "%-3s ", nfvs_ipvs_proto_name(cp->proto, buf));
	if (cp->is_v6)
		show_tuple6(seq, cp);
	else
		show_tuple4(seq, cp);
	if (cp->dest->key.af == AF_INET6)
		seq_printf(seq, " %pI6", &daddr->in6);
	else
		seq_printf(seq, " %08X", ntohl(daddr->ip));
	seq_printf(seq, " %04X %-11s ", ntohs(nfvs_conn_dport(cp)),
		   nfvs_proto_find(cp->proto)->state_name(nfvs_conn_state(cp)));
}

/* 0 in the second that an entry is granted beyond its timeout. */
static unsigned int seconds_left(const struct seq_file *seq, const struct nfvs_conn *cp)
{
	return max(nfvs_conn_left(seq_nn(seq), cp), 0L) / HZ;
}

static int conn_show(struct seq_file *seq, void *v)
{
	if (v == SEQ_START_TOKEN) {
		seq_puts(seq, "Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires ");
		seq_puts(seq, "PEName PEData\n");
		return 0;
	}
	show_conn(seq, v);
	seq_printf(seq, "%7u\n", seconds_left(seq, v));
	return 0;
}

static int conn_sync_show(struct seq_file *seq, void *v)
{
	if (v == SEQ_START_TOKEN) {
		seq_puts(seq, "Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       ");
		seq_puts(seq, "Origin Expires\n");
		return 0;
	}
	show_conn(seq, v);
	seq_printf(seq, "%-6s %7u\n", "LOCAL", seconds_left(seq, v));
	return 0;
}

const struct seq_operations nfvs_proc_conn_ops = {
	.start	= conn_start,
	.next	= conn_next,
	.stop	= conn_stop,
	.show	= conn_show,
};

const struct seq_operations nfvs_proc_conn_sync_ops = {
	.start	= conn_start,
	.next	= conn_next,
	.stop	= conn_stop,
	.show	= conn_sync_show,
};
