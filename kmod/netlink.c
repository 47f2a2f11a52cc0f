// SPDX-License-Identifier: GPL-2.0-only
/* The netlink family "nf_vs": operations, replies, events. */
#include "nl.h"

#include <linux/module.h>
#include <linux/nospec.h>

#include "net.h"

enum {
	GROUP_EVENTS,
};

static const struct genl_multicast_group groups[] = {
	[GROUP_EVENTS] = { .name = NFVS_GENL_MCGRP_EVENTS },
};

/* ---- requests ---- */

static bool is_ordinary(const struct nlattr *attr, const struct nla_policy *policy)
{
	if (policy->validation_type != NLA_VALIDATE_NONE)
		return false;
	switch (policy->type) {
	case NLA_U8:
		return nla_len(attr) == sizeof(u8);
	case NLA_BE16:
		return nla_len(attr) == sizeof(__be16);
	case NLA_U32:
		return nla_len(attr) == sizeof(u32);
	case NLA_BINARY:
		return !policy->len;
	case NLA_NESTED:
		return attr->nla_type & NLA_F_NESTED;
	default:
		return false;
	}
}

static bool parse_ordinary(struct nlattr **tb, int max, const struct nlattr *nest,
			   const struct nla_policy *policy)
{
	struct nlattr *attr;
	int rem, type;

	if (!(nest->nla_type & NLA_F_NESTED))
		return false;
	memset(tb, 0, (max + 1) * sizeof(*tb));
	nla_for_each_nested(attr, nest, rem) {
		type = nla_type(attr);
		if (!type || type > max)
			return false;
		type = array_index_nospec(type, max + 1);
		if (!is_ordinary(attr, &policy[type]))
			return false;
		tb[type] = attr;
	}
	return !rem;
}

/* A batch has two nests for each of a hundred thousand destinations. */
int nfvs_nl_parse_nested(struct nlattr **tb, int max, const struct nlattr *nest,
			 const struct nla_policy *policy, struct netlink_ext_ack *extack)
{
	if (parse_ordinary(tb, max, nest, policy))
		return 0;
	return nla_parse_nested(tb, max, nest, policy, extack);
}

/* ---- replies ---- */

int nfvs_nl_put_generation(struct sk_buff *skb, const struct nfvs_net *nn)
{
	return nla_put_u32(skb, NFVS_A_GENERATION, READ_ONCE(nn->generation));
}

struct sk_buff *nfvs_nl_reply_alloc(struct genl_info *info)
{
	struct sk_buff *msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);

	if (!msg)
		NL_SET_ERR_MSG(info->extack, "no memory for the reply");
	return msg;
}

int nfvs_nl_reply(struct genl_info *info, int (*put)(struct sk_buff *skb, struct nfvs_net *nn,
						     const void *arg), const void *arg)
{
	struct sk_buff *msg = nfvs_nl_reply_alloc(info);

	return msg ? nfvs_nl_reply_with(msg, info, put, arg) : -ENOMEM;
}

int nfvs_nl_reply_with(struct sk_buff *msg, struct genl_info *info,
		       int (*put)(struct sk_buff *skb, struct nfvs_net *nn, const void *arg),
		       const void *arg)
{
	void *hdr;
	int err;

	hdr = genlmsg_put_reply(msg, info, &nfvs_genl_family, 0, info->genlhdr->cmd);
	err = hdr ? put(msg, nfvs_net(genl_info_net(info)), arg) : -EMSGSIZE;
	if (err) {
		nlmsg_free(msg);
		return err;
	}
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

struct nlattr *nfvs_nl_dump_attr(const struct netlink_callback *cb, int type)
{
	return nlmsg_find_attr(cb->nlh, GENL_HDRLEN, type);
}

/* 0 would mean "first message" to genl_dump_check_consistent(). */
static u32 dump_seq(const struct nfvs_net *nn)
{
	return READ_ONCE(nn->generation) ?: U32_MAX;
}

void nfvs_nl_dump_sync(struct netlink_callback *cb, const struct nfvs_net *nn)
{
	cb->seq = dump_seq(nn);
}

void *nfvs_nl_dump_begin(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd)
{
	void *hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				&nfvs_genl_family, NLM_F_MULTI, cmd);

	if (hdr)
		genl_dump_check_consistent(cb, hdr);
	return hdr;
}

