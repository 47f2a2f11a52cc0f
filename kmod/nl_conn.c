// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: the dump of connections. */
#include "nl.h"

#include <linux/sched.h>
#include <linux/slab.h>

#include "conn.h"
#include "net.h"

enum {
	BREATH	= 512,	/* entries in one RCU read-side section */
};

/* In cb->ctx. */
struct conn_cursor {
	struct rhashtable_iter	*iter;
};

int nfvs_nl_dump_conns_start(struct netlink_callback *cb)
{
	struct nfvs_net *nn = nfvs_net(sock_net(cb->skb->sk));
	struct conn_cursor *cur = (void *)cb->ctx;

	cur->iter = kmalloc(sizeof(*cur->iter), GFP_KERNEL_ACCOUNT);
	if (!cur->iter) {
		NL_SET_ERR_MSG(cb->extack, "no memory for the dump of connections");
		return -ENOMEM;
	}
	rhashtable_walk_enter(&nn->conns, cur->iter);
	return 0;
}

int nfvs_nl_dump_conns_done(struct netlink_callback *cb)
{
	struct conn_cursor *cur = (void *)cb->ctx;

	if (cur->iter)
		rhashtable_walk_exit(cur->iter);
	kfree(cur->iter);
	return 0;
}

static int put_tuple4(struct sk_buff *skb, const struct nfvs_conn *cp)
{
	return nla_put_in_addr(skb, NFVS_CONN_A_CLIENT_ADDR, cp->addr4.caddr) ||
	       nla_put_in_addr(skb, NFVS_CONN_A_VIRTUAL_ADDR, cp->addr4.vaddr);
}

static int put_tuple6(struct sk_buff *skb, const struct nfvs_conn *cp)
{
	return nla_put_in6_addr(skb, NFVS_CONN_A_CLIENT_ADDR, &cp->addr6.caddr) ||
	       nla_put_in6_addr(skb, NFVS_CONN_A_VIRTUAL_ADDR, &cp->addr6.vaddr);
}

static int put_conn(struct sk_buff *skb, const struct nfvs_conn *cp, long left)
{
	const struct nfvs_proto_ops *proto = nfvs_proto_find(cp->proto);
	struct nlattr *nest = nla_nest_start(skb, NFVS_A_CONN);
	const struct nfvs_dest *dest = cp->dest;

	if (!nest ||
	    nla_put_u8(skb, NFVS_CONN_A_AF, nfvs_conn_af(cp)) ||
	    nla_put_u8(skb, NFVS_CONN_A_PROTO, cp->proto) ||
	    (cp->is_v6 ? put_tuple6(skb, cp) : put_tuple4(skb, cp)) ||
	    nla_put_be16(skb, NFVS_CONN_A_CLIENT_PORT, cp->cport) ||
	    nla_put_be16(skb, NFVS_CONN_A_VIRTUAL_PORT, cp->vport) ||
	    nla_put_u8(skb, NFVS_CONN_A_DEST_AF, dest->key.af) ||
	    nfvs_nl_put_addr(skb, NFVS_CONN_A_DEST_ADDR, dest->key.af, &dest->key.addr) ||
	    nla_put_be16(skb, NFVS_CONN_A_DEST_PORT, cp->dport) ||
	    nla_put_u8(skb, NFVS_CONN_A_METHOD, cp->method) ||
	    nla_put_string(skb, NFVS_CONN_A_STATE, proto->state_name(nfvs_conn_state(cp))) ||
	    nla_put_u32(skb, NFVS_CONN_A_EXPIRES, left / HZ))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* False when skb is full. */
static bool dump_one(struct sk_buff *skb, struct netlink_callback *cb, struct nfvs_net *nn,
		     const struct nfvs_conn *cp)
{
	void *hdr;

	if (nfvs_conn_is_over(nn, cp))
		return true;
	/* Not nfvs_nl_dump_begin(): connections come and go, that is no interruption. */
	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &nfvs_genl_family,
			  NLM_F_MULTI, NFVS_CMD_GET_CONN);
	if (!hdr)
		return false;
	/* 0 in the second that an entry is granted beyond its timeout. */
	if (put_conn(skb, cp, max(nfvs_conn_left(nn, cp), 0L))) {
		genlmsg_cancel(skb, hdr);
		return false;
	}
	genlmsg_end(skb, hdr);
	return true;
}

/*
 * Between two messages, and while it finds little to show, the walk lets go of
 * the table. An entry may be shown twice when the table is resized; it may be
 * left out when others of its hash chain go meanwhile, the last one shown among
 * them.
 */
int nfvs_nl_dump_conns(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nfvs_net *nn = nfvs_net(sock_net(skb->sk));
	struct conn_cursor *cur = (void *)cb->ctx;
	struct nfvs_conn *cp;
	u32 seen = 0;

	rhashtable_walk_start(cur->iter);
	/* The one that did not fit into the last message, or the first of all. */
	cp = rhashtable_walk_peek(cur->iter);
	while (cp) {
		/* -EAGAIN: resized, the walk begins anew. */
		if (!IS_ERR(cp) && !dump_one(skb, cb, nn, cp))
			break;
		if (++seen % BREATH == 0) {
			rhashtable_walk_stop(cur->iter);
			cond_resched();
			rhashtable_walk_start(cur->iter);
		}
		cp = rhashtable_walk_next(cur->iter);
	}
	rhashtable_walk_stop(cur->iter);
	return skb->len;
}
