// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: timeouts, facts about the module, named counters. */
#include "nl.h"

#include "conn.h"
#include "net.h"

enum {
	IPVS_VERSION	= 0x010201,	/* the one we stand in for */
};

/* Types only; ranges: config.c, with a text that names the field. */
const struct nla_policy nfvs_nl_config_policy[NFVS_CONFIG_A_MAX + 1] = {
	[NFVS_CONFIG_A_TIMEOUT_TCP]	= { .type = NLA_U32 },
	[NFVS_CONFIG_A_TIMEOUT_TCP_FIN]	= { .type = NLA_U32 },
	[NFVS_CONFIG_A_TIMEOUT_UDP]	= { .type = NLA_U32 },
};

int nfvs_nl_parse_config(const struct nlattr *nest, struct nfvs_change *chg,
			 struct netlink_ext_ack *extack)
{
	struct nlattr *tb[NFVS_CONFIG_A_MAX + 1];
	int err, i;

	if (!nest) {
		NL_SET_ERR_MSG_ATTR(extack, chg->at.op, "CONFIG is missing");
		return -EINVAL;
	}
	err = nla_parse_nested(tb, NFVS_CONFIG_A_MAX, nest, nfvs_nl_config_policy, extack);
	if (err)
		return err;
	for (i = 0; i < ARRAY_SIZE(chg->timeouts); i++) {
		chg->at.timeouts[i] = tb[NFVS_CONFIG_A_TIMEOUT_TCP + i];
		if (chg->at.timeouts[i])
			chg->timeouts[i] = nla_get_u32(chg->at.timeouts[i]);
	}
	return 0;
}

int nfvs_nl_put_config(struct sk_buff *skb, const struct nfvs_net *nn)
{
	struct nlattr *nest = nla_nest_start(skb, NFVS_A_CONFIG);
	const struct nfvs_timeouts *t = &nn->timeouts;

	if (!nest ||
	    nla_put_u32(skb, NFVS_CONFIG_A_TIMEOUT_TCP,
			READ_ONCE(t->tcp[NFVS_TCP_ESTABLISHED]) / HZ) ||
	    nla_put_u32(skb, NFVS_CONFIG_A_TIMEOUT_TCP_FIN,
			READ_ONCE(t->tcp[NFVS_TCP_FIN_WAIT]) / HZ) ||
	    nla_put_u32(skb, NFVS_CONFIG_A_TIMEOUT_UDP,
			READ_ONCE(t->udp[NFVS_UDP_NORMAL]) / HZ))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_config(struct sk_buff *skb, struct nfvs_net *nn, const void *arg)
{
	return nfvs_nl_put_config(skb, nn);
}

int nfvs_nl_get_config(struct sk_buff *skb, struct genl_info *info)
{
	return nfvs_nl_reply(info, put_config, NULL);
}

static int put_info(struct sk_buff *skb, struct nfvs_net *nn, const void *arg)
{
	struct nlattr *nest = nla_nest_start(skb, NFVS_A_INFO);
	/* rhashtable counts an entry after linking it: others may have removed it by then. */
	int conns = max_t(int, nfvs_conn_table_count(nn), 0);

	if (!nest ||
	    nla_put_u32(skb, NFVS_INFO_A_VERSION, IPVS_VERSION) ||
	    nla_put_u32(skb, NFVS_INFO_A_CONN_TAB_SIZE, nfvs_conn_table_size(nn)) ||
	    nla_put_u32(skb, NFVS_INFO_A_SERVICES, READ_ONCE(nn->n_services)) ||
	    nla_put_u32(skb, NFVS_INFO_A_CONNS, conns))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

int nfvs_nl_get_info(struct sk_buff *skb, struct genl_info *info)
{
	return nfvs_nl_reply(info, put_info, NULL);
}

static int put_counters(struct sk_buff *skb, struct nfvs_net *nn, const void *arg)
{
	struct nlattr *nest;
	int i;

	for (i = 0; i < NFVS_C_MAX; i++) {
		nest = nla_nest_start(skb, NFVS_A_COUNTER);
		if (!nest ||
		    nla_put_string(skb, NFVS_COUNTER_A_NAME, nfvs_counter_names[i]) ||
		    nla_put_u64_64bit(skb, NFVS_COUNTER_A_VALUE, nfvs_counter_read(nn, i),
				      NFVS_COUNTER_A_PAD))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	return 0;
}

int nfvs_nl_get_counters(struct sk_buff *skb, struct genl_info *info)
{
	return nfvs_nl_reply(info, put_counters, NULL);
}