/* ---- events ---- */

static const u8 events[] = {
	[NFVS_OP_NEW_SERVICE]	= NFVS_NTF_SERVICE_NEW,
	[NFVS_OP_SET_SERVICE]	= NFVS_NTF_SERVICE_SET,
	[NFVS_OP_DEL_SERVICE]	= NFVS_NTF_SERVICE_DEL,
	[NFVS_OP_NEW_DEST]	= NFVS_NTF_DEST_NEW,
	[NFVS_OP_SET_DEST]	= NFVS_NTF_DEST_SET,
	[NFVS_OP_DEL_DEST]	= NFVS_NTF_DEST_DEL,
	[NFVS_OP_FLUSH]		= NFVS_NTF_FLUSHED,
	[NFVS_OP_ZERO]		= NFVS_NTF_ZEROED,
	[NFVS_OP_SET_CONFIG]	= NFVS_NTF_CONFIG_SET,
};

/*
 * From the change alone: in a batch, later changes may have altered or removed
 * its object again.
 */
static int put_event(struct sk_buff *skb, struct nfvs_net *nn, const struct nfvs_change *chg)
{
	int err = 0;

	switch (chg->op) {
	case NFVS_OP_NEW_SERVICE:
	case NFVS_OP_SET_SERVICE:
		err = nfvs_nl_put_svc_key(skb, chg, true);
		break;
	case NFVS_OP_DEL_SERVICE:
		err = nfvs_nl_put_svc_key(skb, chg, false);
		break;
	case NFVS_OP_NEW_DEST:
	case NFVS_OP_SET_DEST:
		err = nfvs_nl_put_svc_key(skb, chg, false) ?:
		      nfvs_nl_put_dest_key(skb, chg, &chg->conf);
		break;
	case NFVS_OP_DEL_DEST:
		err = nfvs_nl_put_svc_key(skb, chg, false) ?:
		      nfvs_nl_put_dest_key(skb, chg, NULL);
		break;
	case NFVS_OP_ZERO:
		if (chg->has_svc)
			err = nfvs_nl_put_svc_key(skb, chg, false);
		break;
	case NFVS_OP_SET_CONFIG:
		err = nfvs_nl_put_config(skb, nn);
		break;
	case NFVS_OP_FLUSH:
		break;
	}
	return err ?: nfvs_nl_put_generation(skb, nn);
}

bool nfvs_netlink_has_listeners(const struct nfvs_net *nn)
{
	return genl_has_listeners(&nfvs_genl_family, nn->net, GROUP_EVENTS);
}

/* A listener that cannot be told learns of the loss by ENOBUFS, as ever in netlink. */
void nfvs_netlink_notify(struct nfvs_net *nn, const struct nfvs_change *chg)
{
	struct sk_buff *msg;
	void *hdr;

	msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!msg)
		goto err;
	hdr = genlmsg_put(msg, 0, 0, &nfvs_genl_family, 0, events[chg->op]);
	if (!hdr || put_event(msg, nn, chg))
		goto err_free;
	genlmsg_end(msg, hdr);
	genlmsg_multicast_netns(&nfvs_genl_family, nn->net, msg, 0, GROUP_EVENTS, GFP_KERNEL);
	return;

err_free:
	nlmsg_free(msg);
err:
	genl_set_err(&nfvs_genl_family, nn->net, 0, GROUP_EVENTS, -ENOBUFS);
}

/* ---- family ---- */

/* Everything that is not named in a policy is refused. */
static const struct nla_policy svc_policy[] = {
	[NFVS_A_SERVICE]	= NLA_POLICY_NESTED(nfvs_nl_svc_policy),
};

/* Which of these a change takes: nl_batch.c, which can say so better than a policy. */
static const struct nla_policy change_policy[] = {
	[NFVS_A_SERVICE]	= NLA_POLICY_NESTED(nfvs_nl_svc_policy),
	[NFVS_A_DEST]		= NLA_POLICY_NESTED(nfvs_nl_dest_policy),
	[NFVS_A_CONFIG]		= NLA_POLICY_NESTED(nfvs_nl_config_policy),
};

