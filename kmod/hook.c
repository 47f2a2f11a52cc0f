// SPDX-License-Identifier: GPL-2.0-only
/*
 * The netfilter hooks of a namespace (order: compat.md 5.2), and the only place
 * where a verdict of ours becomes one of netfilter's. Everything below the
 * hooks runs with BH off inside an RCU read-side section.
 */
#include <linux/bottom_half.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/in.h>
#include <net/netfilter/ipv6/nf_defrag_ipv6.h>

#include "compat.h"
#include "fastpath.h"
#include "ingress.h"
#include "input.h"
#include "net.h"
#include "packet.h"

/*
 * Packets are handled with BH off. LOCAL_OUT comes from process context too, and
 * so does what user space had queued.
 */
static unsigned int run(enum nfvs_verdict (*step)(struct nfvs_net *, struct sk_buff *, unsigned int),
			struct nfvs_net *nn, struct sk_buff *skb, const struct nf_hook_state *state)
{
	bool is_bh_off = in_softirq();
	enum nfvs_verdict verdict;

	if (!is_bh_off)
		local_bh_disable();
	verdict = step(nn, skb, state->hook);
	if (!is_bh_off)
		local_bh_enable();

	switch (verdict) {
	case NFVS_DROP:
		return NF_DROP;
	case NFVS_STOLEN:
		return NF_STOLEN;
	default:
		return NF_ACCEPT;
	}
}

/* priv is the namespace's struct nfvs_net. Our own packets come by again on their way out. */
static unsigned int input4_hook(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	return nfvs_skb_is_done(skb) ? NF_ACCEPT : run(nfvs_input4, priv, skb, state);
}

static unsigned int input6_hook(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	return nfvs_skb_is_done(skb) ? NF_ACCEPT : run(nfvs_input6, priv, skb, state);
}

/* Most packets have to do with no real server: a look at the addresses is enough. */
static bool is_known4(const struct nfvs_net *nn, const struct sk_buff *skb)
{
	const struct iphdr *iph = ip_hdr(skb);

	return !nfvs_skb_is_done(skb) &&
	       (iph->protocol == IPPROTO_ICMP || nfvs_may_be_reply4(nn->fast, iph));
}

static bool is_known6(const struct nfvs_net *nn, const struct sk_buff *skb)
{
	const struct ipv6hdr *iph = ipv6_hdr(skb);

	/* Extension headers may come before an ICMP message. */
	return !nfvs_skb_is_done(skb) &&
	       ((iph->nexthdr != IPPROTO_TCP && iph->nexthdr != IPPROTO_UDP) ||
		nfvs_may_be_reply6(nn->fast, iph));
}

static unsigned int output4_hook(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	return is_known4(priv, skb) ? run(nfvs_output4, priv, skb, state) : NF_ACCEPT;
}

static unsigned int output6_hook(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	return is_known6(priv, skb) ? run(nfvs_output6, priv, skb, state) : NF_ACCEPT;
}

/*
 * ICMP errors about packets to real servers, then what comes from these. Out of
 * line, so that what is none of ours does not pay for it.
 */
static noinline unsigned int forward4(struct nfvs_net *nn, struct sk_buff *skb,
				      const struct nf_hook_state *state)
{
	unsigned int verdict = NF_ACCEPT;

	if (ip_hdr(skb)->protocol == IPPROTO_ICMP)
		verdict = run(nfvs_icmp_in4, nn, skb, state);
	return verdict == NF_ACCEPT ? run(nfvs_output4, nn, skb, state) : verdict;
}

static noinline unsigned int forward6(struct nfvs_net *nn, struct sk_buff *skb,
				      const struct nf_hook_state *state)
{
	unsigned int verdict;

	verdict = run(nfvs_icmp_in6, nn, skb, state);
	return verdict == NF_ACCEPT ? run(nfvs_output6, nn, skb, state) : verdict;
}

static unsigned int forward4_hook(void *priv, struct sk_buff *skb,
				  const struct nf_hook_state *state)
{
	return is_known4(priv, skb) ? forward4(priv, skb, state) : NF_ACCEPT;
}

static unsigned int forward6_hook(void *priv, struct sk_buff *skb,
				  const struct nf_hook_state *state)
{
	return is_known6(priv, skb) ? forward6(priv, skb, state) : NF_ACCEPT;
}

