// SPDX-License-Identifier: GPL-2.0-only
/*
 * The netlink family "IPVS": what programs written for ip_vs speak (compat.md 1).
 *
 * It adds nothing to the native family: requests become changes, replies are made
 * of the same objects. Errors have no texts, as there.
 */
#include "ipvs.h"

#include <linux/module.h>
#include <linux/netdevice.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "dump.h"
#include "ipvs_codec.h"
#include "net.h"

static struct genl_family family;

static struct nfvs_net *nn_of(struct genl_info *info)
{
	return nfvs_net(genl_info_net(info));
}

/* ---- changes ---- */

static int apply(struct genl_info *info, const struct nfvs_change *chg)
{
	return nfvs_config_apply_one(nn_of(info), chg, NULL);
}

static int change_svc(struct genl_info *info, enum nfvs_op op, bool want_conf)
{
	struct nfvs_change chg = { .op = op };
	int err;

	err = nfvs_ipvs_parse_svc(info->attrs[IPVS_CMD_ATTR_SERVICE], &chg, want_conf);
	return err ?: apply(info, &chg);
}

static bool has_svc(struct nfvs_net *nn, const struct nfvs_svc_key *key)
{
	bool ret;

	mutex_lock(&nn->config_mutex);
	ret = nfvs_svc_get(nn, key);
	mutex_unlock(&nn->config_mutex);
	return ret;
}

/* That there is no such service is told before what is wrong with the destination. */
static int change_dest(struct genl_info *info, enum nfvs_op op, bool want_conf)
{
	struct nfvs_change chg = { .op = op };
	int err;

	err = nfvs_ipvs_parse_svc(info->attrs[IPVS_CMD_ATTR_SERVICE], &chg, false);
	if (err)
		return err;
	err = nfvs_ipvs_parse_dest(info->attrs[IPVS_CMD_ATTR_DEST], &chg, want_conf);
	if (err)
		return has_svc(nn_of(info), &chg.svc) ? err : -ESRCH;
	return apply(info, &chg);
}

static int new_service(struct sk_buff *skb, struct genl_info *info)
{
	return change_svc(info, NFVS_OP_NEW_SERVICE, true);
}

static int set_service(struct sk_buff *skb, struct genl_info *info)
{
	return change_svc(info, NFVS_OP_SET_SERVICE, true);
}

static int del_service(struct sk_buff *skb, struct genl_info *info)
{
	return change_svc(info, NFVS_OP_DEL_SERVICE, false);
}

static int new_dest(struct sk_buff *skb, struct genl_info *info)
{
	return change_dest(info, NFVS_OP_NEW_DEST, true);
}

static int set_dest(struct sk_buff *skb, struct genl_info *info)
{
	return change_dest(info, NFVS_OP_SET_DEST, true);
}

static int del_dest(struct sk_buff *skb, struct genl_info *info)
{
	return change_dest(info, NFVS_OP_DEL_DEST, false);
}

static int zero(struct sk_buff *skb, struct genl_info *info)
{
	const struct nfvs_change all = { .op = NFVS_OP_ZERO };

	if (info->attrs[IPVS_CMD_ATTR_SERVICE])
		return change_svc(info, NFVS_OP_ZERO, false);
	return apply(info, &all);
}

static int flush(struct sk_buff *skb, struct genl_info *info)
{
	const struct nfvs_change chg = { .op = NFVS_OP_FLUSH };

	return apply(info, &chg);
}

static int set_config(struct sk_buff *skb, struct genl_info *info)
{
	struct nfvs_change chg = { .op = NFVS_OP_SET_CONFIG };

	nfvs_ipvs_parse_config(info->attrs, &chg);
	return apply(info, &chg);
}

/* ---- synchronisation daemons: none so far ---- */

static bool is_role(u32 state)
{
	return state == IP_VS_STATE_MASTER || state == IP_VS_STATE_BACKUP;
}

static bool has_device(struct net *net, const char *name)
{
	bool ret;

	rcu_read_lock();
	ret = dev_get_by_name_rcu(net, name);
	rcu_read_unlock();
	return ret;
}

/* The order of the checks is that of IPVS. */
static int new_daemon(struct sk_buff *skb, struct genl_info *info)
{
	struct nfvs_ipvs_daemon daemon;
	int err;

	err = nfvs_ipvs_parse_daemon(info->attrs[IPVS_CMD_ATTR_DAEMON], &daemon, true,
				     info->extack);
	if (err)
		return err;
	/* Its messages have one family. */
	if (READ_ONCE(nn_of(info)->n_mixed))
		return -EINVAL;
	if (!has_device(genl_info_net(info), daemon.ifname))
		return -ENODEV;
	return is_role(daemon.state) ? -EOPNOTSUPP : -EINVAL;
}

