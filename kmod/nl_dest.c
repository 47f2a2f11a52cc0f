// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: destinations. */
#include "nl.h"

#include "dump.h"
#include "net.h"

/* Types only; ranges: config.c, with a text that names the field. */
const struct nla_policy nfvs_nl_dest_policy[NFVS_DEST_A_MAX + 1] = {
	[NFVS_DEST_A_AF]		= { .type = NLA_U8 },
	[NFVS_DEST_A_ADDR]		= { .type = NLA_BINARY },
	[NFVS_DEST_A_PORT]		= { .type = NLA_BE16 },
	[NFVS_DEST_A_METHOD]		= { .type = NLA_U8 },
	[NFVS_DEST_A_WEIGHT]		= { .type = NLA_U32 },
	[NFVS_DEST_A_UPPER_THRESHOLD]	= { .type = NLA_U32 },
	[NFVS_DEST_A_LOWER_THRESHOLD]	= { .type = NLA_U32 },
	[NFVS_DEST_A_TUN_TYPE]		= { .type = NLA_U8 },
};

/* ---- decoding ---- */

static int parse_method(struct nlattr **tb, struct nfvs_dest_conf *conf,
			struct netlink_ext_ack *extack)
{
	const struct nlattr *tun = tb[NFVS_DEST_A_TUN_TYPE];

	conf->method = NFVS_METHOD_DR;
	if (tb[NFVS_DEST_A_METHOD])
		conf->method = nla_get_u8(tb[NFVS_DEST_A_METHOD]);
	if (conf->method != NFVS_METHOD_NAT && conf->method != NFVS_METHOD_TUN &&
	    conf->method != NFVS_METHOD_DR) {
		NL_SET_ERR_MSG_ATTR(extack, tb[NFVS_DEST_A_METHOD],
				    "DEST.METHOD: none of NAT, TUN, DR");
		return -EINVAL;
	}
	conf->tun_type = NFVS_TUN_IPIP;
	if (!tun)
		return 0;
	if (conf->method != NFVS_METHOD_TUN) {
		NL_SET_ERR_MSG_ATTR(extack, tun, "DEST.TUN_TYPE: only with METHOD TUN");
		return -EINVAL;
	}
	conf->tun_type = nla_get_u8(tun);
	if (conf->tun_type != NFVS_TUN_IPIP) {
		NL_SET_ERR_MSG_ATTR(extack, tun, "DEST.TUN_TYPE: not IPIP");
		return -EINVAL;
	}
	return 0;
}

static u32 get_u32(const struct nlattr *attr, u32 fallback)
{
	return attr ? nla_get_u32(attr) : fallback;
}

int nfvs_nl_parse_dest(const struct nlattr *nest, struct nfvs_change *chg,
		       struct netlink_ext_ack *extack)
{
	struct nlattr *tb[NFVS_DEST_A_MAX + 1];
	int err;

	if (!nest) {
		NL_SET_ERR_MSG_ATTR(extack, chg->at.op, "DEST is missing");
		return -EINVAL;
	}
	err = nfvs_nl_parse_nested(tb, NFVS_DEST_A_MAX, nest, nfvs_nl_dest_policy, extack);
	if (err)
		return err;
	if (!tb[NFVS_DEST_A_ADDR] || !tb[NFVS_DEST_A_PORT]) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "DEST: identity needs ADDR and PORT");
		return -EINVAL;
	}
	chg->af = chg->svc.af;
	if (tb[NFVS_DEST_A_AF]) {
		err = nfvs_nl_parse_af(tb[NFVS_DEST_A_AF], &chg->af, extack);
		if (err)
			return err;
	}
	err = nfvs_nl_parse_addr(tb[NFVS_DEST_A_ADDR], chg->af, &chg->addr, extack);
	if (err)
		return err;
	chg->port = nla_get_be16(tb[NFVS_DEST_A_PORT]);
	chg->conf.weight = get_u32(tb[NFVS_DEST_A_WEIGHT], 1);
	chg->conf.upper = get_u32(tb[NFVS_DEST_A_UPPER_THRESHOLD], 0);
	chg->conf.lower = get_u32(tb[NFVS_DEST_A_LOWER_THRESHOLD], 0);
	chg->at.dest = nest;
	chg->at.addr = tb[NFVS_DEST_A_ADDR];
	chg->at.weight = tb[NFVS_DEST_A_WEIGHT];
	chg->at.method = tb[NFVS_DEST_A_METHOD];
	chg->at.upper = tb[NFVS_DEST_A_UPPER_THRESHOLD];
	chg->at.lower = tb[NFVS_DEST_A_LOWER_THRESHOLD];
	return parse_method(tb, &chg->conf, extack);
}

/* ---- encoding ---- */

static int put_identity(struct sk_buff *skb, u16 af, const union nf_inet_addr *addr, __be16 port)
{
	if (nla_put_u8(skb, NFVS_DEST_A_AF, af) ||
	    nfvs_nl_put_addr(skb, NFVS_DEST_A_ADDR, af, addr) ||
	    nla_put_be16(skb, NFVS_DEST_A_PORT, port))
		return -EMSGSIZE;
	return 0;
}