#define HOOK(fn, family, num, prio) \
	{ .hook = fn, .pf = family, .hooknum = num, .priority = prio }

static const struct nf_hook_ops hooks4[NFVS_HOOKS] = {
	HOOK(output4_hook, NFPROTO_IPV4, NF_INET_LOCAL_IN, NF_IP_PRI_NAT_SRC - 2),
	HOOK(input4_hook, NFPROTO_IPV4, NF_INET_LOCAL_IN, NF_IP_PRI_NAT_SRC - 1),
	HOOK(output4_hook, NFPROTO_IPV4, NF_INET_LOCAL_OUT, NF_IP_PRI_NAT_DST + 1),
	HOOK(input4_hook, NFPROTO_IPV4, NF_INET_LOCAL_OUT, NF_IP_PRI_NAT_DST + 2),
	HOOK(forward4_hook, NFPROTO_IPV4, NF_INET_FORWARD, NF_IP_PRI_NAT_SRC),
};

static const struct nf_hook_ops hooks6[NFVS_HOOKS] = {
	HOOK(output6_hook, NFPROTO_IPV6, NF_INET_LOCAL_IN, NF_IP6_PRI_NAT_SRC - 2),
	HOOK(input6_hook, NFPROTO_IPV6, NF_INET_LOCAL_IN, NF_IP6_PRI_NAT_SRC - 1),
	HOOK(output6_hook, NFPROTO_IPV6, NF_INET_LOCAL_OUT, NF_IP6_PRI_NAT_DST + 1),
	HOOK(input6_hook, NFPROTO_IPV6, NF_INET_LOCAL_OUT, NF_IP6_PRI_NAT_DST + 2),
	HOOK(forward6_hook, NFPROTO_IPV6, NF_INET_FORWARD, NF_IP6_PRI_NAT_SRC),
};

#undef HOOK

void nfvs_hooks_init(struct nfvs_net *nn, struct nfvs_fast *fast)
{
	int i;

	memcpy(fast->hooks4, hooks4, sizeof(hooks4));
	memcpy(fast->hooks6, hooks6, sizeof(hooks6));
	for (i = 0; i < NFVS_HOOKS; i++) {
		fast->hooks4[i].priv = nn;
		fast->hooks6[i].priv = nn;
	}
}

static int enable4(struct nfvs_net *nn)
{
	int err;

	if (nn->hooks4)
		return 0;
	err = nf_register_net_hooks(nn->net, nn->fast->hooks4, NFVS_HOOKS);
	if (!err)
		nn->hooks4 = true;
	return err;
}

/* Later fragments have no ports: IPv6 is reassembled before our hooks. */
static int enable6(struct nfvs_net *nn)
{
	int err;

	if (nn->hooks6)
		return 0;
	err = nf_defrag_ipv6_enable(nn->net);
	if (err)
		return err;
	err = nf_register_net_hooks(nn->net, nn->fast->hooks6, NFVS_HOOKS);
	if (err) {
		nf_defrag_ipv6_disable(nn->net);
		return err;
	}
	nn->hooks6 = true;
	return 0;
}

int nfvs_hooks_enable(struct nfvs_net *nn, u16 af)
{
	int err;

	lockdep_assert_held(&nn->config_mutex);

	err = af == AF_INET6 ? enable6(nn) : enable4(nn);
	if (err)
		return err;
	err = nfvs_ingress_enable(nn);
	if (err)
		nfvs_hooks_disable(nn, af);
	return err;
}

/* Packets may still be inside the hooks until a grace period later. */
void nfvs_hooks_disable(struct nfvs_net *nn, u16 af)
{
	lockdep_assert_held(&nn->config_mutex);

	if (af == AF_INET6 && nn->hooks6) {
		nf_unregister_net_hooks(nn->net, nn->fast->hooks6, NFVS_HOOKS);
		nf_defrag_ipv6_disable(nn->net);
		nn->hooks6 = false;
	} else if (af == AF_INET && nn->hooks4) {
		nf_unregister_net_hooks(nn->net, nn->fast->hooks4, NFVS_HOOKS);
		nn->hooks4 = false;
	}
	if (!nn->hooks4 && !nn->hooks6)
		nfvs_ingress_disable(nn);
}
