/* SPDX-License-Identifier: GPL-2.0-only */
/* Rewriting addresses and ports. */
#ifndef _NFVS_NAT_H
#define _NFVS_NAT_H

#include <linux/types.h>

struct nfvs_conn;
struct nfvs_pkt;

/*
 * All of these keep every checksum valid, whatever skb->ip_summed says, and may
 * move the headers. False: no memory, the packet is unchanged. What *pkt says
 * of addresses and ports is not brought up to date.
 */

/* Request: destination becomes the real server. */
bool nfvs_nat_request(struct nfvs_pkt *pkt, const struct nfvs_conn *cp);
/* Reply: source becomes the virtual service. */
bool nfvs_nat_reply(struct nfvs_pkt *pkt, const struct nfvs_conn *cp);

/*
 * ICMP errors: outer is the packet, inner the header quoted in it, which
 * travelled the other way. towards_server: about a reply, on its way to the
 * real server; else about a request, on its way to the client.
 */
bool nfvs_nat_icmp(struct nfvs_pkt *outer, const struct nfvs_pkt *inner,
		   const struct nfvs_conn *cp, bool towards_server);

#endif /* _NFVS_NAT_H */