static const struct nla_policy batch_policy[] = {
	[NFVS_A_OP]		= { .type = NLA_NESTED },
};

/*
 * Without a policy netlink would ignore attributes. Not NLA_REJECT: of a nest it
 * says that the flag of nests is wrong.
 */
static const struct nla_policy empty_policy[] = {
	[NFVS_A_SERVICE]	= { .type = NLA_UNSPEC },
};

#define WITH_POLICY(p) .policy = (p), .maxattr = ARRAY_SIZE(p) - 1

#define CHANGE(id)						\
	{							\
		.cmd	= (id),					\
		.flags	= GENL_UNS_ADMIN_PERM,			\
		.doit	= nfvs_nl_change,			\
		WITH_POLICY(change_policy),			\
	}

static const struct genl_ops ops[] = {
	{
		.cmd	= NFVS_CMD_GET_INFO,
		.flags	= GENL_UNS_ADMIN_PERM,
		.doit	= nfvs_nl_get_info,
		WITH_POLICY(empty_policy),
	},
	CHANGE(NFVS_CMD_NEW_SERVICE),
	CHANGE(NFVS_CMD_SET_SERVICE),
	CHANGE(NFVS_CMD_DEL_SERVICE),
	{
		.cmd	= NFVS_CMD_GET_SERVICE,
		.flags	= GENL_UNS_ADMIN_PERM,
		.doit	= nfvs_nl_get_service,
		.dumpit	= nfvs_nl_dump_services,
		WITH_POLICY(svc_policy),
	},
	CHANGE(NFVS_CMD_NEW_DEST),
	CHANGE(NFVS_CMD_SET_DEST),
	CHANGE(NFVS_CMD_DEL_DEST),
	{
		.cmd	= NFVS_CMD_GET_DEST,
		.flags	= GENL_UNS_ADMIN_PERM,
		.start	= nfvs_nl_dump_dests_start,
		.dumpit	= nfvs_nl_dump_dests,
		WITH_POLICY(svc_policy),
	},
	CHANGE(NFVS_CMD_FLUSH),
	CHANGE(NFVS_CMD_ZERO),
	CHANGE(NFVS_CMD_SET_CONFIG),
	{
		.cmd	= NFVS_CMD_GET_CONFIG,
		.flags	= GENL_UNS_ADMIN_PERM,
		.doit	= nfvs_nl_get_config,
		WITH_POLICY(empty_policy),
	},
	{
		.cmd	= NFVS_CMD_BATCH,
		.flags	= GENL_UNS_ADMIN_PERM,
		.doit	= nfvs_nl_batch,
		WITH_POLICY(batch_policy),
	},
	{
		.cmd	= NFVS_CMD_GET_CONN,
		.flags	= GENL_UNS_ADMIN_PERM,
		.dumpit	= nfvs_nl_dump_conns,
		WITH_POLICY(empty_policy),
	},
	{
		.cmd	= NFVS_CMD_GET_COUNTERS,
		.flags	= GENL_UNS_ADMIN_PERM,
		.doit	= nfvs_nl_get_counters,
		WITH_POLICY(empty_policy),
	},
};

/* Requests run in parallel: nfvs_net.config_mutex keeps the writers apart. */
struct genl_family nfvs_genl_family __ro_after_init = {
	.name		= NFVS_GENL_NAME,
	.version	= NFVS_GENL_VERSION,
	.netnsok	= true,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.ops		= ops,
	.n_ops		= ARRAY_SIZE(ops),
	.resv_start_op	= NFVS_CMD_GET_INFO,
	.mcgrps		= groups,
	.n_mcgrps	= ARRAY_SIZE(groups),
};

int __init nfvs_netlink_init(void)
{
	return genl_register_family(&nfvs_genl_family);
}

void nfvs_netlink_uninit(void)
{
	genl_unregister_family(&nfvs_genl_family);
}

MODULE_ALIAS_GENL_FAMILY(NFVS_GENL_NAME);
