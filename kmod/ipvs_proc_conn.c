// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/net/ip_vs_conn and ip_vs_conn_sync: connections, then templates. One who
 * reads on begins where the cursor is, not by counting lines, so that the cost is linear.
 */
#include "ipvs_proc.h"

#include <linux/sched.h>

#include "net.h"
#include "persist.h"

enum {
	BREATH	= 512,	/* entries passed over in one RCU read-side section */
};

static struct nfvs_net *seq_nn(const struct seq_file *seq)
{
	return nfvs_net(seq_file_net((struct seq_file *)seq));
}

/* RCU read side. Lets go of the tables now and then: places are to be found again. */
static bool breathe(u32 *seen)
{
	if (++*seen % BREATH)
		return false;
	rcu_read_unlock();
	cond_resched();
	rcu_read_lock();
	return true;
}

/* From the cursor on the first connection that is shown; is_next: behind that one. */
static bool find_conn(struct nfvs_net *nn, struct nfvs_proc_conns *state, bool is_next)
{
	struct nfvs_conn *cp = nfvs_conn_walk(nn, &state->cur);
	u32 seen = 0;

	for (; cp; is_next = false) {
		if (!is_next && nfvs_conn_show(nn, cp, &state->row))
			return true;
		cp = nfvs_conn_walk_next(nn, &state->cur, cp);
		if (breathe(&seen))
			cp = nfvs_conn_walk(nn, &state->cur);
	}
	return false;
}

static bool find_tpl(struct nfvs_net *nn, struct nfvs_proc_conns *state, bool is_next)
{
	struct nfvs_tpl *tpl = nfvs_tpl_walk(nn, &state->cur);
	u32 seen = 0;

	for (; tpl; is_next = false) {
		if (!is_next && nfvs_tpl_show(tpl, &state->row))
			return true;
		tpl = nfvs_tpl_walk_next(nn, &state->cur, tpl);
		if (breathe(&seen))
			tpl = nfvs_tpl_walk(nn, &state->cur);
	}
	return false;
}

/* The row at the cursor, or the one behind it; NULL: there are no more. */
static void *find_row(struct nfvs_net *nn, struct nfvs_proc_conns *state, bool is_next)
{
	if (!state->in_tpls) {
		if (find_conn(nn, state, is_next))
			return &state->row;
		state->in_tpls = true;
		state->cur = (struct nfvs_conn_cursor) {};
		is_next = false;
	}
	return find_tpl(nn, state, is_next) ? &state->row : NULL;
}

static void *first_row(struct nfvs_net *nn, struct nfvs_proc_conns *state)
{
	state->cur = (struct nfvs_conn_cursor) {};
	state->in_tpls = false;
	return find_row(nn, state, false);
}

/* Line 0 is the head, rows follow. */
static void *conn_start(struct seq_file *seq, loff_t *pos)
	__acquires(RCU)
{
	struct nfvs_proc_conns *state = seq->private;
	struct nfvs_net *nn = seq_nn(seq);
	void *row;

	rcu_read_lock();
	if (!*pos)
		return SEQ_START_TOKEN;
	if (*pos < state->pos || !state->pos) {
		state->pos = 1;
		row = first_row(nn, state);
	} else {
		row = find_row(nn, state, false);
	}
	for (; row && state->pos < *pos; state->pos++)
		row = find_row(nn, state, true);
	return row;
}

static void *conn_next(struct seq_file *seq, void *v, loff_t *pos)
{
	struct nfvs_proc_conns *state = seq->private;
	struct nfvs_net *nn = seq_nn(seq);

	state->pos = ++*pos;
	return v == SEQ_START_TOKEN ? first_row(nn, state) : find_row(nn, state, true);
}

static void conn_stop(struct seq_file *seq, void *v)
	__releases(RCU)
{
	rcu_read_unlock();
}

static void show_addr(struct seq_file *seq, u16 af, const union nf_inet_addr *addr, __be16 port)
{
	if (af == AF_INET6)
		seq_printf(seq, "%pI6 %04X ", &addr->in6, ntohs(port));
	else
		seq_printf(seq, "%08X %04X ", ntohl(addr->ip), ntohs(port));
}

/* Up to and with the state; the destination has a family of its own. */
static void show_row(struct seq_file *seq, const struct nfvs_conn_row *row)
{
	const struct nfvs_dest *dest = row->dest;
	char buf[NFVS_PROTO_NAME_LEN];

	seq_printf(seq, "%-3s ", nfvs_ipvs_proto_name(row->proto, buf));
	show_addr(seq, row->af, &row->caddr, row->cport);
	show_addr(seq, row->af, &row->vaddr, row->vport);
	show_addr(seq, dest->key.af, &dest->key.addr, row->dport);
	seq_printf(seq, "%-11s ", row->state);
}

static int conn_show(struct seq_file *seq, void *v)
{
	const struct nfvs_conn_row *row = v;

	if (v == SEQ_START_TOKEN) {
		seq_puts(seq, "Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires ");
		seq_puts(seq, "PEName PEData\n");
		return 0;
	}
	show_row(seq, row);
	seq_printf(seq, "%7u\n", row->expires);
	return 0;
}

static int conn_sync_show(struct seq_file *seq, void *v)
{
	const struct nfvs_conn_row *row = v;

	if (v == SEQ_START_TOKEN) {
		seq_puts(seq, "Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       ");
		seq_puts(seq, "Origin Expires\n");
		return 0;
	}
	show_row(seq, row);
	seq_printf(seq, "%-6s %7u\n", "LOCAL", row->expires);
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
