// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/net/ip_vs: services and their destinations, a line each. It shows what packets
 * see, takes no lock, and goes on where a cursor is: so a reader waits for
 * nobody, nobody waits for it, and the cost is linear.
 */
#include "ipvs_proc.h"

#include <linux/ip_vs.h>

#include "dest.h"
#include "dump.h"
#include "net.h"
#include "sched.h"

static struct nfvs_net *seq_nn(const struct seq_file *seq)
{
	return nfvs_net(seq_file_net((struct seq_file *)seq));
}

/* The line of svc itself; NULL: there are no more. */
static void *begin_svc(struct nfvs_proc_svcs *state, struct nfvs_svc *svc)
{
	if (!svc)
		return NULL;
	state->line.svc = svc;
	state->line.set = rcu_dereference(svc->dset);
	state->line.idx = -1;
	state->key = svc->key;
	return &state->line;
}

static void *first_line(struct nfvs_net *nn, struct nfvs_proc_svcs *state)
{
	state->cur = (struct nfvs_svc_cursor_rcu) {};
	return begin_svc(state, nfvs_svc_walk(nn, &state->cur));
}

/* The line after the one of state, in the same read-side section. */
static void *next_line(struct nfvs_net *nn, struct nfvs_proc_svcs *state)
{
	const struct nfvs_dset *set = state->line.set;
	s64 idx = state->line.idx;

	if (idx < 0)
		/* Partner: slot_give(). */
		idx = (s64)smp_load_acquire(&set->first) - 1;
	while (++idx < set->n) {
		/* Partner: the grace period after which it has no destination. */
		if (READ_ONCE(set->slot[idx].is_gone))
			continue;
		state->line.idx = idx;
		state->id = set->slot[idx].id;
		return &state->line;
	}
	return begin_svc(state, nfvs_svc_walk_next(nn, &state->cur, state->line.svc));
}

/*
 * Where it was in another read-side section. The destinations may be others by now;
 * ids tell which have been shown.
 */
static void *line_again(struct nfvs_net *nn, struct nfvs_proc_svcs *state)
{
	struct nfvs_svc *svc = nfvs_svc_walk(nn, &state->cur);
	struct nfvs_svc_key key = state->key;
	bool is_svc_line = state->line.idx < 0;

	if (!begin_svc(state, svc))
		return NULL;
	if (is_svc_line || memcmp(&key, &svc->key, sizeof(key)))
		return &state->line;
	state->line.idx = (s64)nfvs_dset_first_below(state->line.set, state->id + 1) - 1;
	return next_line(nn, state);
}

static void *svc_start(struct seq_file *seq, loff_t *pos)
	__acquires(RCU)
{
	struct nfvs_proc_svcs *state = seq->private;
	struct nfvs_net *nn = seq_nn(seq);
	void *line;

	rcu_read_lock();
	if (!*pos)
		return SEQ_START_TOKEN;
	if (*pos < state->pos || !state->pos) {
		state->pos = 1;
		line = first_line(nn, state);
	} else {
		line = line_again(nn, state);
	}
	for (; line && state->pos < *pos; state->pos++)
		line = next_line(nn, state);
	return line;
}

static void *svc_next(struct seq_file *seq, void *v, loff_t *pos)
{
	struct nfvs_proc_svcs *state = seq->private;
	struct nfvs_net *nn = seq_nn(seq);

	state->pos = ++*pos;
	return v == SEQ_START_TOKEN ? first_line(nn, state) : next_line(nn, state);
}

static void svc_stop(struct seq_file *seq, void *v)
	__releases(RCU)
{
	rcu_read_unlock();
}

static void show_head(struct seq_file *seq)
{
	seq_printf(seq, "IP Virtual Server version %d.%d.%d (size=%u)\n",
		   NVERSION(IP_VS_VERSION_CODE), nfvs_conn_table_size(seq_nn(seq)));
	seq_puts(seq, "Prot LocalAddress:Port Scheduler Flags\n");
	seq_puts(seq, "  -> RemoteAddress:Port Forward Weight ActiveConn InActConn\n");
}

/* IPVS has one member for both, and shows it as an address. */
static u32 shown_mask(u16 af, const struct nfvs_svc_conf *conf)
{
	return ntohl(af == AF_INET6 ? (__force __be32)(u32)conf->plen : conf->netmask);
}

static void show_svc(struct seq_file *seq, const struct nfvs_svc *svc,
		     const struct nfvs_svc_conf *conf)
{
	const char *ops = conf->flags & NFVS_SVC_ONEPACKET ? "ops " : "";
	const struct nfvs_svc_key *key = &svc->key;
	char buf[NFVS_PROTO_NAME_LEN];

	if (key->fwmark)
		seq_printf(seq, "FWM  %08X %s %s", key->fwmark, conf->sched->name, ops);
	else if (key->af == AF_INET6)
		seq_printf(seq, "%s  [%pI6]:%04X %s ", nfvs_ipvs_proto_name(key->proto, buf),
			   &key->addr.in6, ntohs(key->port), conf->sched->name);
	else
		seq_printf(seq, "%s  %08X:%04X %s %s ", nfvs_ipvs_proto_name(key->proto, buf),
			   ntohl(key->addr.ip), ntohs(key->port), conf->sched->name, ops);
	/* In jiffies, which overflow as there. */
	if (conf->flags & NFVS_SVC_PERSISTENT)
		seq_printf(seq, "persistent %d %08X\n", (int)(conf->timeout * HZ),
			   shown_mask(key->af, conf));
	else
		seq_putc(seq, '\n');
}

static const char *method_name(u8 method)
{
	switch (method) {
	case NFVS_METHOD_LOCAL:
		return "Local";
	case NFVS_METHOD_TUN:
		return "Tunnel";
	case NFVS_METHOD_DR:
		return "Route";
	default:
		return "Masq";
	}
}

static void show_dest(struct seq_file *seq, const struct nfvs_dslot *slot)
{
	const struct nfvs_dest *dest = slot->dest;

	if (dest->key.af == AF_INET6)
		seq_printf(seq, "  -> [%pI6]:%04X", &dest->key.addr.in6, ntohs(dest->key.port));
	else
		seq_printf(seq, "  -> %08X:%04X", ntohl(dest->key.addr.ip), ntohs(dest->key.port));
	seq_printf(seq, "      %-7s %-6d %-10d %-10d\n", method_name(slot->conf_method),
		   (int)READ_ONCE(slot->weight), (int)nfvs_dest_active(dest), (int)nfvs_dest_inactive(dest));
}

static int svc_show(struct seq_file *seq, void *v)
{
	const struct nfvs_proc_svcs *state = seq->private;

	if (v == SEQ_START_TOKEN)
		show_head(seq);
	else if (state->line.idx < 0)
		show_svc(seq, state->line.svc, &state->line.set->conf);
	else
		show_dest(seq, &state->line.set->slot[state->line.idx]);
	return 0;
}

const struct seq_operations nfvs_proc_svc_ops = {
	.start	= svc_start,
	.next	= svc_next,
	.stop	= svc_stop,
	.show	= svc_show,
};