static int del_daemon(struct sk_buff *skb, struct genl_info *info)
{
	struct nfvs_ipvs_daemon daemon;
	int err;

	err = nfvs_ipvs_parse_daemon(info->attrs[IPVS_CMD_ATTR_DAEMON], &daemon, false,
				     info->extack);
	if (err)
		return err;
	return is_role(daemon.state) ? -ESRCH : -EINVAL;
}

static int dump_daemons(struct sk_buff *skb, struct netlink_callback *cb)
{
	return skb->len;
}

/* ---- replies ---- */

static int reply(struct genl_info *info, u8 cmd,
		 int (*put)(struct sk_buff *skb, struct nfvs_net *nn, const void *arg),
		 const void *arg)
{
	struct sk_buff *msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *hdr;
	int err;

	if (!msg)
		return -ENOMEM;
	hdr = genlmsg_put_reply(msg, info, &family, 0, cmd);
	err = hdr ? put(msg, nn_of(info), arg) : -EMSGSIZE;
	if (err) {
		nlmsg_free(msg);
		return err;
	}
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

static int put_svc(struct sk_buff *skb, struct nfvs_net *nn, const void *arg)
{
	const struct nfvs_change *chg = arg;
	struct nfvs_shown shown;
	struct nfvs_svc *svc;
	int err = -ESRCH;

	mutex_lock(&nn->config_mutex);
	svc = nfvs_shown_get(nn, &chg->svc, &shown);
	if (svc)
		err = nfvs_ipvs_put_svc(skb, svc, &shown);
	mutex_unlock(&nn->config_mutex);
	return err;
}

static int put_config(struct sk_buff *skb, struct nfvs_net *nn, const void *arg)
{
	return nfvs_ipvs_put_config(skb, nn);
}

static int put_info(struct sk_buff *skb, struct nfvs_net *nn, const void *arg)
{
	return nfvs_ipvs_put_info(skb, nn);
}

static int get_service(struct sk_buff *skb, struct genl_info *info)
{
	struct nfvs_change chg = {};
	int err;

	err = nfvs_ipvs_parse_svc(info->attrs[IPVS_CMD_ATTR_SERVICE], &chg, false);
	return err ?: reply(info, IPVS_CMD_NEW_SERVICE, put_svc, &chg);
}

static int get_config(struct sk_buff *skb, struct genl_info *info)
{
	return reply(info, IPVS_CMD_SET_CONFIG, put_config, NULL);
}

static int get_info(struct sk_buff *skb, struct genl_info *info)
{
	return reply(info, IPVS_CMD_SET_INFO, put_info, NULL);
}

/* ---- dumps ---- */

static void *dump_begin(struct sk_buff *skb, const struct netlink_callback *cb, u8 cmd)
{
	return genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &family,
			   NLM_F_MULTI, cmd);
}

/* False when skb is full: err is of what was put behind hdr. */
static bool dump_end(struct sk_buff *skb, void *hdr, int err)
{
	if (err)
		genlmsg_cancel(skb, hdr);
	else
		genlmsg_end(skb, hdr);
	return !err;
}

static bool dump_svc(struct sk_buff *skb, const struct netlink_callback *cb,
		     const struct nfvs_svc *svc, const struct nfvs_shown *shown)
{
	void *hdr = dump_begin(skb, cb, IPVS_CMD_NEW_SERVICE);

	return hdr && dump_end(skb, hdr, nfvs_ipvs_put_svc(skb, svc, shown));
}

static int dump_services(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nfvs_net *nn = nfvs_net(sock_net(skb->sk));
	struct nfvs_svc_cursor *cur = (void *)cb->ctx;
	struct nfvs_shown shown;
	struct nfvs_svc *svc;

	BUILD_BUG_ON(sizeof(*cur) > sizeof(cb->ctx));

	mutex_lock(&nn->config_mutex);
	while ((svc = nfvs_shown_next(nn, cur, &shown)) && dump_svc(skb, cb, svc, &shown))
		nfvs_svc_cursor_set(cur, svc);
	mutex_unlock(&nn->config_mutex);
	return skb->len;
}

/* In cb->ctx; all 0 in the beginning. */
struct dest_cursor {
	struct nfvs_svc_key	svc;
	u64			below;	/* destinations with smaller ids are to come */
};