static int put_conf(struct sk_buff *skb, const struct nfvs_dest_conf *conf)
{
	if (nla_put_u8(skb, NFVS_DEST_A_METHOD, conf->method) ||
	    nla_put_u32(skb, NFVS_DEST_A_WEIGHT, conf->weight) ||
	    nla_put_u32(skb, NFVS_DEST_A_UPPER_THRESHOLD, conf->upper) ||
	    nla_put_u32(skb, NFVS_DEST_A_LOWER_THRESHOLD, conf->lower))
		return -EMSGSIZE;
	if (conf->method == NFVS_METHOD_TUN)
		return nla_put_u8(skb, NFVS_DEST_A_TUN_TYPE, conf->tun_type);
	return 0;
}

int nfvs_nl_put_dest_key(struct sk_buff *skb, const struct nfvs_change *chg,
			 const struct nfvs_dest_conf *conf)
{
	struct nlattr *nest = nla_nest_start(skb, NFVS_A_DEST);

	if (!nest || put_identity(skb, chg->af, &chg->addr, chg->port) ||
	    (conf && put_conf(skb, conf)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

int nfvs_nl_put_dest(struct sk_buff *skb, const struct nfvs_dest *dest)
{
	struct nlattr *nest = nla_nest_start(skb, NFVS_A_DEST);
	struct nfvs_shown shown;

	nfvs_shown_dest(dest, &shown);
	if (!nest || put_identity(skb, dest->key.af, &dest->key.addr, dest->key.port) ||
	    put_conf(skb, &dest->conf) ||
	    nla_put_u32(skb, NFVS_DEST_A_ACTIVE_CONNS, nfvs_dest_active(dest)) ||
	    nla_put_u32(skb, NFVS_DEST_A_INACTIVE_CONNS, nfvs_dest_inactive(dest)) ||
	    nla_put_u32(skb, NFVS_DEST_A_PERSIST_CONNS, atomic_read(&dest->n_tpls)) ||
	    nfvs_nl_put_stats(skb, NFVS_DEST_A_STATS, &shown.sum, &shown.rates))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* ---- dump ---- */

/* In cb->ctx. */
struct dest_cursor {
	struct nfvs_svc_key	svc;
	u64			below;	/* destinations with smaller ids are to come */
};

int nfvs_nl_dump_dests_start(struct netlink_callback *cb)
{
	struct nfvs_net *nn = nfvs_net(sock_net(cb->skb->sk));
	struct dest_cursor *cur = (void *)cb->ctx;
	struct nfvs_change chg = {};
	bool found;
	int err;

	BUILD_BUG_ON(sizeof(*cur) > sizeof(cb->ctx));

	err = nfvs_nl_parse_svc(nfvs_nl_dump_attr(cb, NFVS_A_SERVICE), &chg, cb->extack);
	if (err)
		return err;
	mutex_lock(&nn->config_mutex);
	found = nfvs_svc_get(nn, &chg.svc);
	/* As if a first message had been sent: the service may go before there is one. */
	nfvs_nl_dump_sync(cb, nn);
	cb->prev_seq = cb->seq;
	mutex_unlock(&nn->config_mutex);
	if (!found) {
		NL_SET_ERR_MSG_ATTR(cb->extack, chg.at.svc, "SERVICE: no such service");
		return -ESRCH;
	}
	cur->svc = chg.svc;
	cur->below = U64_MAX;
	return 0;
}

static bool dump_one(struct sk_buff *skb, struct netlink_callback *cb, struct nfvs_net *nn,
		     const struct nfvs_dest *dest)
{
	void *hdr = nfvs_nl_dump_begin(skb, cb, NFVS_CMD_GET_DEST);

	if (!hdr)
		return false;
	if (nfvs_nl_put_dest(skb, dest) || nfvs_nl_put_generation(skb, nn)) {
		genlmsg_cancel(skb, hdr);
		return false;
	}
	genlmsg_end(skb, hdr);
	return true;
}

int nfvs_nl_dump_dests(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nfvs_net *nn = nfvs_net(sock_net(skb->sk));
	struct dest_cursor *cur = (void *)cb->ctx;
	const struct nfvs_dset *set;
	struct nfvs_svc *svc;
	u32 i;

	mutex_lock(&nn->config_mutex);
	nfvs_nl_dump_sync(cb, nn);
	svc = nfvs_svc_get(nn, &cur->svc);
	if (!svc)
		goto out;
	set = rcu_dereference_protected(svc->dset, lockdep_is_held(&nn->config_mutex));
	for (i = nfvs_dset_first_below(set, cur->below); i < set->n; i++) {
		if (set->slot[i].is_gone)
			continue;
		if (!dump_one(skb, cb, nn, set->slot[i].dest))
			break;
		cur->below = set->slot[i].id;
	}
out:
	mutex_unlock(&nn->config_mutex);
	return skb->len;
}
