// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: the dump of connections. */
#include "nl.h"

#include <linux/sched.h>

#include "conn.h"
#include "net.h"

enum {
	BREATH	= 512,	/* entries in one RCU read-side section */
};

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
	    nla_put_be16(skb, NFVS_CONN_A_DEST_PORT, nfvs_conn_dport(cp)) ||
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
 * the table. Its place is in cb->ctx.
 */
int nfvs_nl_dump_conns(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nfvs_net *nn = nfvs_net(sock_net(skb->sk));
	struct nfvs_conn_cursor *cur = (void *)cb->ctx;
	struct nfvs_conn *cp;
	u32 seen = 0;

	rcu_read_lock();
	cp = nfvs_conn_walk(nn, cur);
	while (cp && dump_one(skb, cb, nn, cp)) {
		cp = nfvs_conn_walk_next(nn, cur, cp);
		if (++seen % BREATH == 0) {
			rcu_read_unlock();
			cond_resched();
			rcu_read_lock();
			cp = nfvs_conn_walk(nn, cur);
		}
	}
	rcu_read_unlock();
	return skb->len;
}
