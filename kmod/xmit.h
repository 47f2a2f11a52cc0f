/* SPDX-License-Identifier: GPL-2.0-only */
/* Sending a client's packet to its real server. */
#ifndef _NFVS_XMIT_H
#define _NFVS_XMIT_H

#include "conn.h"
#include "packet.h"
#include "route.h"

/*
 * Sends pkt->skb to cp's real server by cp's method: TTL, MTU, rewrite or
 * encapsulation, LOCAL_OUT hook. Softirq or BH off, RCU read side. Returns
 * NFVS_STOLEN (sent), NFVS_ACCEPT (destination is this host), NFVS_DROP.
 */
enum nfvs_verdict nfvs_xmit(struct nfvs_pkt *pkt, struct nfvs_conn *cp);

/*
 * The same for an ICMP error about the connection: outer describes the packet,
 * inner the header it quotes.
 */
enum nfvs_verdict nfvs_xmit_icmp(struct nfvs_pkt *outer, const struct nfvs_pkt *inner,
				 struct nfvs_conn *cp);

/*
 * The methods (xmit_*.c), called by xmit.c: the route of pkt->skb is eg's, TTL
 * and MTU have been seen to. inner: see above, else NULL.
 */
enum nfvs_verdict nfvs_xmit_dr(struct nfvs_pkt *pkt);
enum nfvs_verdict nfvs_xmit_nat(struct nfvs_pkt *pkt, const struct nfvs_pkt *inner,
				const struct nfvs_conn *cp);
enum nfvs_verdict nfvs_xmit_tun(struct nfvs_pkt *pkt, const struct nfvs_conn *cp,
				const struct nfvs_egress *eg);
/*
 * Puts the tunnel's header in front of an IPv4 or IPv6 packet (af); the route of
 * skb is eg's. False: no memory.
 */
bool nfvs_tun_encap(struct sk_buff *skb, const struct nfvs_net *nn, u8 af, const struct nfvs_dest *dest,
		    const struct nfvs_egress *eg);
/* NAT to an address of this host: NFVS_CONTINUE, the packet is rewritten. */
enum nfvs_verdict nfvs_xmit_nat_local(struct nfvs_pkt *pkt, const struct nfvs_pkt *inner,
				      const struct nfvs_conn *cp);

/* Last steps, for the methods. prepare: marks the packet as ours and on its way out. */
void nfvs_xmit_prepare(const struct nfvs_pkt *pkt);
enum nfvs_verdict nfvs_xmit_send(struct nfvs_pkt *pkt);

#endif /* _NFVS_XMIT_H */
