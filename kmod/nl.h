/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the files of the netlink family (netlink.c, nl_*.c). */
#ifndef _NFVS_NL_H
#define _NFVS_NL_H

#include <linux/nf_vs.h>
#include <net/genetlink.h>
#include <net/netlink.h>
#include <net/sock.h>

#include "config.h"

extern struct genl_family nfvs_genl_family;
extern const struct nla_policy nfvs_nl_svc_policy[NFVS_SVC_A_MAX + 1];
extern const struct nla_policy nfvs_nl_dest_policy[NFVS_DEST_A_MAX + 1];
extern const struct nla_policy nfvs_nl_config_policy[NFVS_CONFIG_A_MAX + 1];

/* nla_parse_nested(), cheap where nothing is wrong or out of the ordinary. */
int nfvs_nl_parse_nested(struct nlattr **tb, int max, const struct nlattr *nest,
			 const struct nla_policy *policy, struct netlink_ext_ack *extack);

/*
 * Decoding of a nest into chg; a missing nest (NULL) is an error named after
 * it. Return: 0 or -errno with extack filled.
 */
int nfvs_nl_parse_svc(const struct nlattr *nest, struct nfvs_change *chg,
		      struct netlink_ext_ack *extack);
/* Wants chg->svc. */
int nfvs_nl_parse_dest(const struct nlattr *nest, struct nfvs_change *chg,
		       struct netlink_ext_ack *extack);
int nfvs_nl_parse_config(const struct nlattr *nest, struct nfvs_change *chg,
			 struct netlink_ext_ack *extack);
int nfvs_nl_parse_af(const struct nlattr *attr, u16 *af, struct netlink_ext_ack *extack);
/* Of 4 or 16 bytes as af says; addr is zeroed behind it. */
int nfvs_nl_parse_addr(const struct nlattr *attr, u16 af, union nf_inet_addr *addr,
		       struct netlink_ext_ack *extack);

/* Encoding: 0 or -EMSGSIZE. */
int nfvs_nl_put_addr(struct sk_buff *skb, int type, u16 af, const union nf_inet_addr *addr);
int nfvs_nl_put_stats(struct sk_buff *skb, int type, const struct nfvs_stats_sum *sum,
		      const struct nfvs_rates *rates);
/* SERVICE of an event or echo: identity, and all that an administrator sets if has_conf. */
int nfvs_nl_put_svc_key(struct sk_buff *skb, const struct nfvs_change *chg, bool has_conf);
/* Everything of a destination; configuration mutex. */
int nfvs_nl_put_dest(struct sk_buff *skb, const struct nfvs_dest *dest);
/* DEST of an event: identity, and conf if not NULL. */
int nfvs_nl_put_dest_key(struct sk_buff *skb, const struct nfvs_change *chg,
			 const struct nfvs_dest_conf *conf);
int nfvs_nl_put_config(struct sk_buff *skb, const struct nfvs_net *nn);
int nfvs_nl_put_generation(struct sk_buff *skb, const struct nfvs_net *nn);

/*
 * First thing in every call of a dump, configuration mutex held: the next message,
 * also the final DONE, then marks the dump as interrupted when the configuration
 * has changed since the last one.
 */
void nfvs_nl_dump_sync(struct netlink_callback *cb, const struct nfvs_net *nn);
/* Starts a message of a dump. */
void *nfvs_nl_dump_begin(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd);

/* Replies to info with what put() writes; put may be called under no lock. */
int nfvs_nl_reply(struct genl_info *info, int (*put)(struct sk_buff *skb, struct nfvs_net *nn,
						     const void *arg), const void *arg);
/* The same in two steps: NULL with extack filled; then msg is used up in any case. */
struct sk_buff *nfvs_nl_reply_alloc(struct genl_info *info);
int nfvs_nl_reply_with(struct sk_buff *msg, struct genl_info *info,
		       int (*put)(struct sk_buff *skb, struct nfvs_net *nn, const void *arg),
		       const void *arg);

/* The top-level attributes of a dump request, which the family has validated. */
struct nlattr *nfvs_nl_dump_attr(const struct netlink_callback *cb, int type);

/* Operations; the attributes have been validated recursively by the family's policies. */
int nfvs_nl_get_service(struct sk_buff *skb, struct genl_info *info);
int nfvs_nl_dump_services(struct sk_buff *skb, struct netlink_callback *cb);
int nfvs_nl_dump_dests_start(struct netlink_callback *cb);
int nfvs_nl_dump_dests(struct sk_buff *skb, struct netlink_callback *cb);
int nfvs_nl_dump_conns(struct sk_buff *skb, struct netlink_callback *cb);
int nfvs_nl_get_info(struct sk_buff *skb, struct genl_info *info);
int nfvs_nl_get_config(struct sk_buff *skb, struct genl_info *info);
int nfvs_nl_get_counters(struct sk_buff *skb, struct genl_info *info);

/* nl_batch.c */
int nfvs_nl_change(struct sk_buff *skb, struct genl_info *info);
int nfvs_nl_batch(struct sk_buff *skb, struct genl_info *info);

#endif /* _NFVS_NL_H */
