// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: requests that change something, one by one or as a batch. */
#include "nl.h"

#include "net.h"

/* What is in the nests is looked at once, when they are decoded. */
static const struct nla_policy op_policy[NFVS_OP_A_MAX + 1] = {
	[NFVS_OP_A_CMD]		= { .type = NLA_U8 },
	[NFVS_OP_A_SERVICE]	= { .type = NLA_NESTED },
	[NFVS_OP_A_DEST]	= { .type = NLA_NESTED },
	[NFVS_OP_A_CONFIG]	= { .type = NLA_NESTED },
};

/* Which nests a command needs. */
enum {
	WANT_SVC	= 1,
	MAY_SVC		= 2,
	WANT_DEST	= 4,
	WANT_CONFIG	= 8,
};

static const struct {
	enum nfvs_op	op;
	u8		nests;	/* 0: not a change */
} changes[] = {
	[NFVS_CMD_NEW_SERVICE]	= { NFVS_OP_NEW_SERVICE, WANT_SVC },
	[NFVS_CMD_SET_SERVICE]	= { NFVS_OP_SET_SERVICE, WANT_SVC },
	[NFVS_CMD_DEL_SERVICE]	= { NFVS_OP_DEL_SERVICE, WANT_SVC },
	[NFVS_CMD_NEW_DEST]	= { NFVS_OP_NEW_DEST, WANT_SVC | WANT_DEST },
	[NFVS_CMD_SET_DEST]	= { NFVS_OP_SET_DEST, WANT_SVC | WANT_DEST },
	[NFVS_CMD_DEL_DEST]	= { NFVS_OP_DEL_DEST, WANT_SVC | WANT_DEST },
	[NFVS_CMD_FLUSH]	= { NFVS_OP_FLUSH, 0 },
	[NFVS_CMD_ZERO]		= { NFVS_OP_ZERO, MAY_SVC },
	[NFVS_CMD_SET_CONFIG]	= { NFVS_OP_SET_CONFIG, WANT_CONFIG },
};

static bool is_change(u8 cmd)
{
	return cmd == NFVS_CMD_FLUSH || (cmd < ARRAY_SIZE(changes) && changes[cmd].nests);
}

/*
 * A nest that the command does not know is a mistake, not noise: a FLUSH meant
 * for one service would take all.
 */
#define refuse_surplus(name, attr, is_wanted, extack)				\
({										\
	int __err = 0;								\
										\
	if ((attr) && !(is_wanted)) {						\
		NL_SET_ERR_MSG_ATTR(extack, attr,				\
				    name ": this operation does not take it");	\
		__err = -EINVAL;						\
	}									\
	__err;									\
})

/* The family IPVS makes any; here, others can only be shown and removed. */
static int check_proto(const struct nfvs_change *chg, struct netlink_ext_ack *extack)
{
	const struct nfvs_svc_key *key = &chg->svc;

	if (key->fwmark || (key->proto <= U8_MAX && nfvs_proto_find(key->proto)))
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, nla_find_nested(chg->at.svc, NFVS_SVC_A_PROTO),
			    "SERVICE.PROTO: neither TCP nor UDP");
	return -EINVAL;
}

/* A change of destinations without SERVICE goes on with the one of the change before. */
static int parse_svc(const struct nlattr *svc, u8 nests, struct nfvs_change *chg,
		     struct netlink_ext_ack *extack)
{
	if (!svc && nests & WANT_DEST && chg->has_svc) {
		chg->goes_on = true;
		return 0;
	}
	return nfvs_nl_parse_svc(svc, chg, extack);
}

/*
 * chg->at.op is set, and in a batch chg->svc, as of the change before, else all is
 * zero; svc, dest, config may be NULL.
 */
static int parse_change(u8 cmd, const struct nlattr *svc, const struct nlattr *dest,
			const struct nlattr *config, struct nfvs_change *chg,
			struct netlink_ext_ack *extack)
{
	u8 nests = changes[cmd].nests;
	int err;

	chg->op = changes[cmd].op;
	err = refuse_surplus("SERVICE", svc, nests & (WANT_SVC | MAY_SVC), extack);
	if (!err)
		err = refuse_surplus("DEST", dest, nests & WANT_DEST, extack);
	if (!err)
		err = refuse_surplus("CONFIG", config, nests & WANT_CONFIG, extack);
	if (!err && (nests & WANT_SVC || (nests & MAY_SVC && svc)))
		err = parse_svc(svc, nests, chg, extack);
	else
		chg->has_svc = false;
	if (!err && chg->op == NFVS_OP_NEW_SERVICE)
		err = check_proto(chg, extack);
	if (!err && nests & WANT_DEST)
		err = nfvs_nl_parse_dest(dest, chg, extack);
	if (!err && nests & WANT_CONFIG)
		err = nfvs_nl_parse_config(config, chg, extack);
	return err;
}

