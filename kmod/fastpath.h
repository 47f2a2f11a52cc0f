/* SPDX-License-Identifier: GPL-2.0-only */
/* The ingress fast path: known, admitted, ordinary packets, forwarded at once. */
#ifndef _NFVS_FASTPATH_H
#define _NFVS_FASTPATH_H

#include <linux/ip.h>
#include <linux/ipv6.h>

#include "addr_filter.h"
#include "packet.h"
#include "way.h"

struct nf_hook_state;
struct nfvs_ingress;
struct nfvs_net;

enum {
	NFVS_HOOKS		= 5,	/* of a family, behind the IP layer */
	NFVS_INGRESS_RECENT	= 16,	/* devices found without a search */
	/* Behind nftables' netdev chains and flow tables, which may drop or take it. */
	NFVS_INGRESS_PRIORITY = 100,
	/* Packets that open and close connections are seen by every rule. */
	NFVS_TCP_NOT_FAST = NFVS_TCP_SYN | NFVS_TCP_FIN | NFVS_TCP_RST,
};

/**
 * struct nfvs_fast - what the fast path needs of a namespace with services
 * @filter: addresses of services and real servers; written under @lock, any context
 * @ways: routes of replies
 * @recent: of nfvs_net.ingress, by the lower bits of the ifindex; RCU, any context
 * @hooks4, @hooks6: hook.c's; priv is the namespace's
 */
struct nfvs_fast {
	struct nfvs_addr_filter	filter;
	spinlock_t		lock;
	struct nfvs_ways	ways;
	struct nfvs_ingress __rcu *recent[NFVS_INGRESS_RECENT];
	struct nf_hook_ops	hooks4[NFVS_HOOKS];
	struct nf_hook_ops	hooks6[NFVS_HOOKS];
};

/* hook.c: fills in what a namespace's hooks are. */
void nfvs_hooks_init(struct nfvs_net *nn, struct nfvs_fast *fast);

/* False: the packet is certainly no reply of a real server; RCU read side. */
static inline bool nfvs_may_be_reply4(const struct nfvs_fast *fast, const struct iphdr *iph)
{
	return nfvs_filter_has(&fast->filter, nfvs_filter_hash4(NFVS_FILTER_REAL, iph->saddr));
}

static inline bool nfvs_may_be_reply6(const struct nfvs_fast *fast, const struct ipv6hdr *iph)
{
	return nfvs_filter_has(&fast->filter, nfvs_filter_hash6(NFVS_FILTER_REAL, &iph->saddr));
}

/* Of the ingress hook: priv is the device's struct nfvs_ingress. */
unsigned int nfvs_fastpath(void *priv, struct sk_buff *skb, const struct nf_hook_state *state);

#endif /* _NFVS_FASTPATH_H */
