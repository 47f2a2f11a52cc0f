/* SPDX-License-Identifier: GPL-2.0-only */
/* ICMP errors about the director's own tunnel packets. */
#ifndef _NFVS_TUNNEL_ERROR_H
#define _NFVS_TUNNEL_ERROR_H

#include "packet.h"

/*
 * outer: the error; quoted: the tunnel header in it. NFVS_CONTINUE if it is no
 * packet of ours; NFVS_STOLEN after the client was told.
 */
enum nfvs_verdict nfvs_tunnel_error(struct nfvs_pkt *outer, const struct nfvs_pkt *quoted);

#endif /* _NFVS_TUNNEL_ERROR_H */
