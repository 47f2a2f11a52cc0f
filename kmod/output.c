// SPDX-License-Identifier: GPL-2.0-only
/* Real server to client (NAT): the reply gets the address of the service. */
#include "input.h"

#include <linux/ip.h>
#include <linux/netdevice.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/ip6_route.h>

#include "compat.h"
#include "conn.h"
#include "dest.h"
#include "icmp.h"
#include "lease.h"
#include "nat.h"
#include "net.h"
#include "output.h"
#include "packet.h"
#include "proto.h"
#include "stats.h"

/*
 * The packet now comes from an address of this host: policy routing may send
 * it elsewhere than what passes through (snat_reroute 1). Packets for this
 * host, and those on their way in, keep their route.
 */
static bool reroute4(struct nfvs_pkt *pkt)
{
	if (pkt->hook == NF_INET_LOCAL_IN || nfvs_skb_is_local4(pkt->skb))
		return true;
	return !ip_route_me_harder(pkt->net, pkt->skb->sk, pkt->skb, RTN_LOCAL);
}

static bool reroute6(struct nfvs_pkt *pkt)
{
	if (pkt->hook == NF_INET_LOCAL_IN || nfvs_skb_is_local6(pkt->skb))
		return true;
	return !ip6_route_me_harder(pkt->net, pkt->skb->sk, pkt->skb);
}

enum nfvs_verdict nfvs_output_finish(struct nfvs_pkt *pkt, struct nfvs_conn *cp)
{
	if (likely(READ_ONCE(pkt->nn->ctl.snat_reroute)) &&
	    !(pkt->af == AF_INET6 ? reroute6(pkt) : reroute4(pkt)))
		return nfvs_drop(pkt->nn, pkt->skb, NFVS_C_DROP_NO_ROUTE);
	if (nfvs_dest_is_available(cp->dest))
		nfvs_stats_out(cp->dest->stats, pkt->skb->len);
	nfvs_skb_set_done(pkt->skb);
	nfvs_skb_untrack(pkt->skb);
	return NFVS_ACCEPT;
}

/*
 * A packet of a real server's service that belongs to no connection: nat_icmp_send.
 * The server need not wait for an answer.
 */
static enum nfvs_verdict answer_stray(const struct nfvs_pkt *pkt)
{
	if (pkt->proto == IPPROTO_TCP && pkt->tcp_flags & NFVS_TCP_RST)
		return NFVS_CONTINUE;
	if (!nfvs_dest_serves_nat(pkt->nn, pkt))
		return NFVS_CONTINUE;
	nfvs_tell_port_unreach(pkt);
	return nfvs_drop(pkt->nn, pkt->skb, NFVS_C_DROP_NO_CONN);
}

static enum nfvs_verdict output(struct nfvs_pkt *pkt)
{
	enum nfvs_verdict verdict;
	struct nfvs_conn *cp;

	if (pkt->is_later_frag)
		return NFVS_CONTINUE;
	cp = nfvs_conn_find_reply(pkt);
	if (!cp && unlikely(READ_ONCE(pkt->nn->ctl.nat_icmp_send)))
		return answer_stray(pkt);
	if (!cp)
		return NFVS_CONTINUE;
	if (!nfvs_nat_reply(pkt, cp))
		return nfvs_drop(pkt->nn, pkt->skb, NFVS_C_DROP_NO_MEMORY);
	verdict = nfvs_output_finish(pkt, cp);
	if (verdict == NFVS_ACCEPT) {
		nfvs_conn_update(cp, pkt, NFVS_DIR_OUT);
		nfvs_lease_renew_reply(pkt, cp);
	}
	return verdict;
}

enum nfvs_verdict nfvs_output4(struct nfvs_net *nn, struct sk_buff *skb, unsigned int hook)
{
	struct nfvs_pkt pkt;

	if (nfvs_skb_is_exempt(skb, hook))
		return NFVS_CONTINUE;
	if (ip_hdr(skb)->protocol == IPPROTO_ICMP)
		return nfvs_icmp_out4(nn, skb, hook);
	if (!nfvs_proto_find(ip_hdr(skb)->protocol))
		return NFVS_CONTINUE;
	if (nfvs_pkt_defrag4(nn, skb, hook) == NFVS_STOLEN)
		return NFVS_STOLEN;
	if (!nfvs_pkt_parse4(&pkt, nn, skb, 0, hook))
		return NFVS_CONTINUE;
	return output(&pkt);
}

enum nfvs_verdict nfvs_output6(struct nfvs_net *nn, struct sk_buff *skb, unsigned int hook)
{
	struct nfvs_pkt pkt;

	if (nfvs_skb_is_exempt(skb, hook) || !nfvs_pkt_parse6(&pkt, nn, skb, 0, hook))
		return NFVS_CONTINUE;
	if (pkt.proto == IPPROTO_ICMPV6)
		return nfvs_icmp_out6(nn, skb, hook);
	if (!nfvs_proto_find(pkt.proto))
		return NFVS_CONTINUE;
	return output(&pkt);
}