static bool dump_dest(struct sk_buff *skb, const struct netlink_callback *cb,
		      const struct nfvs_dest *dest)
{
	void *hdr = dump_begin(skb, cb, IPVS_CMD_NEW_DEST);

	return hdr && dump_end(skb, hdr, nfvs_ipvs_put_dest(skb, dest));
}

/* Whose destinations: false if the request says nothing that makes sense. */
static bool dest_cursor_init(struct dest_cursor *cur, const struct netlink_callback *cb)
{
	struct nlattr *tb[IPVS_CMD_ATTR_MAX + 1];
	struct nfvs_change chg = {};

	if (nlmsg_parse_deprecated(cb->nlh, GENL_HDRLEN, tb, IPVS_CMD_ATTR_MAX,
				   nfvs_ipvs_policy, cb->extack))
		return false;
	if (nfvs_ipvs_parse_svc(tb[IPVS_CMD_ATTR_SERVICE], &chg, false))
		return false;
	cur->svc = chg.svc;
	cur->below = U64_MAX;
	return true;
}

/* Whatever is wrong with the request: an empty list is the answer. */
static int dump_dests(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nfvs_net *nn = nfvs_net(sock_net(skb->sk));
	struct dest_cursor *cur = (void *)cb->ctx;
	const struct nfvs_dset *set;
	struct nfvs_svc *svc;
	u32 i;

	BUILD_BUG_ON(sizeof(*cur) > sizeof(cb->ctx));

	if (!cur->below && !dest_cursor_init(cur, cb))
		return skb->len;
	mutex_lock(&nn->config_mutex);
	svc = nfvs_svc_get(nn, &cur->svc);
	if (!svc)
		goto out;
	set = rcu_dereference_protected(svc->dset, lockdep_is_held(&nn->config_mutex));
	for (i = nfvs_dset_first_below(set, cur->below); i < set->n; i++) {
		if (set->slot[i].is_gone)
			continue;
		if (!dump_dest(skb, cb, set->slot[i].dest))
			break;
		cur->below = set->slot[i].id;
	}
out:
	mutex_unlock(&nn->config_mutex);
	return skb->len;
}

/* ---- family ---- */

#define OP(id, ...)							\
	{								\
		.cmd	  = (id),					\
		.flags	  = GENL_ADMIN_PERM,				\
		.validate = GENL_DONT_VALIDATE_STRICT |			\
			    GENL_DONT_VALIDATE_DUMP,			\
		__VA_ARGS__						\
	}

static const struct genl_small_ops ops[] = {
	OP(IPVS_CMD_NEW_SERVICE, .doit = new_service),
	OP(IPVS_CMD_SET_SERVICE, .doit = set_service),
	OP(IPVS_CMD_DEL_SERVICE, .doit = del_service),
	OP(IPVS_CMD_GET_SERVICE, .doit = get_service, .dumpit = dump_services),
	OP(IPVS_CMD_NEW_DEST, .doit = new_dest),
	OP(IPVS_CMD_SET_DEST, .doit = set_dest),
	OP(IPVS_CMD_DEL_DEST, .doit = del_dest),
	OP(IPVS_CMD_GET_DEST, .dumpit = dump_dests),
	OP(IPVS_CMD_NEW_DAEMON, .doit = new_daemon),
	OP(IPVS_CMD_DEL_DAEMON, .doit = del_daemon),
	OP(IPVS_CMD_GET_DAEMON, .dumpit = dump_daemons),
	OP(IPVS_CMD_SET_CONFIG, .doit = set_config),
	OP(IPVS_CMD_GET_CONFIG, .doit = get_config),
	OP(IPVS_CMD_GET_INFO, .doit = get_info),
	OP(IPVS_CMD_ZERO, .doit = zero),
	OP(IPVS_CMD_FLUSH, .doit = flush),
};

/*
 * Without MODULE_ALIAS_GENL_FAMILY(): who asks for this family does not ask for us,
 * unless the administrator says so.
 */
static struct genl_family family __ro_after_init = {
	.name		= IPVS_GENL_NAME,
	.version	= IPVS_GENL_VERSION,
	.maxattr	= IPVS_CMD_ATTR_MAX,
	.policy		= nfvs_ipvs_policy,
	.netnsok	= true,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.small_ops	= ops,
	.n_small_ops	= ARRAY_SIZE(ops),
	/* Commands up to the last are as old as that rule is not. */
	.resv_start_op	= IPVS_CMD_MAX + 1,
};

int __init nfvs_ipvs_genl_init(void)
{
	return nfvs_compat ? genl_register_family(&family) : 0;
}

void nfvs_ipvs_genl_uninit(void)
{
	if (nfvs_compat)
		genl_unregister_family(&family);
}