/* NLM_F_ECHO: the new object with its defaults filled in. */
static int put_echo(struct sk_buff *skb, struct nfvs_net *nn, const void *arg)
{
	const struct nfvs_change *chg = arg;
	int err;

	if (chg->op == NFVS_OP_NEW_SERVICE)
		err = nfvs_nl_put_svc_key(skb, chg, true);
	else
		err = nfvs_nl_put_svc_key(skb, chg, false) ?:
		      nfvs_nl_put_dest_key(skb, chg, &chg->conf);
	return err ?: nfvs_nl_put_generation(skb, nn);
}

static bool wants_echo(const struct genl_info *info, const struct nfvs_change *chg)
{
	return info->nlhdr->nlmsg_flags & NLM_F_ECHO &&
	       (chg->op == NFVS_OP_NEW_SERVICE || chg->op == NFVS_OP_NEW_DEST);
}

int nfvs_nl_change(struct sk_buff *skb, struct genl_info *info)
{
	struct nfvs_net *nn = nfvs_net(genl_info_net(info));
	struct nlattr **tb = info->attrs;
	u8 cmd = info->genlhdr->cmd;
	struct nfvs_change chg = {};
	struct sk_buff *echo = NULL;
	int err;

	err = parse_change(cmd, tb[NFVS_A_SERVICE], tb[NFVS_A_DEST], tb[NFVS_A_CONFIG], &chg,
			   info->extack);
	if (err)
		return err;
	/* Beforehand: what has been done must not be reported as refused. */
	if (wants_echo(info, &chg)) {
		echo = nfvs_nl_reply_alloc(info);
		if (!echo)
			return -ENOMEM;
	}
	err = nfvs_config_apply_one(nn, &chg, info->extack);
	if (err)
		nlmsg_free(echo);
	else if (echo)
		nfvs_nl_reply_with(echo, info, put_echo, &chg);
	return err;
}

/* ---- batches ---- */

/*
 * @left, @rem: what has not been decoded
 * @chg: the change before
 */
struct batch {
	struct nfvs_changes	changes;
	const struct nlmsghdr	*nlh;
	const struct nlattr	*left;
	int			rem;
	struct nfvs_change	chg;
};

/* All but the service of the change before. */
static void forget(struct nfvs_change *chg)
{
	struct nfvs_svc_key svc = chg->svc;
	bool has_svc = chg->has_svc;

	memset(chg, 0, sizeof(*chg));
	chg->svc = svc;
	chg->has_svc = has_svc;
}

static int parse_op(const struct nlattr *op, struct nfvs_change *chg,
		    struct netlink_ext_ack *extack)
{
	struct nlattr *tb[NFVS_OP_A_MAX + 1];
	int err;
	u8 cmd;

	err = nfvs_nl_parse_nested(tb, NFVS_OP_A_MAX, op, op_policy, extack);
	if (err)
		return err;
	forget(chg);
	chg->at.op = op;
	if (!tb[NFVS_OP_A_CMD]) {
		NL_SET_ERR_MSG_ATTR(extack, op, "OP.CMD is missing");
		return -EINVAL;
	}
	cmd = nla_get_u8(tb[NFVS_OP_A_CMD]);
	if (!is_change(cmd)) {
		NL_SET_ERR_MSG_ATTR(extack, tb[NFVS_OP_A_CMD],
				    "OP.CMD: not a command that changes something");
		return -EINVAL;
	}
	return parse_change(cmd, tb[NFVS_OP_A_SERVICE], tb[NFVS_OP_A_DEST],
			    tb[NFVS_OP_A_CONFIG], chg, extack);
}

static const struct nfvs_change *next_op(struct nfvs_changes *from, struct netlink_ext_ack *extack)
{
	struct batch *batch = container_of(from, struct batch, changes);
	const struct nlattr *attr;
	int err;

	while (nla_ok(batch->left, batch->rem)) {
		attr = batch->left;
		batch->left = nla_next(attr, &batch->rem);
		if (nla_type(attr) != NFVS_A_OP)
			continue;
		err = parse_op(attr, &batch->chg, extack);
		return err ? ERR_PTR(err) : &batch->chg;
	}
	return NULL;
}

static void rewind_ops(struct nfvs_changes *from)
{
	struct batch *batch = container_of(from, struct batch, changes);

	batch->left = nlmsg_attrdata(batch->nlh, GENL_HDRLEN);
	batch->rem = nlmsg_attrlen(batch->nlh, GENL_HDRLEN);
	batch->chg.has_svc = false;
}

int nfvs_nl_batch(struct sk_buff *skb, struct genl_info *info)
{
	struct batch batch = {
		.changes = { .next = next_op, .rewind = rewind_ops },
		.nlh = info->nlhdr,
	};

	/* Nothing to do leaves the generation as it is. */
	if (!info->attrs[NFVS_A_OP])
		return 0;
	rewind_ops(&batch.changes);
	return nfvs_config_apply(nfvs_net(genl_info_net(info)), &batch.changes, info->extack);
}
