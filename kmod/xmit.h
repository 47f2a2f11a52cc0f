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

/* The same for an ICMP error about the connection (icmp.c). */
enum nfvs_verdict nfvs_xmit_icmp(struct nfvs_pkt *pkt, struct nfvs_conn *cp);

#endif /* _NFVS_XMIT_H */
