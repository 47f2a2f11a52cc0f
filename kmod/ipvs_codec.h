/* SPDX-License-Identifier: GPL-2.0-only */
/* Messages of the netlink family "IPVS": to changes, and from objects (compat.md 1). */
#ifndef _NFVS_IPVS_CODEC_H
#define _NFVS_IPVS_CODEC_H

#include <linux/ip_vs.h>
#include <net/netlink.h>

#include "config.h"

struct nfvs_shown;

/* As lenient as IPVS: what it does not know it ignores. */
extern const struct nla_policy nfvs_ipvs_policy[IPVS_CMD_ATTR_MAX + 1];

/**
 * nfvs_ipvs_parse_svc() - SERVICE
 * @nest: may be NULL, which is an error
 * @chg: gets the service's identity; with @want_conf all that is set of it
 * @want_conf: a full entry is demanded
 *
 * Return: 0, -EINVAL, -EAFNOSUPPORT.
 */
int nfvs_ipvs_parse_svc(const struct nlattr *nest, struct nfvs_change *chg, bool want_conf);
/* DEST, of chg->svc; the same. */
int nfvs_ipvs_parse_dest(const struct nlattr *nest, struct nfvs_change *chg, bool want_conf);
/* The family's top-level attributes. */
void nfvs_ipvs_parse_config(struct nlattr **tb, struct nfvs_change *chg);

/* What is asked of a daemon; @ifname in the message. */
struct nfvs_ipvs_daemon {
	u32		state;
	const char	*ifname;
};

/* DAEMON; want_conf: also what is needed to start one. 0 or -EINVAL. */
int nfvs_ipvs_parse_daemon(const struct nlattr *nest, struct nfvs_ipvs_daemon *daemon,
			   bool want_conf, struct netlink_ext_ack *extack);

/* Encoding: 0 or -EMSGSIZE. The first two: configuration mutex. */
int nfvs_ipvs_put_svc(struct sk_buff *skb, const struct nfvs_svc *svc,
		      const struct nfvs_shown *shown);
int nfvs_ipvs_put_dest(struct sk_buff *skb, const struct nfvs_dest *dest);
int nfvs_ipvs_put_config(struct sk_buff *skb, const struct nfvs_net *nn);
int nfvs_ipvs_put_info(struct sk_buff *skb, struct nfvs_net *nn);

#endif /* _NFVS_IPVS_CODEC_H */
