/* SPDX-License-Identifier: GPL-2.0-only */
/* What the director itself tells a sender by ICMP; pkt->skb still has its old route. */
#ifndef _NFVS_ICMP_H
#define _NFVS_ICMP_H

#include "packet.h"

void nfvs_tell_port_unreach(const struct nfvs_pkt *pkt);
void nfvs_tell_host_unreach(const struct nfvs_pkt *pkt);
void nfvs_tell_expired(const struct nfvs_pkt *pkt);
void nfvs_tell_too_big(const struct nfvs_pkt *pkt, unsigned int mtu);

#endif /* _NFVS_ICMP_H */
