// SPDX-License-Identifier: GPL-2.0-only
/* NAT: the packet gets the real server's address and port. */
#include "xmit.h"

#include <linux/in.h>
#include <linux/netdevice.h>
#include <net/ipv6.h>
#include <net/route.h>

#include "nat.h"
#include "net.h"
#include "stats.h"

static enum nfvs_verdict rewrite(struct nfvs_pkt *pkt, const struct nfvs_pkt *inner,
				 const struct nfvs_conn *cp)
{
	bool ok = inner ? nfvs_nat_icmp(pkt, inner, cp, true) : nfvs_nat_request(pkt, cp);

	return ok ? NFVS_CONTINUE : nfvs_drop(pkt->nn, pkt->skb, NFVS_C_DROP_NO_MEMORY);
}

enum nfvs_verdict nfvs_xmit_nat(struct nfvs_pkt *pkt, const struct nfvs_pkt *inner,
				const struct nfvs_conn *cp)
{
	enum nfvs_verdict verdict = rewrite(pkt, inner, cp);

	return verdict == NFVS_CONTINUE ? nfvs_xmit_send(pkt) : verdict;
}

/* Nothing from outside may reach 127/8 or ::1. */
static bool is_exposing_loopback4(const struct nfvs_pkt *pkt, const struct nfvs_conn *cp)
{
	return ipv4_is_loopback(nfvs_conn_daddr(cp)->ip) && rt_is_input_route(skb_rtable(pkt->skb));
}

static bool is_exposing_loopback6(const struct nfvs_pkt *pkt, const struct nfvs_conn *cp)
{
	const struct net_device *dev = pkt->skb->dev;

	return ipv6_addr_loopback(&nfvs_conn_daddr(cp)->in6) && dev && !(dev->flags & IFF_LOOPBACK);
}

static bool is_same_end(const struct nfvs_conn *cp)
{
	if (cp->vport != nfvs_conn_dport(cp))
		return false;
	if (cp->is_v6)
		return ipv6_addr_equal(&cp->addr6.vaddr, &nfvs_conn_daddr(cp)->in6);
	return cp->addr4.vaddr == nfvs_conn_daddr(cp)->ip;
}

enum nfvs_verdict nfvs_xmit_nat_local(struct nfvs_pkt *pkt, const struct nfvs_pkt *inner,
				      const struct nfvs_conn *cp)
{
	if (cp->is_v6 ? is_exposing_loopback6(pkt, cp) : is_exposing_loopback4(pkt, cp))
		return nfvs_drop(pkt->nn, pkt->skb, NFVS_C_DROP_LOOP);
	/* A socket that early demux found by the old address is the wrong one. */
	if (pkt->hook != NF_INET_LOCAL_OUT && !is_same_end(cp))
		skb_orphan(pkt->skb);
	return rewrite(pkt, inner, cp);
}
