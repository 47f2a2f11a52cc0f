// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: services. */
#include "nl.h"

#include <linux/ipv6.h>

#include "dump.h"
#include "net.h"

/* Types only: what ranges refuse has no text, and an error shall name its field. */
const struct nla_policy nfvs_nl_svc_policy[NFVS_SVC_A_MAX + 1] = {
	[NFVS_SVC_A_AF]		= { .type = NLA_U8 },
	[NFVS_SVC_A_PROTO]	= { .type = NLA_U16 },
	[NFVS_SVC_A_ADDR]	= { .type = NLA_BINARY },
	[NFVS_SVC_A_PORT]	= { .type = NLA_BE16 },
	[NFVS_SVC_A_FWMARK]	= { .type = NLA_U32 },
	[NFVS_SVC_A_SCHED]	= { .type = NLA_NUL_STRING },
	[NFVS_SVC_A_NO_FASTPATH] = { .type = NLA_FLAG },
	[NFVS_SVC_A_FLAGS]	= { .type = NLA_U32 },
	[NFVS_SVC_A_TIMEOUT]	= { .type = NLA_U32 },
	[NFVS_SVC_A_NETMASK]	= { .type = NLA_BE32 },
	[NFVS_SVC_A_PLEN]	= { .type = NLA_U8 },
	[NFVS_SVC_A_PE]		= { .type = NLA_NUL_STRING },
};

/* ---- decoding ---- */

int nfvs_nl_parse_af(const struct nlattr *attr, u16 *af, struct netlink_ext_ack *extack)
{
	*af = nla_get_u8(attr);
	/* Without IPv6 its routes cannot even be asked for. */
	if (*af == AF_INET || (*af == AF_INET6 && ipv6_mod_enabled()))
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr, "AF: neither AF_INET nor AF_INET6");
	return -EAFNOSUPPORT;
}

int nfvs_nl_parse_addr(const struct nlattr *attr, u16 af, union nf_inet_addr *addr,
		       struct netlink_ext_ack *extack)
{
	int len = af == AF_INET6 ? sizeof(addr->in6) : sizeof(addr->ip);

	if (nla_len(attr) != len) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "ADDR: length does not fit AF");
		return -EINVAL;
	}
	memset(addr, 0, sizeof(*addr));
	memcpy(addr, nla_data(attr), len);
	return 0;
}

static int parse_fwmark(struct nlattr **tb, struct nfvs_svc_key *key,
			struct netlink_ext_ack *extack)
{
	if (tb[NFVS_SVC_A_PROTO] || tb[NFVS_SVC_A_ADDR] || tb[NFVS_SVC_A_PORT]) {
		NL_SET_ERR_MSG_ATTR(extack, tb[NFVS_SVC_A_FWMARK],
				    "SERVICE.FWMARK: not together with PROTO, ADDR, PORT");
		return -EINVAL;
	}
	key->fwmark = nla_get_u32(tb[NFVS_SVC_A_FWMARK]);
	if (!key->fwmark) {
		NL_SET_ERR_MSG_ATTR(extack, tb[NFVS_SVC_A_FWMARK], "SERVICE.FWMARK: 0 is no mark");
		return -EINVAL;
	}
	return 0;
}

static int parse_address(const struct nlattr *nest, struct nlattr **tb, struct nfvs_svc_key *key,
			 struct netlink_ext_ack *extack)
{
	if (!tb[NFVS_SVC_A_PROTO] || !tb[NFVS_SVC_A_ADDR] || !tb[NFVS_SVC_A_PORT]) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "SERVICE: identity needs FWMARK or PROTO, ADDR and PORT");
		return -EINVAL;
	}
	key->proto = nla_get_u16(tb[NFVS_SVC_A_PROTO]);
	key->port = nla_get_be16(tb[NFVS_SVC_A_PORT]);
	return nfvs_nl_parse_addr(tb[NFVS_SVC_A_ADDR], key->af, &key->addr, extack);
}

