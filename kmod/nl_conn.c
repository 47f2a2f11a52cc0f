// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: the dump of connections and templates. */
#include "nl.h"

#include <linux/sched.h>

#include "conn.h"
#include "net.h"
#include "persist.h"

enum {
	BREATH	= 512,	/* entries in one RCU read-side section */
};

/* In cb->ctx. */
struct conn_cursor {
	struct nfvs_conn_cursor	place;
	bool			has_conns;	/* all seen, now the templates */
};

static int put_row(struct sk_buff *skb, const struct nfvs_conn_row *row)
{
	struct nlattr *nest = nla_nest_start(skb, NFVS_A_CONN);
	const struct nfvs_dest *dest = row->dest;

	if (!nest ||
	    nla_put_u8(skb, NFVS_CONN_A_AF, row->af) ||
	    nla_put_u8(skb, NFVS_CONN_A_PROTO, row->proto) ||
	    nfvs_nl_put_addr(skb, NFVS_CONN_A_CLIENT_ADDR, row->af, &row->caddr) ||
	    nfvs_nl_put_addr(skb, NFVS_CONN_A_VIRTUAL_ADDR, row->af, &row->vaddr) ||
	    nla_put_be16(skb, NFVS_CONN_A_CLIENT_PORT, row->cport) ||
	    nla_put_be16(skb, NFVS_CONN_A_VIRTUAL_PORT, row->vport) ||
	    nla_put_u8(skb, NFVS_CONN_A_DEST_AF, dest->key.af) ||
	    nfvs_nl_put_addr(skb, NFVS_CONN_A_DEST_ADDR, dest->key.af, &dest->key.addr) ||
	    nla_put_be16(skb, NFVS_CONN_A_DEST_PORT, row->dport) ||
	    nla_put_u8(skb, NFVS_CONN_A_METHOD, row->method) ||
	    nla_put_string(skb, NFVS_CONN_A_STATE, row->state) ||
	    nla_put_u32(skb, NFVS_CONN_A_EXPIRES, row->expires))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* False when skb is full. */
static bool dump_row(struct sk_buff *skb, struct netlink_callback *cb,
		     const struct nfvs_conn_row *row)
{
	void *hdr;

	/* Not nfvs_nl_dump_begin(): connections come and go, that is no interruption. */
	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &nfvs_genl_family,
			  NLM_F_MULTI, NFVS_CMD_GET_CONN);
	if (!hdr)
		return false;
	if (put_row(skb, row)) {
		genlmsg_cancel(skb, hdr);
		return false;
	}
	genlmsg_end(skb, hdr);
	return true;
}

/* RCU read side. Lets go of the table now and then, of which the caller finds its place again. */
static bool breathe(u32 *seen)
{
	if (++*seen % BREATH)
		return false;
	rcu_read_unlock();
	cond_resched();
	rcu_read_lock();
	return true;
}

/* True: all of them. */
static bool dump_conns(struct sk_buff *skb, struct netlink_callback *cb, struct nfvs_net *nn,
		       struct nfvs_conn_cursor *cur)
{
	struct nfvs_conn *cp = nfvs_conn_walk(nn, cur);
	struct nfvs_conn_row row;
	u32 seen = 0;

	while (cp) {
		if (nfvs_conn_show(nn, cp, &row) && !dump_row(skb, cb, &row))
			return false;
		cp = nfvs_conn_walk_next(nn, cur, cp);
		if (breathe(&seen))
			cp = nfvs_conn_walk(nn, cur);
	}
	return true;
}

static bool dump_tpls(struct sk_buff *skb, struct netlink_callback *cb, struct nfvs_net *nn,
		      struct nfvs_conn_cursor *cur)
{
	struct nfvs_tpl *tpl = nfvs_tpl_walk(nn, cur);
	struct nfvs_conn_row row;
	u32 seen = 0;

	while (tpl) {
		if (nfvs_tpl_show(tpl, &row) && !dump_row(skb, cb, &row))
			return false;
		tpl = nfvs_tpl_walk_next(nn, cur, tpl);
		if (breathe(&seen))
			tpl = nfvs_tpl_walk(nn, cur);
	}
	return true;
}

/*
 * Between two messages, and while it finds little to show, the walk lets go of
 * the table.
 */
int nfvs_nl_dump_conns(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nfvs_net *nn = nfvs_net(sock_net(skb->sk));
	struct conn_cursor *cur = (void *)cb->ctx;

	BUILD_BUG_ON(sizeof(*cur) > sizeof(cb->ctx));

	rcu_read_lock();
	if (!cur->has_conns && dump_conns(skb, cb, nn, &cur->place))
		*cur = (struct conn_cursor) { .has_conns = true };
	if (cur->has_conns)
		dump_tpls(skb, cb, nn, &cur->place);
	rcu_read_unlock();
	return skb->len;
}