/*
 * How clients are told apart: by a mask or a prefix, as the family has it; whole
 * addresses by default.
 */
static int parse_mask(struct nlattr **tb, struct nfvs_change *chg, struct netlink_ext_ack *extack)
{
	const struct nlattr *wrong = tb[NFVS_SVC_A_PLEN];
	struct nfvs_svc_conf *conf = &chg->svc_conf;

	chg->at.netmask = tb[NFVS_SVC_A_NETMASK];
	if (chg->svc.af == AF_INET6) {
		chg->at.netmask = tb[NFVS_SVC_A_PLEN];
		wrong = tb[NFVS_SVC_A_NETMASK];
	}
	if (wrong) {
		NL_SET_ERR_MSG_ATTR(extack, wrong,
				    "SERVICE: NETMASK is for AF_INET, PLEN for AF_INET6");
		return -EINVAL;
	}
	if (chg->svc.af == AF_INET6)
		conf->plen = chg->at.netmask ? nla_get_u8(chg->at.netmask) : 128;
	else
		conf->netmask = chg->at.netmask ? nla_get_in_addr(chg->at.netmask) : htonl(~0);
	return 0;
}

static int parse_conf(struct nlattr **tb, struct nfvs_change *chg, struct netlink_ext_ack *extack)
{
	struct nfvs_svc_conf *conf = &chg->svc_conf;

	chg->at.sched = tb[NFVS_SVC_A_SCHED];
	if (chg->at.sched && strlen(nla_data(chg->at.sched)) > NFVS_SCHED_NAME_MAX) {
		NL_SET_ERR_MSG_ATTR(extack, chg->at.sched, "SERVICE.SCHED: name too long");
		return -EINVAL;
	}
	conf->sched = nfvs_sched_find(chg->at.sched ? nla_data(chg->at.sched) : "wlc");
	chg->at.pe = tb[NFVS_SVC_A_PE];
	conf->no_fastpath = nla_get_flag(tb[NFVS_SVC_A_NO_FASTPATH]);
	if (tb[NFVS_SVC_A_FLAGS])
		conf->flags = nla_get_u32(tb[NFVS_SVC_A_FLAGS]);
	if (conf->flags & ~NFVS_SVC_FLAGS) {
		NL_SET_ERR_MSG_ATTR(extack, tb[NFVS_SVC_A_FLAGS], "SERVICE.FLAGS: unknown bits");
		return -EINVAL;
	}
	chg->flags_mask = U32_MAX;
	if (tb[NFVS_SVC_A_TIMEOUT])
		conf->timeout = nla_get_u32(tb[NFVS_SVC_A_TIMEOUT]);
	return parse_mask(tb, chg, extack);
}

int nfvs_nl_parse_svc(const struct nlattr *nest, struct nfvs_change *chg,
		      struct netlink_ext_ack *extack)
{
	struct nlattr *tb[NFVS_SVC_A_MAX + 1];
	struct nfvs_svc_key *key = &chg->svc;
	int err;

	if (!nest) {
		NL_SET_ERR_MSG_ATTR(extack, chg->at.op, "SERVICE is missing");
		return -EINVAL;
	}
	err = nla_parse_nested(tb, NFVS_SVC_A_MAX, nest, nfvs_nl_svc_policy, extack);
	if (err)
		return err;
	memset(key, 0, sizeof(*key));
	chg->has_svc = true;
	chg->at.svc = nest;
	if (!tb[NFVS_SVC_A_AF]) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "SERVICE.AF is missing");
		return -EINVAL;
	}
	err = nfvs_nl_parse_af(tb[NFVS_SVC_A_AF], &key->af, extack);
	if (err)
		return err;
	err = parse_conf(tb, chg, extack);
	if (err)
		return err;
	if (tb[NFVS_SVC_A_FWMARK])
		return parse_fwmark(tb, key, extack);
	return parse_address(nest, tb, key, extack);
}

/* ---- encoding ---- */

int nfvs_nl_put_addr(struct sk_buff *skb, int type, u16 af, const union nf_inet_addr *addr)
{
	return af == AF_INET6 ? nla_put_in6_addr(skb, type, &addr->in6) :
				nla_put_in_addr(skb, type, addr->ip);
}

int nfvs_nl_put_stats(struct sk_buff *skb, int type, const struct nfvs_stats_sum *sum,
		      const struct nfvs_rates *rates)
{
	struct nlattr *nest = nla_nest_start(skb, type);
	struct nfvs_rates r;

	nfvs_rates_show(rates, &r);
	if (!nest ||
	    nla_put_u64_64bit(skb, NFVS_STATS_A_CONNS, sum->conns, NFVS_STATS_A_PAD) ||
	    nla_put_u64_64bit(skb, NFVS_STATS_A_IN_PKTS, sum->in_pkts, NFVS_STATS_A_PAD) ||
	    nla_put_u64_64bit(skb, NFVS_STATS_A_OUT_PKTS, sum->out_pkts, NFVS_STATS_A_PAD) ||
	    nla_put_u64_64bit(skb, NFVS_STATS_A_IN_BYTES, sum->in_bytes, NFVS_STATS_A_PAD) ||
	    nla_put_u64_64bit(skb, NFVS_STATS_A_OUT_BYTES, sum->out_bytes, NFVS_STATS_A_PAD) ||
	    nla_put_u64_64bit(skb, NFVS_STATS_A_CPS, r.cps, NFVS_STATS_A_PAD) ||
	    nla_put_u64_64bit(skb, NFVS_STATS_A_IN_PPS, r.in_pps, NFVS_STATS_A_PAD) ||
	    nla_put_u64_64bit(skb, NFVS_STATS_A_OUT_PPS, r.out_pps, NFVS_STATS_A_PAD) ||
	    nla_put_u64_64bit(skb, NFVS_STATS_A_IN_BPS, r.in_bps, NFVS_STATS_A_PAD) ||
	    nla_put_u64_64bit(skb, NFVS_STATS_A_OUT_BPS, r.out_bps, NFVS_STATS_A_PAD) ||
	    nla_put_u64_64bit(skb, NFVS_STATS_A_FAST_PKTS, sum->fast_pkts, NFVS_STATS_A_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* The members of SERVICE that identify it. */
static int put_identity(struct sk_buff *skb, const struct nfvs_svc_key *key)
{
	if (nla_put_u8(skb, NFVS_SVC_A_AF, key->af))
		return -EMSGSIZE;
	if (key->fwmark)
		return nla_put_u32(skb, NFVS_SVC_A_FWMARK, key->fwmark);
	if (nla_put_u16(skb, NFVS_SVC_A_PROTO, key->proto) ||
	    nfvs_nl_put_addr(skb, NFVS_SVC_A_ADDR, key->af, &key->addr) ||
	    nla_put_be16(skb, NFVS_SVC_A_PORT, key->port))
		return -EMSGSIZE;
	return 0;
}

/* What has its default is left out. */
static int put_mask(struct sk_buff *skb, u16 af, const struct nfvs_svc_conf *conf)
{
	if (af == AF_INET6)
		return conf->plen == 128 ? 0 : nla_put_u8(skb, NFVS_SVC_A_PLEN, conf->plen);
	return conf->netmask == htonl(~0) ? 0 :
	       nla_put_in_addr(skb, NFVS_SVC_A_NETMASK, conf->netmask);
}

static int put_conf(struct sk_buff *skb, u16 af, const struct nfvs_svc_conf *conf)
{
	if (nla_put_string(skb, NFVS_SVC_A_SCHED, conf->sched->name) ||
	    (conf->flags && nla_put_u32(skb, NFVS_SVC_A_FLAGS, conf->flags)) ||
	    (conf->timeout && nla_put_u32(skb, NFVS_SVC_A_TIMEOUT, conf->timeout)) ||
	    put_mask(skb, af, conf))
		return -EMSGSIZE;
	return conf->no_fastpath ? nla_put_flag(skb, NFVS_SVC_A_NO_FASTPATH) : 0;
}

int nfvs_nl_put_svc_key(struct sk_buff *skb, const struct nfvs_change *chg, bool has_conf)
{
	struct nlattr *nest = nla_nest_start(skb, NFVS_A_SERVICE);

	if (!nest || put_identity(skb, &chg->svc) ||
	    (has_conf && put_conf(skb, chg->svc.af, &chg->svc_conf)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* Everything of a service; configuration mutex. */
static int put_svc(struct sk_buff *skb, const struct nfvs_svc *svc, const struct nfvs_shown *shown)
{
	struct nlattr *nest = nla_nest_start(skb, NFVS_A_SERVICE);

	if (!nest || put_identity(skb, &svc->key) ||
	    put_conf(skb, svc->key.af, &svc->conf) ||
	    nla_put_u32(skb, NFVS_SVC_A_DEST_COUNT, svc->n_dests) ||
	    nfvs_nl_put_stats(skb, NFVS_SVC_A_STATS, &shown->sum, &shown->rates))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* ---- operations ---- */

/* -ESRCH is not the encoder's, but passes through nfvs_nl_reply() all the same. */
static int put_found(struct sk_buff *skb, struct nfvs_net *nn, const void *arg)
{
	const struct nfvs_change *chg = arg;
	struct nfvs_shown shown;
	struct nfvs_svc *svc;
	int err = -ESRCH;

	mutex_lock(&nn->config_mutex);
	svc = nfvs_shown_get(nn, &chg->svc, &shown);
	if (svc)
		err = put_svc(skb, svc, &shown);
	mutex_unlock(&nn->config_mutex);
	return err;
}

int nfvs_nl_get_service(struct sk_buff *skb, struct genl_info *info)
{
	struct nfvs_change chg = {};
	int err;

	err = nfvs_nl_parse_svc(info->attrs[NFVS_A_SERVICE], &chg, info->extack);
	if (err)
		return err;
	err = nfvs_nl_reply(info, put_found, &chg);
	if (err == -ESRCH)
		NL_SET_ERR_MSG_ATTR(info->extack, chg.at.svc, "SERVICE: no such service");
	return err;
}

/* False when skb is full. */
static bool dump_one(struct sk_buff *skb, struct netlink_callback *cb, const struct nfvs_svc *svc,
		     const struct nfvs_shown *shown)
{
	void *hdr = nfvs_nl_dump_begin(skb, cb, NFVS_CMD_GET_SERVICE);

	if (!hdr)
		return false;
	if (put_svc(skb, svc, shown) || nfvs_nl_put_generation(skb, svc->nn)) {
		genlmsg_cancel(skb, hdr);
		return false;
	}
	genlmsg_end(skb, hdr);
	return true;
}

int nfvs_nl_dump_services(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nfvs_net *nn = nfvs_net(sock_net(skb->sk));
	struct nfvs_svc_cursor *cur = (void *)cb->ctx;
	struct nfvs_shown shown;
	struct nfvs_svc *svc;

	BUILD_BUG_ON(sizeof(*cur) > sizeof(cb->ctx));

	mutex_lock(&nn->config_mutex);
	for (;;) {
		svc = nfvs_shown_next(nn, cur, &shown);
		/* Only now: the mutex may have been let go. */
		nfvs_nl_dump_sync(cb, nn);
		if (!svc || !dump_one(skb, cb, svc, &shown))
			break;
		nfvs_svc_cursor_set(cur, svc);
	}
	mutex_unlock(&nn->config_mutex);
	return skb->len;
}
